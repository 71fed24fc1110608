"""Random uploads of a small invented company, made to meet each other: the hardness checks send, repeat and undo them.

Everything comes from a seed. A world has meetings; of each there may be a transcript, notes, an edited note, the same
note with other facts, a recap; mail threads come in overlapping parts; deals and contacts come again with other values.
"""

import csv
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.ingest import WORDS

ACCOUNTS = ("Arlo Foods", "Bexley Trading", "Corvid Tiles")
BUYERS = (("Dana Ortiz", "VP Finance"), ("Raj Stroud", "IT Manager"), ("Mia Lund", "Warehouse Lead"))
REPS = ("Joel Okafor", "Ana Weiss")
TEMPLATE = (
    "Thank you for your interest in our warehouse products. Our onboarding team will contact you within two working days "
    "to arrange the kick-off and to send the welcome package with all the documents you need."
)
NOTE_HEADERS = (
    "Activity ID", "Activity Date", "Company / Account", "Contact Name", "Contact Title", "Owner", "Opportunity Stage",
    "Opportunity ID", "Segment", "Description",
)  # fmt: skip
DEAL_HEADERS = ("Id", "Name", "StageName", "Amount", "CloseDate", "Account Name", "IsWon", "IsClosed")
CONTACT_HEADERS = ("Id", "FirstName", "LastName", "Email", "Title", "Account Name")

Upload = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that several files may tell of."""

    number: int
    account: int
    day: date
    said: tuple[str, ...]


def pool(chance: random.Random, *, uploads: int = 14) -> list[Upload]:
    """Uploads (file name -> text) of one world; most of them tell something that another one tells too.

    In half of the worlds notes differ by nothing but an edit, so that versions come in every order.
    """
    plain = chance.random() < 0.5
    day = date(2025, 3, 3)
    meetings = [
        Meeting(n, n % len(ACCOUNTS), day + timedelta(days=chance.choice((0, 0, 1, 2, 9, n))), _sentences(chance, 12))
        for n in range(4)
    ]
    threads = [_thread(chance, n, meetings) for n in range(3)]
    makers: list[Callable[[], tuple[str, str]]] = [
        lambda: ("call.vtt", _call(chance.choice(meetings))),
        lambda: ("notes.csv", _notes(chance, chance.choices(meetings, k=chance.randint(1, 4)), plain=plain)),
        lambda: ("notes.csv", _notes(chance, [chance.choice(meetings)], plain=plain)),
        lambda: ("mail.mbox", _mailbox(chance, chance.choice(threads))),
        lambda: ("mail.mbox", _mailbox(chance, [mail for thread in threads for mail in thread])),
        lambda: ("deals.csv", _deals(chance)),
        lambda: ("contacts.csv", _contacts(chance)),
    ]
    found: list[Upload] = []
    for n in range(uploads):
        files = [chance.choice(makers)() for _ in range(chance.choice((1, 1, 2, 3)))]
        found.append({f"{n}_{k}_{name}": text for k, (name, text) in enumerate(files)})
    return found


def write(folder: Path, upload: Upload) -> Path:
    """Make the files of an upload in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in upload.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _sentences(chance: random.Random, count: int) -> tuple[str, ...]:
    return tuple(" ".join(chance.choices(WORDS, k=chance.randint(8, 22))).capitalize() + "." for _ in range(count))


def _call(meeting: Meeting) -> str:
    buyer, title = BUYERS[meeting.account]
    head = [
        "WEBVTT", "", f"NOTE account: {ACCOUNTS[meeting.account]}", f"NOTE date: {meeting.day}T10:00:00+00:00",
        f"NOTE rep: {REPS[meeting.number % 2]}", f"NOTE contact: {buyer}", f"NOTE title: {title}", "",
    ]  # fmt: skip
    cues = [
        f"00:{n:02}:00.000 --> 00:{n:02}:50.000\n<v {(REPS[meeting.number % 2], buyer)[n % 2]}>{text}</v>\n"
        for n, text in enumerate(meeting.said)
    ]
    return "\n".join(head) + "\n" + "\n".join(cues)


def _notes(chance: random.Random, meetings: Sequence[Meeting], *, plain: bool) -> str:
    def told(value: str, share: float) -> str:
        return value if plain or chance.random() < share else ""

    rows = []
    for meeting in meetings:
        buyer, title = BUYERS[meeting.account]
        said = list(meeting.said[1:9:2])
        if chance.random() < 0.4:
            said[-1] = said[-1].replace(" ", " really ", 1)  # the note as somebody edited it
        rows.append(
            [
                told(f"A{meeting.number}", 0.7),
                f"{meeting.day}",
                ACCOUNTS[meeting.account] + ("" if told("x", 0.7) else ", Inc."),
                told(buyer, 0.6),
                told(title, 0.5),
                told(REPS[meeting.number % 2], 0.5),
                chance.choice(("Evaluation", "Discovery", "")),
                told(f"D{meeting.account}", 0.5),
                told("smb", 0.7),
                " ".join(said) + (f" {TEMPLATE}" if chance.random() < 0.1 else ""),
            ]
        )
    return _table(NOTE_HEADERS, rows)


def _deals(chance: random.Random) -> str:
    some = chance.sample(range(len(ACCOUNTS)), k=chance.randint(1, 3))
    stages = ("Negotiation", "Closed Lost", "Proposal")
    return _table(
        DEAL_HEADERS,
        [
            [f"D{n}", f"{ACCOUNTS[n]} renewal", chance.choice(stages), f"{chance.randint(1, 3)}000", "2025-06-01", ACCOUNTS[n], "", ""]
            for n in some
        ],
    )  # fmt: skip


def _contacts(chance: random.Random) -> str:
    rows = []
    for n in chance.sample(range(len(BUYERS)), k=chance.randint(1, 3)):
        name, title = BUYERS[n]
        first, last = name.split()
        rows.append([f"C{n}", first, last, _address(n), chance.choice((title, f"Senior {title}")), ACCOUNTS[n]])
    return _table(CONTACT_HEADERS, rows)


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([headers, *rows])
    return out.getvalue()


def _address(account: int) -> str:
    return f"{BUYERS[account][0].split()[0].lower()}@{ACCOUNTS[account].split()[0].lower()}.example"


def _thread(chance: random.Random, number: int, meetings: Sequence[Meeting]) -> list[str]:
    """The mails of a thread, each quoting the one before; some carry no reference, some no Message-ID."""
    meeting = chance.choice(meetings)
    buyer = f"{BUYERS[meeting.account][0]} <{_address(meeting.account)}>"
    rep = f"{REPS[meeting.number % 2]} <{REPS[meeting.number % 2].split()[0].lower()}@vendor.example>"
    mails: list[str] = []
    quoted, before = "", ""
    subject = chance.choice((f"Offer {number}", "Our call", f"Recap of the meeting {number}"))
    for n in range(chance.randint(1, 5)):
        sent = meeting.day + timedelta(days=n)
        sender, other = (rep, buyer) if n % 2 == 0 else (buyer, rep)
        own = " ".join(meeting.said[1:9:3]) if n == 0 and chance.random() < 0.5 else " ".join(_sentences(chance, 2))
        if n == 0:
            own = f"Thanks for the call today. {own}" if chance.random() < 0.5 else f"{own}\n\n{TEMPLATE}"
        head = [f"From: {sender}", f"To: {other}", f"Date: {sent:%a, %d %b %Y} 1{n}:00:00 +0000"]
        head.append(f"Subject: {'Re: ' if n else ''}{subject}")
        if chance.random() < 0.9:
            head.append(f"Message-ID: <{number}.{n}@mail.example>")
        if before and chance.random() < 0.7:
            head.append(f"In-Reply-To: {before}\nReferences: {before}")
        if chance.random() < 0.2:
            head.append(f"X-CRM-Account: {ACCOUNTS[meeting.account]}")
        mails.append("\n".join(head) + f"\n\n{own}\n\n{quoted}")
        before = f"<{number}.{n}@mail.example>"
        lines = "\n".join(f"> {line}" for line in f"{own}\n\n{quoted}".splitlines())
        quoted = f"On {sent:%a, %b %d, %Y} at 1{n}:00 AM {sender} wrote:\n\n{lines}\n"
    return mails


def _mailbox(chance: random.Random, mails: Sequence[str]) -> str:
    """Some of the mails; now and then one that was cut off."""
    some = chance.sample(list(mails), k=chance.randint(1, len(mails)))
    cut = [mail[: len(mail) * 2 // 3] if chance.random() < 0.1 else mail for mail in some]
    return "".join(f"From MAILER Thu Mar 06 10:00:00 2025\n{mail}\n\n" for mail in cut)

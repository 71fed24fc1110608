"""How well and how fast mails are read: replies beside two parsers, zones of real mails, malformed MIME, a mailbox.

    python -m benchmarks.mail_reading FOLDER [--megabytes 40]

FOLDER holds reply_fixtures.jsonl ({"id", "format", "input", "expect"}), zones.jsonl ({"id", "source", "text", "zones"})
and mime.jsonl with the files it names. Texts are compared after folding white space. The rules were written looking at
the fixtures and at the dev half of the zones; the unseen half (by a hash of the id) was only ever counted.
"""

import argparse
import hashlib
import io
import json
import mailbox
import random
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from insights.formats import mail, markup
from insights.formats.mail import quoting
from insights.formats.mail.embedded import embedded_in

# What the fixtures ask for and we do otherwise, by policy.
EXCLUDED = {
    "discourse-email_reply_trimmer-embedded_email_1": "words below a quotation are the author's; the peer drops them",
    "discourse-email_reply_trimmer-embedded_email_16": "a quotation above the answer is not the author's; the peer keeps it",
    "crisp-email-reply-parser-email_emoji": "a dash on a line of its own starts a signature; the peer keeps name and job",
    "talon-standard_replies-iphone": "a device's line is no words; the case is about quotations only and keeps it",
    "talon-standard_replies-sparrow": "a signature is no words; the case is about quotations only and keeps it",
    "talon-quotations-appointment": "a signature is no words; the case is about quotations only and keeps it",
    "talon-quotations-dont_parse_quotations_for_forwarded_messages": "a forwarded mail is its own author's; the peer keeps it",
    "talon-signature_bruteforce-signature_separated_by_dashes_1": "the same input as …-crash_in_extract_signature, with another answer",
}  # fmt: skip

Reading = Literal["literal", "strict", "judged"]

# Threading holds all mails of a file; a store gives it the connected ones only.
_MOST_THREADED = 200_000_000


def main(arguments: Sequence[str]) -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=int, default=40, help="size of the mailbox that is timed; 0 for none")
    options = parser.parse_args(arguments)
    zones = list(_rows(options.folder / "zones.jsonl"))
    _replies(list(_rows(options.folder / "reply_fixtures.jsonl")))
    _zones(zones)
    _mime(options.folder)
    if options.megabytes:
        _speed([row["text"] for row in zones], options.megabytes * 1_000_000)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _print(*cells: object) -> None:
    sys.stdout.write("| " + " | ".join(map(str, cells)) + " |\n")


def _head(title: str, *cells: str) -> None:
    sys.stdout.write(f"\n### {title}\n\n")
    _print(*cells)
    _print(*["---"] * len(cells))


def _fold(text: str) -> str:
    return " ".join(text.split())


def _replies(rows: Sequence[Mapping[str, Any]]) -> None:
    exact = [row for row in rows if _expected(row) is not None]
    kept = [row for row in exact if row["id"] not in EXCLUDED]
    plain = [row for row in exact if row["format"] == "text"]
    loose = [row for row in rows if {"reply_contains", "reply_not_contains"} & set(row["expect"])]
    shown = [row for row in rows if (row["expect"].get("unwrap") or {}).get("expected", {}) and _from(row)]
    _head("Replies", "method", "exact", "after exclusions", "of the plain texts", "contains")
    methods: dict[str, Callable[[Mapping[str, Any]], str]] = {"Parley": _own, **_peers()}
    for name, read in methods.items():
        cells = [_share(group, partial(_is_exact, read=read)) for group in (exact, kept, plain)]
        _print(name, *cells, _share(loose, partial(_holds, read=read)))
    sys.stdout.write("\nThe peers read plain text only; the other exact cases are HTML and MIME.\n")
    _head("Other expectations: quoted and forwarded mails, what stands around them", "expectation", "right")
    _print("author's address", _share(shown, lambda row: _from(row) in {m.sender.address for m in _embedded(row)}))
    dated = [row for row in shown if row["expect"]["unwrap"]["expected"].get("date")]
    _print("has a date", _share(dated, lambda row: any(m.sent_at for m in _embedded(row))))
    around = [row for row in rows if _around(row)]
    _print("words around a forward or an HTML quotation", _share(around, lambda row: _fold(_own(row)) in _around(row)))
    checked = [row for row in rows if _checks(row)]
    _print("first message of mail-parser-reply's own checks", _share(checked, _passes))
    sys.stdout.write(f"\nExcluded by policy: {len(EXCLUDED)} of {len(exact)} ({len(EXCLUDED) / len(exact):.1%}).\n\n")
    for name, reason in EXCLUDED.items():
        sys.stdout.write(f"- {name}: {reason}\n")
    sys.stdout.write("\nNot passed by Parley after that:\n\n")
    for row in kept:
        if not _is_exact(row, _own):
            sys.stdout.write(f"- {row['id']}\n")


def _share(rows: Sequence[Mapping[str, Any]], holds: Callable[[Mapping[str, Any]], bool]) -> str:
    passed = sum(map(holds, rows))
    return f"{passed} of {len(rows)} ({passed / max(1, len(rows)):.1%})"


def _expected(row: Mapping[str, Any]) -> str | None:
    expect = row["expect"]
    return expect.get("reply_equals", expect.get("reply_text_equals_ignoring_whitespace"))


def _is_exact(row: Mapping[str, Any], read: Callable[[Mapping[str, Any]], str]) -> bool:
    expected, got = _fold(_expected(row) or ""), _fold(read(row))
    if "reply_text_equals_ignoring_whitespace" in row["expect"]:
        return expected.replace(" ", "") == got.replace(" ", "")
    return expected == got


def _holds(row: Mapping[str, Any], read: Callable[[Mapping[str, Any]], str]) -> bool:
    got = _fold(read(row))
    wanted = all(_fold(text) in got for text in _texts(row["expect"].get("reply_contains")))
    return wanted and not any(_fold(text) in got for text in _texts(row["expect"].get("reply_not_contains")))


def _texts(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _own(row: Mapping[str, Any]) -> str:
    if row["format"] == "text":
        return quoting.own_text(row["input"])
    if row["format"] == "html":
        return quoting.own_text(markup.marked(row["input"]))
    found = next(mail.read_mails("case.eml", io.BytesIO(row["input"].encode())))
    return found.text if isinstance(found, mail.Mail) else ""


def _peers() -> dict[str, Callable[[Mapping[str, Any]], str]]:
    """Both peers as their users call them, mail-parser-reply with all of its languages; they see the text as it is."""
    from email_reply_parser import EmailReplyParser as Zapier
    from mailparser_reply import EmailReplyParser
    from mailparser_reply.constants import MAIL_LANGUAGES

    rausys = EmailReplyParser(languages=list(MAIL_LANGUAGES))
    return {
        "mail-parser-reply": lambda row: rausys.parse_reply(row["input"]) or "",
        "email-reply-parser": lambda row: Zapier.parse_reply(row["input"]),
    }


def _embedded(row: Mapping[str, Any]) -> tuple[mail.Embedded, ...]:
    text = row["input"] if row["format"] == "text" else markup.marked(row["input"])
    return embedded_in(quoting.split(text))


def _from(row: Mapping[str, Any]) -> str:
    """The address in the expected From line; "" where there is none, or no words that a mail could have."""
    expected = row["expect"]["unwrap"]["expected"]
    has_words = expected.get("text") or expected.get("html")
    return expected.get("from", "").rpartition("<")[2].rstrip(">") if has_words else ""


def _around(row: Mapping[str, Any]) -> list[str]:
    """What stands above a quotation or forward, without and with what stands below it; [] where a case does not say."""
    expect = row["expect"]
    if "quote_split" in expect and row["format"] == "html":
        own = (markup.text_of(html) for kept, html in expect["quote_split"]["expected_quote_intro_line"] if kept)
        return [_fold(" ".join(own))]
    expected = (expect.get("unwrap") or {}).get("expected") or {}
    above = expected.get("text_top") or markup.text_of(expected.get("html_top", ""))
    return [_fold(above), _fold(f"{above} {expected.get('text_bottom', '')}")] if above else []


def _checks(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [check for check in row["expect"].get("checks", ()) if (check["message"], check["part"]) == (0, "body")]


def _passes(row: Mapping[str, Any]) -> bool:
    got = _fold(_own(row))
    return all(
        {"equals": got == value, "contains": value in got, "not_contains": value not in got}[check["op"]]
        for check in _checks(row)
        for value in [_fold(check["value"])]
    )


def _zones(rows: Sequence[Mapping[str, Any]]) -> None:
    """F1 over lines in the three readings of the annotation; precision and recall of the last."""
    _head(
        "Own lines in real mails",
        "source",
        "half",
        "mails",
        "literal F1",
        "strict F1",
        "judged P",
        "judged R",
        "judged F1",
    )
    readings: tuple[Reading, ...] = ("literal", "strict", "judged")
    counts: dict[tuple[str, str], list[Counter[str]]] = defaultdict(lambda: [Counter() for _ in readings])
    for row in rows:
        half = "unseen" if int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 else "dev"
        said = Counter(_fold(line) for line in quoting.own_text(row["text"]).split("\n") if line.strip())
        for reading, count in zip(readings, counts[row["source"], half], strict=True):
            count["mails"] += 1
            own, free = _judged(row, reading)
            right = said & own
            count["right"] += right.total()
            count["said"] += right.total() + (said - right - free).total()
            count["own"] += own.total()
    for (source, half), (literal, strict, judged) in sorted(counts.items()):
        precision, recall = judged["right"] / judged["said"], judged["right"] / judged["own"]
        scores = (f"{value:.3f}" for value in (_f1(literal), _f1(strict), precision, recall, _f1(judged)))
        _print(source, half, judged["mails"], *scores)
    sys.stdout.write(
        "\nOwn: the first body up to a header, without its signature and attachments; a marked line never. Literal gives"
        " the author nothing in a mail that opens with a header, as one does that answers below what it quotes. Strict"
        " reads such a mail as the annotation does, whose blocks say only where a header and its body are: what a blank"
        " line separates there from the marked lines above it is the author's. Besides, lines in no zone are body, as in"
        " the annotators' own reader; a part of a signature is signature; a second body is another's. Judged is literal,"
        " and leaves out lines without a mark inside a quoted body whose other lines are marked: answers and wrapped"
        " quotations are not told apart there.\n"
    )


def _f1(count: Mapping[str, int]) -> float:
    return 2 * count["right"] / (count["said"] + count["own"])


def _judged(row: Mapping[str, Any], reading: Reading) -> tuple[Counter[str], Counter[str]]:
    """The author's lines, and those that are not judged."""
    text, zones = row["text"], row["zones"]
    header = min((zone["start"] for zone in zones if zone["type"] == "Header"), default=len(text) + 1)
    bodies = sorted(zone["start"] for zone in zones if zone["type"] == "Body")
    if reading == "strict" and len(bodies) > 1:
        header = min(header, bodies[1])
    answered = _answered(text, zones) if reading == "strict" else range(0)
    own: Counter[str] = Counter()
    free: Counter[str] = Counter()
    at = 0
    is_answer = False
    for line in text.split("\n"):
        middle = at + (len(line) - len(line.lstrip()) + len(line.rstrip())) // 2
        at += len(line) + 1
        is_answer = not _is_marked(line) and (is_answer or not line.strip())
        inside = {zone["type"]: zone for zone in zones if zone["start"] <= middle < zone["end"]}
        body = inside.get("Body")
        is_body = bool(body) or (reading == "strict" and "Header" not in inside)
        if not line.strip() or not is_body or _is_marked(line):
            continue
        if middle < header or (middle in answered and is_answer):
            own[_fold(line)] += not _is_around(inside, reading)
        elif reading == "judged" and body and any(map(_is_marked, text[body["start"] : body["end"]].split("\n"))):
            free[_fold(line)] += 1
    return own, free


def _is_around(inside: Iterable[str], reading: Reading) -> bool:
    """True in a signature or a list of attachments; some mails have its parts marked without the whole."""
    outer = ("Body/Signature", "Body/Attachments")
    return any(
        zone in outer or (reading == "strict" and zone.startswith(tuple(f"{x}/" for x in outer))) for zone in inside
    )


def _answered(text: str, zones: Sequence[Mapping[str, Any]]) -> range:
    """Where the body is that a mail opens with below a header, if some of its lines are marked and some are not.

    Without a mark it is a forwarded mail, whose author is another.
    """
    blocks = sorted((zone["start"], zone["end"], zone["type"]) for zone in zones if zone["type"] in ("Header", "Body"))
    if not blocks or blocks[0][2] != "Header" or text[: blocks[0][0]].strip():
        return range(0)
    start, end, _ = next((block for block in blocks if block[2] == "Body"), (0, 0, ""))
    return range(start, end) if any(map(_is_marked, text[start:end].split("\n"))) else range(0)


def _is_marked(line: str) -> bool:
    return line.lstrip().startswith(">")


def _mime(folder: Path) -> None:
    rows = list(_rows(folder / "mime.jsonl"))
    _head("Malformed MIME", "message", "field", "reference", "read")
    right: Counter[str] = Counter()
    known: Counter[str] = Counter()
    crashed = 0
    for row in rows:
        data = (folder / row["file"]).read_bytes()
        try:
            found = list(mail.read_mails(row["id"], io.BytesIO(data)))
            fields = _fields(data)
        except Exception:  # a crash is what is counted here
            crashed += 1
            continue
        assert found, "a mail was lost"
        for name, read in fields.items():
            reference = row["expect"].get(f"stdlib_{name}") or ""
            if reference:
                known[name] += 1
                right[name] += _same(name, reference, read)
                if not _same(name, reference, read):
                    _print(row["id"], name, _fold(reference)[:60], read[:60])
    shares = ", ".join(f"{name} {right[name]} of {known[name]}" for name in known)
    sys.stdout.write(f"\n{len(rows)} messages, {crashed} crashes; equal to the reference: {shares}.\n")


def _fields(data: bytes) -> dict[str, str]:
    """Subject, sender and date as the reader takes them, also where the mail is automatic or has no words."""
    from email import message_from_bytes, policy

    from insights.formats.mail import messages

    message = message_from_bytes(data.lstrip(b"\r\n"), policy=policy.compat32)
    sender = next(iter(messages.people(message, "From")), None)
    shown = f"{sender.name} <{sender.address}>" if sender else ""
    return {"subject": messages.header(message, "Subject"), "from": shown, "date": messages.date_of(message)}


def _same(name: str, reference: str, read: str) -> bool:
    if name == "subject":
        return _fold(reference) == read
    if name == "date":
        try:
            return bool(read) and parsedate_to_datetime(reference) == datetime.fromisoformat(read)
        except ValueError:
            return False
    address = read.rpartition("<")[2].rstrip(">")
    return bool(address) and address in reference.casefold()


def _speed(texts: Sequence[str], size: int) -> None:
    """Beside the standard library's mailbox, which only cuts the file and parses the MIME."""
    _head("A mailbox", "what", "mails", "seconds", "mails a second", "MB a second", "highest memory so far")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "box.mbox"
        _write(path, texts, size)
        megabytes = path.stat().st_size / 1e6
        methods: dict[str, Callable[[Path], Iterable[object]]] = {"mailbox.mbox": mailbox.mbox, "Parley": _read}
        if size <= _MOST_THREADED:
            methods["Parley, with threads"] = _thread
        for name, read in methods.items():
            started = time.perf_counter()
            count = sum(1 for _ in read(path))
            seconds = time.perf_counter() - started
            _print(name, count, f"{seconds:.1f}", f"{count / seconds:.0f}", f"{megabytes / seconds:.1f}", _memory())


def _memory() -> str:
    """The most that this script has held so far."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB"


def _read(path: Path) -> Iterator[mail.Mail | Any]:
    with path.open("rb") as stream:
        yield from mail.read_mails(path.name, stream)


def _thread(path: Path) -> Iterator[Any]:
    """One item for each mail, so that the counts compare."""
    mails = [item for item in _read(path) if isinstance(item, mail.Mail)]
    for conversation in mail.threads(mails):
        yield from range(conversation.pieces)


def _write(path: Path, texts: Sequence[str], size: int) -> None:
    """A mailbox of real texts under made-up headers: threads of up to ten, some HTML, some attachments."""
    chance = random.Random(1)
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            number += 1
            file.write(b"From x@x.example Mon Jan  1 10:00:00 2024\n")
            file.write(_message(number, chance.choice(texts), chance).replace(b"\nFrom ", b"\n>From ") + b"\n")


def _message(number: int, text: str, chance: random.Random) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = (f"Person {n} <p{n}@x.example>" for n in chance.sample(range(500), 2))
    message["Subject"] = f"{'Re: ' if number % 10 else ''}Topic {number // 10}"
    message["Date"] = f"{1 + number // 1440 % 28} Jan 2024 {number // 60 % 24:02}:{number % 60:02}:00 +0000"
    message["Message-ID"] = f"<{number}@x.example>"
    if number % 10:
        message["References"] = " ".join(f"<{earlier}@x.example>" for earlier in range(number - number % 10, number))
    text = f"{text}\nTicket {number}\n".replace("\r", "").replace("\x00", "")
    message.set_content(text)
    if not number % 4:
        message.add_alternative(f"<html><body><pre>{text.replace('<', '&lt;')}</pre></body></html>", subtype="html")
    if not number % 20:
        message.add_attachment(chance.randbytes(200_000), maintype="application", subtype="pdf", filename="offer.pdf")
    return message.as_bytes()


if __name__ == "__main__":
    main(sys.argv[1:])

"""Whole uploads at scale: rows and mails a second and peak memory of `parley ingest`, beside what only opens the file.

    python -m benchmarks.ingest [--rows 1000000] [--megabytes 1000] [--home FOLDER]

The files are made first, from a fixed seed; each side runs in a process of its own, so that its memory is its own. The
floor reads the same file and does nothing with it: pandas.read_csv, and mailbox.mbox with each mail parsed.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from pathlib import Path

# Words as often as the sample company's notes have them, so that texts are as unlike each other as real ones.
WORDS = [word for word in (files("pipelines.sample") / "call_notes.csv").read_text("utf-8").split() if word.isalpha()]
HEADERS = (
    "Activity ID", "Activity Date", "Company / Account", "Contact Name", "Contact Title", "Owner", "Opportunity Stage",
    "Segment", "Description",
)  # fmt: skip
CHILD = """
import resource, sys, time
begun = time.perf_counter()
{work}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{{pieces}} {{time.perf_counter() - begun:.1f}} {{peak:.0f}} {{size:.0f}}")
"""
OURS = """
from html import escape
from importlib.resources import files
from html import escape
from importlib.resources import files
from pathlib import Path
from pipelines.ingest import ingest
from insights.records import Company
from pipelines.store import company, connect, prepare
file = Path(sys.argv[2]) / "bench.db"
file.unlink(missing_ok=True)
prepare(file)
db = connect(file)
company.add(db, Company(domains=("vendor.example",), people=("Joel Okafor",)))
counts = ingest(db, [Path(sys.argv[1])], title="bench", now=lambda: "2026-01-01T00:00:00+00:00").counts
assert counts.pieces == counts.added + counts.duplicates + counts.problems
pieces, size = counts.pieces, file.stat().st_size / 1e6
"""
PANDAS = "import pandas\npieces, size = len(pandas.read_csv(sys.argv[1])), 0"
MAILBOX = "import mailbox\npieces, size = sum(1 for mail in mailbox.mbox(sys.argv[1]) if mail.get_payload()), 0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--home", type=Path, default=None, help="where the files are made; a temporary folder without")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.home) as name:
        folder = Path(name)
        print("| file | side | pieces | seconds | pieces a second | MB a second | peak memory, MB | database, MB |")
        print("|---|---|---|---|---|---|---|---|")
        if options.rows:
            _race(write_table(folder / "notes.csv", options.rows), "pandas.read_csv", PANDAS, folder)
        if options.megabytes:
            _race(write_mailbox(folder / "mail.mbox", options.megabytes), "mailbox.mbox", MAILBOX, folder)


def _race(file: Path, name: str, floor: str, folder: Path) -> None:
    megabytes = file.stat().st_size / 1e6
    for side, work in (("parley ingest", OURS), (name, floor)):
        command = [sys.executable, "-c", CHILD.format(work=work), str(file), str(folder)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        pieces, seconds, peak, size = (float(part) for part in out.split())
        print(
            f"| {file.name}, {megabytes:,.0f} MB | {side} | {pieces:,.0f} | {seconds:,.0f} | {pieces / seconds:,.0f} "
            f"| {megabytes / seconds:,.1f} | {peak:,.0f} | {size:,.0f} |",
            flush=True,
        )
    file.unlink()


def write_table(file: Path, rows: int) -> Path:
    """A CRM's export of notes: 50 notes an account, 25 words each."""
    chance = random.Random(1)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEADERS)
        for n in range(rows):
            day = f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            account, person = chance.randint(1, max(1, rows // 50)), chance.randint(1, max(1, rows // 20))
            said = f"Says {' '.join(chance.choices(WORDS, k=25))} {n}."
            segment = chance.choice(("smb", "mid-market"))
            writer.writerow(
                [
                    f"A{n}",
                    day,
                    f"Account {account}",
                    f"Person {person}",
                    "VP Finance",
                    "Joel Okafor",
                    "Evaluation",
                    segment,
                    said,
                ]
            )
    return file


def write_mailbox(file: Path, megabytes: int) -> Path:
    """Threads of one to eight mails as mail programs write them: plain and HTML, each quoting all before it."""
    chance = random.Random(2)
    with file.open("w", encoding="utf-8", newline="\n") as out:
        thread = 0
        while out.tell() < megabytes * 1_000_000:
            thread += 1
            out.writelines(mail[:5] + mail[5:].replace("\nFrom ", "\n>From ") for mail in _thread(thread, chance))
    return file


MAIL = """From MAILER Thu Mar 06 10:00:00 2025
Message-ID: <{id}>
From: {sender}
To: {to}
Date: {date}
Subject: {subject}
{reference}MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

{plain}
--b
Content-Type: text/html; charset=utf-8

<html><body>{html}</body></html>
--b--

"""


def _thread(number: int, chance: random.Random) -> Iterator[str]:
    people = (f"Dana Ortiz <dana@account{number % 4000}.example>", "Joel Okafor <joel@vendor.example>")
    sent = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number * 7 % 500_000)
    plain_before = html_before = reference = ""
    for n in range(chance.randint(1, 8)):
        sent += timedelta(hours=chance.randint(1, 40))
        own = [f"{' '.join(chance.choices(WORDS, k=chance.randint(8, 60)))} {number}.{n}." for _ in range(2)]
        signature = "\n\nBest regards\nDana Ortiz\nVP Finance | +1 555 0100\n\n"
        plain = "\n\n".join("\n".join(textwrap.wrap(part, 76)) for part in own) + signature + plain_before
        html = (
            "".join(f'<p class="MsoNormal" style="margin:0cm;font-size:11pt">{part}</p>' for part in own) + html_before
        )
        wrote = f"On {sent:%a, %b %d, %Y at %I:%M %p} {people[n % 2]} wrote:"
        yield MAIL.format(
            id=f"{number}.{n}@mail.example", sender=people[n % 2], to=people[1 - n % 2], date=format_datetime(sent),
            subject=("Re: " if n else "") + f"Offer {number}", reference=reference, plain=plain, html=html,
        )  # fmt: skip
        plain_before = f"{wrote}\n\n" + "\n".join(f"> {line}" for line in plain.splitlines()) + "\n"
        html_before = (
            f'<div class="gmail_quote"><div>{escape(wrote)}</div><blockquote type="cite">{html}</blockquote></div>'
        )
        reference = f"In-Reply-To: <{number}.{n}@mail.example>\nReferences: <{number}.{n}@mail.example>\n"


if __name__ == "__main__":
    main()

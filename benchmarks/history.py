"""A made history of any size, read and mined as the product does it; what each stage takes; and what a day more takes.

    python -m benchmarks.history [--utterances 20000 100000] [--home FOLDER] [--more 1000] [--reuse]

No customer said any of it. Each conversation is one of the corpus's (`corpus/`, all parts), or a few of one voice put together,
with a made account, deal and people. So that content hashes and remembered words make nothing cheap, three lines in four are
changed: another opening, a sentence from elsewhere in the same voice behind it, other numbers, a word said twice or left out,
and companies' names exchanged. Short lines ("okay") stay as often as people say them. The same seed gives the same history.

Every step is a process of its own. Beside the seconds on the clock stand those of the processor, of workers too, which other
work on the machine changes less; memory is what all processes of the step held together (RSS, asked twice a second). Prints a
JSON object for each step, and keeps them in the folder as results.jsonl.
"""

import argparse
import csv
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.lean import collect_seldom
from benchmarks.spending import Watch
from corpus import marked
from insights.records import Company, Competitor

if TYPE_CHECKING:
    from sqlite_utils import Database

ROOT = Path(__file__).parents[1]
HEADERS = (
    "Conversation ID", "Date", "Account", "Deal", "Contact", "Job title", "Rep", "Stage", "Outcome", "Segment",
    "Speaker", "Role", "Text",
)  # fmt: skip
NOTE_HEADERS = ("Note ID", "Date", "Account", "Contact", "Job title", "Rep", "Stage", "Outcome", "Segment", "Note")
NOTES = 0.1  # of all utterances; the corpus has 8 %
LEAST, MOST = 6, 30  # utterances of a conversation
AN_ACCOUNT = 8  # conversations
FIRST, DAYS = date(2024, 1, 1), 720
NOW = "2026-01-01T00:00:00+00:00"
GIVEN = [
    "Dana",
    "Omar",
    "Lena",
    "Piotr",
    "Mei",
    "Tomas",
    "Aisha",
    "Jonas",
    "Priya",
    "Marco",
    "Elin",
    "Ravi",
    "Nora",
    "Felix",
    "Chidi",
    "Sofia",
    "Igor",
    "Hana",
    "Luc",
    "Ines",
]
FAMILY = [
    "Hill",
    "Okafor",
    "Brandt",
    "Nowak",
    "Chen",
    "Ruiz",
    "Karimi",
    "Weber",
    "Nair",
    "Conti",
    "Berg",
    "Patel",
    "Quinn",
    "Maas",
    "Eze",
    "Costa",
    "Petrov",
    "Sato",
    "Blanc",
    "Silva",
]
TITLES = (
    "CFO",
    "IT Manager",
    "Head of Operations",
    "Founder",
    "Office Manager",
    "VP Marketing",
    "Buyer",
    "HR Director",
)
OPENINGS = (
    "Well,", "So,", "Honestly,", "Look,", "I mean,", "You know,", "To be fair,", "Right,", "As I said,", "Just so you know,",
    "The thing is,", "Okay so", "Yeah,", "Let me think,", "From our side,", "At the moment", "Between us,", "Frankly,",
)  # fmt: skip
_NUMBER = re.compile(r"\d+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--more", type=int, default=1_000, help="utterances of a later day")
    parser.add_argument(
        "--home", type=Path, help="where files and databases are made and kept (default: a temporary folder)"
    )
    parser.add_argument("--reuse", action="store_true", help="go on with the databases that are there")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.step:
        sys.stdout.write(json.dumps(_step(*asked.step)) + "\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        for size in asked.utterances:
            place = home / str(size)
            if not (asked.reuse and (place / "parley.db").exists()):
                place.mkdir(parents=True, exist_ok=True)
                (place / "parley.db").unlink(missing_ok=True)
                write(place, size)
                _run(size, place, "history")
            write(place / "more", asked.more, seed=size + 1)
            for step in ("nothing", "more", "nothing", "rival", "rival, all asked anew"):
                _run(size, place, step)


def _run(size: int, place: Path, step: str) -> None:
    """A step in a process of its own; its figures go to the results."""
    command = [sys.executable, "-m", "benchmarks.history", "--step", step, str(place)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told = {
        "utterances": size,
        "step": step,
        **json.loads(done.stdout.splitlines()[-1]),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(told), flush=True)
    with (place / "results.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps(told) + "\n")


def _step(step: str, folder: str) -> dict[str, Any]:
    """Read, or list a rival, or do nothing, and mine, in this process, with the settings' defaults."""
    from pipelines.ingest import ingest
    from pipelines.mine import mine
    from pipelines.running.where import Where
    from pipelines.store import connect, prepare

    collect_seldom()  # as the command does
    place = Path(folder)
    database = place / "parley.db"
    with Watch() as watch:
        prepare(database)
        with closing(connect(database)) as db:
            read = 0
            if step.startswith("rival"):
                _list_a_rival(db)
                if "anew" in step:
                    db.execute("DELETE FROM tagged")
            elif step != "nothing":
                watch.tell("read", 0, None)
                files = place if step == "history" else place / step
                paths = [files / "calls.csv", files / "notes.csv"]
                counts = ingest(db, paths, title=step, now=lambda: NOW, progress=watch.reading).counts
                assert not counts.problems, counts
                read = counts.utterances
            watch.tell("before finding", 0, None)
            mined = mine(db, now=lambda: NOW, progress=watch.tell, where=Where(workers=0))
            watch.tell("", 0, None)
            stored = {
                table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("conversations", "utterances", "insights", "vectors", "sentences", "sketches", "themes")
            }
        size = database.stat().st_size
    return {
        "read": read, "found": mined.insights, "new themes": mined.themes, "waiting": mined.waiting, "stages": watch.stages,
        "peak MB": round(watch.peak / 1e6), "bytes": size, "rows": stored,
    }  # fmt: skip


def _list_a_rival(db: "Database") -> None:
    """Put the name that is heard most and not listed yet into the catalogue."""
    from pipelines.store import company

    listed = {rival.name for rival in company.load(db).competitors}
    heard = db.execute("SELECT name FROM insights WHERE kind = 'competitor' GROUP BY name ORDER BY count(*) DESC, name")
    name = next(name for (name,) in heard.fetchall() if name not in listed)
    company.add(db, Company(competitors=(Competitor(name),)))


def write(folder: Path, count: int, *, seed: int = 0) -> None:
    """Two tables, of calls by turns and of notes, that hold `count` utterances together (a note is one)."""
    folder.mkdir(parents=True, exist_ok=True)
    made = History(seed)
    notes = int(count * NOTES)
    with (folder / "calls.csv").open("w", newline="", encoding="utf-8") as out:
        writer, left, number = csv.writer(out), count - notes, 0
        writer.writerow(HEADERS)
        while left > 0:
            said = list(made.call())[:left]
            left, number = left - len(said), number + 1
            facts, people = made.facts(count, number)
            for role, text in said:
                side, name = ("seller", people[1]) if role == "rep" else ("buyer", people[0])
                writer.writerow((f"T{seed}-{number}", *facts[:2], f"{facts[1]} 1", *facts[2:], name, side, text))
    with (folder / "notes.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(NOTE_HEADERS)
        for number in range(notes):
            writer.writerow((f"N{seed}-{number}", *made.facts(count, number)[0], made.note()))


class History:
    """Draws conversations from the corpus, and changes them."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        talks: dict[str, list[Row]] = defaultdict(list)
        for row in [*marked.read_all(), *marked.read_all(validation=True)]:
            talks[row["id"].partition("#")[0]].append(row)
        self.calls: dict[str, list[list[Row]]] = defaultdict(list)
        self.notes: list[list[Row]] = []
        self.said: dict[tuple[str, str], list[str]] = defaultdict(list)
        names: set[str] = set()
        for talk in talks.values():
            noted = talk[0]["role"] == "note"
            (self.notes if noted else self.calls[talk[0]["voice"]]).append(talk)
            for row in talk:
                names |= {row["text"][m["start"] : m["end"]] for m in row["marks"] if m["kind"] == "competitor"}
                self.said[row["voice"], row["role"]] += _SENTENCE.split(row["text"])
        self.names = sorted(name for name in names if name[:1].isupper() and len(name) < 25)
        self.known = frozenset(self.names)
        self.voices = sorted(self.calls)
        self.weights = [sum(map(len, self.calls[voice])) for voice in self.voices]

    def facts(self, count: int, number: int) -> tuple[tuple[str, ...], tuple[str, str]]:
        """(date, account, contact, job title, rep, stage, outcome, segment), and (contact, rep)."""
        chance = self.chance
        accounts = max(10, count // ((LEAST + MOST) // 2 * AN_ACCOUNT))
        account = chance.randrange(accounts)
        contact = f"{GIVEN[account % 20]} {FAMILY[account // 20 % 20]}"
        rep = f"{GIVEN[(account * 7 + 3) % 20]} {FAMILY[account * 11 % 20]}"
        day = (FIRST + timedelta(days=chance.randrange(DAYS))).isoformat()
        stage = chance.choice(("Discovery", "Demo", "Negotiation"))
        outcome = ("won", "lost", "open")[account % 3]
        segment = ("SMB", "Mid-market", "Enterprise")[account % 3]
        title = TITLES[account % len(TITLES)]
        return (day, f"Firm {account}", contact, title, rep, stage, outcome, segment), (contact, rep)

    def call(self) -> Iterator[tuple[str, str]]:
        """(role, text) of one conversation's utterances."""
        voice = self.chance.choices(self.voices, self.weights)[0]
        wanted, rows = self.chance.randint(LEAST, MOST), list[Row]()
        while len(rows) < wanted:
            talk = self.chance.choice(self.calls[voice])
            first = self.chance.randrange(max(1, len(talk) - wanted))
            rows += talk[first : first + wanted - len(rows)]
        exchanged: dict[str, str] = {}
        for row in rows:
            yield row["role"], self.changed(row, exchanged)

    def note(self) -> str:
        rows = self.chance.choice(self.notes)[: self.chance.randint(1, 8)]
        exchanged: dict[str, str] = {}
        return "\n".join(self.changed(row, exchanged) for row in rows)

    def changed(self, row: Row, exchanged: dict[str, str]) -> str:
        """A line as somebody else might have said it; `exchanged` keeps a conversation's names the same."""
        chance, text = self.chance, row["text"]
        for mark in sorted(row["marks"], key=lambda m: -m["start"]):
            if mark["kind"] == "competitor" and (name := text[mark["start"] : mark["end"]]) in self.known:
                other = exchanged.setdefault(name, self.names[int(len(self.names) * chance.random() ** 2)])
                text = text[: mark["start"]] + other + text[mark["end"] :]
        if len(text) < 20 or chance.random() < 0.25:
            return text
        text = _NUMBER.sub(lambda found: str(chance.randrange(10 ** (len(found[0]) - 1), 10 ** len(found[0]))), text)
        if chance.random() < 0.4:
            text = f"{chance.choice(OPENINGS)} {text}"
        if chance.random() < 0.35:
            text = f"{text} {chance.choice(self.said[row['voice'], row['role']])}"
        words = text.split(" ")
        at = chance.randrange(len(words))
        if chance.random() < 0.3:
            words.insert(at, words[at])
        elif chance.random() < 0.3 and len(words) > 6:
            del words[at]
        return " ".join(words)


if __name__ == "__main__":
    main()

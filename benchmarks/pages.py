"""How long every page takes over HTTP at a given size, and what it sends: after each kind of write, at rest, and filtered.

    python -m benchmarks.pages [--conversations 40000] [--tries 5] [--before TREE] [--home FOLDER] [--only PAGE ...]

The database is made here (or taken from FOLDER, if it is there): two and a half insights a conversation, 180 themes, 2,000
accounts, 24 months. "After a write" commits another stage and outcome of a conversation before each request;
"after a note" one that no figure rests on; "again" is the same request at rest; "filtered" the page with a filter that nobody
asked for yet. Beside the seconds on the clock stand those that the server's processor spent, which other work on the machine
hardly changes; nothing is worked out ahead (`--no-worker`). `--before` measures another checkout on the same database.
"""

import argparse
import gzip
import http.client
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from api.views.overview import overview
from insights.records import stable_id, text_hash
from insights.signals import account_id
from pipelines.quotes import shelf
from pipelines.store import column_file, connect, prepare
from pipelines.store.filters import Filters

PORT = 8931
THEMES_A_KIND, ACCOUNTS, DAYS = 60, 2_000, 730
SIDES = {
    "objection": ("price", "integration"),
    "question": ("pricing", "security"),
    "competitor": ("incumbent", "evaluating"),
}
TEXT = "We think that this is a question of the budget, and that the roll-out takes half a year."
PAGES = (
    "/", "/reports/objections", "/reports/questions", "/reports/competitors", "/reports/competition", "/reports/trackers",
    "/reports/outcomes", "/reports/voice", "/reports/material", "/reports/saved", "/themes", "/themes/1", "/themes/61",
    "/themes/waiting", "/quotes", "/quotes?kind=objection&persona=finance", "/quotes?q=budget", "/conversations/{one}", "/plan",
    "/plan/1", "/uploads", "/review", "/trackers", "/competitors", "/answers?words=is+it+too+expensive", "/accounts", "/accounts/{account}",
    "/accounts/signals", "/reports/personas", "/reports/personas/finance", "/shared", "/reports/handover", "/comments",
)  # fmt: skip
STATIC = ("/static/parley.css", "/static/parley.js")


# Another stage and outcome: what most figures rest on, and not only a table of theirs, differs afterwards.
WRITE = """UPDATE conversations SET stage = CASE stage WHEN 'Demo' THEN 'Discovery' ELSE 'Demo' END,
    outcome = CASE outcome WHEN 'won' THEN 'lost' ELSE 'won' END WHERE rowid = 1"""
NOTE = "INSERT INTO annotations (text, created_at, changed_at, actor) VALUES ('x', '', '', '')"
FILTERED = ("/", "/reports/", "/themes/1", "/themes/61", "/quotes", "/plan")  # how pages begin that a filter narrows
FILTER = "stage=Demo"


@dataclass(frozen=True, slots=True)
class Timed:
    """One request: seconds on the clock and of the server's processor, bytes on the wire, and the body's bytes."""

    seconds: float
    cpu: float
    wire: int
    plain: int


@dataclass(frozen=True, slots=True)
class Page:
    """The requests of one page; `filtered` is None where a filter changes nothing."""

    written: Timed
    again: list[Timed]
    noted: Timed
    filtered: Timed | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=40_000)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--before", type=Path, help="another checkout to compare with")
    parser.add_argument("--home", type=Path, help="where the database is made (default: a temporary folder)")
    parser.add_argument("--only", nargs="*", help="these pages alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        file = home / "parley.db"
        one = make(file, options.conversations) if not file.exists() else _first(file)
        account = account_id("account 1")  # its key, as it has no other
        pages = [page.format(one=one, account=account) for page in options.only or PAGES]
        before = measure(options.before, home, pages, 1)[0] if options.before else {}
        found, peak, start = measure(Path.cwd(), home, pages, options.tries)
        beside = started_beside(home, pages[:2])
    print(
        f"First page after the start {start:.2f} s, peak memory {peak:.0f} MB; with the columns beside the database: "
        + (", ".join(f"`{page}` {seconds:.2f} s" for page, seconds in beside.items()) or "too few to be kept")
        + "\n"
    )
    print(
        "| page | after a write, s | processor, s | after a note, s | filtered, s | processor, s | again p50, ms | p95, ms "
        "| sent, kB | plain, kB | before, s | ratio |"
    )
    print("|---" * 12 + "|")
    for page, one_page in found.items():
        seconds, first, other = sorted(t.seconds for t in one_page.again), one_page.written, one_page.filtered
        old = before[page].written.cpu if page in before else None
        compared = f"{old:.2f} | {old / max(0.01, first.cpu):.1f}" if old else " | "
        filtered = f"{other.seconds:.2f} | {other.cpu:.2f}" if other else " | "
        print(
            f"| `{page.replace(one, '…').replace(account, '…')}` | {first.seconds:.2f} | {first.cpu:.2f} | {one_page.noted.seconds:.2f} | {filtered} "
            f"| {statistics.median(seconds) * 1000:.0f} | {seconds[-1] * 1000:.0f} | {first.wire / 1000:.1f} "
            f"| {first.plain / 1000:.1f} | {compared} |"
        )


def _first(file: Path) -> str:
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT id FROM conversations LIMIT 1").fetchone()[0]


def make(file: Path, count: int) -> str:
    """Fill a database as the store would hold it; returns the id of a conversation."""
    prepare(file)
    chance = random.Random(7)
    with closing(connect(file)) as db, db.atomic():
        now = "2026-01-01T00:00:00+00:00"
        kinds = list(SIDES)
        ids = range(1, THEMES_A_KIND * len(kinds) + 1)
        db.conn.executemany(
            "INSERT INTO themes (id, kind, label, created_at, name, status) VALUES (?, ?, ?, ?, ?, 'active')",
            [(n, kinds[(n - 1) // THEMES_A_KIND], SIDES[kinds[(n - 1) // THEMES_A_KIND]][n % 2], now, f"Theme {n}") for n in ids],
        )  # fmt: skip
        for n in range(count):
            _add(db.conn, chance, n, kinds)
    return stable_id("bench", 0)


def _add(db: sqlite3.Connection, chance: random.Random, n: int, kinds: list[str]) -> None:
    one, account = stable_id("bench", n), f"account {chance.randrange(ACCOUNTS)}"
    day = (date.today() - timedelta(days=1 + chance.randrange(DAYS))).isoformat()
    facts = (
        one, chance.choice(("call", "note", "email")), "A talk", day, account, "Dana Hill", "CFO",
        chance.choice(("finance", "it_security", "operations")), "cxo", f"rep {n % 20}",
        chance.choice(("Discovery", "Demo", "Negotiation")), chance.choice(("won", "lost", "open")), "", one, account, one,
    )  # fmt: skip
    db.execute(
        """INSERT INTO conversations (id, kind, title, occurred_at, account, contact, job_title, persona, seniority, rep,
        stage, outcome, file, content_hash, account_key, counted_as, analysed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'bench')""",
        facts,
    )
    db.execute("INSERT INTO conversation_fields VALUES (?, 'segment', ?)", [one, ("smb", "mid", "large")[n % 3]])
    turns = [stable_id(one, place) for place in range(3)]
    voice = "reported" if facts[1] == "note" else "verbatim"
    db.executemany(
        "INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(turn, one, place, "Dana Hill", "buyer", voice, TEXT) for place, turn in enumerate(turns)],
    )
    for k in range(2 + n % 2):
        kind, start = kinds[(n + k) % 3], 3 + chance.randrange(30)
        text = TEXT[start : start + 20]
        theme = (
            kinds.index(kind) * THEMES_A_KIND
            + 1
            + min(chance.randrange(THEMES_A_KIND), chance.randrange(THEMES_A_KIND))
        )
        insight = stable_id(turns[k], kind, start, start + 20)
        db.execute(
            """INSERT INTO insights (id, utterance_id, conversation_id, kind, label, name, start, end, text, text_hash, confidence,
            found_confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0.9, 0.9)""",
            [insight, turns[k], one, kind, SIDES[kind][n % 2], f"Beacon {theme}" if kind == "competitor" else "", start, start + 20, text, text_hash(text)],
        )  # fmt: skip
        if n % 50:  # some wait
            db.execute("INSERT INTO theme_members VALUES (?, ?, ?, 0.8)", [insight, theme, theme])


def measure(tree: Path, home: Path, pages: list[str], tries: int) -> tuple[dict[str, Page], float, float]:
    """The requests of each page; the server's peak memory in MB; its first answer in seconds."""
    with served(tree, home) as server:
        start = ask(server, pages[0]).seconds
        found = {}
        for page in (*pages, *STATIC):
            _write(home, WRITE)
            first = ask(server, page)
            again = [ask(server, page) for _ in range(tries)]
            narrowed = page == "/" or page.startswith(FILTERED[1:])
            filtered = ask(server, f"{page}{'&' if '?' in page else '?'}{FILTER}") if narrowed else None
            _write(home, NOTE)
            found[page] = Page(first, again, ask(server, page), filtered)
        status = Path(f"/proc/{server}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1000
    return found, peak, start


def started_beside(home: Path, pages: list[str]) -> dict[str, float]:
    """Seconds of the first requests of a server that finds what another has put beside the database at rest, one after
    the other; {} where that is too few to be kept."""
    with closing(connect(home / "parley.db")) as db:
        overview(db, Filters(), date.today())
        shelf.of(db, Filters())
        if not column_file.keep(db):
            return {}
    with served(Path.cwd(), home) as server:
        return {page: ask(server, page).seconds for page in pages}


def _write(home: Path, sql: str) -> None:
    with closing(sqlite3.connect(home / "parley.db", timeout=60)) as db, db:
        db.execute(sql)


@contextmanager
def served(tree: Path, home: Path) -> Iterator[int]:
    """A server of this checkout; its process id."""
    own = {"PARLEY_HOME": str(home), "PARLEY_DATABASE": "parley.db", "PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "api.cli", "serve", "--no-worker", "--port", str(PORT)]
    with subprocess.Popen(
        command, cwd=tree, env={**os.environ, **own}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        for _ in range(300):
            try:
                ask(server.pid, "/healthz")
                break
            except OSError:
                time.sleep(0.1)
        try:
            yield server.pid
        finally:
            server.terminate()


def ask(server: int, path: str, *, port: int = PORT) -> Timed:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    begun, spent = time.perf_counter(), _spent(server)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    seconds, cpu = time.perf_counter() - begun, _spent(server) - spent
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}: {json.dumps(body[:200].decode(errors='replace'))}")
    plain = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
    return Timed(seconds, cpu, len(body), len(plain))


def _spent(process: int) -> float:
    """Seconds of processor time of a process and its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()

"""Fifty readers, five writers and an ingest at once: `python -m benchmarks.load [MINUTES]` writes benchmarks/LOAD.md.

A real `parley serve` with accounts, on the sample company, asked from this second process over loopback. Readers look at a
page, think for a second or two, and look at the next; writers save collections, notes and names of themes without a pause;
the ingest uploads small tables, which the server's worker reads and mines. Counted: every answer that is no success, how long
answers took, every write that is not there afterwards, and the server's memory at the start and the end.
"""

import csv
import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread

import httpx2
import psutil

from benchmarks.__main__ import machine
from pipelines import sample
from pipelines.access import accounts, tokens
from pipelines.jobs import now
from pipelines.mine import mine
from pipelines.store import connect, prepare

PORT = 8937
READERS, WRITERS = 50, 5
RESULT = Path(__file__).parent / "LOAD.md"
PAGES = (
    "/", "/reports/objections", "/reports/questions?persona=finance", "/reports/competition", "/themes", "/themes/1",
    "/themes/2", "/quotes", "/quotes?q=price", "/quotes?q=afraid+of+a+long+changeover&by=meaning", "/plan", "/collections",
    "/uploads", "/api/v1/quotes?kind=objection", "/api/v1/reports/trends?kind=objection",
)  # fmt: skip
SAID = "It is too expensive for us this year, and I do not see who would run it. Where is our data kept?"


@dataclass
class Heard:
    """What all threads heard: seconds and failures by what was asked, and the writes that were confirmed."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    kept: set[str] = field(default_factory=set)
    uploads: list[int] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(self, what: str, seconds: float, status: int, kept: str = "") -> None:
        with self.lock:
            self.seconds[what].append(seconds)
            if not 200 <= status < 300:
                self.failures[f"{what}: {status}"] += 1
            elif kept:
                self.kept.add(kept)


def read(http: httpx2.Client, heard: Heard, stop: Event, number: int) -> None:
    dice = random.Random(number)
    while not stop.is_set():
        path = dice.choice(PAGES)
        accept = "application/json" if path.startswith("/api") else "text/html"
        _ask(heard, f"GET {path}", partial(http.get, path, headers={"accept": accept}))
        stop.wait(dice.uniform(1, 2))


def write(http: httpx2.Client, heard: Heard, stop: Event, number: int) -> None:
    turn = 0
    while not stop.is_set():
        turn += 1
        title = f"writer {number} turn {turn}"
        match turn % 3:
            case 0:
                asked = partial(http.post, "/api/v1/collections", json={"title": title})
                _ask(heard, "POST collection", asked, f"collection {title}")
            case 1:
                asked = partial(http.post, "/api/v1/annotations", json={"text": title, "starts": "2025-06-01"})
                _ask(heard, "POST annotation", asked, f"annotation {title}")
            case _:
                asked = partial(http.patch, f"/api/v1/themes/{number + 3}", json={"name": title})
                _ask(heard, "PATCH theme", asked, f"theme {title}")
        stop.wait(0.2)


def upload(http: httpx2.Client, heard: Heard, stop: Event) -> None:
    turn = 0
    while not stop.is_set():
        turn += 1
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["Company", "Person", "Title", "When", "What was said"])
        for n in range(20):
            rows.writerow(
                [f"Load {turn}-{n}", "Ada Lund", "CFO", f"2025-{turn % 12 + 1:02}-11", f"{SAID} No. {turn}, {n}."]
            )
        files = {"files": (f"load-{turn}.csv", out.getvalue().encode(), "text/csv")}
        _ask(heard, "POST batch", partial(http.post, "/api/v1/batches", files=files), f"batch {turn}")
        stop.wait(10)


def _ask(heard: Heard, what: str, ask: Callable[[], httpx2.Response], kept: str = "") -> None:
    began = time.monotonic()
    try:
        status = ask().status_code
    except httpx2.HTTPError as error:
        status, what = 0, f"{what} ({type(error).__name__})"
    heard.note(what, time.monotonic() - began, status, kept)


def _megabytes(pid: int) -> tuple[int, int]:
    """Of the server, and of its worker with the processes that this has started."""
    server = psutil.Process(pid)
    return _resident(server), sum(_resident(one) for one in server.children(recursive=True))


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss // 2**20
    except psutil.NoSuchProcess:
        return 0


def _lost(home: Path, heard: Heard) -> list[str]:
    """Confirmed writes that are nowhere in the database."""
    with closing(connect(home / "parley.db")) as db:
        there = {f"collection {title}" for (title,) in db.execute("SELECT title FROM collections")}
        there |= {f"annotation {text}" for (text,) in db.execute("SELECT text FROM annotations")}
        there |= {f"batch {title[5:-4]}" for (title,) in db.execute("SELECT title FROM batches WHERE status = 'done'")}
        edits = "\n".join(text for (text,) in db.execute("SELECT edits FROM theme_events"))
    return sorted(one for one in heard.kept if one not in there and f'"{one.removeprefix("theme ")}"' not in edits)


def _company(home: Path) -> dict[str, str]:
    """The sample company, mined, with a token for each role; the roles' tokens by name."""
    file = home / "parley.db"
    prepare(file)
    with closing(connect(file)) as db:
        sample.load(db, now=now)
        mine(db, now=now)
        made: dict[str, str] = {}
        for role, scope in (("viewer", "read"), ("contributor", "write")):
            person = accounts.add_person(
                db,
                f"{role}@example.com",
                name=role,
                role=role,
                password="four words at random",
                now=now(),
                actor="load",
            )
            made[role] = tokens.create(db, person.id, name="load", scope=scope, days=2, now=now(), actor="load")[1]
    return made


def _run(home: Path, tokens: dict[str, str], minutes: float) -> str:
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(PORT)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | {"PARLEY_HOME": str(home)}, stdout=log, stderr=log)
    heard, stop = Heard(), Event()
    try:
        _wait(tokens["viewer"])
        clients = {
            role: httpx2.Client(
                base_url=f"http://127.0.0.1:{PORT}", headers={"Authorization": f"Bearer {token}"}, timeout=120,
                limits=httpx2.Limits(max_connections=READERS + WRITERS + 2),
            )
            for role, token in tokens.items()
        }  # fmt: skip
        threads = [Thread(target=read, args=(clients["viewer"], heard, stop, n)) for n in range(READERS)]
        threads += [Thread(target=write, args=(clients["contributor"], heard, stop, n)) for n in range(WRITERS)]
        threads.append(Thread(target=upload, args=(clients["contributor"], heard, stop)))
        for thread in threads:
            thread.start()
        memory = []
        for _ in range(int(minutes * 6)):
            time.sleep(10)
            memory.append(_megabytes(server.pid))
        spent = psutil.Process(server.pid).cpu_times()
        stop.set()
        for thread in threads:
            thread.join()
        _settle(home)
        alive = server.poll() is None
    finally:
        server.terminate()
        server.wait(60)
    with closing(connect(home / "parley.db")) as db:
        sound = db.execute("PRAGMA integrity_check").fetchone()[0]
    return _told(minutes, heard, memory, spent.user + spent.system, _lost(home, heard), alive, sound)


def _wait(token: str) -> None:
    for _ in range(120):
        try:
            if httpx2.get(f"http://127.0.0.1:{PORT}/readyz", timeout=5).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(1)
    raise SystemExit("The server did not come up.")


def _settle(home: Path) -> None:
    """Wait until every upload was read."""
    for _ in range(300):
        with closing(connect(home / "parley.db")) as db:
            left = db.execute("SELECT count(*) FROM jobs WHERE status IN ('waiting', 'running', 'queued')").fetchone()[
                0
            ]
        if not left:
            return
        time.sleep(2)


def _told(
    minutes: float, heard: Heard, memory: list[tuple[int, int]], spent: float, lost: list[str], alive: bool, sound: str
) -> str:
    rows = []
    for what, seconds in sorted(heard.seconds.items()):
        ordered = sorted(seconds)
        p50, p99 = statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        rows.append(f"| `{what}` | {len(ordered):,} | {p50 * 1000:,.0f} | {p99 * 1000:,.0f} |")
    everything = sorted(second for seconds in heard.seconds.values() for second in seconds)
    third = max(1, len(memory) // 3)
    return "\n".join([
        "# Load", "",
        f"Made by `python -m benchmarks.load {minutes:g}`: {READERS} readers (one to two seconds between pages), {WRITERS} writers "
        "(a fifth of a second), an upload of 20 rows every ten seconds, read and mined by the server's own worker; sample company, "
        f"accounts and tokens, cores shared with the clients. {machine()}.", "",
        f"- {len(everything):,} answers in {minutes:g} minutes, {sum(heard.failures.values())} failures"
        + (f" ({dict(heard.failures)})" if heard.failures else "") + ".",
        f"- p50 {statistics.median(everything) * 1000:,.0f} ms, p99 {everything[int(len(everything) * 0.99)] * 1000:,.0f} ms; "
        f"{spent * 1000 / len(everything):,.0f} ms of the server's processor an answer.",
        f"- {len(heard.kept):,} confirmed writes, {len(lost)} lost. Integrity: {sound}. Server alive at the end: {alive}.",
        *(
            f"- Memory of {what}: {statistics.median(megabytes[:third]):,.0f} MB in the first third, "
            f"{statistics.median(megabytes[-third:]):,.0f} MB in the last, {max(megabytes):,} MB at most."
            for what, megabytes in zip(("the server", "its worker"), zip(*memory, strict=True), strict=True)
        ), "",
        "| asked | answers | p50 ms | p99 ms |", "|---|---|---|---|", *rows, "",
    ])  # fmt: skip


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        text = _run(Path(folder), _company(Path(folder)), minutes)
    print(text)
    if minutes >= 5:
        RESULT.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

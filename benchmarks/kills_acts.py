"""What `benchmarks.kills` kills beside its first acts: a digest, the worker's jobs, sketches, the plan, undoing an undo.

What one would get wrong: a message cannot be taken back. So of a digest every row may be as it is undisturbed or say
that nobody knows whether it arrived, and whoever receives it counts: no message came twice, none is called sent that
did not come.
"""

import re
import secrets
import socketserver
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from pydantic import SecretStr
from sqlite_utils import Database

from insights.keeping import Rule
from insights.trackers import Tracker
from pipelines import jobs as working
from pipelines.catalogue import trackers
from pipelines.planning import cells, content
from pipelines.privacy import keeping
from pipelines.settings import Settings
from pipelines.store import connect, jobs, prepare, rows, theme_events
from pipelines.store import digests as store_of_digests
from pipelines.teams import digests
from pipelines.themes import ledger

NOW, ACTOR = "2026-03-20T09:00:00+00:00", "kills"
Stored = dict[str, list[tuple]]
TRIES = "tries"  # a file of a home: how often its digest was begun, and what its messages are known by
PIECES, ROUNDS = 24, 24
OLD = Rule("age", kind="note", months=9)


@dataclass(frozen=True)
class Act:
    """What is killed: `begin` makes the home in which it starts, `run` does it (again, where it was stopped)."""

    name: str
    begin: Callable[[Path], None]
    run: Callable[[Path], None]
    stored: "Callable[[Path], Stored] | None" = None  # what is compared, where it is not every row
    does: dict[str, int] = field(default_factory=dict)  # rows that it adds to a table at least; below zero: takes away
    whole: bool = False  # what stands after a kill is what stood before, or what stands at the end, and nothing between
    broken: tuple[str, ...] = ()  # what is wrong before it and may be so until its end


def opened(home: Path, work: Callable[[Database], object]) -> None:
    home.mkdir(exist_ok=True)
    prepare(home / "parley.db")
    with closing(connect(home / "parley.db")) as db:
        work(db)


def more(
    mined: Callable[[Path], None], stored: Callable[[Path], Stored], words_of: Callable[[Path], Stored]
) -> list[Act]:
    """The acts; `mined` lays out a home with the sample company mined, `stored` reads all that people made or brought,
    `words_of` the same where what is gone is called so."""
    received = Received()

    def watched(home: Path) -> None:
        mined(home)
        opened(home, _set_up(received))

    def tracked(home: Path) -> None:
        mined(home)
        opened(home, _track)

    def busy(home: Path) -> None:
        mined(home)
        opened(home, _queue)

    def damaged(home: Path) -> None:
        mined(home)
        opened(home, _damage)

    return [
        Act("digest", watched, received.send, received.stored, does={"digest_runs": 1, "digest_deliveries": 3}),
        Act("sketch", tracked, _work, lambda home: {**stored(home), **_sketched(home)}, does={"tracker_hits": 1}),
        Act("jobs", busy, _work, lambda home: _steady(words_of(home)), does={"keeping_receipts": 1, "backups": 1}),
        Act(
            "repair", damaged, _work, lambda home: _steady(stored(home)), does={"theme_members": 1},
            broken=("the ledger disagrees",),
        ),
        Act("plan", mined, _plan, does={"plan_notes": PIECES // 2, "content_uploads": 3}),
        Act("undo of undo", mined, _back_and_forth, does={"theme_events": ROUNDS}),
    ]  # fmt: skip


class Received:
    """A mail server and a webhook on loopback, and what they were sent: by which home's mark, and under which key."""

    def __init__(self) -> None:
        self.messages: Counter[tuple[str, str]] = Counter()
        heard = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                heard.note(body, self.headers["X-Parley-Delivery"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Mail(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):  # who sends was killed
                    self.talk()

            def talk(self) -> None:
                self.wfile.write(b"220 here\r\n")
                for line in self.rfile:
                    if line[:4].upper() != b"DATA":
                        self.wfile.write(b"221 bye\r\n" if line[:4].upper() == b"QUIT" else b"250 fine\r\n")
                        continue
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (part := self.rfile.readline()) and part != b".\r\n":
                        lines.append(part)
                    if not part:
                        return
                    mail = message_from_bytes(b"".join(lines))
                    told = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
                    heard.note(str(told), str(mail["Message-ID"]))
                    self.wfile.write(b"250 fine\r\n")

        self.hook, self.mail = (
            self._serving(ThreadingHTTPServer(("127.0.0.1", 0), Hook)),
            self._serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)),
        )

    @staticmethod
    def _serving(server: socketserver.TCPServer) -> int:
        Thread(target=server.serve_forever, daemon=True).start()
        return int(server.server_address[1])

    def note(self, body: str, key: str) -> None:
        mark = body.partition("//home-")[2][:16]
        self.messages[mark, key.strip("<>").partition("@")[0]] += 1

    def send(self, home: Path) -> None:
        """What the worker does with a digest, ten minutes after it was last begun: what was being sent then is given
        up."""
        file = home / TRIES
        begun = file.read_text().split() if file.exists() else [secrets.token_hex(8)]
        file.write_text(" ".join([*begun, "."]))
        now = datetime.fromisoformat(NOW) + timedelta(days=8, minutes=10 * len(begun))
        ours = Settings(
            home=home, public_url=f"http://home-{begun[0]}.example", smtp_url=SecretStr(f"smtp://127.0.0.1:{self.mail}"),
            mail_from="parley@example.com",
        )  # fmt: skip

        def work(db: Database) -> None:
            digests.queue(db, now=now)
            for run in store_of_digests.to_do(db, now=now.isoformat(timespec="seconds")):
                digests.work_off(db, run, ours, now=now)
            store_of_digests.give_up_lost(db, before="9999", now=NOW, reason=digests.STOPPED)

        opened(home, work)

    def stored(self, home: Path) -> Stored:
        """The runs, the messages as sent or perhaps sent, and what came twice or is called sent and did not come."""
        mark = (home / TRIES).read_text().split()[0] if (home / TRIES).exists() else ""
        sql = """SELECT d.id, r.id, d.channel, d.address, d.status, g.id FROM digest_deliveries d
            JOIN digest_runs r ON r.id = d.run_id JOIN digests g ON g.id = r.digest_id ORDER BY d.id"""
        with closing(connect(home / "parley.db")) as db:
            sent = db.conn.execute(sql).fetchall()
            runs = db.conn.execute("SELECT id, due_at, status, content FROM digest_runs ORDER BY id").fetchall()
        came = {key: count for (of, key), count in self.messages.items() if of == mark}
        keys = {row[0]: f"digest-{row[5]}-{row[1]}-{row[0]}" for row in sent}
        return {
            "runs": runs,
            "messages": [(*row[:4], "sent" if row[4] == "unknown" else row[4]) for row in sent],
            "came twice": [(key,) for key, count in came.items() if count > 1],
            "never came": [(row[0],) for row in sent if row[4] == "sent" and keys[row[0]] not in came],
        }


def _set_up(received: Received) -> Callable[[Database], object]:
    """A digest that compares two groups, once a week, to two people and to a program."""
    plan = digests.Plan(
        "What differs", mails=("ann@example.com", "ben@example.com"), webhook=f"http://127.0.0.1:{received.hook}/hook",
        this="channel:call", that="channel:note", over="all", only_changes=False,
    )  # fmt: skip
    return lambda db: digests.save(db, plan, now=datetime.fromisoformat(NOW), actor=ACTOR)


def _track(db: Database) -> None:
    trackers.save(db, Tracker("Money", phrases=("price", "budget", "cost")), now=NOW, actor=ACTOR)
    with db.atomic():  # as after an upload that nobody looked through yet
        for table in ("tracker_hits", "sentences", "sketches", "sentence_vectors"):
            db.execute(f"DELETE FROM {table}")
        jobs.add(db, "sketch", {}, now=NOW)


def _sketched(home: Path) -> Stored:
    """The sentences and what was found in them, by their words and not by the numbers that they got."""
    sentences = """SELECT s.utterance_id, s.start, s.end, k.text_hash, hex(k.vector)
        FROM sentences s JOIN sketches k ON k.id = s.sketch_id"""
    with closing(connect(home / "parley.db")) as db:
        hits = [name for name in db.table("tracker_hits").columns_dict if name not in ("id", "sentence_id")]
        return {
            "sentences": sorted(db.conn.execute(sentences).fetchall()),
            "tracker_hits": sorted(db.conn.execute(f"SELECT {', '.join(hits)} FROM tracker_hits").fetchall(), key=repr),
        }


def _queue(db: Database) -> None:
    """One of each job that no other act does: looking through everything, a backup, a rule of age, our own pages."""
    keeping.add(db, OLD, now=NOW, actor=ACTOR)
    for n in range(4):
        words = (
            f"How our product does {n}: " + "it keeps stock of what is there, also offline, and what it costs. " * 20
        )
        content.add_one(db, title=f"Page {n}", url=f"https://example.com/{n}", text=words, actor=ACTOR, now=NOW)
    with db.atomic():
        for kind in ("examine", "content", "keep", "backup"):
            jobs.add(db, kind, {}, now=NOW)


def _damage(db: Database) -> None:
    """Quotes that are lost from their themes, and a job that finds and mends it."""
    with db.atomic():
        db.execute("DELETE FROM theme_members WHERE insight_id IN (SELECT insight_id FROM theme_members LIMIT 7)")
        jobs.add(db, "repair", {}, now=NOW)


def _work(home: Path) -> None:
    """The worker, until nothing waits. A job whose worker was killed is taken up at once, as often as it takes."""
    working.STALE, working.MOST_TRIES = timedelta(seconds=-2), 100
    while working.work_once(Settings(home=home)):
        pass
    with closing(connect(home / "parley.db")) as db:
        failed = db.conn.execute("SELECT kind, error FROM jobs WHERE status = 'failed'").fetchall()
    if failed:
        raise RuntimeError(f"jobs failed: {failed}")


def _steady(found: Stored) -> Stored:
    """Without what tells when it was: the worker has a clock."""
    moment = re.compile(rf"{datetime.now(UTC).date()}T[\d:+]*")

    def plain(cell: object) -> object:
        return moment.sub("then", cell) if isinstance(cell, str) else cell

    return {
        name: sorted((tuple(map(plain, row)) for row in rows_), key=repr)
        for name, rows_ in found.items()
        if name != "state"
    }


def _plan(home: Path) -> None:
    """Pieces of the plan with whose they are and by when, published, taken back; each step is known by what there is."""

    def all_of_them(db: Database) -> None:
        ids = [r[0] for r in db.execute("SELECT id FROM themes WHERE kind = 'objection' AND status = 'active' LIMIT 4")]
        while (step := _steps(db)) < PIECES:
            _piece(db, ids[step // 4 % len(ids)], step)

    opened(home, all_of_them)


def _steps(db: Database) -> int:
    return int(db.execute("SELECT count(*) + coalesce(sum(undone_at <> ''), 0) FROM plan_notes").fetchone()[0])


def _piece(db: Database, theme: int, step: int) -> None:
    told: dict[str, Any] = {"base": None, "today": date.fromisoformat(NOW[:10]), "actor": ACTOR, "now": NOW}
    match step % 4:
        case 0:
            cells.note(db, theme, status="planned", owner=f"Writer {step % 3}", due="2026-05", **told)
        case 1:
            cells.note(db, theme, status="in writing", text=f"Half of it, {step}", due="2026-06", **told)
        case 2:
            page = f"https://example.com/answer/{step}"
            cells.note(db, theme, status="published", page=page, day="2026-03-01", title=f"Answer {step}", **told)
        case 3:
            last = db.execute("SELECT max(id) FROM plan_notes WHERE undone_at = ''").fetchone()[0]
            cells.undo(db, last, now=NOW)


def _back_and_forth(home: Path) -> None:
    """A merge, taken back, the taking back taken back, and so on: each an event of its own."""

    def all_of_them(db: Database) -> None:
        sql = "SELECT theme_id FROM theme_events WHERE type = 'create' AND kind = 'objection' AND actor <> ? ORDER BY id LIMIT 3"
        one, other, third = (row["theme_id"] for row in db.query(sql, [ACTOR]))
        while (step := db.table("theme_events").count_where("actor = ?", [ACTOR])) < ROUNDS:
            told: dict[str, Any] = {"now": NOW, "actor": ACTOR}
            match step % 7:
                case 0:
                    ledger.merge(db, one, [other], **told)
                case 4:
                    ledger.rename(db, third, f"Name {step}", **told)
                case _:
                    ledger.undo(db, theme_events.last(db), **told)

    opened(home, all_of_them)


def tables_of(db: Database) -> list[str]:
    """Tables whose rows an act may say that it changes: also some that are left out of an export."""
    return [*rows.tables(db), "users", "digest_deliveries", "tracker_hits"]

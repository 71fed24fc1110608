"""Write down who did what: at once for what was done to accounts, in small lots for what was asked over HTTP.

What one would get wrong: a page must not wait for the write lock that an upload holds. So requests are noted in memory
and written by a thread of their own within a second; a process that is killed loses what it noted in its last second.
"""

import csv
import io
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event

from sqlite_utils import Database

from insights.formats.formulas import guarded
from pipelines.store import audit as store
from pipelines.store import connect
from pipelines.store.audit import Entry

LOT, MOST_WAITING = 500, 50_000
IDLE_SECONDS, GATHER_SECONDS = 60.0, 0.3
PRUNE_EVERY = timedelta(hours=6)
COLUMNS = ("at", "actor", "act", "what", "ids", "status", "address", "user_id", "token_id", "id")

log = logging.getLogger("parley")


def note(
    db: Database, actor: str, act: str, *, now: str, what: str = "", ids: object = "", user_id: int | None = None,
    address: str = ""
) -> None:  # fmt: skip
    """Write one act down now."""
    store.add(db, [Entry(now, actor, act, what, str(ids), user_id=user_id, address=address)])


def write_forever(
    file: Path, waiting: "SimpleQueue[Entry | None]", stop: Event, *, clock: Callable[[], str], days: int
) -> None:
    """Write what waits until `stop`, then the rest; drop what is older than `days` now and then. None only wakes it."""
    pruned = ""
    while True:
        lot = _taken(waiting, stop)
        if lot:
            _written(file, lot)
        now = clock()
        if not pruned or datetime.fromisoformat(now) - datetime.fromisoformat(pruned) >= PRUNE_EVERY:
            pruned = now
            _pruned(file, now, days)
        if stop.is_set() and waiting.empty():
            return


def csv_of(entries: Sequence[Entry]) -> str:
    """Entries as CSV, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow([guarded(v) if isinstance(v := getattr(entry, name), str) else v for name in COLUMNS])
    return out.getvalue()


def prune(db: Database, *, days: int, now: str) -> int:
    """Drop what is older than `days`; returns how many rows went."""
    before = (datetime.fromisoformat(now) - timedelta(days=days)).isoformat(timespec="seconds")
    return store.drop(db, before=before)


def _taken(waiting: "SimpleQueue[Entry | None]", stop: Event) -> list[Entry]:
    lot: list[Entry | None] = []
    with suppress(Empty):
        lot.append(waiting.get(timeout=0 if stop.is_set() else IDLE_SECONDS))
        stop.wait(GATHER_SECONDS)
        while len(lot) < LOT:
            lot.append(waiting.get_nowait())
    return [entry for entry in lot if entry is not None]


def _written(file: Path, lot: list[Entry]) -> None:
    try:
        with closing(connect(file)) as db:
            store.add(db, lot)
    except sqlite3.Error as error:
        log.error("The audit log could not be written: %d entries are lost (%s).", len(lot), type(error).__name__)


def _pruned(file: Path, now: str, days: int) -> None:
    try:
        with closing(connect(file)) as db:
            prune(db, days=days, now=now)
    except sqlite3.Error as error:
        log.warning("The audit log could not be shortened (%s).", type(error).__name__)

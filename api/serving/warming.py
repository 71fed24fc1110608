"""Work out what people open first, before they open it: at the start, and when the database has come to rest after a
change.

What one would get wrong: nothing depends on it. A page that was not worked out yet is worked out when it is asked for;
the thread stops between two pages as soon as somebody writes again, and writes nothing itself but what spares the next
start reading everything (`store.column_file`).
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from threading import Event

from sqlite_utils import Database

from api.views import shared as shared_views
from api.views.overview import overview
from api.views.report import report
from insights.errors import DamagedModel
from insights.records import KINDS
from pipelines import plan
from pipelines.quotes import shelf
from pipelines.reports.competition import competition
from pipelines.reports.handover import handover_report
from pipelines.reports.material import material_report
from pipelines.reports.outcomes import outcome_report
from pipelines.reports.voice import voice_report
from pipelines.sales import account_lists, said, signals
from pipelines.store import column_file, company, connect
from pipelines.store.filters import Filters

REST = 2.0  # seconds without a commit, after which the database is at rest
PAUSE = 0.5  # seconds between two looks

log = logging.getLogger("parley")
_expected = Event()


def expect_a_mail() -> None:
    """Somebody opened the page that takes pasted mails: what reads them is loaded while they type."""
    _expected.set()


def keep_warm(file: Path, today: Callable[[], date], stop: Event) -> None:
    """Until `stop`, work out the first pages of each state in which the database stays for a while."""
    with closing(connect(file)) as db:
        for version in _at_rest(db, stop):
            try:
                for work_out in _first_pages(db, today()):
                    if stop.is_set() or _version(db) != version:
                        break
                    work_out()
            except sqlite3.OperationalError:
                log.warning("The first pages could not be worked out ahead: the database is busy or damaged.")


def _at_rest(db: Database, stop: Event) -> Iterator[int]:
    """The version of the state at the start, then of each that has lasted for a while, once a state."""
    seen = told = _version(db)
    since = 0.0
    yield told  # people wait for what nobody has asked for since the start
    while not stop.wait(PAUSE):
        if _expected.is_set():
            _expected.clear()
            with suppress(DamagedModel):  # told to whoever pastes
                said.make_ready(company.load(db))
        version = _version(db)
        since = since + PAUSE if version == seen else 0.0
        seen = version
        if since >= REST and version != told:
            told = version
            yield version


def _version(db: Database) -> int:
    return int(db.conn.execute("PRAGMA data_version").fetchone()[0])


def _first_pages(db: Database, today: date) -> Iterator[Callable[[], object]]:
    """What the pages of the navigation and the reports need without a filter, the most often opened first."""
    everything = Filters()
    yield lambda: overview(db, everything, today)
    yield lambda: shelf.of(db, everything)
    yield lambda: column_file.keep(db)
    for kind in KINDS:
        yield lambda kind=kind: report(  # type: ignore[misc]
            db,
            everything,
            today,
            kind=kind,
            by=[],
            step="month",
            days="",
            unit="conversation",
            noted="",
            this="",
            that="",
            over="",
        )
    yield lambda: plan.board(db, everything, today=today, by="")
    yield lambda: outcome_report(db, everything, kind="objection", today=today)
    yield lambda: voice_report(db, everything, kind="objection", by="theme", today=today)
    yield lambda: competition(db, everything, today=today, step="", days=None)
    yield lambda: signals.signals(db, everything, today=today)
    yield lambda: account_lists.listed(db, everything, today=today, name="", type="", state="")
    yield lambda: shared_views.page(db, today)
    yield lambda: handover_report(db, everything, today=today, by=())
    yield lambda: material_report(db, everything, today=today)

"""What tests of several packages share, made once: the schema, and the sample company, mined once for all processes."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlite_utils import Database

from insights import embedding
from insights.embedding import Encoder
from pipelines import sample
from pipelines.catalogue import trackers
from pipelines.mine import mine
from pipelines.store import connect, prepare

T = TypeVar("T")
LONGEST_S = 600  # that another process may take to mine the sample company

# How long an example takes on the clock says more of what else the machine does than of Parley.
hypothesis_settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("parley")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come first: of several processes (`--dist worksteal`) one has them all, and with them the only
    site that is lived in."""
    items.sort(key=lambda item: "browser" not in item.path.parts)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The shipped encoder, loaded once for all who only read with it."""
    return embedding.load(threads=1)


@pytest.fixture(scope="session")
def bare_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nothing in it: copy it, that is twenty times as fast as `prepare`."""
    file = tmp_path_factory.mktemp("bare") / "bare.db"
    prepare(file)
    return file


@pytest.fixture(scope="session")
def written(
    bare_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Database, Callable[[Database], T]], T]:
    """A function that puts into a database what `fill(db)` writes, and gives what that gives: it writes once for each `fill`,
    and its database is copied from then on. `fill` must be a function of a module: its name is what is written."""
    folder, given = tmp_path_factory.mktemp("written"), {}

    def put(db: Database, fill: Callable[[Database], T]) -> T:
        name = f"{fill.__module__}.{fill.__qualname__}"
        built = folder / f"{name}.db"
        if name not in given:
            shutil.copy(bare_file, built)
            with closing(connect(built)) as new:
                given[name] = fill(new)
        with closing(connect(built)) as whole:
            whole.conn.backup(db.conn)
        return given[name]

    return put


@pytest.fixture(scope="session")
def mined_sample(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The sample company's database as `parley demo` makes it. It is shared: copy it before you write to it."""
    own = tmp_path_factory.getbasetemp()
    # Where pytest-xdist runs several processes, their folders lie in one folder of this run.
    shared = own.parent if hasattr(request.config, "workerinput") else own
    with _alone(shared / "sample.lock"):
        file = shared / "sample.db"
        if not file.exists():
            mined = tmp_path_factory.mktemp("sample") / "sample.db"
            prepare(mined)
            with closing(connect(mined)) as db:
                sample.load(db, now=lambda: "2026-01-15T12:00:00+00:00")
                mine(db, now=lambda: "2026-01-15T12:00:00+00:00")
                trackers.apply_all(db, now="2026-01-15T12:00:00+00:00")
                # What is remembered of a file keeps it open, so that closing it leaves the last writes in its log.
                db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.move(mined, file)
    return file


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time. SQLite's lock works on every system, and a process that ends gives it back."""
    with closing(sqlite3.connect(lock, timeout=LONGEST_S, isolation_level=None)) as held:
        held.execute("BEGIN EXCLUSIVE")
        yield

"""Who uses a database file: every process that opens it holds a shared lock, who replaces it needs the only one.

SQLite's own locks do not do this: between two requests a server holds none, and a file that is put in its place then
would meet what the server still has in memory. On systems without `flock` nobody is seen, so nothing is refused there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from insights.errors import InsightsError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class InUse(InsightsError):
    """Another process has the database open."""

    def __init__(self, path: Path):
        super().__init__(
            f"Another Parley (a server, a worker or a command) uses '{path.name}' now. Stop it, then run this again."
        )


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Say that this process uses the database. A folder that may not be written has no such lock."""
    handle = _open(path)
    try:
        if handle is not None and fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the database so that nobody else can begin to use it. Raises InUse at once where somebody does."""
    handle = _open(path)
    try:
        if handle is not None and fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUse(path) from None
        yield
    finally:
        if handle is not None:
            os.close(handle)


def is_used(path: Path) -> bool:
    """Whether somebody holds the database now."""
    try:
        with alone(path):
            return False
    except InUse:
        return True


def lock_of(path: Path) -> Path:
    """The empty file beside a database that is locked in its stead."""
    return path.with_name(f"{path.name}.lock")


def _open(path: Path) -> int | None:
    if fcntl is None:
        return None
    try:
        return os.open(lock_of(path), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None

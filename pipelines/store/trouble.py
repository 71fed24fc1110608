"""What a database that cannot be used now means, and what to do about it: one sentence for every door.

What was stored before stands in all of these cases but one: `damaged`, where a backup is the way back.
"""

import errno
import sqlite3
from dataclasses import dataclass
from typing import Literal

Kind = Literal["full", "busy", "readonly", "damaged", "no temporary", "unusable"]
# SQLite says FULL only for ENOSPC; a quota, a limit of file size and a full disk under the shared memory come as these.
_NO_ROOM = frozenset(
    (
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    )
)
_KINDS: dict[int, Kind] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_READONLY: "readonly",
    sqlite3.SQLITE_CANTOPEN: "readonly",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}
_SAID: dict[Kind, tuple[str, str, str]] = {
    "full": ("There is no room left on the disk.", "Make room", "how much there is"),
    "busy": ("Another Parley is writing to the database, for longer than we wait.", "Let it finish", ""),
    "readonly": ("The database may not be written.", "Check the rights of its file and folder, and that the disk is not read-only", ""),
    "damaged": ("The database file is damaged.", "Stop Parley and bring back a backup", "what is wrong"),
    "no temporary": ("There is no folder for temporary files that may be written.", "Mount one (`--tmpfs /tmp`), or name one in TMPDIR", ""),
    "unusable": ("The database cannot be used.", "Look at its disk", "what is wrong"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """Of what kind it is, what happened, and what to do (without a full stop, so that a door can go on); `sees` is what
    the checks of `doctor` tell of it, "" where nothing."""

    kind: Kind
    what: str
    advice: str
    sees: str

    @property
    def typed(self) -> str:
        """What to do, for somebody at a terminal."""
        back = ", `parley restore` brings one back" if self.kind == "damaged" else ""
        return f"{self.advice} (`parley doctor` says {self.sees}{back})" if self.sees else self.advice

    @property
    def clicked(self) -> str:
        """What to do, for somebody in a browser."""
        where = "an administrator sees it under Settings, “Health and copies”"
        return f"{self.advice} ({self.sees}: {where})" if self.sees else self.advice


def trouble_of(error: sqlite3.Error | OSError) -> Trouble | None:
    """What an error of the database or of the file system means; None for an OSError that is not about room or
    rights."""
    kind = _os_kind(error) if isinstance(error, OSError) else _kind(error)
    return Trouble(kind, *_SAID[kind]) if kind else None


def is_busy(error: BaseException) -> bool:
    """Whether somebody else holds the database: the same may work in a moment."""
    return isinstance(error, sqlite3.OperationalError) and _kind(error) == "busy"


def _kind(error: sqlite3.Error) -> Kind:
    code = getattr(error, "sqlite_errorcode", 0) or 0
    if code in _NO_ROOM:
        return "full"
    if code == sqlite3.SQLITE_IOERR_GETTEMPPATH:
        return "no temporary"
    if "locked" in str(error):
        return "busy"
    return _KINDS.get(code & 0xFF, "unusable")


def _os_kind(error: OSError) -> Kind | None:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "full"
    return "readonly" if error.errno == errno.EROFS else None

"""Health and copies: what the quick checks found, the copies that there are, and a button that makes one."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, status
from pydantic import BaseModel, Field
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, OurSettings
from api.errors import RESPONSES
from api.pages.answering import page
from api.views.digest import Ready, ready
from pipelines.jobs import submit_backup, submit_examination
from pipelines.operation import backup, doctor
from pipelines.operation.backup import Manifest
from pipelines.operation.doctor import Examined, Finding, Level
from pipelines.settings import Settings
from pipelines.store import jobs

HOME = "/settings/health"
EXAMINES = ("examine", "repair")
WORDS: dict[Level, str] = {"fine": "in order", "note": "to know", "warning": "to look at", "error": "wrong"}
# What is advised in a terminal, as the pages do it.
MENDED = "“Mend what can be mended” does it, on this page, once everything was looked through."
ON_PAGES = {
    "backups": "Make one below.",
    "left-over rows": "Take the upload that they came with back, on the page Uploads, and upload it again.",
    "uploads": "Upload the same files again, or take it back, on the page Uploads.",
}
routes = APIRouter(include_in_schema=False)
interface = APIRouter(tags=["service"], responses=RESPONSES)


def on_pages(finding: Finding) -> str:
    """What somebody without a terminal can do about a finding, "" where the pages can do nothing or nothing is to do."""
    if not finding.advice:
        return ""
    return MENDED if finding.repair else ON_PAGES.get(finding.check, "")


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the database in the folder of backups; `manifest` is None for one that was kept before a change."""

    file: str
    bytes: int
    manifest: Manifest | None


@dataclass(frozen=True, slots=True)
class HealthPage:
    """What was found quickly, the worst first; what was `looked` through last on request, with what was `repaired`
    then, and the job that is `looking`; the copies, the newest first; whether one is being made; and what is set for
    mail and links."""

    examined: Examined
    looked: Examined | None
    looking: dict | None
    repaired: tuple[str, ...]
    copies: tuple[Copy, ...]
    making: bool
    ready: Ready

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is not set up, so that not all is in order although nothing is wrong."""
        there = {
            "backups (there is none)": self.making or any(copy.manifest for copy in self.copies),
            "mail (none can be sent)": self.ready.mail,
            "the address for links": self.ready.address,
        }
        return tuple(name for name, known in there.items() if not known)


class Health(BaseModel):
    """What `parley doctor --quick` finds."""

    level: Level = Field(description="the worst of the findings")
    at: str
    whole: bool = Field(description="false: the checks that read the whole database are left to `parley doctor`")
    findings: list[Finding]


class Queued(BaseModel):
    """A job that was queued, or that waits or runs already."""

    job: int


@routes.get(HOME)
def show_health(request: Request, db: Db, settings: OurSettings) -> Response:
    return page(request, "health.html", _view(db, settings), words_of=WORDS, on_pages=on_pages)


@routes.post(f"{HOME}/backup")
def make_backup(db: Db) -> Response:
    submit_backup(db)
    return RedirectResponse(f"{HOME}#copies", status.HTTP_303_SEE_OTHER)


@routes.post(f"{HOME}/examine")
def examine(db: Db, repair: Annotated[bool, Form()] = False) -> Response:
    """Look through everything, as `parley doctor` does, and with `repair` mend what is safe to mend."""
    submit_examination(db, repair=repair)
    return RedirectResponse(f"{HOME}#whole", status.HTTP_303_SEE_OTHER)


@interface.get("/doctor", summary="Look whether all is in order")
def look(settings: OurSettings) -> Health:
    """The quick checks; `parley doctor` on the server's machine reads the whole database."""
    found = doctor.examine(settings, now=datetime.now(UTC), whole=False)
    return Health(level=found.level, at=found.at, whole=found.whole, findings=list(found.findings))


@interface.get("/backups", summary="List backups")
def list_backups(settings: OurSettings) -> list[Copy]:
    """The copies in the folder of backups, the newest first."""
    return list(_copies(settings))


@interface.post("/backups", summary="Make a backup", status_code=202)
def add_backup(db: Db) -> Queued:
    """Queue a verified copy of the database in the folder of backups; the job says when it is done."""
    return Queued(job=submit_backup(db))


def _view(db: Database, settings: Settings) -> HealthPage:
    examined = doctor.examine(settings, now=datetime.now(UTC), whole=False)
    kept = jobs.newest(db, *EXAMINES)
    under_way = next((job for kind in EXAMINES for job in jobs.unfinished(db, kind)), None)
    return HealthPage(
        _ordered(examined), _ordered(Examined.of(kept["result"])) if kept else None, under_way,
        tuple(kept["result"]["repaired"]) if kept else (), _copies(settings),
        bool(jobs.unfinished(db, "backup")), ready(settings),
    )  # fmt: skip


def _ordered(found: Examined) -> Examined:
    order: tuple[Level, ...] = ("error", "warning", "note", "fine")
    return replace(found, findings=tuple(sorted(found.findings, key=lambda one: order.index(one.level))))


def _copies(settings: Settings) -> tuple[Copy, ...]:
    found = backup.listed(settings.database_file)
    return tuple(Copy(one.file.name, one.file.stat().st_size, one.manifest) for one in found)

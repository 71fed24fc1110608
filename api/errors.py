"""What a failed request is answered with: RFC 9457 problem details, or the same in words as a page for a browser.

Error classes say what happened and what to do; which status that is, is decided here and nowhere else.
"""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.gate.who import visit
from api.rendering import render
from api.wording import faults
from api.wording.words import NAVIGATION, REPORTS
from insights.errors import InsightsError
from insights.ledger_rules import LedgerError, Unfit
from pipelines.access.accounts import EmailTaken, LastAdmin, UnknownPerson
from pipelines.access.invitations import LinkGone
from pipelines.access.tokens import UnknownToken
from pipelines.catalogue.own_names import ChangedAgain, EntryChanged, NotOurs
from pipelines.catalogue.own_names import NothingToUndo as NoSuchChange
from pipelines.catalogue.personas import NoSuchRule, RuleChanged
from pipelines.catalogue.trackers import ChangedMeanwhile, UnknownTracker
from pipelines.planning.cells import MovedOn, NoSuchNote, NotLast, UnknownTopic
from pipelines.planning.content import NoAnswer, UnknownPage, UnknownUpload
from pipelines.privacy.covering import cover
from pipelines.privacy.forget import ChangedSincePreview, StillReading
from pipelines.privacy.keeping import UnknownRule
from pipelines.privacy.receipts import UnknownErasure
from pipelines.quotes.borders import BordersChanged
from pipelines.quotes.collections import ChangedAfter, CollectionChanged, UnknownChange, UnknownCollection
from pipelines.quotes.usage import NothingSaid, UsageChanged
from pipelines.reports.annotations import AnnotationChanged, UnknownAnnotation
from pipelines.reports.saved import UnknownSaved
from pipelines.reviews.review import AnsweredAlready
from pipelines.sales.asking import UnknownAsk
from pipelines.store import connect
from pipelines.store.theme_events import Recorded
from pipelines.store.trouble import trouble_of
from pipelines.teams.comments import CommentMoved, NotYours, UnknownComment
from pipelines.teams.digests import DigestChanged, UnknownDigest
from pipelines.teams.shared import NotAgreeing
from pipelines.themes.editing import ChangedSince
from pipelines.themes.ledger import Blocked, UnknownEvent, UnknownTheme
from pipelines.themes.proposals import UnknownProposal
from pipelines.uploads.set_facts import FactsChanged

RETRY_AFTER_SECONDS = "2"
# A sentence, or the rest of one, that says what to type in a terminal or to set before the start.
COMMAND = re.compile(r"\bparley [a-z]+|\bPARLEY_[A-Z]+")
PYDANTIC = ("Input should", "Value error", "String should", "Field required", "List should", "Value should")
SECTIONS = (
    ("/comments", "Inbox"), ("/trackers", "Trackers"), ("/speakers", "Who is who"), ("/reports/saved", "Saved reports"),
    ("/annotations", "Notes"),
    ("/reports/saved/digests", "Digests"), ("/plan/pages", "Our pages"), ("/settings/forget", "Forget a person"),
    ("/accounts/signals", "Signals"), ("/competitors", "Competitor names"), ("/settings", "Settings"),
)  # fmt: skip
NOWHERE = "There is nothing at this address."
HOLDING = frozenset({404, 409, 422})  # answers that may hold what somebody wrote


class FieldError(BaseModel):
    """One part of a request that cannot be used: where it stands and what is wrong with it."""

    name: str = Field(description="the parameter, or the path to it in the body")
    detail: str


class EarlierUndo(BaseModel):
    """An event of the theme ledger that must be undone before the one that was asked for."""

    id: int
    type: str
    at: str
    actor: str


class FieldMoved(BaseModel):
    """A field of a theme as it was and as it is."""

    theme: int
    field: str
    before: Any
    after: Any


class Happened(BaseModel):
    """What somebody else did to a theme meanwhile."""

    id: int
    type: str
    at: str
    actor: str
    reason: str
    changed: list[FieldMoved] = Field(description="the fields of themes, as they were and as they are")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="what happened and what to do")
    errors: list[FieldError] = []
    undo_first: list[EarlierUndo] = Field(
        default=[], description="where an undo is blocked: the later events to undo before it, in this order"
    )
    changed: list[Happened] = Field(
        default=[], description="409: what was done meanwhile to the theme that was to be changed, the oldest first"
    )
    version: int | None = Field(default=None, description="409: the version to send to do it all the same")
    versions: dict[int, int] | None = Field(
        default=None, description="409: the same by theme, where several are concerned"
    )
    now: dict[str, Any] | None = Field(default=None, description="409: what was to be changed, as it is now")


class RequestError(Exception):
    """Base of what a client can put right."""


class NotFound(RequestError):
    """What the address names is not there."""

    def __init__(self, noun: str, name: object):
        super().__init__(f"There is no {noun} '{name}'. It may have been undone, or the address is incomplete.")


class NotWaiting(RequestError):
    """Files that a person wanted to look at first are gone."""

    def __init__(self) -> None:
        super().__init__(
            "These files do not wait any more: they were uploaded, discarded, or left for two days. "
            "Look whether they are among the uploads; if not, choose them again."
        )


class NothingToKeep(RequestError):
    """A report that has nothing to show cannot be saved."""

    def __init__(self) -> None:
        super().__init__(
            "There is nothing to save: nothing with a date matches these filters, or no theme or tracker was found in it. "
            "Widen the dates, remove a filter, or look at the report first."
        )


class NothingToReport(RequestError):
    """No dated conversation matches the filters."""

    def __init__(self) -> None:
        super().__init__("No conversation with a date matches these filters. Widen the dates or remove a filter.")


class BadParameter(RequestError):
    """A parameter has a value that cannot be used."""

    def __init__(self, name: str, detail: str):
        super().__init__(f"{name}: {detail}")
        self.name, self.detail = name, detail


class Masked(RequestError):
    """What was asked for is shown only to those who see originals."""

    def __init__(self, least: str):
        super().__init__(
            f"Whole conversations, and who said something, are shown from the role {least} on. An administrator can change "
            "your role, or who sees originals."
        )


class RepHidden(RequestError):
    """A figure about a single rep was asked for by who may not see it."""

    def __init__(self) -> None:
        super().__init__(
            "Figures about a single rep, also one's own, are shown only where an administrator allows it: to whom, in the "
            "settings of the shared numbers, and which rep a login is, under Settings, People. Leave the filter on the rep out."
        )


class Conflict(RequestError):
    """The thing is in a state in which this cannot be done."""


STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    NotWaiting: 404,
    NothingToKeep: 404,
    NothingToReport: 404,
    BadParameter: 422,
    Conflict: 409,
    Masked: 403,
    RepHidden: 403,
    NotYours: 403,
    NotAgreeing: 403,
    UnknownTracker: 404,
    UnknownTheme: 404,
    UnknownEvent: 404,
    UnknownProposal: 404,
    UnknownSaved: 404,
    UnknownDigest: 404,
    UnknownAnnotation: 404,
    UnknownErasure: 404,
    UnknownRule: 404,
    ChangedSincePreview: 409,
    StillReading: 409,
    AnnotationChanged: 409,
    DigestChanged: 409,
    Unfit: 422,
    LedgerError: 409,
    ChangedMeanwhile: 409,
    UnknownTopic: 404,
    UnknownUpload: 404,
    UnknownPage: 404,
    NoSuchNote: 404,
    UnknownAsk: 404,
    UnknownComment: 404,
    CommentMoved: 409,
    NoAnswer: 404,
    MovedOn: 409,
    EntryChanged: 409,
    ChangedAgain: 409,
    RuleChanged: 409,
    NotOurs: 404,
    NoSuchRule: 404,
    NoSuchChange: 404,
    NotLast: 409,
    AnsweredAlready: 409,
    UnknownCollection: 404,
    UnknownChange: 409,
    CollectionChanged: 409,
    ChangedAfter: 409,
    NothingSaid: 409,
    UnknownPerson: 404,
    UnknownToken: 404,
    LinkGone: 404,
    LastAdmin: 409,
    EmailTaken: 409,
    UsageChanged: 409,
    BordersChanged: 409,
    FactsChanged: 409,
    InsightsError: 422,
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    422: {"model": Problem, "description": "A parameter cannot be used; `errors` says which and why."},
    "default": {"model": Problem, "description": "Any other problem, in the same form."},
}


def add_handlers(app: FastAPI) -> None:
    """Answer every error in one form."""
    for error in (*STATUS, HTTPException, RequestValidationError, sqlite3.DatabaseError, OSError, Exception):
        app.add_exception_handler(error, handle)


def handle(request: Request, error: Exception) -> Response:
    """The one handler: an exception becomes a status, a sentence, and the parts of the request that were wrong."""
    match error:
        case HTTPException():
            return problem(request, error.status_code, _sentence(error), headers=error.headers)
        case RequestValidationError() if not request.url.path.startswith("/api/") and _names_nothing(error):
            return problem(request, 404, NOWHERE)
        case RequestValidationError():
            wrong = [FieldError(name=faults.place(e), detail=faults.told(request.scope, e)) for e in error.errors()]
            return problem(request, 422, "; ".join(f"{w.name}: {w.detail}" for w in wrong), errors=wrong)
        case BadParameter():
            return problem(request, 422, str(error), errors=[FieldError(name=error.name, detail=error.detail)])
        case Blocked():
            first = [EarlierUndo(id=e.id, type=e.event.type, at=e.at, actor=e.actor) for e in error.events]
            return problem(request, 409, str(error), undo_first=first)
        case ChangedSince():
            told = [
                Happened(id=e.id, type=e.event.type, at=e.at, actor=e.actor, reason=e.reason, changed=_fields(e))
                for e in error.events
            ]
            newest = max(error.versions.values(), default=error.last)
            return problem(request, 409, str(error), changed=told, version=newest, versions=error.versions)
        case AnnotationChanged():
            return problem(request, 409, str(error), version=error.current.version, now=asdict(error.current))
        case sqlite3.IntegrityError():
            pass
        case sqlite3.DatabaseError() | OSError() if (found := trouble_of(error)) and found.kind != "unusable":
            if found.kind == "busy":
                detail = "The database is busy with another change. Try again in a moment."
                return problem(request, 503, detail, headers={"Retry-After": RETRY_AFTER_SECONDS})
            # 507: there is no room for what was sent.
            status = 507 if found.kind == "full" else 503
            return problem(request, status, f"{found.what} Nothing was changed. {found.clicked}.")
    for known, status in STATUS.items():
        if isinstance(error, known):
            return problem(request, status, str(error))
    return problem(
        request, 500, "Something went wrong in Parley itself. The server's log says what; nothing was changed."
    )


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    undo_first: Sequence[EarlierUndo] = (),
    changed: Sequence[Happened] = (),
    version: int | None = None,
    versions: dict[int, int] | None = None,
    now: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as JSON, or as a page when a browser asked for one."""
    told = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors), undo_first=list(undo_first),
        changed=list(changed), version=version, versions=versions, now=now,
    )  # fmt: skip
    if status in HOLDING and visit().person and not visit().originals:
        told = _covered(request, told)
        changed, now = told.changed, told.now
    if wants_page(request):
        told.detail = on_a_page(told)
        page = render("error.html", path=request.url.path, problem=told, section=section(request.url.path))
        return HTMLResponse(page, status_code=status, headers=dict(headers or {}))
    special = {"undo_first": undo_first, "changed": changed, "version": version, "versions": versions, "now": now}
    body = told.model_dump(exclude={name for name, value in special.items() if not value})
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


def on_a_page(told: Problem) -> str:
    """What a person in a browser is told: without what to type in a terminal, and without the names of parameters."""
    if told.status == 422 and told.errors and all(e.detail.startswith(PYDANTIC) for e in told.errors):
        return "Something in this address cannot be used. Open the page anew and choose it there."
    plain = _without_command(told.detail).strip()
    return re.sub(r"[;,]$", ".", plain) or told.detail


def _without_command(text: str) -> str:
    """A message without its last clause and what follows, where that says what to type. No pattern for the whole: what
    somebody sent stands in messages, and may be thousands of blanks."""
    found = COMMAND.search(text, text.rfind(";") + 1)
    return text[: max(text.rfind(end, 0, found.start()) for end in ".;?!") + 1] if found else text


def section(path: str) -> tuple[str, str]:
    """The page that lists what an address is about, by address and name; the overview where none does."""
    parts = path.strip("/").split("/")
    above = ["/" + "/".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]
    named = {address: name for address, name, _ in NAVIGATION} | dict(REPORTS) | dict(SECTIONS)
    return next(((address, named[address]) for address in above if address in named), ("/", "Overview"))


def _covered(request: Request, told: Problem) -> Problem:
    """What is told of things as they are now, to somebody who may not see names."""
    file = request.app.state.settings.database_file
    with closing(connect(file)) as db:
        cover(db, file)
        parts = told.model_dump(include={"detail", "errors", "changed", "now"}, mode="json")
        (seen,) = db.conn.execute("SELECT covered_json(?)", [json.dumps(parts)]).fetchone()
    return Problem.model_validate(told.model_dump() | json.loads(seen))


def _fields(event: Recorded) -> list[FieldMoved]:
    shown = (edit for edit in event.event.edits if edit.field != "shape")
    return [FieldMoved(theme=e.theme, field=e.field, before=e.before, after=e.after) for e in shown]


def wants_page(request: Request) -> bool:
    """Whether a person with a browser asked, not a program."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _names_nothing(error: RequestValidationError) -> bool:
    """Whether the way to a page is at fault ("/reports/anything"), not what stands after its question mark."""
    return any(wrong["loc"][0] == "path" for wrong in error.errors())


def _sentence(error: HTTPException) -> str:
    if error.status_code == 404:
        return NOWHERE
    if error.status_code == 405:
        return "This address is no page: it only takes what a form or a program sends."
    if str(error.detail).startswith("Too many files"):
        return "These are more than the 1,000 files that one upload may hold. Put them into a zip and upload that."
    return str(error.detail)

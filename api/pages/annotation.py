"""The page of notes, and the forms for them that stand on reports and themes. Everything can be undone."""

import re
from collections.abc import Callable
from functools import partial
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor, is_row_id, kept_link, kept_text, shown
from api.errors import STATUS
from api.pages.answering import ACTOR, RowId, page
from api.views import annotation as views
from api.wording.words import link, own_path
from insights.errors import InsightsError
from pipelines.jobs import now
from pipelines.reports import annotations
from pipelines.reports.annotations import AnnotationChanged, Draft
from pipelines.store.annotations import Annotation

routes = APIRouter(include_in_schema=False)
Words = Annotated[str, Form(max_length=200_000)]
Version = Annotated[str, Form(pattern=r"^\d{0,15}$")]
LOCAL = re.compile(r"/annotations|/themes/\d{1,18}|/reports/\w{1,30}")
HOME = "/annotations"


@routes.get("/annotations")
def show_annotations(
    request: Request, db: Db, q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(pattern=r"^(|(\d{4}-\d\d-\d\d)?~\d{1,15})$")] = "", noted: str = "",
    edit: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:  # fmt: skip
    return page(request, "annotations.html", views.page(db, query=q.strip(), after=after, done=noted, edited=edit))


@routes.post("/annotations")
def add(
    request: Request, db: Db, text: Words = "", starts: Words = "", ends: Words = "", about: Words = "", to: Words = "",
    back: Words = "",
) -> Response:  # fmt: skip
    draft = _draft(text, starts, ends, about, to)
    return _changed(request, db, back, draft, None, lambda: annotations.add(db, draft, now=now(), actor=actor(ACTOR)))


@routes.post("/annotations/{number}")
def edit(
    request: Request, db: Db, number: RowId, text: Words = "", starts: Words = "", ends: Words = "", about: Words = "",
    to: Words = "", version: Version = "", back: Words = "",
) -> Response:  # fmt: skip
    was = annotations.get(db, number)
    text, to = kept_text(db, text, was.text), kept_link(db, to, was.link)
    draft = _draft(text, starts, ends, about, to)
    return _changed(
        request, db, back, draft, number,
        lambda: annotations.edit(db, number, draft, base=int(version or 0), now=now(), actor=actor(ACTOR)),
        version=int(version or 0),
    )  # fmt: skip


@routes.post("/annotations/{number}/remove")
def remove(request: Request, db: Db, number: RowId, version: Version = "", back: Words = "") -> Response:
    made = partial(annotations.remove, db, number, base=int(version or 0), now=now(), actor=actor(ACTOR))
    return _changed(request, db, back, None, number, made)


@routes.post("/annotations/{number}/undo")
def undo(
    request: Request, db: Db, number: RowId, version: Annotated[int, Query(ge=1, le=2**50)], back: Words = ""
) -> Response:
    made = partial(annotations.undo, db, number, base=version, now=now(), actor=actor(ACTOR))
    return _changed(request, db, back, None, number, made)


def _draft(text: str, starts: str, ends: str, about: str, to: str) -> Draft:
    """`about` is what a form's list says: "" for all charts, a kind, or a theme's number."""
    theme = int(about) if is_row_id(about) else None
    return Draft(text, starts, ends, "" if theme else about, theme, to)


def _changed(
    request: Request, db: Database, back: str, draft: Draft | None, number: int | None,
    change: Callable[[], Annotation],
    *, version: int = 0,
) -> Response:  # fmt: skip
    """Do it and go back with what was done; what was written is never lost on the way."""
    there = back if LOCAL.fullmatch(own_path(back)) else HOME
    try:
        made = change()
    except AnnotationChanged as error:
        seen = shown(db)  # what stood in the error was read before it was known that this shows it
        error = AnnotationChanged(annotations.get(seen, error.current.id))
        answer = page(request, "annotation_conflict.html", views.conflict(seen, error, draft, there))
        answer.status_code = 409
        return answer
    except InsightsError as error:
        known = number if draft else None  # a note that is not there cannot be edited, only told of
        view = views.page(shown(db), draft=draft or Draft(""), problem=str(error), edited=known, version=version)
        answer = page(request, "annotations.html", view, path_back=there)
        answer.status_code = next(status for known, status in STATUS.items() if isinstance(error, known))
        return answer
    parts = urlsplit(there)
    query = {name: value for name, value in parse_qsl(parts.query) if name not in ("noted", "done")}
    return RedirectResponse(
        link(parts.path, query, noted=f"{made.id}.{made.version}") + ("#notes" if made.starts else ""), 303
    )

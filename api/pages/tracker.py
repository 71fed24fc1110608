"""The pages of trackers: a form that is tried on the history before it is saved, and what saved ones found."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, Today, actor, shown
from api.errors import BadParameter
from api.pages.answering import ACTOR, RowId, page
from api.routes.trackers import is_cursor, kept_tracker
from api.views import tracker as views
from api.views.comment import talk
from insights.trackers import LONGEST_EXAMPLE, BadTracker, Tracker
from pipelines.catalogue import trackers
from pipelines.catalogue.trackers import ChangedMeanwhile
from pipelines.jobs import now, submit_sketches
from pipelines.privacy.covering import CoveredWords

routes = APIRouter(include_in_schema=False)
Lines = Annotated[str, Form(max_length=100_000)]
Id = Annotated[int, Form(ge=0, le=2**62)]


def form(
    name: Annotated[str, Form(max_length=1000)] = "", phrases: Lines = "", examples: Lines = "",
    counter_examples: Lines = "",
    said_by: Annotated[Literal["buyer", "seller", "anyone"], Form()] = "buyer",
    asked: Annotated[Literal["question", "statement", "either"], Form()] = "either",
    strictness: Annotated[Literal["strict", "normal", "loose"], Form()] = "normal",
    edited: Id = 0, version: Id = 0,
) -> views.Entered:  # fmt: skip
    """What stands in the form; `edited` is the tracker that is changed, 0 for a new one."""
    wanted = Tracker(
        name, tuple(phrases.splitlines()), tuple(examples.splitlines()), tuple(counter_examples.splitlines()), said_by,
        asked,
        strictness,
    )  # fmt: skip
    return views.Entered(wanted, edited, version)


Entered = Annotated[views.Entered, Depends(form)]


@routes.get("/trackers")
def show_trackers(request: Request, db: Db, today: Today, removed: str = "") -> Response:
    return page(request, "trackers.html", views.overview(db, today, gone=_number(removed)))


@routes.post("/trackers/preview")
def preview(
    request: Request, db: Db, entered: Entered, count: Annotated[str, Form(max_length=10_000)] = "",
    skip: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:  # fmt: skip
    """Try what stands in the form, after a sentence was counted in or out when one of these buttons was pressed."""
    return _previewed(request, db, views.counted(entered, count=_clipped(count), skip=_clipped(skip)))


@routes.post("/trackers")
def add(request: Request, db: Db, entered: Entered) -> Response:
    return _saved(request, db, replace(entered, tracker_id=0))


@routes.get("/trackers/{tracker_id}")
def show_tracker(
    request: Request, db: Db, today: Today, tracker_id: RowId, after: str = "", saved: str = ""
) -> Response:
    if after and not is_cursor(after):
        raise BadParameter("after", "is no cursor. Open the tracker anew.")
    view = views.tracker(db, today, tracker_id, after=after, just=_number(saved))
    return page(request, "tracker.html", view, brought=saved == "back", talk=talk(db, request))


@routes.post("/trackers/{tracker_id}")
def edit(request: Request, db: Db, tracker_id: RowId, entered: Entered) -> Response:
    return _saved(request, db, replace(entered, tracker_id=tracker_id))


@routes.post("/trackers/{tracker_id}/back")
def back(request: Request, db: Db, today: Today, tracker_id: RowId, to: Id, version: Id) -> Response:
    """Go back to an earlier version, from the one that was seen."""
    try:
        saved = trackers.back_to(db, tracker_id, to, now=now(), actor=actor(ACTOR), base=version)
    except (BadTracker, ChangedMeanwhile) as error:
        answer = page(
            request,
            "tracker.html",
            views.tracker(shown(db), today, tracker_id, after="", problem=str(error)),
            brought=False,
        )
        answer.status_code = 422
        return answer
    return RedirectResponse(f"/trackers/{tracker_id}?saved={saved.version}", 303)


@routes.post("/trackers/{tracker_id}/remove")
def remove(db: Db, tracker_id: RowId) -> Response:
    trackers.remove(db, tracker_id)
    return RedirectResponse(f"/trackers?removed={tracker_id}", 303)


@routes.post("/trackers/{tracker_id}/restore")
def restore(request: Request, db: Db, today: Today, tracker_id: RowId) -> Response:
    try:
        trackers.restore(db, tracker_id)
    except BadTracker as error:
        return page(request, "trackers.html", views.overview(shown(db), today, problem=str(error)))
    return RedirectResponse(f"/trackers/{tracker_id}?saved=back", 303)


def _previewed(request: Request, db: Database, entered: views.Entered) -> Response:
    if not views.is_ready(db):
        submit_sketches(db)
        return _tried(request, db, entered, preparing=True)
    try:
        seen = trackers.preview(db, entered.tracker)
    except BadTracker as error:
        return _tried(request, db, entered, problems=error.reasons)
    return _tried(request, db, entered, seen=seen)


def _saved(request: Request, db: Database, entered: views.Entered) -> Response:
    if not views.is_ready(db):
        submit_sketches(db)
        return _tried(request, db, entered, preparing=True)
    try:
        if entered.tracker_id:
            wanted = kept_tracker(db, entered.tracker_id, entered.tracker)
            saved = trackers.edit(
                db, entered.tracker_id, wanted, now=now(), actor=actor(ACTOR), base=entered.version
            )  # fmt: skip
        else:
            saved = trackers.get(db, trackers.save(db, entered.tracker, now=now(), actor=actor(ACTOR)))
    except (BadTracker, ChangedMeanwhile, CoveredWords) as error:
        return _tried(request, db, entered, problems=(str(error),))
    if saved.version == entered.version:  # nothing was changed, so there is nothing to undo
        return RedirectResponse(f"/trackers/{saved.id}", 303)
    return RedirectResponse(f"/trackers/{saved.id}?saved={saved.version}", 303)


def _number(text: str) -> int:
    """A row's number from an address, 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _tried(
    request: Request, db: Database, entered: views.Entered, *, seen: trackers.Preview | None = None,
    problems: tuple[str, ...] = (), preparing: bool = False,
) -> Response:  # fmt: skip
    answer = page(request, "tracker_try.html", views.tried(shown(db), entered, seen, problems, preparing=preparing))
    answer.status_code = 422 if problems else 200
    return answer


def _clipped(text: str) -> str:
    """A sentence short enough to be an example, cut between two words."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_EXAMPLE else line[:LONGEST_EXAMPLE].rpartition(" ")[0]

"""The plan over HTTP: the board, a brief, our own pages, and what people note on them."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from starlette.responses import Response as Answer

from api import plan_uploads
from api.answers import answer as answer_in
from api.deps import Db, Today, as_told, filtering, only_known
from api.deps import actor as who_did
from api.documents import brief as brief_document
from api.documents import plan as plan_document
from api.documents.parts import leaving
from api.errors import RESPONSES, NotFound
from api.exports import Format
from api.models.plan import (
    ACTOR,
    BriefOfPlan,
    Kept,
    NewAnswer,
    NewNote,
    NewStep,
    NoteOfPlan,
    OurPage,
    Plan,
    StageOfCrm,
    UploadOfPages,
    as_json,
    of_board,
    of_brief,
    of_note,
    of_page,
    of_upload,
)
from api.pages.plan import DUE
from api.views import plan as plan_views
from pipelines import plan
from pipelines.jobs import now
from pipelines.planning import cells, content
from pipelines.store import content_pages
from pipelines.store import plan as store
from pipelines.store.filters import Filters

routes = APIRouter(tags=["plan"], responses=RESPONSES)
Number = Annotated[int, Path(ge=1, le=2**62)]
TableName = Annotated[str, Query(max_length=80, description="which table a CSV holds; the first without it")]


@routes.get("/plan", summary="What to write next", response_model=Plan)
def show_plan(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("by", "gaps", "owner", "due", "format", "table"))],
    by: Annotated[Literal["", "persona"], Query(description="give each persona cells of its own")] = "",
    gaps: Annotated[Literal["", "only"], Query(description="only: what no page of ours answers yet, not even in part")] = "",
    owner: Annotated[str, Query(max_length=80, description="whose a piece is; - for nobody's yet")] = "",
    due: Annotated[str, Query(pattern=DUE, description="the month by when, YYYY-MM; late: it is over and nothing is published")] = "",
    format: Format = "json", table: TableName = "",
) -> Answer:  # fmt: skip
    """Themes scored by how often they are heard, their trend, lost deals, and the gap in our own pages."""
    board = plan.board(db, filters, today=today, by=by)
    board = plan.gaps(board) if gaps else board
    board = plan.pieces(board, owner=owner, due=due, today=today)
    only = plan_document.only(gaps=gaps, owner=owner, due=due)
    document = plan_document.document(board, filters, today, plan_document.requests(db), only=only)
    return answer_in(request, document, lambda: as_json(of_board(board)), format=format, table=table)


@routes.get("/plan/pages", summary="List our own pages")
def list_pages(db: Db) -> list[OurPage]:
    """All pages that an upload names."""
    return [of_page(one) for one in content_pages.pages(db)]


@routes.post("/plan/pages", status_code=201, summary="Add or update our own pages", dependencies=[Depends(only_known)])
def add_pages(
    db: Db, files: Annotated[list[UploadFile], File(description="CSV, sitemap.xml, HTML, Markdown, or a zip of them")],
    actor: Annotated[str, Form(max_length=80)] = ACTOR,
) -> UploadOfPages:  # fmt: skip
    """Take pages in from files; nothing is fetched."""
    return of_upload(plan_uploads.take_in(db, files, actor=who_did(actor)))


@routes.get("/plan/pages/uploads", summary="List uploads of pages")
def list_uploads(db: Db) -> list[UploadOfPages]:
    """The newest first, undone ones too."""
    return [of_upload(one) for one in content_pages.uploads(db)]


@routes.delete("/plan/pages/uploads/{upload_id}", summary="Undo an upload of pages")
def undo_upload(db: Db, upload_id: Number) -> UploadOfPages:
    """Take an upload back; what other uploads say of its pages stands again."""
    return of_upload(content.undo(db, upload_id, now=now()))


@routes.post("/plan/pages/uploads/{upload_id}/redo", summary="Bring an upload of pages back")
def redo_upload(db: Db, upload_id: Number) -> UploadOfPages:
    """Let an upload that was undone count again."""
    done = content.redo(db, upload_id)
    plan_uploads.read_or_queue(db)
    return of_upload(done)


@routes.get("/plan/stages", summary="Which stage is which step")
def list_stages(db: Db) -> list[StageOfCrm]:
    """Every stage of the stored conversations with the step that it means."""
    given, named = store.steps(db), plan.steps(db)
    return [
        StageOfCrm(stage=name, conversations=n, step=named[name], said=given[name].id if name in given else None)
        for name, n in store.stages(db).items()
        if name
    ]


@routes.post("/plan/stages", status_code=201, summary="Say which step a stage means")
def set_step(db: Db, body: NewStep) -> Kept:
    """Kept until it is undone."""
    return Kept(id=cells.set_step(db, body.stage, body.step, actor=who_did(body.actor), now=now()))


@routes.delete("/plan/stages/{number}", status_code=204, summary="Undo what was said of a stage")
def undo_step(db: Db, number: Number) -> None:
    """What stood before counts again."""
    cells.undo_step(db, number, now=now())


@routes.delete("/plan/notes/{note_id}", summary="Undo a note")
def undo_note(db: Db, note_id: Number) -> NoteOfPlan:
    """Only the last note of a cell can be undone; what it replaced stands again."""
    undone = cells.undo(db, note_id, now=now())
    return of_note(replace(undone, note=as_told(db, undone.note)))


@routes.delete("/plan/answers/{answer_id}", status_code=204, summary="Undo what was said of a page and a theme")
def undo_answer(db: Db, answer_id: Number) -> None:
    """Likeness decides again."""
    content.unsay(db, answer_id, now=now())


@routes.get("/plan/{theme_id}", summary="A brief", response_model=BriefOfPlan)
def show_brief(
    request: Request, db: Db, today: Today, theme_id: Number,
    filters: Annotated[Filters, Depends(filtering("step", "format", "table"))],
    step: Literal["", "awareness", "consideration", "decision", "customer"] = "", format: Format = "json",
    table: TableName = "",
) -> Answer:  # fmt: skip
    """For one theme, or for one cell of it by `persona` and `step`."""
    view = plan_views.brief(db, filters, today, theme_id=theme_id, step=step)
    if view.brief is None:
        raise NotFound("brief of theme", theme_id)
    document, written = leaving(db, brief_document.document(view.brief, filters, today)), of_brief(view.brief)
    return answer_in(request, document, lambda: as_json(written), format=format, table=table)


@routes.post("/plan/{theme_id}/notes", status_code=201, summary="Note how far a cell is")
def add_note(db: Db, today: Today, theme_id: Number, body: NewNote) -> Kept:
    """Refused with 409 where somebody noted something after the version that was seen. A page that is noted as published
    counts as one of ours that answers the theme, by its title and address; nothing is fetched."""
    note_id = cells.note(
        db, theme_id, persona=body.persona, step=body.step, status=body.status, text=body.note, page=body.page,
        day=body.day, title=body.title, owner=body.owner, due=body.due, base=body.version, today=today, actor=who_did(body.actor), now=now(),
    )  # fmt: skip
    plan_uploads.read_or_queue(db)
    return Kept(id=note_id)


@routes.post("/plan/{theme_id}/answers", status_code=201, summary="Say whether a page answers a theme")
def answer(db: Db, theme_id: Number, body: NewAnswer) -> Kept:
    """Goes before likeness, and holds again when the page is uploaded anew."""
    cells.topic(db, theme_id)
    return Kept(id=content.say(db, theme_id, body.page, body.verdict, actor=who_did(body.actor), now=now()))

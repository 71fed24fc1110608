"""The pages of the plan: the board, a brief, our own pages, and the forms on them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from api.deps import Db, Today, actor, filtering, only_known, shown
from api.pages.answering import ACTOR, RowId, page
from api.plan_uploads import read_or_queue, take_in
from api.views import plan as views
from api.views.comment import talk
from api.views.plan import Entered
from api.wording import words
from insights.content import ENDINGS
from insights.formats import archives
from insights.stages import STEPS
from pipelines.jobs import now
from pipelines.planning import cells, content
from pipelines.planning.cells import BadNote, MovedOn
from pipelines.planning.content import BadPage
from pipelines.planning.published import apart, told
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)
DUE = r"^(late|\d{4}-(0[1-9]|1[0-2]))?$"
Step = Literal["", "awareness", "consideration", "decision", "customer"]
Back = Annotated[str, Form(max_length=2000)]
TYPED = {"title": "", "url": "", "text": "", "problem": ""}  # what stands in the form of one page
Who = Annotated[str, Form(max_length=80)]


@routes.get("/plan")
def show_plan(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("by", "gaps", "owner", "due"))],
    by: Literal["", "persona"] = "", gaps: Literal["", "only"] = "", owner: Annotated[str, Query(max_length=80)] = "",
    due: Annotated[str, Query(pattern=DUE)] = "",
) -> Response:  # fmt: skip
    view = views.overview(db, filters, today, by=by, gaps=gaps, owner=owner, due=due)
    return page(
        request,
        "plan.html",
        view,
        formula=views.formula(),
        steps=STEPS,
        next=views.NEXT,
        told=told,
        apart=apart,
        talk=talk(db, request),
    )


@routes.get("/plan/pages")
def show_pages(request: Request, db: Db, done: Annotated[int, Query(ge=0, le=2**62)] = 0) -> Response:
    return page(
        request, "plan_pages.html", views.pages(db, done=done), endings=(*ENDINGS, *archives.ENDINGS), typed=TYPED
    )


@routes.post("/plan/pages", dependencies=[Depends(only_known)])
def add_pages(db: Db, files: Annotated[list[UploadFile], File()], who: Who = "") -> Response:
    done = take_in(db, files, actor=actor(who.strip() or ACTOR))
    return RedirectResponse(f"/plan/pages?done={done.id}", 303)


@routes.post("/plan/pages/one")
def add_one_page(
    request: Request, db: Db, title: Annotated[str, Form(max_length=300)] = "",
    url: Annotated[str, Form(max_length=2000)] = "", text: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:  # fmt: skip
    """Take in one page that was typed; where it lacks something, the page comes back with what was written."""
    try:
        done = content.add_one(db, title=title, url=url, text=text, actor=actor(ACTOR), now=now())
    except BadPage as error:
        typed = {"title": title, "url": url, "text": text, "problem": str(error)}
        answer = page(request, "plan_pages.html", views.pages(db), endings=(*ENDINGS, *archives.ENDINGS), typed=typed)
        answer.status_code = 422
        return answer
    read_or_queue(db)
    return RedirectResponse(f"/plan/pages?done={done.id}", 303)


@routes.post("/plan/pages/uploads/{upload_id}/undo")
def undo_upload(db: Db, upload_id: RowId) -> Response:
    content.undo(db, upload_id, now=now())
    return RedirectResponse("/plan/pages#uploads", 303)


@routes.post("/plan/pages/uploads/{upload_id}/redo")
def redo_upload(db: Db, upload_id: RowId) -> Response:
    content.redo(db, upload_id)
    read_or_queue(db)
    return RedirectResponse("/plan/pages#uploads", 303)


@routes.post("/plan/stages")
def set_step(
    db: Db, stage: Annotated[str, Form(max_length=500)], step: Annotated[str, Form(max_length=20)]
) -> Response:
    cells.set_step(db, stage, step, actor=actor(ACTOR), now=now())
    return RedirectResponse("/plan#stages", 303)


@routes.post("/plan/stages/{number}/undo")
def undo_step(db: Db, number: RowId) -> Response:
    cells.undo_step(db, number, now=now())
    return RedirectResponse("/plan#stages", 303)


@routes.post("/plan/notes/{note_id}/undo")
def undo_note(db: Db, note_id: RowId) -> Response:
    note = cells.undo(db, note_id, now=now())
    return RedirectResponse(_cell(note.theme_id, note.persona, note.step) + "#progress", 303)


@routes.post("/plan/answers/{answer_id}/undo")
def undo_answer(db: Db, answer_id: RowId, theme: Annotated[int, Form(ge=1, le=2**62)]) -> Response:
    content.unsay(db, answer_id, now=now())
    return RedirectResponse(f"/plan/{theme}#pages", 303)


@routes.get("/plan/{theme_id}")
def show_brief(
    request: Request, db: Db, today: Today, theme_id: RowId, filters: Annotated[Filters, Depends(filtering("step"))],
    step: Step = "",
) -> Response:  # fmt: skip
    view = views.brief(db, filters, today, theme_id=theme_id, step=step)
    return page(
        request, "plan_brief.html", view, statuses=cells.STATUSES, today=today.isoformat(), talk=talk(db, request)
    )


@routes.post("/plan/{theme_id}/notes")
def add_note(
    request: Request, db: Db, today: Today, theme_id: RowId, status: Annotated[str, Form(max_length=20)],
    base: Annotated[int, Form(ge=0, le=2**62)], persona: Annotated[str, Form(max_length=80)] = "",
    step: Annotated[Step, Form()] = "", text: Annotated[str, Form(max_length=5000)] = "",
    page_of_ours: Annotated[str, Form(alias="page", max_length=2000)] = "",
    title: Annotated[str, Form(max_length=300)] = "", day: Annotated[str, Form(max_length=20)] = "", owner: Who = "",
    due: Annotated[str, Form(max_length=20)] = "", who: Who = "",
) -> Response:  # fmt: skip
    """Note how far a cell is; where somebody was first, the page comes back with what was written and says so."""
    try:
        cells.note(
            db, theme_id, persona=persona, step=step, status=status, text=text, page=page_of_ours, day=day,
            title=title, owner=owner, due=due, base=base, today=today, actor=actor(" ".join(who.split()) or ACTOR), now=now(),
        )  # fmt: skip
    except (BadNote, MovedOn) as error:
        entered = Entered(status, text, page_of_ours, title, day, owner, due, who, str(error))
        view = views.brief(shown(db), Filters(persona=persona), today, theme_id=theme_id, step=step, entered=entered)
        answer = page(
            request, "plan_brief.html", view, statuses=cells.STATUSES, today=today.isoformat(), talk=talk(db, request)
        )
        answer.status_code = 409 if isinstance(error, MovedOn) else 422
        return answer
    read_or_queue(db)
    return RedirectResponse(_cell(theme_id, persona, step) + "#progress", 303)


@routes.post("/plan/{theme_id}/answers")
def answer(
    db: Db, theme_id: RowId, page_id: Annotated[int, Form(ge=1, le=2**62)],
    verdict: Annotated[Literal["answers", "does not"], Form()],
) -> Response:  # fmt: skip
    cells.topic(db, theme_id)
    content.say(db, theme_id, page_id, verdict, actor=actor(ACTOR), now=now())
    return RedirectResponse(f"/plan/{theme_id}#pages", 303)


def _cell(theme_id: int, persona: str, step: str) -> str:
    return words.link(f"/plan/{theme_id}", {"persona": persona, "step": step})

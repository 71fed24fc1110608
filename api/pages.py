"""The pages: read the address, call the view, render it. Forms answer with a redirect, so that reloading is harmless."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import reference, uploads, views, words
from api.deps import Db, OurSettings, Today, filtering, insight_cursor
from api.errors import NotFound
from api.rendering import render
from insights.formats import known_endings
from pipelines.jobs import now
from pipelines.report import STEPS
from pipelines.store import batches, themes
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)
ACTOR = "web page"
RowId = Annotated[int, Path(ge=1, le=2**62)]
Plural = Literal["objections", "questions", "competitors"]


@routes.get("/")
def overview(request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]) -> Response:
    return _page(request, "overview.html", views.overview(db, filters, today))


@routes.get("/reports/{plural}")
def report(
    request: Request, db: Db, today: Today, plural: Plural,
    filters: Annotated[Filters, Depends(filtering("by", "step", "days"))],
    by: str = "", step: Literal["week", "month", "quarter"] = "month",
    days: Annotated[str, Query(pattern=r"^(|[1-9]\d{0,3})$")] = "",
) -> Response:  # fmt: skip
    window = int(days) if days else None
    view = views.report(db, filters, today, kind=words.KINDS[plural], by=by, step=step, days=window)  # type: ignore[arg-type]
    return _page(request, "report.html", view, plural=plural, steps=STEPS)


@routes.get("/themes/{theme_id}")
def theme(
    request: Request, db: Db, today: Today, theme_id: RowId, filters: Annotated[Filters, Depends(filtering())]
) -> Response:
    return _page(request, "theme.html", views.theme(db, filters, today, theme_id=theme_id))


@routes.post("/themes/{theme_id}/rename")
def rename(
    db: Db, theme_id: RowId, name: Annotated[str, Form(min_length=1, max_length=120)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:  # fmt: skip
    if themes.get(db, theme_id) is None:
        raise NotFound("theme", theme_id)
    themes.rename(db, theme_id, " ".join(name.split()) or name, now=now(), actor=ACTOR, reason=reason.strip())
    return RedirectResponse(f"/themes/{theme_id}#history", 303)


@routes.get("/quotes")
def quotes(
    request: Request, db: Db, filters: Annotated[Filters, Depends(filtering("after"))],
    after: Annotated[str, Depends(insight_cursor)],
) -> Response:  # fmt: skip
    return _page(request, "quotes.html", views.quotes(db, filters, after=after))


@routes.get("/conversations/{conversation_id}")
def conversation(request: Request, db: Db, conversation_id: str, quote: str = "") -> Response:
    return _page(request, "conversation.html", views.conversation(db, conversation_id), chosen=quote)


@routes.get("/uploads")
def show_uploads(request: Request, db: Db, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    return _page(request, "uploads.html", views.uploads(db, before=before), endings=known_endings())


@routes.post("/uploads")
def upload(
    request: Request, db: Db, settings: OurSettings, files: Annotated[list[UploadFile], File()],
    title: Annotated[str, Form(max_length=200)] = "", dry_run: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    if dry_run:
        return _page(request, "tried.html", uploads.dry_run(db, settings, files, title=title))
    _, batch_id = uploads.submit(db, settings, files, title=title)
    return RedirectResponse(f"/uploads#batch-{batch_id}", 303)


@routes.get("/uploads/{batch_id}")
def problems(request: Request, db: Db, batch_id: RowId, after: Annotated[int, Query(ge=0, le=2**62)] = 0) -> Response:
    batch = batches.get(db, batch_id)
    if batch is None:
        raise NotFound("upload", batch_id)
    found = batches.problems(db, batch_id, after=after, limit=201)
    return _page(
        request, "batch.html", batch, problems=found[:200], next=found[199]["id"] if len(found) > 200 else None
    )


@routes.post("/uploads/{batch_id}/undo")
def undo(db: Db, batch_id: RowId) -> Response:
    uploads.undo(db, batch_id)
    return RedirectResponse(f"/uploads#batch-{batch_id}", 303)


@routes.get("/docs")
def docs(request: Request) -> Response:
    return _page(request, "docs.html", reference.operations(request.app.openapi()))


def _page(request: Request, template: str, view: object, **values: object) -> HTMLResponse:
    return HTMLResponse(render(template, path=request.url.path, view=view, **values))

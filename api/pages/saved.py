"""The pages of saved reports: the list, a report as it was published, and the forms that save, describe and take
back."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, OurSettings, Today, actor, kept_text
from api.exports.document import read, written
from api.pages.answering import ACTOR, page
from api.views import saved as views
from api.views.comment import talk
from pipelines.jobs import now
from pipelines.reports import saved

routes = APIRouter(include_in_schema=False)
SavedId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Title = Annotated[str, Form(max_length=1000)]
Note = Annotated[str, Form(max_length=20_000)]


@routes.get("/reports/saved")
def show_list(request: Request, db: Db, q: str = "", after: str = "", removed: str = "") -> Response:
    return page(request, "saved.html", views.listed(db, q=q[:200], after=after[:80], gone=removed))


@routes.post("/reports/saved")
def save(
    db: Db, today: Today, address: Annotated[str, Form(max_length=80_000)], title: Title = "", note: Note = ""
) -> Response:
    kept = views.snapshot(db, address, today)
    made = saved.save(db, kept, title=title, note=note, now=now(), actor=actor(ACTOR), version=version("parley"))
    return RedirectResponse(f"/reports/saved/{made.id}", 303)


@routes.get("/reports/saved/{saved_id}")
def show(request: Request, db: Db, settings: OurSettings, today: Today, saved_id: SavedId) -> Response:
    base = (settings.public_url or str(request.base_url)).rstrip("/")
    view = views.shown(db, today, saved_id)
    answer = page(
        request, "saved_report.html", view, cell=written, paper=read, link_of_it=f"{base}/reports/saved/{saved_id}",
        only_here=not settings.public_url and request.url.hostname in ("localhost", "127.0.0.1", "::1"),
        talk=talk(db, request),
    )  # fmt: skip
    if saved.get(db, saved_id).status == "removed":
        answer.status_code = 410
    return answer


@routes.post("/reports/saved/{saved_id}")
def describe(db: Db, saved_id: SavedId, title: Title = "", note: Note = "") -> Response:
    was = saved.get(db, saved_id)
    saved.describe(db, saved_id, title=kept_text(db, title, was.title), note=kept_text(db, note, was.note))
    return RedirectResponse(f"/reports/saved/{saved_id}", 303)


@routes.post("/reports/saved/{saved_id}/remove")
def remove(db: Db, saved_id: SavedId) -> Response:
    saved.remove(db, saved_id, now=now(), actor=actor(ACTOR))
    return RedirectResponse(f"/reports/saved?removed={saved_id}", 303)


@routes.post("/reports/saved/{saved_id}/restore")
def restore(db: Db, saved_id: SavedId) -> Response:
    saved.restore(db, saved_id)
    return RedirectResponse(f"/reports/saved/{saved_id}", 303)

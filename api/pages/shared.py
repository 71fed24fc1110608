"""The shared numbers: one page for both teams, what was agreed on, and publications."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Form, Query, Request
from pydantic import TypeAdapter
from starlette.responses import RedirectResponse, Response

from api.answers import answer
from api.deps import Clock, Db, Today, actor, originals
from api.documents import shared as made
from api.documents.outcomes import STANDINGS
from api.errors import RESPONSES
from api.pages.answering import ACTOR, RowId, page
from api.pages.digest import Fields
from api.routes.outcomes import Asked, Chosen
from api.views import shared as views
from api.views.comment import talk
from pipelines.access import reps
from pipelines.store.shared_rows import Month
from pipelines.teams import shared
from pipelines.teams.shared import BadShared, Shared
from pipelines.teams.shared_figures import FIGURES, Agreed

routes = APIRouter(include_in_schema=False)
interface = APIRouter(tags=["shared numbers"], responses=RESPONSES)
FIXED = {
    "value": views.value,
    "name_of": views.name_of,
    "ends": made.ends,
    "target": made.target,
    "reached": made.REACHED,
    "standings": STANDINGS,
}
Published = Annotated[
    str, Query(pattern=r"^(\d{4}-\d{2})?$", description="a month as it was published, such as 2026-10")
]
MonthName = Annotated[str, Form(pattern=r"^\d{4}-\d{2}$")]


@routes.get("/shared")
def show_shared(request: Request, db: Db, today: Today, month: Published = "") -> Response:
    return page(request, "shared.html", views.page(db, today, month=month), **FIXED, talk=talk(db, request))


@routes.post("/shared/publish")
def publish(db: Db, today: Today, now: Clock, month: MonthName) -> Response:
    shared.publish(db, month, today=today, now=now, actor=actor(ACTOR))
    return RedirectResponse("/shared#published", 303)


@routes.post("/shared/months/{number}/withdraw")
def withdraw(db: Db, now: Clock, number: RowId) -> Response:
    shared.withdraw(db, number, now=now)
    return RedirectResponse("/shared#published", 303)


@routes.post("/shared/months/{number}/restore")
def restore(db: Db, number: RowId) -> Response:
    shared.withdraw(db, number, now="")
    return RedirectResponse("/shared#published", 303)


@routes.get("/shared/settings")
def show_settings(request: Request, db: Db) -> Response:
    return page(request, "shared_settings.html", views.settings(db), target=made.target)


@routes.post("/shared/settings")
def save_settings(request: Request, db: Db, form: Fields) -> Response:
    try:
        chosen = {
            key: Agreed(
                f"{key}-on" in form, " ".join(form.get(f"{key}-owner", "").split()),
                views.target_of(key, form.get(f"{key}-target", "")),
            )
            for key in FIGURES
        }  # fmt: skip
        shared.agree(db, chosen)
    except BadShared as error:
        return page(request, "shared_settings.html", views.settings(db, problem=str(error)))
    return RedirectResponse("/shared", 303)


@routes.post("/shared/reps", dependencies=[Depends(originals)])
def choose_reps(db: Db, seen_by: Annotated[str, Form(max_length=20)]) -> Response:
    reps.choose(db, seen_by)
    return RedirectResponse("/shared/settings#reps", 303)


@interface.get("/shared", summary="Show the shared numbers", response_model=Shared)
def numbers(
    request: Request, db: Db, today: Today, month: Published = "", format: Asked = None, table: Chosen = ""
) -> Response:  # fmt: skip
    """The figures that both teams agreed on, each with its definition, interval, owner and target, as of the newest
    conversation, or as they were published of a month. None is about a single rep."""
    view = views.page(db, today, month=month)
    written = TypeAdapter(Shared)
    return answer(request, view.document, lambda: written.dump_json(view.now, indent=2), format=format, table=table)


@interface.get("/shared/months", summary="List published months")
def months(db: Db) -> list[Month]:
    """Every month as it was published, the newest first."""
    return shared.published(db)


@interface.post("/shared/months", summary="Publish a month", status_code=201)
def publish_month(
    db: Db, today: Today, now: Clock, month: Annotated[str, Body(embed=True, pattern=r"^\d{4}-\d{2}$", description="such as 2026-10")]
) -> Month:  # fmt: skip
    """Keep the figures of a month that is over, as they are on its last day by what is known now."""
    return shared.publish(db, month, today=today, now=now, actor=actor("api"))

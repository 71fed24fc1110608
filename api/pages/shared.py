"""The shared numbers: one page for both teams, what was agreed on, and publications."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import RedirectResponse, Response

from api.answers import answer
from api.deps import Clock, Db, Today, actor, originals
from api.documents import shared as made
from api.documents.outcomes import STANDINGS
from api.errors import RESPONSES
from api.gate.who import visit
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


def agreeing(db: Db) -> None:
    """Raises NotAgreeing for who is neither an administrator nor the owner of a number."""
    shared.check_agreeing(db, visit().person)


AGREEING = [Depends(agreeing)]
Published = Annotated[
    str, Query(pattern=r"^(\d{4}-\d{2})?$", description="a month as it was published, such as 2026-10")
]
MonthName = Annotated[str, Form(pattern=r"^\d{4}-\d{2}$")]


@routes.get("/shared")
def show_shared(
    request: Request, db: Db, today: Today, month: Published = "", taken: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Response:  # fmt: skip
    view, told = views.page(db, today, month=month), views.taken_back_now(db, taken)
    return page(
        request,
        "shared.html",
        view,
        **FIXED,
        taken=told,
        talk=talk(db, request),
    )


@routes.get("/shared/publish", dependencies=AGREEING)
def show_draft(request: Request, db: Db, today: Today, month: Published = "") -> Response:
    view = views.draft(db, today, month=month)
    return page(request, "shared_publish.html", view, **FIXED) if view else RedirectResponse("/shared#published", 303)


@routes.post("/shared/publish", dependencies=AGREEING)
def publish(db: Db, today: Today, now: Clock, month: MonthName) -> Response:
    shared.publish(db, month, today=today, now=now, actor=actor(ACTOR))
    return RedirectResponse("/shared#published", 303)


@routes.post("/shared/months/{number}/withdraw", dependencies=AGREEING)
def withdraw(db: Db, now: Clock, number: RowId) -> Response:
    shared.withdraw(db, number, now=now, actor=actor(ACTOR))
    return RedirectResponse(f"/shared?taken={number}", 303)


@routes.post("/shared/months/{number}/restore", dependencies=AGREEING)
def restore(db: Db, number: RowId) -> Response:
    shared.withdraw(db, number, now="", actor=actor(ACTOR))
    return RedirectResponse("/shared#published", 303)


@routes.get("/shared/settings")
def show_settings(request: Request, db: Db, saved: Annotated[str, Query(max_length=20)] = "") -> Response:
    return page(request, "shared_settings.html", views.settings(db), target=made.target, saved=saved)


@routes.post("/shared/settings", dependencies=AGREEING)
def save_settings(request: Request, db: Db, now: Clock, form: Fields) -> Response:
    chosen, wrong = {}, {}
    for key in FIGURES:
        owner = " ".join(form.get(f"{key}-owner", "").split())
        try:
            chosen[key] = Agreed(f"{key}-on" in form, owner, views.target_of(key, form.get(f"{key}-target", "")))
            shared.check_agreed(key, chosen[key])
        except BadShared as error:
            wrong[key] = str(error)
    if wrong:
        told = "Nothing is saved yet: what is marked below cannot be. The rest stands as you wrote it."
        view = views.settings(db, problem=told, typed=form, wrong=wrong)
        return page(request, "shared_settings.html", view, target=made.target, saved="")
    shared.agree(db, chosen, actor=actor(ACTOR), now=now)
    return RedirectResponse("/shared", 303)


@routes.post("/shared/reps", dependencies=[Depends(originals)])
def choose_reps(db: Db, now: Clock, seen_by: Annotated[str, Form(max_length=20)]) -> Response:
    reps.choose(db, seen_by, actor=actor(ACTOR), now=now)
    return RedirectResponse("/shared/settings?saved=reps#reps", 303)


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


class Publishing(BaseModel, extra="forbid"):
    """Which month to publish."""

    month: str = Field(pattern=r"^\d{4}-\d{2}$", description="such as 2026-10")


@interface.post("/shared/months", summary="Publish a month", status_code=201, dependencies=AGREEING)
def publish_month(db: Db, today: Today, now: Clock, body: Publishing) -> Month:
    """Keep the figures of a month that is over, as they are on its last day by what is known now. Administrators and
    owners of a number may."""
    return shared.publish(db, body.month, today=today, now=now, actor=actor("api"))

"""The pages on which somebody is forgotten: preview, typed confirmation, receipt."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from api.deps import Db, OurSettings, actor
from api.errors import STATUS
from api.pages.answering import ACTOR, RowId, page
from api.views import forget as views
from insights.errors import InsightsError
from pipelines.jobs import now
from pipelines.privacy import forget, forgotten, receipts
from pipelines.privacy.persons import Asked, Namesakes, PartOfName, Twins

routes = APIRouter(include_in_schema=False)
Typed = Annotated[str, Form(max_length=300)]
Which = Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Form(max_length=200)]
HOME = "/settings/forget"


@routes.get(HOME)
def show_forget(request: Request, db: Db) -> Response:
    return page(request, "forget.html", views.page(db), tables=views)


@routes.post(f"{HOME}/preview")
def show_preview(
    request: Request,
    db: Db,
    settings: OurSettings,
    given: Typed = "",
    account: Typed = "",
    reference: Typed = "",
    which: Which = (),
) -> Response:
    return _answer(request, db, settings, Asked(given, account, which), reference)


@routes.post(HOME)
def do_forget(
    request: Request, db: Db, settings: OurSettings, given: Typed = "", account: Typed = "", reference: Typed = "",
    confirm: Typed = "", token: Annotated[str, Form(max_length=64)] = "", which: Which = (),
) -> Response:  # fmt: skip
    try:
        if not token:
            raise forget.ChangedSincePreview
        done = forget.forget(
            db,
            Asked(given, account, which),
            settings.home,
            confirmed=confirm,
            token=token,
            now=now,
            actor=actor(ACTOR),
            reference=reference,
        )
    except InsightsError as error:
        return _answer(request, db, settings, Asked(given, account, which), reference, error)
    forgotten.note(db, settings.home)
    return RedirectResponse(f"{HOME}/{done.id}", 303)


@routes.get(f"{HOME}/{{number}}")
def show_receipt(request: Request, db: Db, number: RowId) -> Response:
    return page(request, "forget_receipt.html", views.receipt(db, number), tables=views)


@routes.post(f"{HOME}/{{number}}/lift")
def lift(db: Db, settings: OurSettings, number: RowId) -> Response:
    receipts.lift(db, number, now=now(), actor=actor(ACTOR))
    forgotten.note(db, settings.home)
    return RedirectResponse(f"{HOME}/{number}", 303)


def _answer(
    request: Request,
    db: Db,
    settings: OurSettings,
    asked: Asked,
    reference: str,
    error: InsightsError | None = None,
) -> Response:
    """The page with the preview of what is in the form, and what is wrong with it."""
    found = who = None
    if asked.given.strip():
        try:
            found, who = forget.look(db, asked, settings.home)
        except InsightsError as unclear:
            error = error or unclear
    view = views.page(
        db, given=asked.given, account=asked.account, which=asked.which, reference=reference, preview=found, who=who,
        problem=str(error) if error else "", namesakes=error.companies if isinstance(error, Namesakes) else (),
        twins=error.bearers if isinstance(error, Twins) else None,
        whole=error.people if isinstance(error, PartOfName) else (),
    )  # fmt: skip
    answer = page(request, "forget.html", view, tables=views)
    if error:
        answer.status_code = next((STATUS[one] for one in type(error).__mro__ if one in STATUS), 422)
    return answer

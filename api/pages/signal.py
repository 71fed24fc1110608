"""The pages of accounts and their signals. Who may not see originals sees none of them: they name accounts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Clock, Db, Today, actor, filtering, originals
from api.documents import signals as made
from api.documents.outcomes import STANDINGS, odds
from api.pages import not_one as not_one_pages
from api.pages.answering import ACTOR, RowId, page
from api.views import signal as views
from api.views.comment import talk
from insights.signals import days_since, in_short
from pipelines.sales import signals
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False, dependencies=[Depends(originals)])
WHOSE, A_YEAR = "parley_whose", 31_536_000  # seconds
Words = Annotated[str, Query(max_length=200)]
SHOWN = {
    "in_short": in_short,
    "days_since": days_since,
    "about": made.about,
    "ends": made.ENDS,
    "goes_with": made.goes_with,
    "standings": STANDINGS,
    "odds": odds,
}


@routes.get("/accounts")
def accounts(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering("name", "signal", "mine", "place"))],
    name: Words = "", signal: Annotated[str, Query(pattern=r"^[a-z_]*(:[a-z_]+)?$", max_length=40)] = "",
    mine: Literal["", "yes", "no"] = "", place: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:  # fmt: skip
    """Whose accounts a rep looks at is remembered in the browser until it is chosen anew."""
    chosen = mine or request.cookies.get(WHOSE, "")
    view = views.accounts(db, filters, today, words=name, signal=signal, mine=chosen == "yes", place=place)
    shown = page(request, "accounts.html", view, choices=views.CHOICES, today=today, **SHOWN)
    if mine and view.own:
        shown.set_cookie(WHOSE, mine, max_age=A_YEAR, httponly=True, samesite="lax")
    return shown


@routes.get("/accounts/signals")
def show_signals(request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]) -> Response:
    return page(request, "signals.html", views.signals(db, filters, today), **SHOWN, talk=talk(db, request))


@routes.post("/accounts/signals/quiet")
def quiet(db: Db, days: Annotated[int, Form()]) -> Response:
    signals.set_quiet_days(db, days)
    return RedirectResponse("/accounts/signals#silence", 303)


@routes.get("/accounts/signals/addresses")
def addresses(request: Request, db: Db) -> Response:
    return page(request, "signal_addresses.html", views.addresses(db))


@routes.post("/accounts/signals/addresses")
def add_address(request: Request, db: Db, now: Clock, url: Annotated[str, Form(max_length=2000)]) -> Response:
    try:
        signals.add_hook(db, url, now=now, actor=actor(ACTOR))
    except signals.BadSignal as error:
        return page(request, "signal_addresses.html", views.addresses(db, problem=str(error)))
    return RedirectResponse("/accounts/signals/addresses", 303)


@routes.post("/accounts/signals/addresses/{hook_id}")
def set_address(db: Db, hook_id: RowId, status: Annotated[str, Form(max_length=20)]) -> Response:
    signals.set_hook(db, hook_id, status)
    return RedirectResponse("/accounts/signals/addresses", 303)


@routes.get("/accounts/raised/{theme_id}")
def raised(
    request: Request, db: Db, today: Today, theme_id: RowId, filters: Annotated[Filters, Depends(filtering())]
) -> Response:
    return page(request, "raised.html", views.raised(db, filters, theme_id, today))


@routes.get("/accounts/{account_id}")
def account(
    request: Request, db: Db, today: Today, account_id: str, told: Words = "",
    event: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Response:  # fmt: skip
    done = not_one_pages.done(db, told, event)
    return page(
        request,
        "account.html",
        views.account(db, account_id, today),
        done=done,
        talk=talk(db, request),
        today=today,
        **SHOWN,
    )

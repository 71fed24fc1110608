"""The page of accounts by mail domain: what addresses suggest for conversations that came without an account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor, originals
from api.pages.answering import ACTOR, page
from api.pages.upload import Values
from api.views import facts as facts_views
from api.wording.words import link
from pipelines.catalogue import by_domain
from pipelines.jobs import now, submit_mine
from pipelines.uploads.set_facts import BadFact

routes = APIRouter(include_in_schema=False, dependencies=[Depends(originals)])
ADDRESS = "/uploads/accounts"
SHOWN = 100


@routes.get(ADDRESS)
def show(
    request: Request, db: Db, told: Annotated[str, Query(max_length=20)] = "",
    event: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Response:  # fmt: skip
    view = by_domain.suggestions(db)
    return page(request, "domains.html", view, shown=SHOWN, done=facts_views.done(db, told, event))


@routes.post(ADDRESS)
def apply(db: Db, values: Values) -> Response:
    """Give the account to those domains that are ticked, or that an account was typed for."""
    chosen = {key.removeprefix("account:"): value for key, value in values.items() if key.startswith("account:")}
    chosen = {d: v for d, v in chosen.items() if f"offered:{d}" not in values or f"tick:{d}" in values}
    if not any(value.strip() for value in chosen.values()):
        raise BadFact("Nothing was chosen: tick a domain, or write the account beside it.")
    act = by_domain.apply(db, chosen, now=now(), actor=actor(ACTOR))
    submit_mine(db)
    return RedirectResponse(link(ADDRESS, {"told": "facts", "event": str(act)} if act else {"told": "facts-none"}), 303)

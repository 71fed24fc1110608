"""The page of quotes: look by words or by meaning, narrow down, read on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import Db, filtering
from api.pages.answering import numbers, page
from api.pages.quote import STYLE_COOKIE
from api.views import quotes as quotes_views
from api.views.quote import STYLE_NAMES, style_of
from api.views.themes import lines, places
from pipelines.quotes.search import Ask
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)
OWN = ("by", "sort", "fold", "spread", "aside", "like", "after", "done", "limit")
Switch = Literal["on", "off", ""]


def asking(
    by: Annotated[
        Literal["words", "meaning"], Query(description="words: they occur (`match` says how); meaning: what is like it")
    ] = "words",
    sort: Annotated[
        Literal["newest", "best", "typical", "likeness", ""],
        Query(description="newest without it, or likeness where meaning is looked for"),
    ] = "",
    fold: Annotated[Switch, Query(description="off: list the same words each time they are said again")] = "on",
    spread: Annotated[Switch, Query(description="off: let one account fill the list")] = "on",
    aside: Annotated[
        Switch,
        Query(description="off: by words, leave out the quotes that do not hold them, beside which they were said"),
    ] = "on",
    like: Annotated[str, Query(max_length=64, description="a quote's id: only what says the same again")] = "",
    after: Annotated[str, Query(max_length=64, description="`next` of the page before")] = "",
) -> Ask:
    """How to look, from the address."""
    return Ask(by, sort, fold != "off", spread != "off", aside != "off", like, after)


@routes.get("/quotes")
def quotes(
    request: Request, db: Db, filters: Annotated[Filters, Depends(filtering(*OWN))],
    ask: Annotated[Ask, Depends(asking)],
    done: str = "",
) -> Response:  # fmt: skip
    moving = places.moving(db, filters, lines.done(db, numbers(done)))
    view = quotes_views.quotes(db, filters, ask)
    return page(
        request, "quotes.html", view, moving=moving, marked=quotes_views.marked, marked_text=quotes_views.marked_text,
        style=style_of("", request.cookies.get(STYLE_COOKIE, "")), styles=STYLE_NAMES,
    )  # fmt: skip

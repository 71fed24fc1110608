"""Persona sheets: the list, a sheet, and the HTTP interface."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter
from sqlite_utils import Database
from starlette.responses import Response

from api.answers import answer
from api.deps import Db, Today, filtering
from api.documents import personas as made
from api.errors import RESPONSES, NotFound
from api.exports.document import Document, Quoted
from api.pages.answering import page
from api.routes.outcomes import Asked, Chosen
from api.views.bars import Bar, bar
from api.views.comment import talk
from insights.records import KINDS
from pipelines.reports.sheets import Compared, Sheet, compared, sheet
from pipelines.store import themes
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)
interface = APIRouter(tags=["reports"], responses=RESPONSES)


@dataclass(frozen=True, slots=True)
class PersonasView:
    """The personas with how many conversations each, and what sets each apart."""

    bar: Bar
    personas: tuple[tuple[str, int, int, tuple[str, ...]], ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet, the document that its files are made of, and its quotes with names masked, by their ids."""

    bar: Bar
    sheet: Sheet
    document: Document
    quotes: dict[str, Quoted]


def personas(db: Database, filters: Filters, today: date) -> PersonasView:
    whole: Compared = compared(db, filters, today=today)
    names = {str(theme.id): theme.name for kind in KINDS for theme in themes.active(db, kind)}
    apart: dict[str, list[tuple[float, str]]] = {}
    for (persona, key), one in whole.found.items():
        if one.standing == "more" and key in names:
            apart.setdefault(persona, []).append((-(one.change.difference or 0), names[key]))
    listed = tuple(
        (name, count, accounts, tuple(theme for _, theme in sorted(apart.get(name, []))[:3]))
        for name, count, accounts in whole.personas
    )
    return PersonasView(bar(db, filters, hidden=("persona",)), listed, whole.unknown)


def one(db: Database, filters: Filters, persona: str, today: date) -> SheetView:
    """Raises NotFound."""
    found = sheet(db, filters, persona, today=today)
    if found is None:
        raise NotFound("persona", persona)
    document = made.document(db, found)
    quotes = {quote.id: quote for section in document.sections for quote in section.quotes}
    return SheetView(bar(db, filters, hidden=("persona",)), found, document, quotes)


@routes.get("/reports/personas")
def show_personas(
    request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]
) -> Response:
    return page(request, "persona_sheets.html", personas(db, filters, today))


@routes.get("/reports/personas/{persona}")
def show_sheet(
    request: Request, db: Db, today: Today, persona: str, filters: Annotated[Filters, Depends(filtering())]
) -> Response:
    view = one(db, filters, persona, today)
    return page(request, "persona_sheet.html", view, kinds=KINDS, does=made.DOES, standings=made.STANDINGS, steps_told=made.steps_told, talk=talk(db, request))  # fmt: skip


@interface.get("/reports/personas/{persona}", summary="Show a persona sheet", response_model=Sheet)
def persona_sheet(
    request: Request, db: Db, today: Today, persona: str,
    filters: Annotated[Filters, Depends(filtering("format", "table"))], format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """What a persona objects to, asks and compares against all others, in which words, where in the deal, and what
    content there is for it. In files quotes are de-identified."""
    view = one(db, filters, persona, today)
    written = TypeAdapter(Sheet)
    return answer(request, view.document, lambda: written.dump_json(view.sheet, indent=2), format=format, table=table)

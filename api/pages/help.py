"""The help page: every term and every key; and the HTTP interface as something to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.answering import page
from api.serving import reference
from api.wording.glossary import GLOSSARY, KEYS, Term

routes = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class HelpView:
    """The glossary by key, and pairs of a key and what it does."""

    terms: Mapping[str, Term]
    keys: Sequence[tuple[str, str]]


@routes.get("/help")
def help_page(request: Request) -> Response:
    return page(request, "help.html", HelpView(GLOSSARY, KEYS))


@routes.get("/docs")
def docs(request: Request) -> Response:
    return page(request, "docs.html", reference.operations(request.app.openapi()))

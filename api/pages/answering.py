"""How every page answers: as the HTML that its template makes of the view, or as the view itself for who asks for
JSON."""

from typing import Annotated, Any

from fastapi import Path, Request
from pydantic import TypeAdapter
from starlette.responses import HTMLResponse, Response

from api.deps import is_row_id
from api.rendering import render
from api.views import comment as comment_views

ACTOR = "web page"
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
MOST_DONE = 50  # of what was done at once, named one by one
RowId = Annotated[int, Path(ge=1, le=2**62)]


def numbers(text: str) -> list[int]:
    """The numbers in an address such as `?done=12,13`; what is none is passed over."""
    return [int(part) for part in text.split(",")[:MOST_DONE] if is_row_id(part)]


def page(request: Request, template: str, view: object, **values: object) -> Response:
    """A view as the page that its template makes of it, or, for who asks for JSON, the same value as JSON."""
    if prefers_json(request.headers.get("accept", "")):
        told = _without_secrets(ANYTHING.dump_python(view, mode="json", fallback=str))
        return Response(ANYTHING.dump_json(told), media_type="application/json", headers={"Vary": "Accept"})
    inbox = comment_views.waiting(getattr(request.state, "db", None))
    return HTMLResponse(
        render(template, path=request.url.path, view=view, inbox=inbox, **values), headers={"Vary": "Accept"}
    )


def _without_secrets(told: Any) -> Any:
    """A view's value without the secrets that digests are signed with: they are shown on their own page alone."""
    if isinstance(told, dict):
        return {name: _without_secrets(value) for name, value in told.items() if name != "secret"}
    return [_without_secrets(value) for value in told] if isinstance(told, list) else told


def prefers_json(accept: str) -> bool:
    """Whether an Accept header names JSON and no HTML, as programs write it and no browser does."""
    return "application/json" in accept and "html" not in accept

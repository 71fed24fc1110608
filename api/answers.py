"""How every report answers over HTTP: in the format that is asked for, under this server's public address."""

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response

from api.errors import BadParameter
from api.exports import UnknownTable, accepted, address, respond
from api.exports.document import Document


def answer(
    request: Request, document: Document, json: Callable[[], bytes], *, format: str | None, table: str
) -> Response:
    """The document in `format`, in what the Accept header names without one. Raises BadParameter for an unknown
    table."""
    chosen = format or accepted(request.headers.get("accept", ""))
    try:
        return respond(document, chosen, json, table=table, base=address(request, request.app.state.settings, chosen))
    except UnknownTable as error:
        raise BadParameter("table", str(error)) from None

"""JSON, CSV and Markdown of a Document, until every format renders it."""

import csv
import io
from collections.abc import Callable

from starlette.responses import Response

from api.errors import BadParameter
from api.exports.document import Document
from api.exports.sheets import harmless

FORMATS = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


def respond(document: Document, format: str, json: Callable[[], bytes]) -> Response:
    """The document as a file, or as JSON to read."""
    if format not in FORMATS:
        raise BadParameter("format", f"must be one of {', '.join(FORMATS)}")
    if format == "json":
        return Response(json(), media_type=FORMATS["json"])
    out = io.StringIO()
    writer = csv.writer(out)
    for table in document.tables[:1]:
        writer.writerow([harmless(column.name) for column in table.columns])
        writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    headers = {"Content-Disposition": f'attachment; filename="{document.stem}.csv"'}
    return Response(out.getvalue().encode("utf-8-sig"), media_type=FORMATS["csv"], headers=headers)

"""Reports as files: every format is a rendering of the same Document, so every total is the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Literal, get_args
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.exports.document import Document
from pipelines.settings import Settings

# A further format is a word here, a line in each of these two, its function in `_writer`, and a word in the terminal's
# own list (api/commands/results.py).
Format = Literal["xlsx", "pptx", "pdf", "csv", "md", "html", "json"]

FORMATS: dict[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
}
# Of them those that a list of quotes can be: it has no chart and no page.
Listed = Literal["xlsx", "csv", "md", "html", "json"]
LISTED: tuple[str, ...] = get_args(Listed)
# As menus call them, in their order.
NAMES: dict[str, str] = {
    "xlsx": "Excel", "pptx": "PowerPoint", "pdf": "PDF", "csv": "CSV", "md": "Markdown", "html": "HTML", "json": "JSON",
}  # fmt: skip


class UnknownTable(ValueError):
    """The document has no table of that name; the message lists those that it has."""

    def __init__(self, key: str, known: list[str]):
        super().__init__(f"This report has no table '{key}'. It has: {', '.join(known) or 'none'}.")


def render(document: Document, format: str, *, table: str = "") -> bytes:
    """The document in one of FORMATS but JSON, which is the report's own; `table` chooses the CSV's, the main one
    without.

    Raises UnknownTable.
    """
    if format == "csv":
        from api.exports import sheets

        known = {each.key: each for each in document.tables}
        if table and table not in known:
            raise UnknownTable(table, list(known))
        return sheets.csv_bytes(known[table] if table else next(iter(document.tables), None))
    return _writer(format)(document)


def respond(document: Document, format: str, json: Callable[[], bytes], *, table: str = "", base: str = "") -> Response:
    """An answer of the HTTP interface: JSON to read, anything else as a file under a telling name.

    `base` is the address under which readers of the file reach this server; with it, quotes are links.
    """
    document = replace(document, base=base.rstrip("/")) if base else document
    headers = {"Vary": "Accept"}
    if format == "json":
        return Response(json(), media_type=FORMATS["json"], headers=headers)
    body = render(document, format, table=table)  # which refuses a table that the report lacks
    name = f"{document.stem}-{table}" if table and format == "csv" else document.stem
    headers["Content-Disposition"] = f"attachment; {_filename(f'{name}.{format}')}"
    return Response(body, media_type=FORMATS[format], headers=headers)


def _filename(name: str) -> str:
    """A file's name in a header, which holds Latin letters; any others stand beside it as RFC 6266 has it."""
    plain = name.encode("ascii", "ignore").decode()
    return f'filename="{name}"' if plain == name else f"filename=\"{plain.strip('-')}\"; filename*=UTF-8''{quote(name)}"


def address(request: Request, settings: Settings, format: str) -> str:
    """Under which the links of a file lead to this server; "" for none. Without a public address a link leads nobody
    anywhere but who asks: a workbook, which people work with themselves, has the one by which they came."""
    return settings.public_url or (str(request.base_url).rstrip("/") if format == "xlsx" else "")


def of_quotes(
    request: Request, settings: Settings, today: date, format: str, style: str, make: Callable[..., Document]
) -> Response:
    """Quotes as a file. `make` is asked for the Document with `style`, `base`, `day` and `listed`: whether they stand
    as a table, and not as text that is read."""
    from api.exports.stored import to_json

    # Where nobody is to be named a link leads to who said it.
    base = address(request, settings, format) if style != "none" else ""
    made = make(style=style, base=base, day=today.isoformat(), listed=format not in ("md", "html"))
    return respond(made, format, lambda: to_json(made).encode(), base=base)


def accepted(header: str) -> str:
    """The first format that an Accept header names, JSON where it names none."""
    wanted = [part.split(";")[0].strip() for part in header.split(",")]
    known = {media.split(";")[0]: name for name, media in FORMATS.items()}
    return next((known[media] for media in wanted if media in known), "json")


def _writer(format: str) -> Callable[[Document], bytes]:
    # Office libraries take their time to load, and most answers need none of them.
    if format == "xlsx":
        from api.exports.sheets import xlsx_bytes

        return xlsx_bytes
    if format == "pptx":
        from api.exports.slides import pptx_bytes

        return pptx_bytes
    from api.exports import documents

    return {"md": documents.markdown_bytes, "html": documents.html_bytes, "pdf": documents.pdf_bytes}[format]

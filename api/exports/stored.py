"""A Document as JSON and back, without a customer's word: of a quote only the id is kept, and looked up when shown.

Older and newer versions read each other's: fields that are not known are passed over, fields that are missing have
their defaults.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, get_args

from api.exports.document import Cell, CellKind, Chart, Column, Document, Quoted, Section, Series, Table

FORMAT = 1
GONE = "{} of this report cannot be shown any more: the upload was undone, or the quote was rejected or found to be another."


def to_json(document: Document) -> str:
    """The document with every quote as its id alone, the same for the same document."""
    bare = replace(document, sections=tuple(replace(s, quotes=()) for s in document.sections))
    content = asdict(bare)
    for told, section in zip(content["sections"], document.sections, strict=True):
        told["quotes"] = [quote.id for quote in section.quotes]
    return json.dumps({"format": FORMAT, "document": content}, ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> Document:
    """The document; its quotes have an id and no words (see `filled`). Raises ValueError for what is no document."""
    try:
        told = json.loads(text)["document"]
        sections = tuple(map(_section, told.get("sections") or ()))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("this is no stored report") from error
    return Document(
        title=_text(told, "title"), stem=_text(told, "stem") or "report", day=_text(told, "day"),
        about=tuple((str(name), str(value)) for name, value in told.get("about") or ()), sections=sections,
        summary=_texts(told, "summary"), notes=_texts(told, "notes"), base=_text(told, "base"),
    )  # fmt: skip


def filled(document: Document, quote: Callable[[str], Quoted | None]) -> Document:
    """The document with the words that `quote` finds for each id; where one is gone, its section says so."""
    return replace(document, sections=tuple(_filled(section, quote) for section in document.sections))


def _filled(section: Section, quote: Callable[[str], Quoted | None]) -> Section:
    found = [quote(one.id) for one in section.quotes]
    gone = found.count(None)
    if not section.quotes:
        return section
    told = (GONE.format("One quote" if gone == 1 else f"{gone} quotes"),) if gone else ()
    return replace(section, quotes=tuple(one for one in found if one), notes=(*section.notes, *told))


def _section(told: dict) -> Section:
    table, chart = told.get("table"), told.get("chart")
    return Section(
        _text(told, "title"), _texts(told, "sentences"), _table(table) if table else None,
        _chart(chart) if chart else None,
        tuple(Quoted(str(one), "", "", "") for one in told.get("quotes") or ()), _texts(told, "notes"), _text(told, "finding"),
    )  # fmt: skip


def _table(told: dict) -> Table:
    columns = tuple(
        Column(_text(c, "name"), _known(c.get("kind"), CellKind, "text"), bool(c.get("detail")), _rate(c.get("rate")))
        for c in told["columns"]
    )
    rows = tuple(tuple(map(_cell, row)) for row in told.get("rows") or ())
    return Table(_text(told, "key") or "table", _text(told, "title"), columns, rows)


def _rate(told: object) -> tuple[str, str, str, str] | None:
    if not isinstance(told, list) or len(told) != 4:
        return None
    count, of, low, high = map(str, told)
    return count, of, low, high


def _chart(told: dict) -> Chart:
    series = tuple(
        Series(_text(s, "name"), _numbers(s, "values"), _numbers(s, "low"), _numbers(s, "high"), _counts(s, "of"))
        for s in told.get("series") or ()
    )
    return Chart(
        _text(told, "title"), _known(told.get("kind"), _kinds("kind"), "line"), _texts(told, "labels"), series,
        _known(told.get("axis"), _kinds("axis"), "share"), bool(told.get("unfinished")),
        tuple((str(label), str(number)) for label, number in told.get("marks") or ()),
    )  # fmt: skip


def _kinds(name: str) -> Any:
    return Chart.__annotations__[name]


def _known(value: object, kinds: Any, otherwise: str) -> Any:
    return value if value in get_args(kinds) else otherwise


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | float) else None


def _text(told: dict, name: str) -> str:
    return str(told.get(name) or "")


def _texts(told: dict, name: str) -> tuple[str, ...]:
    return tuple(map(str, told.get(name) or ()))


def _numbers(told: dict, name: str) -> tuple[float | None, ...]:
    return tuple(value if isinstance(value, int | float) else None for value in told.get(name) or ())


def _counts(told: dict, name: str) -> tuple[int, ...]:
    return tuple(int(value) for value in _numbers(told, name) if value is not None)

"""What the pages of saved reports show, and how what a page shows becomes what is kept."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, quote, unquote, urlencode

from sqlite_utils import Database
from starlette.requests import Request

from api.deps import FILTER_NAMES, FilterQuery, as_seen, filtering
from api.documents.parts import quoted
from api.documents.registry import REPORTS, Saveable
from api.errors import BadParameter, NothingToKeep
from api.exports import pictures, stored
from api.exports.document import Cell, Column, Document, Quoted, Table, written
from api.gate.rep_gate import check, document_seen
from api.splits import UnknownField
from api.wording import words
from insights.covers import fold
from pipelines.plan import LATE, NOBODY
from pipelines.reports import saved as keeping
from pipelines.reports.saved import Snapshot
from pipelines.store import saved as store
from pipelines.store import theme_lists
from pipelines.store.filters import Filters
from pipelines.store.saved import SavedReport

A_PAGE, NAMED = 50, 3
LONGEST_ADDRESS = 4000


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A saved report as it was published: its document with the quotes that are still there, the address of the live
    report ("" where that report is no more), and what differs today. `document` is None once it was taken back.
    `charts` are pictures (SVG) by the place of their section."""

    saved: SavedReport
    name: str
    document: Document | None
    live: str
    differences: tuple[str, ...]
    charts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A saved report in the list, with the name of its report and its filters in words."""

    saved: SavedReport
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class SavedList:
    """Saved reports that match `q`, the newest first. `gone` was taken back just now, `any` says that there are
    some."""

    lines: tuple[Line, ...]
    q: str
    next: str
    removed: tuple[Line, ...]
    gone: SavedReport | None
    any: bool
    reports: tuple[Saveable, ...]


def listed(db: Database, *, q: str = "", after: str = "", gone: str = "") -> SavedList:
    found = store.every(db, q=q, after=after, limit=A_PAGE + 1)
    more = store.cursor(found[A_PAGE - 1]) if len(found) > A_PAGE else ""
    removed = store.every(db, status="removed")
    just = next((one for one in removed if one.id == gone), None)
    has_any = bool(found) or bool(store.every(db, limit=1))
    names = theme_lists.names(db)
    lines, gone_ones = (tuple(_line(one, names) for one in some) for some in (found[:A_PAGE], removed))
    return SavedList(lines, q, more, gone_ones, just, has_any, tuple(REPORTS.values()))


def shown(db: Database, today: date, saved_id: str) -> SavedPage:
    kept = keeping.get(db, saved_id)
    # What was kept goes nowhere but through `frozen`, which leaves out what who asks may not see.
    saved = replace(kept, content="")
    known = REPORTS.get(saved.report)
    if saved.status == "removed":
        return SavedPage(saved, name_of(saved), None, live(saved), (), {})
    document = frozen(db, kept)
    # Only after the quotes were read: a query with `published` lets this connection look back.
    now = _today(db, known, saved.query, today) if known else None
    told = tuple(differences(document, now)) if known else ()
    return SavedPage(saved, name_of(saved), document, live(saved), told, _charts(document))


def frozen(db: Database, saved: SavedReport) -> Document:
    """What was kept, with the quotes that are still there, word for word. Raises RepHidden where it is about a single
    rep and who asks may not see that rep's figures."""
    asked = parse_qsl(saved.query)
    given = {name: ",".join(v for n, v in asked if n == name) for name, _ in asked}
    held = [v.partition(":")[0] for name, v in asked if name in ("this", "that")]  # two groups side by side
    check(db, given, [*held, *(v for name, v in asked if name == "by")])

    def look(insight_id: str) -> Quoted | None:
        return next(iter(quoted(db, [insight_id])), None)

    return document_seen(db, stored.filled(stored.from_json(saved.content), look))


def named(saved: SavedReport, document: Document) -> Document:
    """The document under the title that a person gave the report, for its files and their names."""
    title = " ".join(saved.title.split())
    plain = "-".join(re.findall(r"[a-z0-9]+", fold(title)))[:60].strip("-")
    stem = "-".join(filter(None, ("parley", plain, document.day))) if plain else document.stem
    return replace(document, title=title or document.title, stem=stem)


def snapshot(db: Database, address: str, today: date) -> Snapshot:
    """What a report's page shows now. Raises BadParameter for an address that is no report, NothingToKeep."""
    key, known_report, query = report_at(address)
    with as_seen(db) as mine:  # what somebody keeps is what they see
        document = live_document(mine, known_report, query, today)
    if document is None:
        raise NothingToKeep()
    return Snapshot(key, query, document.day, stored.to_json(document))


def report_at(address: str) -> tuple[str, Saveable, str]:
    """The report whose page has this address, by its name, and its query. Raises BadParameter where there is none."""
    if len(address) > LONGEST_ADDRESS:
        raise BadParameter(
            "address", f"has {len(address):,} characters; {LONGEST_ADDRESS:,} is the most. Remove some filters."
        )
    path, _, asked = address.partition("#")[0].partition("?")
    pairs = [(name, value) for name, value in parse_qsl(asked) if name not in ("after", "done")]
    page, _, last = path.rpartition("/")
    found = next(((key, one) for key, one in REPORTS.items() if not one.last and one.path == path), None)
    if found is None and last:
        found = next(((key, one) for key, one in REPORTS.items() if one.last and one.path == page), None)
        pairs = (
            [(found[1].last, unquote(last)), *(pair for pair in pairs if pair[0] != found[1].last)] if found else pairs
        )
    if found is None:
        known = ", ".join(one.path for one in REPORTS.values())
        raise BadParameter("address", f"is no report that can be saved. Known: {known}.")
    return (*found, urlencode(pairs))


def live_document(db: Database, report: Saveable, query: str, today: date) -> Document | None:
    """A report on today's data, from the query of its page."""
    filters, rest = read_query(db, query, today, report.own)
    try:
        return report.document(db, filters, rest, today)
    except UnknownField as error:
        raise BadParameter("by", str(error)) from None


def read_query(
    db: Database, query: str, today: date, own: tuple[str, ...]
) -> tuple[Filters, Mapping[str, Sequence[str]]]:
    """The filters that a query sets and its other parameters, checked as on every page."""
    request = Request({"type": "http", "method": "GET", "query_string": query.encode(), "headers": []})
    given = request.query_params
    model = FilterQuery(**{name: given.getlist(name) for name in FILTER_NAMES if name in given})
    with as_seen(db) as mine:
        filters = filtering(*own)(request, mine, today, model)
    return filters, {name: given.getlist(name) for name in own if name in given}


def live(saved: SavedReport) -> str:
    known = REPORTS.get(saved.report)
    if known is None:
        return ""
    if known.last:
        pairs = parse_qsl(saved.query)
        last = next((value for name, value in pairs if name == known.last), "")
        rest = urlencode([pair for pair in pairs if pair[0] != known.last])
        return f"{known.path}/{quote(last, safe='')}" + (f"?{rest}" if rest else "")
    return f"{known.path}?{saved.query}" if saved.query else known.path


def name_of(saved: SavedReport) -> str:
    known = REPORTS.get(saved.report)
    return known.name if known else words.human(saved.report)


def differences(then: Document, now: Document | None) -> Iterator[str]:
    """What the main table says today of the same rows, the largest change first; nothing where it says the same."""
    if now is None:
        yield "With today’s data nothing matches this report any more."
        return
    if not then.tables or not now.tables:
        return
    old, new = _figures(then.tables[0]), _figures(now.tables[0])
    both = [(key, old[key], new[key]) for key in old if key in new and old[key] != new[key]]
    both.sort(key=lambda row: -abs(_number(row[2][1]) - _number(row[1][1])))
    gone, come = [key for key in old if key not in new], [key for key in new if key not in old]
    if not (both or gone or come):
        yield "With today’s data its main table says the same."
        return
    if both:
        named = "; ".join(f"{_named(key)} {_said(a)} then, {_said(b)} now" for key, a, b in both[:NAMED])
        yield f"{len(both)} of {words.plural(len(old), 'row')} {'says' if len(both) == 1 else 'say'} something else today: {named}."
    if gone:
        yield f"No longer there under this name: {_some(gone)}."
    if come:
        yield f"New since: {_some(come)}."


def _today(db: Database, known: Saveable, query: str, today: date) -> Document | None:
    try:
        return live_document(db, known, query, today)
    except BadParameter:  # a field of uploads that were undone
        return None


def _charts(document: Document) -> Mapping[int, str]:
    return {n: pictures.svg(section.chart, width=960) for n, section in enumerate(document.sections) if section.chart}


def _line(saved: SavedReport, names: Mapping[int, str]) -> Line:
    chosen = dict(parse_qsl(saved.query))
    if chosen.get("theme", "").isdecimal():
        chosen["theme"] = names.get(int(chosen["theme"]), chosen["theme"])
    sides = [chosen.pop(name).partition(":") for name in ("this", "that")] if {"this", "that"} <= chosen.keys() else []
    told = [" against ".join(words.value(by, one) for by, _, one in sides)] if sides else []
    return Line(saved, name_of(saved), "; ".join([*told, *(chosen_in(name, value) for name, value in chosen.items())]))


def chosen_in(name: str, value: str) -> str:
    """A parameter of a report as its page names it: "Split by: Region", "Compare: 91 days"."""
    match name:
        case "by":
            return f"Split by: {', '.join(words.field(part) for part in value.split(','))}"
        case "step" | "unit":
            return f"{'Chart by' if name == 'step' else 'Count each'}: {words.human(value)}"
        case "days":
            return f"Compare: {words.plural(int(value), 'day') if value.isdecimal() else 'calendar quarters'}"
        case "gaps":
            return "Our pages: nothing answers it yet"
        case "owner":
            return f"Whose: {'nobody’s yet' if value == NOBODY else value}"
        case "due":
            return f"Due: {'late' if value == LATE else words.month(value)}"
        case "order":
            return f"Order: {words.ORDERS.get(value, value)}"
        case "over":
            return "Side by side: all conversations"
        case "this" | "that":
            by, _, one = value.partition(":")
            return f"{'Side by side' if name == 'this' else 'With'}: {words.field(by).lower()} {words.value(by, one)}"
    return f"{words.field(name)}: {words.value(name, value)}"


def _figures(table: Table) -> dict[tuple[str, ...], tuple[Column, Cell]]:
    """Each row by its leading texts, with the first figure in it."""
    place = next((n for n, c in enumerate(table.columns) if c.kind not in ("text", "day")), None)
    if place is None:
        return {}
    texts = 1 if len(table.columns) < 2 or place < 2 else max(1, place - 1)
    return {tuple(str(c) for c in row[:texts]): (table.columns[place], row[place]) for row in table.rows}


def _said(figure: tuple[Column, Cell]) -> str:
    return written(figure[1], figure[0].kind)


def _number(value: Cell) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _named(key: tuple[str, ...]) -> str:
    return f"“{' · '.join(key)}”"


def _some(keys: list[tuple[str, ...]]) -> str:
    more = len(keys) - NAMED
    return ", ".join(map(_named, keys[:NAMED])) + (f" and {more} more" if more > 0 else "")

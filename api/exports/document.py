"""A report as every file shows it: sentences, tables with typed cells, charts and quotes, in reading order.

A report is turned into a Document once (`api/documents`), and each format (`api/exports`) is a rendering of that value:
totals cannot differ between formats. Cells are raw values; formats decide how a share is written.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Literal

from insights import wording
from insights.sampling import Rate

CellKind = Literal["text", "share", "points", "count", "number", "ratio", "day", "interval", "rate"]
Cell = str | int | float | None
WITHOUT_ROW = "Without a row"  # how many quotes of a list have none and why, among what it is about
LONGEST_STEM = 60  # characters of a title in the name of a file
# What XML 1.0, and with it every office format, cannot hold.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the header as people read it. A share is in [0, 1], points a difference of shares in [-1, 1], a ratio a
    positive number around 1, a day an ISO date, an interval its two ends in words (`read` makes it; a report gives "X
    low" and "X high"). A `detail` stands in files for machines and spreadsheets alone: nobody reads thirty columns on
    paper. `rate` names the columns that hold a share's count, what it is of, and the two ends of its interval ("" for
    none): on paper they stand in its own cell, so that no share stands there without them. `wide` says that it holds
    sentences.
    """

    name: str
    kind: CellKind = "text"
    detail: bool = False
    rate: tuple[str, str, str, str] | None = None
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One line or group of bars, parallel to the chart's `labels`; None is a gap. `low`, `high` and `of`, what each
    share is of, are () or parallel."""

    name: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    of: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """What a picture shows, not how: lines over periods or bars over categories. `unfinished` says that the last label
    is. `marks` are (label, number) of what happened in a period; the section's table says what."""

    title: str
    kind: Literal["line", "bar"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    axis: Literal["share", "count", "ratio", "points"] = "share"
    unfinished: bool = False
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def marked(self) -> tuple[str, ...]:
        """The labels as charts show them that have no lines of their own for what happened: "Sep 2025 [1]"."""
        numbers = dict(self.marks)
        return tuple(f"{label} [{numbers[label]}]" if label in numbers else label for label in self.labels)


@dataclass(frozen=True, slots=True)
class Table:
    """`key` is a short name for files (a sheet, `?table=`), unique in its document."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A verbatim quote: its insight's id, its words, who said it where and when, and the path of its conversation.
    `cut` says whether its sentence begins before it and goes on after it: an ellipsis outside the marks tells it."""

    id: str
    text: str
    source: str
    path: str
    cut: tuple[bool, bool] = (False, False)

    def within(self, opening: str = "“", closing: str = "”", text: str | None = None) -> str:
        """The words, or `text` in their place, between marks, and what tells that the sentence is longer outside
        them."""
        return wording.between(self.text if text is None else text, self.cut, opening, closing)


@dataclass(frozen=True, slots=True)
class Section:
    """One step of the story; every part may be missing. `finding` is what its figures say in one sentence, where none
    of its `sentences` does: slides are headed by it."""

    title: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None
    chart: Chart | None = None
    quotes: tuple[Quoted, ...] = ()
    notes: tuple[str, ...] = ()
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `about` are (name, value) lines on what was counted, `summary` the sentences that open it, `stem`
    the file's name without its ending, `day` the ISO date as of which it is ("" where nothing has a date), `base` the
    address of this server where it is known ("https://parley.example"), so that links lead somewhere."""

    title: str
    stem: str
    day: str
    about: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    summary: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    base: str = ""

    @property
    def moment(self) -> datetime:
        """The start of `day`, for what files say of themselves; where no conversation has a date, the oldest that all
        formats can hold."""
        return datetime.fromisoformat(self.day) if self.day else datetime(1980, 1, 1)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables in reading order; the first is the report's main one, which CSV gives."""
        return tuple(section.table for section in self.sections if section.table)

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(section.chart for section in self.sections if section.chart)


def without_empty(table: Table) -> Table:
    """The table without columns in which nothing stands."""
    kept = [
        n for n in range(len(table.columns)) if not table.rows or any(row[n] not in ("", None) for row in table.rows)
    ]
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    return Table(table.key, table.title, tuple(table.columns[n] for n in kept), rows)


def rated(name: str, *, share: str = "", count: str = "", of: str = "", detail: bool = False) -> tuple[Column, ...]:
    """The five columns of a Rate: its share, which takes the others with it on paper, the counts and the interval's
    ends. The first three can be given names of their own."""
    rate = (count or f"{name} with", of or f"{name} of", f"{name} low", f"{name} high")
    counts = tuple(Column(part, "count", detail=True) for part in rate[:2])
    return (
        Column(share or name, "share", detail=detail, rate=rate),
        *counts,
        *(Column(part, "share", detail=True) for part in rate[2:]),
    )


def rate_cells(rate: Rate | None) -> tuple[Cell, ...]:
    """What stands in those columns."""
    return (rate.share, rate.numerator, rate.denominator, rate.low, rate.high) if rate else (None,) * 5


def rate_series(name: str, rates: Sequence[Rate]) -> Series:
    """A line or a group of bars of shares, with their intervals and what they are of."""
    return Series(
        name, tuple(r.share for r in rates), tuple(r.low for r in rates), tuple(r.high for r in rates),
        tuple(r.denominator for r in rates),
    )  # fmt: skip


def read(table: Table) -> Table:
    """The table as people read it on paper: without its details and empty columns of words, a share with its counts and
    its interval in one column, and so the two ends of any other interval."""
    bare = {
        n
        for n, column in enumerate(table.columns)
        if column.kind == "text" and table.rows and not any(row[n] for row in table.rows)
    }
    at = {column.name: n for n, column in enumerate(table.columns)}
    told = {name for column in table.columns if column.rate and not column.detail for name in column.rate}
    kept = [
        n for n, column in enumerate(table.columns) if not column.detail and column.name not in told and n not in bare
    ]
    columns: list[Column] = []
    cells: list[Callable[[tuple[Cell, ...]], Cell]] = []
    while kept:
        n = kept.pop(0)
        column = table.columns[n]
        if column.rate:
            columns.append(Column(column.name, "rate"))
            cells.append(partial(_stated, places=(n, *(at.get(name, -1) for name in column.rate))))
        elif kept and (name := _interval_of(column, table.columns[kept[0]])):
            columns.append(Column(name, "interval"))
            cells.append(partial(_ends, low=n, high=kept.pop(0), kind=column.kind))
        else:
            columns.append(column)
            cells.append(itemgetter(n))
    return Table(
        table.key, table.title, tuple(columns), tuple(tuple(cell(row) for cell in cells) for row in table.rows)
    )


def _stated(row: tuple[Cell, ...], *, places: tuple[int, ...]) -> Cell:
    """A share with its count and its interval: "12 % (8 of 66), 5 to 21 %". Only between its parts may the line
    break."""
    share, count, of, low, high = (row[n] if n >= 0 else None for n in places)
    if share is None:
        return None
    said = written(share, "share")
    if of is not None:
        counted = (
            f"{written(count, 'count')} of {written(of, 'count')}"
            if count is not None
            else f"of {written(of, 'count')}"
        )
        said += f" ({_unbroken(counted)})"
    if low is not None and high is not None:
        said += f", {_unbroken(between(low, high))}"
    return said


def between(low: Cell, high: Cell) -> str:
    """The two ends of a share's interval: "5 to 21 %"."""
    return f"{written(low, 'share').removesuffix(chr(160) + '%')} to {written(high, 'share')}"


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _interval_of(low: Column, high: Column) -> str:
    """The name for "X low" and "X high" together; "" where the two are no interval."""
    start, end = (name.name.lower().rpartition(last) for name, last in ((low, "low"), (high, "high")))
    if low.kind != high.kind or start[0] != end[0] or (start[1:], end[1:]) != (("low", ""), ("high", "")):
        return ""
    return f"{low.name[:-3]}interval" if low.name[:-3] else "Interval"


def _ends(row: tuple[Cell, ...], *, low: int, high: int, kind: CellKind) -> Cell:
    if row[low] is None or row[high] is None:
        return None
    return (
        between(row[low], row[high]) if kind == "share" else f"{written(row[low], kind)} to {written(row[high], kind)}"
    )


def written(cell: Cell, kind: CellKind) -> str:
    """A cell in words: a share as per cent, a difference as signed points, a day as "3 Nov 2026"; "–" for nothing."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, str):
        return wording.day(cell) if kind == "day" else printable(cell)
    match kind:
        case "share":
            return wording.percent(cell)
        case "points":
            return wording.points(cell)
        case "ratio":
            return f"{cell:.2f}" if cell < 100 else f"{cell:,.0f}"
        case "number":
            return f"{cell:,.1f}"
    return f"{cell:,}"


def printable(text: str) -> str:
    """Text without what no file format can hold: control characters and half characters become U+FFFD. A carriage
    return is read back as a line feed by everything that reads XML, so it is one from the start."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def named_so(title: str, other: str) -> str:
    """A title as the name of a file: "Pricing article, spring" is "pricing-article-spring"; `other` where no letter is
    in it."""
    words = re.findall(r"\w+", title.casefold())
    return "-".join(words)[:LONGEST_STEM].rstrip("-") or other


def one_line(text: str, most: int) -> str:
    """Printable text on one line, cut with an ellipsis where it is longer than there is room for."""
    plain = re.sub(r"[ \t\r\n]+", " ", printable(text)).strip()
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"

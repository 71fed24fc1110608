"""The trend report as a Document: what changed in words, all themes, their course, the cuts, and quotes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlite_utils import Database

from api.documents.parts import EMPTY, counted, filtered, happened, marked, quoted, scoped, with_names
from api.exports.document import Cell, CellKind, Chart, Column, Document, Section, Table, rate_cells, rate_series, rated
from api.views import against as against_views
from api.wording import words
from insights.sentences import HELD
from pipelines.report import Row, TrendReport
from pipelines.reports import annotations
from pipelines.reports.annotations import Noted
from pipelines.reports.cuts import Cut
from pipelines.reports.groups import Against
from pipelines.reports.summary import Summary, charted
from pipelines.themes.representatives import in_full

MOST_CHARTED = 6
MOST_QUOTED = 3  # themes that a quote stands for where nothing changed
METHOD = (
    "A share is the number of {unit}s that carry a theme, divided by all {unit}s that match the filters; each counts once.",
    "Intervals are 95 % intervals (Wilson for shares, Newcombe for changes), widened because conversations of one account are alike.",
    "A verdict needs a change that is unlikely to be chance (5 %), with at most one in ten verdicts expected to be false over "
    "all themes tested (Benjamini and Hochberg), and at least three accounts behind it.",
    "A change that a changed mix of conversations explains is not called one: it must also hold among like conversations "
    "(standardised over segments and kinds of conversation).",
    "Not sure: the interval of the change leaves out zero, but with so many themes tested, or so few cases, that may be chance.",
    "Too few to say: there are not enough conversations to see a change of 10 points. How many a window would take stands in the workbook, under Needed.",
    "A year ago means the same number of days, 52 weeks back, or the same quarter.",
)
_RATE: tuple[tuple[str, CellKind], ...] = (
    ("", "share"),
    (" with", "count"),
    (" of", "count"),
    (" low", "share"),
    (" high", "share"),
)


def document(
    db: Database, report: TrendReport, summary: Summary, cuts: Sequence[Cut] = (), against: Against | None = None,
    order: str = "",
) -> Document:  # fmt: skip
    """The whole report, its rows in the order that is named, with two groups side by side where they were chosen; the
    quotes are those of the summary's changes, of what is heard most where nothing changed."""
    noted = annotations.of_report(db, report)
    course = (_course(report, summary, noted), *happened(report, noted)) if report.rows else ()
    pinned, told = tuple(("Note", note.text) for note in noted.pinned), words.ordered(order)
    stories = tuple(Section(story.name, story.sentences, quotes=quoted(db, story.quotes)) for story in summary.stories)
    stories = stories or _heard_most(db, report)
    main = Section(
        _what(report).capitalize(), table=_table(report), notes=() if report.rows else (EMPTY,),
        finding=_briefly(summary)
    )  # fmt: skip
    named = replace(report, filters=with_names(db, report.filters))
    return scoped(Document(
        title=title(report), stem=_stem(report),
        day=report.as_of.isoformat(), about=(*about(named), *pinned, *((("Order", told),) if told else ())),
        summary=summary.sentences,
        sections=(
            main, *([_against(report, against)] if against else []), *stories, *course, *(_cut(report, each) for each in cuts),
        ),
        notes=(*(note.format(unit=report.unit) for note in METHOD), *([words.TODAYS] if report.filters.published else ())),
    ), named.filters, _groups(against) if against else "")  # fmt: skip


def _heard_most(db: Database, report: TrendReport) -> tuple[Section, ...]:
    """One quote of each of the themes that are heard most now: a report on which nothing changed has words, too."""
    if report.kind not in ("objection", "question"):
        return ()
    rows = {row.theme_id: row for row in report.rows if row.trend.current.numerator}
    most = sorted(rows.values(), key=lambda row: (-row.trend.current.numerator, row.theme_id))[:MOST_QUOTED]
    within = replace(
        report.filters, kind=report.kind, since=report.current.start.isoformat(), until=report.current.end.isoformat()
    )
    found = [in_full(db, replace(within, theme=str(row.theme_id)), limit=1) for row in most]
    quotes = quoted(db, [quote.id for some in found for quote in some])
    return (Section("Heard most, in their words", quotes=quotes),) if quotes else ()


def _briefly(summary: Summary) -> str:
    """The opening without its dates and asides, for the head of a slide."""
    return re.sub(r" \([^()]*\)", "", "".join(summary.opening[:1]))


def title(report: TrendReport) -> str:
    by = f" by {words.field(report.by).lower()}" if report.by else ""
    return f"{words.TITLES[report.kind]}{by}, {words.span(report.current)}"


def _stem(report: TrendReport) -> str:
    """Two windows, or two cuts, of one day are two files."""
    by = f"-by-{report.by.replace('_', '-')}" if report.by.isascii() and report.by.isidentifier() else ""
    return f"parley-{words.PLURALS[report.kind]}{by}-{report.current.start.isoformat()}-to-{report.current.end.isoformat()}"


def about(report: TrendReport) -> list[tuple[str, str]]:
    """What the figures are about: name and value, in reading order."""
    lines = [
        ("Compared", words.windows(report)),
        ("Counted", f"{report.unit}s"),
        ("Conversations with a date", words.number(report.conversations)),
    ]
    if report.undated:
        lines.append(("Without a date, in no period", words.number(report.undated)))
    if report.rows and not report.by:
        trend = report.rows[0].trend
        counted = f"{trend.current.denominator:,} and {trend.previous.denominator:,} {report.unit}s"
        lines.append(("In the two windows", counted))
    if report.mix:
        fields = ", ".join(HELD.get(n) or words.field(n).lower() for n in report.mix)
        lines.append(("Mix held constant", fields))
    return [*lines, ("Filters", filtered(replace(report.filters, kind=""))), ("As of", words.day(report.as_of))]


def _what(report: TrendReport) -> str:
    return {"tracker": "all trackers", "competitor": "all competitors"}.get(report.kind, f"all {report.kind} themes")


def _table(report: TrendReport) -> Table:
    by = [Column(words.field(report.by))] if report.by else []
    windows = [
        Column(
            f"{name}{part or ' share'}",
            kind,
            detail=name == "A year ago" or (name == "Before" and bool(part)),
            rate=None if part else (f"{name} with", f"{name} of", f"{name} low", f"{name} high"),
        )
        for name in ("Now", "Before", "A year ago")
        for part, kind in _RATE
    ]
    columns = (
        Column("Theme"), *by, Column("Verdict"), *windows,
        Column("Change", "points"), Column("Change low", "points"), Column("Change high", "points"),
        Column("Why", detail=True), Column("q", "ratio", detail=True), Column("Accounts", "count"),
        Column("Quotes", "count", detail=True),
        Column("Needed", "count", detail=True), Column("Change in a year", "points", detail=True),
        Column("Change in a year low", "points", detail=True), Column("Change in a year high", "points", detail=True),
        Column("Verdict against a year ago", detail=True), Column("Change among like conversations", "points", detail=True),
        Column("Like low", "points", detail=True), Column("Like high", "points", detail=True),
        Column("Change of mix", "points", detail=True),
        Column("First counted with", "count", detail=True), Column("First counted of", "count", detail=True),
        Column("Since then by edits of themes", "count", detail=True),
        Column("Since then by later uploads", "count", detail=True),
        Column("Theme id", "count", detail=True), Column("Label", detail=True),
        *(column for period in report.periods for column in rated(period.label, detail=True)),
    )  # fmt: skip
    return Table("themes", title(report), columns, tuple(_row(report, row) for row in report.rows))


def _row(report: TrendReport, row: Row) -> tuple[Cell, ...]:
    trend, year, within, stated = row.trend, row.over_year, row.within, row.restated
    return (
        row.name, *([_value(report.by, row.split)] if report.by else []), words.verdict(trend),
        *rate_cells(trend.current), *rate_cells(trend.previous), *rate_cells(row.year_ago),
        trend.change.difference, trend.change.low, trend.change.high, trend.reason, trend.change.q, trend.accounts,
        row.insights, trend.needed,
        *((year.change.difference, year.change.low, year.change.high, words.verdict(year)) if year else [None] * 4),
        *((within.difference, within.low, within.high, within.mix) if within else [None] * 4),
        *((stated.numerator, stated.denominator, stated.edits, stated.late) if stated else [None] * 4),
        row.theme_id, words.label(row.label) if row.label else "",
        *(cell for rate in row.series for cell in rate_cells(rate)),
    )  # fmt: skip


def _course(report: TrendReport, told: Summary, noted: Noted) -> Section:
    """What changed and the most frequent themes over time, each period with its own interval."""
    top, changed = charted(report, told.stories, most=MOST_CHARTED)
    series = tuple(rate_series(words.split(report, row), row.series) for row in top)
    labels = tuple(words.period(period, report.step) for period in report.periods)
    unfinished = bool(report.periods) and not report.periods[-1].complete
    chart = Chart(
        f"Share of {report.unit}s per {report.step}",
        "line",
        labels,
        series,
        unfinished=unfinished,
        marks=marked(report, noted),
    )
    notes = [counted(chart, f"{report.unit}s")]
    if unfinished and report.like:
        days = (report.like.end - report.like.start + timedelta(days=1)).days
        notes.append(
            f"Conversations do not reach to the end of {labels[-1]}: it is fairly compared with {words.beginning(days)} "
            f"of the {report.step} before."
        )
    return Section(
        "Over time",
        (f"{_drawn(len(top), changed)}, per {report.step}.", _counted(top[0])),
        chart=chart,
        notes=tuple(notes),
        finding=_leading(report, top, changed),
    )


def _drawn(lines: int, changed: int) -> str:
    if not changed:
        return f"The {f'{lines} ' if lines > 1 else ''}most frequent"
    return f"What changed{f', then the {lines - changed} most frequent' if lines > changed else ''}"


def _counted(row: Row) -> str:
    """What the shares of the picture's title are of."""
    now, before = (
        f"{rate.numerator} of {rate.denominator} ({words.interval(rate)})"
        for rate in (row.trend.current, row.trend.previous)
    )
    return f"“{row.name}”: {now} now, {before} before."


def _leading(report: TrendReport, top: Sequence[Row], changed: int) -> str:
    """What the picture shows, as its title: the surest change with its two shares, else what was heard most."""
    row = top[0]
    now, before, among = (
        row.trend.current,
        row.trend.previous,
        f" ({_value(report.by, row.split)})" if row.split else "",
    )
    if not changed:
        did = "as often as before" if row.trend.verdict == "steady" else "whether that changed cannot be said"
        return f"“{row.name}”{among} was heard most, in {words.percent(now.share)}; {did}."
    return f"“{row.name}”{among} went from {words.percent(before.share)} to {words.percent(now.share)}."


def _cut(report: TrendReport, cut: Cut) -> Section:
    """A share per value, with its counts and its interval, and whether it stands out."""
    names = [_value(cut.by, value) for value, _ in cut.columns]
    told = cut.exclusive and not cut.timed
    columns = [Column("Theme")]
    for name in names:
        columns += [*rated(name), *([Column(f"{name} stands out", detail=True)] if told else [])]
    rows = []
    for row, cells in zip(cut.rows, cut.cells, strict=True):
        line: list[Cell] = [row.name]
        for cell in cells:
            line += [*rate_cells(cell.rate), *([cell.standing] if told else [])]
        rows.append(tuple(line))
    what = words.field(cut.by).lower()
    sentences = tuple(_stands_out(cut))
    counts = ", ".join(f"{name} {count:,}" for name, (_, count) in zip(names, cut.columns, strict=True))
    notes = [f"{report.unit.capitalize()}s in each column: {counts}."]
    if told and len(cut.columns) > 1:
        notes.append(
            f"Each of {len(cut.columns)} groups is held against all the others, {words.plural(len(cut.rows), 'theme')} tested together."
        )
    if cut.left_out:
        notes.append(f"{words.plural(cut.left_out, 'further value')} left out.")
    table = Table(f"by-{cut.by.replace('_', '-')}", f"Themes by {what}", tuple(columns), tuple(rows))
    return Section(
        f"By {what}", sentences, table=table, notes=tuple(notes), finding="" if sentences else _alike(cut, what)
    )


def _alike(cut: Cut, what: str) -> str:
    if cut.timed or not cut.exclusive or len(cut.columns) < 2:
        return ""
    return f"By {what} nothing stands out beyond chance."


def _groups(found: Against) -> str:
    return f"{words.value(found.by, found.one)} against {words.value(found.by, found.other)}"


def _against(report: TrendReport, found: Against) -> Section:
    """Two groups side by side: what surely differs first, as the page says it."""
    one, other = words.value(found.by, found.one), words.value(found.by, found.other)
    columns = (
        Column("Theme"), Column("What can be said"),
        *rated(one, share=f"{one} share"), *rated(other, share=f"{other} share"),
        Column("Difference", "points"), Column("Difference low", "points"), Column("Difference high", "points"),
    )  # fmt: skip
    rows = tuple(
        (
            line.row.name, f"{against_views.said(found, line.says)}{f': {line.reason}' if line.reason else ''}",
            *rate_cells(line.one), *rate_cells(line.other),
            line.change.difference, line.change.low, line.change.high,
        )
        for line in found.lines
    )  # fmt: skip
    sizes = (
        f"{words.plural(found.sizes[0], report.unit)} of {one}, {words.plural(found.sizes[1], report.unit)} of {other}."
    )
    if silence := against_views.silence(found):
        return Section(f"{one} against {other}", (f"{silence} {sizes}",))
    told = f"{found.sure} of {words.plural(len(found.lines), 'theme')} {'differs' if found.sure == 1 else 'differ'} between these two beyond chance. {sizes}"
    table = Table("groups", f"{one} against {other}", columns, rows)
    return Section(f"{one} against {other}", (told,), table=table, notes=(against_views.note(found),))


def _stands_out(cut: Cut) -> list[str]:
    """What is named more or less in one column than in all others, beyond chance over the whole table."""
    found = []
    for row, cells in zip(cut.rows, cut.cells, strict=True):
        for (value, _), cell in zip(cut.columns, cells, strict=True):
            if cell.standing:
                rate = cell.rate
                found.append(
                    f"“{row.name}” comes up {cell.standing} with {_value(cut.by, value)} than elsewhere: "
                    f"{rate.numerator} of {rate.denominator} ({words.percent(rate.share)}, {words.interval(rate)})."
                )
    return found[:6]


def _value(by: str, value: str) -> str:
    return words.value(by, value) if value else words.nothing(by)

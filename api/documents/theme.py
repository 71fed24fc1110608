"""One theme as a Document: its course, how deals end, who says it, and typical quotes, as its page shows them.

The quotes are those of the page; all of a theme's quotes are the list of quotes' own export.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlite_utils import Database

from api.documents import trends
from api.documents.parts import counted, filtered, happened, marked, quoted, scoped
from api.exports.document import Chart, Column, Document, Section, Table, rate_cells, rate_series, rated
from api.views.report import Breakdown
from api.views.themes.theme import ThemePage
from api.wording import words
from pipelines.reports import annotations
from pipelines.themes.neighbours import Ends

ASSOCIATION = "An association is no cause: who asks hard questions is often who is seriously buying."
WITHIN = "Shares in the current window, of the conversations with that value; by voice, relation and label, of all conversations."
METHOD = trends.METHOD[:5]  # what follows speaks of a workbook of all themes


def document(db: Database, view: ThemePage, today: date) -> Document:
    """The page of a theme. Without figures (retired, a part of another theme, nothing that matches) it holds quotes."""
    theme, report, filters = view.theme, view.report, view.bar.filters
    figures = (
        trends.about(report)
        if report and view.row
        else [("Filters", filtered(filters)), ("As of", words.day(today.isoformat()))]
    )
    about = [
        ("Theme", f"{theme.name} (number {theme.id}, {words.human(theme.kind).lower()})"),
        ("All quotes", heard(view)),
        *figures,
    ]
    said = quoted(db, [quote.id for quote in (*view.quotes, *(() if view.quotes else view.named))])
    day = report.as_of.isoformat() if report else today.isoformat()
    return scoped(Document(
        theme.name, f"parley-theme-{theme.id}-{day}", day, tuple(about),
        (
            *(_course(db, view) if view.row else ()),
            *([_ends(view.ends)] if view.ends else []),
            *([_who(view.breakdowns)] if view.breakdowns else []),
            *([Section("In their words", quotes=said)] if said else []),
        ),
        tuple(sentences(view)),
        tuple(note.format(unit=report.unit) for note in METHOD) if report and view.row else (),
    ), replace(filters, theme=""))  # fmt: skip


def heard(view: ThemePage) -> str:
    """How much there is of it: "12 quotes from 9 conversations and 8 accounts"."""
    of = (
        words.plural(view.counts[f"{one}s"], name)
        for one, name in (("insight", "quote"), ("conversation", "conversation"), ("account", "account"))
    )
    return "{} from {} and {}".format(*of)


def sentences(view: ThemePage) -> Iterator[str]:
    """Its verdict with both shares, and what is told beside it."""
    if not view.row:
        yield "No figures: it is not counted by itself, or nothing that matches the filters has a date."
        return
    trend = view.row.trend
    verdict = f"{words.VERDICTS[trend.verdict]}{f': {trend.reason}' if trend.reason else ''}."
    now, before = (
        f"{rate.numerator:,} of {rate.denominator:,} ({words.percent(rate.share)}, {words.interval(rate)})"
        for rate in (trend.current, trend.previous)
    )
    yield f"{verdict} Heard in {now} now, in {before} before."
    yield from (part.told for part in view.alone)
    if view.overall:
        yield view.overall


def _course(db: Database, view: ThemePage) -> tuple[Section, ...]:
    """Month by month, each share with its interval, and what happened meanwhile."""
    report, row = view.report, view.row
    assert report and row
    noted = annotations.of_report(db, report, theme=view.theme.id)
    labels = tuple(words.period(period, report.step) for period in report.periods)
    chart = Chart(
        f"Share of {report.unit}s per {report.step}", "line", labels, (rate_series(view.theme.name, row.series),),
        unfinished=bool(report.periods) and not report.periods[-1].complete, marks=marked(report, noted),
    )  # fmt: skip
    columns = (
        Column(words.human(report.step)), Column("From", "day", detail=True), Column("Finished", detail=True), *rated("Share", count="With it", of="Of"),
        Column("Theme", detail=True), Column("Filters", detail=True),
    )  # fmt: skip
    # A CSV has no head: each of its lines says what it is of.
    scope = (view.theme.name, filtered(view.bar.filters))
    rows = tuple(
        (label, period.start.isoformat(), "yes" if period.complete else "no", *rate_cells(rate), *scope)
        for label, period, rate in zip(labels, report.periods, row.series, strict=True)
    )
    table = Table("months", f"{view.theme.name} per {report.step}", columns, rows)
    finding = f"“{view.theme.name}” went from {words.percent(row.trend.previous.share)} to {words.percent(row.trend.current.share)}."
    over_time = Section(
        "Over time", chart=chart, table=table, notes=(counted(chart, f"{report.unit}s"),), finding=finding
    )
    return (over_time, *happened(report, noted))


def _ends(ends: Ends) -> Section:
    told = f"Of the deals that raise it {ends.won:,} were won, {ends.lost:,} lost; {ends.open:,} are open or not known."
    if ends.needed:
        return Section(
            "How deals end that raise it",
            (told, f"Too few to say more: {words.plural(ends.needed, 'more closed deal')} needed."),
        )
    columns = (Column("Closed deals"), *rated("Lost"))
    rows = (("That raise it", *rate_cells(ends.lost_share)), ("All others", *rate_cells(ends.others)))
    sure = "" if ends.sure else " No sure difference from other deals: it may be none at all."
    return Section(
        "How deals end that raise it", (f"{told}{sure}",), table=Table("ends", "How closed deals end", columns, rows), notes=(ASSOCIATION,)
    )  # fmt: skip


def _who(parts: Sequence[Breakdown]) -> Section:
    """Its share within each value of each field, in one table: a slide a field would be a dozen."""
    columns = (Column("By"), Column("Value"), *rated("Share", count="With it", of="Of"))
    rows = tuple(
        (words.field(part.by), words.value(part.by, value) if value else words.nothing(part.by), *rate_cells(rate))
        for part in parts
        for value, rate in part.rates
    )
    left = sum(part.left_out for part in parts)
    notes = [WITHIN, *([f"{words.plural(left, 'rarer value')} left out."] if left else [])]
    return Section(
        "Who says it",
        table=Table("who", "Who says it", columns, rows),
        notes=tuple(notes),
        finding="Who says it, and how often.",
    )

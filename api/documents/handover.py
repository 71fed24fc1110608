"""The report on hand-over gaps as a Document."""

from collections.abc import Iterator

from api.documents.parts import filtered, quote_of, scoped
from api.exports.document import Column, Document, Section, Table, rate_cells, rated
from api.wording import words
from insights.handover import MEANINGS
from pipelines.reports.handover import Cut, HandoverReport, Row

MOST_QUOTES = 6
METHOD = (
    "Found by rules over single sentences of buyers and of notes. Of sentences that were written after the rules, 91 % of what was found was right (73 to 98 %) and 51 % of what was there was found: shares are lower bounds. What somebody said is none is left out.",
    "Shares are of all conversations that match, with 95 % intervals widened by account. All sorts are tested together; a verdict needs more than chance allows.",
    *(f"{sort.capitalize()}: {meaning}" for sort, meaning in MEANINGS.items()),
)


def document(report: HandoverReport, day: str) -> Document:
    """The sorts with their trend, where they come from, and what was said."""
    sorts = Section("Hand-over gaps", (), _rows(report), quotes=())
    cuts = [Section(f"By {words.field(cut.field).lower()}", (), _cut(cut)) for cut in report.cuts]
    said = [
        Section(row.sort.capitalize(), (), None, quotes=tuple(map(quote_of, row.found[:MOST_QUOTES])))
        for row in report.rows
        if row.found
    ]
    return scoped(Document(
        title="Hand-over gaps", stem=f"parley-handover-{day}", day=day, about=tuple(about(report)),
        summary=tuple(sentences(report)), sections=(sorts, *cuts, *said), notes=METHOD,
    ), report.filters)  # fmt: skip


def about(report: HandoverReport) -> list[tuple[str, str]]:
    """What was looked through."""
    told = [("Conversations", words.number(report.conversations)), ("Filters", filtered(report.filters))]
    if report.left_out:
        told.append(("Left out", f"{words.plural(len(report.left_out), 'find')} that people said are none"))
    return told


def sentences(report: HandoverReport) -> Iterator[str]:
    """How many conversations show a gap, of which sort most, what changed, and where it comes from."""
    rate = report.any.whole
    if not rate.numerator:
        yield f"In none of {words.plural(report.conversations, 'conversation')} does a buyer say something that shows marketing and sales out of step, as far as rules can tell."
        return
    yield f"In {rate.numerator} of {words.plural(rate.denominator, 'conversation')} a buyer says something that shows marketing and sales out of step ({words.percent(rate.share)}, {words.interval(rate)}), as far as rules can tell."
    first = report.rows[0]
    yield f"Most often: {first.sort}, in {words.plural(first.whole.numerator, 'conversation')} of {words.plural(first.accounts, 'account')}."
    for row in (report.any, *report.rows):
        if row.trend and row.trend.verdict in ("rising", "falling", "new", "gone"):
            what = row.sort.capitalize() if row.sort else "Gaps of any sort"
            now, before = row.trend.current, row.trend.previous
            yield f"{what}: {words.VERDICTS[row.trend.verdict].lower()}, {now.numerator} of {now.denominator} against {before.numerator} of {before.denominator} conversations before."
    for cut in report.cuts:
        for value in cut.values:
            if value.standing:
                yield f"{value.standing.capitalize()} than elsewhere where {words.field(cut.field).lower()} is “{value.value}”: {value.rate.numerator} of {words.plural(value.rate.denominator, 'conversation')}."


def _rows(report: HandoverReport) -> Table:
    columns = (
        Column("Gap"), *rated("Share", count="Conversations", of="Of"), Column("Accounts", "count"), Column("Verdict"),
        *rated("Now"), *rated("Before"),
    )  # fmt: skip
    return Table("gaps", "Hand-over gaps", columns, tuple(map(_row, (report.any, *report.rows))))


def _row(row: Row) -> tuple:
    r, t = row.whole, row.trend
    return (
        row.sort.capitalize() or "Any", *rate_cells(r), row.accounts, words.VERDICTS[t.verdict] if t else "no dates",
        *rate_cells(t.current if t else None), *rate_cells(t.previous if t else None),
    )  # fmt: skip


def _cut(cut: Cut) -> Table:
    name = words.field(cut.field)
    columns = (
        Column(name), *rated("Share", count="Conversations", of="Of"), Column("Standing"), Column("Sorts"),
    )  # fmt: skip
    rows = tuple(
        (
            v.value, *rate_cells(v.rate), v.standing,
            "; ".join(f"{sort} ({n})" for sort, n in v.sorts),
        )
        for v in cut.values
    )  # fmt: skip
    return Table(f"by-{cut.field}", f"By {name.lower()}", columns, rows)

"""The outcomes report as a Document."""

from collections.abc import Iterator

from api.documents.parts import filtered, scoped
from api.exports.document import Cell, Chart, Column, Document, Section, Table, rate_cells, rate_series, rated
from api.wording import words
from insights.persistence import Share
from pipelines.reports.outcomes import OutcomeReport, Row

MOST_CHARTED = 14
METHOD = (
    "Association, not cause: who asks hard questions is often who is seriously buying, reps write more about deals they lost, "
    "and a deal’s outcome is known for conversations before and after it alike.",
    "The unit is the deal, known by its number or name in the CRM; where there is none, an account’s conversations are one deal. "
    "Its outcome is the newest that says won or lost, also where the deal is open again since.",
    "Odds: those of losing with the theme over those without, among deals of the same segment and about as many conversations "
    "(Mantel and Haenszel; interval of Robins, Breslow and Greenland). 1 means no association, 2 that the odds are doubled.",
    "A verdict needs 10 closed deals with the theme and 10 without, 5 won and 5 lost, a p of 5 % at most, and at most one in ten "
    "verdicts expected to be false over all themes tested (Benjamini and Hochberg).",
    "Answered: the first conversation of the deal in which the seller said something to it (not whether it convinced). Deals that "
    "ended or went quiet before count until their last conversation (Kaplan and Meier).",
)
STANDINGS = {
    "lost more": "Lost more often", "won more": "Won more often", "no association": "No association seen",
    "too few": "Too few to say",
}  # fmt: skip


def document(report: OutcomeReport) -> Document:
    """Associations, then answering and persistence."""
    kind = words.PLURALS[report.kind]
    first = next(sentences(report), "")
    sections = [Section(f"Won and lost by {report.kind}", (), _associations(report), _chart(report), finding=first)]
    if report.kind != "competitor":
        sections.append(Section("Until it is answered, and whether it comes back", (), _answers(report)))
    return scoped(Document(
        title=f"Outcomes: {kind}", stem=f"parley-outcomes-{kind}-{report.until or 'undated'}", day=report.until,
        about=tuple(about(report)), summary=tuple(sentences(report)), sections=tuple(sections), notes=METHOD,
    ), report.filters)  # fmt: skip


def about(report: OutcomeReport) -> list[tuple[str, str]]:
    """What was counted: name and value, in reading order."""
    lines = [("Closed deals", f"{report.won + report.lost:,}: {report.won:,} won, {report.lost:,} lost")]
    lines.append(("Deals without an outcome", words.number(report.unknown)))
    if report.disputed:
        lines.append(("Said to be both won and lost", words.number(report.disputed)))
    lines.append(("Held constant", " and ".join(_held(name) for name in report.held)))
    return [*lines, ("Filters", filtered(report.filters))]


def sentences(report: OutcomeReport) -> Iterator[str]:
    """What can be said, the surest first, as association."""
    told = [row for row in report.rows if row.association.standing in ("lost more", "won more")]
    closed = words.plural(report.won + report.lost, "closed deal")
    if not told:
        tested = sum(row.association.p is not None for row in report.rows)
        yield f"No theme goes with winning or losing for sure: {tested} could be tested on {closed}."
        return
    for row in told[:5]:
        yield sentence(row)


def sentence(row: Row) -> str:
    """One theme's association in words, with its numbers."""
    one = row.association
    more = "lost" if one.standing == "lost more" else "won"
    unequal = " Segments differ in this, so the one figure hides something." if one.unequal else ""
    counts = (
        f"{one.with_it.numerator} of {one.with_it.denominator} with it were lost ({words.percent(one.with_it.share)}), "
        f"{one.without.numerator} of {one.without.denominator} without ({words.percent(one.without.share)})"
    )
    like = (
        f"the odds of losing are {odds(one.odds.ratio)} times as high ({odds(one.odds.low)} to {odds(one.odds.high)})"
    )
    if ((one.with_it.share or 0) > (one.without.share or 0)) == (one.standing == "lost more"):
        return (
            f"Deals in which “{row.name}” comes up were {more} more often: {counts}. Among like deals {like}.{unequal}"
        )
    return (
        f"Among like deals those in which “{row.name}” comes up were {more} more often, though over all deals they were not: "
        f"{like}. Over all, {counts}: it comes up in other sorts of deals.{unequal}"
    )


def odds(value: float | None) -> str:
    """An odds ratio: "2.9", "0.45", "12"."""
    return "–" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _held(name: str) -> str:
    return "number of conversations" if name == "conversations" else words.field(name).lower()


def _associations(report: OutcomeReport) -> Table:
    columns = (
        Column("Theme"), Column("Verdict"), *rated("Lost with it", count="Lost with it, deals", of="Of"),
        *rated("Lost without", count="Lost without, deals", of="Of those without"),
        Column("Odds, like deals", "ratio"), Column("Odds low", "ratio"), Column("Odds high", "ratio"),
        Column("Odds, all deals", "ratio", detail=True), Column("p", "number", detail=True),
        Column("q", "number", detail=True),
        Column("Segments disagree", detail=True), Column("Closed deals needed", "count", detail=True),
        Column("Deals", "count", detail=True),
        Column("Theme id", "count", detail=True),
    )  # fmt: skip
    return Table("outcomes", "Closed deals by theme", columns, tuple(_association(row) for row in report.rows))


def _association(row: Row) -> tuple[Cell, ...]:
    one = row.association
    return (
        row.name, STANDINGS[one.standing], *rate_cells(one.with_it), *rate_cells(one.without), one.odds.ratio,
        one.odds.low, one.odds.high, one.crude.ratio, one.p, one.q,
        "yes" if one.unequal else "", one.needed, row.deals, row.theme_id,
    )  # fmt: skip


def _answers(report: OutcomeReport) -> Table:
    columns = (
        Column("Theme"), Column("Raised in deals", "count"), Column("Answered", "count"),
        Column("At once", "share", rate=("", "", "At once low", "At once high")),
        Column("At once low", "share", detail=True),
        Column("At once high", "share", detail=True), Column("Within 30 days", "share", rate=("", "", "30 days low", "30 days high")),
        Column("30 days low", "share"), Column("30 days high", "share"),
        Column("Within 14 days", "share", detail=True), Column("Median days", "count", detail=True),
        *rated("Came back", count="Came back, deals", of="Of deals that went on"),
        Column("Came back after an answer", "share", detail=True),
        Column("Came back without one", "share", detail=True),
    )  # fmt: skip
    rows = []
    for row in report.rows:
        a, p = row.answering, row.persistence
        rows.append(
            (
                row.name, a.spells, a.answered, *_share(a.at_once), *_share(a.within_30), a.within_14.share, a.median,
                *rate_cells(p.came_back),
                p.after_answer.share, p.without_answer.share,
            )
        )  # fmt: skip
    return Table("answers", "Answered, and come back", columns, tuple(rows))


def _share(share: Share) -> tuple[Cell, ...]:
    return share.share, share.low, share.high


def _chart(report: OutcomeReport) -> Chart | None:
    shown = [row for row in report.rows if row.association.with_it.denominator >= 5][:MOST_CHARTED]
    if not shown:
        return None
    with_it = rate_series("with the theme", [row.association.with_it for row in shown])
    without = rate_series("without it", [row.association.without for row in shown])
    return Chart("Share of closed deals that were lost", "bar", tuple(row.name for row in shown), (with_it, without))

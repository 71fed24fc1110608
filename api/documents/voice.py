"""The voice report as a Document."""

from collections.abc import Iterator

from api.documents.parts import filtered, scoped
from api.exports.document import Chart, Column, Document, Section, Table, rate_cells, rate_series, rated
from api.wording import words
from pipelines.reports.voice import Row, VoiceReport

MOST_CHARTED = 12
METHOD = (
    "Notes are what reps wrote; the buyers’ own words are calls, mails and chats. A share is that of all notes, or of all "
    "conversations in the buyers’ own words, in which a theme comes up.",
    "A verdict needs a difference that is unlikely to be chance (5 %), with at most one in ten expected to be false over all themes "
    "compared. “Perhaps” is clear by itself but not among so many.",
    "What would make it wrong: a note sums up a call in a few lines, so what is said in passing is left out, and what decides is kept. "
    "Notes and calls may be of different moments of a deal.",
    "Within deals: those with both, that have it in notes alone, in the buyers’ words alone, or in both (McNemar). A deal with more notes "
    "than calls has it more easily in a note.",
)
STANDINGS = {
    "reps more": "Reps write it more", "buyers more": "Buyers say it more", "perhaps reps": "Perhaps reps more",
    "perhaps buyers": "Perhaps buyers more", "no difference": "No difference", "too few": "Too few to say",
}  # fmt: skip


def document(report: VoiceReport, day: str) -> Document:
    """Themes, then reps."""
    what = words.PLURALS[report.kind]
    first = next(sentences(report), "")
    sections = [Section("What reps write, what buyers say", (), _table(report), _chart(report), finding=first)]
    if report.reps:
        sections.append(Section("What notes leave out", tuple(reps(report)), _reps(report)))
    return scoped(Document(
        title=f"Voice: {what} in notes and in the buyers’ own words", stem=f"parley-voice-{what}-{day}", day=day,
        about=tuple(about(report)), summary=tuple(sentences(report)), sections=tuple(sections), notes=METHOD,
    ), report.filters)  # fmt: skip


def about(report: VoiceReport) -> list[tuple[str, str]]:
    """What was compared: name and value."""
    lines = [
        ("Notes", words.number(report.notes)),
        ("Calls, mails and chats", words.number(report.buyers)),
        ("Deals heard both ways", words.number(report.deals)),
        ("Meetings told both ways", words.number(report.meetings)),
    ]
    return [*lines, ("Filters", filtered(report.filters))]


def sentences(report: VoiceReport) -> Iterator[str]:
    """What differs, the surest first."""
    told = [row for row in report.rows if row.contrast.standing not in ("no difference", "too few")]
    if not told:
        yield f"Over {words.plural(len(report.rows), 'theme' if report.by == 'theme' else 'reason')} no difference is sure."
    for row in told[:5]:
        yield sentence(report, row)
    if any("perhaps" in row.contrast.standing for row in told[:5]):
        yield "“Perhaps”: clear by itself, but among so many compared, some like it come by chance."


def sentence(report: VoiceReport, row: Row) -> str:
    """One theme's difference with its numbers."""
    one = row.contrast
    who = {"reps more": "Reps write", "buyers more": "Buyers say", "perhaps reps": "Perhaps reps write"}.get(
        one.standing, "Perhaps buyers say"
    )
    name = words.label(row.name) if report.by == "label" else row.name
    within = (
        f" Within {words.plural(one.deals.pairs, 'deal')} heard both ways, {one.deals.notes} have it in notes alone and {one.deals.buyers} in the buyers’ words alone."
        if one.deals.pairs
        else ""
    )
    meetings = (
        f" Of {row.meetings.pairs} meetings told both ways it is in {row.meetings.notes + row.meetings.both} notes and in "
        f"{row.meetings.buyers + row.meetings.both} of the buyers’ own words."
        if row.meetings.pairs
        else ""
    )
    return (
        f"{who} “{name}” more: it is in {one.notes.numerator} of {one.notes.denominator} notes ({words.percent(one.notes.share)}) and in "
        f"{one.buyers.numerator} of {one.buyers.denominator} calls, mails and chats ({words.percent(one.buyers.share)}), "
        f"{words.change(one.change)}.{within}{meetings}"
    )


def reps(report: VoiceReport) -> Iterator[str]:
    """Who leaves out more or less than the others, beyond chance; nobody is ranked."""
    apart = [rep for rep in report.reps if rep.apart]
    if not apart:
        yield "No rep’s notes leave out more or less of what buyers said than the others’, beyond what chance allows."
    for rep in apart:
        yield (
            f"{rep.name}’s notes leave out {rep.apart} than the others’: {rep.left_out.numerator} of {rep.left_out.denominator} things "
            f"that buyers said ({words.percent(rep.left_out.share)}), the others {words.percent(rep.others.share)}."
        )


def _table(report: VoiceReport) -> Table:
    columns = (
        Column("Theme" if report.by == "theme" else "Reason"), Column("Verdict"),
        *rated("In notes", count="Notes with it", of="Notes"),
        *rated("In buyers’ words", count="Buyers’ with it", of="Buyers’ conversations"), Column("Difference", "points"),
        Column("Low", "points"), Column("High", "points"),
        Column("p", "number", detail=True), Column("q", "number", detail=True),
        Column("Deals: notes alone", "count", detail=True),
        Column("Deals: buyers alone", "count", detail=True), Column("Deals: both", "count", detail=True),
        Column("Deals", "count", detail=True),
        Column("Meetings: notes alone", "count", detail=True), Column("Meetings: buyers alone", "count", detail=True),
        Column("Meetings: both", "count", detail=True), Column("Meetings", "count", detail=True),
    )  # fmt: skip
    rows = tuple(
        (
            words.label(row.name) if report.by == "label" else row.name, STANDINGS[row.contrast.standing],
            *rate_cells(row.contrast.notes), *rate_cells(row.contrast.buyers), row.contrast.change.difference, row.contrast.change.low, row.contrast.change.high,
            row.contrast.change.p, row.contrast.change.q, row.contrast.deals.notes, row.contrast.deals.buyers, row.contrast.deals.both,
            row.contrast.deals.pairs, row.meetings.notes, row.meetings.buyers, row.meetings.both, row.meetings.pairs,
        )
        for row in report.rows
    )  # fmt: skip
    return Table("voice", "Notes against the buyers’ own words", columns, rows)


def _reps(report: VoiceReport) -> Table:
    columns = (
        Column("Rep"), *rated("Left out", count="Things left out", of="Things buyers said"), *rated("Others"),
        Column("Beyond chance"),
    )  # fmt: skip
    rows = tuple(
        (
            rep.name, *rate_cells(rep.left_out), *rate_cells(rep.others), rep.apart,
        )
        for rep in report.reps
    )  # fmt: skip
    return Table("reps", "Of what buyers said, what notes leave out", columns, rows)


def _chart(report: VoiceReport) -> Chart | None:
    rows = report.rows[:MOST_CHARTED]
    if not rows:
        return None
    names = tuple(words.label(row.name) if report.by == "label" else row.name for row in rows)
    notes = rate_series("in notes", [row.contrast.notes for row in rows])
    buyers = rate_series("in the buyers’ own words", [row.contrast.buyers for row in rows])
    return Chart("Share of notes, and of calls, mails and chats", "bar", names, (notes, buyers))

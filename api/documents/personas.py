"""A persona sheet as a Document: page, PDF and slides show the same value. Its quotes are de-identified."""

from collections.abc import Iterator

from sqlite_utils import Database

from api.documents.parts import filtered
from api.exports.document import Chart, Column, Document, Quoted, Section, Table, rate_cells, rate_series, rated
from api.wording import words
from insights.apart import Apart, told
from insights.records import KINDS, Kind
from pipelines.quotes import quoting
from pipelines.reports.sheets import Line, Sheet
from pipelines.store.insights import Quote

STANDINGS = {
    "more": "More than others",
    "less": "Less than others",
    "alike": "No difference",
    "too few": "Too few to say",
}
DOES: dict[Kind, str] = {
    "objection": "What they object to",
    "question": "What they ask",
    "competitor": "Whom they compare us with",
}
CHARTED = 8
METHOD = (
    "Shares are of this persona’s conversations and of those of all other personas, with 95 % intervals widened by account. Conversations of "
    "which the persona is not known are in neither. What reps noted of them counts like what they said.",
    "“More” and “less” are differences beyond chance, over all personas and themes together (Benjamini and Hochberg, at most one in ten expected to be false). “No difference” "
    "means that the interval leaves none of ten points or more; where it does, the conversations are too few to say.",
    "Words are those that this persona says or writes more than all others do; names are left out. Quotes are verbatim with names masked; what a rep noted stands apart from what they said or wrote themselves, and only where there is too little of that.",
)


def document(db: Database, sheet: Sheet) -> Document:
    """What they object to, ask and compare; in which words; where in the deal; what we have for them."""
    name = title(sheet)
    sections = [section for kind in KINDS for section in _kind(db, sheet, kind)]
    if sheet.terms:
        columns = (
            Column("Word"),
            Column("Said by them", "count"),
            Column("By all others", "count"),
            Column("Accounts", "count"),
        )
        rows = tuple((one.term, one.buyers, one.pages, one.speakers) for one in sheet.terms)
        sections.append(Section("In which words", (), Table("words", "Words they use more than others", columns, rows)))
    sections += [_steps(sheet), _content(sheet)]
    return Document(
        title=f"Persona: {name}", stem=f"parley-persona-{sheet.persona.replace('_', '-')}-{sheet.as_of}",
        day=sheet.as_of,
        about=(
            ("Conversations", words.number(sheet.conversations)), ("Accounts", words.number(sheet.accounts)),
            ("Compared with", f"{words.plural(sheet.others, 'conversation')} of all other personas"),
            ("Filters", filtered(sheet.filters)),
        ),
        summary=tuple(sentences(sheet)), sections=tuple(sections), notes=METHOD,
    )  # fmt: skip


def title(sheet: Sheet) -> str:
    return words.value("persona", sheet.persona)


def sentences(sheet: Sheet) -> Iterator[str]:
    """What sets them apart, what they raise most, and what we lack."""
    yield period(sheet)
    yield f"{words.plural(sheet.conversations, 'conversation')} of {words.plural(sheet.accounts, 'account')}, against {sheet.others} of all other personas."
    every = [(line.theme.name, line.apart) for lines in sheet.lines.values() for line in lines]
    more = told(every)
    if more:
        yield f"Heard more from them than from others: {_listed(more)}."
    if sheet.less:
        yield f"Heard less from them: {_listed([theme.name for theme, _ in sheet.less[:3]])}."
    if not more and not sheet.less:
        few = sum(one.standing == "too few" for _, one in every)
        yield f"Nothing sets them apart from others beyond chance; for {few} of {words.plural(len(every), 'theme')} their conversations are too few to say."
    top = sheet.lines["objection"][:3]
    if top:
        yield f"They object most to {_listed([line.theme.name for line in top])}."
    lines = [line for kind in ("objection", "question") for line in sheet.lines[kind] if line.coverage]
    if sheet.pages:
        states = [line.coverage.state for line in lines if line.coverage]
        gaps, titles = states.count("not covered"), states.count("title only")
        unread = (
            f"; of {titles} only the title of a page is known, so {'it is' if titles == 1 else 'they are'} not judged"
            if titles
            else ""
        )
        yield f"For {len(lines) - gaps - titles} of the {words.plural(len(lines), 'theme')} shown there is content of ours that answers at least a part; {gaps} {'is' if gaps == 1 else 'are'} without{unread}."
    else:
        yield "No content of ours is known yet, so what is missing cannot be told: upload your pages in the plan."


def period(sheet: Sheet) -> str:
    """From when to when, and whether that is everything."""
    within = "the conversations that match the filters" if sheet.filters.active else "all conversations that are stored"
    return (
        f"{within[:1].upper()}{within[1:]}, from {words.day(sheet.since)} to {words.day(sheet.as_of)}."
        if sheet.since
        else f"{within[:1].upper()}{within[1:]}; none has a date."
    )


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def steps_told(line: Line) -> str:
    """Where in the deal it was raised: "Decision 5, consideration 2"."""
    ordered = sorted(line.steps, key=lambda pair: -pair[1])
    names = [("Not known" if step == "unknown" else words.human(step), count) for step, count in ordered]
    return ", ".join(f"{name if n == 0 else name.lower()} {count}" for n, (name, count) in enumerate(names))


def _kind(db: Database, sheet: Sheet, kind: Kind) -> Iterator[Section]:
    """The figures of a kind, then its quotes, each theme's under its name."""
    lines = sheet.lines[kind]
    if not lines:
        return
    columns = (
        Column("Rival" if kind == "competitor" else "Theme"), Column("Against others"),
        *rated("Share", count="Conversations", of="Of"),
        *rated("All others"), Column("Difference", "points"), Column("Difference low", "points"),
        Column("Difference high", "points"), Column("q", "number", detail=True), Column("Where in the deal"),
        Column("Theme id", "count", detail=True),
    )  # fmt: skip
    rows = tuple((line.theme.name, *_figures(line.apart), steps_told(line), line.theme.id) for line in lines)
    labels = tuple(line.theme.name for line in lines[:CHARTED])
    chart = Chart(
        f"{DOES[kind]}: share of conversations", "bar", labels,
        (
            rate_series(title(sheet), [line.apart.here for line in lines[:CHARTED]]),
            rate_series("All others", [line.apart.others for line in lines[:CHARTED]]),
        ),
    )  # fmt: skip
    yield Section(DOES[kind], (), Table(f"{kind}s", DOES[kind], columns, rows), chart)
    for line in lines:
        for how, quotes in line.by_voice:
            yield Section(f"{line.theme.name} · {how}", quotes=tuple(quoted(db, quote) for quote in quotes))


def _figures(one: Apart) -> tuple:
    c = one.change
    return (
        STANDINGS[one.standing], *rate_cells(one.here), *rate_cells(one.others), c.difference, c.low, c.high, c.q,
    )  # fmt: skip


def quoted(db: Database, quote: Quote) -> Quoted:
    """A quote with names masked, said by a role: a sheet is handed on, whatever may be shown here."""
    start, end = quote.span
    text = quoting.masked(db, quote.conversation_id, quote.utterance_id, start, end)
    path = f"/conversations/{quote.conversation_id}?quote={quote.id}#u-{quote.position}"
    return Quoted(quote.id, text, words.leaving(db, quote, original=False), path, quoting.cut(db, quote))


def _steps(sheet: Sheet) -> Section:
    columns = (
        Column("Step"), *rated("Share", count="Conversations", of="Of"), *rated("All others"),
    )  # fmt: skip
    rows = tuple(
        (words.human(step) if step != "unknown" else "Step not known", *rate_cells(here), *rate_cells(others))
        for step, here, others in sheet.steps
    )  # fmt: skip
    return Section("Where in the deal they are heard", (), Table("steps", "Conversations by step", columns, rows))


def _content(sheet: Sheet) -> Section:
    title = "What we have for them, and what not"
    if not sheet.pages:  # a table that says of every theme that nothing is known says nothing
        return Section(title, ("No content of ours is known yet: upload your pages in the plan.",))
    columns = (Column("Theme"), Column("Content"), Column("Pages"))
    rows = tuple(
        (line.theme.name, words.COVERAGE[line.coverage.state], "; ".join(m.page.title or m.page.url for m in line.coverage.matches[:3] if m.state not in ("not covered", "unknown")))
        for kind in ("objection", "question")
        for line in sheet.lines[kind]
        if line.coverage
    )  # fmt: skip
    return Section(title, (), Table("content", "Content by theme", columns, rows))

"""A brief as a document: whoever writes can take it into any tool."""

from datetime import date

from api.exports.document import Column, Document, Quoted, Section, Table
from api.wording import words
from pipelines.planning.brief import Beside, Brief
from pipelines.planning.published import told
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

_STATES = {
    "covered": "answers it",
    "partly": "answers a part",
    "title only": "not judged: only its title is known",
    "not covered": "does not answer it",
    "unknown": "",
}


def document(found: Brief, filters: Filters, today: date) -> Document:
    """The same content as the page, for every format."""
    theme = found.line.theme
    day = found.board.window.end.isoformat() if found.board.window else today.isoformat()
    about = [("Kind", words.human(theme.kind)), ("Score", f"{found.priority.score:.1f}")]
    about += [("Persona", words.human(found.persona))] if found.persona else []
    about += [("Step", words.human(found.step))] if found.step else []
    about += [(words.field(n), words.value(n, v)) for n, v in filters.active.items() if n != "persona"]
    first = found.answered
    sections = [
        Section("The evidence", table=_evidence(found)),
    ]
    said = (
        (found.asks, (first,) if first else ()),
        ("In their own words", [quote for quote in found.own if not first or quote.id != first.id]),
        ("As reps noted it", [quote for quote in found.noted if not first or quote.id != first.id]),
    )
    sections += [Section(title, quotes=tuple(quoted(q) for q in some)) for title, some in said if some]
    if found.terms:
        rows = tuple((t.term, t.buyers, t.pages, t.speakers, round(t.z, 2)) for t in found.terms)
        columns = (
            Column("Term"),
            Column("Buyers", "count"),
            Column("Our pages", "count"),
            Column("Accounts", "count"),
            Column("z", "number"),
        )
        sections.append(Section("Their words, not ours", table=Table("terms", "Terms", columns, rows)))
    sections += _around(found)
    if found.line.coverage.matches:
        sections.append(Section("What our pages say to it", table=_pages(found)))
    sections.append(Section("Done when", found.done_when))
    shown = " × ".join(part.shown for part in found.priority.parts)
    reasons = (f"{part.name}: × {part.shown} ({part.words})." for part in found.priority.parts)
    sections.append(Section("The score", (f"{shown} = {found.priority.product}", *reasons)))
    sections += [Section(f"Before and after {words.day(p.note.day)}", told(p)) for p in found.published]
    return Document(
        f"Brief: {theme.name}", f"parley-brief-{theme.id}-{day}", day, tuple(about), tuple(sections),
        (f"{found.priority.words[:1].upper()}{found.priority.words[1:]}.",),
    )  # fmt: skip


def quoted(quote: Quote) -> Quoted:
    """A quote with its source and the path of its place in the conversation."""
    path = f"{words.link(f'/conversations/{quote.conversation_id}', {'quote': quote.id})}#u-{quote.position}"
    return Quoted(quote.id, quote.said, words.source(quote), path, quote.cut)


def _around(found: Brief) -> list[Section]:
    parts = (
        ("around", "Also raised in these conversations", found.around),
        ("competitors", "Competitors named", found.competitors),
    )
    return [Section(title, table=_beside(key, title, found, rows)) for key, title, rows in parts if rows]


def _beside(key: str, title: str, found: Brief, beside: tuple[Beside, ...]) -> Table:
    n = found.volume.numerator
    columns = (
        Column("Theme"), Column("With it", "count"), Column("Of", "count"), Column("Without it", "count"),
        Column("Of those", "count"),
        Column("More than chance"),
    )  # fmt: skip
    rows = tuple((b.theme.name, b.both, n, b.other, b.others, "yes" if b.more else "") for b in beside)
    return Table(key, title, columns, rows)


def _evidence(found: Brief) -> Table:
    """How often it is heard, over all and by whom and when."""
    columns = (
        Column("By"), Column("Value"), Column("Conversations", "count"), Column("Of", "count"),
        Column("Share", "share", rate=("", "", "Low", "High")), Column("Low", "share"), Column("High", "share"),
    )  # fmt: skip
    rate, n = found.volume, found.volume.numerator
    rows: list[tuple[str | int | float | None, ...]] = [
        ("All", "Of all conversations", n, rate.denominator, rate.share, rate.low, rate.high)
    ]
    rows += [("Persona", words.human(v), k, n, None, None, None) for v, k in found.personas]
    rows += [("Step", words.human(v), k, n, None, None, None) for v, k in found.steps]
    return Table("evidence", "How often, by whom and when", columns, tuple(rows))


def _pages(found: Brief) -> Table:
    columns = (Column("Page"), Column("Address"), Column("It"), Column("Passage"), Column("Published", "day"))
    rows = tuple(
        (
            m.page.title,
            m.page.url,
            _STATES[m.state],
            m.passage,
            m.page.published or None,
        )
        for m in found.line.coverage.matches
    )
    return Table("pages", "Our pages", columns, rows)

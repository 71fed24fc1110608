"""A list of quotes as a Document: what the page of quotes shows, all of it, without names unless they are asked for.

What one would get wrong: the words are masked one by one, a few thousandths of a second each, so a file has MOST at
most and says so. The order, what is folded and what stands aside are the page's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from sqlite_utils import Database

from api.exports.document import WITHOUT_ROW, Cell, Column, Document, Quoted, Section, Table, named_so, without_empty
from api.views import quotes as quotes_views
from api.views.quote import STYLE_NAMES, allowed, permalink
from api.wording import words
from api.wording.quote_formats import one_paragraph
from insights.attribution import Style
from pipelines.quotes import quoting
from pipelines.quotes.quoting import Taken, may_name
from pipelines.quotes.search import Ask, Item
from pipelines.store import insights
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

MOST = quotes_views.IN_A_FILE
ASIDE = "Said beside the quote, not in it"
NAMED = "Names and companies are in it: for internal use."
MASKED = (
    "Names of people and companies are masked in square brackets, and sources told so that each fits more than one customer where "
    "there is one. Masking finds most names, not all: read the quotes before they are published."
)  # fmt: skip
COLUMNS = (
    Column("Place", "count"), Column("Quote"), Column("Part of a sentence"), Column("Said by"), Column("Voice"),
    Column("Kind"), Column("Label"), Column("Theme"),
    Column("Day", "day"), Column("May be used"), Column("Said again", "count"), Column("Words"),
    Column("Address", detail=True),
)  # fmt: skip


def document(
    db: Database, filters: Filters, ask: Ask, *, style: Style, base: str, day: str, listed: bool = True
) -> Document:  # fmt: skip
    """The quotes of a list to hand on. `base` is this server's address, "" to leave links out; `listed` says that a
    table is wanted, else they stand as text under their themes. Raises BadParameter for an order that is none."""
    names = tuple(name for name in quotes_views.facet_names(db, filters) if name in filters.active)
    found = quotes_views.look(db, filters, replace(ask, after="", limit=MOST), facets=names)
    style = styled(db, style, [item.quote for item in found.items])
    items = [(item, quoting.take(db, item.quote, style)) for item in found.items]
    chips = quotes_views.chips(db, filters, found.facets, ask)
    about = [(label, "; ".join(chip.value for chip in of)) for label, of in groupby(chips, lambda chip: chip.label)]
    if told := quotes_views.without_row(found.counts, len(items)):
        about.append((WITHOUT_ROW, told))
    left = found.counts.different - found.counts.back - len(items)
    notes = [*masking(style, [item.quote for item in found.items])]
    if left:
        notes.append(
            f"These are the first {len(items):,}; {left:,} more match. Narrow the list down to take those along."
        )
    notes += filter(
        None, (quotes_views.standing_back(found), quotes_views.left_aside(found, ask), quotes_views.notice(found))
    )
    looked = ask.by == "words" and bool(filters.q.strip())
    sections = (Section("Quotes", table=_table(items, base, looked=looked)),) if listed else _read(items)
    return Document(
        "Quotes", f"quotes-{style}-{day}", day, (*about, ("Style", STYLE_NAMES[style]), ("As of", words.day(day))),
        sections,
        tuple(filter(None, [quotes_views.told(found, ask)])), tuple(notes), base,
    )  # fmt: skip


def of_these(
    db: Database, ids: Sequence[str], *, title: str, style: Style, base: str, day: str, listed: bool = True
) -> Document:
    """The quotes that a figure was counted from, in this order, to hand on as a list of quotes is."""
    known = insights.several(db, ids[:MOST])
    quotes = [known[one] for one in ids[:MOST] if one in known]
    style = styled(db, style, quotes)
    items = [(Item(quote), quoting.take(db, quote, style)) for quote in quotes]
    notes = [*masking(style, quotes)]
    if len(ids) > MOST:
        notes.append(f"These are the first {MOST:,} of {len(ids):,}.")
    sections = (Section("Quotes", table=_table(items, base, looked=False)),) if listed else _read(items)
    return Document(
        title, f"{named_so(title, 'quotes')}-{style}-{day}", day,
        (("Style", STYLE_NAMES[style]), ("As of", words.day(day))), sections, (), tuple(notes), base,
    )  # fmt: skip


def styled(db: Database, style: Style, quotes: Sequence[Quote]) -> Style:
    """The style in which these leave, without names where who asks may not see them or none of the quotes may have
    them."""
    style = allowed(db, style)
    return style if any(map(may_name, quotes)) or not quotes else quoting.without(style)


def masking(style: Style, quotes: Sequence[Quote]) -> tuple[str, ...]:
    """What a file says of the names in it: in "full" too, what may be used without names alone stands without them."""
    if style != "full":
        return (MASKED,)
    kept = sum(not may_name(quote) for quote in quotes)
    stand = f"{words.plural(kept, 'quote')} may be used “{words.USAGES['anonymised']}” only, and {'stands' if kept == 1 else 'stand'} so here."
    return (NAMED, stand) if kept else (NAMED,)


def voice(taken: Taken) -> str:
    """Whose words a quote is."""
    return "reported by the rep" if taken.reported else "said by us" if taken.ours else "the buyer’s own words"


def part_of(taken: Taken) -> str:
    """Whether a quote is a part of its sentence, for a table that holds its words alone."""
    return "yes" if any(taken.cut) else ""


def _table(items: Iterable[tuple[Item, Taken]], base: str, *, looked: bool) -> Table:
    def row(place: int, item: Item, taken: Taken) -> tuple[Cell, ...]:
        quote = item.quote
        where = ("beside the quote" if item.aside else "in the quote") if looked else ""
        return (
            place, one_paragraph(taken.words.text), part_of(taken), taken.line, voice(taken), words.human(quote.kind), words.label(quote.label),
            quote.theme, quote.day or None, words.USAGES[quote.usage], item.again, where, permalink(base, quote.id) if base else "",
        )  # fmt: skip

    rows = tuple(row(place, item, taken) for place, (item, taken) in enumerate(items, 1))
    return without_empty(Table("quotes", "Quotes", COLUMNS, rows))


def _read(items: Sequence[tuple[Item, Taken]]) -> tuple[Section, ...]:
    """The quotes under the themes that they are of, each in the order of the list; what holds the words comes first."""
    parts: dict[tuple[bool, str], list[Quoted]] = {}
    for item, taken in items:
        quoted = Quoted(
            item.quote.id, one_paragraph(taken.words.text), taken.line, f"/quotes/{item.quote.id}", taken.cut
        )  # fmt: skip
        parts.setdefault((item.aside, item.quote.theme or "Waiting for a theme"), []).append(quoted)
    return tuple(
        Section(f"{theme} ({ASIDE[0].lower()}{ASIDE[1:]})" if aside else theme, quotes=tuple(quotes))
        for (aside, theme), quotes in sorted(parts.items(), key=lambda part: part[0][0])
    )

"""What the pages of collections show, and a collection as a document to hand on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from api.documents.quotes import masking, part_of, styled, voice
from api.exports.document import Column, Document, Quoted, Section, Table, named_so, without_empty
from api.views.quote import STYLE_NAMES, permalink, why
from api.wording import words
from api.wording.quote_formats import FORMATS, one_paragraph, rendered
from insights.attribution import Style
from pipelines.quotes import collections as acts
from pipelines.quotes import quoting
from pipelines.store import collections as store
from pipelines.store import conversations, gone, insights, usage
from pipelines.store.collections import Collection, Event, Kept
from pipelines.store.insights import Quote
from pipelines.store.usage import Standing, Use

MOST_EVENTS = 30
MOST_PLACES = 12  # that a note names one by one
STYLE_FILES: Mapping[Style, str] = {"role": "role", "segment": "company-kind", "full": "named", "none": "nobody-named"}


@dataclass(frozen=True, slots=True)
class Held:
    """A quote in a collection, with where it was used: `quote` is None where it is gone, and then `why` says what
    happened, `moved` where the words are quoted now ("" nowhere)."""

    kept: Kept
    quote: Quote | None
    line: str
    usage: Standing
    uses: tuple[Use, ...] = ()
    why: str = ""
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """Something done to a collection, in words; `undoes` says whether it can be taken back."""

    event: Event
    text: str
    undoes: bool


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """A collection; `accounts` are how many its quotes are from, as far as that is known."""

    collection: Collection
    quotes: tuple[Held, ...]
    missing: int
    history: tuple[Done, ...]
    accounts: int

    @property
    def there(self) -> tuple[Quote, ...]:
        """Its quotes that are there, in order."""
        return tuple(one.quote for one in self.quotes if one.quote)

    @property
    def unnamed(self) -> tuple[Quote, ...]:
        """Those that leave without names whatever is asked for."""
        return tuple(quote for quote in self.there if not quoting.may_name(quote))

    @property
    def standings(self) -> str:
        """In words, how many may be used for what: "4 Internal only, 2 Without names, 1 Approved with names"."""
        states = Counter(one.usage.state for one in self.quotes if one.quote)
        return ", ".join(f"{states[key]:,} “{name}”" for key, name in words.USAGES.items() if states[key])

    @property
    def used(self) -> tuple[tuple[Use, int], ...]:
        """Where its quotes were used, each place once with how many of them, that with most first."""
        places: dict[tuple[str, str], list[Use]] = {}
        for one in self.quotes:
            # Noted twice of one quote, a place counts once.
            for place, use in {(use.title, use.address): use for use in reversed(one.uses)}.items():
                places.setdefault(place, []).append(use)
        newest = ((max(found, key=lambda use: (use.day, use.id)), len(found)) for found in places.values())
        return tuple(sorted(newest, key=lambda pair: (-pair[1], pair[0].title)))

    @property
    def internal(self) -> tuple[int, ...]:
        """The places of the quotes of which nobody said that they may be used outside."""
        return tuple(n for n, one in enumerate(self.quotes, 1) if one.quote and one.usage.state == "internal")


@dataclass(frozen=True, slots=True)
class CollectionsPage:
    active: tuple[Collection, ...]
    archived: tuple[Collection, ...]


@dataclass(frozen=True, slots=True)
class CopiedAll:
    """Quotes in one style and every format: those of a collection that are there, or some that were picked, which are
    `id` 0 and have no title. `alone` counts those whose line fits only one customer, `coarser` those whose line tells
    less than their card because what it tells does, `internal` those of which nobody said that they may be used
    outside, `unnamed` those that stand without names in every style."""

    id: int
    title: str
    style: Style
    quotes: int
    alone: int
    coarser: int
    internal: int
    unnamed: int
    formats: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AddPage:
    """Quotes that are to be put into a collection."""

    quotes: tuple[Quote, ...]
    collections: tuple[Collection, ...]


def listed(db: Database) -> CollectionsPage:
    return CollectionsPage(tuple(store.every(db, "active")), tuple(store.every(db, "archived")))


def adding(db: Database, ids: Sequence[str]) -> AddPage:
    found = [quote for one in dict.fromkeys(ids) if (quote := insights.get(db, one))]
    return AddPage(tuple(found), tuple(store.every(db)))


def shown(db: Database, collection_id: int) -> CollectionPage:
    """A collection with its quotes in order, those that are gone in their places. Raises UnknownCollection."""
    collection = acts.get(db, collection_id)
    rows = store.kept(db, collection_id)
    found = {row.insight_id: quote for row in rows if (quote := insights.get(db, row.insight_id))}
    states = usage.of(db, [row.insight_id for row in rows])
    uses = usage.uses_of(db, [row.insight_id for row in rows])
    held = tuple(
        replace(
            Held(row, quote, quoting.said_by(quote), states.get(row.insight_id, Standing()))
            if (quote := found.get(row.insight_id))
            else _missing(db, row, states.get(row.insight_id, Standing())),
            uses=tuple(uses.get(row.insight_id, ())),
        )
        for row in rows
    )
    history = tuple(
        Done(one, told(one), not one.undone_at) for one in store.events(db, collection_id, limit=MOST_EVENTS)
    )
    places = insights.places(db, [one.quote.id for one in held if one.quote])
    known = {place.account for place in places if place.account != place.conversation}
    return CollectionPage(collection, held, sum(one.quote is None for one in held), history, len(known))


def _missing(db: Database, row: Kept, state: Standing) -> Held:
    place = gone.get(db, row.insight_id)
    if place is None:
        return Held(row, None, "", state, why="This quote is not there any more.")
    there = bool(conversations.existing(db, [place.conversation_id]))
    return Held(row, None, "", state, why=why(db, place, there), moved=gone.now_at(db, place))


def told(event: Event) -> str:
    """What was done, in words."""
    quotes = [edit for edit in event.edits if edit[0]]
    match event.type:
        case "create":
            return "Made the collection" + (f" with {words.plural(len(quotes), 'quote')}" if quotes else "")
        case "add":
            return f"Added {words.plural(len(quotes), 'quote')}"
        case "take out":
            return "Took a quote out"
        case "note":
            return "Wrote a note on a quote" if quotes[0][3] else "Cleared the note on a quote"
        case "order":
            return "Changed the order"
        case "edit title":
            return f"Renamed it from “{event.edits[0][2]}” to “{event.edits[0][3]}”"
        case "edit note":
            return "Changed its note"
        case "archive":
            return "Archived it"
        case "restore":
            return "Restored it"
        case "use":
            return f"Noted where {words.plural(len(quotes), 'quote')} {'was' if len(quotes) == 1 else 'were'} used"
    if event.type.startswith("usage "):
        return f"Set {words.plural(len(quotes), 'quote')} to “{words.USAGES[event.type.removeprefix('usage ')]}”"
    return "Removed it"


def copied(db: Database, collection_id: int, style: Style) -> CopiedAll:
    """All quotes ready to paste, in order, without notes and links. Raises UnknownCollection."""
    view = shown(db, collection_id)
    return _copied(db, view.there, style, number=collection_id, title=view.collection.title)


def picked(db: Database, ids: Sequence[str], style: Style) -> CopiedAll:
    """Quotes that were picked in a list ready to paste, in its order, without links; what is gone is left out."""
    return _copied(db, adding(db, ids).quotes, style)


def _copied(db: Database, quotes: Sequence[Quote], style: Style, *, number: int = 0, title: str = "") -> CopiedAll:
    style = styled(db, style, quotes)
    taken = [quoting.take(db, one, style) for one in quotes]
    each = [rendered(one, "") for one in taken]
    between = {"text": "\n\n", "markdown": "\n\n", "html": "\n"}  # in Markdown a blank line ends a block quote
    formats = {name: between[name].join(one[name] for one in each) for name in FORMATS}
    alone, coarser = sum(one.alone for one in taken), sum(one.coarser and not one.alone for one in taken)
    internal = sum(one.usage == "internal" for one in quotes)
    unnamed = sum(not quoting.may_name(one) for one in quotes)
    return CopiedAll(number, title, style, len(taken), alone, coarser, internal, unnamed, formats)


def document(
    db: Database, collection_id: int, *, style: Style, base: str, day: str, listed: bool = True
) -> Document:  # fmt: skip
    """A collection to hand on; de-identified unless the style is "full", and in it too where a quote may be used
    without names alone. What people typed (notes, titles) has its names masked likewise. `base` is this server's
    address, "" to leave links out. `listed` adds the table of all quotes, which a text that is read does not need:
    there they stand once, their notes beneath."""
    view = shown(db, collection_id)
    style = styled(db, style, view.there)
    quotes, rows, notes, beside = [], [], [], []

    def told(text: str, named: bool) -> str:
        return text if named or not text else quoting.without_names(db, text)

    for place, one in enumerate(view.quotes, 1):
        named = style == "full" and one.usage.state != "anonymised" and not (one.quote and one.quote.unnamed)
        note, used = told(one.kept.note, named), told(_used(one), named)
        if one.quote is None:
            rows.append((place, "", "", "", "", words.USAGES[one.usage.state], used, "no longer there", note, ""))
            notes.append(f"Quote {place} is no longer there. {one.why}")
            continue
        taken = quoting.take(db, one.quote, style)
        address = permalink(base, one.quote.id) if base else ""
        if note:
            beside.append(f"Note on quote {place}: {note}")
        said = one_paragraph(taken.words.text)
        quotes.append(Quoted(one.quote.id, said, taken.line, f"/quotes/{one.quote.id}", taken.cut))
        rows.append(
            (
                place,
                said,
                part_of(taken),
                taken.line,
                voice(taken),
                words.USAGES[one.usage.state],
                used,
                "there",
                note,
                address,
            )
        )
    columns = (
        Column("Place", "count"), Column("Quote"), Column("Part of a sentence"), Column("Said by"), Column("Voice"),
        Column("May be used"), Column("Used in"), Column("State"),
        Column("Note"), Column("Address", detail=True),
    )  # fmt: skip
    about = (("Style", STYLE_NAMES[style]), ("Quotes", f"{len(quotes):,}"), ("As of", words.day(day)))
    if view.internal:
        notes.insert(0, internal_told(view))
    named = style == "full" and not view.unnamed and all(one.usage.state != "anonymised" for one in view.quotes)
    about_it = told(view.collection.note, named)
    summary = (about_it,) if about_it else ()
    title = told(view.collection.title, named)
    notes = [*masking(style, view.there), *notes]
    table = without_empty(Table("quotes", "Quotes", columns, tuple(rows)))
    section = Section("Quotes", table=table) if listed else Section("Quotes", quotes=tuple(quotes), notes=tuple(beside))
    return Document(
        title, f"{named_so(title, f'collection-{collection_id}')}-{STYLE_FILES[style]}-{day}", day, about, (section,),
        summary, tuple(notes), base
    )  # fmt: skip


def _used(one: Held) -> str:
    """Where a quote was used, in one line."""
    return "; ".join(f"{use.title} ({words.day(use.day)})" if use.day else use.title for use in one.uses)


def internal_told(view: CollectionPage) -> str:
    """Which quotes nobody has cleared for use outside."""
    places = [str(place) for place in view.internal]
    if len(places) > MOST_PLACES:
        which = f"{len(places):,} of {words.plural(len(view.quotes), 'quote')} are"
    elif len(places) > 1:
        which = f"Quotes {', '.join(places[:-1])} and {places[-1]} are"
    else:
        which = f"Quote {places[0]} is"
    return f"{which} “{words.USAGES['internal']}”: not cleared for use outside."

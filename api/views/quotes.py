"""What the page of quotes shows, and the same for the HTTP interface and the terminal: one value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape
from sqlite_utils import Database

from api.errors import BadParameter
from api.gate.rep_gate import seen
from api.views.bars import Choice, found_choices
from api.wording import words
from api.wording.words import link
from insights.records import OBJECTION_LABELS, QUESTION_LABELS
from insights.wording import number, plural
from pipelines.quotes import arranging, search
from pipelines.quotes.arranging import Counts
from pipelines.quotes.search import Ask, Found, Item
from pipelines.store import places, themes
from pipelines.store.filters import Filters, joined, options
from pipelines.store.remembered import per_state

# Whose words they are comes first: a writer wants the buyer's own.
FACETS = ("voice", "kind", "label", "theme", "relation", "competitor", "persona", "seniority", "stage", "outcome")
LAST = ("usage", "used", "channel", "follow_up", "account", "rep")
IN_A_FILE = 1000  # quotes at most
SHOWN, MOST = 7, 60  # values of a facet that stand open, and those that unfold
MOST_ACCOUNTS = 200  # that are proposed while one types
UNDER = ("Objections", "Questions", "Both", "")  # in which order labels stand under their kinds
MOST_NAMED = 3  # themes that are called what was looked for
FEW = 3  # found by words, up to which the meaning is offered
SORTS = {"newest": "Newest first", "best": "Best to quote", "typical": "Most typical", "likeness": "Most alike"}
TOLD = {
    "newest": "newest first",
    "best": "best to quote first: the buyer’s own words, whole sentences, each once, read at a glance",
    "typical": "first what fits its theme best",
    "likeness": "the most alike first",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: what it is called, its meetings, whether it is ticked, and what the filter says once it is
    ticked or no longer is. `under` is the kind that a label belongs to, in words; "" for what belongs to none."""

    value: str
    name: str
    count: int
    on: bool
    then: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """A field with its values; `more` are those that unfold, `left` how many further ones only a filter names."""

    name: str
    label: str
    values: tuple[Value, ...]
    more: tuple[Value, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Chip:
    """One value of a filter in use, and what the filter says without it."""

    name: str
    label: str
    value: str
    then: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """A filter that could be taken away, and how many quotes there would be then."""

    name: str
    label: str
    quotes: int


def without_row(counts: Counts, rows: int) -> str:
    """How many of the quotes that match have no row of their own, and why; "" where all have one."""
    again, back = counts.insights - counts.different, counts.back
    reasons = [
        f"{again:,} {'says' if again == 1 else 'say'} again what another says" if again else "",
        f"{back:,} {'waits' if back == 1 else 'wait'} behind others of the same account" if back else "",
        f"{more:,} {'is' if more == 1 else 'are'} beyond the first {rows:,}"
        if (more := counts.different - back - rows) > 0
        else "",
    ]
    left = counts.insights - rows
    told = ", ".join(filter(None, reasons))
    return f"{left:,} of {words.plural(counts.insights, 'quote')}: {told}." if left > 0 and told else ""


@dataclass(frozen=True, slots=True)
class QuotesPage:
    """`params` is what the address says, `told` says in words what is shown and what is not; `meaning` offers to look
    for the meaning, `any` for any of the words. `ways_out` lead on where nothing was found; `named` are the labels and
    themes that are called what was looked for, each with its address."""

    filters: Filters
    params: Mapping[str, str]
    by: str
    sort: str
    sorts: tuple[tuple[str, str], ...]
    told: str
    back: str
    aside: str
    notice: str
    meaning: bool
    any: bool
    chips: tuple[Chip, ...]
    choices: tuple[Choice, ...]
    accounts: tuple[str, ...]
    facets: tuple[Facet, ...]
    items: tuple[Item, ...]
    next: str
    counts: Counts
    ways_out: tuple[WayOut, ...]
    near: int
    far: bool
    empty: bool
    named: tuple[tuple[str, str], ...]

    @property
    def doubtful_from(self) -> str:
        """The id of the first quote of this part that is doubtful, "" where there is none or the order is another."""
        least = search.LEAST_LIKENESS
        found = (i.quote.id for i in self.items if i.likeness is not None and i.likeness < least and not i.named)
        return next(found, "") if self.sort == "likeness" else ""

    @property
    def aside_from(self) -> str:
        """The id of the first quote of this part beside which alone the words were said, "" where there is none."""
        return next((item.quote.id for item in self.items if item.aside), "")

    @property
    def loose_from(self) -> str:
        """The id of the first quote of this part that belongs to the theme only loosely, "" where there is none."""
        return next((item.quote.id for item in self.items if item.quote.is_loose), "") if self.counts.loose else ""

    @property
    def left_out(self) -> str:
        """What a file of this list leaves out, and why."""
        return without_row(self.counts, min(self.counts.different - self.counts.back, IN_A_FILE))


def quotes(db: Database, filters: Filters, ask: Ask) -> QuotesPage:
    """Everything on the page; raises BadParameter for a cursor that is none of this order."""
    names = facet_names(db, filters)
    found = look(db, filters, ask, facets=names)
    called = _called(db)
    standing = themes.active(db)
    counted = {name: _offered(name, found.facets[name], filters, standing) for name in names}
    question = bool(filters.q.strip())
    several = question and ask.by == "words" and filters.match != "any" and len(filters.q.split()) > 1
    few = found.counts.different <= FEW or (ask.aside and found.counts.insights - found.counts.aside <= FEW)
    return QuotesPage(
        filters, params(filters, ask), ask.by, found.sort,
        tuple((key, name) for key, name in SORTS.items() if key != "likeness" or (question and ask.by == "meaning")),
        told(found, ask), standing_back(found), left_aside(found, ask), notice(found),
        question and ask.by == "words" and few,
        several and few,
        chips(db, filters, counted, ask, called), found_choices(db, filters), tuple(counted["account"])[:MOST_ACCOUNTS],
        tuple(_facet(name, values, filters, called) for name, values in counted.items() if _worth_it(name, values, filters)),
        found.items, found.next, found.counts,
        tuple(WayOut(name, _label(name), count) for name, count in found.without.items() if count),
        found.near, found.far, not (found.counts.insights or filters.active or ask.like),
        _called_so(db, filters, ask) if question else (),
    )  # fmt: skip


def _called_so(db: Database, filters: Filters, ask: Ask) -> tuple[tuple[str, str], ...]:
    """The labels and themes whose names hold what was looked for: (name, address); but for those that are chosen
    already."""
    typed = filters.q.strip().strip('"“”')
    wanted = typed.casefold().split()
    rest = {
        k: v
        for k, v in params(replace(filters, q="", match=""), ask).items()
        if k not in ("by", "aside", "like") and (k, v) != ("sort", "likeness")
    }
    labels = [
        (f"label {words.label(label)}", link("/quotes", rest, label=label))
        for label in dict.fromkeys((*OBJECTION_LABELS, *QUESTION_LABELS))
        if label != filters.label and all(word in words.label(label).casefold().split() for word in wanted)
    ]
    found = places.named(db, typed, limit=MOST_NAMED, sorts=("theme", "competitor"))
    called = [
        (place.name, link(f"/themes/{place.key}", words.kept(filters.active)))
        for place in found
        if place.key != filters.theme
    ]
    return (*labels, *called[:MOST_NAMED])


def facet_names(db: Database, filters: Filters) -> tuple[str, ...]:
    """The fields that are counted, in the order in which they stand."""
    return (*FACETS, *search.fields(db, filters), *LAST)


def look(db: Database, filters: Filters, ask: Ask, *, facets: Sequence[str] = ()) -> Found:
    """What `search.find` finds, a wrong cursor told as a wrong parameter."""
    try:
        found = search.find(db, filters, ask, facets=facets)
    except arranging.BadCursor:
        detail = "is no cursor of this order. Use the value of 'next' from the page before, unchanged."
        raise BadParameter("after", detail) from None
    return replace(found, facets=seen(db, found.facets))


def params(filters: Filters, ask: Ask) -> dict[str, str]:
    """What the address says of the filters and of how to look, without the place in the list."""
    how = {
        "by": "" if ask.by == "words" else ask.by, "sort": ask.sort, "fold": "" if ask.fold else "off",
        "spread": "" if ask.spread else "off", "aside": "" if ask.aside else "off", "like": ask.like,
    }  # fmt: skip
    return filters.active | {name: value for name, value in how.items() if value}


def told(found: Found, ask: Ask) -> str:
    """What is shown, in a sentence or two."""
    counts = found.counts
    folded = f", {number(counts.different)} different" if counts.different < counts.insights else ""
    if not counts.insights:
        return ""
    if found.far:
        return f"Nothing is surely near this in meaning. {plural(counts.insights, 'quote')} that come nearest:"
    if found.near and found.near < counts.insights:
        return (
            f"{plural(found.near, 'quote')} near in meaning, {_alike(found)}; beneath the line the next "
            f"{number(counts.insights - found.near)}, which are doubtful."
        )  # fmt: skip
    which = _alike(found) if found.sort == "likeness" else TOLD[found.sort or "newest"]
    whole = (
        f"{plural(counts.insights, 'quote')} from {plural(counts.conversations, 'conversation')} and "
        f"{plural(counts.accounts, 'account')}{folded}"
    )  # fmt: skip
    if counts.loose and counts.loose < counts.insights:
        last = "the one that fits" if counts.loose == 1 else f"the {number(counts.loose)} that fit"
        return f"{whole}, {which}; {last} the theme less well {'comes' if counts.loose == 1 else 'come'} last."
    if not counts.aside or not ask.aside:
        return f"{whole}, {which}."
    own = counts.insights - counts.aside
    if not own:
        return f"{whole}: none of them holds what you look for, it was said beside them; {which}."
    return (
        f"{plural(own, 'quote')} {'holds' if own == 1 else 'hold'} what you look for, {which}. Beside {number(counts.aside)} more it was "
        f"said. In all {whole}."
    )  # fmt: skip


def _alike(found: Found) -> str:
    """The order by meaning, in words."""
    if not found.named:
        return TOLD["likeness"]
    return f"first the {number(found.named)} that {'holds' if found.named == 1 else 'hold'} what you look for or {'has' if found.named == 1 else 'have'} a label that stands for it"


def standing_back(found: Found) -> str:
    """That some are not shown for other accounts' sake; "" where all are."""
    if not found.counts.back:
        return ""
    back = found.counts.back
    return f"{plural(back, 'quote')} {'waits' if back == 1 else 'wait'} behind others of the same account."


def left_aside(found: Found, ask: Ask) -> str:
    """That those are left out beside which alone the words were said; "" where none is."""
    aside = found.counts.aside
    if ask.aside or not aside:
        return ""
    return f"{number(aside)} more, beside which it was said, {'is' if aside == 1 else 'are'} left out."


def notice(found: Found) -> str:
    """Why meaning finds nothing, or not everything, and what to do; "" where all is well."""
    if found.trouble or not found.counts.unknown:
        return found.trouble
    left = plural(found.counts.unknown, "quote")
    return f"{left} could not be looked at: their meaning has not been worked out yet. It is when an upload has been read; or run: parley mine."


def marked(card: Markup, found: Sequence[str]) -> Markup:
    """A quote's card with the found words marked in its words, wherever the card's template puts them."""
    before, opening, rest = str(card).partition("<blockquote")
    inside, closing, after = rest.partition("</blockquote>")
    # Every second piece is a tag, the first of them the blockquote's own.
    pieces = re.split(r"(<[^>]*>)", opening + inside)
    pieces[::2] = [_marked(piece, found) for piece in pieces[::2]]
    return Markup(before + "".join(pieces) + closing + after)  # noqa: S704 - made of an escaped card and escaped words


def marked_text(text: str, found: Sequence[str]) -> Markup:
    """A text with the found words marked."""
    return Markup(_marked(str(escape(text)), found))  # noqa: S704 - escaped just now


def _marked(escaped: str, found: Sequence[str]) -> str:
    if not found:
        return escaped
    either = "|".join(re.escape(str(escape(word))) for word in sorted(found, key=len, reverse=True))
    return re.sub(rf"(?<![\w&#])(?:{either})(?!\w)", lambda hit: f'<mark class="hit">{hit[0]}</mark>', escaped)


@per_state
def _called(db: Database) -> dict[str, str]:
    return {str(theme.id): theme.name for theme in themes.all_of(db)}


def _label(name: str) -> str:
    return {"like": "Said again", "since": "Dates", "q": "What you look for"}.get(name) or words.field(name)


def _name(name: str, value: str, called: Mapping[str, str]) -> str:
    if name == "theme":
        return "Waiting for a theme" if value == "none" else called.get(value) or value
    return words.VOICES.get(value, value) if name == "voice" else words.value(name, value)


def _chosen(filters: Filters, name: str, known: Mapping[str, int]) -> list[str]:
    """The values that a filter names: those that there are, or else its parts."""
    given = options(filters.active.get(name, ""))
    there = [value for value in given if value in known]
    rest = [part for part in given if "," not in part and not any(part in value for value in there)]
    return there + [part for part in rest if name in (*FACETS, *LAST)]


def _offered(
    name: str, counts: Mapping[str, int], filters: Filters, standing: Sequence[themes.Theme]
) -> dict[str, int]:
    """Without themes that are gone, and without names of competitors that one account said and nobody listed: many of
    those are none. What is chosen stands, and where no name has a theme, every name."""
    if name not in ("theme", "competitor"):
        return dict(counts)
    named = {n.casefold() for theme in standing if theme.kind == "competitor" for n in (theme.label, theme.name)}
    ids, chosen = {str(theme.id) for theme in standing}, options(filters.active.get(name, ""))
    known = (lambda v: v in ids) if name == "theme" else (lambda v: not named or v.casefold() in named)
    return {v: n for v, n in counts.items() if known(v) or v in chosen}


def _worth_it(name: str, values: Mapping[str, int], filters: Filters) -> bool:
    return len(values) > 1 or name in filters.active


def _facet(name: str, counts: Mapping[str, int], filters: Filters, called: Mapping[str, str]) -> Facet:
    chosen = _chosen(filters, name, counts)

    def value_of(value: str) -> Value:
        then = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
        under = _under(value) if name == "label" else ""
        return Value(value, _name(name, value, called), counts.get(value, 0), value in chosen, joined(then), under)

    # There may be tens of thousands of accounts: only those that are shown are told.
    values = [*counts, *(one for one in chosen if one not in counts)]
    first = [v for place, v in enumerate(values) if place < SHOWN or v in chosen]
    rest = [v for v in values[SHOWN:] if v not in chosen]
    shown_first, shown_rest = (
        sorted(map(value_of, part), key=lambda v: UNDER.index(v.under)) for part in (first, rest[:MOST])
    )
    return Facet(name, _label(name), tuple(shown_first), tuple(shown_rest), len(rest[MOST:]))


def _under(label: str) -> str:
    """The kind that a label is of: those of objections and of questions are two lists that share some names."""
    kinds = [
        name for name, labels in (("Objections", OBJECTION_LABELS), ("Questions", QUESTION_LABELS)) if label in labels
    ]
    return "Both" if len(kinds) > 1 else kinds[0] if kinds else ""


def chips(
    db: Database,
    filters: Filters,
    counts: Mapping[str, Mapping[str, int]],
    ask: Ask,
    called: Mapping[str, str] | None = None,
) -> tuple[Chip, ...]:
    """The filters in use, a value each, as people read them; `counts` are the facets of those that have any."""
    called = _called(db) if called is None else called
    chips = []
    for name, value in filters.active.items():
        if name == "match":  # told with the words
            continue
        label = words.MATCHED[filters.match] if name == "q" else words.field(name)
        label = "Meaning" if name == "q" and ask.by == "meaning" else label
        chosen = _chosen(filters, name, counts[name]) if name in counts else []
        if name in ("since", "until", "published"):
            chips.append(Chip(name, label, words.day(value), ""))
        elif len(chosen) < 2:
            chips.append(Chip(name, label, _name(name, value, called), ""))
        else:
            chips += [Chip(name, label, _name(name, v, called), joined(o for o in chosen if o != v)) for v in chosen]
    return (*chips, *([Chip("like", "Only", "the same words said again", "")] if ask.like else ()))

"""The report on our own material: what buyers say of our pages, webinars and decks, and what they had not been told.

Nothing is stored: what may matter is found by its words and looked through once a start, so a new rule or product holds
for the whole history at once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sqlite_utils import Database

from insights import material, sampling
from insights.material import MENTIONED, Gap, Mention, Said
from insights.sampling import Rate
from pipelines.catalogue.tracking import passage_at
from pipelines.reports import looking
from pipelines.reports.looking import Looked
from pipelines.reviews import not_one
from pipelines.store import company, conversations, exposure_rows, material_rows, passages
from pipelines.store.covered import is_covered
from pipelines.store.exposure_rows import Exposure
from pipelines.store.filters import Filters
from pipelines.store.material_rows import Candidate
from pipelines.store.remembered import beneath, per_state

MOST_QUOTES = 60
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Found:
    """A verbatim stretch of an utterance: `text` is `utterance.text[start:end]`. `what` is what was said of the
    material, or the sort of gap; `about` the theme that comes up in the same utterance, "" without one."""

    conversation: str
    position: int
    start: int
    end: int
    text: str
    what: str
    kind: str
    name: str
    about: str
    voice: str
    by_buyer: bool
    account: str
    day: str


@dataclass(frozen=True, slots=True)
class Item:
    """One sort of material, or one named piece of it: conversations in which it came up, in how many of them a buyer
    brought it up, and what buyers said of it with how many conversations each."""

    kind: str
    name: str
    rate: Rate
    by_buyers: int
    accounts: int
    said: tuple[tuple[str, int], ...]
    stages: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Gaps of one sort about one theme: in how many conversations and accounts, with their newest sentences."""

    kind: str
    about: str
    conversations: int
    accounts: int
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class MaterialReport:
    """What was said of our material among `conversations` counted ones, and the gaps, those of most accounts first."""

    conversations: int
    items: tuple[Item, ...]
    named: tuple[Item, ...]
    found: tuple[Found, ...]
    gaps: tuple[GapGroup, ...]
    gap_rate: Rate
    filters: Filters


@per_state
def material_report(db: Database, filters: Filters, *, today: date) -> MaterialReport:
    """Look through what matches the filters, up to today."""
    exposures = [e for e in exposure_rows.conversations(db, filters) if e.day <= today.isoformat()]
    known = {e.id for e in exposures}
    told = [row for row in _told(beneath(db), filters) if row[0].meeting in known]
    mentioned = _named_as_seen(db, [(one, mention) for one, mentions, _ in told for mention in mentions])
    shown = sorted(mentioned, key=lambda row: (row[1].said == MENTIONED, not row[1].by_buyer))[:MOST_QUOTES]
    seen = material_rows.as_seen(db, (one for one, _ in shown))
    gaps = _groups(db, [(one, gap) for one, _, gaps in told for gap in gaps])
    return MaterialReport(
        len(known), _items(exposures, mentioned, lambda m: (m.kind, "")),
        _items(exposures, [pair for pair in mentioned if pair[1].name], lambda m: (m.kind, m.name)),
        tuple(_mention(seen[one.utterance], mention) for one, mention in shown), gaps,
        _rate(exposures, {one.meeting for one, _, gaps in told if gaps}), filters,
    )  # fmt: skip


def _named_as_seen(db: Database, mentioned: list[tuple[Candidate, Mention]]) -> list[tuple[Candidate, Mention]]:
    """What material is called is words of the text, a guest of a webinar's name among them: for who sees no names, it is
    looked for again in the text as they see it."""
    if not is_covered(db):
        return mentioned
    seen = material_rows.as_seen(db, (one for one, mention in mentioned if mention.name))
    return [
        (one, replace(mention, name=_name_in(seen[one.utterance].text, one, mention)) if mention.name else mention)
        for one, mention in mentioned
    ]


def _name_in(text: str, one: Candidate, mention: Mention) -> str:
    again = material.mentions(Said(text, one.role, one.voice))
    return next((other.name for other in again if other.start == mention.start), "")


def brought_up(db: Database, filters: Filters, *, today: date) -> frozenset[str]:
    """The counted conversations in which our own side brought our material up, by the rules of `material_report`."""
    return frozenset(
        one.meeting
        for one, mentions, _ in _told(beneath(db), filters)
        if one.day <= today.isoformat() and any(mention.by_us for mention in mentions)
    )


@per_state
def _told(db: Database, filters: Filters) -> tuple[tuple[Candidate, tuple[Mention, ...], tuple[Gap, ...]], ...]:
    """The utterances in which our material is mentioned or a gap shows, the newest first. What stands in a template
    ("see our webinar" under every mail) was not said, and what people denied is none."""
    ours = company.load(db)
    own, rivals = (*ours.domains, *ours.products), tuple(c.name for c in ours.competitors)
    templates, names, no = passages.known(db), {}, not_one.denied_gaps(db)
    looked: Looked[Mention | Gap] = looking.looked(db, "material")
    found = []
    for one in material_rows.candidates(db, filters, material.search_words()):
        said = Said(one.text, one.role, one.voice, one.before)
        here = looked.through((said, own, rivals), partial(_look, said, own, rivals))
        if here and templates and one.conversation not in names:
            names[one.conversation] = conversations.own_names(db, one.conversation)
        here = tuple(place for place in here if not _is_template(one, place.start, place.end, templates, names))
        holes = tuple(place for place in here if isinstance(place, Gap))
        if holes and no:
            key = not_one.said_at(db, one.utterance)
            holes = tuple(hole for hole in holes if (key, hole.start, hole.end) not in no)
        mentions = tuple(place for place in here if isinstance(place, Mention))
        if mentions or holes:
            found.append((one, mentions, holes))
    return tuple(found)


def _look(said: Said, own: Sequence[str], rivals: Sequence[str]) -> Iterator[Mention | Gap]:
    yield from (mention for mention in material.mentions(said, own=own, rivals=rivals) if material.is_telling(mention))
    yield from material.gaps(said)


def _is_template(
    one: Candidate, start: int, end: int, templates: frozenset[str], names: Mapping[str, Sequence[str]]
) -> bool:
    return bool(templates) and passage_at(one.text, start, end, names[one.conversation]) in templates


def _items(exposures: Sequence[Exposure], mentioned: Iterable[tuple[Candidate, Mention]], key) -> tuple[Item, ...]:
    groups: dict[tuple[str, str], list[tuple[Candidate, Mention]]] = defaultdict(list)
    for one, mention in mentioned:
        groups[key(mention)].append((one, mention))
    items = []
    for (kind, name), pairs in groups.items():
        meetings = {one.meeting for one, _ in pairs}
        said = Counter(what for _, what in {(one.meeting, m.said) for one, m in pairs if m.said != MENTIONED})
        stages = Counter(stage for _, stage in {(one.meeting, one.stage) for one, _ in pairs if one.stage})
        buyers = {one.meeting for one, m in pairs if m.by_buyer}
        accounts = {one.account for one, _ in pairs}
        items.append(
            Item(
                kind, name, _rate(exposures, meetings), len(buyers), len(accounts), tuple(said.most_common()),
                tuple(stages.most_common())
            )
        )  # fmt: skip
    return tuple(sorted(items, key=lambda item: (-item.rate.numerator, item.kind, item.name)))


def _rate(exposures: Sequence[Exposure], carrying: set[str]) -> Rate:
    return sampling.rate(sampling.sample((e.id, e.account, e.id in carrying) for e in exposures))


def _mention(one: Candidate, mention: Mention) -> Found:
    """The sentence around a mention, cut between words where it is very long."""
    start, end = material.sentence_at(one.text, mention.start, mention.end, most=LONGEST)
    return _found(one, start, end, mention.said, mention.kind, mention.name, mention.by_buyer)


def _found(one: Candidate, start: int, end: int, what: str, kind: str, name: str, by_buyer: bool) -> Found:
    return Found(
        one.conversation, one.position, start, end, one.text[start:end], what, kind, name, one.theme, one.voice,
        by_buyer,
        one.account_name, one.day,
    )  # fmt: skip


def _groups(db: Database, missed: Sequence[tuple[Candidate, Gap]]) -> tuple[GapGroup, ...]:
    groups: dict[tuple[str, str], list[tuple[Candidate, Gap]]] = defaultdict(list)
    for one, gap in missed:
        groups[gap.kind, one.theme].append((one, gap))
    shown = {key: pairs[:MOST_QUOTES] for key, pairs in groups.items()}
    seen = material_rows.as_seen(db, (one for pairs in shown.values() for one, _ in pairs))
    found = []
    for (kind, about), pairs in groups.items():
        rows = tuple(
            _found(seen[one.utterance], gap.start, gap.end, gap.kind, "", "", True) for one, gap in shown[kind, about]
        )
        meetings, accounts = {one.meeting for one, _ in pairs}, {one.account for one, _ in pairs}
        about = seen[pairs[0][0].utterance].theme
        found.append(GapGroup(kind, about, len(meetings), len(accounts), rows))
    return tuple(sorted(found, key=lambda g: (-g.accounts, -g.conversations, not g.about, g.kind, g.about)))

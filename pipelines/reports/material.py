"""The report on our own material: what buyers say of our pages, webinars and decks, and what they had not been told.

Nothing is stored: what may matter is found by its words and looked through anew, so a new rule or product holds for the
whole history at once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from insights import material, sampling
from insights.material import MENTIONED, Gap, Mention, Said
from insights.sampling import Rate
from pipelines.catalogue.tracking import passage_at
from pipelines.reviews import not_one
from pipelines.store import company, conversations, exposure_rows, material_rows, passages
from pipelines.store.exposure_rows import Exposure
from pipelines.store.filters import Filters
from pipelines.store.material_rows import Candidate
from pipelines.store.remembered import per_state

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
    """Gaps of one sort about one theme: in how many conversations and accounts, with their sentences."""

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
    ours = company.load(db)
    own, rivals = (*ours.domains, *ours.products), tuple(c.name for c in ours.competitors)
    templates, names, no = passages.known(db), {}, not_one.denied_gaps(db)
    mentioned: list[tuple[Candidate, Mention]] = []
    missed: list[tuple[Candidate, Gap]] = []
    for one in material_rows.candidates(db, filters, material.search_words()):
        if one.meeting not in known:
            continue
        said = Said(one.text, one.role, one.voice, one.before)
        hits = [m for m in material.mentions(said, own=own, rivals=rivals) if material.is_telling(m)]
        holes = list(material.gaps(said))
        if holes and no:
            key = not_one.said_at(db, one.utterance)
            holes = [hole for hole in holes if (key, hole.start, hole.end) not in no]
        if (hits or holes) and templates and one.conversation not in names:
            names[one.conversation] = conversations.own_names(db, one.conversation)
        # What stands in a template ("see our webinar" under every mail) was not said.
        mentioned += [(one, m) for m in hits if not _is_template(one, m.start, m.end, templates, names)]
        missed += [(one, g) for g in holes if not _is_template(one, g.start, g.end, templates, names)]
    found = [_mention(one, mention) for one, mention in mentioned]
    gaps = _groups(missed)
    return MaterialReport(
        len(known), _items(exposures, mentioned, lambda m: (m.kind, "")),
        _items(exposures, [pair for pair in mentioned if pair[1].name], lambda m: (m.kind, m.name)),
        tuple(sorted(found, key=lambda f: (f.what == MENTIONED, not f.by_buyer)))[:MOST_QUOTES], gaps,
        _rate(exposures, {one.meeting for one, _ in missed}), filters,
    )  # fmt: skip


@per_state
def brought_up(db: Database, filters: Filters, *, today: date) -> frozenset[str]:
    """The counted conversations in which our own side brought our material up, by the rules of `material_report`."""
    ours = company.load(db)
    own, rivals = (*ours.domains, *ours.products), tuple(c.name for c in ours.competitors)
    templates, names, found = passages.known(db), {}, set()
    for one in material_rows.candidates(db, filters, material.search_words()):
        if one.meeting in found or one.day > today.isoformat():
            continue
        said = Said(one.text, one.role, one.voice, one.before)
        hits = [m for m in material.mentions(said, own=own, rivals=rivals) if material.is_telling(m) and m.by_us]
        if hits and templates and one.conversation not in names:
            names[one.conversation] = conversations.own_names(db, one.conversation)
        if any(not _is_template(one, m.start, m.end, templates, names) for m in hits):
            found.add(one.meeting)
    return frozenset(found)


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


def _groups(missed: Sequence[tuple[Candidate, Gap]]) -> tuple[GapGroup, ...]:
    groups: dict[tuple[str, str], list[tuple[Candidate, Gap]]] = defaultdict(list)
    for one, gap in missed:
        groups[gap.kind, one.theme].append((one, gap))
    found = []
    for (kind, about), pairs in groups.items():
        rows = tuple(_found(one, gap.start, gap.end, gap.kind, "", "", True) for one, gap in pairs)
        meetings, accounts = {one.meeting for one, _ in pairs}, {one.account for one, _ in pairs}
        found.append(GapGroup(kind, about, len(meetings), len(accounts), rows))
    return tuple(sorted(found, key=lambda g: (-g.accounts, -g.conversations, not g.about, g.kind, g.about)))

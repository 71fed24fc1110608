"""Signals as they stand, kept by the accounts that they are of.

What one would get wrong: nothing is kept by what was written to. What is said of an account is read anew after every
write, from the columns in memory, and laid beside what was said when its signals were worked out; only where that
differs are they worked out again. Accounts that one deal names are taken together, because a deal's signals rest on all
that is said in it.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

from sqlite_utils import Database

from insights import rivalry
from insights import signals as rules
from insights.deals import Closed
from insights.rivalry import Course, Mention
from insights.signals import QUIET_DAYS, Raised, Signal, Talk
from pipelines.store import company, competition_rows, signal_rows, state
from pipelines.store.covered import is_covered
from pipelines.store.filters import Filters
from pipelines.store.remembered import key_of, per_state, workbench

QUIET_KEY = "signals: quiet days"
FEWEST_DEALS_NAMING = 3
MOST_KEPT = 3  # filters; of 40,000 conversations some 40 MB


@dataclass(frozen=True, slots=True)
class Standing:
    """The signals of the matching deals with what they were worked out from, and without what each goes with.
    `left_out` objections that came up in one conversation of a deal and were found with doubt are in no signal."""

    as_of: str
    quiet_days: int
    talks: tuple[Talk, ...]
    raised: tuple[Raised, ...]
    courses: tuple[Course, ...]
    signals: tuple[Signal, ...]
    left_out: int

    @property
    def open(self) -> tuple[Signal, ...]:
        return tuple(one for one in self.signals if one.is_open)


@dataclass(slots=True)
class _Said:
    """What is said of accounts that share their deals, in order: talks, the ends of their deals, what was raised,
    rivals."""

    talks: list[Talk] = field(default_factory=list)
    ends: list[Closed] = field(default_factory=list)
    raised: list[Raised] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Part:
    """What came of what is said of some accounts; `silences` on a day and with a number of days (`at`)."""

    said: _Said
    raised: Sequence[Raised]
    courses: Sequence[Course]
    signals: Sequence[Signal]
    at: tuple[str, int]
    silences: Sequence[Signal]


@dataclass(slots=True)
class _Kept:
    """The parts by the filters that their conversations match, each by its first account's deal."""

    parts: "OrderedDict[Hashable, Mapping[str, _Part]]" = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


def of_deals(filters: Filters) -> Filters:
    """What is looked at is the whole deal: filters without those of what was said."""
    return replace(filters, kind="", theme="", label="", competitor="", relation="", voice="", role="", follow_up="", q="", usage="")  # fmt: skip


def as_they_stand(db: Database, filters: Filters, *, today: date) -> Standing:
    """The signals alone: all that is noted of them, and all that a list of accounts needs."""
    return _standing(db, of_deals(filters), today=today)


@per_state
def _standing(db: Database, filters: Filters, *, today: date) -> Standing:
    quiet, last = quiet_days(db), today.isoformat()
    as_of = max((one.day for one in competition_rows.conversations(db, Filters()) if one.day <= last), default="")
    talks = tuple(
        Talk(one.id, one.day, one.deal, one.account, one.name)
        for one in competition_rows.conversations(db, filters) if one.day <= last
    )  # fmt: skip
    closed = competition_rows.over(db)
    named, of = _rivals(db), {talk.id: talk for talk in talks}
    mentions = [one for one in _mentions(db, filters) if one.rival in named and one.conversation in of]
    said = _apart(talks, signal_rows.raised(db, filters), mentions, of, closed)
    # Whoever sees no names has signals with other names.
    kept = workbench(db, f"signals {is_covered(db)}", _Kept)
    key = key_of((filters,))
    with kept.lock:
        before = kept.parts.get(key, {})
    now = {name: _part(one, before.get(name), closed, (as_of, quiet)) for name, one in said.items()}
    with kept.lock:
        kept.parts[key] = now
        kept.parts.move_to_end(key)
        while len(kept.parts) > MOST_KEPT:
            kept.parts.popitem(last=False)
    parts = now.values()
    found = rules.in_order([one for part in parts for some in (part.signals, part.silences) for one in some])
    return Standing(
        as_of, quiet, talks, tuple(one for part in parts for one in part.raised),
        tuple(one for part in parts for one in part.courses), tuple(found),
        sum(len(part.said.raised) - len(part.raised) for part in parts),
    )  # fmt: skip


def _apart(
    talks: Sequence[Talk], raised: Sequence[Raised], mentions: Sequence[Mention], of: Mapping[str, Talk],
    closed: Mapping[str, Closed],
) -> Mapping[str, _Said]:  # fmt: skip
    """What is said, by the accounts that it is of, under a deal of theirs. A mention may name another deal than the
    conversation that its own is counted as."""
    first: dict[str, str] = {}  # deal of each account
    above: dict[str, str] = {}

    def top(deal: str) -> str:
        while (over := above.setdefault(deal, deal)) != deal:
            deal = over
        return deal

    for talk in talks:
        if (deal := first.setdefault(talk.account, talk.deal)) != talk.deal or deal not in above:
            above[top(talk.deal)] = top(deal)
    for mention in mentions:
        if mention.deal != (deal := of[mention.conversation].deal):
            above[top(mention.deal)] = top(deal)
    names = {deal: top(deal) for deal in above}
    found: dict[str, _Said] = defaultdict(_Said)
    for talk in talks:
        said = found[names[talk.deal]]
        said.talks.append(talk)
        said.ends.append(closed.get(talk.deal, ""))
    for one in raised:
        if one.conversation in of:
            found[names[of[one.conversation].deal]].raised.append(one)
    for mention in mentions:
        found[names[mention.deal]].mentions.append(mention)
    return found


def _part(said: _Said, before: _Part | None, closed: Mapping[str, Closed], at: tuple[str, int]) -> _Part:
    """What comes of it, taken from `before` as far as nothing else is said."""
    if before and before.said == said:
        return before if before.at == at else replace(before, at=at, silences=rules.silences(said.talks, closed, *at))
    doubtful = rules.doubtful(said.talks, said.raised)
    raised = [one for one in said.raised if one.id not in doubtful]
    courses = rivalry.courses(said.mentions)
    told = rules.told(said.talks, raised, courses, closed)
    return _Part(said, raised, courses, told, at, rules.silences(said.talks, closed, *at))


@per_state
def _mentions(db: Database, filters: Filters) -> tuple[Mention, ...]:
    return tuple(mention for mention, _ in competition_rows.mentions(db, filters))


@per_state
def _rivals(db: Database) -> frozenset[str]:
    """The names that are taken for rivals in play: those of the catalogue, and others once several deals name them. A
    name that one deal alone has told of is a guess, and waits in the catalogue."""
    listed = {one.name for one in company.load(db).competitors}
    pairs = {(mention.rival, mention.deal) for mention in _mentions(db, Filters())}
    deals = Counter(rival for rival, _ in pairs)
    return frozenset(name for name, count in deals.items() if name in listed or count >= FEWEST_DEALS_NAMING)


def quiet_days(db: Database) -> int:
    """After how many days an account without a rhythm of its own is silent."""
    told = state.get(db, QUIET_KEY)
    return int(told) if told and told.isdigit() else QUIET_DAYS

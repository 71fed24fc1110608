"""Where a rival stands in each deal, how that moves, and what goes with it: pure rules and figures over mentions.

What one would get wrong: what is counted is the deal, not the conversation, because an outcome is the deal's. And what
goes together is not shown to cause anything.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from insights import sampling, trends
from insights.deals import Closed
from insights.sampling import Rate, Sample
from insights.trends import Change

# From the most to the least telling: what says where a rival stands beats what only compares or names it.
TELLING = ("switching_from", "switching_to", "incumbent", "evaluating", "past", "comparison", "mention")
STANDING = frozenset(TELLING[:5])
NOT_NAMED = "not named"
FEWEST_CLOSED = 10
FEWEST_TOGETHER = 10


class Mention(NamedTuple):
    """One naming of a rival. `id` is its insight's; `conversation` is what it is counted as; `day` is "" when unknown.

    `account` is the key by which figures are widened, never empty. `place` is the utterance's position.
    """

    id: str
    rival: str
    relation: str
    deal: str
    account: str
    conversation: str
    day: str
    place: int
    stage: str
    role: str
    voice: str


@dataclass(frozen=True, slots=True)
class Course:
    """What one deal told of one rival. `states` are (day, conversation, state), one a conversation in order of time,
    each as it stood after that conversation. `conflicts` are the conversations in which two states were told at once,
    as (day, the state that was taken, the other)."""

    rival: str
    deal: str
    account: str
    states: tuple[tuple[str, str, str], ...]
    conflicts: tuple[tuple[str, str, str], ...]
    mentions: tuple[Mention, ...]

    @property
    def first(self) -> str:
        return self.states[0][2]

    @property
    def last(self) -> str:
        return self.states[-1][2]

    def at(self, day: str) -> str:
        """The state at the end of an ISO day, NOT_NAMED before the first mention."""
        return next((state for when, _, state in reversed(self.states) if when <= day), NOT_NAMED)

    def within(self, start: str, end: str) -> str:
        """The most that was told from `start` to `end`, both inclusive and left to itself; NOT_NAMED where nothing
        was."""
        if len(self.mentions) == 1:
            return self.last if start <= self.mentions[0].day <= end else NOT_NAMED
        told: dict[str, list[str]] = {}
        for m in self.mentions:
            if start <= m.day <= end:
                told.setdefault(m.conversation, []).append(m.relation)
        state = ""
        for relations in told.values():
            state = after(state, min(relations, key=TELLING.index))
        return state or NOT_NAMED


def courses(mentions: Iterable[Mention]) -> list[Course]:
    """Per rival and deal, its states over time; the deals in order of their first mention."""
    groups: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for mention in mentions:
        groups[mention.rival, mention.deal].append(mention)
    found = [_course(sorted(group, key=_order) if len(group) > 1 else group) for group in groups.values()]
    return sorted(found, key=lambda course: (course.rival, course.states[0][0], course.deal))


def _order(mention: Mention) -> tuple[str, str, int]:
    return mention.day, mention.conversation, mention.place


def _course(mentions: Sequence[Mention]) -> Course:
    if len(mentions) == 1:  # most deals name a rival once
        [one] = mentions
        return Course(
            one.rival, one.deal, one.account, ((one.day, one.conversation, one.relation),), (), (one,)
        )  # fmt: skip
    told: dict[str, list[Mention]] = {}
    for mention in mentions:
        told.setdefault(mention.conversation, []).append(mention)
    states, conflicts, state = [], [], ""
    for conversation, group in told.items():
        day = group[0].day
        ranked = sorted({m.relation for m in group}, key=TELLING.index) if len(group) > 1 else [group[0].relation]
        if len(ranked) > 1:
            standing = [relation for relation in ranked if relation in STANDING]
            conflicts += [(day, standing[0], other) for other in standing[1:]]
        state = after(state, ranked[0])
        states.append((day, conversation, state))
    first = mentions[0]
    return Course(first.rival, first.deal, first.account, tuple(states), tuple(conflicts), tuple(mentions))


def after(state: str, told: str) -> str:
    """The state once `told` was heard: the latest counts, but a comparison or a plain mention takes nothing back."""
    if not state or told in STANDING:
        return told
    return state if state in STANDING else min(state, told, key=TELLING.index)


@dataclass(frozen=True, slots=True)
class WinRate:
    """Won of closed deals with its interval, beside the deals that name no rival.

    `alone` is the same for the deals that name no other rival, `apart` the p-value of their own difference: what is not
    seen there too may be the other rival's. `more` is how many closed deals are still missing before anything may be
    said (0: enough). `open` deals are in no rate.
    """

    won: int
    lost: int
    open: int
    rate: Rate
    alone: Rate
    apart: float | None
    against: Change
    more: int

    @property
    def says(self) -> str:
        """ "lower" or "higher" than where no rival is named; "shared" where that is not certain without the deals that
        name other rivals too; "level" where no difference is certain at all; "too few"."""
        c = self.against
        if self.more or c.difference is None:
            return "too few"
        if not _clear(c):
            return "level"
        if self.alone.denominator < FEWEST_CLOSED or self.apart is None or self.apart > 1 - sampling.LEVEL:
            return "shared"
        return "lower" if c.difference < 0 else "higher"


Deals = Sequence[tuple[str, str, Closed]]


def win_rates(named: Sequence[Deals], without: Deals, *, shared: Sequence[frozenset[str]]) -> list[WinRate]:
    """Win rates of several groups of (deal, account, outcome), tested together against `without`.

    `shared` are, per group, its deals that name another rival as well. Wilson's interval, Newcombe's for the difference
    and Benjamini and Hochberg over the groups, all by accounts as in `insights.trends`. A group with fewer than
    FEWEST_CLOSED closed deals, or one beside too few without, is not tested.
    """
    base = _closed(without)
    samples = [_closed(deals) for deals in named]
    lone = [
        _closed([deal for deal in deals if deal[0] not in others]) for deals, others in zip(named, shared, strict=True)
    ]
    changes = [trends.change(base, one) for one in samples]
    enough = base.denominator >= FEWEST_CLOSED
    tested = [
        c.p if enough and one.denominator >= FEWEST_CLOSED else None for c, one in zip(changes, samples, strict=True)
    ]
    q_values = trends.adjusted(tested)
    return [
        WinRate(
            sum(said == "won" for _, _, said in deals), sum(said == "lost" for _, _, said in deals),
            sum(not said for _, _, said in deals), sampling.rate(one), sampling.rate(alone),
            trends.change(base, alone).p, replace(c, p=p, q=q),
            max(0, FEWEST_CLOSED - one.denominator, FEWEST_CLOSED - base.denominator),
        )
        for deals, one, alone, c, p, q in zip(named, samples, lone, changes, tested, q_values, strict=True)
    ]  # fmt: skip


def _clear(c: Change) -> bool:
    return c.p is not None and c.q is not None and c.p <= 1 - sampling.LEVEL and c.q <= trends.FALSE_DISCOVERY_RATE


def _closed(deals: Deals) -> Sample:
    return sampling.sample((deal, account, said == "won") for deal, account, said in deals if said)


class Part:
    """Some conversations or deals, their accounts added up once for everything that is counted in them.

    `pairs` are (id, account), no id twice and no account empty.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]):
        self.accounts = dict(pairs)
        self.sizes = Counter(self.accounts.values())
        self.sums = sampling.summed(self.sizes)

    def sample(self, carrying: Iterable[str]) -> Sample:
        """Of which accounts those are that carry something; ids that are not among these are passed over."""
        found = Counter(map(self.accounts.__getitem__, self.accounts.keys() & set(carrying)))
        return Sample(found, self.sizes, self.sums)


@dataclass(frozen=True, slots=True)
class Together:
    """How often something is heard in conversations that name a rival, and in those that do not.

    `lift` is the ratio of the two shares, None where it was never heard without.
    """

    rival: str
    label: str
    with_rival: Rate
    without: Rate
    change: Change

    @property
    def lift(self) -> float | None:
        a, b = self.with_rival.share, self.without.share
        return a / b if a is not None and b else None

    @property
    def clear(self) -> bool:
        return _clear(self.change)


def together(
    everything: Sequence[tuple[str, str]], naming: dict[str, set[str]], saying: dict[str, set[str]]
) -> list[Together]:
    """What is heard beside each rival, all pairs tested together; those seen most clearly first.

    `everything` are (conversation, account); `naming` are the conversations of each rival, `saying` those of each
    label. A rival with fewer than FEWEST_TOGETHER conversations on either side is left out. A pair that was never
    heard together is still tested.
    """
    import numpy as np

    places = {conversation: n for n, (conversation, _) in enumerate(everything)}
    known: dict[str, int] = {}
    accounts = np.array([known.setdefault(account, len(known)) for _, account in everything], np.int64)
    said = {
        label: np.array(sorted({places[one] for one in heard if one in places}), np.int64)
        for label, heard in saying.items()
    }
    found = []
    for rival, conversations in naming.items():
        inside = np.zeros(len(everything), bool)
        inside[[places[one] for one in conversations if one in places]] = True
        if min(int(inside.sum()), int((~inside).sum())) < FEWEST_TOGETHER:
            continue
        sizes = [sampling.counted(accounts[mask]) for mask in (inside, ~inside)]
        sums = [sampling.summed(one) for one in sizes]
        for label, heard in said.items():
            there = inside[heard]
            a, b = (
                Sample(sampling.counted(accounts[heard[mask]]), *whole)
                for mask, whole in zip((there, ~there), zip(sizes, sums, strict=True), strict=True)
            )
            found.append(Together(rival, label, sampling.rate(a), sampling.rate(b), trends.change(b, a)))
    q_values = trends.adjusted([one.change.p for one in found])
    judged = [replace(one, change=replace(one.change, q=q)) for one, q in zip(found, q_values, strict=True)]
    return sorted(judged, key=lambda one: (not one.clear, -abs(one.change.difference or 0), one.rival, one.label))

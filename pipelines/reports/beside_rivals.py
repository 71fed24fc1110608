"""What buyers object to and ask where a rival is named: in the same conversations, and in the same breath."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from insights import rivalry
from insights.deals import Closed
from insights.rivalry import Mention, Together
from pipelines.reports.competition_figures import Evidence, Near, Pair
from pipelines.store.competition_rows import Beside, Heard

FEW_SAID = 16  # up to here, to look at all is quicker than to look for the first
# It says that a rival is there: to hear it beside one would count the same words twice.
SAME_THING = "competitor"


def together(
    heard: Sequence[Heard], mentions: Iterable[Mention], beside: Sequence[Beside], evidence: Evidence
) -> tuple[Pair, ...]:
    """How often each objection comes up in conversations that name a rival, and in the others of `heard`."""
    naming: dict[str, set[str]] = defaultdict(set)
    for m in mentions:
        naming[m.rival].add(m.conversation)
    saying: dict[str, set[str]] = defaultdict(set)
    for b in beside:
        if b.kind == "objection" and b.label != SAME_THING:
            saying[b.label].add(b.conversation)
    said: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for n, b in enumerate(beside):
        if b.kind == "objection":
            said[b.label][b.conversation].append(n)
    found = rivalry.together(
        [(h.id, h.account) for h in heard], dict(sorted(naming.items())), dict(sorted(saying.items()))
    )
    return tuple(
        _pair(one, naming[one.rival], said[one.label], beside, evidence)
        for one in found
        if one.with_rival.numerator or one.clear
    )


def _pair(
    found: Together, naming: set[str], said: Mapping[str, Sequence[int]], beside: Sequence[Beside], evidence: Evidence
) -> Pair:
    objections = [beside[n] for n in sorted(n for one in naming if one in said for n in said[one])]
    # The rest of the history, for each rival and label: nearly nobody asks.
    elsewhere = partial(_elsewhere, beside, naming, said)
    themes = Counter((b.theme_id, b.theme) for b in objections if b.theme_id is not None)
    (theme_id, theme), held = themes.most_common(1)[0] if themes else ((None, ""), 0)
    key = evidence.key("with", found.rival, found.label, ids=[b.id for b in objections])
    without = evidence.key("without", found.rival, found.label, ids=elsewhere)
    return Pair(found, theme_id, theme, held, len(objections), key, without)


def near(
    mentions: Sequence[tuple[Mention, str]],
    beside: Sequence[Beside],
    outcomes: Mapping[str, Closed],
    evidence: Evidence,
) -> tuple[Near, ...]:
    """What is said in the same turn as a rival's name or the one beside it, by how the deals ended. A mention comes
    with the source of its place."""
    sources = {source for _, source in mentions}
    said: dict[str, list[Beside]] = defaultdict(list)
    for b in sorted(beside, key=lambda b: b.place):
        if b.source in sources and b.label != SAME_THING:
            said[b.source].append(b)
    found: dict[tuple[str, str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for m, source in mentions:
        if source in said:
            for b in _around(said[source], m.place):
                found[m.rival, b.kind, b.label][m.deal].append(b.id)
    rows = []
    for (rival, kind, label), by_deal in found.items():
        count = Counter(outcomes.get(deal, "") for deal in by_deal)
        key = evidence.key("near", rival, kind, label, ids=[i for ids in by_deal.values() for i in ids])
        rows.append(Near(rival, kind, label, count["won"], count["lost"], count[""], key))
    return tuple(sorted(rows, key=lambda n: (n.rival, -(n.won + n.lost + n.open), n.kind, n.label)))


def _around(said: Sequence[Beside], place: int) -> Sequence[Beside]:
    """What is said (in the order of places) in the same turn or the one beside it."""
    if len(said) < FEW_SAID:
        return [b for b in said if place - 1 <= b.place <= place + 1]
    first = bisect_left(said, place - 1, key=_place)
    return said[first : bisect_right(said, place + 1, lo=first, key=_place)]


def _place(one: Beside) -> int:
    return one.place


def _elsewhere(beside: Sequence[Beside], naming: set[str], said: Mapping[str, Sequence[int]]) -> Iterator[str]:
    return (beside[n].id for one in said if one not in naming for n in said[one])

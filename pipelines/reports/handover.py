"""The report on hand-over gaps: what buyers say that shows marketing and sales out of step, its trend, and where from.

Nothing is stored: what may matter is found by its words and looked through once a start, so a new rule holds for the
whole history at once. Shares are lower bounds: the rules miss what is said in other words (benchmarks/HANDOVER.md).
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sqlite_utils import Database

from insights import handover, sampling, trends
from insights.handover import Gap, Sort
from insights.material import Said
from insights.periods import Period, calendar, compared
from insights.sampling import Rate, Sample
from insights.trends import Trend
from pipelines.access import reps
from pipelines.catalogue.tracking import passage_at
from pipelines.report import EARLIEST, span_of
from pipelines.reports import looking
from pipelines.reports.looking import Looked
from pipelines.reviews import not_one
from pipelines.reviews.not_one import Denied
from pipelines.store import conversations, exposure_rows, facets, material_rows, passages
from pipelines.store.exposure_rows import Exposure
from pipelines.store.filters import Filters
from pipelines.store.material_rows import Candidate
from pipelines.store.remembered import beneath, per_state

MOST_QUOTES, MOST_PERIODS, MOST_VALUES = 40, 18, 12
FEWEST = 10  # conversations of a value before anything is said of it
FALSE_DISCOVERY_RATE = trends.FALSE_DISCOVERY_RATE
# What an upload's column is called that says where a buyer came from.
_WHENCE = re.compile(
    r"source|campaign|medium|utm|referr|channel|lead|origin|event|form|first touch|attribution|heard (?:about|of)|(?:found|find|know|knew) (?:us|of us|about us)"
    r"|hear about|came from|quelle|herkunft|aufmerksam|provenance|origen", re.I,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A verbatim stretch of an utterance: `text` is `utterance.text[start:end]`."""

    conversation: str
    utterance: str
    position: int
    start: int
    end: int
    text: str
    sort: Sort
    about: str
    voice: str
    account: str
    day: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A find that somebody said is none: it is in no figure."""

    found: Found
    by: Denied


@dataclass(frozen=True, slots=True)
class Row:
    """One sort of gap, "" for any: what it did between the windows, its course, and its sentences, the newest first,
    one of each account before another."""

    sort: str
    trend: Trend | None
    series: tuple[Rate, ...]
    whole: Rate
    accounts: int
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a field, with the share of its conversations that show a gap, by sort too; `standing` is "more" or
    "less" where that is so beyond chance against all others, over the whole table."""

    value: str
    rate: Rate
    sorts: tuple[tuple[Sort, int], ...]
    standing: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Where buyers came from, by one field; `left_out` further values are rarer, `without` conversations have none."""

    field: str
    values: tuple[Value, ...]
    left_out: int
    without: int


@dataclass(frozen=True, slots=True)
class HandoverReport:
    """Gaps among `conversations` counted ones. Windows and `periods` are None and () where nothing has a date.
    `left_out` are those that people said are none, the newest conversation first."""

    conversations: int
    undated: int
    any: Row
    rows: tuple[Row, ...]
    cuts: tuple[Cut, ...]
    current: Period | None
    previous: Period | None
    periods: tuple[Period, ...]
    filters: Filters
    left_out: tuple[LeftOut, ...] = ()


@per_state
def handover_report(db: Database, filters: Filters, *, today: date, by: tuple[str, ...] = ()) -> HandoverReport:
    """Look through what matches, up to today. `by` are fields to cut by, those that say where a buyer came from without
    it."""
    # A trend looks back before the first day that is asked for.
    every = [
        e
        for e in exposure_rows.conversations(db, replace(filters, since=""))
        if not e.day or e.day <= today.isoformat()
    ]
    inside = [e for e in every if (not filters.since or e.day >= filters.since)]
    known = {e.id for e in every}
    everywhere, denied = _found(beneath(db), replace(filters, since=""))
    found = [(one, gap) for one, gap in everywhere if one.meeting in known]
    carrying = {sort: {one.meeting for one, gap in found if gap.sort == sort} for sort in handover.SORTS}
    whole = set().union(*carrying.values())
    dated = sorted((e for e in every if e.day >= EARLIEST.isoformat()), key=_day)
    spans = periods = None
    if dated:
        as_of, days = span_of(db, filters, today)
        spans = compared(as_of, days=days)
        first = date.fromisoformat(max(filters.since, dated[0].day))
        periods = calendar(min(first, as_of), as_of, step="month")[-MOST_PERIODS:]
    sets = [whole, *carrying.values()]
    judged = _trends(dated, sets, spans.previous, spans.current) if spans else [None] * len(sets)
    names = ("", *handover.SORTS)
    ids = {e.id for e in inside}
    rows = [
        Row(
            name, trend, tuple(_rate(_within(dated, period), mine) for period in periods or ()), _rate(inside, mine),
            len({e.account or e.id for e in inside if e.id in mine}),
            _stretches(db, _chosen([row for row in found if row[0].meeting in ids and name in ("", row[1].sort)])),
        )
        for name, mine, trend in zip(names, sets, judged, strict=True)
    ]  # fmt: skip
    cuts = [_cut(db, filters, field, carrying, today) for field in by or whence(db)]
    no = [row for row in denied if row[0].meeting in ids]
    left_out = map(LeftOut, _stretches(db, [(one, gap) for one, gap, _ in no]), [by for *_, by in no])
    return HandoverReport(
        len(inside), sum(not e.day for e in inside), rows[0],
        tuple(sorted(rows[1:], key=lambda row: (-row.whole.numerator, handover.SORTS.index(row.sort)))),
        tuple(cut for cut in cuts if cut.values), spans.current if spans else None, spans.previous if spans else None,
        periods or (), filters, tuple(left_out),
    )  # fmt: skip


def whence(db: Database) -> tuple[str, ...]:
    """The uploads' own columns that say where a buyer came from; "lead owner" says who sold."""
    return tuple(name for name in others(db) if _WHENCE.search(name.replace("_", " ")))


def others(db: Database) -> tuple[str, ...]:
    """The uploads' own columns that gaps can be cut by; those of reps tell nothing of buyers."""
    holding = reps.columns(db)
    return tuple(name for name in facets.filter_names(db) if name not in holding)


@per_state
def _found(
    db: Database, filters: Filters
) -> tuple[tuple[tuple[Candidate, Gap], ...], tuple[tuple[Candidate, Gap, Denied], ...]]:
    """Every gap of counted conversations, but what stands in a template, the newest first; and those that people
    denied."""
    templates, names, no = passages.known(db), {}, not_one.denied_gaps(db)
    looked: Looked[Gap] = looking.looked(db, "gaps")
    found, denied = [], []
    for one in material_rows.candidates(db, filters, handover.search_words()):
        said = Said(one.text, one.role, one.voice)
        holes = looked.through((one.text, one.role, one.voice), partial(handover.gaps, said))
        if holes and templates and one.conversation not in names:
            names[one.conversation] = conversations.own_names(db, one.conversation)
        at = not_one.said_at(db, one.utterance) if holes and no else ""
        for gap in holes:
            if templates and passage_at(one.text, gap.start, gap.end, names[one.conversation]) in templates:
                continue
            if by := no.get((at, gap.start, gap.end)):
                denied.append((one, gap, by))
            else:
                found.append((one, gap))
    return tuple(found), tuple(denied)


def _trends(dated: Sequence[Exposure], sets: Sequence[set[str]], previous: Period, current: Period) -> list[Trend]:
    before, now = _within(dated, previous), _within(dated, current)
    earlier = {e.id for e in dated if e.day < current.start.isoformat()}
    return trends.trends(
        [(_sample(before, mine), _sample(now, mine)) for mine in sets],
        ever_before=[bool(mine & earlier) for mine in sets],
    )


def _within(dated: Sequence[Exposure], period: Period) -> Sequence[Exposure]:
    """Those of a period, of exposures in the order of their days."""
    first = bisect_left(dated, period.start.isoformat(), key=_day)
    return dated[first : bisect_right(dated, period.end.isoformat(), lo=first, key=_day)]


def _day(exposure: Exposure) -> str:
    return exposure.day


def _sample(exposures: Sequence[Exposure], carrying: set[str]) -> Sample:
    return sampling.sample((e.id, e.account, e.id in carrying) for e in exposures)


def _rate(exposures: Sequence[Exposure], carrying: set[str]) -> Rate:
    return sampling.rate(_sample(exposures, carrying))


def _cut(db: Database, filters: Filters, field: str, carrying: Mapping[Sort, set[str]], today: date) -> Cut:
    exposures = [e for e in exposure_rows.conversations(db, filters, by=field) if e.day <= today.isoformat()]
    whole = set().union(*carrying.values())
    sizes = Counter(e.split for e in exposures if e.split)
    chosen = sorted(sizes, key=lambda value: (-sizes[value], value))[:MOST_VALUES]
    changes = []
    for value in chosen:
        own = [e for e in exposures if e.split == value]
        rest = [e for e in exposures if e.split and e.split != value]
        told = trends.change(_sample(rest, whole), _sample(own, whole))
        changes.append((value, own, told if min(len(own), len(rest)) >= FEWEST else None))
    q_values = trends.adjusted([told.p if told else None for _, _, told in changes])
    values = [
        Value(
            value, _rate(own, whole), tuple((sort, n) for sort, mine in carrying.items() if (n := sum(e.id in mine for e in own))),
            ("more" if told.difference > 0 else "less") if told and told.difference and q is not None and q <= FALSE_DISCOVERY_RATE else "",
        )
        for (value, own, told), q in zip(changes, q_values, strict=True)
    ]  # fmt: skip
    return Cut(field, tuple(values), len(sizes) - len(chosen), sum(not e.split for e in exposures))


def _stretches(db: Database, found: Sequence[tuple[Candidate, Gap]]) -> tuple[Found, ...]:
    """What is shown of them, as who asks may see it."""
    seen = material_rows.as_seen(db, (one for one, _ in found))
    return tuple(_stretch(seen[one.utterance], gap) for one, gap in found)


def _stretch(one: Candidate, gap: Gap) -> Found:
    return Found(
        one.conversation, one.utterance, one.position, gap.start, gap.end, one.text[gap.start : gap.end], gap.sort,
        one.theme, one.voice,
        one.account_name, one.day,
    )  # fmt: skip


def _chosen(found: Sequence[tuple[Candidate, Gap]]) -> list[tuple[Candidate, Gap]]:
    """Each account's newest first, so that none fills the page."""
    turn: Counter[str] = Counter()
    ranked = []
    for n, row in enumerate(found):
        key = row[0].account_name or row[0].conversation
        ranked.append((turn[key], n, row))
        turn[key] += 1
    return [row for *_, row in sorted(ranked, key=lambda place: place[:2])][:MOST_QUOTES]

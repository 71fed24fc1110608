"""Conversations sorted into stretches of days: how many each account has in each, and how many of those carry a theme.

What one would get wrong: accounts are numbers here, and are counted in the order in which they come, because sums of
what is not whole are taken in that order and a report must say the same to the last digit whatever counts it.

After a write most of it is as it was: another word for one conversation, a quote in another theme. So what was counted
is kept by the digest of what it was counted from, and only what differs is counted anew.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from threading import Lock
from typing import TypeVar

import numpy as np

from insights import mix, sampling, series, trends
from insights.outcomes import talks
from insights.periods import Period
from insights.sampling import Rate, Sample, Sizes, Sums
from insights.series import Windows
from insights.trends import Change, Within
from pipelines.store.exposure_rows import APART, Exposures

CURRENT, PREVIOUS, YEAR_AGO = range(3)
COMPARED = (CURRENT, PREVIOUS, YEAR_AGO)
BOTH = " + "
# How many times as often accounts may speak in one window as in the other before their shares say nothing.
SPOKEN_ALIKE = 1.25

MOST_STRETCHES, MOST_CARRIED = 8, 2000  # of each a few MB, and some 10 kB

Array = np.ndarray
K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class Kept:
    """What was counted of one database, by the digest of what it was counted from; the longest unused go first."""

    stretches: "OrderedDict[bytes, Stretches]" = field(default_factory=OrderedDict)
    carried: "OrderedDict[tuple[bytes, bytes, str], Carried]" = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True)
class Stretches:
    """The conversations of one split. `place` (ids,) is each one's among them, -1 where it is none of them; `inside`
    (days, k) says which days are in which stretch. `sizes` and `sums` are per compared window, `strata` how many there
    are per stratum and compared window; `later` is what is known of the other stretches, `pairs` the pairs of one of
    them and an account as numbers, ascending, `pair_sizes` their conversations; `stratum` (n,) is per compared window.
    `heard` are per compared window how many units there are, and how many conversations they have, None where
    conversations are what is counted. `digest` stands for all of it."""

    digest: bytes
    exposures: Exposures
    place: Array
    inside: Array
    sizes: Sequence[Sizes]
    sums: Sequence[Sums]
    stratum: Sequence[Array]
    strata: Mapping[int, Sequence[int]]
    heard: Sequence[tuple[int, int]] | None
    later: Windows
    pairs: Array
    pair_sizes: Array


def sorted_in(exposures: Exposures, parts: Sequence[Period], kept: Kept) -> Stretches:
    """Sort conversations, no id of which is there twice, into stretches of days."""
    inside = np.array([exposures.between(p.start.isoformat(), p.end.isoformat()) for p in parts], bool)
    inside = inside.T if len(parts) else np.zeros((len(exposures.days), 0), bool)
    digest = _digest(exposures, inside)
    with kept.lock:
        found = kept.stretches.get(digest)
    found = found or _sorted_in(exposures, inside, digest)
    with kept.lock:
        _keep(kept.stretches, digest, found, MOST_STRETCHES)
    return found


def _keep(kept: "OrderedDict[K, V]", key: K, found: V, most: int) -> None:
    kept[key] = found
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


def _digest(exposures: Exposures, inside: Array) -> bytes:
    """Stands for all that is counted from here on; `inside` (days, k)."""
    made = blake2b(digest_size=16)
    columns = (exposures.meeting, exposures.day, exposures.cluster, exposures.unit, exposures.stratum.codes, inside)
    for column in columns:
        made.update(f"{column.dtype}{column.shape}".encode())
        made.update(np.ascontiguousarray(column).tobytes())
    for texts in (exposures.days, exposures.stratum.values):
        made.update("\0".join(("", *texts)).encode("utf-8", "surrogatepass"))
    return made.digest()


def _sorted_in(exposures: Exposures, inside: Array, digest: bytes) -> Stretches:
    how_many = inside.shape[1]
    place = np.full(len(exposures.ids), -1, np.int64)
    place[exposures.meeting] = np.arange(len(exposures))
    joint = bool((exposures.unit != exposures.meeting).any())
    rows, stretches = np.nonzero(inside[exposures.day])
    sizes = _counted(exposures, joint, rows, stretches, how_many)
    sums = [sampling.summed(one) for one in sizes]
    pairs, pair_sizes = _paired(sizes[len(COMPARED) :], _accounts(exposures))
    later = series.windows(sums[len(COMPARED) :], [len(one) for one in sizes[len(COMPARED) :]])
    heard, stratum = None, [exposures.stratum.codes] * len(COMPARED)
    if joint:
        heard, stratum = _heard_as(exposures, inside)
    chosen = stretches < len(COMPARED)
    rows, stretches = rows[chosen], stretches[chosen]
    strata = _stratified(exposures, joint, rows, stretches, stratum)
    return Stretches(
        digest, exposures, place, inside, sizes[: len(COMPARED)], sums[: len(COMPARED)], stratum, strata, heard, later,
        pairs,
        pair_sizes,
    )  # fmt: skip


def _accounts(exposures: Exposures) -> int:
    return int(exposures.cluster.max(initial=0)) + 1


def _paired(sizes: Sequence[Sizes], accounts: int) -> tuple[Array, Array]:
    """The pairs of a group and an account as numbers, ascending, and the size of each."""
    keys = [n * accounts + np.fromiter(one, np.int64, len(one)) for n, one in enumerate(sizes)]
    pairs = np.concatenate([np.zeros(0, np.int64), *keys])
    found = [np.fromiter(one.values(), np.int64, len(one)) for one in sizes]
    order = np.argsort(pairs)
    return pairs[order], np.concatenate([np.zeros(0, np.int64), *found])[order]


def _counted(exposures: Exposures, joint: bool, rows: Array, groups: Array, how_many: int) -> list[Sizes]:
    """Per group, how many different units of each account are among the rows; both in the order in which they come."""
    group, account, counts = _count(exposures, joint, rows, groups)
    borders = np.searchsorted(group, np.arange(how_many + 1)).tolist()
    names, numbers = account.tolist(), counts.tolist()
    return [dict(zip(names[a:b], numbers[a:b], strict=True)) for a, b in pairwise(borders)]


def _count(exposures: Exposures, joint: bool, rows: Array, groups: Array) -> tuple[Array, Array, Array]:
    """The same as a row a group and account: the group, the account, how many."""
    accounts = _accounts(exposures)
    keys = groups.astype(np.int64) * accounts + exposures.cluster[rows]
    if joint:
        units = int(exposures.unit.max(initial=0)) + 1
        _, first = np.unique(keys * units + exposures.unit[rows], return_index=True)
        keys = keys[np.sort(first)]
    found, first, counts = np.unique(keys, return_index=True, return_counts=True)
    group = found // accounts
    order = np.lexsort((first, group))
    return group[order], (found % accounts)[order], counts[order]


def _stratified(
    exposures: Exposures, joint: bool, rows: Array, stretches: Array, stratum: Sequence[Array]
) -> dict[int, list[int]]:
    """Per stratum, in the order in which they come, and compared window: how many units of these rows there are."""
    codes = np.stack(stratum)[stretches, rows].astype(np.int64) if len(rows) else np.zeros(0, np.int64)
    size = int(codes.max(initial=0)) + 1
    group, _, counts = _count(exposures, joint, rows, codes * len(COMPARED) + stretches)
    found = np.zeros(size * len(COMPARED), np.int64)
    np.add.at(found, group, counts)
    different, first = np.unique(codes, return_index=True)
    ordered = different[np.argsort(first)].tolist()
    return {code: found[code * len(COMPARED) : (code + 1) * len(COMPARED)].tolist() for code in ordered}


def _heard_as(exposures: Exposures, inside: Array) -> tuple[list[tuple[int, int]], list[Array]]:
    """Per compared window, how many units were heard and how often; and the one stratum of each. An account's or a
    deal's holds how often it spoke: who speaks more often carries more, though nothing has changed."""
    known: dict[str, int] = {}
    heard, strata = [], []
    values, units = exposures.stratum.values, exposures.unit
    for n in COMPARED:
        rows = np.flatnonzero(inside[exposures.day, n])
        of_unit: dict[int, list[int]] = defaultdict(list)
        for row, unit in zip(rows.tolist(), units[rows].tolist(), strict=True):
            of_unit[unit].append(row)
        codes = np.zeros(len(exposures), np.int64)
        for mine in of_unit.values():
            name = APART.join(
                (BOTH.join(sorted({values[exposures.stratum.codes[row]] for row in mine})), talks(len(mine)))
            )
            codes[mine] = known.setdefault(name, len(known))
        heard.append((len(of_unit), len(rows)))
        strata.append(codes)
    return heard, strata


@dataclass(frozen=True, slots=True)
class Carried:
    """What carries a theme: a Sample a compared window, the share in each other stretch; the change since the previous
    window, and since a year ago, with the mix held constant, None with one stratum; whether it was heard before a day;
    and both changes as they are."""

    samples: Sequence[Sample]
    rates: Sequence[Rate]
    since_before: Within | None
    since_year: Within | None
    before: bool
    changes: tuple[Change, Change]


def carried(among: Stretches, meetings: Array, start: str, kept: Kept) -> Carried:
    """Count the meetings (numbers, each once) that carry a theme."""
    key = (among.digest, blake2b(meetings.tobytes(), digest_size=16).digest(), start)
    with kept.lock:
        found = kept.carried.get(key)
    found = found or _carried(among, meetings, start)
    with kept.lock:
        _keep(kept.carried, key, found, MOST_CARRIED)
    return found


def _carried(among: Stretches, meetings: Array, start: str) -> Carried:
    exposures = among.exposures
    rows = among.place[meetings[meetings < len(among.place)]]  # later ones have come since
    rows = rows[rows >= 0]
    which, stretches = np.nonzero(among.inside[exposures.day[rows]])
    inside = rows[which]
    joint = among.heard is not None
    chosen = stretches < len(COMPARED)
    later = _rates(among, joint, inside[~chosen], stretches[~chosen] - len(COMPARED))
    inside, stretches = inside[chosen], stretches[chosen]
    counts = _counted(exposures, joint, inside, stretches, len(COMPARED))
    samples = [Sample(*each) for each in zip(counts, among.sizes, among.sums, strict=True)]
    before = bool((exposures.day[rows] < exposures.first_of(start)).any())
    changes = (
        trends.change(samples[PREVIOUS], samples[CURRENT]),
        trends.change(samples[YEAR_AGO], samples[CURRENT]),
    )
    if len(among.strata) < 2:
        unlike = _unlike(among, PREVIOUS, samples), _unlike(among, YEAR_AGO, samples)
        return Carried(samples, later, *unlike, before, changes)
    mine = _stratified(exposures, joint, inside, stretches, among.stratum)
    nothing = [0] * len(COMPARED)
    parts = {
        str(code): [mix.Counts(*each) for each in zip(mine.get(code, nothing), sizes, strict=True)]
        for code, sizes in among.strata.items()
    }
    both = [
        _unlike(among, n, samples)
        or mix.within({code: (part[n], part[CURRENT]) for code, part in parts.items()}, samples[n], samples[CURRENT])
        for n in (PREVIOUS, YEAR_AGO)
    ]
    return Carried(samples, later, both[0], both[1], before, changes)


def _rates(among: Stretches, joint: bool, rows: Array, groups: Array) -> tuple[Rate, ...]:
    """The share in each stretch that is not compared, of which the rows are those that carry the theme."""
    group, account, counts = _count(among.exposures, joint, rows, groups)
    size = among.pair_sizes[np.searchsorted(among.pairs, group * _accounts(among.exposures) + account)]
    return series.rates(among.later, group, counts, size)


def _unlike(among: Stretches, before: int, samples: Sequence[Sample]) -> Within | None:
    """No change at all where accounts, or deals, spoke so much more or less often that they cannot be compared."""
    if among.heard is None or not among.heard[before][0] or not among.heard[CURRENT][0]:
        return None
    (then, said_then), (now, said_now) = among.heard[before], among.heard[CURRENT]
    often = said_now / now / (said_then / then)
    if 1 / SPOKEN_ALIKE <= often <= SPOKEN_ALIKE:
        return None
    moved = samples[CURRENT].numerator / now - samples[before].numerator / then
    return Within(0.0, -1.0, 1.0, 1.0, moved, 1)


def by_split(exposures: Exposures, parts: Sequence[Period], kept: Kept) -> dict[str, Stretches]:
    """The conversations of each split, in the order in which they come, sorted into the stretches of days."""
    different, first = np.unique(exposures.split.codes, return_index=True)
    names = exposures.split.values
    ordered: Iterable[int] = different[np.argsort(first)].tolist()
    return {names[code]: sorted_in(exposures.where(exposures.split.codes == code), parts, kept) for code in ordered}

"""Which conversations of a block are worth comparing with one: a number or a band in common, or the account or a person
on a day."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import product

from insights.formats.tables.origins import CELL
from insights.once import likeness
from insights.once.seen import Seen
from insights.once.twins import Read

CROWD, NEIGHBOURS = 60, 10
REACH = range(-1, 6)  # days from a meeting to what tells of it: two working days over a week-end, and zones


class Nearby:
    """Looks up, by their place among the reads, what is near each."""

    def __init__(self, reads: Sequence[Read]):
        self.reads = reads
        self._keys = [_keys(read) for read in reads]
        self._crowds: dict[object, tuple[list[int], dict[int, int]]] = {}

    def alike(self, n: int) -> set[int]:
        """All that share a key with `n`; in a crowd (a form that everybody fills in) only its neighbours, sorted by what
        must agree."""
        found = {other for key in self._keys[n] for other in self._with(key, n)}
        return found - {n}

    def around(self, n: int) -> Iterator[int]:
        """All with the account, a deal or a person in common that `n` may tell of, by their days."""
        read = self.reads[n]
        for key, day, back in product(who(read.seen), read.when.days, REACH):
            yield from self._days.get((key, day.toordinal() - back), ())

    def _with(self, key: object, n: int) -> Sequence[int]:
        members = self._members[key]
        if len(members) <= CROWD:
            return members
        if key not in self._crowds:
            ordered = sorted(members, key=self._order)
            self._crowds[key] = ordered, {other: place for place, other in enumerate(ordered)}
        ordered, places = self._crowds[key]
        return ordered[max(0, places[n] - NEIGHBOURS) : places[n] + NEIGHBOURS + 1]

    def _order(self, n: int) -> tuple[str, tuple[date, ...], tuple[str, ...], int]:
        read = self.reads[n]
        return read.seen.account, read.when.days[:1], read.words, n

    @cached_property
    def _members(self) -> dict[object, list[int]]:
        found: dict[object, list[int]] = defaultdict(list)
        for n, keys in enumerate(self._keys):
            for key in keys:
                found[key].append(n)
        return found

    @cached_property
    def _days(self) -> dict[tuple[str, int], list[int]]:
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for n, read in enumerate(self.reads):
            for key, day in product(who(read.seen), read.when.days):
                found[key, day.toordinal()].append(n)
        return found


def who(one: Seen) -> set[str]:
    """Whom a conversation is with: the account, the buyers, the deals, as far as they are known."""
    return {name for name in (one.account, *one.people, *one.keys) if name}


def _keys(read: Read) -> set[object]:
    keys: set[object] = {("band", band) for band in likeness.bands_of(read.words)}
    if len(read.words) < likeness.FEWEST_WORDS:
        keys.add(("moment", read.words, read.when.moment))
        keys.add(("words", read.words, read.seen.account))
    if read.seen.source_id:
        keys.add(("number", read.seen.source_id))
    keys |= {("cell", key) for key in read.seen.origins if key.startswith(CELL)}
    return keys | {("day", name, day) for name in who(read.seen) for day in read.when.days or (None,)}

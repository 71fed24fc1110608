"""The same row of a table, read twice: once a person has said what its columns mean, the first reading counts no more.

Not by likeness but by the row itself (see formats.tables.origins), so that it holds for the shortest note and two rows
with the same words never become one through a third.
"""

from collections import defaultdict
from collections.abc import Sequence

from insights.formats.tables.origins import CELL, FEW, MENDED, ROW
from insights.once import twins
from insights.once.seen import Link
from insights.once.twins import Read

SAME_ROW = "It is the same row of a table, read with other columns."
SAME_WORDS = "The same words stand in a table with the same columns, read with a date or an account."
CORRECTED = "It is the same row of a table, corrected by a person."
REASONS = (SAME_ROW, SAME_WORDS)


def links(reads: Sequence[Read]) -> dict[str, Link]:
    """What another reading of the same row takes the place of, each linked to the one that counts.

    What a person corrected counts, else the one that knows more of date and account, of two that know as much the
    later. Where only the words and the heads are the same, the one without any fact gives way to the one with them, in
    another upload.
    """
    by_key: dict[str, list[Read]] = defaultdict(list)
    for read in reads:
        for key in read.seen.origins:
            if not key.startswith((CELL, FEW)):
                by_key[key].append(read)
    best: dict[str, tuple[tuple[object, ...], Read, str]] = {}
    for key in sorted(by_key):
        group = by_key[key]
        for read in group if len(group) > 1 else ():
            sure = key.startswith(ROW)
            found = [other for other in group if _rank(other) > _rank(read) and (sure or _completes(other, read))]
            for other in found:
                worth = (sure, *_rank(other))
                if read.id not in best or worth > best[read.id][0]:
                    mended = sure and MENDED + key.removeprefix(ROW) in other.seen.origins
                    best[read.id] = (worth, other, CORRECTED if mended else SAME_ROW if sure else SAME_WORDS)
    return {
        name: Link(name, _last(other, best).id, "revision", 0.95 if reason == SAME_WORDS else 0.99, (reason,))
        for name, (_, other, reason) in best.items()
    }


def _rank(read: Read) -> tuple[bool, int, int, str]:
    mended = any(key.startswith(MENDED) for key in read.seen.origins)
    return mended, bool(read.seen.account) + bool(read.when.days), read.seen.sequence, read.id


def _completes(full: Read, bare: Read) -> bool:
    """Whether one says what the other does not, and nothing speaks against it."""
    known = bare.seen.account or bare.when.days or bare.seen.source_id
    return (
        not known and full.seen.sequence != bare.seen.sequence and twins.same_people(full.seen, bare.seen) is not False
    )


def _last(read: Read, best: dict[str, tuple[tuple[object, ...], Read, str]]) -> Read:
    """The reading that counts in the end: ranks rise with every step, so this comes to an end."""
    while read.id in best:
        read = best[read.id][1]
    return read

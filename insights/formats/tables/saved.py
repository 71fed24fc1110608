"""Saved columns apply by themselves: a table whose heads are those of a saved mapping is read by it.

The heads are compared as a set, each normalised as the readers do it: another order or spelling ("deal_stage", "Deal
Stage") is the same table, a column less makes it another. A few columns more are the same table too, where no other
saved columns fit as they are: who adds a column has said already what the others mean. A column without a head counts
only where the saved mapping says what it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, product

from insights.formats import formulas
from insights.formats.tables.columns import ColumnMapping, SavedColumns, normalise
from insights.formats.tables.layout import IGNORED, TOP, Record, distinct

FEWEST_HEADS = 3
_NAMELESS = re.compile(r"column \d+")


def heads(names: Sequence[str]) -> frozenset[str]:
    """The heads of a table as they are compared; Parley's own columns of a corrected file are left out."""
    names = [name.strip() for name in names]
    if any(map(_is_ours, names)):
        names = list(map(formulas.unguarded, names))
    return frozenset(normalise(name) for name in distinct(names) if not _is_ours(name))


def _is_ours(head: str) -> bool:
    """A column that Parley adds to a file of problems."""
    return head.strip().casefold().startswith(IGNORED)


def applied(mapping: ColumnMapping, top: Iterable[Sequence[str]]) -> ColumnMapping:
    """The mapping for one table: with the saved columns that fit one of its `top` rows, the latest saved first.

    What is said in the mapping itself stays above them.
    """
    if not mapping.saved:
        return mapping
    top = list(top)
    rows = [heads(row) for row in top]
    ways: Iterator[tuple[SavedColumns, ...]] = (
        _fitting(mapping.saved, row, grown=grown) for grown, row in product((False, True), rows)
    )
    corrected = [row for given, row in zip(top, rows, strict=True) if any(map(_is_ours, given))]
    for used in chain(ways, (_holding(mapping.saved, row) for row in corrected)):
        if used:
            order, zone = mapping.date_order or used[0].date_order, mapping.zone or used[0].zone
            return replace(mapping, date_order=order, zone=zone, saved=(), used=used)
    return replace(mapping, saved=())


def by_records(mapping: ColumnMapping, sample: Iterable[Record]) -> ColumnMapping:
    """`applied` for a table of rows, whose heads stand in one of its first filled rows."""
    if not mapping.saved:
        return mapping
    full = (record.cells for record in sample if not record.trouble and any(cell.strip() for cell in record.cells))
    return applied(mapping, (cells for _, cells in zip(range(TOP), full, strict=False)))


def _fitting(saved: Sequence[SavedColumns], found: frozenset[str], *, grown: bool) -> tuple[SavedColumns, ...]:
    """Those that fit; with `grown` those to whose heads columns were added, the ones that know most of them first."""
    if not _named(found):
        return ()
    if not grown:
        return tuple(one for one in saved if any(_fits(one, known, found) for known in one.heads or (one.columns,)))
    sizes = [max((len(known) for known in one.heads if _has_grown(one, known, found)), default=0) for one in saved]
    return tuple(one for one, size in zip(saved, sizes, strict=True) if size and size == max(sizes))


def _holding(saved: Sequence[SavedColumns], found: frozenset[str]) -> tuple[SavedColumns, ...]:
    """Those of whose tables a file of problems has some columns, the ones with the fewest others: where several tables
    stand in it, the columns that are blank in all rows of one are not known to be its own."""
    named = _named(found)
    if len(named) < FEWEST_HEADS:
        return ()
    sizes = [
        min((len(known) for known in one.heads if named <= _named(frozenset(map(normalise, known)))), default=0)
        for one in saved
    ]
    least = min(filter(None, sizes), default=0)
    return tuple(one for one, size in zip(saved, sizes, strict=True) if size and size == least)


def _has_grown(one: SavedColumns, known: Iterable[str], found: frozenset[str]) -> bool:
    """Whether it is such a table with a few columns more: a saved table of two columns stands in half of all tables."""
    before = _named(frozenset(map(normalise, known)))
    added = _named(found) - before
    few = len(before) >= FEWEST_HEADS and len(added) * 3 <= len(before)
    return few and before <= found and _fits(one, known, found - added)


def _fits(one: SavedColumns, known: Iterable[str], found: frozenset[str]) -> bool:
    needed = {normalise(head) for head, role in one.columns.items() if role and _NAMELESS.fullmatch(normalise(head))}
    before = frozenset(map(normalise, known))
    return _named(before) == _named(found) and needed & before <= found


def _named(found: frozenset[str]) -> frozenset[str]:
    return frozenset(head for head in found if not _NAMELESS.fullmatch(head))

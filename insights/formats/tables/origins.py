"""What a row of a table is known by, whatever its columns are taken for: read again with other columns it is no new
one.

Its cells under their heads; its words under all heads of the table, for a row that was corrected between two uploads;
and what numbers it, for a row that was edited and has nothing else to be known by (see Layout.numbered). A row that a
person mended in a file of problems bears the key of the row it was as well.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from insights.formats.tables.columns import normalise
from insights.formats.tables.layout import IGNORED, Row
from insights.records import Utterance, stable_id

ROW, SAID, MENDED = "row:", "said:", "mended:"
KEY = IGNORED + "key"  # the column of a file of problems in which a row keeps what it is known by
FILE = IGNORED + "file"  # the column of a file of problems that says which table a row is from
CELL = "cell:"
FEW = "few:"  # in place of SAID where the words are so few that by themselves they tie nothing


def of(rows: Sequence[Row], utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """The keys of what these rows became, by the first of them; none for objects that hold their turns."""
    first = rows[0]
    if first.turns:
        return ()
    heads, all_heads = _heads(first.layout.headers)
    cells = first.cells
    filled = [f"{head}\x1f{cell}" for head, at in heads if at < len(cells) and (cell := cells[at].strip())]
    known = (ROW + stable_id("\x1e".join(filled)), *_mended(first))
    if len(rows) > 1:
        return known
    said = SAID + stable_id(all_heads, *(utterance.text for utterance in utterances))
    at = first.layout.numbered
    number = cells[at].strip() if at is not None and at < len(cells) else ""
    if at is None or not number:
        return (*known, said)
    return (*known, said, CELL + stable_id(all_heads, normalise(first.layout.headers[at]), number))


def of_record(record: Mapping[str, str]) -> str:
    """What a row is known by that a problem keeps as its file gave it, for the column KEY."""
    heads, _ = _heads(tuple(record))
    cells = [cell.strip() for cell in record.values()]
    return stable_id("\x1e".join(f"{head}\x1f{cells[at]}" for head, at in heads if cells[at]))


def _mended(row: Row) -> tuple[str, ...]:
    """The key of the row that a person mended to become this one."""
    at = next((n for n, header in enumerate(row.layout.headers) if header.strip().casefold() == KEY), None)
    was = row.cells[at].strip() if at is not None and at < len(row.cells) else ""
    return (MENDED + was, ROW + was) if re.fullmatch(r"[0-9a-f]{8,64}", was) else ()


@lru_cache(maxsize=256)
def _heads(headers: tuple[str, ...]) -> tuple[tuple[tuple[str, int], ...], str]:
    """The heads in one order with the places of their columns, and all of them as one text."""
    given = ((normalise(header), at) for at, header in enumerate(headers) if not header.casefold().startswith(IGNORED))
    heads = tuple(sorted(given))
    return heads, "\x1e".join(head for head, _ in heads)

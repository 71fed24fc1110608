"""What a row of a table is known by, whatever its columns are taken for: read again with other columns it is no new one.

Two keys: the row's cells under their heads, and its words under all heads of the table, for a row that was corrected
between two uploads.
"""

from collections.abc import Sequence
from functools import lru_cache

from insights.formats.tables.columns import normalise
from insights.formats.tables.layout import IGNORED, Row
from insights.records import Utterance, stable_id

ROW, SAID = "row:", "said:"
FEW = "few:"  # in place of SAID where the words are so few that by themselves they tie nothing


def of(rows: Sequence[Row], utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """The keys of what these rows became, by the first of them; none for objects that hold their turns."""
    first = rows[0]
    if first.turns:
        return ()
    heads, all_heads = _heads(first.layout.headers)
    cells = first.cells
    filled = [f"{head}\x1f{cell}" for head, at in heads if at < len(cells) and (cell := cells[at].strip())]
    row = ROW + stable_id("\x1e".join(filled))
    if len(rows) > 1:
        return (row,)
    return (row, SAID + stable_id(all_heads, *(utterance.text for utterance in utterances)))


@lru_cache(maxsize=256)
def _heads(headers: tuple[str, ...]) -> tuple[tuple[tuple[str, int], ...], str]:
    """The heads in one order with the places of their columns, and all of them as one text."""
    given = ((normalise(header), at) for at, header in enumerate(headers) if not header.casefold().startswith(IGNORED))
    heads = tuple(sorted(given))
    return heads, "\x1e".join(head for head, _ in heads)

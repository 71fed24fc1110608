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


def of(rows: Sequence[Row], utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """The keys of what these rows became, by the first of them; none for objects that hold their turns."""
    first = rows[0]
    if first.turns:
        return ()
    heads = _heads(first.layout.headers)
    cells = sorted(
        {(head, cell.strip()) for head, cell in zip(heads, first.cells, strict=False) if head and cell.strip()}
    )
    row = ROW + stable_id(*(part for pair in cells for part in pair))
    if len(rows) > 1:
        return (row,)
    return (row, SAID + stable_id(*sorted(filter(None, heads)), "", *(utterance.text for utterance in utterances)))


@lru_cache(maxsize=256)
def _heads(headers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("" if header.casefold().startswith(IGNORED) else normalise(header) for header in headers)

"""What a report can be split by: one answer for the HTTP interface and the command line."""

from sqlite_utils import Database

from api.gate.rep_gate import hidden
from pipelines.store import conversations, facets
from pipelines.store.covered import HIDDEN, is_covered
from pipelines.store.filters import CONVERSATION_COLUMNS
from pipelines.store.splits import FOUND_SPLITS, INSIGHT_SPLITS

ALL_VALUES = 1 << 30


class UnknownField(ValueError):
    """No conversation has the field; the message lists those that there are."""


def field(db: Database, by: str) -> str:
    """The field that `by` means however it is written ("Deal Size" is `deal_size`), "" for none.

    Raises UnknownField.
    """
    known = (
        *INSIGHT_SPLITS,
        *FOUND_SPLITS,
        *CONVERSATION_COLUMNS,
        *facets.field_names(db, most_values=ALL_VALUES),
    )
    if is_covered(db):
        known = tuple(name for name in known if name not in HIDDEN)
    known = tuple(name for name in known if name not in hidden(db))
    key = by if not by or by in known else conversations.field_key(by)
    if key and key not in known:
        if found := facets.meant(key, known):
            return found
        raise UnknownField(f"is no field of your conversations. Known: {', '.join(known)}.")
    return key

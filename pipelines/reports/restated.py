"""What has become of a figure since it was first counted: edits of themes and late uploads, told apart from change.

Both windows of a report are counted on today's themes, so a merge or a split is never a trend in it. But whoever kept
last quarter's report sees another number for last quarter now; this says why.
"""

from dataclasses import dataclass

from sqlite_utils import Database

from insights.periods import Period
from insights.records import Kind
from pipelines.store import published
from pipelines.store.filters import Filters


@dataclass(frozen=True, slots=True)
class Restated:
    """A window's numerator and denominator as counted at the window's end, and what was added or taken since.

    `edits` are conversations that joined or left the theme by a change of themes (or were judged anew), `late` those
    that were uploaded or read only afterwards.
    """

    numerator: int
    denominator: int
    edits: int
    late: int


def since(db: Database, filters: Filters, *, kind: Kind, period: Period) -> dict[int, Restated]:
    """Per theme whose figure for `period` differs now from what it was at the period's end; {} where nobody counted
    then."""
    then = published.members_at(db, filters, kind=kind, period=period)
    if not then.conversations:
        return {}
    now = published.members_now(db, filters, kind=kind, period=period)
    found = {}
    for theme in then.carrying.keys() | now.keys():
        before, after = then.carrying.get(theme, set()), now.get(theme, set())
        if before == after:
            continue
        edits = late = 0
        for conversation in after - before:
            known = conversation in then.conversations and conversation in then.placed
            edits, late = edits + known, late + (not known)
        edits -= len(before - after)
        found[theme] = Restated(len(before), len(then.conversations), edits, late)
    return found

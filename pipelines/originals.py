"""Whether quotes leave Parley as they were said or with names masked: the one place that every door asks.

Exports, digests and briefs are masked until somebody allows originals. Pages and the interface show what was said to whoever
may open them.
"""

from typing import Literal

from sqlite_utils import Database

from pipelines import quoting
from pipelines.store import insights, state
from pipelines.store.covered import is_covered
from pipelines.store.insights import Quote

Choice = Literal["masked", "original"]
CHOICES: dict[Choice, str] = {
    "masked": "With names, companies, addresses and numbers masked", "original": "As they were said",
}  # fmt: skip
KEY = "quotes that leave"


def choice(db: Database) -> Choice:
    """What was chosen for quotes that leave; masked until somebody chose."""
    found = state.get(db, KEY)
    return next((one for one in CHOICES if one == found), "masked")


def choose(db: Database, chosen: Choice) -> None:
    with db.atomic():
        state.put(db, KEY, chosen)


def may_be_shown(db: Database) -> bool:
    """Whether what leaves may hold originals. For whom does not count: a file and a digest are handed on."""
    return choice(db) == "original" and not is_covered(db)


def words(db: Database, quote: Quote) -> str:
    """A quote's words as they may leave; a competitor's name with the rest of its sentence."""
    start, end = quoting.span_of(quote)
    if may_be_shown(db):
        return insights.utterance_text(db, quote.utterance_id)[start:end]
    return quoting.masked(db, quote.conversation_id, quote.utterance_id, start, end)


def stretch(db: Database, conversation_id: str, utterance_id: str, start: int, end: int) -> str:
    """A stretch of an utterance as it may leave."""
    if may_be_shown(db):
        return insights.utterance_text(db, utterance_id)[start:end]
    return quoting.masked(db, conversation_id, utterance_id, start, end)

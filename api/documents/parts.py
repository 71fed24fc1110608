"""What the documents of several reports share: quotes by their ids, with who said them and where they stand."""

from collections.abc import Iterable

from sqlite_utils import Database

from api import words
from api.exports.document import Quoted
from pipelines.store import insights

EMPTY = "No theme matches. Themes appear once several conversations say something alike."


def quoted(db: Database, ids: Iterable[str]) -> tuple[Quoted, ...]:
    """The quotes of these insights, in their order; one that is gone since is left out."""
    found = (insights.get(db, one) for one in ids)
    return tuple(
        Quoted(q.id, q.text, words.source(q), f"/conversations/{q.conversation_id}?quote={q.id}#q-{q.id}")
        for q in found
        if q
    )

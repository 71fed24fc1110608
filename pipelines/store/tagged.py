"""What the tagger said of utterances when they were read, so that other names or patterns need not ask it again.

Places and labels only, no words. A row goes with its utterance, and when its words change.
"""

import json
from collections.abc import Collection, Iterable

from sqlite_utils import Database

from insights.language import Tagged
from insights.language.tagger_spans import Span


def of(db: Database, utterance_ids: Collection[str]) -> dict[str, Tagged]:
    """What is known of these utterances, by id."""
    sql = "SELECT utterance_id, key, spans FROM tagged WHERE utterance_id IN (SELECT value FROM json_each(?))"
    rows = db.execute(sql, [json.dumps(list(utterance_ids))])
    return {utterance: Tagged(key, tuple(Span(*one) for one in json.loads(spans))) for utterance, key, spans in rows}


def save(db: Database, said: Iterable[tuple[str, Tagged]]) -> None:
    """Keep (utterance, what the tagger said of it) in place of what it said before; inside `db.atomic()`."""
    db.conn.executemany(
        "INSERT OR REPLACE INTO tagged (utterance_id, key, spans) VALUES (?, ?, ?)",
        [(utterance, one.key, _written(one)) for utterance, one in said],
    )


def _written(said: Tagged) -> str:
    rows = [(one.kind, one.start, one.end, one.label, one.confidence) for one in said.spans]
    return json.dumps(rows, separators=(",", ":"))

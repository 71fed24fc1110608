"""Utterances that may speak of our material: those that hold one of the words, with the turn before and their facts.

What one would get wrong: a covered connection covers each text that it reads, also those that are only looked through.
So they are looked through as they were said, for everybody, and only what is shown is read again as it is seen.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from pipelines.store.counting import COUNTED
from pipelines.store.covered import is_covered
from pipelines.store.filters import Filters, conversation_condition, quoted_words
from pipelines.store.remembered import beneath


@dataclass(frozen=True, slots=True)
class Candidate:
    """An utterance to look through. `meeting` is what its conversation is counted as, `theme` and `label` those of the
    first insight in it, "" without one."""

    utterance: str
    conversation: str
    meeting: str
    position: int
    text: str
    before: str
    speaker: str
    role: str
    voice: str
    day: str
    account: str
    account_name: str
    stage: str
    theme: str
    label: str


_THEME = """coalesce((SELECT t.name FROM shown_insights i JOIN theme_members m ON m.insight_id = i.id JOIN themes t ON t.id = m.theme_id
            WHERE i.utterance_id = u.id AND i.kind <> 'competitor' ORDER BY i.start LIMIT 1), '')"""


def candidates(db: Database, filters: Filters, words: Sequence[str]) -> Iterator[Candidate]:
    """Counted utterances that hold one of the words (stemmed), the newest first, as they were said."""
    condition, values = conversation_condition(filters)
    said = "".join(f" AND u.{name} = ?" for name in ("voice", "role") if getattr(filters, name))
    more = [getattr(filters, name) for name in ("voice", "role") if getattr(filters, name)]
    match = " OR ".join(quoted_words(word) for word in words)
    sql = f"""SELECT u.id AS utterance, c.id AS conversation, c.counted_as AS meeting, u.position, u.text,
        coalesce((SELECT b.text FROM utterances b WHERE b.conversation_id = u.conversation_id AND b.position < u.position
            ORDER BY b.position DESC LIMIT 1), '') AS before,
        u.speaker, u.role, u.voice, coalesce(c.day, '') AS day, coalesce(nullif(c.account_key, ''), c.counted_as) AS account,
        c.account AS account_name, c.stage,
        {_THEME} AS theme,
        coalesce((SELECT i.label FROM shown_insights i WHERE i.utterance_id = u.id AND i.kind <> 'competitor'
            ORDER BY i.start LIMIT 1), '') AS label
        FROM utterances u JOIN conversations c ON c.id = u.conversation_id
        WHERE u.rowid IN (SELECT rowid FROM utterances_fts WHERE utterances_fts MATCH ?) AND {COUNTED} AND {condition}{said}
        ORDER BY c.day DESC, c.id, u.position"""
    for row in beneath(db).query(sql, [match, *values, *more]):
        yield Candidate(**row)


def as_seen(db: Database, found: Iterable[Candidate]) -> dict[str, Candidate]:
    """By their utterances, as who asks may see them: names are covered, and every place in the text stays."""
    ones = {one.utterance: one for one in found}
    if not is_covered(db):
        return ones
    sql = f"""SELECT u.id, u.text, u.speaker, c.account, {_THEME} FROM utterances u JOIN conversations c ON c.id = u.conversation_id
        WHERE u.id IN (SELECT value FROM json_each(?))"""
    for utterance, text, speaker, account, theme in db.conn.execute(sql, [json.dumps(list(ones))]):
        ones[utterance] = replace(
            ones[utterance], text=text, before="", speaker=speaker, account_name=account, theme=theme
        )
    return ones

"""Insights: spans bound to (utterance, start, end, hash), checked when written and when read."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace
from typing import Any, NamedTuple

import numpy as np
from sqlite_utils import Database

from insights import excerpts, quotable
from insights.attribution import title_of
from insights.records import Insight, stable_id, text_hash
from pipelines.store import borders, changes, sources, usage
from pipelines.store import columns as columns_of
from pipelines.store.borders import Borders
from pipelines.store.covered import COVER, is_covered
from pipelines.store.filters import OUTCOME, Filters, insight_condition
from pipelines.store.remembered import beneath, per_state

JOINS = """FROM shown_insights i JOIN utterances u ON u.id = i.utterance_id
    JOIN conversations c ON c.id = i.conversation_id
    LEFT JOIN theme_members m ON m.insight_id = i.id LEFT JOIN themes t ON t.id = m.theme_id"""


class Place(NamedTuple):
    """An insight, its conversation, and its account, which is the conversation where none is known."""

    id: str
    conversation: str
    account: str


class NotVerbatim(ValueError):
    """A span and its quote disagree: a defect of the program, never to be shown as a quote."""


@dataclass(frozen=True, slots=True)
class Quote:
    """An insight with everything a reader needs beside it. `day` is the ISO date of the conversation, "" if unknown.

    `theme_id` and `theme` are None and "" while the insight waits unassigned; `fit` in [0, 1] is how well it fits its
    theme, None while it waits. `before` and `after` are the rest of the sentence around the quote, verbatim; where
    `in_sentence`, they are quoted with it: a competitor's name and half a sentence say little alone. Else they are at
    most 160 characters each. `usage` is what it may be used for, `unnamed` whether it, or another quote of the same
    words, may leave without names alone, `fields` the uploads' own columns that say what kind of company it is,
    `speaker_title` the job title that the conversation gives whoever spoke ("" where it gives none; `job_title` is its
    contact's). `start` and `end` are offsets in the utterance's text. `borders` is the number of the event by which a
    person set where the quote begins and ends, 0 where it stands as it was found; for a competitor's name they say
    where `before` begins and `after` ends.
    """

    id: str
    kind: str
    label: str
    name: str
    text: str
    start: int
    end: int
    confidence: float
    follow_up: str
    came_back: bool
    utterance_id: str
    position: int
    speaker: str
    role: str
    voice: str
    conversation_id: str
    title: str
    day: str
    channel: str
    account: str
    contact: str
    job_title: str
    persona: str
    seniority: str
    rep: str
    stage: str
    outcome: str
    theme_id: int | None
    theme: str
    fit: float | None
    before: str
    after: str
    usage: str = "internal"
    fields: Mapping[str, str] = field(default_factory=dict)
    borders: int = 0
    speaker_title: str = ""
    in_sentence: bool = False
    unnamed: bool = False

    @property
    def said(self) -> str:
        """What is quoted: the words that were found, or the sentence that they are a part of."""
        return f"{self.before}{self.text}{self.after}" if self.in_sentence else self.text

    @property
    def span(self) -> tuple[int, int]:
        """The place of `said` in its utterance."""
        if not self.in_sentence:
            return self.start, self.end
        return self.start - len(self.before), self.end + len(self.after)

    @property
    def cut(self) -> tuple[bool, bool]:
        """Whether words of its sentence stand before what is quoted and after it."""
        apart = not self.in_sentence
        return apart and any(map(str.isalnum, self.before)), apart and any(map(str.isalnum, self.after))

    @property
    def is_loose(self) -> bool:
        """Whether it belongs to its theme only loosely: shown as such and not hidden."""
        return self.fit is not None and bool(quotable.is_loose(self.confidence, self.fit))


def replace(db: Database, conversation_id: str, found: Sequence[tuple[str, str, Insight]]) -> int:
    """Make `found` (utterance id, its text, insight) the conversation's insights; those that stay keep their theme.
    Borders that a person set go over to the one quote that takes a gone one's place.

    Returns the number of new insights. Raises NotVerbatim when a quote is not the text it points at.
    """
    rows = {}
    for utterance_id, utterance_text, insight in found:
        if utterance_text[insight.start : insight.end] != insight.text or not insight.text:
            raise NotVerbatim(utterance_id)
        row = _row(conversation_id, utterance_id, insight)
        rows[row["id"]] = row
    was = {row["id"]: row["found_confidence"] for row in db.query(_OF_CONVERSATION, [conversation_id])}
    db.conn.executemany(_WRITE, list(rows.values()))
    gone, new = was.keys() - rows.keys(), rows.keys() - was.keys()
    if gone and new:
        borders.hand_over(db, gone, new)
    for one in gone:
        if was[one]:  # what a person added is not the finder's to take away
            db.execute("DELETE FROM insights WHERE id = ?", [one])
    db.execute(
        f"DELETE FROM insights AS a WHERE conversation_id = ? AND found_confidence = 0 AND {_FOUND_TOO}",
        [conversation_id],
    )
    return len(new)


def add(
    db: Database, conversation_id: str, utterance_id: str, utterance_text: str, insight: Insight, *, said: str
) -> None:
    """Add what a person found at a place (`said`); where the finder has found the same span it stays the finder's."""
    if utterance_text[insight.start : insight.end] != insight.text or not insight.text:
        raise NotVerbatim(utterance_id)
    row = _row(conversation_id, utterance_id, insight) | {"found_label": "", "found_confidence": 0.0, "said": said}
    columns = (*_COLUMNS_WRITTEN, "said")
    names = ", ".join(columns)
    values = ", ".join(f":{c} AS {c}" for c in columns)
    sql = f"INSERT OR IGNORE INTO insights ({names}) SELECT * FROM (SELECT {values}) AS a WHERE NOT {_FOUND_TOO}"
    db.execute(sql, row)


def _row(conversation_id: str, utterance_id: str, insight: Insight) -> dict[str, Any]:
    return {
        "id": stable_id(utterance_id, insight.kind, insight.start, insight.end), "utterance_id": utterance_id,
        "conversation_id": conversation_id, "kind": insight.kind, "label": insight.label, "name": insight.name,
        "start": insight.start, "end": insight.end, "text": insight.text, "text_hash": text_hash(insight.text),
        "confidence": round(insight.confidence, 4), "found_label": insight.label,
        "found_confidence": round(insight.confidence, 4), "follow_up": insight.follow_up,
        "came_back": int(insight.came_back),
    }  # fmt: skip


# What the finder says anew of an insight that was there does not overrule a person: `pipelines.reviews.review` settles it.
_COLUMNS_WRITTEN = (
    "id", "utterance_id", "conversation_id", "kind", "label", "name", "start", "end", "text", "text_hash", "confidence",
    "found_label", "found_confidence", "follow_up", "came_back",
)  # fmt: skip
_KEPT = ("id", "label", "confidence")
_WRITE = f"""INSERT INTO insights ({", ".join(_COLUMNS_WRITTEN)}) VALUES ({", ".join(f":{c}" for c in _COLUMNS_WRITTEN)})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in _COLUMNS_WRITTEN if c not in _KEPT)},
    settled = ''"""


_OF_CONVERSATION = "SELECT id, found_confidence FROM insights WHERE conversation_id = ?"
# Whether the finder has what a person added (`a`), perhaps with other borders.
_FOUND_TOO = """EXISTS (SELECT 1 FROM insights f WHERE f.utterance_id = a.utterance_id AND f.kind = a.kind
    AND f.found_confidence > 0 AND f.start < a.end AND a.start < f.end)"""


def quotes(db: Database, filters: Filters, *, after: str = "", limit: int = 50) -> list[Quote]:
    """Quotes that match, newest first, `limit` at most; `after` is the cursor of the last one shown."""
    condition, values = insight_condition(filters)
    if after:
        day, _, insight_id = after.partition("~")
        condition += " AND (c.day, i.id) < (?, ?)"
        values += [day, insight_id]
    # The words of those alone that are shown: to cover a name takes a thousandth of a second.
    ids = [
        row["id"]
        for row in db.query(
            f"SELECT i.id {JOINS} WHERE {condition} ORDER BY c.day DESC, i.id DESC LIMIT ?", [*values, limit]
        )
    ]
    found = several(db, ids)
    return [found[one] for one in ids if one in found]


def cursor(quote: Quote) -> str:
    return f"{quote.day}~{quote.id}"


def get(db: Database, insight_id: str) -> Quote | None:
    return next(iter(_quotes(db, db.query(f"{_COLUMNS} {JOINS} WHERE i.id = ?", [insight_id]))), None)


def several(db: Database, insight_ids: Sequence[str]) -> dict[str, Quote]:
    """Those of these insights that are shown, by their ids."""
    sql = f"{_COLUMNS} {JOINS} WHERE i.id IN (SELECT value FROM json_each(?))"
    return {quote.id: quote for quote in _quotes(db, db.query(sql, [json.dumps(list(insight_ids))]))}


def places(db: Database, insight_ids: Iterable[str]) -> list[Place]:
    """Where those of these insights stand that are shown, the newest first."""
    sql = f"""SELECT i.id, i.conversation_id, coalesce(nullif(c.account_key, ''), i.conversation_id) {JOINS}
        WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY c.day DESC, i.id DESC"""
    return [Place(*row) for row in beneath(db).conn.execute(sql, [json.dumps(list(insight_ids))])]


def of_conversation(db: Database, conversation_id: str) -> list[Quote]:
    sql = f"{_COLUMNS} {JOINS} WHERE i.conversation_id = ? ORDER BY u.position, i.start"
    return _quotes(db, db.query(sql, [conversation_id]))


def utterance_text(db: Database, utterance_id: str) -> str:
    return next((row["text"] for row in db.query("SELECT text FROM utterances WHERE id = ?", [utterance_id])), "")


def confirmed_rows(db: Database) -> list[int]:
    """The row numbers of the insights that a person's verdict lets stand, whatever label it gave them."""
    sql = "SELECT rowid FROM insights WHERE review_id IS NOT NULL AND standing = ''"
    return [row[0] for row in db.conn.execute(sql)]


def competitor_names(db: Database, utterance_id: str) -> list[str]:
    """The competitors that were found in an utterance, as they are written there."""
    sql = "SELECT DISTINCT text FROM shown_insights WHERE utterance_id = ? AND kind = 'competitor'"
    return [row["text"] for row in db.query(sql, [utterance_id])]


@per_state
def count(db: Database, filters: Filters) -> dict[str, int]:
    """How many insights, conversations and accounts match."""
    if (read := columns_of.read(db)) and (chosen := columns_of.insights(db, read, filters)) is not None:
        of, account = read.of[chosen], read.told.facts["account_key"]  # of several spellings one
        accounts = columns_of.distinct(account.codes[of], but=columns_of.blank(account))
        return {"insights": len(of), "conversations": columns_of.distinct(read.told.meeting[of]), "accounts": accounts}
    condition, values = insight_condition(filters)
    sql = f"""SELECT count(*) AS insights, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account_key, '')) AS accounts {JOINS} WHERE {condition}"""
    return next(iter(db.query(sql, values)))


def surest(db: Database, filters: Filters, *, an_account: int = 1, limit: int = 6) -> list[str]:
    """The ids of matching quotes, a few an account: the buyer's own words first, then the surest in its theme. A
    competitor that is only mentioned (heard of, from whoever) comes after one that the buyer has to do with."""
    if (read := columns_of.read(db)) and (chosen := columns_of.insights(db, read, filters)) is not None:
        return _surest(read, chosen, an_account, limit)
    condition, values = insight_condition(filters)
    own = "CASE WHEN u.voice <> 'verbatim' THEN 0 WHEN u.role = 'buyer' THEN 2 WHEN u.role = 'seller' THEN 0 ELSE 1 END DESC"
    bare = "(i.kind = 'competitor' AND i.label = 'mention')"
    sure = f"{own}, {bare}, u.voice = 'verbatim' DESC, coalesce(m.confidence, i.confidence) DESC, c.day DESC, i.id"
    sql = f"""SELECT i.id {JOINS} WHERE i.id IN (
            SELECT id FROM (SELECT i.id, row_number() OVER (
                PARTITION BY coalesce(nullif(c.account, ''), c.id) ORDER BY {sure}) AS place {JOINS} WHERE {condition})
            WHERE place <= ?)
        ORDER BY {sure} LIMIT ?"""
    return [row["id"] for row in db.query(sql, [*values, an_account, limit])]


def _surest(read: columns_of.Columns, chosen: np.ndarray, an_account: int, limit: int) -> list[str]:
    """The same from the columns."""
    at, account = np.flatnonzero(chosen), read.told.facts["account"]
    of = read.of[at]
    sure = np.where(read.theme[at] > 0, read.fit[at], read.confidence[at])
    spoken = read.texts["voice"].among(["verbatim"])[at]
    buyer, seller = (read.texts["role"].among([role])[at] for role in ("buyer", "seller"))
    own = np.where(spoken & ~seller, 1 + buyer, 0)
    bare = read.texts["kind"].among(["competitor"])[at] & read.texts["label"].among(["mention"])[at]
    order = np.lexsort((read.ids[at], -read.told.own_day[of], -sure, ~spoken, bare, -own))
    at, of = at[order], of[order]
    group = np.where(account.codes[of] == columns_of.blank(account), len(account.values) + of, account.codes[of])
    seen: dict[int, int] = {}
    found = []
    for place, one in zip(at.tolist(), group.tolist(), strict=True):
        seen[one] = seen.get(one, 0) + 1
        if seen[one] <= an_account:
            found.append(read.ids[place].decode())
            if len(found) == limit:
                break
    return found


def loosest(db: Database, filters: Filters) -> list[str]:
    """The ids of matching quotes that belong to their theme only loosely, those that fit worst first."""
    if (read := columns_of.read(db)) and (chosen := columns_of.insights(db, read, filters)) is not None:
        at = np.flatnonzero(chosen)
        at = at[quotable.is_loose(read.confidence[at], read.fit[at])]
        return [one.decode() for one in read.ids[at[np.lexsort((read.ids[at], read.fit[at]))]]]
    condition, values = insight_condition(filters)
    sql = f"SELECT i.id, i.confidence, m.confidence AS fit {JOINS} WHERE {condition} AND m.confidence IS NOT NULL ORDER BY fit, i.id"
    return [row["id"] for row in db.query(sql, values) if quotable.is_loose(row["confidence"], row["fit"])]


_COLUMNS = f"""SELECT i.id, i.kind, i.label, i.name, i.text, i.text_hash, i.start, i.end, i.confidence,
    i.follow_up, i.came_back, i.utterance_id,
    u.position, u.speaker, u.role, u.voice, u.text AS utterance, i.conversation_id, c.title, c.day, c.kind AS channel,
    c.account, c.contact, c.job_title, c.persona, c.seniority, c.rep, c.stage, {OUTCOME} AS outcome, m.theme_id,
    coalesce(t.name, '') AS theme, m.confidence AS fit"""


def _quotes(db: Database, rows: Iterable[dict[str, Any]]) -> list[Quote]:
    """The few quotes of a page, with what is looked up for them alone and not for all that match."""
    found = list(rows)
    told = usage.of(db, [row["id"] for row in found])
    conversations = {row["conversation_id"] for row in found}
    own, people = sources.fields(db, conversations), sources.participants(db, conversations)
    if is_covered(db):  # accounts stay apart in figures; beneath a quote a name that means nothing would only puzzle
        found = [row | {"account": ""} for row in found]
    states = {quote_id: standing.state for quote_id, standing in told.items()}
    by_hand = borders.of(db, [row["id"] for row in found])
    unnamed = usage.unnamed(db, {row["utterance_id"] for row in found})
    quotes = [
        _quote(
            row
            | {
                "usage": states.get(row["id"], "internal"),
                "fields": own.get(row["conversation_id"], {}),
                "speaker_title": title_of(row, people.get(row["conversation_id"], ())),
            },
            by_hand.get(row["id"]),
        )
        for row in found
    ]
    return [_without_names(one, unnamed.get(one.utterance_id, ())) for one in quotes]


def _without_names(quote: Quote, stretches: Sequence[tuple[int, int]]) -> Quote:
    start, end = quote.span
    return dataclass_replace(quote, unnamed=True) if any(a < end and start < b for a, b in stretches) else quote


def _quote(row: dict[str, Any], own: Borders | None) -> Quote:
    utterance, expected = row.pop("utterance"), row.pop("text_hash")
    if utterance[row["start"] : row["end"]] != row["text"] or (
        text_hash(row["text"]) != expected and COVER not in row["text"]
    ):
        raise NotVerbatim(row["id"])
    row["came_back"] = bool(row["came_back"])
    # Offsets that no longer fit stand for nothing: the quote is shown as it was found.
    if own is not None and own.end > len(utterance):
        own = None
    if own is not None:
        row["borders"] = own.id
        if row["kind"] != "competitor":
            row |= {"start": own.start, "end": own.end, "text": utterance[own.start : own.end]}
    start, end = row["start"], row["end"]
    first, last = excerpts.quoted(row["kind"], utterance, start, end, (own.start, own.end) if own else None)
    if (first, last) == (start, end) and row["kind"] != "competitor":
        return Quote(**row, **excerpts.around(utterance, start, end))
    return Quote(**row, before=utterance[first:start], after=utterance[end:last], in_sentence=True)


def unembedded(db: Database, encoder: str, parts: Collection[int] | None = None) -> Iterator[tuple[str, str]]:
    """Distinct (hash, text) of quotes that have no vector of this encoder yet; of these `parts` alone
    (`store.changes`)."""
    table = "insights i" if parts is None else changes.rows_of("insights", "i")
    sql = f"""SELECT i.text_hash AS h, min(i.text) AS text FROM {table} LEFT JOIN vectors v
        ON v.text_hash = i.text_hash AND v.encoder = :encoder WHERE v.text_hash IS NULL GROUP BY i.text_hash ORDER BY i.text_hash"""
    for row in db.query(sql, {"encoder": encoder, "parts": json.dumps(list(parts or ()))}):
        yield row["h"], row["text"]

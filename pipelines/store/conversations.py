"""Conversations and their utterances as they stand: written whole, whenever what they are worked out from has changed.

What uploads brought is in `brought` and `mails`; nothing here is edited in part, so the same sources always give the
same rows. Insights hang on utterances, and these keep their ids: a turn by its conversation and place, a mail by its
Message-ID wherever its thread goes.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights.formats.tables.columns import means
from insights.language.names import short_forms
from insights.merging import keys_of
from insights.once import accounts
from insights.personas import Persona
from insights.records import Conversation, Role, Utterance, Voice, stable_id
from pipelines.store import copying
from pipelines.store.counting import COUNTED, is_copy
from pipelines.store.links import MARK

# Own fields that name the deal; the first one counts.
DEAL_FIELDS = ("deal", "deal_name", "opportunity", "opportunity_name")


@dataclass(frozen=True, slots=True)
class StoredUtterance:
    """An utterance with its permanent id and its place in the conversation."""

    id: str
    position: int
    speaker: str
    role: Role
    voice: Voice
    text: str
    started_at: float | None = None
    answers: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A conversation as it is to stand, with the sides that its source gave (`stated`) and what was judged of them
    (`sides`: roles.Judgement as JSON)."""

    conversation: Conversation
    stated: tuple[Role, ...]
    persona: Persona
    sides: str = "[]"


def utterance_ids(conversation: Conversation) -> list[str]:
    """A piece of a mail is known by its Message-ID wherever its thread goes; a turn, or a mail that is only quoted, by
    its place. What a mail says twice to the letter is told apart by its order."""
    ids, times = [], Counter[str]()
    for position, utterance in enumerate(conversation.utterances):
        if conversation.references and not utterance.source_id.startswith("quoted:"):
            one = stable_id("mail", utterance.source_id, utterance.text)
        else:
            one = stable_id(conversation.id, utterance.source_id or position, utterance.text)
        times[one] += 1
        ids.append(one if times[one] == 1 else stable_id(one, times[one]))
    return ids


def field_key(header: str) -> str:
    """One name for a column however a file writes it: "Deal Size", "deal_size" and "DEAL SIZE" are `deal_size`; what
    names the deal ("Opp", "Associated deal") is `deal`."""
    if means(header, "deal"):
        return "deal"
    return "_".join(re.findall(r"\w+", header.casefold())) or "field"


def existing(db: Database, conversation_ids: Iterable[str]) -> set[str]:
    """Those of the ids that are stored."""
    sql = "SELECT id FROM conversations WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"] for row in db.query(sql, [json.dumps(list(conversation_ids))])}


def superseded(db: Database, conversation_ids: Iterable[str]) -> set[str]:
    """Those of the ids that are a copy or an older version of another conversation: kept, but counted nowhere."""
    sql = f"""SELECT id FROM conversations WHERE id IN (SELECT value FROM json_each(?)) AND {is_copy("standing")}"""
    return {row["id"] for row in db.query(sql, [json.dumps(list(conversation_ids))])}


def former(db: Database, conversation_ids: Iterable[str]) -> dict[str, list[str]]:
    """The copies and older versions that each of these counts in place of."""
    sql = f"""SELECT json_extract(link, '$.primary') AS counts, id FROM conversations WHERE {is_copy("standing")}
        AND counted_as IN (SELECT counted_as FROM conversations WHERE id IN (SELECT value FROM json_each(:ids)))
        AND counts IN (SELECT value FROM json_each(:ids)) ORDER BY id"""
    found: dict[str, list[str]] = {}
    for row in db.query(sql, {"ids": json.dumps(list(conversation_ids))}):
        found.setdefault(row["counts"], []).append(row["id"])
    return found


def write(db: Database, items: Sequence[Written]) -> set[str]:
    """Make the stored rows say what `items` say; utterances that are no longer there go, with their insights.

    Returns the ids of those that were stored before.

    Call it inside `db.atomic()`: the caller decides how many conversations make one transaction.
    """
    ids = [utterance_ids(item.conversation) for item in items]
    old = existing(db, [item.conversation.id for item in items])
    pairs = list(zip(items, ids, strict=True))
    _write_rows(db, [_row(item, mine) for item, mine in pairs])
    _write_utterances(db, [row for item, mine in pairs for row in _utterance_rows(item, mine)])
    for item, mine in pairs:
        if item.conversation.id in old or item.conversation.kind == "email":
            _drop_others(db, item.conversation.id, mine)
    _write_details(db, [item.conversation for item in items], old)
    return old


def brought_elsewhere(db: Database, batch_id: int, account_keys: Sequence[str], *, limit: int) -> list[dict]:
    """Conversations of these accounts that other uploads brought and this one did not, by the first that did, with all
    that stands in their columns as `values`."""
    facts = ("account", "contact", "job_title", "rep", "stage", "outcome", "title", "source_id")
    sql = f"""SELECT c.id, c.account_key, c.occurred_at, c.row, {", ".join(f"c.{name}" for name in facts)},
            (SELECT min(batch_id) FROM brought WHERE item_id = c.id) AS batch
        FROM conversations c WHERE c.account_key IN (SELECT value FROM json_each(:keys))
            AND EXISTS (SELECT 1 FROM brought WHERE item_id = c.id)
            AND NOT EXISTS (SELECT 1 FROM brought WHERE item_id = c.id AND batch_id = :batch) ORDER BY c.id LIMIT :limit"""
    rows = list(db.query(sql, {"keys": json.dumps(list(account_keys)), "batch": batch_id, "limit": limit}))
    own: dict[str, set[str]] = {}
    fields = "SELECT conversation_id, value FROM conversation_fields WHERE conversation_id IN (SELECT value FROM json_each(?))"
    for field in db.query(fields, [json.dumps([row["id"] for row in rows])]):
        own.setdefault(field["conversation_id"], set()).add(field["value"])
    return [{**row, "values": {row[name] for name in facts if row[name]} | own.get(row["id"], set())} for row in rows]


def brought_by_key(db: Database, batch_id: int, keys: Collection[str], *, dated: bool) -> dict[str, int]:
    """Of these keys of rows (see tables.origins) those that another upload's conversation bears and this one's do not, with the
    first that brought it; with `dated` only where it has a day."""
    sql = f"""SELECT k.key, min(b.batch_id) AS batch FROM block_keys k JOIN brought b ON b.item_id = k.conversation_id
            JOIN conversations c ON c.id = k.conversation_id
        WHERE k.key IN (SELECT value FROM json_each(:keys)) {"AND c.day <> ''" if dated else ""}
            AND NOT EXISTS (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id = :batch) GROUP BY k.key"""
    found = db.query(sql, {"keys": json.dumps(sorted(keys)), "batch": batch_id})
    return {row["key"]: row["batch"] for row in found}


def count_lacking(db: Database, batch_id: int, facts: Collection[str]) -> int:
    """How many conversations of an upload's tables count without one of these facts (date, account), as they stand
    now."""
    lacks = " OR ".join({"date": "c.occurred_at = ''", "account": "c.account = ''"}[fact] for fact in sorted(facts))
    sql = f"""SELECT count(*) AS n FROM brought b JOIN conversations c ON c.id = b.item_id
        WHERE b.batch_id = ? AND c.row IS NOT NULL AND {COUNTED} AND ({lacks or 0})"""
    return next(iter(db.query(sql, [batch_id])))["n"]


def remove(db: Database, conversation_ids: Iterable[str]) -> int:
    """Delete conversations with all that hangs on them; return how many there were."""
    copying.drop_columns(db)
    sql = "DELETE FROM conversations WHERE id IN (SELECT value FROM json_each(?))"
    return db.execute(sql, [json.dumps(list(conversation_ids))]).rowcount


def stated(db: Database, conversation_ids: Iterable[str]) -> Iterator[Conversation]:
    """Stored conversations with their words and the sides their sources gave; facts are left empty (see `brought`)."""
    sql = """SELECT id, kind, occurred_at, source_id FROM conversations
        WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"""
    for row in list(db.query(sql, [json.dumps(list(conversation_ids))])):
        said = db.query(
            """SELECT speaker, stated_role AS role, voice, text, started_at, ended_at, source_id, answers, language
            FROM utterances WHERE conversation_id = ? ORDER BY position""",
            [row["id"]],
        )
        yield Conversation(**row, title="", utterances=tuple(Utterance(**u) for u in said))


def load(db: Database, conversation_id: str) -> tuple[dict, list[StoredUtterance]] | None:
    """One conversation as a plain dictionary (own fields under "fields") with its utterances in order."""
    row = next(iter(db.query("SELECT * FROM conversations WHERE id = ?", [conversation_id])), None)
    if row is None:
        return None
    own = db.query(
        "SELECT name, value FROM conversation_fields WHERE conversation_id = ? ORDER BY name", [conversation_id]
    )
    fields = {field["name"]: field["value"] for field in own}
    return {**row, "participants": json.loads(row["participants"]), "fields": fields}, utterances(db, conversation_id)


def facts(db: Database, conversation_id: str) -> dict[str, str]:
    """Its date, account, contact and deal as they stand, and `occurred_at`: the date with its time and zone."""
    sql = f"""SELECT coalesce(day, '') AS date, occurred_at, account, contact, coalesce((SELECT value FROM conversation_fields f
        WHERE f.conversation_id = c.id AND f.name IN {DEAL_FIELDS} ORDER BY f.name LIMIT 1), '') AS deal
        FROM conversations c WHERE id = ?"""
    return next(iter(db.query(sql, [conversation_id])), {})


def utterances(db: Database, conversation_id: str) -> list[StoredUtterance]:
    rows = db.query(
        "SELECT id, position, speaker, role, voice, text, started_at, answers, language FROM utterances "
        "WHERE conversation_id = ? ORDER BY position",
        [conversation_id],
    )
    return [StoredUtterance(**row) for row in rows]


def present(db: Database, conversation_id: str) -> set[str]:
    """The names of those who take part, case folded: the account, also as it is called for short ("Dakelin" for
    "Dakelin Beverages"), the people, and the parts of the people's names."""
    sql = """SELECT account, contact, rep FROM conversations WHERE id = :c
        UNION SELECT '', speaker, '' FROM utterances WHERE conversation_id = :c"""
    names: set[str] = set()
    for row in db.query(sql, {"c": conversation_id}):
        if row["account"].strip():
            names.update(name.casefold() for name in (row["account"], *short_forms(row["account"])))
        for person in (row["contact"], row["rep"]):
            names.update((person.casefold(), *person.casefold().split()))
    return names - {""}


def own_names(db: Database, conversation_id: str) -> list[str]:
    """Account, contact and rep as the conversation's own sources name them: what templates are filled in with."""
    sql = "SELECT account, contact, rep, filled FROM conversations WHERE id = ?"
    for row in db.query(sql, [conversation_id]):
        filled = json.loads(row.pop("filled"))
        return [value for name, value in row.items() if value and name not in filled]
    return []


def count(db: Database) -> int:
    """How many conversations are stored, those that another one counts for among them."""
    return db.table("conversations").count


def some(db: Database) -> bool:
    """Whether a conversation is stored."""
    return next(iter(db.query("SELECT 1 FROM conversations LIMIT 1")), None) is not None


def ids(db: Database) -> list[str]:
    return [row["id"] for row in db.query("SELECT id FROM conversations ORDER BY id")]


def place_of(db: Database, utterance_id: str) -> tuple[str, int]:
    """The conversation of an utterance, and how many utterances come before it there."""
    sql = """SELECT conversation_id, (SELECT count(*) FROM utterances b WHERE b.conversation_id = u.conversation_id
        AND b.position < u.position) AS n FROM utterances u WHERE u.id = ?"""
    row = next(iter(db.query(sql, [utterance_id])))
    return row["conversation_id"], row["n"]


def text_at(db: Database, conversation_id: str, position: int) -> str:
    sql = "SELECT text FROM utterances WHERE conversation_id = ? AND position = ?"
    return next((row["text"] for row in db.query(sql, [conversation_id, position])), "")


def count_foreign(db: Database, batch_id: int) -> int:
    """How many utterances of an upload are in a language that is not mined."""
    sql = """SELECT count(*) AS n FROM utterances WHERE language NOT IN ('', 'en') AND conversation_id IN (
        SELECT item_id FROM brought WHERE batch_id = :b AND kind = 'conversation'
        UNION SELECT m.conversation_id FROM brought b JOIN mails m ON m.id = b.item_id
            WHERE b.batch_id = :b AND b.kind = 'mail')"""
    return next(iter(db.query(sql, {"b": batch_id})))["n"]


def texts(db: Database) -> Iterator[tuple[str, str]]:
    """Every utterance's id and text, for checks and exports."""
    for row in db.query("SELECT id, text FROM utterances ORDER BY id"):
        yield row["id"], row["text"]


def _row(item: Written, ids: Sequence[str]) -> dict:
    c = item.conversation
    # What decides how the conversation is read and compared: its words, their sides and languages, who takes part, and
    # what else it is known by. Whoever looks at more than this must add it here, or stays with what was.
    content = stable_id(
        c.account,
        c.contact,
        c.rep,
        c.title,
        c.occurred_at,
        *sorted(keys_of(c)),
        *sorted(x for person in c.participants for x in (person.name, person.address, person.role)),
        *(x for i, u in zip(ids, c.utterances, strict=True) for x in (i, u.role, u.language)),
    )
    return {
        "id": c.id, "kind": c.kind, "title": c.title, "occurred_at": c.occurred_at, "account": c.account,
        "account_key": accounts.account(c.account), "source_id": c.source_id, "contact": c.contact,
        "job_title": c.job_title,
        "persona": item.persona.function, "seniority": item.persona.seniority, "rep": c.rep, "stage": c.stage,
        "outcome": c.outcome,
        "file": c.file, "row": c.row, "participants": json.dumps([p.as_dict() for p in c.participants], ensure_ascii=False),
        "content_hash": content, "compared": MARK + content, "sides": item.sides, "filled": "[]", "counted_as": c.id,
    }  # fmt: skip


def _utterance_rows(item: Written, ids: Sequence[str]) -> Iterator[tuple]:
    c = item.conversation
    for n, (i, u, role) in enumerate(zip(ids, c.utterances, item.stated, strict=True)):
        yield (
            i, c.id, n, u.speaker, u.role, role, u.voice, u.text, u.started_at, u.ended_at, u.source_id, u.answers,
            u.language,
        )  # fmt: skip


def _write_rows(db: Database, rows: Sequence[dict]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    kept = {"id", "counted_as", "compared"}
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in kept)
    # What has not changed has been compared already.
    changed += ", compared = iif(content_hash = excluded.content_hash AND compared <> '', compared, excluded.compared)"
    sql = f"""INSERT INTO conversations ({", ".join(columns)}) VALUES ({", ".join(f":{name}" for name in columns)})
        ON CONFLICT (id) DO UPDATE SET {changed}"""
    db.conn.executemany(sql, rows)


def _write_utterances(db: Database, rows: Sequence[tuple]) -> None:
    # Only what differs is written: every update of the table also rewrites the word index.
    sql = """INSERT INTO utterances (id, conversation_id, position, speaker, role, stated_role, voice, text, started_at,
            ended_at, source_id, answers, language) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET conversation_id = excluded.conversation_id, position = excluded.position,
            speaker = excluded.speaker, role = excluded.role, stated_role = excluded.stated_role,
            started_at = excluded.started_at, ended_at = excluded.ended_at, answers = excluded.answers,
            language = excluded.language
        WHERE (conversation_id, position, speaker, role, stated_role, started_at, ended_at, answers, language)
            IS NOT (excluded.conversation_id, excluded.position, excluded.speaker, excluded.role, excluded.stated_role,
            excluded.started_at, excluded.ended_at, excluded.answers, excluded.language)"""
    db.conn.executemany(sql, rows)


def _drop_others(db: Database, conversation_id: str, ids: Collection[str]) -> None:
    """Delete a conversation's utterances that it no longer has, and let the insights of those it has follow them."""
    values = {"c": conversation_id, "ids": json.dumps(list(ids))}
    mine = "(SELECT value FROM json_each(:ids))"
    db.execute(f"DELETE FROM utterances WHERE conversation_id = :c AND id NOT IN {mine}", values)
    sql = f"UPDATE insights SET conversation_id = :c WHERE utterance_id IN {mine} AND conversation_id <> :c"
    db.execute(sql, values)


def _write_details(db: Database, items: Sequence[Conversation], old: Collection[str]) -> None:
    """Own fields and the keys that CRM records are joined by."""
    for table in ("conversation_fields", "conversation_keys") if old else ():
        db.execute(
            f"DELETE FROM {table} WHERE conversation_id IN (SELECT value FROM json_each(?))", [json.dumps(sorted(old))]
        )
    db.conn.executemany(
        "INSERT OR REPLACE INTO conversation_fields (conversation_id, name, value) VALUES (?, ?, ?)",
        [(c.id, field_key(name), value) for c in items for name, value in sorted(c.fields.items()) if value],
    )
    db.conn.executemany(
        "INSERT OR IGNORE INTO conversation_keys (key, conversation_id) VALUES (?, ?)",
        [(key, c.id) for c in items for key in keys_of(c)],
    )

"""The statements of an erasure: what a person's words are found by, taken out of, and moved along in."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from insights.covers import COVER, says_nothing, tokens
from insights.records import Conversation, CrmRecord, text_hash
from pipelines.store import conversations, every_cell

NAMED = "names_person"  # an SQL function: whether a text names the person
_IDS = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance as it stands; `was` is its text before a change, "" where none was made."""

    id: str
    conversation_id: str
    position: int
    speaker: str
    text: str
    answers: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    id: str
    utterance_id: str
    kind: str
    start: int
    end: int
    text: str
    text_hash: str


def begin(db: Database, named: Callable[[str], bool]) -> None:
    """Let statements of this connection ask whether a text names the person."""
    db.conn.create_function(NAMED, 1, lambda text: isinstance(text, str) and named(text), deterministic=True)


def candidates(db: Database, accounts: Collection[str], addresses: Collection[str]) -> set[str]:
    """Conversations that may hold the person: of their companies, with their addresses, or naming them anywhere."""
    sql = f"""SELECT id FROM conversations WHERE account_key IN {_IDS} AND account_key <> ''
        UNION SELECT conversation_id FROM conversation_keys WHERE key IN {_IDS}
        UNION SELECT id FROM conversations WHERE {NAMED}(title || char(10) || contact || char(10) || rep || char(10) || participants)
        UNION SELECT conversation_id FROM utterances WHERE {NAMED}(speaker || char(10) || text || char(10) || answers)
        UNION SELECT conversation_id FROM conversation_fields WHERE {NAMED}(value)
        UNION SELECT item_id FROM brought WHERE kind = 'conversation' AND {NAMED}(said)"""
    keys = [f"email:{one}" for one in sorted(addresses)]
    return {row[0] for row in db.conn.execute(sql, [_json(accounts), json.dumps(keys)])}


def stated(db: Database, ids: Collection[str]) -> Iterator[tuple[Conversation, dict[str, str]]]:
    """Conversations with their words as their sources gave them, and the account, contact and rep that are known of
    each, from wherever."""
    sql = f"SELECT id, account, contact, rep FROM conversations WHERE id IN {_IDS}"
    facts = {row.pop("id"): row for row in db.query(sql, [_json(ids)])}
    for bare in conversations.stated(db, sorted(ids)):
        yield bare, facts[bare.id]


def versions(db: Database, item_id: str) -> list[tuple[int, str]]:
    """What each upload said of an item, the oldest first: (batch, JSON)."""
    sql = "SELECT batch_id, said FROM brought WHERE item_id = ? AND kind = 'conversation' ORDER BY batch_id"
    return [(row["batch_id"], row["said"]) for row in db.query(sql, [item_id])]


def said(db: Database, conversation_ids: Collection[str]) -> list[Said]:
    sql = f"""SELECT id, conversation_id, position, speaker, text, answers FROM utterances
        WHERE conversation_id IN {_IDS} ORDER BY conversation_id, position"""
    return [Said(**row) for row in db.query(sql, [_json(conversation_ids)])]


def texts(db: Database) -> Iterator[str]:
    for (text,) in db.conn.execute("SELECT text FROM utterances"):
        yield text


def themes_of(db: Database, utterance_ids: Collection[str]) -> set[int]:
    """The themes and sub-themes that quotes of these utterances are in."""
    sql = f"""SELECT m.theme_id, m.leaf_id FROM theme_members m JOIN insights i ON i.id = m.insight_id
        WHERE i.utterance_id IN {_IDS}"""
    return {theme for row in db.conn.execute(sql, [_json(utterance_ids)]) for theme in row}


def read_marks(db: Database, ids: Collection[str]) -> dict[str, str]:
    """Of conversations that have been read as they stand: what they were marked with."""
    sql = f"SELECT id, analysed FROM conversations WHERE id IN {_IDS} AND substr(analysed, 1, 16) = content_hash"
    return {row["id"]: row["analysed"] for row in db.query(sql, [_json(ids)])}


def restore_marks(db: Database, read: Mapping[str, str]) -> None:
    """What others said was read before and stands as it was read: it is not read again because somebody is gone."""
    sql = "UPDATE conversations SET analysed = content_hash || substr(analysed, 17) WHERE id = ? AND analysed = ?"
    db.conn.executemany(sql, list(read.items()))


def rewrite_brought(db: Database, told: Mapping[str, Sequence[tuple[int, str]]]) -> int:
    rows = [(text, item, batch) for item, mine in told.items() for batch, text in mine]
    db.conn.executemany("UPDATE brought SET said = ? WHERE item_id = ? AND batch_id = ?", rows)
    return len(rows)


def first_upload(db: Database, conversation_ids: Collection[str]) -> str:
    """When the first upload was begun (ISO 8601) that brought one of these conversations, or may have: one that held
    records of a CRM, or was undone. "" where there are no conversations to go by."""
    if not conversation_ids:
        return ""
    sql = """SELECT coalesce(min(b.created_at), '') FROM batches b WHERE b.status = 'undone' OR b.id IN (
        SELECT x.batch_id FROM brought x LEFT JOIN mails m ON x.kind = 'mail' AND m.id = x.item_id
        WHERE x.kind = 'record' OR coalesce(m.conversation_id, x.item_id) IN (SELECT value FROM json_each(?)))"""
    return str(db.execute(sql, [json.dumps(sorted(conversation_ids))]).fetchone()[0])


def drop_brought(db: Database, items: Collection[str]) -> int:
    return db.execute(f"DELETE FROM brought WHERE item_id IN {_IDS}", [_json(items)]).rowcount


def drop_set_facts(db: Database, conversation_ids: Collection[str]) -> int:
    return db.execute(f"DELETE FROM set_facts WHERE conversation_id IN {_IDS}", [_json(conversation_ids)]).rowcount


def mails_naming(db: Database, conversation_ids: Collection[str]) -> list[str]:
    sql = f"SELECT id FROM mails WHERE conversation_id IN {_IDS} OR {NAMED}(content) ORDER BY id"
    return [row[0] for row in db.conn.execute(sql, [_json(conversation_ids)])]


def conversations_at(db: Database, accounts: Collection[str]) -> set[str]:
    sql = f"SELECT id FROM conversations WHERE account_key IN {_IDS} AND account_key <> ''"
    return {row[0] for row in db.conn.execute(sql, [_json(accounts)])}


def follow_mails(db: Database, ids: Sequence[tuple[str, str]]) -> None:
    """Put mails in the place of others: (old id, new id), in their threads and in what uploads brought."""
    for old, new in ids:
        sql = "UPDATE mails SET conversation_id = (SELECT conversation_id FROM mails WHERE id = ?) WHERE id = ?"
        db.execute(sql, [old, new])
    _follow_items(db, ids)
    db.execute(f"DELETE FROM mails WHERE id IN {_IDS}", [json.dumps([old for old, _ in ids])])


def records(db: Database) -> list[tuple[str, CrmRecord]]:
    sql = "SELECT id, kind, content FROM crm_records ORDER BY id"
    found = []
    for row in db.query(sql):
        value = json.loads(row["content"])
        found.append((row["id"], CrmRecord(row["kind"], tuple(value["keys"]), value["facts"], value["fields"])))
    return found


def follow_record(db: Database, old: str, new: str) -> None:
    _follow_items(db, [(old, new)])


def _follow_items(db: Database, ids: Sequence[tuple[str, str]]) -> None:
    db.conn.executemany("UPDATE OR IGNORE brought SET item_id = ? WHERE item_id = ?", [(new, old) for old, new in ids])
    drop_brought(db, [old for old, new in ids if old != new])


def quotes_in(db: Database, utterance_ids: Collection[str]) -> list[Quoted]:
    sql = f"SELECT id, utterance_id, kind, start, end, text, text_hash FROM insights WHERE utterance_id IN {_IDS} ORDER BY id"
    return [Quoted(**row) for row in db.query(sql, [_json(utterance_ids)])]


def remove_utterances(db: Database, ids: Collection[str]) -> int:
    return db.execute(f"DELETE FROM utterances WHERE id IN {_IDS}", [_json(ids)]).rowcount


def drop_what_points_at(
    db: Database, quotes: Collection[str], utterances: Collection[str], said_keys: Collection[str]
) -> Counter[str]:
    """Delete what people did with quotes that are gone; their places in the history of themes stay, under other
    names."""
    gone: Counter[str] = Counter()
    points = {
        "collection_quotes": "insight_id", "usage_events": "insight_id", "quote_uses": "insight_id",
        "gone_quotes": "id",
        "quote_borders": "insight_id",
        "theme_proposal_members": "insight_id", "review_items": "subject_id",
    }  # fmt: skip
    for table, column in points.items():
        gone[table] = db.execute(f"DELETE FROM {table} WHERE {column} IN {_IDS}", [_json(quotes)]).rowcount
    # What was set by hand is laid over what sources say: it must be gone before conversations are settled again.
    gone["set_facts"] = db.execute(f"DELETE FROM set_facts WHERE {NAMED}(value) OR {NAMED}(was)").rowcount
    sql = f"DELETE FROM gone_quotes WHERE utterance_id IN {_IDS}"
    gone["gone_quotes"] += db.execute(sql, [_json(utterances)]).rowcount
    gone["gone_quotes"] = max(0, gone["gone_quotes"] - len(quotes))  # those that the deletion itself has just noted
    only = f"said IN {_IDS} AND said NOT IN (SELECT said FROM insights)"
    of = f"(SELECT id FROM reviews WHERE {only})"
    db.execute(f"UPDATE insights SET review_id = NULL, settled = '' WHERE review_id IN {of}", [_json(said_keys)])
    gone["review_items"] += db.execute(f"DELETE FROM review_items WHERE review_id IN {of}", [_json(said_keys)]).rowcount
    gone["reviews"] = db.execute(f"DELETE FROM reviews WHERE {only}", [_json(said_keys)]).rowcount
    db.execute("UPDATE theme_proposals SET size = min(size, (SELECT count(*) FROM theme_proposal_members WHERE proposal_id = id))"
               " WHERE status = 'open' AND EXISTS (SELECT 1 FROM theme_proposal_members WHERE proposal_id = id)")  # fmt: skip
    return gone


def problems_about(db: Database, theirs: Callable[[str], bool]) -> dict[int, list[int]]:
    """Upload -> its rows that could not be read and are about the person: one of their cells is an address or name that
    is `theirs`, or they are a line whose cells are not known. A row that only speaks of them is covered later."""
    sql = f"SELECT batch_id, id, record FROM problems WHERE record <> '{{}}' AND {NAMED}(record)"
    about: dict[int, list[int]] = {}
    for batch, number, record in db.execute(sql).fetchall():
        told = json.loads(record)
        if "line" in told or any(isinstance(cell, str) and theirs(cell.strip()) for cell in told.values()):
            about.setdefault(batch, []).append(number)
    return about


def close_problems(db: Database, closed: Mapping[int, int]) -> int:
    """Take rows that could not be read away, and say which upload had brought each (0: none, and none can any more)."""
    advice = "Nothing: who is in it was forgotten, so it is not taken in any more."
    sql = "UPDATE problems SET record = '{}', closed_by = ?, advice = CASE ? WHEN 0 THEN ? ELSE advice END WHERE id = ?"
    db.conn.executemany(sql, [(batch, batch, advice, number) for number, batch in closed.items()])
    return len(closed)


def cover_quote(db: Database, quote_id: str, words: str) -> None:
    sql = "UPDATE insights SET text = ?, text_hash = ?, words = '', settled = '' WHERE id = ?"
    db.execute(sql, [words, text_hash(words), quote_id])


def remove_quotes(db: Database, ids: Collection[str]) -> int:
    return db.execute(f"DELETE FROM insights WHERE id IN {_IDS}", [_json(ids)]).rowcount


def write_words(db: Database, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """(id, text, speaker, answers) of utterances whose words change in place."""
    sql = """UPDATE utterances SET text = ?2, speaker = ?3, answers = ?4
        WHERE id = ?1 AND (text, speaker, answers) IS NOT (?2, ?3, ?4)"""
    db.conn.executemany(sql, rows)


def read_again(db: Database, ids: Collection[str]) -> None:
    """Let trackers look again at utterances whose words have changed."""
    for table in ("sentences", "tracker_hits"):
        db.execute(f"DELETE FROM {table} WHERE utterance_id IN {_IDS}", [_json(ids)])


def still_said(db: Database, hashes: Collection[str]) -> set[str]:
    """Those of these hashes that others' words have too."""
    sql = (
        f"SELECT text_hash FROM insights WHERE text_hash IN {_IDS} UNION SELECT said FROM insights WHERE said IN {_IDS}"
    )
    return {row[0] for row in db.conn.execute(sql, [_json(hashes)] * 2)}


def said_elsewhere(db: Database, keys: Collection[str], conversation_ids: Collection[str]) -> set[str]:
    sql = f"SELECT DISTINCT said FROM insights WHERE said IN {_IDS} AND conversation_id NOT IN {_IDS}"
    return {row[0] for row in db.conn.execute(sql, [_json(keys), _json(conversation_ids)])}


def drop_by_name(
    db: Database, conversation_ids: Collection[str], is_theirs: Callable[[str, bool], bool]
) -> Counter[str]:
    """Delete what was told of the person by name: their side, and that they are a colleague."""
    gone: Counter[str] = Counter()
    for row in list(db.query("SELECT subject, conversation_id FROM side_corrections")):
        if is_theirs(row["subject"], row["conversation_id"] in conversation_ids):
            sql = "DELETE FROM side_corrections WHERE subject = ? AND conversation_id = ?"
            gone["side_corrections"] += db.execute(sql, [row["subject"], row["conversation_id"]]).rowcount
    for row in list(db.query("SELECT name FROM company WHERE kind = 'person'")):
        if is_theirs(row["name"], False):
            sql = "DELETE FROM company WHERE kind = 'person' AND name = ?"
            gone["company"] += db.execute(sql, [row["name"]]).rowcount
    return gone


def send_nothing(db: Database, addresses: Collection[str]) -> None:
    """Let no message wait for the person, and pause a digest that nobody else gets."""
    sql = f"""UPDATE digest_deliveries SET status = 'failed', reason = 'The recipient was forgotten.'
        WHERE status = 'waiting' AND lower(address) IN {_IDS}"""
    db.execute(sql, [_json(addresses)])
    sql = f"""UPDATE digests SET status = 'paused' WHERE status = 'active' AND coalesce(json_extract(plan, '$.webhook'), '') = ''
        AND json_array_length(plan, '$.mails') > 0
        AND NOT EXISTS (SELECT 1 FROM json_each(plan, '$.mails') WHERE lower(value) NOT IN {_IDS})"""
    db.execute(sql, [_json(addresses)])


def learn_again(db: Database) -> int:
    """Let trackers whose examples were covered learn from those that are left when mining next runs; how many examples
    went, each counted once where several versions have it. The versions say it too."""
    versions = list(
        db.query("SELECT tracker_id, version, content FROM tracker_versions WHERE instr(content, ?)", [COVER])
    )
    gone: Counter[int] = Counter()
    for row in versions:
        was = json.loads(row["content"])
        told = {
            name: [one for one in value if not isinstance(one, str) or not says_nothing(one)]
            if isinstance(value, list) else value
            for name, value in was.items()
        }  # fmt: skip
        lost = sum(len(was[name]) - len(told[name]) for name in ("examples", "counter_examples") if name in was)
        if lost:
            told["forgotten"] = was.get("forgotten", 0) + lost
        gone[row["tracker_id"]] = max(gone[row["tracker_id"]], lost)
        sql = "UPDATE tracker_versions SET content = ?, learnt = x'', models = '' WHERE tracker_id = ? AND version = ?"
        db.execute(sql, [json.dumps(told, ensure_ascii=False), row["tracker_id"], row["version"]])
    return gone.total()


def heal_hashes(db: Database, but: Collection[str]) -> None:
    """Make hashes beside texts those of the texts, wherever a table has both."""
    for table in every_cell.tables(db):
        if {"text", "text_hash"} <= set(table.texts) and table.name not in but:
            key = ", ".join(table.key)
            for *own, text, known in db.execute(f'SELECT {key}, text, text_hash FROM "{table.name}"').fetchall():
                if text_hash(text) != known:
                    same = " AND ".join(f"{name} = ?" for name in table.key)
                    db.execute(f'UPDATE "{table.name}" SET text_hash = ? WHERE {same}', [text_hash(text), *own])
    db.execute("DELETE FROM content_vectors WHERE text_hash NOT IN (SELECT text_hash FROM content_passages)")


def prune(db: Database) -> None:
    """Forget vectors and sketches whose words are no longer anywhere, and places of quotes that were theirs."""
    db.execute("DELETE FROM vectors WHERE text_hash NOT IN (SELECT text_hash FROM insights)")
    db.execute("DELETE FROM sketches WHERE id NOT IN (SELECT sketch_id FROM sentences)")
    db.execute("DELETE FROM sentence_vectors WHERE text_hash NOT IN (SELECT text_hash FROM sketches)")


def shape_again(db: Database, theme_id: int, *, who_said: Sequence[str]) -> int:
    """Make a theme sound like the quotes that are left in it. Nobody's words are left: it says nothing any more, and a
    name that was taken from the person's words becomes a number. Its id, and what people named it, stay."""
    row = next(iter(db.query("SELECT name, shape_id FROM themes WHERE id = ?", [theme_id])))
    left = db.execute(
        """SELECT i.text, v.vector FROM theme_members m JOIN insights i ON i.id = m.insight_id
        LEFT JOIN vectors v ON v.text_hash = i.text_hash WHERE m.theme_id = ?1 OR m.leaf_id = ?1""", [theme_id]
    ).fetchall()  # fmt: skip
    words = {word for text, _ in left for word, _, _ in tokens(text)}
    _rename_theirs(db, theme_id, row["name"], [text for text, _ in left], who_said)
    if row["shape_id"] is None:
        return 0
    shape = next(
        iter(db.query("SELECT centroid, tightness, keywords FROM theme_shapes WHERE id = ?", [row["shape_id"]]))
    )
    kept = [word for word in json.loads(shape["keywords"]) if all(one in words for one, _, _ in tokens(word))]
    centroid, tightness = b"", 0.0
    vectors = [np.frombuffer(vector, "<f4") for _, vector in left if vector is not None]
    if vectors and shape["centroid"]:
        units = np.stack(vectors)
        mean = units.mean(axis=0)
        mean /= max(float(np.linalg.norm(mean)), 1e-9)
        centroid, tightness = mean.astype("<f4").tobytes(), float((units @ mean).mean())
    sql = "UPDATE theme_shapes SET centroid = ?, tightness = ?, keywords = ? WHERE id = ?"
    db.execute(sql, [centroid, tightness, json.dumps(kept, ensure_ascii=False), row["shape_id"]])
    return 1


def _rename_theirs(db: Database, theme_id: int, name: str, left: Sequence[str], who_said: Sequence[str]) -> None:
    """A name that stands in the person's words, and in nobody else's of the theme, is theirs; one that is a single
    word, or that people gave, is not."""
    own = " ".join(word for word, _, _ in tokens(name))
    if len(own.split()) < 2 or not any(own in " ".join(w for w, _, _ in tokens(text)) for text in who_said):
        return
    if any(own in " ".join(w for w, _, _ in tokens(text)) for text in left):
        return
    new = f"Theme {theme_id}"
    db.execute("UPDATE themes SET name = ? WHERE id = ?", [new, theme_id])
    for row in list(db.query("SELECT id, edits FROM theme_events WHERE edits <> '[]'")):
        edits = json.loads(row["edits"])
        changed = [
            [theme, field, *(new if value == name else value for value in values)]
            if theme == theme_id and field == "name" else [theme, field, *values]
            for theme, field, *values in edits
        ]  # fmt: skip
        if changed != edits:
            db.execute(
                "UPDATE theme_events SET edits = ? WHERE id = ?", [json.dumps(changed, ensure_ascii=False), row["id"]]
            )


def clean_words(db: Database) -> None:
    """Make the word index anew, so that none of its parts holds what was taken out."""
    db.execute("INSERT INTO utterances_fts (utterances_fts) VALUES ('rebuild')")
    db.execute("INSERT INTO utterances_fts (utterances_fts) VALUES ('optimize')")


def _json(values: Collection[str]) -> str:
    return json.dumps(sorted(values))

"""What is known of where quotes come from: who took part, which names may stand in them, and whom else a description
fits."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from insights.attribution import INDUSTRY_FIELDS, SEGMENT_FIELDS
from insights.people import is_generic, spelt, untitled
from insights.privacy.vocabulary import common, fold
from pipelines.store.remembered import per_state

_OWN = (*SEGMENT_FIELDS, *INDUSTRY_FIELDS)
_COLUMNS = frozenset({"persona", "seniority", "job_title"})
_MARKS = ", ".join("?" * len(_OWN))


@dataclass(frozen=True, slots=True)
class Names:
    """What people are called, folded: whole names by their words in order, with how one is written; first names; last
    ones."""

    whole: Mapping[str, str]
    firsts: frozenset[str]
    lasts: frozenset[str]


def fields(db: Database, conversation_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Per conversation the uploads' own fields that say what kind of company it is."""
    sql = f"""SELECT conversation_id AS c, name, value FROM conversation_fields
        WHERE conversation_id IN (SELECT value FROM json_each(?)) AND name IN ({_MARKS})"""
    found: dict[str, dict[str, str]] = {}
    for row in db.query(sql, [json.dumps(sorted(conversation_ids)), *_OWN]):
        found.setdefault(row["c"], {})[row["name"]] = row["value"]
    return found


def participants(db: Database, conversation_ids: Collection[str]) -> dict[str, tuple[dict[str, str], ...]]:
    """Per conversation those who took part."""
    sql = "SELECT id, participants FROM conversations WHERE id IN (SELECT value FROM json_each(?))"
    rows = db.query(sql, [json.dumps(sorted(conversation_ids))])
    return {row["id"]: tuple(json.loads(row["participants"])) for row in rows}


def people(db: Database, conversation_id: str, account_key: str) -> list[str]:
    """Who may be named in a conversation: those of all conversations with its account, and every rep."""
    sql = """WITH same AS (SELECT id, contact, participants FROM conversations
            WHERE id = :c OR (:a <> '' AND account_key = :a) LIMIT 300)
        SELECT contact AS name FROM same UNION SELECT json_extract(p.value, '$.name') FROM same, json_each(participants) AS p
        UNION SELECT name FROM company WHERE kind = 'person' UNION SELECT speaker FROM utterances WHERE conversation_id = :c"""
    found = {row["name"] for row in db.query(sql, {"c": conversation_id, "a": account_key}) if row["name"]}
    return sorted(found.union(reps(db)))


@per_state
def reps(db: Database) -> tuple[str, ...]:
    """Every name of a rep: looked for in each text, so kept until conversations change."""
    return tuple(row["rep"] for row in db.query("SELECT DISTINCT rep FROM conversations WHERE rep <> '' ORDER BY rep"))


@per_state
def facts(db: Database) -> tuple[str, ...]:
    """What stages and outcomes are called: people write into them, too, whom they wait for or lost to."""
    sql = """SELECT stage FROM conversations UNION SELECT outcome FROM conversations
        UNION SELECT outcome_of(outcome, stage) FROM conversations"""
    return tuple(text for (text,) in db.conn.execute(sql) if text)


@per_state
def name_words(db: Database) -> frozenset[str]:
    """The words, folded, of all that companies, contacts, reps and others who took part are called."""
    sql = """SELECT account AS name FROM conversations UNION SELECT contact FROM conversations UNION SELECT rep FROM conversations
        UNION SELECT json_extract(p.value, '$.name') FROM conversations, json_each(participants) AS p
        UNION SELECT json_extract(p.value, '$.address') FROM conversations, json_each(participants) AS p
        UNION SELECT speaker FROM utterances UNION SELECT name FROM company WHERE kind = 'person'"""
    return frozenset(fold(word) for row in db.query(sql) for word in re.findall(r"[^\W_]+", row["name"] or ""))


@per_state
def named(db: Database) -> Names:
    """What contacts and others who took part are called."""
    sql = """SELECT contact AS name, '' AS address FROM conversations UNION
        SELECT json_extract(p.value, '$.name'), json_extract(p.value, '$.address') FROM conversations, json_each(participants) AS p"""
    rows = db.conn.execute(sql)
    whole: dict[str, str] = {}
    firsts, lasts = set(), set()
    for name in {name or spelt(address or "") for name, address in rows}:
        words = [fold(word) for word in untitled(name).split()] if name and not is_generic(name) else []
        firsts.update(words[:1])
        lasts.update(words[1:])
        whole |= {_key(some): name for some in (words, (*words[:1], *words[-1:])) if len(words) > 1}
    return Names(whole, frozenset(firsts), frozenset(lasts))


def called_alone(names: Names, words: Iterable[str]) -> list[str]:
    """Those of these words that somebody who took part is called by: a first name, or a last one that is no everyday
    word."""
    return [w for w in words if (key := fold(w)) in names.firsts or (key in names.lasts and key not in common())]


def people_called(names: Names, runs: Iterable[Collection[str]]) -> list[str]:
    """Whom these runs of words mean, in whichever order a name is written: the names of those who took part anywhere."""
    keys = (_key(map(fold, run)) for run in runs if len(run) > 1)
    return sorted({names.whole[key] for key in keys if key in names.whole})


def _key(words: Iterable[str]) -> str:
    return " ".join(sorted(words))


def account_of(db: Database, conversation_id: str) -> tuple[str, str]:
    """The account of a conversation as it is written, and its key."""
    rows = db.query("SELECT account, account_key FROM conversations WHERE id = ?", [conversation_id])
    return next(((row["account"], row["account_key"]) for row in rows), ("", ""))


def accounts_called(db: Database, keys: Iterable[str]) -> list[str]:
    """Accounts whose key is one of these, or begins with one of them as its first word."""
    wanted = sorted({key for key in keys if key})
    sql = """SELECT DISTINCT account FROM conversations, json_each(?) AS k WHERE account <> '' AND (account_key = k.value
        OR (instr(k.value, ' ') = 0 AND account_key >= k.value || ' ' AND account_key < k.value || '!'))"""
    return [row["account"] for row in db.query(sql, [json.dumps(wanted)])] if wanted else []


def fitting(db: Database, facts: Mapping[str, str]) -> int:
    """How many accounts have a conversation with all these facts: columns of conversations, `segment` and `industry`
    (any of the fields that say so)."""
    parts, values = ["c.account_key <> ''"], []
    for name, value in facts.items():
        if name in _COLUMNS:
            parts.append(f"c.{name} = ?")
            values.append(value)
        else:
            own = SEGMENT_FIELDS if name == "segment" else INDUSTRY_FIELDS
            parts.append(
                f"""c.id IN (SELECT conversation_id FROM conversation_fields WHERE value = ?
                AND name IN ({", ".join("?" * len(own))}))"""
            )
            values += [value, *own]
    sql = f"SELECT count(DISTINCT c.account_key) AS n FROM conversations c WHERE {' AND '.join(parts)}"
    return next(iter(db.query(sql, values)))["n"]

"""A connection that shows no names: temporary views of the same names stand before the tables that hold what was said
and by whom, so that every list, page, file and answer made with it is covered, and what is forgotten shows nothing
instead of a name.

What one would get wrong: words are covered by as many █ as they have letters, so that every place in them holds;
accounts stay apart under names that mean nothing, so that counting them gives the same figures. What holds numbers only
is worked out on the connection beneath (`bare`) and shared with everybody.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from sqlite_utils import Database

HIDDEN = frozenset({"account", "rep"})  # facts of a conversation that name somebody
FREE_FACTS = ("stage", "outcome")  # in which somebody may be named
NAMED = frozenset({"title", "file", "files", "path", "paths"})  # of what jobs and uploads keep
COVER = "█"
_PSEUDONYM = re.compile(r"\s*account [0-9a-f]{10}\s*")
_KEY = secrets.token_bytes(16)  # of this process: nobody can try whether a name gives a pseudonym
_SAID = "covered_said({}.id, {}.conversation_id, {}.text)"
_FACT = "CASE name WHEN 'date' THEN {0} WHEN 'account' THEN covered_as({0}) ELSE '' END"
# Of each table the columns that are shown otherwise; a table that is here shows all its other columns as they are.
COLUMNS: dict[str, dict[str, str]] = {
    "conversations": {
        "title": "''", "account": "covered_as(account)", "contact": "''", "rep": "''",
        "job_title": "covered(job_title)", "file": "covered_file(file)", "participants": "'[]'", "filled": "'[]'",
        "sides": "'[]'",
        "link": "'{}'", "source_id": "''",
    },
    "conversation_fields": {"value": "covered(value)"},
    "utterances": {
        "speaker": "''", "text": "covered_said(id, conversation_id, text)", "answers": "covered(answers)",
        "source_id": "''",
    },
    "insights": {
        "text": "covered_part(utterance_id, conversation_id, start, end)",
        "name": "iif(kind = 'competitor', covered(name), name)",  # a rival that nobody decided on may be a customer
    },
    "mails": {"content": "'{}'"}, "crm_records": {"content": "'{}'"}, "crm_keys": {"key": "''"},
    "brought": {"said": "''"}, "problems": {"record": "'{}'", "reason": "covered(reason)", "file": "covered_file(file)"},
    "known_pieces": {"file": "covered_file(file)"}, "batch_files": {"file": "covered_file(file)"},
    "batches": {"title": "'Upload ' || id", "readings": "covered_files(readings)"},
    "side_corrections": {"subject": "''"}, "persona_rules": {"words": "covered(words)"},
    "reviews": {"quote": "covered(quote)", "words": "''"},
    "themes": {
        "name": "covered(name)",
        "label": "iif(kind = 'competitor', covered_word(label), label)",  # the rival's name, written small
    }, "theme_shapes": {"keywords": "covered_keywords(keywords)"},
    "theme_events": {"reason": "covered(reason)", "edits": "covered_json(edits)"},
    "theme_proposals": {"content": "covered_json(content)", "reason": "covered(reason)"},
    "saved_reports": {
        "title": "covered(title)", "note": "covered(note)", "query": "covered_query(query)",
        "content": "covered_json(content)",
    },
    "jobs": {"arguments": "covered_files(arguments)", "result": "covered_files(result)", "error": "covered(error)"},
    "tracker_versions": {"content": "covered_json(content)"}, "tracker_hits": {"why": "covered(why)"},
    "trackers": {"name": "covered(name)"},
    "annotations": {"text": "covered(text)", "link": "covered_link(link)"},
    "annotation_versions": {"content": "covered_json(content)"},
    "asks": {"words": "covered(words)"},
    "name_decisions": {"name": "covered(name)", "before": "covered_json(before)", "after": "covered_json(after)"},
    "catalogue_changes": {
        "name": "iif(subject = 'side', '', covered(name))", **{
            side: f"iif(subject = 'side', covered_side({side}), covered_json({side}))" for side in ("before", "after")
        },
    },
    "comments": {"words": "covered(words)", "name": "covered(name)", "place": "covered_place(place)"},
    "comment_steps": {"words": "iif(what = 'handed on', words, covered(words))"},
    "set_facts": {"value": _FACT.format("value"), "was": _FACT.format("was")},
    "signal_events": {"content": "covered_json(content)"}, "shared_months": {"content": "covered_json(content)"},
    "plan_notes": {"note": "covered(note)"},
    "collections": {"title": "covered(title)", "note": "covered(note)"}, "collection_quotes": {"note": "covered(note)"},
    "collection_events": {"edits": "covered_json(edits)"}, "usage_events": {"note": "covered(note)"},
    "quote_usage": {"note": "covered(note)"},  # a view of the file itself reads its tables, not the views before them
    "quote_uses": {"title": "covered(title)", "address": "covered_link(address)"},
    "digests": {"title": "covered(title)", "plan": "covered_json(plan)"},
    "digest_runs": {"content": "covered_json(content)"},
    "keeping_rules": {"words": "covered(words)"}, "keeping_receipts": {"content": "covered_json(content)"},
}  # fmt: skip
# Tables with texts that are shown as they are, and why.
PLAIN = {
    "_sqlite_migrations": "names of migrations", "changes": "names of tables",
    "state": "settings and marks; no page shows a value that a person typed",
    "vectors": "hashes", "content_vectors": "hashes", "sketches": "hashes", "sentences": "ids",
    "sentence_vectors": "hashes",
    "mail_marks": "hashes", "bands": "ids", "block_keys": "hashed keys by which likeness is looked for",
    "passages": "hashes",
    "boilerplate": "hashes", "link_decisions": "ids and days",
    "conversation_keys": "joined with CRM records; ids of accounts are told to nobody who sees no names",
    "utterances_fts": "the index of words: what it finds is read from the covered table, and no name can be asked for",
    "utterances_fts_idx": "as the index", "utterances_fts_config": "as the index",
    "company": "who and what we are: never covered", "competitors": "never covered",
    "column_mappings": "the headers of tables",
    "review_rounds": "days and colleagues", "review_items": "ids and colleagues", "unmarked": "ids", "tagged": "ids and places",
    "learned": "figures",
    "theme_members": "ids", "unplaced": "ids", "theme_moves": "ids", "theme_proposal_members": "ids",
    "gone_quotes": "ids and hashes",
    "quote_borders": "ids, places and colleagues",
    "content_uploads": "our own published pages", "content_versions": "our own published pages",
    "content_pages": "our own published pages",
    "content_passages": "our own published pages", "content_answers": "our own published pages",
    "stage_steps": "names of stages",
    "digest_deliveries": "for administrators", "signal_hooks": "for administrators",
    "users": "colleagues", "sessions": "one's own", "tokens": "one's own", "invitations": "for administrators",
    "access_settings": "for administrators", "audit": "for administrators", "audit_kept": "a day",
    "erasures": "receipts name nobody", "forgotten": "keyed hashes",
}  # fmt: skip
_SHOWN = "CREATE TEMP VIEW shown_insights AS SELECT * FROM insights WHERE standing = ''"

MOST_WRITTEN_OUT = 200  # values that a view names one by one
_views: dict[tuple, str] = {}  # what was made of a file's schema last

Said = Callable[[str, str, str], str]  # (utterance, conversation, text) -> the text, covered


def holds_cover(text: str) -> bool:
    """Whether a text has something in it that stands for a name, or is what stands for an account."""
    return COVER in text or _PSEUDONYM.fullmatch(text) is not None


def texts(told: Any) -> Iterator[str]:
    """All texts of a value of JSON, the names of its parts too."""
    match told:
        case str():
            yield told
        case list() | tuple():
            for one in told:
                yield from texts(one)
        case dict():
            yield from told
            yield from texts(list(told.values()))


def is_covered(db: Database) -> bool:
    return getattr(db.conn, "bare", None) is not None


def shows(db: Database) -> Hashable:
    """What a connection shows otherwise than it is, as a part of the key of what is kept: what one that was covered before
    a write saw of that is not for others."""
    return getattr(db.conn, "shows", frozenset()) if is_covered(db) else None


def otherwise(db: Database) -> Mapping[str, str]:
    """The stages and outcomes that a connection shows otherwise, with how; {} on one that is not covered."""
    return getattr(db.conn, "otherwise", None) or {}


def bare(db: Database) -> Database:
    """The connection beneath a covered one: for what holds numbers only. Any other connection is its own."""
    return getattr(db.conn, "bare", None) or db


def cover(
    db: Database, beneath: Database, said: Said, plain: Callable[[str], str], keyword: Callable[[str], str],
    facts: Mapping[str, str],
) -> None:  # fmt: skip
    """Let `db` show nobody's name. `said` covers a text with who may be named in it, `plain` any other text, `keyword` a
    word by itself, written small. `facts` are the stages and outcomes that name somebody, with how they are shown."""

    def part(utterance: str, conversation: str, start: int, end: int) -> str:
        row = beneath.conn.execute("SELECT text FROM main.utterances WHERE id = ?", [utterance]).fetchone()
        return said(utterance, conversation, row[0])[start:end] if row else ""

    functions: dict[str, Callable[..., Any]] = {
        "covered_said": said, "covered": lambda text: plain(text) if isinstance(text, str) else text,
        "covered_part": part, "covered_as": pseudonym, "covered_place": lambda text: _place(text, plain) if text else text,
        "covered_side": lambda told: json.dumps([COVER, *json.loads(told)[1:]]) if told else told,
        "covered_query": lambda text: _query(text, plain) if text else text,
        "covered_link": lambda text: link(text, keyword) if text else text,
        "covered_file": file_of, "covered_word": keyword,
        "covered_files": lambda told: json.dumps(_within(json.loads(told), plain, keyword, files=True), ensure_ascii=False) if told else told,
        "covered_keywords": lambda told: json.dumps([keyword(one) for one in json.loads(told)], ensure_ascii=False) if told else told,
        "covered_json": lambda told: json.dumps(_within(json.loads(told), plain, keyword), ensure_ascii=False) if told else told,
    }  # fmt: skip
    conn: Any = db.conn
    for name, function in functions.items():
        conn.create_function(name, {"covered_said": 3, "covered_part": 4}.get(name, 1), function, deterministic=True)
    schema = (conn.execute("PRAGMA database_list").fetchone()[2], conn.execute("PRAGMA schema_version").fetchone()[0])
    if (key := (*schema, *sorted(facts.items()))) not in _views:
        there = {*db.table_names(), *db.view_names()}
        columns = {**COLUMNS, "conversations": COLUMNS["conversations"] | _facts(facts)}
        _views.clear()
        _views[key] = ";".join([*(view(db, name, shown) for name, shown in columns.items() if name in there), _SHOWN])
    conn.executescript(_views[key])
    conn.veils = frozenset(row[0] for row in conn.execute("SELECT name FROM temp.sqlite_master"))
    conn.bare, conn.otherwise, conn.shows = beneath, facts, frozenset(facts.items())


def _facts(facts: Mapping[str, str]) -> dict[str, str]:
    """How stages and outcomes are shown. Few or none name somebody: these are named one by one, so that what is counted
    by the others asks for no function."""
    if not facts or len(facts) > MOST_WRITTEN_OUT:
        return {name: f"covered({name})" for name in FREE_FACTS} if facts else {}
    cases = " ".join(
        "WHEN '{}' THEN '{}'".format(*(one.replace("'", "''") for one in pair)) for pair in sorted(facts.items())
    )
    return {name: f"CASE {name} {cases} ELSE {name} END" for name in FREE_FACTS}


def view(db: Database, table: str, shown: dict[str, str], *, where: str = "") -> str:
    """A temporary view that stands before a table; row numbers are the table's, where it has any."""
    columns = [row[1] for row in db.conn.execute(f"SELECT * FROM pragma_table_xinfo('{table}', 'main')")]
    kind, sql = db.conn.execute("SELECT type, sql FROM main.sqlite_master WHERE name = ?", [table]).fetchone()
    # Where the key is the row number it would be there twice, and `SELECT *` would call the second "id:1".
    rows = [] if kind == "view" or "WITHOUT ROWID" in sql or "INTEGER PRIMARY KEY" in sql else ["rowid"]
    chosen = ", ".join([*rows, *(f'{shown[name]} AS "{name}"' if name in shown else f'"{name}"' for name in columns)])
    return f"CREATE TEMP VIEW {table} AS SELECT {chosen} FROM main.{table} {where}"


def shown_otherwise(db: Database, names: Iterable[str]) -> dict[str, str]:
    """Those of these names that a covered connection shows otherwise, with how; none on any other connection. For what
    is worked out beneath and has names in it."""
    if not is_covered(db):
        return {}
    told = ((name, db.conn.execute("SELECT covered(?)", [name]).fetchone()[0]) for name in set(names))
    return {name: shown for name, shown in told if shown != name}


def _within(told: Any, plain: Callable[[str], str], keyword: Callable[[str], str], *, files: bool = False) -> Any:
    """A value of JSON with its texts covered; with `files` what is called by file names or is an upload's name is
    covered whole."""
    match told:
        case str():
            return plain(told)
        case list():
            return [_within(one, plain, keyword, files=files) for one in told]
        case dict():
            return {
                name: _named(one) if files and name in NAMED
                else _within(one, keyword if name == "keywords" else _linked(keyword) if name == "link" else plain, keyword, files=files)
                for name, one in told.items()
            }  # fmt: skip
    return told


def _linked(keyword: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: link(text, keyword)


def _named(told: Any) -> Any:
    return [_named(one) for one in told] if isinstance(told, list) else file_of(told) if isinstance(told, str) else told


def file_of(name: str) -> str:
    """What stands for a file: people write customers' names into file names in ways that no search for names knows."""
    if not name:
        return name
    ending = re.search(r"\.[A-Za-z0-9]{1,5}$", name)
    return f"file {hashlib.blake2b(name.encode(), key=_KEY, digest_size=3).hexdigest()}{ending[0].lower() if ending else ''}"


def _place(address: str, plain: Callable[[str], str]) -> str:
    """An address with what its query asks for covered; which account it is of can be tried with a list of names."""
    path, sign, query = address.partition("?")
    if re.fullmatch(r"/accounts/[0-9a-f]{16}", path):
        path = "/accounts"
    return path + sign + _query(query, plain)


def link(address: str, keyword: Callable[[str], str]) -> str:
    """An address elsewhere, covered behind its host where a word of it names somebody: a page about a customer is called
    like them."""
    words = re.findall(r"[^\W_]+", unquote(address))
    if not any(COVER in keyword(one) for one in (*words, *map(" ".join, pairwise(words)))):
        return address
    return f"{address.partition('://')[0]}://{COVER * 8}"


def _query(query: str, plain: Callable[[str], str]) -> str:
    """A query with what it names covered; whose company or rep it is about is nothing that could be asked for."""
    given = parse_qsl(query, keep_blank_values=True)
    shown = [(name, _asked(name, value, plain)) for name, value in given]
    return query if shown == given else urlencode(shown)


def _asked(name: str, value: str, plain: Callable[[str], str]) -> str:
    if name in HIDDEN and value:
        return COVER
    # What people look for they write small.
    return COVER * len(value) if name == "q" and COVER in plain(value.title()) else plain(value)


def pseudonym(name: str) -> str:
    """What stands for a name where the same must stay the same; "" for none."""
    return f"account {hashlib.blake2b(name.encode(), key=_KEY, digest_size=5).hexdigest()}" if name else ""

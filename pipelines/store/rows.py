"""All that people made or brought, table by table, as rows to carry away and to bring in.

What one would get wrong: a table that is not named here never leaves: a new one is added to KEPT or to LEFT_OUT, and a
test asks for it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlite_utils import Database

from pipelines.store.migrations import migrations

# In the order in which they are written; what belongs to a row stands after it.
KEPT = (
    "company", "competitors", "persona_rules", "column_mappings", "name_decisions", "catalogue_changes", "stage_steps",
    "batches", "problems", "batch_files", "known_pieces", "crm_records", "crm_keys", "mails", "mail_marks",
    "conversations", "conversation_fields",
    "conversation_keys", "utterances", "brought", "link_decisions", "side_corrections", "bands", "block_keys",
    "passages",
    "boilerplate", "insights", "unmarked", "reviews", "review_rounds", "review_items", "learned", "theme_shapes",
    "themes",
    "theme_events", "theme_event_themes", "theme_moves", "theme_members", "theme_proposals", "theme_proposal_members",
    "trackers", "tracker_versions", "saved_reports", "annotations", "annotation_versions", "digests", "digest_runs",
    "content_uploads", "content_versions", "content_pages", "content_passages", "content_answers", "plan_notes", "asks",
    "comments", "comment_steps",
    "collections", "collection_quotes", "collection_events", "usage_events", "quote_uses", "gone_quotes",
    "quote_borders", "set_facts",
    "keeping_rules", "keeping_receipts", "signal_events", "shared_months",
    # so that who was forgotten stays forgotten; the key that the marks were made with stands in `state`
    "erasures", "forgotten", "state", "sqlite_sequence",
    # of schemas before the fifth
    "sightings", "mail_references",
)  # fmt: skip
LEFT_OUT = {
    "jobs": "work under way; what it did is in the other tables",
    "vectors": "worked out again by `parley mine`",
    "sketches": "worked out again by `parley mine`",
    "sentences": "worked out again by `parley mine`",
    "sentence_vectors": "worked out again by `parley mine`",
    "tagged": "what the tagger said, asked again by `parley mine` when names change",
    "tracker_hits": "found again by `parley mine`",
    "content_vectors": "worked out again when the plan is opened",
    "digest_deliveries": "holds addresses",
    "signal_hooks": "addresses and their secrets: what is posted is posted from where it was set up",
    "changes": "counts what was written where",
    "unplaced": "kept by triggers",
    "users": "who may come in is decided where Parley runs",
    "sessions": "opens only the Parley that it was made by",
    "tokens": "opens only the Parley that it was made by",
    "invitations": "opens only the Parley that it was made by",
    "access_settings": "who may see what is decided where Parley runs",
    "audit": "says what was done where it was written",
    "audit_kept": "belongs to the audit log",
    "_sqlite_migrations": "written by the import itself",
}
# A webhook's address and a digest's secret are passwords. What waits to be sent is sent from where it was made, and from
# there alone: elsewhere digests wait until somebody resumes them.
_AS = {
    ("digests", "plan"): "json_set(plan, '$.webhook', '')",
    ("digests", "status"): "iif(status = 'active', 'paused', status)",
}
_NOT = {("digests", "secret")}
_WHERE = {
    "digest_runs": "status <> 'waiting'",
    # "seen …": how far stages have looked, by counts of `changes`
    "state": "key NOT LIKE 'backed up%' AND key NOT LIKE 'seen %'",
    # `sentences`: trackers know how far they have looked by these numbers, so new ones must be higher.
    "sqlite_sequence": f"name IN ({', '.join(repr(name) for name in (*KEPT, 'sentences'))})",
}
_ROWS_AT_ONCE = 2000


def schema(db: Database) -> str:
    """The name of the last migration that a database has gone through."""
    return migrations.applied(db)[-1].name


def tables(db: Database) -> list[str]:
    """Those of KEPT that this schema has, in order."""
    there = {*db.table_names(), "sqlite_sequence"}
    return [name for name in KEPT if name in there]


def columns(db: Database, table: str) -> list[str]:
    """The columns that are carried, in the schema's order: what SQLite works out itself and secrets are not."""
    rows = db.conn.execute(f'PRAGMA table_xinfo("{table}")').fetchall()
    return [name for _, name, _, _, _, _, hidden in rows if not hidden and (table, name) not in _NOT]


def count(db: Database, table: str) -> int:
    return int(db.conn.execute(f'SELECT count(*) FROM "{table}" WHERE {_WHERE.get(table, "1")}').fetchone()[0])


def read(db: Database, table: str) -> Iterator[dict[str, Any]]:
    """A table's rows in the order of their keys, however they were written."""
    names = columns(db, table)
    chosen = ", ".join(_AS.get((table, name), f'"{name}"') for name in names)
    cursor = db.conn.execute(
        f'SELECT {chosen} FROM "{table}" WHERE {_WHERE.get(table, "1")} ORDER BY {_key(db, table)}'
    )
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def write(db: Database, table: str, rows: Sequence[Sequence[Any]], *, secret: str = "") -> None:
    """Add rows whose values stand as `columns` says; inside `db.atomic()`. Where a secret is wanted, this one is
    given."""
    names = columns(db, table)
    if table == "sqlite_sequence":
        _number(db, names, rows)
        return
    own = [name for kept, name in _NOT if kept == table]
    listed, marks = ", ".join(f'"{name}"' for name in (*names, *own)), ", ".join("?" * (len(names) + len(own)))
    values = [(*row, *(secret for _ in own)) for row in rows] if own else rows
    db.conn.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', values)


def is_empty(db: Database) -> bool:
    """Whether nobody has made or brought anything."""
    return not any(count(db, name) for name in tables(db) if name not in ("state", "sqlite_sequence"))


def opened_at(path: str, last: str) -> Database:
    """A new database whose schema is as it was after a migration, in which rows may come before those they point to."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")  # it is nothing until it is whole
    db = Database(connection)
    names = [one.name for one in migrations.pending(db)]
    after = names[names.index(last) + 1 :]
    migrations.apply(db, stop_before=after[0] if after else None)
    return db


def migrate(db: Database) -> None:
    """Bring a schema up to date."""
    with db.atomic():
        migrations.apply(db)


def _key(db: Database, table: str) -> str:
    if table == "sqlite_sequence":
        return "name"
    key = [(place, name) for _, name, _, _, _, place, _ in db.conn.execute(f'PRAGMA table_xinfo("{table}")') if place]
    return ", ".join(f'"{name}"' for _, name in sorted(key))


def _number(db: Database, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Numbers that were given once are never given again."""
    for row in rows:
        told = dict(zip(names, row, strict=True))
        db.conn.execute("DELETE FROM sqlite_sequence WHERE name = ?", [told["name"]])
        db.conn.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [told["name"], told["seq"]])

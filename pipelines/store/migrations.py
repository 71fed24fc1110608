"""The schema's history. Migrations are appended, never edited: a released database must be able to walk forward."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("parley")


@migrations()
def m001_conversations(db: Database) -> None:
    """Uploads, what they brought, and what could not be read."""
    _run(
        db,
        """CREATE TABLE batches (
            id INTEGER PRIMARY KEY AUTOINCREMENT, created_at TEXT NOT NULL, title TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'reading' CHECK (status IN ('reading', 'done', 'undone')),
            finished_at TEXT, files INTEGER NOT NULL DEFAULT 0, conversations INTEGER NOT NULL DEFAULT 0,
            utterances INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0,
            problems INTEGER NOT NULL DEFAULT 0)""",
        """CREATE TABLE problems (
            id INTEGER PRIMARY KEY, batch_id INTEGER NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
            file TEXT NOT NULL, row INTEGER, reason TEXT NOT NULL, advice TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX problems_batch ON problems(batch_id)",
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, occurred_at TEXT NOT NULL,
            day TEXT GENERATED ALWAYS AS (substr(occurred_at, 1, 10)) STORED,
            account TEXT NOT NULL, contact TEXT NOT NULL, job_title TEXT NOT NULL,
            persona TEXT NOT NULL, seniority TEXT NOT NULL, rep TEXT NOT NULL, stage TEXT NOT NULL,
            outcome TEXT NOT NULL, file TEXT NOT NULL, row INTEGER, participants TEXT NOT NULL DEFAULT '[]',
            content_hash TEXT NOT NULL, analysed TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX conversations_day ON conversations(day)",
        "CREATE INDEX conversations_account ON conversations(account)",
        """CREATE TABLE conversation_fields (
            conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, name TEXT NOT NULL,
            value TEXT NOT NULL, PRIMARY KEY (conversation_id, name))""",
        "CREATE INDEX conversation_fields_value ON conversation_fields(name, value)",
        """CREATE TABLE utterances (
            id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            position INTEGER NOT NULL, speaker TEXT NOT NULL, role TEXT NOT NULL, voice TEXT NOT NULL,
            text TEXT NOT NULL, started_at REAL, ended_at REAL, source_id TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX utterances_conversation ON utterances(conversation_id, position)",
        """CREATE TABLE sightings (
            batch_id INTEGER NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
            utterance_id TEXT NOT NULL REFERENCES utterances(id) ON DELETE CASCADE,
            PRIMARY KEY (utterance_id, batch_id))""",
        "CREATE INDEX sightings_batch ON sightings(batch_id)",
    )
    db.table("utterances").enable_fts(["text"], create_triggers=True, tokenize="porter unicode61")


@migrations()
def m002_insights(db: Database) -> None:
    """What was found, the vectors of the quotes, and the themes with their ledger."""
    _run(
        db,
        """CREATE TABLE insights (
            id TEXT PRIMARY KEY, utterance_id TEXT NOT NULL REFERENCES utterances(id) ON DELETE CASCADE,
            conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            kind TEXT NOT NULL, label TEXT NOT NULL, name TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
            text TEXT NOT NULL, text_hash TEXT NOT NULL, confidence REAL NOT NULL)""",
        "CREATE INDEX insights_utterance ON insights(utterance_id)",
        "CREATE INDEX insights_conversation ON insights(conversation_id, kind)",
        "CREATE INDEX insights_kind ON insights(kind, label)",
        "CREATE INDEX insights_hash ON insights(text_hash)",
        """CREATE TABLE vectors (
            text_hash TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL,
            PRIMARY KEY (text_hash, encoder))""",
        """CREATE TABLE themes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL,
            keywords TEXT NOT NULL, centroid BLOB, tightness REAL NOT NULL DEFAULT 0,
            status TEXT NOT NULL DEFAULT 'active'
            CHECK (status IN ('active', 'retired')), pinned INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL)""",
        """CREATE TABLE theme_members (
            insight_id TEXT PRIMARY KEY REFERENCES insights(id) ON DELETE CASCADE,
            theme_id INTEGER NOT NULL REFERENCES themes(id), confidence REAL NOT NULL)""",
        "CREATE INDEX theme_members_theme ON theme_members(theme_id)",
        """CREATE TABLE theme_events (
            id INTEGER PRIMARY KEY, theme_id INTEGER NOT NULL REFERENCES themes(id), type TEXT NOT NULL,
            at TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', before TEXT NOT NULL DEFAULT '{}',
            after TEXT NOT NULL DEFAULT '{}')""",
        "CREATE INDEX theme_events_theme ON theme_events(theme_id)",
    )


@migrations()
def m003_company_and_jobs(db: Database) -> None:
    """What the seller told us about itself, and long work."""
    _run(
        db,
        "CREATE TABLE company (kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, name))",
        "CREATE TABLE competitors (name TEXT PRIMARY KEY, aliases TEXT NOT NULL DEFAULT '[]')",
        """CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, arguments TEXT NOT NULL DEFAULT '{}',
            status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'running', 'done', 'failed')),
            stage TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, total INTEGER, error TEXT NOT NULL DEFAULT '',
            created_at TEXT NOT NULL, started_at TEXT, heartbeat_at TEXT, finished_at TEXT,
            result TEXT NOT NULL DEFAULT '{}')""",
        "CREATE INDEX jobs_status ON jobs(status, id)",
        "CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    )


@migrations()
def m004_mail_references(db: Database) -> None:
    """What ties a thread to mails of later uploads, above all the Message-IDs that its mails have or answer."""
    _run(
        db,
        "CREATE INDEX utterances_source ON utterances(source_id) WHERE source_id <> ''",
        """CREATE TABLE mail_references (
            reference TEXT NOT NULL, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            PRIMARY KEY (reference, conversation_id))""",
        "CREATE INDEX mail_references_conversation ON mail_references(conversation_id)",
        """INSERT OR IGNORE INTO mail_references (reference, conversation_id)
            SELECT u.source_id, c.id FROM utterances u JOIN conversations c ON c.id = u.conversation_id
            WHERE c.kind = 'email' AND u.source_id LIKE '%_@_%'""",
    )


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)

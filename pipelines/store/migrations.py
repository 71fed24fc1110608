"""The schema's history. Migrations are appended, never edited: a released database must be able to walk forward."""

import json
from datetime import datetime, timedelta

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from insights.merging import folded
from insights.records import stable_id

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


@migrations()
def m005_sources(db: Database) -> None:
    """What each upload brought, as it brought it: what is shown is worked out from these and can be worked out again."""
    _run(
        db,
        "ALTER TABLE batches ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE batches ADD COLUMN source TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE batches ADD COLUMN reader TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE batches ADD COLUMN counts TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE jobs ADD COLUMN stage_began_at TEXT",
        "ALTER TABLE jobs ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE problems ADD COLUMN kept INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE problems ADD COLUMN record TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE conversations ADD COLUMN account_key TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN counted_as TEXT NOT NULL DEFAULT ''",
        """ALTER TABLE conversations ADD COLUMN standing TEXT NOT NULL DEFAULT ''
            CHECK (standing IN ('', 'duplicate', 'revision', 'occasion'))""",
        "ALTER TABLE conversations ADD COLUMN compared TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN link TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE conversations ADD COLUMN filled TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE conversations ADD COLUMN source_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN sides TEXT NOT NULL DEFAULT '[]'",
        "UPDATE conversations SET counted_as = id",
        "CREATE INDEX conversations_account_key ON conversations(account_key, day)",
        "CREATE INDEX conversations_counted_as ON conversations(counted_as)",
        """CREATE INDEX conversations_uncompared ON conversations(account_key, day, id)
            WHERE substr(compared, 1, 5) = 'seen '""",
        "CREATE INDEX conversations_unseen ON conversations(id) WHERE compared = ''",
        "CREATE INDEX conversations_heard ON conversations(id) WHERE sides <> '[]'",
        "CREATE INDEX utterances_speaker ON utterances(speaker) WHERE voice = 'verbatim'",
        "ALTER TABLE utterances ADD COLUMN stated_role TEXT NOT NULL DEFAULT 'unknown'",
        "ALTER TABLE utterances ADD COLUMN answers TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE utterances ADD COLUMN language TEXT NOT NULL DEFAULT ''",
        """CREATE TABLE brought (
            item_id TEXT NOT NULL, batch_id INTEGER NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
            attempt INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('conversation', 'mail', 'record')),
            said TEXT NOT NULL DEFAULT '', PRIMARY KEY (item_id, batch_id)) WITHOUT ROWID""",
        "CREATE INDEX brought_batch ON brought(batch_id, kind)",
        "CREATE TABLE mails (id TEXT PRIMARY KEY, content TEXT NOT NULL, conversation_id TEXT NOT NULL DEFAULT '')",
        "CREATE INDEX mails_conversation ON mails(conversation_id)",
        """CREATE TABLE mail_marks (
            mark TEXT NOT NULL, mail_id TEXT NOT NULL REFERENCES mails(id) ON DELETE CASCADE,
            PRIMARY KEY (mark, mail_id)) WITHOUT ROWID""",
        "CREATE INDEX mail_marks_mail ON mail_marks(mail_id)",
        "CREATE TABLE crm_records (id TEXT PRIMARY KEY, kind TEXT NOT NULL, content TEXT NOT NULL)",
        """CREATE TABLE crm_keys (
            key TEXT NOT NULL, record_id TEXT NOT NULL REFERENCES crm_records(id) ON DELETE CASCADE,
            PRIMARY KEY (key, record_id)) WITHOUT ROWID""",
        "CREATE INDEX crm_keys_record ON crm_keys(record_id)",
        """CREATE TABLE conversation_keys (
            key TEXT NOT NULL, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            PRIMARY KEY (key, conversation_id)) WITHOUT ROWID""",
        "CREATE INDEX conversation_keys_conversation ON conversation_keys(conversation_id)",
        """CREATE TABLE bands (
            band INTEGER NOT NULL, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            PRIMARY KEY (band, conversation_id)) WITHOUT ROWID""",
        "CREATE INDEX bands_conversation ON bands(conversation_id)",
        """CREATE TABLE block_keys (
            key TEXT NOT NULL, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            PRIMARY KEY (key, conversation_id)) WITHOUT ROWID""",
        "CREATE INDEX block_keys_conversation ON block_keys(conversation_id)",
        """CREATE TABLE passages (
            hash TEXT NOT NULL, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            side TEXT NOT NULL, words INTEGER NOT NULL, form INTEGER NOT NULL,
            PRIMARY KEY (hash, conversation_id)) WITHOUT ROWID""",
        "CREATE INDEX passages_conversation ON passages(conversation_id)",
        "CREATE TABLE boilerplate (hash TEXT PRIMARY KEY) WITHOUT ROWID",
        """CREATE TABLE link_decisions (
            conversation_id TEXT NOT NULL, other_id TEXT NOT NULL, same INTEGER NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (conversation_id, other_id))""",
        """CREATE TABLE side_corrections (
            subject TEXT NOT NULL, conversation_id TEXT NOT NULL DEFAULT '', role TEXT NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (subject, conversation_id))""",
        """CREATE TABLE persona_rules (
            words TEXT PRIMARY KEY, function TEXT NOT NULL, seniority TEXT NOT NULL)""",
        "CREATE TABLE column_mappings (name TEXT PRIMARY KEY, content TEXT NOT NULL, saved_at TEXT NOT NULL)",
    )
    _bring_over(db)
    _run(db, "DROP TABLE sightings", "DROP TABLE mail_references")


@migrations()
def m006_follow_up(db: Database) -> None:
    """What became of an objection or question in its conversation."""
    _run(
        db,
        "ALTER TABLE insights ADD COLUMN follow_up TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE insights ADD COLUMN came_back INTEGER NOT NULL DEFAULT 0",
    )


@migrations()
def m007_reviews(db: Database) -> None:
    """People's verdicts on what was found and on what was not, what follows from them, and what was learnt from them.

    A review holds no customer's words and points at no row: it is known by hashes of what was said, so it waits
    through an undo and holds again when the same words come back.
    """
    _run(
        db,
        """CREATE TABLE reviews (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
            subject TEXT NOT NULL CHECK (subject IN ('insight', 'utterance')),
            verdict TEXT NOT NULL CHECK (verdict IN ('yes', 'no', 'label', 'skip', 'nothing', 'missed')),
            kind TEXT NOT NULL DEFAULT '', said TEXT NOT NULL, start INTEGER NOT NULL DEFAULT 0,
            end INTEGER NOT NULL DEFAULT 0, quote TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
            label TEXT NOT NULL DEFAULT '', new_label TEXT NOT NULL DEFAULT '', confidence REAL NOT NULL DEFAULT 0,
            alike INTEGER NOT NULL DEFAULT 1, conversation_id TEXT NOT NULL DEFAULT '', undone_at TEXT)""",
        "CREATE INDEX reviews_said ON reviews(said)",
        """CREATE TABLE review_rounds (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL)""",
        """CREATE TABLE review_items (
            round_id INTEGER NOT NULL REFERENCES review_rounds(id) ON DELETE CASCADE, position INTEGER NOT NULL,
            part TEXT NOT NULL CHECK (part IN ('estimate', 'learn', 'recall')), subject TEXT NOT NULL,
            subject_id TEXT NOT NULL, holder TEXT NOT NULL DEFAULT '', held_at TEXT NOT NULL DEFAULT '',
            review_id INTEGER REFERENCES reviews(id), PRIMARY KEY (round_id, position))""",
        "CREATE INDEX review_items_review ON review_items(review_id)",
        """CREATE TABLE unmarked (
            utterance_id TEXT PRIMARY KEY REFERENCES utterances(id) ON DELETE CASCADE,
            finder TEXT NOT NULL, score REAL NOT NULL)""",
        """CREATE TABLE learned (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, adopted INTEGER NOT NULL,
            weights BLOB NOT NULL, figures TEXT NOT NULL, undone_at TEXT)""",
        """ALTER TABLE insights ADD COLUMN standing TEXT NOT NULL DEFAULT ''
            CHECK (standing IN ('', 'rejected', 'doubted'))""",
        "ALTER TABLE insights ADD COLUMN found_label TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE insights ADD COLUMN found_confidence REAL NOT NULL DEFAULT 0",
        "ALTER TABLE insights ADD COLUMN said TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE insights ADD COLUMN words TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE insights ADD COLUMN review_id INTEGER",
        "ALTER TABLE insights ADD COLUMN settled TEXT NOT NULL DEFAULT ''",
        "UPDATE insights SET found_label = label, found_confidence = confidence",
        "CREATE INDEX insights_said ON insights(said)",
        "CREATE INDEX insights_words ON insights(words)",
        "CREATE INDEX insights_settled ON insights(settled)",
        "CREATE INDEX insights_review ON insights(review_id) WHERE review_id IS NOT NULL",
        # What counts, is reported and quoted: all but what a person rejected or what was learnt to be doubtful.
        "CREATE VIEW shown_insights AS SELECT * FROM insights WHERE standing = ''",
    )


@migrations()
def m008_trackers(db: Database) -> None:
    """Users' own concepts with their versions and hits, and the rough vectors of all sentences that they are found by."""
    _run(
        db,
        "CREATE TABLE sketches (id INTEGER PRIMARY KEY, text_hash TEXT NOT NULL UNIQUE, vector BLOB NOT NULL)",
        """CREATE TABLE sentences (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            utterance_id TEXT NOT NULL REFERENCES utterances(id) ON DELETE CASCADE,
            start INTEGER NOT NULL, end INTEGER NOT NULL, sketch_id INTEGER NOT NULL REFERENCES sketches(id))""",
        "CREATE INDEX sentences_utterance ON sentences(utterance_id)",
        "CREATE INDEX sentences_sketch ON sentences(sketch_id)",
        """CREATE TABLE sentence_vectors (
            text_hash TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL,
            PRIMARY KEY (text_hash, encoder)) WITHOUT ROWID""",
        """CREATE TABLE trackers (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
            applied INTEGER NOT NULL DEFAULT 0, reached INTEGER NOT NULL DEFAULT 0, said_by TEXT NOT NULL DEFAULT 'anyone',
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'removed')), created_at TEXT NOT NULL)""",
        """CREATE TABLE tracker_versions (
            tracker_id INTEGER NOT NULL REFERENCES trackers(id), version INTEGER NOT NULL, content TEXT NOT NULL,
            learnt BLOB NOT NULL, models TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
            PRIMARY KEY (tracker_id, version))""",
        """CREATE TABLE tracker_hits (
            tracker_id INTEGER NOT NULL REFERENCES trackers(id), version INTEGER NOT NULL,
            utterance_id TEXT NOT NULL REFERENCES utterances(id) ON DELETE CASCADE, start INTEGER NOT NULL,
            end INTEGER NOT NULL, text_hash TEXT NOT NULL, confidence REAL NOT NULL, why TEXT NOT NULL,
            passage TEXT NOT NULL DEFAULT '', PRIMARY KEY (tracker_id, version, utterance_id, start)) WITHOUT ROWID""",
        "CREATE INDEX tracker_hits_utterance ON tracker_hits(utterance_id)",
    )


@migrations()
def m009_names(db: Database) -> None:
    """What people decided about names: each with the catalogue's entry before and after, so that it can be undone."""
    _run(
        db,
        """CREATE TABLE name_decisions (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('competitor', 'alias', 'refused', 'own', 'integration', 'edited', 'removed')),
            name TEXT NOT NULL, keys TEXT NOT NULL DEFAULT '[]', competitor TEXT NOT NULL DEFAULT '',
            before TEXT NOT NULL DEFAULT '', after TEXT NOT NULL DEFAULT '', undone_at TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX name_decisions_standing ON name_decisions(undone_at, verdict)",
        "CREATE INDEX insights_name ON insights(name) WHERE kind = 'competitor'",
    )


@migrations()
def m010_ledger(db: Database) -> None:
    """The ledger: every change of themes as the cells it changed, so that each can be undone and any day be seen again.

    Moves have no foreign key to insights: what an undone upload takes along finds its place again when it comes back.
    """
    old = {table: list(db.query(f"SELECT * FROM {table}")) for table in ("themes", "theme_events", "theme_members")}
    old["ids"] = list(db.query("SELECT seq FROM sqlite_sequence WHERE name = 'themes'"))
    _run(
        db,
        "DROP TABLE theme_members",
        "DROP TABLE theme_events",
        "DROP TABLE themes",
        """CREATE TABLE theme_shapes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, centroid BLOB NOT NULL, tightness REAL NOT NULL, keywords TEXT NOT NULL)""",
        """CREATE TABLE themes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, label TEXT NOT NULL, created_at TEXT NOT NULL,
            name TEXT NOT NULL DEFAULT '',
            status TEXT NOT NULL DEFAULT '' CHECK (status IN ('', 'active', 'retired', 'merged')),
            parent_id INTEGER REFERENCES themes(id), merged_into INTEGER REFERENCES themes(id),
            pinned INTEGER NOT NULL DEFAULT 0, shape_id INTEGER REFERENCES theme_shapes(id))""",
        "CREATE INDEX themes_parent ON themes(parent_id) WHERE parent_id IS NOT NULL",
        """CREATE TABLE theme_members (
            insight_id TEXT PRIMARY KEY REFERENCES insights(id) ON DELETE CASCADE,
            theme_id INTEGER NOT NULL REFERENCES themes(id), leaf_id INTEGER NOT NULL REFERENCES themes(id),
            confidence REAL NOT NULL)""",
        "CREATE INDEX theme_members_theme ON theme_members(theme_id)",
        "CREATE INDEX theme_members_leaf ON theme_members(leaf_id)",
        """CREATE TABLE theme_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL, theme_id INTEGER REFERENCES themes(id),
            edits TEXT NOT NULL DEFAULT '[]', moved INTEGER NOT NULL DEFAULT 0,
            undoes INTEGER REFERENCES theme_events(id), undone_by INTEGER REFERENCES theme_events(id))""",
        """CREATE TABLE theme_event_themes (
            theme_id INTEGER NOT NULL REFERENCES themes(id), event_id INTEGER NOT NULL REFERENCES theme_events(id),
            PRIMARY KEY (theme_id, event_id)) WITHOUT ROWID""",
        """CREATE TABLE theme_moves (
            insight_id TEXT NOT NULL, event_id INTEGER NOT NULL REFERENCES theme_events(id),
            before INTEGER REFERENCES themes(id), after INTEGER REFERENCES themes(id), confidence REAL NOT NULL,
            PRIMARY KEY (insight_id, event_id)) WITHOUT ROWID""",
        "CREATE INDEX theme_moves_event ON theme_moves(event_id)",
        """CREATE TABLE theme_proposals (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, seen_at TEXT NOT NULL, kind TEXT NOT NULL,
            type TEXT NOT NULL CHECK (type IN ('new', 'split', 'merge', 'retire', 'restore')),
            status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'accepted', 'dismissed', 'outdated')),
            signature TEXT NOT NULL, size INTEGER NOT NULL, content TEXT NOT NULL,
            decided_at TEXT NOT NULL DEFAULT '', actor TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
            event_id INTEGER REFERENCES theme_events(id))""",
        "CREATE INDEX theme_proposals_status ON theme_proposals(status, kind)",
        """CREATE TABLE theme_proposal_members (
            proposal_id INTEGER NOT NULL REFERENCES theme_proposals(id) ON DELETE CASCADE, insight_id TEXT NOT NULL,
            part INTEGER NOT NULL, confidence REAL NOT NULL, PRIMARY KEY (proposal_id, insight_id)) WITHOUT ROWID""",
    )
    _bring_themes_over(db, old)


@migrations()
def m011_saved(db: Database) -> None:
    """Reports as they were published; digests, when each was due, and what became of every message."""
    _run(
        db,
        """CREATE TABLE saved_reports (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', report TEXT NOT NULL,
            query TEXT NOT NULL, day TEXT NOT NULL, content TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
            event_id INTEGER NOT NULL DEFAULT 0, version TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'removed')),
            removed_at TEXT NOT NULL DEFAULT '', removed_by TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX saved_reports_at ON saved_reports(status, at)",
        """CREATE TABLE digests (
            id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, plan TEXT NOT NULL,
            version INTEGER NOT NULL DEFAULT 1, next_due TEXT NOT NULL, secret TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'removed')),
            created_at TEXT NOT NULL, changed_at TEXT NOT NULL, actor TEXT NOT NULL)""",
        "CREATE INDEX digests_due ON digests(status, next_due)",
        """CREATE TABLE digest_runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, digest_id INTEGER NOT NULL REFERENCES digests(id) ON DELETE CASCADE,
            due_at TEXT NOT NULL, asked TEXT NOT NULL DEFAULT '' CHECK (asked IN ('', 'now')), created_at TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'ready', 'quiet', 'failed')),
            content TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
            UNIQUE (digest_id, due_at, asked))""",
        """CREATE TABLE digest_deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT, run_id INTEGER NOT NULL REFERENCES digest_runs(id) ON DELETE CASCADE,
            channel TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')), address TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'unknown')),
            tries INTEGER NOT NULL DEFAULT 0, try_at TEXT NOT NULL, claimed_at TEXT NOT NULL DEFAULT '',
            finished_at TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', UNIQUE (run_id, channel, address))""",
        "CREATE INDEX digest_deliveries_status ON digest_deliveries(status, try_at)",
    )


@migrations()
def m012_plan(db: Database) -> None:
    """The content plan: our own pages as each upload gave them, what people said of them, and how far each cell is.

    Decisions know a page by its key and a theme by its id, so they wait through an undone upload and hold again.
    """
    _run(
        db,
        """CREATE TABLE content_uploads (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, title TEXT NOT NULL,
            files INTEGER NOT NULL, read INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,
            problems TEXT NOT NULL DEFAULT '[]', undone_at TEXT NOT NULL DEFAULT '')""",
        """CREATE TABLE content_versions (
            upload_id INTEGER NOT NULL REFERENCES content_uploads(id), key TEXT NOT NULL, content TEXT NOT NULL,
            PRIMARY KEY (key, upload_id)) WITHOUT ROWID""",
        "CREATE INDEX content_versions_upload ON content_versions(upload_id)",
        """CREATE TABLE content_pages (
            id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, url TEXT NOT NULL, title TEXT NOT NULL,
            text TEXT NOT NULL, type TEXT NOT NULL, published TEXT NOT NULL, updated TEXT NOT NULL,
            present INTEGER NOT NULL DEFAULT 1)""",
        """CREATE TABLE content_passages (
            page_id INTEGER NOT NULL REFERENCES content_pages(id), position INTEGER NOT NULL, text TEXT NOT NULL,
            text_hash TEXT NOT NULL, PRIMARY KEY (page_id, position)) WITHOUT ROWID""",
        "CREATE INDEX content_passages_hash ON content_passages(text_hash)",
        """CREATE TABLE content_vectors (
            text_hash TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL,
            PRIMARY KEY (text_hash, encoder)) WITHOUT ROWID""",
        """CREATE TABLE content_answers (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
            theme_id INTEGER NOT NULL REFERENCES themes(id), key TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('answers', 'does not')), undone_at TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX content_answers_theme ON content_answers(theme_id, undone_at)",
        """CREATE TABLE plan_notes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
            theme_id INTEGER NOT NULL REFERENCES themes(id), persona TEXT NOT NULL, step TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('idea', 'planned', 'in writing', 'published', 'dropped')),
            note TEXT NOT NULL DEFAULT '', key TEXT NOT NULL DEFAULT '', day TEXT NOT NULL DEFAULT '',
            undone_at TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX plan_notes_cell ON plan_notes(theme_id, persona, step)",
        """CREATE TABLE stage_steps (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, stage TEXT NOT NULL,
            step TEXT NOT NULL CHECK (step IN ('awareness', 'consideration', 'decision', 'customer', 'unknown')),
            undone_at TEXT NOT NULL DEFAULT '')""",
    )


@migrations()
def m013_collections(db: Database) -> None:
    """Collections of quotes, what each quote may be used for and where it was, and where a quote stood that is gone.

    None of it points at a row of insights: what an undone upload takes along is remembered and holds again when it comes
    back. `gone_quotes` keeps places and hashes, never words.
    """
    _run(
        db,
        """CREATE TABLE collections (
            id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, note TEXT NOT NULL DEFAULT '',
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived', 'removed')),
            version INTEGER NOT NULL DEFAULT 1, created_at TEXT NOT NULL, changed_at TEXT NOT NULL, actor TEXT NOT NULL)""",
        """CREATE TABLE collection_quotes (
            collection_id INTEGER NOT NULL REFERENCES collections(id), insight_id TEXT NOT NULL, place INTEGER NOT NULL,
            note TEXT NOT NULL DEFAULT '', added_at TEXT NOT NULL, added_by TEXT NOT NULL,
            PRIMARY KEY (collection_id, insight_id)) WITHOUT ROWID""",
        "CREATE INDEX collection_quotes_insight ON collection_quotes(insight_id)",
        """CREATE TABLE collection_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, collection_id INTEGER NOT NULL REFERENCES collections(id), at TEXT NOT NULL,
            actor TEXT NOT NULL, type TEXT NOT NULL, edits TEXT NOT NULL, undone_at TEXT NOT NULL DEFAULT '',
            undone_by TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX collection_events_collection ON collection_events(collection_id)",
        """CREATE TABLE usage_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, insight_id TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('internal', 'anonymised', 'approved')), note TEXT NOT NULL DEFAULT '',
            undone_at TEXT NOT NULL DEFAULT '', undone_by TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX usage_events_insight ON usage_events(insight_id, undone_at)",
        """CREATE VIEW quote_usage AS SELECT insight_id, state, at, actor, note FROM usage_events e WHERE undone_at = ''
            AND id = (SELECT max(id) FROM usage_events o WHERE o.insight_id = e.insight_id AND o.undone_at = '')""",
        """CREATE TABLE quote_uses (
            id INTEGER PRIMARY KEY AUTOINCREMENT, insight_id TEXT NOT NULL, title TEXT NOT NULL, address TEXT NOT NULL,
            day TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT '',
            removed_by TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX quote_uses_insight ON quote_uses(insight_id)",
        """CREATE TABLE gone_quotes (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, utterance_id TEXT NOT NULL, conversation_id TEXT NOT NULL,
            position INTEGER, start INTEGER NOT NULL, end INTEGER NOT NULL, text_hash TEXT NOT NULL, at TEXT NOT NULL
            ) WITHOUT ROWID""",
        """CREATE TRIGGER insights_gone AFTER DELETE ON insights BEGIN
            INSERT OR REPLACE INTO gone_quotes VALUES (OLD.id, OLD.kind, OLD.utterance_id, OLD.conversation_id,
                (SELECT position FROM utterances WHERE id = OLD.utterance_id), OLD.start, OLD.end, OLD.text_hash,
                strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')); END""",
    )


@migrations()
def m014_catalogue(db: Database) -> None:
    """What people said of own names, job titles and sides, each with what stood before; other spellings of own names."""
    _run(
        db,
        """CREATE TABLE catalogue_changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
            subject TEXT NOT NULL CHECK (subject IN ('product', 'integration', 'domain', 'person', 'persona', 'side')),
            name TEXT NOT NULL, before TEXT NOT NULL DEFAULT '', after TEXT NOT NULL DEFAULT '',
            undone_at TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX catalogue_changes_name ON catalogue_changes(subject, name)",
        "ALTER TABLE company ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]'",
        "CREATE INDEX conversations_job_title ON conversations(job_title)",
    )


@migrations()
def m015_annotations(db: Database) -> None:
    """Notes on charts, reports and themes, with every state that each was in: an edit or a removal can be taken back."""
    _run(
        db,
        """CREATE TABLE annotations (
            id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, starts TEXT NOT NULL DEFAULT '',
            ends TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '', theme_id INTEGER REFERENCES themes(id),
            link TEXT NOT NULL DEFAULT '', version INTEGER NOT NULL DEFAULT 1,
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'removed')), created_at TEXT NOT NULL,
            changed_at TEXT NOT NULL, actor TEXT NOT NULL)""",
        "CREATE INDEX annotations_status ON annotations(status, starts)",
        "CREATE INDEX annotations_theme ON annotations(theme_id) WHERE theme_id IS NOT NULL",
        """CREATE TABLE annotation_versions (
            annotation_id INTEGER NOT NULL REFERENCES annotations(id), version INTEGER NOT NULL, content TEXT NOT NULL,
            at TEXT NOT NULL, actor TEXT NOT NULL, PRIMARY KEY (annotation_id, version)) WITHOUT ROWID""",
    )


@migrations()
def m016_readings(db: Database) -> None:
    """How the tables of an upload were read: by which saved columns, and what whole tables lack."""
    _run(db, "ALTER TABLE batches ADD COLUMN readings TEXT NOT NULL DEFAULT '[]'")


@migrations()
def m017_accounts(db: Database) -> None:
    """People, their sessions, tokens and invitations. Of every secret only a hash is kept: a copy of the file lets nobody in."""
    roles = "('viewer', 'contributor', 'admin')"
    _run(
        db,
        f"""CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN {roles}), password TEXT NOT NULL DEFAULT '',
            issuer TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL,
            disabled_at TEXT NOT NULL DEFAULT '', signed_in_at TEXT NOT NULL DEFAULT '')""",
        "CREATE UNIQUE INDEX users_subject ON users(issuer, subject) WHERE subject <> ''",
        """CREATE TABLE sessions (
            hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            created_at TEXT NOT NULL, seen_at TEXT NOT NULL, ends_at TEXT NOT NULL, agent TEXT NOT NULL DEFAULT '',
            door TEXT NOT NULL DEFAULT '') WITHOUT ROWID""",
        "CREATE INDEX sessions_user ON sessions(user_id)",
        """CREATE TABLE tokens (
            id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, hint TEXT NOT NULL, name TEXT NOT NULL,
            user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, scope TEXT NOT NULL
            CHECK (scope IN ('read', 'write', 'admin')), created_at TEXT NOT NULL, ends_at TEXT NOT NULL,
            used_at TEXT NOT NULL DEFAULT '', revoked_at TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX tokens_user ON tokens(user_id)",
        f"""CREATE TABLE invitations (
            id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, email TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN {roles}), user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
            created_at TEXT NOT NULL, ends_at TEXT NOT NULL, actor TEXT NOT NULL, used_at TEXT NOT NULL DEFAULT '',
            withdrawn_at TEXT NOT NULL DEFAULT '')""",
        """CREATE TABLE access_settings (
            name TEXT PRIMARY KEY, value TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL) WITHOUT ROWID""",
    )


@migrations()
def m018_audit(db: Database) -> None:
    """Who read, changed and exported what: rows are added, never altered, and go only when they are past their time."""
    _run(
        db,
        """CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, user_id INTEGER,
            token_id INTEGER, address TEXT NOT NULL DEFAULT '', act TEXT NOT NULL, what TEXT NOT NULL DEFAULT '',
            ids TEXT NOT NULL DEFAULT '', status INTEGER)""",
        "CREATE INDEX audit_at ON audit(at)",
        "CREATE INDEX audit_actor ON audit(actor, id)",
        "CREATE INDEX audit_act ON audit(act, id)",
        "CREATE TABLE audit_kept (one INTEGER PRIMARY KEY CHECK (one = 1), since TEXT NOT NULL)",
        "INSERT INTO audit_kept VALUES (1, '')",
        """CREATE TRIGGER audit_stands BEFORE UPDATE ON audit
            BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END""",
        """CREATE TRIGGER audit_stays BEFORE DELETE ON audit WHEN old.at >= (SELECT since FROM audit_kept)
            BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END""",
    )


@migrations()
def m019_erasures(db: Database) -> None:
    """Receipts of people who were forgotten, and marks by which their words are known if they come in again.

    A mark is a keyed hash of an address or of a name with its company: nobody can be listed from it.
    """
    _run(
        db,
        """CREATE TABLE erasures (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, asked TEXT NOT NULL DEFAULT '',
            mark TEXT NOT NULL, receipt TEXT NOT NULL)""",
        """CREATE TABLE forgotten (
            mark TEXT NOT NULL, erasure_id INTEGER NOT NULL REFERENCES erasures(id), lifted_at TEXT NOT NULL DEFAULT '',
            lifted_by TEXT NOT NULL DEFAULT '', PRIMARY KEY (mark, erasure_id)) WITHOUT ROWID""",
    )


@migrations()
def m020_retention(db: Database) -> None:
    """What may be kept how long, what never comes in, and what each of these rules took away."""
    _run(
        db,
        """CREATE TABLE keeping_rules (
            id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL CHECK (type IN ('age', 'private')),
            kind TEXT NOT NULL DEFAULT '', field TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
            months INTEGER NOT NULL DEFAULT 0, at TEXT NOT NULL, actor TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'removed')),
            removed_at TEXT NOT NULL DEFAULT '', removed_by TEXT NOT NULL DEFAULT '')""",
        """CREATE TABLE keeping_receipts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, rule_id INTEGER NOT NULL REFERENCES keeping_rules(id), at TEXT NOT NULL,
            actor TEXT NOT NULL, content TEXT NOT NULL)""",
        "CREATE INDEX keeping_receipts_rule ON keeping_receipts(rule_id)",
    )


@migrations()
def m021_pieces(db: Database) -> None:
    """What came of each file of an upload, and where its pieces stood that were known already.

    Of uploads before this one only what `brought` notes is known: no results by file, and no piece that a file repeats.
    """
    _run(
        db,
        """CREATE TABLE batch_files (
            id INTEGER PRIMARY KEY, batch_id INTEGER NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
            file TEXT NOT NULL, pieces INTEGER NOT NULL DEFAULT 0, added INTEGER NOT NULL DEFAULT 0,
            updated INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0,
            problems INTEGER NOT NULL DEFAULT 0)""",
        "CREATE INDEX batch_files_batch ON batch_files(batch_id)",
        """CREATE TABLE known_pieces (
            id INTEGER PRIMARY KEY, batch_id INTEGER NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
            item_id TEXT NOT NULL, file TEXT NOT NULL DEFAULT '', row INTEGER)""",
        "CREATE INDEX known_pieces_batch ON known_pieces(batch_id)",
        """INSERT INTO known_pieces (batch_id, item_id, file, row)
            SELECT batch_id, item_id, coalesce(json_extract(nullif(said, ''), '$.file'), ''),
                json_extract(nullif(said, ''), '$.row')
            FROM brought b WHERE EXISTS (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id < b.batch_id)
            ORDER BY batch_id, 3, 4""",
    )


@migrations()
def m022_changes(db: Database) -> None:
    """How often each table was written to, counted by triggers, whoever writes: see `store.changes`."""
    _run(db, "CREATE TABLE changes (name TEXT, part INTEGER, count INTEGER, PRIMARY KEY (name, part)) WITHOUT ROWID")
    own, of = "{row}.rowid >> 12", "(SELECT rowid >> 12 FROM {table} WHERE id = {{row}}.{key})"
    in_parts = {"conversations": ("conversations", own), "insights": ("insights", own)}
    of_conversation = of.format(table="conversations", key="conversation_id")
    for name in ("utterances", "conversation_fields", "conversation_keys"):
        in_parts[name] = ("conversations", of_conversation)
    in_parts["theme_members"] = ("insights", of.format(table="insights", key="insight_id"))
    whole = """themes theme_shapes theme_events theme_event_themes theme_moves theme_proposals reviews review_rounds review_items
        unmarked learned company competitors name_decisions persona_rules catalogue_changes side_corrections link_decisions
        boilerplate trackers tracker_versions tracker_hits saved_reports digests digest_runs content_uploads content_versions
        content_pages content_passages content_vectors content_answers plan_notes stage_steps collections collection_quotes
        collection_events usage_events quote_uses annotations annotation_versions jobs batches problems state
        column_mappings"""
    for table, (name, part) in (in_parts | {name: (name, "0") for name in whole.split()}).items():
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            _run(
                db,
                f"""CREATE TRIGGER changed_{table}_{event.lower()} AFTER {event} ON {table} BEGIN
                    INSERT INTO changes VALUES ('{name}', coalesce({part.format(row=row)}, -1), 1)
                    ON CONFLICT (name, part) DO UPDATE SET count = count + 1; END""",
            )


@migrations()
def m023_comments(db: Database) -> None:
    """What colleagues ask to be written, and what they say of a theme, a quote or a figure until somebody has dealt with it."""
    _run(
        db,
        """CREATE TABLE asks (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, words TEXT NOT NULL,
            theme_id INTEGER REFERENCES themes(id), note_id INTEGER, undone_at TEXT NOT NULL DEFAULT '')""",
        """CREATE TABLE comments (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('comment', 'question', 'wrong')), place TEXT NOT NULL, name TEXT NOT NULL,
            words TEXT NOT NULL, recipient TEXT NOT NULL, side TEXT NOT NULL DEFAULT ''
            CHECK (side IN ('', 'sales', 'marketing')), removed_at TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX comments_place ON comments(place)",
        """CREATE TABLE comment_steps (
            id INTEGER PRIMARY KEY AUTOINCREMENT, comment_id INTEGER NOT NULL REFERENCES comments(id) ON DELETE CASCADE,
            at TEXT NOT NULL, actor TEXT NOT NULL,
            what TEXT NOT NULL CHECK (what IN ('closed', 'reopened', 'removed', 'restored', 'handed on')), words TEXT NOT NULL)""",
        "CREATE INDEX comment_steps_comment ON comment_steps(comment_id)",
    )
    _count_writes(db, "asks", "comments", "comment_steps")


@migrations()
def m024_signals(db: Database) -> None:
    """What changed of the signals of deals and where that is posted; and the numbers that both teams agreed on, as they
    were published month by month."""
    _run(
        db,
        """CREATE TABLE signal_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, signal_id TEXT NOT NULL,
            change TEXT NOT NULL CHECK (change IN ('appeared', 'changed', 'closed', 'withdrawn')), content TEXT NOT NULL)""",
        "CREATE INDEX signal_events_signal ON signal_events(signal_id, id)",
        """CREATE TABLE signal_hooks (
            id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, secret TEXT NOT NULL, position INTEGER NOT NULL,
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'removed')),
            tries INTEGER NOT NULL DEFAULT 0, try_at TEXT NOT NULL DEFAULT '', told TEXT NOT NULL DEFAULT '',
            created_at TEXT NOT NULL, actor TEXT NOT NULL)""",
        """CREATE TABLE shared_months (
            id INTEGER PRIMARY KEY AUTOINCREMENT, month TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
            as_of TEXT NOT NULL, content TEXT NOT NULL, withdrawn_at TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX shared_months_month ON shared_months(month, id)",
    )
    _count_writes(db, "signal_events", "signal_hooks", "shared_months")


@migrations()
def m025_by_hand(db: Database) -> None:
    """Borders of quotes and facts of conversations that people set by hand, each with who and when, and what was taken back.

    Both are known by ids alone, so that they wait while an upload is undone and hold again when it comes back.
    """
    _run(
        db,
        """CREATE TABLE quote_borders (
            id INTEGER PRIMARY KEY AUTOINCREMENT, insight_id TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
            start INTEGER NOT NULL, end INTEGER NOT NULL, undone_at TEXT NOT NULL DEFAULT '',
            undone_by TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX quote_borders_insight ON quote_borders(insight_id)",
        """CREATE TABLE set_facts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, act INTEGER NOT NULL, conversation_id TEXT NOT NULL, at TEXT NOT NULL,
            actor TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, was TEXT NOT NULL DEFAULT '',
            undone_at TEXT NOT NULL DEFAULT '', undone_by TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX set_facts_conversation ON set_facts(conversation_id)",
        "CREATE INDEX set_facts_act ON set_facts(act)",
    )
    _count_writes(db, "quote_borders", "set_facts")


@migrations()
def m026_replaced(db: Database) -> None:
    """Count rows too that INSERT OR REPLACE takes away, of which SQLite tells no DELETE trigger, and the place that a row
    leaves when it is moved: other programs do both. For tables counted in parts; of the others any write is one."""
    of = "(SELECT rowid >> 12 FROM {table} WHERE id = {{row}}.{key})"
    of_conversation = of.format(table="conversations", key="conversation_id")
    count = """INSERT INTO changes SELECT '{name}', coalesce({part}, -1), 1 {rows} WHERE {when}
        ON CONFLICT (name, part) DO UPDATE SET count = count + 1;"""
    own = "{row}.rowid >> 12"
    tables = {
        "conversations": ("conversations", own, "id"), "insights": ("insights", own, "id"),
        "utterances": ("conversations", of_conversation, "conversation_id"),
        "conversation_fields": ("conversations", of_conversation, "conversation_id"),
        "conversation_keys": ("conversations", of_conversation, "conversation_id"),
        "theme_members": ("insights", of.format(table="insights", key="insight_id"), "insight_id"),
    }  # fmt: skip
    for table, (name, part, key) in tables.items():
        moved = f"OLD.{key} IS NOT NEW.{key}" + (" OR OLD.rowid <> NEW.rowid" if key == "id" else "")
        left = count.format(name=name, part=part.format(row="OLD"), rows="", when=moved)
        _run(
            db, f"DROP TRIGGER changed_{table}_update",
            f"""CREATE TRIGGER changed_{table}_update AFTER UPDATE ON {table} BEGIN
                INSERT INTO changes VALUES ('{name}', coalesce({part.format(row="NEW")}, -1), 1)
                ON CONFLICT (name, part) DO UPDATE SET count = count + 1; {left} END""",
        )  # fmt: skip
    for table in ("conversations", "insights", "utterances"):
        name, part, _ = tables[table]
        there = {"part": part.format(row="o"), "rows": f"FROM {table} o", "name": name}
        same = "(o.id = NEW.id OR o.rowid = NEW.rowid)"
        _run(
            db,
            f"""CREATE TRIGGER replaced_{table}_insert BEFORE INSERT ON {table} BEGIN
                {count.format(when=same, **there)} END""",
            f"""CREATE TRIGGER replaced_{table}_update BEFORE UPDATE ON {table}
                WHEN OLD.id <> NEW.id OR OLD.rowid <> NEW.rowid BEGIN {count.format(when=same, **there)} END""",
        )


@migrations()
def m027_waiting(db: Database) -> None:
    """What waits for mining is looked up, not looked for: conversations to read, insights in no theme, members of a theme.

    `unplaced` is kept by triggers, whoever writes: every insight that is in no theme, whether it is shown or not."""
    _run(
        db,
        "CREATE TABLE unplaced (insight_id TEXT PRIMARY KEY) WITHOUT ROWID",
        "INSERT INTO unplaced SELECT id FROM insights EXCEPT SELECT insight_id FROM theme_members",
        """CREATE TRIGGER unplaced_new AFTER INSERT ON insights
            WHEN NOT EXISTS (SELECT 1 FROM theme_members WHERE insight_id = NEW.id) BEGIN
            INSERT OR IGNORE INTO unplaced VALUES (NEW.id); END""",
        "CREATE TRIGGER unplaced_gone AFTER DELETE ON insights BEGIN DELETE FROM unplaced WHERE insight_id = OLD.id; END",
        """CREATE TRIGGER unplaced_renamed AFTER UPDATE OF id ON insights WHEN OLD.id <> NEW.id BEGIN
            DELETE FROM unplaced WHERE insight_id = OLD.id;
            INSERT OR IGNORE INTO unplaced SELECT NEW.id
                WHERE NOT EXISTS (SELECT 1 FROM theme_members WHERE insight_id = NEW.id); END""",
        """CREATE TRIGGER unplaced_joined AFTER INSERT ON theme_members BEGIN
            DELETE FROM unplaced WHERE insight_id = NEW.insight_id; END""",
        """CREATE TRIGGER unplaced_left AFTER DELETE ON theme_members BEGIN
            INSERT OR IGNORE INTO unplaced SELECT id FROM insights WHERE id = OLD.insight_id; END""",
        """CREATE TRIGGER unplaced_moved AFTER UPDATE OF insight_id ON theme_members
            WHEN OLD.insight_id <> NEW.insight_id BEGIN
            DELETE FROM unplaced WHERE insight_id = NEW.insight_id;
            INSERT OR IGNORE INTO unplaced SELECT id FROM insights WHERE id = OLD.insight_id; END""",
        # What was read as it stands has its content and the finder's version; the content is 16 characters.
        """CREATE INDEX conversations_unread ON conversations(id)
            WHERE substr(analysed, 1, 16) <> content_hash AND standing NOT IN ('duplicate', 'revision')""",
        """CREATE INDEX conversations_read_with ON conversations(substr(analysed, 17))
            WHERE standing NOT IN ('duplicate', 'revision')""",
        "CREATE INDEX insights_hidden ON insights(id) WHERE standing <> ''",
        "DROP INDEX theme_members_theme",
        "CREATE INDEX theme_members_of ON theme_members(theme_id, insight_id)",
    )


@migrations()
def m028_counted_too(db: Database) -> None:
    """What is worked out looks up who may see what, and the nearest by vectors: it was done anew after any write at all."""
    _count_writes(db, "access_settings", "vectors")


@migrations()
def m029_records(db: Database) -> None:
    """What CRM exports say of accounts is looked up too, which upload said it last, and when somebody was forgotten."""
    _count_writes(db, "crm_records", "brought", "erasures")


@migrations()
def m030_tagged(db: Database) -> None:
    """What the tagger said of an utterance stays until its words change."""
    _run(
        db,
        """CREATE TABLE tagged (
            utterance_id TEXT PRIMARY KEY REFERENCES utterances(id) ON DELETE CASCADE,
            key BLOB NOT NULL, spans TEXT NOT NULL) WITHOUT ROWID""",
        """CREATE TRIGGER tagged_stale AFTER UPDATE OF text ON utterances WHEN new.text <> old.text BEGIN
            DELETE FROM tagged WHERE utterance_id = old.id; END""",
    )


@migrations()
def m031_pieces(db: Database) -> None:
    """Whose a piece of the plan is and by when, and what counts because it was noted as published."""
    _run(
        db,
        "ALTER TABLE plan_notes ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE plan_notes ADD COLUMN due TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE plan_notes ADD COLUMN upload_id INTEGER REFERENCES content_uploads(id)",
        "ALTER TABLE plan_notes ADD COLUMN answer_id INTEGER REFERENCES content_answers(id)",
    )


@migrations()
def m032_contacts(db: Database) -> None:
    """Whether a text names a contact is asked for each text that is covered."""
    _run(db, "CREATE INDEX conversations_contact ON conversations(contact) WHERE contact <> ''")


@migrations()
def m033_closed(db: Database) -> None:
    """Of a row about somebody who was forgotten, which upload had brought it (0: none), for its cells, which told so, are
    gone; -1 for a problem that somebody leaves as it is."""
    _run(db, "ALTER TABLE problems ADD COLUMN closed_by INTEGER")


@migrations()
def m034_account_names(db: Database) -> None:
    """Records of a CRM are found by an account's name in the one spelling of all."""
    sql = "SELECT key, record_id FROM crm_keys WHERE key LIKE 'account:%'"
    rows = [(folded(key), record) for key, record in db.execute(sql).fetchall()]
    db.conn.executemany("INSERT OR IGNORE INTO crm_keys (key, record_id) VALUES (?, ?)", rows)


def _bring_over(db: Database) -> None:
    """Write down as sources what was stored without them: mails from the threads' utterances, the rest as it stands."""
    threaded = "id IN (SELECT conversation_id FROM mail_references)"
    _run(
        db,
        "UPDATE utterances SET stated_role = role",
        "UPDATE conversations SET account_key = lower(trim(account))",
        f"""INSERT OR IGNORE INTO brought (item_id, batch_id, attempt, kind, said)
            SELECT DISTINCT c.id, s.batch_id, 1, 'conversation', json_object('title', title, 'account', account,
                'contact', contact, 'job_title', job_title, 'rep', rep, 'stage', stage, 'outcome', outcome, 'file', file,
                'row', row, 'participants', json(participants), 'fields',
                (SELECT json_group_object(name, value) FROM conversation_fields WHERE conversation_id = c.id))
            FROM sightings s JOIN utterances u ON u.id = s.utterance_id JOIN conversations c ON c.id = u.conversation_id
            WHERE c.id NOT IN (SELECT id FROM conversations WHERE {threaded})""",
    )
    for row in list(db.query(f"SELECT * FROM conversations WHERE {threaded} ORDER BY id")):
        _bring_thread_over(db, row)


def _bring_thread_over(db: Database, row: dict) -> None:
    people = json.loads(row["participants"])
    facts = ("account", "contact", "job_title", "rep", "stage", "outcome")
    sql = "SELECT id, source_id, speaker, text, started_at FROM utterances WHERE conversation_id = ? ORDER BY position"
    said = list(db.query(sql, [row["id"]]))
    for n, u in enumerate(said):
        sender = next((p for p in people if p["name"] == u["speaker"]), None)
        sent = row["occurred_at"]
        if sent and u["started_at"]:
            sent = (datetime.fromisoformat(sent) + timedelta(seconds=u["started_at"])).isoformat()
        mail = {
            "id": u["source_id"], "references": [o["source_id"] for o in said if o is not u],
            "sender": sender or {"name": u["speaker"], "address": "", "role": "unknown", "title": ""},
            "recipients": [p for p in people if p is not sender], "subject": row["title"], "sent_at": sent,
            "words": [{"text": u["text"], "answers": ""}], "embedded": [],
            "facts": {k: row[k] for k in facts if row[k] and n == 0}, "fields": {}, "file": "",
            "row": None,
        }  # fmt: skip
        content = json.dumps(mail, ensure_ascii=False, sort_keys=True)
        item = stable_id("mail", u["source_id"], content)
        place = {"id": item, "content": content, "conversation_id": row["id"]}
        db.execute("INSERT OR IGNORE INTO mails VALUES (:id, :content, :conversation_id)", place)
        marks = db.query("SELECT reference FROM mail_references WHERE conversation_id = ?", [row["id"]])
        for mark in {u["source_id"], *mail["references"], *(m["reference"] for m in marks if "@" in m["reference"])}:
            db.execute("INSERT OR IGNORE INTO mail_marks VALUES (?, ?)", [mark, item])
        db.execute(
            "INSERT OR IGNORE INTO brought SELECT ?, batch_id, 1, 'mail', '' FROM sightings WHERE utterance_id = ?",
            [item, u["id"]],
        )


def _bring_themes_over(db: Database, old: dict[str, list[dict]]) -> None:
    """What was kept of themes as events of the ledger. When a quote joined was not kept: it counts from the theme's start."""
    members: dict[int, list[dict]] = {}
    for row in old["theme_members"]:
        members.setdefault(row["theme_id"], []).append(row)
    later = [event for event in old["theme_events"] if event["type"] == "rename"]
    makers = {event["theme_id"]: event for event in old["theme_events"] if event["type"] == "create"}
    kinds = {theme["id"]: theme for theme in old["themes"]}
    begun = [(theme["created_at"], 0, theme["id"], theme) for theme in old["themes"]]
    told_later = [(told["at"], 1, told["id"], told) for told in later]
    # Events are numbered in the order in which they happened: a day is looked back to by its last number.
    for _, is_rename, _, row in sorted(begun + told_later, key=lambda step: step[:3]):
        if is_rename:
            names = [json.loads(row[side])["name"] for side in ("before", "after")]
            _add_event(db, "rename", kinds[row["theme_id"]], row, [[row["theme_id"], "name", *names]], 0)
        else:
            _bring_theme_over(db, row, makers.get(row["id"], {}), members.get(row["id"], []))
    for given in old["ids"]:  # an id that was given once is never given again
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'themes'")
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('themes', ?)", [given["seq"]])


def _bring_theme_over(db: Database, theme: dict, made: dict, placed: list[dict]) -> None:
    number = theme["id"]
    shape = None
    if theme["centroid"] or theme["keywords"] != "[]":
        sql = "INSERT INTO theme_shapes (centroid, tightness, keywords) VALUES (?, ?, ?)"
        values = [theme["centroid"] or b"", theme["tightness"], theme["keywords"]]
        shape = db.execute(sql, values).lastrowid
    db.execute(
        """INSERT INTO themes (id, kind, label, created_at, name, status, pinned, shape_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            number,
            theme["kind"],
            theme["label"],
            theme["created_at"],
            theme["name"],
            theme["status"],
            theme["pinned"],
            shape,
        ],
    )
    first = json.loads(made.get("after") or "{}").get("name", theme["name"])
    edits = [[number, "status", "", "active"], [number, "name", "", first]]
    edits += [[number, "shape", None, shape]] if shape else []
    event = _add_event(db, "create", theme, made | {"at": theme["created_at"]}, edits, len(placed))
    moves = [[row["insight_id"], event, number, row["confidence"]] for row in placed]
    db.conn.executemany("INSERT INTO theme_moves (insight_id, event_id, after, confidence) VALUES (?, ?, ?, ?)", moves)
    values = [[row["insight_id"], number, number, row["confidence"]] for row in placed]
    db.conn.executemany("INSERT INTO theme_members VALUES (?, ?, ?, ?)", values)


def _add_event(db: Database, type: str, theme: dict, told: dict, edits: list, moved: int) -> int:
    sql = """INSERT INTO theme_events (type, at, actor, reason, kind, theme_id, edits, moved) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
    values = [type, told["at"], told.get("actor", "parley"), told.get("reason", ""), theme["kind"], theme["id"]]
    event = int(db.execute(sql, [*values, json.dumps(edits, ensure_ascii=False), moved]).lastrowid or 0)
    db.execute("INSERT INTO theme_event_themes VALUES (?, ?)", [theme["id"], event])
    return event


def _count_writes(db: Database, *tables: str) -> None:
    """Triggers that count every write to these tables, as `store.changes` reads it."""
    for table in tables:
        for event in ("INSERT", "UPDATE", "DELETE"):
            _run(
                db,
                f"""CREATE TRIGGER changed_{table}_{event.lower()} AFTER {event} ON {table} BEGIN
                    INSERT INTO changes VALUES ('{table}', 0, 1)
                    ON CONFLICT (name, part) DO UPDATE SET count = count + 1; END""",
            )


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)

"""See everything as it was published on a day: the themes as they stood then, over what had been uploaded by then.

What one would get wrong: nothing is computed anew in the queries. For this connection, temporary tables and views of
the same names stand before the real ones, so that every list and report is counted as always.
"""

from sqlite_utils import Database

from pipelines.store import ledger

# Uploads that were undone since are gone and cannot be shown again.
_THERE = """SELECT b.item_id AS id FROM main.brought b JOIN main.batches a ON a.id = b.batch_id
        WHERE b.kind = 'conversation' AND substr(a.created_at, 1, 10) <= ?
    UNION SELECT m.conversation_id FROM main.mails m JOIN main.brought b ON b.item_id = m.id AND b.kind = 'mail'
        JOIN main.batches a ON a.id = b.batch_id WHERE substr(a.created_at, 1, 10) <= ?"""
# A copy or an older version counted by itself while the one that it is counted with was not there yet.
_STOOD = {
    "standing": "CASE WHEN counted_as IN (SELECT id FROM temp.there) THEN standing ELSE '' END",
    "counted_as": "CASE WHEN counted_as IN (SELECT id FROM temp.there) THEN counted_as ELSE id END",
}
# What a person rejected later, or was learnt to doubt later, was shown.
_SHOWN = """CREATE TEMP VIEW shown_insights AS SELECT * FROM main.insights i WHERE standing = ''
    OR (standing = 'rejected' AND review_id IN (SELECT id FROM main.reviews WHERE substr(at, 1, 10) > (SELECT day FROM temp.published)))
    OR (standing = 'doubted' AND NOT EXISTS (SELECT 1 FROM main.learned WHERE adopted
        AND substr(at, 1, 10) <= (SELECT day FROM temp.published)))"""


def look_back(db: Database, day: str) -> None:
    """Let this connection see themes and conversations as at the end of an ISO day (UTC); for reading only."""
    number = ledger.number_at(db, day)
    then = ledger.standing_at(db, number)
    db.execute("CREATE TEMP TABLE published AS SELECT ? AS day", [day])
    db.execute("CREATE TEMP TABLE there (id TEXT PRIMARY KEY)")
    db.execute(f"INSERT OR IGNORE INTO temp.there {_THERE}", [day, day])
    columns = [row["name"] for row in db.query("SELECT name FROM pragma_table_xinfo('conversations', 'main')")]
    chosen = ", ".join(f"{_STOOD[name]} AS {name}" if name in _STOOD else name for name in columns)
    sql = f"CREATE TEMP VIEW conversations AS SELECT rowid, {chosen} FROM main.conversations WHERE id IN (SELECT id FROM temp.there)"
    db.execute(sql)
    db.execute(_SHOWN)
    db.execute("CREATE TEMP TABLE themes AS SELECT * FROM main.themes WHERE 0")
    fields = [(t.name, t.status, t.parent, t.into, t.pinned, t.shape, t.id) for t in then.values()]
    db.conn.executemany(
        """INSERT INTO temp.themes (name, status, parent_id, merged_into, pinned, shape_id, id, kind, label, created_at)
        SELECT ?, ?, ?, ?, ?, ?, id, kind, label, created_at FROM main.themes WHERE id = ?""", fields,
    )  # fmt: skip
    db.execute(
        "CREATE TEMP TABLE theme_members (insight_id TEXT PRIMARY KEY, theme_id INT, leaf_id INT, confidence REAL)"
    )
    db.execute(
        """INSERT INTO temp.theme_members SELECT last.insight_id, coalesce(t.parent_id, t.id), t.id, last.confidence
        FROM (SELECT insight_id, after, confidence, max(event_id) FROM main.theme_moves WHERE event_id <= ?
            GROUP BY insight_id) AS last
        JOIN temp.themes t ON t.id = last.after JOIN main.insights i ON i.id = last.insight_id""", [number],
    )  # fmt: skip
    db.execute("CREATE INDEX temp.members_theme ON theme_members(theme_id)")

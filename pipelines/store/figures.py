"""The numbers that people cite, counted plainly, so that what an erasure changed can be laid beside what was."""

from sqlite_utils import Database

from pipelines.store.counting import COUNTED

BECAUSE = {
    "conversations": "Conversations in which nobody else said anything are gone.",
    "conversations counted": "Conversations in which nobody else said anything count no more; copies of one are counted once.",
    "accounts": "The only conversation with an account went with the person.",
    "conversations with a known persona": "The job title was the person’s.",
    "utterances": "What the person said is gone.",
    "objections": "Objections that the person raised are gone.",
    "questions": "Questions that the person asked are gone.",
    "competitor mentions": "Mentions of competitors by the person are gone.",
    "quotes in a theme": "Quotes of the person were in themes.",
    "active themes with quotes": "A theme whose quotes were all the person’s is empty; its id and history stay.",
    "quotes in collections": "Quotes of the person were collected.",
    "tracker hits": "Sentences of the person were found by trackers, or a sentence with a covered name is looked at again.",
    "verdicts": "Verdicts on the person’s words are gone.",
    "mails": "Mails keep their place in their thread without what the person wrote; copies that became equal are one.",
    "CRM records": "The person’s own record is gone.",
    "search index entries": "Those of words that nobody else said are gone; those of covered quotes are made when mining next runs.",
    "comparison entries": "Those of sentences that nobody else said are gone. Like sentences are found by them.",
}  # fmt: skip

_SQL = {
    "conversations": "SELECT count(*) FROM conversations",
    "conversations counted": "SELECT count(DISTINCT counted_as) FROM conversations",
    "accounts": f"SELECT count(DISTINCT nullif(account_key, '')) FROM conversations c WHERE {COUNTED}",
    "conversations with a known persona": f"""SELECT count(DISTINCT counted_as) FROM conversations c
        WHERE {COUNTED} AND persona NOT IN ('', 'unknown')""",
    "utterances": "SELECT count(*) FROM utterances",
    "objections": "SELECT count(*) FROM shown_insights WHERE kind = 'objection'",
    "questions": "SELECT count(*) FROM shown_insights WHERE kind = 'question'",
    "competitor mentions": "SELECT count(*) FROM shown_insights WHERE kind = 'competitor'",
    "quotes in a theme": "SELECT count(*) FROM theme_members",
    "active themes with quotes": """SELECT count(DISTINCT m.theme_id) FROM theme_members m JOIN themes t ON t.id = m.theme_id
        WHERE t.status = 'active'""",
    "quotes in collections": "SELECT count(*) FROM collection_quotes",
    "tracker hits": "SELECT count(*) FROM tracker_hits",
    "verdicts": "SELECT count(*) FROM reviews WHERE undone_at IS NULL",
    "mails": "SELECT count(*) FROM mails",
    "CRM records": "SELECT count(*) FROM crm_records",
    "search index entries": "SELECT count(*) FROM vectors",
    "comparison entries": "SELECT count(*) FROM sketches",
}  # fmt: skip


def count(db: Database) -> dict[str, int]:
    return {name: int(db.execute(sql).fetchone()[0]) for name, sql in _SQL.items()}


def themes(db: Database) -> dict[int, tuple[str, int]]:
    """Name and quotes of each theme that has any, sub-themes within."""
    sql = """SELECT t.id, t.name, count(*) AS n FROM theme_members m JOIN themes t ON t.id = m.theme_id GROUP BY t.id"""
    return {row["id"]: (row["name"], row["n"]) for row in db.query(sql)}

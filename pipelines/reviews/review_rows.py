"""Reviews as labelled rows in the form of the annotation guidelines, with context: what a tagger can be trained on.

One row an utterance: {"id", "role", "text", "context", "marks"}. Its marks are what was found there and not rejected,
with people's labels, and what they added; only utterances that somebody looked at are written.
"""

from collections.abc import Iterator

from sqlite_utils import Database

from insights.records import KINDS
from insights.review import said_key
from pipelines.store import reviews

CONTEXT = 3
ROLES = {"buyer": "customer", "seller": "rep", "unknown": "unknown"}


def rows(db: Database) -> Iterator[dict]:
    """Yield the rows, in the order of conversations and places. Skips ("not sure") alone make no row."""
    # A verdict on a hand-over gap says nothing of objections, questions and competitors.
    said = {r.said for r in reviews.active(db) if r.verdict != "skip" and r.kind in ("", *KINDS)}
    for u in reviews.utterances_said(db, said):
        if said_key(u["before_text"], u["text"]) not in said:
            continue
        context = reviews.around(db, u["conversation_id"], u["position"], before=CONTEXT, after=0)
        yield {
            "id": f"{u['conversation_id']}#{u['position']}", "role": role(u), "text": u["text"],
            "context": [{"role": role(one), "text": one["text"]} for one in context if one["id"] != u["id"]],
            "marks": [dict(mark) for mark in reviews.marks(db, u["id"])],
        }  # fmt: skip


def role(utterance: dict) -> str:
    """Who speaks, in the guidelines' words."""
    return "note" if utterance["voice"] == "reported" else ROLES[utterance["role"]]

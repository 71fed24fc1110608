"""Whether anything that mining rests on was written to since it last ended: if not, there is nothing to look for.

What one would get wrong: mining writes what it reads, so the counts after a run cover what others wrote during it,
which it may not have seen. A run is only remembered where nobody else wrote (`PRAGMA data_version` tells), or where it
changed nothing.
"""

import json
from dataclasses import dataclass
from importlib.metadata import version

from sqlite_utils import Database

from insights import language
from insights.records import stable_id
from pipelines.reviews import rulings
from pipelines.running import accelerator
from pipelines.sales import standing
from pipelines.store import changes, company, crm, proposals, state

KEY = "mined"
# What mining reads and triggers count; of `state`, where stages note that they looked, only what people chose.
COUNTED = (
    "boilerplate", "company", "competitors", "content_pages", "content_passages", "content_vectors", "content_versions",
    "conversation_fields", "conversation_keys", "conversations", "insights", "learned", "name_decisions", "reviews",
    "theme_event_themes", "theme_events", "theme_members", "theme_moves", "theme_proposals", "theme_shapes", "themes",
    "tracker_hits", "tracker_versions", "trackers", "unmarked", "utterances",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood when a run began."""

    stamp: str
    others: int


def before(db: Database) -> Before:
    return Before(stamp(db), _others(db))


def stamp(db: Database) -> str:
    """Names all that mining rests on: the tables, the models, the rules. A million sentences take some 50 ms."""
    totals = changes.totals(db)
    return stable_id(
        version("parley"), language.shipped(), accelerator.encoder_name(), rulings.REVISION,
        crm.JOINED_BY, company.least_confidence(db),
        standing.quiet_days(db), sorted(proposals.policy(db).items()), [totals.get(table, -1) for table in COUNTED],
        changes.ends(db), sorted(set(COUNTED) - totals.keys()),
    )  # fmt: skip


def told(db: Database, now: Before) -> dict[str, int] | None:
    """What the last run left waiting, if nothing was written since; None when mining must look."""
    kept = json.loads(state.get(db, KEY) or "{}")
    return kept["left"] if kept.get("stamp") == now.stamp else None


def note(db: Database, began: Before, left: dict[str, int]) -> None:
    """Remember that a run ended here, where it has seen all that there is."""
    with db.atomic():
        ended = stamp(db)
        if ended == began.stamp or _others(db) == began.others:
            state.put(db, KEY, json.dumps({"stamp": ended, "left": left}))


def _others(db: Database) -> int:
    """Changes whenever another connection has committed."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])

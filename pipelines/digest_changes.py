"""What a digest tells: the changes of the reports' summary, each with its figures and the address of its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from sqlite_utils import Database

from insights.records import KINDS
from pipelines import summary
from pipelines.report import Subject
from pipelines.store.filters import Filters
from pipelines.summary import Story

SENTENCES = 3  # of a change: what it is and its first grounds; the rest is on its page


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `key` is the same as long as the same is to be said of the same thing; `path` leads to its evidence,
    within Parley; `quotes` are insight ids."""

    key: str
    sentence: str
    path: str
    quotes: tuple[str, ...] = ()


def changes(
    db: Database, filters: Filters, *, kinds: Sequence[Subject] = KINDS, today: date, limit: int = 5
) -> tuple[Change, ...]:  # fmt: skip
    """At most `limit` changes over the kinds together, the surest first."""
    found = summary.changes(db, filters, today=today, kinds=kinds, limit=limit)
    return tuple(_change(filters, story) for story in found.stories)


def _change(filters: Filters, story: Story) -> Change:
    split = ",".join(f"{name}={value}" for name, value in sorted(story.split.items()))
    query = urlencode({**filters.active, **story.split}, quote_via=quote)
    path = f"{story.path}?{query}" if query else story.path
    key = f"{story.kind}:{story.theme_id}:{story.verdict}:{split}"
    return Change(key, " ".join(story.sentences[:SENTENCES]), path, story.quotes)

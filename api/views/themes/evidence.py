"""Themes, events and proposals as the terminal and the HTTP interface show them: put together from the store's rows."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlite_utils import Database

from api.models.common import Words
from api.models.theme import (
    Examples,
    FieldChange,
    LedgerEvent,
    MergePreview,
    Proposed,
    ProposedPart,
    ThemeName,
    ThemeWithCounts,
)
from api.wording import theme_words
from insights.errors import InsightsError
from pipelines.store import insights, theme_events, theme_lists, themes
from pipelines.store.filters import Filters
from pipelines.store.proposals import Proposal
from pipelines.store.theme_events import Recorded
from pipelines.themes import ledger
from pipelines.themes.representatives import representatives

EXAMPLES = 3
NOTHING = {"insights": 0, "conversations": 0, "accounts": 0}


def counted(db: Database, found: Sequence[themes.Theme], filters: Filters | None = None) -> list[ThemeWithCounts]:
    """Themes with what of them matches."""
    counts = themes.counts(db, filters or Filters()) if found else {}
    return [ThemeWithCounts(**asdict(theme), **counts.get(theme.id, NOTHING)) for theme in found]


def one(db: Database, theme_id: int | None) -> ThemeWithCounts | None:
    """A theme with all that is in it; None where there is none."""
    theme = themes.get(db, theme_id) if theme_id is not None else None
    return counted(db, [theme], Filters(theme=str(theme.id)))[0] if theme else None


def told(db: Database, found: Sequence[Recorded]) -> list[LedgerEvent]:
    """Events with what changed in words."""
    return [
        LedgerEvent(
            id=e.id, type=e.event.type, at=e.at, actor=e.actor, reason=e.reason, kind=e.kind, theme_id=e.event.about,
            summary=summary, moved=e.moved, undoes=e.undoes, undone_by=e.undone_by,
            changed=[
                FieldChange(theme=c.theme, field=c.field, before=c.before, after=c.after)
                for c in e.event.edits
                if c.field != "shape"
            ],
            undo="" if e.undone_by is not None else f"/api/v1/themes/events/{e.id}/undo",
        )
        for e, summary in zip(found, theme_words.summaries(db, found), strict=True)
    ]  # fmt: skip


def event(db: Database, event_id: int) -> LedgerEvent:
    """One event. Raises UnknownEvent."""
    found = theme_events.get(db, event_id)
    if found is None:
        raise ledger.UnknownEvent(event_id)
    return told(db, [found])[0]


def proposed(db: Database, found: Sequence[Proposal]) -> list[Proposed]:
    """Proposals with what they would do in words."""
    names = theme_lists.names(db)
    return [
        Proposed(
            id=p.id, type=p.type, kind=p.kind, status=p.status, summary=theme_words.proposed(p, names), size=p.size,
            at=p.at, themes=[ThemeName(id=t, name=names.get(t, "")) for t in theme_words.concerned(p)],
            name=p.content.get("name", ""), keywords=p.content.get("keywords", []), parts=_parts(p),
            decided_at=p.decided_at, actor=p.actor, reason=p.reason, event_id=p.event_id,
        )
        for p in found
    ]  # fmt: skip


def _parts(proposal: Proposal) -> list[ProposedPart]:
    return [
        ProposedPart(number=n, name=part["name"], keywords=part["keywords"], size=part["size"])
        for n, part in enumerate(proposal.content.get("parts", ()), 1)
    ]


def examples(db: Database, proposal: Proposal) -> list[Examples]:
    """Quotes to judge a proposal by."""
    content = proposal.content
    if proposal.type == "new":
        return [Examples(of=content["name"], number=None, quotes=words_of(db, content["examples"]))]
    if proposal.type == "split":
        parts = enumerate(content["parts"], 1)
        return [Examples(of=p["name"], number=n, quotes=words_of(db, p["examples"])) for n, p in parts]
    names = theme_lists.names(db)
    return [
        Examples(of=names.get(theme, ""), number=None, quotes=typical(db, theme))
        for theme in theme_words.concerned(proposal)
    ]


def typical(db: Database, theme_id: int, *, limit: int = EXAMPLES) -> list[Words]:
    """Quotes that stand for a theme, from different accounts."""
    return [Words.of(quote) for quote in representatives(db, Filters(theme=str(theme_id)), limit=limit)]


def words_of(db: Database, ids: Collection[str], *, limit: int = EXAMPLES) -> list[Words]:
    """The first of these quotes that are still there."""
    found = (insights.get(db, insight) for insight in list(ids)[: 2 * limit])
    return [Words.of(quote) for quote in found if quote][:limit]


def preview(db: Database, proposal: Proposal) -> MergePreview | None:
    """What an open merge would make; None where it is no merge, or could not be made as things are."""
    if proposal.type != "merge" or proposal.status != "open":
        return None
    try:
        return merge_preview(ledger.preview_merge(db, proposal.content["into"], [proposal.content["other"]]))
    except InsightsError:
        return None


def merge_preview(seen: ledger.MergePreview) -> MergePreview:
    return MergePreview(quotes=seen.quotes, conversations=seen.conversations, accounts=seen.accounts, both=seen.both)

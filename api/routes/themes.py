"""Themes with their permanent ids, and what people do to them. Every change is an event that can be undone."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.answers import answer
from api.deps import Db, Limit, Today, actor, filtering, is_row_id, shown
from api.documents import theme as documents
from api.errors import RESPONSES, BadParameter, NotFound
from api.exports.stored import to_json
from api.models.common import Page
from api.models.theme import (
    Change,
    Counts,
    Event,
    Merged,
    Merging,
    Moving,
    Part,
    Rename,
    Split,
    Splitting,
    ThemeChange,
    ThemeDetail,
    ThemeWithCounts,
)
from api.routes.outcomes import Asked, Chosen
from api.routes.quotes import FILES
from api.views.themes import evidence
from api.views.themes import theme as theme_page
from pipelines.jobs import now
from pipelines.store import theme_events, themes
from pipelines.store.filters import Filters
from pipelines.themes import editing, ledger, upkeep
from pipelines.themes.ledger import NewPart

NOBODY = Change()
routes = APIRouter(tags=["themes"], responses=RESPONSES)
ThemeId = Annotated[int, Path(ge=1, le=2**62)]
Status = Annotated[
    Literal["active", "retired", "merged", "all"],
    Query(description="active ones are in reports; a merged one leads to the theme that it went into"),
]
Parent = Annotated[int | None, Query(ge=1, le=2**62, description="a theme's id: its sub-themes instead of themes")]


@routes.get("/themes", summary="List themes")
def list_themes(
    db: Db, filters: Annotated[Filters, Depends(filtering("limit", "after", "status", "parent"))],
    status: Status = "active", parent: Parent = None, after: str = "", limit: Limit = 50,
) -> Page[ThemeWithCounts]:  # fmt: skip
    """Themes by id, each with what of it matches the filters; sub-themes with `parent`."""
    if after and not is_row_id(after):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    if filters.theme:
        raise BadParameter(
            "theme", "does not narrow this list. One theme: /api/v1/themes/NUMBER, its sub-themes: parent=NUMBER"
        )
    kinds = filters.kind.split(",") if filters.kind else []
    found = [
        theme
        for theme in themes.all_of(db)
        if theme.id > int(after or 0) and theme.parent == parent and status in ("all", theme.status)
        if not kinds or theme.kind in kinds
    ]
    items = evidence.counted(db, found[:limit], filters)
    return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)


@routes.get("/themes/{theme_id}", summary="Show a theme")
def show_theme(db: Db, theme_id: ThemeId) -> ThemeDetail:
    """A theme with its counts, its active sub-themes and every event of its ledger, the oldest first."""
    theme = themes.get(db, theme_id)
    if theme is None:
        raise NotFound("theme", theme_id)
    counts = themes.counts(db, Filters(theme=str(theme_id))).get(theme_id, evidence.NOTHING)
    return ThemeDetail(
        theme=theme, counts=Counts(**counts), subs=evidence.counted(db, themes.subs(db, theme_id)),
        events=[Event.of(told, theme_id) for told in theme_events.of_theme(db, theme_id)],
        version=editing.version(db, theme_id),
    )  # fmt: skip


@routes.get(
    "/themes/{theme_id}/export",
    summary="Export a theme",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}, **FILES[200]["content"]}}},
)
def export_theme(
    request: Request, db: Db, today: Today, theme_id: ThemeId,
    filters: Annotated[Filters, Depends(filtering("format", "table"))], format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """What the page of a theme shows under the same filters: its course (the table `months`, which CSV gives), how deals end,
    who says it, typical quotes. All its quotes: /api/v1/quotes/export?theme=ID."""
    view = theme_page.page(db, filters, today, theme_id=theme_id)
    document = documents.document(db, view, today)
    return answer(request, document, lambda: to_json(document).encode(), format=format, table=table)


@routes.patch("/themes/{theme_id}", summary="Rename a theme")
def rename_theme(db: Db, theme_id: ThemeId, change: Rename) -> ThemeChange:
    """Give a theme another name. Its id stays, and the old name stays in its history."""
    make = partial(ledger.rename, db, theme_id, change.name, now=now(), actor=actor(change.actor), reason=change.reason)
    already = partial(editing.is_named, db, theme_id, change.name)
    return _changed(db, editing.checked(db, "rename", _saw(theme_id, change.version), make, already=already), theme_id)


@routes.post("/themes/{theme_id}/merge", summary="Merge themes")
def merge_themes(db: Db, theme_id: ThemeId, change: Merging) -> Merged:
    """Put other themes into this one, which keeps its id and name. Their ids stay known and lead to it."""
    if change.dry_run:
        seen = evidence.merge_preview(ledger.preview_merge(db, theme_id, set(change.others)))
        return Merged(event=None, theme=evidence.one(shown(db), theme_id), dry_run=True, preview=seen)
    make = partial(
        ledger.merge, db, theme_id, set(change.others), now=now(), actor=actor(change.actor), reason=change.reason
    )
    saw = _saw(theme_id, change.version) | {one: seen for one, seen in change.versions.items() if one in change.others}
    done = editing.checked(db, "merge", saw, make)
    return Merged(**dict(_changed(db, done, theme_id)), dry_run=False)


@routes.post("/themes/{theme_id}/split", summary="Split a theme")
def split_theme(db: Db, theme_id: ThemeId, change: Splitting) -> Split:
    """Take parts out of a theme as themes of their own, or make them its sub-themes. It keeps its id, its name and the rest.

    A dry run without `parts` says what the theme falls into by itself. Send those parts back, renamed or fewer, to take
    exactly them out.
    """
    if change.dry_run and not change.parts and not change.promoted:
        found = upkeep.division(shown(db), theme_id)
        return _tried(db, theme_id, found.parts, 0 if change.inside else found.stays)
    parts = [NewPart(p.name, tuple(p.insights), tuple(p.keywords)) for p in change.parts or ()]
    if change.parts is None and not change.promoted:
        parts = list(upkeep.chosen(upkeep.division(db, theme_id), None, inside=change.inside))
    split = partial(
        ledger.split, db, theme_id, parts, promoted=set(change.promoted), inside=change.inside, now=now(),
        actor=actor(change.actor), reason=change.reason,
    )  # fmt: skip
    if change.dry_run:
        return _tried(db, theme_id, parts, upkeep.tried(db, split, theme_id))
    done = editing.checked(db, "split", _saw(theme_id, change.version), split)
    return Split(**dict(_changed(db, done, theme_id)), dry_run=False)


@routes.post("/themes/{theme_id}/pin", summary="Pin a theme")
def pin_theme(db: Db, theme_id: ThemeId, change: Change = NOBODY) -> ThemeChange:
    """Hold its name and its quotes as they are: only new quotes join."""
    make = partial(ledger.pin, db, theme_id, now=now(), actor=actor(change.actor), reason=change.reason)
    return _changed(db, editing.checked(db, "pin", _saw(theme_id, change.version), make), theme_id)


@routes.post("/themes/{theme_id}/unpin", summary="Unpin a theme")
def unpin_theme(db: Db, theme_id: ThemeId, change: Change = NOBODY) -> ThemeChange:
    """Let it be changed again."""
    make = partial(ledger.unpin, db, theme_id, now=now(), actor=actor(change.actor), reason=change.reason)
    return _changed(db, editing.checked(db, "unpin", _saw(theme_id, change.version), make), theme_id)


@routes.post("/themes/{theme_id}/retire", summary="Retire a theme")
def retire_theme(db: Db, theme_id: ThemeId, change: Change = NOBODY) -> ThemeChange:
    """Take it, with its sub-themes, out of reports. Its quotes, and new ones like them, stay with it."""
    make = partial(ledger.retire, db, theme_id, now=now(), actor=actor(change.actor), reason=change.reason)
    return _changed(db, editing.checked(db, "retire", _saw(theme_id, change.version), make), theme_id)


@routes.post("/themes/{theme_id}/restore", summary="Restore a theme")
def restore_theme(db: Db, theme_id: ThemeId, change: Change = NOBODY) -> ThemeChange:
    """Bring a retired theme, with its sub-themes, back into reports."""
    make = partial(ledger.restore, db, theme_id, now=now(), actor=actor(change.actor), reason=change.reason)
    return _changed(db, editing.checked(db, "restore", _saw(theme_id, change.version), make), theme_id)


@routes.post("/themes/moves", summary="Move quotes")
def move_quotes(db: Db, change: Moving) -> ThemeChange:
    """Put quotes into another theme or sub-theme, or, where `to` is null, let them wait until a person places them.

    `version` is here the number of the newest event that was seen: 409 where any of these quotes was moved since.
    """
    make = partial(
        ledger.move, db, change.insights, change.to, now=now(), actor=actor(change.actor), reason=change.reason
    )
    return _changed(db, editing.checked(db, "move", {}, make, quotes=change.insights, since=change.version), change.to)


def _saw(theme_id: int, version: int | None) -> dict[int, int]:
    return {theme_id: version} if version is not None else {}


def _changed(db: Db, event_id: int | None, theme_id: int | None) -> ThemeChange:
    db = shown(db)
    event = evidence.event(db, event_id) if event_id is not None else None
    version = editing.version(db, theme_id) if theme_id is not None else None
    return ThemeChange(event=event, theme=evidence.one(db, theme_id), version=version)


def _tried(db: Db, theme_id: int, parts: Sequence[NewPart], stays: int) -> Split:
    db = shown(db)
    told = [
        Part(
            number=n, name=part.name, keywords=list(part.keywords), size=len(part.insights),
            insights=list(part.insights), examples=evidence.words_of(db, part.insights),
        )
        for n, part in enumerate(parts, 1)
    ]  # fmt: skip
    return Split(event=None, theme=evidence.one(db, theme_id), dry_run=True, parts=told, stays=stays)

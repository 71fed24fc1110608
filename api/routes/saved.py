"""Saved reports: keep a report as it is shown, and get it as it was published in every format."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.answers import answer
from api.deps import Db, Limit, Today, actor, kept_text, shown
from api.errors import RESPONSES, Conflict
from api.exports import FORMATS, Format
from api.exports.document import Document
from api.models.common import Page
from api.views import saved as views
from pipelines.jobs import now
from pipelines.reports import saved
from pipelines.store import saved as store
from pipelines.store.saved import SavedReport as Kept

routes = APIRouter(tags=["saved reports"], responses=RESPONSES)
SavedId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
ACTOR = "api"


class SaveBody(BaseModel, extra="forbid"):
    """Which report to keep: the address of its page with the whole query, for instance /reports/objections?persona=finance."""

    address: str = Field(max_length=views.LONGEST_ADDRESS)
    title: str = Field(max_length=1000)
    note: str = Field(default="", max_length=20_000)


class Description(BaseModel, extra="forbid"):
    title: str = Field(max_length=1000)
    note: str | None = Field(default=None, max_length=20_000, description="left out: stays as it is")


class SavedReport(BaseModel):
    """A report as it was published. `page` is its permanent address, `live` that of the report on today's data."""

    id: str
    title: str
    note: str
    report: str
    page: str
    live: str
    day: str = Field(description="the day as of which its figures are")
    at: str = Field(description="when it was saved")
    actor: str
    event_id: int = Field(description="the last event of the theme ledger when it was saved")
    version: str = Field(description="the version of Parley that made it")
    status: str
    removed_at: str
    removed_by: str


class SavedContent(SavedReport):
    """A saved report with its content: sentences, tables, charts, and the quotes that are still there."""

    document: dict[str, Any]


@routes.get("/saved", summary="List saved reports")
def list_saved(
    db: Db, q: Annotated[str, Query(max_length=200, description="words in title, note or author")] = "",
    status: Annotated[str, Query(pattern="^(active|removed)$", description="removed ones can be brought back")] = "active",
    after: Annotated[str, Query(max_length=80, description="`next` of the page before")] = "", limit: Limit = 50,
) -> Page[SavedReport]:  # fmt: skip
    """Saved reports, the newest first."""
    found = store.every(db, status=status, q=q, after=after, limit=limit + 1)
    more = store.cursor(found[limit - 1]) if len(found) > limit else None
    return Page(items=[SavedReport(**_told(one)) for one in found[:limit]], next=more)


@routes.post("/saved", status_code=201, summary="Save a report")
def save_report(db: Db, today: Today, body: SaveBody) -> SavedReport:
    """Keep a report as it is shown now, under a permanent address."""
    kept = views.snapshot(db, body.address, today)
    made = saved.save(
        db, kept, title=body.title, note=body.note, now=now(), actor=actor(ACTOR), version=version("parley")
    )
    return SavedReport(**_told(saved.get(shown(db), made.id)))


@routes.get(
    "/saved/{saved_id}", summary="Show a saved report", response_model=SavedContent,
    responses={200: {"content": {media.split(";")[0]: {} for media in FORMATS.values()}}},
)  # fmt: skip
def show_saved(
    request: Request, db: Db, saved_id: SavedId,
    format: Annotated[Format, Query(description="the file that is wanted")] = "json",
    table: Annotated[str, Query(max_length=80, description="which table a CSV holds; the main one without it")] = "",
) -> Response:  # fmt: skip
    """A report exactly as it was published. Quotes are looked up: one that is gone is said to be gone."""
    kept = saved.get(db, saved_id)
    if kept.status == "removed":
        raise Conflict(f"This report was taken back by {kept.removed_by}. It can be brought back where it is listed.")
    document = views.named(kept, views.frozen(db, kept))
    return answer(request, document, lambda: _content(kept, document), format=format, table=table)


@routes.patch("/saved/{saved_id}", summary="Describe a saved report")
def describe_saved(db: Db, saved_id: SavedId, body: Description) -> SavedReport:
    """Change its title and note; what it shows never changes."""
    was = saved.get(db, saved_id)
    note = None if body.note is None else kept_text(db, body.note, was.note)
    saved.describe(db, saved_id, title=kept_text(db, body.title, was.title), note=note)
    return SavedReport(**_told(saved.get(shown(db), saved_id)))


@routes.delete("/saved/{saved_id}", status_code=204, summary="Take a saved report back")
def remove_saved(db: Db, saved_id: SavedId) -> None:
    """Its link then says that it was taken back; it can be brought back."""
    saved.remove(db, saved_id, now=now(), actor=actor(ACTOR))


@routes.post("/saved/{saved_id}/restore", summary="Bring a saved report back")
def restore_saved(db: Db, saved_id: SavedId) -> SavedReport:
    """Show it again."""
    saved.restore(db, saved_id)
    return SavedReport(**_told(saved.get(shown(db), saved_id)))


def _told(kept: Kept) -> dict[str, Any]:
    rest = {name: getattr(kept, name) for name in Kept.__slots__ if name not in ("content", "query")}
    return {**rest, "page": f"/reports/saved/{kept.id}", "live": views.live(kept)}


def _content(kept: Kept, document: Document) -> bytes:
    return SavedContent(**_told(kept), document=asdict(document)).model_dump_json(indent=2).encode()

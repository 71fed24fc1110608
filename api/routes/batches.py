"""Batches: uploads, what came of them, and the way back."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile

from api import uploads
from api.deps import Db, Limit, OurSettings
from api.errors import RESPONSES, NotFound
from api.models import Accepted, Batch, Page, ProblemRow, Undone
from pipelines.store import batches

routes = APIRouter(tags=["batches"], responses=RESPONSES)
BatchId = Annotated[int, Path(ge=1, le=2**62)]
After = Annotated[int, Query(ge=0, le=2**62, description="`next` of the page before")]


@routes.get("/batches", summary="List uploads")
def list_batches(db: Db, after: After = 0, limit: Limit = 50) -> Page[Batch]:
    """Uploads, the newest first."""
    found = batches.recent(db, before=after or None, limit=limit + 1)
    return Page(
        items=[Batch(**b) for b in found[:limit]], next=str(found[limit - 1]["id"]) if len(found) > limit else None
    )


@routes.post("/batches", status_code=202, summary="Upload files")
def add_batch(
    db: Db, settings: OurSettings, response: Response,
    files: Annotated[list[UploadFile], File(description="files of any supported ending, or a zip of them")],
    title: Annotated[str, Form(max_length=200, description="a name for the upload")] = "",
    dry_run: Annotated[bool, Form(description="only say what would come in and what could not be read")] = False,
) -> Accepted:  # fmt: skip
    """Queue files to be read and mined; the job says how far that is. A dry run answers at once and keeps nothing."""
    if dry_run:
        tried = uploads.dry_run(db, settings, files, title=title)
        response.status_code = 200
        problems = [asdict(problem) for problem in tried.problems]
        return Accepted(dry_run=True, batch=None, job=None, counts=asdict(tried.counts), problems=problems)
    job_id, batch_id = uploads.submit(db, settings, files, title=title)
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return Accepted(dry_run=False, batch=batch_id, job=job_id)


@routes.get("/batches/{batch_id}", summary="Show an upload")
def show_batch(db: Db, batch_id: BatchId) -> Batch:
    """An upload with its counts."""
    found = batches.get(db, batch_id)
    if found is None:
        raise NotFound("upload", batch_id)
    return Batch(**found)


@routes.get("/batches/{batch_id}/problems", summary="List an upload's problems")
def list_problems(db: Db, batch_id: BatchId, after: After = 0, limit: Limit = 50) -> Page[ProblemRow]:
    """What could not be read: file, row, reason, and what to do about it."""
    show_batch(db, batch_id)
    found = batches.problems(db, batch_id, after=after, limit=limit + 1)
    items = [ProblemRow(**problem) for problem in found[:limit]]
    return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)


@routes.delete("/batches/{batch_id}", summary="Undo an upload")
def undo_batch(db: Db, batch_id: BatchId) -> Undone:
    """Take back what only this upload brought. Undoing twice changes nothing more."""
    return Undone(batch=batch_id, conversations_removed=uploads.undo(db, batch_id))

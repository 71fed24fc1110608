"""Batches: uploads, what came of them, and the way back."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile
from sqlite_utils import Database
from starlette.responses import PlainTextResponse

from api import uploads
from api.deps import Db, Limit, OurSettings, only_known, originals
from api.errors import RESPONSES, BadParameter, NotFound
from api.gate.who import actor
from api.models.common import Page
from api.models.upload import Accepted, Batch, FileResult, KnownPiece, Left, ProblemRow, Undone
from insights.formats.formulas import guarded
from pipelines.store import batches, pieces
from pipelines.uploads import readings, said_anew, solved
from pipelines.uploads.problems import separator, write_csv
from pipelines.uploads.undo import takes

routes = APIRouter(tags=["batches"], responses=RESPONSES)
ACTOR = "api"
BatchId = Annotated[int, Path(ge=1, le=2**62)]
MappingName = Annotated[
    str,
    Form(
        max_length=200,
        description="a saved mapping of columns, by name; without one, tables with the heads of a saved mapping are read by it; `none` reads without saved columns",
    ),
]
Columns = Annotated[str, Form(max_length=20_000, description='what columns mean: {"header": "role"} as JSON')]
DateOrder = Annotated[str, Form(description="how dates such as 03/04/2025 are meant: dmy or mdy")]
Zone = Annotated[str, Form(max_length=60, description="zone of times without one, such as Europe/Berlin")]
Every = Annotated[bool, Query(description="also those that another upload has solved")]
After = Annotated[int, Query(ge=0, le=2**62, description="`next` of the page before")]


@routes.get("/batches", summary="List uploads")
def list_batches(db: Db, after: After = 0, limit: Limit = 50) -> Page[Batch]:
    """Uploads, the newest first."""
    found = batches.recent(db, before=after or None, limit=limit + 1)
    return Page(
        items=[_batch(b) for b in found[:limit]], next=str(found[limit - 1]["id"]) if len(found) > limit else None
    )


@routes.post("/batches", status_code=202, summary="Upload files", dependencies=[Depends(only_known)])
def add_batch(
    request: Request, db: Db, settings: OurSettings, response: Response,
    files: Annotated[list[UploadFile], File(description="files of any supported ending, or an archive of them")],
    title: Annotated[str, Form(max_length=200, description="a name for the upload")] = "",
    dry_run: Annotated[bool, Form(description="only say what would come in and what could not be read")] = False,
    mapping: MappingName = "", columns: Columns = "", date_order: DateOrder = "", zone: Zone = "",
) -> Accepted:  # fmt: skip
    """Queue files to be read and mined; the job says how far that is. A dry run answers at once and keeps nothing. What
    stands in the address is refused: a dry run that is asked for there must not become an upload."""
    for name in request.query_params:
        raise BadParameter(name, "goes into the form with the files (curl: -F), not into the address")
    how = uploads.mapping_of(db, _form(mapping, columns, date_order, zone))
    if dry_run:
        tried = uploads.dry_run(db, settings, files, title=title, mapping=how)
        response.status_code = 200
        problems = [{k: v for k, v in asdict(problem).items() if k != "record"} for problem in tried.problems]
        return Accepted(
            dry_run=True, batch=None, job=None, counts=asdict(tried.counts), problems=problems, notices=[*tried.notices]
        )
    job_id, batch_id = uploads.submit(db, settings, files, title=title, mapping=how, actor=actor(ACTOR))
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return Accepted(dry_run=False, batch=batch_id, job=job_id)


@routes.get("/batches/{batch_id}", summary="Show an upload")
def show_batch(db: Db, batch_id: BatchId) -> Batch:
    """An upload with its counts. Here `notices` also tell what is in by another upload too, read with other columns."""
    found = batches.get(db, batch_id)
    if found is None:
        raise NotFound("upload", batch_id)
    shown = _batch(found, readings.again(db, batch_id))
    again = batches.brought_again(db, batch_id) if shown.status == "undone" else []
    return shown.model_copy(update={"brought_again": again})


@routes.get("/batches/{batch_id}/problems", summary="List an upload's problems")
def list_problems(db: Db, batch_id: BatchId, after: After = 0, limit: Limit = 50) -> Page[ProblemRow]:
    """What could not be read: file, row, reason, and what to do about it."""
    show_batch(db, batch_id)
    found = batches.problems(db, batch_id, after=after, limit=limit + 1)
    items = [ProblemRow(**problem) for problem in found[:limit]]
    return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)


@routes.post("/batches/{batch_id}/problems/{act}", summary="Leave an upload's open problems, or take them up again")
def leave_problems(db: Db, batch_id: BatchId, act: Literal["leave", "take-up"]) -> Left:
    """For what cannot be mended, such as a damaged file: nobody is asked to mend it any more."""
    show_batch(db, batch_id)
    return Left(problems=(solved.leave if act == "leave" else solved.take_up)(db, batch_id))


@routes.get(
    "/batches/{batch_id}/problems.csv",
    summary="Download an upload's problems as a table",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def download_problems(db: Db, batch_id: BatchId, file: str = "", every: Every = False) -> Response:
    """The rows that could not be read, as their file gave them and parted as in their file, to be corrected and uploaded again."""
    show_batch(db, batch_id)
    return problem_table(db, batch_id, file=file, every=every)


def problem_table(db: Database, batch_id: int, *, file: str = "", every: bool = False) -> Response:
    """An upload's problems as a CSV file; the page offers the same one."""
    out = io.StringIO()
    write_csv(db, batch_id, out, file=file, every=every)
    ending = "tsv" if separator(db, batch_id) == "\t" else "csv"
    return _table(out, f"problems-{batch_id}.{ending}")


@routes.get("/batches/{batch_id}/files", summary="List an upload's files")
def list_files(db: Db, batch_id: BatchId, after: After = 0, limit: Limit = 50) -> Page[FileResult]:
    """What came of each file, in the order they were read; nothing for uploads of before this was kept."""
    show_batch(db, batch_id)
    found = pieces.files(db, batch_id, after=after, limit=limit + 1)
    items = [FileResult(**asdict(one)) for one in found[:limit]]
    return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)


@routes.get("/batches/{batch_id}/known", summary="List what was known already", dependencies=[Depends(originals)])
def list_known(db: Db, batch_id: BatchId, after: After = 0, limit: Limit = 50) -> Page[KnownPiece]:
    """The pieces that were known: where each stood, which conversation it is, and which upload brought it first."""
    show_batch(db, batch_id)
    found = pieces.known(db, batch_id, after=after, limit=limit + 1)
    items = [KnownPiece(**asdict(one)) for one in found[:limit]]
    return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)


def known_table(db: Database, batch_id: int) -> Response:
    """What was known already, as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("file", "row", "kind", "title", "day", "account", "conversation", "first_upload"))
    for one in pieces.every_known(db, batch_id):
        row = "" if one.row is None else str(one.row)
        cells = (one.file, row, one.kind, one.title, one.day, one.account, one.conversation, str(one.first or ""))
        writer.writerow(map(guarded, cells))
    return _table(out, f"known-{batch_id}.csv")


def changed_table(db: Database, batch_id: int) -> Response:
    """What an upload says anew of what was in already, a row for each fact, as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("file", "row", "kind", "title", "day", "account", "conversation", "fact", "before", "after"))
    for one in said_anew.every(db, batch_id):
        row = "" if one.row is None else str(one.row)
        about = (one.file, row, one.of, one.title, one.day, one.account, one.conversation)
        for change in one.changes:
            writer.writerow(map(guarded, (*about, change.name, change.before, change.after)))
    return _table(out, f"changed-{batch_id}.csv")


def _table(out: io.StringIO, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@routes.delete("/batches/{batch_id}", summary="Undo an upload")
def undo_batch(db: Db, batch_id: BatchId) -> Undone:
    """Take back what only this upload brought. Undoing twice changes nothing more. What other uploads brought too stays."""
    met = takes(db, (batch_id,))[batch_id]
    gone = uploads.undo(db, batch_id, by=actor(ACTOR)) or 0
    return Undone(
        batch=batch_id, conversations_removed=gone, stayed=met.stay, held_by=[other for other, _ in met.held_by]
    )


def _batch(row: dict, again: Sequence[str] = ()) -> Batch:
    return Batch(**row, notices=[*readings.notices(readings.load(row["readings"])), *again])


def _form(mapping: str, columns: str, date_order: str, zone: str) -> dict[str, str]:
    return {**uploads.column_fields(columns), "mapping": mapping, "date_order": date_order, "zone": zone}

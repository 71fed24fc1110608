"""How tables are read: see it before an upload, correct it, save it by name."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, File, Path, UploadFile
from sqlite_utils import Database

from api import uploads
from api.deps import Db, OurSettings, only_known
from api.errors import RESPONSES, BadParameter, NotFound
from api.models.upload import ColumnRole, Mapping, SavedBody, UploadPreview
from api.routes.batches import Columns, DateOrder, MappingName, Zone
from insights.formats.tables import columns as meanings
from pipelines.jobs import now
from pipelines.store import mappings
from pipelines.uploads.mapping import BadMapping, save

routes = APIRouter(tags=["mappings"], responses=RESPONSES)
Name = Annotated[str, Path(min_length=1, max_length=100)]


@routes.post("/previews", summary="See how tables would be read", dependencies=[Depends(only_known)])
def add_preview(
    db: Db, settings: OurSettings, files: Annotated[list[UploadFile], File(description="tables, or files of any kind")],
    mapping: MappingName = "", columns: Columns = "", date_order: DateOrder = "", zone: Zone = "",
) -> UploadPreview:  # fmt: skip
    """What each column was taken for and why, and the first rows as they would come out. Nothing is kept."""
    given = {**uploads.column_fields(columns), "mapping": mapping, "date_order": date_order, "zone": zone}
    return UploadPreview(**asdict(uploads.look(settings, files, mapping=uploads.mapping_of(db, given))))


@routes.get("/columns", summary="List what a column can mean")
def list_roles() -> list[ColumnRole]:
    """Every role of a column, with a line that says what it is."""
    return [ColumnRole(role=role, says=says) for role, says in meanings.roles().items()]


@routes.get("/mappings", summary="List saved mappings")
def list_mappings(db: Db) -> list[Mapping]:
    """Mappings of columns that were saved by name."""
    return [_mapping(db, name) for name in mappings.names(db)]


@routes.put("/mappings/{name}", summary="Save a mapping")
def save_mapping(db: Db, name: Name, body: SavedBody) -> Mapping:
    """Save what columns mean under a name; one of the same name is replaced. Tables with the same heads are read by it from
    then on: `heads` names all of them, without it `columns` has to."""
    saved = uploads.named(db, body.columns, body.date_order, body.zone)
    try:
        save(db, name, saved, now=now(), heads=[body.heads] if body.heads else ())
    except BadMapping as error:
        raise BadParameter("name", str(error)) from None
    return _mapping(db, name)


@routes.delete("/mappings/{name}", status_code=204, summary="Forget a mapping")
def remove_mapping(db: Db, name: Name) -> None:
    """Forget a saved mapping; what was read with it stays as it is."""
    if not mappings.remove(db, name):
        raise NotFound("saved mapping", name)


def _mapping(db: Database, name: str) -> Mapping:
    found = mappings.saved(db, name)
    if found is None:
        raise NotFound("saved mapping", name)
    return Mapping(
        name=name, columns=dict(found.columns), date_order=found.date_order, zone=found.zone, saved_at=found.saved_at,
        saved_by=found.by, upload=found.upload,
    )  # fmt: skip

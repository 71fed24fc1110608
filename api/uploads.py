"""Uploaded files on their way in: kept under a name of chance, looked at, tried, and queued to be read."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from fastapi import UploadFile
from sqlite_utils import Database

from api.errors import BadParameter, Conflict, NotFound, NotWaiting
from insights.formats import ColumnMapping
from pipelines.ingest import Ingested, ingest
from pipelines.jobs import now, submit_ingest, submit_mine, submit_trial
from pipelines.settings import Settings
from pipelines.store import batches, jobs, mappings, worklist
from pipelines.store.pieces import Known, Moved, New
from pipelines.uploads import preview, said_anew, set_facts
from pipelines.uploads.mapping import NO_SAVED, BadMapping, chosen, is_none, save
from pipelines.uploads.preview import UploadPreview
from pipelines.uploads.trial import CHANGED, MOVED, NEW, REPEATED, parts
from pipelines.uploads.undo import undo as take_back

LONGEST_NAME = 200  # bytes in UTF-8; file systems take 255
ABANDONED_SECONDS = 2 * 24 * 3600
_NONE = ColumnMapping()
_TOKEN = re.compile(r"[0-9a-f]{16}")


def submit(
    db: Database, settings: Settings, files: Sequence[UploadFile], *, title: str, mapping: ColumnMapping, actor: str
) -> tuple[int, int]:
    """Keep the files and queue them, in somebody's name; returns (job id, batch id)."""
    folder = _store(settings, files)
    try:
        return submit_ingest(db, folder, title=title.strip() or title_of(files), mapping=mapping, actor=actor)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def dry_run(
    db: Database, settings: Settings, files: Sequence[UploadFile], *, title: str, mapping: ColumnMapping
) -> Ingested:
    """Read the files, say what would come in and what could not be read, and keep nothing."""
    folder = _store(settings, files)
    try:
        name = title.strip() or title_of(files)
        return ingest(db, parts(folder), title=name, now=now, dry_run=True, mapping=mapping)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def look(settings: Settings, files: Sequence[UploadFile], *, mapping: ColumnMapping) -> UploadPreview:
    """Say how the files' tables would be read, and keep nothing."""
    folder = _store(settings, files)
    try:
        return preview.look(parts(folder), mapping)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stage(db: Database, settings: Settings, files: Sequence[UploadFile]) -> str:
    """Keep the files for a person to look at first; returns the name they wait under."""
    _sweep(db, settings)
    return _store(settings, files).name


def staged(settings: Settings, token: str) -> Path:
    """Where files wait that a person looks at first. Raises NotWaiting when they are gone."""
    folder = settings.uploads / token
    if not _TOKEN.fullmatch(token) or not folder.is_dir():
        raise NotWaiting
    return folder


def waiting(db: Database, settings: Settings) -> list[tuple[str, str]]:
    """The uploads that wait for a person to look at them, as (token, title), the newest first."""
    queued = {job["arguments"].get("path") for job in jobs.unfinished(db)}
    found = []
    for folder in settings.uploads.glob("*"):
        # Another request may take a folder away while this one looks.
        with suppress(NotWaiting, FileNotFoundError):
            if str(folder) not in queued and (title := staged_title(settings, folder.name)):
                found.append((folder.stat().st_mtime, folder.name, title))
    return [(token, title) for _, token, title in sorted(found, reverse=True)]


def look_at_staged(settings: Settings, token: str, mapping: ColumnMapping) -> UploadPreview:
    return preview.look(parts(staged(settings, token)), mapping)


def try_staged(db: Database, settings: Settings, token: str, mapping: ColumnMapping) -> int:
    """Queue a dry run of files that wait; returns the job's id. Asking twice for the same queues it once."""
    folder, same = staged(settings, token), mappings.to_json(mapping)
    for job in jobs.unfinished(db, "try"):
        if job["arguments"]["folder"] == str(folder) and job["arguments"]["mapping"] == same:
            return int(job["id"])
    return submit_trial(db, folder, title=staged_title(settings, token), mapping=mapping)


def stop_trial(db: Database, settings: Settings, token: str) -> None:
    """End the dry runs of files that wait; the files stay."""
    folder = str(staged(settings, token))
    with db.atomic():
        for job in jobs.unfinished(db, "try"):
            if job["arguments"]["folder"] == folder:
                jobs.stop(db, job["id"], now=now())


def would_change(settings: Settings, token: str) -> said_anew.Summary:
    """What the last trial of files that wait found that they say anew; nothing where none was made."""
    file = staged(settings, token) / CHANGED
    return said_anew.load(json.loads(file.read_text("utf-8"))) if file.exists() else said_anew.Summary()


def would_come(settings: Settings, token: str) -> tuple[New, ...]:
    """The first conversations that the last trial of files that wait found to be new, or to grow."""
    file = staged(settings, token) / NEW
    return tuple(New(**one) for one in json.loads(file.read_text("utf-8"))) if file.exists() else ()


def would_repeat(settings: Settings, token: str) -> tuple[Known, ...]:
    """The first pieces that the last trial of files that wait found in them twice."""
    file = staged(settings, token) / REPEATED
    return tuple(Known(**one) for one in json.loads(file.read_text("utf-8"))) if file.exists() else ()


def would_move(settings: Settings, token: str) -> tuple[Moved, ...]:
    """The rows that the last trial of files that wait found to have stood under another account before."""
    file = staged(settings, token) / MOVED
    return tuple(Moved(**one) for one in json.loads(file.read_text("utf-8"))) if file.exists() else ()


def submit_staged(
    db: Database, settings: Settings, token: str, *, title: str, mapping: ColumnMapping, given: Mapping[str, str] = {},
    actor: str = "parley",
) -> tuple[int, int]:  # fmt: skip
    """Queue files that wait; returns (job id, batch id). Asking twice queues them once. `given` are facts of those
    conversations that come without. Raises BadFact."""
    given = {name: checked for name, value in given.items() if (checked := set_facts.checked(name, value))}
    folder = staged(settings, token)
    if any(job["arguments"].get("path") == str(folder) for job in jobs.unfinished(db, "ingest")):
        raise Conflict("These files are being read already. See the list of uploads.")
    name = title.strip() or staged_title(settings, token)
    return submit_ingest(db, folder, title=name, mapping=mapping, given=given, actor=actor)


def discard(settings: Settings, token: str) -> None:
    """Throw away files that wait."""
    shutil.rmtree(staged(settings, token), ignore_errors=True)


def staged_title(settings: Settings, token: str) -> str:
    """What files that wait are called together; "" while they are still being received."""
    names = sorted(file.name for file in staged(settings, token).glob("*/*"))
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else "".join(names)


def choices(db: Database, values: Mapping[str, str]) -> dict[str, str]:
    """What a person chose in the form of the check page, as the fields that `mapping_of` reads and an address can
    carry.

    `found:HEADER`, `found_order` and `found_zone` are what the page showed of itself or by saved columns that fit,
    `applied` the saved mapping that was chosen: what only repeats them is no choice. A saved mapping that is newly
    chosen goes before what was shown until then.
    """
    name, shown = values.get("mapping", ""), values.get("applied", "")
    old, new = _saved(db, shown), _saved(db, name)
    given = {key: role for key, role in _columns(values).items() if values.get(f"found:{key}") != role}
    given = {key: role for key, role in given.items() if old.columns.get(key) != role}
    order = values.get("date_order", "")
    order = "" if order == values.get("found_order") else order
    zone = values.get("zone", "").strip()
    zone = "" if zone == values.get("found_zone") else zone
    if name != shown:
        given = {key: role for key, role in given.items() if key not in new.columns}
        order = "" if new.date_order or order == old.date_order else order
        zone = "" if new.zone or zone == old.zone else zone
    chosen = {f"column:{key}": role for key, role in given.items()}
    chosen |= {f"given:{name}": value for name, value in given_facts(values).items()}
    plain = {"mapping": name, "date_order": order, "zone": zone, "title": values.get("title", "").strip()[:200]}
    return {**chosen, **{key: value for key, value in plain.items() if value}}


def given_facts(values: Mapping[str, str]) -> dict[str, str]:
    """What a person says of those conversations that come without a date, an account, …, from a form or an address."""
    told = {name: values.get(f"given:{name}", "").strip()[: set_facts.LONGEST] for name in set_facts.NAMES}
    return {name: value for name, value in told.items() if value}


def save_columns(
    db: Database, settings: Settings, token: str, name: str, values: Mapping[str, str], *, by: str = ""
) -> None:  # fmt: skip
    """Save what the check page shows for files that come later: every column of its tables, and the tables' heads.

    A table that is read by other saved columns keeps to those.
    """
    chosen = mapping_of(db, choices(db, values))
    tables = look_at_staged(settings, token, chosen).tables
    mine = [one for one in tables if one.saved in ("", name)] or tables
    heads = [[column.header for column in one.columns] for one in mine]
    known = {header for one in heads for header in one}
    columns = {key: role for key, role in {**_columns(values), **chosen.columns}.items() if key in known}
    order = chosen.date_order or values.get("date_order", "")
    zone = chosen.zone or values.get("zone", "").strip()
    mapping = named(db, columns, order, zone)
    try:
        save(db, name, mapping, now=now(), heads=heads, by=by)
    except BadMapping as error:
        raise BadParameter(error.part, str(error)) from None


def to_remember(
    db: Database, settings: Settings, token: str, values: Mapping[str, str]
) -> tuple[ColumnMapping, list[list[str]]] | None:
    """What to remember of how a person had the tables read (the columns, and the heads they are for), where they chose
    anything. Tables that are read by columns saved by name keep to those: what is chosen over them is for this
    upload."""
    chosen = choices(db, values)
    columns, plain = _columns(chosen), {name for name in ("date_order", "zone") if chosen.get(name)}
    if not (columns or plain):
        return None
    tables = [
        one for one in look_at_staged(settings, token, mapping_of(db, chosen)).tables
        if (not one.saved or one.saved_for) and (plain or any(column.header in columns for column in one.columns))
    ]  # fmt: skip
    shown = {column.header: column.role for one in tables for column in one.columns}
    order, zone = (chosen.get(name) or values.get(name, "").strip() for name in ("date_order", "zone"))
    return (named(db, shown, order, zone), [[c.header for c in one.columns] for one in tables]) if shown else None


def named(db: Database, columns: Mapping[str, str], order: str, zone: str) -> ColumnMapping:
    """Columns, date order and zone as they can be saved, checked."""
    given = {f"column:{header}": role for header, role in columns.items()}
    return mapping_of(db, given | {"mapping": NO_SAVED, "date_order": order, "zone": zone})


def _columns(values: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix("column:"): role for key, role in values.items() if key.startswith("column:")}


def _saved(db: Database, name: str) -> ColumnMapping:
    found = _NONE if not name or is_none(name) else mappings.get(db, name)
    if found is None:
        raise BadParameter("mapping", f"there is no saved mapping '{name}'")
    return found


def mapping_of(db: Database, values: Mapping[str, str]) -> ColumnMapping:
    """The mapping that a form holds: a saved one by name, `column:HEADER` fields over it, date order and zone."""
    try:
        return chosen(
            db, name=values.get("mapping", ""), columns=_columns(values), date_order=values.get("date_order", ""),
            zone=values.get("zone", ""),
        )  # fmt: skip
    except BadMapping as error:
        raise BadParameter(error.part, str(error)) from None


def column_fields(columns: str) -> dict[str, str]:
    """A JSON object of headers and roles as the fields that `mapping_of` reads."""
    try:
        given = json.loads(columns or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(role, str) for role in given.values()):
        raise BadParameter("columns", 'give a JSON object of headers and roles, such as {"Notizen": "text"}')
    return {f"column:{header}": role for header, role in given.items()}


def undo(db: Database, batch_id: int, *, by: str, stop: bool = False) -> int | None:
    """Take a batch back in somebody's name, even while it is being read (`stop`: its reader finds it undone and ends); returns the number of
    conversations that went with it, None where it was undone before. The mining that brings themes up to date, and reads what counts again, is queued."""
    batch = batches.get(db, batch_id)
    if batch is None:
        raise NotFound("upload", batch_id)
    if not stop and batch["status"] == "reading" and jobs.reads(db, batch_id):
        raise Conflict("This upload is still being read. Wait until it is done, then undo it.")
    if batch["status"] == "undone":
        return None
    with db.atomic():  # a server that is killed has done both or neither
        gone = take_back(db, batch_id, now=now(), by=by)
        # Themes and proposals follow, and an older version that counts again is read again.
        if gone or worklist.some_unread(db):
            submit_mine(db)
    return gone


def safe_name(name: str, position: int) -> str:
    """The last part of a browser's file name, without anything a file system or a page could take amiss."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    suffix = Path(plain).suffix[:20]
    stem = Path(plain).stem if suffix else plain
    stem = stem.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore")
    return f"{stem}{suffix}" if stem else f"file-{position}{suffix}"


def _sweep(db: Database, settings: Settings) -> None:
    """Throw away files that somebody looked at two days ago and then left."""
    wanted = {job["arguments"].get("path") for job in jobs.unfinished(db)}
    for folder in settings.uploads.glob("*"):
        old = folder.is_dir() and time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
        if old and str(folder) not in wanted:
            shutil.rmtree(folder, ignore_errors=True)


def _store(settings: Settings, files: Sequence[UploadFile]) -> Path:
    folder = settings.uploads / secrets.token_hex(8)
    try:
        lay_out(files, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def lay_out(files: Sequence[UploadFile], folder: Path) -> None:
    """Write what was chosen into a folder, in this order and under names of its own. Raises BadParameter where nothing
    was."""
    given = _given(files)
    if not given:
        raise BadParameter("files", "choose at least one file")
    for position, file in enumerate(given, 1):
        # A folder each, because two files of one upload may bear one name; in this order they are read.
        place = folder / f"{position:05}"
        place.mkdir(parents=True)
        with (place / safe_name(file.filename or "", position)).open("wb") as out:
            shutil.copyfileobj(file.file, out)


def title_of(files: Sequence[UploadFile]) -> str:
    """What an upload is called that nobody gave a title."""
    names = [safe_name(f.filename or "", n) for n, f in enumerate(_given(files), 1)]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _given(files: Sequence[UploadFile]) -> list[UploadFile]:
    """A browser sends a field of files that was left empty as a file without a name."""
    return [file for file in files if file.filename]

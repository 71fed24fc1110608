"""The columns beside the database, so that a process that starts reads again only what was written to since.

What one would get wrong: the file is no truth, and may be lost at any moment. It is taken only where the database bears
its mark, so that the file of another history (from before a backup was restored) is not; `store.changes` says what in it
is old. It holds no text that no conversation has, is put in place under the write lock of the very state that it shows,
and goes where conversations go and somebody is forgotten (`copying.drop_columns`): nobody who was erased is in it.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from sqlite_utils import Database

import insights
from insights.records import stable_id
from pipelines.store import changes
from pipelines.store.column_store import (
    FACTS,
    TEXTS,
    Array,
    Counts,
    Store,
    Table,
    at_one_moment,
    bring_up,
    changed_parts,
    numbering,
    store_of,
)
from pipelines.store.copying import HALF, columns_beside, file_of

LEAST = 50_000  # insights, below which all are read in less than a second
OLD = 0.1  # of all parts, written to since the file was: then it is written anew
MARK = "columns beside"  # in `changes`, on which no figure rests
COUNTED = ("conversations", "insights")
TABLES = ("told", "said", "words")
FACT = "fact "  # before the name of a field that is a table of its own, and of its numbering
# By which numbering a column's numbers are told.
NUMBERING = {"meeting": "meeting", "own": "meeting", "day": "day", **{name: name for name in (*FACTS, *TEXTS)}}


def take(db: Database, store: Store) -> None:
    """Fill an empty store with what lies beside the database, if it is of this history. Called with the store's lock,
    within a transaction."""
    if store.looked:
        return
    store.looked = True
    file = file_of(db)
    if file is None:
        return
    try:
        with columns_beside(file).open("rb") as stream, np.load(stream) as found:
            about = json.loads(found["about"].tobytes())
            if (about["form"], about["schema"], about["mark"]) != (_form(), _schema(db), _mark(db)):
                return
            tables = {name: _table(found, f"{at}/", counts) for at, (name, counts) in enumerate(about["tables"])}
            rank = found["rank"]
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, BadZipFile):  # there is none, or it is damaged
        return
    for name, values in about["values"].items():
        store.known[name] = numbering(values)
    store.told, store.said, store.words = (tables.get(name) for name in TABLES)
    store.facts.update((name.removeprefix(FACT), one) for name, one in tables.items() if name.startswith(FACT))
    store.rank, store.beside = rank, (frozenset(tables), tables["told"].counts)


def keep(db: Database) -> bool:
    """Put the columns as they stand beside the database, where they are many and what lies there is old; whether that
    was done. It is not where somebody writes meanwhile, or nothing may be written."""
    file, store, mark = file_of(db), store_of(db), secrets.randbits(62)
    with store.lock:
        if file is None or store.said is None or len(store.said.rows) < LEAST:
            return False
        with at_one_moment(db):
            counts, schema = _counts(db), _schema(db)
            if columns_beside(file).exists() and not _is_old(store, counts):
                return False
            bring_up(db, store, counts)
        tables = _tables(store, counts)
        arrays, values = _packed(store, tables)
    told = [(name, table.counts) for name, table in tables.items()]
    about = {"form": _form(), "schema": schema, "mark": mark, "tables": told, "values": values}
    half = Path(f"{columns_beside(file)}{HALF}")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            np.savez(stream, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
        with db.atomic():
            if (_counts(db), _schema(db)) != (counts, schema):
                return False
            db.execute("DELETE FROM changes WHERE name = ?", [MARK])
            db.execute("INSERT INTO changes (name, part, count) VALUES (?, ?, 0)", [MARK, mark])
            half.replace(columns_beside(file))
    except (OSError, sqlite3.OperationalError):  # no room, nothing may be written, or somebody writes for very long
        return False
    finally:
        half.unlink(missing_ok=True)
    store.beside = frozenset(tables), counts
    return True


def _tables(store: Store, counts: Counts) -> dict[str, Table]:
    """The tables that are of the state of these counts: in an older one may be who was erased since."""
    found = {name: table for name in TABLES if (table := getattr(store, name))}
    found |= {f"{FACT}{name}": table for name, table in store.facts.items()}
    return {name: table for name, table in found.items() if not _is_behind(name, table, counts)}


def _is_behind(name: str, table: Table, counts: Counts) -> bool:
    return any(changed_parts(table.counts, counts, one) for one in (COUNTED[:1] if name.startswith(FACT) else COUNTED))


def _is_old(store: Store, counts: Counts) -> bool:
    if store.beside is None:
        return True
    there, then = store.beside
    changed = sum(len(changed_parts(then, counts, name)) for name in COUNTED)
    every = sum(len(counts.get(name, ())) for name in COUNTED)
    return not _tables(store, counts).keys() <= there or changed > OLD * every


def _packed(store: Store, tables: Mapping[str, Table]) -> tuple[dict[str, Array], dict[str, list[str]]]:
    """The tables as arrays, and the texts that their numbers stand for, without those that nothing has any more."""
    arrays: dict[str, Array] = {}
    coded: dict[str, list[str]] = {}
    for at, (name, table) in enumerate(tables.items()):
        arrays[f"{at}/rows"] = table.rows
        for column, found in table.columns.items():
            arrays[f"{at}/{column}"] = found
            if known := name if name.startswith(FACT) else NUMBERING.get(column):
                coded.setdefault(known, []).append(f"{at}/{column}")
    values = {}
    for known, keys in coded.items():
        used = np.unique(np.concatenate([np.unique(arrays[key]) for key in keys]))
        texts = store.values(known)
        values[known] = [texts[n] for n in used.tolist()]
        arrays |= {key: np.searchsorted(used, arrays[key]).astype(np.int32) for key in keys}
        if known == "meeting":
            ranked = store.rank[used] if len(store.rank) == len(texts) else np.zeros(0, np.int32)
            arrays["rank"] = np.argsort(np.argsort(ranked)).astype(np.int32)
    return arrays, values


def _table(found: Mapping[str, Array], before: str, counts: Mapping[str, Mapping[str, int]]) -> Table:
    columns = {key.removeprefix(before): found[key] for key in found if key.startswith(before)}
    told = {table: {int(part): count for part, count in parts.items()} for table, parts in counts.items()}
    return Table(columns.pop("rows"), columns, told)


def _counts(db: Database) -> Counts:
    return {name: parts for name, parts in changes.counts(db).items() if name in COUNTED}


def _schema(db: Database) -> int:
    return int(db.conn.execute("PRAGMA schema_version").fetchone()[0])


def _mark(db: Database) -> int | None:
    return next((row[0] for row in db.conn.execute("SELECT part FROM changes WHERE name = ?", [MARK])), None)


@cache
def _form() -> str:
    """Changes with the code that the columns are made by: that of the insights and of the store."""
    folders = Path(insights.__file__).parent, Path(__file__).parent
    sources = sorted(one for folder in folders for one in folder.rglob("*.py"))
    return stable_id(version("parley"), [(one.name, one.read_text("utf-8")) for one in sources])

"""A home with a database for one check, the command line in a process of its own, and what is known of what was said."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from benchmarks.bad_files import ROOT
from pipelines.catalogue import profile
from pipelines.store import company, connect, prepare

CONTENT = (
    "conversations", "conversation_fields", "conversation_keys", "utterances", "mails", "mail_marks", "crm_records",
    "crm_keys", "bands", "block_keys", "passages", "boilerplate",
)  # fmt: skip
CLI = (sys.executable, "-m", "api.cli")
Rows = dict[str, list[str]]


def content(file: Path, *, batches: bool = False) -> Rows:
    """All that is known of what was said, sorted; with `batches` also their counts, problems and what each brought."""
    tables = {table: f"SELECT * FROM {table}" for table in CONTENT}
    if batches:
        tables["batches"] = "SELECT id, title, status, counts, conversations, utterances, duplicates FROM batches"
        tables["problems"] = "SELECT batch_id, file, row, reason, advice, kept, record FROM problems"
        tables["brought"] = "SELECT item_id, batch_id, kind, said FROM brought"
    with closing(sqlite3.connect(file)) as db:
        db.row_factory = sqlite3.Row
        return {
            table: sorted(
                str({k: v for k, v in zip(row.keys(), row, strict=True) if k != "analysed"}) for row in db.execute(sql)
            )
            for table, sql in tables.items()
        }


def sound(file: Path) -> bool:
    """True when SQLite finds nothing wrong with the file, its keys and its word index."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("INSERT INTO utterances_fts(utterances_fts) VALUES ('integrity-check')")
        return [row[0] for row in db.execute("PRAGMA integrity_check")] == ["ok"] and not list(
            db.execute("PRAGMA foreign_key_check")
        )


def new_home(home: Path, *, told: bool) -> Path:
    """A home with an empty database, with the sample company's profile where `told`; the database's path."""
    file = home / "parley.db"
    prepare(file)
    if told:
        with closing(connect(file)) as db:
            company.add(db, profile.read(ROOT / "pipelines" / "sample" / "company.toml"))
    return file


def parley(home: Path, *arguments: object) -> "subprocess.Popen[str]":
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [*CLI, *map(str, arguments)], cwd=ROOT, env={**os.environ, "PARLEY_HOME": str(home)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: "subprocess.Popen[str]", *, within: float = 600) -> tuple[int, str]:
    """Its exit code, and what it wrote."""
    out, err = process.communicate(timeout=within)
    return process.returncode, out + err


def alike(got: Rows, wanted: Rows, about: str) -> bool:
    for table in wanted:
        more, less = set(got[table]) - set(wanted[table]), set(wanted[table]) - set(got[table])
        if got[table] != wanted[table]:
            print(f"{about}: {table} has {len(more)} rows more, {len(less)} less", file=sys.stderr)
            if os.environ.get("SHOW"):
                print(*sorted(more)[:2], *sorted(less)[:2], sep="\n", file=sys.stderr)
    return got == wanted

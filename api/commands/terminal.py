"""What every command shares: the open database, progress on stderr, output for people or for machines."""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.progress import Progress

PROBLEMS_LEFT = 3
SHOWN_PROBLEMS = 20
BINARY = ("xlsx", "pptx", "pdf")


@contextmanager
def open_database() -> "Iterator[Database]":
    """The database of the settings, its schema up to date."""
    from pipelines.store import connect

    file = settings().database_file
    prepare_database(file)
    db = connect(file)
    try:
        yield db
    finally:
        db.close()


def prepare_database(file: Path) -> None:
    """Create the database or bring it up to date, or exit with a sentence that names the file."""
    from pipelines.store import prepare

    try:
        prepare(file)
    except sqlite3.OperationalError as error:
        raise fail(trouble(error)) from None
    except sqlite3.DatabaseError as error:
        advice = "Move it away, or name another file with PARLEY_DATABASE."
        raise fail(f"'{file}' is no database that Parley can use ({error}). {advice}") from None


def trouble(error: sqlite3.OperationalError) -> str:
    """What a database that cannot be written now means, and what to do; what was stored before stands."""
    advice = {
        sqlite3.SQLITE_FULL: "The disk is full. Make room",
        sqlite3.SQLITE_BUSY: "Another Parley is writing to the database, for longer than we wait. Let it finish",
        sqlite3.SQLITE_READONLY: "The database may not be written. Check the rights of its file and folder",
        sqlite3.SQLITE_CANTOPEN: "The database cannot be opened. Check the rights of its file and folder",
    }.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, f"The database cannot be used ({error}). Look at its disk")
    return f"{advice}, then run the same command again: it goes on where it was."


def settings() -> Any:
    """The settings, or exit code 2 with one line for each value that is wrong."""
    from pydantic import ValidationError

    from pipelines.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        for item in error.errors():
            name = "PARLEY_" + "_".join(str(part) for part in item["loc"]).upper()
            print(f"parley: setting {name}: {item['msg']}", file=sys.stderr)
        raise typer.Exit(2) from None


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def fail(message: str, *, code: int = 1) -> typer.Exit:
    """Say what is wrong; raise what this returns."""
    print(f"parley: {message}", file=sys.stderr)
    return typer.Exit(code)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


def _count(number: float) -> str:
    return f"{number:,.0f}"


@contextmanager
def shown_progress() -> "Iterator[Progress]":
    """A progress bar per stage with rate and time left, on stderr and only where a person looks at it."""
    if not sys.stderr.isatty():
        from pipelines.progress import silent

        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.fields[told]}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, tuple[Any, float]] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, told=""), time.monotonic()
            task, begun = tasks[stage]
            rate = done / max(0.001, time.monotonic() - begun)
            say = _megabytes if stage == "reading" else _count
            told = f"{say(done)} of {say(total)}" if total else say(done)
            bars.update(task, completed=done, total=total, told=f"{told}, {say(rate)}/s")

        yield show


def deliver(data: bytes, format: str, output: Path | None) -> None:
    """A file to where it was asked for: never an office file into a terminal."""
    if output is not None:
        output.write_bytes(data)
        print(f"Wrote {output} ({len(data):,} bytes).", file=sys.stderr)
    elif format in BINARY and sys.stdout.isatty():
        raise fail(f"{format} is not for a terminal. Name a file: --output report.{format}", code=2)
    else:
        sys.stdout.buffer.write(data)

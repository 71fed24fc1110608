"""What every command shares: the open database, progress on stderr, output for people or for machines."""

import json
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.progress import Progress
    from pipelines.settings import Settings

PROBLEMS_LEFT = 3
INTERRUPTED = 130  # as shells have it: 128 and the number of the signal
SHOWN_PROBLEMS = 20
BINARY = ("xlsx", "pptx", "pdf")


@contextmanager
def open_database() -> "Iterator[Database]":
    """The database of the settings, its schema up to date."""
    from pipelines.store import connect, held

    file = settings().database_file
    with held.shared(file):
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
        done = prepare(file)
    except (sqlite3.OperationalError, OSError) as error:
        raise fail(f"'{file}': {told(error)}") from None
    except sqlite3.DatabaseError as error:
        advice = "Bring back a backup (parley backups), or name another file with PARLEY_DATABASE."
        raise fail(f"'{file}' is no database that Parley can use ({error}). {advice}") from None
    if done.copy:
        print(f"The database was brought up to date. A copy from before is kept: {done.copy}", file=sys.stderr)


def told(error: sqlite3.DatabaseError | OSError) -> str:
    """What a database or disk that cannot be used now means, and what to do; what was stored before stands."""
    from pipelines.store.trouble import trouble_of

    found = trouble_of(error)
    if found is None:
        if isinstance(error, OSError) and error.filename:
            return f"'{error.filename}' cannot be used: {error.strerror}. Check the path and its rights."
        return str(error)
    if found.kind == "unusable":
        return f"{found.what[:-1]} ({error}). {found.typed}."
    again = "" if found.kind == "damaged" else ", then run the same command again: it goes on where it was"
    return f"{found.what} {found.typed}{again}."


def settings() -> Any:
    """The settings, or exit code 2 with one line for each value that is wrong."""
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError

    from pipelines.settings import Settings

    try:
        found = Settings()
    except ValidationError as error:
        for item in error.errors():
            name = "PARLEY_" + "_".join(str(part) for part in item["loc"]).upper()
            print(f"parley: setting {name}: {item['msg']}", file=sys.stderr)
        raise typer.Exit(2) from None
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise fail(
            f"parley.toml in the home cannot be read: {error}. Mend it there; the rest of it is not read either", code=2
        ) from None
    if found.accelerator != "cpu":
        from insights.embedding import NoGpu
        from pipelines.running import accelerator

        try:
            accelerator.use(found.accelerator)
        except NoGpu as error:
            raise fail(str(error), code=2) from None
    return found


def check_engine(ours: "Settings") -> None:
    """Say now, not at the first upload, that the cluster of the settings cannot be used by this installation."""
    if ours.engine == "ray":  # only then is more than the settings loaded
        from insights.errors import InsightsError
        from pipelines.running import engines

        try:
            engines.check(ours.where)
        except InsightsError as error:
            raise fail(str(error), code=2) from None


def print_json(value: object) -> None:
    print(_json(value))


def json_bytes(value: object) -> bytes:
    """What `print_json` prints, for a file."""
    return f"{_json(value)}\n".encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def fail(message: str, *, code: int = 1) -> typer.Exit:
    """Say what is wrong; raise what this returns."""
    print(f"parley: {message}", file=sys.stderr)
    return typer.Exit(code)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


def _count(number: float) -> str:
    return f"{number:,.0f}"


@contextmanager
def stoppable(kept: str) -> Iterator[None]:
    """Let Ctrl+C end a command that goes on where it was, and say so."""
    try:
        yield
    except KeyboardInterrupt:
        raise fail(f"Stopped; {kept} is kept. Run it again to go on.", code=INTERRUPTED) from None


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


def check_paths(paths: Iterable[Path]) -> None:
    """End the command where one of these is not there."""
    if missing := next((path for path in paths if not path.exists()), None):
        raise fail(f"There is no file or folder '{missing}'.", code=2)


def meant(name: str, known: Iterable[str]) -> str:
    """Which of the known names a mistyped one is close to, as a sentence to add; "" for none."""
    from difflib import get_close_matches

    from insights.privacy.vocabulary import fold

    folded = {fold(one): one for one in known}
    close = " or ".join(f"'{folded[one]}'" for one in get_close_matches(fold(name), folded))
    return f" Did you mean {close}?" if close else ""


def format_of(format: str, output: Path | None, known: Iterable[str], *, unnamed: str, otherwise: str = "") -> str:
    """The format of a file: the one that was named, else what the file's ending says, or `otherwise`; `unnamed` is what stands for none.

    Ends the command where a file's ending says another format than the one named, and where nothing says one.
    """
    ending = output.suffix[1:].casefold() if output else ""
    told = {"markdown": "md", "htm": "html"}.get(ending, ending)
    formats = [name for name in known if name != unnamed]
    if format == unnamed and (told in formats or otherwise or output is None):
        return told if told in formats else otherwise or unnamed
    if output is None or (format != unnamed and told in (format, "")):
        return format
    if format == unnamed:
        raise fail(f"The ending of {output.name} says no format. Known: {', '.join(formats)}.", code=2)
    right = output.with_suffix(f".{format}").name
    raise fail(
        f"--format says {format}, but the file is called {output.name}. Call it {right}, or leave --format out.", code=2
    )


def deliver(data: bytes, format: str, output: Path | None) -> None:
    """A file to where it was asked for: never an office file into a terminal."""
    if output is not None:
        output.write_bytes(data)
        print(f"Wrote {output} ({len(data):,} bytes).", file=sys.stderr)
    elif format in BINARY and sys.stdout.isatty():
        raise fail(f"{format} is not for a terminal. Name a file: --output report.{format}", code=2)
    else:
        sys.stdout.buffer.write(data)

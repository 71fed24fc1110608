"""Commands that keep what is stored safe: doctor, backup, backups, restore."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.commands.terminal import PROBLEMS_LEFT, fail, open_database, print_json, settings, shown_progress

MARKS = {"fine": "ok", "note": "note", "warning": "look", "error": "WRONG"}
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object for machines.")]


def register(app: typer.Typer) -> None:
    app.command()(doctor)
    app.command()(backup)
    app.command()(backups)
    app.command()(restore)


def doctor(
    repair: Annotated[
        bool, typer.Option(help="Mend what follows from other rows anyway; the rest is only told.")
    ] = False,
    quick: Annotated[bool, typer.Option(help="Leave out what reads the whole database.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look whether everything is as it must be: the file, every quote, the search index, the ledger, jobs, room, settings.

    It reads only, also while a server works. Exit code 1: something is wrong; 3: something to look at.
    """
    from datetime import UTC, datetime

    from pipelines.operation import doctor as checks

    ours = settings()
    found = checks.examine(ours, now=datetime.now(UTC), whole=not quick)
    done: list[str] = []
    if repair and any(finding.repair for finding in found.findings):
        done = checks.repair(ours, found)
        found = checks.examine(ours, now=datetime.now(UTC), whole=not quick)
    if as_json:
        print_json({**asdict(found), "level": found.level, "repaired": done})
    else:
        for line in done:
            print(f"Repaired: {line}")
        for finding in found.findings:
            print(f"{MARKS[finding.level]:<6} {finding.check}: {finding.what}")
            if finding.advice:
                print(f"       {finding.advice}")
    if found.level in ("error", "warning"):
        raise typer.Exit(1 if found.level == "error" else PROBLEMS_LEFT)


def backup(
    to: Annotated[
        Path | None, typer.Argument(help="A new file, or a folder; without one `backups` in the home.")
    ] = None,
    keep: Annotated[
        int, typer.Option(min=0, help="Keep so many in the folder and remove older ones; 0 keeps all.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Copy the database while others work, and verify the copy. Uploads that wait to be read and settings are not in it.

    Examples: `parley backup`, `parley backup --keep 14`, `parley backup /mnt/other/disk`
    """
    from pipelines.jobs import now
    from pipelines.operation import backup as backups

    file = _there()
    with open_database() as db, shown_progress() as progress:
        made = backups.backup(db, file, to, now=now(), keep=keep, progress=progress)
    manifest = made.backup.manifest
    if as_json:
        print_json(
            {"file": made.backup.file, "manifest": asdict(manifest) if manifest else None, "removed": made.removed}
        )
        return
    size = manifest.bytes / 1e6 if manifest else 0
    print(f"{made.backup.file}: {size:,.1f} MB, verified.")
    if made.removed:
        print(f"Removed as older than the {keep} that are kept: {', '.join(file.name for file in made.removed)}")
    print(f"To bring it back: parley restore {made.backup.file}")


def backups(as_json: AsJson = False) -> None:
    """List the copies in the folder of backups, the newest first."""
    from pipelines.operation import backup as store

    found = store.listed(settings().database_file)
    if as_json:
        print_json([{"file": one.file, "manifest": asdict(one.manifest) if one.manifest else None} for one in found])
        return
    for one in found:
        told = f"{one.manifest.at}  Parley {one.manifest.parley}" if one.manifest else "kept before a change"
        print(f"{one.file.stat().st_size / 1e6:>10,.1f} MB  {told:<40}  {one.file}")
    if not found:
        print("There are no backups yet. Make one: parley backup")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup: parley backups lists them.")],
    as_json: AsJson = False,
) -> None:
    """Verify a backup and put it in the place of the database; what was there is kept, and can be brought back.

    Whoever was forgotten after the backup was made is forgotten again. Stop every server and worker before: it refuses
    while one runs.
    """
    from pipelines.jobs import now
    from pipelines.privacy import forgotten

    with shown_progress() as progress:
        done = forgotten.restore(
            file, settings().database_file, settings().home, now=now, actor="terminal", progress=progress
        )
    restored = done.restored
    if as_json:
        again = [one.id for one in done.receipts]
        print_json({"restored": file, "aside": restored.aside, "forgotten_again": again, "unread": done.unread})
        return
    told = (
        f"as it was on {restored.backup.manifest.at}"
        if restored.backup.manifest
        else "it had no manifest, but is sound"
    )
    print(f"The database is {file.name} now ({told}).")
    if restored.aside:
        print(f"What was there before is kept. To bring it back: parley restore {restored.aside}")
    if done.receipts:
        numbers = ", ".join(str(one.id) for one in done.receipts)
        print(
            f"{len(done.receipts):,} who had been forgotten since were in it, and are forgotten again: receipt {numbers}. "
            "The backup's own file still holds them; see: parley forget --receipts"
        )
    if done.unread:
        print(
            "What was there before could not be read, so whoever was forgotten in it is known only from the file beside it. "
            "If that is older than the last erasure, look through the receipts that you kept and run: parley forget ADDRESS"
        )


def _there() -> Path:
    file: Path = settings().database_file
    if not file.exists():
        raise fail(f"There is no database {file}. Check PARLEY_HOME and PARLEY_DATABASE.")
    return file

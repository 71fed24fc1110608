"""Commands that carry everything from one Parley to another: export and import."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.terminal import fail, open_database, print_json, settings, shown_progress

NOT_IN_IT = "Accounts, sessions, tokens, addresses of webhooks, secrets and settings are not in it."
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object for machines.")]


def register(app: typer.Typer) -> None:
    app.command("export")(export_all)
    app.command("import")(import_all)


def export_all(
    file: Annotated[Path, typer.Argument(help="A new file; packed where its name ends in .gz.")],
    as_json: AsJson = False,
) -> None:
    """Write everything that people made or brought to one file of JSON lines, to carry it to another Parley.

    Accounts, sessions, tokens, addresses of webhooks, secrets and settings are not in it; digests are paused in it.
    The same content gives the same bytes. Example: `parley export everything.jsonl.gz`
    """
    from pipelines.operation import transfer

    if not settings().database_file.exists():
        raise fail(f"There is no database {settings().database_file}. Check PARLEY_HOME and PARLEY_DATABASE.")
    with open_database() as db, shown_progress() as progress:
        carried = transfer.export(db, file, progress=progress)
    if as_json:
        print_json({"file": file, "records": carried.records, "sha256": carried.sha256})
        return
    print(f"{file}: {carried.total:,} records, {file.stat().st_size / 1e6:,.1f} MB. {NOT_IN_IT}")
    print(f"To read it into an empty database: parley import {file.name}")


def import_all(
    file: Annotated[Path, typer.Argument(help="What `parley export` wrote.")], as_json: AsJson = False
) -> None:
    """Make an empty database what an export holds, all of it or nothing.

    Where there is something already, it refuses. Digests are paused until somebody gives them their addresses again.
    """
    from pipelines.operation import transfer

    database: Path = settings().database_file
    with shown_progress() as progress:
        carried = transfer.bring_in(file, database, progress=progress)
    if as_json:
        print_json({"database": database, "records": carried.records, "sha256": carried.sha256})
        return
    print(f"{carried.total:,} records are in {database}.")
    print(
        "Next: parley mine (it works out vectors and what trackers find). Digests are paused: give them their webhooks."
    )

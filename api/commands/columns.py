"""How tables are read: look at a file before it is uploaded, say what its columns mean, save that by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import PROBLEMS_LEFT, check_paths, fail, meant, open_database, print_json

if TYPE_CHECKING:
    from sqlite_utils import Database

    from insights.formats import ColumnMapping
    from pipelines.uploads.preview import UploadPreview

SAY_TEXT = "Say which it is: --column HEADER=text"

saved = typer.Typer(no_args_is_help=True, help="Saved mappings of columns, for exports that come again.")


def register(app: typer.Typer) -> None:
    app.command()(preview)
    app.add_typer(saved, name="mappings")


def preview(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or archives.")],
    mapping: Annotated[str, typer.Option(help="A saved mapping of columns; none reads without saved ones.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="What a column means, as HEADER=ROLE; repeatable.")] = None,
    date_order: Annotated[str, typer.Option(help="dmy or mdy.")] = "",
    zone: Annotated[str, typer.Option(help="Zone of times without one, such as Europe/Berlin.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show how tables would be read: what each column was taken for, and why. Nothing is kept.

    Example: `parley preview crm.csv --column "Was gesagt wurde=text" --date-order dmy`
    """
    from dataclasses import asdict

    from pipelines.uploads.preview import look
    from pipelines.uploads.readings import of_preview

    check_paths(paths)
    with open_database() as db:
        wanted = column_mapping(db, mapping, column or (), date_order, zone)
        found = look(paths, wanted)
    check_columns(wanted, found)
    left = bool(found.problems) or any(table.subject == "nothing" for table in found.tables)
    if as_json:
        print_json(asdict(found))
        raise typer.Exit(PROBLEMS_LEFT if left else 0)
    for table in found.tables:
        sheet = f", sheet {table.sheet}" if table.sheet else ""
        print(f"{table.name}{sheet}: read as {table.subject}, judged by {table.sampled} rows")
        if table.subject == "nothing":
            print(f"  No column holds the words. {SAY_TEXT}")
        told = of_preview(table)
        for sentence in filter(None, (told.by, told.lack)):
            print(f"  {sentence}")
        for one in table.columns:
            why = {"": "", "saved": "as saved"}.get(one.why, f"by {one.why}")
            print(
                f"  {one.header:<28} {one.role or ('(a field of its own)' if one.again else '(its own, no filter)'):<22} {why}".rstrip()
            )
        if table.ambiguous:
            print(f"  Dates such as {' and '.join(table.date_examples)} need --date-order dmy or mdy")
    for problem in found.problems:
        print(f"{problem.file}: {problem.reason} {problem.advice}".rstrip())
    others = ", ".join(f"{count} {ending}" for ending, count in found.others)
    if others:
        print(f"Read as they are, without columns to choose: {others}")
    if left:
        raise typer.Exit(PROBLEMS_LEFT)


def check_columns(mapping: "ColumnMapping", found: "UploadPreview") -> None:
    """End the command where a header that it names stands in none of these files; of many tables not all are looked at."""
    from insights.formats.tables.columns import normalise

    heads = {one.header: normalise(one.header) for table in found.tables for one in table.columns}
    for name in mapping.columns if not found.tables_left else ():
        if name not in heads and normalise(name) not in heads.values():
            raise fail(f"--column: No file has a column '{name}'.{meant(name, heads)}", code=2)


def column_mapping(db: "Database", name: str, columns: Sequence[str], date_order: str, zone: str) -> "ColumnMapping":
    """A saved mapping with what the command line adds; ends the command with a sentence when one is not usable."""
    from pipelines.uploads.mapping import BadMapping, chosen

    try:
        given = dict(part.rpartition("=")[::2] for part in columns)
        return chosen(db, name=name, columns=given, date_order=date_order, zone=zone)
    except BadMapping as error:
        option = f"--{error.part.replace('_', '-')}"
        raise fail(
            f"{option}: {error}" + (" Write it as HEADER=ROLE." if option == "--column" else ""), code=2
        ) from None


@saved.command("list")
def list_mappings(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The saved mappings, one a line, with what they say."""
    from pipelines.store import mappings

    with open_database() as db:
        found = {name: mappings.get(db, name) for name in mappings.names(db)}
    for name, mapping in found.items():
        assert mapping is not None
        if as_json:
            print_json(
                {
                    "name": name,
                    "columns": dict(mapping.columns),
                    "date_order": mapping.date_order,
                    "zone": mapping.zone,
                }
            )
        else:
            parts = [f"{header}={role}" for header, role in mapping.columns.items()]
            print(f"{name}: {', '.join(parts + [part for part in (mapping.date_order, mapping.zone) if part])}")
    if not found and not as_json:
        print('No columns are saved. Save some: parley mappings save "CRM notes" --column HEADER=text')


@saved.command("save")
def save_mapping(
    name: Annotated[str, typer.Argument(help="The name to save it under; one of this name is replaced.")],
    column: Annotated[list[str] | None, typer.Option(help="What a column means, as HEADER=ROLE; repeatable.")] = None,
    date_order: Annotated[str, typer.Option(help="dmy or mdy.")] = "",
    zone: Annotated[str, typer.Option(help="Zone of times without one, such as Europe/Berlin.")] = "",
    like: Annotated[
        Path | None, typer.Option(help="A file with all the heads: files with the same are read by it.", exists=True)
    ] = None,
) -> None:
    """Save what columns mean. Tables with the same heads are read by it from then on, without naming it.

    Example: `parley mappings save "our CRM" --like export.csv --column "Was gesagt wurde=text" --date-order dmy`
    """
    from pipelines.jobs import now
    from pipelines.uploads.mapping import NO_SAVED, BadMapping
    from pipelines.uploads.mapping import save as keep
    from pipelines.uploads.preview import look

    with open_database() as db:
        mapping = column_mapping(db, NO_SAVED, column or (), date_order, zone)
        tables = look([like], mapping).tables if like else ()
        try:
            keep(db, name, mapping, now=now(), heads=[[one.header for one in table.columns] for table in tables])
        except BadMapping as error:
            raise fail(str(error), code=2) from None
    print(f"Saved '{name}'. Tables with {'the heads of ' + like.name if like else 'just these heads'} are read by it.")
    print(f'Others: parley ingest FILE --mapping "{name}"')


@saved.command("remove")
def remove_mapping(name: str) -> None:
    """Forget a saved mapping."""
    from pipelines.store import mappings

    with open_database() as db:
        if not mappings.remove(db, name):
            raise fail(f"There is no saved mapping '{name}'. List them: parley mappings list")
    print(f"Removed '{name}'.")

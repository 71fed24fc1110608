"""Persona sheets in the terminal."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.commands.outcomes import Output, Shown, write
from api.commands.results import Format, Where, reading
from api.commands.speakers import personas
from api.commands.terminal import fail, open_database


def register(app: typer.Typer) -> None:
    """Beside the rules of personas, which have the group already."""
    personas.command("sheets")(sheets)
    personas.command("sheet")(sheet)


def sheets(where: Where = None) -> None:
    """The personas with their conversations, and what each says more than others.

    Example: `parley personas sheets`
    """
    from api.pages.persona import personas as listed
    from api.wording import words

    with open_database() as db:
        view = listed(db, reading(db, where=where), datetime.now(UTC).date())
    for name, count, accounts, more in view.personas:
        told = "; ".join(more) or ("too few to say" if count < 10 else "nothing beyond chance")
        print(f"{name:<20} {words.plural(count, 'conversation')}, {words.plural(accounts, 'account')}: {told}")


def sheet(
    name: Annotated[str, typer.Argument(help="A persona, for instance finance.")],
    where: Where = None,
    format: Shown = Format.table,
    output: Output = None,
) -> None:
    """What a persona objects to, asks and compares, in which words, and what we have for it.

    Examples: `parley personas sheet finance`, `parley personas sheet it_security --format pdf -o it.pdf`
    """
    from pydantic import TypeAdapter

    from api.pages.persona import one
    from api.pages.persona import personas as listed
    from pipelines.reports.sheets import Sheet

    today = datetime.now(UTC).date()
    with open_database() as db:
        filters = reading(db, where=where)
        known = [persona for persona, *_ in listed(db, filters, today).personas]
        wanted = name.strip().casefold().replace(" ", "_").replace("-", "_")
        if wanted not in known:
            raise fail(f"There is no persona '{name}'. Known: {', '.join(known) or 'none'}.")
        view = one(db, filters, wanted, today)
    write(view.document, lambda: TypeAdapter(Sheet).dump_json(view.sheet, indent=2), format, output)

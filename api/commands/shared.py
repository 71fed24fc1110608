"""The shared numbers in the terminal."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.commands.outcomes import Output, Shown, write
from api.commands.results import Format
from api.commands.terminal import fail, open_database

app = typer.Typer(help="The few numbers that sales and marketing agreed on.")


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="shared")


@app.callback(invoke_without_command=True)
def numbers(context: typer.Context) -> None:
    """The few numbers that sales and marketing agreed on: `parley shared` shows them."""
    if context.invoked_subcommand is None:
        show()


@app.command("show")
def show(
    month: Annotated[str, typer.Option(help="A month as it was published, such as 2026-10, instead of today.")] = "",
    format: Shown = Format.table, output: Output = None,
) -> None:  # fmt: skip
    """The numbers as of the newest conversation, and as they were published.

    Examples: `parley shared show`, `parley shared show --month 2026-10 --format pdf -o shared.pdf`
    """
    from pydantic import TypeAdapter

    from api.views import shared as views
    from pipelines.teams import shared
    from pipelines.teams.shared import Shared

    with open_database() as db:
        if month and month not in {one.month for one in shared.published(db)}:
            raise fail(f"{month} is not published. Publish it: parley shared publish --month {month}")
        view = views.page(db, datetime.now(UTC).date(), month=month)
    if not view.now.as_of:
        raise fail("No conversation with a day is known yet. Load some: parley ingest FOLDER")
    write(view.document, lambda: TypeAdapter(Shared).dump_json(view.now, indent=2), format, output)


@app.command("publish")
def publish(
    month: Annotated[str, typer.Option(help="A month that is over, such as 2026-10; the last one without it.")] = "",
) -> None:
    """Keep the numbers of a month as they are now. The worker does so for the last month by itself.

    Example: `parley shared publish --month 2026-10`
    """
    from pipelines.jobs import now
    from pipelines.teams import shared

    today = datetime.now(UTC).date()
    with open_database() as db:
        made = shared.publish(db, month or shared.month_of(today), today=today, now=now(), actor="command line")
    print(f"Published {made.month}, as of {made.as_of}. Take it back: parley shared withdraw {made.id}")


@app.command("withdraw")
def withdraw(number: Annotated[int, typer.Argument(help="The publication's number.")]) -> None:
    """Take a publication back; the one before it of the same month stands again.

    Example: `parley shared withdraw 3`
    """
    from pipelines.jobs import now
    from pipelines.teams import shared

    with open_database() as db:
        shared.withdraw(db, number, now=now(), actor="command line")
    print(f"Taken back: publication {number}. Bring it back: parley shared restore {number}")


@app.command("restore")
def restore(number: Annotated[int, typer.Argument(help="The publication's number.")]) -> None:
    """Bring a publication back that was taken back.

    Example: `parley shared restore 3`
    """
    from pipelines.teams import shared

    with open_database() as db:
        shared.withdraw(db, number, now="", actor="command line")
    print(f"Stands again: publication {number}.")

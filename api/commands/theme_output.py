"""What the commands for themes share: their options, and how a change is told, with the way to take it back."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.commands.terminal import open_database, print_json

if TYPE_CHECKING:
    from sqlite_utils import Database

    from api.models.common import Words

ACTOR = "terminal"
LARGEST_ID = 2**62
ThemeId = Annotated[int, typer.Argument(min=1, max=LARGEST_ID, help="A theme's number (`parley themes list`).")]
Kind = Annotated[Literal["objection", "question", "competitor"] | None, typer.Option(help="Only of this kind.")]
Reason = Annotated[str, typer.Option(help="Why; it stays in the history.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do and change nothing.")]


def change(make: "Callable[[Database], int | None]", as_json: bool) -> None:
    """Make a change and tell it."""
    with open_database() as db:
        tell(db, make(db), as_json)


def tell(db: "Database", event_id: int | None, as_json: bool) -> None:
    """What an event did, the numbers of the themes that it made, and how to undo it."""
    from api.views.themes import evidence

    if event_id is None:
        print_json({"event": None}) if as_json else print("It was so already: nothing was changed.")
        return
    event = evidence.event(db, event_id)
    if as_json:
        print_json({"event": event.model_dump()})
        return
    print(f"{event.summary}.")
    made = {c.theme for c in event.changed if c.field == "status" and c.before == ""}
    for one in event.changed:
        if one.theme in made and one.field == "name":
            print(f"  {one.theme:>5}  {one.after}")
    print(f"Undo: parley themes undo {event_id}")


def print_quotes(quotes: "Iterable[Words]") -> None:
    for quote in quotes:
        print(f"    “{' '.join(quote.text.split())}”  {quote.source}")

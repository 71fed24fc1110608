"""Notes on the terminal: what happened and when, for every chart that shows the day."""

from dataclasses import asdict
from typing import Annotated

import typer

from api.commands.terminal import open_database, print_json

ACTOR = "terminal"
annotations_app = typer.Typer(
    no_args_is_help=True,
    help="Notes on charts: what happened, and when. A note never says that it is why a figure changed.\n\n"
    'Examples: `parley annotations add "New pricing page" --on 2026-03-02`, `parley annotations list`, '
    "`parley annotations remove 3`, `parley annotations undo 3`",
)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]
Number = Annotated[int, typer.Argument(min=1, max=2**62, help="A note's number (`parley annotations list`).")]


def register(app: typer.Typer) -> None:
    app.add_typer(annotations_app, name="annotations")


@annotations_app.command("list")
def list_annotations(
    words: Annotated[str, typer.Argument(help="Words of the note.")] = "",
    removed: Annotated[bool, typer.Option(help="Those that were removed.")] = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Notes, the newest day first, those that are pinned to a page last."""
    from pipelines.store import annotations as store

    with open_database() as db:
        found = store.every(db, status="removed" if removed else "active", q=words)
    for one in found:
        if as_json:
            print_json(asdict(one))
        else:
            days = f"{one.starts}{' to ' + one.ends if one.ends else ''}" or "pinned"
            place = f"theme {one.theme_id}" if one.theme_id else one.kind or "all charts"
            print(f"{one.id:>5}  {days:<24}  {one.text}  ({place})")
    if not found and not as_json:
        print('No note to list. Add one: parley annotations add "New pricing page" --on 2026-03-02')


@annotations_app.command("add")
def add_annotation(
    text: str, on: Annotated[str, typer.Option(help="The day, YYYY-MM-DD; none pins it to a theme or report.")] = "",
    until: Annotated[str, typer.Option(help="The last day, if it lasted.")] = "",
    theme: Annotated[int | None, typer.Option(min=1, max=2**62, help="A theme that it concerns.")] = None,
    kind: Annotated[str, typer.Option(help="objection, question, competitor or tracker, if it concerns one kind.")] = "",
    link: Annotated[str, typer.Option(help="A web address to read on.")] = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Mark something that happened.

    Example: `parley annotations add "Nimbrel launched" --on 2026-03-02 --kind competitor`
    """
    from pipelines.jobs import now
    from pipelines.reports import annotations
    from pipelines.reports.annotations import Draft

    with open_database() as db:
        made = annotations.add(db, Draft(text, on, until, kind, theme, link), now=now(), actor=ACTOR)
    print_json(asdict(made)) if as_json else print(f"Note {made.id}. Undo: parley annotations undo {made.id}")


@annotations_app.command("remove")
def remove_annotation(number: Number) -> None:
    """Take a note off every chart and page; it is kept."""
    from pipelines.jobs import now
    from pipelines.reports import annotations

    with open_database() as db:
        made = annotations.remove(db, number, now=now(), actor=ACTOR)
    print(f"Removed “{made.text}”. Undo: parley annotations undo {number}")


@annotations_app.command("undo")
def undo_annotation(number: Number) -> None:
    """Take back the last change of a note: the version before stands again."""
    from pipelines.jobs import now
    from pipelines.reports import annotations

    with open_database() as db:
        last = annotations.get(db, number)
        made = annotations.undo(db, number, base=last.version, now=now(), actor=ACTOR)
    print(f"“{made.text}” is {'removed' if made.status == 'removed' else 'there'} again.")

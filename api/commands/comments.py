"""The inbox of comments in the terminal."""

from typing import Annotated, Literal

import typer

from api.commands.terminal import open_database

app = typer.Typer(help="What colleagues ask, comment or call wrong.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="comments")


@app.command("list")
def list_comments(
    to: Annotated[str, typer.Option(help="Only for this person, or for sales or marketing.")] = "",
    status: Annotated[Literal["open", "closed", "all"], typer.Option(help="Which.")] = "open",
) -> None:
    """Comments, what is called wrong first, each with its number, its place and what was done.

    Examples: `parley comments list`, `parley comments list --to "Dana Hill" --status all`
    """
    from pipelines.store import comments as store
    from pipelines.teams import comments

    with open_database() as db:
        every = comments.ordered(store.every(db))
    found = [
        one
        for one in every
        if to.casefold() in ("", one.recipient.casefold(), one.side)
        and (status == "all" or (one.closed is not None) == (status == "closed"))
    ]
    for one in found:
        print(
            f"{one.id}  {comments.NAMES[one.kind]}, {one.at[:10]}: {one.actor} to {one.to}, on {one.name} ({one.place})"
            + (f", then {one.was}" if one.was else "")
        )
        print(f"   {one.words}")
        if end := one.closed:
            print(f"   Closed by {end.actor}, {end.at[:10]}: {end.words}")
    if not found:
        print("Nothing is open." if status == "open" else "There is none.")


@app.command("close")
def close(
    number: Annotated[int, typer.Argument(help="The comment's number.")],
    done: Annotated[str, typer.Option(help="What was done, in a few words.")],
    who: Annotated[str, typer.Option(help="Your name.")] = "command line",
) -> None:
    """Say that a comment is dealt with, and how.

    Example: `parley comments close 3 --done "The deck says 2026 now"`
    """
    from pipelines.jobs import now
    from pipelines.teams import comments

    with open_database() as db:
        comments.close(db, number, done=done, base=None, actor=who, now=now())
    print(f"Closed: comment {number}. Open it again: parley comments reopen {number}")


@app.command("reopen")
def reopen(number: Annotated[int, typer.Argument(help="The comment's number.")]) -> None:
    """Take the closing of a comment back.

    Example: `parley comments reopen 3`
    """
    from pipelines.jobs import now
    from pipelines.teams import comments

    with open_database() as db:
        comments.reopen(db, number, actor="command line", now=now())
    print(f"Open again: comment {number}.")

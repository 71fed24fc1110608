"""What people set by hand, on the terminal: where a quote begins and ends, and facts that no file says."""

from typing import Annotated

import typer

from api.commands.terminal import fail, open_database, print_json

ACTOR = "terminal"
facts_app = typer.Typer(no_args_is_help=True, help="Set the date, account, contact or deal of conversations by hand.")


def register(app: typer.Typer) -> None:
    app.command("borders")(borders)
    app.add_typer(facts_app, name="facts")


def borders(
    quote: Annotated[str, typer.Argument(help="The quote's id, as its address has it.")],
    start: Annotated[
        int | None, typer.Option(min=0, help="Where it begins: characters into what was said there.")
    ] = None,
    end: Annotated[int | None, typer.Option(min=1, help="Where it ends.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Take in the whole sentence.")] = False,
    undo: Annotated[int | None, typer.Option(help="Take back the setting with this number.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show or set where a quote begins and ends; it stays word for word and keeps its address.

    Examples: `parley borders 5249b23ef70a68f2 --whole`, `parley borders 5249b23ef70a68f2 --undo 3`
    """
    from pipelines.jobs import now
    from pipelines.quotes import borders as act
    from pipelines.store import insights

    if (start is None) != (end is None):
        raise fail("Give both --start and --end.", code=2)
    with open_database() as db:
        if undo is not None:
            act.take_back(db, quote, undo, now=now(), actor=ACTOR)
        elif whole:
            act.put_whole(db, quote, now=now(), actor=ACTOR)
        elif start is not None and end is not None:
            act.put(db, quote, start, end, now=now(), actor=ACTOR)
        found = insights.get(db, quote)
        if found is None:
            raise fail(f"There is no quote '{quote[:20]}'.")
        first, last = found.span
        said = insights.utterance_text(db, found.utterance_id)[first:last]
    if as_json:
        print_json({"id": quote, "text": said, "start": first, "end": last, "borders": found.borders})
        return
    print(f"“{said}”\n    {first} to {last}{f', set by hand (number {found.borders})' if found.borders else ''}")


@facts_app.command("set")
def set_facts_of(
    conversations: Annotated[list[str], typer.Argument(help="Ids of conversations.")],
    date: Annotated[str | None, typer.Option(help="YYYY-MM-DD.")] = None,
    account: Annotated[str | None, typer.Option()] = None,
    contact: Annotated[str | None, typer.Option()] = None,
    deal: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Set facts; they hold when the same file comes again. Then: parley mine

    Example: `parley facts set 2a2f42865828e5fb --date 2026-02-03 --account "Arlo Foods"`
    """
    from pipelines.jobs import now
    from pipelines.uploads import set_facts

    values = {"date": date, "account": account, "contact": contact, "deal": deal}
    given = {name: value for name, value in values.items() if value is not None}
    if not given:
        raise fail("Say what to set: --date, --account, --contact or --deal.", code=2)
    with open_database() as db:
        act = set_facts.put(db, conversations, given, now=now(), actor=ACTOR)
    print(f"Saved. Take it back: parley facts undo {act}" if act else "They stand so already.")


@facts_app.command("show")
def show_facts(conversation: Annotated[str, typer.Argument(help="A conversation's id.")]) -> None:
    """What a conversation's date, account, contact and deal are now, and what was set by hand."""
    from pipelines.store import set_facts as store
    from pipelines.uploads import set_facts

    with open_database() as db:
        stands, history = set_facts.standing(db, conversation), store.history(db, conversation)
    for name, value in stands.items():
        by = next(
            (f"  (set by {one.actor}, number {one.act})" for one in history if one.name == name and not one.undone_at),
            "",
        )
        print(f"{name:>8}: {value or '-'}{by}")


@facts_app.command("undo")
def undo_facts(number: Annotated[int, typer.Argument(help="The number that setting them gave.")]) -> None:
    """Take back what was set at once; what the sources say holds again."""
    from pipelines.jobs import now
    from pipelines.uploads import set_facts

    with open_database() as db:
        told = set_facts.take_back(db, number, now=now(), actor=ACTOR)
    print(f"Taken back: {len(told)} facts.")

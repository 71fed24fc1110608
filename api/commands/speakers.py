"""Who is who: speakers whose side is not sure, and a person's word on it; job titles that your company reads its own way."""

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from api.commands.terminal import fail, open_database, print_json, shown_progress

who = typer.Typer(no_args_is_help=True, help="Who buys and who sells: look, and correct once for every file.")
personas = typer.Typer(no_args_is_help=True, help="Your own rules for what a job title stands for.")
Conversation = Annotated[str, typer.Option(help="Only in this conversation (needed for labels like 'Speaker 1').")]


def register(app: typer.Typer) -> None:
    app.add_typer(who, name="speakers")
    app.add_typer(personas, name="personas")


@who.command("list")
def list_speakers(
    every: Annotated[bool, typer.Option("--all", help="Those whose side is sure too.")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Speakers whose side should be looked at, the most heard first, with what shows it."""
    from pipelines.sides import who_is_who

    with open_database() as db:
        found, total = who_is_who(db, every=every, limit=limit)
    for speaker in found:
        if as_json:
            print_json({key: value for key, value in asdict(speaker).items() if key != "places"})
            continue
        where = f" in {speaker.conversation_id}" if speaker.conversation_id else ""
        sure = f"{speaker.confidence:.0%} by {speaker.source}" if speaker.source else "nothing tells"
        print(f"{speaker.name}{where}: {speaker.side} ({sure}), {speaker.conversations} conversations")
    if not as_json:
        print(f'{total} in all. Correct one: parley speakers set "NAME OR ADDRESS" buyer')


@who.command("set")
def set_side(
    name: Annotated[str, typer.Argument(help="A name, an address, or a label.")],
    side: Annotated[Literal["buyer", "seller", "unknown"], typer.Argument(help="buyer, seller or unknown")],
    conversation: Conversation = "",
) -> None:
    """Say who somebody is; it holds for every file, those loaded already too. Then: parley mine"""
    from insights.roles import SideCorrection
    from pipelines.jobs import now
    from pipelines.sides import correct, reassign

    with open_database() as db, shown_progress() as progress:
        ids = correct(db, SideCorrection(name, side, conversation), now=now())
        changed = reassign(db, ids, progress=progress)
    print(f"Saved. {len(ids)} conversations, {changed} utterances changed sides. Next: parley mine")


@who.command("unset")
def unset_side(name: str, conversation: Conversation = "") -> None:
    """Take a correction back."""
    from pipelines.sides import reassign, withdraw

    with open_database() as db:
        ids = withdraw(db, name, conversation)
        if not ids:
            raise fail(f"There is no correction for '{name}'.")
        changed = reassign(db, ids)
    print(f"Taken back. {changed} utterances changed sides. Next: parley mine")


@personas.command("list")
def list_rules() -> None:
    """Your own rules, one a line."""
    from pipelines.store import corrections

    with open_database() as db:
        for rule in corrections.persona_rules(db):
            print(f"{rule.words}: {rule.function or 'as ever'}, {rule.seniority or 'as ever'}")


@personas.command("set")
def set_rule(
    words: Annotated[
        str, typer.Argument(help="Words of the title; * at the end or the beginning of one stands for more.")
    ],
    function: Annotated[str, typer.Option(help="For instance finance or it_security; unknown makes it unknown.")] = "",
    seniority: Annotated[str, typer.Option(help="For instance director or cxo.")] = "",
) -> None:
    """Say what titles with these words stand for: `parley personas set "deal desk" --function sales_revops`"""
    from typing import get_args

    from insights.personas import Function, PersonaRule, Seniority
    from pipelines.sides import reassign
    from pipelines.store import corrections

    for name, value, known in (
        ("function", function, get_args(Function)),
        ("seniority", seniority, get_args(Seniority)),
    ):
        if value and value not in known:
            raise fail(f"--{name} is one of: {', '.join(known)}", code=2)
    if not function and not seniority:
        raise fail("Say what it stands for: --function, --seniority or both", code=2)
    with open_database() as db, shown_progress() as progress:
        corrections.add_persona_rule(db, PersonaRule(words, function, seniority))  # type: ignore[arg-type]
        reassign(db, progress=progress)
    print("Saved, and applied to what is loaded.")


@personas.command("unset")
def unset_rule(words: str) -> None:
    """Forget a rule."""
    from pipelines.sides import reassign
    from pipelines.store import corrections

    with open_database() as db:
        if not corrections.remove_persona_rule(db, words):
            raise fail(f"There is no rule '{words}'. List them: parley personas list")
        reassign(db)
    print("Forgotten, and applied to what is loaded.")

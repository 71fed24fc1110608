"""Who is who: speakers whose side is not sure, and a person's word on it; job titles that your company reads its own way."""

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from api.commands.terminal import fail, meant, open_database, print_json, shown_progress

who = typer.Typer(no_args_is_help=True, help="Who buys and who sells: look, and correct once for every file.")
personas = typer.Typer(no_args_is_help=True, help="Your own rules for what a job title stands for.")
stages = typer.Typer(no_args_is_help=True, help="Which step of a purchase each stage of your CRM means.")
Conversation = Annotated[str, typer.Option(help="Only in this conversation (needed for labels like 'Speaker 1').")]


def register(app: typer.Typer) -> None:
    app.add_typer(who, name="speakers")
    app.add_typer(personas, name="personas")
    app.add_typer(stages, name="stages")


@who.command("list")
def list_speakers(
    every: Annotated[bool, typer.Option("--all", help="Those whose side is sure too.")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Speakers whose side should be looked at, the most heard first, with what shows it."""
    from insights.wording import plural
    from pipelines.uploads.sides import who_is_who

    with open_database() as db:
        found, total = who_is_who(db, every=every, limit=limit)
    for speaker in found:
        if as_json:
            print_json({key: value for key, value in asdict(speaker).items() if key != "places"})
            continue
        where = f" in {speaker.conversation_id}" if speaker.conversation_id else ""
        sure = f"{speaker.confidence:.0%} by {speaker.source}" if speaker.source else "nothing tells"
        print(f"{speaker.name}{where}: {speaker.side} ({sure}), {plural(speaker.conversations, 'conversation')}")
    if not as_json:
        print(f'{total} in all. Correct one: parley speakers set "NAME OR ADDRESS" buyer')


@who.command("set")
def set_side(
    name: Annotated[str, typer.Argument(help="A name, an address, or a label.")],
    side: Annotated[Literal["buyer", "seller", "unknown"], typer.Argument(help="buyer, seller or unknown")],
    conversation: Conversation = "",
) -> None:
    """Say who somebody is; it holds for every file, those loaded already too. Then: parley mine"""
    from insights import people
    from insights.roles import SideCorrection
    from insights.wording import plural
    from pipelines.jobs import now
    from pipelines.uploads.sides import correct, is_known, names, reassign

    with open_database() as db, shown_progress() as progress:
        nobody = not people.is_generic(name) and not is_known(db, name, conversation)
        if nobody and not conversation:
            raise fail(f"Nobody is called '{name}'.{meant(name, names(db))} List them: parley speakers list --all")
        if nobody:
            raise fail(f"There is no conversation {conversation}.")
        if not conversation and people.is_generic(name):
            raise fail(f"'{name}' names nobody for sure. Add --conversation ID: parley speakers list --all names them.")
        ids = correct(db, SideCorrection(name, side, conversation), now=now())
        changed = reassign(db, ids, progress=progress)
    print(f"Saved. {plural(len(ids), 'conversation')}, {plural(changed, 'utterance')} changed sides. Next: parley mine")


@who.command("unset")
def unset_side(name: str, conversation: Conversation = "") -> None:
    """Take a correction back."""
    from insights.wording import plural
    from pipelines.uploads.sides import reassign, withdraw

    with open_database() as db:
        ids = withdraw(db, name, conversation)
        if not ids:
            raise fail(f"There is no correction for '{name}'.")
        changed = reassign(db, ids)
    print(f"Taken back. {plural(changed, 'utterance')} changed sides. Next: parley mine")


@personas.command("list")
def list_rules() -> None:
    """Your own rules, one a line."""
    from pipelines.store import corrections

    with open_database() as db:
        rules = list(corrections.persona_rules(db))
    for rule in rules:
        print(f"{rule.words}: {rule.function or 'as ever'}, {rule.seniority or 'as ever'}")
    if not rules:
        print("No rule of yours. What titles are read as: parley personas titles")


@personas.command("titles")
def list_titles(
    unknown: Annotated[bool, typer.Option("--unknown", help="Only those whose function is not known.")] = False,
    find: Annotated[str, typer.Option("--find", help="Only titles that hold this.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The job titles found and what they are read as, those not known first."""
    from pipelines.catalogue import personas as titles

    with open_database() as db:
        for one in titles.readings(db, q=find, unknown=unknown):
            if as_json:
                print_json(asdict(one))
            else:
                print(f"{one.conversations}\t{one.title}\t{one.persona.function}, {one.persona.seniority}")


@personas.command("set")
def set_rule(
    words: Annotated[
        str, typer.Argument(help="Words of the title; * at the end or the beginning of one stands for more.")
    ],
    function: Annotated[str, typer.Option(help="For instance finance or it_security; unknown makes it unknown.")] = "",
    seniority: Annotated[str, typer.Option(help="For instance director or cxo.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would change.")] = False,
) -> None:
    """Say what titles with these words stand for: `parley personas set "deal desk" --function sales_revops`"""
    from pipelines.catalogue import personas as titles
    from pipelines.jobs import now

    rule = titles.rule(words, function, seniority)
    try:
        with open_database() as db:
            if dry_run:
                found = titles.effect(db, rule)
                for one in found.moved:
                    print(f"{one.conversations}\t{one.title}\t{one.before.function}, {one.before.seniority} -> "
                          f"{one.after.function}, {one.after.seniority}")  # fmt: skip
                print(f"{found.conversations} conversations would change.")
                return
            number, changed = titles.save(db, rule, now=now(), actor="command line")
    except titles.BadRule as error:
        raise fail(str(error), code=2) from None
    print(f"Saved, and applied: {changed} conversations changed. Undo: parley personas undo {number}")


@personas.command("unset")
def unset_rule(words: str) -> None:
    """Forget a rule."""
    from pipelines.catalogue import personas as titles
    from pipelines.jobs import now

    with open_database() as db:
        number, changed = titles.remove(db, words, now=now(), actor="command line")
    print(f"Forgotten: {changed} conversations changed. Undo: parley personas undo {number}")


@personas.command("undo")
def undo_rule(number: int) -> None:
    """Undo a change of a rule, by the number that it was told with."""
    from pipelines.catalogue import own_names
    from pipelines.jobs import now
    from pipelines.store import catalogue

    with open_database() as db:
        one = catalogue.change(db, number)
        if one is None or one.subject != "persona":
            raise own_names.NothingToUndo(number)
        own_names.undo(db, number, now=now())
    print(f"Undone: {one.name}")


@stages.command("list")
def list_stages(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The stages of your CRM and the step that each means."""
    from pipelines import plan
    from pipelines.store import plan as store

    with open_database() as db:
        named, counted, said = plan.steps(db), store.stages(db), store.steps(db)
    for name in sorted(filter(None, counted), key=lambda one: (named[one] != "unknown", -counted[one], one)):
        word = said[name].id if name in said else None
        if as_json:
            print_json({"stage": name, "conversations": counted[name], "step": named[name], "said": word})
        else:
            print(f"{counted[name]}\t{name}\t{named[name]}{f' (word {word})' if word else ''}")
    if not any(counted) and not as_json:
        print("No conversation has a stage yet. A column such as “Deal stage” brings it: parley ingest FILE…")


@stages.command("set")
def set_stage(name: str, step: str) -> None:
    """Say which step a stage means: `parley stages set "Paper process" decision`"""
    from pipelines.jobs import now
    from pipelines.planning import cells

    with open_database() as db:
        number = cells.set_step(db, name, step, actor="command line", now=now())
    print(f"“{name}” now means {step}. Undo: parley stages undo {number}")


@stages.command("undo")
def undo_stage(number: int) -> None:
    """Take what was said of a stage back."""
    from pipelines.jobs import now
    from pipelines.planning import cells

    with open_database() as db:
        cells.undo_step(db, number, now=now())
    print("Taken back.")

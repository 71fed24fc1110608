"""What is kept how long, and what never comes in, on the terminal."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.commands.terminal import fail, open_database, print_json

if TYPE_CHECKING:
    from pipelines.privacy.keeping import Effect

retention_app = typer.Typer(no_args_is_help=True, help="How long conversations are kept, and which never come in.")
ACTOR = "terminal"
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]
Kind = Annotated[Literal["", "call", "email", "note", "chat"], typer.Option(help="Only this kind; all without one.")]
Field = Annotated[
    Literal["", "subject", "label", "person", "domain", "account", "folder", "conversation"],
    typer.Option("--in", help="What must hold --words."),
]  # fmt: skip
Words = Annotated[str, typer.Option(help="Plain words, found as whole words; no pattern.")]


def register(app: typer.Typer) -> None:
    app.add_typer(retention_app, name="retention")


@retention_app.command("list")
def list_rules(as_json: AsJson = False) -> None:
    """The rules, with what each would take away now."""
    from pipelines.privacy import keeping
    from pipelines.store import keeping as store

    with open_database() as db:
        rules = store.every(db)
        if not rules and not as_json:
            print("No rule: everything is kept. Add one: parley retention add --months 24 --kind call")
        for one in rules:
            effect = keeping.preview(db, one.rule, today=_today())
            if as_json:
                print_json({**asdict(one), "told": one.told, "now": asdict(effect)})
            else:
                print(f"{one.id:>5}  {one.told} Now: {_counted(effect)}.")


@retention_app.command("add")
def add(
    months: Annotated[int, typer.Option(help="Take away what is older than so many months.")] = 0,
    private: Annotated[bool, typer.Option(help="Never let it in at all.")] = False,
    kind: Kind = "", field: Field = "", words: Words = "",
    dry_run: Annotated[bool, typer.Option(help="Say what it would take away now; keep no rule.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Add a rule. An age rule is applied every day, first when it has held for one; one that keeps out holds from the next upload on.

    Examples: `parley retention add --months 24 --kind call`, `parley retention add --months 12 --in folder --words Archive`,
    `parley retention add --private --in subject --words "private"`
    """
    from insights.keeping import Rule
    from pipelines.jobs import now
    from pipelines.privacy import keeping

    if private == bool(months):
        raise fail("Say either --months N or --private.", code=2)
    rule = Rule("private" if private else "age", kind, field, words, months)
    with open_database() as db:
        effect = keeping.preview(db, rule, today=_today())
        kept = None if dry_run else keeping.add(db, rule, now=now(), actor=ACTOR)
    if as_json:
        print_json({"id": kept.id if kept else None, "told": keeping.checked(rule).told, "now": asdict(effect)})
        return
    print(f"{'Rule ' + str(kept.id) if kept else 'Dry run, no rule kept'}: {keeping.checked(rule).told}")
    print(f"It would take away now: {_counted(effect)}.")
    if kept:
        print(f"To apply it now: parley retention apply {kept.id}. To take it back: parley retention remove {kept.id}")


@retention_app.command("remove")
def remove(rule: int) -> None:
    """Take a rule back; what it took away stays gone."""
    from pipelines.jobs import now
    from pipelines.privacy import keeping

    with open_database() as db:
        kept = keeping.set_status(db, rule, "removed", now=now(), actor=ACTOR)
    print(f"Rule {rule} taken back: {kept.told}")


@retention_app.command("apply")
def apply(
    rule: Annotated[int, typer.Argument(help="One rule; all age rules without.")] = 0,
    dry_run: Annotated[bool, typer.Option(help="Say what would go; change nothing.")] = False,
    yes: Annotated[bool, typer.Option(help="It cannot be undone: say that you know.")] = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take away now what the rules say. It cannot be undone."""
    from insights.wording import plural
    from pipelines.jobs import now
    from pipelines.privacy import keeping
    from pipelines.privacy.forget import clean_file
    from pipelines.store import keeping as store

    with open_database() as db:
        rules = [keeping.get(db, rule)] if rule else store.every(db, "age")
        for one in rules:
            effect = keeping.preview(db, one.rule, today=_today())
            if not as_json:
                print(f"Rule {one.id}, {one.told} {_counted(effect)}.")
        if dry_run:
            return
        if not yes:
            raise fail("Nothing was taken away. It cannot be undone: run it again with --yes", code=2)
        done = keeping.apply(db, rules, today=_today(), now=now(), actor=ACTOR)
        if done:
            clean_file(db)
    for receipt in done:
        if as_json:
            print_json(asdict(receipt))
        else:
            print(
                f"Receipt {receipt.id}: {plural(receipt.content['conversations'], 'conversation')} taken away by rule {receipt.rule_id}."
            )
    if not done and not as_json:
        print("Nothing to take away.")


@retention_app.command("quotes")
def quotes(
    chosen: Annotated[Literal["", "masked", "original"], typer.Argument(help="What to choose; shows it without.")] = "",
    sees: Annotated[str, typer.Option("--from", help="From which role on people see originals.")] = "",
) -> None:
    """Who sees originals, and whether quotes leave in exports, digests and briefs with names masked (the default)."""
    from pipelines.jobs import now
    from pipelines.privacy import originals

    with open_database() as db:
        rule = originals.settle(db, sees=sees, leaving=chosen or None, now=now(), actor="terminal")
    print(f"People see originals from the role {rule.sees} on; everybody else sees names covered.")
    print(f"Quotes leave so: {originals.CHOICES[rule.leaving].lower()}.")


@retention_app.command("receipts")
def receipts(as_json: AsJson = False) -> None:
    """What rules took away so far."""
    from pipelines.store import keeping as store

    with open_database() as db:
        for one in store.receipts(db):
            if as_json:
                print_json(asdict(one))
            else:
                told = one.content
                print(
                    f"{one.id:>5}  {one.at}  {one.actor:<10} {told['conversations']:>7,} conversations  {told['rule']}"
                )


def _today() -> date:
    return datetime.now(UTC).date()


def _counted(effect: "Effect") -> str:
    from insights.wording import plural

    parts = ((effect.conversations, "conversation"), (effect.utterances, "utterance"), (effect.quotes, "quote"))
    return ", ".join(plural(number, what) for number, what in parts)

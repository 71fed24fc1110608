"""Forget a person, on the terminal."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import fail, open_database, print_json, settings

if TYPE_CHECKING:
    from pipelines.privacy.receipts import Receipt

ACTOR = "terminal"
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object for machines.")]


def register(app: typer.Typer) -> None:
    app.command()(forget)


def forget(
    given: Annotated[str, typer.Argument(help="A mail address, a whole name, or a telephone number.", metavar="ADDRESS")] = "",
    account: Annotated[str, typer.Option(help="The company, where a name is given.")] = "",
    which: Annotated[list[str], typer.Option(help="Among people of one name at one company: an address or job title of the one, * for all.")] = [],  # noqa: B006
    dry_run: Annotated[bool, typer.Option(help="Say what would go, by table; change nothing.")] = False,
    confirm: Annotated[str, typer.Option(help="ADDRESS once more: without it you are asked to type it.")] = "",
    reference: Annotated[str, typer.Option(help="What the request is filed under; not the person's name.")] = "",
    receipts: Annotated[bool, typer.Option(help="List what was forgotten so far.")] = False,
    lift: Annotated[int, typer.Option(help="Let the person of this receipt come in again.", metavar="RECEIPT")] = 0,
    again: Annotated[bool, typer.Option(help="After a restore: forget again whoever was forgotten and is back.")] = False,
    clean: Annotated[bool, typer.Option(help="Only write the database anew, without free pages.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Remove one person's words and traces everywhere, without losing what others said. It cannot be undone.

    First shows what would go, then asks you to type the address once more. Backups are listed: they cannot be changed.
    Later uploads that hold the person come in without them.

    Examples: `parley forget --dry-run dana@acme.example`, `parley forget "Dana Hill" --account "Acme"`,
    `parley forget --receipts`
    """
    from api.views import forget as views
    from pipelines.jobs import now
    from pipelines.privacy import forget as pipeline
    from pipelines.privacy import forgotten
    from pipelines.privacy import receipts as kept
    from pipelines.privacy.persons import Asked

    home = settings().home
    with open_database() as db:
        if receipts:
            for one in kept.every(db):
                _print_one(one, as_json)
        elif again:
            back = forgotten.back(db, home)
            if not back or dry_run:
                print(f"{len(back):,} people who were forgotten are in the database again.")
            for one in [] if dry_run else forgotten.again(db, home, now=now, actor=ACTOR):
                _print_one(one, as_json)
        elif clean:
            if not pipeline.clean_file(db):
                raise fail(
                    "Somebody was reading all the time, so the log still holds old pages. Stop parley serve, then try again."
                )
            print("The database was written anew and its log emptied.")
        elif lift:
            one = kept.lift(db, lift, now=now(), actor=ACTOR)
            forgotten.note(db, home)
            print(f"Lifted: later uploads may bring the person of receipt {one.id} again.")
        elif not given:
            raise fail("Say whom to forget: a mail address, or a name with --account.", code=2)
        else:
            asked = Asked(given, account, tuple(which))
            seen = pipeline.preview(db, asked, home)
            if dry_run:
                print_json(asdict(seen)) if as_json else print("\n".join(views.lines(seen)))
                return
            if not confirm:
                print("\n".join(views.lines(seen)), file=sys.stderr)
                confirm = _typed(given)
            done = pipeline.forget(
                db, asked, home, confirmed=confirm, token=seen.token, now=now, actor=ACTOR, reference=reference
            )
            forgotten.note(db, home)
            print_json(asdict(done)) if as_json else print(
                "\n".join((f"Receipt {done.id}, {done.at}", *views.lines(done), *_end(done)))
            )


def _typed(given: str) -> str:
    if not sys.stdin.isatty():
        raise fail(f"Nothing was forgotten: it cannot be undone, so confirm with --confirm {given!r}", code=2)
    print(f"\nThis cannot be undone. Type {given} to forget this person: ", end="", file=sys.stderr)
    return sys.stdin.readline()


def _end(done: "Receipt") -> tuple[str, ...]:
    from api.views import forget as views

    if not done.searched:
        return "", "The files were not searched. Run: parley forget --clean"
    return (
        "",
        views.searched(done),
        f"Kept out of later uploads. To lift that: parley forget --lift {done.id}",
        "Next: parley mine",
    )


def _print_one(one: "Receipt", as_json: bool) -> None:
    if as_json:
        print_json(asdict(one))
    else:
        gone = sum(row.removed for row in one.rows)
        state = "lifted" if one.lifted_at else "kept out"
        print(f"{one.id:>5}  {one.at}  {one.actor:<12} {gone:>7,} rows gone  {state:<9} {one.asked}")

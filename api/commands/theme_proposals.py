"""Changes of themes that growth proposes, on the terminal: look, accept, edit, dismiss, by hand or by policy."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import fail, open_database, print_json
from api.commands.theme_output import ACTOR, LARGEST_ID, AsJson, Kind, Reason, print_quotes, tell

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.store.proposals import Proposal

Numbers = Annotated[
    list[int], typer.Argument(min=1, max=LARGEST_ID, help="Proposals' numbers (`parley themes proposals`).")
]
MaybeNumbers = Annotated[
    list[int] | None, typer.Argument(min=1, max=LARGEST_ID, help="Proposals' numbers (`parley themes proposals`).")
]


def register(themes_app: typer.Typer) -> None:
    for command in (proposals, accept, dismiss, reopen, policy, waiting):
        themes_app.command()(command)


def proposals(kind: Kind = None, as_json: AsJson = False) -> None:
    """What waits for a decision, what concerns most quotes first, with quotes to judge it by."""
    from api.views.themes import evidence
    from pipelines.store import proposals as store

    with open_database() as db:
        found = store.listed(db, kind=kind or "")
        for proposal, row in zip(found, evidence.proposed(db, found), strict=True):
            if as_json:
                groups = [group.model_dump() for group in evidence.examples(db, proposal)]
                print_json({**row.model_dump(), "examples": groups})
            else:
                print(f"{row.id:>5}  {row.kind:<10} {row.summary}")
                _print_evidence(db, proposal)
    if as_json:
        return
    if found:
        print("To do one: parley themes accept NUMBER. To let it be: parley themes dismiss NUMBER")
    else:
        print("No proposal waits. New ones come with: parley mine")


def _print_evidence(db: "Database", proposal: "Proposal") -> None:
    from api.views.themes import evidence

    if seen := evidence.preview(db, proposal):
        print(
            f"    Together {seen.conversations:,} conversations of {seen.accounts:,} accounts; {seen.both:,} have both."
        )
    for group in evidence.examples(db, proposal):
        print(f"    {f'part {group.number}, ' if group.number else ''}{group.of}:")
        print_quotes(group.quotes)


def accept(
    numbers: MaybeNumbers = None,
    name: Annotated[str, typer.Option(help="Of a new theme: another name.")] = "",
    into: Annotated[
        int | None,
        typer.Option(
            min=1, max=LARGEST_ID,
            help="Of a new theme: the theme that its quotes go into instead; of a merge: the one that stays.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Of a new theme: leave this quote out; repeatable.")
    ] = None,
    part: Annotated[
        list[int] | None, typer.Option(min=1, help="Of a split: take only this part out; repeatable.")
    ] = None,
    sub_themes: Annotated[bool, typer.Option("--sub-themes", help="Of a split: make the parts sub-themes.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every open proposal, of --kind if given.")] = False,
    kind: Kind = None, reason: Reason = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Do what is proposed, or an edited form of it. Each is one event that can be undone.

    Examples: `parley themes accept 7`, `parley themes accept 7 --name "Too dear for small shops"`,
    `parley themes accept 9 --part 1 --sub-themes`, `parley themes accept --all --kind question`
    """
    from pipelines.store import proposals as store

    edits = {
        "name": name, "into": into, "without": tuple(without or ()), "keep": tuple(part) if part else None,
        "inside": sub_themes,
    }  # fmt: skip
    if bool(numbers) == every or (kind and not every):
        raise fail("Name the proposals by their numbers, or say --all (with --kind for one kind).", code=2)
    if any(edits.values()) and (every or len(numbers or ()) != 1):
        raise fail("A proposal is edited by itself: give one number with these options.", code=2)
    with open_database() as db:
        chosen = [one.id for one in store.listed(db, kind=kind or "")] if every else list(dict.fromkeys(numbers or ()))
        if not chosen and not as_json:
            print("No proposal waits. New ones come with: parley mine")
        failed = [number for number in chosen if not _accept(db, number, edits, reason, as_json)]
    if failed:
        raise typer.Exit(1)


def _accept(db: "Database", number: int, edits: dict, reason: str, as_json: bool) -> bool:
    from insights.errors import InsightsError
    from pipelines.jobs import now
    from pipelines.themes import upkeep

    try:
        event = upkeep.accept(db, number, now=now(), actor=ACTOR, reason=reason, **edits)
    except InsightsError as error:
        fail(f"Proposal {number}: {error}")
        return False
    tell(db, event, as_json)
    return True


def dismiss(numbers: Numbers, reason: Reason = "") -> None:
    """Let proposals be: each comes again only when it concerns twice as many quotes."""
    from insights.errors import InsightsError
    from pipelines.jobs import now
    from pipelines.themes import proposals as run

    failed = False
    with open_database() as db:
        for number in dict.fromkeys(numbers):
            try:
                run.dismiss(db, number, now=now(), actor=ACTOR, reason=reason)
                print(f"Proposal {number} dismissed. To take that back: parley themes reopen {number}")
            except InsightsError as error:
                fail(f"Proposal {number}: {error}")
                failed = True
    if failed:
        raise typer.Exit(1)


def reopen(
    number: Annotated[int, typer.Argument(min=1, max=LARGEST_ID, help="A dismissed proposal's number.")],
) -> None:
    """Take a dismissal back. To take an acceptance back, undo its event."""
    from pipelines.jobs import now
    from pipelines.themes import proposals as run

    with open_database() as db:
        run.reopen(db, number, now=now())
    print(f"Proposal {number} waits for a decision again.")


def policy(
    changes: Annotated[
        list[str] | None, typer.Argument(help="TYPE=accept or TYPE=ask; the types: new, split, merge, retire, restore.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Which proposals are accepted as they come and which wait for a person; without arguments, as it is.

    A change holds from the next `parley mine` on, for what is open then as well.
    Example: `parley themes policy new=accept split=ask`
    """
    from insights.ledger_rules import Unfit
    from pipelines.store import proposals as store
    from pipelines.themes import upkeep

    if wrong := next((one for one in changes or () if "=" not in one), None):
        raise fail(f"'{wrong}' is no rule. Write it as TYPE=accept or TYPE=ask, for example new=accept", code=2)
    with open_database() as db:
        try:
            upkeep.set_policy(db, dict(one.split("=", 1) for one in changes or ()))
        except Unfit as error:
            raise fail(str(error), code=2) from None
        found = store.policy(db)
    if as_json:
        print_json(found)
        return
    for type, decision in found.items():
        print(f"{type:<8} {'accepted as they come' if decision == 'accept' else 'wait for a person'}")


def waiting(kind: Kind = None, as_json: AsJson = False) -> None:
    """How many quotes are in no theme, against the tenth that may wait. To read them: `parley search WORDS -w theme=none`"""
    from dataclasses import asdict

    from pipelines.themes import upkeep

    with open_database() as db:
        found = upkeep.waiting(db, kind or "")
    for one in found:
        if as_json:
            print_json({**asdict(one), "over": one.over})
            continue
        share = f" ({one.waiting / one.total:.1%})" if one.total else ""
        budget = (
            f", {one.budget:,} may{', so there are too many' if one.over else ''}" if one.budget is not None else ""
        )
        held = f"; {one.held:,} of them because somebody said so" if one.held else ""
        print(f"{one.kind:<10}  {one.waiting:,} of {one.total:,} wait for a theme{share}{budget}{held}")

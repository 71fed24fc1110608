"""What the seller tells Parley: its own names and its competitors. A change is applied to the whole history."""

import re
from dataclasses import asdict
from typing import Annotated

import typer

from api.commands.terminal import fail, meant, open_database, print_json

ACTOR = "command line"
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:xn--[\w-]{1,59}|[^\W\d_]{2,63})")

rivals = typer.Typer(no_args_is_help=True, help="The catalogue of competitors, with the ways people write them.")
own = typer.Typer(no_args_is_help=True, help="Your own domains, people, products and integrations.")


def register(app: typer.Typer) -> None:
    app.add_typer(rivals, name="competitors")
    app.add_typer(own, name="company")


@rivals.command("list")
def list_competitors() -> None:
    """One competitor a line, with its aliases."""
    from pipelines.store import company

    with open_database() as db:
        rivals = company.load(db).competitors
    for rival in rivals:
        print(", ".join((rival.name, *rival.aliases)))
    if not rivals:
        print(
            "No competitor yet. Add one: parley competitors add NAME, or see who is named: parley competitors proposals"
        )


@rivals.command("add")
def add_competitor(
    name: str, alias: Annotated[list[str] | None, typer.Option(help="Another way to write it; repeatable.")] = None
) -> None:
    """Add a competitor or more aliases; `parley mine` then finds it in the whole history."""
    from pipelines.catalogue import names
    from pipelines.jobs import now
    from pipelines.store import names as stored

    with open_database() as db:
        known = stored.entry(db, name)
        aliases = [*(known.aliases if known else ()), *(alias or ())]
        if known and {one.casefold() for one in alias or ()} <= {
            one.casefold() for one in (known.name, *known.aliases)
        }:
            print(f"{known.name} is there already{', with these aliases' if alias else ''}.")
            return
        number = names.edit(db, name, aliases, now=now(), actor=ACTOR)
    print(f"Added {name}. Next: parley mine. Undo: parley competitors restore {number}")


@rivals.command("remove")
def remove_competitor(name: str) -> None:
    """Take a competitor out of the catalogue."""
    from pipelines.catalogue import names
    from pipelines.jobs import now

    with open_database() as db:
        number = names.remove(db, name, now=now(), actor=ACTOR)
    print(f"Removed {name}. Next: parley mine. Undo: parley competitors restore {number}")


@rivals.command("proposals")
def list_proposals(
    limit: Annotated[int, typer.Option(min=1)] = 30, as_json: Annotated[bool, typer.Option("--json")] = False
) -> None:
    """Names that were taken for rivals and are in no catalogue, with what was said."""
    from insights.wording import plural
    from pipelines.catalogue import names

    with open_database() as db:
        found, total = names.proposed(db, limit=limit)
    for one, quotes in found:
        if as_json:
            print_json({**asdict(one), "quotes": [q.before + q.text + q.after for q in quotes]})
            continue
        spelled = ", ".join(written for written, _ in one.spellings if written != one.name)
        days = f", {one.first}" + (f" to {one.last}" if one.last != one.first else "") if one.first else ""
        print(f"{one.name}{f' (also {spelled})' if spelled else ''}: {plural(one.accounts, 'account')}, "
              f"{plural(one.conversations, 'conversation')}{days}; "
              f"{', '.join(f'{relation} {times}' for relation, times in one.relations)}")  # fmt: skip
        if one.likely:
            print(f"    perhaps {', '.join(one.likely)}")
        for q in quotes:
            print(f'    "{q.before}{q.text}{q.after}" {q.account}')
    if not as_json:
        print(f"{total} in all. Decide: parley competitors accept NAME, parley competitors reject NAME")


@rivals.command("accept")
def accept_name(
    name: str, of: Annotated[str, typer.Option("--as", help="The competitor that it is another way to write.")] = ""
) -> None:
    """Take a name into the catalogue; stored mentions carry it at once, `parley mine` finds it elsewhere."""
    from pipelines.catalogue import names
    from pipelines.jobs import now

    with open_database() as db:
        number = names.accept(db, name, competitor=of, now=now(), actor=ACTOR)
    print(f"{name} is {f'another way to write {of}' if of else 'a competitor'}. Next: parley mine. "
          f"Undo: parley competitors restore {number}")  # fmt: skip


@rivals.command("reject")
def reject_name(
    name: str,
    ours: Annotated[bool, typer.Option("--own", help="It is a product of ours.")] = False,
    tool: Annotated[bool, typer.Option("--integration", help="It is a tool that ours works with.")] = False,
) -> None:
    """Never take a name for a competitor again; stored mentions go at once."""
    from pipelines.catalogue import names
    from pipelines.jobs import now

    if ours and tool:
        raise fail("Say --own or --integration, not both", code=2)
    why: names.Refusal = "own" if ours else "integration" if tool else "refused"
    with open_database() as db:
        number = names.reject(db, name, why=why, now=now(), actor=ACTOR)
    print(f"{name} is no competitor. Undo: parley competitors restore {number}, then parley mine")


@rivals.command("decisions")
def list_decisions() -> None:
    """What was decided about names and holds, with the number to undo it by."""
    from pipelines.store import names

    with open_database() as db:
        for one in names.decisions(db):
            print(
                f"{one.id}\t{one.at[:10]}\t{one.verdict}\t{one.name}{f' -> {one.competitor}' if one.verdict == 'alias' else ''}"
            )


@rivals.command("restore")
def restore_name(
    decision: Annotated[int, typer.Argument(help="The number that `parley competitors decisions` shows.")],
) -> None:
    """Undo a decision; mentions that it removed come back with `parley mine`."""
    from pipelines.catalogue import names
    from pipelines.jobs import now

    with open_database() as db:
        one = names.restore(db, decision, now=now())
    print(f"Undone: {one.verdict} {one.name}. Next: parley mine")


@own.command("show")
def show_company() -> None:
    """What Parley knows about you."""
    from pipelines.store import company

    with open_database() as db:
        us = company.load(db)
    for title, names in (
        ("domains", us.domains),
        ("people", us.people),
        ("products", us.products),
        ("integrations", us.integrations),
    ):
        print(f"{title:<13} {', '.join(names) or '-'}")


@own.command("add")
def add_to_company(
    domain: Annotated[list[str] | None, typer.Option(help="A mail domain of yours; repeatable.")] = None,
    person: Annotated[list[str] | None, typer.Option(help="A colleague's name as calls show it; repeatable.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="A product or brand of yours; repeatable.")] = None,
    integration: Annotated[list[str] | None, typer.Option(help="A tool yours connects to; repeatable.")] = None,
) -> None:
    """Tell Parley who you are: it tells your side from the buyer's, in what is loaded already too.

    Example: `parley company add --domain acme.com --person "Kim Lee"`; `parley company remove` takes the same back.
    """
    from insights.records import Company
    from insights.wording import plural
    from pipelines.store import company
    from pipelines.uploads.sides import reassign

    given = _own({"domain": domain, "person": person, "product": product, "integration": integration})
    for name in given["domain"]:
        if not _DOMAIN.fullmatch(name):
            raise fail(f"'{name}' is no mail domain. Write it as it stands behind the @, such as acme.com.", code=2)
    with open_database() as db:
        before = company.stored(db)
        fresh = {kind: [name for name in names if name not in before[kind]] for kind, names in given.items()}
        if not any(fresh.values()):
            print("All of it is known already.")
            return
        domains, people, products, tools = (tuple(fresh[kind]) for kind in company.PLURALS)
        company.add(db, Company(domains, people, products, tools))
        changed = reassign(db)
    print(f"Saved. {plural(changed, 'utterance')} changed sides. Next: parley mine. Undo: {_way_back(fresh)}")


@own.command("remove")
def remove_from_company(
    domain: Annotated[list[str] | None, typer.Option(help="A mail domain; repeatable.")] = None,
    person: Annotated[list[str] | None, typer.Option(help="A colleague's name; repeatable.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="A product or brand; repeatable.")] = None,
    integration: Annotated[list[str] | None, typer.Option(help="A tool; repeatable.")] = None,
) -> None:
    """Take back what Parley was told of you.

    Example: `parley company remove --domain acme.com`
    """
    from insights.wording import plural
    from pipelines.store import company
    from pipelines.uploads.sides import reassign

    given = _own({"domain": domain, "person": person, "product": product, "integration": integration})
    with open_database() as db:
        known = company.stored(db)
        for kind, names in given.items():
            for name in names:
                if name not in known[kind]:
                    raise fail(f"There is no {kind} '{name}'.{meant(name, known[kind])} List them: parley company show")
        for kind, names in given.items():
            company.forget(db, kind, names)
        changed = reassign(db)
    print(f"Removed. {plural(changed, 'utterance')} changed sides. Next: parley mine")


def _own(given: dict[str, list[str] | None]) -> dict[str, list[str]]:
    """What was named by kind, tidied; ends the command where nothing was."""
    found = {kind: [" ".join(name.split()) for name in names or ()] for kind, names in given.items()}
    found["domain"] = [name.removeprefix("@").casefold() for name in found["domain"]]
    if any(not name for names in found.values() for name in names):
        raise fail("A name must not be empty.", code=2)
    if not any(found.values()):
        raise fail(
            f"Name something: {', '.join(f'--{kind}' for kind in found)}. What is known: parley company show", code=2
        )
    return found


def _way_back(fresh: dict[str, list[str]]) -> str:
    from shlex import quote

    options = (f"--{kind} {quote(name)}" for kind, names in fresh.items() for name in names)
    return f"parley company remove {' '.join(options)}"


@own.command("confidence")
def set_confidence(
    objection: Annotated[float | None, typer.Option(min=0, max=1, help="From which confidence on one counts.")] = None,
    question: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    competitor: Annotated[float | None, typer.Option(min=0, max=1, help="Names that no catalogue has.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Back to what Parley comes with.")] = False,
) -> None:
    """From which confidence on an insight counts: higher finds less and errs less. Without options: what is set."""
    from insights.language import tagger
    from insights.records import KINDS
    from pipelines.store import company

    given = {"objection": objection, "question": question, "competitor": competitor}
    with open_database() as db:
        if reset or any(value is not None for value in given.values()):
            chosen = dict.fromkeys(KINDS) if reset else {k: v for k, v in given.items() if v is not None}
            company.set_least_confidence(db, chosen)  # type: ignore[arg-type]
        now_set, usual = company.least_confidence(db), tagger.load(threads=1).thresholds
    for kind in KINDS:
        own_choice = f"{now_set[kind]:.2f} (yours; " if kind in now_set else ""
        print(f"{kind:<11} {own_choice}{usual[kind]:.2f}{')' if own_choice else ''}")
    if reset or any(value is not None for value in given.values()):
        print("Next: parley mine")

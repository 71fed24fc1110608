"""What the seller tells Parley: its own names and its competitors. A change is applied to the whole history."""

from typing import Annotated

import typer

from api.commands.terminal import fail, open_database

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
        for rival in company.load(db).competitors:
            print(", ".join((rival.name, *rival.aliases)))


@rivals.command("add")
def add_competitor(
    name: str, alias: Annotated[list[str] | None, typer.Option(help="Another way to write it; repeatable.")] = None
) -> None:
    """Add a competitor or more aliases; `parley mine` then finds it in the whole history."""
    from insights.records import Company, Competitor
    from pipelines.store import company

    with open_database() as db:
        company.add(db, Company(competitors=(Competitor(name, tuple(alias or ())),)))
    print(f"Added {name}. Next: parley mine")


@rivals.command("remove")
def remove_competitor(name: str) -> None:
    """Take a competitor out of the catalogue."""
    from pipelines.store import company

    with open_database() as db:
        if not company.remove_competitor(db, name):
            raise fail(f"'{name}' is not in the catalogue. List it: parley competitors list")
    print(f"Removed {name}. Next: parley mine")


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
    """Tell Parley who you are: it tells your side from the buyer's, in what is loaded already too."""
    from insights.records import Company
    from pipelines.sides import reassign
    from pipelines.store import company

    added = Company(tuple(domain or ()), tuple(person or ()), tuple(product or ()), tuple(integration or ()))
    with open_database() as db:
        company.add(db, added)
        changed = reassign(db)
    print(f"Saved. {changed} utterances changed sides. Next: parley mine")


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

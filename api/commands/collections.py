"""Collections of quotes on the terminal."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.commands.terminal import deliver, fail, format_of, json_bytes, open_database, print_json, settings

collections_app = typer.Typer(no_args_is_help=True, help="Quotes that were collected, to list, read and hand on.")
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]
Style = Annotated[Literal["role", "segment", "full", "none"], typer.Option(help="Who said it; only full holds names.")]


def register(app: typer.Typer) -> None:
    app.add_typer(collections_app, name="collections")


@collections_app.command("list")
def list_collections(
    archived: Annotated[bool, typer.Option(help="Those put away.")] = False, as_json: AsJson = False
) -> None:
    """Collections, the one that changed last first."""
    from pipelines.store import collections as store

    with open_database() as db:
        found = store.every(db, "archived" if archived else "active")
    for one in found:
        if as_json:
            print_json(asdict(one))
        else:
            print(f"{one.id:>5}  {one.changed_at[:10]}  {one.title} ({one.quotes})")
    if not found and not as_json:
        print("No collection. Make one on the page of any quote, under Collect.")


@collections_app.command("show")
def show(collection_id: int, style: Style = "role", as_json: AsJson = False) -> None:
    """Its quotes in order, de-identified unless the style is full.

    Example: `parley collections show 3 --style segment`
    """
    from api.views import collection as views
    from api.wording.quote_formats import text
    from pipelines.quotes import quoting

    with open_database() as db:
        view = views.shown(db, collection_id)
        if as_json:
            print_json(asdict(views.document(db, collection_id, style=style, base="", day=date.today().isoformat())))
            return
        print(f"{view.collection.title}\n")
        for one in view.quotes:
            print((text(quoting.take(db, one.quote, style)) if one.quote else f"No longer there. {one.why}") + "\n")


@collections_app.command("export")
def export(
    collection_id: int, format: Annotated[str, typer.Option(help="md, html, csv, xlsx or json; else the output's ending, or md.")] = "", style: Style = "role",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; else standard output.")] = None,
) -> None:  # fmt: skip
    """A collection as a file, de-identified unless the style is full."""
    from api.exports import LISTED, render
    from api.views import collection as views

    if format not in ("", *LISTED):
        raise fail(f"There is no format '{format}'. Known: {', '.join(LISTED)}.", code=2)
    format = format_of(format, output, LISTED, unnamed="", otherwise="md")
    with open_database() as db:
        base = settings().public_url if style != "none" else ""
        listed = format not in ("md", "html")
        made = views.document(db, collection_id, style=style, base=base, day=date.today().isoformat(), listed=listed)
    data = json_bytes(asdict(made)) if format == "json" else render(made, format)
    deliver(data, format, output)

"""Signals of accounts and deals in the terminal."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.commands.outcomes import Output, Shown, write
from api.commands.results import Format, Where, nothing, reading
from api.commands.terminal import fail, open_database, print_json, settings


def register(app: typer.Typer) -> None:
    app.command()(signals)


def signals(
    where: Where = None,
    changes: Annotated[
        int | None, typer.Option(help="What changed after this event instead, as JSON; 0 for all.")
    ] = None,
    theme: Annotated[int | None, typer.Option(help="Who raised this theme instead, for a campaign.")] = None,
    calls: Annotated[bool, typer.Option("--calls", help="Whom to call instead: a row for each open deal.")] = False,
    of: Annotated[
        str,
        typer.Option(
            help="Only these: question, objection, competitor, silence, or one state, such as objection:persists."
        ),
    ] = "",
    format: Shown = Format.table,
    output: Output = None,
) -> None:
    """What is open in accounts and deals: questions, objections, rivals, silence; what each goes with.

    Examples: `parley signals`, `parley signals --format csv -o signals.csv`, `parley signals --changes 120`, `parley signals --theme 12`, `parley signals --calls --format csv`
    """
    from pydantic import TypeAdapter

    from api.documents import calls as call_lists
    from api.documents import signals as made
    from api.views import signal as views
    from pipelines.sales import signals as found
    from pipelines.sales.account_lists import Campaign
    from pipelines.store import themes

    today = datetime.now(UTC).date()
    with open_database() as db:
        filters = reading(db, where=where)
        if changes is not None:
            feed = views.feed(db, since=changes, limit=1000)
            print_json(TypeAdapter(views.Feed).dump_python(feed, mode="json"))
            return
        if theme is not None:
            if themes.get(db, theme) is None:
                raise fail(f"There is no theme {theme}. List them: parley themes list")
            view = views.raised(db, filters, theme, today, base=settings().public_url)
            write(view.document, lambda: TypeAdapter(Campaign).dump_json(view.campaign, indent=2), format, output)
            return
        chosen, base = made.Chosen(*of.partition(":")[::2]), settings().public_url
        if calls:
            page = call_lists.calls(db, filters, chosen, today=today)
            listed = call_lists.document(page, filters, chosen, base=base)
            write(listed, lambda: TypeAdapter(call_lists.CallPage).dump_json(page, indent=2), format, output)
            return
        report = found.signals(db, filters, today=today)
        if not report.talks:
            raise fail(nothing(db, filters))
    items = [views.SignalItem.of(one, report.known) for one in report.open if chosen.fits(one)]
    write(
        made.document(report, filters, chosen=chosen, base=base),
        lambda: TypeAdapter(list[views.SignalItem]).dump_json(items, indent=2), format, output
    )  # fmt: skip

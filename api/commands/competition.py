"""The competition report in the terminal."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.results import Format, Where, nothing, reading
from api.commands.terminal import deliver, fail, format_of, open_database

if TYPE_CHECKING:
    from pipelines.reports.competition_figures import Competition


class Step(StrEnum):
    auto = "auto"
    week = "week"
    month = "month"
    quarter = "quarter"


def register(app: typer.Typer) -> None:
    app.command()(competition)


def competition(
    since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD.")] = "",
    period: Annotated[Step, typer.Option(help="Step of the series.")] = Step.auto,
    days: Annotated[int | None, typer.Option(min=1, max=3660, help="Length of the two windows compared.")] = None,
    competitor: Annotated[str, typer.Option(help="Only this rival's rows.")] = "",
    published: Annotated[str, typer.Option(help="As it was published on this day, YYYY-MM-DD.")] = "",
    where: Where = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.table,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
) -> None:
    """Who else is there, how that moves, how deals end beside them, and what to look at next.

    Examples: `parley competition`, `parley competition --where segment=mid-market`,
    `parley competition --format xlsx -o competition.xlsx`
    """
    from pipelines.reports.competition import competition as work_out

    format = Format(format_of(format, output, Format, unnamed=Format.table))
    with open_database() as db:
        filters = reading(db, since=since, until=until, competitor=competitor, published=published, where=where)
        step = "" if period is Step.auto else period.value
        found = work_out(db, filters, today=datetime.now(UTC).date(), step=step, days=days)
        if found is None:
            raise fail(nothing(db, filters))
        if format is Format.table:
            _print(found)
            return
        if format is Format.json:
            from api.routes.competition import json_bytes

            data = json_bytes(found)
        else:
            from api.documents.competition import document
            from api.exports import render

            data = render(document(db, found), format.value)
    deliver(data, format.value, output)


def _print(found: "Competition") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from api.wording import words
    from pipelines.reports import competition_story as story

    for line in story.summary(found):
        print(line)
    table = Table(title="Share of all conversations", title_justify="left")
    for heading in ("Name", "Verdict", "Now", "95 %", "Before", "Share of voice"):
        table.add_column(heading)
    for v in found.voices:
        t = v.row.trend
        voice = words.percent(v.voice.share) if v.voice else "–"
        table.add_row(
            Text(v.name), t.verdict, f"{t.current.numerator}/{t.current.denominator} {words.percent(t.current.share)}",
            words.interval(t.current), f"{t.previous.numerator}/{t.previous.denominator}", voice,
        )  # fmt: skip
    wins = Table(title="Win rate of the deals that name it", title_justify="left")
    for heading in ("Name", "Won of closed", "95 %", "What can be said"):
        wins.add_column(heading)
    for w in found.wins:
        r = w.rate.rate
        wins.add_row(Text(w.name), f"{r.numerator}/{r.denominator}", words.interval(r), story.said_of_win(w))
    console = Console(width=None if sys.stdout.isatty() else 140)
    for one in (table, wins):
        if one.row_count:
            console.print(one)
    for sentence, _ in story.to_do(found):
        print(f"- {sentence}")

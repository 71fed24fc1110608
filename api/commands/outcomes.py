"""Outcomes and voice in the terminal."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.results import Format, Where, nothing, reading
from api.commands.terminal import deliver, fail, format_of, open_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.exports.document import Document
    from insights.records import Kind


class Of(StrEnum):
    objections = "objections"
    questions = "questions"
    competitors = "competitors"


class Compare(StrEnum):
    theme = "theme"
    label = "label"


What = Annotated[Of, typer.Argument(help="Which kind of theme.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write instead of the terminal.")]
Shown = Annotated[Format, typer.Option(help="How to print it.")]
KINDS: "dict[Of, Kind]" = {Of.objections: "objection", Of.questions: "question", Of.competitors: "competitor"}


def register(app: typer.Typer) -> None:
    app.command()(outcomes)
    app.command()(voice)
    app.command()(material)


def outcomes(
    of: What = Of.objections, where: Where = None, format: Shown = Format.table, output: Output = None
) -> None:
    """Which themes go with lost and won deals, how long until they are answered, whether they come back.

    Examples: `parley outcomes`, `parley outcomes competitors --where segment=smb`, `parley outcomes --format xlsx -o outcomes.xlsx`
    """
    from pydantic import TypeAdapter

    from api.documents import outcomes as made
    from pipelines.reports.outcomes import OutcomeReport, outcome_report

    with open_database() as db:
        filters = reading(db, where=where)
        report = outcome_report(db, filters, kind=KINDS[of], today=datetime.now(UTC).date())
        if not (report.rows or report.won or report.lost or report.unknown):
            raise fail(nothing(db, filters))
    write(made.document(report), lambda: TypeAdapter(OutcomeReport).dump_json(report, indent=2), format, output)


def voice(
    of: What = Of.objections,
    by: Annotated[Compare, typer.Option(help="Compare themes, or the reasons that they are of.")] = Compare.theme,
    where: Where = None,
    format: Shown = Format.table,
    output: Output = None,
) -> None:
    """What reps write in notes against what buyers say in calls, mails and chats.

    Examples: `parley voice`, `parley voice --by label`, `parley voice competitors --format pptx -o voice.pptx`
    """
    from pydantic import TypeAdapter

    from api.documents import voice as made
    from pipelines.reports.voice import VoiceReport, voice_report

    today = datetime.now(UTC).date()
    with open_database() as db:
        filters = reading(db, where=where)
        report = voice_report(db, filters, kind=KINDS[of], by=by.value, today=today)
        if not (report.notes or report.buyers):
            raise fail(nothing(db, filters))
    document = made.document(report, today.isoformat())
    write(document, lambda: TypeAdapter(VoiceReport).dump_json(report, indent=2), format, output)


def material(where: Where = None, format: Shown = Format.table, output: Output = None) -> None:
    """Mentions of our own pages, webinars and decks, what buyers said of them, and what they had not been told.

    Examples: `parley material`, `parley material --where stage=Discovery --format md`
    """
    from pydantic import TypeAdapter

    from api.documents import material as made
    from api.documents.parts import leaving
    from pipelines.reports.material import MaterialReport, material_report

    today = datetime.now(UTC).date()
    with open_database() as db:
        filters = reading(db, where=where)
        report = material_report(db, filters, today=today)
        if not report.conversations:
            raise fail(nothing(db, filters))
        document = leaving(db, made.document(report, today.isoformat()))
    write(document, lambda: TypeAdapter(MaterialReport).dump_json(report, indent=2), format, output)


def write(document: "Document", json: "Callable[[], bytes]", format: Format, output: Path | None) -> None:
    """A report to the terminal or to a file, in any format."""
    from api.exports import render

    format = Format(format_of(format, output, Format, unnamed=Format.table))
    if format is Format.table:
        show(document)
        return
    data = json() if format is Format.json else render(document, format.value)
    deliver(data, format.value, output)


def show(document: "Document") -> None:
    """What a report says in short, and its tables."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from api.exports.document import read, written

    console = Console(width=None if sys.stdout.isatty() else 160)
    print(document.title)
    for name, value in document.about:
        print(f"{name}: {value}")
    for sentence in document.summary:
        print(f"\n{sentence}")
    for section in document.sections:
        if not section.table or not section.table.rows:
            continue
        paper = read(section.table)
        table = Table(title=f"\n{paper.title}", title_justify="left")
        for column in paper.columns:
            table.add_column(column.name, justify="left" if column.kind == "text" else "right")
        for row in paper.rows:
            # What people wrote is no markup of the terminal.
            table.add_row(*(Text(written(cell, column.kind)) for cell, column in zip(row, paper.columns, strict=True)))
        console.print(table)

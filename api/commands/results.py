"""Get answers out: report, search, themes."""

import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.commands.terminal import fail, open_database, print_json

themes_app = typer.Typer(no_args_is_help=True, help="Themes: list, show, rename.")


class What(StrEnum):
    objections = "objections"
    questions = "questions"
    competitors = "competitors"


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    md = "md"
    html = "html"
    pdf = "pdf"


class Step(StrEnum):
    week = "week"
    month = "month"
    quarter = "quarter"


Where = Annotated[
    list[str] | None,
    typer.Option("--where", "-w", help="A filter as name=value: a fact (stage, rep, …) or a column of your upload."),
]


def register(app: typer.Typer) -> None:
    app.command()(report)
    app.command()(search)
    app.add_typer(themes_app, name="themes")


def report(
    what: What,
    since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD; the newest conversation's without it.")] = "",
    period: Annotated[Step, typer.Option(help="Step of the series.")] = Step.month,
    days: Annotated[int | None, typer.Option(min=1, help="Length of the two windows compared.")] = None,
    by: Annotated[str, typer.Option(help="Split every theme: relation, voice, persona, stage, segment, …")] = "",
    persona: Annotated[str, typer.Option(help="Only this persona.")] = "",
    stage: Annotated[str, typer.Option(help="Only this stage.")] = "",
    outcome: Annotated[str, typer.Option(help="Only this outcome.")] = "",
    where: Where = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.table,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write instead of the terminal.")
    ] = None,
) -> None:
    """Per theme: share of conversations with its interval, the change against the window before, and a verdict.

    Examples: `parley report objections`, `parley report competitors --by relation --where outcome=lost`,
    `parley report questions --format xlsx -o questions.xlsx`
    """
    from pipelines.report import trend_report

    for day in (since, until):
        _date(day)
    with open_database() as db:
        filters = _filters(db, since=since, until=until, persona=persona, stage=stage, outcome=outcome, where=where)
        kind = what.value.removesuffix("s")
        found = trend_report(db, filters, kind=kind, today=datetime.now(UTC).date(), by=by, step=period, days=days)  # type: ignore[arg-type]
    if found is None:
        raise fail("No conversation with a date matches. Load some: parley ingest FOLDER, or loosen the filters.")
    if format is Format.table:
        _print_report(found)
        return
    from api.exports import FORMATS

    data = FORMATS[format.value][1](found)
    if output is not None:
        output.write_bytes(data)
        print(f"Wrote {output} ({len(data):,} bytes).", file=sys.stderr)
    elif format in (Format.xlsx, Format.pdf) and sys.stdout.isatty():
        raise fail(f"{format.value} is not for a terminal. Name a file: --output report.{format.value}", code=2)
    else:
        sys.stdout.buffer.write(data)


def _print_report(found) -> None:  # type: ignore[no-untyped-def]
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{found.kind.capitalize()}s: {found.current.label} against {found.previous.label}", title_justify="left"
    )
    for heading in ("Theme", *([found.by] if found.by else []), "Now", "95 %", "Before", "Change (points)", "Verdict"):
        table.add_column(
            heading, justify="right" if heading in {"Now", "95 %", "Before", "Change (points)"} else "left"
        )
    for row in found.rows:
        now, before, change = row.trend.current, row.trend.previous, row.trend.change
        if not (now.numerator or before.numerator):
            continue
        points = (
            ""
            if change.difference is None
            else f"{change.difference * 100:+.1f} ({change.low * 100:+.1f} to {change.high * 100:+.1f})"
        )
        interval = "" if now.share is None else f"{now.low * 100:.0f}–{now.high * 100:.0f} %"
        cells = [
            f"{row.name}",
            *([row.split] if found.by else []),
            _share(now),
            interval,
            _share(before),
            points,
            row.trend.verdict,
        ]
        table.add_row(*cells)
    width = None if sys.stdout.isatty() else 160
    Console(width=width).print(table)
    print(
        f"{found.conversations} conversations, {found.undated} without a date, {_counted(found)}. As of {found.as_of}."
    )


def _share(rate) -> str:  # type: ignore[no-untyped-def]
    return "–" if rate.share is None else f"{rate.numerator}/{rate.denominator} {rate.share * 100:.1f} %"


def _counted(found) -> str:  # type: ignore[no-untyped-def]
    return f"{sum(r.insights for r in found.rows)} insights in themes"


def search(
    words: Annotated[str, typer.Argument(help="Words that the quote's utterance holds.")],
    kind: Annotated[str, typer.Option(help="objection, question or competitor.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    where: Where = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a quote.")] = False,
) -> None:
    """Find quotes by the words in them."""
    from pipelines.store import insights

    with open_database() as db:
        found = insights.quotes(db, _filters(db, q=words, kind=kind, where=where), limit=limit)
    for quote in found:
        if as_json:
            print_json(asdict(quote))
        else:
            who = ", ".join(part for part in (quote.speaker, quote.account, quote.day) if part)
            print(
                f"“{quote.text}”\n    {quote.kind}: {quote.label} · {who} · {quote.conversation_id}#u-{quote.position}\n"
            )
    if not found and not as_json:
        print("Nothing found. Try fewer words, or look at all: parley report objections")


@themes_app.command("list")
def list_themes(
    kind: Annotated[str, typer.Option(help="objection, question or competitor.")] = "", as_json: bool = False
) -> None:
    """Every theme with its permanent id and size."""
    from pipelines.store import themes
    from pipelines.store.filters import Filters

    with open_database() as db:
        counts = themes.counts(db, Filters(kind=kind))
        rows = [(theme, counts.get(theme.id, {}).get("conversations", 0)) for theme in themes.active(db, kind)]
    for theme, size in sorted(rows, key=lambda row: -row[1]):
        if as_json:
            print_json({**asdict(theme), "conversations": size})
        else:
            print(f"{theme.id:>5}  {theme.kind:<10}  {size:>6}  {theme.name}")


@themes_app.command("show")
def show_theme(theme_id: int) -> None:
    """One theme with its history."""
    from pipelines.store import themes

    with open_database() as db:
        theme = themes.get(db, theme_id)
        if theme is None:
            raise fail(f"There is no theme {theme_id}. List them: parley themes list")
        print_json({**asdict(theme), "events": themes.events(db, theme_id)})


@themes_app.command("rename")
def rename_theme(theme_id: int, name: str, reason: str = "") -> None:
    """Give a theme another name; id, members and the old name in its history stay."""
    from pipelines.jobs import now
    from pipelines.store import themes

    with open_database() as db:
        if themes.get(db, theme_id) is None:
            raise fail(f"There is no theme {theme_id}. List them: parley themes list")
        if not name.strip():
            raise fail("A theme needs a name.", code=2)
        themes.rename(db, theme_id, name.strip(), now=now(), actor="terminal", reason=reason)
    print(f"Theme {theme_id} is now '{name.strip()}'.")


def _filters(db, *, where: list[str] | None, **known: str):  # type: ignore[no-untyped-def]
    from pipelines.store import conversations
    from pipelines.store.filters import Filters

    own, columns = {}, set(conversations.field_names(db, most_values=1 << 30))
    for pair in where or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise fail(f"'{pair}' is no filter. Write it as name=value, for example segment=smb", code=2)
        if name in Filters.__dataclass_fields__ and name != "fields":
            known[name] = value
        elif (key := conversations.field_key(name)) in columns:
            own[key] = value
        else:
            raise fail(f"There is no field '{name}'. Your uploads have: {', '.join(sorted(columns)) or 'none'}", code=2)
    return Filters(**known, fields=own)


def _date(value: str) -> None:
    try:
        if value:
            date.fromisoformat(value)
    except ValueError:
        raise fail(f"'{value}' is no date. Write it as YYYY-MM-DD.", code=2) from None

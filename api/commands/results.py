"""Get answers out: report, search."""

import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import deliver, fail, format_of, meant, open_database, print_json

if TYPE_CHECKING:
    from sqlite_utils import Database

    from insights.sampling import Rate
    from pipelines.report import Subject, TrendReport
    from pipelines.reports.summary import Summary
    from pipelines.store.filters import Filters


class What(StrEnum):
    objections = "objections"
    questions = "questions"
    competitors = "competitors"
    trackers = "trackers"


KINDS: "dict[What, Subject]" = {
    What.objections: "objection",
    What.questions: "question",
    What.competitors: "competitor",
    What.trackers: "tracker",
}


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    pptx = "pptx"
    md = "md"
    html = "html"
    pdf = "pdf"


class Unit(StrEnum):
    conversation = "conversation"
    account = "account"
    deal = "deal"


class Windows(StrEnum):
    rolling = "rolling"
    quarter = "quarter"


class Order(StrEnum):
    frequent = "frequent"
    rising = "rising"
    falling = "falling"


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


def report(
    what: What,
    since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD; the newest conversation's without it.")] = "",
    period: Annotated[Step, typer.Option(help="Step of the series.")] = Step.month,
    days: Annotated[int | None, typer.Option(min=1, max=3660, help="Length of the two windows compared.")] = None,
    windows: Annotated[
        Windows, typer.Option(help="Rolling windows, or calendar quarters like with like.")
    ] = Windows.rolling,
    unit: Annotated[Unit, typer.Option(help="What is counted.")] = Unit.conversation,
    by: Annotated[str, typer.Option(help="Split every theme: relation, voice, persona, stage, segment, …")] = "",
    cut: Annotated[
        list[str] | None, typer.Option(help="A field to lay across the themes; for files and JSON, may be repeated.")
    ] = None,
    order: Annotated[
        Order, typer.Option(help="The most frequent first, or the largest rise or fall in points, sure or not.")
    ] = Order.frequent,
    persona: Annotated[str, typer.Option(help="Only this persona.")] = "",
    stage: Annotated[str, typer.Option(help="Only this stage.")] = "",
    outcome: Annotated[str, typer.Option(help="Only this outcome.")] = "",
    published: Annotated[
        str, typer.Option(help="As it was published on this day: the themes and uploads of then, YYYY-MM-DD.")
    ] = "",
    where: Where = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.table,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write instead of the terminal.")
    ] = None,
) -> None:
    """What changed in words, then per theme its share with its interval, the change, and a verdict.

    Examples: `parley report objections`, `parley report competitors --by relation --where outcome=lost`,
    `parley report questions --windows quarter --cut persona --format pptx -o questions.pptx`
    """
    from api.documents import trends
    from api.exports import render
    from api.models.trend import of_report
    from api.wording import words
    from pipelines.report import ordered, trend_report
    from pipelines.reports import annotations, cuts, summary

    format = Format(format_of(format, output, Format, unnamed=Format.table))
    with open_database() as db:
        filters = reading(
            db,
            since=since,
            until=until,
            persona=persona,
            stage=stage,
            outcome=outcome,
            published=published,
            where=where,
        )
        field, *fields = (_field(db, name) for name in (by, *(cut or ())))
        found = trend_report(
            db, filters, kind=KINDS[what], today=datetime.now(UTC).date(), by=field, step=period.value, days=days,
            unit=unit.value, windows=windows.value,
        )  # fmt: skip
        if found is None:
            raise fail(nothing(db, filters))
        found = ordered(found, order.value)
        told = summary.of_report(db, found, today=datetime.now(UTC).date())
        if format is Format.table:
            _print_report(found, told, words.ordered(order))
            return
        crossed = [cuts.cut(db, found, each) for each in fields]
        if format is Format.json:
            data = of_report(found, told, crossed, annotations.of_report(db, found)).model_dump_json(indent=2).encode()
        else:
            data = render(trends.document(db, found, told, crossed, order=order), format.value)
    deliver(data, format.value, output)


def _field(db: "Database", name: str) -> str:
    from api import splits

    try:
        return splits.field(db, name)
    except splits.UnknownField as error:
        raise fail(f"'{name}' {error}", code=2) from None


def _print_report(found: "TrendReport", told: "Summary", order: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from api.wording import words
    from insights.themes import LEAST_TEXTS

    for sentence in told.opening:
        print(sentence)
    for story in told.stories:
        print("\n  ".join(("", *story.sentences)))
    print()
    table = Table(title=f"{found.kind.capitalize()}s. {words.windows(found)}", title_justify="left")
    for heading in ("Theme", *([found.by] if found.by else []), "Verdict"):
        table.add_column(heading)
    for heading in ("Now", "95 %", "Before", "Change in points"):
        table.add_column(heading, justify="right")
    for row in found.rows:
        trend = row.trend
        if trend.current.numerator or trend.previous.numerator:
            split = [words.human(row.split) or "(none)"] if found.by else []
            shares = (
                _share(trend.current),
                words.interval(trend.current),
                _share(trend.previous),
                words.change(trend.change),
            )
            table.add_row(Text(row.name), *map(Text, split), trend.verdict, *shares)
    if order:
        print(order)
    if table.row_count:
        Console(width=None if sys.stdout.isatty() else 160).print(table)
    else:
        print(
            f"No theme of {found.kind}s yet: a first one takes {LEAST_TEXTS} different quotes. The quotes: parley serve"
        )
    insights = sum(row.insights for row in found.rows)
    print(
        f"{found.conversations} conversations, {found.undated} more without a usable date; {insights} insights in themes."
    )


def _share(rate: "Rate") -> str:
    from api.wording import words

    return f"{rate.numerator}/{rate.denominator} {words.percent(rate.share)}"


class By(StrEnum):
    words = "words"
    meaning = "meaning"


class Match(StrEnum):
    all = "all"
    any = "any"
    phrase = "phrase"


class Sort(StrEnum):
    newest = "newest"
    best = "best"
    typical = "typical"
    likeness = "likeness"


def search(
    words: Annotated[str, typer.Argument(help="Words that the quote's utterance holds, or what it should be about.")],
    by: Annotated[By, typer.Option(help="All of the words, or the meaning.")] = By.words,
    match: Annotated[
        Match, typer.Option(help="By words: all of them, any of them, or exactly this phrase.")
    ] = Match.all,
    kind: Annotated[str, typer.Option(help="objection, question or competitor.")] = "",
    sort: Annotated[Sort | None, typer.Option(help="Newest first, or by meaning the most alike, without it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    every: Annotated[
        bool, typer.Option("--all", help="Also what is said again, and whatever account it is of.")
    ] = False,
    where: Where = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a quote.")] = False,
) -> None:
    """Find quotes by the words in them or by what they mean; the same said again comes once. What holds the words comes before
    what they were said beside.

    Examples: `parley search "double entries"`, `parley search "audit compliance -gdpr" --match any`, `parley search "afraid to switch" --by meaning --kind objection`
    """
    from api.views import quotes as quotes_views
    from pipelines.quotes.search import Ask, find

    ask = Ask(by.value, sort.value if sort else "", fold=not every, spread=not every, limit=limit)
    with open_database() as db:
        found = find(db, reading(db, q=words, match=match.value, kind=kind, where=where), ask)
    beside = next((item for item in found.items if item.aside), None)
    for item in found.items:
        quote = item.quote
        if as_json:
            told = {"again": item.again, "back": item.back, "likeness": item.likeness, "found": item.found}
            print_json(asdict(quote) | told | {"aside": item.aside})
        else:
            if item is beside:
                print(f"Said beside the quote, not in it ({found.counts.aside:,}):\n")
            who = ", ".join(part for part in (quote.speaker, quote.account, quote.day) if part)
            said = quote.said
            alike = "" if item.likeness is None else f" · likeness {item.likeness:.2f}"
            more = f" · and {item.again} more like it" if item.again else ""
            place = f"{quote.conversation_id}#u-{quote.position}"
            print(f"“{said}”\n    {quote.kind}: {quote.label} · {who}{alike}{more} · {place}\n")
    if as_json:
        return
    if found.trouble:
        raise fail(found.trouble)
    if not found.items:
        print(
            "Nothing found. Try fewer words, or any of them with --match any, look for the meaning with --by meaning, or look at all: parley serve"
        )
        return
    print(
        " ".join(
            filter(None, (quotes_views.told(found, ask), quotes_views.standing_back(found), quotes_views.notice(found)))
        )
    )


def reading(db: "Database", *, where: list[str] | None, **known: str) -> "Filters":
    """The filters that the options name; an unknown field or a date that is none ends with what to write."""
    from pipelines.store import conversations, facets
    from pipelines.store.filters import MATCHES, Filters
    from pipelines.store.published import look_back

    own, columns = {}, sorted(facets.field_names(db, most_values=1 << 30))
    for pair in where or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise fail(f"'{pair}' is no filter. Write it as name=value, for example segment=smb", code=2)
        if name in Filters.__dataclass_fields__ and name != "fields":
            known[name] = value
        elif key := facets.meant(conversations.field_key(name), columns):
            own[key] = value
        else:
            raise fail(f"There is no field '{name}'. Your uploads have: {', '.join(columns) or 'none'}", code=2)
    days = {name: _date(known[name]) for name in ("since", "until", "published") if known.get(name)}
    if days.get("since", "") > days.get("until", "9999"):
        raise fail(f"--since {days['since']} is later than --until {days['until']}: turn them round.", code=2)
    if "published" in days:
        look_back(db, days["published"])
    if unknown := {*filter(None, known.get("kind", "").split(","))} - {*KINDS.values()}:
        raise fail(f"There is no kind '{min(unknown)}'. Known: {', '.join(KINDS.values())}.", code=2)
    how = known.get("match", "")
    if how not in ("", *MATCHES):
        raise fail(f"'{how}' is no way to match words. Known: {', '.join(MATCHES)}", code=2)
    return Filters(**(known | days | {"match": "" if how == "all" else how}), fields=own)


def nothing(db: "Database", filters: "Filters") -> str:
    """Why a report has nothing to tell under these filters, and what to do."""
    from insights.wording import day
    from pipelines.store import conversations, facets, themes

    stored = conversations.some(db)
    if not stored and filters.published:
        return f"By {day(filters.published)} nothing had been uploaded. Name a later day, or leave --published out."
    if not stored:
        return "No conversation is stored yet. Load some: parley ingest FOLDER"
    newest = themes.newest_day(db)
    if filters.since and newest and filters.since > newest:
        return f"The newest conversation is of {day(newest)}, before {day(filters.since)}. Name an earlier --since."
    known = facets.values(db, "persona")
    unknown = [name for name in filters.persona.split(",") if name and name not in known]
    if unknown:
        return f"There is no persona '{unknown[0]}'.{meant(unknown[0], known)} Known: {', '.join(known) or 'none'}."
    return "No conversation with a date matches. Loosen the filters, or load more: parley ingest FOLDER"


def _date(value: str) -> str:
    """The day in the one form that days are stored and compared in."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise fail(f"'{value}' is no date. Write it as YYYY-MM-DD.", code=2) from None

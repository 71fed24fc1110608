"""What the documents of several reports share: quotes by what they are known by, with who said them and where."""

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlite_utils import Database

from api.exports.document import Chart, Column, Document, Quoted, Section, Table
from api.wording import words
from api.wording.quote_formats import one_paragraph
from insights import annotating, borders
from pipelines.privacy import originals
from pipelines.quotes import quoting
from pipelines.report import TrendReport
from pipelines.reports import handover, material
from pipelines.reports.annotations import Noted
from pipelines.store import conversations, insights, themes, trackers
from pipelines.store.filters import Filters

LONGEST_STEM = 60  # signs of a file's name that say what it was narrowed to
EMPTY = "No theme matches. Themes appear once several conversations say something alike."
# A stretch of an utterance that is no insight: "said:CONVERSATION:POSITION:START:END".
STRETCH = "said:"


def filtered(filters: Filters) -> str:
    """The filters of a report as its page names them: "Persona: Finance; From: 1 Jan 2025"; "none" where none is
    set."""
    return (
        "; ".join(
            f"{words.field(name)}: {words.day(value) if name in ('since', 'until', 'published') else words.value(name, value)}"
            for name, value in filters.active.items()
        )
        or "none"
    )


def with_names(db: Database, filters: Filters) -> Filters:
    """Filters to be told to people: a theme or tracker by its name, not by its number."""
    theme = themes.get(db, int(filters.theme)) if filters.theme.isdigit() else None
    saved = trackers.get(db, int(filters.tracker)) if filters.tracker.isdigit() else None
    return replace(
        filters,
        theme=theme.name if theme else filters.theme,
        tracker=saved.tracker.name if saved else filters.tracker,
    )


def scoped(document: Document, filters: Filters, of: str = "") -> Document:
    """A document whose title, which stands on every slide, and whose file's name say what it was narrowed to: two files of
    one day are not taken for one another, nor a slide for the whole company's. Days stand in them anyway. `of` names two groups
    that are compared."""
    filters = replace(filters, kind="", since="", until="")
    narrowed = [words.value(name, value) for name, value in filters.active.items()]
    stem = "-".join(re.findall(r"[a-z0-9]+", " ".join([of, *narrowed]).casefold()))[:LONGEST_STEM].strip("-")
    title = f"{of}: {document.title}" if of else document.title
    return replace(
        document,
        title=f"{title} ({filtered(filters)})" if narrowed else title,
        stem=f"{document.stem}-{stem}" if stem else document.stem,
    )


def quoted(db: Database, ids: Iterable[str]) -> tuple[Quoted, ...]:
    """The quotes of these insights or stretches, in their order; one that is gone since is left out.

    A competitor's name alone says little: it is quoted with the rest of its sentence, as it stands there.
    """
    return tuple(quote for one in ids if (quote := _quoted(db, one)))


def leaving(db: Database, document: Document) -> Document:
    """A document as it may leave Parley: its quotes masked where originals may not be shown."""
    sections = (replace(part, quotes=tuple(_as_allowed(db, one) for one in part.quotes)) for part in document.sections)
    return replace(document, sections=tuple(sections))


def _as_allowed(db: Database, quote: Quoted) -> Quoted:
    now = _quoted(db, quote.id)
    return replace(quote, text=now.text, source=now.source, cut=now.cut) if now else replace(quote, text="", source="")


def stretch(conversation: str, position: int, start: int, end: int) -> str:
    """What a stretch of an utterance is known by."""
    return f"{STRETCH}{conversation}:{position}:{start}:{end}"


def place(found: handover.Found | material.Found) -> str:
    """Where a stretch stands: its conversation, at the utterance."""
    return f"/conversations/{found.conversation}#u-{found.position}"


def quote_of(found: handover.Found | material.Found) -> Quoted:
    """A stretch as a quote, with who said it and where."""
    known = stretch(found.conversation, found.position, found.start, found.end)
    return Quoted(known, found.text, told(found.account, found.voice, found.day), place(found))


def told(account: str, voice: str, day: str) -> str:
    """Who said a stretch and when, for the line beneath it."""
    who = ", ".join(filter(None, (account, "as reported by the rep" if voice == "reported" else "")))
    return f"{who or 'Buyer'} ({words.day(day)})"


def _quoted(db: Database, one: str) -> Quoted | None:
    if one.startswith(STRETCH):
        return _stretch(db, one)
    q = insights.get(db, one)
    if q is None:
        return None
    return Quoted(
        q.id,
        one_paragraph(originals.words(db, q)),
        words.leaving(db, q, original=originals.may_name(db, q)),
        f"/conversations/{q.conversation_id}?quote={q.id}#q-{q.id}",
        quoting.cut(db, q),
    )


def _stretch(db: Database, one: str) -> Quoted | None:
    """The words at a place; None where the conversation is gone or no longer that long."""
    conversation, *numbers = one.removeprefix(STRETCH).split(":")
    loaded = conversations.load(db, conversation)
    if loaded is None or len(numbers) != 3 or not all(n.isdigit() for n in numbers):
        return None
    position, start, end = map(int, numbers)
    facts, utterances = loaded
    turn = next((u for u in utterances if u.position == position), None)
    if turn is None or not turn.text[start:end] or end > len(turn.text):
        return None
    account = facts["account"] if originals.may_name_at(db, turn.id, start, end) else ""
    said = originals.stretch(db, conversation, turn.id, start, end)
    return Quoted(
        one, said, told(account, turn.voice, facts["occurred_at"]), f"/conversations/{conversation}#u-{position}",
        borders.cut(turn.text, start, end),
    )  # fmt: skip


def counted(chart: Chart, what: str) -> str:
    """What the shares of a chart over time are of, a period each; where that differs by line, where it stands."""
    if len({series.of for series in chart.series}) > 1:
        return f"What each share is of differs from line to line: the number of {what} stands in the workbook."
    told = (f"{label} {count:,}" for label, count in zip(chart.labels, chart.series[0].of, strict=True))
    return f"Number of {what}: {', '.join(told)}."


def marked(report: TrendReport, noted: Noted) -> tuple[tuple[str, str], ...]:
    """The numbers of notes at the labels of a chart over the report's periods."""
    numbers = annotating.labels(noted.marks)
    return tuple((words.period(p, report.step), numbers[p.label]) for p in report.periods if p.label in numbers)


def happened(report: TrendReport, noted: Noted) -> tuple[Section, ...]:
    """What the numbers in the chart stand for; nothing where there are none."""
    if not noted.marks:
        return ()
    called = {row.theme_id: row.name for row in report.rows}
    columns = (
        Column("Number", "count"),
        Column("What happened"),
        Column("Day", "day"),
        Column("Last day", "day"),
        Column("Concerns"),
        Column("Link", detail=True),
    )
    rows = tuple(
        (mark.number, note.text, note.starts, note.ends or None, called.get(mark.happening.theme or 0, "all"), note.link or None)
        for mark, note in zip(noted.marks, noted.dated, strict=True)
    )  # fmt: skip
    told = (
        "The numbers stand in the chart at the period in which each happened. They do not say that it is why anything changed.",
    )
    return (
        Section(
            "What happened",
            told,
            finding="What happened meanwhile",
            table=Table("happened", "What happened", columns, rows),
        ),
    )

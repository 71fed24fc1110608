"""The shared numbers as a Document. No figure about a single rep is in it: files are handed on."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from api.documents.outcomes import STANDINGS
from api.exports.document import Cell, Column, Document, Section, Table
from api.wording import words
from pipelines.teams.shared import Shared
from pipelines.teams.shared_figures import Figure

if TYPE_CHECKING:
    from api.views.shared import MonthLine

REACHED = {"yes": "reached", "no": "not reached", "open": "cannot be told yet", "": ""}


def document(now: Shared, months: Sequence["MonthLine"], month: "MonthLine | None" = None) -> Document:
    """The figures now, or of a `month` as they were published, what each means, and each month beside today's data."""
    sections = [Section("The numbers", (), _figures(now.figures))]
    if months:
        sections.append(Section("As published", (), _months(months)))
    return Document(
        title=f"Shared numbers, {month.name}" if month else "Shared numbers",
        stem=f"parley-shared-{now.as_of or 'none'}", day=now.as_of,
        about=_about(now, month), summary=tuple(sentences(now)), sections=tuple(sections),
        notes=tuple(f"{one.title}: {one.definition}" for one in now.figures),
    )  # fmt: skip


def _about(now: Shared, month: "MonthLine | None") -> tuple[tuple[str, str], ...]:
    if not now.as_of:
        return ()
    told = (("As of", words.day(now.as_of)),)
    return (*told, ("Published", f"{words.day(month.at[:10])}, {words.door(month.actor)}")) if month else told


def sentences(now: Shared) -> Iterator[str]:
    """Each figure that can be told, against its target."""
    if not now.as_of:
        yield "No conversation with a day is known yet."
    for one in now.figures:
        if told := told_of(one):
            yield told


def told_of(one: Figure) -> str:
    """A figure in one sentence; "" where it cannot be told."""
    if one.value is None:
        return ""
    number = words.plural(round(one.value), "day") if one.unit == "days" else words.percent(one.value)
    span = f" ({ends(one)})" if one.low is not None and one.high is not None else ""
    beside = ""
    if one.without is not None and one.without.share is not None:
        beside = f", {words.percent(one.without.share)} without; {STANDINGS[one.standing].lower()}"
    goal = f"; target {target(one)}, {REACHED[one.reached]}" if one.reached else ""
    return f"{one.title}: {number}{span}{beside}{goal}."


def ends(one: Figure) -> str:
    """The two ends of a figure's interval, as people read them."""
    if one.low is None or one.high is None:
        return ""
    if one.unit == "days":
        return f"{round(one.low)} to {round(one.high)} days"
    return f"{words.percent(one.low)} to {words.percent(one.high)}"


def target(one: Figure) -> str:
    goal = one.agreed.target
    if goal is None:
        return ""
    return words.plural(round(goal), "day") if one.unit == "days" else words.percent(goal)


def _figures(figures: Sequence[Figure]) -> Table:
    columns = (
        Column("Number"), Column("Value"), Column("Interval"), Column("Count", "count"), Column("Of", "count"),
        Column("Without"), Column("Target"),
        Column("Owner"), Column("What is missing"), Column("Definition", detail=True), Column("Key", detail=True),
        Column("Raw value", "number", detail=True),
    )  # fmt: skip
    rows = tuple(
        (
            one.title, _value(one), ends(one) or None, one.count, one.of,
            words.percent(one.without.share) if one.without and one.without.share is not None else None,
            f"{target(one)}, {REACHED[one.reached]}" if one.reached else target(one) or None, one.agreed.owner,
            one.note, one.definition, one.key, one.value,
        )
        for one in figures
    )  # fmt: skip
    return Table("numbers", "The numbers", columns, rows)


def _months(months: Sequence["MonthLine"]) -> Table:
    columns = (
        Column("Month"), Column("Number"), Column("As published"), Column("Interval"), Column("On today’s data"),
        Column("Published", "day"), Column("By"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for month in months:
        for key, one in month.was.items():
            again = month.now.get(key)
            rows.append(
                (month.name, one.title, _value(one), ends(one) or None, _value(again) if again else None, month.at[:10], month.actor)
            )  # fmt: skip
    return Table("published", "As published", columns, tuple(rows))


def _value(one: Figure) -> str | None:
    if one.value is None:
        return None
    return words.plural(round(one.value), "day") if one.unit == "days" else words.percent(one.value)

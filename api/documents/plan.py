"""The plan's board as a document: what to write next with its parts, the cells, and what was left out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlite_utils import Database

from api.documents.parts import scoped
from api.exports.document import Chart, Column, Document, Section, Table, rate_cells, rate_series, rated
from api.views.plan import formula
from api.wording import words
from pipelines.plan import LATE, NOBODY, Board
from pipelines.privacy import covering, originals
from pipelines.store import asks
from pipelines.store.asks import Ask
from pipelines.store.filters import Filters
from pipelines.store.plan import Note

CHARTED = 10


def _first(board: Board) -> str:
    return next((f"Write first on “{line.theme.name}”: {line.words}." for line in board.lines if not line.done), "")


def requests(db: Database) -> list[Ask]:
    """What colleagues asked to be written, as it may leave: what they typed may name a customer."""
    may = originals.may_be_shown(db)
    return [one if may else replace(one, words=covering.without_names(db, one.words)) for one in asks.every(db)]


def only(*, gaps: str = "", owner: str = "", due: str = "") -> tuple[str, ...]:
    """What alone the board holds, as its page says it."""
    told = (
        "what no page of ours answers yet" if gaps else "",
        "" if not owner else "what is nobody’s yet" if owner == NOBODY else f"what is {owner}’s",
        "" if not due else "what is late" if due == LATE else f"what is due in {words.month(due)}",
    )
    return tuple(filter(None, told))


def document(
    board: Board, filters: Filters, today: date, asked: Sequence[Ask] = (), *, only: Sequence[str] = ()
) -> Document:
    """The same figures as the page, for every format. `asked` is what colleagues asked to be written; `only` says what
    alone the board holds."""
    day = board.window.end.isoformat() if board.window else today.isoformat()
    about = [("Conversations", f"{board.conversations:,}"), ("Our pages", f"{board.pages:,}")]
    if board.window:
        about.insert(0, ("Heard", words.span(board.window)))
    if board.report:
        about.append(("Trend", words.windows(board.report)))
    about += [(words.field(name), words.value(name, value)) for name, value in filters.active.items()]
    about += [("Only", "; ".join(only))] if only else []
    first = [
        f"{n}. {line.theme.name}: {line.words}."
        for n, line in enumerate([line for line in board.lines if not line.done][:3], 1)
    ]
    notes = [f"{name}: {text}" for name, text in formula() if board.outcomes or name != "Lost deals"]
    if not board.outcomes:
        notes.append("Lost deals are left out: no outcomes of deals can be told apart yet.")
    if not board.pages:
        notes.append("No pages of ours are known, so every gap counts in full.")
    return scoped(Document(
        "Content plan", f"parley-plan-{day}", day, tuple(about),
        (
            Section("Write next", table=_lines(board), chart=_chart(board), finding=_first(board)),
            Section("The board", table=_cells(board), notes=("A cell has its own volume; trend, lost deals and gap are the theme's.",)),
            *([Section("Asked for by colleagues", table=_asked(asked))] if asked else []),
        ),
        tuple(first) or ("No theme is heard in what matches.",), tuple(notes),
    ), filters)  # fmt: skip


def _lines(board: Board) -> Table:
    lost = [Column("Lost deals with it", "count"), Column("Lost deals", "count")] if board.outcomes else []
    # What a slide has room for comes first.
    columns = [
        Column("Theme"), Column("Score", "number"), *rated("Share", count="Conversations", of="Of"), Column("Trend"),
        Column("In one segment alone"),
        Column("Our pages"), Column("Status"), Column("Whose"), Column("Due"), *lost,
        Column("Change", "points"), Column("Kind"), Column("Best page"),
    ]  # fmt: skip
    rows = []
    for line in board.lines:
        deals = [line.lost.carrying if line.lost else None, line.lost.deals if line.lost else None] if lost else []
        best = line.coverage.matches[0].page.title if line.coverage.state not in ("not covered", "unknown") else ""
        rows.append((
            line.theme.name, line.priority.score, *rate_cells(line.volume),
            words.verdict(line.trend) if line.trend else "No dates", "; ".join(part.words for part in line.parts),
            words.COVERAGE[line.coverage.state],
            *_standing(line.note), *deals,
            line.trend.change.difference if line.trend else None, words.human(line.theme.kind), best,
        ))  # fmt: skip
    return Table("plan", "What to write next", tuple(columns), tuple(rows))


def _asked(asked: Sequence[Ask]) -> Table:
    columns = (Column("What is missing"), Column("Theme"), Column("Asked for by"), Column("On"))
    rows = tuple((one.words, one.theme, words.door(one.actor), words.day(one.at[:10])) for one in asked)
    return Table("asked", "Asked for by colleagues", columns, rows)


def _cells(board: Board) -> Table:
    columns = (
        Column("Theme"), Column("Persona"), Column("Step"), Column("Conversations", "count"),
        Column("Of those there", "count"),
        *rated("Share of all", count="Heard", of="Of all"), Column("Score", "number"), Column("Status"),
        Column("Whose"), Column("Due"),
    )  # fmt: skip
    rows = [
        (
            line.theme.name, words.human(cell.persona) if cell.persona else "All", words.human(cell.step),
            cell.volume.numerator,
            cell.here, *rate_cells(cell.volume), cell.priority.score,
            *_standing(cell.note),
        )
        for line in board.lines
        for cell in line.cells.values()
    ]  # fmt: skip
    return Table("cells", "The board, cell by cell", columns, tuple(rows))


def _standing(note: Note | None) -> tuple[str, str, str]:
    """How far it is, whose, and by when."""
    return (words.human(note.status), note.owner, words.month(note.due)) if note else ("", "", "")


def _chart(board: Board) -> Chart | None:
    top = [line for line in board.lines if not line.done][:CHARTED]
    if not top:
        return None
    shares = rate_series("Share of conversations", [line.volume for line in top])
    return Chart("How often the first ten are heard", "bar", tuple(line.theme.name for line in top), (shares,))

"""What to write next: themes by persona and step, each scored by how often it is heard, its trend, lost deals and gap.

What one would get wrong: a cell has its own volume, but trend, lost deals and coverage are the theme's: hardly any cell
holds enough conversations for a verdict of its own. Volumes are shares of all conversations, so thin cells stay low.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlite_utils import Database

from insights import priority, sampling, sentences, wording
from insights.periods import Period
from insights.priority import Lost, Priority
from insights.records import KINDS as EVERY_KIND
from insights.records import Kind
from insights.sampling import Rate, Sample
from insights.stages import STEPS, Step, plain, step_of
from insights.trends import Trend
from pipelines.planning import content
from pipelines.planning.content import Coverage
from pipelines.report import TrendReport, trend_report
from pipelines.reports import summary
from pipelines.reports.outcomes import outcome_report
from pipelines.store import content_pages, themes
from pipelines.store import plan as store
from pipelines.store.filters import Filters
from pipelines.store.plan import Note, Place
from pipelines.store.remembered import per_state
from pipelines.store.themes import Theme

KINDS: tuple[Kind, ...] = ("objection", "question")
YEAR = timedelta(days=365)
NO_STAGE = "\x00"  # a stage that no conversation has


@dataclass(frozen=True, slots=True)
class Cell:
    """A theme at one step (and with one persona, "" for all): in how many of all conversations it is heard there.

    `here` is how many conversations there are at that place at all. `stages` are the CRM's names of the step, the
    filter that finds its quotes; () where some of them have no stage at all, which no filter can name.
    """

    persona: str
    step: Step
    volume: Rate
    here: int
    stages: tuple[str, ...]
    priority: Priority
    note: Note | None


@dataclass(frozen=True, slots=True)
class Part:
    """A value of the customers' segment in which alone a theme changed, and that change in words."""

    field: str
    value: str
    trend: Trend
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A theme with all that its score rests on. `trend` is None where no conversation has a date; `lost` where nothing
    is known of outcomes. `parts` are segments in which it changed, though it did not as a whole; they are told beside
    the score and are not in it. `cells` are those in which it was heard, by persona ("" for all) and step. `pieces` are
    the notes that stand on it and its cells, whatever the filters, that for the whole theme first."""

    theme: Theme
    volume: Rate
    trend: Trend | None
    lost: Lost | None
    coverage: Coverage
    priority: Priority
    note: Note | None
    parts: tuple[Part, ...]
    cells: Mapping[tuple[str, Step], Cell]
    pieces: tuple[Note, ...] = ()

    @property
    def words(self) -> str:
        """What the score rests on in one line, and what moved in one segment alone."""
        return "; ".join((self.priority.words, *(part.words for part in self.parts)))

    @property
    def done(self) -> bool:
        """Whether somebody said that it is published, or dropped: it is not to be written next."""
        return self.note is not None and self.note.finished


@dataclass(frozen=True, slots=True)
class Board:
    """All lines, the most urgent first. `window` is the year that volumes count, None where nothing has a date;
    `report` holds the windows that trends compare. `steps` and `personas` are places with their conversations, the most
    frequent persona first; `unmapped` are stages that no step is known for; `waiting` passages have not been read."""

    lines: tuple[Line, ...]
    window: Period | None
    report: TrendReport | None
    conversations: int
    undated: int
    steps: tuple[tuple[Step, int], ...]
    personas: tuple[tuple[str, int], ...]
    unmapped: tuple[tuple[str, int], ...]
    pages: int
    waiting: int
    outcomes: bool


NOBODY, LATE = "-", "late"  # in place of an owner, and of a month


def pieces(board: Board, *, owner: str = "", due: str = "", today: date) -> Board:
    """The board with what is somebody's (NOBODY: nobody's yet) and due by a month ("2026-12") or LATE: its month is
    over and it is not finished."""

    def fits(note: Note) -> bool:
        late = bool(note.due) and note.due < today.isoformat()[:7] and not note.finished
        return owner in ("", note.owner or NOBODY) and (not due or (late if due == LATE else note.due == due))

    def kept(line: Line) -> bool:
        if owner == NOBODY and not due:
            return not any(note.owner for note in line.pieces)
        return any(map(fits, line.pieces))

    return replace(board, lines=tuple(filter(kept, board.lines))) if owner or due else board


def gaps(board: Board) -> Board:
    """The board with what no page of ours is known to answer yet, not even in part."""
    return replace(board, lines=tuple(line for line in board.lines if line.coverage.state not in ("covered", "partly")))


@per_state
def board(db: Database, filters: Filters, *, today: date, by: str = "") -> Board:
    """Score every active theme of the matching conversations; `by` "persona" gives each persona cells of its own."""
    kinds = [kind for kind in KINDS if filters.kind in ("", kind)] or list(KINDS)
    reports = [trend_report(db, filters, kind=kind, today=today) for kind in kinds]
    report = next((r for r in reports if r), None)
    window = _window(filters, report)
    here = within(filters, window)
    places = store.places(db, here)
    rows = [row for row in store.carried(db, here) if row["kind"] in kinds]
    known = {t.id: t for kind in kinds for t in themes.active(db, kind)}
    rows = [row for row in rows if row["theme_id"] in known]
    named = steps(db)
    heard = {row["theme_id"] for row in rows}
    covered = content.covered(db, heard)
    lost = {t: one for t, one in lost_deals(db, here, kinds=kinds, today=today).items() if t in known}
    trend = {row.theme_id: row.trend for r in reports if r for row in r.rows}
    notes = standing(notes_of(db))
    moved = parts(db, filters, today=today)
    count = Count(places, named)
    by_theme: dict[int, list[dict]] = defaultdict(list)
    for row in rows:
        by_theme[row["theme_id"]].append(row)
    lines = [
        _line(known[t], by_theme[t], count, trend.get(t), lost.get(t), covered[t], moved.get(t, ()), notes, by)
        for t in sorted(heard)
    ]
    lines.sort(key=lambda line: (-line.priority.score, -line.volume.numerator, line.theme.id))
    return Board(
        tuple(lines), window, report, count.total, report.undated if report else 0, count.by_step(), count.by_persona(),
        tuple((name, n) for name, n in store.stages(db).items() if name and named[name] == "unknown"),
        content_pages.count(db), content.waiting(db), bool(lost),
    )  # fmt: skip


def parts(db: Database, filters: Filters, *, today: date) -> dict[int, tuple[Part, ...]]:
    """In which segments alone themes changed: the very changes that the overview tells, with all kinds tested
    together."""
    # The overview's own reports, so that both say the same and nothing is worked out twice.
    found = [each for kind in EVERY_KIND if (each := trend_report(db, filters, kind=kind, today=today))]
    told: dict[int, tuple[Part, ...]] = defaultdict(tuple)
    for report, row in summary.claimed(summary.with_segments(db, found, today=today)):
        if row.split:
            one = Part(report.by, row.split, row.trend, sentences.among(wording.value(report.by, row.split), row.trend))
            told[row.theme_id] += (one,)
    return dict(told)


def steps(db: Database) -> dict[str, Step]:
    """The step of every stage that the conversations have; "" for those without one is unknown."""
    given: dict[str, Step] = {plain(name): one.step for name, one in store.steps(db).items()}
    return {name: step_of(name, given) for name in ["", *store.stages(db)]}


def stages_of(named: Mapping[str, Step], step: str) -> str:
    """The filter that finds a step's conversations, "" for every step."""
    if not step:
        return ""
    return ",".join(name for name, known in named.items() if known == step and name) or NO_STAGE


def lost_deals(db: Database, filters: Filters, *, kinds: Sequence[Kind], today: date) -> dict[int, Lost]:
    """How each theme goes with lost deals, as the outcomes report says it; {} where no deal is known to be lost and
    none won. Only what is lost more often beyond chance, among like deals and over all themes of its kind, has a
    bound."""
    found: dict[int, Lost] = {}
    for kind in kinds:
        report = outcome_report(db, filters, kind=kind, today=today)
        if not report.won or not report.lost:
            return {}
        for row in report.rows:
            one = row.association
            low = one.odds.low if one.standing == "lost more" else None
            found[row.theme_id] = Lost(one.with_it.numerator, report.lost, low)
    return found


def notes_of(db: Database) -> list[Note]:
    """Every note, the oldest first; those of a merged theme are its heir's."""
    heirs = themes.heirs(db)
    return [replace(n, theme_id=heirs.get(n.theme_id, n.theme_id)) for n in store.notes(db)]


def standing(notes: Sequence[Note]) -> dict[tuple[int, str, str], Note]:
    """The note that says how far each cell is: the last one that was not undone."""
    return {(n.theme_id, n.persona, n.step): n for n in notes if not n.undone_at}


class Count:
    """The conversations of the board, counted once for all cells."""

    def __init__(self, places: Sequence[Place], named: Mapping[str, Step]):
        self.named = named
        accounts = {p.id: p.account or f"\0{p.id}" for p in places}
        self.account = accounts
        self.sizes = Counter(accounts.values())
        self.sums = sampling.summed(self.sizes)
        self.total = len(accounts)
        self.at: dict[tuple[str, str], set[str]] = defaultdict(set)
        for p in places:
            step = named.get(p.stage, "unknown")
            for key in ((p.persona, step), ("", step), (p.persona, "")):
                self.at[key].add(p.id)

    def rate(self, ids: set[str]) -> Rate:
        """The share of all conversations that these are, with its interval widened by account."""
        return sampling.rate(Sample(Counter(self.account[i] for i in ids), self.sizes, self.sums))

    def by_step(self) -> tuple[tuple[Step, int], ...]:
        return tuple((step, len(self.at[("", step)])) for step in STEPS if self.at.get(("", step)))

    def by_persona(self) -> tuple[tuple[str, int], ...]:
        found = [(persona, len(ids)) for (persona, step), ids in self.at.items() if not step]
        return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _line(
    theme: Theme, rows: Sequence[dict], count: Count, trend: Trend | None, lost: Lost | None, covered: Coverage,
    moved: tuple[Part, ...], notes: Mapping[tuple[int, str, str], Note], by: str,
) -> Line:  # fmt: skip
    verdict = trend.verdict if trend else "too few"
    ids: dict[tuple[str, Step], set[str]] = defaultdict(set)
    names: dict[Step, set[str]] = defaultdict(set)
    for row in rows:
        step = count.named.get(row["stage"], "unknown")
        names[step].add(row["stage"])
        ids[("", step)].add(row["id"])
        if by == "persona":
            ids[(row["persona"], step)].add(row["id"])
    cells = {}
    for (persona, step), carrying in ids.items():
        volume = count.rate(carrying)
        linked = () if "" in names[step] else tuple(n for n, s in count.named.items() if s == step and n)
        cells[(persona, step)] = Cell(
            persona, step, volume, len(count.at[(persona, step)]), linked,
            priority.priority(volume, verdict, lost=lost, state=covered.state), notes.get((theme.id, persona, step)),
        )  # fmt: skip
    volume = count.rate({row["id"] for row in rows})
    scored = priority.priority(volume, verdict, lost=lost, state=covered.state)
    own = sorted((key, note) for key, note in notes.items() if key[0] == theme.id)
    pieces = tuple(note for _, note in own)
    return Line(theme, volume, trend, lost, covered, scored, notes.get((theme.id, "", "")), moved, cells, pieces)


def _window(filters: Filters, report: TrendReport | None) -> Period | None:
    """The year that ends with the newest conversation, or what the filters allow of time."""
    if report is None:
        return None
    start = date.fromisoformat(filters.since) if filters.since else report.as_of - YEAR + timedelta(days=1)
    return Period("", start, report.as_of, True)


def within(filters: Filters, window: Period | None) -> Filters:
    """The filters, narrowed to the days that the board counts."""
    if window is None:
        return filters
    return replace(filters, since=window.start.isoformat(), until=window.end.isoformat())

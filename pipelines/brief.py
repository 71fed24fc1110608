"""A brief for whoever writes: what to answer, in the buyers' own words, and how to see whether it helped.

Nothing is generated: every sentence is made from numbers, every quote is verbatim.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from sqlite_utils import Database

from insights import priority, publication, terms, trends, wording
from insights.periods import Period, window
from insights.priority import Priority
from insights.publication import Comparison, Heard
from insights.stages import Step
from insights.terms import Term
from insights.trends import FALSE_DISCOVERY_RATE, Rate
from pipelines import cells, plan
from pipelines.plan import Board, Line
from pipelines.report import FEW_CONVERSATIONS, HALF_YEAR_DAYS, QUARTER_DAYS
from pipelines.representatives import representatives
from pipelines.store import content_pages, insights, report_rows, themes, vectors
from pipelines.store import plan as store
from pipelines.store.content_pages import StoredPage
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.plan import Note
from pipelines.store.themes import Theme

QUOTES = 8
AROUND = 8
FEWEST_DAYS = 28  # after a publication, before it is looked at
NEAR_QUESTION = 0.45  # cosine of a buyer's question to an objection from which on it asks about that
MOST_QUESTIONS = 400


@dataclass(frozen=True, slots=True)
class Beside:
    """A theme or competitor heard in the same conversations: in `both` of those with the theme, and in `other` of the
    `others` without it. `more` says that this is more than chance, over all that were compared."""

    theme: Theme
    both: int
    other: int
    others: int
    more: bool


@dataclass(frozen=True, slots=True)
class Published:
    """What happened around a publication. `before` and `after` are as long as each other; `elapsed` of `days` days have
    passed. `comparison` is None while it is too early, until `when`."""

    note: Note
    page: StoredPage | None
    days: int
    elapsed: int
    before: Period
    after: Period
    comparison: Comparison | None
    when: date
    covered: bool

    @property
    def unfinished(self) -> bool:
        return self.elapsed < self.days


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything for one theme, or one cell of it (`persona` and `step` "" for all).

    `volume` and `priority` are the cell's. `question` is what to answer, in a buyer's words. `filters` find its quotes.
    """

    line: Line
    persona: str
    step: Step | str
    volume: Rate
    priority: Priority
    question: Quote | None
    quotes: tuple[Quote, ...]
    terms: tuple[Term, ...]
    around: tuple[Beside, ...]
    competitors: tuple[Beside, ...]
    personas: tuple[tuple[str, int], ...]
    steps: tuple[tuple[str, int], ...]
    done_when: tuple[str, ...]
    published: tuple[Published, ...]
    notes: tuple[Note, ...]
    board: Board
    filters: Filters
    counts: dict[str, int]
    pages: tuple[StoredPage, ...]


def brief(
    db: Database, filters: Filters, *, today: date, theme_id: int, persona: str = "", step: str = ""
) -> Brief | None:
    """The brief of a theme or of one cell; None where the theme is not heard in what matches. Raises UnknownTopic."""
    theme = cells.topic(db, theme_id)
    board = plan.board(db, replace(filters, theme="", kind=theme.kind), today=today)
    line = next((one for one in board.lines if one.theme.id == theme_id), None)
    if line is None:
        return None
    named = plan.steps(db)
    within = plan.within(filters, board.window)
    here = replace(
        within, theme=str(theme_id), kind="", persona=persona or filters.persona,
        stage=plan.stages_of(named, step) or filters.stage,
    )  # fmt: skip
    rows = store.carried(db, here)
    places = store.places(db, replace(within, theme="", kind=""))
    count = plan.Count(places, named)
    volume = count.rate({row["id"] for row in rows})
    verdict = line.trend.verdict if line.trend else "too few"
    said = store.said(db, here)
    notes = tuple(n for n in plan.notes_of(db) if n.theme_id == theme_id)
    standing = [n for n in notes if n.status == "published" and not n.undone_at and n.day]
    return Brief(
        line, persona, step, volume, priority.priority(volume, verdict, lost=line.lost, state=line.coverage.state),
        _question(db, theme, here), tuple(representatives(db, here, limit=QUOTES)),
        terms.buyers_terms([r["text"] for r in said], [r["account"] for r in said], content_pages.texts(db)),
        _beside(db, replace(here, theme=""), rows, ("objection", "question"), theme_id),
        _beside(db, replace(here, theme=""), rows, ("competitor",), theme_id),
        _split(rows, "persona", None), _split(rows, "stage", named), tuple(_done_when(volume, board)),
        tuple(_published(db, filters, today, n) for n in standing), notes, board, here, insights.count(db, here),
        tuple(content_pages.pages(db)),
    )  # fmt: skip


def _question(db: Database, theme: Theme, here: Filters) -> Quote | None:
    """The question that stands for a theme: its own most typical quote, or for an objection what buyers ask about it in
    the same conversations."""
    if theme.kind == "question":
        return next(iter(representatives(db, here, limit=1)), None)
    shape = themes.shapes(db, [theme.id]).get(theme.id)
    if shape is None:
        return None
    ids = insights.surest(db, replace(here, theme="", kind="question"), an_account=3, limit=MOST_QUESTIONS)
    rows, found = vectors.of_insights(db, vectors.encoder(db), ids)
    if not rows:
        return None
    near = found @ shape[0]
    at = int(near.argmax())
    return insights.get(db, rows[at]["id"]) if near[at] >= NEAR_QUESTION else None


def _beside(
    db: Database, here: Filters, rows: Sequence[dict], kinds: Sequence[str], theme_id: int
) -> tuple[Beside, ...]:
    """What is heard in the same conversations, the most frequent first, told apart from chance by Fisher's exact test."""
    carrying = {row["id"] for row in rows}
    everywhere = {e.id for e in report_rows.conversations(db, here)}
    heard: dict[int, set[str]] = defaultdict(set)
    for row in store.carried(db, replace(here, kind="")):
        if row["kind"] in kinds and row["theme_id"] != theme_id:
            heard[row["theme_id"]].add(row["id"])
    known = {t.id: t for kind in kinds for t in themes.active(db, kind)}
    others = len(everywhere - carrying)
    found = [(t, len(ids & carrying), len(ids - carrying)) for t, ids in heard.items() if t in known and ids & carrying]
    tests = [_more(both, len(carrying), other, others) for _, both, other in found]
    q = trends.adjusted(tests)
    result = [
        Beside(known[t], both, other, others, p is not None and p <= FALSE_DISCOVERY_RATE)
        for (t, both, other), p in zip(found, q, strict=True)
    ]
    return tuple(sorted(result, key=lambda one: (-one.both, one.theme.id))[:AROUND])


def _more(both: int, n: int, other: int, others: int) -> float | None:
    if both + other < trends.FEWEST_CASES or not others:
        return None
    from scipy.stats import fisher_exact

    return float(fisher_exact([[both, n - both], [other, others - other]], alternative="greater").pvalue)


def _split(rows: Sequence[dict], field: str, named: dict[str, Step] | None) -> tuple[tuple[str, int], ...]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        value = row[field] if named is None else named.get(row[field], "unknown")
        found[value or "unknown"].add(row["id"])
    return tuple(sorted(((v, len(ids)) for v, ids in found.items()), key=lambda pair: (-pair[1], pair[0])))


def _done_when(volume: Rate, board: Board) -> list[str]:
    """How to see that the page did its work, from today's numbers."""
    if not volume.numerator or volume.low is None or board.window is None:
        return ["There are too few dated conversations to say when it is done."]
    share = volume.share or 0.0
    needed = trends.conversations_needed(share / 2, difference=share / 2)
    days = (board.window.end - board.window.start).days + 1
    pace = volume.denominator / days
    months = ceil(needed / max(pace, 1e-9) / 30.4)
    return [
        f"Heard in {volume.numerator:,} of {volume.denominator:,} conversations ({wording.percent(share)}, 95 % interval "
        f"{wording.interval(volume)}) in {wording.span(board.window)}.",
        f"It worked if, some time after the page is out, the share is below {wording.percent(volume.low)}, the lower end of "
        "today's interval, and fell by more than all other themes did.",
        f"A fall by half would show from {wording.plural(needed, 'conversation')} before and as many after: about "
        f"{wording.plural(months, 'month')} at your present pace.",
    ]  # fmt: skip


def _published(db: Database, filters: Filters, today: date, note: Note) -> Published:
    """Two equal windows around a publication, within the note's own cell."""
    named = plan.steps(db)
    open_ended = replace(
        filters, since="", until="", theme="", kind="", persona=note.persona or filters.persona,
        stage=plan.stages_of(named, note.step) or filters.stage,
    )  # fmt: skip
    exposures = [e for e in report_rows.conversations(db, open_ended) if e.day and e.day <= today.isoformat()]
    day = date.fromisoformat(note.day)
    as_of = date.fromisoformat(max((e.day for e in exposures), default=note.day))
    recent = sum(e.day > (as_of - timedelta(days=QUARTER_DAYS)).isoformat() for e in exposures)
    days = QUARTER_DAYS if recent >= FEW_CONVERSATIONS else HALF_YEAR_DAYS
    elapsed = min(days, (as_of - day).days + 1)
    length = max(1, elapsed)
    before, after = window(day - timedelta(days=1), length), window(day + timedelta(days=length - 1), length)
    page = content_pages.by_key(db, note.key) if note.key else None
    first = min((e.day for e in exposures), default="")
    covered = bool(first) and first <= before.start.isoformat()
    when = day + timedelta(days=FEWEST_DAYS - 1)
    if elapsed < FEWEST_DAYS:
        return Published(note, page, days, max(0, elapsed), before, after, None, when, covered)
    carried: dict[str, set[int]] = defaultdict(set)
    span = replace(open_ended, since=before.start.isoformat(), until=after.end.isoformat())
    theme = themes.get(db, note.theme_id)
    for row in store.carried(db, span):
        if theme and row["kind"] == theme.kind:
            carried[row["id"]].add(row["theme_id"])
    heard = [
        Heard(e.id, e.account, e.day >= note.day, note.theme_id in carried[e.id], len(carried[e.id] - {note.theme_id}))
        for e in exposures
        if before.start.isoformat() <= e.day <= after.end.isoformat()
    ]
    return Published(note, page, days, elapsed, before, after, publication.compare(heard), when, covered)


def told(one: Published, name: str) -> tuple[str, ...]:
    """What may be said about a publication, in sentences."""
    page = f"“{one.page.title}”" if one.page else "The page"
    said = [f"{page} was published on {wording.day(one.note.day)}."]
    if one.comparison is None:
        since = wording.plural(one.elapsed, "day") + " of conversations since"
        return (*said, f"Too early to compare: {since}. Look again after {wording.day(one.when)}.")
    trend, beyond = one.comparison.trend, one.comparison.beyond
    if one.unfinished:
        said.append(
            f"The time after is not over: {one.elapsed} of {one.days} days. Both windows are {one.elapsed} days long until it is."
        )
    if not one.covered:
        said.append("The conversations do not reach back over the whole time before; read the comparison with care.")
    said.append(
        f"“{name}” was heard in {trend.previous.numerator:,} of {trend.previous.denominator:,} conversations before "
        f"({wording.percent(trend.previous.share)}) and in {trend.current.numerator:,} of {trend.current.denominator:,} after "
        f"({wording.percent(trend.current.share)}): {wording.change(trend.change)}."
    )  # fmt: skip
    said.append(_verdict(one.comparison))
    if beyond.difference is not None and beyond.expected is not None:
        apart = "above" if beyond.difference > 0 else "below"
        sure = "" if beyond.low is not None and beyond.high is not None and (beyond.low > 0 or beyond.high < 0) else (
            " The interval holds no difference at all."
        )  # fmt: skip
        said.append(
            f"Had it moved as all other themes together, it would be at {wording.percent(max(0.0, beyond.expected))}: it is "
            f"{abs(100 * beyond.difference):.1f} points {apart} that ({wording.points(beyond.low)} to {wording.points(beyond.high)}).{sure}"
        )  # fmt: skip
    return (*said, "This is what went together in time, not what the page caused.")


def _verdict(found: Comparison) -> str:
    trend = found.trend
    if trend.verdict in ("falling", "gone"):
        return "It fell, by more than chance would explain."
    if trend.verdict in ("rising", "new"):
        return "It rose, by more than chance would explain."
    if trend.verdict == "steady":
        return "It stayed as it was: a change of 10 points or more is ruled out."
    needed = f" To see it fall by half, each window needs {found.needed:,} conversations." if found.needed else ""
    return f"Too few to say: {trend.reason}.{needed}"

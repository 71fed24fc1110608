"""What the competition report shows, as one value; HTML, JSON, files and the terminal are renderings of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from sqlite_utils import Database

from api import charts
from api.errors import NotFound
from api.views import annotation as annotation_views
from api.views.annotation import Notes
from api.views.bars import Bar, bar
from api.wording import words
from insights.rivalry import NOT_NAMED, TELLING
from pipelines.reports import annotations, competition_story
from pipelines.reports.competition import NO_DECISION, base_filters, competition
from pipelines.reports.competition_figures import Competition, First, Flow, Near, Stand, Voice
from pipelines.store import insights, themes
from pipelines.store.filters import Filters, joined
from pipelines.store.insights import Place, Quote
from pipelines.themes.representatives import of_rival

WIDE, NARROW = 1000, 330
MOST_CHARTED = 6
FEWEST_SHOWN = 3
QUOTES_A_PAGE = 25
MOST_SAID, MOST_BESIDE = 6, 4  # quotes of a chosen rival


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of deals that opens its quotes; "" is no key: there is nothing to open."""

    deals: int
    key: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of counts that add up: `rows` are (name, cells parallel to `columns`, total)."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...], int], ...]
    totals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What buyers say of the one rival that is chosen: sentences that say something about it, what they object to right
    beside it, and sentences that merely name it."""

    told: tuple[Quote, ...]
    beside: tuple[Quote, ...]
    named: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class CompetitionPage:
    """The report with what only a page needs. `params` are what its links carry, `extra` its own parameters, `themes`
    the pages of competitors by name."""

    bar: Bar
    report: Competition | None
    step: str
    days: int | None
    params: dict[str, str]
    extra: dict[str, object]
    summary: tuple[str, ...]
    to_do: tuple[tuple[str, str], ...]
    wide: str
    narrow: str
    scale: float
    stands: tuple[tuple[str, tuple[Stand, ...]], ...]
    still: tuple[tuple[str, tuple[Stand, ...]], ...]
    moves: tuple[Grid, ...]
    deals: tuple[Grid, ...]
    near: tuple[Near, ...]
    rare: tuple[Near, ...]
    stages: Grid | None
    speakers: Grid | None
    notes: Notes
    themes: dict[str, int]
    said: Said | None


@dataclass(frozen=True, slots=True)
class CellPage:
    """The quotes that one figure was counted from. `params` lead back to the report."""

    title: str
    bar: Bar
    params: dict[str, str]
    extra: dict[str, object]
    key: str
    quotes: tuple[Quote, ...]
    total: int
    conversations: int
    accounts: int
    place: int
    more: bool


def page(db: Database, filters: Filters, today: date, *, step: str, days: int | None, noted: str = "") -> CompetitionPage:  # fmt: skip
    report = competition(db, filters, today=today, step=step, days=days)
    own = base_filters(filters)
    kept = replace(own, competitor=filters.competitor)
    wide, narrow, scale = "", "", 0.1
    on_it = annotations.of_report(db, report.time) if report and report.time else annotations.NOTHING
    notes = annotation_views.of(db, on_it, kind="competitor", done=noted)
    if report and report.time and report.voices:
        shown = [v.row for v in report.voices if v.voice is not None][:MOST_CHARTED]
        if shown:
            wide, narrow = (
                charts.themes(report.time, shown, width=width, columns=columns, marks=notes.marks)
                for width, columns in ((WIDE, 3), (NARROW, 1))
            )
        scale = _scale(report.voices)
    return CompetitionPage(
        bar(db, kept), report, step, days, kept.active, {"step": step, "days": days or ""},
        tuple(competition_story.summary(report)) if report else (),
        tuple(competition_story.to_do(report)) if report else (), wide, narrow, scale,
        *(_grouped(report.stands) if report else ((), ())), _flows(report, "windows"), _flows(report, "deal"),
        *_near(report),
        _grid(report.stages, "Stage") if report else None, _grid(report.speakers, "Side", competition_story.SIDES) if report else None,
        notes, {one.name: one.id for one in themes.active(db, "competitor")},
        _said(db, report, kept) if report and kept.competitor else None,
    )  # fmt: skip


def _said(db: Database, report: Competition, filters: Filters) -> Said:
    told, named = of_rival(db, filters)
    beside: list[Quote] = []
    objections = [one for one in report.near if one.kind == "objection"]  # the most frequent first
    for one in objections[:MOST_BESIDE]:
        quotes = (insights.get(db, i) for i in report.evidence[one.key])
        beside += islice((quote for quote in quotes if quote and quote.kind == "objection" and quote not in beside), 1)
    return Said(told[:MOST_SAID], tuple(beside), named)


def cell(db: Database, filters: Filters, today: date, *, key: str, step: str, days: int | None, place: int) -> CellPage:
    """Raises NotFound for a figure that the report does not have with these filters."""
    found = behind(db, filters, today, key=key, step=step, days=days)
    ids = [one.id for one in found[place * QUOTES_A_PAGE : (place + 1) * QUOTES_A_PAGE]]
    known = insights.several(db, ids)
    shown = [known[one] for one in ids if one in known]
    kept = replace(base_filters(filters), competitor=filters.competitor)
    return CellPage(
        title(key), bar(db, kept), kept.active, {"step": step, "days": days or ""}, key, tuple(shown), len(found),
        len({one.conversation for one in found}), len({one.account for one in found}), place,
        len(found) > (place + 1) * QUOTES_A_PAGE,
    )  # fmt: skip


def behind(db: Database, filters: Filters, today: date, *, key: str, step: str, days: int | None) -> list[Place]:
    """Where the quotes stand that a figure was counted from, the newest first. Raises NotFound for one that the report
    does not have."""
    report = competition(db, filters, today=today, step=step, days=days)
    if report is None or key not in report.evidence:
        raise NotFound("figure", key)
    return insights.places(db, report.evidence[key])


def title(key: str) -> str:
    """What a figure is about, in words."""
    kind, *parts = key.split("~")
    rival, rest = parts[0], parts[1:]
    match kind:
        case "state":
            return f"{rival}, {state(rest[-1]).lower()}: deals of the current window"
        case "before":
            return f"{rival}, {state(rest[-1]).lower()}: deals of the window before"
        case "now":
            return f"{rival}, {state(rest[-1]).lower()}: all deals that stand so by now"
        case "flow":
            over = "from first to last mention" if rest[0] == "deal" else "from the window before to the current one"
            return f"{rival}: {state(rest[1]).lower()} → {state(rest[2]).lower()}, {over}"
        case "stage":
            return f"{rival} first named in: {rest[-1] or 'a stage that is not known'}"
        case "voice":
            return f"{rival} first named: {competition_story.SIDES[rest[-1]].lower()}"
        case "with":
            return f"{words.label(rest[-1])} in conversations that name {rival}"
        case "near":
            return f"{words.label(rest[-1])} ({rest[-2]}) right beside {rival}"
        case "compared":
            better = "us" if rest[0] == "us" else rest[0]
            return f"Sentences that call {better} better ({competition_story.ASPECTS[rest[-1]]}), beside {rival}"
        case "conflict":
            return f"{rival}: two states told in one conversation"
    return f"{rival} in deals that {'are' if kind == 'open' else 'were'} {kind}"


def state(name: str) -> str:
    return name.capitalize() if name == NOT_NAMED else words.human(name)


def quotes_link(view: CompetitionPage, voice: Voice, start: str = "", end: str = "") -> str:
    """The quotes that a row of the share of voice counts."""
    what = (
        {"kind": "objection", "label": "status_quo"}
        if voice.name == NO_DECISION
        else {"kind": "competitor", "competitor": joined(voice.names)}
    )
    span = {"since": start or view.params.get("since"), "until": end or view.params.get("until")}
    return words.link("/quotes", view.params, **{"competitor": None, **what, **span})


def _scale(voices: Sequence[Voice]) -> float:
    highs = [v.row.trend.current.high or 0.0 for v in voices if v.row.trend.current.numerator]
    return min(1.0, max(1, -(-max(highs, default=0.1) // 0.1)) / 10)


def _near(report: Competition | None) -> tuple[tuple[Near, ...], tuple[Near, ...]]:
    """What stands beside a rival in several deals, the most deals first; then the rest. All of it where it is
    little."""
    rows = sorted(report.near if report else (), key=lambda n: -(n.won + n.lost + n.open))
    often = [n for n in rows if n.won + n.lost + n.open >= FEWEST_SHOWN]
    return (tuple(often), tuple(rows[len(often) :])) if often else (tuple(rows), ())


Group = tuple[str, tuple[Stand, ...]]


def _grouped(stands: Sequence[Stand]) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """The states of each rival: first of those of which something can be said, or of all where that is none; then the
    others'."""
    groups = [(r, tuple(s for s in stands if s.rival == r)) for r in dict.fromkeys(s.rival for s in stands)]
    moved = tuple(g for g in groups if any(s.trend.verdict != "too few" for s in g[1]))
    return (moved, tuple(g for g in groups if g not in moved)) if moved else (tuple(groups), ())


def _flows(report: Competition | None, over: str) -> tuple[Grid, ...]:
    if report is None:
        return ()
    order = list(dict.fromkeys(s.rival for s in report.stands))
    flows = [f for f in report.flows if f.over == over]
    return tuple(_matrix(rival, mine) for rival in order if (mine := [f for f in flows if f.rival == rival]))


def _matrix(rival: str, flows: Sequence[Flow]) -> Grid:
    known = (NOT_NAMED, *TELLING)
    before = [s for s in known if any(f.first == s for f in flows)]
    after = [s for s in known if any(f.last == s for f in flows)]
    cells = {(f.first, f.last): Cell(f.deals, f.key) for f in flows}
    none = Cell(0, "")
    rows = tuple(
        (state(a), tuple(cells.get((a, b), none) for b in after), sum(f.deals for f in flows if f.first == a))
        for a in before
    )
    return Grid(rival, tuple(map(state, after)), rows, tuple(sum(f.deals for f in flows if f.last == b) for b in after))


def _grid(firsts: Sequence[First], title: str, named: dict[str, str] | None = None) -> Grid | None:
    if not firsts:
        return None
    totals: dict[str, int] = {}
    for f in firsts:
        totals[f.value] = totals.get(f.value, 0) + f.deals
    values = sorted(totals, key=lambda v: (not v, v == "unknown", -totals[v], v))
    cells = {(f.rival, f.value): Cell(f.deals, f.key) for f in firsts}
    of = {f.rival: f.of for f in firsts}
    none = Cell(0, "")
    return Grid(
        title, tuple((named or {}).get(v, v) or "Not known" for v in values),
        tuple((r, tuple(cells.get((r, v), none) for v in values), n) for r, n in of.items()),
        tuple(totals[v] for v in values),
    )  # fmt: skip

"""The competition report as a Document: the story, then every table with its numerators, intervals and states."""

from collections.abc import Sequence

from sqlite_utils import Database

from api.documents.parts import counted, filtered, happened, marked, quoted, scoped
from api.exports.document import (
    Cell,
    CellKind,
    Chart,
    Column,
    Document,
    Quoted,
    Section,
    Table,
    rate_cells,
    rate_series,
    rated,
)
from api.wording import words
from pipelines.reports import annotations
from pipelines.reports import competition_story as story
from pipelines.reports.annotations import Noted
from pipelines.reports.competition_figures import Competition, Voice

MOST_CHARTED = 6
MOST_QUOTES = 4
DETAILS = ("Reason", "First named", "Conversations", "Accounts", "q")
_CHANGE: tuple[tuple[str, CellKind], ...] = (("Change", "points"), ("Change low", "points"), ("Change high", "points"))


def document(db: Database, report: Competition) -> Document:
    """The whole report; quotes are of what moved."""
    time = report.time
    about = [
        ("Compared", words.windows(time)) if time else ("Compared", "nothing: no conversation has a usable date"),
        ("Conversations", words.number(report.conversations)),
        ("Deals", f"{report.deals:,}, of which {report.closed:,} closed"),
        ("Filters", filtered(report.filters)),
    ]
    noted = annotations.of_report(db, time) if time else annotations.NOTHING
    sections = (
        _voice(report, noted), *(happened(time, noted) if time else ()), _stands(db, report), _flows(report),
        _conflicts(report), _firsts(report), _wins(report), _near(report),
        _compared(report), _together(report), _proposed(report),
    )  # fmt: skip
    steps = tuple(sentence for sentence, _ in story.to_do(report))
    about += [("Note", note.text) for note in noted.pinned]
    return scoped(Document(
        "Competitors in deals", f"parley-competition-{time.as_of.isoformat()}" if time else "parley-competition",
        time.as_of.isoformat() if time else "", tuple(about),
        (*(s for s in sections if s), *((Section("What to do next", steps),) if steps else ())),
        tuple(story.summary(report)), story.NOTES,
    ), report.filters)  # fmt: skip


def _columns(*parts: str | tuple[str, CellKind] | Column) -> tuple[Column, ...]:
    named = [(part, "text") if isinstance(part, str) else part for part in parts]
    return tuple(one if isinstance(one, Column) else Column(*one, detail=one[0] in DETAILS) for one in named)  # type: ignore[arg-type]


def _voice(report: Competition, noted: Noted) -> Section:
    columns = _columns(
        "Name", "Kind", "Verdict", "Reason", *rated("Share of all"), *rated("Before"), *_CHANGE,
        *rated("Share of voice"), *rated("Share of voice before"), ("First named", "day"),
        ("Conversations", "count"), ("Accounts", "count"),
    )  # fmt: skip
    rows = []
    for v in report.voices:
        t = v.row.trend
        change = (t.change.difference, t.change.low, t.change.high)
        rows.append((
            v.name, kind(v), words.verdict(t), t.reason, *rate_cells(t.current), *rate_cells(t.previous), *change,
            *rate_cells(v.voice), *rate_cells(v.voice_before), v.first or None, v.conversations, v.accounts,
        ))  # fmt: skip
    table = Table("voice", "Who is named", columns, tuple(rows))
    chart = _chart(report, noted)
    notes = (
        *([counted(chart, "conversations")] if chart else []),
        f"Share of voice is of the {report.named} conversations ({report.named_before} before) that name any alternative.",
    )
    return Section(
        "Who is named: share of all conversations", table=table, chart=chart, notes=notes,
        finding="".join(story.summary(report)[:1]),
    )  # fmt: skip


def _quoted(db: Database, ids: Sequence[str]) -> tuple[Quoted, ...]:
    """The quotes with the rest of their sentences: a name alone says little."""
    return quoted(db, ids)


def kind(voice: Voice) -> str:
    if not voice.vendor:
        return "no vendor"
    return "in the catalogue" if voice.listed else "not in the catalogue"


def _chart(report: Competition, noted: Noted) -> Chart | None:
    shown = [v for v in report.voices if v.voice is not None][:MOST_CHARTED]
    if report.time is None or not shown:
        return None
    series = tuple(rate_series(v.name, v.row.series) for v in shown)
    periods = report.time.periods
    labels = tuple(words.period(p, report.time.step) for p in periods)
    return Chart(
        "Share of all conversations",
        "line",
        labels,
        series,
        unfinished=not periods[-1].complete,
        marks=marked(report.time, noted),
    )


def _stands(db: Database, report: Competition) -> Section | None:
    if not report.stands:
        return None
    columns = _columns(
        "Rival", "State", "Verdict", "Reason", *rated("Of its deals"), *rated("Before"), *_CHANGE,
        ("Won", "count"), ("Lost", "count"), ("Open", "count"), ("By now", "count"),
    )  # fmt: skip
    rows = tuple(
        (
            s.rival, words.human(s.state), words.verdict(s.trend), s.trend.reason, *rate_cells(s.trend.current),
            *rate_cells(s.trend.previous), s.trend.change.difference, s.trend.change.low, s.trend.change.high, s.won,
            s.lost,
            s.open, s.now,
        )
        for s in report.stands
    )  # fmt: skip
    moved = [s for s in report.stands if s.trend.verdict in ("rising", "new")]
    ids = [i for s in moved for i in report.evidence[s.key][:MOST_QUOTES]][:MOST_QUOTES]
    return Section(
        "How it moves: where each stands in the deals that name it", tuple(story.movement(report)),
        Table("states", "States", columns, rows), quotes=_quoted(db, ids),
    )  # fmt: skip


def _flows(report: Competition) -> Section | None:
    if not report.flows:
        return None
    columns = _columns("Rival", "Over", "From", "To", ("Deals", "count"))
    over = {"deal": "first to last mention", "windows": "window before to current"}
    rows = tuple((f.rival, over[f.over], words.human(f.first), words.human(f.last), f.deals) for f in report.flows)
    return Section("Deals that moved", table=Table("flows", "Flows", columns, rows))


def _conflicts(report: Competition) -> Section | None:
    if not report.conflicts:
        return None
    columns = _columns("Rival", "Account", ("Day", "day"), "Taken as", "Also told as")
    rows = tuple(
        (c.rival, c.account, c.day or None, words.human(c.taken), words.human(c.other)) for c in report.conflicts
    )
    return Section("Two states told at once", table=Table("conflicts", "Conflicts", columns, rows))


def _firsts(report: Competition) -> Section | None:
    if not report.stages:
        return None
    columns = _columns("Rival", "First by", "Value", ("Deals", "count"), ("Of", "count"))
    stages = [(f.rival, "stage", f.value or "not known", f.deals, f.of) for f in report.stages]
    sides = [(f.rival, "side", story.SIDES[f.value], f.deals, f.of) for f in report.speakers]
    return Section(
        "When it comes up, and who says it first", table=Table("first", "First mention", columns, (*stages, *sides))
    )


def _wins(report: Competition) -> Section:
    columns = _columns(
        "Named in the deal", "What can be said", *rated("Win rate"), ("Against none", "points"), ("Low", "points"),
        ("High", "points"), ("Won", "count"), ("Lost", "count"), ("Open", "count"), *rated("Named alone"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for w in report.wins:
        c = w.rate.against
        against = (None, None, None) if w.rate.more else (c.difference, c.low, c.high)
        rows.append((
            w.name, story.said_of_win(w), *rate_cells(w.rate.rate), *against, w.rate.won, w.rate.lost, w.rate.open,
            *rate_cells(w.rate.alone),
        ))  # fmt: skip
    base = report.without
    rows.append((
        "No rival named", "what the others are held against", *rate_cells(base), None, None, None, base.numerator,
        base.denominator - base.numerator, None, *rate_cells(None),
    ))  # fmt: skip
    return Section(
        "Where we win and lose", tuple(story.endings(report)), Table("wins", "Win rates", columns, tuple(rows))
    )


def _near(report: Competition) -> Section | None:
    if not report.near:
        return None
    columns = _columns(
        "Rival", "Kind", "Said beside it", ("Deals won", "count"), ("Lost", "count"), ("Open", "count"),
        ("Quotes", "count")
    )  # fmt: skip
    rows = tuple(
        (n.rival, n.kind, words.label(n.label), n.won, n.lost, n.open, len(report.evidence[n.key])) for n in report.near
    )
    return Section("Said right beside a rival", table=Table("beside", "Beside", columns, rows))


def _compared(report: Competition) -> Section | None:
    if not report.compared:
        return None
    columns = _columns("Beside", "Called better", "In what", ("Deals", "count"))
    rows = tuple((c.rival, c.favours, story.ASPECTS[c.aspect], c.deals) for c in report.compared)
    return Section("Sentences that compare us", table=Table("compared", "Compared", columns, rows))


def _together(report: Competition) -> Section | None:
    if not report.together:
        return None
    columns = _columns(
        "Rival", "Objections of the label", "Most of them in the theme", "Certain", *rated("With the rival"),
        *rated("Without"),
        ("Difference", "points"), ("Low", "points"), ("High", "points"), ("Times as often", "ratio"), ("q", "number"),
    )  # fmt: skip
    rows = tuple(
        (
            p.found.rival, words.label(p.found.label), p.theme, "yes" if p.found.clear else "no", *rate_cells(p.found.with_rival),
            *rate_cells(p.found.without), p.found.change.difference, p.found.change.low, p.found.change.high, p.found.lift,
            p.found.change.q,
        )
        for p in report.together
    )  # fmt: skip
    return Section("Objections in the same conversations", table=Table("together", "Together", columns, rows))


def _proposed(report: Competition) -> Section | None:
    if not report.proposed:
        return None
    columns = (Column("Name"), Column("Conversations", "count"), Column("Accounts", "count"))
    note = f"{report.proposals} names wait for a word, the first of them here. They are in no figure above."
    return Section(
        "Names that the catalogue lacks", table=Table("proposed", "Proposed", columns, report.proposed), notes=(note,)
    )

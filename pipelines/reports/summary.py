"""What changed, chosen and told: at most a few changes, each with its sentences, its quotes and its address."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlite_utils import Database

from insights import sentences, wording
from insights.estimates import Estimate
from insights.periods import Period
from insights.records import KINDS
from insights.sentences import Evidence, Told
from insights.wording import span
from pipelines.report import TALKS, Row, Subject, TrendReport, Windows, by_frequency, trend_report
from pipelines.reviews import precision
from pipelines.store import erasures, insights, report_rows
from pipelines.store.filters import Filters

MOST = 5
QUOTES = 2
LOOKED = 12  # sure quotes, each of another account, among which whole sentences are looked for
CLAIMS = ("rising", "falling", "new", "gone")
NOUNS = {"objection": "objection theme", "question": "question theme", "competitor": "competitor", "tracker": "tracker"}


@dataclass(frozen=True, slots=True)
class Story:
    """One change: whose it is, in words, the ids of two quotes from different accounts, and the page that shows it.

    `split` is {field: value} where it is a change in one value alone.
    """

    kind: Subject
    theme_id: int
    name: str
    verdict: str
    told: Told
    quotes: tuple[str, ...]
    path: str
    split: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentences(self) -> tuple[str, ...]:
        return self.told.sentences


@dataclass(frozen=True, slots=True)
class Alone:
    """What a theme does in one segment ({field: value}) that is looked at by itself, as a sentence."""

    split: Mapping[str, str]
    told: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a report says in short: an opening sentence, the surest changes, and how many more there are.

    `current` and `previous` are None where nothing has a date. `changed` are the themes (kind, id) of all changes, told
    or not. `forgotten` says that somebody was forgotten in the current window, "" where nobody was; it ends the opening
    too.
    """

    current: Period | None
    previous: Period | None
    opening: tuple[str, ...]
    stories: tuple[Story, ...]
    more: int
    changed: frozenset[tuple[Subject, int]] = frozenset()
    forgotten: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The opening and what each change is, without its grounds."""
        return (*self.opening, *(story.told.what for story in self.stories))


def changes(
    db: Database, filters: Filters, *, today: date, limit: int = MOST, kinds: Sequence[Subject] = KINDS,
    days: int | None = None, windows: Windows = "rolling",
) -> Summary:  # fmt: skip
    """The surest and largest changes over these kinds of theme, `limit` at most, in the windows of a report."""
    every = (trend_report(db, filters, kind=kind, today=today, days=days, windows=windows) for kind in kinds)
    found = [report for report in every if report]
    return of_reports(db, with_segments(db, found, today=today), limit=limit)


def of_reports(db: Database, reports: Sequence[TrendReport], *, limit: int = MOST) -> Summary:
    """The same for reports that are there already; those that are split say in which value something changed.

    A split row is told only where its theme is not said to change as a whole.
    """
    told = claimed(reports)
    sizes = {
        split: sum(
            row.trend.change.p is not None for report in reports if bool(report.by) == split for row in report.rows
        )
        for split in (False, True)
    }
    several = len({report.kind for report in reports}) > 1
    right = precision.of_themes(db) if told else {}
    stories = tuple(
        _story(db, report, row, right, tested=sizes[bool(report.by)] if several else 0) for report, row in told[:limit]
    )
    current, previous = (reports[0].current, reports[0].previous) if reports else (None, None)
    alone = Counter(kind for kind, _ in {(report.kind, row.theme_id) for report, row in told if report.by})
    openings = tuple(_opening(report, alone[report.kind]) for report in reports if not report.by)
    gone = _forgotten(db, reports[0]) if reports else ""
    return Summary(
        current, previous, (*openings, gone) if gone else openings, stories, max(0, len(told) - limit),
        frozenset((report.kind, row.theme_id) for report, row in told),
        gone,
    )  # fmt: skip


def charted(report: TrendReport, stories: Sequence[Story], *, most: int) -> tuple[tuple[Row, ...], int]:
    """The rows to draw, what is said to have changed first and then the most frequent, and how many of them changed."""
    first: list[Row] = []
    for story in stories:
        first += [
            row for row in report.rows
            if (story.kind, story.theme_id) == (report.kind, row.theme_id)
            and (not report.by or row.split in story.split.values())
        ]  # fmt: skip
    rest = sorted((row for row in report.rows if row not in first), key=by_frequency)
    return (*first, *rest)[:most], min(most, len(first))


def claimed(reports: Sequence[TrendReport]) -> list[tuple[TrendReport, Row]]:
    """The changes of these reports, the surest first; a split row only where its theme is not said to change as a
    whole."""
    found = [
        (report, row) for report in reports for row in report.rows
        if row.trend.verdict in CLAIMS and bool(row.split) == bool(report.by)
    ]  # fmt: skip
    whole = {(report.kind, row.theme_id) for report, row in found if not report.by}
    found = [(report, row) for report, row in found if not report.by or (report.kind, row.theme_id) not in whole]
    return sorted(found, key=lambda pair: _rank(pair[1]))


def with_segments(db: Database, reports: Sequence[TrendReport], *, today: date) -> list[TrendReport]:
    """The reports, and after them those of each segment by itself."""
    return [*reports, *(each for report in reports if (each := by_segment(db, report, today=today)))]


def of_report(db: Database, report: TrendReport, *, today: date, limit: int = MOST) -> Summary:
    """What one report says, and what its segments say by themselves."""
    return of_reports(db, with_segments(db, [report], today=today), limit=limit)


def by_segment(db: Database, report: TrendReport, *, today: date) -> TrendReport | None:
    """The same report split by the customers' segment, None where no upload has one: what moves in one segment alone is
    lost among all. False discoveries are controlled over its own rows."""
    segment = next((name for name in report.mix if name not in ("channel", TALKS)), "")
    if not segment or report.by or segment in report.filters.active:
        return None
    return trend_report(
        db, report.filters, kind=report.kind, today=today, by=segment, step=report.step,
        days=(report.current.end - report.current.start).days + 1, unit=report.unit, windows=report.windows,
    )  # fmt: skip


def by_themselves(
    db: Database, reports: Sequence[TrendReport], *, today: date, theme: int | None = None
) -> dict[tuple[Subject, int], tuple[Alone, ...]]:
    """Themes that are unsure over all and sure in a segment where that is looked at alone, as its own page does; of
    split reports, with `theme` of that one alone. A segment is only looked at where the split report leans that way."""
    whole = {(r.kind, row.theme_id) for r in reports if not r.by for row in r.rows if row.trend.verdict in CLAIMS}
    found: dict[tuple[Subject, int], list[Alone]] = {}
    for report in (one for one in reports if one.by):
        leaning = {
            (row.split, row.theme_id) for row in report.rows
            if (row.trend.leaning or row.trend.verdict in CLAIMS) and (report.kind, row.theme_id) not in whole
            and theme in (None, row.theme_id)
        }  # fmt: skip
        for value in sorted({split for split, _ in leaning}):
            fields = {**report.filters.fields, report.by: value}
            alone = trend_report(
                db, replace(report.filters, fields=fields), kind=report.kind, today=today, step=report.step,
                days=(report.current.end - report.current.start).days + 1, unit=report.unit, windows=report.windows,
            )  # fmt: skip
            for row in alone.rows if alone else ():
                if (value, row.theme_id) in leaning and row.trend.verdict in CLAIMS:
                    told = Alone({report.by: value}, sentences.by_itself(wording.value(report.by, value), row.trend))
                    found.setdefault((report.kind, row.theme_id), []).append(told)
    return {key: tuple(told) for key, told in found.items()}


def over_all(db: Database, report: TrendReport, *, today: date) -> dict[int, str]:
    """What each theme does over all segments, where the report is of one: a sentence by the theme's id, else {}."""
    segment = next((name for name in report.mix if name not in ("channel", TALKS)), "")
    chosen = [name for name in report.filters.fields if name == segment] or list(report.filters.fields)
    if not chosen:
        return {}
    wide = replace(report.filters, fields={k: v for k, v in report.filters.fields.items() if k not in chosen})
    whole = trend_report(
        db, wide, kind=report.kind, today=today, step=report.step,
        days=(report.current.end - report.current.start).days + 1,
        unit=report.unit, windows=report.windows,
    )  # fmt: skip
    return {row.theme_id: sentences.overall(row.trend) for row in whole.rows} if whole else {}


def evidence(
    db: Database, report: TrendReport, row: Row, right: Mapping[int, Estimate], *, tested: int = 0
) -> Evidence:
    """Everything that is known about how far a row can be trusted. `right` is what reviewers found per theme, `tested`
    how many rows were tested together, 0 for those of the report."""
    within = report_rows.carriers(
        db, _narrowed(report, row), report.kind, row.theme_id, report.current, unit=report.unit
    )
    reviewed = right.get(row.theme_id) if report.kind != "tracker" else None
    unfinished = not report.current.complete
    stated = row.restated
    return Evidence(
        name=row.name, among=wording.value(report.by, row.split), trend=row.trend, unit=report.unit,
        tested=tested or report.tested or sum(r.trend.change.p is not None for r in report.rows),
        largest=within.largest, unnamed=within.unnamed, reported=within.reported, within=row.within, mixed=report.mix, over_year=row.over_year,
        first_said=(stated.numerator, stated.denominator) if stated else None, edited=stated.edits if stated else 0,
        late=stated.late if stated else 0,
        passed=(report.current.end - report.current.start).days + 1 if unfinished else 0,
        days=report.current.whole if unfinished else 0, right=reviewed.share if reviewed else None,
    )  # fmt: skip


def _story(db: Database, report: TrendReport, row: Row, right: Mapping[int, Estimate], *, tested: int = 0) -> Story:
    told = sentences.tell(evidence(db, report, row, right, tested=tested))
    # What fell is hardly heard any more: its words are those of both windows.
    fell = row.trend.verdict in ("falling", "gone")
    since, until = (report.previous if fell else report.current).start, report.current.end
    within = replace(
        _narrowed(report, row), kind="", theme=str(row.theme_id), since=since.isoformat(), until=until.isoformat()
    )
    quotes = _quotes(db, within) if report.kind != "tracker" else ()
    page = "trackers" if report.kind == "tracker" else "themes"
    split = {report.by: row.split} if row.split else {}
    path = f"/{page}/{row.theme_id}"
    return Story(report.kind, row.theme_id, row.name, row.trend.verdict, told, quotes, path, split)


def _quotes(db: Database, filters: Filters) -> tuple[str, ...]:
    """The ids of the quotes that stand for it, the surest whole sentences before pieces of one; the buyers' own words
    first."""
    ids = insights.surest(db, filters, limit=LOOKED)
    found = insights.several(db, ids)
    ids = [one for one in ids if one in found]  # what was undone or erased meanwhile is told by nobody

    def worse(one: str) -> tuple[bool, bool, bool]:
        quote = found[one]
        piece = any(quote.cut) or quote.said[:1].islower()
        return quote.voice == "reported" or quote.role == "seller", quote.is_loose, piece

    different: dict[str, str] = {}  # the same words from two accounts say it once
    for one in sorted(ids, key=worse):
        different.setdefault(" ".join(found[one].said.casefold().split()), one)
    return tuple(different.values())[:QUOTES]


def _narrowed(report: TrendReport, row: Row) -> Filters:
    """The report's filters, and the row's value of the field that it is split by."""
    if not row.split or report.by == "tracker":
        return report.filters
    if report.by == "competitor":  # named in the conversation, not in the quote
        return replace(report.filters, beside=row.split)
    if report.by in Filters.__dataclass_fields__:
        return replace(report.filters, **{report.by: row.split})  # type: ignore[arg-type]
    return replace(report.filters, fields={**report.filters.fields, report.by: row.split})


def _rank(row: Row) -> tuple[float, float, int]:
    """The surest first, then the largest; q-values below a thousandth are all as good as sure."""
    q = row.trend.change.q
    return (max(0.001, 1.0 if q is None else q), -abs(row.trend.change.difference or 0.0), row.theme_id)


def _forgotten(db: Database, report: TrendReport) -> str:
    """Why figures may be lower than they were said to be: it cannot be told of a theme, since nothing of them was
    kept."""
    day = "" if report.filters.published else erasures.last_with_quotes(db, since=report.current.start.isoformat())
    return sentences.forgotten(day) if day else ""


def _opening(report: TrendReport, alone: int) -> str:
    verdicts = [row.trend.verdict for row in report.rows]
    unsure = tuple(row.name for row in report.rows if row.trend.leaning)
    opening = sentences.opening(
        noun=NOUNS[report.kind], changed=sum(v in CLAIMS for v in verdicts), steady=verdicts.count("steady"),
        too_few=verdicts.count("too few") - len(unsure), unsure=unsure, span=span(report.current), before=span(report.previous), alone=alone,
    )  # fmt: skip
    if report.hole:
        opening = f"{opening} {sentences.hole(report.hole)}"
    waiting = report.waiting
    if waiting is None or not waiting.uneven:
        return opening
    now, before = waiting.current / waiting.current_quotes, waiting.previous / waiting.previous_quotes
    return f"{opening} {sentences.waiting(now=now, before=before)}"

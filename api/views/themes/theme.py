"""The page of one theme."""

from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from api import charts
from api.views import annotation as annotation_views
from api.views.annotation import Notes
from api.views.bars import Bar, bar
from api.views.report import NARROW, WIDE, Breakdown, breakdowns, scale_of
from api.views.themes.cards import Card, card
from api.views.themes.known import Known, existing, subs
from api.views.themes.lines import Line, Told, history
from api.views.themes.places import Groups, final, partners
from insights.estimates import Estimate
from insights.records import Kind
from pipelines.report import Row, TrendReport, trend_report
from pipelines.reports import annotations, summary
from pipelines.reports.summary import Alone
from pipelines.reviews import precision
from pipelines.store import insights, theme_events, themes
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.remembered import per_state
from pipelines.store.themes import Theme
from pipelines.themes import editing, neighbours, proposals
from pipelines.themes.neighbours import Alike, Along, Ends
from pipelines.themes.representatives import loosest, of_rival, representatives

LINES = 25
REPRESENTATIVE_QUOTES = 6


@dataclass(frozen=True, slots=True)
class ThemePage:
    """One theme: its course, its quotes, its sub-themes, what can be done with it, and everything that was. `loose` are
    how many of its quotes belong to it only loosely, and those that fit worst; `named` are sentences that merely name a
    competitor; `same` are open proposals to make it one with another."""

    theme: Theme
    bar: Bar
    report: TrendReport | None
    row: Row | None
    wide: str
    narrow: str
    breakdowns: tuple[Breakdown, ...]
    scale: float
    quotes: tuple[Quote, ...]
    named: tuple[Quote, ...]
    loose: tuple[int, tuple[Quote, ...]]
    counts: dict[str, int]
    parent: Theme | None
    into: Theme | None
    subs: tuple[Known, ...]
    partners: Groups
    history: tuple[Line, ...]
    older: tuple[Line, ...]
    told: tuple[Told, ...]
    precision: Estimate | None
    notes: Notes
    version: int
    alike: tuple[Alike, ...]
    along: tuple[Along, ...]
    ends: Ends | None
    alone: tuple[Alone, ...]
    overall: str
    same: tuple[Card, ...]
    since: int


def page(
    db: Database, filters: Filters, today: date, *, theme_id: int, told: tuple[Told, ...] = (), noted: str = ""
) -> ThemePage:
    """Raises UnknownTheme."""
    known = existing(db, theme_id)
    kind: Kind = known.kind  # type: ignore[assignment]
    active = known.status == "active"
    # The verdict comes from the report on all themes: judged alone, it would be too easy on this one.
    found = (
        trend_report(db, replace(filters, theme=""), kind=kind, today=today) if active and not known.parent else None
    )
    row = next((r for r in found.rows if r.theme_id == theme_id), None) if found else None
    on_it = (
        annotations.of_report(db, found, theme=theme_id) if found and row else annotations.of_theme(db, kind, theme_id)
    )
    notes = annotation_views.of(db, on_it, kind=kind, theme=theme_id, done=noted)
    wide, narrow = ("", "")
    if found and row:
        wide, narrow = (
            charts.theme(found, row, width=width, height=height, marks=notes.marks)
            for width, height in ((WIDE, 240), (NARROW, 170))
        )
    only = replace(filters, theme=str(theme_id), kind=kind)
    parts = tuple(breakdowns(db, only, found)) if found and row else ()
    quotes, named = _said(db, only) if known.status != "merged" else ((), ())
    past = history(db, known)
    return ThemePage(
        theme=known,
        bar=bar(db, filters),
        report=found,
        row=row,
        wide=wide,
        narrow=narrow,
        breakdowns=parts,
        scale=scale_of([rate for part in parts for _, rate in part.rates]),
        quotes=quotes,
        named=named,
        loose=loosest(db, only) if quotes else (0, ()),
        counts=insights.count(db, only),
        parent=themes.get(db, known.parent) if known.parent else None,
        into=final(db, known),
        subs=subs(db, known),
        partners=partners(db, known),
        history=past[:LINES],
        older=past[LINES:],
        told=told,
        precision=precision.of_themes(db).get(theme_id),
        notes=notes,
        version=editing.version(db, theme_id),
        alike=neighbours.alike(db, known) if active else (),
        along=neighbours.along(db, filters, known) if active else (),
        ends=neighbours.ends(db, filters, known) if active and kind != "competitor" else None,
        alone=_alone(db, found, row, today),
        overall=summary.over_all(db, found, today=today).get(theme_id, "") if found and row else "",
        same=tuple(card(db, one) for one in proposals.merging(db, theme_id)) if active else (),
        since=theme_events.last(db),
    )


@per_state
def _said(db: Database, only: Filters) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """What stands for a theme; of a competitor what says something about it, and apart what merely names it."""
    if only.kind != "competitor":
        return tuple(representatives(db, only, limit=REPRESENTATIVE_QUOTES)), ()
    told, named = of_rival(db, only)
    return told[:REPRESENTATIVE_QUOTES], named


def _alone(db: Database, report: TrendReport | None, row: Row | None, today: date) -> tuple[Alone, ...]:
    """Where a theme that is unsure over all is sure in one segment looked at by itself."""
    if report is None or row is None or (split := summary.by_segment(db, report, today=today)) is None:
        return ()
    return summary.by_themselves(db, [report, split], today=today, theme=row.theme_id).get(
        (report.kind, row.theme_id), ()
    )

"""What the pages of themes show, as one value a page; nothing is decided here or in a template."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from api import charts
from api.views import annotation as annotation_views
from api.views.annotation import Notes
from api.views.bars import Bar, bar
from api.views.overview import NARROW, REPRESENTATIVE_QUOTES, WIDE, Breakdown, breakdowns, scale_of
from api.views.theme_cards import Card, card
from api.views.theme_lines import Line, Told, history, lines
from insights.estimates import Estimate
from insights.ledger import NotActive, Pinned
from insights.records import KINDS, Kind
from insights.themes import BUDGET
from pipelines.discover import BY_MEANING
from pipelines.report import Row, TrendReport, trend_report
from pipelines.reports import annotations, summary
from pipelines.reports.summary import Alone
from pipelines.reviews import precision
from pipelines.store import insights, theme_lists, themes
from pipelines.store import ledger as events
from pipelines.store import proposals as store
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.proposals import Decision, Proposal, Type
from pipelines.store.theme_lists import Reach
from pipelines.store.themes import Theme
from pipelines.themes import by_hand, editing, ledger, neighbours, proposals
from pipelines.themes.ledger import MergePreview, NamedByCatalogue, NewPart, UnknownTheme
from pipelines.themes.neighbours import Alike, Along, Ends
from pipelines.themes.proposals import UnknownProposal
from pipelines.themes.representatives import among, loosest, of_rival, representatives

CARDS = 20
RECENT = 12
LINES = 25
EXAMPLES = 3
LOOSE = 2  # quotes of a part that belong to it least
WAITING_A_PAGE = 60
TICKED = 200  # quotes of a proposal that can be unticked one by one


@dataclass(frozen=True, slots=True)
class Known:
    """A theme or sub-theme with how far it reaches."""

    theme: Theme
    reach: Reach
    subs: tuple["Known", ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """How many quotes wait, of how many; `most` is the share that should at most."""

    waiting: int
    total: int
    most: float = BUDGET

    @property
    def share(self) -> float:
        return self.waiting / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Section:
    """The themes of one kind: active, retired, and, in a search, merged ones that lead to another."""

    kind: Kind
    active: tuple[Known, ...]
    retired: tuple[Known, ...]
    merged: tuple[tuple[Theme, str], ...]


@dataclass(frozen=True, slots=True)
class ThemesPage:
    """All themes by kind, what is proposed, what waits, what was changed lately, and which sound much alike."""

    query: str
    sections: tuple[Section, ...]
    cards: tuple[Card, ...]
    more_cards: int
    policy: Mapping[Type, Decision]
    budget: Budget
    recent: tuple[Line, ...]
    dismissed: tuple[tuple[Proposal, str], ...]
    told: tuple[Told, ...]
    empty: bool
    alike: tuple[tuple[Theme, Alike], ...]


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """One proposal to edit. `ticked` are its quotes that can be left out one by one, `others` how many more it has."""

    card: Card
    ticked: tuple[Quote, ...]
    others: int
    targets: tuple[tuple[int, str], ...]
    parts: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, slots=True)
class ThemePage:
    """One theme: its course, its quotes, its sub-themes, what can be done with it, and everything that was. `loose` are
    how many of its quotes belong to it only loosely, and those that fit worst; `named` are sentences that merely name a competitor; `same` are open proposals to make it one with another."""

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
    partners: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
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


@dataclass(frozen=True, slots=True)
class MergePage:
    """Two themes side by side before they become one; `preview` is None while the other is not chosen."""

    theme: Theme
    partners: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
    preview: MergePreview | None
    sides: tuple[tuple[Known, tuple[Quote, ...]], ...]
    versions: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A part that a theme would fall into: the first is what the theme is. `name` is "" where nothing names it well. `loose`
    are its quotes that belong to it least, for a look before they come along."""

    number: int
    name: str
    reach: Reach
    quotes: tuple[Quote, ...]
    loose: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class SplitPage:
    """What a theme would fall into; `seen` tells this preview from a later one. No parts: it is one thing."""

    theme: Theme
    reach: Reach
    parts: tuple[SplitPart, ...]
    seen: str
    version: int


@dataclass(frozen=True, slots=True)
class Group:
    """Quotes that wait, by the theme that they are nearest to; `theme` is None where there is none."""

    theme: Theme | None
    name: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """The work list of one kind: what waits, where it may belong, and where it can be put."""

    kind: Kind
    budgets: tuple[tuple[Kind, Budget], ...]
    budget: Budget
    groups: tuple[Group, ...]
    targets: tuple[tuple[int, str], ...]
    next: str
    told: tuple[Told, ...]
    proposals: int
    since: int


@dataclass(frozen=True, slots=True)
class Moving:
    """What the page of quotes needs to put ticked ones elsewhere: `targets` are empty where they cannot be moved."""

    theme: Theme | None
    targets: tuple[tuple[int, str], ...]
    told: tuple[Told, ...]
    since: int


def overview(db: Database, *, query: str = "", told: tuple[Told, ...] = ()) -> ThemesPage:
    reaches, names = theme_lists.reaches(db), theme_lists.names(db)
    found = store.listed(db)
    dismissed = store.listed(db, status="dismissed")
    offered = [{one.content["into"], one.content["other"]} for one in proposals.merging(db)]
    sections = tuple(_section(db, kind, query.strip(), reaches, names) for kind in KINDS)
    return ThemesPage(
        query.strip(), sections, tuple(card(db, one) for one in found[:CARDS]), max(0, len(found) - CARDS), store.policy(db),
        _together([_budget(db, kind) for kind in BY_MEANING]), lines(db, events.recent(db, limit=RECENT)),
        tuple((one, card(db, one).title) for one in dismissed[:RECENT]), told, not any(s.active or s.retired for s in sections),
        tuple(
            (one, other) for kind in BY_MEANING for one, other in neighbours.pairs(db, kind)
            if {one.id, other.theme.id} not in offered
        ),
    )  # fmt: skip


def proposal(db: Database, proposal_id: int) -> ProposalPage:
    """Raises UnknownProposal."""
    found = store.get(db, proposal_id)
    if found is None:
        raise UnknownProposal(proposal_id)
    parts = tuple((n, part["name"], part["size"]) for n, part in enumerate(found.content.get("parts", ()), 1))
    ticked: tuple[Quote, ...] = ()
    others = 0
    if found.type == "new":
        still = events.unplaced(db, store.members(db, proposal_id))
        ticked = tuple(theme_lists.quotes(db, still, limit=TICKED))
        others = len(still) - len(ticked)
    return ProposalPage(card(db, found), ticked, others, targets(db, found.kind), parts)


def theme(db: Database, filters: Filters, today: date, *, theme_id: int, told: tuple[Told, ...] = (), noted: str = "") -> ThemePage:  # fmt: skip
    """Raises UnknownTheme."""
    known = _theme(db, theme_id)
    kind: Kind = known.kind  # type: ignore[assignment]
    # The verdict comes from the report on all themes: judged alone, it would be too easy on this one.
    shown = known.status == "active" and known.parent is None
    found = trend_report(db, replace(filters, theme=""), kind=kind, today=today) if shown else None
    row = next((r for r in found.rows if r.theme_id == theme_id), None) if found else None
    wide, narrow = ("", "")
    on_it = (
        annotations.of_report(db, found, theme=theme_id) if found and row else annotations.of_theme(db, kind, theme_id)
    )
    notes = annotation_views.of(db, on_it, kind=kind, theme=theme_id, done=noted)
    if found and row:
        wide, narrow = (
            charts.svg(charts.theme(found, row, palette=charts.PAGE, width=width, height=height, marks=notes.marks))
            for width, height in ((WIDE, 240), (NARROW, 170))
        )
    only = replace(filters, theme=str(theme_id), kind=kind)
    parts = tuple(breakdowns(db, only, found)) if found and row else ()
    quotes, named = _said(db, only) if known.status != "merged" else ((), ())
    past, active = history(db, known), known.status == "active"
    subs = _subs(db, known)
    return ThemePage(
        known, bar(db, filters), found, row, wide, narrow, parts, scale_of([rate for part in parts for _, rate in part.rates]),
        quotes, named, loosest(db, only) if quotes else (0, ()), insights.count(db, only), themes.get(db, known.parent) if known.parent else None,
        _final(db, known), subs, _partners(db, known), past[:LINES], past[LINES:], told, precision.of_themes(db).get(theme_id), notes, editing.version(db, theme_id),
        *((neighbours.alike(db, known), neighbours.along(db, filters, known)) if active else ((), ())),
        neighbours.ends(db, filters, known) if active and known.kind != "competitor" else None,
        _alone(db, found, row, today), summary.over_all(db, found, today=today).get(theme_id, "") if found and row else "",
        tuple(card(db, one) for one in proposals.merging(db, theme_id)) if active else (), events.last(db),
    )  # fmt: skip


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


def merge(db: Database, theme_id: int, other: int | None) -> MergePage:
    """Raises UnknownTheme, and what the merge itself would."""
    known = _theme(db, theme_id)
    if other is None:
        return MergePage(known, _partners(db, known), None, (), {})
    preview = ledger.preview_merge(db, theme_id, [other])
    reaches = theme_lists.reaches(db)
    sides = tuple(
        (Known(one, reaches.get(one.id, Reach())), _stands_for(db, one)) for one in (preview.into, *preview.others)
    )
    return MergePage(
        known, (), preview, sides, {side.theme.id: editing.version(db, side.theme.id) for side, _ in sides}
    )


def split(db: Database, theme_id: int) -> SplitPage:
    """Raises UnknownTheme, NotActive, Pinned, NamedByCatalogue."""
    known = _theme(db, theme_id)
    if known.status != "active":
        raise NotActive(known.name, known.status)
    if known.pinned:
        raise Pinned(known.name)
    if known.kind not in BY_MEANING:
        raise NamedByCatalogue
    found = proposals.parts_of(db, theme_id)
    parts = [_part(db, n, part) for n, part in enumerate(found)]
    reach = theme_lists.reach(db, events.members(db, [theme_id]))
    return SplitPage(
        known, reach, tuple(parts) if len(parts) > 1 else (), by_hand.seen(found), editing.version(db, theme_id)
    )


def _part(db: Database, number: int, part: NewPart) -> SplitPart:
    typical = tuple(among(db, part.insights, limit=EXAMPLES))
    shown = {quote.id for quote in typical}
    last = [one for one in part.insights[EXAMPLES:][-LOOSE:] if one not in shown]  # the surest stand first
    loose = tuple(theme_lists.quotes(db, last, limit=LOOSE))
    return SplitPart(
        number, "" if part.vague else part.name, theme_lists.reach(db, part.insights), typical, loose
    )  # fmt: skip


def waiting(db: Database, kind: str, *, after: str = "", told: tuple[Told, ...] = ()) -> WaitingPage:
    budgets = tuple((one, _budget(db, one)) for one in BY_MEANING)
    most = max(budgets, key=lambda one: one[1].waiting)[0]
    chosen: Kind = next((one for one in BY_MEANING if one == kind), most)
    found = insights.quotes(db, Filters(theme="none", kind=chosen), after=after, limit=WAITING_A_PAGE + 1)
    shown = found[:WAITING_A_PAGE]
    near = by_hand.nearest(db, chosen, [quote.id for quote in shown])
    names = dict(targets(db, chosen))
    groups: dict[int | None, list[Quote]] = {}
    for quote in shown:
        at = near.get(quote.id, (0, 0.0))[0]
        groups.setdefault(at if at in names else None, []).append(quote)
    ordered = sorted(groups, key=lambda at: (at is None, -len(groups[at]), at))
    return WaitingPage(
        chosen, budgets, dict(budgets)[chosen],
        tuple(Group(themes.get(db, at) if at else None, names.get(at or 0, ""), tuple(groups[at])) for at in ordered),
        targets(db, chosen), insights.cursor(shown[-1]) if len(found) > WAITING_A_PAGE else "", told,
        len(store.listed(db, kind=chosen)), events.last(db),
    )  # fmt: skip


def moving(db: Database, filters: Filters, told: tuple[Told, ...]) -> Moving:
    """Quotes of one theme can be put into another of its kind; those of competitors follow their names."""
    found = themes.get(db, int(filters.theme)) if filters.theme.isdigit() else None
    known = (_final(db, found) or found) if found else None
    free = known is not None and known.kind in BY_MEANING and not known.pinned
    return Moving(known, targets(db, known.kind, but=known.id) if known and free else (), told, events.last(db))


def targets(db: Database, kind: str, *, but: int = 0) -> tuple[tuple[int, str], ...]:
    """Where quotes can be put: active themes and sub-themes that are not pinned, by name."""
    known = {one.id: one for one in themes.all_of(db, kind) if one.status == "active"}
    named = [
        (one.id, f"{known[one.parent].name} › {one.name}" if one.parent in known else one.name)
        for one in known.values()
        if one.id != but and not one.pinned and not (one.parent in known and known[one.parent].pinned)
    ]
    return tuple(sorted(named, key=lambda one: (one[1].casefold(), one[0])))


def _theme(db: Database, theme_id: int) -> Theme:
    known = themes.get(db, theme_id)
    if known is None:
        raise UnknownTheme(theme_id)
    return known


def _section(
    db: Database, kind: Kind, query: str, reaches: Mapping[int, Reach], names: Mapping[int, str]
) -> Section:  # fmt: skip
    found = themes.all_of(db, kind)
    subs: dict[int, list[Known]] = {}
    for one in found:
        if one.parent is not None and one.status == "active":
            subs.setdefault(one.parent, []).append(Known(one, reaches.get(one.id, Reach())))
    tops = [
        Known(one, reaches.get(one.id, Reach()), tuple(_ranked(subs.get(one.id, ()))))
        for one in found
        if one.parent is None and one.status in ("active", "retired")
    ]
    sought = query.casefold()
    shown = [
        one for one in tops if sought in one.theme.name.casefold() or any(sought in sub.theme.name.casefold() for sub in one.subs)
    ]  # fmt: skip
    merged = [one for one in found if query and one.status == "merged" and sought in one.name.casefold()]
    return Section(
        kind, tuple(_ranked(one for one in shown if one.theme.status == "active")),
        tuple(_ranked(one for one in shown if one.theme.status == "retired")),
        tuple((one, names.get(one.into or 0, "")) for one in merged),
    )  # fmt: skip


def _ranked(found: Iterable[Known]) -> list[Known]:
    return sorted(found, key=lambda one: (-one.reach.conversations, -one.reach.quotes, one.theme.id))


def _subs(db: Database, theme: Theme) -> tuple[Known, ...]:
    found = themes.subs(db, theme.id)
    reaches = theme_lists.reaches(db) if found else {}
    return tuple(_ranked([Known(sub, reaches.get(sub.id, Reach())) for sub in found]))


def _partners(db: Database, theme: Theme) -> tuple[tuple[str, tuple[tuple[int, str], ...]], ...]:
    """The themes that this one can be merged with, those that sound most alike first, in named groups."""
    if theme.kind not in BY_MEANING or theme.status != "active":
        return ()
    names = dict(targets(db, theme.kind, but=theme.id))
    names.pop(theme.parent or 0, None)
    near = [(other, names[other]) for other in by_hand.alike(db, theme.id, names.keys())]
    return tuple(group for group in (("Most alike", tuple(near)), ("All, by name", tuple(names.items()))) if group[1])


def _final(db: Database, theme: Theme) -> Theme | None:
    """Where a merged theme's quotes are now."""
    seen: set[int] = set()
    at: Theme | None = theme
    while at is not None and at.into is not None and at.id not in seen:
        seen.add(at.id)
        at = themes.get(db, at.into)
    return at if seen else None


def _stands_for(db: Database, theme: Theme) -> tuple[Quote, ...]:
    only = Filters(theme=str(theme.id), kind=theme.kind)
    return tuple(representatives(db, only, limit=EXAMPLES))


def _budget(db: Database, kind: str) -> Budget:
    return Budget(themes.waiting(db, kind), themes.total(db, kind))


def _together(budgets: Sequence[Budget]) -> Budget:
    return Budget(sum(one.waiting for one in budgets), sum(one.total for one in budgets))

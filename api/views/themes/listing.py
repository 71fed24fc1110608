"""The page of all themes: by kind, what is proposed, what waits and what was done lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from api.views.themes.cards import Card, card
from api.views.themes.known import Known, ranked
from api.views.themes.lines import Line, Told, lines
from api.views.themes.waiting import Budget, budget
from insights.records import KINDS, Kind
from pipelines.discover import BY_MEANING
from pipelines.store import proposals as store
from pipelines.store import theme_events, theme_lists, themes
from pipelines.store.proposals import Decision, Proposal, Type
from pipelines.store.theme_lists import Reach
from pipelines.store.themes import Theme
from pipelines.themes import neighbours, proposals
from pipelines.themes.neighbours import Alike

CARDS = 20
RECENT = 12


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


def page(db: Database, *, query: str = "", told: tuple[Told, ...] = ()) -> ThemesPage:
    reaches, names = theme_lists.reaches(db), theme_lists.names(db)
    found = store.listed(db)
    dismissed = store.listed(db, status="dismissed")
    offered = [{one.content["into"], one.content["other"]} for one in proposals.merging(db)]
    sections = tuple(_section(db, kind, query.strip(), reaches, names) for kind in KINDS)
    return ThemesPage(
        query=query.strip(),
        sections=sections,
        cards=tuple(card(db, one) for one in found[:CARDS]),
        more_cards=max(0, len(found) - CARDS),
        policy=store.policy(db),
        budget=_together([budget(db, kind) for kind in BY_MEANING]),
        recent=lines(db, theme_events.recent(db, limit=RECENT)),
        dismissed=tuple((one, card(db, one).title) for one in dismissed[:RECENT]),
        told=told,
        empty=not any(section.active or section.retired for section in sections),
        alike=tuple(
            (one, other)
            for kind in BY_MEANING
            for one, other in neighbours.pairs(db, kind)
            if {one.id, other.theme.id} not in offered
        ),
    )


def _section(db: Database, kind: Kind, query: str, reaches: Mapping[int, Reach], names: Mapping[int, str]) -> Section:
    found = themes.all_of(db, kind)
    subs: dict[int, list[Known]] = {}
    for one in found:
        if one.parent is not None and one.status == "active":
            subs.setdefault(one.parent, []).append(Known(one, reaches.get(one.id, Reach())))
    tops = [
        Known(one, reaches.get(one.id, Reach()), ranked(subs.get(one.id, ())))
        for one in found
        if one.parent is None and one.status in ("active", "retired")
    ]
    sought = query.casefold()
    shown = [one for one in tops if any(sought in each.theme.name.casefold() for each in (one, *one.subs))]
    merged = [one for one in found if query and one.status == "merged" and sought in one.name.casefold()]
    return Section(
        kind=kind,
        active=ranked(one for one in shown if one.theme.status == "active"),
        retired=ranked(one for one in shown if one.theme.status == "retired"),
        merged=tuple((one, names.get(one.into or 0, "")) for one in merged),
    )


def _together(budgets: Sequence[Budget]) -> Budget:
    return Budget(sum(one.waiting for one in budgets), sum(one.total for one in budgets))

"""The filter bar: which filters a page offers, their values, and what is set. Its state lives in the address only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from api import words
from insights.records import KINDS, LABELS
from pipelines.store import catalogue, conversations, insights, themes, trackers
from pipelines.store.filters import Filters

FACTS = ("persona", "stage", "outcome", "voice")
MORE_FACTS = ("channel", "seniority", "rep")
MOST_ACCOUNTS = 500
MOST_VALUES = 8
FACETS = ("kind", "label", "competitor", "follow_up", "voice", "persona", "stage", "outcome", "channel", "account")


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: `options` are (value, words); `shown` says whether it stands in the first row of the bar."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """All filters of a page. `set` are those in use, as (name, label, words); `more` says that hidden ones are in use."""

    choices: tuple[Choice, ...]
    accounts: tuple[str, ...]
    filters: Filters
    set: tuple[tuple[str, str, str], ...]

    @property
    def more(self) -> bool:
        return bool(self.filters.published) or any(choice.value for choice in self.choices if not choice.shown)


@dataclass(frozen=True, slots=True)
class Facet:
    """How many conversations each value would give, the filter on this very field left aside."""

    name: str
    label: str
    value: str
    counts: tuple[tuple[str, int], ...]


def bar(db: Database, filters: Filters, *, kinds: bool = False, hidden: Sequence[str] = ()) -> Bar:
    """What can be filtered by, from what is stored; `kinds` adds the kind and, once it is chosen, its labels."""
    names = [*FACTS, *MORE_FACTS, *conversations.field_names(db)]
    choices = []
    if kinds:
        choices.append(_choice("kind", filters.kind, KINDS))
        labels = LABELS.get(filters.kind) or ()  # type: ignore[call-overload]
        if labels:
            choices.append(_choice("label", filters.label, labels))
    for name in names:
        options = ("verbatim", "reported") if name == "voice" else _values(db, name)
        value = filters.active.get(name, "")
        if len(options) > 1 or value:
            choices.append(_choice(name, value, options, shown=name in FACTS))
    tracked = tuple((str(saved.id), saved.tracker.name) for saved in trackers.every(db))
    if tracked:
        choices.append(Choice("tracker", words.field("tracker"), filters.tracker, tracked, shown=False))
    products = catalogue.entries(db, "product")
    if products:
        named = tuple((",".join((one.name, *one.aliases)), one.name) for one in products)
        choices.append(Choice("ours", words.field("ours"), filters.ours, named, shown=False))
    accounts = tuple(conversations.values(db, "account", limit=MOST_ACCOUNTS))
    active = tuple(
        (name, words.field(name), _shown(db, name, value))
        for name, value in filters.active.items()
        if name not in hidden
    )
    return Bar(tuple(choices), accounts, filters, active)


def facets(db: Database, filters: Filters) -> tuple[Facet, ...]:
    """The values of the most telling fields among the matching quotes."""
    names = (*FACETS, *conversations.field_names(db, most_values=12))
    counts = insights.facets(db, filters, names, limit=MOST_VALUES)
    for name in names:
        if name in filters.active:
            counts[name] = insights.facets(db, _without(filters, name), [name], limit=MOST_VALUES)[name]
    active = filters.active
    return tuple(
        Facet(name, words.field(name), active.get(name, ""), tuple(counts[name]))
        for name in names
        if len(counts[name]) > 1 or name in active
    )


def _without(filters: Filters, name: str) -> Filters:
    if name in filters.fields:
        return replace(filters, fields={key: value for key, value in filters.fields.items() if key != name})
    change: dict[str, Any] = {name: ""}
    return replace(filters, **change)


def _values(db: Database, name: str) -> list[str]:
    return conversations.values(db, name, limit=60)


def _choice(name: str, value: str, options: Sequence[str], *, shown: bool = True) -> Choice:
    # A value that is in the address stays selectable, also when nothing carries it.
    known = list(options) if not value or value in options else [*options, value]
    return Choice(name, words.field(name), value, tuple((v, words.value(name, v)) for v in known), shown)


def _shown(db: Database, name: str, value: str) -> str:
    if name == "theme" and value.isdigit():
        theme = themes.get(db, int(value))
        return theme.name if theme else value
    if name == "tracker" and value.isdigit():
        saved = trackers.get(db, int(value))
        return saved.tracker.name if saved else value
    if name in ("since", "until", "published"):
        return words.day(value)
    return words.value(name, value)

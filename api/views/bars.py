"""The filter bar: which filters a page offers, their values, and what is set. Its state lives in the address only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from api.gate.rep_gate import hidden as of_reps
from api.gate.rep_gate import may_see
from api.wording import words
from pipelines.store import catalogue, conversations, themes, trackers
from pipelines.store.filters import Filters, literal

FACTS = ("persona", "stage", "outcome", "voice")
MORE_FACTS = ("channel", "seniority", "rep")
MOST_ACCOUNTS = 500


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


def bar(db: Database, filters: Filters, *, hidden: Sequence[str] = ()) -> Bar:
    """What can be filtered by, from what is stored."""
    fields = of_reps(db)
    names = [*FACTS, *MORE_FACTS, *conversations.field_names(db)]
    choices = []
    for name in names:
        options = ["verbatim", "reported"] if name == "voice" else _values(db, name)
        if name in fields:
            options = [one for one in options if may_see(db, one)]
        value = filters.active.get(name, "")
        if len(options) > 1 or value:
            choices.append(_choice(name, value, options, shown=name in FACTS))
    choices += found_choices(db, filters)
    accounts = tuple(conversations.values(db, "account", limit=MOST_ACCOUNTS))
    active = tuple(
        (name, words.MATCHED[filters.match] if name == "q" else words.field(name), _shown(db, name, value))
        for name, value in filters.active.items()
        if name not in (*hidden, "match")
    )
    return Bar(tuple(choices), accounts, filters, active)


def found_choices(db: Database, filters: Filters) -> tuple[Choice, ...]:
    """Filters on what is found in conversations: our trackers and our own products, where there are any."""
    choices = []
    tracked = tuple((str(saved.id), saved.tracker.name) for saved in trackers.every(db))
    if tracked:
        choices.append(Choice("tracker", words.field("tracker"), filters.tracker, tracked, shown=False))
    products = catalogue.entries(db, "product")
    if products:
        named = tuple((",".join((one.name, *one.aliases)), one.name) for one in products)
        choices.append(Choice("ours", words.field("ours"), filters.ours, named, shown=False))
    return tuple(choices)


def _values(db: Database, name: str) -> list[str]:
    return conversations.values(db, name, limit=60)


def _choice(name: str, value: str, options: Sequence[str], *, shown: bool = True) -> Choice:
    # A value that is in the address stays selectable, also when nothing carries it.
    known = [literal(one) for one in options]
    known = known if not value or value in known else [*known, value]
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

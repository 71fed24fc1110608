"""The filter bar: which filters a page offers, their values, and what is set. Its state lives in the address only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from api.gate.rep_gate import hidden as of_reps
from api.gate.rep_gate import may_see
from api.wording import words
from pipelines.store import catalogue, facets, themes, trackers
from pipelines.store.filters import Filters, literal
from pipelines.store.remembered import per_state

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
    """All filters of a page. `set` are those in use, as (name, label, words); `more` says that hidden ones are in
    use."""

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
    stored, accounts = _stored(db)
    choices = []
    for name, options in stored.items():
        if name in fields:
            options = tuple(one for one in options if may_see(db, one))
        value = filters.active.get(name, "")
        if len(options) > 1 or value:
            choices.append(_choice(name, value, options, shown=name in FACTS))
    choices += found_choices(db, filters)
    active = tuple(
        (name, words.MATCHED[filters.match] if name == "q" else words.field(name), _shown(db, name, value))
        for name, value in filters.active.items()
        if name not in (*hidden, "match")
    )
    return Bar(tuple(choices), accounts, filters, active)


def found_choices(db: Database, filters: Filters) -> tuple[Choice, ...]:
    """Filters on what is found in conversations: our trackers and our own products, where there are any."""
    set_to = {"tracker": filters.tracker, "ours": filters.ours}
    offers = zip(set_to, _found(db), strict=True)
    return tuple(Choice(name, words.field(name), set_to[name], found, shown=False) for name, found in offers if found)


@per_state
def _found(db: Database) -> tuple[tuple[tuple[str, str], ...], ...]:
    tracked = tuple((str(saved.id), saved.tracker.name) for saved in trackers.every(db))
    products = catalogue.entries(db, "product")
    return tracked, tuple((",".join((one.name, *one.aliases)), one.name) for one in products)


@per_state
def _stored(db: Database) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """The values of every field that can be filtered by, whoever asks, and the accounts."""
    names = (*FACTS, *MORE_FACTS, *facets.filter_names(db))
    values = {name: tuple(facets.values(db, name, limit=60)) for name in names if name != "voice"}
    accounts = tuple(facets.values(db, "account", limit=MOST_ACCOUNTS))
    return {name: values.get(name, ("verbatim", "reported")) for name in names}, accounts


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

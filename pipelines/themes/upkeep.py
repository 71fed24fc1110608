"""What people who keep themes in order ask for, at whatever door: a split on demand, a proposal accepted in an edited
form, what a change would do, and how much waits. The changes themselves are in `pipelines.themes.ledger`."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from sqlite_utils import Database

from insights.ledger_rules import Unfit
from insights.themes import BUDGET
from pipelines.discover import BY_MEANING, FEWEST_FOR_BUDGET
from pipelines.store import proposals as store
from pipelines.store import theme_lists, themes
from pipelines.store.proposals import Decision, Proposal, Type
from pipelines.store.themes import Theme
from pipelines.themes import ledger, proposals
from pipelines.themes.ledger import NamedByCatalogue, NewPart, UnknownTheme
from pipelines.themes.proposals import UnknownProposal

VERBS = {"new": "make a theme", "merge": "merge", "split": "split", "retire": "retire", "restore": "restore"}
DECISIONS = get_args(Decision)
# What of a proposal can be decided otherwise than it was proposed, and what that is in words.
EDITS = {"new": ("name", "into", "without"), "merge": ("into",), "split": ("keep", "inside")}
WORDS = {
    "name": "the name", "into": "the theme that it goes into", "without": "the quotes that are left out",
    "keep": "the parts that are taken", "inside": "whether they become sub-themes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Division:
    """The parts that a theme would fall into, the largest first, how many quotes it has, and how many would stay in it
    if all but the largest were taken out."""

    theme: Theme
    parts: tuple[NewPart, ...]
    quotes: int

    @property
    def stays(self) -> int:
        return self.quotes - sum(len(part.insights) for part in self.parts[1:])


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of a kind's insights are in no theme, and how many of these because a person said so. `budget` is how
    many may wait: a tenth; None where there is none, for names and below 100 insights."""

    kind: str
    waiting: int
    held: int
    total: int
    budget: int | None

    @property
    def over(self) -> bool:
        return self.budget is not None and self.waiting > self.budget


def waiting(db: Database, kind: str = "") -> list[Waiting]:
    """What waits, of one kind or of each."""
    return [_waiting(db, one) for one in (*BY_MEANING, "competitor") if kind in ("", one)]


def _waiting(db: Database, kind: str) -> Waiting:
    total = themes.total(db, kind)
    budget = int(BUDGET * total) if kind in BY_MEANING and total >= FEWEST_FOR_BUDGET else None
    return Waiting(kind, themes.waiting(db, kind), theme_lists.held(db, kind), total, budget)


def division(db: Database, theme_id: int) -> Division:
    """What a theme would fall into, each part named apart from all themes that there are. Raises UnknownTheme,
    NamedByCatalogue."""
    theme = themes.get(db, theme_id)
    if theme is None:
        raise UnknownTheme(theme_id)
    if theme.kind == "competitor":
        raise NamedByCatalogue
    named: list[NewPart] = []
    for part in proposals.parts_of(db, theme_id):
        name = ledger.distinct_name(db, part.name, theme.kind, part.keywords)
        given = {one.name.casefold() for one in named}
        options = (name, *(f"{name} ({n})" for n in range(2, len(named) + 3)))
        named.append(replace(part, name=next(one for one in options if one.casefold() not in given)))
    return Division(theme, tuple(named), themes.sizes(db, theme.kind).get(theme_id, 0))


def chosen(found: Division, numbers: Collection[int] | None, *, inside: bool = False) -> tuple[NewPart, ...]:
    """The parts of these numbers, from 1. None means all but the largest, which stays, or, `inside`, all of them.

    Raises Unfit where the theme has no parts or not these.
    """
    if len(found.parts) < 2:
        raise Unfit(f"“{found.theme.name}” does not fall into parts: its quotes are about one thing, or too few.")
    if numbers is None:
        return found.parts if inside else found.parts[1:]
    if wrong := sorted(set(numbers) - set(range(1, len(found.parts) + 1))):
        raise Unfit(f"“{found.theme.name}” falls into {len(found.parts)} parts: there is no part {wrong[0]}.")
    return tuple(found.parts[n - 1] for n in sorted(set(numbers)))


def tried(db: Database, change: Callable[[], object], theme_id: int) -> int:
    """Make a change and take it back in the same breath: nothing is kept. How many quotes it would leave directly in a
    theme; raises what the change raises."""
    left = 0
    with suppress(_Tried), db.atomic():
        change()
        left = theme_lists.directly_in(db, theme_id)
        raise _Tried
    return left


class _Tried(Exception):
    """The end of a trial."""


def proposal(db: Database, proposal_id: int) -> Proposal:
    """Raises UnknownProposal."""
    found = store.get(db, proposal_id)
    if found is None:
        raise UnknownProposal(proposal_id)
    return found


def set_policy(db: Database, decisions: Mapping[str, str]) -> None:
    """Say for these types of proposal whether they are accepted as they come ("accept") or wait ("ask"); the others
    stay as they are. Raises Unfit."""
    for type, decision in decisions.items():
        if type not in store.TYPES:
            raise Unfit(f"There is no type of proposal “{type}”. The types: {', '.join(store.TYPES)}.")
        if decision not in DECISIONS:
            raise Unfit(f"“{decision}” is no decision. Write accept or ask.")
    with db.atomic():
        for type, decision in decisions.items():
            store.set_policy(db, cast(Type, type), cast(Decision, decision))


def accept(
    db: Database, proposal_id: int, *, now: str, actor: str, reason: str = "", name: str = "", into: int | None = None,
    without: Collection[str] = (), keep: Collection[int] | None = None, inside: bool = False,
) -> int:  # fmt: skip
    """As `proposals.accept`. Raises Unfit too where what is asked for does not go with what is proposed."""
    found = proposal(db, proposal_id)
    edits: dict[str, Any] = {"name": name, "into": into, "without": without, "keep": keep, "inside": inside}
    if found.status == "open":
        _check(db, found, {key for key, value in edits.items() if value not in ("", None, (), [], False)}, edits)
    return proposals.accept(db, proposal_id, now=now, actor=actor, reason=reason, **edits)


def _check(db: Database, found: Proposal, given: set[str], edits: dict[str, Any]) -> None:
    fitting = EDITS.get(found.type, ())
    if unfit := sorted(given - set(fitting)):
        can = ", ".join(WORDS[edit] for edit in fitting) or "nothing"
        raise Unfit(
            f"Of a proposal to {VERBS[found.type]} you can choose {can}, but not {' or '.join(WORDS[e] for e in unfit)}."
        )
    if {"name", "into"} <= given:
        raise Unfit("What goes into a theme that there is takes its name. Give a name or a theme, not both.")
    if "without" in given and not set(edits["without"]) <= store.members(db, found.id).keys():
        raise Unfit("Some of these quotes are not in the proposal. Load it again.")
    pair = {found.content.get("into"), found.content.get("other")}
    if found.type == "merge" and "into" in given and edits["into"] not in pair:
        raise Unfit("A merge goes into one of its two themes. To merge others, merge them by their numbers.")
    if "keep" in given and not set(edits["keep"]) <= set(range(1, len(found.content["parts"]) + 1)):
        raise Unfit(f"The proposal has {len(found.content['parts'])} parts, numbered from 1.")

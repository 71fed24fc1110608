"""The company's own names: products, tools that ours works with, mail domains, colleagues. Added, spelled, removed,
undone.

A name of a product or tool is no competitor's: mentions that were taken for one go at once. What only reading tells (a
name that is taken back, sides by a domain) comes with reading the history again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, Protocol, get_args

from sqlite_utils import Database

from insights.errors import InsightsError
from insights.language.names import letters_of, likeness
from insights.records import stable_id
from pipelines.catalogue import personas
from pipelines.privacy.covering import findable
from pipelines.store import catalogue, company, names, speaking, state
from pipelines.store.catalogue import Change, Heard
from pipelines.uploads import sides

Kind = Literal["product", "integration", "domain", "person"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NOUNS = {"product": "product", "integration": "integration", "domain": "mail domain", "person": "colleague"}
LONGEST, MOST_ALIASES = 120, 50
NEAR, MOST_NEAR = 0.8, 6
READ = "catalogue read"


class BadName(InsightsError):
    """A name that cannot be one."""


class NotOurs(InsightsError):
    """A name that is not among our own."""

    def __init__(self, kind: str, name: str):
        super().__init__(
            f"There is no {NOUNS[kind]} '{name[:80]}'. Somebody may have taken it out: look at the list again."
        )


class EntryChanged(InsightsError):
    """Somebody else changed an entry since it was looked at."""

    def __init__(self, name: str, now: Sequence[str] | None):
        stands = "It was taken out" if now is None else f"Its spellings are now: {', '.join(now) or 'none'}"
        super().__init__(
            f"Somebody changed “{name}” meanwhile. {stands}. Nothing of yours was saved; look again and save it anew."
        )


class NothingToUndo(InsightsError):
    """A change that is not there, or was undone already."""

    def __init__(self, number: object):
        super().__init__(f"There is no change {number} to undo: it was undone already, or never made.")


class ChangedAgain(InsightsError):
    """An entry was changed again after the change that is to be undone."""

    def __init__(self, name: str, number: int):
        super().__init__(f"“{name}” was changed again since. Undo that change first (number {number}), then this one.")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a name and its spellings would meet in the whole history; nothing is kept.

    `conversations` and `accounts` hold one of them, `places` are some. `mentions` is how often a competitor's mention
    carries one, which would go (`rivals`: under which names). `near` are words like it with the number of utterances.
    """

    name: str
    aliases: tuple[str, ...]
    conversations: int
    accounts: int
    places: tuple[Heard, ...]
    mentions: int
    rivals: tuple[str, ...]
    near: tuple[tuple[str, int], ...]


class Spelled(Protocol):
    """Something with a name and other spellings."""

    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class SideEffect:
    """What a mail domain or a colleague would meet: how many `addresses` (of a domain) in how many conversations, and
    in how many of them they are not on our side yet, as they would be once the history is read again. `known`: it is
    there already."""

    name: str
    addresses: int
    conversations: int
    otherwise: int
    known: bool


def side_effect(db: Database, kind: Kind, name: str) -> SideEffect:
    """Look for whom a mail domain or a colleague's name would put on our side. Raises BadName."""
    name = _checked(name, kind)
    known = catalogue.entry(db, kind, name) is not None
    if kind == "domain":
        conversations, addresses, otherwise = speaking.at_domain(db, name)
        return SideEffect(name, addresses, conversations, otherwise, known)
    conversations, otherwise = speaking.named_so(db, name)
    return SideEffect(name, 0, conversations, otherwise, known)


def version(entry: Spelled | None) -> str:
    """What an entry says, in short: a form carries it, so that nobody overwrites what they did not see."""
    return stable_id(entry.name, *entry.aliases) if entry else "none"


def effect(db: Database, name: str, aliases: Iterable[str] = ()) -> Effect:
    """Look for a name in everything that was said. Raises BadName."""
    name, wanted = _checked(name), _spellings(name, aliases)
    forms = findable(db, [name, *wanted])
    conversations, accounts, places = catalogue.said(db, forms)
    keys = set(map(letters_of, forms))
    carried = {known: len(ids) for known, ids in names.named(db).items() if letters_of(known) in keys}
    return Effect(
        name,
        wanted,
        conversations,
        accounts,
        tuple(places),
        sum(carried.values()),
        tuple(sorted(carried)),
        _near(db, forms),
    )


def save(
    db: Database, kind: Kind, name: str, aliases: Iterable[str] = (), *, now: str, actor: str, seen: str = "any"
) -> int:
    """Keep a name with these other spellings; return the change's number.

    `seen` is the version that the person looked at. Raises BadName, EntryChanged.
    """
    name = _checked(name, kind)
    wanted = _spellings(name, aliases) if kind in ("product", "integration") else ()
    with db.atomic():
        known = catalogue.entry(db, kind, name)
        if seen != "any" and version(known) != seen:
            raise EntryChanged(name, known.aliases if known else None)
        entry = known.name if known else name
        check_free(db, kind, entry, wanted)
        catalogue.put(db, kind, entry, wanted)
        if kind in ("product", "integration"):
            keys = set(map(letters_of, (entry, *wanted)))
            names.remove(db, [one for n, ids in names.named(db).items() if letters_of(n) in keys for one in ids])
        before = list(known.aliases) if known else None
        return catalogue.note(db, kind, entry, before, list(wanted), now=now, actor=actor)


def add(db: Database, kind: Kind, name: str, aliases: Iterable[str] = (), *, now: str, actor: str) -> int:
    """Keep a name; one that is there gets these spellings beside its own. Returns the change's number. Raises
    BadName."""
    with db.atomic():
        known = catalogue.entry(db, kind, _checked(name, kind))
        return save(db, kind, name, [*(known.aliases if known else ()), *aliases], now=now, actor=actor)


def remove(db: Database, kind: Kind, name: str, *, now: str, actor: str, seen: str = "any") -> int:
    """Take a name out; return the change's number. Raises NotOurs, EntryChanged."""
    with db.atomic():
        known = catalogue.entry(db, kind, name)
        if known is None:
            raise NotOurs(kind, name)
        if seen not in ("any", version(known)):
            raise EntryChanged(name, known.aliases)
        catalogue.put(db, kind, known.name, None)
        return catalogue.note(db, kind, known.name, list(known.aliases), None, now=now, actor=actor)


def undo(db: Database, number: int, *, now: str) -> Change:
    """Undo a change of a name, a persona's rule or a side: the entry says again what it said before.

    Raises NothingToUndo, ChangedAgain.
    """
    with db.atomic():
        one = catalogue.change(db, number)
        if one is None or one.undone_at:
            raise NothingToUndo(number)
        if after := catalogue.later(db, one):
            raise ChangedAgain(one.name, after.id)
        catalogue.mark_undone(db, number, now=now)
        if one.subject == "persona":
            personas.put_back(db, one)
        elif one.subject == "side":
            sides.put_back(db, one, now=now)
        else:
            catalogue.put(db, one.subject, one.name, one.before)
    return one


def undo_at_once(db: Database, first: int, last: int, *, now: str) -> list[Change]:
    """Undo the changes of sides from one number to another that were made at once with the last; a word that somebody
    said since stays. Raises NothingToUndo."""
    end = catalogue.change(db, last)
    if end is None or end.subject != "side":
        raise NothingToUndo(last)
    told = [one for one in catalogue.between(db, first, last) if (one.subject, one.at, one.actor) == ("side", end.at, end.actor)]  # fmt: skip
    with db.atomic():
        return [undo(db, one.id, now=now) for one in told if not one.undone_at and not catalogue.later(db, one)]


def again(db: Database, number: int, *, now: str) -> Change:
    """Undo the undoing of a change: the entry says again what the change said. Raises NothingToUndo, ChangedAgain."""
    with db.atomic():
        one = catalogue.change(db, number)
        if one is None or not one.undone_at:
            raise NothingToUndo(number)
        if after := catalogue.later(db, one):
            raise ChangedAgain(one.name, after.id)
        catalogue.mark_undone(db, number, now="")
        if one.subject == "persona":
            personas.put_back(db, replace(one, before=one.after, after=one.before))
        elif one.subject == "side":
            sides.put_back(db, replace(one, before=one.after, after=one.before), now=now)
        else:
            catalogue.put(db, one.subject, one.name, one.after)
    return one


def is_stale(db: Database) -> bool:
    """Whether the history was read with another catalogue than today's; False where nobody noted what it was read
    with."""
    read = state.get(db, READ)
    return read is not None and read != stamp(db)


def stamp(db: Database) -> str:
    """The catalogue as far as reading depends on it, in short."""
    return stable_id(company.load(db), *sorted(names.refused(db)))


def _checked(name: str, kind: str = "product") -> str:
    name = " ".join(name.replace("\x00", " ").split())
    if kind == "domain":
        name = name.rpartition("@")[2].casefold().removeprefix("www.")
        if "." not in name.strip(".") or " " in name or "/" in name:
            raise BadName("A mail domain is what stands behind the @, for instance yourcompany.com.")
    if not letters_of(name) or len(name) > LONGEST:
        raise BadName(f"A name needs a letter or digit, and at most {LONGEST} characters.")
    return name


def _spellings(name: str, aliases: Iterable[str]) -> tuple[str, ...]:
    found = {one.casefold(): one for one in map(_checked, aliases) if one.casefold() != name.casefold()}
    if len(found) > MOST_ALIASES:
        raise BadName(f"{len(found)} spellings are more than the {MOST_ALIASES} that one name can have.")
    return tuple(found.values())


def check_free(db: Database, kind: Kind, entry: str, aliases: Sequence[str]) -> None:
    """Check that no competitor and no other own name has one of the spellings."""
    rivals = {
        form.casefold(): f"the competitor {c.name}"
        for c in company.load(db).competitors
        for form in (c.name, *c.aliases)
    }
    ours = {
        form.casefold(): f"{NOUNS[other]} {c.name}"
        for other in ("product", "integration") if kind in ("product", "integration")
        for c in catalogue.entries(db, other) if (other, c.name) != (kind, entry)
        for form in (c.name, *c.aliases)
    }  # fmt: skip
    for written in (entry, *aliases):
        if kind in ("product", "integration") and (other := {**ours, **rivals}.get(written.casefold())):
            raise BadName(f"“{written}” already stands for {other}. Take it out there first.")


def _near(db: Database, forms: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Words of the history that are written or heard almost like one of the forms, most frequent first."""
    wanted = {letters_of(form) for form in forms if len(letters_of(form)) > 3}
    found = {}
    for term, count in catalogue.terms(db) if wanted else ():
        key = letters_of(term)
        if key in wanted or any(form.startswith(key) for form in wanted):
            continue  # the index holds stems: "pellwick" of "Pellwicks" is the name itself
        if any(
            abs(len(key) - len(form)) < 4 and key[:1] == form[:1] and likeness(key, form) >= NEAR for form in wanted
        ):
            found[term] = count
    listed = iter(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
    return tuple(islice((pair for pair in listed if findable(db, [pair[0]]) == [pair[0]]), MOST_NEAR))

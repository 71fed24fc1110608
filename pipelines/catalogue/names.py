"""The catalogue of competitors and the names proposed for it: a person's word takes effect at once where that is exact.

Renaming to a listed name and dropping a refused one are exact. What only reading can tell (where a new name or spelling
stands in other words) comes with the next mining, because the finder's version covers the catalogue and what is
refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlite_utils import Database

from insights import proposals
from insights.errors import InsightsError
from insights.language.names import letters_of
from insights.proposals import Proposal
from insights.records import Company, Competitor
from pipelines.privacy.covering import findable
from pipelines.store import catalogue as said_words
from pipelines.store import company, insights, names
from pipelines.store.catalogue import Heard, LeftOut
from pipelines.store.covered import bare, shown_otherwise
from pipelines.store.insights import Quote
from pipelines.store.names import Decision, Standing
from pipelines.store.remembered import per_state

Refusal = Literal["refused", "own", "integration"]
LONGEST = 120


class NotListed(InsightsError):
    """A name that must be in the catalogue is not."""

    def __init__(self, name: str):
        super().__init__(f"'{name}' is not in the catalogue. Look it up: parley competitors list")


class NothingToUndo(InsightsError):
    """A decision that does not exist or is undone already."""

    def __init__(self, number: object):
        super().__init__(f"There is no decision {number} to undo. List them: parley competitors decisions")


class NoName(InsightsError):
    """A name without letters, or one that is too long to be one."""

    def __init__(self) -> None:
        super().__init__(f"A name needs a letter or digit, and at most {LONGEST} characters.")


class OtherEntry(InsightsError):
    """A spelling that another entry of the catalogue has."""

    def __init__(self, written: str, other: str):
        super().__init__(f"'{written}' already stands for {other} in the catalogue. Take it out there first.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A competitor of the catalogue, where it stands in what was said, and the latest quote that names it."""

    name: str
    aliases: tuple[str, ...]
    standing: Standing
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a competitor's name and spellings meet in the whole history; nothing is kept.

    `conversations` and `accounts` hold one of them, `spelt` says how many conversations each spelling. `places` are
    some, of what is new in the entry where anything is. `uncounted` is how many of the conversations have no mention of
    the competitor that counts: reading them with this entry tells in which it is meant. `joins` are mentions under
    other names that would become its own.
    """

    name: str
    aliases: tuple[str, ...]
    conversations: int
    accounts: int
    spelt: tuple[tuple[str, int], ...]
    places: tuple[Heard, ...]
    uncounted: int
    joins: tuple[tuple[str, int], ...]


@per_state
def catalogue(db: Database) -> list[Entry]:
    """The catalogue with its figures, those that most conversations name first."""
    found, none = names.standings(db), Standing(0, 0, (), "")
    listed = [(c, found.get(c.name.lower(), none)) for c in company.load(db).competitors]
    entries = [
        Entry(c.name, c.aliases, stands, insights.get(db, stands.latest) if stands.latest else None)
        for c, stands in listed
    ]
    return sorted(entries, key=lambda one: (-one.standing.conversations, one.name.lower()))


@per_state
def proposed(db: Database, *, limit: int = 50) -> tuple[list[tuple[Proposal, list[Quote]]], int]:
    """Names that wait for a decision, with quotes of different accounts; and how many there are. Doubtful ones wait
    until another account says them. Whoever names two in one breath means two, however alike they are."""
    found = [one for one in _proposals(bare(db)) if not one.doubtful]  # who is known, and so no rival, is known there
    covered = shown_otherwise(db, (name for one in found for name in (one.name, *dict(one.spellings))))
    found = [one for one in found if covered.keys().isdisjoint((one.name, *dict(one.spellings)))]
    apart = [replace(one, meant="") if one.meant and _are_two(db, one) else one for one in found[:limit]]
    shown = [(one, [q for i in one.quoted if (q := insights.get(db, i))]) for one in apart]
    return shown, len(found)


def accept(db: Database, name: str, *, competitor: str = "", now: str, actor: str) -> int:
    """Take a proposed name into the catalogue: as a competitor of its own, or as a spelling of `competitor`.

    Returns the decision's number. Raises NotListed, OtherEntry or NoName.
    """
    name = _checked(name)
    with db.atomic():
        keys, spellings = _group(db, name)
        target = names.entry(db, competitor) if competitor else names.entry(db, name)
        if competitor and target is None:
            raise NotListed(competitor)
        _unowned(db, [*spellings, name], target.name if target else name)
        before = target.aliases if target else None
        entry = target.name if target else name
        new = [one for one in dict.fromkeys([name, *spellings]) if one.lower() != entry.lower()]
        after = _joined(before or (), new)
        names.put(db, entry, after)
        _rename(db, keys, entry)
        number = names.decide(
            db, "alias" if competitor else "competitor", name, keys=keys, competitor=entry, before=before, after=after,
            now=now, actor=actor,
        )  # fmt: skip
        _file(db, now)
    return number


def reject(db: Database, name: str, *, why: Refusal = "refused", now: str, actor: str) -> int:
    """Never take a name for a competitor again, past and to come; `why` also makes it a product of ours or a tool that
    ours works with. Returns the decision's number. Raises NoName, and OtherEntry for a name that the catalogue has.
    """
    name = _checked(name)
    with db.atomic():
        _unowned(db, [name], "")
        keys, spellings = _group(db, name)
        known = company.load(db)
        told = {one.lower() for one in (*known.products, *known.integrations)}
        # What was told before this decision stays when it is undone.
        added = (
            [] if why == "refused" else [one for one in dict.fromkeys([name, *spellings]) if one.lower() not in told]
        )
        company.add(db, Company(products=tuple(added)) if why == "own" else Company(integrations=tuple(added)))
        names.remove(db, _ids(db, keys))
        return names.decide(db, why, name, keys=keys, after=added, now=now, actor=actor)


def say(db: Database, name: str, verdict: str, competitor: str = "", *, now: str, actor: str) -> int:
    """Carry out a person's word: competitor, alias (of `competitor`), refused, own or integration."""
    match verdict:
        case "refused" | "own" | "integration":
            return reject(db, name, why=verdict, now=now, actor=actor)
        case "alias" if not competitor.strip():
            raise NotListed(competitor)
        case _:
            return accept(db, name, competitor=competitor if verdict == "alias" else "", now=now, actor=actor)


def edit(db: Database, name: str, aliases: Iterable[str], *, now: str, actor: str) -> int:
    """Make an entry of the catalogue, or give it these other spellings; returns the decision's number."""
    name, wanted = _checked(name), [_checked(alias) for alias in aliases]
    with db.atomic():
        known = names.entry(db, name)
        entry = known.name if known else name
        _unowned(db, [entry, *wanted], entry)
        after = _joined((), [one for one in wanted if one.lower() != entry.lower()])
        keys = tuple(dict.fromkeys(letters_of(one) for one in (entry, *after)))
        names.put(db, entry, after)
        _rename(db, keys, entry)
        number = names.decide(
            db, "edited", entry, keys=keys, competitor=entry, before=known.aliases if known else None, after=after,
            now=now, actor=actor,
        )  # fmt: skip
        _file(db, now)
    return number


def effect(db: Database, name: str, aliases: Iterable[str]) -> Effect:
    """What an entry with these spellings would meet. Raises NoName, OtherEntry."""
    name, wanted = _checked(name), [_checked(alias) for alias in aliases]
    known = names.entry(db, name)
    entry = known.name if known else name
    _unowned(db, [entry, *wanted], entry)
    spelt = _joined((), [one for one in wanted if one.lower() != entry.lower()])
    forms = findable(db, [entry, *spelt])
    conversations, accounts, places = said_words.said(db, forms)
    before = {form.lower() for form in (known.name, *known.aliases)} if known else set()
    if new := [one for one in forms if one.lower() not in before]:
        places = said_words.said(db, new)[2] if known else places
    each = tuple((one, said_words.said(db, [one], limit=0)[0]) for one in forms)
    keys = {letters_of(one) for one in forms}
    carried = {written: ids for written, ids in names.named(db).items() if letters_of(written) in keys}
    uncounted = said_words.uncounted(db, forms, [one for ids in carried.values() for one in ids])
    joins = tuple((written, len(ids)) for written, ids in sorted(carried.items()) if written.lower() != entry.lower())
    return Effect(entry, spelt, conversations, accounts, each, tuple(places), uncounted, joins)


def left_out(db: Database, name: str, *, limit: int = 50) -> tuple[Competitor, list[LeftOut]] | None:
    """An entry of the catalogue with what is said where it stands and is not counted; None where there is no such
    entry."""
    if (known := names.entry(db, name)) is None:
        return None
    forms = findable(db, [known.name, *known.aliases])
    keys = {letters_of(one) for one in forms}
    ids = [one for written, ids in names.named(db).items() if letters_of(written) in keys for one in ids]
    return known, said_words.left_out(db, forms, ids, limit=limit)


def add(db: Database, name: str, aliases: Iterable[str], *, now: str, actor: str) -> int:
    """Make an entry of the catalogue; one that is there gets these spellings beside its own. Returns the decision's
    number."""
    with db.atomic():
        known = names.entry(db, _checked(name))
        return edit(db, name, [*(known.aliases if known else ()), *aliases], now=now, actor=actor)


def remove(db: Database, name: str, *, now: str, actor: str) -> int:
    """Take an entry out of the catalogue; its mentions carry the words of the text again. Raises NotListed."""
    with db.atomic():
        known = names.entry(db, name)
        if known is None:
            raise NotListed(name)
        names.put(db, known.name, None)
        _as_written(db, known.name, None)
        number = names.decide(
            db, "removed", known.name, competitor=known.name, before=known.aliases, after=None, now=now, actor=actor
        )
        _file(db, now, left=known.name)
    return number


def restore(db: Database, number: int, *, now: str) -> Decision:
    """Undo a decision: what it added goes, what it took comes back; later changes of the same entry stay."""
    with db.atomic():
        one = names.decision(db, number)
        if one is None or one.undone_at:
            raise NothingToUndo(number)
        names.undo(db, number, now=now)
        if one.verdict in {"own", "integration"}:
            company.forget(db, "product" if one.verdict == "own" else "integration", one.after or ())
        elif one.verdict != "refused":
            _undo_entry(db, one)
            _file(db, now, left=one.competitor, since=one.at)
    return one


def again(db: Database, number: int, *, now: str, actor: str) -> int:
    """Decide again what was undone; returns the new decision. Raises NothingToUndo where it holds."""
    one = names.decision(db, number)
    if one is None or not one.undone_at:
        raise NothingToUndo(number)
    if one.verdict == "removed":
        return remove(db, one.competitor, now=now, actor=actor)
    if one.verdict == "edited":
        return edit(db, one.competitor, list(one.after or ()), now=now, actor=actor)
    return say(db, one.name, one.verdict, one.competitor, now=now, actor=actor)


def _undo_entry(db: Database, one: Decision) -> None:
    known = names.entry(db, one.competitor)
    before, after = one.before or (), one.after or ()
    added = {alias.lower() for alias in after} - {alias.lower() for alias in before}
    left = [alias for alias in (known.aliases if known else ()) if alias.lower() not in added]
    aliases = _joined(left, [alias for alias in before if alias not in after])
    gone = one.before is None and not aliases
    kept = None if gone else aliases
    names.put(db, one.competitor, kept)
    _as_written(db, one.competitor, kept)
    if kept is not None:
        _rename(db, [letters_of(form) for form in (one.competitor, *kept)], one.competitor)


def _proposals(db: Database) -> list[Proposal]:
    settled, known = names.refused(db) | names.those_we_know(db), names.known_for_short(db)
    return proposals.propose(names.mentions(db), company.load(db).competitors, settled=settled, known=known)


def _are_two(db: Database, one: Proposal) -> bool:
    """Whether somebody says a proposed name and the listed one that it is like in one utterance."""
    known = names.entry(db, one.meant)
    listed = findable(db, [known.name, *known.aliases]) if known else []
    return said_words.are_said_together(db, [written for written, _ in one.spellings], listed)


def _group(db: Database, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys and spellings that are proposed together with a name; the name's own where none is."""
    key = letters_of(name)
    for one in _proposals(db):
        spellings = tuple(written for written, _ in one.spellings)
        if key in (keys := tuple(dict.fromkeys(map(letters_of, spellings)))):
            return keys, spellings
    return (key,), ()


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not letters_of(name) or len(name) > LONGEST:
        raise NoName
    return name


def _unowned(db: Database, spellings: Iterable[str], entry: str) -> None:
    """Check that no other entry has one of the spellings."""
    theirs = {form.lower(): c.name for c in company.load(db).competitors for form in (c.name, *c.aliases)}
    for written in spellings:
        other = theirs.get(written.lower(), entry)
        if other.lower() != entry.lower():
            raise OtherEntry(written, other)


def _joined(known: Sequence[str], new: Iterable[str]) -> tuple[str, ...]:
    """Both, each spelling once whatever the case of its letters."""
    return tuple({one.lower(): one for one in reversed([*known, *new])}.values())[::-1]


def _ids(db: Database, keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    return [one for name, ids in names.named(db).items() if letters_of(name) in wanted for one in ids]


def _rename(db: Database, keys: Iterable[str], name: str) -> None:
    names.rename(db, _ids(db, keys), name)


def _as_written(db: Database, name: str, aliases: Sequence[str] | None) -> None:
    """Give mentions of a name the words of the text again where the catalogue no longer ties them to it."""
    kept = set() if aliases is None else {letters_of(form) for form in (name, *aliases)}
    for one, text in names.as_written(db, name):
        if letters_of(text) not in kept:
            names.rename(db, [one], text)


def _file(db: Database, now: str, *, left: str = "", since: str = "") -> None:
    """Put mentions under the theme of the name that they carry now; one that only the entry `left` made goes with
    it."""
    from pipelines.discover import by_name, unmake_name

    if left:
        unmake_name(db, left, since=since, now=now)
    by_name(db, now)

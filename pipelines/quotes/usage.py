"""Say what a quote may be used for and where it was used; all of it with a name, a time, and an undo."""

import re
from collections.abc import Sequence

from sqlite_utils import Database

from insights.content.pages import is_web
from insights.errors import InsightsError
from insights.periods import is_day
from pipelines.quotes.collections import checked_note, get, note_usage
from pipelines.quotes.collections import seen as plain
from pipelines.store import collections, insights
from pipelines.store import usage as store
from pipelines.store.usage import STATES as STATES

LONGEST_USE = 300
_BARE = re.compile(r"[^\W_][\w-]*(?:\.[\w-]+)+(?::\d{1,5})?(?:[/?#]\S*)?")  # "pellwick.example/blog"


class BadUsage(InsightsError):
    """A state or a use that cannot be kept."""


class Nameless(BadUsage):
    """Nobody says that a quote may be used."""

    def __init__(self) -> None:
        super().__init__("Leave to use a quote outside needs a name: type who gives it.")


class NothingSaid(InsightsError):
    """What is to be undone is not there."""

    def __init__(self) -> None:
        super().__init__("There is nothing to undo: it was undone already.")


class BadAddress(BadUsage):
    """What is typed as an address is none."""

    def __init__(self) -> None:
        super().__init__("This is no web address. Write it like example.com/blog/changeover, or leave the field empty.")


class UsageChanged(InsightsError):
    """Somebody else said something of the quote meanwhile."""

    def __init__(self, state: str, actor: str):
        super().__init__(
            f"Meanwhile {actor} set this quote to “{state}”. Nothing was overwritten: look at it, then choose again."
        )


def say(
    db: Database,
    quote: str,
    state: str,
    *,
    note: str = "",
    base: int | None = None,
    now: str,
    actor: str,
    named: bool = True,
) -> int:
    """Say what a quote may be used for; returns the event. `base` is the number of the saying that the person saw (0:
    none).

    The same said again by the same person is no second event: the first is returned. Raises BadUsage (leave to publish
    needs a name) and UsageChanged.
    """
    if state not in STATES:
        raise BadUsage(f"There is no state '{state[:40]}'. Known: {', '.join(STATES)}.")
    if state != "internal" and not named:
        raise Nameless
    note = checked_note(note)
    with db.atomic():
        if quote not in collections.known_quotes(db, [quote]):
            raise BadUsage("This is no quote that Parley knows.")
        last = next((one for one in store.history(db, quote) if not one.undone_at), store.Standing())
        # The form's note is empty where nobody adds to what was said.
        if last.id and (last.state, last.actor) == (state, actor) and note in (last.note, ""):
            return last.id
        if base is not None and base != last.id:
            raise UsageChanged(last.state, last.actor or "an undo")
        return store.say(db, quote, state, note=note, now=now, actor=actor)


def say_all(
    db: Database,
    collection_id: int,
    state: str,
    *,
    note: str = "",
    over: bool = False,
    seen: Sequence[str] | None = None,
    now: str,
    actor: str,
    named: bool = True,
) -> int | None:
    """Say what all quotes of a collection that are there may be used for; returns the collection's event, by which all
    of it is undone, None where nothing changes.

    Those that somebody cleared already keep what was said of them, unless `over` says otherwise; "internal" is for all.
    `seen` are the quotes that the person saw in it, None for whatever is in: what others put in since nobody has
    cleared. Raises BadUsage and UnknownCollection.
    """
    with db.atomic():
        there = _there(db, collection_id, seen)
        standing = store.of(db, there)
        edits = []
        for quote in there:
            before = standing.get(quote, store.Standing()).state
            if before == state or (before != "internal" and state != "internal" and not over):
                continue
            number = say(db, quote, state, note=note, now=now, actor=actor, named=named)
            edits.append([quote, "usage", 0, number])
        if not edits:
            if state not in STATES:
                raise BadUsage(f"There is no state '{state[:40]}'. Known: {', '.join(STATES)}.")
            return None
        return note_usage(db, collection_id, f"usage {state}", edits, now=now, actor=actor)


def used_all(
    db: Database, collection_id: int, *, title: str, address: str = "", day: str = "",
    seen: Sequence[str] | None = None,
    now: str, actor: str,
) -> int | None:  # fmt: skip
    """Note where all quotes of a collection that are there were used, of `seen` alone where that is given; returns the
    collection's event, None where it is empty. Raises BadUsage and UnknownCollection."""
    with db.atomic():
        told = {"title": title, "address": address, "day": day, "now": now, "actor": actor}
        edits = [[quote, "use", 0, used(db, quote, **told)] for quote in _there(db, collection_id, seen)]
        return note_usage(db, collection_id, "use", edits, now=now, actor=actor) if edits else None


def _there(db: Database, collection_id: int, among: Sequence[str] | None) -> list[str]:
    get(db, collection_id)
    ids = [row.insight_id for row in collections.kept(db, collection_id)]
    ids = ids if among is None else [one for one in ids if one in among]
    shown = insights.several(db, ids)
    return [one for one in ids if one in shown]


def unsay(db: Database, quote: str, event_id: int, *, now: str, actor: str) -> None:
    """Take a saying back; the one before it holds again. Raises NothingSaid."""
    with db.atomic():
        if not store.unsay(db, quote, event_id, now=now, actor=actor):
            raise NothingSaid


def used(db: Database, quote: str, *, title: str, address: str = "", day: str = "", now: str, actor: str) -> int:
    """Note where a quote was used. Raises BadUsage."""
    title, address = " ".join(plain(title).split()), plain(address).strip()
    if not title:
        raise BadUsage("Say where it was used, for instance the article's title.")
    if max(len(title), len(address)) > LONGEST_USE:
        raise BadUsage(f"Title and address may have {LONGEST_USE} characters each.")
    if _BARE.fullmatch(address):
        address = f"https://{address}"
    if address and (not is_web(address) or " " in address):
        raise BadAddress
    if day and not is_day(day):
        raise BadUsage("The day must be written as YYYY-MM-DD.")
    with db.atomic():
        if quote not in collections.known_quotes(db, [quote]):
            raise BadUsage("This is no quote that Parley knows.")
        return store.add_use(db, quote, title=title, address=address, day=day, now=now, actor=actor)


def set_use(db: Database, quote: str, use_id: int, *, removed: bool, now: str, actor: str) -> None:
    """Take a use away or bring it back. Raises NothingSaid."""
    with db.atomic():
        if not store.set_removed(db, quote, use_id, at=now if removed else "", by=actor if removed else ""):
            raise NothingSaid

"""Collect quotes: name a collection, add, order, note, take out, archive. Every act is an event that can be undone.

Two people at once: what was typed carries the version that its writer saw. Where the same thing changed meanwhile,
nothing is overwritten and the writer is told; what does not touch it (a quote added beside) is no conflict.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.store import collections as store
from pipelines.store import usage
from pipelines.store.collections import Collection, Event, Kept

LONGEST_TITLE, LONGEST_NOTE, MOST_QUOTES = 120, 4000, 1000


class UnknownCollection(InsightsError):
    """A collection that is not there."""

    def __init__(self, collection_id: object):
        super().__init__(f"There is no collection {collection_id}. See those that there are under /collections.")


class UnknownChange(InsightsError):
    """An act that is not there, or was undone already."""

    def __init__(self) -> None:
        super().__init__("There is nothing to undo: it was undone already.")


class CollectionChanged(InsightsError):
    """Somebody else changed the same thing meanwhile."""

    def __init__(self, what: str, theirs: str = ""):
        reads = f" It now reads “{theirs[:200]}”." if theirs else ""
        super().__init__(
            f"Somebody else changed {what} meanwhile.{reads} Nothing was overwritten: look at it, then save yours again."
        )


class ChangedAfter(InsightsError):
    """An act on which a later one rests cannot be undone by itself."""

    def __init__(self) -> None:
        super().__init__("Something was changed there since. Undo the later change first; nothing was changed now.")


class BadCollection(InsightsError):
    """Words or quotes that cannot be kept."""


def get(db: Database, collection_id: int) -> Collection:
    """A collection. Raises UnknownCollection."""
    found = store.get(db, collection_id)
    if found is None or found.status == "removed":
        raise UnknownCollection(collection_id)
    return found


def create(
    db: Database, *, title: str, note: str = "", quotes: Sequence[str] = (), now: str, actor: str
) -> tuple[int, int]:
    """Make a collection; returns its id and the event's. Undone, it is away with all that was in it. Raises
    BadCollection."""
    title, note = checked_title(title), checked_note(note)
    with db.atomic():
        made = store.create(db, title=title, note=note, now=now, actor=actor)
        edits: list[list[Any]] = [["", "status", "removed", "active"]]
        edits += _additions(db, made, quotes, now=now, actor=actor)
        return made, _act(db, made, "create", edits, now=now, actor=actor)


def describe(
    db: Database,
    collection_id: int,
    *,
    title: str | None = None,
    note: str | None = None,
    was: str | None = None,
    now: str,
    actor: str,
) -> int | None:
    """Change the title or the note. `was` is the text that the writer saw, None to write it whatever there is.

    Returns the event, None where nothing changes. Raises UnknownCollection, BadCollection, CollectionChanged.
    """
    name, new = ("title", checked_title(title)) if title is not None else ("note", checked_note(note or ""))
    with db.atomic():
        old = getattr(get(db, collection_id), name)
        if new == old:
            return None
        if was is not None and _plain(was) != _plain(old):
            raise CollectionChanged(f"the {name}", old)
        return _act(db, collection_id, f"edit {name}", [["", name, old, new]], now=now, actor=actor)


def add(db: Database, collection_id: int, quotes: Sequence[str], *, now: str, actor: str) -> int | None:
    """Put quotes at the end; those that are in already stay where they are. None where all were in. Raises
    BadCollection."""
    with db.atomic():
        get(db, collection_id)
        edits = _additions(db, collection_id, quotes, now=now, actor=actor)
        return _act(db, collection_id, "add", edits, now=now, actor=actor) if edits else None


def take_out(db: Database, collection_id: int, quote: str, *, now: str, actor: str) -> int | None:
    """Take a quote out, with its note, which comes back with an undo."""
    with db.atomic():
        get(db, collection_id)
        row = _row(db, collection_id, quote)
        return (
            _act(db, collection_id, "take out", [[quote, "", _told(row), None]], now=now, actor=actor) if row else None
        )


def annotate(
    db: Database, collection_id: int, quote: str, note: str, *, was: str | None = None, now: str, actor: str
) -> int | None:
    """Write a note on one quote. Raises CollectionChanged where the note is no longer the one that the writer saw."""
    note = checked_note(note)
    with db.atomic():
        get(db, collection_id)
        row = _row(db, collection_id, quote)
        if row is None:
            raise CollectionChanged("this quote", "taken out of the collection")
        if row.note == note:
            return None
        if was is not None and _plain(was) != _plain(row.note):
            raise CollectionChanged("the note on this quote", row.note)
        return _act(db, collection_id, "note", [[quote, "note", row.note, note]], now=now, actor=actor)


def note_of(db: Database, collection_id: int, quote: str) -> str:
    """The note on a quote of a collection, "" for none."""
    row = _row(db, collection_id, quote)
    return row.note if row else ""


def move(db: Database, collection_id: int, quote: str, step: int, *, now: str, actor: str) -> int | None:
    """Move a quote up (-1) or down (+1); None where it stands at that end already."""
    ids = [row.insight_id for row in store.kept(db, collection_id)]
    if quote not in ids or not 0 <= (to := ids.index(quote) + step) < len(ids):
        return None
    ids.insert(to, ids.pop(ids.index(quote)))
    return order(db, collection_id, ids, now=now, actor=actor)


def order(
    db: Database, collection_id: int, quotes: Sequence[str], *, was: Sequence[str] | None = None, now: str, actor: str
) -> int | None:
    """Put the quotes into this order. Those that are not named, added by others meanwhile, keep to the end. `was` is
    the order that was seen, None to put them so whatever it is. Raises CollectionChanged where somebody else moved them
    since."""
    with db.atomic():
        get(db, collection_id)
        rows = {row.insight_id: row for row in store.kept(db, collection_id)}
        if was is not None and [one for one in rows if one in was] != [one for one in was if one in rows]:
            raise CollectionChanged("the order")
        wanted = [one for one in dict.fromkeys(quotes) if one in rows]
        wanted += [one for one in rows if one not in wanted]
        edits = [[one, "place", rows[one].place, n] for n, one in enumerate(wanted, 1) if rows[one].place != n]
        return _act(db, collection_id, "order", edits, now=now, actor=actor) if edits else None


def set_status(db: Database, collection_id: int, status: str, *, now: str, actor: str) -> int | None:
    """Archive, restore or remove (`status` archived, active, removed)."""
    with db.atomic():
        old = get(db, collection_id).status
        type = {"archived": "archive", "active": "restore", "removed": "remove"}[status]
        return (
            _act(db, collection_id, type, [["", "status", old, status]], now=now, actor=actor)
            if status != old
            else None
        )


def undo(db: Database, event_id: int, *, within: int | None = None, now: str, actor: str) -> Event:
    """Take an act back, one on the collection `within` where that is given. Raises UnknownChange, and ChangedAfter
    where what it changed was changed again since."""
    with db.atomic():
        done = store.event(db, event_id)
        if done is None or done.undone_at or within not in (None, done.collection_id):
            raise UnknownChange
        if done.type.partition(" ")[0] in ("usage", "use"):
            _unsay(db, done, now=now, actor=actor)
            store.mark_undone(db, event_id, now=now, actor=actor)
            return done
        back = [[quote, field, after, before] for quote, field, before, after in reversed(done.edits)]
        if done.type == "create":  # it goes whole, and what was put in since comes back if it comes back
            back = [edit for edit in back if not edit[0]]
        if any(_stands(db, done.collection_id, quote, field) != now_there for quote, field, now_there, _ in back):
            raise ChangedAfter
        store.write(db, done.collection_id, back, now=now)
        store.mark_undone(db, event_id, now=now, actor=actor)
        return done


def _unsay(db: Database, done: Event, *, now: str, actor: str) -> None:
    """Take back what was said of quotes or of where they were used, but for what somebody took back one by one."""
    for quote, field, _, number in done.edits:
        if field == "use":
            usage.set_removed(db, quote, number, at=now, by=actor)
            continue
        last = next((one.id for one in usage.history(db, quote) if not one.undone_at), 0)
        if last > number:  # somebody said something since: it rests on this
            raise ChangedAfter
        usage.unsay(db, quote, number, now=now, actor=actor)


def _stands(db: Database, collection_id: int, quote: str, field: str) -> Any:
    if not quote:
        return getattr(store.get(db, collection_id), field)
    row = _row(db, collection_id, quote)
    if row is None:
        return None
    return getattr(row, field) if field else _told(row) | {"place": _placed(db, collection_id, quote, row)}


def _placed(db: Database, collection_id: int, quote: str, row: Kept) -> int:
    """The place with which a quote was put in: that others were moved about since does not keep it from being taken
    out."""
    for event in store.events(db, collection_id, limit=10_000):
        for one, field, _, after in event.edits:
            if one == quote and not field and after is not None:
                return after["place"]
    return row.place


def note_usage(
    db: Database, collection_id: int, type: str, edits: Sequence[Sequence[Any]], *, now: str, actor: str
) -> int:
    """Note something said of its quotes at once: `edits` are [quote, "usage" or "use", 0, the number of what was
    said]."""
    return store.note_event(db, collection_id, type, edits, now=now, actor=actor)


def _act(db: Database, collection_id: int, type: str, edits: Sequence[Sequence[Any]], *, now: str, actor: str) -> int:
    store.write(db, collection_id, edits, now=now)
    return store.note_event(db, collection_id, type, edits, now=now, actor=actor)


def _row(db: Database, collection_id: int, quote: str) -> Kept | None:
    return next((row for row in store.kept(db, collection_id) if row.insight_id == quote), None)


def _told(row: Kept) -> dict[str, Any]:
    return {"place": row.place, "note": row.note, "added_at": row.added_at, "added_by": row.added_by}


def _additions(db: Database, collection_id: int, quotes: Sequence[str], *, now: str, actor: str) -> list[list[Any]]:
    rows = store.kept(db, collection_id)
    inside, known = {row.insight_id for row in rows}, store.known_quotes(db, quotes)
    new = [one for one in dict.fromkeys(quotes) if one not in inside]
    if any(one not in known for one in new):
        raise BadCollection("One of these is no quote that Parley knows. Load the page again and choose anew.")
    if len(rows) + len(new) > MOST_QUOTES:
        raise BadCollection(f"A collection holds {MOST_QUOTES:,} quotes at most. Begin another one.")
    place = max((row.place for row in rows), default=0)
    return [
        [one, "", None, {"place": place + n, "note": "", "added_at": now, "added_by": actor}] for n,
        one in enumerate(new, 1)
    ]  # fmt: skip


def seen(text: str) -> str:
    """Text without control characters, which nobody sees and files refuse; lines and tabs stay."""
    return "".join(
        one for one in text.replace("\r\n", "\n") if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs")
    )


def _plain(text: str) -> str:
    return seen(text).strip()


def checked_title(title: str) -> str:
    """A title to keep. Raises BadCollection."""
    title = " ".join(seen(title).split())
    if not any(one.isprintable() and not one.isspace() for one in title):
        raise BadCollection("Give the collection a name, for instance the article that it is for.")
    if len(title) > LONGEST_TITLE:
        raise BadCollection(f"The name has {len(title):,} characters; {LONGEST_TITLE} is the most.")
    return title


def checked_note(note: str) -> str:
    """A note to keep. Raises BadCollection."""
    note = _plain(note)
    if len(note) > LONGEST_NOTE:
        raise BadCollection(f"The note has {len(note):,} characters; {LONGEST_NOTE:,} is the most.")
    return note

"""All quotes as columns in memory, one shelf a database: a page of quotes filters, folds and counts them in milliseconds.

What one would get wrong: the shelf holds no words of customers but their forms' numbers, is made anew as soon as anybody
has committed anything, and says what the shared filters say in SQL, value by value (a test compares the two).
"""

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
from sqlite_utils import Database

from insights.folding import said_again
from insights.typical import READABLE
from pipelines.store import connect, shelf
from pipelines.store import conversations as stored
from pipelines.store.filters import Filters, options

MOST_SHELVES = 3  # databases that one process keeps at hand
MOST_MASKS = 64
FEW_VALUES = 40  # of an own field, up to which it can be a facet
COLUMNS = (
    "kind", "label", "relation", "competitor", "follow_up", "voice", "role", "channel", "account", "persona", "seniority",
    "stage", "outcome", "rep",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A field of all n quotes: `codes` (n,) are places in `values`. `pairs` (n,) number the different pairs of a value and
    a meeting, `of_pair` says each pair's value: counting meetings by value is then one look at every quote."""

    values: tuple[str, ...]
    codes: np.ndarray
    pairs: np.ndarray
    of_pair: np.ndarray


@dataclass(frozen=True, slots=True)
class Shelf:
    """All shown quotes, the newest first, as columns of length n: ids and ISO days as bytes, everything else as numbers.

    `folds` are equal where the same words are said again. `accounts` number the accounts, a conversation without one being
    its own; `named` says whether there is one. `fit` is in [0, 1], -1 while a quote waits. `worth` is larger for a better
    quote. `theme` and `leaf` are ids, -1 while it waits. `forms` and `masks` are kept so that they are not made twice.
    """

    ids: np.ndarray
    days: np.ndarray
    conversations: np.ndarray
    utterances: np.ndarray
    meetings: np.ndarray
    accounts: np.ndarray
    named: np.ndarray
    texts: np.ndarray
    hashes: tuple[str, ...]
    folds: np.ndarray
    theme: np.ndarray
    leaf: np.ndarray
    fit: np.ndarray
    worth: np.ndarray
    columns: Mapping[str, Column]
    forms: dict[str, tuple[str, int]]
    masks: "OrderedDict[tuple[str, str], np.ndarray]" = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(slots=True)
class _Place:
    """A database's shelf and the connection that says whether somebody has written since."""

    lock: Lock
    db: Database
    version: int = -1
    shelf: Shelf | None = None


_places: OrderedDict[tuple[str, int], _Place] = OrderedDict()
_lock = Lock()


def of(db: Database, filters: Filters) -> Shelf:
    """The shelf of a database as it stands; made for this once where somebody looks back to a day, or it is no file."""
    path = next((row[2] for row in db.conn.execute("PRAGMA database_list") if row[1] == "main"), "")
    if filters.published or not path:
        return build(db)
    place = _place(path)
    with place.lock:
        # Changes with every commit of any other connection, and a read of it costs microseconds.
        version = place.db.conn.execute("PRAGMA data_version").fetchone()[0]
        if place.shelf is None or version != place.version:
            place.version, place.shelf = version, build(place.db, before=place.shelf)
        return place.shelf


def _place(path: str) -> _Place:
    key = (path, os.stat(path).st_ino)
    with _lock:
        if key not in _places:
            _places[key] = _Place(Lock(), connect(path))
        _places.move_to_end(key)
        gone = [_places.popitem(last=False)[1] for _ in range(len(_places) - MOST_SHELVES)]
    for old in gone:
        with old.lock:  # somebody may be reading it
            old.db.close()
    return _places[key]


def build(db: Database, *, before: Shelf | None = None) -> Shelf:
    """Read the shelf; what does not change of words that were there `before` is taken from there."""
    began = not db.conn.in_transaction
    if began:
        db.conn.execute("BEGIN DEFERRED")  # so that all queries see one state
    try:
        told = shelf.conversations(db)
        rows = shelf.rows(db)
        names = stored.field_names(db, most_values=FEW_VALUES)
        own = shelf.own_fields(db, names)
        forms = before.forms if before else {}
        sentences = dict(shelf.sentences(db, forms))
    finally:
        if began:
            db.conn.rollback()
    return _columns(told, rows, _forms(rows, forms, sentences), names, own)


def _forms(
    rows: Sequence[tuple], known: Mapping[str, tuple[str, int]], sentences: Mapping[str, str]
) -> dict[str, tuple[str, int]]:
    """The form under which quotes are folded, and how many words they have: by hash, a competitor's mention by its id."""
    forms = {}
    for row in rows:
        key = row[0] if row[2] == "competitor" else row[6]
        if key in known:
            forms[key] = known[key]
        elif key not in forms:
            text = sentences.get(key, row[7]) if row[2] == "competitor" else row[7]
            forms[key] = (said_again(text), len(text.split()))
    return forms


def _columns(
    told: Sequence[tuple], rows: Sequence[tuple], forms: dict[str, tuple[str, int]], names: Sequence[str],
    own: Sequence[tuple[str, str, str]],
) -> Shelf:  # fmt: skip
    facts = list(zip(*told, strict=True)) or [()] * (4 + len(shelf.FACTS))
    said = list(zip(*rows, strict=True)) or [()] * 15
    at = dict(zip(facts[0], range(len(told)), strict=True))
    where = np.array([at[conversation] for conversation in said[1]], np.int32)
    ids, days = np.array(said[0], "S16"), np.array(facts[3], "S10")[where] if rows else np.array([], "S10")
    newest = np.lexsort((ids, days))[::-1]
    where = where[newest]
    of_rows = lambda values: _coded(values, newest)  # noqa: E731
    of_conversations = lambda values: _coded(values, where)  # noqa: E731
    labels = [
        ("", label) if kind == "competitor" else (label, "") for kind, label in zip(said[2], said[3], strict=True)
    ]
    values = {
        "kind": of_rows(said[2]), "label": of_rows([label for label, _ in labels]),
        "relation": of_rows([relation for _, relation in labels]), "competitor": of_rows(said[4]),
        "follow_up": of_rows(said[5]), "voice": of_rows(said[10]), "role": of_rows(said[11]),
    }  # fmt: skip
    for name, fact in zip(shelf.FACTS, facts[4:], strict=True):
        values["channel" if name == "kind" else name] = of_conversations(fact)
    for name in names:
        mine = {conversation: value for conversation, one, value in own if one == name}
        values.setdefault(name, of_conversations([mine.get(conversation, "") for conversation in facts[0]]))
    accounts = values["account"]
    named = np.array([bool(name) for name in accounts[0]], bool)[accounts[1]] if rows else np.array([], bool)
    hashes, texts = of_rows(said[6])
    shown = [forms[row[0] if row[2] == "competitor" else row[6]] for row in rows]
    _, meetings = of_conversations(facts[2])
    return Shelf(
        ids[newest], days[newest], np.array(facts[1], np.int64)[where], np.array(said[9], np.int64)[newest], meetings,
        np.where(named, accounts[1], len(accounts[0]) + where), named, texts, hashes,
        of_rows([(row[2] == "competitor", form) for row, (form, _) in zip(rows, shown, strict=True)])[1],
        _numbers(said[12], np.int64)[newest], _numbers(said[13], np.int64)[newest], _numbers(said[14], np.float64)[newest],
        _worth(said, [words for _, words in shown])[newest],
        {name: _column(different, codes, meetings) for name, (different, codes) in values.items()}, forms,
    )  # fmt: skip


def _coded(values: Sequence, order: np.ndarray) -> tuple[tuple, np.ndarray]:
    """The different values, and for each place in `order` which of them it has."""
    different = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return tuple(different), np.array(list(map(different.__getitem__, values)), np.int32)[order]


def _numbers(values: Sequence, kind: type) -> np.ndarray:
    return np.array([-1 if value is None else value for value in values], kind)


def _worth(said: Sequence[Sequence], words: Sequence[int]) -> np.ndarray:
    """The buyer's own words before a report, what is read at a glance before what is not, then how surely it was found."""
    voice = np.array(
        [voice == "verbatim" and role != "seller" for voice, role in zip(said[10], said[11], strict=True)], bool
    )
    count = np.array(words, np.int64)
    readable = (count >= READABLE[0]) & (count <= READABLE[1])
    sure = np.rint(np.array(said[8], np.float64) * 10_000).astype(np.int64)
    return (voice * 2 + readable) * 10_001 + sure


def _column(values: Sequence[str], codes: np.ndarray, meetings: np.ndarray) -> Column:
    both = codes.astype(np.int64) * (int(meetings.max(initial=0)) + 1) + meetings
    different, pairs = np.unique(both, return_inverse=True)
    return Column(
        tuple(values), codes, pairs.astype(np.int32), (different // (int(meetings.max(initial=0)) + 1)).astype(np.int32)
    )  # fmt: skip


def parts(db: Database, shelf_: Shelf, filters: Filters) -> dict[str, np.ndarray]:
    """Which quotes (n,) match each of the filters that are set; `since` and `until` are one filter, called `since`."""
    found = {}
    for name, value in filters.active.items():
        if name == "published" or (name == "q" and not value.strip()):
            continue
        if name == "until" and filters.since:
            continue
        key = (name, f"{filters.since} {filters.until}" if name in ("since", "until") else value)
        mask = shelf_.masks.get(key)
        if mask is None:
            mask = _mask(db, shelf_, filters, name, value)
            shelf_.masks[key] = mask
            while len(shelf_.masks) > MOST_MASKS:
                shelf_.masks.popitem(last=False)
        found["since" if name == "until" else name] = mask
    return found


def _mask(db: Database, shelf_: Shelf, filters: Filters, name: str, value: str) -> np.ndarray:
    if name == "theme":
        chosen = options(value)
        family = list(shelf.families(db, chosen))
        within = np.isin(shelf_.theme, family) | np.isin(shelf_.leaf, family)
        return within | (shelf_.theme == -1) if "none" in chosen else within
    if name == "q":
        return np.isin(shelf_.utterances, shelf.matching_utterances(db, value))
    if name in ("since", "until"):
        only = Filters(since=filters.since, until=filters.until)
    elif name in shelf_.columns and (name in COLUMNS or name in filters.fields):
        mask = _of_values(shelf_.columns[name], options(value))
        # A label may be that of an objection or the relation to a competitor: the filter takes both.
        return mask | _of_values(shelf_.columns["relation"], options(value)) if name == "label" else mask
    else:
        only = replace(Filters(), **({"fields": {name: value}} if name in filters.fields else {name: value}))
    return np.isin(shelf_.conversations, shelf.matching_conversations(db, only))


def _of_values(column: Column, wanted: Collection[str]) -> np.ndarray:
    chosen = np.array([value in wanted for value in column.values], bool)
    return chosen[column.codes] if len(column.codes) else np.zeros(0, bool)


def together(shelf_: Shelf, masks: Iterable[np.ndarray]) -> np.ndarray:
    """The quotes (n,) that are in all of the masks."""
    every = np.ones(len(shelf_), bool)
    for mask in masks:
        every &= mask
    return every


def counts(column: Column, mask: np.ndarray) -> dict[str, int]:
    """How many meetings of the quotes in a mask have each value that is not "", the most frequent first."""
    seen = np.zeros(len(column.of_pair), bool)
    seen[column.pairs[mask]] = True
    numbers = np.bincount(column.of_pair[seen], minlength=len(column.values))
    known = [(value, int(number)) for value, number in zip(column.values, numbers, strict=True) if value and number]
    return dict(sorted(known, key=lambda pair: (-pair[1], pair[0])))


def different(codes: np.ndarray) -> int:
    """How many different numbers there are."""
    return int(np.count_nonzero(np.bincount(codes))) if len(codes) else 0

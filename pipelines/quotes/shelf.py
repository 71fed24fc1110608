"""All quotes in the order in which they are shown, as columns: a page filters, folds and counts them in milliseconds.

What one would get wrong: the shelf holds no words of customers but their forms' numbers, is put up anew when what it
rests on was written to, and says what the shared filters say in SQL, value by value (a test compares the two).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from sqlite_utils import Database

from insights import quotable
from pipelines.store import borders, columns, facets, insights, shelf, words
from pipelines.store.columns import Codes
from pipelines.store.covered import is_covered
from pipelines.store.filters import CONVERSATION_COLUMNS, Filters, asked, options
from pipelines.store.remembered import beneath, can_remember, remembered

MOST_COUNTED = 128  # fields of masks that are kept; one may have some thousand values
MOST_FOUND = 8  # answers to words that are kept as masks of all quotes: a byte a quote
MOST_PAIRS = 4_000_000  # of values and meetings, up to which a table is quicker than sorting
FEW_VALUES = 40  # of an own field, up to which it can be a facet
COLUMNS = (
    "kind", "label", "relation", "competitor", "follow_up", "voice", "role", "channel", "account", "persona",
    "seniority",
    "stage", "outcome", "rep", "theme", "usage", "used",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A field of all n quotes: `codes` (n,) are places in `values`. `pairs` (n,) number the different pairs of a value
    and a meeting, `of_pair` says each pair's value: counting meetings by value is then one look at every quote. `rank`
    (values,) is the order of the values."""

    values: tuple[str, ...]
    codes: np.ndarray
    pairs: np.ndarray
    of_pair: np.ndarray
    rank: np.ndarray


@dataclass(frozen=True, slots=True)
class Shelf:
    """All shown quotes, the newest first, as columns of length n: ids and ISO days as bytes, everything else as
    numbers.

    `folds` are equal where the same words are said again, `sentences` where quotes begin in the same one. `accounts`
    number the accounts, a conversation without one being its own; `named` says whether there is one. `fit` is in [0,
    1], -1 while a quote waits; `loose` see quotable.is_loose. `worth` is larger for a better quote, `length` its words
    (of a competitor's mention those of its sentence). `theme` and `leaf` are ids, 0 while it waits. `texts` point into
    `hashes`. `fields` are what can be filtered and counted by; what is `made` of them, `counted` of them, which quotes
    some words `found`, and how a list is `arranged`, is kept so that it is not made twice.
    """

    ids: np.ndarray
    days: np.ndarray
    conversations: np.ndarray
    utterances: np.ndarray
    meetings: np.ndarray
    accounts: np.ndarray
    named: np.ndarray
    texts: np.ndarray
    hashes: np.ndarray
    folds: np.ndarray
    theme: np.ndarray
    leaf: np.ndarray
    fit: np.ndarray
    loose: np.ndarray
    worth: np.ndarray
    length: np.ndarray
    sentences: np.ndarray
    fields: Mapping[str, Codes]
    made: dict[str, Column] = field(default_factory=dict)
    counted: "OrderedDict[tuple[str, bytes], Mapping[str, int]]" = field(default_factory=OrderedDict)
    found: "OrderedDict[Hashable, tuple[np.ndarray, np.ndarray]]" = field(default_factory=OrderedDict)
    arranged: "OrderedDict[Hashable, Any]" = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self.ids)


def of(db: Database, filters: Filters) -> Shelf:
    """The shelf of a database as it stands; put up for this once where somebody looks back to a day, or it is no
    file."""
    if filters.published or not can_remember(db):
        return build(db)
    db = beneath(db)
    return remembered(db, "shelf", lambda: build(db))


def build(db: Database) -> Shelf:
    """Put the shelf up."""
    read = words.read(db)
    said, told = read.columns, read.columns.told
    # Ids are 16 bytes: as two numbers they are sorted several times as fast.
    halves = said.ids.view(">u8").reshape(-1, 2).astype(np.uint64) if len(said.ids) else np.zeros((0, 2), np.uint64)
    newest = np.lexsort((halves[:, 1], halves[:, 0], told.own_day[said.of]))[::-1]
    where = said.of[newest]
    account = told.facts["account_key"]
    named = (account.codes != columns.blank(account))[where]
    hashes, texts = np.unique(read.hashes[newest], return_inverse=True)
    _, folds = np.unique(read.folds[newest], return_inverse=True)
    usage = np.zeros(len(newest), np.int32)
    states = {"internal": 0}
    for row, state in shelf.usages(db):
        at = int(np.searchsorted(said.rows, row))
        if at < len(said.rows) and said.rows[at] == row:
            usage[at] = states.setdefault(state, len(states))
    noted = np.isin(said.rows, shelf.used(db)).astype(np.int32)
    fields = _of_insights(said) | {"usage": Codes(usage, tuple(states)), "used": Codes(noted, ("no", "yes"))}
    fields = {name: one.where(newest) for name, one in fields.items()}
    loose = quotable.is_loose(said.confidence, said.fit)
    fields |= {"channel" if name == "kind" else name: told.facts[name].where(where) for name in CONVERSATION_COLUMNS}
    for name in facets.field_names(db, most_values=FEW_VALUES):
        fields.setdefault(name, _own(db, told, name).where(where))
    return Shelf(
        said.ids[newest], np.array(told.days, "S10")[told.own_day[where]], told.rows[where], said.utterance[newest],
        told.meeting[where], np.where(named, account.codes[where], len(account.values) + where), named, texts, hashes,
        folds,
        said.theme[newest], said.leaf[newest], said.fit[newest], loose[newest], _worth(db, said, read, loose)[newest],
        read.count[newest], (said.utterance.astype(np.int64) << 32 | read.begins)[newest], fields,
    )  # fmt: skip


def _of_insights(said: columns.Columns) -> dict[str, Codes]:
    """What is a fact of the insight and not of its conversation."""
    texts = said.texts
    names = {"kind": "kind", "competitor": "name", "follow_up": "follow_up", "voice": "voice", "role": "role"}
    found = {name: texts[column] for name, column in names.items()}
    # One column holds the label of an objection and the relation to a competitor.
    label, rival = columns.with_none(texts["label"]), texts["kind"].among(["competitor"])
    none = columns.blank(label)
    found["label"] = Codes(np.where(rival, none, label.codes), label.values)
    found["relation"] = Codes(np.where(rival, label.codes, none), label.values)
    themes, codes = np.unique(said.theme, return_inverse=True)
    found["theme"] = Codes(codes, tuple(str(theme) if theme else "" for theme in themes.tolist()))
    return found


def _own(db: Database, told: columns.Told, name: str) -> Codes:
    if can_remember(db):
        return columns.own_field(db, told, name)
    sql = "SELECT c.rowid, f.value FROM conversation_fields f JOIN conversations c ON c.id = f.conversation_id WHERE f.name = ?"
    known, values = {"": 0}, dict(db.conn.execute(sql, [name]).fetchall())
    codes = [known.setdefault(values.get(row, ""), len(known)) for row in told.rows.tolist()]
    return Codes(np.array(codes, np.int32), tuple(known))


def _worth(db: Database, said: columns.Columns, read: words.Words, loose: np.ndarray) -> np.ndarray:
    own = said.texts["voice"].among(["verbatim"]) & ~said.texts["role"].among(["seller"])
    # Where a person said where a quote begins and ends, it is as it should be.
    whole = read.whole | np.isin(said.rows, borders.rows(db))
    return quotable.worth(
        own=own, whole=whole, words=read.count, hangs=read.hangs, confidence=said.confidence, loose=loose,
        confirmed=np.isin(said.rows, insights.confirmed_rows(db)),
    )  # fmt: skip


def column(kept: Shelf, name: str) -> Column:
    """A field of the shelf, made ready to count by."""
    if name not in kept.made:
        kept.made[name] = _column(kept.fields[name], kept.meetings)
    return kept.made[name]


def _column(field_: Codes, meetings: np.ndarray) -> Column:
    size, values = int(meetings.max(initial=0)) + 1, tuple(field_.values)
    both = field_.codes.astype(np.int64) * size + meetings
    if len(values) * size <= MOST_PAIRS:
        there = np.zeros(len(values) * size, bool)
        there[both] = True
        different, pairs = np.flatnonzero(there), (np.cumsum(there) - 1)[both]
    else:
        different, pairs = np.unique(both, return_inverse=True)
    rank = np.zeros(len(values), np.int64)
    rank[sorted(range(len(values)), key=values.__getitem__)] = np.arange(len(values))
    return Column(values, field_.codes, pairs.astype(np.int32), (different // size).astype(np.int32), rank)


def parts(db: Database, shelf_: Shelf, filters: Filters) -> dict[str, np.ndarray]:
    """Which quotes (n,) match each of the filters that are set; `since` and `until` are one filter, called `since`."""
    found = {}
    for name, value in replace(filters, typed="").active.items():
        if name in ("published", "match") or (name == "q" and not value.strip()):
            continue
        if name == "until" and filters.since:
            continue
        found["since" if name == "until" else name] = _mask(db, shelf_, filters, name, value)
    return found


def _mask(db: Database, shelf_: Shelf, filters: Filters, name: str, value: str) -> np.ndarray:
    if name == "theme":
        chosen = options(value)
        family = list(shelf.families(db, chosen))
        within = np.isin(shelf_.theme, family) | np.isin(shelf_.leaf, family)
        return within | (shelf_.theme == 0) if "none" in chosen else within
    if name == "q":
        key = ("words", filters.q, filters.match, is_covered(db))
        found = remembered(db, key, lambda: shelf.matching_utterances(db, filters), large=True)
        return _kept(shelf_, key, found, lambda: np.isin(shelf_.utterances, found))
    if name in ("since", "until"):
        only = Filters(since=filters.since, until=filters.until)
        return np.isin(shelf_.conversations, shelf.matching_conversations(db, only))
    if name in shelf_.fields and (name in COLUMNS or name in filters.fields):
        mask = shelf_.fields[name].among(options(value))
        # A label may be that of an objection or the relation to a competitor: the filter takes both.
        return mask | shelf_.fields["relation"].among(options(value)) if name == "label" else mask
    only = replace(Filters(), **({"fields": {name: value}} if name in filters.fields else {name: value}))
    if shelf.conversation_condition(only)[0] != "1":
        return np.isin(shelf_.conversations, shelf.matching_conversations(db, only))
    return np.isin(shelf_.ids, shelf.matching_insights(db, only))


def holding(db: Database, shelf_: Shelf, filters: Filters, hits: np.ndarray) -> np.ndarray:
    """Of the quotes (n,) in whose utterances the words stand that filters ask for, those that hold them themselves.
    Looked for once a state of the database, whatever the list is narrowed by: with names covered nothing else is found,
    nor told."""
    if not asked(filters.q, filters.match)[0]:
        return hits  # words that must not stand there stand nowhere in the utterance
    under, key = beneath(db), ("holding", filters.q, filters.match)
    found = remembered(under, key, lambda: shelf.holding(under, filters, shelf_.ids[hits]), large=True)

    def among() -> np.ndarray:
        held = np.zeros(len(shelf_), bool)
        held[hits] = np.isin(shelf_.ids[hits], found)
        return held

    return _kept(shelf_, (*key, is_covered(db)), found, among)


def _kept(shelf_: Shelf, key: Hashable, found: np.ndarray, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The mask that was made of what was `found`, while that is what is remembered: whoever leafs through a list, or
    narrows it, asks for the same words again."""
    before = shelf_.found.get(key)
    if before is None or before[0] is not found:
        before = shelf_.found[key] = found, make()
        while len(shelf_.found) > MOST_FOUND:
            shelf_.found.popitem(last=False)
    return before[1]


def together(shelf_: Shelf, masks: Iterable[np.ndarray]) -> np.ndarray:
    """The quotes (n,) that are in all of the masks."""
    every = np.ones(len(shelf_), bool)
    for mask in masks:
        every &= mask
    return every


def counts(kept: Shelf, name: str, mask: np.ndarray) -> Mapping[str, int]:
    """How many meetings of the quotes in a mask have each value that is not "", the most frequent first; counted once, as
    whoever leafs through a list asks for the same again."""
    key = name, digest(np.packbits(mask))
    found = kept.counted.get(key)
    if found is None:
        found = kept.counted[key] = _counted(column(kept, name), mask)
        while len(kept.counted) > MOST_COUNTED:
            kept.counted.popitem(last=False)
    return found


def digest(of: np.ndarray) -> bytes:
    """Stands for the values of an array."""
    return blake2b(np.ascontiguousarray(of).tobytes(), digest_size=16).digest()


def _counted(by: Column, mask: np.ndarray) -> dict[str, int]:
    seen = np.zeros(len(by.of_pair), bool)
    seen[by.pairs[mask]] = True
    numbers = np.bincount(by.of_pair[seen], minlength=len(by.values))
    there = np.flatnonzero(numbers)
    there = there[np.lexsort((by.rank[there], -numbers[there]))]
    known = zip(columns.named(by.values, there), numbers[there].tolist(), strict=True)
    return {value: number for value, number in known if value}


def different(codes: np.ndarray) -> int:
    """How many different numbers there are."""
    return int(np.count_nonzero(np.bincount(codes))) if len(codes) else 0

"""What is known of the words of all shown insights without keeping them: hashes, which say the same again, how long
they are.

What one would get wrong: a competitor's mention is a name alone; here it stands for the sentence around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from insights import excerpts
from insights.borders import sentence_start
from insights.folding import said_again
from insights.quotable import NEAR, hangs, is_sentence
from insights.records import stable_id
from insights.typical import READABLE
from pipelines.store import changes, column_file, column_store, columns
from pipelines.store.column_store import Store
from pipelines.store.columns import Columns
from pipelines.store.remembered import beneath, can_remember, remembered


@dataclass(frozen=True, slots=True)
class Words:
    """Parallel to the insights of the columns: `hashes` of their texts; `folds`, equal where the same words are said
    again; `count` says how many words each has, `whole` whether it begins and ends as a sentence does, `hangs` whether
    it is one of 4 to 30 words that points at what was said before it; `begins` is where the sentence begins, in its
    utterance, that it begins in."""

    columns: Columns
    hashes: np.ndarray
    folds: np.ndarray
    count: np.ndarray
    whole: np.ndarray
    hangs: np.ndarray
    begins: np.ndarray


LOOKED_BACK = 600  # characters before a quote in which its sentence's beginning is looked for
_WORDS = f"""SELECT i.rowid, i.kind, i.text_hash, i.text, i.start, i.end, CASE WHEN i.kind = 'competitor' THEN u.text END,
        substr(u.text, max(1, i.start + 1 - {LOOKED_BACK}), min(i.start, {LOOKED_BACK})), substr(u.text, i.end + 1, {NEAR})
    FROM main.insights i {{}} JOIN main.utterances u ON u.id = i.utterance_id
    JOIN conversations c ON c.id = i.conversation_id WHERE {{}} AND i.rowid BETWEEN ? AND ? ORDER BY i.rowid"""


def read(db: Database) -> Words:
    """The columns with their words; read for this once where a connection sees what others do not."""
    if not can_remember(db):
        return _words(db, Store(looked=True))
    db = beneath(db)
    return remembered(db, "words", lambda: _words(db, column_store.store_of(db)))


def _words(db: Database, store: Store) -> Words:
    with store.lock:
        with column_store.at_one_moment(db):
            counts = changes.counts(db)
            column_file.take(db, store)
            column_store.bring_up(db, store, counts)
            assert store.said
            changed = store.words and column_store.changed_insights(db, store.words, store.said, counts)
            store.words = column_store.brought_up(
                db, store.words, counts, changed or set(), _WORDS.format(*column_store.shown(db)), (), _coded
            )
        found = columns.as_columns(store)
        return Words(
            found, *(store.words.columns[name] for name in ("hashes", "folds", "count", "whole", "hangs", "begins"))
        )


def _coded(rows: Sequence[tuple]) -> dict[str, np.ndarray]:
    """The columns of _WORDS; texts that are the same are looked at once."""
    forms: dict[tuple[bool, str], tuple[int, int]] = {}
    found, hashes, whole, hanging, begins = [], [], [], [], []
    for _, kind, text_hash, text, start, end, utterance, before, after in rows:
        begins.append(start - len(before) + sentence_start(before))
        shown, before = text, before[-NEAR:]
        if utterance is not None:
            around = excerpts.around(utterance, start, end)
            shown = around["before"] + utterance[start:end] + around["after"]
            # It is shown with its sentence, which begins and ends elsewhere.
            first, last = start - len(around["before"]), end + len(around["after"])
            before, after = utterance[max(0, first - NEAR) : first], utterance[last : last + NEAR]
        key = kind == "competitor", shown
        if key not in forms:
            forms[key] = number(stable_id(key[0], said_again(shown))), shown.count(" ") + 1
        found.append(forms[key])
        hashes.append(number(text_hash))
        whole.append(is_sentence(shown, before, after))
        # Looked at where it decides: among those that are good otherwise.
        hanging.append(whole[-1] and READABLE[0] <= forms[key][1] <= READABLE[1] and hangs(shown))
    folds, count = zip(*found, strict=True) if found else ((), ())
    return {
        "hashes": np.array(hashes, np.uint64), "folds": np.array(folds, np.uint64), "count": np.array(count, np.int32),
        "whole": np.array(whole, bool), "hangs": np.array(hanging, bool), "begins": np.array(begins, np.int32),
    }  # fmt: skip


def number(digits: str) -> int:
    """An id of 16 hexadecimal digits as a number; whatever else it is, by its hash."""
    try:
        return int(digits, 16) & (1 << 64) - 1
    except ValueError:
        return int(stable_id(digits), 16)

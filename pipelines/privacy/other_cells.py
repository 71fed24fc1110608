"""Take a person out of every cell that is no source: notes, settings, history, in whatever shape somebody filed them.

A value beside the id of a quote that is gone is covered whole: what it says was taken from there.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from insights import covers, forgetting
from insights.covers import Person, covered
from pipelines.store import erasing as store
from pipelines.store import every_cell

# Tables whose words are sources or follow from them: they are not gone through word by word.
SOURCES = frozenset({
    "conversations", "utterances", "insights", "brought", "mails", "mail_marks", "crm_records", "crm_keys",
    "conversation_fields", "conversation_keys", "block_keys", "bands", "passages", "boilerplate", "sentences",
    "sketches",
    "sentence_vectors", "vectors", "theme_members", "theme_moves", "unplaced", "unmarked", "tagged", "tracker_hits",
    "gone_quotes",
})  # fmt: skip
# What a value says beside the id of a quote that is gone.
_TELLING = frozenset({
    "text", "quote", "before", "after", "words", "said", "speaker", "contact", "utterance", "line", "passage",
    "context", "who",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """The new names of things by their old ones, and the old ones of what is gone."""

    new: dict[str, str]
    gone: frozenset[str]


def own_runs(db: Database, said: Iterable[str]) -> set[tuple[str, ...]]:
    """Of the runs of words in what the person said those that stand in other tables and that nobody else said."""
    own = forgetting.runs(said)
    if not own:
        return set()
    met: set[tuple[str, ...]] = set()

    def look(text: str) -> str:
        met.update(_met(text, own))
        return text

    every_cell.rewrite(db, look, but=SOURCES)
    for text in store.texts(db) if met else ():
        met -= _met(text, met)
        if not met:
            break
    return met


def _met(text: str, own: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    words = [word for word, _, _ in covers.tokens(text)]
    sizes = {len(run) for run in own}
    return {run for size in sizes for n in range(len(words) - size + 1) if (run := tuple(words[n : n + size])) in own}


def rewrite(db: Database, who: Person, own: set[tuple[str, ...]], names: Names) -> Counter[str]:
    """Take the person out of every cell that is no source; how many rows of each table were changed."""

    def change(text: str) -> str:
        value = _parsed(text)
        if value is None:
            return _plain(text, who, own, names)
        new = _walk(value, who, own, names)
        return text if new == value else json.dumps(new, ensure_ascii=False)

    return every_cell.rewrite(db, change, but=SOURCES)


def _parsed(text: str) -> object | None:
    if text[:1] not in "{[":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _plain(text: str, who: Person, own: set[tuple[str, ...]], names: Names) -> str:
    told = covered(text, who)
    # Who is named in full is meant by their first name in the same breath, too.
    told = covered(text, who, near=True) if told != text else told
    return names.new.get(text) or forgetting.without_words(told, own)


def _walk(value: object, who: Person, own: set[tuple[str, ...]], names: Names) -> object:
    """A JSON value without the person; what stands beside the id of a quote that is gone is covered whole."""
    if isinstance(value, str):
        inner = _parsed(value)
        if inner is None:
            return _plain(value, who, own, names)
        new = _walk(inner, who, own, names)
        return value if new == inner else json.dumps(new, ensure_ascii=False)
    if isinstance(value, list):  # of a list of addresses theirs goes: nothing could be sent to what covers it
        return [
            _walk(one, who, own, names)
            for one in value
            if not (isinstance(one, str) and one.casefold() in who.addresses)
        ]
    if not isinstance(value, dict):
        return value
    lost = any(isinstance(one, str) and one in names.gone for one in value.values())
    return {
        _plain(name, who, own, names): covers.cover(one, [(0, len(one))])
        if lost and name in _TELLING and isinstance(one, str)
        else _walk(one, who, own, names)
        for name, one in value.items()
    }

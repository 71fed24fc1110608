"""What conversations are looked up by when they are compared: people, numbers and words; and passages that come
back."""

from collections.abc import Collection, Iterator, Sequence

from sqlite_utils import Database

from insights.formats.tables.origins import FEW, SAID
from insights.once import boilerplate, occasions
from insights.once.likeness import FEWEST_WORDS, bands_of, words
from insights.once.occasions import Seen
from insights.records import Conversation, stable_id
from pipelines.store import links, passages

# Of a text's sixteen bands four are kept: two texts that are nine tenths the same share one of them in 99 of 100 cases,
# and most copies are found by their account or their people anyway.
BANDS_KEPT = 4


def save(db: Database, items: Sequence[Conversation], old: Collection[str]) -> None:
    """Store the fingerprints of conversations with their own facts; `old` are those that may have some already."""
    seen = [(one, words("\n".join(one.texts))) for one in map(occasions.seen, items)]
    keys = ((key, one.id) for one, said in seen for key in _keys(one, said))
    kept = ((band, one.id) for one, said in seen for band in bands_of(said)[:BANDS_KEPT])
    links.save_keys(db, old, keys, kept)
    passages.save(db, old, (row for item in items for row in _passages(item)))


def _keys(one: Seen, said: Sequence[str]) -> list[str]:
    """What a candidate shares beside the account, which is a column of its own; `said` are its words."""
    number = [f"number:{one.source_id}"] if one.source_id else []
    few = len(said) < FEWEST_WORDS
    if one.account and said and few:  # it has no bands
        number.append(f"words:{stable_id(one.account, *said)}")
    rows = [FEW + key.removeprefix(SAID) if few and key.startswith(SAID) else key for key in sorted(one.origins)]
    return [
        *number,
        *rows,
        *(f"person:{name}" for name in sorted(one.people)),
        *(f"deal:{key}" for key in sorted(one.keys)),
    ]


def _passages(item: Conversation) -> Iterator[tuple[str, str, str, int, bool]]:
    """What may be a template: of a note, a mail or a chat; a call is never written beforehand."""
    names = [name for name in (item.account, item.contact, item.rep) if name]
    for utterance in item.utterances:
        reported = utterance.voice == "reported"
        if not reported and item.kind not in ("email", "chat"):
            continue
        side: boilerplate.Side = "note" if reported else "seller" if utterance.role == "seller" else "buyer"
        for passage in boilerplate.passages(utterance.text, names=names):
            if boilerplate.may_be(side, words=passage.words, form=passage.form):
                yield passage.hash, item.id, side, passage.words, passage.form

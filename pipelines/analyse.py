"""Find insights in conversations that have not been read as they stand now, and embed the new quotes.

The work list is a query, so the stage can be stopped, killed and repeated at any time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights import embedding, language
from insights.embedding import Encoder
from insights.language import Finder, Turn
from insights.language.follow_up import followed
from insights.language.names import letters_of
from insights.once import boilerplate
from insights.records import Insight, stable_id
from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.store import company, conversations, insights, names, passages, vectors
from pipelines.store.conversations import StoredUtterance

CONVERSATIONS_PER_TRANSACTION = 100
TEXTS_PER_TRANSACTION = 512
CONTEXT_TURNS = 3
# English, and what is too short to tell.
MINED = ("", "en")


@dataclass(frozen=True, slots=True)
class Analysed:
    """How much was new: conversations read, insights that were not there before, quotes embedded."""

    conversations: int
    insights: int
    embedded: int


def analyse(db: Database, *, encoder: Encoder, progress: Progress = silent) -> Analysed:
    """Bring all insights and vectors up to date with the conversations, the finder and the company's names."""
    us = company.load(db)
    finder = language.build(us)
    refused = names.refused(db)
    version = stable_id(finder.version, us, *sorted(refused))
    listed = {name.casefold() for rival in us.competitors for name in (rival.name, *rival.aliases)}
    read, found = _find(db, finder, version, listed, refused, progress)
    return Analysed(read, found, _embed(db, encoder, progress))


def turns(utterances: list[StoredUtterance]) -> list[Turn]:
    """Each utterance with up to three before it."""
    before = [(u.role, u.text) for u in utterances]
    return [
        Turn(u.role, u.voice, u.text, tuple(before[max(0, n - CONTEXT_TURNS) : n])) for n, u in enumerate(utterances)
    ]


def _work(db: Database, version: str) -> Iterator[dict[str, str]]:
    """The work list in parts, round and round until nothing waits: what has changed behind us comes in the next round."""
    last = ""
    while True:
        work = conversations.waiting(db, version, limit=CONVERSATIONS_PER_TRANSACTION, after=last)
        if not work and not last:
            return
        last = max(work, default="")
        if work:
            yield work


def mined(utterances: list[StoredUtterance]) -> list[Turn]:
    """The turns of utterances that are mined; what is in another language stays context."""
    pairs = zip(utterances, turns(utterances), strict=True)
    return [turn for utterance, turn in pairs if utterance.language in MINED]


def _find(
    db: Database, finder: Finder, version: str, listed: set[str], refused: frozenset[str], progress: Progress
) -> tuple[int, int]:
    """Read what waits. Who takes part in a conversation is no competitor in it, unless the catalogue lists the name;
    nor is a name that a person refused.
    """
    total, read, found = conversations.count_waiting(db, version), 0, 0
    templates = passages.known(db)
    for work in _work(db, version):
        grouped = {i: conversations.utterances(db, i) for i in work}
        results = iter(language.find(finder, [t for us in grouped.values() for t in mined(us)]))
        with db.atomic():
            # What grew or was undone while it was read stays on the work list, or is gone.
            still = conversations.contents(db, work)
            for conversation_id, utterances in grouped.items():
                found_here = [next(results) if u.language in MINED else [] for u in utterances]
                if still.get(conversation_id) != work[conversation_id]:
                    continue
                present = conversations.present(db, conversation_id) - listed
                own = conversations.own_names(db, conversation_id) if templates else []
                pairs = zip(utterances, followed(turns(utterances), found_here), strict=True)
                spans = [
                    (u.id, u.text, insight)
                    for u, insights_ in pairs
                    for insight in _spoken(u.text, insights_, templates, own)
                ]
                spans = [
                    one for one in spans if one[2].name.casefold() not in present and not _is_refused(one[2], refused)
                ]
                found += insights.replace(db, conversation_id, spans)
                conversations.mark_analysed(db, conversation_id, work[conversation_id], version)
        read += len(work)
        progress("finding", read, total)
    return read, found


def _is_refused(insight: Insight, refused: frozenset[str]) -> bool:
    return insight.kind == "competitor" and letters_of(insight.name) in refused


def _spoken(text: str, found: Sequence[Insight], templates: frozenset[str], names: Sequence[str]) -> Sequence[Insight]:
    """What does not stand in a template: a form's words, or a mail's footer, are nobody's objection."""
    if not found or not templates:
        return found
    dull = [(p.start, p.end) for p in boilerplate.passages(text, names=names) if p.hash in templates]
    return [one for one in found if not any(start <= one.start and one.end <= end for start, end in dull)]


def _embed(db: Database, encoder: Encoder, progress: Progress) -> int:
    waiting, done = list(insights.unembedded(db, encoder.name)), 0
    for chunk in chunks(waiting, TEXTS_PER_TRANSACTION):
        found = embedding.embed(encoder, [text for _, text in chunk])
        with db.atomic():
            vectors.save(db, encoder.name, [text_hash for text_hash, _ in chunk], found)
        done += len(chunk)
        progress("embedding", done, len(waiting))
    return done

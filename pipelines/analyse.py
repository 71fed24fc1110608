"""Find insights in conversations that have not been read as they stand now, and embed the new quotes.

The work list is a query, so the stage can be stopped, killed and repeated at any time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights import embedding, language
from insights.embedding import Encoder, Original
from insights.language import Finder, Read, Turn, Work
from insights.language.follow_up import followed
from insights.language.names import letters_of, parts_of_products
from insights.once import boilerplate
from insights.records import Company, Insight, Kind, stable_id
from pipelines.catalogue import own_names
from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.reviews import review, rulings
from pipelines.running import engines
from pipelines.running.engines import Engine
from pipelines.running.where import Where
from pipelines.store import (
    changes,
    company,
    conversations,
    insights,
    names,
    passages,
    review_items,
    state,
    tagged,
    vectors,
    worklist,
)
from pipelines.store.conversations import StoredUtterance
from pipelines.store.reviews import Review

CONVERSATIONS_PER_TRANSACTION = 100
TEXTS_PER_TRANSACTION = 512
FEWEST_FOR_WORKERS = 400  # conversations: with fewer, the start of the workers costs more than they save
CONTEXT_TURNS = 3
EMBEDDED = "seen quotes"
LISTENED = 400  # of the utterances in which nothing was found
# English, and what is too short to tell.
MINED = ("", "en")
Part = tuple[dict[str, str], dict[str, list[StoredUtterance]]]
Made = tuple[Company, tuple[tuple[Kind, float], ...]]  # what a finder is made for
_UNREAD: Read = ((), None)
_kept: dict[Made, Finder] = {}  # at most one, while nobody reads with it


@dataclass(frozen=True, slots=True)
class Analysed:
    """How much was new: conversations read, insights that were not there before, quotes embedded."""

    conversations: int
    insights: int
    embedded: int


def analyse(
    db: Database,
    *,
    encoder: Encoder | Original,
    progress: Progress = silent,
    where: Where = Where(),  # noqa: B008 - frozen
) -> Analysed:
    """Bring all insights and vectors up to date with the conversations, the finder and the company's names.

    `where` finding runs; few conversations are read in this process all the same. Raises what the engine raises; what
    was read until then is kept.
    """
    us, stamp = company.load(db), own_names.stamp(db)
    least = company.least_confidence(db)
    finder = _finder(us, least)
    refused = names.refused(db)
    version = stable_id(finder.version, us, *sorted(refused))
    listed = {name.casefold() for rival in us.competitors for name in (rival.name, *rival.aliases)}
    others = parts_of_products(us.products) - {letters_of(name) for name in listed}
    known = Known(version, listed, refused | others, passages.known(db), review.missed_in(db))
    few = worklist.count_waiting(db, version) < FEWEST_FOR_WORKERS
    chosen = (
        engines.local(finder) if few else engines.engine(where, finder, us, least, named=lambda part: list(part[0]))
    )
    with chosen as run:
        read, found = _find(db, run, known, progress)
    with db.atomic():
        state.put(db, own_names.READ, stamp)
    embedded = _embed(db, encoder, progress)
    _listen(db, finder, progress)
    rulings.settle(db, progress=progress)
    _kept.clear()
    _kept[_made_for(us, least)] = finder
    return Analysed(read, found, embedded)


def _finder(us: Company, least: Mapping[Kind, float]) -> Finder:
    """The finder that the last run of this process left, if it is of the same company, or a new one: it takes seconds
    to load.

    It is taken out until the run ends well, so that two threads never read with one: spaCy's memory zones are not for
    that.
    """
    kept = _kept.pop(_made_for(us, least), None)
    _kept.clear()
    return kept or language.build(us, least=least)


def _made_for(us: Company, least: Mapping[Kind, float]) -> Made:
    return us, tuple(sorted(least.items()))


def turns(utterances: list[StoredUtterance]) -> list[Turn]:
    """Each utterance with up to three before it."""
    before = [(u.role, u.text) for u in utterances]
    return [
        Turn(u.role, u.voice, u.text, tuple(before[max(0, n - CONTEXT_TURNS) : n])) for n, u in enumerate(utterances)
    ]


def _round(db: Database, version: str) -> Iterator[tuple[Part, list[Work]]]:
    """One round over the work list in parts: (what was to be read, as it was then), and its turns with what the tagger said of
    them before."""
    for some in chunks(worklist.waiting(db, version), CONVERSATIONS_PER_TRANSACTION):
        if not (work := worklist.unread(db, version, some)):
            continue
        grouped = {i: conversations.utterances(db, i) for i in work}
        known = tagged.of(db, [one.id for said in grouped.values() for one in said])
        yield (work, grouped), [(turn, known.get(one.id)) for said in grouped.values() for one, turn in _mined(said)]


def mined(utterances: list[StoredUtterance]) -> list[Turn]:
    """The turns of utterances that are mined; what is in another language stays context."""
    return [turn for _, turn in _mined(utterances)]


def _mined(utterances: list[StoredUtterance]) -> Iterator[tuple[StoredUtterance, Turn]]:
    pairs = zip(utterances, turns(utterances), strict=True)
    return ((utterance, turn) for utterance, turn in pairs if utterance.language in MINED)


@dataclass(frozen=True, slots=True)
class Known:
    """What is the same for a whole run: the version that conversations are read with, names of the catalogue, keys of
    names that are no rivals (refused by people, or parts of our products), templates, and what people found missing (by
    what was said)."""

    version: str
    listed: set[str]
    refused: frozenset[str]
    templates: frozenset[str]
    missed: dict[str, list[Review]]


def _find(db: Database, engine: Engine, known: Known, progress: Progress) -> tuple[int, int]:
    """Read what waits, in rounds until nothing does: what has changed behind us comes in the next one."""
    total, read, found = worklist.count_waiting(db, known.version), 0, 0
    while True:
        before = read
        for (work, grouped), results in engine(_round(db, known.version)):
            found += _store(db, (work, grouped), iter(results), known)
            read += len(work)
            progress("finding", read, total)
        if read == before:
            return read, found


def _store(db: Database, part: Part, results: Iterator[Read], known: Known) -> int:
    """Write what was found, and what the tagger said.

    Who takes part in a conversation is no competitor in it, unless the catalogue lists the name; nor is a name that a
    person refused. Whoever is known otherwise is told apart when names are looked at: what is written here may not
    depend on what was uploaded before.
    """
    work, grouped = part
    found = 0
    with db.atomic():
        # What grew or was undone while it was read stays on the work list, or is gone.
        still = worklist.contents(db, work)
        for conversation_id, utterances in grouped.items():
            read = [next(results) if u.language in MINED else _UNREAD for u in utterances]
            found_here = [insights_ for insights_, _ in read]
            if still.get(conversation_id) != work[conversation_id]:
                continue
            present = conversations.present(db, conversation_id) - known.listed
            own = conversations.own_names(db, conversation_id) if known.templates else []
            pairs = zip(utterances, followed(turns(utterances), found_here), strict=True)
            spans = [
                (u.id, u.text, insight)
                for u, insights_ in pairs
                for insight in _spoken(u.text, insights_, known.templates, own)
            ]
            spans = [
                one for one in spans if one[2].name.casefold() not in present and not _is_refused(one[2], known.refused)
            ]
            found += insights.replace(db, conversation_id, spans)
            tagged.save(db, [(u.id, said) for u, (_, said) in zip(utterances, read, strict=True) if said is not None])
            review.add_missed(db, conversation_id, utterances, known.missed)
            worklist.mark_analysed(db, conversation_id, work[conversation_id], known.version)
        # At once, as far as words tell; what means the same follows when the quotes have vectors.
        rulings.settle_words(db, list(still))
    return found


def _is_refused(insight: Insight, refused: frozenset[str]) -> bool:
    return insight.kind == "competitor" and letters_of(insight.name) in refused


def _spoken(text: str, found: Sequence[Insight], templates: frozenset[str], names: Sequence[str]) -> Sequence[Insight]:
    """What does not stand in a template: a form's words, or a mail's footer, are nobody's objection."""
    if not found or not templates:
        return found
    dull = [(p.start, p.end) for p in boilerplate.passages(text, names=names) if p.hash in templates]
    return [one for one in found if not any(start <= one.start and one.end <= end for start, end in dull)]


def _listen(db: Database, finder: Finder, progress: Progress) -> None:
    """Keep what the tagger thought of some buyers' utterances in which nothing was found: where to look for the
    missed."""
    if finder.tagger is None:
        return
    wanted = review_items.first_unmarked(db, LISTENED)
    known = review_items.scores(db, finder.version)
    new = [one for one in wanted if one not in known]
    found: list[tuple[str, float]] = []
    for some in chunks(new, CONVERSATIONS_PER_TRANSACTION):
        said = tagged.of(db, some)
        heard = [(_turn_of(db, utterance_id), said.get(utterance_id)) for utterance_id in some]
        found += zip(some, language.doubts(finder, heard), strict=True)
        progress("listening", len(found), len(new))
    with db.atomic():
        review_items.save_scores(db, finder.version, found, wanted=wanted)


def _turn_of(db: Database, utterance_id: str) -> Turn:
    """An utterance with those before it, as the finder read it."""
    conversation_id, position = conversations.place_of(db, utterance_id)
    said = conversations.utterances(db, conversation_id)[: position + 1]
    return turns(said)[-1]


def _embed(db: Database, encoder: Encoder | Original, progress: Progress) -> int:
    look = changes.since(db, EMBEDDED, "insights", encoder.name, changes.end(db, "vectors"))
    waiting, done = list(insights.unembedded(db, encoder.name, look.parts)), 0
    for chunk in chunks(waiting, TEXTS_PER_TRANSACTION):
        found = embedding.embed(encoder, [text for _, text in chunk])
        with db.atomic():
            vectors.save(db, encoder.name, [text_hash for text_hash, _ in chunk], found)
        done += len(chunk)
        progress("embedding", done, len(waiting))
    with db.atomic():
        changes.seen(db, look, encoder.name, changes.end(db, "vectors"))
    return done

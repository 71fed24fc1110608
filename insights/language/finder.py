"""Load the finder once, then run it over streams of utterances: rules over everything, the tagger where it can matter.

The tagger decides objections and questions and finds names that nobody has listed; what must be exact stays with the
rules: the catalogue of competitors, their misspellings, and the seller's own names.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from insights import imports
from insights.language import tagging
from insights.language.own_tasks import is_own_task
from insights.language.tagging import Part, Tagged
from insights.language.turns import Turn
from insights.records import Company, Insight, Kind

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from insights.language.gate import Gate
    from insights.language.tagger import Tagger
    from insights.language.tagger_spans import Span

REVISION = 6  # raise it when a change of the code finds other things in the same words: histories are then read anew
BATCH = 2048  # turns read together: enough windows of one length for the tagger, and few sweeps of Python's collector
LIMIT = 20_000  # characters read at once; a longer text is read in pieces
MOST_KEPT, LONGEST_KEPT = 50_000, 24  # words that are tokenized for good, and characters of the longest of them
_AROUND = ".,;:!?…\"'()[]-"
_ENDLESS = re.compile(r"\S{120,}")  # no word of any language: encoded files, rules drawn with dashes
_SURROGATE = re.compile("[\ud800-\udfff]")
# Words that people run together or shorten in chats; spaCy's own exceptions know the rest.
_SPOKEN = {
    "wanna": ("wan", "want", "na", "to"),
    "thats": ("that", "that", "s", "'s"),
    "whats": ("what", "what", "s", "'s"),
    "hows": ("how", "how", "s", "'s"),
    "wheres": ("where", "where", "s", "'s"),
    "theres": ("there", "there", "s", "'s"),
    "youre": ("you", "you", "re", "are"),
    "theyre": ("they", "they", "re", "are"),
    "dunno": ("dun", "do", "no", "not"),
}
Work = tuple[Turn, Tagged | None]
Read = tuple[tuple[Insight, ...], Tagged | None]


@dataclass(frozen=True, slots=True)
class Finder:
    """A loaded spaCy pipeline with the tagger (None: rules alone) and its gate; `version` names patterns and
    weights."""

    nlp: "Language"
    tagger: "Tagger | None"
    version: str
    gate: "Gate | None" = None
    kept: set[str] = field(default_factory=set)  # everyday words with marks around them, tokenized for good


def build(
    company: Company = Company(),  # noqa: B008 - frozen
    *,
    rules_alone: bool = False,
    model: Path | None = None,
    least: Mapping[Kind, float] = MappingProxyType({}),
    gate: bool = True,
    threads: int = 0,
) -> Finder:
    """Load the finder for one company; takes about a second, so do it once per process.

    `rules_alone` leaves the tagger out: the baseline that it is measured against; `gate=False` lets the tagger read all
    that buyers say. `model` is the folder of a tagger to use instead of the shipped one. `least` is the confidence from
    which on an insight of a kind counts; the tagger's own thresholds, which give the best F1, where it says nothing.
    `threads` 0 means one per core. Raises DamagedModel when weights are not those that their manifest describes.
    """
    from insights.language import gate as gates
    from insights.language import tagger

    loaded = None if rules_alone else tagger.load(model, threads=threads)
    if loaded is not None and least:
        loaded = replace(loaded, thresholds={**loaded.thresholds, **least})
    opener = gates.load() if gate and not rules_alone else None
    setting = json.dumps(sorted(least.items())) if least else ""
    return Finder(pipeline(company, rules_alone=rules_alone), loaded, version(loaded, opener, setting), opener)


def pipeline(company: Company, *, rules_alone: bool) -> "Language":
    """Make the spaCy pipeline: a blank English tokenizer and Parley's own components."""
    with imports.without("torch"):  # which spaCy would import at once, in case that a model of somebody's needs it
        import spacy
    from spacy.attrs import NORM, ORTH
    from spacy.tokens import Span

    # Importing registers the components' factories.
    from insights.language import clauses, competitors, evidence, marks  # noqa: F401
    from insights.language.cues import GROUPS

    if not Span.has_extension("confidence"):
        Span.set_extension("confidence", default=0.0)
        Span.set_extension("told", default=False)
    nlp = spacy.blank("en")
    tokenizer: Any = nlp.tokenizer
    tokenizer.max_cache_size = 2 * MOST_KEPT
    for word, (first, norm, second, other) in _SPOKEN.items():
        for written in (word, word.capitalize()):
            head = written[: len(first)]
            tokenizer.add_special_case(written, [{ORTH: head, NORM: norm}, {ORTH: second, NORM: other}])
    nlp.add_pipe("parley_clauses")
    # With the tagger, nobody asks the cues of objections and questions.
    nlp.add_pipe("parley_cues", config={"groups": list(GROUPS if rules_alone else ("context", "competitor"))})
    for name in ("parley_evidence", "parley_marks") if rules_alone else ():
        nlp.add_pipe(name)
    sites = tuple(domain.split(".")[-2] if "." in domain else domain for domain in company.domains)
    config = {
        "catalogue": {rival.name: list(rival.aliases) for rival in company.competitors},
        "own": [name for name in (*company.products, *company.people, *sites, *company.domains) if name.strip()],
        "beside": [name for name in company.integrations if name.strip()],
    }
    nlp.add_pipe("parley_competitors", config=config)
    return nlp


def _tokenize_for_good(nlp: "Language", words: Iterable[str]) -> None:
    """One by one: spaCy keeps nothing of a text any more once one of its special cases ("don't") stood in it."""
    for word in words:
        nlp.make_doc(word)


def _keep_words(finder: Finder, texts: Iterable[str]) -> None:
    """Tokenize everyday words, also with a comma or another mark, for good: within a batch spaCy keeps nothing, and would
    take each of them apart wherever it stands. Names and other words are left to the batch."""
    from insights.language.names import is_common

    if len(finder.kept) < MOST_KEPT:
        chunks = {chunk for text in texts for chunk in text.split() if len(chunk) <= LONGEST_KEPT} - finder.kept
        new = sorted(chunk for chunk in chunks if is_common(chunk.strip(_AROUND).lower()))
        finder.kept.update(new)
        _tokenize_for_good(finder.nlp, new)


def version(tagger: "Tagger | None", gate: "Gate | None" = None, setting: str = "") -> str:
    """Hash patterns, weights and a setting into twelve hexadecimal digits."""
    digest = hashlib.sha256(f"{REVISION}{setting}".encode())
    for file in sorted(resources.files("insights.language").joinpath("patterns").iterdir(), key=lambda file: file.name):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    digest.update(tagger.version.encode() if tagger else b"rules")
    digest.update(gate.version.encode() if gate else b"")
    return digest.hexdigest()[:12]


def shipped() -> str:
    """Names the shipped patterns and models without loading them: changes whenever `version` would."""
    digest = hashlib.sha256(f"{REVISION}".encode())
    root = resources.files("insights.language")
    for file in sorted(root.joinpath("patterns").iterdir(), key=lambda file: file.name):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    for name in ("tagger_model", "gate_model"):
        digest.update(root.joinpath(name, "manifest.json").read_bytes())
    return digest.hexdigest()[:12]


def find(finder: Finder, turns: Iterable[Turn]) -> Iterator[tuple[Insight, ...]]:
    """Yield the insights of each turn, in the order of the turns and, within one, of their position."""
    return (found for found, _ in read(finder, ((turn, None) for turn in turns)))


def read(finder: Finder, work: Iterable[Work]) -> Iterator[Read]:
    """Find as `find` does, and yield beside the insights what the tagger said, None where it was not asked anew.

    The work is turns, each with what the tagger said of it the last time: it need not read the same words again.
    """
    work = iter(work)
    while batch := list(islice(work, BATCH)):
        yield from _read_batch(finder, batch)


def _read_batch(finder: Finder, work: list[Work]) -> Iterator[Read]:
    """Read one batch; spaCy forgets the batch's words afterwards, so that a long stream needs no more memory."""
    _keep_words(finder, (turn.text for turn, _ in work))
    with finder.nlp.memory_zone():
        found: list[list[Insight]] = [[] for _ in work]
        said: list[Tagged | None] = [None] * len(work)
        places: list[tuple[int, int]] = []
        parts: list[Part] = []
        for n, (turn, known) in enumerate(work):
            cut = list(pieces(turn.text))
            for offset, piece in cut:
                read_as = replace(turn, text=legible(piece), context=() if offset else turn.context)
                doc = finder.nlp.make_doc(read_as.text)
                doc.user_data["turn"] = read_as
                places.append((n, offset))
                parts.append(Part(read_as, finder.nlp(doc), known if len(cut) == 1 else None))
        for (n, offset), part, (spans, told) in zip(places, parts, _asked(finder, parts), strict=True):
            turn = work[n][0]
            found[n].extend(insights_of(part.doc, turn.text, offset, spans))
            said[n] = told if len(turn.text) <= LIMIT else None
        found = [[one for one in mine if not _is_own(turn, one)] for (turn, _), mine in zip(work, found, strict=True)]
        result = [tuple(sorted(each, key=lambda i: (i.start, -i.end, i.kind))) for each in found]
    yield from zip(result, said, strict=True)


def _asked(finder: Finder, parts: list[Part]) -> "list[tuple[list[Span] | None, Tagged | None]]":
    if finder.tagger is None:
        return [(None, None)] * len(parts)
    return list(tagging.ask(finder.tagger, finder.gate, weights(finder), parts))


def _is_own(turn: Turn, insight: Insight) -> bool:
    """Whether a note only says what whoever wrote it is going to do."""
    reported = turn.voice == "reported" and insight.kind != "competitor"
    return reported and is_own_task(turn.text, insight.start, insight.end)


def weights(finder: Finder) -> str:
    """Name all that decides what the tagger says of given words: its weights, and our code."""
    return f"{REVISION} {finder.tagger.version}" if finder.tagger else ""


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield (offset, piece) for a text, cut at a line's or word's end where it is over the limit."""
    start = 0
    while len(text) - start > LIMIT:
        window = text[start : start + LIMIT]
        cut = max(window.rfind("\n"), window.rfind(". ")) + 1
        cut = cut if cut > LIMIT // 2 else window.rfind(" ") + 1
        cut = cut if cut > 0 else LIMIT
        yield start, text[start : start + cut]
        start += cut
    if start < len(text) or not text:
        yield start, text[start:]


def legible(text: str) -> str:
    """Replace what would only slow or stop the tokenizer by as many harmless characters, so that offsets hold."""
    text = _SURROGATE.sub("?", text) if not text.isascii() else text
    text = text.replace("\0", " ").replace("’", "'") if "’" in text or "\0" in text else text
    return _ENDLESS.sub(lambda found: "x" * len(found[0]), text) if len(text) > 120 else text


def insights_of(doc: "Doc", text: str, offset: int, tagged: "list[Span] | None") -> Iterator[Insight]:
    """Join what the rules and the tagger found in a doc, as insights of the whole text."""
    from insights.language.competitors import merged

    for kind in ("objection", "question"):
        for span in doc.spans.get(kind, ()):
            yield _insight(kind, span.start_char, span.end_char, span.label_, span._.confidence, "", text, offset)
    for one in tagged or ():
        if one.kind != "competitor":
            yield _insight(one.kind, one.start, one.end, one.label, one.confidence, "", text, offset)
    rivals = None if tagged is None else [one for one in tagged if one.kind == "competitor"]
    for start, end, relation, confidence, name in merged(doc, rivals):
        yield _insight("competitor", start, end, relation, confidence, name, text, offset)


def _insight(
    kind: Kind, start: int, end: int, label: str, confidence: float, name: str, text: str, offset: int
) -> Insight:
    start, end = start + offset, end + offset
    return Insight(kind, start, end, text[start:end], label, round(float(confidence), 4), name)

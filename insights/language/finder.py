"""Load the finder once, then run it over streams of utterances: rules over everything, the tagger where it can matter.

The tagger decides objections and questions and finds names that nobody has listed; what must be exact stays with the
rules: the catalogue of competitors, their misspellings, and the seller's own names.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from insights import imports
from insights.language.own_tasks import is_own_task
from insights.language.turns import Turn, readings
from insights.records import Company, Insight, Kind

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from insights.language.gate import Gate
    from insights.language.tagger import Tagger
    from insights.language.tagger_spans import Span

REVISION = 4  # raise it when a change of the code finds other things in the same words: histories are then read anew
BATCH = 2048  # turns read together: enough windows of one length for the tagger, and few sweeps of Python's collector
LIMIT = 20_000  # characters read at once; a longer text is read in pieces
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


@dataclass(frozen=True, slots=True)
class Finder:
    """A loaded spaCy pipeline with the tagger (None: rules alone) and its gate; `version` names patterns and
    weights."""

    nlp: "Language"
    tagger: "Tagger | None"
    version: str
    gate: "Gate | None" = None


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
    _warm(nlp)
    return nlp


def _warm(nlp: "Language") -> None:
    """Tokenize everyday words once for good: what is first seen within a batch is forgotten with the batch."""
    from insights.language.names import words

    everyday = sorted(words("common_words.txt"))
    for written in (everyday, [word.capitalize() for word in everyday]):
        nlp.make_doc(" ".join(written))


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
    turns = iter(turns)
    while batch := list(islice(turns, BATCH)):
        yield from find_batch(finder, batch)


def find_batch(finder: Finder, turns: list[Turn]) -> Iterator[tuple[Insight, ...]]:
    """Find in one batch; spaCy forgets the batch's words afterwards, so that a long stream needs no more memory."""
    with finder.nlp.memory_zone():
        found: list[list[Insight]] = [[] for _ in turns]
        docs: list[tuple[int, int, Turn, Doc]] = []
        for n, turn in enumerate(turns):
            for offset, piece in pieces(turn.text):
                part = replace(turn, text=legible(piece), context=() if offset else turn.context)
                doc = finder.nlp.make_doc(part.text)
                doc.user_data["turn"] = part
                docs.append((n, offset, part, finder.nlp(doc)))
        tagged = _tagged(finder, [(part, doc) for _, _, part, doc in docs])
        for (n, offset, _, doc), spans in zip(docs, tagged, strict=True):
            found[n].extend(insights_of(doc, turns[n].text, offset, spans))
        found = [[one for one in mine if not _is_own(turn, one)] for turn, mine in zip(turns, found, strict=True)]
        result = [tuple(sorted(each, key=lambda i: (i.start, -i.end, i.kind))) for each in found]
    yield from result


def _is_own(turn: Turn, insight: Insight) -> bool:
    """Whether a note only says what whoever wrote it is going to do."""
    reported = turn.voice == "reported" and insight.kind != "competitor"
    return reported and is_own_task(turn.text, insight.start, insight.end)


def _tagged(finder: Finder, parts: "list[tuple[Turn, Doc]]") -> "list[list[Span] | None]":
    """The tagger's spans, None without one; a seller's turn is only worth its reading where the rules saw something
    like a name.
    """
    if finder.tagger is None:
        return [None] * len(parts)
    from insights.language import tagger

    work: list[Reading] = []
    for n, (turn, doc) in enumerate(parts):
        names = [(name.source, doc[name.start].idx) for name in doc.user_data["names"]]
        if turn.is_buyers or names:
            for offset, part in readings(turn):
                inside = tuple(source for source, at in names if offset <= at < offset + len(part.text))
                work.append(Reading(n, offset, part, inside))
    opened = _opened(finder, work)
    spans: list[list[Span]] = [[] for _ in parts]
    # What is said again in the same place of the same talk is read once: a note may be one sign, a hundred thousand times.
    alike: dict[tuple[Turn, tuple[tuple[int, int], ...]], list[Reading]] = {}
    for reading, where in zip(work, opened, strict=True):
        if where:
            alike.setdefault((reading.turn, tuple(where)), []).append(reading)
    read = tagger.tag(finder.tagger, [turn for turn, _ in alike], [list(where) for _, where in alike])
    for same, found in zip(alike.values(), read, strict=True):
        for reading in same:
            moved = (replace(span, start=span.start + reading.at, end=span.end + reading.at) for span in found)
            spans[reading.part].extend(moved)
    return list(spans)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the tagger may be asked: a turn or a note's sentence, where it stands in part number `part`, its names'
    kinds."""

    part: int
    at: int
    turn: Turn
    names: tuple[str, ...]


def _opened(finder: Finder, work: list[Reading]) -> list[list[tuple[int, int]]]:
    """Where each reading is worth the tagger's time; a seller's turn is all or nothing, and here because of a name."""
    opened = [[(0, len(reading.turn.text))] for reading in work]
    if finder.gate is not None:
        from insights.language import gate

        asked = [n for n, reading in enumerate(work) if reading.turn.is_buyers]
        turns, names = [work[n].turn for n in asked], [work[n].names for n in asked]
        for n, where in zip(asked, gate.passing(finder.gate, turns, names), strict=True):
            opened[n] = where
    return opened


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

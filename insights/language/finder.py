"""Load the finder once, then run it over streams of utterances: rules over everything, heads where the gate is open."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any

from insights.language.turns import Turn
from insights.records import Company, Insight, Kind

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from insights.language.heads import Heads

BATCH = 512  # turns whose clauses share one call of the encoder
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
    """A loaded spaCy pipeline with the trained heads (None: rules alone); `version` names patterns and weights."""

    nlp: "Language"
    heads: "Heads | None"
    encoder: Any
    version: str


def build(company: Company = Company(), *, encoder: Any = None, heads: bool = True) -> Finder:  # noqa: B008 - frozen
    """Load the finder for one company; takes about a second, so do it once per process.

    `encoder` is what insights.embedding.load() returns; it is loaded here when the heads need one and none is given.
    With heads=False the rules alone decide. Raises DamagedModel when the shipped weights are not the released ones.
    """
    from insights.language import heads as trained

    loaded = trained.load() if heads else None
    if loaded is not None and encoder is None:
        from insights import embedding

        encoder = embedding.load()
    nlp = pipeline(company)
    if loaded is not None:
        rivals = nlp.get_pipe("parley_competitors")
        rivals.head, rivals.least = loaded.names, loaded.name_threshold
    return Finder(nlp, loaded, encoder, version(loaded))


def pipeline(company: Company) -> "Language":
    """Make the spaCy pipeline: a blank English tokenizer and Parley's own components."""
    import spacy
    from spacy.attrs import NORM, ORTH
    from spacy.tokens import Span

    # Importing registers the components' factories.
    from insights.language import clauses, competitors, cues, evidence, marks  # noqa: F401

    if not Span.has_extension("confidence"):
        Span.set_extension("confidence", default=0.0)
    nlp = spacy.blank("en")
    for word, (first, norm, second, other) in _SPOKEN.items():
        for written in (word, word.capitalize()):
            head = written[: len(first)]
            nlp.tokenizer.add_special_case(written, [{ORTH: head, NORM: norm}, {ORTH: second, NORM: other}])
    for name in ("parley_clauses", "parley_cues", "parley_evidence", "parley_marks"):
        nlp.add_pipe(name)
    sites = tuple(domain.split(".")[-2] if "." in domain else domain for domain in company.domains)
    config = {
        "catalogue": {rival.name: list(rival.aliases) for rival in company.competitors},
        "own": [name for name in (*company.products, *company.people, *sites, *company.domains) if name.strip()],
        "beside": [name for name in company.integrations if name.strip()],
    }
    nlp.add_pipe("parley_competitors", config=config)
    return nlp


def version(heads: "Heads | None") -> str:
    """Hash the shipped patterns and weights into twelve hexadecimal digits."""
    digest = hashlib.sha256()
    for file in sorted(resources.files("insights.language").joinpath("patterns").iterdir(), key=lambda file: file.name):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    digest.update(heads.digest.encode() if heads else b"rules")
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
        docs: list[tuple[int, int, Doc]] = []
        for n, turn in enumerate(turns):
            for offset, piece in pieces(turn.text):
                doc = finder.nlp.make_doc(legible(piece))
                doc.user_data["turn"] = turn if not offset else replace(turn, context=())
                docs.append((n, offset, finder.nlp(doc)))
        if finder.heads is not None:
            from insights.language import heads

            heads.judge(finder.heads, finder.encoder, [doc for _, _, doc in docs])
        for n, offset, doc in docs:
            found[n].extend(insights_of(doc, turns[n].text, offset))
        result = [tuple(sorted(each, key=lambda i: (i.start, -i.end, i.kind))) for each in found]
    yield from result


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


def insights_of(doc: "Doc", text: str, offset: int) -> Iterator[Insight]:
    """Read the spans of a doc as insights of the whole text."""
    kinds: tuple[Kind, ...] = ("objection", "question", "competitor")
    for kind in kinds:
        for span in doc.spans.get(kind, ()):
            start, end = span.start_char + offset, span.end_char + offset
            name = span.id_ if kind == "competitor" else ""
            yield Insight(kind, start, end, text[start:end], span.label_, round(float(span._.confidence), 4), name)

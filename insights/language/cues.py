"""Find cues: small phrases that tell an objection, a question or a context, written as data in patterns/*.jsonl.

A pattern is a row of words over spaCy's NORM ("don't", "dont" and "do not" are all `do not`):
    (a|b c)  one of these        word?  or (a|b)?  may be missing      ..   up to four words between
    # $      a number, an amount <  >  at the clause's start, end      ^    as <, but after "well, yes, so ..."
Every pattern is spelled out into phrases for one PhraseMatcher pass, so the cost hardly grows with their number.
"""

import itertools
import json
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from spacy.attrs import LIKE_NUM
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from insights.language.clauses import FILLERS

GAP = 4  # words that ".." may skip
SPELLINGS = 400  # phrases of one part; past it the part is cut in two
NUMBER, AMOUNT = "#", "$"
GROUPS = ("objection", "question", "topic", "context", "competitor")
_VARIANTS = {"'s": ("'s", "is", "s"), "it's": ("it 's", "it is", "its")}


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern: its parts in order, each within `gaps` words of the one before; `row` is its row of the file."""

    id: int
    group: str
    label: str
    weight: float
    row: Mapping[str, str]
    parts: tuple[int, ...]
    gaps: tuple[int, ...]
    start: str
    end: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """A rule that held over the tokens from start to end."""

    rule: Rule
    start: int
    end: int


@cache
def rows(name: str) -> tuple[dict, ...]:
    """Read one shipped pattern file."""
    text = resources.files("insights.language").joinpath("patterns", name).read_text("utf-8")
    return tuple(json.loads(line) for line in text.splitlines() if line.strip())


def split(text: str, at: str) -> list[str]:
    """Split at a character that stands outside of all brackets."""
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == at and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def options(word: str) -> list[str]:
    """Write out what one word or group of a pattern stands for; "" among it when it may be missing."""
    optional = word.endswith("?") and len(word) > 1
    body = word[:-1] if optional else word
    inner = body[1:-1] if body.startswith("(") else body
    if inner == body and "|" not in body:
        spelled = list(_VARIANTS.get(body, (body,)))
    else:
        spelled = [
            phrase
            for option in split(inner, "|")
            for phrase in phrases([options(word) for word in split(option.strip(), " ") if word])
        ]
    return [*spelled, ""] if optional else spelled


def spell(words: list[str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Write out a run of words as parts, each with the gap before it.

    A run with too many spellings is cut into neighbouring parts; what may be missing at a cut becomes a gap.
    """
    run: list[list[str]] = []
    gap, cut = 0, False
    for choices in map(options, words):
        if run and math.prod(map(len, run)) * len(choices) > SPELLINGS:
            yield phrases(run), gap
            run, gap, cut = [], 0, True
        if cut and not run and "" in choices:
            gap += 1
        else:
            run.append(choices)
    if not all("" in choices for choices in run):
        yield phrases(run), gap


def phrases(run: list[list[str]]) -> tuple[str, ...]:
    """All the phrases of a run, without the empty one."""
    return tuple(sorted({" ".join(" ".join(choice).split()) for choice in itertools.product(*run)} - {""}))


def spelled(source: str) -> tuple[str, ...]:
    """Every phrase that a pattern without gaps and anchors stands for."""
    return phrases([options(word) for word in split(source, " ") if word])


def parse(source: str) -> tuple[str, bool, list[tuple[str, ...]], list[int]]:
    """Read a pattern: (start anchor, end anchor, the spellings of each part, the gap before each part)."""
    words = [word for word in split(source, " ") if word]
    anchor = words.pop(0) if words[0] in {"<", "^"} else ""
    at_end = words[-1] == ">" and bool(words.pop())
    parts: list[tuple[str, ...]] = []
    gaps: list[int] = []
    gap = 0
    for key, run in itertools.groupby(words, key=lambda word: word if word in {"..", NUMBER, AMOUNT} else ""):
        if key == "..":
            gap = GAP
            continue
        for part, inner in [((key,), 0)] if key else spell(list(run)):
            parts.append(part)
            gaps.append(gap + inner)
            gap = 0
    return anchor, at_end, parts, gaps


@Language.factory("parley_cues", default_config={"groups": list(GROUPS)})
def make_cues(nlp: Language, name: str, groups: list[str]) -> "Cues":
    """Create the component from the pattern files named by `groups`."""
    return Cues(nlp, groups)


class Cues:
    """Leave the cues that hold in `doc.user_data["cues"]`, in order of their position."""

    def __init__(self, nlp: Language, groups: Iterable[str]):
        self.matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        self.rules: list[Rule] = []
        self.starting: dict[int, list[Rule]] = {}  # rules by their first part
        self.keys: dict[int, int] = {}  # spaCy's hash of a part's name -> part
        numbers: dict[tuple[str, ...], int] = {}
        for group in groups:
            for row in rows(f"{group}.jsonl"):
                self._add(nlp, group, row, numbers)
        self.number, self.amount = numbers.get((NUMBER,), -1), numbers.get((AMOUNT,), -1)

    def _add(self, nlp: Language, group: str, row: dict, numbers: dict[tuple[str, ...], int]) -> None:
        for source in row["any"]:
            start, end, parts, gaps = parse(source)
            for part in parts:
                if part not in numbers:
                    numbers[part] = len(numbers)
                    name = f"part{numbers[part]}"
                    if part not in {(NUMBER,), (AMOUNT,)}:
                        self.matcher.add(name, [Doc(nlp.vocab, words=phrase.split()) for phrase in part])
                        self.keys[nlp.vocab.strings[name]] = numbers[part]
            rule = Rule(
                len(self.rules), group, row["label"], row.get("weight", 0.8), row,
                tuple(numbers[part] for part in parts), tuple(gaps), start, end,
            )  # fmt: skip
            self.rules.append(rule)
            self.starting.setdefault(rule.parts[0], []).append(rule)

    def __call__(self, doc: Doc) -> Doc:
        hits: dict[int, list[tuple[int, int]]] = {}
        for key, start, end in self.matcher(doc):
            hits.setdefault(self.keys[key], []).append((start, end))
        for i in numbers_in(doc):
            hits.setdefault(self.number, []).append((i, i + 1))
            if sum(letter.isdigit() for letter in doc[i].text) > 1 or (i and doc[i - 1].is_currency):
                hits.setdefault(self.amount, []).append((i - doc[i - 1].is_currency if i else i, i + 1))
        for spans in hits.values():
            spans.sort()
        doc.user_data["cues"] = sorted(self._held(doc, hits), key=lambda cue: (cue.start, cue.end)) if hits else []
        return doc

    def _held(self, doc: Doc, hits: dict[int, list[tuple[int, int]]]) -> Iterator[Cue]:
        places = Places(doc)
        for part, spans in hits.items():
            for rule in self.starting.get(part, ()):
                if any(other not in hits for other in rule.parts):
                    continue
                for start, end in spans:
                    last = chain(rule, hits, end)
                    if last and places.agree(rule, start, last):
                        yield Cue(rule, start, last)


def numbers_in(doc: Doc) -> list[int]:
    """The tokens that are numbers."""
    return np.flatnonzero(doc.to_array(LIKE_NUM)).tolist()


def chain(rule: Rule, hits: dict[int, list[tuple[int, int]]], end: int) -> int:
    """Follow a rule's parts after its first one, which ended at `end`; the last end, or 0 when a part is missing.
    `hits` are in order: only those near are looked at, for a text may hold one of them tens of thousands of times."""
    ends = {end}
    for part, gap in zip(rule.parts[1:], rule.gaps[1:], strict=True):
        spans = hits[part]
        ends = {
            after
            for before in ends
            for _, after in spans[bisect_left(spans, (before,)) : bisect_left(spans, (before + gap + 1,))]
        }
    return max(ends, default=0)


class Places:
    """Where clauses begin and end in one doc, worked out once per doc that has cues."""

    def __init__(self, doc: Doc):
        clauses = doc.user_data["clauses"]
        self.doc = doc
        self.owner = [n for n, (start, end) in enumerate(clauses) for _ in range(start, end)]
        self.clauses = clauses

    def agree(self, rule: Rule, start: int, end: int) -> bool:
        """Check that a hit lies in one sentence and at the place that the rule asks for."""
        if any(self.doc[i].is_sent_start for i in range(start + 1, end)):
            return False
        if rule.start:
            first = self.clauses[self.owner[start]][0]
            if not all(empty(self.doc, i, fillers=rule.start == "^") for i in range(first, start)):
                return False
        if rule.end:
            last = self.clauses[self.owner[end - 1]][1]
            return all(empty(self.doc, i, fillers=False) for i in range(end, last))
        return True


def empty(doc: Doc, i: int, *, fillers: bool) -> bool:
    """Tell whether a token carries no meaning: punctuation, a space or, when asked, a filler."""
    token = doc[i]
    return token.is_punct or token.is_space or (fillers and token.norm_ in FILLERS)

"""What the tagger reads: one utterance after its context and its speaker's side, as token ids with their places.

Training and inference both come through here, so what is learnt is what is read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from insights.language.turns import Turn

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 192  # of one window, context included
CONTEXT_TOKENS = (24,)  # of the utterance before, and of those before that where there are more; their ends tell most
OVERLAP = 48  # tokens that two windows of one long utterance share where no sentence begins
MARKERS = {"buyer": "customer:", "seller": "rep:", "reported": "note:", "unknown": "unknown:"}
SHAPES = 4  # how a word is written: small, capital at a sentence's start, capital within one, more capitals than that
_ODD = re.compile("[\ud800-\udfff\0]")
_WORD = re.compile(r"[^\W_]+")
_STARTS = re.compile(r"(?:^|[.!?:…\n\r•*])[\s\"'“”‘’(\[*•\-–—>]*\Z")
SHOUTED = 0.6  # share of capitals among the letters from which on they tell nothing


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids of a stretch of one utterance, the first `lead` of them context and role, and their words' shapes.

    The model's words are in lower case; `shapes` (below SHAPES, 0 in the context) tell it what looks like a name.

    `places` is (tokens of the utterance, 2): where each stands in the text, in characters. Spans that begin in `own`
    (characters) are this window's to report; those of another stretch are another's.
    """

    ids: list[int]
    shapes: list[int]
    lead: int
    places: np.ndarray
    own: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Words:
    """A tokenized text: ids, and where they stand."""

    ids: list[int]
    places: list[tuple[int, int]]


def marker(turn: Turn) -> str:
    """The word that tells the model who speaks."""
    return MARKERS["reported" if turn.voice == "reported" else turn.role]


def said_before(turn: Turn, utterances: int) -> list[tuple[str, str]]:
    """The utterances that the model reads before this one, as (marker, text), the latest first."""
    latest = turn.context[: -utterances - 1 : -1]
    notes = turn.voice == "reported"
    return [(MARKERS["reported" if notes and role == "seller" else role], text) for role, text in latest]


def tokenize(tokenizer: "Tokenizer", texts: Sequence[str]) -> dict[str, Words]:
    """Tokenize texts, each different one once."""
    different = list(dict.fromkeys(texts))
    clean = [_ODD.sub("?", text) for text in different]
    found = tokenizer.encode_batch(clean, add_special_tokens=False)
    return {text: Words(one.ids, one.offsets) for text, one in zip(different, found, strict=True)}


def texts_of(turn: Turn, context: Sequence[int] = CONTEXT_TOKENS) -> Iterator[str]:
    """Every text that `windows` needs tokenized."""
    yield marker(turn)
    yield turn.text
    for side, text in said_before(turn, len(context)):
        yield side
        yield text[-600:]


def windows(
    words: dict[str, Words], turn: Turn, ends: tuple[int, int], context: Sequence[int] = CONTEXT_TOKENS
) -> Iterator[Window]:
    """Yield the windows of an utterance: [CLS] context [SEP] role: text [SEP]; `ends` are the ids of [CLS] and [SEP].

    `context` is how many tokens are read of each utterance before, the latest first. A long utterance is read in
    stretches, from sentence to sentence where it has any.
    """
    text, role = words[turn.text], words[marker(turn)].ids
    start, sep = ends
    before: list[int] = []
    for (side, said), limit in zip(said_before(turn, len(context)), context, strict=False):
        before = words[side].ids + words[said[-600:]].ids[-limit:] + before
    written = shapes_of(turn.text, text.places)
    at, first = 0, 0
    while at < len(text.ids):
        head = [start, *before, sep, *role]
        stop = min(at + MAX_TOKENS - len(head) - 1, len(text.ids))
        following, border = stop, len(turn.text)
        if stop < len(text.ids):
            following, border = next_window(turn.text, text.places, at, stop)
        places = np.array(text.places[at:stop], np.int64)
        shapes = [*[0] * len(head), *written[at:stop], 0]
        yield Window([*head, *text.ids[at:stop], sep], shapes, len(head), places, (first, border))
        if stop == len(text.ids):
            break
        # What the speaker said so far is the context of the rest.
        before = [*role, *text.ids[max(0, following - context[0]) : following]]
        at, first = following, border


def shapes_of(text: str, places: Sequence[tuple[int, int]]) -> list[int]:
    """How the word of each token is written, as a number below SHAPES; 0 throughout where capitals tell nothing."""
    capitals = sum(map(str.isupper, text))
    if not capitals or capitals > SHOUTED * sum(map(str.isalpha, text)):
        return [0] * len(places)
    at = np.zeros(len(text) + 1, np.int64)
    for word in _WORD.finditer(text):
        if not word[0].islower() and word[0] != "I":
            at[word.start() : word.end()] = _shape(text, word)
    return at[[start for start, _ in places]].tolist()


def _shape(text: str, word: re.Match[str]) -> int:
    if any(map(str.isupper, word[0][1:])):
        return 3
    if not word[0][0].isupper():
        return 0
    return 1 if _STARTS.search(text, max(0, word.start() - 8), word.start()) or word.start() == 0 else 2


def next_window(text: str, places: Sequence[tuple[int, int]], at: int, stop: int) -> tuple[int, int]:
    """Where the window after that of tokens `at` to `stop` begins: (token, first character that it answers for).

    At the last sentence's start if there is one near; otherwise with an overlap, shared in its middle.
    """
    for token in range(stop - 1, max(at, stop - 2 * OVERLAP), -1):
        gap = text[places[token - 1][1] - 1 : places[token][0]]
        if "\n" in gap or (gap[:1] in ".!?…" and gap[1:].isspace()):
            return token, places[token][0]
    return stop - OVERLAP, places[stop - OVERLAP // 2][0]

"""The gate: what of the buyers' words the tagger reads at all, told in microseconds from words alone.

A linear model of words and word pairs and a small network over rough sentence vectors (insights/sketch.py) of the words
and of what was said before them; trained by corpus/train_gate.py. A long turn is judged in stretches, so that the
tagger reads it only where it may matter. What one would get wrong: the threshold is no taste but the point at which 99
% of the marks in held-out industries still pass.
"""

import hashlib
import io
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from insights import model_files, sketch
from insights.errors import DamagedModel
from insights.language.turns import Turn
from insights.sketch import Sketcher

PAIRS = 1 << 15  # places for word pairs
BEFORE_TOKENS = 24  # of what was said before; its end tells most
LONG = 240  # characters from which on a turn is judged in stretches of about half of that
START, END = 1, 2  # tokens that no text has, around each text
_STOP = re.compile(r"(?<=[.!?;…])\s+|\n+")
_DIGIT = re.compile(r"\d")
ARRAYS = ("words", "pairs", "hidden", "hidden_bias", "out")


@dataclass(frozen=True, slots=True)
class Gate:
    """A loaded gate; `arrays` by their names in ARRAYS, `version` names the weights and the threshold."""

    sketcher: Sketcher
    arrays: dict[str, np.ndarray]
    threshold: float
    version: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a turn (characters start to end), what was said before it, and how many names the rules saw."""

    text: str
    before: str
    side: str
    names: int
    start: int
    end: int


def load(directory: Path | None = None) -> Gate:
    """Load the shipped gate, or one that corpus/train_gate.py wrote.

    Raises DamagedModel when a file is missing, or is not the one that the manifest describes.
    """
    root = resources.files("insights.language").joinpath("gate_model") if directory is None else directory
    try:
        manifest = json.loads(model_files.read(root, "manifest.json"))
        expected, threshold = manifest["files"]["gate.npz"], float(manifest["threshold"])
        sketcher = str(manifest["sketch"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedModel("manifest.json") from error
    content, loaded = model_files.verified(root, "gate.npz", manifest["files"]), sketch.load()
    if loaded.name != sketcher:
        raise DamagedModel("gate.npz")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        # Sums of doubles, rounded afterwards: then a score does not depend on what else is in the call.
        weights = {name: arrays[name].astype(np.float64) for name in ARRAYS}
    version = hashlib.sha256(f"{expected} {threshold} {sketcher}".encode()).hexdigest()[:12]
    return Gate(loaded, weights, threshold, version)


def passing(gate: Gate, turns: Sequence[Turn], names: Sequence[Sequence[str]]) -> list[list[tuple[int, int]]]:
    """The stretches (start, end) of each turn that the tagger should read.

    `names` says of each turn how the rules found the names in it (competitors.Named); one of a telling kind opens it
    all.
    """
    cut = [list(pieces(turn, len(seen))) for turn, seen in zip(turns, names, strict=True)]
    asked = [[] if telling(seen) else one for one, seen in zip(cut, names, strict=True)]
    found = iter(scores(gate, [piece for one in asked for piece in one]).tolist())
    return [
        [(piece.start, piece.end) for piece in one if telling(seen) or next(found) >= gate.threshold]
        for one, seen in zip(cut, names, strict=True)
    ]


def telling(names: Sequence[str]) -> bool:
    """Tell whether the rules found more than words that only look like a name."""
    return any(source != "loose" for source in names)


def pieces(turn: Turn, names: int) -> Iterator[Piece]:
    """Yield the stretches of one turn, from sentence to sentence where it has any; a short one is a single stretch."""
    side = "note" if turn.voice == "reported" else turn.role
    before = turn.context[-1][1] if turn.context else ""
    for start, end in stretches(turn.text):
        yield Piece(turn.text[start:end], before, side, names, start, end)
        before = turn.text[start:end]


def stretches(text: str) -> list[tuple[int, int]]:
    """Cut a long text into (start, end), which cover it all."""
    if len(text) <= LONG:
        return [(0, len(text))]
    borders = [0]
    for stop in [*(found.end() for found in _STOP.finditer(text)), len(text)]:
        while stop - borders[-1] > LONG:  # speech without full stops
            space = text.rfind(" ", borders[-1] + LONG // 2, borders[-1] + LONG)
            borders.append(space + 1 if space > 0 else borders[-1] + LONG)
        if stop - borders[-1] >= LONG // 2 or stop == len(text):
            borders.append(stop)
    return [(start, end) for start, end in itertools.pairwise(borders) if end > start]


def scores(gate: Gate, parts: Sequence[Piece]) -> np.ndarray:
    """Pieces -> (n,): the logit of "something is marked here"."""
    if not parts:
        return np.zeros(0)
    arrays = gate.arrays
    tokens, dense = features(gate.sketcher, parts)
    ids, pairs, starts, lengths = indices(tokens)
    linear = np.add.reduceat(arrays["words"][ids] + arrays["pairs"][pairs], starts) / np.sqrt(lengths)
    hidden = np.maximum(dense.astype(np.float64) @ arrays["hidden"] + arrays["hidden_bias"], 0)
    return np.round(linear + hidden @ arrays["out"][:-1] + arrays["out"][-1], 6)


def features(sketcher: Sketcher, parts: Sequence[Piece]) -> tuple[list[list[int]], np.ndarray]:
    """What the gate knows of each piece: its tokens, and (n, 2 × 256 + 10) numbers."""
    texts = list(dict.fromkeys(text for piece in parts for text in (piece.text, piece.before[-300:])))
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    found = sketcher.tokenizer.encode_batch_fast(clean, add_special_tokens=False)
    ids = {text: one.ids for text, one in zip(texts, found, strict=True)}
    tokens = [ids[piece.text] for piece in parts]
    before = [ids[piece.before[-300:]][-BEFORE_TOKENS:] for piece in parts]
    vectors = [
        sketch.summed(sketcher.integers, sketcher.scales, [one or [0] for one in some]) for some in (tokens, before)
    ]
    about = [_about(piece, len(one), len(said)) for piece, one, said in zip(parts, tokens, before, strict=True)]
    return tokens, np.hstack([*vectors, np.array(about, np.float32)])


def _about(piece: Piece, length: int, before: int) -> tuple[float, ...]:
    text = piece.text
    return (
        np.log1p(length) / 4, length < 4, "?" in text, piece.side == "note", piece.side == "unknown",
        piece.start > 0, before == 0, "?" in piece.before, bool(_DIGIT.search(text)), min(piece.names, 3) / 3,
    )  # fmt: skip


def indices(tokens: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Texts' tokens, put end to end: (tokens with START before each text, the pair of each with the next, starts,
    lengths)."""
    lengths = np.array([len(one) + 1 for one in tokens])
    starts = np.cumsum(lengths) - lengths
    ids = np.fromiter((token for one in tokens for token in (START, *one)), np.int64, int(lengths.sum()))
    following = np.append(ids[1:], END)
    following[starts[1:] - 1] = END
    return ids, (ids * 0x9E3779B1 ^ following * 0x85EBCA6B) % 4294967291 % PAIRS, starts, lengths

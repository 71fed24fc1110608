"""Rough sentence vectors at tens of thousands a second: what to look at more closely, never what to show.

A text's sketch is the sum of its tokens' shipped vectors, made to length one; the vectors were fitted so that the sum
comes near to what the sentence encoder says (corpus/train_sketch.py). Word order is lost: rank with it, then let the
encoder decide. A text's sketch depends on that text alone, bit for bit.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from insights import model_files

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DIMENSIONS = 256
TEXTS_AT_ONCE = 32  # their token vectors stay within a processor's first caches


@dataclass(frozen=True, slots=True)
class Sketcher:
    """Token vectors: integers (tokens, d) with a scale a row. `name` is the files' digest, as an encoder's."""

    tokenizer: "Tokenizer"
    integers: np.ndarray
    scales: np.ndarray
    name: str


def load(directory: Path | None = None) -> Sketcher:
    """Load the shipped vectors, or those that corpus/train_sketch.py wrote; the tokenizer is the encoder's.

    Raises DamagedModel when a file is missing or is not the one that the manifest describes.
    """
    from tokenizers import Tokenizer

    root = files("insights").joinpath("sketch_model") if directory is None else directory
    expected = model_files.expected_files(root)
    table = model_files.verified(root, "sketch.npz", expected)
    tokenizer = model_files.verified(files("insights.encoder"), "tokenizer.json", expected)
    with np.load(io.BytesIO(table), allow_pickle=False) as arrays:
        integers, scales = arrays["integers"], arrays["scales"]
    return Sketcher(Tokenizer.from_str(tokenizer.decode()), integers, scales, model_files.name_of(expected))


def sketch(model: Sketcher, texts: Sequence[str]) -> np.ndarray:
    """Texts -> float32 (len(texts), 256), rows of length 1; a text of no token has the padding's vector."""
    # A lone surrogate, which JSON can carry, is no text to the tokenizer.
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    tokens = [one.ids or [0] for one in model.tokenizer.encode_batch_fast(clean, add_special_tokens=False)]
    return summed(model.integers, model.scales, tokens)


def summed(integers: np.ndarray, scales: np.ndarray, tokens: Sequence[Sequence[int]]) -> np.ndarray:
    """Token ids of texts, none of them empty -> unit float32 (len(tokens), d)."""
    vectors = np.empty((len(tokens), integers.shape[1]), np.float32)
    for at in range(0, len(tokens), TEXTS_AT_ONCE):
        some = tokens[at : at + TEXTS_AT_ONCE]
        ids = np.concatenate([np.asarray(one) for one in some])
        starts = np.cumsum([0, *(len(one) for one in some[:-1])])
        vectors[at : at + TEXTS_AT_ONCE] = np.add.reduceat(integers[ids] * scales[ids], starts, axis=0)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

"""Fit the token vectors of insights/sketch.py to the shipped encoder and write insights/sketch_model/.

    python -m corpus.train_sketch [--target FOLDER]

Needs neither torch nor labels. Every token starts from what the encoder says of it alone, common ones made small; then a
ridge regression moves those that the corpus knows, so that the mean of a text's token vectors comes near to the encoder's
vector of the text. Held-out industries tell how good that is; the shipped vectors then learn from all of them. About a
minute on two cores for 10,000 utterances.
"""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from corpus import marked
from corpus.tagger_data import PARTS, Example, examples, part
from insights import embedding, sketch
from insights.encoder import conversion

TARGET = Path(__file__).parent.parent / "insights" / "sketch_model"
COMMON = 1e-3  # share of all tokens from which on a token counts as common
RIDGE = 0.3  # of 0.1 to 10, by the neighbours found in held-out industries
STEPS = 25  # of conjugate gradients
NEAREST, KEPT = 50, (100, 200, 500, 1000)
QUERIES = 300
HELD_OUT = 0  # the part of the industries whose utterances are asked about


def token_vectors(encoder: embedding.Encoder) -> np.ndarray:
    """What the encoder says of each token alone, (tokens, 384), of length 1 around their middle."""
    start, end = encoder.tokenizer.encode("").ids
    size = encoder.tokenizer.get_vocab_size()
    found = np.empty((size, embedding.DIMENSIONS), np.float32)
    for at in range(0, size, 340):
        ids = np.array([[start, token, end] for token in range(at, min(size, at + 340))], np.int64)
        found[at : at + 340] = encoder.session.run(None, {"tokens": ids})[0].mean(axis=1)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found - found.mean(axis=0)


def counts(tokens: Sequence[Sequence[int]], size: int) -> Any:
    """A sparse matrix (texts, tokens): how often each token occurs, each row divided by the root of its length."""
    lengths = [len(one) for one in tokens]
    values = np.concatenate([np.full(n, n**-0.5, np.float32) for n in lengths])
    matrix = sparse.csr_matrix((values, np.concatenate(tokens), np.cumsum([0, *lengths])), (len(tokens), size))
    matrix.sum_duplicates()
    return matrix


def fitted(matrix: Any, vectors: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The W near `start` with matrix @ W near to `vectors`: ridge regression by conjugate gradients, all columns at once."""
    moved = np.zeros_like(start)
    rest = matrix.T @ (vectors - matrix @ start)
    direction, square = rest.copy(), (rest * rest).sum(axis=0)
    for _ in range(STEPS):
        image = matrix.T @ (matrix @ direction) + RIDGE * direction
        step = square / np.maximum((direction * image).sum(axis=0), 1e-20)
        moved += step * direction
        rest -= step * image
        before, square = square, (rest * rest).sum(axis=0)
        direction = rest + square / np.maximum(before, 1e-20) * direction
    return start + moved


def learnt(encoder: embedding.Encoder, alone: np.ndarray, items: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Token vectors from these utterances and their sentences, as integers (tokens, d) and scales (tokens, 1)."""
    texts = sorted({part for item in items for part in (item.turn.text, *_sentences(item.turn.text))})
    tokens = [one.ids or [0] for one in encoder.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    matrix, vectors = counts(tokens, len(alone)), embedding.embed(encoder, texts)
    seen = np.bincount(np.concatenate(tokens), minlength=len(alone)) + 1
    start = alone * (COMMON / (COMMON + seen / seen.sum()))[:, None].astype(np.float32)
    guess = matrix @ start
    table = fitted(matrix, vectors, start * ((guess * vectors).sum() / (guess * guess).sum()))
    axes = np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1][:, : sketch.DIMENSIONS]
    # An axis may point either way; the largest of its numbers shall be positive, on every machine.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    table = (table @ axes).astype(np.float32)
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
    return np.rint(table / scales).astype(np.int8), scales


def judged(encoder: embedding.Encoder, table: tuple[np.ndarray, np.ndarray], items: list[Example]) -> dict[str, Any]:
    """How many of an utterance's nearest neighbours by the encoder are among the nearest by the sketch.

    The utterances that are asked about are of held-out industries, the neighbours of all.
    """
    texts = sorted({item.turn.text: item for item in reversed(items)}.values(), key=lambda item: item.turn.text)
    tokens = encoder.tokenizer.encode_batch_fast([item.turn.text for item in texts], add_special_tokens=False)
    rough = sketch.summed(*table, [one.ids or [0] for one in tokens])
    exact = embedding.embed(encoder, [item.turn.text for item in texts])
    asked = np.flatnonzero([part(item.group) == HELD_OUT for item in texts])
    asked = np.random.default_rng(1).permutation(asked)[:QUERIES]
    ranks = []
    for n in asked:
        near, by_sketch = exact @ exact[n], rough @ rough[n]
        near[n] = by_sketch[n] = -np.inf
        place = np.empty(len(texts), np.int64)
        place[np.argsort(-by_sketch, kind="stable")] = np.arange(len(texts))
        ranks.append(place[np.argsort(-near, kind="stable")[:NEAREST]])
    shares = {str(kept): round(float((np.array(ranks) < kept).mean()), 3) for kept in KEPT}
    return {"utterances": len(texts), "asked": len(asked), "nearest": NEAREST, "found_in_the_sketchs": shares}


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?;])\s+", text) if part]


def main() -> None:
    """Fit, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=Path, default=TARGET)
    target: Path = parser.parse_args().target
    target.mkdir(parents=True, exist_ok=True)
    encoder = embedding.load()
    alone = token_vectors(encoder)
    items = examples(marked.read_all())
    figures = judged(encoder, learnt(encoder, alone, [item for item in items if part(item.group) != HELD_OUT]), items)
    print(json.dumps({"held out": f"one industry of {PARTS}", **figures}), flush=True)
    integers, scales = learnt(encoder, alone, items)
    np.savez(target / "sketch.npz", integers=integers, scales=scales)
    digests = {
        "sketch.npz": conversion.sha256(target / "sketch.npz"),
        "tokenizer.json": conversion.sha256(TARGET.parent / "encoder" / "tokenizer.json"),
    }
    about = {"files": digests, "encoder": encoder.name, "dimensions": integers.shape[1], "held_out": figures}
    (target / "manifest.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()

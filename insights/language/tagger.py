"""The tagger: a small language model that marks objections, questions and competitors in an utterance, in one pass.

It reads what was said before and who speaks, because "no, we're good" answers a pitch and "that's too much" a price.
Trained by corpus/train_tagger.py; here numpy and onnxruntime alone run it. What it finds in a turn depends on that turn
alone, bit for bit: a batch holds windows of one length, and every token is quantised by itself (encoder/conversion.py).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from insights import model_files
from insights.embedding import batches, cores, each
from insights.errors import DamagedModel
from insights.language.tagger_spans import Span, runs, says_nothing, snapped, without_overlaps
from insights.language.tagger_text import Window, texts_of, tokenize, windows
from insights.language.turns import Turn
from insights.records import KINDS, Kind

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FILES = ("tagger.onnx", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Tagger:
    """A loaded model; `thresholds` and `calibration` (slope, offset) are per kind, `version` names the weights."""

    session: "InferenceSession"
    tokenizer: "Tokenizer"
    thresholds: Mapping[Kind, float]
    calibration: Mapping[Kind, tuple[float, float]]
    version: str
    context: tuple[int, ...]  # tokens of the utterances before that it reads, the latest first
    threads: int = 1  # batches that are read at once


def load(directory: Path | None = None, *, threads: int = 0) -> Tagger:
    """Load the shipped tagger, or one that corpus/train_tagger.py wrote; `threads` 0 means one per core.

    Raises DamagedModel when a file is missing or is not the one that the manifest describes.
    """
    model_files.report_nothing()
    import onnxruntime
    from tokenizers import Tokenizer

    root = resources.files("insights.language").joinpath("tagger_model") if directory is None else directory
    try:
        manifest = json.loads(model_files.read(root, "manifest.json"))
        expected = {name: str(manifest["files"][name]) for name in FILES}
        thresholds: dict[Kind, float] = {kind: float(manifest["thresholds"][kind]) for kind in KINDS}
        calibration: dict[Kind, tuple[float, float]] = {
            kind: (float(manifest["calibration"][kind][0]), float(manifest["calibration"][kind][1])) for kind in KINDS
        }
        context = tuple(int(tokens) for tokens in manifest["context"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DamagedModel("manifest.json") from error
    contents = {name: model_files.verified(root, name, expected) for name in FILES}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a batch on each core, as for the encoder
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(contents["tagger.onnx"], options, providers=["CPUExecutionProvider"])
    described = json.dumps([expected, thresholds, calibration, context], sort_keys=True)
    version = hashlib.sha256(described.encode()).hexdigest()[:12]
    tokenizer = Tokenizer.from_str(contents["tokenizer.json"].decode())
    return Tagger(session, tokenizer, thresholds, calibration, version, context, threads or cores())


Stretches = Sequence[Sequence[tuple[int, int]]]


def tag(tagger: Tagger, turns: Sequence[Turn], opened: Stretches | None = None) -> list[tuple[Span, ...]]:
    """Find the spans of each turn, sorted by place. A seller's own words carry no objection and no question.

    `opened`: where each turn is worth reading, in characters; windows that lie outside are left out. None: everywhere.
    """
    return [tuple(sure(tagger, found)) for found in candidates(tagger, turns, opened)]


def sure(tagger: Tagger, spans: Iterable[Span]) -> Iterator[Span]:
    """Those of candidates that count."""
    return (span for span in spans if span.confidence >= tagger.thresholds[span.kind])


def candidates(tagger: Tagger, turns: Sequence[Turn], opened: Stretches | None = None) -> list[tuple[Span, ...]]:
    """What `tag` chooses from: spans of any confidence, for those who set their own thresholds."""
    words = tokenize(tagger.tokenizer, [text for turn in turns for text in texts_of(turn, tagger.context)])
    ends = tuple(tagger.tokenizer.encode("").ids)  # [CLS] and [SEP], which the tokenizer puts around a text
    work = [
        (n, window)
        for n, turn in enumerate(turns)
        for window in windows(words, turn, (ends[0], ends[1]), tagger.context)
        if opened is None or any(start < window.own[1] and window.own[0] < end for start, end in opened[n])
    ]
    found: list[list[Span]] = [[] for _ in turns]
    # Windows of the same tokens are read once: a text may be one word, fifty thousand times.
    alike: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[int, Window]]] = {}
    for n, window in work:
        alike.setdefault((tuple(window.ids), tuple(window.shapes)), []).append((n, window))
    different = list(alike)
    marked: list[list[tuple[int, Span]]] = [[] for _ in different]  # (turn, span) of each window

    def read(batch: list[int]) -> None:
        ids = np.array([different[index][0] for index in batch], np.int64)
        shapes = np.array([different[index][1] for index in batch], np.int64)
        (scores,) = tagger.session.run(None, {"tokens": ids, "shapes": shapes})
        for index, one in zip(batch, scores, strict=True):
            for n, window in alike[different[index]]:
                spans = spans_of(tagger.calibration, turns[n], window, one[window.lead : -1])
                marked[index].extend((n, span) for span in spans)

    each(read, batches([len(ids) for ids, _ in different]), threads=tagger.threads)
    for n, span in chain.from_iterable(marked):
        found[n].append(span)
    return [tuple(without_overlaps(spans)) for spans in found]


def spans_of(
    calibration: Mapping[Kind, tuple[float, float]], turn: Turn, window: Window, scores: np.ndarray
) -> Iterator[Span]:
    """Read one window's scores (its tokens, WIDTH) as spans of the turn's text."""
    for run in runs(scores, window.places, turn.text):
        if run.kind != "competitor" and not turn.is_buyers:
            continue
        first, last = int(window.places[run.first, 0]), int(window.places[run.last - 1, 1])
        if not window.own[0] <= first < window.own[1]:
            continue
        start, end = snapped(turn.text, run.kind, first, last)
        if says_nothing(turn.text, start, end):
            continue
        slope, offset = calibration[run.kind]
        confidence = 1 / (1 + np.exp(-(slope * run.score + offset)))
        yield Span(run.kind, start, end, run.label, round(float(confidence), 4))

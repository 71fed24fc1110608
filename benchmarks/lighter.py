"""Three ways to less of the tagger's work, each beside today's finder in one run: a stricter gate, leaving early, less context.

    python -m benchmarks.lighter [--work build/lighter] [fit] [tune] [report]

*Gate*: its threshold moved so that fewer marks of held-out industries pass. *Leaving*: after two, three or four of the six
layers a probe guesses from the token states how sure the last layer will be, and windows without hope are left there; what
goes on comes out bit for bit as today. *Context*: fewer tokens of what was said before. `fit` learns the probes, and a gate, without the
part of the industries that is held out (as `corpus/train_gate.py` does); `tune` chooses in that part, by the rule in LOSS;
`report` reads the validation part, once. What one would get wrong: the shipped tagger has seen the rows that `tune` reads, so
only the difference between two ways means anything there. Costs are counted: tokens, and integer operations of the layers.
"""

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import onnx.utils
import onnxruntime

from benchmarks.finding_speed import INT8_OPERATIONS
from corpus import marked, train_gate
from corpus.tagger_data import examples, group_of, part
from insights import evaluation, sketch
from insights.language import Finder, Turn, build, tagger, tagger_text
from insights.language.rows import extract
from insights.language.tagger_spans import WIDTH
from insights.records import KINDS

Row = dict[str, Any]
Feeds = dict[str, np.ndarray]
Compute = Callable[[Feeds], tuple[np.ndarray, int]]
LAYERS, EXITS = 6, (2, 3, 4)
LOSS = 0.02  # of the marks that pass today, of what is found today, and half of it of F1: what tuning may give away
GATES = (0.99, 0.98, 0.97, 0.95)  # shares of the held-out marks that pass
CONTEXTS: dict[str, tuple[tuple[int, ...], int]] = {  # tokens of the utterances before, and from how many characters on
    "24 and 10 (today)": ((24, 10), 0),
    "24": ((24,), 0),
    "12": ((12,), 0),
    "8 from 60 characters on": ((8,), 60),
}
HIDDEN, EPOCHS, SEED = 64, 12, 3
LEFT = -100.0  # the score of every token of a window that was left
SEP = 102
SHAPE = "joined/shape"  # what the graph calls the form of a batch


@dataclass(slots=True)
class Counted:
    """Stands in for the tagger's session and counts; `compute` gives scores and how many windows went to the last layer."""

    compute: Compute
    after: int = LAYERS  # layers that every window goes through
    extra: int = 0  # operations of the probe, a token
    tokens: int = 0
    operations: float = 0.0

    def run(self, _: None, feeds: Feeds) -> list[np.ndarray]:
        """Tokens and shapes (n, t) -> [scores (n, t, WIDTH)], as the tagger's session does."""
        windows, length = feeds["tokens"].shape
        scores, going = self.compute(feeds)
        layers = self.after * windows + (LAYERS - self.after) * going
        self.tokens += windows * length
        self.operations += (INT8_OPERATIONS / LAYERS * layers + self.extra * windows) * length
        return [scores]


@dataclass(frozen=True, slots=True)
class Probe:
    """A small network over one token's state: how far above its threshold the last layer will be (logits)."""

    weights: Sequence[np.ndarray]

    @property
    def operations(self) -> int:
        """Of one token."""
        return 2 * sum(one.size for one in self.weights if one.ndim == 2)

    def scores(self, ids: np.ndarray, states: np.ndarray) -> np.ndarray:
        """Ids (n, t) and states (n · t, 384) -> (n,): the most promising of each window's own tokens."""
        first, bias, second, offset = self.weights
        token = (np.maximum(states @ first + bias, 0) @ second + offset).reshape(ids.shape)
        return np.where(own(ids), token, -np.inf).max(axis=1)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The tagger in two halves, with the probe between them."""

    after: int
    first: Any
    second: Any
    probe: Probe
    limit: float

    def run(self, feeds: Feeds) -> tuple[np.ndarray, int]:
        """Scores (n, t, WIDTH), LEFT where a window was left, and how many went on."""
        ids = feeds["tokens"]
        states, shape = self.first.run(None, feeds)
        on = self.probe.scores(ids, states) >= self.limit
        scores = np.full((*ids.shape, WIDTH), LEFT, np.float32)
        if on.any():
            going = states.reshape(*ids.shape, -1)[on].reshape(-1, states.shape[1])
            shape = np.array([on.sum(), *shape[1:]], np.int64)
            (scores[on],) = self.second.run(None, {state(self.after): going, SHAPE: shape})
        return scores, int(on.sum())


@dataclass(slots=True)
class Remembered:
    """The whole tagger, that computes each different window once, with what the probe says of it."""

    whole: Any
    probe: Probe
    known: dict[bytes, tuple[np.ndarray, float]] = field(default_factory=dict)

    def above(self, limit: float) -> Compute:
        """What a tagger gives that leaves windows below a limit; Leaving gives the same to the bit."""

        def compute(feeds: Feeds) -> tuple[np.ndarray, int]:
            keys = [np.stack(one).tobytes() for one in zip(feeds["tokens"], feeds["shapes"], strict=True)]
            if new := [n for n, key in enumerate(keys) if key not in self.known]:
                fed = {name: values[new] for name, values in feeds.items()}
                scores, states = self.whole.run(None, fed)
                hopes = self.probe.scores(fed["tokens"], states)
                self.known |= {keys[n]: (one, hope) for n, one, hope in zip(new, scores, hopes.tolist(), strict=True)}
            found = [self.known[key] for key in keys]
            scores = np.stack([one if hope >= limit else np.full_like(one, LEFT) for one, hope in found])
            return scores, sum(hope >= limit for _, hope in found)

        return compute


@cache
def loaded() -> Finder:
    """Today's finder, on one thread."""
    return build(threads=1)


def own(ids: np.ndarray) -> np.ndarray:
    """Which tokens (n, t) are the window's own: behind the first [SEP], with who speaks, before the last."""
    inside = np.cumsum(ids == SEP, axis=1) > 0
    inside[:, -1] = False
    return inside & (ids != SEP)


def state(layers: int) -> str:
    """What the graph calls the token states after so many layers."""
    return f"/model/encoder/layer.{layers - 1}/joined/states"


def session(inputs: Sequence[str], outputs: Sequence[str]) -> Any:
    """The part of the shipped tagger's graph that lies between some values, on one thread."""
    model = onnx.load(str(files("insights.language") / "tagger_model" / "tagger.onnx"))
    described = onnx.helper.make_tensor_value_info
    model.graph.value_info.append(described(SHAPE, onnx.TensorProto.INT64, [3]))
    model.graph.value_info.extend(described(state(n), onnx.TensorProto.FLOAT, ["rows", 384]) for n in EXITS)
    part = onnx.utils.Extractor(model).extract_model([*inputs], [*outputs])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(part.SerializeToString(), options, providers=["CPUExecutionProvider"])


def tagger_of(finder: Finder) -> tagger.Tagger:
    """Its tagger, which it has."""
    assert finder.tagger is not None
    return finder.tagger


def counted(finder: Finder, counter: Counted) -> Finder:
    """A finder whose tagger counts."""
    return replace(finder, tagger=replace(tagger_of(finder), session=counter))


def plain(finder: Finder) -> Compute:
    """The tagger as it is."""
    whole = tagger_of(finder).session
    return lambda feeds: (whole.run(None, feeds)[0], len(feeds["tokens"]))


@contextmanager
def context(limits: Sequence[int], least: int) -> Iterator[None]:
    """Texts of `least` characters and more are read after so many tokens of each utterance before."""
    windows, today = tagger_text.windows, tagger_text.CONTEXT_TOKENS

    def fewer(words: dict[str, tagger_text.Words], turn: Turn, ends: tuple[int, int]) -> list[tagger_text.Window]:
        tagger_text.CONTEXT_TOKENS = tuple(limits) if len(turn.text) >= least else today  # type: ignore[assignment]
        found = list(windows(words, turn, ends))
        tagger_text.CONTEXT_TOKENS = today
        return found

    with patch.object(tagger, "windows", fewer):
        yield


def sampled(rows: Sequence[Row], count: int) -> list[Row]:
    """Whole conversations, drawn until there are `count` rows."""
    talks: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        talks[row["id"].rsplit("#", 1)[0]].append(row)
    order = sorted(talks)
    random.Random(SEED).shuffle(order)
    found: list[Row] = []
    for name in order:
        if len(found) >= count:
            break
        found += talks[name]
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What today's finder gives for rows; of each window that the tagger read its ids (t,), their states by layers (t, 384),
    and how far each token is above its kind's threshold, in logits (t,)."""

    found: list[Row]
    ids: list[np.ndarray]
    states: dict[int, list[np.ndarray]]
    margins: list[np.ndarray]


def seen(rows: Sequence[Row]) -> Seen:
    """Read rows as today; a seller's words have only competitors."""
    finder, whole = loaded(), session(["tokens", "shapes"], ["scores", *map(state, EXITS)])
    kept: list[Any] = []

    def compute(feeds: Feeds) -> tuple[np.ndarray, int]:
        scores, *layers = whole.run(None, feeds)
        kept.append((feeds["tokens"], scores, dict(zip(EXITS, layers, strict=True))))
        return scores, len(scores)

    found = list(extract(counted(finder, Counted(compute)), rows))
    model = tagger_of(finder)
    rep = model.tokenizer.encode("rep:", add_special_tokens=False).ids[0]
    slopes, offsets = np.array([model.calibration[kind] for kind in KINDS]).T
    limits = np.array([model.thresholds[kind] for kind in KINDS])
    states: dict[int, list[np.ndarray]] = {after: [] for after in EXITS}
    margins, every = [], []
    for ids, scores, layers in kept:
        margin = scores[..., : len(KINDS)] * slopes + offsets - np.log(limits / (1 - limits))
        first = (ids == SEP).argmax(axis=1)
        sellers = ids[np.arange(len(ids)), first + 1] == rep
        margin[sellers] = np.where(np.array(KINDS) == "competitor", margin[sellers], LEFT)
        margins += list(margin.max(axis=2))
        every += list(ids)
        for after in EXITS:
            states[after] += list(layers[after].reshape(*ids.shape, -1).astype(np.float16))
    return Seen(found, every, states, margins)


def learnt(got: Seen, after: int) -> Probe:
    """Train a probe: each own token's chance to be above its threshold, as the last layer sees it."""
    import torch

    torch.manual_seed(SEED)
    mine = np.concatenate([own(ids[None])[0] for ids in got.ids])
    x, y = (torch.from_numpy(np.concatenate(one)[mine].astype(np.float32)) for one in (got.states[after], got.margins))
    model = torch.nn.Sequential(torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.75)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(x)).split(256):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x[chosen])[:, 0], y[chosen].sigmoid())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    first, bias, second, offset = (one.detach().numpy() for one in model.parameters())
    return Probe((first.T.copy(), bias, second.T.copy(), offset))


def fit(work: Path, rows: Sequence[Row], count: int) -> None:
    """Learn the probes from `count` rows, and a gate that says what passes in industries that it has not seen."""
    got = seen(sampled([row for row in rows if part(group_of(row)) != train_gate.HELD_OUT], count))
    for after in EXITS:
        np.savez(work / f"probe_{after}.npz", *learnt(got, after).weights)
    items, sketcher = train_gate.readings(examples(rows)), sketch.load()
    held = [item for item in items if part(item.group) == train_gate.HELD_OUT]
    arrays = train_gate.fit(sketcher, train_gate.cases([i for i in items if part(i.group) != train_gate.HELD_OUT]))
    judged = [{"share": share, **train_gate.judged(arrays, sketcher, held, share)} for share in GATES]
    (work / "gates.json").write_text(json.dumps(judged, indent=1), "utf-8")
    print(json.dumps(judged), flush=True)


def probe_of(work: Path, after: int) -> Probe:
    """A probe as `fit` wrote it."""
    with np.load(work / f"probe_{after}.npz") as saved:
        return Probe([saved[name] for name in sorted(saved.files)])


def tune(work: Path, rows: Sequence[Row]) -> None:
    """Choose by rows of the held-out part: the gate, after how many layers and from what score on, and the context."""
    gates = json.loads((work / "gates.json").read_text("utf-8"))
    gate = next(one["threshold"] for one in gates if one["share"] == round(GATES[0] - LOSS, 2))
    got = seen(rows)
    leave = min(exits(work, got))[1:]
    tokens: dict[str, int] = {}
    lost: dict[str, float] = {}
    best = [0.0] * len(KINDS)
    for name, (limits, least) in CONTEXTS.items():
        counter = Counted(plain(loaded()))
        with context(limits, least):
            scores = evaluation.score(rows, list(extract(counted(loaded(), counter), rows)), rounds=1)
        f1 = [scores[kind]["f1"] for kind in KINDS]
        best = f1 if not tokens else best  # today's is the first
        tokens[name], lost[name] = counter.tokens, max(a - b for a, b in zip(best, f1, strict=True))
        print(f"context {name}: {counter.tokens} tokens, F1 {f1}", flush=True)
    today, *others = tokens
    allowed = [name for name in others if lost[name] <= LOSS / 2]
    enough = [name for name in others if tokens[name] <= 0.8 * tokens[today]]
    least_tokens = min(allowed, key=tokens.__getitem__) if allowed else min(enough, key=lost.__getitem__)
    chosen = {"gate": gate, "leave": leave, "context": least_tokens, "context allowed": bool(allowed)}
    (work / "chosen.json").write_text(json.dumps(chosen), "utf-8")
    print(json.dumps(chosen))


def exits(work: Path, got: Seen) -> Iterator[tuple[float, int, float]]:
    """Yield what leaving costs, as a share of today's operations, after how many layers and from what score on."""
    sizes = np.array([len(ids) for ids in got.ids])
    good = np.array([one[own(ids[None])[0]].max() >= 0 for one, ids in zip(got.margins, got.ids, strict=True)])
    share = sizes[good].sum() / sizes.sum()
    print(
        f"{len(sizes)} windows, {sizes.sum()} tokens; with a span {good.mean():.3f}, {share:.3f} of the tokens",
        flush=True,
    )
    for after in EXITS:
        probe = probe_of(work, after)
        pairs = zip(got.ids, got.states[after], strict=True)
        scores = np.array([probe.scores(ids[None], states.astype(np.float32))[0] for ids, states in pairs])
        for loss in (0.005, 0.01, LOSS, 0.05):
            limit = float(np.quantile(scores[good], loss))
            on = sizes[scores >= limit].sum() / sizes.sum()
            cost = float((after + (LAYERS - after) * on) / LAYERS + probe.operations / INT8_OPERATIONS)
            print(
                f"after {after} layers, {loss:.3f} lost: {on:.3f} of the tokens go on, operations {cost:.3f}",
                flush=True,
            )
            if loss == LOSS:
                yield cost, after, limit


def report(work: Path, rows: list[Row], timed: int) -> None:
    """Each way on validation rows; then processor time on `timed` of them, in turn, nothing remembered."""
    chosen, finder = json.loads((work / "chosen.json").read_text("utf-8")), loaded()
    assert finder.gate is not None
    strict = replace(finder, gate=replace(finder.gate, threshold=chosen["gate"]))
    (after, limit), less, today = chosen["leave"], CONTEXTS[chosen["context"]], next(iter(CONTEXTS.values()))
    probe = probe_of(work, after)
    memory = Remembered(session(["tokens", "shapes"], ["scores", state(after)]), probe)
    ways = {
        "today": (finder, False, today),
        "stricter gate": (strict, False, today),
        "leaving": (finder, True, today),
        "both": (strict, True, today),
        "less context": (finder, False, less),
    }
    print(f"{json.dumps(chosen)}\n| way | kind | F1 (95 %) | against today (95 %, paired) | tokens | operations |")
    found: dict[str, list[Row]] = {}
    base: Counted | None = None
    for name, (one, leaves, (limits, least)) in ways.items():
        cost = (after, probe.operations) if leaves else (LAYERS, 0)
        counter = Counted(memory.above(limit if leaves else -np.inf), *cost)
        with context(limits, least):
            found[name] = list(extract(counted(one, counter), rows))
        base = base or counter
        scores = evaluation.score(rows, found[name])
        for kind in KINDS:
            low, high = scores[kind]["f1_95"]
            print(
                f"| {name} | {kind} | {scores[kind]['f1']:.3f} ({low:.2f} to {high:.2f}) | "
                f"{difference(rows, found['today'], found[name], kind)} | "
                f"{counter.tokens / len(rows):.1f} ({counter.tokens / base.tokens:.2f}) | "
                f"{counter.operations / len(rows) / 1e9:.3f} ({counter.operations / base.operations:.2f}) |",
                flush=True,
            )
    middle = [state(after), SHAPE]
    leaving = Leaving(after, session(["tokens", "shapes"], middle), session(middle, ["scores"]), probe, limit)
    some, seconds = sampled(rows, timed), dict.fromkeys(ways, 0.0)
    for _ in range(2):
        for name, (one, leaves, (limits, least)) in ways.items():
            real = counted(one, Counted(leaving.run if leaves else plain(finder)))
            with context(limits, least):
                begun = time.process_time()
                again = list(extract(real, some))
                seconds[name] += time.process_time() - begun
            known = {row["id"]: row for row in found[name]}
            assert all(known[row["id"]] == row for row in again), name  # what was remembered was right
    print({name: round(spent / seconds["today"], 3) for name, spent in seconds.items()}, f"of {len(some)} rows")


def difference(rows: Sequence[Row], before: Sequence[Row], after: Sequence[Row], kind: str) -> str:
    """How F1 changed, with the interval of a bootstrap over conversations that draws the same for both."""
    talks: dict[str, np.ndarray] = defaultdict(lambda: np.zeros((2, 3)))
    for row, *both in zip(rows, before, after, strict=True):
        gold = [mark for mark in row["marks"] if mark["kind"] == kind]
        for n, one in enumerate(both):
            mine = [span for span in one["insights"] if span["kind"] == kind]
            talks[row["id"].rsplit("#", 1)[0]][n] += len(evaluation.pairs(gold, mine)), len(mine), len(gold)
    cells = np.array(list(talks.values()))
    drawn = np.random.default_rng(SEED).multinomial(len(cells), np.full(len(cells), 1 / len(cells)), 4000)
    sums = np.concatenate([cells.sum(axis=0)[None], np.einsum("rc,cws->rws", drawn, cells)])
    f1 = 2 * sums[..., 0] / (sums[..., 1] + sums[..., 2])
    change = f1[:, 1] - f1[:, 0]
    low, high = np.quantile(change[1:], [0.025, 0.975])
    return f"{change[0]:+.4f} ({low:+.4f} to {high:+.4f})"


def main() -> None:
    """Run the stages asked for: fit, tune, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", default=["fit", "tune", "report"])
    parser.add_argument("--work", type=Path, default=Path("build") / "lighter")
    parser.add_argument("--learn", type=int, default=2000, help="rows that the probes learn from")
    parser.add_argument("--choose", type=int, default=450, help="rows of the held-out part to choose by")
    parser.add_argument("--timed", type=int, default=120, help="rows of validation that processor time is taken of")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    rows = marked.read_all()
    if "fit" in asked.stages:
        fit(asked.work, rows, asked.learn)
    if "tune" in asked.stages:
        tune(asked.work, sampled([row for row in rows if part(group_of(row)) == train_gate.HELD_OUT], asked.choose))
    if "report" in asked.stages:
        report(asked.work, marked.read_all(validation=True), asked.timed)


if __name__ == "__main__":
    main()

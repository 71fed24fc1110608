"""Teach a smaller tagger what a larger one says, and write insights/language/tagger_model/.

    python -m corpus.distil_tagger [held] [train] [write] [--teacher build/teacher] [--layers 3] [--wide 1536]

The teacher is a folder that corpus/train_tagger.py wrote. The pupil begins with some of its layers, later loses half of what is
inside of them, and learns from the marks, from what the teacher says of the same words, and from what it says of words that nobody marked: the corpus's, changed. It reads
less of what was said before (tagger_text.CONTEXT_TOKENS). `held` trains without the parts HELD of the industries and reads
those: confidence, thresholds and figures come from there, the same way as the folds of train_tagger.py. The teacher has seen
them, the pupil learns nothing of them but what that changed in the teacher's word on other text. `train` goes on from there with
all industries. Needs what train_tagger.py needs; three quarters of an hour on two free cores.
"""

import argparse
import json
import random
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from corpus import marked
from corpus.calibration import calibration
from corpus.tagger_data import Example, examples, group_of, reworded, varied
from corpus.tagger_network import Batch, Size, batch_of, descended, inputs, loss_of, network, read_windows, save
from corpus.tagger_network import Settings as Learning
from corpus.train_tagger import PLAIN, SOURCE, corpus_digest, read, write
from corpus.train_tagger import TARGET as TEACHER
from insights.embedding import batches, each
from insights.language import tagger
from insights.language.tagger import Tagger
from insights.language.tagger_spans import WIDTH
from insights.language.tagger_text import CONTEXT_TOKENS, Window
from insights.records import KINDS, LABELS

TARGET = Path(__file__).parents[1] / "insights" / "language" / "tagger_model"
PARTS, HELD = 6, (1, 5)  # of the industries; the held ones say how sure the pupil may be
TAGS = 2 * len(KINDS)
READ = 512  # windows that tell which of a layer's inner numbers matter


@dataclass(frozen=True, slots=True)
class Settings:
    """What may vary; chosen by the figures on the held industries."""

    layers: int = 3
    wide: int = 768  # what is left of the 1,536 inner numbers of each layer
    batch: int = 32
    warmup: float = 0.05
    weight_decay: float = 0.01
    marks_share: float = 0.5  # of the marks in the loss; the rest is the teacher's word
    seed: int = 11


@dataclass(frozen=True, slots=True)
class Course:
    """A part of the training: how often everything is gone through, and how fast it is learnt at first."""

    epochs: int
    rate: float
    head_rate: float  # of what comes after the layers


WHOLE, NARROW, ALL = Course(5, 4e-4, 1e-3), Course(4, 2.5e-4, 5e-4), Course(3, 2e-4, 5e-4)


@dataclass(frozen=True, slots=True)
class Taught:
    """A window with its example, whether people marked it, and the teacher's scores of its own tokens, if it gave any."""

    item: Example
    window: Window
    marked: bool
    scores: np.ndarray | None


def fit(model: Any, teacher: Tagger, items: Sequence[Example], settings: Settings, course: Course, to: Path) -> None:
    """Train a pupil; its state is saved after every epoch."""
    import torch

    rng = random.Random(settings.seed)
    model.train()
    learning = Learning(label_share=1.0)
    groups = [
        {"params": [p for p in model.model.parameters() if p.requires_grad], "lr": course.rate},
        {"params": [*model.head.parameters(), *model.shapes.parameters()], "lr": course.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    started, schedule = time.monotonic(), None
    for epoch in range(course.epochs):
        cut = in_batches(lesson(teacher, items, rng), settings.batch, rng)
        if schedule is None:
            schedule = _schedule(optimizer, settings, len(cut) * course.epochs)
        print(f"{epoch + 1}: {len(cut)} batches, {time.monotonic() - started:.0f}s", flush=True)
        losses: list[float] = []
        for chosen in cut:
            batch = batch_of([(one.item, one.window) for one in chosen])
            with torch.autocast("cpu", torch.bfloat16):
                scores = model(*inputs(batch))
            loss = lesson_loss(scores.float(), chosen, batch, learning, settings.marks_share)
            losses.append(descended(model, optimizer, schedule, loss))
            if len(losses) % 200 == 0:
                told = f"{np.mean(losses[-200:]):.4f} {time.monotonic() - started:.0f}s"
                print(f"{epoch + 1}:{len(losses)} loss {told}", flush=True)
        save(model, to)
    model.eval()


def _schedule(optimizer: Any, settings: Settings, steps: int) -> Any:
    import torch

    rising = max(1, int(steps * settings.warmup))
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rising, max(0.01, (steps - step) / max(1, steps - rising)))
    )


def lesson(teacher: Tagger, items: Sequence[Example], rng: random.Random) -> list[Taught]:
    """One epoch's windows: every item as `varied` gives it, and once more reworded, with what the teacher says of each."""
    told = varied(items, rng)
    texts = [item.turn.text for item in items]
    work = [*told, *(reworded(item, rng, texts) for item in varied(items, rng))]
    mine = list(read_windows(teacher.tokenizer, work))
    scores = teachers_word(teacher, work)
    alone = _alone([n for n, _ in mine])
    return [
        Taught(work[n], window, n < len(told), scores.get(n) if n in alone else None)
        for n, window in mine
        if n < len(told) or (n in alone and n in scores)
    ]


def teachers_word(teacher: Tagger, work: Sequence[Example]) -> dict[int, np.ndarray]:
    """The teacher's scores (own tokens, WIDTH) of each example that it reads in one window."""
    read = read_windows(teacher.tokenizer, work, teacher.context)
    alone = _alone([n for n, _ in read])
    read = [(n, window) for n, window in read if n in alone]
    found: dict[int, np.ndarray] = {}

    def ask(batch: list[int]) -> None:
        ids = np.array([read[index][1].ids for index in batch], np.int64)
        shapes = np.array([read[index][1].shapes for index in batch], np.int64)
        (scores,) = teacher.session.run(None, {"tokens": ids, "shapes": shapes})
        for index, one in zip(batch, scores, strict=True):
            n, window = read[index]
            found[n] = one[window.lead : -1].astype(np.float16)

    each(ask, batches([len(window.ids) for _, window in read]), threads=teacher.threads)
    return found


def _alone(numbers: Sequence[int]) -> frozenset[int]:
    """Those that come once."""
    counts = np.bincount(numbers)
    return frozenset(np.flatnonzero(counts == 1).tolist())


def in_batches(work: list[Taught], size: int, rng: random.Random) -> list[list[Taught]]:
    """Batches of windows of about one length, in random order."""
    ordered = sorted(work, key=lambda one: len(one.window.ids) + rng.uniform(-4, 4))
    cut = [ordered[at : at + size] for at in range(0, len(ordered), size)]
    rng.shuffle(cut)
    return cut


def lesson_loss(scores: Any, chosen: Sequence[Taught], batch: Batch, learning: Learning, share: float) -> Any:
    """The marks' loss over the windows that people marked, and the teacher's: how far tags and labels are from its own
    (Hinton, Vinyals and Dean 2015, temperature 1)."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, kl_div, log_softmax

    said = np.zeros((*batch.tokens.shape, WIDTH), np.float32)
    heard = np.zeros(batch.tokens.shape, np.float32)
    for row, one in enumerate(chosen):
        if one.scores is not None:
            own = slice(one.window.lead, one.window.lead + len(one.scores))
            said[row, own], heard[row, own] = one.scores, 1
        if not one.marked:
            batch.tags[row] = -1
    teacher, weight = torch.from_numpy(said), torch.from_numpy(heard)
    weight = weight / weight.sum(dim=1, keepdim=True).clamp(min=1).sqrt()
    total = weight.sum().clamp(min=1e-6)
    tags = binary_cross_entropy_with_logits(scores[:, :, :TAGS], torch.sigmoid(teacher[:, :, :TAGS]), reduction="none")
    # What is left when pupil and teacher agree is taken off, so that the number tells how far they are.
    even = binary_cross_entropy_with_logits(teacher[:, :, :TAGS], torch.sigmoid(teacher[:, :, :TAGS]), reduction="none")
    loss = ((tags - even) * weight[:, :, None]).sum() / total * len(KINDS)
    before = TAGS
    for kind, name in enumerate(KINDS):
        columns = slice(before, before + len(LABELS[name]))
        inside = torch.sigmoid(teacher[:, :, kind]) * weight
        apart = kl_div(
            log_softmax(scores[:, :, columns], -1),
            log_softmax(teacher[:, :, columns], -1),
            reduction="none",
            log_target=True,
        ).sum(-1)
        loss = loss + (apart * inside).sum() / total * 4
        before += len(LABELS[name])
    batch = Batch(
        batch.tokens, batch.shapes, batch.mask, batch.tags, [mark for mark in batch.pooled if chosen[mark[0]].marked]
    )
    if any(one.marked for one in chosen):
        loss = (1 - share) * loss + share * loss_of(scores, batch, learning)
    return loss


def pupil(base: Path, folder: Path, settings: Settings) -> Any:
    """A network of fewer layers that begins with some of the teacher's, evenly taken, the first and the last among them."""
    whole = network(base, 0.0)
    whole.load_state_dict(weights_of(folder), strict=False)
    count, wide = whole.model.config.num_hidden_layers, whole.model.config.intermediate_size
    made = _like(whole, base, Size(settings.layers, wide))
    for n, layer in enumerate(made.model.encoder.layer):
        at = round(n * (count - 1) / max(1, settings.layers - 1))
        layer.load_state_dict(whole.model.encoder.layer[at].state_dict())
    return made


def narrowed(whole: Any, base: Path, teacher: Tagger, items: Sequence[Example], wide: int) -> Any:
    """The same network with those inner numbers of each layer that matter most."""
    order = mattering(whole, teacher, items)
    made = _like(whole, base, Size(len(order), wide))
    for layer, old, best in zip(made.model.encoder.layer, whole.model.encoder.layer, order, strict=True):
        state, chosen = dict(old.state_dict()), best[:wide]
        state["intermediate.dense.weight"] = state["intermediate.dense.weight"][chosen]
        state["intermediate.dense.bias"] = state["intermediate.dense.bias"][chosen]
        state["output.dense.weight"] = state["output.dense.weight"][:, chosen]
        layer.load_state_dict(state)
    return made


def _like(whole: Any, base: Path, size: Size) -> Any:
    """A network of another size with all that is around the layers."""
    made = network(base, 0.0, size=size)
    made.head.load_state_dict(whole.head.state_dict())
    made.shapes.load_state_dict(whole.shapes.state_dict())
    return made


def mattering(whole: Any, teacher: Tagger, items: Sequence[Example]) -> list[Any]:
    """Of each layer its inner numbers, those first that move its output most: mean size times the length of what they add."""
    import torch

    sizes: list[Any] = [0.0] * len(whole.model.encoder.layer)
    hooks = [
        layer.output.dense.register_forward_pre_hook(
            lambda _, given, n=n: sizes.__setitem__(n, sizes[n] + given[0].abs().sum(dim=(0, 1)))
        )
        for n, layer in enumerate(whole.model.encoder.layer)
    ]
    read = read_windows(teacher.tokenizer, items[:: max(1, len(items) // READ)])
    with torch.no_grad():
        for _, window in read:
            whole(torch.tensor([window.ids]), torch.tensor([window.shapes]))
    for hook in hooks:
        hook.remove()
    return [
        (size * layer.output.dense.weight.norm(dim=0)).argsort(descending=True)
        for size, layer in zip(sizes, whole.model.encoder.layer, strict=True)
    ]


def weights_of(folder: Path) -> dict[str, Any]:
    """A tagger's weights as torch names them, read out of its folder; its products' are back from bytes."""
    import onnx
    import torch
    from onnx import numpy_helper

    graph = onnx.load(str(folder / "tagger.onnx")).graph
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    state = {name: value for name, value in held.items() if name.startswith(("model.", "shapes.", "head."))}
    parts = (
        *(f"attention.self.{part}" for part in ("query", "key", "value")),
        "attention.output.dense", "intermediate.dense", "output.dense",
    )  # fmt: skip
    layer = 0
    while f"/model/encoder/layer.{layer}/joined/bias" in held:
        stored = f"model.encoder.layer.{layer}."
        for part in parts:
            place = f"/model/encoder/layer.{layer}/{part.replace('.', '/')}/MatMul/"
            state[f"{stored}{part}.weight"] = (held[f"{place}weight"].astype(np.float32) * held[f"{place}column"]).T
        biases = np.split(held[f"/model/encoder/layer.{layer}/joined/bias"], 3)
        for part, bias in zip(parts[:3], biases, strict=True):
            state[f"{stored}{part}.bias"] = bias
        layer += 1
    return {name: torch.from_numpy(np.array(value)) for name, value in state.items()}


def held(row: dict[str, Any]) -> bool:
    """Whether a row's industry is kept from the pupil that says how sure it may be."""
    return zlib.crc32(group_of(row).encode()) % PARTS in HELD


def kept(base: Path, path: Path, settings: Settings) -> Any:
    """A pupil as `save` wrote it."""
    import torch

    model = network(base, 0.0, size=Size(settings.layers, settings.wide))
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=False)
    return model.eval()


def rows_of(which: str) -> list[dict[str, Any]]:
    """The corpus's rows: "all", "known" to the pupil that is judged, or "held" from it."""
    return [row for row in marked.read_all() if which == "all" or held(row) == (which == "held")]


def judge(base: Path, work: Path, settings: Settings) -> dict[str, Any]:
    """Confidence, thresholds and figures from the industries that the pupil has not seen."""
    write(kept(base, work / "held.pt", settings), base, PLAIN, work / "held", CONTEXT_TOKENS)
    rows = rows_of("held")
    return calibration(rows, read(work / "held", rows))


def main() -> None:
    """Run the stages asked for: held, train, write."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", default=["held", "train", "write"])
    parser.add_argument("--teacher", type=Path, default=TEACHER)
    parser.add_argument("--work", type=Path, default=Path("build/pupil"), help="between the stages")
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    for name, value in asdict(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    asked = vars(parser.parse_args())
    settings = Settings(**{name: asked[name] for name in asdict(Settings())})
    folder, work, threads = asked["teacher"], asked["work"], asked["threads"]
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(settings.seed)
    teacher = tagger.load(folder, threads=threads)
    with as_file(files(SOURCE) / "model") as base:
        if "held" in asked["stages"]:
            items, model = examples(rows_of("known")), pupil(base, folder, settings)
            fit(model, teacher, items, settings, WHOLE, work / "whole.pt")
            model = narrowed(model, base, teacher, items, settings.wide)
            fit(model, teacher, items, settings, NARROW, work / "held.pt")
            report = judge(base, work, settings)
            (work / "report.json").write_text(json.dumps(report), "utf-8")
            print(json.dumps(report["figures"], indent=2), flush=True)
        if "train" in asked["stages"]:
            model = kept(base, work / "held.pt", settings)
            fit(model, teacher, examples(rows_of("all")), settings, ALL, work / "weights.pt")
        if "write" in asked["stages"]:
            about = {
                "settings": asdict(settings), "utterances": len(rows_of("all")), "corpus_sha256": corpus_digest(),
                "teacher": teacher.version,
            }  # fmt: skip
            report = json.loads((work / "report.json").read_text("utf-8")) | about
            write(kept(base, work / "weights.pt", settings), base, report, asked["target"], CONTEXT_TOKENS)


if __name__ == "__main__":
    main()

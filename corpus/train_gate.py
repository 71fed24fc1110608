"""Train the gate on the marked conversations of this folder and write insights/language/gate_model/.

    python -m corpus.train_gate [--target FOLDER] [--pass-marks 0.99]

Needs torch, and the sketches (corpus/train_sketch.py); half a minute for 10,000 utterances. The threshold is where the
asked share of the marks in held-out industries passes, the gate having learnt from the others; the shipped one then
learns from all of them. Files named val_* are never read here.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from corpus import marked
from corpus.tagger_data import Example, examples, part, parts
from insights import sketch
from insights.language import gate
from insights.language.finder import legible, pipeline
from insights.language.gate import Piece
from insights.records import Company

TARGET = Path(__file__).parent.parent / "insights" / "language" / "gate_model"
HIDDEN = 128
EPOCHS = 12
RATE = 2e-3
BATCH = 64
WORDS = 30522
DROPPED = 0.1  # share of words and pairs left out of a step
HIDDEN_DROPPED = 0.3
SEED = 5
HELD_OUT = 0  # the part of the industries that sets the threshold


@dataclass(frozen=True, slots=True)
class Case:
    """A piece of a reading, whether a mark touches it, which reading (number) it is of, and whether a name opens that."""

    piece: Piece
    marked: bool
    reading: int
    named: bool


def readings(items: Sequence[Example]) -> list[Example]:
    """What the tagger reads of the buyers' words, as the finder gives it: turns whole, notes sentence by sentence."""
    return [reading for item in items if item.turn.is_buyers for reading in parts(item)]


def cases(items: Sequence[Example]) -> list[Case]:
    """The pieces of readings, with the names that the rules see in them when no catalogue is known."""
    nlp = pipeline(Company(), rules_alone=False)
    found = []
    for n, item in enumerate(items):
        turn = replace(item.turn, text=legible(item.turn.text))
        with nlp.memory_zone():
            doc = nlp.make_doc(turn.text)
            doc.user_data["turn"] = turn
            names = [name.source for name in nlp(doc).user_data["names"]]
        for piece in gate.pieces(turn, len(names)):
            touched = any(m.start < piece.end and m.end > piece.start for m in item.marks)
            found.append(Case(piece, touched, n, gate.telling(names)))
    return found


def network(width: int) -> Any:
    """The gate as torch learns it: (words, pairs, starts, lengths, dense) -> logits."""
    import torch

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.pairs = (torch.nn.EmbeddingBag(n, 1, mode="sum") for n in (WORDS, gate.PAIRS))
            for table in (self.words, self.pairs):
                torch.nn.init.zeros_(table.weight)
            self.hidden, self.out = torch.nn.Linear(width, HIDDEN), torch.nn.Linear(HIDDEN, 1)
            self.dropout = torch.nn.Dropout(HIDDEN_DROPPED)

        def forward(self, ids: Any, pairs: Any, starts: Any, lengths: Any, dense: Any, kept: Any) -> Any:
            linear = self.words(ids, starts, per_sample_weights=kept[0]) + self.pairs(
                pairs, starts, per_sample_weights=kept[1]
            )
            hidden = self.dropout(torch.relu(self.hidden(dense)))
            return linear[:, 0] / lengths.sqrt() + self.out(hidden)[:, 0]

    return Network()


def fit(sketcher: sketch.Sketcher, known: Sequence[Case]) -> dict[str, np.ndarray]:
    """Train on cases; the arrays of a Gate."""
    import torch

    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    rng = np.random.default_rng(SEED)
    tokens, numbers = gate.features(sketcher, [case.piece for case in known])
    dense = torch.from_numpy(numbers.astype(np.float32))
    truth = torch.tensor([float(case.marked) for case in known])
    model = network(numbers.shape[1])
    tables = [*model.words.parameters(), *model.pairs.parameters()]
    rest = [*model.hidden.parameters(), *model.out.parameters()]
    groups = [
        {"params": tables, "lr": 3 * RATE, "weight_decay": 1e-3}, {"params": rest, "lr": RATE, "weight_decay": 1e-2},
    ]  # fmt: skip
    optimizer = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.75)
    for _ in range(EPOCHS):
        order = rng.permutation(len(known))
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            ids, pairs, starts, lengths = gate.indices([tokens[n] for n in chosen])
            kept = torch.from_numpy((rng.random((2, len(ids))) >= DROPPED).astype(np.float32))
            inputs = [torch.from_numpy(one) for one in (ids, pairs, starts, lengths)]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                model(*inputs, dense[chosen], kept), truth[chosen]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    state = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    return {
        "words": state["words.weight"][:, 0].astype(np.float16),
        "pairs": state["pairs.weight"][:, 0].astype(np.float16),
        "hidden": state["hidden.weight"].T.astype(np.float16),
        "hidden_bias": state["hidden.bias"],
        "out": np.append(state["out.weight"][0], state["out.bias"]),
    }


def judged(
    arrays: dict[str, np.ndarray], sketcher: sketch.Sketcher, items: Sequence[Example], share: float
) -> dict[str, Any]:
    """The threshold at which `share` of the marks is in readings of which some piece passes, and what passes there."""
    held = cases(items)
    model = gate.Gate(sketcher, {name: value.astype(np.float64) for name, value in arrays.items()}, 0.0, "")
    best = np.full(len(items), -np.inf)
    found = gate.scores(model, [case.piece for case in held])
    for case, score in zip(held, found, strict=True):
        best[case.reading] = max(best[case.reading], np.inf if case.named else score)
    marks = np.array([len(item.marks) for item in items])
    order = np.argsort(-best, kind="stable")
    reached = np.cumsum(marks[order]) >= share * marks.sum()
    threshold = round(float(best[order][int(np.argmax(reached))]), 4) - 1e-4
    opened = best >= threshold
    words = np.array([len(item.turn.text.split()) for item in items])
    return {
        "threshold": round(threshold, 4),
        "readings": len(items),
        "with_marks": round(float((marks > 0).mean()), 3),
        "passed": round(float(opened.mean()), 3),
        "words_passed": round(float(words[opened].sum() / words.sum()), 3),
        "marks_passed": round(float(marks[opened].sum() / marks.sum()), 4),
    }


def main() -> None:
    """Train, choose the threshold, train again on everything, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--pass-marks", type=float, default=0.99)
    asked = parser.parse_args()
    items, sketcher = readings(examples(marked.read_all())), sketch.load()
    known = [item for item in items if part(item.group) != HELD_OUT]
    held = [item for item in items if part(item.group) == HELD_OUT]
    figures = judged(fit(sketcher, cases(known)), sketcher, held, asked.pass_marks)
    print(json.dumps(figures), flush=True)
    asked.target.mkdir(parents=True, exist_ok=True)
    np.savez(asked.target / "gate.npz", allow_pickle=False, **fit(sketcher, cases(items)))
    digest = hashlib.sha256((asked.target / "gate.npz").read_bytes()).hexdigest()
    about = {
        "files": {"gate.npz": digest}, "sketch": sketcher.name, "threshold": figures.pop("threshold"),
        "utterances": len(items), "held_out": figures,
    }  # fmt: skip
    (asked.target / "manifest.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()

"""The finder beside the naive ways, on the same labelled rows in one run: precision, recall, F1, labels, per part.

    python -m benchmarks.finding [ROWS.jsonl …] [--model FOLDER] [--by industry voice] [--bare] [--catalogue]

Without files it reads the validation conversations of corpus/ (val_*), which nothing is trained or tuned on. The ways:
`finder` (rules and tagger), `rules` (spaCy alone), `heads` (logistic regression on sentence vectors, the sentence before
and the side, trained on corpus/), `zero-shot` (similarity of sentences to descriptions of the labels, its thresholds
chosen on corpus/). What one would get wrong: heads and zero-shot mark whole sentences, which the scoring accepts as it
asks for half of the shorter span; names are judged by the heads among those that the rules propose.
"""

import argparse
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus import marked
from insights import embedding, evaluation
from insights.language import Finder, Turn, build
from insights.language.rows import extract, turn_of
from insights.language.turns import sentences
from insights.records import KINDS, Company, Competitor, Kind

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Row = dict[str, Any]
Way = Callable[[Sequence[Row]], list[Row]]
SIDES = ("buyer", "seller", "unknown")
DESCRIPTIONS = json.loads(Path(__file__).with_name("data").joinpath("label_descriptions.json").read_text("utf-8"))
HARSH = str.maketrans("", "", '.,?!;:"()…–—')


def main() -> None:
    """Score every way on every file and print the table, or JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="labelled rows, JSON lines; the validation part if none")
    parser.add_argument("--model", type=Path, help="a tagger's folder instead of the shipped one")
    parser.add_argument("--by", nargs="*", default=[], choices=["industry", "voice"], help="also by these, finder only")
    parser.add_argument("--bare", action="store_true", help="also without punctuation and capitals, finder only")
    parser.add_argument("--catalogue", action="store_true", help="also with the rivals' names given, finder only")
    parser.add_argument("--ways", nargs="*", default=["finder", "rules", "heads", "zero-shot"])
    asked = parser.parse_args()
    sets = {file.name: _read(file) for file in asked.files} or {"validation": marked.read_all(validation=True)}
    ways = _ways(asked.ways, asked.model)
    print("| rows | way | kind | marks | precision | recall | F1 (95 %) | label |\n|---|---|---|---|---|---|---|---|")
    for name, rows in sets.items():
        for way, found in ways.items():
            _print(name, way, rows, found(rows))
        if "finder" in ways:
            _parts(name, rows, ways["finder"], asked.by)
            if asked.bare:
                plain = [bare(row) for row in rows]
                _print(f"{name}, no punctuation or capitals", "finder", plain, ways["finder"](plain))
            if asked.catalogue:
                _print(
                    f"{name}, names given", "finder", rows, list(extract(build(listed(rows), model=asked.model), rows))
                )


def _read(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _ways(names: Sequence[str], model: Path | None) -> dict[str, Way]:
    """The ways asked for, the naive ones trained on the corpus once."""
    rules = build(rules_alone=True)
    ways: dict[str, Way] = {}
    if "finder" in names:
        finder = build(model=model)
        ways["finder"] = lambda rows: list(extract(finder, rows))
    if "rules" in names:
        ways["rules"] = lambda rows: list(extract(rules, rows))
    if {"heads", "zero-shot"} & set(names):
        encoder = embedding.load()
        known = read(rules, encoder, marked.read_all())
        if "heads" in names:
            heads = trained(known)
            ways["heads"] = lambda rows: judged_by_heads(heads, read(rules, encoder, rows))
        if "zero-shot" in names:
            prototypes = described(encoder, known)
            ways["zero-shot"] = lambda rows: judged_by_likeness(prototypes, read(rules, encoder, rows))
    return ways


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of one row, its vector with that of what was said before and the side (776,), and the names in it."""

    row: int
    start: int
    end: int
    vector: np.ndarray
    names: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Rows with their sentences."""

    rows: Sequence[Row]
    sentences: Sequence[Sentence]


def read(rules: Finder, encoder: embedding.Encoder, rows: Sequence[Row]) -> Known:
    """Cut rows into sentences and embed them, each different text once."""
    turns = [turn if isinstance(turn := turn_of(row), Turn) else Turn("unknown", "verbatim", "") for row in rows]
    cut = [(n, start, end) for n, turn in enumerate(turns) for start, end in sentences(turn.text)]
    before = ["" if not turn.context else turn.context[-1][1][-300:] for turn in turns]
    texts = list(dict.fromkeys([*(turns[n].text[start:end] for n, start, end in cut), *before]))
    vectors = dict(zip(texts, embedding.embed(encoder, texts), strict=True))
    sides = {
        turn: np.array([turn.role == side for side in SIDES] + [turn.voice == "reported"], np.float32)
        for turn in set(turns)
    }
    proposed = [_proposed(rules, turn) for turn in turns]
    return Known(
        rows,
        [
            Sentence(
                n, start, end,
                np.concatenate([vectors[turns[n].text[start:end]], 0.5 * vectors[before[n]], sides[turns[n]]]),
                tuple(name for name in proposed[n] if start <= name[0] and name[1] <= end),
            )
            for n, start, end in cut
        ],
    )  # fmt: skip


def _proposed(rules: Finder, turn: Turn) -> list[tuple[int, int]]:
    doc = rules.nlp.make_doc(turn.text)
    doc.user_data["turn"] = turn
    doc = rules.nlp(doc)
    return [(doc[name.start].idx, doc[name.start : name.end].end_char) for name in doc.user_data["names"]]


def labelled(known: Known, kind: Kind) -> Iterator[tuple[Sentence, tuple[int, int], str]]:
    """Yield what a head learns: a sentence (or a proposed name in it), its place, and its label, "" for none."""
    for sentence in known.sentences:
        row = known.rows[sentence.row]
        marks = [mark for mark in row["marks"] if mark["kind"] == kind]
        if kind != "competitor" and row["role"] == "rep":
            continue
        for start, end in sentence.names if kind == "competitor" else ((sentence.start, sentence.end),):
            here = [mark for mark in marks if evaluation.pairs([mark], [{"start": start, "end": end}])]
            yield sentence, (start, end), here[0]["label"] if here else ""


def trained(known: Known) -> "dict[Kind, tuple[LogisticRegression, float]]":
    """One classifier a kind, and the probability from which on its F1 is best in a held-out fifth of the rows."""
    from sklearn.linear_model import LogisticRegression

    heads = {}
    for kind in KINDS:
        items = list(labelled(known, kind))
        vectors, labels = np.array([item[0].vector for item in items]), np.array([item[2] for item in items])
        held = np.array([zlib.crc32(str(known.rows[item[0].row]["industry"]).encode()) % 5 == 0 for item in items])
        trial = LogisticRegression(C=10, max_iter=300).fit(vectors[~held], labels[~held])
        some = 1 - trial.predict_proba(vectors[held])[:, list(trial.classes_).index("")]
        heads[kind] = LogisticRegression(C=10, max_iter=300).fit(vectors, labels), best(some, labels[held] != "")
    return heads


def best(scores: np.ndarray, right: np.ndarray) -> float:
    """The score from which on the F1 is best."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    return float(scores[order][int(np.argmax(hits / (np.arange(1, len(order) + 1) + right.sum())))])


def judged_by_heads(heads: "Mapping[Kind, tuple[LogisticRegression, float]]", known: Known) -> list[Row]:
    """What the heads find, as rows of insights."""
    spans: list[list[Row]] = [[] for _ in known.rows]
    for kind, (head, threshold) in heads.items():
        items = list(labelled(known, kind))
        if not items:
            continue
        chances = head.predict_proba(np.array([item[0].vector for item in items]))
        none = list(head.classes_).index("")
        for (sentence, (start, end), _), chance in zip(items, chances, strict=True):
            if 1 - chance[none] >= threshold:
                label = str(head.classes_[np.argmax(np.where(np.arange(len(chance)) == none, -1, chance))])
                spans[sentence.row].append({"kind": kind, "start": start, "end": end, "label": label})
    return [{"id": row["id"], "insights": found} for row, found in zip(known.rows, spans, strict=True)]


@dataclass(frozen=True, slots=True)
class Prototypes:
    """Vectors of described labels (n, 384), their labels, and the likeness from which on a sentence counts."""

    vectors: np.ndarray
    labels: Sequence[str]
    threshold: float


def described(encoder: embedding.Encoder, known: Known) -> dict[Kind, Prototypes]:
    """The labels' descriptions as vectors; the corpus chooses only the threshold."""
    found: dict[Kind, Prototypes] = {}
    for kind in ("objection", "question"):
        texts = [(label, text) for label, texts in DESCRIPTIONS[kind].items() for text in texts]
        vectors = embedding.embed(encoder, [text for _, text in texts])
        items = list(labelled(known, kind))
        likeness = np.array([(vectors @ item[0].vector[: vectors.shape[1]]).max() for item in items])
        threshold = best(likeness, np.array([item[2] != "" for item in items]))
        found[kind] = Prototypes(vectors, [label for label, _ in texts], threshold)
    return found


def judged_by_likeness(prototypes: Mapping[Kind, Prototypes], known: Known) -> list[Row]:
    """What is like a description, as rows of insights."""
    spans: list[list[Row]] = [[] for _ in known.rows]
    for kind, one in prototypes.items():
        for sentence, (start, end), _ in labelled(known, kind):
            likeness = one.vectors @ sentence.vector[: one.vectors.shape[1]]
            if likeness.max() >= one.threshold:
                label = one.labels[int(likeness.argmax())]
                spans[sentence.row].append({"kind": kind, "start": start, "end": end, "label": label})
    return [{"id": row["id"], "insights": found} for row, found in zip(known.rows, spans, strict=True)]


def listed(rows: Sequence[Row]) -> Company:
    """A catalogue of the rivals that the rows name: what is written with a capital, each spelling by itself."""
    names = {
        row["text"][mark["start"] : mark["end"]]
        for row in rows
        for mark in row["marks"]
        if mark["kind"] == "competitor"
    }
    return Company(competitors=tuple(Competitor(name) for name in sorted(names) if name != name.lower()))


def bare(row: Row) -> Row:
    """A row as a machine that listens writes it: no punctuation, no capitals; the marks keep their words."""
    text = row["text"]
    at = np.cumsum([0, *(len(c.translate(HARSH).lower()) for c in text)])
    marks = [{**mark, "start": int(at[mark["start"]]), "end": int(at[mark["end"]])} for mark in row["marks"]]
    context = [{**said, "text": said["text"].translate(HARSH).lower()} for said in row["context"]]
    return {**row, "text": text.translate(HARSH).lower(), "marks": marks, "context": context}


def _parts(name: str, rows: Sequence[Row], finder: Way, by: Sequence[str]) -> None:
    found = {row["id"]: row for row in finder(rows)} if by else {}
    for field in by:
        for value in sorted({row.get(field, "") for row in rows}):
            part = [row for row in rows if row.get(field, "") == value]
            _print(f"{name}, {field} {value}", "finder", part, [found[row["id"]] for row in part])


def _print(name: str, way: str, rows: Sequence[Row], found: Sequence[Row]) -> None:
    scores = evaluation.score(rows, found)
    for kind in KINDS:
        one = scores[kind]
        low, high = one["f1_95"] or (0, 0)
        print(
            f"| {name} ({len(rows)}) | {way} | {kind} | {one['gold']} | {one['precision']:.3f} | {one['recall']:.3f} | "
            f"{one['f1']:.3f} ({low:.2f} to {high:.2f}) | {one['label_agreement']} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Names of themes beside BERTopic's labels for the same groups: make sheets for blind judges, and count their answers.

    python -m benchmarks.naming sheets FOLDER --banking77 PATH.jsonl --clinc150 PATH.jsonl [--seed N]
    python -m benchmarks.naming score FOLDER/key/key.json answers_default_1.jsonl answers_keybert_1.jsonl…

A sheet shows members of each theme and two names in random order; `key/key.json`, which judges must not see, says whose
is which; a file of answers has its sheet's name in its own. The themes are those of odd intents of banking77, of clinc150
and of the corpus's `val_*` spans, which naming was not developed on. Only groups of eight different texts and more are
drawn, for eight are shown of each.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from corpus import marked
from insights import embedding, themes

SHOWN = 8
PEERS = ("default", "keybert")
INSTRUCTION = """# Names of themes

Each section shows eight texts of one group, drawn at random, and two names for the group, A and B. Answer every section
by itself, from the texts shown alone, with one JSON object a line:

    {"theme": 1, "better": "A", "right_a": 2, "right_b": 1, "readable_a": 1, "readable_b": 1}

- `better`: which one would you put as the theme's name into a marketing deck: "A", "B" or "equal"?
- `right_a`, `right_b`: does the name describe the texts rightly: 0 wrong, 1 partly, 2 right?
- `readable_a`, `readable_b`: is the name readable as it stands, without mending: 0 or 1?
"""


@dataclass(frozen=True, slots=True)
class Group:
    """One theme as judges see it: eight of its texts, our name, and each peer's."""

    source: str
    texts: tuple[str, ...]
    ours: str
    peers: dict[str, str]


def main(arguments: Sequence[str]) -> None:
    """Make the sheets, or print a Markdown table of the answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    sheets = commands.add_parser("sheets")
    sheets.add_argument("folder", type=Path)
    sheets.add_argument("--banking77", type=Path, required=True)
    sheets.add_argument("--clinc150", type=Path, required=True)
    sheets.add_argument("--seed", type=int, default=50)
    sheets.add_argument("--development", action="store_true", help="take the data that naming was developed on instead")
    score = commands.add_parser("score")
    score.add_argument("key", type=Path)
    score.add_argument("answers", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    if options.command == "score":
        _print_scores(json.loads(options.key.read_text("utf-8")), options.answers)
    else:
        _write_sheets(options)


def _write_sheets(options: argparse.Namespace) -> None:
    chance = random.Random(options.seed)
    encoder = embedding.load()
    drawn: list[Group] = []
    for source, count, texts, labels in _sets(options):
        groups = _groups(source, texts, labels, encoder, chance)
        drawn += chance.sample(groups, min(count, len(groups)))
    chance.shuffle(drawn)
    options.folder.mkdir(parents=True, exist_ok=True)
    key: dict[str, list[dict[str, Any]]] = {}
    for peer in PEERS:
        sides = [chance.random() < 0.5 for _ in drawn]
        parts = [INSTRUCTION]
        for number, (group, first) in enumerate(zip(drawn, sides, strict=True), 1):
            names = [group.ours, group.peers[peer]]
            a, b = names if first else names[::-1]
            lines = "\n".join(f"- {' '.join(text.split())}" for text in group.texts)
            parts.append(f"## {number}\n\n{lines}\n\nA: {a}\nB: {b}\n")
        (options.folder / f"sheet_{peer}.md").write_text("\n".join(parts), "utf-8")
        key[peer] = [
            {
                "theme": number,
                "ours": "A" if first else "B",
                "source": group.source,
                "name": group.ours,
                "peer": group.peers[peer],
            }
            for number, (group, first) in enumerate(zip(drawn, sides, strict=True), 1)
        ]
    (options.folder / "key").mkdir(exist_ok=True)
    (options.folder / "key" / "key.json").write_text(json.dumps(key, indent=1, ensure_ascii=False), "utf-8")


def _sets(options: argparse.Namespace) -> Iterator[tuple[str, int, list[str], list[str] | None]]:
    """(name, themes to draw, texts, labels) of each set."""
    rows = _rows(options.banking77)
    intents = sorted({row["theme"] for row in rows})[0 if options.development else 1 :: 2]
    yield "banking77", 17, [row["text"] for row in rows if row["theme"] in intents], None
    if not options.development:
        yield "clinc150", 17, [row["text"] for row in _rows(options.clinc150) if row["theme"] != "oos"], None
    for kind in ("objection", "question"):
        spans = [
            (row["text"][mark["start"] : mark["end"]], mark["label"])
            for path in sorted(marked.CORPUS.glob("*.txt"))
            if path.name.startswith("val_") != options.development
            for row in marked.read(path)
            for mark in row["marks"]
            if mark["kind"] == kind
        ]
        yield f"{kind}s", 8, [text for text, _ in spans], [label for _, label in spans]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _groups(
    source: str, texts: list[str], labels: list[str] | None, encoder: embedding.Encoder, chance: random.Random
) -> list[Group]:
    """The themes of one set with eight members and more."""
    vectors = embedding.embed(encoder, texts)
    found = themes.discover(texts, vectors, ids=[f"{at:06}" for at in range(len(texts))], labels=labels)
    of_text = [-1 if one.theme is None else one.theme for one in found.assignments]
    labelled = _peer_labels(texts, vectors, of_text, encoder)
    groups = []
    for at, theme in enumerate(found.themes):
        members = sorted({text for text, group in zip(texts, of_text, strict=True) if group == at})
        if len(members) >= SHOWN:
            shown = tuple(chance.sample(members, SHOWN))
            groups.append(Group(source, shown, theme.name, {peer: labelled[peer][at] for peer in PEERS}))
    return groups


def _peer_labels(
    texts: list[str], vectors: np.ndarray, of_text: list[int], encoder: embedding.Encoder
) -> dict[str, dict[int, str]]:
    """BERTopic's own labels for given groups, by its default representation and by its KeyBERT-inspired one."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.representation import KeyBERTInspired

    class Ours(BaseEmbedder):
        def embed(self, documents: Sequence[str], verbose: bool = False) -> np.ndarray:
            return embedding.embed(encoder, list(documents))

    model = BERTopic(embedding_model=Ours(), umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    topics, _ = model.fit_transform(texts, embeddings=vectors, y=np.array(of_text))
    mapped = {group: topic for group, topic in zip(of_text, topics, strict=True) if group >= 0}
    labels = {"default": {group: _plain(model.topic_labels_[topic]) for group, topic in mapped.items()}}
    # Not in `fit_transform`: there, BERTopic 0.17.4 takes the embeddings of other documents than the representative ones.
    model.update_topics(texts, topics=topics, representation_model=KeyBERTInspired())
    labels["keybert"] = {group: _plain(model.topic_labels_[topic]) for group, topic in mapped.items()}
    return labels


def _plain(label: str) -> str:
    """BERTopic's "12_card_delivery_arrive_track" as words: "Card delivery arrive track"."""
    return label.partition("_")[2].replace("_", " ").strip().capitalize()


def _print_scores(key: dict[str, list[dict[str, Any]]], paths: Sequence[Path]) -> None:
    """A table per peer. The peer that a file of answers is about stands in its name."""
    for peer in PEERS:
        judges = [_rows(path) for path in paths if peer in path.name]
        if judges:
            _print_peer(peer, {row["theme"]: row for row in key[peer]}, judges)


def _print_peer(peer: str, key: dict[int, dict[str, Any]], judges: Sequence[Sequence[Any]]) -> None:
    from scipy.stats import binomtest

    votes: dict[int, list[str]] = {number: [] for number in key}
    marks: dict[str, list[float]] = {"right": [], "peer right": [], "readable": [], "peer readable": []}
    for answers in judges:
        for row in answers:
            ours, theirs = ("a", "b") if key[row["theme"]]["ours"] == "A" else ("b", "a")
            better = str(row["better"]).lower()
            votes[row["theme"]].append("win" if better == ours else "loss" if better == theirs else "equal")
            for mark in ("right", "readable"):
                marks[mark].append(row[f"{mark}_{ours}"])
                marks[f"peer {mark}"].append(row[f"{mark}_{theirs}"])
    print(f"\n{len(judges)} judges, beside BERTopic {peer}\n")
    print("| set | themes | won | equal | lost | won of decided, 95 % | sign test p |\n|---|---|---|---|---|---|---|")
    sources = sorted({row["source"] for row in key.values()})
    for name in ("all", *sources):
        wanted = [cast for number, cast in votes.items() if name in ("all", key[number]["source"])]
        results = Counter(_majority(cast) for cast in wanted if cast)
        decided = results["win"] + results["loss"]
        test = binomtest(results["win"], max(1, decided))
        low, high = test.proportion_ci(method="wilson")
        share = f"{results['win'] / max(1, decided):.0%} ({low:.0%} to {high:.0%})"
        counted = f"{results['win']} | {results['equal']} | {results['loss']}"
        print(f"| {name} | {results.total()} | {counted} | {share} | {test.pvalue:.2g} |")
    single = Counter(vote for cast in votes.values() for vote in cast)
    print(
        f"\nSingle judgements: {single['win']} won, {single['equal']} equal, {single['loss']} lost of {single.total()}."
    )
    whole = [len(set(cast)) == 1 for cast in votes.values() if len(cast) > 1]
    print(f"All judges alike: {sum(whole)} of {len(whole)} themes; Fleiss' kappa {_kappa(list(votes.values())):.2f}.")
    for mark, most in (("right", 2), ("readable", 1)):
        own, peers = mean(marks[mark]), mean(marks[f"peer {mark}"])
        full = sum(value == most for value in marks[mark]) / len(marks[mark])
        peers_full = sum(value == most for value in marks[f"peer {mark}"]) / len(marks[mark])
        print(f"{mark} (0 to {most}): ours {own:.2f}, theirs {peers:.2f}; full marks {full:.0%} and {peers_full:.0%}.")


def _majority(votes: Sequence[str]) -> str:
    counts = Counter(votes)
    if counts["win"] == counts["loss"]:
        return "equal"
    best = max(("win", "loss"), key=lambda vote: counts[vote])
    return best if counts[best] > len(votes) / 2 else "equal"


def _kappa(votes: Sequence[Sequence[str]]) -> float:
    """Fleiss' kappa (1971) over three answers; every theme has the same number of judges."""
    rated = [Counter(cast) for cast in votes if len(cast) > 1]
    judges = rated[0].total() if rated else 0
    if not judges:
        return float("nan")
    total = sum(rated, Counter())
    expected = sum((count / total.total()) ** 2 for count in total.values())
    agreed = mean((sum(n * n for n in one.values()) - judges) / (judges * (judges - 1)) for one in rated)
    return (agreed - expected) / (1 - expected) if expected < 1 else 1.0


if __name__ == "__main__":
    main(sys.argv[1:])

"""How well languages are told: python benchmarks/languages.py [--persuasion FILE] [--service FILE] [--half dev].

English utterances (those files, the sample company) that are called foreign are lost to mining: how many, by length. Other
languages: the sentences in benchmarks/data/sentences.txt. Thresholds were chosen on one half (`--half dev`), this prints the other.
"""

import argparse
import gzip
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "corpus")]

import marked  # noqa: E402

from insights import formats, languages  # noqa: E402
from insights.intervals import of_share  # noqa: E402
from insights.records import Conversation  # noqa: E402

LENGTHS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 10_000))


def told(hits: int, n: int) -> str:
    """A share with its 95 % interval."""
    if not n:
        return "none"
    low, high = of_share(hits, n)
    return f"{hits / n:.4f} [{low:.4f}, {high:.4f}] (n {n})"


def half_of(text: str) -> str:
    """Which half a text is in: the same for the same text, whatever comes before it."""
    return ("dev", "report")[int(hashlib.sha256(text.encode()).hexdigest(), 16) % 2]


def dialogues(path: Path) -> Iterator[list[str]]:
    """The texts of each dialogue of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield [turn["text"] for turn in json.loads(line)["turns"]]


def sample() -> Iterator[list[str]]:
    """The texts of each conversation of the sample company."""
    folder = ROOT / "pipelines/sample"
    for path in [folder / "call_notes.csv", folder / "mail.mbox", *sorted((folder / "calls").glob("*.vtt"))]:
        with path.open("rb") as stream:
            for item in formats.read(path.name, stream):
                if isinstance(item, Conversation):
                    yield [utterance.text for utterance in item.utterances]


def corpus() -> Iterator[list[str]]:
    """The texts of each conversation of the marked corpus: clean, garbled by speech recognition, by non-native speakers."""
    talks: dict[str, list[str]] = {}
    for row in [*marked.read_all(), *marked.read_all(validation=True)]:
        talks.setdefault(row["id"].rsplit("#", 1)[0], []).append(row["text"])
    yield from talks.values()


def sentences() -> dict[str, list[str]]:
    """The foreign sentences by language."""
    found: dict[str, list[str]] = {}
    language = ""
    for line in (ROOT / "benchmarks/data/sentences.txt").read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            language = line[1:-1]
        elif language and line.strip():
            found.setdefault(language, []).append(line)
    return found


def english(name: str, talks: list[list[str]], half: str) -> None:
    """Print how many English utterances are called foreign, alone and in their conversation."""
    talks = [talk for talk in talks if half in {"", half_of("".join(talk))}]
    started = time.perf_counter()
    alone = [(text, languages.of(text)) for talk in talks for text in talk]
    took = time.perf_counter() - started
    together = [pair for talk in talks for pair in zip(talk, languages.of_conversation(talk), strict=True)]
    print(f"\n{name}: {len(alone) / took:,.0f} utterances a second")
    for least, most in LENGTHS:
        rows = [
            [code not in {"", "en"} for text, code in found if least <= len(text.split()) <= most]
            for found in (alone, together)
        ]
        if rows[0]:
            counts = ", ".join(told(sum(row), len(row)) for row in rows)
            print(f"  {least:3} to {most:6} words: called foreign alone, in conversation: {counts}")
    for label, found in (("alone", alone), ("in conversation", together)):
        foreign = sum(code not in {"", "en"} for _, code in found)
        print(
            f"  {label}: foreign {told(foreign, len(found))}; said to be English {sum(c == 'en' for _, c in found) / len(found):.3f}"
        )


def others(half: str) -> None:
    """Print how many foreign sentences are left out, and how many have the right code."""
    every = []
    for language, texts in sentences().items():
        part = texts[::2] if half == "dev" else texts[1::2]
        alone, together = [languages.of(text) for text in part], languages.of_conversation(part)
        if language == "en":
            print(
                f"  English with foreign words and jargon, called foreign: alone {sum(c not in {'', 'en'} for c in alone)}"
                f", in conversation {sum(c not in {'', 'en'} for c in together)} of {len(part)}"
            )
            continue
        every += list(zip([language] * len(part), part, alone, together, strict=True))
    for name, least, most in (("all", 1, 99), ("1 to 2 words", 1, 2), ("3 to 5", 3, 5), ("6 and more", 6, 99)):
        rows = [row for row in every if least <= len(row[1].split()) <= most and (name == "all" or row[0] != "ja")]
        for label, at in (("alone", 2), ("in conversation", 3)):
            print(f"  {name}, {label}: foreign {told(sum(row[at] not in {'', 'en'} for row in rows), len(rows))},"
                  f" right code {told(sum(row[at] == row[0] for row in rows), len(rows))},"
                  f" called English {sum(row[at] == 'en' for row in rows)}")  # fmt: skip


def guests(half: str) -> None:
    """Print how many foreign sentences are seen as such when one stands among an English conversation."""
    around = next(talk for talk in sample() if len(talk) >= 12)
    for least, most in ((1, 2), (3, 5), (6, 99)):
        found = []
        for language, texts in sentences().items():
            for text in texts[::2] if half == "dev" else texts[1::2]:
                if language not in {"en", "ja"} and least <= len(text.split()) <= most:
                    talk = [*around[:6], text, *around[6:12]]
                    found.append(languages.of_conversation(talk)[6] not in {"", "en"})
        print(
            f"  one foreign sentence of {least} to {most} words among English: foreign {told(sum(found), len(found))}"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--persuasion", type=Path)
    options.add_argument("--service", type=Path)
    options.add_argument("--half", choices=("dev", "report"), default="report")
    given = options.parse_args()
    if given.persuasion:
        english("persuasion", list(dialogues(given.persuasion)), given.half)
    if given.service:
        english("service customers", list(dialogues(given.service)), given.half)
    english("marked corpus (all of it: no threshold was chosen on it)", list(corpus()), "")
    english("sample company", list(sample()), given.half)
    print("\nother languages (each sentence alone, and the 15 of a language as one conversation)")
    others(given.half)
    guests(given.half)


if __name__ == "__main__":
    main()

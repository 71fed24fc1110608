"""Speed, memory and growth in one table against named peers in the same run: `make bench` writes benchmarks/RESULTS.md.

    python -m benchmarks [--only mine encoder start growth] [--rounds 3] [--utterances 2074] [--sizes 1000 4000 16000]

Contestants run in turn, after a warm-up, and the median is reported with the least and the most: the machine may be shared,
and only what ran side by side can be compared. Each whole run is a process of its own. Pages, themes, clusters and whole histories have
tables of their own: PAGES.md, THEMES.md, CLUSTER.md, SCALE.md; this one stays under ten minutes on two idle cores.
"""

import argparse
import json
import math
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import finding, whole
from corpus import marked
from insights import embedding, evaluation
from insights.language import build

RESULTS = Path(__file__).parent / "RESULTS.md"
ROOT = Path(__file__).parents[1]
WARM = 300  # utterances
EVERY = 10  # of the corpus, on which the recipe's threshold is chosen
SECTIONS = ("mine", "encoder", "start", "growth")
ELSEWHERE = {
    "finding, by kind, voice and industry, and its speed": "FINDING.md",
    "discover against BERTopic and EVoC, to a million": "THEMES.md",
    "pages, search and lists over HTTP, to a million insights": "PAGES.md",
    "uploads, rows and mails a second": "READING.md",
    "a million utterances, and a day more": "SCALE.md",
    "a Ray cluster": "CLUSTER.md",
}
CLOCK, PROCESSOR = 0, 1  # of a stage's seconds


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--utterances", type=int, default=2074, help="of the race; the labelled validation rows are 2,074"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000, 16000], help="utterances, for the growth")
    asked = parser.parse_args(arguments)
    makers: dict[str, Callable[[Path, argparse.Namespace], Iterator[str]]] = {
        "mine": _mining, "encoder": _encoder, "start": _starts, "growth": _growth,
    }  # fmt: skip
    lines = [
        "# Benchmark results",
        "",
        f"Made by `make bench`. {machine()}. {asked.rounds} rounds after a warm-up.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.only:
            for line in makers[name](Path(folder), asked):
                print(line, flush=True)
                lines.append(line)
    lines += ["## Elsewhere", "", *(f"- {what}: [{file}]({file})" for what, file in ELSEWHERE.items())]
    lines.append(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f} (2.0 is two busy cores).\n")
    RESULTS.write_text("\n".join(lines), "utf-8")


def machine() -> str:
    """Cores, memory, processor, Python, and how quick a core is at plain Python just now."""
    about = Path("/proc/cpuinfo")
    models = [
        line.partition(":")[2].strip() for line in about.read_text().splitlines() if line.startswith("model name")
    ]
    model = models[0] if models else platform.processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    begun, total = time.process_time(), 0
    for n in range(5_000_000):
        total += n
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {model}), {memory:.0f} GB, Python {platform.python_version()}, "
        f"five million additions in {time.process_time() - begun:.1f} s of the processor"
    )


def _mining(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    """The whole of Parley's work against the recipe, on the labelled rows, and what both find there."""
    rows = marked.read_all(validation=True)
    quality, likeness = _quality(rows)
    file = whole.write(folder / "talk.csv", rows, asked.utterances)
    warm = whole.write(folder / "warm.csv", rows, WARM)
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], "recipe": []}
    for _ in range(asked.rounds):
        for side, found in runs.items():
            found.append(_whole(side, file, warm=warm, likeness=likeness))
    rate = {side: [asked.utterances / _seconds(one) for one in found] for side, found in runs.items()}
    worked = {side: [asked.utterances / _seconds(one, of=PROCESSOR) for one in found] for side, found in runs.items()}
    names = {
        "ours": "`parley ingest` and `parley mine`: read, find, embed, store, group",
        "recipe": f"spaCy sentences, sentence-transformers {version('sentence-transformers')} (PyTorch) over each, zero-shot "
        f"likeness, BERTopic {version('bertopic')} over what is alike; nothing stored",
    }
    yield "## Mining, end to end\n"
    yield f"{asked.utterances:,} utterances of the validation conversations, which nothing is trained or tuned on.\n"
    yield "| way | utterances a second (least to most) | a second of the processor | peak MB | F1 objections | F1 questions | F1 competitors |"
    yield "|---|---|---|---|---|---|---|"
    for side, found in runs.items():
        peak = statistics.median(one["peak"] for one in found)
        cells = [names[side], _spread(rate[side]), _spread(worked[side]), f"{peak:,.0f}", *quality[side]]
        yield f"| {' | '.join(cells)} |"
    yield (
        f"\n{_times(rate)} times the recipe on the clock, {_times(worked)} times for each second of the processor, models loaded.\n"
    )
    yield "| way | seconds of the processor by stage, of the last round |\n|---|---|"
    for side, found in runs.items():
        stages = [f"{name} {spent:.1f}" for name, (_, spent) in found[-1]["stages"].items() if spent >= 0.05]
        yield f"| {side} | {', '.join(stages)} |"
    yield ""


def _quality(rows: list[dict[str, Any]]) -> tuple[dict[str, list[str]], float]:
    """F1 by kind of both ways; and the likeness from which on the recipe takes a sentence, chosen on the training rows."""
    rules, encoder = build(rules_alone=True), embedding.load()
    known = finding.read(rules, encoder, marked.read_all()[::EVERY])
    prototypes = finding.described(encoder, known)
    ways = {
        "ours": list(finding.extract(build(), rows)),
        "recipe": finding.judged_by_likeness(prototypes, finding.read(rules, encoder, rows)),
    }
    scores = {side: evaluation.score(rows, found) for side, found in ways.items()}
    cells = {side: [_f1(one[kind]) for kind in ("objection", "question", "competitor")] for side, one in scores.items()}
    cells["recipe"][2] = "none"
    return cells, min(one.threshold for one in prototypes.values())


def _f1(score: dict[str, Any]) -> str:
    low, high = score["f1_95"] or (0, 0)
    return f"{score['f1']:.2f} ({low:.2f} to {high:.2f})"


def _encoder(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    """The shipped encoder against the original."""
    texts = [row["text"] for row in marked.read_all(validation=True)][:600]
    encoder, (_, original, _) = embedding.load(), whole.models()
    work: dict[str, Callable[[], object]] = {
        "ours": lambda: embedding.embed(encoder, texts), "theirs": lambda: original.encode(texts, batch_size=32),
    }  # fmt: skip
    rates: dict[str, list[float]] = {"ours": [], "theirs": []}
    for round_ in range(asked.rounds + 1):
        for side, run in work.items():
            begun = time.perf_counter()
            run()
            if round_:
                rates[side].append(len(texts) / (time.perf_counter() - begun))
    ratios = sorted(a / b for a, b in zip(rates["ours"], rates["theirs"], strict=True))
    yield "## Embedding\n\n| encoder | texts a second (least to most) | times |\n|---|---|---|"
    yield f"| sentence-transformers in PyTorch, full precision | {_spread(rates['theirs'])} | 1.0 |"
    yield (
        f"| shipped, quantised, ONNX Runtime | {_spread(rates['ours'])} | {statistics.median(ratios):.1f} "
        f"({ratios[0]:.1f} to {ratios[-1]:.1f}) |\n"
    )


def _starts(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    """Seconds until a command answers."""
    yield "## Start-up\n\n| what | seconds (least to most) |\n|---|---|"
    own = {**os.environ, "PARLEY_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "api.cli"]
    waits: dict[str, Callable[[], float]] = {
        "`parley --help`": lambda: _took([*command, "--help"], own),
        "`parley themes list` of an empty database": lambda: _took([*command, "themes", "list"], own),
        "`parley mine` with nothing new": lambda: _took([*command, "mine"], own),
        "`parley serve` until its first page": lambda: _first_page(command, own),
    }
    (folder / "home").mkdir()
    _first_page(command, own)  # the database is made
    for what, wait in waits.items():
        wait()
        seconds = [wait() for _ in range(asked.rounds)]
        yield f"| {what} | {statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f}) |"
    yield ""


def _took(command: Sequence[str], own: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=own, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - begun


def _first_page(command: Sequence[str], own: dict[str, str]) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.perf_counter()
    with subprocess.Popen(
        [*command, "serve", "--port", str(port), "--no-worker"], env=own, cwd=ROOT, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                        answer.read()
                    return time.perf_counter() - begun
                except OSError:
                    if server.poll() is not None:
                        raise
                    time.sleep(0.02)
        finally:
            server.terminate()


def _growth(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    """Whole runs of growing size, and the exponents with which time, memory and disk grow."""
    rows = marked.read_all()
    warm = whole.write(folder / "warm.csv", rows, WARM)
    yield "## Growth: `parley ingest` and `parley mine` of a fresh database\n"
    yield "| utterances | seconds | of the processor | utterances a second of it | peak MB | database MB | bytes an utterance |"
    yield "|---|---|---|---|---|---|---|"
    found: list[dict[str, Any]] = []
    for size in asked.sizes:
        one = _whole("ours", whole.write(folder / "grown.csv", rows, size), warm=warm)
        found.append(one)
        seconds, spent = _seconds(one), _seconds(one, of=PROCESSOR)
        yield (
            f"| {size:,} | {seconds:.1f} | {spent:.1f} | {size / spent:,.0f} | {one['peak']:,.0f} | {one['bytes'] / 1e6:.1f} "
            f"| {one['bytes'] / size:,.0f} |"
        )
    if len(found) > 1:
        told = {
            "the processor's time": [_seconds(one, of=PROCESSOR) for one in found],
            "memory": [one["peak"] for one in found],
            "disk": [one["bytes"] for one in found],
        }
        grows = ", ".join(f"{name} with {_exponent(asked.sizes, values):.2f}" for name, values in told.items())
        yield f"\nExponents (least squares of the logarithms; 1 is linear): {grows}.\n"


def _exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """b of value = a · size^b."""
    return statistics.linear_regression([math.log(n) for n in sizes], [math.log(v) for v in values]).slope


def _whole(side: str, file: Path, *, warm: Path, likeness: float = 0.0) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.whole",
        side,
        str(file),
        "--warm",
        str(warm),
        "--likeness",
        str(likeness),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _seconds(run: dict[str, Any], of: int = CLOCK) -> float:
    """All stages, without what comes before the first: loading."""
    return max(0.01, sum(spent[of] for name, spent in run["stages"].items() if name != "start"))


def _times(rates: dict[str, list[float]]) -> str:
    found = sorted(a / b for a, b in zip(rates["ours"], rates["recipe"], strict=True))
    return f"{statistics.median(found):.1f} ({found[0]:.1f} to {found[-1]:.1f})"


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


if __name__ == "__main__":
    main()

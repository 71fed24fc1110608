"""Finding on a Ray cluster of two real nodes: two workers against one, the same results, a worker killed on the way.

    python -m benchmarks.cluster [--parts 30] [--wait 1.0] [--rounds 3] [--utterances 2000]

Two cores cannot show what a second machine gives: the nodes, this process and Ray itself share them. So the first table
emulates machines elsewhere: each part waits a fixed time on its worker (no processor is used), beside the little that is
really found in it; all that the cluster adds, packing, sending, keeping order, stays. The second table is what the two
nodes find without that wait, bound by this machine's cores. The third is arithmetic. Writes benchmarks/CLUSTER.md.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import ray_nodes
from benchmarks.finding_speed import mixes
from insights import language
from insights.embedding import cores
from insights.language import Finder, Work
from insights.records import Company
from pipelines.running import cluster, engines

RESULTS = Path(__file__).with_name("CLUSTER.md")
A_PART = 4  # utterances of a part that waits: few, so that their finding hardly counts
PART = 100
CORE_HOUR = 0.04  # US dollars, an assumption: what clouds ask for a virtual core with 4 GB, without a discount
COUNTS = (10_000_000, 1_000_000_000)
WORKERS = (1, 16, 128, 1024)
US = Company()
Part = tuple[int, list[Any]]


class Elsewhere:
    """A turn that takes a while to arrive: unpacked on a worker, it waits there, and is the turn."""

    def __init__(self, seconds: float, turn: Work):
        self.seconds, self.turn = seconds, turn

    def __reduce__(self) -> tuple[Callable[..., Work], tuple[float, Work]]:
        return after, (self.seconds, self.turn)


def after(seconds: float, turn: Work) -> Work:
    """Wait, as a machine that works elsewhere lets one wait."""
    time.sleep(seconds)
    return turn


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=30)
    parser.add_argument("--wait", type=float, default=1.0, help="seconds that each part takes on its worker")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--utterances", type=int, default=2000)
    asked = parser.parse_args(arguments)
    turns: list[Work] = [(turn, None) for turn in mixes(asked.utterances)["corpus"]]
    finder = language.build(US, threads=1)
    with ray_nodes.two_nodes() as nodes:
        text = report(finder, turns, nodes, asked)
    RESULTS.write_text(text, "utf-8")
    print(text)


def report(finder: Finder, turns: list[Work], nodes: ray_nodes.Nodes, asked: argparse.Namespace) -> str:
    """The whole of CLUSTER.md."""
    short = [(n, turns[n * A_PART : (n + 1) * A_PART]) for n in range(asked.parts)]
    waiting = [(n, [Elsewhere(asked.wait, one[0]), *one[1:]]) for n, one in short if one]
    parts = [(n, turns[n : n + PART]) for n in range(0, len(turns), PART)]
    here = found_here(finder, short)
    (one, one_found), (two, two_found) = (timed(finder, nodes, count, waiting, asked.rounds) for count in (1, 2))
    killed_seconds, killed_found = with_a_kill(finder, nodes, waiting)
    real = {count: timed(finder, nodes, count, parts, asked.rounds) for count in (1, 2)}
    spent = time.process_time()
    local, real_found = rounds(lambda: found_here(finder, parts), asked.rounds)
    rate = len(turns) * (asked.rounds + 1) / (time.process_time() - spent)
    same = one_found == two_found == here, killed_found == here, real[1][1] == real[2][1] == real_found
    ratios = sorted(a / b for a, b in zip(one, two, strict=True))
    machine = f"{cores()} cores ({platform.machine()}), load {os.getloadavg()[0]:.1f} when it ended"
    return "\n".join([
        "# Finding on a cluster", "",
        f"Made by `python -m benchmarks.cluster`. {machine}, Python {platform.python_version()}, Ray {version('ray')}.", "",
        "## Two workers against one, on a stage that this machine's cores do not bound", "",
        f"{len(waiting)} parts of {A_PART} utterances; each also waits {asked.wait} s on its worker, in the place of the work of "
        f"a machine elsewhere. {asked.rounds} rounds after a warm-up, workers loaded.", "",
        "| workers | seconds, median (least to most) | times one worker | results are those of one process |", "|---|---|---|---|",
        f"| 1 | {spread(one)} | 1.0 | {told(same[0])} |",
        f"| 2 | {spread(two)} | {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) | {told(same[0])} |",
        f"| 2, one killed while it had parts | {killed_seconds:.1f}, with the start of another | "
        f"{statistics.median(one) / killed_seconds:.2f} | {told(same[1])} |",
        "", "## What the two nodes find without that wait: the two cores are shared", "",
        "| where | utterances per second, median (least to most) | results are those of one process |", "|---|---|---|",
        f"| this process, one thread | {rates(local, len(turns))} | |",
        *(f"| {n} {'worker' if n == 1 else 'workers'} of the cluster | {rates(real[n][0], len(turns))} | {told(same[2])} |" for n in (1, 2)),
        "", "## On paper", "",
        f"From {rate:,.0f} utterances for each second of a core's own time (which other work on this machine hardly changes), and "
        f"${CORE_HOUR} for a core's hour (an assumption). Finding alone; one process reads and stores it all and bounds the rest. A "
        "billion is more than one SQLite file should hold.", "",
        "| utterances | " + " | ".join(f"{n:,} workers" for n in WORKERS) + " | core hours | cost |", "|---" * (len(WORKERS) + 3) + "|",
        *(paper(count, rate) for count in COUNTS), "",
    ])  # fmt: skip


def found_here(finder: Finder, parts: Sequence[Part]) -> list[Any]:
    with engines.local(finder) as run:
        return list(run(parts))


def timed(
    finder: Finder, nodes: ray_nodes.Nodes, workers: int, parts: list[Part], times: int
) -> tuple[list[float], list[Any]]:
    """Seconds of each round with workers that are loaded already, and what was found."""
    with cluster.on_ray(US, finder, {}, address=nodes.address, workers=workers) as run:
        ray_nodes.until(lambda: len(ray_nodes.workers(nodes)) == workers)
        spent, found = rounds(lambda: list(run(parts)), times)
    print(f"{workers} workers, {len(parts)} parts: {spread(spent)} s", file=sys.stderr, flush=True)
    return spent, found


def rounds(work: Callable[[], list[Any]], times: int) -> tuple[list[float], list[Any]]:
    """Seconds of each round after one that warms up, and what the last one found."""
    spent, found = [], work()
    for _ in range(times):
        begun = time.perf_counter()
        found = work()
        spent.append(time.perf_counter() - begun)
    return spent, found


def with_a_kill(finder: Finder, nodes: ray_nodes.Nodes, parts: list[Part]) -> tuple[float, list[Any]]:
    """The same with two workers, of which one is killed after the first tenth."""
    found: list[Any] = []
    with cluster.on_ray(US, finder, {}, address=nodes.address, workers=2) as run:
        list(run(parts[:4]))
        begun = time.perf_counter()
        for one in run(parts):
            found.append(one)
            if len(found) == max(2, len(parts) // 10):
                ray_nodes.end(ray_nodes.workers(nodes)[0])
        seconds = time.perf_counter() - begun
    print(f"2 workers, one killed, {len(parts)} parts: {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds, found


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"


def rates(seconds: list[float], count: int) -> str:
    return f"{count / statistics.median(seconds):,.0f} ({count / max(seconds):,.0f} to {count / min(seconds):,.0f})"


def told(same: bool) -> str:
    return "yes, to the byte" if same else "NO"


def paper(count: int, rate: float) -> str:
    hours = count / rate / 3600
    cells = " | ".join(lasts(hours / workers) for workers in WORKERS)
    return f"| {count:,} | {cells} | {hours:,.0f} | ${hours * CORE_HOUR:,.2f} |"


def lasts(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:,.0f} days"
    return f"{hours:.1f} h" if hours >= 1 else f"{max(1, round(hours * 60))} min"


if __name__ == "__main__":
    # By its name, so that the workers find what they are to unpack.
    from benchmarks import cluster as ours

    ours.main()

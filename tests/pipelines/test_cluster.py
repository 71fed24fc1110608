"""Finding on a Ray cluster of two nodes, real processes of this machine: the same results, and nothing lost when a worker dies."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from insights import language
from insights.language import Turn
from insights.records import Company, Competitor
from pipelines import cluster, crew, engines
from pipelines.where import Where

US = Company(competitors=(Competitor("Zendora"),))
SAID = ("Honestly, it is too expensive for us.", "Does it work offline?", "We use Zendora today.", "Thank you.")
with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'parley[ray]'")
LONGEST = 300.0  # seconds; a machine that does other things is slow


def work(parts: int) -> list[tuple[int, list[Turn]]]:
    """Numbered parts of different turns."""
    return [(n, [Turn("buyer", "verbatim", f"{text} {n}") for text in SAID]) for n in range(parts)]


@pytest.fixture(scope="module")
def finder() -> language.Finder:
    return language.build(US, threads=1)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A head and a second node with a core each, in a folder of their own; they end with the tests."""
    home = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # a socket's path is short
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = [
        sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--disable-usage-stats",
        "--object-store-memory=80000000", "--include-log-monitor=false", "--min-worker-port=0", "--max-worker-port=0",
        "--dashboard-agent-listen-port=0", "--dashboard-agent-grpc-port=0",
    ]  # fmt: skip
    parts = {
        "head": ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={home}"],
        "node": [f"--address=127.0.0.1:{port}"],
    }
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    started: list[subprocess.Popen] = []
    try:
        for part in parts.values():
            started.append(
                subprocess.Popen(
                    common + part,
                    env=environment,
                    cwd=Path(cluster.__file__).parents[1],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            )
            until(lambda: answers(port))
        yield f"127.0.0.1:{port}"
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in processes_with(home):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)


def until(true) -> None:
    """Wait for a condition."""
    end = time.monotonic() + LONGEST
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def processes_with(word: str) -> list[int]:
    """Processes whose command holds a word."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if word.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def workers() -> list[int]:
    return processes_with("ray::Worker")


def locally(finder: language.Finder, parts: int) -> list:
    with engines.local(finder) as here:
        return list(here(work(parts)))


@with_ray
def test_two_nodes_find_what_this_process_finds_and_a_killed_worker_loses_nothing(address, finder):
    """A worker is stopped as soon as it exists, and again while it has parts; Ray stays out of this process."""
    found, killed = [], 0
    with cluster.on_ray(US, finder, {}, address=address, workers=2) as run:
        until(lambda: len(workers()) == 2)
        for one in run(work(60)):
            found.append(one)
            if len(found) == 3:
                os.kill(workers()[0], signal.SIGKILL)
                killed += 1
    assert killed and found == locally(finder, 60)
    assert "ray" not in sys.modules
    until(lambda: not workers())


@with_ray
def test_a_part_that_ends_its_workers_is_named_and_the_rest_is_done(address, finder):
    """What ends a worker: here a turn that cannot be unpacked there without ending the process."""
    parts = work(6)
    parts[2] = (2, [Deadly()])
    with cluster.on_ray(US, finder, {}, address=address, workers=1, named=lambda n: [f"talk-{n}"]) as run:
        found = []
        with pytest.raises(cluster.PartsLeft, match=r"1 conversation.* talk-2\."):
            for label, _ in run(parts):
                found.append(label)
    assert found == [0, 1, 3, 4, 5]


class Deadly:
    """Ends the process that unpacks it, as running out of memory does."""

    def __reduce__(self):
        return os._exit, (9,)


@with_ray
def test_a_worker_of_another_version_is_told_before_anything_is_read(address, finder, monkeypatch):
    ours = cluster.traits(finder)
    monkeypatch.setattr(cluster, "traits", lambda _: replace(ours, parley="9.9"))
    told = r"has Parley .*this one 9\.9.*Install the same Parley on every machine"
    with pytest.raises(cluster.UnlikeWorker, match=told), cluster.on_ray(US, finder, {}, address=address, workers=1):
        raise AssertionError("no work may be done")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, None),
        ({"python": "3.9"}, ("Python", "3.9", "3.11")),
        ({"parley": None, "finder": None}, ("Parley", "not at all", "1.0")),
        ({"finder": "f00"}, ("the finder", "f00", "abc")),
        ({"trial": "[]"}, ("a processor or libraries that find", "other things in the same words", "what it should")),
    ],
)
def test_what_differs_on_a_machine_is_named(other, told):
    ours = cluster.Traits("3.11", "1.0", "abc", "[1]")
    theirs = {name: value for name, value in {**asdict(ours), **other}.items() if value is not None}
    assert crew.unlike(theirs, ours) == told


@with_ray
def test_without_a_cluster_it_is_said_how_to_make_one(finder):
    """A port that nobody listens on."""
    with pytest.raises(cluster.NoCluster, match="ray start --address"), cluster.on_ray(US, finder, {}, address="auto"):
        raise AssertionError("there is none")


def test_without_ray_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(cluster.RayMissing, match=r"pip install 'parley\[ray\]'"):
        engines.check(Where("ray"))

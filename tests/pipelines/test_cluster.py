"""Finding on a Ray cluster of two nodes, real processes of this machine: the same results, and nothing lost when a worker dies.

Real workers take many seconds to load, so one test has them. What the driver does with parts and workers is shown by a Ray of a
few lines, which gives parts back at once.
"""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from threading import Thread
from types import SimpleNamespace

import pytest

from benchmarks import ray_nodes
from benchmarks.ray_nodes import until, workers
from insights import language
from insights.language import Turn, Work
from insights.records import Company, Competitor
from pipelines.running import cluster, crew, engines
from pipelines.running.where import Where

US = Company(competitors=(Competitor("Zendora"),))
SAID = ("Honestly, it is too expensive for us.", "Does it work offline?", "We use Zendora today.", "Thank you.")
with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: .venv/bin/pip install '.[ray]'")


def work(parts: int) -> list[tuple[int, list[Work]]]:
    """Numbered parts of different turns."""
    return [(n, [(Turn("buyer", "verbatim", f"{text} {n}"), None) for text in SAID]) for n in range(parts)]


@pytest.fixture(scope="module")
def finder() -> language.Finder:
    return language.build(US, threads=1)


@pytest.fixture(scope="module")
def nodes() -> Iterator[ray_nodes.Nodes]:
    with ray_nodes.two_nodes() as nodes:
        yield nodes


def locally(finder: language.Finder, parts: int) -> list:
    with engines.local(finder) as here:
        return list(here(work(parts)))


@with_ray
def test_two_nodes_find_what_this_process_finds_and_a_killed_worker_loses_nothing(nodes, finder):
    """A worker is stopped as soon as it exists, and again while it has parts; Ray stays out of this process."""
    found, killed = [], 0
    with cluster.on_ray(US, finder, {}, address=nodes.address, workers=2) as run:
        until(lambda: len(workers(nodes)) == 2)
        for one in run(work(24)):
            found.append(one)
            if len(found) == 3:
                ray_nodes.end(workers(nodes)[0])
                killed += 1
    assert killed and found == locally(finder, 24)
    assert "ray" not in sys.modules
    until(lambda: not workers(nodes))


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
    run = cluster.on_ray(US, finder, {}, address="127.0.0.1:1")
    with pytest.raises(cluster.NoCluster, match=r"at 127\.0\.0\.1:1 .*ray start --address"), run:
        raise AssertionError("there is none")


def test_without_ray_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(cluster.RayMissing, match=r"\.venv/bin/pip install '\.\[ray\]'"):
        engines.check(Where("ray"))


# A Ray for the child process alone: a worker gives its part back at once, or never where "hang" is in it, or ends by it
# where "deadly" is.
ECHO = """
from types import SimpleNamespace as Bag

from pipelines.running import crew

crew.PART_SECONDS = 0.3
exceptions = Bag(RayError=type("RayError", (Exception,), {}), RayTaskError=type("RayTaskError", (Exception,), {}))
init = shutdown = kill = lambda *args, **options: None
TRAITS = {"python": "3", "parley": "1", "finder": "f", "trial": "t"}


class Promise:
    def __init__(self, value):
        self.value = value


class Worker:
    def __init__(self):
        self.traits = Bag(remote=lambda: Promise(("machine", TRAITS)))
        self.find = Bag(remote=Promise)


def remote(**options):
    return lambda kind: Bag(remote=lambda *args: Worker())


def wait(promises, timeout):
    return [one for one in promises if b"hang" not in one.value][:1], []


def get(promise):
    if b"deadly" in promise.value:
        raise exceptions.RayError
    return promise.value
"""


@pytest.fixture
def echo(monkeypatch, tmp_path):
    """What a cluster of two workers that give their parts back yields for them, and the names of those that are left."""
    (tmp_path / "ray.py").write_text(ECHO)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cluster, "traits", lambda _: cluster.Traits("3", "1", "f", "t"))

    def run(parts):
        got, left = [], []

        def read():
            try:
                with cluster.on_ray(US, SimpleNamespace(), {}, workers=2) as find:
                    got.extend(find(parts))
            except cluster.PartsLeft as error:
                left.append(str(error))

        reading = Thread(target=read, daemon=True)
        reading.start()
        reading.join(20)
        assert not reading.is_alive(), "this process and its child wait for each other"
        return got, left

    return run


def test_parts_and_results_larger_than_a_pipe_holds_do_not_block_each_other(echo):
    parts = [(n, ["x" * 500_000]) for n in range(20)]
    assert echo(parts) == (parts, [])


def test_a_worker_that_hangs_is_replaced_and_its_part_is_named(echo):
    parts = [(n, ["hang" if n == 3 else "go on"]) for n in range(12)]
    got, left = echo(parts)
    assert got == [part for part in parts if part[0] != 3]
    assert left[0].startswith("1 conversations were not read") and ": 3." in left[0]


def test_a_part_that_ends_its_workers_is_named_and_the_rest_is_done(echo):
    parts = [(n, ["deadly" if n == 2 else "go on"]) for n in range(12)]
    got, left = echo(parts)
    assert got == [part for part in parts if part[0] != 2]
    assert left[0].startswith("1 conversations were not read") and ": 2." in left[0]


def test_a_worker_of_another_version_is_told_before_anything_is_read(echo, monkeypatch):
    monkeypatch.setattr(cluster, "traits", lambda _: cluster.Traits("3", "9.9", "f", "t"))
    told = r"The machine machine .*has Parley 1, this one 9\.9.*Install the same Parley on every machine"
    with pytest.raises(cluster.UnlikeWorker, match=told), cluster.on_ray(US, SimpleNamespace(), {}, workers=2):
        raise AssertionError("no work may be done")

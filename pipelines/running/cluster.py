"""Where finding runs on a Ray cluster: the same results as here, in the same order, by workers on other machines.

What one would get wrong: Ray lives in a child process, never in this one. It takes over signals, and it ends its
process when the cluster's head is gone, which a server must survive. What is read and found travels as pickled bytes,
so the child needs nothing of Parley, and a machine without Parley can still say so.
"""

import pickle  # nosec B403
import platform
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from insights import language
from insights.errors import InsightsError
from insights.language import Finder, Turn, Work
from insights.records import Company, Kind
from pipelines.running.crew import AHEAD, MOST_TRIES, conduct

WINDOW = 2 * AHEAD  # parts a worker that are under way or wait for an earlier one: all that is held in memory
Labelled = TypeVar("Labelled")
Found = list[tuple[Any, ...]]
# Each machine reads this and must find what we find: processors that count otherwise are told before anything is stored.
TRIAL = (
    Turn("buyer", "verbatim", "Honestly, it is too expensive for a team of our size."),
    Turn("buyer", "verbatim", "Does it work offline, and can we export everything?"),
    Turn("buyer", "verbatim", "We use Zendora today and would rather not move again before the summer."),
    Turn(
        "seller", "reported", "They worry about the roll-out. IT asked for single sign-on. Also looking at Quellbase."
    ),
)


class RayMissing(InsightsError):
    """The cluster was asked for, and Ray is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Finding on a cluster needs Ray, which is not installed here. In the folder of Parley: .venv/bin/pip install '.[ray]'. "
            "Or use PARLEY_ENGINE=processes."
        )


class NoCluster(InsightsError):
    """No Ray cluster answers at the address."""

    def __init__(self, address: str, reason: str = ""):
        where = "on this machine" if address == "auto" else f"at {address}"
        super().__init__(
            f"No Ray cluster can be used {where}{f' ({reason})' if reason else ''}. This machine must be part of it: "
            "ray start --address HEAD:6379 --num-cpus 0 --disable-usage-stats. Say where it is with PARLEY_RAY_ADDRESS, or "
            "use PARLEY_ENGINE=processes."
        )


class UnlikeWorker(InsightsError):
    """A machine of the cluster would find other things than this one."""

    def __init__(self, machine: str, what: str, theirs: str, ours: str):
        super().__init__(
            f"The machine {machine} of the Ray cluster has {what} {theirs}, this one {ours}, so their results would differ. "
            f"Install the same Parley on every machine ({version('parley')}; in its folder: .venv/bin/pip install '.[ray]') and start Ray "
            "there again."
        )


class ClusterStopped(InsightsError):
    """The cluster, or all of its workers, went away."""

    def __init__(self, why: str = "its head no longer answers") -> None:
        super().__init__(
            f"The Ray cluster was lost: {why}. What was read is kept: run it again when the cluster is back, or with "
            "PARLEY_ENGINE=processes."
        )


class PartsLeft(InsightsError):
    """Parts of the work that ended every worker that had them."""

    def __init__(self, names: list[str]):
        super().__init__(
            f"{len(names)} conversations were not read, because workers that read them were stopped {MOST_TRIES} times, most "
            f"often for lack of memory: {', '.join(names)}. All others are read. Run it again with PARLEY_ENGINE=processes."
        )


@dataclass(frozen=True, slots=True)
class Traits:
    """What must be the same wherever finding runs; `trial` is what is found in TRIAL, written out."""

    python: str
    parley: str
    finder: str
    trial: str


def check() -> None:
    """Raise RayMissing where Ray is not installed; costs nothing, because Ray is not loaded."""
    if find_spec("ray") is None:
        raise RayMissing


def traits(finder: Finder) -> Traits:
    """Those of this process."""
    python = ".".join(platform.python_version_tuple()[:2])
    return Traits(python, version("parley"), finder.version, repr(list(language.find(finder, TRIAL))))


@contextmanager
def on_ray(
    company: Company,
    finder: Finder,
    least: Mapping[Kind, float],
    *,
    address: str = "auto",
    workers: int = 0,
    named: Callable[[Any], list[str]] = lambda label: [str(label)],
) -> Iterator[Callable[[Iterable[tuple[Labelled, list[Work]]]], Iterator[tuple[Labelled, Found]]]]:
    """Find on a cluster with `workers` workers (0: one for each of its cores), as `finder` does.

    `named` gives the names of what a part holds. Raises RayMissing, NoCluster, UnlikeWorker, ClusterStopped, and
    PartsLeft after all the rest is done.
    """
    check()
    _reach(address)
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    setting, trial = pickle.dumps((company, dict(least))), [pickle.dumps(turn) for turn in TRIAL]
    child = spawn.Process(target=conduct, args=(theirs, address, workers, setting, trial), daemon=True)
    child.start()
    theirs.close()
    try:
        count = _greeted(ours, traits(finder), address)
        yield lambda work: _spread(ours, count, work, named)
    finally:
        ours.close()
        child.join(10)
        if child.is_alive():
            child.kill()
            child.join()


def _reach(address: str) -> None:
    """Raise NoCluster at once where nobody listens; Ray itself would try for a minute."""
    host, _, port = address.rpartition(":")
    if host:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
        except OSError as error:
            raise NoCluster(address, error.strerror or "nobody answers") from None


def _greeted(pipe: Connection, expected: Traits, address: str) -> int:
    """Tell the child what is expected of workers; how many there are, once they begin to come."""
    try:
        pipe.send(expected)
        kind, told = pipe.recv()
    except (EOFError, OSError):
        raise NoCluster(address) from None
    _raise(kind, told, address)
    return int(told)


def _raise(kind: str, told: Any, address: str = "") -> None:
    match kind:
        case "absent":
            raise NoCluster(address, told)
        case "unlike":
            raise UnlikeWorker(*told)
        case "lost":
            raise ClusterStopped(told)
        case "failed":
            raise told


def _spread(
    pipe: Connection,
    workers: int,
    work: Iterable[tuple[Labelled, list[Work]]],
    named: Callable[[Any], list[str]],
) -> Iterator[tuple[Labelled, Found]]:
    """Send parts a little ahead, and yield their results in the order of the work."""
    work, sent, left = iter(work), 0, list[str]()
    waiting: deque[tuple[int, Labelled]] = deque()
    done: dict[int, Found | None] = {}
    try:
        while True:
            for label, part in islice(work, WINDOW * workers - len(waiting)):
                waiting.append((sent, label))
                pipe.send((sent, pickle.dumps(part)))
                sent += 1
            if not waiting:
                break
            number, label = waiting.popleft()
            while number not in done:
                kind, told = pipe.recv()
                _raise(kind, told)
                done[told[0]] = pickle.loads(told[1]) if kind == "found" else None  # noqa: S301 - our own workers  # nosec B301
            found = done.pop(number)
            if found is None:
                left += named(label)
            else:
                yield label, found
    except (EOFError, OSError):
        raise ClusterStopped from None
    if left:
        raise PartsLeft(left)

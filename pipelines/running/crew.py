"""The child process that is the driver of a Ray cluster: it hires workers, hands them parts and gives the parts of the
dead to others.

What one would get wrong: nothing of Parley may be needed on the other machines to say that Parley is missing there, so
the worker's class is made in a function, which sends it whole. And the child must always read: it and its parent would
wait for each other if both sent at once and a pipe were full, so what the child tells goes through a thread of its own.
"""

import logging
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

AHEAD = 2  # parts that a worker has at once, so that it need not wait for the network
MOST_TRIES = 2  # of a part; one that ends two workers would end them all
START_SECONDS = 300.0  # without a single worker
PART_SECONDS = 1800.0  # without a part that came back; workers that have parts hang then, and are replaced
Tell = Callable[[tuple[str, Any]], None]


@dataclass(slots=True)
class _Part:
    number: int
    work: bytes
    tries: int = 0  # workers that ended while they had it; after the first, a worker has it alone, so that it is clear


@dataclass(slots=True)
class _Crew:
    """The child's books: parts that wait, workers that start, and the parts that each worker has, the oldest first."""

    hire: Callable[[], Any]
    waiting: deque[_Part] = field(default_factory=deque)
    starting: dict[Any, Any] = field(default_factory=dict)  # the promise of its traits -> worker
    having: dict[Any, dict[Any, _Part]] = field(default_factory=dict)  # worker -> promise -> part
    deaths: int = 0  # since something was found

    def begin(self) -> None:
        worker = self.hire()
        self.starting[worker.traits.remote()] = worker


def conduct(pipe: Connection, address: str, workers: int, setting: bytes, trial: list[bytes]) -> None:
    """Be the driver of the cluster until the pipe closes."""
    import signal

    silence = os.open(os.devnull, os.O_WRONLY)  # Ray prints what happens to workers; we tell what it means
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to answer; it closes the pipe
    os.environ |= {
        "RAY_USAGE_STATS_ENABLED": "0",  # Ray reports its use to its makers otherwise
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # each machine has its own environment
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    }
    with suppress(EOFError, OSError):
        expected: Any = pipe.recv()
        tell = _teller(pipe)
        try:
            _drive(pipe, tell, address, workers, (setting, trial), expected)
        except (EOFError, OSError):
            raise
        except Exception as error:
            tell(("lost", type(error).__name__))
        while True:  # the parent closes the pipe when it has read why we ended; until then it may be sending
            pipe.recv()


def _teller(pipe: Connection) -> Tell:
    """Send without waiting. What waits to be sent is bounded by the parts that the parent sends ahead."""
    told: SimpleQueue[tuple[str, Any]] = SimpleQueue()

    def send() -> None:
        with suppress(OSError):  # the parent is gone, which the other thread reads
            while True:
                pipe.send(told.get())

    Thread(target=send, daemon=True).start()
    return told.put


def _drive(
    pipe: Connection, tell: Tell, address: str, workers: int, setting: tuple[bytes, list[bytes]], expected: Any
) -> None:
    import ray

    try:
        ray.init(address=address, log_to_driver=False, configure_logging=False, logging_level=logging.ERROR)
    except Exception as error:  # a ConnectionError, a RuntimeError for other versions, a ValueError for a bad address
        tell(("absent", " ".join(str(error).split())[:300]))
        return
    try:
        count = workers or int(ray.cluster_resources().get("CPU", 0))
        if not count:
            tell(("absent", "it has no cores"))
            return
        hired: Any = ray.remote(num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD")(_worker())
        crew = _Crew(lambda: hired.remote(*setting))
        for _ in range(count):
            crew.begin()
        _work(pipe, tell, crew, count, expected)
    finally:
        ray.shutdown()


def _work(pipe: Connection, tell: Tell, crew: _Crew, count: int, expected: Any) -> None:
    """Hand out and collect until the pipe closes; raises EOFError then."""
    import ray

    greeted, idle_since, heard = False, monotonic(), monotonic()
    while True:
        busy = crew.waiting or crew.starting or any(crew.having.values())
        if not busy or pipe.poll():
            crew.waiting.append(_Part(*pipe.recv()))
            heard = monotonic()
            continue
        _hand_out(crew)
        promises = [*crew.starting, *(promise for had in crew.having.values() for promise in had)]
        ready, _ = ray.wait(promises, timeout=0.1) if promises else ([], [])
        for promise in ready:
            if promise in crew.starting:
                if (told := _welcome(crew, promise, expected)) is not None:
                    tell(("unlike", told))
                    return
                if not greeted and crew.having:
                    greeted = True
                    tell(("ready", count))
            else:
                _collect(tell, crew, promise)
        if ready or not any(crew.having.values()):
            heard = monotonic()
        elif monotonic() - heard > PART_SECONDS:
            for worker in [one for one, had in crew.having.items() if had]:
                _replace(tell, crew, worker)
        if crew.having:
            idle_since = monotonic()
        if crew.deaths > count + MOST_TRIES or monotonic() - idle_since > START_SECONDS:
            ends = crew.deaths > count + MOST_TRIES
            why = (
                "its workers end again and again"
                if ends
                else f"no worker began within {START_SECONDS / 60:.0f} minutes"
            )
            tell(("lost", why))
            return


def _hand_out(crew: _Crew) -> None:
    """The next part to the worker that has the fewest; one that ended a worker to one that has nothing."""
    while crew.waiting and crew.having:
        most = 1 if crew.waiting[0].tries else AHEAD
        free = [(len(had), n) for n, had in enumerate(crew.having.values()) if len(had) < most and not _alone(had)]
        if not free:
            return
        worker = list(crew.having)[min(free)[1]]
        part = crew.waiting.popleft()
        crew.having[worker][worker.find.remote(part.work)] = part


def _alone(had: dict[Any, _Part]) -> bool:
    return any(part.tries for part in had.values())


def _welcome(crew: _Crew, promise: Any, expected: Any) -> tuple[str, str, str, str] | None:
    """Take a worker that has loaded its finder into the crew; how it differs from us, if it does."""
    import ray

    worker = crew.starting.pop(promise)
    try:
        machine, found = ray.get(promise)
    except ray.exceptions.RayError:
        crew.deaths += 1
        crew.begin()
        return None
    if (told := unlike(found, expected)) is not None:
        return machine, *told
    crew.having[worker] = {}
    return None


def unlike(found: dict[str, str], expected: Any) -> tuple[str, str, str] | None:
    """The first trait in which a worker is not as expected: (what, theirs, ours), in words; None when all are the
    same."""
    for name, what in (("python", "Python"), ("parley", "Parley"), ("finder", "the finder")):
        if found.get(name) != getattr(expected, name):
            return what, found.get(name, "not at all"), getattr(expected, name)
    if found["trial"] != expected.trial:
        return "a processor or libraries that find", "other things in the same words", "what it should"
    return None


def _collect(tell: Tell, crew: _Crew, promise: Any) -> None:
    """Pass on what was found; where the worker was stopped, replace it."""
    import ray

    worker = next((one for one, had in crew.having.items() if promise in had), None)
    if worker is None:  # went with its worker, a moment ago
        return
    number = crew.having[worker][promise].number
    try:
        tell(("found", (number, ray.get(promise))))
        crew.deaths = 0
    except ray.exceptions.RayTaskError as error:  # our own code failed, as it would here
        tell(("failed", _plain(error)))
    except ray.exceptions.RayError:
        _replace(tell, crew, worker)
        return
    del crew.having[worker][promise]


def _replace(tell: Tell, crew: _Crew, worker: Any) -> None:
    """Give the parts of a worker that was stopped, or hangs, to others and begin a new one."""
    import ray

    had = sorted(crew.having.pop(worker).values(), key=lambda one: one.number)
    crew.deaths += 1
    ray.kill(worker)
    crew.begin()
    for one in had:
        one.tries += 1
    if had[0].tries >= MOST_TRIES:  # it was alone
        tell(("left", (had.pop().number, None)))
    crew.waiting.extendleft(reversed(had))


def _plain(error: Any) -> Exception:
    """What was raised on the worker, without Ray's classes and without what it says: a customer's words may be in
    it."""
    return RuntimeError(f"{type(error.cause).__name__} on a worker of the Ray cluster")


def _worker() -> type:
    """The class of a worker. Made in a function, so that it is sent whole to machines that may not have Parley."""

    class Worker:
        """A finder on another machine."""

        def __init__(self, setting: bytes, trial: list[bytes]):
            import gc
            import os
            import pickle  # nosec B403

            os.environ["TOKENIZERS_PARALLELISM"] = "false"
            self.finder: Any = None
            self.trial = trial
            try:
                from insights import language

                company, least = pickle.loads(setting)  # noqa: S301 - our own driver's  # nosec B301
                self.finder = language.build(company, least=least, threads=1)
                gc.collect()
                gc.freeze()
            except (ImportError, AttributeError, TypeError):  # no Parley, or one whose records are not ours
                return

        def traits(self) -> tuple[str, dict[str, str]]:
            """This machine's address, and what must be as on all others; what is missing is left out."""
            import pickle  # nosec B403
            import platform
            from importlib.metadata import PackageNotFoundError, version

            import ray

            machine = ray.util.get_node_ip_address()
            found = {"python": ".".join(platform.python_version_tuple()[:2])}
            try:
                found["parley"] = version("parley")
            except PackageNotFoundError:
                return machine, found
            if self.finder is not None:
                from insights import language

                found["finder"] = self.finder.version
                turns = [pickle.loads(one) for one in self.trial]  # noqa: S301 - our own driver's  # nosec B301
                found["trial"] = repr(list(language.find(self.finder, turns)))
            return machine, found

        def find(self, work: bytes) -> bytes:
            """What is read in turns, each with what the tagger said of it before."""
            import pickle  # nosec B403

            from insights import language

            return pickle.dumps(list(language.read(self.finder, pickle.loads(work))))  # noqa: S301 - our own driver's  # nosec B301

    return Worker

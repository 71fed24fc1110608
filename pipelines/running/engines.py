"""Where finding runs: in this process, in several beside it, or on a cluster; the results are the same, in the same
order.

What one would get wrong: a process costs seconds and some hundred megabytes before it finds anything, so small work
stays here; and workers are spawned, not forked, because the server that asks has threads and open databases.
"""

import gc
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from insights import language
from insights.embedding import cores
from insights.errors import InsightsError
from insights.language import Finder, Read, Work
from insights.records import Company, Kind
from pipelines.running import cluster
from pipelines.running.where import Where

AHEAD = 2  # parts of work that wait for each worker, so that none stands idle
Found = list[Read]
Labelled = TypeVar("Labelled")
Engine = Callable[[Iterable[tuple[Labelled, list[Work]]]], Iterator[tuple[Labelled, Found]]]

log = logging.getLogger("parley")
_finder: Finder | None = None  # of a worker process


class WorkerStopped(InsightsError):
    """A worker process ended before its work was done."""

    def __init__(self) -> None:
        super().__init__(
            "A worker process was stopped while it was reading, most often for lack of memory. What was read is kept: "
            "run it again, with PARLEY_WORKERS=1 if it happens again."
        )


def check(where: Where) -> None:
    """Raise RayMissing where a cluster is asked for that this installation cannot use; loads nothing."""
    if where.engine == "ray":
        cluster.check()


def engine(
    where: Where,
    finder: Finder,
    company: Company,
    least: Mapping[Kind, float] | None = None,
    *,
    named: Callable[[Any], list[str]] = lambda label: [str(label)],
) -> AbstractContextManager[Engine]:
    """The engine of this place, for much work. `finder` is the one of `company` and `least`, as all others will be;
    `named` gives the names of what a part of the work holds."""
    if where.engine == "ray":
        return cluster.on_ray(company, finder, least or {}, address=where.address, workers=where.workers, named=named)
    count = where.workers or cores()
    if where.engine == "local" or count == 1:
        return local(finder)
    return processes(company, count, least)


@contextmanager
def local(finder: Finder) -> Iterator[Engine]:
    """Find here, one part of work after the other."""
    yield lambda work: ((label, list(language.read(finder, part))) for label, part in work)


@contextmanager
def processes(company: Company, workers: int, least: Mapping[Kind, float] | None = None) -> Iterator[Engine]:
    """Find in worker processes that load the finder once; raises WorkerStopped when one is killed."""
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_start, initargs=(company, dict(least or {}))
    ) as pool:
        try:
            yield lambda work: _spread(pool, workers, work)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _spread(
    pool: ProcessPoolExecutor, workers: int, work: Iterable[tuple[Labelled, list[Work]]]
) -> Iterator[tuple[Labelled, Found]]:
    """Hand out parts of work a little ahead, and yield their results in the order of the work."""
    work, most = iter(work), 0
    waiting: deque[tuple[Labelled, Future[tuple[Found, int]]]] = deque()
    try:
        while True:
            for label, part in islice(work, AHEAD * workers - len(waiting)):
                waiting.append((label, pool.submit(_find, part)))
            if not waiting:
                break
            label, future = waiting.popleft()
            found, size = future.result()
            most = max(most, size)
            yield label, found
    except BrokenProcessPool as error:
        raise WorkerStopped from error
    log.info("finding: %d workers, the largest of %d MB", workers, most)


def _start(company: Company, least: Mapping[Kind, float]) -> None:
    """Load the finder of a worker, on one thread: there is a worker for every core."""
    global _finder
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    Thread(target=_end_with_parent, daemon=True).start()
    _finder = language.build(company, least=least, threads=1)
    # What is loaded stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()


def _end_with_parent() -> None:
    """A parent that is killed cannot tell its workers; without this they would wait for it for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _find(part: Sequence[Work]) -> tuple[Found, int]:
    """What is read in a part of the work, and this worker's largest size so far in MB."""
    assert _finder is not None
    return list(language.read(_finder, part)), _megabytes()


def _megabytes() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

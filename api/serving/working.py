"""The worker beside a server, in a process of its own: what finds insights keeps an interpreter busy, and every page
would wait for it at each of its queries.

What one would get wrong: a server that is killed cannot tell its worker anything. The worker holds the other end of a
pipe, which the system closes with the server, and then hands its job back as after Ctrl+C.
"""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Event, Thread
from typing import Any

from pipelines.settings import Settings

LENIENCE = 5  # the worker's niceness: where cores are few, pages go first
PATIENCE = 10.0  # seconds that a worker has to hand its job back
PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a worker that ended by itself is started again, doubled each time
log = logging.getLogger("parley")
_context = get_context("spawn")  # with the same sys.path, wherever the server was started


@contextmanager
def working(settings: Settings) -> Iterator[None]:
    """While the block runs, a worker works on the settings' database; one that was killed is started again."""
    stop = Event()
    supervisor = Thread(target=_keep, args=(settings, stop), name="parley-worker", daemon=True)
    supervisor.start()
    try:
        yield
    finally:
        stop.set()
        supervisor.join(timeout=2 * PATIENCE)


def _keep(settings: Settings, stop: Event) -> None:
    pause = PAUSE
    while not stop.is_set():
        ours, theirs = _context.Pipe()
        process = _context.Process(target=_work, args=(settings, theirs), name="parley-worker")
        try:
            process.start()
            theirs.close()
            while not stop.wait(0.2) and process.is_alive():
                pass
            why = f"it ended with {process.exitcode}"
        except OSError as error:  # no memory or no process left: that passes
            why = f"it could not be started: {error.strerror}"
            theirs.close()
        ours.close()
        if stop.is_set():
            _end(process)
            return
        log.warning("There is no worker (%s). The next one starts in %.0f s.", why, pause)
        stop.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _end(process: Any) -> None:
    """A job that runs on is not lost, nor harmed: another worker takes it up again where it stopped."""
    if process.pid is None:
        return
    process.join(timeout=PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()


def _work(settings: Settings, server: Connection) -> None:
    from api.serving.observing import begin_logs
    from pipelines.jobs import work_forever
    from pipelines.store import held

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with suppress(AttributeError, OSError):  # not on Windows
        os.nice(LENIENCE)
    begin_logs(settings)
    Thread(target=_watch, args=(server, stop), name="parley-server-lives", daemon=True).start()
    try:
        with held.shared(settings.database_file):
            work_forever(settings, stop)
    except Exception:  # or the standard library prints its words
        log.exception("the worker ends")
        raise SystemExit(1) from None


def _watch(server: Connection, stop: Event) -> None:
    with suppress(EOFError, OSError):
        server.recv()  # nothing is ever sent: it returns when the server is gone
    stop.set()

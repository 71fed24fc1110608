"""Real servers for a real browser: the service on a free loopback port, its worker on, over a database of its own."""

import asyncio
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from threading import Event, Thread

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from pipelines.jobs import work_forever
from pipelines.settings import Settings
from pipelines.store import prepare

TODAY = date(2026, 1, 15)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET = "no Chromium for the tests in a browser: apt-get install chromium (or set PARLEY_CHROMIUM)"


@dataclass(frozen=True, slots=True)
class Site:
    """A server that runs: its address without a slash at the end, the service, and where its database is."""

    address: str
    app: FastAPI
    settings: Settings


def chromium() -> str:
    """The browser's program; "" where there is none."""
    given = os.environ.get("PARLEY_CHROMIUM", "")
    return given or next(filter(None, map(shutil.which, BROWSERS)), "")


def copied(database: Path, home: Path) -> Settings:
    """Settings of a new home with a copy of a database; the copy is consistent while the original is in use."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home, workers=1)
    with closing(sqlite3.connect(database)) as db:
        db.execute("VACUUM INTO ?", [str(settings.database_file)])
    return settings


@contextmanager
def serving(settings: Settings, *, worker: bool = True) -> Iterator[Site]:
    """Serve one database until the block ends. Connections that come before the service is up wait for it."""
    settings.home.mkdir(parents=True, exist_ok=True)
    prepare(settings.database_file)  # as `parley serve` does, before anything else opens the file
    app = create_app(settings, today=lambda: TODAY, worker=False)
    stop = Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # any free port: several runs of the suite do not meet
        listener.listen(128)
        config = uvicorn.Config(
            _slowly(app), log_level="critical", access_log=False, ws="none", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        threads = [Thread(target=server.run, kwargs={"sockets": [listener]}, name="parley-server", daemon=True)]
        # The worker alone: what is worked out ahead while nobody asks would only take time from the tests.
        if worker:
            threads.append(Thread(target=work_forever, args=(settings, stop), name="parley-worker", daemon=True))
        for thread in threads:
            thread.start()
        try:
            yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", app, settings)
        finally:
            server.should_exit = True
            stop.set()
            for thread in threads:
                thread.join(timeout=30)


def _slowly(app: FastAPI) -> Callable:
    """The service; with PARLEY_TEST_DELAY=300 each answer comes up to so many milliseconds late, and scripts last of all:
    a test that reads or presses keys before its page is there then fails for sure, not once in a hundred runs."""
    most = int(os.environ.get("PARLEY_TEST_DELAY", "0")) / 1000
    if not most:
        return app
    chance = Random(7)

    async def late(scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(most if scope["path"].endswith(".js") else most * chance.random())
        await app(scope, receive, send)

    return late

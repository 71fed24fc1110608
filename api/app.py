"""The web service: pages, HTTP interface and, unless told otherwise, the worker that reads what is uploaded."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import date
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from socket import gethostname
from threading import Event, Thread
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from api import lean
from api.deps import no_covers
from api.errors import add_handlers
from api.gate.door import Door, close
from api.gate.guard import guard
from api.gate.throttle import throttle
from api.pages import routers as pages
from api.routes import health
from api.routes import routers as routes
from api.serving.compression import compressed
from api.serving.heads import headed
from api.serving.observing import figures, observed
from api.serving.openapi import describe
from api.serving.warming import keep_warm
from api.serving.working import working
from pipelines.access.audit import write_forever
from pipelines.jobs import now
from pipelines.settings import Settings
from pipelines.store import held, prepare
from pipelines.store.remembered import forget

INTERFACE = "/api/v1"
MOST_FILES = 10_000
# Requests that are worked out at once: they share one interpreter, and forty take it from each other at every query. Of
# 50 readers the slowest then waited up to three times as long (benchmarks/LOAD.md); with four, four long pages hold everybody up.
MOST_AT_ONCE = 12
WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


def create_app(
    settings: Settings, *, today: Callable[[], date], worker: bool = True, clock: Callable[[], str] = now
) -> FastAPI:
    """Build the service for one database. `worker=False` leaves uploads to a `parley worker` of its own."""
    app = FastAPI(
        title="Parley",
        version=version("parley"),
        description="What buyers object to, ask about and compare you with: the evidence, the trend, the quote.",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(no_covers)],
        lifespan=_lifespan(settings, worker),
    )
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    door = Door(settings, clock)
    app.state.settings, app.state.today, app.state.clock, app.state.door = settings, today, clock, door
    app.state.throttle = throttle()
    # The guard refuses an announced length with a problem document; this limit counts what really comes.
    most = settings.max_upload_mb * 2**20
    # In this order: the routes of a router are made when a request first comes past it, and the interface's take a second.
    app.mount("/static", StaticFiles(directory=str(files("api") / "static")), name="static")
    include = partial(app.include_router, max_body_size=most, form_limits={"max_files": MOST_FILES})
    for router in pages.ROUTERS:
        include(router)
    for router in routes.ROUTERS:
        include(router, prefix=INTERFACE)
    for router in pages.INTERFACE:
        app.include_router(router, prefix=INTERFACE)
    app.include_router(health.routes)
    add_handlers(app)
    hosts = {settings.host, urlsplit(settings.public_url).hostname or settings.host} - WILDCARDS
    everywhere = settings.host in WILDCARDS
    if everywhere:
        hosts.add(gethostname())
    app.add_middleware(compressed)
    app.add_middleware(guard, hosts=hosts, max_body=most, door=door, any_address=everywhere)
    app.add_middleware(headed)
    app.state.figures, durations = figures() if settings.metrics else (None, None)
    app.add_middleware(observed, durations=durations)
    return app


def _lifespan(settings: Settings, worker: bool) -> Callable:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with held.shared(settings.database_file):  # nobody replaces the file under a running server
            prepare(settings.database_file)
            stop, door = Event(), app.state.door
            keeping = {"clock": door.clock, "days": settings.audit_days}
            log = Thread(
                target=write_forever,
                args=(settings.database_file, door.waiting, stop),
                kwargs=keeping,
                name="parley-audit",
                daemon=True,
            )
            log.start()
            lean.settle()
            to_thread.current_default_thread_limiter().total_tokens = MOST_AT_ONCE
            with working(settings) if worker else nullcontext():
                if worker:
                    first_pages = (settings.database_file, app.state.today, stop)
                    Thread(target=keep_warm, args=first_pages, name="parley-warming", daemon=True).start()
                yield
                stop.set()
                door.waiting.put(None)
            log.join(timeout=10)
            close(door)
            forget()

    return lifespan

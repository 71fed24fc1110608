"""The web service: pages, HTTP interface and, unless told otherwise, the worker that reads what is uploaded."""

import ctypes
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import date
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from socket import gethostname
from threading import Event, Thread
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from api.deps import no_covers
from api.errors import add_handlers
from api.gate.door import Door, close
from api.gate.guard import guard
from api.gate.throttle import throttle
from api.pages import account as account_pages
from api.pages import annotation as annotation_pages
from api.pages import answers as answers_pages
from api.pages import audit as audit_pages
from api.pages import catalogue as catalogue_pages
from api.pages import collection as collection_pages
from api.pages import comment as comment_pages
from api.pages import competition_report as competition_report_pages
from api.pages import competitor as competitor_pages
from api.pages import digest as digest_pages
from api.pages import domain as domain_pages
from api.pages import facts as facts_pages
from api.pages import forget as forget_pages
from api.pages import handover as handover_pages
from api.pages import health as health_pages
from api.pages import help as help_pages
from api.pages import keeping as keeping_pages
from api.pages import material as material_pages
from api.pages import missed as missed_pages
from api.pages import not_one as not_one_pages
from api.pages import outcome as outcome_pages
from api.pages import overview as pages
from api.pages import people as people_pages
from api.pages import persona as persona_pages
from api.pages import plan as plan_pages
from api.pages import quote as quote_pages
from api.pages import quotes as quotes_pages
from api.pages import review as review_pages
from api.pages import saved as saved_pages
from api.pages import shared as shared_pages
from api.pages import signal as signal_pages
from api.pages import speaker as speaker_pages
from api.pages import theme as theme_pages
from api.pages import tracker as tracker_pages
from api.pages import upload as upload_pages
from api.routes import (
    accounts,
    annotations,
    answers,
    batches,
    catalogue,
    collections,
    comments,
    competition,
    competitors,
    conversations,
    digests,
    erasures,
    health,
    insights,
    jobs,
    mappings,
    neighbours,
    outcomes,
    places,
    plan,
    quote,
    quotes,
    reports,
    retention,
    reviews,
    saved,
    signals,
    speakers,
    theme_events,
    theme_proposals,
    themes,
    trackers,
)
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

MOST_FILES = 10_000
M_ARENA_MAX = -8  # of glibc's malloc.h
COLLECT_AFTER = (50_000, 20, 10)  # new records, and rounds of the younger ones
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
    for own in (
        answers_pages,
        comment_pages,
        handover_pages,
        missed_pages,
        not_one_pages,
        material_pages,
        outcome_pages,
        competition_report_pages,
        signal_pages,
        shared_pages,
        persona_pages,
        plan_pages,
        digest_pages,  # before the saved reports, and both before the pages
        saved_pages,
        pages,
        quotes_pages,
        quote_pages,
        collection_pages,
        theme_pages,
        domain_pages,  # before the uploads, whose address would take it for a number
        upload_pages,
        facts_pages,
        speaker_pages,
        review_pages,
        tracker_pages,
        competitor_pages,
        help_pages,
        annotation_pages,
        catalogue_pages,
        forget_pages,
        account_pages,
        people_pages,
        audit_pages,
        health_pages,
        keeping_pages,
    ):
        app.include_router(own.routes, max_body_size=most, form_limits={"max_files": MOST_FILES})
    for part in (
        insights,
        quotes,
        quote,
        collections,
        theme_events,  # before the themes, whose ids stand in the same place
        theme_proposals,
        neighbours,
        signals,
        themes,
        competition,
        reports,
        outcomes,
        competitors,
        catalogue,
        batches,
        mappings,
        speakers,
        reviews,
        trackers,
        plan,
        saved,
        digests,
        annotations,
        answers,
        comments,
        erasures,
        retention,
        jobs,
        conversations,
        places,
        accounts,
    ):
        app.include_router(part.routes, prefix="/api/v1", max_body_size=most, form_limits={"max_files": MOST_FILES})
    app.include_router(material_pages.interface, prefix="/api/v1")
    app.include_router(shared_pages.interface, prefix="/api/v1")
    app.include_router(persona_pages.interface, prefix="/api/v1")
    app.include_router(handover_pages.interface, prefix="/api/v1")
    app.include_router(not_one_pages.interface, prefix="/api/v1")
    app.include_router(health_pages.interface, prefix="/api/v1")
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


def _be_lean() -> None:
    """Spend less time and memory on the records that figures are worked out over: tens of thousands of small ones."""
    # None of them is part of a cycle: looking through all of them again and again took a quarter of the time.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    # The C library keeps a heap for each thread that ever worked; with two of them a server is 90 MB smaller.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


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
            _be_lean()
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

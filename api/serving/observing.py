"""What a server tells of itself: a line for each request, and figures for Prometheus. Never what customers said.

A request is named by its route's template, as the code writes it: an address can hold a name or the words of a search.
"""

import logging
import secrets
import shutil
import sys
import threading
import time
from collections.abc import MutableMapping
from contextlib import closing
from traceback import walk_tb
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.gate.who import VISIT
from pipelines.settings import Settings
from pipelines.store import connect, health

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Histogram

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
UNKNOWN, PREFIX = "(none)", "/api/v1"
OURS = ("api.", "pipelines.", "insights.")
log = logging.getLogger("parley.requests")


def observed(app: ASGIApp, *, durations: "Histogram | None" = None) -> ASGIApp:
    """Wrap `app`: give each request a number, write a line when it is answered, and note how long it took."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        number, began, status, person = secrets.token_hex(8), time.perf_counter(), 500, None

        async def numbered(message: Message) -> None:
            nonlocal status, person
            if message["type"] == "http.response.start":
                status = message["status"]
                # Here the gate still knows who asks.
                visit = VISIT.get(None)
                person = visit.person.id if visit and visit.person else None
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        try:
            await app(scope, receive, numbered)
        finally:
            took = time.perf_counter() - began
            route = _template(scope)
            if durations is not None:
                durations.labels(scope["method"], route, str(status)).observe(took)
            told = {"request": number, "method": scope["method"], "route": route, "status": status}
            log.info("request", extra={"told": {**told, "ms": round(1000 * took), "user": person}})

    return watched


def _template(scope: Scope) -> str:
    if scope["path"].startswith("/static/"):
        return "/static/{path}"
    own = getattr(scope.get("route"), "path", "")
    # FastAPI 0.165 leaves the prefix of an included router out of its routes.
    prefix = PREFIX if scope["path"].startswith(f"{PREFIX}/") and not own.startswith(PREFIX) else ""
    return prefix + own if own else UNKNOWN


def begin_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Write logs to stderr or a stream: as words, or a JSON object a line where the settings say so."""
    import structlog

    json_lines = settings.log_format == "json"
    first: list[Any] = [
        structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, _told,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]  # fmt: skip
    last = (
        structlog.processors.JSONRenderer() if json_lines else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_traces, last],
        )
    )
    ours = logging.getLogger("parley")
    ours.handlers, ours.propagate = [handler], False
    ours.setLevel(settings.log_level.upper())
    # The server's own lines too: it would write what nobody foresaw with the words that were in hand.
    server = logging.getLogger("uvicorn")
    server.handlers, server.propagate = [handler], False
    server.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)  # whatever a server before in this process had


def tell_crashes() -> None:
    """Let what nobody foresaw, in this process or one of its threads, be told in the log and nowhere else."""

    def told(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        found = (kind, error or kind(), trace)
        logging.getLogger("parley").error("stopped by what nobody foresaw", exc_info=found)

    sys.excepthook = told
    threading.excepthook = lambda args: told(args.exc_type, args.exc_value, args.exc_traceback)


def _told(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.update(getattr(event.get("_record"), "told", {}))
    return event


def _without_traces(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An error's text may hold what a customer said: only its type is told, and where in our code it came up."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found if isinstance(found, BaseException) else None
    if error:
        frames = [(frame.f_globals.get("__name__", ""), line) for frame, line in walk_tb(error.__traceback__)]
        event["error"] = type(error).__name__
        event["at"] = " < ".join(f"{name}:{line}" for name, line in frames[::-1] if name.startswith(OURS))
    return event


def figures() -> "tuple[CollectorRegistry, Histogram]":
    """A home for this server's figures, and where the durations of requests are noted."""
    from prometheus_client import CollectorRegistry, Histogram

    registry = CollectorRegistry()
    labels = ("method", "route", "status")
    return registry, Histogram(
        "parley_request_seconds", "How long requests took", labels, buckets=SECONDS, registry=registry
    )


def told_to_prometheus(settings: Settings, registry: "CollectorRegistry") -> bytes:
    """The figures as Prometheus reads them: how long requests took, jobs by state, rows, and sizes in bytes."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    now, file = CollectorRegistry(), settings.database_file
    jobs = Gauge("parley_jobs", "Jobs by state", ("state",), registry=now)
    rows = Gauge("parley_rows", "Rows of the database", ("table",), registry=now)
    sizes = Gauge("parley_bytes", "Sizes in bytes", ("of",), registry=now)
    with closing(connect(file)) as db:
        for state, count in health.jobs_by_state(db).items():
            jobs.labels(state).set(count)
        for table, count in health.row_counts(db).items():
            rows.labels(table).set(count)
    for name, part in (("database", file), ("log", file.with_name(f"{file.name}-wal"))):
        sizes.labels(name).set(part.stat().st_size if part.exists() else 0)
    sizes.labels("free").set(shutil.disk_usage(file.parent).free)
    return generate_latest(registry) + generate_latest(now)

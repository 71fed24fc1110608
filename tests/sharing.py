"""Give a service the routes of an equal one that came before.

FastAPI reads every handler's signature again at the first request to a new application, and again for its document: half a
second of processor time each, longer than most tests. Routes know nothing of the database: a handler asks `app.state` for it.
"""

from fastapi import FastAPI

from pipelines.settings import Settings

_FIRST: dict[str, FastAPI] = {}


def with_shared_routes(app: FastAPI, settings: Settings) -> FastAPI:
    """The same service; its routes, and what they say of themselves, are those of the first one whose settings were equal but
    for the place of the data."""
    first = _FIRST.setdefault(settings.model_dump_json(exclude={"home", "database"}), app)
    app.router.routes[:] = first.router.routes
    app.openapi = first.openapi  # type: ignore[method-assign]
    return app

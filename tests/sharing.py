"""Give a service the routes of an equal one that came before.

FastAPI reads every handler's signature again at the first request to a new application, which takes a quarter of a second
of processor time: longer than most tests. Routes know nothing of the database: a handler asks `app.state` for it.
"""

from fastapi import FastAPI
from starlette.routing import BaseRoute

from pipelines.settings import Settings

_ROUTES: dict[str, list[BaseRoute]] = {}


def with_shared_routes(app: FastAPI, settings: Settings) -> FastAPI:
    """The same service; its routes are those of the first one whose settings were equal but for the place of the data."""
    equal = settings.model_dump_json(exclude={"home", "database"})
    app.router.routes[:] = _ROUTES.setdefault(equal, list(app.router.routes))
    return app

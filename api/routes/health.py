"""Whether the service lives, and whether it can work."""

from fastapi import APIRouter

from api.deps import Db

routes = APIRouter(tags=["service"])


@routes.get("/healthz", summary="Is the process alive?")
def alive() -> dict[str, str]:
    """Answers as long as the process does."""
    return {"status": "ok"}


@routes.get("/readyz", summary="Can it answer?")
def ready(db: Db) -> dict[str, str]:
    """Answers once the database can be read."""
    db.execute("SELECT 1 FROM conversations LIMIT 1").fetchone()
    return {"status": "ready"}

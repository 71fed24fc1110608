"""Whether the service lives, whether it can work, and its figures for Prometheus."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.deps import OurSettings
from api.errors import NotFound
from api.serving.observing import told_to_prometheus
from pipelines.operation.ready import hindrances


class Ready(BaseModel):
    """Whether the service can work now."""

    status: str = Field(description="ready, or not ready")
    reasons: list[str] = Field(default=[], description="why it cannot work now")


routes = APIRouter(tags=["service"])


@routes.get("/healthz", summary="Is the process alive?")
def alive() -> dict[str, str]:
    """Answers as long as the process does."""
    return {"status": "ok"}


@routes.get(
    "/readyz",
    summary="Can it work?",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Not now."}},
)
def ready(settings: OurSettings) -> Response:
    """Whether the database can be written, its schema is this Parley's, and the disk has room."""
    reasons = hindrances(settings)
    return (
        JSONResponse({"status": "not ready", "reasons": reasons}, 503) if reasons else JSONResponse({"status": "ready"})
    )


@routes.get("/metrics", include_in_schema=False)
def metrics(request: Request, settings: OurSettings) -> Response:
    """Figures for Prometheus, where `PARLEY_METRICS` is on."""
    if request.app.state.figures is None:
        raise NotFound("page", "metrics")
    return Response(told_to_prometheus(settings, request.app.state.figures), media_type="text/plain; version=0.0.4")

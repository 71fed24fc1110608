"""The overview."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import Db, Today, filtering
from api.pages.answering import page
from api.views import comment as comment_views
from api.views import overview as views
from pipelines.store.filters import Filters

routes = APIRouter(include_in_schema=False)


@routes.get("/")
def overview(request: Request, db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]) -> Response:
    return page(request, "overview.html", views.overview(db, filters, today), talk=comment_views.talk(db, request))

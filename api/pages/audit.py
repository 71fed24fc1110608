"""The audit log for administrators: a page with a filter, and the same rows as CSV."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import Db, OurSettings
from api.errors import BadParameter
from api.pages.answering import page
from api.views import account as views
from insights.periods import is_day
from pipelines.access.audit import csv_of

routes = APIRouter(include_in_schema=False)
MOST_EXPORTED = 100_000
Text = Annotated[str, Query(max_length=200)]


def audit_filter(who: Text = "", act: Text = "", what: Text = "", since: Text = "", until: Text = "") -> dict[str, str]:
    """Which entries: by whom, what kind of act, a part of the address or an id, and from which day to which."""
    for name, value in (("since", since), ("until", until)):
        if value:
            _day(name, value)
    return {"who": who, "act": act, "what": what, "since": since, "until": until}


Filter = Annotated[dict[str, str], Depends(audit_filter)]
Before = Annotated[int, Query(ge=0, le=2**62)]


@routes.get("/settings/audit")
def audit_log(
    request: Request, db: Db, settings: OurSettings, given: Filter, before: Before = 0,
    format: Annotated[str, Query(pattern="^(|csv)$")] = "",
) -> Response:  # fmt: skip
    limit = MOST_EXPORTED if format else views.PAGE
    view = views.audited(db, given, before=before, limit=limit, days=settings.audit_days)
    if not format:
        return page(request, "audit.html", view)
    headers = {"Content-Disposition": 'attachment; filename="parley-audit.csv"'}
    return Response(csv_of(view.entries), media_type="text/csv; charset=utf-8", headers=headers)


def _day(name: str, value: str) -> None:
    if not is_day(value):
        raise BadParameter(name, "must be a day as YYYY-MM-DD, for instance 2026-03-31")

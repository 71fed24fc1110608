"""The pages of digests: a form that shows what would be sent before it is saved, and what became of every message."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, OurSettings, Today, actor, as_told, is_row_id, kept_text, sees_originals, shown
from api.errors import BadParameter, Masked, RepHidden
from api.gate.rep_gate import check_shared
from api.pages.answering import ACTOR, RowId, page
from api.views import digest as views
from api.views.saved import read_query
from insights.schedules import EVERY, Every, Schedule
from pipelines.privacy import originals
from pipelines.privacy.covering import CoveredWords
from pipelines.report import SUBJECTS
from pipelines.reports import groups
from pipelines.settings import Settings
from pipelines.store.covered import holds_cover
from pipelines.teams import digest_plans, digests
from pipelines.teams.digest_plans import BadDigest, Plan
from pipelines.teams.digests import DigestChanged

routes = APIRouter(include_in_schema=False)
PLACE = "/reports/saved/digests"
OWN = frozenset(
    {
        "title", "kinds", "every", "weekday", "monthday", "hour", "zone", "mails", "webhook", "form", "only_changes",
        "quotes",
        "proposals", "side", "this", "that", "over", "days",
        "edited", "version", "no_webhook",
    }
)  # fmt: skip


async def fields(request: Request) -> dict[str, str]:
    """The form's fields; several of one name are joined by commas."""
    given: dict[str, str] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            given[name] = f"{given[name]},{value}" if name in given else value[:20_000]
    return given


Fields = Annotated[dict[str, str], Depends(fields)]


@routes.get(PLACE)
def show_digests(request: Request, db: Db, settings: OurSettings, today: Today, removed: str = "") -> Response:
    """`kinds` and filters in the address fill the form in: a report leads here with its own."""
    gone = int(removed) if is_row_id(removed) else 0
    given = {name: value for name, value in request.query_params.items() if name not in ("removed", "edited")}
    entered = _entered(db, given, today)[0] if "kinds" in given else None
    if entered and any(given.get(name) for name in views.DAYS):
        entered = replace(entered, dated=True)
    return page(request, "digests.html", views.overview(db, settings, gone=gone, entered=entered), fixed=digest_plans)


@routes.post(f"{PLACE}/preview")
def preview(request: Request, db: Db, settings: OurSettings, today: Today, given: Fields) -> Response:
    entered, problems = _entered(db, given, today)
    return _tried(request, db, settings, entered, problems)


@routes.post(PLACE)
def add(request: Request, db: Db, settings: OurSettings, today: Today, given: Fields) -> Response:
    return _saved(request, db, settings, today, given, 0)


@routes.get(f"{PLACE}/{{digest_id}}")
def show_digest(request: Request, db: Db, settings: OurSettings, digest_id: RowId) -> Response:
    view = views.shown(db, settings, digest_id)
    return page(request, "digest.html", view, fixed=digest_plans, states=views.STATES, at=views.moment)


@routes.get(f"{PLACE}/{{digest_id}}/preview")
def preview_kept(request: Request, db: Db, settings: OurSettings, digest_id: RowId) -> Response:
    """What a digest that is set up would say now, to read, to copy and to download."""
    return _tried(request, db, settings, views.entered(digests.get(db, digest_id)))


@routes.post(f"{PLACE}/{{digest_id}}")
def edit(request: Request, db: Db, settings: OurSettings, today: Today, digest_id: RowId, given: Fields) -> Response:
    return _saved(request, db, settings, today, given, digest_id)


@routes.post(f"{PLACE}/{{digest_id}}/send")
def send(db: Db, digest_id: RowId) -> Response:
    digests.send_now(db, digest_id, now=_now())
    return RedirectResponse(f"{PLACE}/{digest_id}#history", 303)


@routes.post(f"{PLACE}/{{digest_id}}/pause")
def pause(db: Db, digest_id: RowId) -> Response:
    digests.set_status(db, digest_id, "paused", now=_now())
    return RedirectResponse(f"{PLACE}/{digest_id}", 303)


@routes.post(f"{PLACE}/{{digest_id}}/resume")
def resume(db: Db, digest_id: RowId) -> Response:
    digests.set_status(db, digest_id, "active", now=_now())
    return RedirectResponse(f"{PLACE}/{digest_id}", 303)


@routes.post(f"{PLACE}/{{digest_id}}/remove")
def remove(db: Db, digest_id: RowId) -> Response:
    digests.set_status(db, digest_id, "removed", now=_now())
    return RedirectResponse(f"{PLACE}?removed={digest_id}", 303)


def _saved(
    request: Request, db: Database, settings: Settings, today: Any, given: dict[str, str], digest_id: int
) -> Response:
    entered, problems = _entered(db, given | {"edited": str(digest_id)}, today)
    if problems:
        return _tried(request, db, settings, entered, problems)
    try:
        if digest_id:
            made = digests.edit(db, digest_id, entered.plan, now=_now(), actor=actor(ACTOR), base=entered.version)
        else:
            made = digests.save(db, entered.plan, now=_now(), actor=actor(ACTOR))
    except BadDigest as error:
        return _tried(request, db, settings, entered, error.reasons)
    except DigestChanged as error:
        return _tried(request, db, settings, entered, (("", str(error)),))
    return RedirectResponse(f"{PLACE}/{made.id}", 303)


def _tried(
    request: Request, db: Database, settings: Settings, entered: views.Entered,
    problems: tuple[tuple[str, str], ...] = ()
) -> Response:  # fmt: skip
    told = tuple((field, as_told(db, one)) for field, one in problems)
    view = views.tried(shown(db), settings, entered, now=_now(), actor=actor(ACTOR), problems=told)
    answer = page(request, "digest_try.html", view, fixed=digest_plans)
    answer.status_code = 422 if view.form.problems else 200
    return answer


def _entered(db: Database, given: dict[str, str], today: Any) -> tuple[views.Entered, tuple[tuple[str, str], ...]]:
    """What stands in the form, and what cannot be read of it."""
    problems = []
    wanted = views.filters_from({name: value for name, value in given.items() if name not in OWN})
    edited = int(given["edited"]) if is_row_id(given.get("edited", "")) else 0
    known = digests.get(db, edited).plan if edited else None
    title = given.get("title", "")
    try:
        title = kept_text(db, title, known.title if known else "")
        wanted = digest_filters(db, wanted, today)
    except (BadParameter, RepHidden, CoveredWords) as error:
        problems.append(("", str(error)))
        wanted = {}
    sides = {name: given.get(name, "") for name in ("this", "that", "over")}
    sides = dict.fromkeys(sides, "") if sides["over"] == "off" else sides
    try:
        check_sides(db, sides["this"], sides["that"], today)
    except (BadParameter, RepHidden, CoveredWords) as error:
        problems.append(("", str(error)))
        sides = dict.fromkeys(sides, "")
    every: Every = next((one for one in EVERY if one == given.get("every")), "week")
    day = given.get("monthday" if every == "month" else "weekday", "1" if every == "month" else "0")
    schedule = Schedule(every, _number(day), _number(given.get("hour", "8")), given.get("zone", "").strip() or "UTC")
    lines = given.get("mails", "").replace(",", "\n").replace(";", "\n").splitlines()
    plan = Plan(
        title, tuple(one for one in SUBJECTS if one in given.get("kinds", "").split(",")), wanted, schedule, tuple(lines),
        given.get("webhook", ""), given.get("form", "json"), given.get("only_changes", "") != "no", given.get("quotes", "role"),  # type: ignore[arg-type]
        proposals=given.get("proposals") == "yes", side=given.get("side", ""), **sides, days=given.get("days", ""), covered=not sees_originals(db),  # type: ignore[arg-type]
    )  # fmt: skip
    kept = ""
    if known and not plan.webhook.strip() and known.webhook and not given.get("no_webhook"):
        # The address is not shown again, so an empty field means that it stays.
        plan, kept = replace(plan, webhook=known.webhook), digest_plans.masked(known.webhook)
    version = int(given["version"]) if is_row_id(given.get("version", "")) else 0
    return views.Entered(digest_plans.cleaned(plan), edited, version, kept), tuple(problems)


def digest_filters(db: Database, wanted: Mapping[str, str], today: Any) -> dict[str, str]:
    """The filters of a digest, by the rules of every page. Raises BadParameter, RepHidden, and Masked where they name
    somebody whom who asks may not see."""
    if not sees_originals(db) and any(map(holds_cover, wanted.values())):
        raise Masked(originals.sees(db))
    filters, _ = read_query(db, urlencode(wanted), today, ())
    check_shared(db, filters.active)
    return filters.active


def check_sides(db: Database, this: str, that: str, today: Any) -> None:
    """Two groups that a digest compares, by the rules of its filters; what cannot be compared is refused with the rest of
    it (`digest_plans.check`). Raises as `digest_filters` does."""
    for side in filter(None, (this, that)):
        by, _, value = side.partition(":")
        if groups.comparable(by):
            digest_filters(db, {by: value}, today)


def _number(text: str) -> int:
    return int(text) if is_row_id(text) else -1


def _now() -> datetime:
    return datetime.now(UTC)

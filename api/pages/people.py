"""People for administrators: who may come in and as what, links for one time, and who sees originals."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Clock, Db, OurSettings
from api.pages.account import Short, signed_in
from api.pages.answering import page
from api.views import account as views
from insights.errors import InsightsError
from pipelines.access import accounts, invitations, reps
from pipelines.settings import Settings

routes = APIRouter(include_in_schema=False)
Act = Literal["role", "off", "on", "remove", "link", "rep"]
PLACE = "/settings/people"
TOLD = {
    "role": "The role is changed. It counts from their next click on.",
    "off": "The login is switched off, its sessions are ended, its tokens revoked. Comments that were open for it are now in your inbox and with who wrote them.",
    "on": "The login is switched on again.", "remove": "The login is removed. What was done under its name stays.",
    "rep": "Saved whose figures these are. It counts from their next click on.",
    "columns": "Saved which columns hold reps.",
    "withdrawn": "The link is withdrawn; it opens nothing any more.",
}  # fmt: skip


@routes.get(PLACE)
def people(
    request: Request, db: Db, settings: OurSettings, now: Clock, told: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    return _shown(request, db, settings, now, told=TOLD.get(told, ""))


@routes.post(f"{PLACE}/invitations")
def invite(
    request: Request, db: Db, settings: OurSettings, now: Clock, email: Short = "", role: Short = "viewer"
) -> Response:
    try:
        code = invitations.invite(db, email, role, now=now, actor=signed_in().name)
    except InsightsError as error:
        return _shown(request, db, settings, now, problem=str(error), email=email)
    return _with_link(request, db, settings, now, code, email)


@routes.post(f"{PLACE}/invitations/{{invitation_id}}/withdraw")
def withdraw(db: Db, now: Clock, invitation_id: int) -> Response:
    invitations.withdraw(db, invitation_id, now=now, actor=signed_in().name)
    return RedirectResponse(f"{PLACE}?told=withdrawn", 303)


@routes.post(f"{PLACE}/columns")
def mark_columns(db: Db, now: Clock, column: Annotated[list[str] | None, Form()] = None) -> Response:
    reps.mark(db, frozenset(column or ()), actor=signed_in().name, now=now)
    return RedirectResponse(f"{PLACE}?told=columns#columns", 303)


@routes.post(f"{PLACE}/{{user_id}}")
def change(
    request: Request, db: Db, settings: OurSettings, now: Clock, user_id: int, act: Annotated[Act, Form()],
    role: Short = "",
    rep: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    told = {"now": now, "actor": signed_in().name}
    try:
        match act:
            case "role":
                accounts.set_role(db, user_id, role, **told)
            case "off" | "on":
                accounts.set_standing(db, user_id, enabled=act == "on", **told)
            case "remove":
                accounts.remove_person(db, user_id, **told)
            case "rep":
                reps.name(db, user_id, rep, **told)
            case "link":
                found = accounts.person(db, user_id)
                return _with_link(
                    request, db, settings, now, invitations.invite(db, found.email, found.role, **told), found.email
                )
    except (accounts.LastAdmin, accounts.NotUsable, reps.BadRep) as error:
        return _shown(request, db, settings, now, problem=str(error))
    return RedirectResponse(f"{PLACE}?told={act}", 303)


def _with_link(request: Request, db: Database, settings: Settings, now: str, code: str, email: str) -> Response:
    """The page with the link, this once: it is kept nowhere."""
    base = settings.public_url or str(request.base_url)
    shown = _shown(request, db, settings, now, invited=email, link_once=f"{base.rstrip('/')}/invitations/{code}")
    shown.status_code = 201
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _shown(
    request: Request, db: Database, settings: Settings, now: str, *, told: str = "", problem: str = "", email: str = "",
    invited: str = "", link_once: str = "",
) -> Response:  # fmt: skip
    view = views.people(db, settings, signed_in(), now=now, told=told, problem=problem)
    shown = page(
        request, "people.html", view, names=views, now=now, email=email, invited=invited.strip().casefold(),
        link_once=link_once,
        days=invitations.DAYS,
    )  # fmt: skip
    shown.status_code = 422 if problem else 200
    return shown

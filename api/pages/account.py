"""Coming in and going out, and one's own account: login, invitations, the first account, passwords, sessions, tokens.

What one would get wrong: a secret that is shown (a new token) is in the answer to the form itself and in no address, so
that no history, log or referrer keeps it.
"""

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Clock, Db, OurSettings
from api.errors import NotFound
from api.gate.door import address_of, cookie_name, cookie_of, lifetimes
from api.gate.throttle import MINUTES, came_in, may_go, may_try
from api.gate.who import visit
from api.pages.answering import page
from api.pages.quote import LOCAL
from api.views import account as views
from insights.errors import InsightsError
from pipelines.access import accounts, audit, invitations, sessions, sign_on, tokens
from pipelines.access.accounts import Person
from pipelines.access.sessions import NotAccepted
from pipelines.settings import Settings
from pipelines.store import accounts as store
from pipelines.store.accounts import User

routes = APIRouter(include_in_schema=False)
Short = Annotated[str, Form(max_length=300)]
Secret = Annotated[str, Form(max_length=4000)]
Next = Annotated[str, Query(max_length=2000)]
SSO_SECONDS = 600
TOLD = {
    "password": "Your password is changed. Every other browser is signed out; tokens for programs, below, go on.",
    "passwords": "Your password is changed. Every other browser is signed out, and all your tokens are revoked.",
    "ended": "That browser is signed out.",
    "others": "Every other browser is signed out.", "revoked": "That token is revoked; it opens nothing any more.",
    "first": "This is your login. Invite the others under People.",
}  # fmt: skip


@routes.get("/login")
def login(
    request: Request, settings: OurSettings, next: Next = "", told: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    if visit().person or not visit().accounts:
        return RedirectResponse(own_path(next), 303)
    return _login_page(request, settings, next=own_path(next), told="You are signed out." if told == "out" else "")


@routes.post("/login")
def sign_in(
    request: Request, db: Db, settings: OurSettings, now: Clock, email: Short = "", password: Secret = "",
    next: Short = ""
) -> Response:  # fmt: skip
    after, where = own_path(next), address_of(request.scope)
    if not may_try(request.app.state.throttle, email, where):
        return _too_often(request, settings, after, email)
    try:
        user = sessions.recognised(db, email, password, memory_kib=settings.password_memory_kib)
        if settings.sso_only and settings.sso_issuer and user.role != "admin":
            raise NotAccepted
    except NotAccepted as error:
        known = store.by_email(db, email.strip().casefold())
        audit.note(db, "somebody", "failed to sign in", ids=known.id if known else "", address=where, now=now)
        return _login_page(request, settings, next=after, email=email, problem=str(error), status=401)
    came_in(request.app.state.throttle, email, where)
    return enter(request, db, settings, user, now=now, after=after)


@routes.get("/login/sso")
def go_to_provider(request: Request, settings: OurSettings, next: Next = "") -> Response:
    """Off to the provider; what is needed on the way back stays in this browser alone, for ten minutes."""
    if not settings.sso_issuer:
        raise NotFound("page", "login/sso")
    if not may_go(request.app.state.throttle, address_of(request.scope)):
        return _too_often(request, settings, own_path(next))
    try:
        begun = sign_on.begin(settings, back=_back(request, settings))
    except sign_on.SignOnFailed as error:
        return _login_page(request, settings, next=own_path(next), problem=str(error), status=502)
    answer = RedirectResponse(begun.address, 303)
    kept = "~".join((begun.state, begun.nonce, begun.verifier, quote(own_path(next), safe="")))
    answer.set_cookie(
        _sso_cookie(settings), kept, max_age=SSO_SECONDS, secure=_secure(settings), httponly=True, samesite="lax"
    )
    return answer


@routes.get("/login/sso/back")
def come_back(request: Request, db: Db, settings: OurSettings, now: Clock) -> Response:
    if not settings.sso_issuer:
        raise NotFound("page", "login/sso/back")
    parts = request.cookies.get(_sso_cookie(settings), "").split("~", 3)
    state, nonce, verifier, after = parts if len(parts) == 4 else ("", "", "", "")
    if not may_go(request.app.state.throttle, address_of(request.scope)):
        return _too_often(request, settings, own_path(unquote(after)))
    begun = sign_on.Begun("", state, nonce, verifier)
    try:
        found = sign_on.finish(settings, request.query_params, begun, back=_back(request, settings), now=now)
        user = sign_on.person(db, settings, found, now=now)
    except sign_on.SignOnFailed as error:
        audit.note(
            db, "somebody", "failed to sign in", what="single sign-on", address=address_of(request.scope), now=now
        )
        answer = _login_page(request, settings, next=own_path(unquote(after)), problem=str(error), status=401)
    else:
        sign_on.noted(db, user, now=now)
        answer = enter(request, db, settings, user, now=now, after=own_path(unquote(after)), door="single sign-on")
    answer.delete_cookie(_sso_cookie(settings), secure=_secure(settings), httponly=True, samesite="lax")
    return answer


@routes.post("/logout")
def sign_out(request: Request, db: Db, settings: OurSettings, now: Clock) -> Response:
    person = visit().person
    sessions.sign_out(db, cookie_of(settings, request.headers))
    if person:
        audit.note(db, person.name, "signed out", user_id=person.id, address=address_of(request.scope), now=now)
    answer = RedirectResponse("/login?told=out" if visit().accounts else "/", 303)
    answer.delete_cookie(cookie_name(settings), secure=_secure(settings), httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'  # or Back shows what was read
    return answer


@routes.get("/invitations/{code}")
def show_invitation(request: Request, db: Db, now: Clock, code: str) -> Response:
    return page(request, "invitation.html", invitations.invitation(db, code, now=now), code=code, problem="", name="")


@routes.post("/invitations/{code}")
def take_invitation(
    request: Request, db: Db, settings: OurSettings, now: Clock, code: str, name: Short = "", password: Secret = "",
    again: Secret = ""
) -> Response:  # fmt: skip
    found = invitations.invitation(db, code, now=now)
    try:
        _same(password, again)
        user = invitations.accept(
            db, code, name=name, password=password, now=now, memory_kib=settings.password_memory_kib
        )
    except invitations.LinkGone:
        raise
    except InsightsError as error:
        shown = page(request, "invitation.html", found, code=code, problem=str(error), name=name)
        shown.status_code = 422
        return shown
    return enter(request, db, settings, user, now=now, after="/", door="invitation")


@routes.get("/settings")
def settings_page(
    request: Request, db: Db, settings: OurSettings, now: Clock, told: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    return _own(request, db, settings, now, told=TOLD.get(told, ""))


@routes.post("/settings/first")
def first(
    request: Request, db: Db, settings: OurSettings, now: Clock, email: Short = "", name: Short = "",
    password: Secret = "", again: Secret = ""
) -> Response:  # fmt: skip
    if visit().accounts:
        raise NotFound("page", "settings/first")
    try:
        _same(password, again)
        made = accounts.first_person(
            db, email, name=name, password=password, now=now, memory_kib=settings.password_memory_kib
        )
    except InsightsError as error:
        return _own(request, db, settings, now, problem=str(error), at="first", email=email, name=name)
    return enter(request, db, settings, made, now=now, after="/settings?told=first")


@routes.post("/settings/password")
def change_password(
    request: Request, db: Db, settings: OurSettings, now: Clock, old: Secret = "", password: Secret = "",
    again: Secret = "",
    revoke: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    person = signed_in()
    where = address_of(request.scope)
    try:
        if not may_try(request.app.state.throttle, person.email, where):
            raise accounts.NotUsable(f"Too many tries. Wait {MINUTES} minutes.")
        _same(password, again)
        accounts.change_password(
            db, person.id, old, password, now=now, tokens=not revoke, memory_kib=settings.password_memory_kib
        )
    except InsightsError as error:
        return _own(request, db, settings, now, problem=str(error), at="password")
    came_in(request.app.state.throttle, person.email, where)
    return enter(
        request,
        db,
        settings,
        accounts.person(db, person.id),
        now=now,
        after=f"/settings?told={'passwords' if revoke else 'password'}#password",
    )


@routes.post("/settings/sessions/end")
def end_session(db: Db, now: Clock, id: Short = "") -> Response:
    person = signed_in()
    if id and id not in {session.id for session in store.sessions(db, person.id)}:
        raise NotFound("session", id[:16])
    with db.atomic():
        if id:
            store.end_session(db, id)
        else:
            store.end_sessions(db, person.id, but=person.session_id)
        audit.note(db, person.name, "ended sessions", user_id=person.id, now=now)
    return RedirectResponse(f"/settings?told={'ended' if id else 'others'}#sessions", 303)


@routes.post("/settings/tokens")
def create_token(
    request: Request, db: Db, settings: OurSettings, now: Clock, name: Short = "", scope: Short = "read",
    days: Annotated[int, Form(ge=1, le=tokens.LONGEST_DAYS)] = 90,
) -> Response:  # fmt: skip
    person = signed_in()
    try:
        made, secret = tokens.create(db, person.id, name=name, scope=scope, days=days, now=now, actor=person.name)
    except InsightsError as error:
        return _own(request, db, settings, now, problem=str(error), at="tokens")
    shown = _own(request, db, settings, now, secret=secret, made=made.name, status=201)
    shown.headers["Cache-Control"] = "no-store"
    return shown


@routes.post("/settings/tokens/{token_id}/revoke")
def revoke_token(db: Db, now: Clock, token_id: int) -> Response:
    person = signed_in()
    tokens.revoke(db, token_id, now=now, actor=person.name, of=person.id)
    return RedirectResponse("/settings?told=revoked#tokens", 303)


def enter(
    request: Request, db: Database, settings: Settings, user: User, *, now: str, after: str, door: str = "password"
) -> Response:
    """Begin a session under a new secret and go on."""
    secret = sessions.sign_in(
        db, user, now=now, agent=request.headers.get("user-agent", ""), door=door,
        before=cookie_of(settings, request.headers),
        lives=lifetimes(settings), address=address_of(request.scope),
    )  # fmt: skip
    answer = RedirectResponse(after, 303)
    answer.set_cookie(
        cookie_name(settings), secret, max_age=settings.session_days * 86_400, secure=_secure(settings), httponly=True,
        samesite="lax",
    )  # fmt: skip
    return answer


def own_path(wanted: str) -> str:
    """Where to go after the login: a path of Parley's own, or the overview."""
    return wanted if LOCAL.fullmatch(wanted) and not wanted.startswith(("/login", "/logout")) else "/"


def signed_in() -> Person:
    """Whose session this is. Raises NotFound where there is none: a token has no account page, nor has nobody."""
    person = visit().person
    if person is None or not person.session_id:
        raise NotFound("account", "of this request")
    return person


def _own(
    request: Request, db: Database, settings: Settings, now: str, *, told: str = "", problem: str = "", at: str = "",
    status: int = 200, **values: str
) -> Response:  # fmt: skip
    view = views.account(db, visit().person, lives=lifetimes(settings), now=now, told=told, problem=problem, at=at)
    shown = page(
        request, "settings.html", view, names=views, days=views.TOKEN_DAYS, secret=values.get("secret", ""),
        made=values.get("made", ""),
        email=values.get("email", ""), name=values.get("name", ""),
    )  # fmt: skip
    shown.status_code = 422 if problem else status
    return shown


def _login_page(
    request: Request, settings: Settings, *, next: str, email: str = "", problem: str = "", told: str = "",
    status: int = 200
) -> Response:  # fmt: skip
    sso = f"/login/sso?next={quote(next, safe='/')}" if settings.sso_issuer else ""
    shown = page(
        request, "login.html", {"problem": problem, "told": told, "next": next}, email=email, sso=sso,
        sso_name=settings.sso_name,
    )  # fmt: skip
    shown.status_code = status
    if status == 429:
        shown.headers["Retry-After"] = str(MINUTES * 60)
    return shown


def _too_often(request: Request, settings: Settings, next: str, email: str = "") -> Response:
    told = f"Too many tries. Wait {MINUTES} minutes, or ask an administrator for a link."
    return _login_page(request, settings, next=next, email=email, problem=told, status=429)


def _same(password: str, again: str) -> None:
    if password != again:
        raise accounts.NotUsable("The two passwords are not the same. Type both again.")


def _secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https:")


def _sso_cookie(settings: Settings) -> str:
    return f"{cookie_name(settings)}_sso"


def _back(request: Request, settings: Settings) -> str:
    return f"{(settings.public_url or str(request.base_url)).rstrip('/')}/login/sso/back"

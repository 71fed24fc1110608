"""The gate before every request: whose name the server answers to, who may change things, what a browser may load.

A web page elsewhere must not be able to use the visitor's browser as a way in: foreign Host names are refused (DNS
rebinding), and changes are refused unless they come from Parley's own pages or from a program that is no browser. With
a session cookie a program must show an Origin too: then the proof is needed, not only the absence of a foreign one.
That stands in for a token in each form: every browser sends Origin with a POST, no page elsewhere can alter it, and
none of a hundred forms can be forgotten. A Bearer token is never sent by a browser on its own, so it needs no such
proof.

Nobody gets past here unless the table in `access` lets them; what lies behind is not asked before.
"""

from collections.abc import Collection
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem, wants_page
from api.gate import access
from api.gate.door import Door, Unreadable, has_accounts, is_bearer, is_local, known, noted, seen, sees_originals
from api.gate.who import VISIT, Visit
from pipelines.access.accounts import Person, may

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-cache",
}


BEHIND_A_PROXY = "Behind a proxy: set PARLEY_PUBLIC_URL to the address that the browser shows."
FIRST_ACCOUNT = "parley users add you@example.com --role admin"


class Refusal(NamedTuple):
    """A status and a sentence; `knock` where signing in would help."""

    status: int
    detail: str
    knock: bool = False


def guard(app: ASGIApp, *, hosts: Collection[str], max_body: int, door: Door, any_address: bool = False) -> ASGIApp:
    """Wrap `app`; `hosts` are the names it answers to besides the loopback ones, `max_body` is in bytes. With
    `any_address` it answers to every numeric address too: nobody can make a name of those."""
    names = LOOPBACK | {host.lower() for host in hosts}

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # there are none, and none gets past unasked
            return
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers, status, sent = Headers(scope=scope), 500, MutableHeaders()

        async def send_with_headers(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                if visit.accounts and not scope["path"].startswith("/static/"):
                    # What one person saw stays on no disk of a machine that others use too.
                    sent.setdefault("Cache-Control", "no-store")
                for name, value in HEADERS.items():
                    sent.setdefault(name, value)
                status = message["status"]
            await send(message)

        refused = _refusal(scope["method"], headers, names, max_body, any_address, door.settings.public_url)
        visit, due = Visit(accounts=True, asked=True, originals=False), False
        if refused is None:
            refused, visit, due = _admitted(scope, headers, door)
        token = VISIT.set(visit)
        try:
            answer = _answer(Request(scope), refused) if refused else app
            await answer(scope, receive, send_with_headers)
        finally:
            VISIT.reset(token)
            if visit.person:
                noted(door, scope, visit.person, status, sent)
        if due and visit.person:
            await run_in_threadpool(seen, door, visit.person)

    return guarded


def _admitted(scope: Scope, headers: Headers, door: Door) -> tuple[Refusal | None, Visit, bool]:
    """Whether this request may pass, who makes it, and whether that they were seen should be written down."""
    try:
        if not has_accounts(door):
            local = is_local(door, headers, _name(headers.get("host", "")), LOOPBACK)
            told = (
                f"Parley has no logins yet, so it serves only the machine it runs on. Create one there: {FIRST_ACCOUNT}"
            )
            return (None if local else Refusal(403, told)), Visit(asked=True), False
        person, due = known(door, headers)
    except Unreadable:
        told = "The logins cannot be read at the moment. Try again; if it stays so, look at the server's database."
        return Refusal(503, told), Visit(accounts=True, asked=True, originals=False), False
    visit = Visit(person, accounts=True, asked=True, originals=person is not None and sees_originals(door, person))
    return _barred(scope["method"], scope["path"], headers, person, door), visit, due


def _barred(method: str, path: str, headers: Headers, person: Person | None, door: Door) -> Refusal | None:
    need = access.least_role(method, path)
    if need == "nobody":
        return Refusal(405, "This address does not take that method.")
    if person and person.session_id and method not in SAFE_METHODS and not _is_own(headers, door.settings.public_url):
        return Refusal(
            403, "A change with a session must come from Parley's own pages. A program uses a token instead."
        )
    if need == "anyone":
        return None
    if person is None:
        if is_bearer(headers):
            return Refusal(401, "This token is not known, was revoked, or has expired.", knock=True)
        return Refusal(401, "Sign in first, or send a token: Authorization: Bearer parley_…", knock=True)
    if need == "unlisted":
        return None if person.role == "admin" else Refusal(404, "There is nothing at this address.")
    if not may(person.role, need):
        told = f"This takes the role {need}; you are here as {person.role}. An administrator can change that."
        return Refusal(403, told)
    return None


def _answer(request: Request, refused: Refusal) -> ASGIApp:
    if refused.knock and request.method in ("GET", "HEAD") and wants_page(request):
        query = f"?{request.url.query}" if request.url.query else ""
        back = quote(request.url.path + query, safe="/")
        return RedirectResponse(f"/login?next={back}" if back != "/" else "/login", 303)
    headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
    return problem(request, refused.status, refused.detail, headers=headers)


def _refusal(
    method: str, headers: Headers, names: Collection[str], max_body: int, any_address: bool, public_url: str
) -> Refusal | None:  # fmt: skip
    host = headers.get("host", "")
    if _name(host) not in names and not (any_address and _is_address(_name(host))):
        told = "Parley does not answer to this host name. Open it under the address that `parley serve` printed."
        return Refusal(421, f"{told} {BEHIND_A_PROXY}")
    if method not in SAFE_METHODS and _is_foreign(headers, host, public_url):
        told = "A change must come from Parley's own pages, or from a program without an Origin header."
        return Refusal(403, f"{told} {BEHIND_A_PROXY}")
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > max_body:
        limit = max_body // 2**20
        told = f"This is more than the {limit} MB that one upload may hold. Split it, or raise PARLEY_MAX_UPLOAD_MB."
        return Refusal(413, told)
    return None


def _is_foreign(headers: Headers, host: str, public_url: str) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    # Another port of this machine is "same-site": that is not us.
    if site not in (None, "same-origin", "none"):
        return True
    return origin is not None and _parts(origin)[1] != host and not _is_public(origin, public_url)


def _is_public(origin: str, public_url: str) -> bool:
    """Whether a page is that of the address under which people reach us: a proxy may leave its port out of Host."""
    return bool(public_url) and _parts(origin) == _parts(public_url)


def _is_own(headers: Headers, public_url: str) -> bool:
    """Whether a browser vouches for it that the request comes from our own page."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    if _is_public(origin, public_url):
        return True
    ours, theirs = _parts(public_url), _parts(origin)
    # The same name without encryption is another page, which whoever sits on the line can write.
    return theirs[1] == host and (ours[1] != host or theirs[0] == ours[0])


def _parts(address: str) -> tuple[str, str]:
    """Scheme and host with port of an address; nothing where it is none."""
    try:
        return urlsplit(address)[:2]
    except ValueError:
        return "", ""


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""

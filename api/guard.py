"""The gate before every request: whose name the server answers to, who may change things, what a browser may load.

There are no accounts yet, so a web page elsewhere must not be able to use the visitor's browser as a way in: foreign
Host names are refused (DNS rebinding), and changes are refused unless they come from Parley's own pages or from a
program that is no browser.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem

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


def guard(app: ASGIApp, *, hosts: Collection[str], max_body: int) -> ASGIApp:
    """Wrap `app`; `hosts` are the names it answers to besides the loopback ones, `max_body` is in bytes."""
    names = LOOPBACK | {host.lower() for host in hosts}

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = _refusal(scope["method"], Headers(scope=scope), names, max_body)
        answer = problem(Request(scope), *refused) if refused else app
        await answer(scope, receive, send_with_headers)

    return guarded


def _refusal(method: str, headers: Headers, names: Collection[str], max_body: int) -> tuple[int, str] | None:
    host = headers.get("host", "")
    if _name(host) not in names:
        return 421, "Parley does not answer to this host name. Open it under the address that `parley serve` printed."
    if method not in SAFE_METHODS and _is_foreign(headers, host):
        return 403, "A change must come from Parley's own pages, or from a program without an Origin header."
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > max_body:
        limit = max_body // 2**20
        return (
            413,
            f"This is more than the {limit} MB that one upload may hold. Split it, or raise PARLEY_MAX_UPLOAD_MB.",
        )
    return None


def _is_foreign(headers: Headers, host: str) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    # Another port of this machine is "same-site": that is not us.
    return site not in (None, "same-origin", "none") or (origin is not None and urlsplit(origin).netloc != host)


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""

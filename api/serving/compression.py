"""Send pages, JSON, styles and scripts as gzip to whoever takes it.

Only answers whose length is known beforehand are touched: a stream (an export, the events of a job) goes out piece by
piece as it is made. What an attacker would need to read a secret from compressed lengths (BREACH) is not there: no page
holds a secret beside text that another site can choose: changes are guarded by what the browser says of where they come
from, not by a token in each form, and a new token or link is shown once, in answer to a change.
"""

import gzip

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST, LARGEST = 600, 16 * 2**20  # bytes: below, the headers cost more than is won; above, memory would
LEVEL = 6
IN_A_THREAD = 32 * 2**10
TEXTS = frozenset({
    "text/html", "text/css", "text/plain", "text/csv", "text/markdown", "text/javascript", "application/javascript",
    "application/json", "application/problem+json", "image/svg+xml",
})  # fmt: skip


def compressed(app: ASGIApp) -> ASGIApp:
    """Wrap `app`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        wanted = scope["method"] != "HEAD" and takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        start: Message | None = None
        held: list[bytes] = []

        async def send_smaller(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if not _worth_it(headers):
                    await send(message)
                    return
                headers.add_vary_header("Accept-Encoding")
                if wanted:
                    start = message
                else:
                    await send(message)
                return
            if start is None or message["type"] != "http.response.body":
                await send(message)
                return
            held.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            begun, start = start, None
            small = await _gzip(b"".join(held))
            headers = MutableHeaders(scope=begun)
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(small))
            if (tag := headers.get("etag")) and not tag.startswith("W/"):
                headers["ETag"] = f"W/{tag}"  # the same content in other bytes
            await send(begun)
            await send({"type": "http.response.body", "body": small, "more_body": False})

        await app(scope, receive, send_smaller)

    return answer


def takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header names gzip, or everything, and does not refuse it with a weight of 0."""
    weights: dict[str, str] = {}
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "").removeprefix("q=") or "1"
    given = weights.get("gzip", weights.get("*", "0"))
    return given.strip("0.") != ""


def _worth_it(headers: Headers) -> bool:
    length = headers.get("content-length", "")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    known = length.isdigit() and SMALLEST <= int(length) <= LARGEST
    return known and kind in TEXTS and "content-encoding" not in headers and "content-range" not in headers


async def _gzip(body: bytes) -> bytes:
    if len(body) < IN_A_THREAD:
        return gzip.compress(body, LEVEL, mtime=0)
    return await run_in_threadpool(gzip.compress, body, LEVEL, mtime=0)

"""An eye on the browser: errors in the console, refused content and requests elsewhere are failures of the page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

LOOPBACK = ("127.0.0.1", "localhost")
INSIDE = ("data:", "blob:", "about:")


class Watched:
    """What went wrong so far, and what is allowed to."""

    def __init__(self) -> None:
        self.trouble: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def over(self, context: "BrowserContext") -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.trouble.append(f"script error: {error.error}"))
        context.on("request", self._request)
        context.on("page", lambda page: page.on("dialog", self._dialog))

    def allow(self, pattern: str) -> None:
        """Expect trouble that this pattern finds: an answer of 409 to a change that comes too late."""
        self._allowed.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [one for one in self.trouble if not any(allowed.search(one) for allowed in self._allowed)]

    def _console(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.trouble.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: "Request") -> None:
        if not request.url.startswith(INSIDE) and urlsplit(request.url).hostname not in LOOPBACK:
            self.trouble.append(f"request elsewhere: {request.url}")

    def _dialog(self, dialog: "Page") -> None:
        self.trouble.append(f"dialog: {dialog.message}")  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]


@contextmanager
def watched() -> Iterator[Watched]:
    watch = Watched()
    yield watch
    unexpected = watch.unexpected()
    assert not unexpected, "\n".join(unexpected)

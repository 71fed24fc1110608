"""HEAD wherever GET answers: link checkers, monitors and proxies ask so. The same headers, and no body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def headed(app: ASGIApp) -> ASGIApp:
    """Answer HEAD as the GET beneath would be answered. It stands outermost, so that the length is that of what GET
    sends."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return
        over = False

        async def without_body(message: Message) -> None:
            nonlocal over
            if message["type"] != "http.response.body":
                await send(message)
            elif not over:
                # Over at once: of a stream the rest is given up by whoever sends it, as when a reader goes away.
                over = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await app({**scope, "method": "GET"}, receive, without_body)

    return answered

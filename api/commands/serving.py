"""Serve pages and work on uploads: serve, worker."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import check_engine, fail, prepare_database, settings

if TYPE_CHECKING:
    from socket import socket

    from pipelines.settings import Settings

LARGEST_PORT = 65535
SWITCH_S = 0.0005
IDLE_S = 75  # of a connection: longer than proxies keep one (mostly 60), or we close it while they ask with it


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(worker)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=LARGEST_PORT, help="Port; 0 takes a free one.")] = None,
    worker: Annotated[bool, typer.Option(help="Work on uploads too; without, run `parley worker` beside it.")] = True,
) -> None:
    """Serve the pages and the API, and work on uploads in the background."""
    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    serve_on(settings().model_copy(update=given), worker=worker)


def serve_on(ours: "Settings", listener: "socket | None" = None, *, worker: bool = True) -> None:
    from datetime import UTC, datetime

    check_engine(ours)
    accounts = _accounts(ours)
    if not accounts and not _is_loopback(ours.host):
        raise fail(
            "There are no logins yet, so Parley serves only on this machine. Use --host 127.0.0.1, or create the first "
            "login: parley users add you@example.com --role admin",
            code=2,
        )
    listener = listener or listen(ours)
    import uvicorn

    from api.app import create_app
    from api.serving.observing import begin_logs, tell_crashes

    address = f"[{ours.host}]" if ":" in ours.host else ours.host
    reach = "this machine only" if _is_loopback(ours.host) else "everybody with an account"
    print(f"Parley serves on http://{address}:{listener.getsockname()[1]}/  ({reach}; Ctrl+C stops)", file=sys.stderr)
    for line in _warnings(ours, accounts):
        print(line, file=sys.stderr)
    begin_logs(ours)
    tell_crashes()
    # A request gives the interpreter up at each of its queries, and gets it back only when this time is over: with Python's
    # own 5 ms, a page of a thousand queries waited for seconds beside another one that was worked out.
    sys.setswitchinterval(SWITCH_S)
    app = create_app(ours, today=lambda: datetime.now(UTC).date(), worker=worker)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_keep_alive=IDLE_S)
    uvicorn.Server(config).run(sockets=[listener])


def listen(ours: "Settings") -> "socket":
    import errno
    import socket

    family = socket.AF_INET6 if ":" in ours.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ours.host, ours.port))
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            reason = error.strerror or type(error).__name__
            raise fail(f"Cannot listen on {ours.host}, port {ours.port}: {reason}. Try --host 127.0.0.1") from None
        raise fail(
            f"Port {ours.port} is taken. Choose another: --port 8322 (or --port 0 for any free one; make demo PORT=8322)"
        ) from None
    return listener


def _accounts(ours: "Settings") -> bool:
    """Whether somebody can sign in."""
    from contextlib import closing

    from pipelines.store import accounts, connect

    prepare_database(ours.database_file)
    with closing(connect(ours.database_file)) as db:
        return accounts.any_user(db)


def _warnings(ours: "Settings", accounts: bool) -> list[str]:
    """What whoever starts the server should know."""
    told = []
    if not accounts:
        told.append(
            "No logins: whoever can use this machine can read and change everything. Create one under /settings."
        )
    elif not _is_loopback(ours.host) and not ours.public_url.startswith("https:"):
        told.append(
            "Passwords and pages travel unencrypted. Put a proxy with TLS in front and set PARLEY_PUBLIC_URL=https://…"
        )
    return told


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def worker() -> None:
    """Work on uploads in a process of its own.

    Use it with `parley serve --no-worker`.
    """
    import signal
    from contextlib import ExitStack
    from threading import Event

    from api.serving.observing import begin_logs, tell_crashes
    from pipelines.jobs import work_forever
    from pipelines.store import held

    ours, stop, holding = settings(), Event(), ExitStack()
    check_engine(ours)
    begin_logs(ours)
    tell_crashes()
    holding.enter_context(held.shared(ours.database_file))  # until the process ends
    prepare_database(ours.database_file)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print("Parley worker: waiting for jobs (Ctrl+C stops; a job goes on at the next start)", file=sys.stderr)
    work_forever(ours, stop)

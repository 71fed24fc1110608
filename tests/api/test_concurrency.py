"""Many at once: one database file, a real server, readers and writers in threads."""

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from itertools import pairwise
from threading import Event, Thread
from time import sleep

import httpx2
import uvicorn

from api.app import create_app
from pipelines.store import connect, themes
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme

READS = (
    "/",
    "/quotes",
    "/themes/1",
    "/api/v1/insights",
    "/api/v1/themes",
    "/api/v1/reports/trends?kind=objection",
    "/api/v1/search?q=spend",
)
REQUESTS = 140


def test_concurrent_readers_and_writers_get_no_server_error(settings, filled):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(settings, today=lambda: date(2026, 3, 20), worker=False)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            sleep(0.01)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx2.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(20) as pool:
            statuses = Counter(pool.map(lambda n: ask(client, n), range(REQUESTS)))
            names = {client.get("/api/v1/themes/1").json()["theme"]["name"]}
            events = client.get("/api/v1/themes/1").json()["events"]
        server.should_exit = True
        thread.join()
    assert statuses == {200: REQUESTS}
    # Every rename that was answered is in the ledger, in an order in which each follows from the one before.
    renames = [event for event in events if event["type"] == "rename"]
    assert len(renames) == REQUESTS // 4 and names == {renames[-1]["after"]["name"]}
    assert all(one["after"] == two["before"] for one, two in pairwise(renames))


def ask(client: httpx2.Client, n: int) -> int:
    if n % 4 == 0:
        return client.patch("/api/v1/themes/1", json={"name": f"Name {n}"}).status_code
    return client.get(READS[n % len(READS)]).status_code


def test_a_transaction_that_read_first_can_still_write(settings, db):
    asked = Event()
    with closing(connect(settings.database_file)) as other, ThreadPoolExecutor(1) as pool:
        other.conn.set_trace_callback(lambda sql: asked.set() if sql.startswith("BEGIN") else None)
        with db.atomic():
            assert themes.active(db) == ()
            second = pool.submit(create, other, "second")
            assert asked.wait(60)
            create(db, "first")
        second.result()
    assert [theme.name for theme in themes.active(db)] == ["first", "second"]


def create(db, name: str) -> int:
    return ledger.create(db, "objection", NewTheme(name, ""), now="2026-03-20").theme

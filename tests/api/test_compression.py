"""What goes over the wire: pages and interface as gzip for whoever takes it, streams and small answers as they are."""

import gzip

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from api.serving.compression import SMALLEST, compressed, takes_gzip

PAGES = ("/", "/reports/objections", "/quotes", "/plan", "/themes", "/uploads")
BUDGET = 300_000  # bytes of a first load: the page, the style and the scripts


def sent(client, path: str, encoding: str = "gzip"):
    """(headers, bytes on the wire)."""
    with client.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
        return answer.headers, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", [*PAGES, "/static/parley.css", "/api/v1/reports/trends?kind=objection"])
def test_a_page_is_the_same_whether_compressed_or_not(client, path):
    headers, small = sent(client, path)
    plain_headers, plain = sent(client, path, "identity")
    assert headers["content-encoding"] == "gzip" and "content-encoding" not in plain_headers
    assert headers["vary"] == plain_headers["vary"] and "Accept-Encoding" in headers["vary"]
    assert gzip.decompress(small) == plain
    assert int(headers["content-length"]) == len(small) < len(plain)


@pytest.mark.parametrize("path", PAGES)
def test_a_first_load_keeps_to_the_budget(client, path):
    assert sum(len(sent(client, one)[1]) for one in (path, "/static/parley.css", "/static/parley.js")) < BUDGET


def test_a_style_that_has_not_changed_is_not_sent_again(client):
    headers, _ = sent(client, "/static/parley.css")
    again = client.get("/static/parley.css", headers={"Accept-Encoding": "gzip", "If-None-Match": headers["etag"]})
    assert again.status_code == 304 and not again.content


def test_a_small_answer_is_left_as_it_is(client):
    assert "content-encoding" not in sent(client, "/healthz")[0]


def test_a_stream_comes_piece_by_piece_as_it_is_made():
    pieces = [b"data: 1\n\n" * 200, b"data: 2\n\n" * 200]

    async def stream(request):
        return StreamingResponse(iter(pieces), media_type="text/event-stream")

    with TestClient(compressed(Starlette(routes=[Route("/", stream)]))) as client:
        headers, body = sent(client, "/")
    assert "content-encoding" not in headers and body == b"".join(pieces)


@pytest.mark.parametrize(
    ("kind", "smaller"), [("text/html; charset=utf-8", True), ("application/zip", False), ("image/png", False)]
)
def test_only_text_is_compressed(kind, smaller):
    async def answer(request):
        return Response(b"a" * SMALLEST * 2, headers={"Content-Type": kind})

    with TestClient(compressed(Starlette(routes=[Route("/", answer)]))) as client:
        assert ("content-encoding" in sent(client, "/")[0]) == smaller


def test_a_part_of_a_file_is_not_compressed(client):
    answer = client.get("/static/parley.css", headers={"Range": "bytes=0-999", "Accept-Encoding": "gzip"})
    assert answer.status_code == 206 and "content-encoding" not in answer.headers


def test_whoever_asks_for_the_head_gets_the_length_of_the_whole():
    async def answer(request):
        return PlainTextResponse("a" * SMALLEST)

    with TestClient(compressed(Starlette(routes=[Route("/", answer)]))) as client:
        assert client.head("/", headers={"Accept-Encoding": "gzip"}).headers["content-length"] == str(SMALLEST)


@pytest.mark.parametrize(
    ("header", "taken"),
    [("gzip, deflate, br", True), ("GZIP;q=0.5", True), ("*", True), ("", False), ("br", False), ("gzip;q=0", False),
     ("gzip; q=0.000, *", False), ("identity, *;q=0", False)],
)  # fmt: skip
def test_what_a_client_takes_is_read_with_its_weights(header, taken):
    assert takes_gzip(header) == taken

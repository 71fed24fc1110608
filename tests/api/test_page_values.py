"""Whoever asks a page's address for JSON gets the value that the page shows."""

import html
import json
import re

import pytest

PAGES = (
    "/", "/reports/objections", "/reports/competitors", "/reports/competition", "/reports/outcomes", "/reports/voice",
    "/reports/material", "/reports/saved", "/reports/saved/digests", "/plan", "/plan/1", "/plan/pages", "/themes", "/themes/1",
    "/themes/waiting", "/quotes", "/trackers", "/review", "/uploads", "/uploads/1", "/competitors", "/speakers", "/annotations",
    "/help",
)  # fmt: skip
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_json_for_who_asks_for_json_and_html_for_a_browser(client, path):
    told = client.get(path, headers={"Accept": "application/json"})
    assert told.headers["content-type"] == "application/json" and isinstance(told.json(), dict)
    for accept in (BROWSER, "*/*"):
        page = client.get(path, headers={"Accept": accept})
        assert page.headers["content-type"].startswith("text/html") and "Accept" in page.headers["vary"]


def test_every_figure_of_a_themes_row_is_in_the_json_and_on_the_page(client):
    view = client.get("/reports/objections", headers={"Accept": "application/json"}).json()
    shown = html.unescape(re.sub(r"<[^>]+>", " ", client.get("/reports/objections").text))
    words = " ".join(shown.split())
    assert view["report"]["rows"]
    for row in view["report"]["rows"]:
        current = row["trend"]["current"]
        assert row["name"] in words and f"{current['numerator']} of {current['denominator']}" in words


def test_a_missing_page_tells_a_program_so_in_json(client):
    answer = client.get("/themes/9999", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and json.loads(answer.text)["detail"]


def test_the_secret_of_a_digest_is_in_no_json(client):
    made = client.post(
        "/api/v1/digests",
        json={
            "title": "Monday",
            "webhook": "https://hooks.example/x",
            "schedule": {"every": "week", "day": 0, "hour": 8, "zone": "UTC"},
        },
    )
    assert made.status_code < 300, made.text
    told = client.get("/reports/saved/digests", headers={"Accept": "application/json"})
    assert "Monday" in told.text and "secret" not in told.text

"""Who was forgotten stands in no page, list, file or feed of what sales gets back: neither their name nor what they said."""

import shutil
from contextlib import closing
from datetime import date

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from insights.covers import fold
from insights.signals import account_id
from pipelines.privacy import forget
from pipelines.privacy.persons import Asked
from pipelines.quotes import collections
from pipelines.reports import annotations
from pipelines.reports.annotations import Draft
from pipelines.sales import asking, signals
from pipelines.settings import Settings
from pipelines.store import connect, insights
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.teams import comments
from tests.api.walk import addresses, read

NOW = "2026-01-15T12:00:00+00:00"
ADDRESS = "sam.brennock@eskerlundtiles.example"
SAID = "too much money for a firm our size"  # in a mail that a colleague answered
TOKENS = ("sam brennock", "sam.brennock", SAID)  # others in the sample share the last name
PLACES = (
    "/answers?words=that is still too much money for our size", "/api/v1/answers?words=that is still too much money for our size", "/accounts", "/accounts/signals",
    "/api/v1/signals", "/api/v1/signals?format=csv", "/api/v1/signals/calls?format=csv", "/api/v1/signals/changes", "/reports/personas", "/reports/personas/operations",
    "/api/v1/reports/personas/operations?format=md", "/api/v1/reports/personas/operations?format=html", "/comments", "/comments?show=all",
    "/shared", "/api/v1/shared", "/api/v1/shared/months", "/reports/handover", "/api/v1/reports/handover?format=csv",
    "/accounts/raised/{theme}", "/api/v1/themes/{theme}/accounts", "/api/v1/themes/{theme}/accounts?format=csv", "/plan",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(mined_sample, tmp_path_factory):
    """The sample company with somebody talked about in a comment, a signal noted and a month published, and a browser."""
    home = tmp_path_factory.mktemp("forgotten")
    settings = Settings(home=home)
    shutil.copy(mined_sample, settings.database_file)
    with closing(connect(settings.database_file)) as db:
        signals.note_changes(db, today=date(2026, 1, 15), now=NOW)
        comments.add(
            db, kind="question", place="/plan", words=f"Sam Brennock said “{SAID}”, true?", recipient="Kim", actor="Ann", now=NOW
        )  # fmt: skip
        (theme,) = [
            row["theme_id"]
            for row in db.query("SELECT theme_id FROM theme_members WHERE insight_id = ?", [said(db).id])
        ]
        ids = planted(db, theme)
    client = TestClient(
        create_app(settings, today=lambda: date(2026, 1, 15), worker=False, clock=lambda: NOW),
        base_url="http://localhost",
    )
    return client, settings, theme, ids


def said(db) -> Quote:
    return next(one for one in insights.quotes(db, Filters(kind="objection"), limit=1000) if SAID in one.text)


def planted(db, theme: int) -> dict[str, str]:
    """What people wrote of somebody, wherever they can, and what stands for the parts of an address: theirs, where it can."""
    words = f"Sam Brennock said “{SAID}”, what do we send?"
    quote = said(db)
    asking.ask(db, words, theme_id=theme, actor="Ann", now=NOW)
    collection, _ = collections.create(
        db, title="For Sam Brennock", note=words, quotes=[quote.id], now=NOW, actor="Ann"
    )
    note = annotations.add(db, Draft("Sam Brennock left", "2025-11-03"), now=NOW, actor="Ann")
    account = next(
        one["k"] for one in db.query("SELECT account_key AS k FROM conversations WHERE id = ?", [quote.conversation_id])
    )
    return {
        "theme_id": str(theme), "quote_id": quote.id, "insight_id": quote.id, "conversation_id": quote.conversation_id,
        "account_id": account_id(account), "collection_id": str(collection), "number": str(note.id), "persona": "operations",
        "plural": "objections", "prefix": quote.id[:8],
    }  # fmt: skip


def told(client, place: str) -> list[str]:
    answer = client.get(place)
    assert answer.status_code == 200, place
    said = fold(answer.text)
    return [token for token in TOKENS if fold(token) in said]


def test_who_was_forgotten_is_in_no_list_of_what_sales_gets_back(site):
    client, settings, theme, ids = site
    places = [one.format(theme=theme) for one in PLACES]
    before = {one: told(client, one) for one in places}
    # The walk would see them: where somebody stands now is where they could stay.
    assert sum(map(bool, before.values())) >= 5
    assert before[places[1]] and before["/comments"] and before[f"/api/v1/themes/{theme}/accounts"]
    with closing(connect(settings.database_file)) as db:
        forget.forget(db, Asked(ADDRESS), settings.home, confirmed=ADDRESS, now=lambda: NOW, actor="test")
    assert {one: found for one in places if (found := told(client, one))} == {}
    # Everything else that can be read, in every format, so that what is added is looked at too.
    found, seen = {}, 0
    for _, address in addresses(client.app, ids):
        status, text = read(client, address)
        assert status < 500, address
        seen += status == 200
        if tokens := [token for token in TOKENS if fold(token) in fold(text)]:
            found[address] = tokens
    assert found == {} and seen > 150

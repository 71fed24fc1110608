"""Who was forgotten stands in no page, list, file or feed of what sales gets back: neither their name nor what they said."""

import shutil
from contextlib import closing
from datetime import date

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from insights.forgetting import fold
from pipelines import comments, forget, signals
from pipelines.persons import Asked
from pipelines.settings import Settings
from pipelines.store import connect, themes

NOW = "2026-01-15T12:00:00+00:00"
ADDRESS = "sam.brennock@eskerlundtiles.example"
SAID = "too much money for a firm our size"  # in a mail that a colleague answered
TOKENS = ("sam brennock", "sam.brennock", SAID)  # others in the sample share the last name
PLACES = (
    "/answers?words=it is too expensive", "/api/v1/answers?words=it is too expensive", "/accounts", "/accounts/signals",
    "/api/v1/signals", "/api/v1/signals?format=csv", "/api/v1/signals/changes", "/reports/personas", "/reports/personas/operations",
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
        (theme,) = [one.id for one in themes.active(db, "objection") if one.name.startswith("Price")]
    client = TestClient(
        create_app(settings, today=lambda: date(2026, 1, 15), worker=False, clock=lambda: NOW),
        base_url="http://localhost",
    )
    return client, settings, theme


def told(client, place: str) -> list[str]:
    answer = client.get(place)
    assert answer.status_code == 200, place
    said = fold(answer.text)
    return [token for token in TOKENS if fold(token) in said]


def test_who_was_forgotten_is_in_no_list_of_what_sales_gets_back(site):
    client, settings, theme = site
    places = [one.format(theme=theme) for one in PLACES]
    before = {one: told(client, one) for one in places}
    # The walk would see them: where somebody stands now is where they could stay.
    assert sum(map(bool, before.values())) >= 5
    assert before[places[1]] and before["/comments"] and before[f"/api/v1/themes/{theme}/accounts"]
    with closing(connect(settings.database_file)) as db:
        forget.forget(db, Asked(ADDRESS), settings.home, confirmed=ADDRESS, now=lambda: NOW, actor="test")
    assert {one: found for one in places if (found := told(client, one))} == {}

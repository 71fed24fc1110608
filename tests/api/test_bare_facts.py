"""Conversations of which little is known, as many uploads bring them: no stage, outcome, persona, for some no day or account."""

import pytest

PAGES = (
    "/", "/plan", "/plan/1", "/quotes", "/reports/objections", "/reports/questions", "/reports/competitors",
    "/reports/competition", "/reports/outcomes", "/reports/voice", "/reports/material", "/reports/personas",
    "/reports/handover", "/shared", "/accounts", "/accounts/signals", "/review", "/uploads", "/themes", "/themes/1",
    "/collections", "/speakers", "/competitors", "/catalogue/personas", "/catalogue/stages",
)  # fmt: skip


@pytest.fixture
def little_known(db, filled):
    db.execute(
        """UPDATE conversations SET stage = '', outcome = '', persona = 'unknown', job_title = '',
        occurred_at = iif(rowid % 3 = 0, '', occurred_at), account = iif(rowid % 2, '', account)"""
    )


@pytest.mark.parametrize("filters", ["", "?persona=unknown", "?competitor=Nobody", "?voice=reported"])
def test_every_page_is_shown(client, little_known, filters):
    answers = {path: client.get(path + filters).status_code for path in PAGES}
    assert {path: status for path, status in answers.items() if status != 200} == {}

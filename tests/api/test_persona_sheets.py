"""Persona sheets: set against all others, de-identified, the same on the page and in every file."""

import json

import pytest

from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines.reports import sheets
from pipelines.store import conversations, insights
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle
from tests.api.conftest import NOW, TODAY

WHO = {"CFO": "finance", "Director of IT": "it_security"}


@pytest.fixture
def planted(db) -> int:
    """Of 60 finance people 30 object to the price, of 60 IT people 3; both ask as often where data is kept. The theme's id."""
    with db.atomic():
        price = ledger.create(db, "objection", NewTheme("Too expensive", "price"), now=NOW).theme
        data = ledger.create(db, "question", NewTheme("Where data is kept", "security"), now=NOW).theme
        members = {}
        for n in range(120):
            title, k = ("CFO", "Director of IT")[n % 2], n // 2
            told = [
                (
                    "objection",
                    price,
                    "Mira Holt of Ovenbird says the licence is too expensive",
                    k < (30 if n % 2 == 0 else 3),
                )
            ]
            told += [("question", data, "where is our data kept", k % 5 == 0)]
            text = ". ".join(["We met", *(words for _, _, words, there in told if there)])
            key = stable_id("sheet", n)
            turn = Utterance("Mira Holt", "buyer", "verbatim", text)
            one = Conversation(
                id=key, kind="call", title="Call", occurred_at="2026-03-01", account=f"Ovenbird {n}", contact="Mira Holt", job_title=title,
                utterances=(turn,),
            )  # fmt: skip
            settle.write(db, [one], settle.knowledge(db))
            (stored,) = conversations.utterances(db, key)
            found = []
            for kind, theme, words, there in told:
                if there:
                    start = text.index(words)
                    found.append((stored.id, text, Insight(kind, start, start + len(words), words, "price", 0.9)))
                    members[stable_id(stored.id, kind, start, start + len(words))] = (theme, 0.9)
            insights.replace(db, key, found)
        ledger.join(db, members, now=NOW)
    return price


def test_a_planted_difference_is_found_and_nothing_else(db, planted):
    found = sheets.compared(db, Filters(), today=TODAY).found
    told = {key: one.standing for key, one in found.items() if one.standing in ("more", "less")}
    assert told == {("finance", str(planted)): "more", ("it_security", str(planted)): "less"}


def test_a_sheet_says_what_sets_a_persona_apart_with_its_interval(client, db, planted):
    shown = client.get("/reports/personas/finance").text
    assert "More than others" in shown and "Heard more from them than from others: “Too expensive”" in shown
    line = client.get("/api/v1/reports/personas/finance").json()["lines"]["objection"][0]
    assert line["apart"]["change"]["low"] > 0.1 and line["apart"]["here"]["numerator"] >= 30


@pytest.mark.parametrize("format", ["html", "md", "csv", "pdf", "pptx"])
def test_a_sheet_leaves_in_every_format_and_names_nobody(client, planted, format):
    answer = client.get(f"/api/v1/reports/personas/finance?format={format}")
    assert answer.status_code == 200 and len(answer.content) > 300
    assert b"Mira Holt" not in answer.content and b"Ovenbird" not in answer.content


def test_where_no_pages_of_ours_are_known_that_is_said_once(client, planted):
    told = client.get("/api/v1/reports/personas/finance?format=md").text
    assert "What we have for them, and what not" in told and "No pages yet" not in told


def test_the_pages_quotes_are_masked_too_and_lead_to_their_source(client, planted):
    shown = client.get("/reports/personas/finance").text
    assert "Mira Holt" not in shown and "licence is too expensive" in shown and "/conversations/" in shown


def test_a_persona_of_few_conversations_is_not_judged(client, planted):
    view = client.get("/reports/personas/finance?since=2026-03-18", headers={"accept": "application/json"})
    if view.status_code == 200:
        assert {line["apart"]["standing"] for lines in view.json()["sheet"]["lines"].values() for line in lines} <= {
            "too few"
        }


def test_no_name_is_among_the_words_of_a_persona(db, planted):
    words = {one.term for one in sheets.sheet(db, Filters(), "finance", today=TODAY).terms}
    assert not {"mira", "holt"} & {part for term in words for part in term.split()}


def test_a_persona_that_there_is_not_is_not_found(client):
    assert client.get("/reports/personas/astronaut").status_code == 404
    assert json.loads(client.get("/api/v1/reports/personas/astronaut").text)["status"] == 404

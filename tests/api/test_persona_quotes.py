"""Quotes that are handed on say what they stand for: firm members, whole sentences, under their theme's name."""

import pytest

from insights import wording
from insights.records import Conversation, Insight, Utterance, stable_id
from insights.telling import telling
from pipelines.reports import sheets
from pipelines.store import conversations, insights
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle
from tests.api.conftest import NOW, TODAY


@pytest.fixture
def said(db):
    """A function that stores what finance people said: (the turn, the quote in it, how well it fits "Too expensive")."""

    def put(*rows: tuple[str, str, float], noted: int = 0) -> None:
        """The first `noted` of them stand in reps' notes."""
        with db.atomic():
            theme = ledger.create(db, "objection", NewTheme("Too expensive", "price"), now=NOW).theme
            members = {}
            for n, (text, words, fit) in enumerate(rows):
                key, start = stable_id("handed", n), text.index(words)
                turn = (
                    Utterance("", "seller", "reported", text) if n < noted else Utterance("", "buyer", "verbatim", text)
                )
                one = Conversation(
                    id=key, kind="note" if n < noted else "call", title="Call", occurred_at="2026-03-01", account=f"Firm {n}", job_title="CFO",
                    utterances=(turn,),
                )  # fmt: skip
                settle.write(db, [one], settle.knowledge(db))
                (turn,) = conversations.utterances(db, key)
                insights.replace(
                    db, key, [(turn.id, text, Insight("objection", start, start + len(words), words, "price", 0.9))]
                )
                members[stable_id(turn.id, "objection", start, start + len(words))] = (theme, fit)
            ledger.join(db, members, now=NOW)

    return put


def quoted(db) -> list[str]:
    sheet = sheets.sheet(db, Filters(), "finance", today=TODAY)
    return [quote.text for line in sheet.lines["objection"] for quote in line.quotes]


def test_a_loose_member_stands_on_no_persona_sheet(db, said):
    said(("Visitor parking is level minus two.", "Visitor parking is level minus two.", 0.08), ("It is too dear for us.", "It is too dear for us.", 0.8))  # fmt: skip
    assert quoted(db) == ["It is too dear for us."]


def test_a_quote_that_is_cut_is_shown_with_the_whole_of_its_sentence(db, said):
    said(("As I said over the counter, the cost centre has no line for it.", "counter, the cost centre has no line", 0.8))  # fmt: skip
    assert quoted(db) == ["As I said over the counter, the cost centre has no line for it."]


def test_a_piece_of_a_sentence_comes_only_where_there_is_no_whole_one(db, said):
    said(("they say it is too dear, and", "it is too dear", 0.9), ("It costs more than we have.", "It costs more than we have.", 0.5))  # fmt: skip
    assert quoted(db) == ["It costs more than we have."]


def test_what_they_said_themselves_comes_before_what_reps_noted_and_notes_are_called_so(client, db, said):
    rows = [
        (f"It is too dear for the {place}.", f"It is too dear for the {place}.", 0.9)
        for place in ("board", "bank", "team")
    ]
    said(*rows, ("they say it costs more than we have, and", "it costs more than we have", 0.5), noted=3)
    sheet = sheets.sheet(db, Filters(), "finance", today=TODAY)
    line = next(one for one in sheet.lines["objection"] if one.theme.name == "Too expensive")
    assert [quote.voice for quote in line.quotes] == ["verbatim", "reported"]
    for shown in (
        client.get("/reports/personas/finance").text,
        client.get("/api/v1/reports/personas/finance?format=md").text,
    ):
        own, noted = shown.index("Too expensive · in their words"), shown.index("Too expensive · as reps noted it")
        assert own < shown.index("costs more than we have") < noted < shown.index("too dear for the")


def test_in_files_each_themes_quotes_stand_under_its_name(client, db, said):
    said(("It costs more than we have.", "It costs more than we have.", 0.5))
    shown = client.get("/api/v1/reports/personas/finance?format=md").text
    assert shown.index("Too expensive · in their words") < shown.index("It costs more than we have")


@pytest.mark.parametrize(
    ("telling_more", "bare"),
    [
        ("She measures us against Acme and finds us ahead on expiry dates.", "Boyd runs Acme over there."),
        ("Acme wants two euros per user, which is half of yours.", "We had a demo of Acme on Monday."),
        ("We are leaving Acme because the scanners lose the connection.", "Acme, on the floor."),
    ],
)
def test_a_sentence_that_says_something_of_a_competitor_comes_before_its_bare_name(telling_more, bare):
    assert telling(telling_more) > telling(bare)


def test_what_needs_no_masking_comes_before_what_does(db, said):
    """A sheet is handed on: “[name] says” proves little to a stranger."""
    rows = [(text, text, 0.9) for text in ("Mira Holt says it is far too dear for the whole board.", "It is too dear for us.", "It costs more than we have.")]  # fmt: skip
    said(*rows)
    assert not [one for one in quoted(db) if "Mira" in one] and len(quoted(db)) == 2


def test_a_sheet_says_from_when_to_when_it_is_and_whether_that_is_everything(client, db, said):
    said(("It is too dear for us.", "It is too dear for us.", 0.8))
    (first, last) = db.execute("SELECT min(day), max(day) FROM conversations WHERE day <> ''").fetchone()
    days = f"from {wording.day(first)} to {wording.day(last)}."
    for address in ("/reports/personas/finance", "/api/v1/reports/personas/finance?format=md"):
        assert f"All conversations that are stored, {days}" in client.get(address).text
    some = client.get("/reports/personas/finance?channel=call").text
    assert "The conversations that match the filters, from " in some

"""What the pages are made of: representative quotes, facets, breakdowns, pieces of an utterance."""

from dataclasses import replace

from api.views.conversation import conversation, pieces
from pipelines.report import breakdown
from pipelines.store import insights
from pipelines.store.filters import Filters
from pipelines.themes.representatives import representatives

PRICE = Filters(kind="objection", label="price")


def test_representative_quotes_come_from_different_accounts_and_buyers_first(db, filled):
    found = representatives(db, PRICE, limit=10)
    assert len(found) == 10 == len({quote.account for quote in found})
    voices = [quote.voice for quote in found]
    assert voices == sorted(voices, reverse=True)


def test_a_page_of_facets_leaves_the_filter_on_the_facet_itself_aside(client):
    html = client.get("/quotes?stage=Demo").text
    assert 'stage=Demo%2CNegotiation#facets"' in html  # it can be ticked beside the other


def test_a_breakdown_counts_every_conversation_of_the_window_once(db, filled, report):
    rates = dict(breakdown(db, Filters(theme="1"), by="stage", period=report.current))
    row = next(row for row in report.rows if row.theme_id == 1)
    assert sum(rate.numerator for rate in rates.values()) == row.trend.current.numerator
    assert sum(rate.denominator for rate in rates.values()) == row.trend.current.denominator


def test_a_breakdown_names_values_in_which_nothing_was_heard(db, filled, report):
    db.execute("UPDATE conversations SET stage = 'Renewal' WHERE id NOT IN (SELECT conversation_id FROM insights)")
    rates = dict(breakdown(db, Filters(theme="1"), by="stage", period=report.current))
    assert rates["Renewal"].numerator == 0 < rates["Renewal"].denominator


def test_pieces_put_together_are_the_utterance(db, filled):
    for quote in insights.quotes(db, Filters(), limit=50):
        for said in conversation(db, quote.conversation_id).said:
            assert "".join(piece.text for piece in said.pieces) == said.utterance.text


def test_overlapping_quotes_are_cut_at_every_border(db, filled):
    first, second = insights.quotes(db, Filters(), limit=2)
    text = "We use Beacon because it is cheap."
    one, two = replace(first, start=0, end=33), replace(second, start=7, end=13)
    cut = pieces(text, [one, two])
    assert [(piece.text, len(piece.quotes)) for piece in cut] == [
        ("We use ", 1),
        ("Beacon", 2),
        (" because it is cheap", 1),
        (".", 0),
    ]


def test_a_busy_database_asks_to_come_back(client, db, monkeypatch):
    monkeypatch.setattr("pipelines.store.BUSY_TIMEOUT_MS", 50)
    with db.atomic():
        answer = client.patch("/api/v1/themes/1", json={"name": "Other"})
    assert answer.status_code == 503 and answer.headers["retry-after"] == "2"

"""The report on our own material: page, interface and files."""

from datetime import date

import pytest

from insights.once import boilerplate
from insights.records import Conversation, Utterance, stable_id
from pipelines.reports.material import material_report
from pipelines.store import passages
from pipelines.store.filters import Filters
from pipelines.uploads import settle

TODAY = date(2026, 3, 20)
SEEN = "I watched your webinar last week, it was really helpful."
GAP = "Nobody told us that there is an API."


@pytest.fixture
def spoken(db):
    """Two conversations of two accounts: one names our webinar, one shows a gap."""
    for n, text in enumerate((SEEN, GAP)):
        item = Conversation(
            id=stable_id("material", n), kind="call", title="", occurred_at="2026-03-01", account=f"Firm {n}",
            utterances=(Utterance("Dana", "buyer", "verbatim", text),),
        )  # fmt: skip
        with db.atomic():
            settle.write(db, [item], settle.knowledge(db))
    return db


def test_mentions_and_gaps_are_counted_by_conversation(spoken):
    report = material_report(spoken, Filters(), today=TODAY)

    (item,) = report.items
    assert (item.kind, item.rate.numerator, item.rate.denominator, item.by_buyers) == ("webinar", 1, 2, 1)
    assert item.said == (("found it useful", 1),)
    (gap,) = report.gaps
    assert (gap.kind, gap.conversations, gap.found[0].text) == ("not told", 1, GAP)


def test_every_stretch_is_verbatim(spoken):
    report = material_report(spoken, Filters(), today=TODAY)

    texts = {
        row["conversation_id"]: row["text"] for row in spoken.query("SELECT conversation_id, text FROM utterances")
    }
    found = [*report.found, *(f for group in report.gaps for f in group.found)]
    assert found and all(texts[f.conversation][f.start : f.end] == f.text for f in found)


def test_what_stands_under_every_mail_is_not_counted(spoken):
    before = material_report(spoken, Filters(), today=TODAY)
    hashes = frozenset(p.hash for p in boilerplate.passages(SEEN, names=("Firm 0",)))
    with spoken.atomic():
        passages.replace_known(spoken, hashes)

    assert before.items and not material_report(spoken, Filters(), today=TODAY).items


def test_a_name_in_what_material_is_called_is_covered(db, covered_client):
    text = "I watched your Marcus Trelleborg webinar last week and read your Pricing guide, both really helpful."
    item = Conversation(
        id=stable_id("material", "guest"), kind="call", title="", occurred_at="2026-03-01", account="Firm 2",
        contact="Marcus Trelleborg", utterances=(Utterance("Dana", "buyer", "verbatim", text),),
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [item], settle.knowledge(db))
    (named,) = {one.name for one in material_report(db, Filters(), today=TODAY).named if "Trelleborg" in one.name}

    for address in ("/reports/material", "/api/v1/reports/material", "/api/v1/reports/material?format=csv"):
        told = covered_client.get(address).text
        assert "webinar" in told.casefold() and not {word for word in named.split() if word in told}


def test_a_filter_on_the_account_narrows_both_sides(spoken):
    report = material_report(spoken, Filters(account="Firm 1"), today=TODAY)

    assert (report.conversations, report.items, report.gap_rate.numerator) == (1, (), 1)


def test_the_page_and_the_interface_say_the_same(spoken, empty_client):
    html = empty_client.get("/reports/material").text

    assert "really helpful" in html and "Nobody told us" in html
    found = empty_client.get("/api/v1/reports/material").json()
    assert found["items"][0]["rate"]["numerator"] == 1


@pytest.mark.parametrize("format", ["csv", "xlsx", "pptx", "pdf", "md", "html", "json"])
def test_every_format_is_offered(spoken, empty_client, format):
    assert empty_client.get(f"/api/v1/reports/material?format={format}").status_code == 200


def test_without_conversations_the_page_says_what_to_do(empty_client):
    assert "/uploads" in empty_client.get("/reports/material").text


def test_without_a_mention_the_page_says_what_was_looked_for(client):
    assert "Nobody has named our material yet" in client.get("/reports/material").text

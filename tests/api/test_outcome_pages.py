"""The pages of outcomes and voice, and the same figures over HTTP."""

import re
from html import unescape

import pytest

from api.exports import FORMATS


@pytest.mark.parametrize("path", ["/reports/outcomes", "/reports/voice", "/reports/voice?by=label&kind=competitor"])
def test_a_page_shows_what_the_interface_says(client, path):
    html = client.get(path).text

    assert "In short" in html
    row = client.get(f"/api/v1{path}").json()["rows"][0]
    shown = row["association"]["with_it"] if "association" in row else row["contrast"]["notes"]
    assert f"{shown['numerator']} of {shown['denominator']}" in html


@pytest.mark.parametrize("path", ["/reports/outcomes", "/reports/voice"])
def test_an_empty_database_says_what_to_do(empty_client, path):
    answer = empty_client.get(path)

    assert answer.status_code == 200
    assert "/uploads" in answer.text


@pytest.mark.parametrize("path", ["/reports/outcomes", "/reports/voice"])
@pytest.mark.parametrize("kind", ["objection", "question", "competitor"])
def test_a_filter_that_matches_nothing_is_a_page(client, path, kind):
    assert client.get(f"{path}?kind={kind}&account=Nobody").status_code == 200


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("path", ["outcomes", "voice"])
def test_every_format_is_offered(client, path, format):
    answer = client.get(f"/api/v1/reports/{path}?format={format}")

    assert answer.status_code == 200
    assert answer.content


def test_deals_without_an_outcome_say_which_column_is_missing(client, db):
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = ''")

    html = client.get("/reports/outcomes").text

    assert "No deal is known to be won or lost" in html


def test_notes_alone_say_that_one_voice_is_missing(client, db):
    with db.atomic():
        db.execute("UPDATE conversations SET kind = 'note'")
        db.execute("UPDATE utterances SET voice = 'reported'")

    assert "Only one voice is here" in client.get("/reports/voice").text


def test_a_kind_that_is_none_is_refused(client):
    assert client.get("/api/v1/reports/outcomes?kind=weather").status_code == 422


@pytest.mark.parametrize("page", ["/reports/outcomes", "/plan", "/reports/outcomes?persona=finance"])
def test_a_figure_of_lost_deals_opens_just_these_deals(client, db, page):
    # A CRM's own words for it: no filter on "lost" would find them.
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = 'Closed Lost' WHERE outcome = 'lost'")

    links = re.findall(
        r'href="(/reports/outcomes/quotes[^"]*)">(?:<span class="share">[^<]*</span> <span class="of">)?(\d+)',
        client.get(page).text,
    )

    assert links
    for address, figure in links:
        lead = re.search(
            r'class="lead">(\d+) of \d+ closed deals? that carry it were lost: \d+ quotes?',
            client.get(unescape(address)).text,
        )
        assert lead.group(1) == figure


def test_lost_deals_of_a_theme_that_is_none_are_not_found(client):
    assert client.get("/reports/outcomes/quotes?theme=999").status_code == 404
    assert client.get("/reports/outcomes/quotes").status_code == 404


def test_the_quotes_of_lost_deals_can_be_picked_and_taken_along(client):
    address = unescape(re.search(r'href="(/reports/outcomes/quotes[^"]*)"', client.get("/reports/outcomes").text)[1])
    page = client.get(address).text
    shown = re.findall(r'data-quote="(\w+)"', page)
    assert shown and re.findall(r'name="quote" value="(\w+)" form="picks"', page) == shown

    told = client.get(f"/api/v1{address}&format=csv").text
    assert told.count("\n") == len(shown) + 1 and "Account " not in told
    assert client.get("/api/v1/reports/outcomes/quotes?theme=999").status_code == 404

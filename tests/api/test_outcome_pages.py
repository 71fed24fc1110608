"""The pages of outcomes and voice, and the same figures over HTTP."""

import pytest

FORMATS = ("csv", "xlsx", "pptx", "pdf", "md", "html", "json")


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

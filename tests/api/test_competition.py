"""The competition report at its doors: page, quotes behind figures, JSON and files, terminal."""

import csv
import html
import io
import re

import pytest

from insights.records import Company, Competitor
from pipelines.store import company
from tests.api.conftest import RIVAL

PAGE, JSON = "/reports/competition", "/api/v1/reports/competitors"


@pytest.fixture
def listed(db, client):
    company.add(db, Company(competitors=(Competitor(RIVAL),)))
    return client


def links(page: str, part: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="([^"]+)"', page) if part in one]


def test_an_empty_database_says_what_to_do(empty_client):
    answer = empty_client.get(PAGE)
    assert answer.status_code == 200
    assert "Upload files" in answer.text


def test_a_filter_that_matches_nothing_offers_to_clear_it(listed):
    answer = listed.get(PAGE, params={"account": "Nobody"})
    assert answer.status_code == 200
    assert "Nothing matches these filters" in answer.text


def test_conversations_without_a_rival_lead_to_the_catalogue(db, listed):
    db.execute("DELETE FROM insights WHERE kind = 'competitor'")
    answer = listed.get(PAGE)
    assert "No rival is named here yet" in answer.text and 'href="/competitors' in answer.text


def test_without_a_catalogue_the_page_says_that_names_stand_in_for_it(client):
    assert "catalogue of competitors is empty" in client.get(PAGE).text


def test_the_page_tells_one_story_from_who_is_there_to_what_to_do(listed):
    page = listed.get(PAGE).text
    steps = ["In short", "What to do next", "Who is named", "How it moves", "When it comes up", "Where we win and lose"]
    places = [page.index(step) for step in steps if step in page]
    assert places == sorted(places) and len(places) >= 5


def test_the_chart_over_time_is_headed_by_what_it_plots_on_the_page_and_in_files(listed):
    """It plots the share of all conversations; the share of voice is a column of the table beneath."""
    heading = "Who is named: share of all conversations"
    assert f'<h2 id="voice">{heading}</h2>' in listed.get(PAGE).text
    written = listed.get(f"{JSON}?format=md").text
    assert f"## {heading}" in written and not re.search("^#.*share of voice", written, re.I | re.M)


def test_every_figure_of_the_page_opens(listed):
    page = listed.get(PAGE).text
    opened = {one: listed.get(one).status_code for one in {*links(page, "cell="), *links(page, "/quotes?")}}
    assert len(opened) > 5
    assert set(opened.values()) == {200}


def test_a_share_of_voice_links_to_as_many_conversations_as_it_counts(listed):
    page = listed.get(PAGE).text
    value = listed.get(JSON).json()
    (row,) = (v for v in value["voices"] if v["name"] == RIVAL)
    (link, *_) = (one for one in links(page, "/quotes?") if f"since={value['time']['current']['start']}" in one)
    shown = re.sub(r"<[^>]+>", "", listed.get(link).text)
    assert f"{row['voice']['numerator']} conversations" in " ".join(shown.split())


def test_a_cell_shows_the_quotes_that_its_evidence_names(listed):
    value = listed.get(JSON).json()
    key = value["wins"][0]["lost_key"]
    page = listed.get(f"{PAGE}/quotes", params={"cell": key}).text
    shown = re.findall(r'<article class="quote" id="q-([0-9a-f]+)"', page)
    assert sorted(shown) == sorted(value["evidence"][key])


def test_a_cell_counts_its_accounts_for_who_may_not_see_their_names_too(db, listed, covered_client):
    key, ids = max(
        covered_client.get(JSON, headers={"accept": "application/json"}).json()["evidence"].items(),
        key=lambda one: len(one[1]),
    )
    sql = f"""SELECT count(DISTINCT conversation_id) AS talks, count(DISTINCT account_key) AS accounts FROM insights i
        JOIN conversations c ON c.id = i.conversation_id WHERE i.id IN ({",".join("?" * len(ids))})"""
    (counted,) = db.query(sql, ids)
    lead = re.search(r'class="lead">([^<]+)', covered_client.get(f"{PAGE}/quotes", params={"cell": key}).text)[1]
    assert counted["accounts"] < counted["talks"]
    assert f"in {counted['talks']} conversations with {counted['accounts']} accounts." in lead


def test_objections_beside_a_rival_and_elsewhere_open_the_conversations_that_they_count(db, listed):
    value = listed.get(JSON).json()
    assert value["together"]
    for pair in value["together"]:
        sides = [(pair["found"]["with_rival"], pair["key"]), (pair["found"]["without"], pair["without_key"])]
        for counted, key in sides:
            ids = value["evidence"][key]
            said = db.query(
                f"SELECT label, conversation_id FROM insights WHERE id IN ({','.join('?' * len(ids))})", ids
            )
            found = {(row["label"], row["conversation_id"]) for row in said}
            assert {label for label, _ in found} <= {pair["found"]["label"]} and len(found) == counted["numerator"]
        assert pair["held"] <= pair["quotes"] == len(value["evidence"][pair["key"]])


def test_a_figure_that_is_not_there_is_not_found(listed):
    assert listed.get(f"{PAGE}/quotes", params={"cell": "state~Nobody~incumbent"}).status_code == 404


def test_the_wins_are_those_that_sql_counts(db, listed):
    sql = """SELECT c.account_key AS deal, c.day, c.outcome FROM conversations c WHERE c.outcome IN ('won', 'lost') AND c.account_key IN
        (SELECT c.account_key FROM conversations c JOIN insights i ON i.conversation_id = c.id WHERE i.name = ?) ORDER BY c.day"""
    last = {row["deal"]: row["outcome"] for row in db.query(sql, [RIVAL])}
    (wins,) = listed.get(JSON).json()["wins"]
    counted = [list(last.values()).count(said) for said in ("won", "lost")]
    assert [wins["rate"]["won"], wins["rate"]["lost"]] == counted and sum(counted)


@pytest.mark.parametrize("format", ["csv", "xlsx", "pptx", "pdf", "md", "html"])
def test_the_report_is_written_in_every_format(listed, format):
    answer = listed.get(JSON, params={"format": format})
    assert answer.status_code == 200
    assert f".{format}" in answer.headers["content-disposition"]


def test_the_tables_and_the_json_say_the_same(listed):
    value = listed.get(JSON).json()
    text = listed.get(JSON, params={"format": "csv", "table": "flows"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["Deals"]) for row in rows] == [flow["deals"] for flow in value["flows"]]


def test_a_table_that_is_not_there_is_named(listed):
    answer = listed.get(JSON, params={"format": "csv", "table": "nothing"})
    assert answer.status_code == 422 and "voice" in answer.json()["detail"]


def test_an_empty_database_has_no_report_to_give(empty_client):
    assert empty_client.get(JSON).status_code == 404


@pytest.mark.parametrize(
    "params",
    [{"stage": "Demo"}, {"persona": "finance"}, {"voice": "verbatim"}, {"segment": "enterprise"}, {"outcome": "won"},
     {"since": "2026-01-01"}, {"until": "2025-12-01"}, {"published": "2026-03-20"}, {"competitor": RIVAL}, {"days": "30"},
     {"step": "week"}, {"since": "2026-03-19"}, {"kind": "objection"}],
)  # fmt: skip
def test_the_page_takes_every_filter(listed, params):
    page = listed.get(PAGE, params=params)
    assert page.status_code == 200
    assert {listed.get(one).status_code for one in links(page.text, "cell=")} <= {200}


def test_a_name_with_markup_is_text(db, listed):
    odd = "<script>alert(1)</script>"
    company.add(db, Company(competitors=(Competitor(odd),)))
    db.execute("UPDATE insights SET name = ? WHERE name = ?", [odd, RIVAL])
    page = listed.get(PAGE).text
    assert odd not in page and html.escape(odd) in page


def test_the_terminal_tells_the_story_and_writes_files(parley, tmp_path):
    assert parley("competition").returncode == 1
    (tmp_path / "notes.csv").write_text(
        "id,date,account,text\n1,2026-01-05,Arlo,Today we use spreadsheets for all of it and that is fine for us.\n"
    )
    assert parley("ingest", "notes.csv").returncode == 0
    assert parley("mine").returncode == 0
    told = parley("competition")
    assert told.returncode == 0
    assert "no deal says" in told.stdout.lower()
    assert parley("competition", "--format", "xlsx", "-o", "c.xlsx").returncode == 0
    assert (tmp_path / "c.xlsx").stat().st_size > 1000


def test_win_rates_say_of_what_time_they_are(listed):
    told = listed.get(JSON).json()
    days = [re.search(r"from (\d+ \w+ \d{4}) to (\d+ \w+ \d{4}), not of the two windows alone", text)[0] for text in (
        listed.get(PAGE).text, listed.get(JSON, params={"format": "md"}).text,
    )]  # fmt: skip
    assert days[0] == days[1] and told["first"] < told["last"]


def test_the_quotes_behind_a_figure_can_be_picked_and_taken_along(listed):
    address = links(listed.get(PAGE).text, "cell=")[0]
    page = listed.get(address).text
    shown = re.findall(r'data-quote="(\w+)"', page)
    assert re.findall(r'name="quote" value="(\w+)" form="picks"', page) == shown and 'action="/collections/add"' in page
    query = address.partition("?")[2]
    rows = list(csv.DictReader(io.StringIO(listed.get(f"{JSON}/quotes?{query}&format=csv").text.lstrip("\ufeff"))))
    assert len(rows) == len(shown) and all("Dana" not in row["Quote"] for row in rows)
    assert listed.get(f"{JSON}/quotes?cell=none").status_code == 404

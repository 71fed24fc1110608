"""Where new users stumbled: one page says less, more, or other than another, or a figure is not explained where it stands."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines.store import conversations, insights
from pipelines.store.filters import Filters
from pipelines.uploads import settle
from tests.api.conftest import RIVAL, TODAY, fill, serve

HALF = "2025-09-19"  # the current window of 182 days begins here
PAGE = {"Accept": "text/html"}


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def split(settings, db) -> Iterator[TestClient]:
    """A company in which a theme rises in one segment and falls in the other, so that nothing moves as a whole."""
    fill(db, count=240)
    db.execute(
        """DELETE FROM theme_members WHERE theme_id = 3 AND insight_id IN (SELECT i.id FROM insights i
        JOIN conversations c ON c.id = i.conversation_id JOIN conversation_fields f ON f.conversation_id = c.id
        WHERE f.name = 'segment' AND c.row % 5 AND ((f.value = 'mid-market') = (c.day < ?)))""",
        [HALF],
    )
    db.conn.commit()
    with serve(settings) as client:
        yield client


def test_the_plan_tells_what_rises_in_one_segment_as_the_overview_does(split):
    overview, plan = text(split.get("/").text), text(split.get("/plan").text)
    (of,) = set(re.findall(r"“Where data is kept” \(in mid-market\) rose from (\d+ of \d+)", overview))
    assert f"Rising in mid-market, from {of}" in plan
    (line,) = [one for one in split.get("/api/v1/plan").json()["items"] if one["theme"] == "Where data is kept"]
    assert {(part["value"], part["verdict"]) for part in line["segments"]} == {
        ("mid-market", "rising"),
        ("enterprise", "falling"),
    }
    assert "rising in mid-market" in split.get("/api/v1/plan?format=csv").text


def test_a_change_in_one_segment_alone_is_not_in_the_score(split):
    (line,) = [one for one in split.get("/api/v1/plan").json()["items"] if one["theme"] == "Where data is kept"]
    assert next(part["factor"] for part in line["score"]["parts"] if part["name"] == "Trend") == 1.0


def test_every_theme_of_the_overview_is_counted_once(split):
    page = split.get("/").text
    told = len(set(re.findall(r'<h2><a href="/themes/(\d+)', page)))
    few = re.findall(r"<summary>(\d+) themes? with too little", page)
    steady = re.findall(r"(\d+) (?:other )?themes? held steady", page)
    alone = re.findall(r"(?<=[:,] )<a href=\"/themes/\d+", page.partition("not once all kinds")[2])
    assert told + sum(map(int, few + steady)) + len(alone) == 4


def test_the_score_is_explained_beside_its_head_and_in_the_entry(client):
    page = client.get("/plan").text
    assert re.search(r'<th scope="col" class="num">Score <button[^>]*popovertarget="term-score"', page)
    first = client.get("/api/v1/plan").json()["items"][0]
    shown = text(page)
    assert "Why this is on top" in shown
    for part in first["score"]["parts"]:
        assert re.search(rf"{part['name']} [× \d.]+ {re.escape(' '.join(part['words'].split()))}", shown)
    # What explains a row stands in a row of its own: opening it moves none of the figures.
    assert "<details" not in re.search(r'<tr class="led">(.*?)</tr>', page, re.S)[1]


def test_the_header_says_of_which_conversations_shares_are(telling):
    page = text(telling.get("/").text)
    row = telling.get("/api/v1/reports/trends?kind=objection").json()["rows"][0]
    now, before = row["current"]["denominator"], row["previous"]["denominator"]
    assert f"{now} conversations now, {before} before." in page
    assert f"{now} conversations now, {before} before." in text(telling.get("/reports/objections").text)


def test_conversations_in_neither_window_are_named_with_why(client):
    page = text(client.get("/reports/objections?days=30").text)
    assert re.search(
        r"\d+ conversations are from before \d+ \w+ \d{4}: they are in the charts, and in no share\.", page
    )


def test_a_quote_on_the_overview_names_no_company_and_copies_masked(telling):
    (change, *_) = re.findall(r'<article class="change.*?</article>', telling.get("/").text, re.S)
    assert "data-take=" in change and not re.search(r"Account \d\d", text(change))


def test_a_doubt_is_told_once(telling):
    for change in re.findall(r'<article class="change.*?</article>', telling.get("/").text, re.S):
        for doubt in re.findall(r"Mind: ([^.]+)\.", text(change)):
            assert text(change).count(doubt) == 1


@pytest.fixture
def telling(settings, db) -> Iterator[TestClient]:
    fill(db, count=240)
    with serve(settings) as client:
        yield client


def named(db, n: int, role: str, voice: str, label: str, words: str) -> str:
    item = Conversation(
        stable_id("named", n), "note" if voice == "reported" else "call", "", "2026-03-01", (Utterance("Dana Hill", role, voice, words),),
        account=f"Firm {n}",
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [item], settle.knowledge(db))
        db.execute("UPDATE utterances SET role = ? WHERE conversation_id = ?", [role, item.id])
        (turn,) = conversations.utterances(db, item.id)
        at = words.index(RIVAL)
        insights.replace(
            db, item.id, [(turn.id, words, Insight("competitor", at, at + len(RIVAL), RIVAL, label, 0.9, RIVAL))]
        )
    return next(db.query("SELECT id FROM insights WHERE conversation_id = ?", [item.id]))["id"]


def test_a_competitor_is_quoted_by_who_has_to_do_with_it_before_who_heard_of_it(db):
    noted = named(db, 1, "seller", "reported", "evaluating", "They also try Beacon now.")
    heard = named(db, 2, "buyer", "verbatim", "mention", "Somebody named Beacon at church.")
    said = named(db, 3, "seller", "verbatim", "evaluating", "So you are trying Beacon too.")
    has = named(db, 4, "buyer", "verbatim", "evaluating", "We have a quote from Beacon as well.")
    assert insights.surest(db, Filters(kind="competitor"), limit=4) == [has, heard, said, noted]


def test_ways_to_do_without_a_vendor_stand_apart_from_companies(settings, db):
    fill(db)
    db.execute("UPDATE themes SET name = 'spreadsheets' WHERE id = 4")
    db.conn.commit()
    with serve(settings) as client:
        for path in ("/", "/themes", "/reports/competitors"):
            page = text(client.get(path, headers=PAGE).text)
            assert re.search(r"No other vendor: spreadsheets, in-house, doing nothing .*spreadsheets", page), path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/plan",
        "/quotes",
        "/themes/1",
        "/reports/objections",
        "/api/v1/plan",
        "/static/parley.css",
        "/healthz",
        "/themes/999",
    ],
)
def test_head_answers_as_get_does_without_a_body(client, path):
    got, asked = client.get(path, headers=PAGE), client.head(path, headers=PAGE)
    assert asked.status_code == got.status_code and not asked.content
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.headers.get("content-security-policy") == got.headers.get("content-security-policy")


def test_head_is_refused_where_only_a_change_is_answered(client):
    assert client.head("/trackers/preview").status_code == client.get("/trackers/preview").status_code


def test_facets_that_newcomers_mix_up_are_explained_and_labels_stand_under_their_kind(client):
    page = client.get("/quotes", headers=PAGE).text
    facets = page[page.index('<aside id="facets"') :]
    for name in ("kind", "label", "theme"):
        assert f'popovertarget="term-{name}"' in facets and f'id="term-{name}"' in page
    (labels,) = re.findall(r"<h2>Label.*?</section>", facets, re.S)
    assert re.search(r"Objections .*Price .*Questions .*Security", text(labels))


MIXED = (
    b"Account,Date,Notes\n"
    b"Acme,02/03/2026,They said it is too expensive for them this year.\n"
    b"Bolt,14/03/2026,They asked where the data is kept and who reads it.\n"
)


def test_the_check_page_tells_how_dates_that_could_be_either_are_read(client):
    page = client.post(
        "/uploads", files=[("files", ("n.csv", MIXED, "text/csv"))], data={"action": "check"}, headers=PAGE
    )
    told = text(page.text)
    assert "How are dates such as 02/03/2026 meant?" in told and "As the file tells: day first" in told
    assert "2 Mar 2026" in told
    other = client.post(page.url.path, data={"action": "check", "date_order": "mdy"}, headers=PAGE)
    assert "3 Feb 2026" in text(other.text) and "Read as you said" in text(other.text)


@pytest.mark.parametrize(
    ("age", "told"),
    [(0, ""), (60, "The last conversation is of 12 Jan 2026, 2 months ago, the last upload on 20 Mar 2026")],
)
def test_the_overview_tells_how_old_the_data_are_when_it_matters(settings, db, age, told):
    fill(db, today=TODAY - timedelta(days=age))
    with serve(settings) as client:
        page = text(client.get("/").text)
    assert told in page and ("The last conversation is of" in page) == bool(told)


GROUPS = "this=segment:enterprise&that=segment:mid-market"


@pytest.mark.parametrize("format", ["csv", "md", "html", "xlsx", "pptx"])
def test_two_groups_side_by_side_are_in_the_export_of_the_report(client, format):
    answer = client.get(
        f"/api/v1/reports/trends?kind=objection&{GROUPS}&format={format}" + ("&table=groups" if format == "csv" else "")
    )
    assert answer.status_code == 200
    if format in ("csv", "md", "html"):
        assert "mid-market" in answer.text and "Difference" in answer.text


def test_the_page_s_export_holds_the_groups_that_it_shows(client):
    page = unescape(client.get(f"/reports/objections?{GROUPS}", headers=PAGE).text)
    assert re.search(r'href="/api/v1/reports/trends\?[^"]*this=segment%3Aenterprise[^"]*format=xlsx', page)
    assert (
        client.get("/api/v1/reports/trends?kind=objection&this=segment:enterprise&that=stage:Demo").status_code == 422
    )


@pytest.mark.parametrize("address", ["/reports/anything", "/themes/abc", "/collections/abc", "/reports/saved/xx"])
def test_an_address_that_leads_nowhere_is_not_found(client, address):
    page = client.get(address, headers={"accept": "text/html"})
    assert page.status_code == 404 and "There is nothing at this address." in text(page.text)
    assert client.get("/reports/objections?step=decade").status_code == 422
    assert client.get("/api/v1/themes/abc").status_code == 422

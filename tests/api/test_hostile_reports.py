"""What people and programs may type into the addresses of reports, and values nobody would choose."""

import pytest
from starlette.testclient import TestClient

REPORTS = ("trends", "competitors", "outcomes", "voice", "material")


@pytest.mark.parametrize("table", ["‮abc", "a\r\nX-Other: 1", 'x".exe'])
def test_a_table_that_is_no_name_of_ours_never_reaches_the_name_of_a_file(client: TestClient, table: str):
    answer = client.get("/api/v1/plan", params={"format": "md", "table": table})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="parley-')
    assert answer.headers["content-disposition"].endswith('.md"')
    assert table not in answer.headers["content-disposition"]


@pytest.mark.parametrize("report", REPORTS)
def test_a_table_that_a_report_lacks_is_told_with_those_it_has(client: TestClient, report: str):
    by = {"kind": "objection"} if report == "trends" else {}
    answer = client.get(f"/api/v1/reports/{report}", params={"format": "csv", "table": "‮abc", **by})
    assert answer.status_code == 422
    assert "has" in answer.json()["detail"]


def test_an_own_field_called_period_is_cut_like_any_other(client: TestClient, db):
    with db.atomic():
        db.execute(
            "INSERT INTO conversation_fields (conversation_id, name, value) SELECT id, 'period', 'H1' FROM conversations"
        )
    page = client.get("/reports/objections", params={"by": "period"})
    assert page.status_code == 200
    assert "H1" in page.text


@pytest.mark.parametrize("by", ["period", "nonsense", "a\x00b", "since"])
def test_a_cut_by_what_is_no_field_says_which_fields_there_are(client: TestClient, by: str):
    page = client.get("/reports/objections", params={"by": by})
    assert page.status_code == 422
    assert "persona" in page.text
    assert "\x00" not in page.text


@pytest.mark.parametrize("address", ["//[", "http://[x/reports/objections"])
def test_an_address_that_is_none_is_refused_when_saving(client: TestClient, address: str):
    answer = client.post("/api/v1/saved", json={"address": address, "title": "x"})
    assert answer.status_code == 422
    assert client.post("/reports/saved", data={"address": address, "title": "x"}).status_code == 422


def test_an_address_too_long_to_be_kept_whole_is_refused_not_cut(client: TestClient):
    address = "/reports/objections?" + "&".join(f"stage=s{n}" for n in range(800))
    answer = client.post("/reports/saved", data={"address": address, "title": "x"})
    assert answer.status_code == 422
    assert "4,000" in answer.text


@pytest.mark.parametrize("title", ["\x00", "\x07\x1b", "‮"])
def test_a_title_of_which_nothing_can_be_seen_is_no_title(client: TestClient, title: str):
    answer = client.post("/api/v1/saved", json={"address": "/plan", "title": title})
    assert answer.status_code == 422


def test_control_characters_leave_a_title_and_a_note(client: TestClient):
    body = {"address": "/plan", "title": "March\x00 deck", "note": "one\n\x07two"}
    made = client.post("/api/v1/saved", json=body).json()
    assert (made["title"], made["note"]) == ("March deck", "one\ntwo")


def test_nothing_to_save_says_that_there_may_be_no_theme_yet(client: TestClient):
    answer = client.post("/api/v1/saved", json={"address": "/reports/trackers", "title": "x"})
    assert answer.status_code == 404
    assert "no theme or tracker" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["theme", "since", "path", "params", "persona", "format", "after"])
def test_an_own_field_called_like_a_parameter_breaks_no_page(client: TestClient, db, name: str):
    with db.atomic():
        db.execute(
            "INSERT INTO conversation_fields (conversation_id, name, value) SELECT id, ?, 'H1' FROM conversations",
            [name],
        )
    assert client.get("/reports/objections", params={"by": name}).status_code == 200
    assert client.get("/reports/objections", params={name: "H1"}).status_code in (200, 422)


def test_a_figure_of_an_own_field_called_like_a_filter_is_no_link_to_something_else(client: TestClient, db):
    with db.atomic():
        db.execute(
            "INSERT INTO conversation_fields (conversation_id, name, value) SELECT id, 'theme', '7' FROM conversations"
        )
    page = client.get("/reports/objections", params={"by": "theme"}).text
    assert "theme=7" not in page

"""The HTTP interface: lists, filters, problems, themes."""

import pytest

from api.deps import FILTER_NAMES
from api.errors import Problem


def items(client, path: str) -> list[dict]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_every_quote_is_its_utterance_between_its_offsets(client):
    for insight in items(client, "/api/v1/insights?limit=200"):
        conversation = client.get(f"/api/v1/conversations/{insight['conversation_id']}").json()
        text = next(u["text"] for u in conversation["utterances"] if u["id"] == insight["utterance_id"])
        assert text[insight["start"] : insight["end"]] == insight["text"]


def test_following_next_gives_every_row_once(client):
    seen, after = [], ""
    while after is not None:
        answer = client.get("/api/v1/insights", params={"limit": 7, "after": after}).json()
        seen += [item["id"] for item in answer["items"]]
        after = answer["next"]
    whole = [item["id"] for item in items(client, "/api/v1/insights?limit=200")]
    assert seen == whole and len(set(seen)) == len(seen) > 50


def test_quotes_are_the_same_rows_for_reading(client):
    quote, insight = items(client, "/api/v1/quotes?limit=1")[0], items(client, "/api/v1/insights?limit=1")[0]
    assert (quote["id"], quote["text"]) == (insight["id"], insight["text"])
    assert insight["account"] in quote["source"]
    assert client.get(quote["context"].split("#")[0]).status_code == 200


def test_an_own_column_of_the_upload_is_a_filter(client):
    found = items(client, "/api/v1/insights?segment=mid-market&limit=200")
    everything = items(client, "/api/v1/insights?limit=200")
    assert 0 < len(found) < len(everything)


def test_a_filter_takes_several_values(client):
    several = items(client, "/api/v1/insights?stage=Demo&stage=Discovery&limit=200")
    assert {i["stage"] for i in several} == {"Demo", "Discovery"}
    assert several == items(client, "/api/v1/insights?stage=Demo,Discovery&limit=200")


def test_an_unknown_parameter_is_refused_with_the_known_ones(client):
    answer = client.get("/api/v1/insights?sgment=mid-market")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["name"] == "sgment"
    assert "segment" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/insights?since=2026-02-30", 422),
        ("/insights?since=yesterday", 422),
        ("/insights?until=20260101", 422),
        ("/insights?since=2026-03-01&until=2026-01-01", 422),
        ("/insights?after=1", 422),
        ("/insights?limit=0", 422),
        ("/insights?limit=many", 422),
        ("/insights?theme=price", 422),
        ("/insights/0123456789abcdef", 404),
        ("/conversations/nothing", 404),
        ("/themes/99", 404),
        ("/themes/0", 422),
        ("/themes/9999999999999999999999", 422),
        ("/themes?after=x", 422),
        ("/batches/99", 404),
        ("/batches/99/problems", 404),
        ("/jobs/99", 404),
        ("/search", 422),
        ("/search?q=", 422),
        ("/search?q=,", 422),
        ("/reports/trends", 422),
        ("/reports/trends?kind=hope", 422),
        ("/reports/trends?kind=objection&step=decade", 422),
        ("/reports/trends?kind=objection&by=moon", 422),
        ("/reports/trends?kind=objection&days=0", 422),
        ("/reports/trends?kind=objection&format=docx", 422),
        ("/reports/trends?kind=objection&until=1990-01-01", 404),
        ("/nothing", 404),
    ],
)
def test_a_request_that_cannot_be_answered_is_a_problem_document(client, path, status):
    answer = client.get(f"/api/v1{path}", headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem(**answer.json())
    assert problem.status == status and len(problem.detail) > 10
    assert bool(problem.errors) == (status == 422)


@pytest.mark.parametrize("typed", ['"', "spend AND (", "NEAR(", "a\x00b", "* -x", "'; DROP TABLE insights; --"])
def test_typed_words_are_never_query_syntax(client, typed):
    assert client.get("/api/v1/search", params={"q": typed}).status_code == 200


def test_search_finds_quotes_by_the_words_around_them(client):
    found = items(client, "/api/v1/search?q=hard+year&kind=question")
    assert found and all(item["kind"] == "question" for item in found)


def test_themes_carry_what_matches_the_filters(client):
    by_name = {t["name"]: t for t in items(client, "/api/v1/themes")}
    few = {t["name"]: t for t in items(client, "/api/v1/themes?persona=finance")}
    assert 0 < few["Too expensive this year"]["conversations"] < by_name["Too expensive this year"]["conversations"]


def test_renaming_a_theme_keeps_its_id_and_its_old_name(client):
    theme = items(client, "/api/v1/themes")[0]
    path = f"/api/v1/themes/{theme['id']}"
    changed = client.patch(path, json={"name": "  Price\nlevel ", "actor": "Ann", "reason": "shorter"})
    assert changed.json()["theme"]["name"] == "Price level"
    event = client.get(path).json()["events"][-1]
    assert (event["type"], event["actor"], event["before"]["name"]) == ("rename", "Ann", theme["name"])


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " \n "}, {"name": "x" * 121}, {"name": 5}, [], None])
def test_a_theme_cannot_be_named_nothing(client, body):
    assert client.patch("/api/v1/themes/1", json=body).status_code == 422


def test_the_service_says_that_it_lives_and_is_ready(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_the_openapi_document_names_every_filter_and_every_answer(client):
    document = client.get("/openapi.json").json()
    listed = {p["name"] for p in document["paths"]["/api/v1/insights"]["get"]["parameters"]}
    assert set(FILTER_NAMES) <= listed
    for path, item in document["paths"].items():
        for method, operation in item.items():
            answers = [a for code, a in operation["responses"].items() if code.startswith("2") and code != "204"]
            schemas = [kind.get("schema") for answer in answers for kind in answer["content"].values()]
            assert any(schemas) or "204" in operation["responses"], (method, path)

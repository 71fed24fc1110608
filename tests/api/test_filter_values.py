"""A filter's value that nothing can have is refused with those that there are, on every list alike."""

import pytest


@pytest.mark.parametrize("path", ["themes", "insights", "quotes", "reports/trends"])
def test_an_unknown_kind_is_refused_with_the_known_ones(client, path: str):
    found = client.get(f"/api/v1/{path}?kind=foo")

    assert found.status_code == 422
    assert "objection, question, competitor" in found.json()["detail"]
    assert client.get(f"/api/v1/{path}?kind=objection").status_code == 200


def test_the_list_of_themes_refuses_a_filter_that_it_does_not_use(client):
    found = client.get("/api/v1/themes?theme=999")

    assert found.status_code == 422
    assert found.json()["errors"][0]["name"] == "theme"

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

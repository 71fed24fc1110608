"""The gate: foreign hosts, foreign pages, and what a browser may load."""

import pytest

JSON = {"name": "Other"}


@pytest.mark.parametrize("host", ["localhost", "localhost:8321", "127.0.0.1:1", "[::1]:8321", "LOCALHOST"])
def test_loopback_names_are_answered(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["attacker.example", "localhost.attacker.example", "127.0.0.1.nip.example:8321", "", "[", "10.0.0.5"]
)
def test_any_other_host_name_is_refused(client, host):
    assert client.get("/api/v1/insights", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://attacker.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://[", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/api/v1/themes/1"), ("DELETE", "/api/v1/batches/1"), ("POST", "/uploads/1/undo")]
)
def test_a_change_from_a_foreign_page_is_refused(client, headers, method, path):
    assert client.request(method, path, json=JSON, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}])
def test_a_change_from_a_program_or_an_own_page_is_taken(client, headers):
    assert client.patch("/api/v1/themes/1", json=JSON, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/insights", "/nothing", "/static/parley.css", "/api/v1/themes/99"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert (
        "script-src 'self'" in headers["content-security-policy"] and "unsafe" not in headers["content-security-policy"]
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert "public" not in headers["cache-control"]


def test_an_upload_over_the_limit_is_refused_before_it_is_read(client):
    answer = client.post("/api/v1/batches", headers={"Content-Length": str(600 * 2**20)}, content=b"")
    assert answer.status_code == 413 and "512 MB" in answer.json()["detail"]

"""What two people of different roles can try against the whole application."""

import time
from contextlib import closing

import pytest

from api.errors import Problem, on_a_page
from pipelines.store import connect, prepare
from tests.api import signing
from tests.api.conftest import fill

HELD = (303, 400, 401, 403, 404, 405, 422)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """(the server, a viewer's token, an administrator's token)."""
    settings = signing.settings_of(tmp_path_factory.mktemp("attacks"))
    prepare(settings.database_file)
    with closing(connect(settings.database_file)) as db:
        fill(db, count=12)
        viewer, admin = (signing.add(db, role) for role in ("viewer", "admin"))
        tokens = signing.token(db, viewer, "read"), signing.token(db, admin, "admin")
    return signing.serve(settings, signing.Time()), *tokens


@pytest.fixture(scope="module")
def asked(ours):
    client = signing.browser(ours[0])

    def ask(method: str, path: str, *, token: str = ours[1], **more):
        head = {"authorization": f"Bearer {token}", **more.pop("headers", {})}
        return client.request(method, path, headers=head, **more)

    return ask


@pytest.mark.parametrize(
    "headers",
    [{"x-http-method-override": "DELETE"}, {"x-method-override": "POST"}, {"x-original-url": "/settings/people"},
     {"x-rewrite-url": "/settings/people"}, {"x-forwarded-user": "admin@example.com"}, {"remote-user": "admin@example.com"}],
)  # fmt: skip
def test_no_header_makes_a_viewer_somebody_else_or_a_request_another_one(asked, headers):
    plain, told = (asked("GET", "/api/v1/themes", headers=one) for one in ({}, headers))
    assert (told.status_code, told.text) == (plain.status_code, plain.text)
    assert asked("GET", "/settings/people", headers=headers).status_code in HELD


def test_a_parameter_named_method_changes_nothing(asked, ours):
    listed = asked("GET", "/api/v1/themes", token=ours[2]).text
    for query in ("_method=DELETE", "_method=POST&name=Mine"):
        assert asked("POST", f"/themes/1?{query}").status_code in HELD
        assert asked("GET", f"/themes/1?{query}").status_code in (200, 404, 422)
    assert asked("GET", "/api/v1/themes", token=ours[2]).text == listed


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "get"])
@pytest.mark.parametrize(
    "path", ["/settings/people", "/settings/people/", "//settings/people", "/%2e/settings/people", "/SETTINGS/people"]
)
def test_no_other_method_opens_what_is_for_administrators(asked, method, path):
    answer = asked(method, path)
    assert answer.status_code in HELD and "admin@example.com" not in answer.text


def test_a_viewer_cannot_make_a_token_of_a_larger_scope(ours):
    app = ours[0]
    client = signing.browser(app)
    assert signing.sign_in(client, "viewer@example.com").status_code == 303
    for scope in ("write", "admin", "ADMIN", "read,admin", "read admin"):
        made = client.post("/settings/tokens", data={"name": "mine", "scope": scope, "days": "30"})
        page = client.get("/settings").text
        assert "parley_" not in page or made.status_code in HELD
    with closing(connect(app.state.settings.database_file)) as db:
        scopes = {
            row[0]
            for row in db.execute(
                "SELECT t.scope FROM tokens t JOIN users u ON u.id = t.user_id WHERE u.role = 'viewer'"
            )
        }
    assert scopes == {"read"}


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "/%0d%0aSet-Cookie:x=1",
        "/\t/evil.example",
        "javascript:alert(1)",
    ],
)
def test_the_way_back_after_the_login_is_a_place_of_ours_and_one_line(ours, wanted):
    client = signing.browser(ours[0])
    answer = client.post("/login", data={"email": "viewer@example.com", "password": signing.PASSWORD, "next": wanted})
    there = answer.headers.get("location", "/")
    assert there.startswith("/") and not there.startswith(("//", "/\\", "/\t")) and "\n" not in there
    assert "x" not in {name.casefold() for name in answer.cookies}


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1", 'a"; filename="b.exe', "../../../etc/passwd", "a\x00b", "naïve – ☃"]
)
def test_the_name_of_a_file_that_leaves_is_one_line_and_no_path(asked, ours, name):
    made = asked("POST", "/api/v1/collections", token=ours[2], json={"title": name})
    assert made.status_code in (200, 201, 400, 422), made.text
    if made.status_code in (400, 422):
        return
    number = made.json()["id"]
    for format in ("csv", "md"):
        answer = asked("GET", f"/api/v1/collections/{number}/export?format={format}")
        told = answer.headers.get("content-disposition", "")
        assert answer.status_code < 500 and "\n" not in told and "set-cookie" not in answer.headers
        assert "/" not in told.replace("filename*=UTF-8''", "").replace("utf-8''", "") and 'exe"' not in told


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", ""])
def test_links_in_answers_never_name_the_host_that_was_claimed(asked, host):
    answer = asked("GET", "/api/v1/quotes?limit=1", headers={"host": host, "x-forwarded-host": "evil.example"})
    assert "evil.example" not in answer.text + str(answer.headers)
    assert "evil.example" not in asked("GET", "/", headers={"x-forwarded-host": "evil.example"}).text


def test_thousands_of_blanks_in_an_address_cost_no_more_than_reading_them(asked):
    began = time.process_time()
    answer = asked("GET", f"/quotes?{'%0A%20' * 3000}x=1", headers={"accept": "text/html"})
    assert answer.status_code == 422 and time.process_time() - began < 5


@pytest.mark.parametrize(
    ("told", "left"),
    [("Nothing is here. Run: parley mine", "Nothing is here."), ("See the page, or parley doctor; it says why", "See the page, or parley doctor; it says why"),
     ("Too large; raise PARLEY_MAX_UPLOAD_MB.", "Too large."), ("Ask an administrator.", "Ask an administrator.")],
)  # fmt: skip
def test_what_to_type_is_left_out_on_a_page(told, left):
    assert on_a_page(Problem(type="about:blank", title="", status=404, detail=told, errors=[])) == left

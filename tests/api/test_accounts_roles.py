"""Who may do what: every route of the app against every role, and the log of what was done."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.gate import access
from api.gate.access import TABLE, least_role
from pipelines.access import accounts, tokens
from pipelines.privacy import originals
from pipelines.settings import Settings
from tests.api import signing

STRANGER = "stranger"
WHO = (STRANGER, *accounts.ROLES)
SAMPLES = {
    "code": "x" * 43, "quote_id": "0" * 16, "insight_id": "0" * 16, "conversation_id": "0" * 16, "plural": "objections",
    "saved_id": "0" * 32, "kind": "product", "field": "title", "act": "remove", "path": "parley.css", "rest": "x", "token": "x",
}  # fmt: skip
FORESEEN = re.compile(r"/api/v1/(retention|backups)(/|$)")


def routes(app) -> Iterator[tuple[str, str]]:
    """Every method and template that the app answers to."""
    for route in flat(app.routes):
        path = getattr(route, "path", None) or route.original_route.path
        methods = (
            getattr(route, "methods", None)
            or getattr(getattr(route, "original_route", None), "methods", None)
            or {"GET"}
        )
        if path == "/static":
            path = "/static/{path:path}"
        yield from ((method, path) for method in sorted(methods - {"HEAD"}))


def flat(found) -> Iterator:
    for route in found:
        if hasattr(route, "effective_candidates"):
            yield from flat(route.effective_candidates())
        else:
            yield route


def address(template: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: SAMPLES.get(m[1], "1"), template)


@pytest.fixture
def app(tmp_path, db):
    return signing.serve(signing.settings_of(tmp_path), signing.Time())


@pytest.fixture
def sent(app, db):
    """A function that sends a request as a role, by token."""
    scopes = dict(zip(accounts.ROLES, tokens.SCOPES, strict=True))
    originals.settle(db, sees="viewer", now=signing.START, actor="test")  # who else sees a conversation is a setting
    keys = {role: signing.token(db, signing.add(db, role), scopes[role]) for role in reversed(accounts.ROLES)}
    with signing.browser(app) as client:

        def run(role: str, method: str, path: str, accept: str = "application/json", **more):
            headers = {"accept": accept} | ({"authorization": f"Bearer {keys[role]}"} if role in keys else {})
            return client.request(method, path, headers=headers, **more)

        yield run


ALL = sorted(set(routes(signing.serve(Settings(), signing.Time()))))


def test_every_route_is_known():
    assert len(ALL) > 270
    told = "say in api/gate/access.py who may enter this area"
    assert [route for route in ALL if least_role(route[0], address(route[1])) in ("unlisted", "nobody")] == [], told


def test_every_line_of_the_table_names_a_route():
    there = {path for _, path in ALL}
    whole = {re.sub(r"\{\w+(:\w+)?\}", "{}", path) for path in there}

    def names_one(template):
        if template.endswith("/{rest:path}"):
            return any(path.startswith(template.removesuffix("/{rest:path}")) for path in there)
        return re.sub(r"\{\w+(:\w+)?\}", "{}", template) in whole

    assert [template for _, template, _ in TABLE if not names_one(template) and not FORESEEN.match(template)] == []


def test_only_these_routes_are_open_to_strangers():
    assert {route for route in ALL if least_role(route[0], address(route[1])) == "anyone"} == {
        ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/static/{path:path}"), ("GET", "/login"), ("POST", "/login"),
        ("GET", "/login/sso"), ("GET", "/login/sso/back"), ("GET", "/invitations/{code}"), ("POST", "/invitations/{code}"),
        ("POST", "/settings/first"),
    }  # fmt: skip


def test_a_viewer_changes_nothing_but_their_own_account():
    changing = {
        route for route in ALL if route[0] in access.CHANGING and least_role(route[0], address(route[1])) == "viewer"
    }
    assert changing == {
        ("POST", "/logout"), ("POST", "/settings/password"), ("POST", "/settings/sessions/end"), ("POST", "/settings/tokens"),
        ("POST", "/settings/tokens/{token_id}/revoke"),
        ("POST", "/comments/side"),  # which side one is on
        ("POST", "/answers"), ("POST", "/api/v1/answers"),  # looks for what was pasted, and changes nothing
    }  # fmt: skip


# Beyond the role these take being an administrator or the owner of a shared number (tests/api/test_shared.py).
OWNED = {
    ("GET", "/shared/publish"), ("POST", "/shared/publish"), ("POST", "/shared/settings"), ("POST", "/shared/months/{number}/withdraw"),
    ("POST", "/shared/months/{number}/restore"), ("POST", "/api/v1/shared/months"),
}  # fmt: skip


def test_the_matrix_of_roles_and_routes(sent):
    """Whoever has less than the least role is refused without a word of data; whoever has it gets past the gate."""
    wrong = []
    for method, template in ALL:
        path, need = address(template), least_role(method, address(template))
        if need == "anyone":
            continue
        for role in WHO:
            if role == need:
                break
            answer = sent(role, method, path)
            expected = 401 if role == STRANGER else 403
            told = answer.json() if answer.headers["content-type"] == "application/problem+json" else {}
            if (
                answer.status_code != expected
                or set(told) != {"type", "title", "status", "detail", "errors"}
                or told["errors"]
            ):
                wrong.append((role, method, path, answer.status_code))
        answer = sent("admin" if (method, template) in OWNED else need, method, path)
        if answer.status_code in (401, 403) or answer.status_code >= 500:
            wrong.append((need, method, path, answer.status_code))
    assert wrong == []


def test_a_stranger_with_a_browser_is_led_to_the_login_from_every_page(sent):
    pages = [path for method, path in ALL if method == "GET" and not path.startswith(("/api/", "/openapi"))]
    for path in pages:
        if least_role("GET", address(path)) != "anyone":
            answer = sent(STRANGER, "GET", address(path), "text/html")
            assert answer.status_code == 303 and answer.headers["location"].startswith("/login"), path


@pytest.mark.parametrize(
    "path",
    ["/settings/people%0a", "/settings/people/", "//settings/people", "/settings%2Fpeople", "/settings/./people", "/SETTINGS/people",
     "/x/../settings/people", "/settings/people;x", "/settings/audit%0A", "/api/v1/users%0a", "/api/v1/audit/"],
)  # fmt: skip
def test_no_odd_spelling_of_an_address_gets_around_the_table(sent, path):
    answer = sent("viewer", "GET", path, follow_redirects=True)
    assert answer.status_code in (403, 404) and "@example.com" not in answer.text


def test_what_no_rule_names_is_not_there_for_anybody_but_administrators(sent):
    assert least_role("GET", "/new/secrets") == least_role("POST", "/api/v1/new") == "unlisted"
    for role, expected in ((STRANGER, 401), ("viewer", 404), ("contributor", 404), ("admin", 404)):
        assert sent(role, "GET", "/api/v1/new").status_code == expected


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
def test_a_method_that_no_rule_knows_is_nobodys(method):
    assert least_role(method, "/quotes") == "nobody"


def test_the_refusal_of_a_page_is_a_page_that_says_which_role_it_takes(sent):
    answer = sent("viewer", "GET", "/settings/people", "text/html")
    assert answer.status_code == 403 and "takes the role admin; you are here as viewer" in answer.text


def test_whoever_only_reads_is_offered_no_form(sent):
    assert 'class="as-viewer"' in sent("viewer", "GET", "/trackers", "text/html").text
    assert 'class="as-viewer"' not in sent("contributor", "GET", "/trackers", "text/html").text


def test_every_door_records_who_is_signed_in():
    """What is done carries the name from `api.deps.actor`, never the door alone and never what was sent along."""
    doors = Path(access.__file__).parents[1]
    bare = re.compile(r'\bactor"?[=:] ?(ACTOR|\w+\.actor|"[^"]*")(?![\w(])')
    files = [*doors.glob("pages/*.py"), doors / "plan_uploads.py", *doors.glob("routes/*.py")]
    assert len(files) > 60
    assert [(file.name, found[0]) for file in files for found in bare.finditer(file.read_text())] == []

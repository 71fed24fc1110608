"""Coming in and going out: login, sessions, tokens, invitations, the first account."""

import re

import pytest

from pipelines.access import accounts, invitations, tokens
from pipelines.store import accounts as store
from tests.api import signing
from tests.api.signing import PASSWORD, Time


@pytest.fixture
def settings(tmp_path):
    return signing.settings_of(tmp_path)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def app(settings, db, time):
    return signing.serve(settings, time)


@pytest.fixture
def ada(db):
    return signing.add(db, "admin", "Ada Admin")


@pytest.fixture
def stranger(app, ada):
    return signing.browser(app)


@pytest.fixture
def client(stranger):
    assert signing.sign_in(stranger, "ada@example.com").status_code == 303
    return stranger


def test_a_page_sends_a_stranger_to_the_login_and_back_to_where_they_wanted(stranger):
    answer = stranger.get("/quotes?q=price&kind=objection")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/login?next=/quotes%3Fq%3Dprice%26kind%3Dobjection",
    )
    asked = stranger.get(answer.headers["location"])
    wanted = re.search(r'name="next" value="([^"]+)"', asked.text)[1].replace("&amp;", "&")
    assert (
        signing.sign_in(stranger, "ada@example.com", next=wanted).headers["location"]
        == "/quotes?q=price&kind=objection"
    )
    assert stranger.get("/quotes").status_code == 200


def test_a_program_without_a_token_is_told_how_to_send_one(stranger):
    answer = stranger.get("/api/v1/quotes", headers={"accept": "application/json"})
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json" and "Bearer parley_" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/login",
        "/logout",
        "evil",
        "/a\n/b",
        "",
    ],
)
def test_the_login_leads_to_no_other_place_than_our_own(stranger, wanted):
    assert signing.sign_in(stranger, "ada@example.com", next=wanted).headers["location"] == "/"


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.com", "wrong words at random"), ("bo@example.com", PASSWORD), ("", "")]
)
def test_a_wrong_address_and_a_wrong_password_are_told_apart_by_nobody(stranger, email, password):
    answer = signing.sign_in(stranger, email, password)
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert "do not fit together" in answer.text


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_its_secret_is_not_in_the_database(client, settings):
    cookie = signing.sign_in(client, "ada@example.com").headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie and "Secure" not in cookie
    secret = re.match(r"parley_session=([^;]+)", cookie)[1]
    assert len(secret) >= 43
    kept = b"".join(file.read_bytes() for file in settings.home.glob("parley.db*"))
    assert secret.encode() not in kept and PASSWORD.encode() not in kept


def test_under_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path, db, time, ada):
    app = signing.serve(signing.settings_of(tmp_path, public_url="https://parley.example"), time)
    client = signing.browser(app, base="https://parley.example")
    cookie = signing.sign_in(client, "ada@example.com").headers["set-cookie"]
    assert cookie.startswith("__Host-parley=") and "Secure" in cookie


def test_signing_in_gives_a_new_secret_and_ends_the_session_that_was_there(client, app):
    before = client.cookies["parley_session"]
    signing.sign_in(client, "ada@example.com")
    assert client.cookies["parley_session"] != before
    old = signing.browser(app)
    old.cookies.set("parley_session", before)
    assert old.get("/").status_code == 303


def test_a_session_ends_when_nothing_was_asked_for_three_days(client, time):
    time.passes(hours=71)
    assert client.get("/").status_code == 200
    time.passes(hours=71)
    assert client.get("/").status_code == 200
    time.passes(hours=72)
    assert client.get("/").status_code == 303


def test_a_session_ends_after_two_weeks_however_busy(client, time):
    for _ in range(13):
        time.passes(days=1)
        assert client.get("/").status_code == 200
    time.passes(days=1)
    assert client.get("/").status_code == 303


def test_signing_out_ends_the_session_on_the_server(client, app):
    secret = client.cookies["parley_session"]
    answer = client.post("/logout")
    assert answer.status_code == 303 and answer.headers["clear-site-data"] == '"cache"'
    thief = signing.browser(app)
    thief.cookies.set("parley_session", secret)
    assert thief.get("/").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": None},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"origin": None, "sec-fetch-site": "cross-site"},
        {"origin": None, "sec-fetch-site": "none"},
    ],
)
def test_a_change_with_a_session_needs_the_browser_to_vouch_for_our_own_page(client, headers):
    request = client.build_request("POST", "/settings/sessions/end")
    for name, value in headers.items():
        request.headers.pop(name, None)
        if value:
            request.headers[name] = value
    assert client.send(request).status_code == 403


def test_the_same_host_without_encryption_is_another_page(tmp_path, db, time, ada):
    app = signing.serve(signing.settings_of(tmp_path, public_url="https://parley.example"), time)
    client = signing.browser(app, base="https://parley.example")
    signing.sign_in(client, "ada@example.com")
    assert client.post("/settings/sessions/end", headers={"origin": "http://parley.example"}).status_code == 403
    assert client.post("/settings/sessions/end").status_code == 303


def test_a_proxy_may_leave_the_port_out_of_the_host_that_it_passes_on(tmp_path, db, time, ada):
    app = signing.serve(signing.settings_of(tmp_path, public_url="https://parley.example:8443"), time)
    client = signing.browser(app, base="https://parley.example")
    client.headers["origin"] = "https://parley.example:8443"
    assert signing.sign_in(client, "ada@example.com").status_code == 303
    assert client.post("/settings/sessions/end").status_code == 303
    for other in ("http://parley.example:8443", "https://parley.example:8444", "https://other.example:8443"):
        assert client.post("/settings/sessions/end", headers={"origin": other}).status_code == 403


def test_guessing_is_stopped_even_with_the_right_password_and_lasts_a_quarter_of_an_hour(stranger):
    codes = [signing.sign_in(stranger, "ada@example.com", f"wrong words {n} at random").status_code for n in range(9)]
    assert codes == [401] * 8 + [429]
    refused = signing.sign_in(stranger, "ada@example.com")
    assert refused.status_code == 429 and refused.headers["retry-after"] == "900"
    assert signing.sign_in(stranger, "bo@example.com").status_code == 401


def test_a_token_opens_what_its_scope_allows_without_any_origin(app, db, ada):
    client = signing.browser(app)
    del client.headers["origin"]
    headers = {"authorization": f"Bearer {signing.token(db, ada, 'read')}"}
    assert client.get("/api/v1/me", headers=headers).json()["role"] == "viewer"
    assert client.post("/api/v1/annotations", json={}, headers=headers).status_code == 403
    writer = {"authorization": f"Bearer {signing.token(db, ada, 'write')}"}
    assert client.post("/api/v1/annotations", json={}, headers=writer).status_code == 422


@pytest.mark.parametrize("sent", ["Bearer parley_nonsense", "Bearer", "bearer x y"])
def test_what_is_no_token_is_refused_even_beside_a_session(client, sent):
    assert client.get("/api/v1/me", headers={"authorization": sent}).status_code == 401


def test_what_a_proxy_asks_for_itself_does_not_stand_in_the_way_of_a_session(client):
    assert client.get("/", headers={"authorization": "Basic YWRhOmFkYQ=="}).status_code == 200


def test_a_token_ends_when_revoked_when_expired_and_with_its_person(app, db, ada, time):
    bo = signing.add(db, "contributor", "Bo Writer")
    client = signing.browser(app)
    revoked, expired, orphaned = (signing.token(db, bo, "write", days) for days in (90, 1, 90))

    def status(secret):
        return client.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code

    assert [status(secret) for secret in (revoked, expired, orphaned)] == [200] * 3
    tokens.revoke(db, 1, now=time(), actor="test")
    assert [status(secret) for secret in (revoked, expired, orphaned)] == [401, 200, 200]
    time.passes(days=1)
    assert [status(secret) for secret in (revoked, expired, orphaned)] == [401, 401, 200]
    accounts.set_standing(db, bo.id, enabled=False, now=time(), actor="test")
    assert status(orphaned) == 401


def test_a_token_falls_with_the_role_of_its_person(app, db, ada):
    bo = signing.add(db, "contributor", "Bo Writer")
    headers = {"authorization": f"Bearer {signing.token(db, bo, 'write')}"}
    client = signing.browser(app)
    assert client.get("/api/v1/me", headers=headers).json()["role"] == "contributor"
    accounts.set_role(db, bo.id, "viewer", now=signing.START, actor="test")
    assert client.get("/api/v1/me", headers=headers).json()["role"] == "viewer"


def test_a_token_is_shown_once_on_the_page_and_can_be_revoked_there(client):
    made = client.post("/settings/tokens", data={"name": "nightly", "scope": "read", "days": "30"})
    secret = re.search(r"parley_[\w-]{43}", made.text)[0]
    assert made.status_code == 201 and made.headers["cache-control"] == "no-store"
    assert secret not in client.get("/settings").text
    assert client.post("/settings/tokens/1/revoke").status_code == 303
    assert client.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code == 401


def test_nobody_revokes_the_token_of_another(app, db, ada):
    bo = signing.add(db, "contributor", "Bo Writer")
    signing.token(db, ada)
    client = signing.browser(app)
    signing.sign_in(client, bo.email)
    assert client.post("/settings/tokens/1/revoke").status_code == 404
    assert store.get_token(db, 1).revoked_at == ""


def test_a_changed_password_signs_out_every_other_browser(client, app):
    other = signing.browser(app)
    signing.sign_in(other, "ada@example.com")
    new = {"old": PASSWORD, "password": "other words at random", "again": "other words at random"}
    before = client.cookies["parley_session"]
    assert client.post("/settings/password", data=new).status_code == 303
    assert client.cookies["parley_session"] != before
    assert (client.get("/").status_code, other.get("/").status_code) == (200, 303)
    assert signing.sign_in(other, "ada@example.com").status_code == 401
    assert signing.sign_in(other, "ada@example.com", "other words at random").status_code == 303


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"old": "wrong words at random"}, "present password"),
        ({"again": "other words at ransom"}, "not the same"),
        ({"password": "short", "again": "short"}, "5 characters"),
        ({"password": "aaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaa"}, "repeats"),
    ],
)
def test_a_password_is_not_changed_by_mistake(client, form, told):
    given = {"old": PASSWORD, "password": "other words at random", "again": "other words at random"} | form
    answer = client.post("/settings/password", data=given)
    assert answer.status_code == 422 and told in answer.text
    assert client.get("/").status_code == 200


def test_sign_out_elsewhere_keeps_this_browser_alone(client, app):
    other = signing.browser(app)
    signing.sign_in(other, "ada@example.com")
    assert client.post("/settings/sessions/end").status_code == 303
    assert (client.get("/").status_code, other.get("/").status_code) == (200, 303)


def test_an_invitation_lets_one_person_in_once(client, app, db):
    page = client.post("/settings/people/invitations", data={"email": "Bo@Example.com", "role": "contributor"})
    link = re.search(r"http://localhost(/invitations/[\w-]{43})", page.text)[1]
    bo = signing.browser(app)
    assert "bo@example.com" in bo.get(link).text and bo.get(link).status_code == 200
    taken = {"name": "Bo Writer", "password": "words that bo likes", "again": "words that bo likes"}
    assert bo.post(link, data=taken).headers["location"] == "/"
    assert bo.get("/api/v1/me").json() == {
        "accounts": True, "name": "Bo Writer", "email": "bo@example.com", "role": "contributor", "token": None
    }  # fmt: skip
    assert signing.browser(app).post(link, data=taken).status_code == 404


def test_an_invitation_lasts_three_days(client, app, time):
    page = client.post("/settings/people/invitations", data={"email": "bo@example.com", "role": "viewer"})
    link = re.search(r"/invitations/[\w-]{43}", page.text)[0]
    time.passes(days=2, hours=23)
    assert signing.browser(app).get(link).status_code == 200
    time.passes(hours=1)
    assert signing.browser(app).get(link).status_code == 404


@pytest.mark.parametrize(("revoke", "works"), [("", 200), ("true", 401)])
def test_a_new_password_leaves_tokens_to_programs_unless_one_says_otherwise(client, app, db, revoke, works):
    secret = signing.token(db, accounts.find(db, "ada@example.com"))
    new = {"old": PASSWORD, "password": "other words at random", "again": "other words at random", "revoke": revoke}
    answer = client.post("/settings/password", data={k: v for k, v in new.items() if v})
    assert answer.status_code == 303
    told = client.get(answer.headers["location"].partition("#")[0]).text
    assert ("tokens for programs, below, go on" in told) == (not revoke) and (
        "all your tokens are revoked" in told
    ) == bool(revoke)
    asked = signing.browser(app).get(
        "/api/v1/me", headers={"authorization": f"Bearer {secret}", "accept": "application/json"}
    )
    assert asked.status_code == works


def test_a_password_that_an_administrator_sets_revokes_every_token(app, db, client):
    user = accounts.find(db, "ada@example.com")
    secret = signing.token(db, user)
    accounts.set_password(
        db, user.id, "other words at random", now=signing.START, actor="admin", memory_kib=signing.CHEAP
    )
    asked = signing.browser(app).get(
        "/api/v1/me", headers={"authorization": f"Bearer {secret}", "accept": "application/json"}
    )
    assert asked.status_code == 401


def test_a_link_for_a_new_password_keeps_the_role_and_ends_what_was_open(client, app, db):
    bo = signing.add(db, "viewer", "Bo Writer")
    theirs = signing.browser(app)
    signing.sign_in(theirs, bo.email)
    page = client.post(f"/settings/people/{bo.id}", data={"act": "link"})
    link = re.search(r"/invitations/[\w-]{43}", page.text)[0]
    new = signing.browser(app)
    assert new.post(link, data={"password": "words that bo likes", "again": "words that bo likes"}).status_code == 303
    assert (new.get("/api/v1/me").json()["role"], theirs.get("/").status_code) == ("viewer", 303)


def test_a_person_who_is_switched_off_is_out_at_once(client, app, db):
    bo = signing.add(db, "viewer", "Bo Writer")
    theirs, program = signing.browser(app), signing.browser(app)
    program.headers["authorization"] = f"Bearer {signing.token(db, bo, 'read')}"
    signing.sign_in(theirs, bo.email)
    assert theirs.get("/").status_code == program.get("/api/v1/me").status_code == 200
    assert client.post(f"/settings/people/{bo.id}", data={"act": "off"}).status_code == 303
    assert theirs.get("/").status_code == 303 and signing.sign_in(theirs, bo.email).status_code == 401
    assert program.get("/api/v1/me").status_code == 401
    assert client.post(f"/settings/people/{bo.id}", data={"act": "on"}).status_code == 303
    assert theirs.get("/").status_code == 303 and program.get("/api/v1/me").status_code == 401
    assert signing.sign_in(theirs, bo.email).status_code == 303


@pytest.mark.parametrize("form", [{"act": "off"}, {"act": "remove"}, {"act": "role", "role": "viewer"}])
def test_the_last_administrator_stays_one(client, ada, form):
    answer = client.post(f"/settings/people/{ada.id}", data=form)
    assert answer.status_code == 422 and "last administrator" in answer.text
    assert client.get("/api/v1/me").json()["role"] == "admin"


def test_without_accounts_the_page_makes_the_first_and_signs_in(settings, db, time):
    client = signing.browser(signing.serve(settings, time))
    assert "No logins: only this machine is served." in client.get("/").text
    given = {"email": "ada@example.com", "name": "Ada Admin", "password": PASSWORD, "again": PASSWORD}
    assert client.post("/settings/first", data=given).status_code == 303
    assert client.get("/api/v1/me").json()["role"] == "admin"
    stranger = signing.browser(client.app)
    assert stranger.get("/").status_code == 303
    assert stranger.post("/settings/first", data=given | {"email": "eve@example.com"}).status_code == 404
    assert "No logins" not in client.get("/").text


@pytest.mark.parametrize(
    "headers",
    [{"x-forwarded-for": "10.0.0.9"}, {"forwarded": "for=10.0.0.9"}, {"via": "1.1 proxy"}, {"host": "parley.example"}],
)
def test_without_accounts_nothing_is_served_through_another_machine(tmp_path, db, time, headers):
    app = signing.serve(signing.settings_of(tmp_path, public_url="https://parley.example"), time)
    page, told = (
        signing.browser(app).get("/", headers={"accept": kind} | headers) for kind in ("text/html", "application/json")
    )
    assert page.status_code == told.status_code == 403
    # Whoever runs Parley may ask by either door; a page says it without the command.
    assert "parley users add" in told.text and "account" in page.text


def test_without_accounts_a_server_for_others_serves_nobody(tmp_path, db, time):
    app = signing.serve(signing.settings_of(tmp_path, host="0.0.0.0"), time)
    assert signing.browser(app).get("/").status_code == 403


def test_a_database_that_cannot_be_read_opens_no_door(client, settings):
    settings.database_file.rename(settings.home / "away.db")
    settings.database_file.write_bytes(b"this is no database, but it is long enough to look like one" * 100)
    assert client.get("/").status_code == 503


def test_another_database_in_its_place_is_asked_from_the_next_request_on(client, settings, tmp_path):
    from pipelines.store import prepare

    other = tmp_path / "other.db"
    prepare(other)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"parley.db{suffix}").unlink(missing_ok=True)
    other.replace(settings.database_file)
    assert client.get("/api/v1/me").json()["accounts"] is False


def test_what_a_person_does_carries_their_name_and_no_other(client, db):
    told = client.post("/api/v1/annotations", json={"text": "Launch", "starts": "2026-03-01", "actor": "Somebody Else"})
    assert told.status_code < 300, told.text
    assert told.json()["actor"] == "Ada Admin"


def test_no_page_of_accounts_holds_a_hash(client, db):
    signing.token(db, accounts.find(db, "ada@example.com"))
    for path in ("/settings", "/settings/people", "/settings/audit", "/api/v1/users", "/api/v1/audit"):
        for accept in ("text/html", "application/json"):
            told = client.get(path, headers={"accept": accept})
            assert (
                told.status_code == 200 and "argon2" not in told.text and not re.search(r"\b[0-9a-f]{64}\b", told.text)
            )


@pytest.mark.parametrize("name", ["Ada Admin", " ada  ADMIN", "ada@example.com", "Parley"])
def test_a_login_gets_a_name_that_no_other_has_because_what_it_does_stands_under_it(db, ada, name):
    made = [
        accounts.add_person(db, f"{n}@example.com", name=name, role="viewer", password="", now=signing.START, actor="t")
        for n in "ab"
    ]
    code = invitations.invite(db, f"{'c' * 60}@example.com", "viewer", now=signing.START, actor="t")
    made.append(invitations.accept(db, code, name=name, password=PASSWORD, now=signing.START, memory_kib=signing.CHEAP))
    told = " ".join(name.split())
    assert [one.name for one in made] == [f"{told} (a@example.com)", f"{told} (b@example.com)", f"{told} (2)"]

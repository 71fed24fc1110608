"""Single sign-on against a provider that runs as another process, with keys of its own."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, build_opener

import pytest

from pipelines import jobs
from pipelines.access import accounts, invitations
from pipelines.store import accounts as store
from tests.api import provider, signing

BO = {"sub": "sub-of-bo", "email": "Bo@Example.com", "email_verified": True, "name": "Bo Writer"}


class Still(HTTPRedirectHandler):
    def redirect_request(self, *_, **__):
        return None

    def http_error_302(self, req, fp, code, msg, headers):
        return fp


@pytest.fixture(scope="module")
def issuer():
    with subprocess.Popen(
        [sys.executable, Path(provider.__file__)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        yield process.stdout.readline().strip()
        process.terminate()


def server(folder, issuer, **more):
    told = {"sso_issuer": issuer, "sso_client_id": provider.CLIENT, "sso_client_secret": provider.SECRET} | more
    return signing.serve(signing.settings_of(folder, **told), jobs.now)


@pytest.fixture
def ada(db):
    return signing.add(db, "admin", "Ada Admin")


@pytest.fixture
def client(tmp_path, db, ada, issuer):
    return signing.browser(server(tmp_path, issuer))


def go(client, claims, *, next="/"):
    """Through the provider and back, as a browser goes; the last answer."""
    away = client.get("/login/sso", params={"next": next})
    assert away.status_code == 303, away.text
    with build_opener(Still).open(
        f"{away.headers['location']}&{urlencode({'login_hint': json.dumps(claims)})}"
    ) as back:
        return client.get(back.headers["location"], headers={"sec-fetch-site": "cross-site"})


def test_a_person_with_the_verified_address_comes_in_and_back_to_where_they_wanted(client, db):
    bo = signing.add(db, "contributor", "Bo Writer")
    answer = go(client, BO, next="/quotes?q=price")
    assert (answer.status_code, answer.headers["location"]) == (303, "/quotes?q=price")
    assert client.get("/api/v1/me").json()["email"] == bo.email
    assert store.get(db, bo.id).subject == "sub-of-bo"


def test_who_came_once_is_known_by_subject_whatever_the_address_says(client, db):
    bo = signing.add(db, "contributor", "Bo Writer")
    go(client, BO)
    client.cookies.clear()
    assert go(client, BO | {"email": "new@example.com", "email_verified": False}).status_code == 303
    assert client.get("/api/v1/me").json()["email"] == bo.email


def test_an_address_of_somebody_who_came_already_gives_nobody_else_their_account(client, db):
    signing.add(db, "contributor", "Bo Writer")
    go(client, BO)
    client.cookies.clear()
    assert go(client, BO | {"sub": "sub-of-eve"}).status_code == 401
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("verified", [False, None, "no"])
def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing(client, db, verified):
    signing.add(db, "contributor", "Bo Writer")
    answer = go(client, BO | {"email_verified": verified})
    assert answer.status_code == 401 and "vouch" in answer.text


@pytest.mark.parametrize(
    "evil", ["issuer", "audience", "expired", "nonce", "party", "hash", "unsigned", "shared", "key"]
)
def test_a_token_with_a_lie_in_it_is_not_believed(client, db, evil):
    signing.add(db, "contributor", "Bo Writer")
    answer = go(client, BO | {"evil": evil})
    assert answer.status_code == 401 and client.get("/").status_code == 303


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(client, db, ada):
    signing.add(db, "contributor", "Bo Writer")
    away = client.get("/login/sso")
    with build_opener(Still).open(f"{away.headers['location']}&{urlencode({'login_hint': json.dumps(BO)})}") as back:
        address = back.headers["location"]
    other = signing.browser(client.app)
    assert other.get(address).status_code == 401
    other.get("/login/sso")
    assert other.get(address).status_code == 401
    assert client.get(address).status_code == 303
    assert client.get(address).status_code == 401


def test_people_of_the_companys_domain_get_an_account_when_the_settings_say_so(tmp_path, db, ada, issuer):
    client = signing.browser(server(tmp_path, issuer, sso_domains=["example.com"]))
    assert go(client, BO).status_code == 303
    assert client.get("/api/v1/me").json() | {"accounts": True} == {
        "accounts": True, "name": "Bo Writer", "email": "bo@example.com", "role": "viewer", "token": None
    }  # fmt: skip
    client.cookies.clear()
    assert go(client, BO | {"sub": "x", "email": "eve@notexample.com"}).status_code == 401


def test_who_was_invited_comes_with_the_role_of_the_invitation(client, db):
    invitations.invite(db, "bo@example.com", "contributor", now=jobs.now(), actor="test")
    assert go(client, BO).status_code == 303
    assert client.get("/api/v1/me").json()["role"] == "contributor"
    assert store.invitations(db, now=jobs.now()) == []


def test_a_stranger_has_no_account_and_a_disabled_one_stays_out(client, db):
    assert go(client, BO).status_code == 401
    bo = signing.add(db, "contributor", "Bo Writer")
    go(client, BO)
    accounts.set_standing(db, bo.id, enabled=False, now=jobs.now(), actor="test")
    client.cookies.clear()
    assert go(client, BO).status_code == 401


def test_an_address_that_stands_only_at_the_userinfo_address_counts_too(client, db):
    quiet = signing.add(db, "viewer", "Quiet Person")
    assert go(client, {"sub": "sub-of-quiet"}).status_code == 303
    assert client.get("/api/v1/me").json()["email"] == quiet.email


def test_with_sign_on_alone_a_password_opens_only_an_administrators_account(tmp_path, db, ada, issuer):
    bo = signing.add(db, "contributor", "Bo Writer")
    client = signing.browser(server(tmp_path, issuer, sso_only=True))
    assert signing.sign_in(client, bo.email).status_code == 401
    assert signing.sign_in(client, ada.email).status_code == 303


def test_a_provider_that_does_not_answer_is_said_to(tmp_path, db, ada):
    client = signing.browser(server(tmp_path, "http://127.0.0.1:9"))
    answer = client.get("/login/sso")
    assert answer.status_code == 502 and "did not answer" in answer.text


def test_the_secret_of_the_client_is_on_no_page(client, ada):
    signing.sign_in(client, ada.email)
    assert (
        "s3cret" not in client.get("/settings/people").text and provider.CLIENT in client.get("/settings/people").text
    )

"""Ways round the gate that somebody found, each shut."""

import pytest

from api.gate import throttle
from api.gate.access import least_role
from pipelines.access import accounts, invitations
from pipelines.access.invitations import LinkGone
from tests.api import signing
from tests.api.conftest import fill
from tests.api.signing import PASSWORD, START, Time


@pytest.fixture
def settings(tmp_path):
    return signing.settings_of(tmp_path)


@pytest.fixture
def app(settings, db):
    return signing.serve(settings, Time())


@pytest.mark.parametrize(
    "path", ["/api/v1/digests/1\n/runs", "/api/v1/digests/\n1", "/reports/saved/digests/\n1", "/uploads/waiting/\x7f1"]
)
def test_a_control_character_leads_round_no_rule(path):
    assert least_role("GET", path) == "unlisted"


def test_one_address_cannot_lock_an_account_for_others():
    kept = throttle.throttle()
    for _ in range(60):
        throttle.may_try(kept, "ada@example.com", "10.0.0.1")
    assert throttle.may_try(kept, "ada@example.com", "10.0.0.2")


def test_one_address_cannot_stop_the_sign_on_of_others():
    kept = throttle.throttle()
    for _ in range(200):
        throttle.may_go(kept, "10.0.0.1")
    assert not throttle.may_go(kept, "10.0.0.1")
    assert throttle.may_go(kept, "10.0.0.2")


def test_a_new_password_ends_links_that_were_sent_before(db):
    ada = signing.add(db, "admin", "Ada Admin")
    code = invitations.invite(db, ada.email, "admin", now=START, actor="test")
    accounts.set_password(db, ada.id, f"{PASSWORD} again", now=START, actor="test", memory_kib=signing.CHEAP)
    with pytest.raises(LinkGone):
        invitations.invitation(db, code, now=START)


def test_who_sees_no_originals_gets_a_quote_in_its_place_and_not_the_conversation(app, db):
    fill(db)
    quote = next(db.query("SELECT id FROM insights LIMIT 1"))["id"]
    seen = {}
    for role, scope in (("viewer", "read"), ("contributor", "write")):
        token = signing.token(db, signing.add(db, role), scope)
        asked = {"authorization": f"Bearer {token}", "accept": "application/json"}
        seen[role] = signing.browser(app).get(f"/quotes/{quote}?around=40", headers=asked).json()["around"]
    assert (seen["viewer"] < seen["contributor"], seen["contributor"]) == (True, 40)


@pytest.mark.parametrize("header", ["x-forwarded-proto", "cf-connecting-ip", "x-original-url"])
def test_without_accounts_what_came_through_another_machine_is_refused(app, header):
    assert signing.browser(app).get("/", headers={header: "x"}).status_code == 403


def test_a_refusal_at_the_gate_is_noted_without_names(app, db):
    token = signing.token(db, signing.add(db, "viewer"))
    signing.browser(app).post("/competitors/Secret%20Customer", headers={"authorization": f"Bearer {token}"})
    noted = []
    while not app.state.door.waiting.empty():
        noted.append(app.state.door.waiting.get().what)
    assert noted and not any("Secret" in one for one in noted)

"""Figures about a single rep, over every address that takes the filter, the splits, the voice report and what was kept."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.dependencies.models import Dependant

from api.exports.document import Document, Section, Table
from api.gate.rep_gate import document_seen, voice_seen
from api.gate.who import VISIT, Visit
from insights.sampling import Rate
from insights.signals import account_id
from pipelines.access import accounts, reps
from pipelines.access.accounts import Person
from pipelines.reports.voice import Rep, VoiceReport
from pipelines.store.filters import Filters
from tests.api import signing
from tests.api.walk import FORMATS, read
from tests.api.walk import addresses as every_address

REP = "Kim Rowe"  # of the company that `fill` makes
NOW = "2026-01-15T12:00:00+00:00"


@pytest.fixture
def site(db, filled, tmp_path):
    """A server with accounts, and what a person of a role sends along."""
    scopes = {"contributor": "write", "admin": "admin"}
    keys = {role: signing.token(db, signing.add(db, role), scope) for role, scope in scopes.items()}
    rep = signing.add(db, "contributor", "Somebody Else")
    reps.name(db, rep.id, "K. Rowe; Kim Rowe", actor="Ada", now=NOW)
    keys["rep"] = signing.token(db, rep, "write")
    keys["namesake"] = signing.token(db, signing.add(db, "contributor", "Kim Rowe"), "write")
    settings = signing.settings_of(tmp_path)
    client = signing.browser(signing.serve(settings, signing.Time()))
    return client, {
        role: {"authorization": f"Bearer {key}", "accept": "application/json"} for role, key in keys.items()
    }


def takes_filters(dependant: Dependant) -> bool:
    return any(
        getattr(one.call, "__qualname__", "").startswith("filtering.") or takes_filters(one)
        for one in dependant.dependencies
    )


def addresses(found) -> Iterator[str]:
    """Every address that reads and takes the shared filters, its parts filled in."""
    for route in found:
        if hasattr(route, "effective_candidates"):
            yield from addresses(route.effective_candidates())
        elif (
            hasattr(one := getattr(route, "original_route", route), "dependant")
            and "GET" in one.methods
            and takes_filters(one.dependant)
        ):
            yield re.sub(r"{[^}]*}", "1", (getattr(route, "path", None) or one.path).replace("{plural}", "objections"))


def test_no_address_tells_of_a_rep_to_who_may_not_see_it(site):
    client, headers = site
    found = sorted(set(addresses(client.app.routes)))
    assert len(found) > 25 and {"/reports/voice", "/api/v1/reports/trends", "/quotes", "/accounts"} <= set(found)
    answers = {one: client.get(one, params={"rep": REP}, headers=headers["admin"]).status_code for one in found}
    assert {one: status for one, status in answers.items() if status != 403} == {}


def test_a_rep_who_is_refused_their_own_figures_is_told_where_they_are_allowed(site):
    client, headers = site
    told = client.get("/api/v1/reports/trends", params={"kind": "objection", "rep": REP}, headers=headers["rep"])
    assert (
        told.status_code == 403
        and "also one's own" in told.json()["detail"]
        and "Settings, People" in told.json()["detail"]
    )


# Where a rep is named as who sold in one conversation, or as a setting: beside no figure about them.
ONLY = "Quillon Zarbeck"
NAMED = {
    "/accounts/{account_id}", "/api/v1/conversations/{conversation_id}", "/api/v1/insights", "/api/v1/insights/{insight_id}",
    "/api/v1/quotes/{quote_id}", "/api/v1/reports/personas/{persona}", "/competitors", "/conversations/{conversation_id}", "/plan/{theme_id}",
    "/quotes", "/quotes/{quote_id}", "/reports/personas/{persona}", "/speakers", "/themes/{theme_id}",
}  # fmt: skip


# Each role at the widest choice that still hides others' figures from it. A rep is a contributor with figures of their own.
# What is hidden is taken out of the document that every format is written from: one role reads them all, the others one.
@pytest.mark.parametrize(
    ("chosen", "role", "formats"),
    [("self", "admin", FORMATS), ("admin", "rep", ("md",)), ("contributor", "viewer", ("md",))],
)
def test_nothing_that_is_read_names_a_rep_beside_a_figure(db, site, chosen, role, formats):
    """Every address and every file: what is added and names a rep is looked at by a person, who lists it above or hides it."""
    client, headers = site
    if role == "viewer":
        headers[role] = {"authorization": f"Bearer {signing.token(db, signing.add(db, role), 'read')}"}
    reps.choose(db, "admin")
    with db.atomic():  # a name that no account has
        db.execute("UPDATE conversations SET rep = ?, outcome = 'open'", [ONLY])
    kept = client.post("/api/v1/saved", json={"address": "/reports/voice", "title": "Voice"}, headers=headers["admin"])
    # Where it may be told it stands in every format: the walk would see it.
    for format in sorted({*formats} - {"jsonl"}):
        assert ONLY in read(client, f"/api/v1/signals/calls?format={format}", headers["admin"])[1], format
    reps.choose(db, chosen)
    quote = next(
        db.query(
            "SELECT i.id, i.conversation_id, c.account_key FROM insights i JOIN conversations c ON c.id = i.conversation_id"
        )
    )
    ids = {
        "quote_id": quote["id"], "insight_id": quote["id"], "conversation_id": quote["conversation_id"], "prefix": quote["id"][:8],
        "account_id": account_id(quote["account_key"]), "persona": "finance", "plural": "objections", "saved_id": kept.json()["id"],
    }  # fmt: skip
    named, good = set(), 0
    for template, address in every_address(client.app, ids, formats):
        status, text = read(client, address, headers[role])
        good += status == 200
        if status == 200 and ONLY.casefold() in text.casefold():
            named.add(template)
    assert sorted(named - NAMED) == [] and good > (150 if formats is FORMATS else 100)


@pytest.mark.parametrize(
    ("chosen", "sees"),
    [
        ("off", set()),
        ("self", {"rep"}),
        ("admin", {"rep", "admin"}),
        ("contributor", {"rep", "admin", "contributor", "namesake"}),
    ],
)
def test_who_sees_the_figures_of_a_rep_is_what_was_chosen(db, site, chosen, sees):
    client, headers = site
    reps.choose(db, chosen)
    asked = [("/api/v1/reports/trends", {"kind": "objection", "rep": REP}), ("/quotes", {"rep": REP})]
    told = {role: {client.get(a, params=p, headers=headers[role]).status_code for a, p in asked} for role in headers}
    assert told == {role: {200 if role in sees else 403} for role in headers}


@pytest.mark.parametrize("by", ["rep", "Rep", "persona,rep"])
def test_a_split_by_rep_is_for_who_may_see_every_rep(db, site, by):
    client, headers = site
    reps.choose(db, "admin")
    told = {
        role: client.get("/api/v1/reports/handover", params={"by": by}, headers=headers[role]).status_code
        for role in headers
    }
    assert told == {"rep": 403, "namesake": 403, "contributor": 403, "admin": 200}


def test_filters_and_counts_offer_only_reps_that_one_may_see(db, site):
    client, headers = site
    reps.choose(db, "self")
    told = {role: client.get("/api/v1/quotes", headers=headers[role]).json()["facets"]["rep"] for role in headers}
    assert told["admin"] == told["contributor"] == told["namesake"] == {} and set(told["rep"]) == {REP}
    assert (
        'name="rep"' not in client.get("/reports/objections", headers=headers["admin"] | {"accept": "text/html"}).text
    )


def test_what_one_was_offered_is_not_offered_to_the_next(db, site):
    """The overview and the reports are worked out once for all; who opens them first is no matter."""
    client, headers = site
    db.execute("UPDATE conversations SET rep = 'Ada Lee' WHERE id IN (SELECT id FROM conversations LIMIT 20)")
    reps.choose(db, "admin")
    for path in ("/", "/reports/objections"):
        told = {who: client.get(path, headers=headers[who] | {"accept": "text/html"}).text for who in ("admin", "contributor", "admin")}  # fmt: skip
        offers = {
            who: bool(re.search('name="rep"|value="rep"|value="rep:|Ada Lee', page)) for who, page in told.items()
        }
        assert offers == {"admin": True, "contributor": False}, path
    pair = "/reports/objections?this=rep:Kim Rowe&that=rep:Ada Lee"
    held = {who: client.get(pair, headers=headers[who] | {"accept": "application/json"}).json()["against"]["found"] is not None for who in ("admin", "contributor")}  # fmt: skip
    assert held == {"admin": True, "contributor": False}


@pytest.mark.parametrize("asked", ["by=rep", "this=rep:Kim Rowe&that=rep:Ada Lee"])
def test_a_kept_report_that_is_cut_by_reps_is_for_who_may_see_every_rep(db, site, asked):
    client, headers = site
    db.execute("UPDATE conversations SET rep = 'Ada Lee' WHERE id IN (SELECT id FROM conversations LIMIT 20)")
    reps.choose(db, "admin")
    kept = {"address": f"/reports/objections?{asked}", "title": "By rep"}
    made = client.post("/api/v1/saved", json=kept, headers=headers["admin"]).json()["id"]
    for path in (f"/reports/saved/{made}", f"/api/v1/saved/{made}?format=md"):
        told = {who: client.get(path, headers=headers[who]).status_code for who in ("admin", "contributor")}
        assert told == {"admin": 200, "contributor": 403}, path


RATE = Rate(6, 12, 0.25, 0.75)
VOICE = VoiceReport(
    "objection",
    "theme",
    5,
    5,
    5,
    0,
    (),
    (Rep("Kim Rowe", RATE, RATE, ""), Rep("Ada Lee", RATE, RATE, "")),
    1,
    Filters(),
)


@pytest.fixture
def as_rep(db):
    kim = signing.add(db, "contributor", "Kim")
    reps.name(db, kim.id, "Kim Rowe", actor="Ada", now=NOW)
    token = VISIT.set(Visit(Person(kim.id, "Kim", "kim@example.com", "contributor", "read"), accounts=True, asked=True))
    yield
    VISIT.reset(token)


@pytest.mark.parametrize(
    ("chosen", "names"), [("off", []), ("self", ["Kim Rowe"]), ("contributor", ["Kim Rowe", "Ada Lee"])]
)
def test_the_voice_report_has_the_reps_that_one_may_see(db, as_rep, chosen, names):
    reps.choose(db, chosen)
    assert [one.name for one in voice_seen(db, VOICE).reps] == names


def test_of_two_reps_neither_sees_the_other_as_the_others(db, as_rep):
    reps.choose(db, "self")
    assert voice_seen(db, replace(VOICE, few_reps=0)).reps == ()


def test_in_the_terminal_every_rep_is_told(db):
    assert voice_seen(db, VOICE) == VOICE


def test_what_was_kept_is_shown_without_its_table_of_reps(db, as_rep):
    kept = Document("Voice", "", "", (), (Section("Main"), Section("Reps", table=Table("reps", "", (), ()))))
    assert [one.title for one in document_seen(db, kept).sections] == ["Main"]


def test_a_digest_on_one_rep_is_refused_where_there_are_accounts(db, site):
    client, _ = site
    reps.choose(db, "admin")
    headers = {"authorization": f"Bearer {signing.token(db, signing.add(db, 'admin', 'Boss Person'), 'admin')}"}
    body = {"title": "Weekly", "mails": ["a@example.com"], "filters": {"rep": REP}}
    assert client.post("/api/v1/digests/preview", json=body, headers=headers).status_code == 403


def signed_in(client, name: str):
    """A browser of the same server in which somebody signed in."""
    found = signing.browser(client.app)
    signing.sign_in(found, f"{name}@example.com")
    return found


@pytest.fixture
def owned(db, site):
    """The server, where two further columns hold the reps as other files write them, and one has hardly any."""
    rows = list(db.query("SELECT id FROM conversations ORDER BY id"))
    for n, row in enumerate(rows):
        for name, value in (("lead_owner", "Rowe, Kim"), ("opened_by", "kim.rowe@us.example"), ("partner", "Kim Rowe" if n < 3 else "Acme")):  # fmt: skip
            db["conversation_fields"].insert({"conversation_id": row["id"], "name": name, "value": value})
    return site


def test_a_column_that_mostly_holds_reps_is_kept_back_like_theirs(db, owned):
    client, headers = owned
    reps.choose(db, "self")
    assert reps.columns(db) == {"lead_owner", "opened_by"}
    for path in (
        "/api/v1/reports/trends?kind=objection&",
        "/quotes?",
        "/reports/handover?",
        "/api/v1/quotes?",
        "/accounts?",
    ):
        told = {
            role: client.get(f"{path}lead_owner=Rowe\\, Kim", headers=headers[role]).status_code for role in headers
        }
        assert set(told.values()) == {403}, path
    assert client.get("/api/v1/reports/trends?kind=objection&partner=Acme", headers=headers["admin"]).status_code == 200
    split = "/api/v1/reports/handover?by=Lead Owner"
    assert {client.get(split, headers=headers[role]).status_code for role in headers} == {403}
    assert client.get("/api/v1/quotes", headers=headers["admin"]).json()["facets"].get("lead_owner", {}) == {}
    assert (
        "lead_owner" not in client.get("/reports/objections", headers=headers["admin"] | {"accept": "text/html"}).text
    )
    cuts = client.get("/api/v1/reports/handover", headers=headers["admin"]).json()["cuts"]
    assert all(one["field"] != "lead_owner" for one in cuts)
    reps.choose(db, "admin")
    assert client.get(split, headers=headers["admin"]).status_code == 200
    assert client.get(split, headers=headers["contributor"]).status_code == 403


def test_an_administrator_says_which_columns_hold_reps(db, owned):
    client, headers = owned
    reps.choose(db, "self")
    asked = {
        name: f"/api/v1/reports/trends?kind=objection&{name}={value}"
        for name, value in (("partner", "Acme"), ("opened_by", "kim.rowe@us.example"))
    }
    sent = {role: signed_in(client, role).post("/settings/people/columns", data={"column": ["partner", "lead_owner"]}).status_code for role in ("contributor", "admin")}  # fmt: skip
    assert sent == {"contributor": 403, "admin": 303}
    assert reps.columns(db) == {"partner", "lead_owner"}
    assert {name: client.get(path, headers=headers["admin"]).status_code for name, path in asked.items()} == {"partner": 403, "opened_by": 200}  # fmt: skip


def test_only_an_administrator_says_which_rep_an_account_is_and_one_rep_is_one_account(db, site):
    client, headers = site
    reps.choose(db, "self")
    ids = {row["name"]: row["id"] for row in db.query("SELECT id, name FROM users")}

    def said(role: str, who: str, names: str):
        return signed_in(client, role).post(f"/settings/people/{ids[who]}", data={"act": "rep", "rep": names})

    for role in ("somebody", "kim", "contributor"):
        assert said(role, "Kim Rowe", REP).status_code == 403
    assert said("admin", "Kim Rowe", "kim rowe").status_code == 422
    assert said("admin", "Somebody Else", "").status_code == 303
    assert said("admin", "Kim Rowe", "kim rowe").status_code == 303
    told = {role: client.get("/quotes", params={"rep": REP}, headers=headers[role]).status_code for role in headers}
    assert told == {"rep": 403, "namesake": 200, "contributor": 403, "admin": 403}
    assert "Rep: kim rowe" in signed_in(client, "admin").get("/settings/people").text


def test_a_rep_is_known_by_the_address_of_the_account(db):
    kim = signing.add(db, "contributor", "Kim Rowe")
    person = Person(kim.id, kim.name, kim.email, "contributor")
    reps.choose(db, "self")
    assert reps.may_see(db, person, "Kim@Example.com") and not reps.may_see(db, person, "Kim Rowe")


def test_a_removed_account_leaves_no_rep_behind(db):
    signing.add(db, "admin", "Ada")
    kim = signing.add(db, "contributor", "Kim")
    reps.name(db, kim.id, "Kim Rowe", actor="Ada", now=NOW)
    accounts.remove_person(db, kim.id, now=NOW, actor="Ada")
    assert db.execute("SELECT count(*) FROM access_settings WHERE value LIKE '%Rowe%'").fetchone() == (0,)


def test_a_rep_has_one_tap_to_their_own_accounts_whatever_is_set_for_figures(db, site):
    client, headers = site
    first, *others = [row["account"] for row in db.query("SELECT DISTINCT account FROM conversations ORDER BY account")]
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = '', rep = iif(account = ?, ?, ?)", [first, REP, ONLY])
    reps.choose(db, "off")

    def seen(role: str, path: str) -> dict:
        return client.get(path, headers=headers[role]).json()

    rows = seen("rep", "/accounts?mine=yes")["rows"]
    assert [(row["name"], row["owners"]) for row in rows] == [(first, [REP])]
    assert "Only mine" in client.get("/accounts", headers=headers["rep"] | {"accept": "text/html"}).text
    assert f"Owner: {REP}." in client.get(f"/accounts/{rows[0]['id']}", headers=headers["rep"] | {"accept": "text/html"}).text  # fmt: skip
    every = {row["name"]: row["owners"] for row in seen("rep", "/accounts?mine=no")["rows"]}
    assert every[first] == [REP] and all(every[one] == [] for one in others if one in every) and len(every) > 1
    calls = seen("rep", "/api/v1/signals/calls")
    assert {one["owner"] for one in calls["items"]} <= {REP, ""} and calls["owners_hidden"] == sum(not one["owner"] for one in calls["items"])  # fmt: skip
    assert "is not named" in client.get("/api/v1/signals/calls?format=md", headers=headers["rep"]).text
    assert {one["account"] for one in seen("rep", "/api/v1/signals/calls?mine=true")["items"]} <= {first}
    for role in ("contributor", "namesake"):  # who is no rep has no such list, and is told of no owner
        assert seen(role, "/accounts?mine=yes")["found"] == len(every)
        assert all(row["owners"] == [] for row in seen(role, "/accounts")["rows"])
        assert "Only mine" not in client.get("/accounts", headers=headers[role] | {"accept": "text/html"}).text
    reps.choose(db, "admin")
    assert {one for row in seen("admin", "/accounts")["rows"] for one in row["owners"]} == {REP, ONLY}


def test_whose_accounts_a_rep_looked_at_last_is_remembered_until_they_choose_anew(db, site):
    client, headers = site
    first, *others = [row["account"] for row in db.query("SELECT DISTINCT account FROM conversations ORDER BY account")]
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = '', rep = iif(account = ?, ?, ?)", [first, REP, ONLY])

    def found(role: str, path: str) -> int:
        return client.get(path, headers=headers[role] | {"accept": "application/json"}).json()["found"]

    every = len(others) + 1
    told = [found("rep", path) for path in ("/accounts", "/accounts?mine=yes", "/accounts", "/accounts?name=", "/accounts?mine=no", "/accounts")]  # fmt: skip
    assert told == [every, 1, 1, 1, every, every]
    found("rep", "/accounts?mine=yes")
    page = client.get("/accounts?name=nobody", headers=headers["rep"] | {"accept": "text/html"}).text
    assert "None of your accounts matches" in page and 'href="/accounts?mine=no">Show all' in page
    assert found("contributor", "/accounts") == every  # another who uses this browser, and is no rep

"""Figures about a single rep, over every address that takes the filter, the splits, the voice report and what was kept."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.dependencies.models import Dependant

from api.exports.document import Document, Section, Table
from api.rep_gate import document_seen, voice_seen
from api.who import VISIT, Visit
from insights.trends import Rate
from pipelines import reps
from pipelines.accounts import Person
from pipelines.store.filters import Filters
from pipelines.voice import Rep, VoiceReport
from tests.api import signing
from tests.sharing import with_shared_routes

REP = "Kim Rowe"  # of the company that `fill` makes


@pytest.fixture
def site(db, filled, tmp_path):
    """A server with accounts, and what a person of a role sends along."""
    scopes = {"contributor": "write", "admin": "admin"}
    keys = {role: signing.token(db, signing.add(db, role), scope) for role, scope in scopes.items()}
    keys["rep"] = signing.token(db, signing.add(db, "contributor", "Kim Rowe"), "write")
    settings = signing.settings_of(tmp_path)
    client = signing.browser(with_shared_routes(signing.serve(settings, signing.Time()), settings))
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


@pytest.mark.parametrize(
    ("chosen", "sees"),
    [("off", set()), ("self", {"rep"}), ("admin", {"rep", "admin"}), ("contributor", {"rep", "admin", "contributor"})],
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
    assert told == {"rep": 403, "contributor": 403, "admin": 200}


def test_filters_and_counts_offer_only_reps_that_one_may_see(db, site):
    client, headers = site
    reps.choose(db, "self")
    told = {role: client.get("/api/v1/quotes", headers=headers[role]).json()["facets"]["rep"] for role in headers}
    assert told["admin"] == told["contributor"] == {} and set(told["rep"]) == {REP}
    assert (
        'name="rep"' not in client.get("/reports/objections", headers=headers["admin"] | {"accept": "text/html"}).text
    )


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
def as_rep():
    token = VISIT.set(Visit(Person(1, "Kim Rowe", "kim@example.com", "contributor", "read"), accounts=True, asked=True))
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

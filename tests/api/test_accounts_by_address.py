"""Mails without an account: the address tells it where the company is known, and nothing is set before somebody says so."""

import json
import re

import pytest

from insights.records import Company
from pipelines.catalogue import by_domain
from pipelines.ingest import ingest
from pipelines.privacy.persons import is_at
from pipelines.store import company as us
from pipelines.uploads.undo import undo
from tests.api.conftest import NOW, fill

MAIL = (
    "Message-ID: <{n}@x.example>\nFrom: {name} <{address}>\nTo: {to}\nDate: Thu, 0{n} Mar 2026 10:00:00 +0000\n"
    "Subject: Offer {n}\n\nDoes it work offline, and what does plan {n} cost us a year?\n"
)
NOTES = "Date,Account,Contact,Email,Notes\n" + "".join(
    f"2026-01-0{n},Brightwater Ltd,Helen Cross,helen@brightwater.example,They said that plan {n} costs too much for them this year.\n"
    for n in (1, 2)
)
CONTACTS = "Id,FirstName,LastName,Email,Title,Account Name\n0035g00000AAAAA,Dana,Ortiz,dana@arlo.example,VP Finance,Arlo Foods\n"
OURS = "joel@vendor.example"


@pytest.fixture
def send(db, tmp_path):
    def upload(text: str, name: str) -> int:
        (tmp_path / name).write_text(text)
        return ingest(db, [tmp_path / name], title=name, now=lambda: NOW).batch_id or 0

    return upload


@pytest.fixture
def mails(send):
    """Send one mail from each of these addresses."""

    def write(*addresses: str, to: str = OURS) -> None:
        for n, address in enumerate(addresses, 1):
            send(MAIL.format(n=n, name="Some Body", address=address, to=to), f"{n}.eml")

    return write


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def accounts(db) -> dict[str, str]:
    return {
        row["title"]: row["account"]
        for row in db.query("SELECT title, account FROM conversations WHERE kind = 'email'")
    }


@pytest.fixture
def company(empty_client, db):
    us.add(db, Company(domains=("vendor.example",)))
    return empty_client


def told(db) -> list[tuple[str, str, str, int]]:
    return [(s.by, s.account, s.why, len(s.conversations)) for s in by_domain.suggestions(db).told]


def test_a_domain_that_other_conversations_have_at_one_account_tells_it(company, db, send, mails):
    send(NOTES, "notes.csv")
    mails("helen@brightwater.example", "tom@eu.brightwater.example")
    assert ("brightwater.example", "Brightwater Ltd", "address", 1) in told(db)
    assert ("eu.brightwater.example", "Brightwater Ltd", "address", 1) in told(db)


def test_it_is_set_only_once_somebody_says_so_and_can_be_undone(company, db, send, mails):
    send(NOTES, "notes.csv")
    mails("helen@brightwater.example", "dana@gmail.com")
    assert accounts(db) == {"Offer 1": "", "Offer 2": ""}
    page = company.get("/uploads/accounts")
    assert 'name="tick:brightwater.example" value="1" checked' in page.text

    form = {
        "offered:brightwater.example": "1",
        "tick:brightwater.example": "1",
        "account:brightwater.example": "Brightwater Ltd",
    }
    after = company.post("/uploads/accounts", data=form)
    assert "Set by hand: account of 1 conversation" in words(after.text)
    assert accounts(db) == {"Offer 1": "Brightwater Ltd", "Offer 2": ""}

    action = re.search(r'action="(/conversations/facts/\d+/undo)"', after.text).group(1)
    company.post(action, data={"back": "/uploads/accounts"})
    assert accounts(db) == {"Offer 1": "", "Offer 2": ""}


def test_a_contact_of_the_crm_tells_it_too(company, db, send, mails):
    send(CONTACTS, "contacts.csv")
    mails("sam@arlo.example")
    assert told(db) == [("arlo.example", "Arlo Foods", "contact", 1)]


def test_an_account_that_is_called_like_the_domain_is_offered_and_not_ticked(company, db, send, mails):
    send(NOTES.replace("helen@brightwater.example", ""), "notes.csv")
    mails("helen@brightwater.example")
    (one,) = by_domain.suggestions(db).told
    assert (one.account, one.why, one.sure) == ("Brightwater Ltd", "name", False)
    page = company.get("/uploads/accounts").text
    assert 'name="tick:brightwater.example" value="1">' in page


@pytest.mark.parametrize("address", ["helen@gmail.com", "jo@vendor.example"], ids=["private", "ours"])
def test_private_addresses_and_our_own_tell_nothing(company, db, send, mails, address):
    send(NOTES.replace("helen@brightwater.example", address), "notes.csv")
    mails(address)
    assert told(db) == [] and by_domain.suggestions(db).unknown == ()


def test_a_domain_that_two_accounts_have_tells_neither(company, db, send, mails):
    send(NOTES, "notes.csv")
    send(NOTES.replace("Brightwater Ltd", "Norvik Freight").replace("plan", "seat"), "more.csv")
    mails("helen@brightwater.example")
    assert told(db) == []


def test_a_mail_with_people_of_two_known_companies_is_left_alone(company, db, send, mails):
    send(NOTES, "notes.csv")
    send(
        NOTES.replace("brightwater", "norvik").replace("Brightwater Ltd", "Norvik").replace("plan", "seat"), "more.csv"
    )
    mails("helen@brightwater.example", to=f"{OURS}, dana@norvik.example")
    found = by_domain.suggestions(db)
    assert (found.told, found.several) == ((), 1)
    assert "1 conversation with people of two known companies" in words(company.get("/uploads/accounts").text)


def test_a_company_that_nobody_knows_is_given_its_account_by_hand(company, db, mails):
    mails("helen@brightwater.example")
    assert "Companies that no account is known of" in company.get("/uploads/accounts").text
    company.post("/uploads/accounts", data={"account:brightwater.example": "Brightwater", "account:other.example": ""})
    assert accounts(db) == {"Offer 1": "Brightwater"}


def test_what_is_not_ticked_is_not_set(company, db, send, mails):
    send(NOTES, "notes.csv")
    mails("helen@brightwater.example")
    form = {"offered:brightwater.example": "1", "account:brightwater.example": "Brightwater Ltd"}
    assert company.post("/uploads/accounts", data=form).status_code == 422
    assert accounts(db) == {"Offer 1": ""}


def test_the_uploads_page_leads_there_where_an_address_tells_something(company, db, send, mails):
    send(NOTES, "notes.csv")
    mails("helen@brightwater.example", "who@unknown.example")
    assert "An address or a name tells the account of 1" in words(company.get("/uploads/2").text)
    assert "An address or a name tells" not in company.get("/uploads/3").text


def test_what_taught_a_domain_teaches_nothing_once_it_is_undone(company, db, send, mails):
    batch = send(NOTES, "notes.csv")
    mails("helen@brightwater.example")
    undo(db, batch)
    assert told(db) == []


def test_who_sees_no_originals_does_not_see_the_page(covered_client, mails):
    mails("helen@brightwater.example")
    assert (
        "/uploads/accounts" not in covered_client.get("/uploads").text
        and "/speakers" in covered_client.get("/uploads").text
    )


def test_a_domain_is_compared_once_and_only_with_accounts_that_begin_like_it(db, monkeypatch):
    fill(db)
    words = [f"{a}{b}{c}{d}ton" for a in "bdfg" for b in "aeio" for c in "lmnr" for d in "aeio"]
    for n, row in enumerate(list(db.query("SELECT id FROM conversations ORDER BY id"))):
        account, domain = ("", f"{words[n % 5]}.example") if n % 2 else (words[n % len(words)].title(), "")
        people = json.dumps([{"name": "Ann", "address": f"ann@{domain}" if domain else "", "role": "buyer"}])
        sql = "UPDATE conversations SET account = ?, account_key = ?, participants = ? WHERE id = ?"
        db.execute(sql, [account, account.lower(), people, row["id"]])
    compared = []
    monkeypatch.setattr(by_domain, "is_at", lambda key, at: compared.append(at) or is_at(key, at))
    found = by_domain.suggestions(db)
    assert found.told and all(one.account.lower() == one.by.partition(".")[0] for one in found.told)
    assert len(compared) <= 5


CALL = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:04.000\n<v Joel Sand>What would stop you?\n\n2\n00:00:05.000 --> 00:00:09.000\n<v {name}>It costs too much for us this year.\n"


def test_who_speaks_tells_the_account_where_they_are_the_contact_of_one_alone(company, db, send):
    us.add(db, Company(people=("Joel Sand",)))
    send(NOTES, "notes.csv")
    send(CALL.format(name="Helen Cross"), "2026-02-03 call.vtt")
    (one,) = by_domain.suggestions(db).told
    assert (one.by, one.account, one.why, one.known, one.sure) == ("Helen Cross", "Brightwater Ltd", "person", 2, True)
    page = company.get("/uploads/accounts")
    assert "Helen Cross" in words(page.text) and "have them as their contact, and no other account" in words(page.text)
    form = {
        f"{what}:Helen Cross": value
        for what, value in (("offered", "1"), ("tick", "1"), ("account", "Brightwater Ltd"))
    }
    company.post("/uploads/accounts", data=form)
    assert db.execute("SELECT account FROM conversations WHERE kind = 'call'").fetchone()[0] == "Brightwater Ltd"


@pytest.mark.parametrize("name", ["Helen", "Helena Cross", "Joel Sand"])
def test_a_first_name_or_another_name_tells_no_account(company, db, send, name):
    send(NOTES, "notes.csv")
    send(CALL.format(name=name), "2026-02-03 call.vtt")
    assert told(db) == []


def test_a_name_that_two_accounts_have_as_their_contact_tells_neither(company, db, send):
    send(NOTES + "2026-01-09,Arlo Foods,Helen Cross,,They said that it costs too much for them.\n", "notes.csv")
    send(CALL.format(name="Helen Cross"), "2026-02-03 call.vtt")
    assert told(db) == []


def test_who_writes_goes_before_a_domain_that_is_only_called_like_an_account(company, db, send, mails):
    send(NOTES.replace("helen@brightwater.example", "").replace("Helen Cross", "Some Body"), "notes.csv")
    mails("some.body@brightwater.example")
    assert told(db) == [("Some Body", "Brightwater Ltd", "person", 1)]


@pytest.mark.parametrize(
    "website", ["brightwater.example", "https://www.brightwater.example/en", "WWW.Brightwater.example"]
)
def test_the_website_of_the_crms_account_tells_its_mail_domain(db, send, mails, client, website):
    send(f"Account name,Website,Segment\nBrightwater Ltd,{website},Enterprise\n", "accounts.csv")
    mails("helen@brightwater.example")
    (told,) = by_domain.suggestions(db).told
    assert (told.account, told.why, told.sure) == ("Brightwater Ltd", "website", True)
    assert "the account’s website in the CRM" in client.get("/uploads/accounts").text


def test_a_website_of_two_accounts_tells_neither(db, send, mails):
    send("Account name,Website,Segment\nBright One,bright.example,A\nBright Two,bright.example,B\n", "accounts.csv")
    mails("helen@bright.example")
    assert by_domain.suggestions(db).told == ()

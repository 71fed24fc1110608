"""Deals, contacts and accounts give their facts to the conversations that they are about, whatever comes first."""

from itertools import permutations

import pytest

from insights.once import accounts
from insights.records import Company
from pipelines.ingest import ingest
from pipelines.sales.account_lists import refusals
from pipelines.store import company
from pipelines.store.migrations import m034_account_names
from pipelines.uploads import refresh
from pipelines.uploads.undo import undo

FILES = {
    "tasks.csv": "Id,Subject,ActivityDate,WhoId,WhatId,AccountId,Description,Type,IsTask\n"
    "00T1,Call,2025-03-03,0035g00000AAAAAQAA,0065g00000BBBBBQAB,0015g00000CCCCCQAC,Says the price is too high.,Call,true\n",
    "deals.csv": "Id,Name,StageName,Amount,CloseDate,AccountId,IsWon,IsClosed\n"
    "0065g00000BBBBB,Arlo renewal,Closed Lost,12000,2025-04-01,0015g00000CCCCCQAC,false,true\n",
    "contacts.csv": "Id,FirstName,LastName,Email,Title,AccountId\n"
    "0035g00000AAAAA,Dana,Ortiz,dana@arlo.example,VP Finance,0015g00000CCCCCQAC\n",
}


@pytest.fixture
def send(db, tmp_path, now):
    def upload(name: str, text: str = ""):
        (tmp_path / name).write_text(text or FILES[name])
        return ingest(db, [tmp_path / name], title=name, now=now)

    return upload


def facts(db) -> list[tuple[str, ...]]:
    sql = "SELECT stage, contact, job_title, persona FROM conversations ORDER BY id"
    return [tuple(row.values()) for row in db.query(sql)]


@pytest.mark.parametrize("order", permutations(FILES), ids=" ".join)
def test_a_call_gets_its_deal_and_its_contact_in_any_order_of_uploads(db, send, order):
    for name in order:
        send(name)

    assert facts(db) == [("Closed Lost", "Dana Ortiz", "VP Finance", "finance")]


def test_records_are_counted_and_no_conversations(db, send):
    counts = send("deals.csv").counts

    assert (counts.pieces, counts.added, counts.records, counts.conversations) == (1, 1, 1, 0)
    assert send("deals.csv").counts.duplicates == 1


@pytest.mark.parametrize("name", ["deals.csv", "contacts.csv"])
def test_undoing_the_records_takes_their_facts_away(db, send, now, content, name):
    send("tasks.csv")
    before = content(db)
    batch = send(name).batch_id
    assert content(db) != before

    undo(db, batch)

    assert content(db) == before


def test_a_deal_that_moved_on_is_taken_from_the_newest_upload(db, send, now):
    send("tasks.csv")
    send("deals.csv")
    newer = send("deals.csv", FILES["deals.csv"].replace("Closed Lost", "Negotiation")).batch_id
    assert facts(db)[0][0] == "Negotiation"

    undo(db, newer)

    assert facts(db)[0][0] == "Closed Lost"


def test_a_contact_is_found_by_the_address_in_a_mail(db, send):
    send("contacts.csv")
    mail = (
        "Message-ID: <m1@arlo.example>\nFrom: Dana Ortiz <dana@arlo.example>\nTo: Joel <joel@vendor.example>\n"
        "Date: Thu, 06 Mar 2025 10:00:00 +0000\nSubject: Offer\n\nDoes it work offline?\n"
    )

    send("mail.eml", mail)

    assert facts(db) == [("", "Dana Ortiz", "VP Finance", "finance")]


def test_an_account_with_two_deals_gives_a_note_neither(db, send):
    deals = "Deal Name,Deal Stage,Associated Company,Amount,Close Date,Record ID\n{}"
    send("deals.csv", deals.format("One,Demo,Arlo Foods,1,2025-05-01,11\nTwo,Won,Arlo Foods,2,2025-05-02,12\n"))
    send("notes.csv", "Date,Account,Notes\n2025-03-03,Arlo Foods,Says the price is too high.\n")

    assert facts(db)[0][0] == ""


ACCOUNTS = 'Account Name,Industry,Customer Type\n"Arlo Foods, Inc.",Logistics,Key\n'
CONTACTS = 'First Name,Last Name,Account Name,Title,Email\nDana,Ortiz,"Arlo Foods, Inc.",VP Finance,dana@arlo.example\nRaj,Stroud,"Arlo Foods, Inc.",IT Manager,raj@arlo.example\n'
CALL = """WEBVTT

NOTE account: Arlo Foods
NOTE date: 2025-04-05
NOTE rep: Joel Okafor

00:00:01.000 --> 00:00:04.000
<v {}>Honestly, the cellar has no signal and it is too dear for us.</v>

00:00:05.000 --> 00:00:09.000
<v Joel Okafor>We count offline.</v>
{}"""
NOTE = "Date,Account,Contact,Notes\n2025-03-03,Arlo Foods,{},Says the price is too high.\n"


@pytest.mark.parametrize("last", ["contacts.csv", "said"])
@pytest.mark.parametrize(
    ("name", "said", "persona"),
    [
        ("note.csv", NOTE.format("Dana Ortiz"), "finance"),
        ("note.csv", NOTE.format('"Ortiz, Dana"'), "finance"),
        ("note.csv", NOTE.format("Dr. Dana Ortiz"), "finance"),
        ("note.csv", NOTE.format("Raj"), "it_security"),
        ("note.csv", NOTE.format("Somebody Else"), "unknown"),
        ("note.csv", NOTE.format("dana@arlo.example").replace("Contact", "Contact Name"), "finance"),
        ("call.vtt", CALL.format("Dana Ortiz", ""), "finance"),
        ("call.vtt", CALL.format("Dana Ortiz", "\n00:00:10.000 --> 00:00:11.000\n<v Raj Stroud>And I ask about security.</v>\n"), "unknown"),
    ],
    ids=["by name", "last name first", "with a title", "by first name", "nobody known", "by an address for a name", "who speaks", "two who are known"],
)  # fmt: skip
def test_a_contact_is_found_by_name_within_the_account(db, send, last, name, said, persona):
    files = [("contacts.csv", CONTACTS), (name, said)]
    for one, text in files if last == "said" else files[::-1]:
        send(one, text)

    assert facts(db)[0][3] == persona


def test_two_contacts_of_one_name_give_nothing(db, send):
    send("contacts.csv", CONTACTS + "Dana,Ortiz,Arlo Foods,IT Manager,dana.two@arlo.example\n")
    send("note.csv", NOTE.format("Dana Ortiz"))

    assert facts(db)[0][3] == "unknown"


@pytest.mark.parametrize("said", ["NOTE rep: Chris Okafor\n", ""], ids=["rep", "our person"])
def test_who_sells_is_no_contact_of_the_account(db, send, said):
    company.add(db, Company(people=("Chris Okafor",)))
    send("contacts.csv", CONTACTS.replace("Dana,Ortiz", "Chris,Ortiz"))
    send(
        "call.vtt", CALL.format("Customer", "").replace("NOTE rep: Joel Okafor\n", said).replace("Joel Okafor", "Chris")
    )

    assert facts(db)[0][1:3] == ("", "")


def test_a_title_is_of_the_contact_and_not_of_whose_address_stands_beside(db, send):
    send("contacts.csv", CONTACTS.replace("raj@", "a.raj@"))
    send(
        "note.csv",
        NOTE.format("Dana Ortiz").replace(",Notes", ",Email,Notes").replace("Ortiz,", "Ortiz,a.raj@arlo.example,"),
    )

    assert facts(db)[0][1:3] == ("Dana Ortiz", "VP Finance")


def test_nobody_agrees_for_a_colleague_who_was_there(db, send):
    told = [
        f"{line},{said}" for line, said in zip(CONTACTS.splitlines(), ("Email Opt Out", "true", "false"), strict=True)
    ]
    send("contacts.csv", "\n".join(told) + "\n")
    send(
        "note.csv",
        NOTE.format("Ann Novak").replace(",Notes", ",Email,Notes").replace("Novak,", "Novak,raj@arlo.example,"),
    )

    people, _ = refusals(db)
    assert people == {("arlo foods", "dana ortiz"): True, ("arlo foods", "raj stroud"): False}
    assert facts(db)[0][1:3] == ("Ann Novak", "")


DEALS = "Record ID,Deal Name,Account Name,Deal Stage\n1,Renewal,{},Closed Won\n2,Renewal,{},Closed Lost\n"


@pytest.mark.parametrize(
    ("first", "second", "stage"),
    [("Globex", "Arlo Foods, Inc.", "Closed Lost"), ("Globex", "Initech", ""), ("Arlo", "", "Closed Won")],
    ids=["of the account", "of two others", "the only one of that name"],
)
def test_a_deals_name_is_that_of_the_accounts_deal(db, send, first, second, stage):
    deals = DEALS.format(first, f'"{second}"')
    send("deals.csv", deals if second else deals.partition("2,")[0])
    send("note.csv", NOTE.format("Dana").replace("Contact", "Contact,Deal").replace("Dana", "Dana,Renewal"))

    assert facts(db)[0][0] == stage


def test_a_deal_that_is_called_like_a_contact_is_no_contact(db, send):
    send("contacts.csv", CONTACTS)
    send("note.csv", NOTE.format("").replace("Contact", "Deal").replace("Arlo Foods,", "Globex,Dana Ortiz"))

    assert facts(db)[0][1:3] == ("", "")


def test_a_contact_is_not_looked_for_among_all_of_its_account(db, send, monkeypatch):
    """1,500 calls with as many contacts of one account took twelve seconds."""
    compared = []
    same = accounts.same_person
    monkeypatch.setattr(accounts, "same_person", lambda *two: compared.append(two) or same(*two))
    words = [f"{one}{other}" for one in "abcdefgh" for other in "ijklmnop"]
    send(
        "contacts.csv", "First Name,Last Name,Account Name,Title\n" + "".join(f"Al{w},Or{w},Arlo,CFO\n" for w in words)
    )
    send(
        "notes.csv",
        "Date,Account,Contact,Notes\n"
        + "".join(f"2025-03-03,Arlo,Al{w} Or{w},It is too dear for {w}.\n" for w in words),
    )

    assert [row[2] for row in facts(db)] == ["CFO"] * len(words)
    assert len(compared) < 10 * len(words)


def test_an_account_is_known_however_its_name_is_spelt(db, send):
    send("note.csv", NOTE.format("Dana"))
    batch = send("accounts.csv", ACCOUNTS).batch_id
    told = {row["name"]: row["value"] for row in db.query("SELECT name, value FROM conversation_fields")}
    assert told == {"account_industry": "Logistics", "account_customer_type": "Key"}

    undo(db, batch)

    assert not db.table("conversation_fields").count


def test_records_of_before_are_found_by_the_folded_name_too(db, send):
    send("accounts.csv", ACCOUNTS)
    with db.atomic():
        db.execute("DELETE FROM crm_keys WHERE key = 'account:arlo foods'")
        m034_account_names(db)
    send("note.csv", NOTE.format("Dana"))

    assert db.table("conversation_fields").count == 2


def test_what_older_rules_handed_on_goes_once_before_the_next_mining(db, send):
    """A consent that was a colleague's must not wait for the next export."""
    send("contacts.csv", CONTACTS)
    send("note.csv", NOTE.format("Somebody Else"))

    def hand_on() -> None:
        sql = "INSERT OR REPLACE INTO conversation_fields SELECT id, 'contact_email_opt_out', 'No' FROM conversations"
        with db.atomic():
            db.execute(sql)

    hand_on()
    refresh.by_new_rules(db)
    assert db.table("conversation_fields").count_where("name = 'contact_email_opt_out'") == 0
    hand_on()
    refresh.by_new_rules(db)
    assert db.table("conversation_fields").count_where("name = 'contact_email_opt_out'") == 1

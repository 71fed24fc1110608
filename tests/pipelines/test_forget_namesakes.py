"""Two people of one name at one company: nobody is forgotten before it is said which, and what nothing tells apart stays."""

import pytest

from pipelines.ingest import ingest
from pipelines.privacy import forget, forgotten, persons
from pipelines.privacy.persons import Asked, Twins, Unclear

FOLDER = "incoming"
NOTES = """Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Owner,Opportunity Stage,Description
N1,2025-03-03,Arlo Foods,Dana Hill,VP Finance,Joel Okafor,Discovery,"Finds the yearly price too high."
N2,2025-03-04,Arlo Foods,Dana Hill,Warehouse Lead,Joel Okafor,Discovery,"Wants scanners that survive the cold store."
N3,2025-03-05,Arlo Foods,Dana Hill,,Joel Okafor,Discovery,"Asked for the roll-out plan."
N4,2025-03-05,Bexley Trading,Raj Stroud,Buyer,Joel Okafor,Discovery,"Asked for single sign-on."
"""
MAILS = """From MAILER Thu Mar 06 10:00:00 2025
Message-ID: <m0@arlo.example>
From: Dana Hill <dana.hill@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Thu, 06 Mar 2025 10:00:00 +0000
Subject: Offer

The finance team cannot sign a contract of three years.

From MAILER Fri Mar 07 10:00:00 2025
Message-ID: <n0@arlo.example>
From: Dana Hill <dana.hill2@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Fri, 07 Mar 2025 10:00:00 +0000
Subject: Scanners

Our gloves are too thick for the small buttons of that scanner.

From MAILER Sat Mar 08 10:00:00 2025
Message-ID: <b0@vendor.example>
From: Joel Okafor <joel@vendor.example>
To: Dana Hill <dana.hill@arlo.example>, Dana Hill <dana.hill2@arlo.example>
Date: Sat, 08 Mar 2025 10:00:00 +0000
Subject: Both of you

Would one hour on Monday suit the two of you?
"""
FINANCE, WAREHOUSE = "dana.hill@arlo.example", "dana.hill2@arlo.example"


@pytest.fixture
def bring(db, tmp_path, now):
    def upload(**files: str):
        for name, text in files.items():
            folder = tmp_path / FOLDER / name
            folder.mkdir(parents=True)
            file = folder / f"{name}.{'csv' if name == 'notes' else 'mbox'}"
            file.write_text(text)
            ingest(db, [file], title=name, now=now)

    return upload


def _forget(db, home, which: tuple[str, ...], given: str = "Dana Hill"):
    told = {"now": lambda: "2025-05-01T10:00:00+00:00", "actor": "test"}
    return forget.forget(db, Asked(given, "Arlo Foods", which), home, confirmed=given, **told)


def _said(db) -> str:
    return "\n".join(row["text"] for row in db.query("SELECT text FROM utterances ORDER BY id"))


def test_before_anything_is_erased_it_is_asked_which_of_two_is_meant(db, bring, tmp_path):
    bring(notes=NOTES, mails=MAILS)
    before = _said(db)
    for given in ("Dana Hill", FINANCE):
        with pytest.raises(Twins, match=WAREHOUSE) as raised:
            _forget(db, tmp_path, (), given)
        assert [one.key for one in raised.value.bearers.each] == [WAREHOUSE, FINANCE, "VP Finance", "Warehouse Lead"]
    assert _said(db) == before


def test_forgetting_one_leaves_what_the_other_said_and_says_what_could_not_be_told_apart(db, bring, tmp_path):
    bring(mails=MAILS, notes=NOTES)
    done = _forget(db, tmp_path, (FINANCE,))
    said = _said(db)
    assert "contract of three years" not in said
    assert "Our gloves are too thick" in said and "roll-out plan" in said and "single sign-on" in said
    addresses = {
        row["a"]
        for row in db.query(
            "SELECT json_extract(p.value, '$.address') AS a FROM conversations, json_each(participants) p"
        )
    }
    assert WAREHOUSE in addresses and FINANCE not in addresses
    told = {one.what: one.because for one in done.remains}
    assert (
        "the name in 3 conversations" in told
        and "mail address is kept out" in told["later uploads that give the name alone"]
    )


def test_a_job_title_chooses_too(db, bring, tmp_path):
    bring(notes=NOTES)
    seen = forget.preview(db, Asked("Dana Hill", "Arlo Foods", ("warehouse lead",)), tmp_path)
    assert seen.namesake and any(one.what == "the name in 1 conversation" for one in seen.remains)
    _forget(db, tmp_path, ("warehouse lead",))
    contacts = [
        (row["contact"], row["job_title"])
        for row in db.query("SELECT contact, job_title FROM conversations ORDER BY source_id")
    ]
    assert contacts == [("Dana Hill", "VP Finance"), ("", ""), ("Dana Hill", ""), ("Raj Stroud", "Buyer")]


def test_an_address_and_a_job_title_may_be_chosen_together(db, bring, tmp_path):
    bring(mails=MAILS, notes=NOTES)
    done = _forget(db, tmp_path, (FINANCE, "VP Finance"))
    said = _said(db)
    assert "three years" not in said and "gloves" in said
    titles = {
        (row["contact"], row["job_title"])
        for row in db.query("SELECT contact, job_title FROM conversations WHERE kind = 'note'")
    }
    assert titles == {("", ""), ("Dana Hill", "Warehouse Lead"), ("Dana Hill", ""), ("Raj Stroud", "Buyer")}
    assert "the name in 1 conversation" in {one.what for one in done.remains}


def test_said_to_be_one_person_all_of_it_goes(db, bring, tmp_path):
    bring(mails=MAILS, notes=NOTES)
    _forget(db, tmp_path, ("*",))
    assert "gloves" not in _said(db) and "three years" not in _said(db)
    assert not any(row["contact"] == "Dana Hill" for row in db.query("SELECT contact FROM conversations"))


@pytest.mark.parametrize("title", ["VP, Finance", "vp of finance"])
def test_one_title_written_in_two_ways_and_an_address_without_one_are_nobody_else(db, bring, tmp_path, title):
    notes = NOTES.replace("Warehouse Lead", f'"{title}"')
    bring(notes=notes, mails=MAILS.replace("dana.hill2@", "dana.hill@"))
    assert persons.find(db, Asked("Dana Hill", "Arlo Foods")).only is None


CONTACTS = """Contact ID,First Name,Last Name,Account Name,Email
0035g00000AAAAA1,Dana,Hill,Arlo Foods,"dana.hill@arlo.example; dana@arlo.example"
"""


def test_addresses_that_a_contact_of_the_crm_has_together_are_one_persons(db, bring, tmp_path):
    alone = MAILS.replace("dana.hill2@", "dana@")
    bring(notes=CONTACTS, mails=alone)
    who = persons.find(db, Asked("Dana Hill", "Arlo Foods"))
    assert who.only is None and who.addresses == {FINANCE, "dana@arlo.example"}


@pytest.mark.parametrize("which", [FINANCE, "dana@arlo.example"])
def test_of_two_people_with_several_addresses_one_is_chosen_by_any_of_theirs(db, bring, tmp_path, which):
    bring(notes=CONTACTS, mails=MAILS)
    with pytest.raises(Twins) as raised:
        persons.find(db, Asked("Dana Hill", "Arlo Foods"))
    assert {one.address for one in raised.value.bearers.each} == {f"{FINANCE}, dana@arlo.example", WAREHOUSE}
    who = persons.find(db, Asked("Dana Hill", "Arlo Foods", (which,)))
    assert who.addresses == {FINANCE, "dana@arlo.example"} and who.others == {WAREHOUSE}
    _forget(db, tmp_path, (which,))
    assert "three years" not in _said(db) and "gloves" in _said(db)


def test_an_address_that_two_contacts_have_makes_nobody_one_person(db, bring, tmp_path):
    other = CONTACTS.splitlines()[1].replace("AAAAA1", "BBBBB2").replace("dana.hill@", "dana.hill2@")
    bring(notes=f"{CONTACTS}{other}\n", mails=MAILS)
    with pytest.raises(Twins) as raised:
        persons.find(db, Asked("Dana Hill", "Arlo Foods"))
    assert {one.address for one in raised.value.bearers.each} == {FINANCE, WAREHOUSE, "dana@arlo.example"}


def test_later_uploads_keep_out_the_one_by_the_address_and_let_the_other_in(db, bring, tmp_path):
    bring(mails=MAILS, notes=NOTES)
    _forget(db, tmp_path, (FINANCE,))
    more = (
        MAILS.replace("@arlo.example>\nFrom", "x@arlo.example>\nFrom")
        .replace("three years", "nine years")
        .replace("gloves", "mittens")
    )
    bring(mails_later=more)
    said = _said(db)
    assert "nine years" not in said and "mittens" in said
    assert not forgotten.back(db, tmp_path)


def test_who_has_no_address_beside_a_namesake_is_told_that_later_uploads_are_not_kept_out(db, bring, tmp_path):
    bring(notes=NOTES)
    titled = forget.preview(db, Asked("Dana Hill", "Arlo Foods", ("warehouse lead",)), tmp_path)
    assert titled.namesake and not titled.kept_out

    bring(mails=MAILS)
    addressed = forget.preview(db, Asked("Dana Hill", "Arlo Foods", (FINANCE,)), tmp_path)
    assert addressed.namesake and addressed.kept_out


def test_who_was_chosen_and_is_gone_is_not_taken_for_the_other_one(db, bring, tmp_path):
    bring(notes=NOTES, mails=MAILS)
    _forget(db, tmp_path, (FINANCE, "VP Finance"))
    left = _said(db)
    for which in ((FINANCE, "VP Finance"), ("nobody@else.example",)):
        with pytest.raises(Unclear):
            _forget(db, tmp_path, which)
    assert _said(db) == left

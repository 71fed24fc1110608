"""Somebody forgotten by name alone stays out with mails that show their address for the first time."""

import shutil

import pytest

from pipelines.ingest import ingest
from pipelines.privacy import forget, forgotten, receipts
from pipelines.privacy.persons import Asked
from pipelines.store import erasures
from pipelines.uploads import undo

NOTES = """Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Owner,Opportunity Stage,Segment,Description
A1,2025-03-03,Brightwater Foods,Helen Cross,Head of Purchasing,Dana Whitlock,Discovery,smb,"Helen Cross said the price is too high."
A2,2025-03-04,Norvik Freight,Lars Holm,Owner,Dana Whitlock,Discovery,smb,"Asked for single sign-on before the pilot."
"""
OTHER = 'A3,2025-03-05,Delta Works,Helen Cross,Buyer,Dana Whitlock,Discovery,smb,"Wants a pilot in May."\n'
MAILS = """From MAILER Mon Mar  2 09:00:00 2026
From: Dana Whitlock <dana@vendor.example>
To: Helen Cross <{address}>
Date: Mon, 02 Mar 2026 09:00:00 +0000
Subject: Your quote
Message-ID: <a1@vendor.example>

Hi Helen,
attached is the quote for forty seats. Can we talk on Thursday?
Dana

From MAILER Tue Mar  3 10:00:00 2026
From: {name} <{address}>
To: Dana Whitlock <dana@vendor.example>
Date: Tue, 03 Mar 2026 10:00:00 +0000
Subject: Re: Your quote
Message-ID: <a2@brightwater.example>
In-Reply-To: <a1@vendor.example>
References: <a1@vendor.example>

Dana, this is too expensive. Zendrix offered us a fifth less.
Helen

From MAILER Wed Mar  4 10:00:00 2026
From: Lars Holm <lars@norvik.example>
To: Dana Whitlock <dana@vendor.example>
Date: Wed, 04 Mar 2026 10:00:00 +0000
Subject: Pilot
Message-ID: <b1@norvik.example>

Dana, we need the pilot before we can go live. When is it coming?
Lars
"""
LATER = """From MAILER Thu Apr  2 09:00:00 2026
From: {address}
To: Dana Whitlock <dana@vendor.example>
Date: Thu, 02 Apr 2026 09:00:00 +0000
Subject: Another thing
Message-ID: <c1@brightwater.example>

We still wait for the security questionnaire.
Helen
"""
QUOTING = """From MAILER Thu Apr  2 09:00:00 2026
From: Helen Cross <{address}>
To: Dana Whitlock <dana@vendor.example>
Date: Thu, {day:02} Apr 2026 09:00:00 +0000
Subject: Re: Depot {day}
Message-ID: <q{day}@brightwater.example>

It is too dear for depot {day}.

On Wed, 1 Apr 2026 at 10:00, Dana Whitlock <dana@vendor.example> wrote:
> Attached is the quote for forty seats, as we said on the phone.

"""
ADDRESS = "helen@brightwater.example"


@pytest.fixture
def bring(db, tmp_path, now):
    def upload(name: str, text: str):
        folder = tmp_path / "incoming"
        folder.mkdir()
        (folder / name).write_text(text)
        try:
            return ingest(db, [folder / name], title=name, now=now)
        finally:
            shutil.rmtree(folder)

    return upload


def _mails(address: str = ADDRESS, name: str = "Helen Cross") -> str:
    return MAILS.format(address=address, name=name)


def _forget(db, home, account: str = ""):
    asked = Asked("Helen Cross", account)
    return forget.forget(
        db, asked, home, confirmed="Helen Cross", now=lambda: "2026-05-01T10:00:00+00:00", actor="test"
    )


def _said(db) -> str:
    return "\n".join(row["text"] for row in db.query("SELECT text FROM utterances ORDER BY id"))


def _everything(db) -> str:
    return "\n".join(db.conn.iterdump()).casefold()


@pytest.mark.parametrize("account", ["", "Brightwater Foods"])
def test_a_mail_that_was_taken_back_before_comes_in_without_who_was_forgotten_by_name(db, bring, tmp_path, account):
    bring("notes.csv", NOTES)
    undo.undo(db, bring("mail.mbox", _mails()).batch_id)
    _forget(db, tmp_path, account)
    again = bring("mail.mbox", _mails())
    said = _said(db)
    assert "too expensive" not in said and "Zendrix" not in said
    assert "Hi █████,\nattached is the quote" in said and "When is it coming?" in said
    assert ADDRESS not in _everything(db) and "helen" not in _everything(db)
    assert [one.kept for one in again.problems] == [True] and "(receipt 1) is in 2 of the pieces" in again.problems[
        0
    ].reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_mails("helen@bwf-holding.example"), id="a domain that says nothing of the company"),
        pytest.param(_mails("helen77@gmail.com"), id="a private address"),
        pytest.param(_mails(name='"Cross, Helen (Brightwater)"'), id="the name turned round"),
        pytest.param(_mails("helen.cross@brightwater.example", "Purchasing"), id="the name in the address alone"),
    ],
)
def test_whoever_bears_the_name_is_kept_out_where_no_other_company_is_told(db, bring, tmp_path, text):
    bring("notes.csv", NOTES)
    _forget(db, tmp_path)
    bring("mail.mbox", text)
    assert "too expensive" not in _said(db) and "helen" not in _everything(db)


def test_the_address_found_with_the_name_keeps_later_mails_out_until_that_is_lifted(db, bring, tmp_path):
    bring("notes.csv", NOTES)
    done = _forget(db, tmp_path)
    bring("mail.mbox", _mails())
    bring("later.mbox", LATER.format(address=ADDRESS))
    assert "security questionnaire" not in _said(db)
    assert receipts.get(db, done.id).kept_out == done.kept_out + 1
    receipts.lift(db, done.id, now="2026-06-01", actor="test")
    assert erasures.marks(db) == frozenset()
    bring("more.mbox", LATER.format(address=ADDRESS).replace("c1@", "c2@"))
    assert "security questionnaire" in _said(db)


def test_a_mail_that_shows_the_address_alone_before_the_one_with_the_name_is_kept_out_too(db, bring, tmp_path):
    bring("notes.csv", NOTES)
    _forget(db, tmp_path)
    bring("mail.mbox", LATER.format(address=ADDRESS) + "\n" + _mails())
    assert "security questionnaire" not in _said(db) and "helen" not in _everything(db)


def test_mails_that_quote_one_of_ours_stay_one_conversation_without_their_author(db, bring, tmp_path):
    text = "".join(QUOTING.format(day=day, address=ADDRESS) for day in (2, 9, 16))
    bring("mail.mbox", text)
    assert _conversations(db) == [(1, 4)]
    _forget(db, tmp_path)
    assert "quote for forty seats" in _said(db) and "depot" not in _said(db)
    assert _conversations(db) == [(1, 1)]


def test_what_came_in_before_the_address_was_known_is_told_with_what_to_do(db, bring, tmp_path):
    bring("notes.csv", NOTES)
    _forget(db, tmp_path)
    bring("later.mbox", LATER.format(address=ADDRESS))
    told = bring("mail.mbox", _mails())
    assert any("parley forget --again" in one.reason + one.advice for one in told.problems)
    assert [one.given for one in forgotten.back(db, tmp_path)] == [ADDRESS]


def test_another_of_the_same_name_at_another_company_comes_in(db, bring, tmp_path):
    bring("notes.csv", NOTES + OTHER)
    _forget(db, tmp_path, "Brightwater Foods")
    bring("mail.mbox", _mails("helen@delta.example"))
    assert "too expensive" in _said(db)


@pytest.mark.parametrize("address", [ADDRESS, "helen77@gmail.com"])
def test_a_name_that_two_bear_is_the_forgotten_one_unless_the_other_company_is_told(db, bring, tmp_path, address):
    bring("notes.csv", NOTES + OTHER)
    _forget(db, tmp_path, "Brightwater Foods")
    bring("mail.mbox", _mails(address))
    assert "too expensive" not in _said(db) and address not in _everything(db)


def test_a_speaker_of_a_name_that_two_bear_is_kept_out_of_a_call_that_names_no_company(db, bring, tmp_path):
    bring("notes.csv", NOTES + OTHER)
    _forget(db, tmp_path, "Brightwater Foods")
    call = "WEBVTT\n\n00:01.000 --> 00:05.000\n<v Dana Whitlock>Thanks for joining, Helen.</v>\n\n00:06.000 --> 00:14.000\n<v Helen Cross>It went fine but it costs too much.</v>\n"
    bring("call.vtt", call)
    assert "costs too much" not in _said(db) and "joining, █████." in _said(db)


CALL = (
    "WEBVTT\n\n00:01.000 --> 00:05.000\n<v Dana Whitlock>Thanks for joining.</v>\n\n"
    "00:06.000 --> 00:14.000\n<v {}>It went fine but it costs too much.</v>\n"
)


def test_a_name_that_two_bear_is_told_by_the_company_beside_it_where_a_call_names_none(db, bring, tmp_path):
    bring("notes.csv", NOTES + OTHER)
    bring("call.vtt", CALL.format("Helen Cross (Brightwater Foods)"))
    _forget(db, tmp_path, "Brightwater Foods")
    assert "costs too much" not in _said(db) and "Wants a pilot in May." in _said(db)


def test_a_name_that_two_bear_in_a_call_that_names_no_company_stays_and_the_receipt_says_so(db, bring, tmp_path):
    bring("notes.csv", NOTES + OTHER)
    bring("call.vtt", CALL.format("Helen Cross"))
    seen = forget.preview(db, Asked("Helen Cross", "Brightwater Foods"), tmp_path)
    receipt = _forget(db, tmp_path, "Brightwater Foods")
    assert "costs too much" in _said(db)
    for told in (seen, receipt):
        assert "the name in 1 conversation that names no account" in [one.what for one in told.remains]


@pytest.mark.parametrize(("given", "account"), [("Helen Cross", ""), ("helen cross", "Brightwater Foods")])
def test_who_looks_for_a_forgotten_person_again_is_told_by_which_receipt(db, bring, tmp_path, given, account):
    bring("notes.csv", NOTES)
    _forget(db, tmp_path)
    with pytest.raises(
        forget.AlreadyForgotten, match=r"forgotten on 1 May 2026, receipt 1; later uploads are kept out"
    ):
        forget.preview(db, Asked(given, account), tmp_path)


def test_an_address_that_was_found_later_says_so_in_its_preview(db, bring, tmp_path):
    bring("notes.csv", NOTES)
    _forget(db, tmp_path)
    bring("mail.mbox", _mails())
    seen = forget.preview(db, Asked(ADDRESS), tmp_path)
    assert seen.nothing and "receipt 1" in seen.before
    assert forget.preview(db, Asked("lars@norvik.example"), tmp_path).before == ""


def test_older_versions_of_a_conversation_count_as_little_before_and_after_as_on_the_pages(db, bring, tmp_path):
    bring("notes.csv", NOTES)
    with db.atomic():
        db.execute(
            "UPDATE conversations SET persona = 'finance', standing = 'revision' WHERE account = 'Norvik Freight'"
        )
        db.execute("UPDATE conversations SET persona = 'finance' WHERE account = 'Brightwater Foods'")
    told = {one.name: one.before for one in _forget(db, tmp_path).figures}
    assert told["conversations with a known persona"] == 1


@pytest.mark.parametrize("shared", ["info@brightwater.example", "drive-shares-noreply@docs.example"])
def test_an_address_that_others_use_too_is_theirs_only_beside_their_name(db, bring, tmp_path, shared):
    bring("notes.csv", NOTES)
    _forget(db, tmp_path)
    bring("mail.mbox", _mails(shared))
    assert "too expensive" not in _said(db)
    bring("later.mbox", LATER.format(address=f"Ines Roy <{shared}>").replace("Helen", "Ines"))
    assert "security questionnaire" in _said(db)


def _conversations(db) -> list[tuple[int, int]]:
    """How many conversations there are, and how much is said in all of them."""
    return db.execute("select count(distinct conversation_id), count(*) from utterances").fetchall()

"""The CRM's own id of an account: from a column of an upload or from a CRM export, as it was written, until it is taken back."""

import io
from contextlib import closing

import pytest

from insights import formats
from insights.formats.tables.crm import account_ids, salesforce_in_full
from pipelines.ingest import ingest
from pipelines.operation import transfer
from pipelines.privacy import forget, persons
from pipelines.store import account_ids as store
from pipelines.store import connect
from pipelines.store.account_ids import KnownAs
from pipelines.uploads.undo import undo

HEAD = "Activity ID,Activity Date,Account,Contact,{head},Description\n"
NOTES = HEAD + "A{day},2025-12-{day},{account},Dana Ortiz,{id},Too dear for us in number {day}.\n"


@pytest.fixture
def bring(db, tmp_path, now):
    def upload(text: str, name: str = "notes.csv") -> int:
        (tmp_path / name).write_text(text)
        return ingest(db, [tmp_path / name], title=name, now=now).batch_id

    return upload


def note(id: str, *, day: int = 10, head: str = "Account ID", account: str = "Arlo") -> str:
    return NOTES.format(id=id, day=day, head=head, account=account)


def known(db) -> dict[str, KnownAs]:
    return dict(store.every(db))


@pytest.mark.parametrize(
    "head", ["Account ID", "AccountId", "account_id", "Company ID", "Account: Account ID", "company.hs_object_id", "Salesforce Account ID", "Organization - ID"]
)  # fmt: skip
def test_the_usual_headings_are_recognised(db, bring, head):
    bring(note("5512", head=head))
    assert known(db) == {"arlo": KnownAs("5512")}


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("5512", "5512"),
        ("Lead_aBc9", "Lead_aBc9"),
        ("ACME-01", "ACME-01"),
        ("ACCT00000012345", "ACCT00000012345"),  # as long as one of Salesforce's
        ("0015g00000AbCdE", salesforce_in_full("0015g00000AbCdE")),
        ("6.81E+10", ""),  # what a spreadsheet left of a number
    ],
)
def test_an_id_is_given_as_the_crm_writes_it(db, bring, written, given):
    bring(note(written))
    assert known(db).get("arlo", KnownAs()).id == given


def test_salesforces_short_and_long_ids_are_one():
    # The example of Salesforce's own documentation of the three last characters.
    assert salesforce_in_full("001A0000006Vm9r") == "001A0000006Vm9rIAC"
    assert account_ids(["id:001A0000006Vm9r"]) == ("001A0000006Vm9rIAC",)


def test_of_two_ids_the_one_told_last_counts_and_the_other_is_not_hidden(db, bring):
    bring(note("77", day=12) + note("55", day=20).splitlines()[1] + "\n")
    assert known(db) == {"arlo": KnownAs("55", ("77",))}


def test_a_cell_with_two_companies_says_of_neither_that_it_is_this_account(db, bring):
    bring(note("77;55"))
    assert known(db) == {"arlo": KnownAs("", ("55", "77"))}
    bring(note("77", day=11), "another.csv")
    assert known(db) == {"arlo": KnownAs("77", ("55",))}


def test_a_corrected_id_takes_the_place_of_the_first_until_the_correction_is_undone(db, bring, content):
    bring(note("77"))
    before = content(db)
    second = bring(note("K-1001"))
    assert known(db) == {"arlo": KnownAs("K-1001")}
    undo(db, second)
    assert (known(db), content(db)) == ({"arlo": KnownAs("77")}, before)


def test_an_export_of_accounts_gives_the_id_by_the_accounts_name_until_it_is_undone(db, bring):
    bring(HEAD.format(head="Segment") + "A1,2025-12-10,Arlo Inc.,Dana Ortiz,smb,Too dear for us.\n")
    assert known(db) == {}
    batch = bring("Id,Name,Industry,Website\n0015g00000AbCdE,Arlo Inc.,Retail,arlo.example\n", "accounts.csv")
    assert known(db) == {"arlo": KnownAs(salesforce_in_full("0015g00000AbCdE"))}
    undo(db, batch)
    assert known(db) == {}


def test_a_column_of_the_conversations_goes_before_exports_and_accounts_before_their_deals(db, bring):
    deals = "Record ID,Deal Name,Deal Stage,Account Name,Company ID\n9,Alpha,Won,Arlo,3\n"
    records = ("deals.csv", deals, "3"), ("accounts.csv", "Account ID,Account Name,Industry,Website\nA-2,Arlo,Retail,x\n", "A-2")  # fmt: skip
    for name, text, given in (*records, ("notes.csv", note("C-1"), "C-1")):
        bring(text, name)
        assert known(db)["arlo"].id == given


def test_two_accounts_of_one_name_in_one_export_are_told_apart_by_nothing(db, bring):
    bring("Account ID,Account Name,Industry,Website\n1,Arlo,Retail,x\n2,Arlo,Retail,y\n")
    assert known(db) == {"arlo": KnownAs("", ("1", "2"))}


def test_it_goes_with_an_export_and_stays_when_a_person_is_forgotten(db, bring, tmp_path, now):
    bring(note("K-1001"))
    transfer.export(db, tmp_path / "all.jsonl")
    transfer.bring_in(tmp_path / "all.jsonl", tmp_path / "new" / "parley.db")
    with closing(connect(tmp_path / "new" / "parley.db")) as other:
        assert known(other) == {"arlo": KnownAs("K-1001")}
    asked = persons.Asked("Dana Ortiz", "Arlo")
    forget.forget(db, asked, tmp_path, confirmed=asked.given, now=now, actor="Ann")
    assert (db.table("conversations").count, known(db)) == (1, {"arlo": KnownAs("K-1001")})


def test_an_account_id_joins_no_deal_of_that_account():
    """The form in which an id was written is no key of a record of something else."""
    (deal,) = formats.read("deals.csv", io.BytesIO(b"Record ID,Deal Name,Deal Stage,Account Name,Company ID\n9,Alpha,Won,Arlo,K-1\n"))  # fmt: skip
    (call,) = formats.read("notes.csv", io.BytesIO(note("K-1").encode()))
    assert not set(deal.keys) & set(call.keys)

"""Which columns of an upload are offered to choose from: those whose values come again. Any of them can be named."""

import io

import pytest

from api.views.bars import bar
from insights import formats
from insights.formats.tables.contents import comes_again
from insights.records import Conversation, Utterance, stable_id
from pipelines.quotes import search
from pipelines.report import segment_field, trend_report
from pipelines.store import batches, facets
from pipelines.store.filters import Filters
from pipelines.uploads import settle
from tests.pipelines.test_report import LAST, TODAY


@pytest.fixture
def dozen(db, now):
    """Twelve conversations with an id each, a subject that a reply shares, and an industry."""
    batches.start(db, title="test", now=now())
    for n in range(12):
        own = {"activity_id": f"A{n}", "subject": f"About {min(n, 9)}", "industry": f"Industry {n % 4}"}
        said = (Utterance("Dana", "buyer", "verbatim", f"That is too expensive, number {n}."),)
        one = Conversation(
            id=stable_id("test", n), kind="call", title="", occurred_at=LAST.isoformat(), utterances=said, fields=own
        )
        with db.atomic():
            settle.write(db, [one], settle.knowledge(db))
    return db


def test_what_nearly_every_conversation_has_for_itself_is_nothing_to_choose(dozen):
    offered = {"persona", "stage", "outcome", "voice", "channel", "seniority", "rep", "industry"}
    assert "industry" in {one.name for one in bar(dozen, Filters()).choices} <= offered
    assert search.fields(dozen, Filters()) == ("industry",)


def bring(db, n: int, fields: dict[str, str]) -> None:
    said = (Utterance("Dana", "buyer", "verbatim", f"That is too expensive, number {n}."),)
    one = Conversation(id=stable_id("more", n), kind="call", title="", occurred_at=LAST.isoformat(), utterances=said, fields=fields)  # fmt: skip
    with db.atomic():
        settle.write(db, [one], settle.knowledge(db))


def test_addresses_and_numbers_of_people_are_never_offered(dozen):
    for n in range(4):
        bring(dozen, n, {"Who mail": f"who{n % 2}@acme.example", "Direct line": f"+44 20 7946 0{n % 2}18"})
    assert search.fields(dozen, Filters()) == ("industry",)


def test_the_deal_is_one_choice_however_files_call_its_column(dozen):
    for n in range(4):
        bring(dozen, n, {("Opp", "Associated deal")[n % 2]: f"Deal {n // 2}"})
    assert search.fields(dozen, Filters()) == ("deal", "industry")
    assert facets.values(dozen, "deal") == ["Deal 0", "Deal 1"]


def test_it_still_filters_where_an_address_names_it(dozen):
    one = Filters(fields={"activity_id": "A7"})
    assert trend_report(dozen, one, kind="objection", today=TODAY).conversations == 1
    assert ("activity_id", "Activity id", "A7") in bar(dozen, one).set


@pytest.mark.parametrize(
    ("different", "shared", "of", "again"), [(7, 0, 7, True), (8, 0, 8, False), (8, 6, 12, True), (30, 29, 59, False)]
)
def test_half_of_the_conversations_share_their_value_or_there_are_few_values(different, shared, of, again):
    assert comes_again(different, shared, of) is again


def test_a_column_that_a_person_chose_as_the_deal_is_the_same_choice():
    file = io.BytesIO(b"Notes,Vorgang\nToo dear,Acme 1\n")
    (one,) = formats.read("notes.csv", file, mapping=formats.ColumnMapping({"Vorgang": "deal"}))
    assert one.fields == {"deal": "Acme 1"}


def test_the_segment_that_a_crm_writes_more_around_is_the_segment(dozen):
    for n in range(4):
        bring(dozen, n, {"Account.Segment__c": ("Hospital", "Food")[n % 2]})
    known = facets.field_names(dozen)
    assert (facets.meant("segment", known), facets.meant("size", known)) == ("account_segment__c", "")
    assert segment_field(dozen, most_values=12) == "account_segment__c"

"""The preview shows what the reader will do, because it asks the reader."""

import io
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from insights import formats
from insights.formats import ColumnMapping
from insights.formats.mail import Mail
from insights.formats.tables import columns
from insights.records import Conversation, CrmRecord, Problem

SAMPLES = Path(__file__).parents[2] / "data" / "crm"


def show(text: str, name: str = "notes.csv", **options):
    return formats.preview(name, io.BytesIO(text.encode()), **options)


def test_each_column_says_what_it_was_taken_for_and_why():
    text = "Wann,Notes,Region,Who says\n2025-03-04,Too dear,EMEA,Ann\n2025-03-05,Too slow,EMEA,Bob\n"
    shown = show(text, mapping=ColumnMapping({"Who says": "contact"}))
    assert [(column.header, column.role, column.why) for column in shown.columns] == [
        ("Wann", "date", "content"),
        ("Notes", "text", "header"),
        ("Region", "", ""),
        ("Who says", "contact", "mapping"),
    ]
    assert shown.columns[1].samples == ("Too dear", "Too slow")
    assert shown.columns[2].samples == ("EMEA",)
    assert (shown.subject, shown.delimiter, shown.encoding, shown.header_row, shown.sampled) == (
        "conversations", ",", "utf-8", 1, 2,
    )  # fmt: skip


def test_stages_that_count_as_an_outcome_are_told():
    rows = "Too dear,Closed won,\nToo slow,Closed Lost,won\nFine,Closed – Lost,\nFine,Proposal,\n"
    assert show(f"Notes,Deal Stage,Deal outcome\n{rows}").ended == (("Closed won", "won"), ("Closed – Lost", "lost"))


def test_a_column_of_nothing_but_mail_addresses_is_the_contacts_unless_it_is_ours():
    rows = "".join(f"Too dear,who{n}@acme.example,ann@ours.example,+44 20 7946 0{n}18,1202{n}55\n" for n in range(4))
    shown = {one.header: one for one in show(f"Notes,Who mail,Rep mail 2,Direct line,Ref\n{rows}").columns}
    assert (shown["Who mail"].role, shown["Who mail"].why) == ("address", "content")
    assert {name: (one.role, one.reached) for name, one in shown.items() if name not in ("Notes", "Who mail")} == {
        "Rep mail 2": ("", True), "Direct line": ("", True), "Ref": ("", False),
    }  # fmt: skip


def test_a_column_of_ids_says_that_its_values_do_not_come_again():
    shown = show("Notes,Region,Ref\n" + "".join(f"Too dear,EMEA,R-{n}\n" for n in range(9)))
    assert {column.header: column.again for column in shown.columns} == {"Notes": True, "Region": True, "Ref": False}


def test_the_first_rows_are_shown_as_they_would_come_out():
    rows = "".join(f"2025-03-0{n},Acme,Dana,Call,{'word ' * 40}\n" for n in range(1, 9))
    shown = show("Date,Account,Contact,Type,Notes\n" + rows)
    assert len(shown.rows) == 5
    first = shown.rows[0]
    assert (first.row, first.date, first.account, first.contact, first.kind) == (
        2,
        "2025-03-01",
        "Acme",
        "Dana",
        "call",
    )
    assert first.text == " ".join(["word"] * 15) + " …"


@pytest.mark.parametrize(
    ("dates", "order", "ambiguous", "examples"),
    [
        (["03/04/2025", "05/06/2025"], "", True, ("03/04/2025", "05/06/2025")),
        (["03/04/2025", "25/04/2025"], "dmy", False, ("03/04/2025",)),
        (["03/04/2025", "04/25/2025"], "mdy", False, ("03/04/2025",)),
        (["2025-03-04", "2025-04-25"], "", False, ()),
    ],
)
def test_an_ambiguous_order_of_dates_is_asked_for(dates, order, ambiguous, examples):
    shown = show("date,notes\n" + "".join(f"{date},Too dear\n" for date in dates))
    assert (shown.date_order, shown.ambiguous, shown.date_examples) == (order, ambiguous, examples)
    assert shown.date_column == "date"


def test_a_row_far_below_the_sample_settles_the_order_in_preview_and_reader():
    text = "date,notes\n" + "03/04/2025,Too dear\n" * 1000 + "25/04/2025,Too dear\n"
    assert show(text).date_order == "dmy"
    assert next(formats.read("n.csv", io.BytesIO(text.encode()))).occurred_at == "2025-04-03"


def test_a_given_order_settles_it():
    shown = show("date,notes\n03/04/2025,Too dear\n", mapping=ColumnMapping(date_order="mdy"))
    assert (shown.date_order, shown.ambiguous, shown.rows[0].date) == ("mdy", False, "2025-03-04")


def test_a_table_without_words_still_shows_its_columns():
    shown = show("Nummer,Wert\n1,x\n")
    assert (shown.subject, shown.rows) == ("nothing", ())
    assert [column.header for column in shown.columns] == ["Nummer", "Wert"]


def test_a_workbook_has_a_preview_for_each_sheet():
    shown = formats.preview("book.xlsx", io.BytesIO((SAMPLES / "book.xlsx").read_bytes()))
    assert [(one.sheet, one.subject) for one in (shown, *shown.others)] == [
        ("Notes Q1", "conversations"),
        ("Read me", "nothing"),
        ("Deals", "deals"),
    ]


def test_objects_have_columns_too():
    shown = show(
        '{"Description": "Too dear", "CloseDate": null}\n{"Description": "Slow", "Region": "EMEA"}\n', "n.jsonl"
    )
    assert [(column.header, column.role) for column in shown.columns] == [
        ("Description", "text"),
        ("CloseDate", ""),
        ("Region", ""),
    ]


def test_what_has_no_columns_is_a_problem():
    assert isinstance(show("Rep: Hello\n", "call.txt"), Problem)
    assert isinstance(show("\n\n", "empty.csv"), Problem)


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir() if ".golden" not in path.name))
def test_the_preview_agrees_with_the_reader_and_is_json(name):
    data = (SAMPLES / name).read_bytes()
    shown = formats.preview(name, io.BytesIO(data))
    json.dumps(asdict(shown))
    read = [item for item in formats.read(name, io.BytesIO(data)) if isinstance(item, Conversation | Mail | CrmRecord)]
    for one in (shown, *shown.others):
        kinds = {"deals": "deal", "contacts": "contact", "accounts": "account"}
        here = [item for item in read if not one.sheet or item.file.endswith(one.sheet)]
        if one.subject in kinds:
            assert {item.kind for item in here} == {kinds[one.subject]}
        elif one.subject == "conversations":
            assert all(isinstance(item, Conversation | Mail) for item in here)
        else:
            assert here == []
        by_row = {item.row: item for item in here}
        for row in one.rows:
            item = by_row.get(row.row)
            if isinstance(item, Conversation) and item.pieces == 1:
                assert (row.date, row.account) == (item.occurred_at, item.account)
            elif isinstance(item, Mail):
                assert (row.date, row.account) == (item.sent_at, item.facts.get("account", ""))


def test_every_role_is_described_in_a_line():
    for role, says in columns.roles().items():
        assert role
        assert says.endswith(".")
        assert "\n" not in says


def test_a_recorders_json_is_shown_as_the_calls_in_it():
    data = b'{"monologues":[{"speaker":0,"elements":[{"type":"text","value":"Hello","ts":1,"end_ts":2}]}]}'
    found = formats.preview("call.json", io.BytesIO(data))
    assert isinstance(found, formats.Preview)
    assert (found.subject, found.columns, len(found.rows)) == ("conversations", (), 1)


def test_mails_are_shown_one_by_one():
    (row, *_) = show(
        "Date,From address,To address,Subject,Body,Account\n2025-03-04,dana@acme.example,jane@us.example,Offer,Too dear,Acme\n"
    ).rows
    assert (row.row, row.kind, row.date, row.account, row.text) == (2, "email", "2025-03-04", "Acme", "Too dear")


def test_a_text_that_is_cut_says_so_and_ends_with_a_word():
    (row,) = show("Notes\n" + "expensive " * 20 + "\n").rows
    assert row.text.endswith("expensive …") and len(row.text) <= 80


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.7z", b"7z\xbc", "'.7z'"),
        ("a.vtt", b"", "is empty"),
        ("a.eml", b"\x00\x01", "no"),
        ("a.vtt", b"WEBVTT\n", ""),
    ],
)
def test_what_will_not_be_read_is_known_before(name, data, says):
    stream = io.BytesIO(data)
    found = formats.unread(name, stream)
    assert (found is None) == (says == "") and says in (found.reason if found else "")
    assert stream.tell() == 0

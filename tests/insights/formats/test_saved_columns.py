"""Saved columns apply by themselves where a table's heads are those that they were saved from."""

import io

import pytest
import xlsxwriter

from insights import formats
from insights.formats import ColumnMapping, Reading, SavedColumns
from insights.formats.tables.readings import lack
from insights.records import Conversation

CRM = {"Ref#": "id", "Moment": "date", "House": "account", "Scribbles": "text"}
ROWS = 'Ref#,Moment,House,Scribbles\n1,03/04/2026,Acme,"They said it is too expensive for them."\n'


def saved(name: str = "CRM notes", **more) -> SavedColumns:
    return SavedColumns(
        **{"name": name, "saved_at": "2026-11-03T09:00:00+00:00", "columns": CRM, "date_order": "dmy"} | more
    )


def read(text: str, *known: SavedColumns, name: str = "n.csv", **said):
    found = list(formats.read_telling(name, io.BytesIO(text.encode()), mapping=ColumnMapping(saved=known, **said)))
    (note,) = [item for item in found if isinstance(item, Conversation)]
    return note, next((item for item in found if isinstance(item, Reading)), None)


@pytest.mark.parametrize(
    "heads",
    [
        "Ref#,Moment,House,Scribbles",
        "Ref#;Moment;House;Scribbles",
        "REF,moment,house,Scribbles",
        "sep=,\nRef#,Moment,House,Scribbles",
    ],
)
def test_a_table_with_the_same_heads_is_read_by_them(heads):
    comma = ";" if ";" in heads else ","
    note, told = read(f"{heads}\n{comma.join(['1', '03/04/2026', 'Acme', 'Too dear.'])}\n", saved())

    assert (note.occurred_at, note.account, note.source_id) == ("2026-04-03", "Acme", "1")
    assert (told.saved, told.saved_at[:10], told.missing) == ("CRM notes", "2026-11-03", ())


def test_the_order_of_the_columns_may_be_another():
    note, _ = read("Scribbles,House,Moment,Ref#\nToo dear.,Acme,03/04/2026,1\n", saved())

    assert (note.occurred_at, note.account) == ("2026-04-03", "Acme")


def test_a_column_more_leaves_what_was_said_of_the_others():
    note, told = read("Ref#,More,Moment,House,Scribbles\n1,x,03/04/2026,Acme,Too dear.\n", saved(heads=(tuple(CRM),)))

    assert (note.occurred_at, note.account, note.source_id, told.saved) == ("2026-04-03", "Acme", "1", "CRM notes")
    assert note.fields == {"More": "x"}


@pytest.mark.parametrize("heads", ["Ref#,Moment,House,Scribbles,More,Most", "Ref#,Moment,Scribbles"])
def test_a_column_less_or_many_more_are_another_table(heads):
    row = ",".join(["1", "03/04/2026", "They said it is too dear for them", "x", "y", "z"][: heads.count(",") + 1])

    _, told = read(f"{heads}\n{row}\n", saved(heads=(tuple(CRM),)))

    assert told is None or not told.saved


def test_saved_columns_that_fit_as_they_are_go_before_those_of_which_there_are_more():
    less = saved("less", heads=(tuple(CRM),))
    whole = saved("whole", columns=CRM | {"More": "title"}, heads=((*CRM, "More"),))
    note, told = read("Ref#,Moment,House,Scribbles,More\n1,03/04/2026,Acme,Too dear.,x\n", less, whole)

    assert (note.title, told.saved, told.others) == ("x", "whole", ())


def test_a_title_above_the_heads_does_not_hide_them():
    note, _ = read("Export of November,,,\n,,,\n" + ROWS, saved())

    assert note.account == "Acme"


def test_the_latest_saved_wins_and_the_other_is_named():
    early = saved("Old", columns={**CRM, "House": "contact"})

    note, told = read(ROWS, saved(), early)

    assert (note.account, told.saved, told.others) == ("Acme", "CRM notes", ("Old",))


def test_what_is_said_for_this_upload_stands_above_what_was_saved():
    note, told = read(ROWS, saved(), columns={"House": "contact"}, date_order="mdy")

    assert (note.account, note.contact, note.occurred_at) == ("", "Acme", "2026-03-04")
    assert told.saved == "CRM notes"


def test_columns_saved_from_several_tables_fit_each_of_them():
    two = saved(columns={**CRM, "Wer": "rep"}, heads=(("Ref#", "Moment", "House", "Scribbles"), ("Wer", "Notes")))

    assert read(ROWS, two)[0].account == "Acme"
    assert read("Wer,Notes\nKim,Too dear for them.\n", two)[0].rep == "Kim"


def test_a_corrected_table_of_problems_is_read_by_them_too():
    note, _ = read("parley_file,parley_row,Ref#,Moment,House,Scribbles\nn.csv,2,1,03/04/2026,Acme,Too dear.\n", saved())

    assert (note.account, note.occurred_at) == ("Acme", "2026-04-03")


def test_objects_are_read_by_them():
    note, told = read(
        '[{"Moment": "03/04/2026", "House": "Acme", "Scribbles": "Too dear.", "Ref#": "1"}]', saved(), name="n.json"
    )

    assert (note.account, note.occurred_at, told.saved) == ("Acme", "2026-04-03", "CRM notes")


def test_each_sheet_is_read_by_what_fits_it():
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheets = {"A": list(CRM), "B": ["Wer", "Gesagt"], "C": ["Date", "Account", "Notes"]}
    for name, heads in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, heads)
        sheet.write_row(1, 0, ["03/04/2026" if head in ("Moment", "Date") else f"{head} in {name}" for head in heads])
    book.close()
    known = (saved(), saved("Gespräche", columns={"Wer": "account", "Gesagt": "text"}, date_order=""))

    found = list(formats.read_telling("b.xlsx", io.BytesIO(stream.getvalue()), mapping=ColumnMapping(saved=known)))

    assert [item.account for item in found if isinstance(item, Conversation)] == [
        "House in A",
        "Wer in B",
        "Account in C",
    ]
    assert {item.file: item.saved for item in found if isinstance(item, Reading)} == {
        "b.xlsx/A": "CRM notes", "b.xlsx/B": "Gespräche", "b.xlsx/C": "",
    }  # fmt: skip


def test_a_table_without_date_and_account_says_so_with_the_columns_it_did_not_understand():
    _, told = read(ROWS.replace("03/04/2026", "early"))

    assert (told.missing, told.unread) == (("date", "account"), ("Moment", "House"))
    assert lack(told.missing, told.unread).startswith("No date and no account was found for any of its conversations.")


def test_a_column_that_a_person_keeps_as_a_field_of_its_own_was_understood():
    _, told = read(ROWS, saved(columns={**CRM, "House": ""}))

    assert (told.missing, told.unread) == (("account",), ())


def test_a_table_that_lacks_nothing_says_nothing():
    assert read("Date,Account,Notes\n2026-03-01,Acme,Too dear.\n")[1] is None


def test_running_numbers_amounts_sentences_and_empty_columns_are_not_offered_as_the_account():
    heads = "Lfd No,Chairs,Preamble,House,Moment,Custom 1,Scribbles\n"
    row = '{n},{n}2,As agreed in our last meeting with them,Acme,{day},,"They said it is too expensive for them, and more."\n'
    table = heads + "".join(row.format(n=n, day=20260300 + n) for n in (1, 2, 3))
    told = next(one for one in formats.read_telling("n.csv", io.BytesIO(table.encode())) if isinstance(one, Reading))
    assert (told.missing, told.unread) == (("date", "account"), ("House", "Moment"))

"""CSV and TSV: every row is a conversation, a part of one, or a named problem."""

import io
import json

import pytest

from insights import formats
from insights.formats import ColumnMapping, Limits
from insights.formats.formulas import guarded
from insights.formats.tables import columns, layout
from insights.records import Conversation, Problem
from tests.spending import at_most


def read(text: str, name: str = "notes.csv", **options):
    return list(formats.read(name, io.BytesIO(text.encode()), **options))


def conversations(items):
    return [item for item in items if isinstance(item, Conversation)]


def problems(items):
    return [item for item in items if isinstance(item, Problem)]


def test_a_row_becomes_a_note_reported_by_the_seller():
    (note,) = read("Date,Account,Rep,Notes\n2025-03-04,Acme,Jane Doe,Worried about price.\n")
    assert (note.kind, note.account, note.rep, note.occurred_at) == ("note", "Acme", "Jane Doe", "2025-03-04")
    (said,) = note.utterances
    assert (said.speaker, said.role, said.voice, said.text) == (
        "Jane Doe",
        "seller",
        "reported",
        "Worried about price.",
    )
    assert (note.file, note.row) == ("notes.csv", 2)


def test_paragraphs_are_utterances_and_keep_their_words():
    (note,) = read('notes\n"First point.\n\n- asked about SSO\n- wants  a   discount"\n')
    assert [said.text for said in note.utterances] == ["First point.", "- asked about SSO", "- wants  a   discount"]


def test_a_sentence_wrapped_at_a_fixed_width_stays_whole():
    text = "The prospect said that they would rather wait until the new\nfiscal year begins."
    (note,) = read(f'notes\n"{text}"\n')
    assert [said.text for said in note.utterances] == [text]


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        ("Activity ID,Subject,Company / Account,Assigned,Full Comments,Status", "id title account rep text outcome"),
        ("Record ID,Activity date,Engagement type,Note body,Associated Company", "id date kind text account"),
        ("hs_object_id,hs_timestamp,hs_note_body,dealstage", "id date text stage"),
        ("AccountName,ActivityDate,TaskSubtype,Description,StageName", "account date subkind text stage"),
        ("Company,Contact Name,Job Title,Deal Stage,Outcome,Notes", "account contact job_title stage outcome text"),
    ],
)
def test_headers_of_crm_exports_are_known(headers, roles):
    names = headers.split(",")
    assert [(meaning.role or "-") for meaning in columns.meanings(names)] == roles.split()


def test_a_column_without_a_known_name_is_found_by_its_values():
    rows = [
        ["2025-03-04", "They think that the price is far too high"],
        ["2025-03-05", "Asked how the import of old data works"],
    ]
    assert [meaning.role for meaning in columns.meanings(["A", "B"], rows)] == ["date", "text"]


def test_unknown_columns_are_kept_under_their_own_header():
    (note,) = read("Notes,Region,Deal Size\nToo dear,EMEA,20k\n")
    assert note.fields == {"Region": "EMEA", "Deal Size": "20k"}


def test_a_mapping_overrules_the_headers():
    (note,) = read("Notes,Was gesagt wurde\nintern,Too dear\n", mapping=ColumnMapping({"Was gesagt wurde": "text"}))
    assert note.utterances[0].text == "Too dear"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    (note,) = read(delimiter.join(["id", "account", "notes"]) + "\n" + delimiter.join(["1", "Acme", "Too dear"]) + "\n")
    assert (note.account, note.utterances[0].text) == ("Acme", "Too dear")


def test_a_report_with_titles_above_its_header_is_read():
    (note,) = read("Activities this quarter\n\nAccount,Date,Notes\nAcme,2025-03-04,Too dear\n")
    assert (note.account, note.row) == ("Acme", 4)


def test_a_table_without_a_text_column_says_what_to_do():
    (problem,) = read("id,stage\n1,won\n")
    assert "text" in problem.advice


def test_rows_that_share_an_id_and_name_speakers_are_turns_of_one_call():
    text = "call id,speaker,role,text,start\n7,Ann,rep,Hello,0\n8,Cy,rep,Other call,0\n7,Bob,customer,Too dear,4.5\n"
    items = {len(item.utterances): item for item in read(text)}
    call = items[2]
    assert call.kind == "call"
    assert [(said.speaker, said.role, said.voice, said.started_at) for said in call.utterances] == [
        ("Ann", "seller", "verbatim", 0.0),
        ("Bob", "buyer", "verbatim", 4.5),
    ]


def test_a_transcript_in_a_cell_becomes_turns():
    (call,) = read('type,notes\nCall,"Rep: How is it?\nCustomer: Too dear."\n')
    assert [(said.speaker, said.voice) for said in call.utterances] == [("Rep", "verbatim"), ("Customer", "verbatim")]


def test_a_logged_mail_loses_its_quoted_history():
    (mail,) = read(
        'type,direction,body\nEmail,INCOMING,"Too dear.\n\nOn Mon, Mar 3, 2025 Ann <a@x.example> wrote:\n> Offer"\n'
    )
    assert (mail.text, mail.sender.role) == ("Too dear.", "buyer")


def test_notes_exported_as_html_are_read_as_text():
    (note,) = read("note body\n<div><p>Too dear.</p><p>Wants SSO &amp; audit</p></div>\n")
    assert [said.text for said in note.utterances] == ["Too dear.", "Wants SSO & audit"]


def test_an_unclosed_quotation_mark_costs_one_row():
    text = 'id,notes\n1,fine\n2,"never closed\n3,still here\n4,"quoted, and fine"\n5,last\n'
    items = read(text)
    assert [item.utterances[0].text for item in conversations(items)] == [
        "fine",
        "still here",
        "quoted, and fine",
        "last",
    ]
    (problem,) = problems(items)
    assert problem.row == 3
    assert "quotation mark" in problem.reason


def test_a_row_with_too_many_cells_is_a_problem():
    items = read("id,notes\n1,one, two and three\n2,fine\n")
    assert [problem.row for problem in problems(items)] == [2]
    assert len(conversations(items)) == 1


def test_a_file_full_of_broken_quotes_is_read_line_by_line():
    items = read("id,notes\n" + "".join(f'{n},"open {n}\n' if n % 2 else f"{n},fine {n}\n" for n in range(400)))
    assert len(conversations(items)) == 200
    assert len(problems(items)) == 200


def test_rows_in_are_conversations_and_problems():
    rows = [
        "1,2025-03-04,fine",
        "2,2025-03-04,",
        "3,2025-03-04,fine,too many",
        "1,2025-03-04,fine",
        '4,2025-03-04,"quoted\nline"',
    ]
    items = read("id,date,notes\n" + "\n".join(rows) + "\n")
    assert len(conversations(items)) + len(problems(items)) == len(rows)
    assert len({item.id for item in conversations(items)}) == 2  # row 4 is row 1 again


def test_an_ambiguous_date_is_never_guessed():
    items = read("date,notes\n03/04/2025,Too dear\n05/05/2025,Too slow\n")
    assert [item.occurred_at for item in conversations(items)] == ["", "2025-05-05"]
    (problem,) = problems(items)
    assert problem.row == 2
    assert "'date'" in problem.reason
    assert "YYYY-MM-DD" in problem.advice


@pytest.mark.parametrize(("settling", "expected"), [("25/04/2025", "2025-04-03"), ("04/25/2025", "2025-03-04")])
def test_another_row_settles_the_order_of_day_and_month(settling, expected):
    items = read(f"date,notes\n03/04/2025,Too dear\n{settling},Too slow\n")
    assert problems(items) == []
    assert items[0].occurred_at == expected


def test_rows_that_contradict_each_other_settle_nothing():
    items = read("date,notes\n03/04/2025,a b\n25/04/2025,c d\n04/25/2025,e f\n")
    assert [item.occurred_at for item in conversations(items)] == ["", "2025-04-25", "2025-04-25"]
    assert len(problems(items)) == 1


def test_what_is_a_date_in_no_order_is_its_own_rows_problem():
    items = read("date,notes\n03.04.2025,a b\n25.04.2025,c d\n45.13.2025,e f\n13/45/2025,g h\n")
    assert [item.occurred_at for item in conversations(items)] == ["2025-04-03", "2025-04-25", "", ""]
    assert [(problem.row, "was not understood" in problem.reason) for problem in problems(items)] == [
        (4, True),
        (5, True),
    ]


def test_a_time_column_joins_its_date():
    (note,) = read("date,time,notes\n2025-03-04,2:30 PM,Too dear\n")
    assert note.occurred_at == "2025-03-04T14:30:00"


def test_a_cell_past_the_limit_is_a_problem_and_the_rest_goes_on():
    items = read('id,notes\n1,"' + "word\n" * 500 + '"\n2,fine\n', limits=Limits(line=1000))
    assert conversations(items)[-1].utterances[0].text == "fine"
    assert problems(items)[0].row == 2


WIDE = [f"c{n}" for n in range(2_000)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("wide.csv", f"notes,{','.join(WIDE)}\nToo dear,{','.join('v' for _ in WIDE)}\n"),
        ("wide.jsonl", json.dumps({"notes": "Too dear"} | dict.fromkeys(WIDE, "v")) + "\n"),
        ("wide.json", json.dumps([{"notes": "Too dear", "fields": dict.fromkeys([*WIDE, "more"], "v")}])),
    ],
)
def test_a_table_of_thousands_of_columns_is_a_problem(name, text):
    """Each would be a filter that every page asks for."""
    items = read(text, name=name)
    (problem,) = problems(items)
    assert not conversations(items) and "2,000 columns" in problem.reason and "Leave out" in problem.advice


def test_cells_that_are_empty_are_no_columns():
    (note,) = conversations(read(f"notes,segment{',' * 5_000}\nToo dear,big{',' * 5_000}\n"))
    assert note.fields == {"segment": "big"}


def test_the_same_row_in_another_file_and_place_has_the_same_id():
    (one,) = read("id,notes\n1,Too dear\n")
    *_, other = read("id,notes\n9,Other\n1,Too dear\n", name="again.csv")
    assert one.id == other.id


def test_a_file_without_a_header_is_read_by_its_values():
    items = read("2025-03-04,They said that it costs too much\n2025-03-05,They asked about the roadmap for this year\n")
    assert [item.occurred_at for item in items] == ["2025-03-04", "2025-03-05"]


@pytest.mark.parametrize(("first", "mark"), [("sep=;", ";"), ('"sep=;"', ";"), ("SEP=:", ":")])
def test_excels_line_with_the_delimiter_is_no_row(first, mark):
    (note,) = read(f"{first}\nA,B;Zeit;Was\nx;y;They think that the price is far too high\n".replace(";", mark))
    assert note.fields == {"A,B": "x", "Zeit": "y"}
    assert note.row == 3


def test_without_known_headers_the_most_regular_delimiter_wins():
    text = (
        "Nr|Gesprochen\n1|Zu teuer, zu langsam; und sie warten bis zum Sommer\n2|Sie fragen, ob es auch offline geht\n"
    )
    first, _ = read(text)
    assert first.fields == {"Nr": "1"}


def test_comments_above_the_header_are_passed_over():
    (note,) = read("# exported by us\n# all rights, reserved\nAccount,Notes\nAcme,Too dear\n")
    assert (note.account, note.row) == ("Acme", 4)


def test_the_lower_of_two_header_lines_counts_when_it_says_more():
    (note,) = read("Contact,,Deal,\nName,Email,Stage,Notes\nDana,d@acme.example,Won,Too dear\n")
    assert (note.contact, note.stage) == ("Dana", "Won")


@pytest.mark.parametrize("encoding", ["cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257", "cp850", "mac_roman"])
def test_tables_of_every_code_page_keep_their_letters(encoding):
    said = {
        "cp1250": "Klient twierdzi, że to za drogo, i czeka aż do końca półrocza",
        "cp1251": "Клиент считает, что это слишком дорого",
        "cp1252": "Müller fürchtet die Kosten – “zu teuer” für ihn",
        "cp1253": "Ο πελάτης λέει ότι είναι ακριβό",
        "cp1254": "Müşteri fiyatın çok pahalı olduğunu söyledi",
        "cp1257": "Klientas sako, kad per brangu šį mėnesį, ir ieško pigiau",
        "cp850": "Müller fürchtet die größeren Kosten",
        "mac_roman": "Müller fürchtet die größeren Kosten",
    }[encoding]
    (note,) = formats.read("n.csv", io.BytesIO(f"id;notes\n1;{said}\n".encode(encoding)))
    assert note.utterances[0].text == said


def test_two_columns_of_one_name_are_both_kept():
    (note,) = read("Notes,Region,Region\nToo dear,EMEA,DACH\n")
    assert note.fields == {"Region": "EMEA", "Region (2)": "DACH"}


@pytest.mark.parametrize("cell", ["- too dear", "+49 30 123456", "=1+1", "'quoted' words", "''twice", "plain"])
def test_cells_of_a_corrected_file_of_problems_come_back_as_they_were(cell):
    (note,) = read(f"parley_problem,Notes,Phone\nx,{guarded(cell)},{guarded(cell)}\n")
    assert (note.utterances[0].text, note.fields["Phone"]) == (cell, cell)


def test_an_apostrophe_of_any_other_file_stays():
    (note,) = read("Notes,Phone\n'- too dear,x\n")
    assert note.utterances[0].text == "'- too dear"


def test_columns_that_parley_added_to_a_file_of_problems_are_passed_over():
    (note,) = read("Notes,parley_problem,Parley_Advice\nToo dear,No text in this row.,Fill it.\n")
    assert note.fields == {}
    (problem,) = read("Notes,Region,parley_problem\n,EMEA,No text in this row.\n")
    assert problem.record == {"Notes": "", "Region": "EMEA"}


def test_a_mapping_to_nothing_keeps_a_column_as_a_field():
    (note,) = read("Notes,Status\nToo dear,open\n", mapping=ColumnMapping({"status": ""}))
    assert (note.outcome, note.fields) == ("", {"Status": "open"})


def test_times_without_a_zone_are_placed_in_the_mappings():
    text = "date,notes\n2025-07-04 14:30,a b\n2025-01-04T14:30:00Z,c d\n2025-01-04,e f\n"
    found = [item.occurred_at for item in read(text, mapping=ColumnMapping(zone="Europe/Berlin"))]
    assert found == ["2025-07-04T14:30:00+02:00", "2025-01-04T14:30:00+00:00", "2025-01-04"]


def test_an_unknown_zone_is_named_and_costs_no_row():
    problem, note = read("date,notes\n2025-07-04 14:30,a b\n", mapping=ColumnMapping(zone="Mars/Base"))
    assert (problem.kept, note.occurred_at) == (True, "2025-07-04T14:30:00")
    assert "Mars/Base" in problem.reason


def test_a_given_order_of_dates_settles_them():
    for order, expected in (("dmy", "2025-04-03"), ("mdy", "2025-03-04")):
        (note,) = read("date,notes\n03/04/2025,Too dear\n", mapping=ColumnMapping(date_order=order))
        assert note.occurred_at == expected


def test_an_order_that_was_given_for_another_table_does_not_turn_days_into_months():
    rows = "".join(f"{day:02}.01.2026,They say it is too expensive for them.\n" for day in (5, 9, 13, 17, 21))
    notes = list(read("date,notes\n" + rows, mapping=ColumnMapping(date_order="mdy")))
    assert [note.occurred_at[5:] for note in notes] == ["01-05", "01-09", "01-13", "01-17", "01-21"]


def test_an_ambiguous_date_is_kept_out_and_its_problem_says_how_to_settle_it():
    problem, note = read("date,notes\n03/04/2025,Too dear\n")
    assert problem.kept
    assert "--date-order" in problem.advice
    assert problem.record == {"date": "03/04/2025", "notes": "Too dear"}
    assert note.occurred_at == ""


def test_a_row_without_words_is_one_problem_however_much_is_wrong_with_it():
    (problem,) = read("date,notes\nQ3,\n")
    assert (problem.kept, problem.record) == (False, {"date": "Q3", "notes": ""})


def test_a_problem_carries_its_row_as_it_was_given():
    wide, broken = problems(read('id,notes\n1,one, two and three\n2,"never closed\n3,fine\n'))
    assert wide.record == {"id": "1", "notes": "one", "column 3": " two and three"}
    assert broken.record == {"line": '2,"never closed'}


def test_rows_of_one_call_are_its_pieces_even_those_without_words():
    (call,) = read("call id,speaker,text\n7,Ann,Hello\n7,Bob,\n7,Bob,Too dear\n")
    assert (call.pieces, len(call.utterances)) == (3, 2)


def test_blank_rows_count_as_nothing():
    items = read("notes,region\nToo dear,EMEA\n,\n\n  , \nToo slow,EMEA\n")
    assert [item.row for item in items] == [2, 6]


def test_a_lone_carriage_return_in_a_cell_ends_no_row():
    items = read("id,notes\n1,too\rdear\n2,fine\n")
    assert [item.utterances[0].text for item in items] == ["too dear", "fine"]


def test_a_title_above_a_header_with_one_known_name_is_passed_over():
    (note,) = read("Pipeline review\n\nWer,Wo,Notes\nAnn,Bonn,Too dear\n")
    assert (note.fields, note.row) == ({"Wer": "Ann", "Wo": "Bonn"}, 4)


@pytest.mark.parametrize("said", ["Open Mon–Fri only", "price•terms•scope", "it’s £5 – fine", "naïve café"])
def test_signs_inside_words_do_not_change_the_code_page(said):
    (note,) = formats.read("n.csv", io.BytesIO(f"id,notes\n1,{said}\n".encode("cp1252")))
    assert note.utterances[0].text == said


def test_a_table_of_headers_alone_is_said_and_costs_no_piece():
    (problem,) = formats.read("notes.csv", io.BytesIO(b"Date,Account,Notes\n"))

    assert problem.reason == "There is no row below the headers." and problem.kept


def test_columns_of_one_name_are_told_apart_without_counting_anew_for_each():
    assert layout.distinct(["Email", "", "Email", "Email (2)", "Email"]) == (
        "Email", "column 2", "Email (2)", "Email (2) (2)", "Email (3)",
    )  # fmt: skip
    with at_most(seconds=5):  # of processor; it was quadratic
        assert len(layout.distinct(["Notes"] * 100_000)) == 100_000

"""Files as offices in Germany save and send them."""

import io

import pytest

from insights import formats
from insights.records import Conversation

TABLE = "Date\tCompany\tContact\tComments\n2025-11-03\tGamma Ltd\tJo Fry\tShe fears the switch.\n2025-11-04\tDelta Ltd\tMo Sy\tWhat does it cost?\n"


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_table_that_excel_saved_as_unicode_text_is_read_by_its_columns(encoding):
    """It was taken for one note of three paragraphs, its head among them."""
    found = list(formats.read("calls.txt", io.BytesIO(TABLE.encode(encoding))))
    assert [(one.account, one.occurred_at, one.utterances[0].text) for one in found] == [
        ("Gamma Ltd", "2025-11-03", "She fears the switch."), ("Delta Ltd", "2025-11-04", "What does it cost?"),
    ]  # fmt: skip


def test_its_columns_are_shown_before_it_is_read():
    shown = formats.preview("calls.txt", io.BytesIO(TABLE.encode("utf-16")))
    assert [column.role for column in shown.columns] == ["date", "account", "contact", "text"]
    assert formats.preview("note.txt", io.BytesIO(b"They said it is too dear.")).reason == "This file has no columns."


@pytest.mark.parametrize(
    "text",
    ["Date\tComments\nThey said it is too dear.", "10:02:11\t From  Ann : hi\n10:03:40\t From  Bo : is it dear?\n"],
)
def test_a_text_with_tabs_is_no_table(text):
    (found,) = formats.read("note.txt", io.BytesIO(text.encode()))
    assert isinstance(found, Conversation) and not found.account


def test_german_heads_of_visit_reports_are_known():
    text = "sep=;\r\nErstelldatum;Kundenname;Gesprächspartner;Bemerkung\r\n04.11.2025 14:30;Alpha GmbH;Rita Moll;Too dear.\r\n"
    (found,) = formats.read("b.csv", io.BytesIO(text.encode("cp1252")))
    assert (found.occurred_at[:10], found.account, found.contact) == ("2025-11-04", "Alpha GmbH", "Rita Moll")


def test_who_speaks_without_a_name_is_not_taken_for_who_spoke_before():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>It is too dear.</v>\n\n00:03.000 --> 00:04.000\n<v >Can you hear me?</v>\n"
    (found,) = formats.read("t.vtt", io.BytesIO(text.encode()))
    assert [(one.speaker, one.text) for one in found.utterances] == [
        ("Ann", "It is too dear."),
        ("", "Can you hear me?"),
    ]

"""Markdown of a report shows what was said, and is readable where nobody renders it."""

import pytest

from api.exports.document import Column, Document, Section, Table
from api.exports.documents import markdown_bytes


def line(text: str) -> str:
    made = Document("Report", "report", "2026-03-31", (), (Section("S", (text,)),))
    return markdown_bytes(made).decode().splitlines()[-2]


@pytest.mark.parametrize(
    "text", ["+22", "9.3 to 29 %", "$40 a seat", "R&D", "item_master", "It is 50 % more!", "{name}", "-5"]
)
def test_what_is_no_markup_stays_as_it_is(text):
    assert line(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("*now*", r"\*now\*"),
        ("_now_", r"\_now\_"),
        ("a | b", r"a \| b"),
        ("- a", r"\- a"),
        ("1. a", r"1\. a"),
        ("# a", r"\# a"),
        ("=1+1", r"\=1+1"),
        ("&lt;", r"\&lt;"),
        ("[a](b)", r"\[a\](b)"),
        ("<b>", r"\<b\>"),
        ("---", r"\---"),
        ("$x$", r"\$x\$"),
    ],
)
def test_what_could_be_markup_is_none(text, escaped):
    assert line(text) == escaped


def test_a_cell_with_a_bar_stays_one_cell():
    table = Table("t", "T", (Column("Theme"), Column("Change")), (("a | b", "+22"),))
    made = Document("Report", "report", "2026-03-31", (), (Section("S", table=table),))

    assert r"| a \| b | +22 |" in markdown_bytes(made).decode()

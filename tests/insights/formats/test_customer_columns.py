"""A column called Client or Customer: a company or a person, as the rest of the table and what stands in it tell."""

import io

import pytest

from insights import formats
from insights.formats.tables.columns import meanings
from insights.records import Conversation

COMPANIES = ["Acme Foods", "Quill Dental GmbH", "Norvik"]
PEOPLE = ["Dana Hill", "Tom Waits", "Dr. Anna Lund"]


def taken(heads: list[str], *, at: int, values: list[str]) -> tuple[str, str]:
    found = meanings(heads, [["x"] * at + [value] for value in values])[at]
    return found.role, found.why


@pytest.mark.parametrize("head", ["Client", "Customer", "Customer Name", "Kunde"])
@pytest.mark.parametrize(("values", "role"), [(COMPANIES, "account"), (PEOPLE, "contact"), ([], "account")])
def test_alone_it_is_what_stands_in_it(head, values, role):
    assert taken(["Notes", head], at=1, values=values) == (role, "content")


@pytest.mark.parametrize(
    ("beside", "role"),
    [("Contact", "account"), ("Company", "contact"), ("First Name", "account"), ("Firma", "contact")],
)
def test_another_column_for_the_one_makes_it_the_other(beside, role):
    assert taken([beside, "Notes", "Client"], at=2, values=COMPANIES) == (role, "header")


def test_with_both_known_it_is_a_field_of_its_own():
    assert taken(["Company", "Contact", "Client"], at=2, values=COMPANIES) == ("", "")


def test_two_of_them_are_one_each():
    assert [one.role for one in meanings(["Customer", "Client Name", "Notes"], [["Acme Foods", "Dana Hill", "x"]])] == [
        "account",
        "contact",
        "text",
    ]


def test_one_written_short_is_a_guess_still():
    assert taken(["Notes", "Cust Nm"], at=1, values=COMPANIES) == ("account", "guess")


@pytest.mark.parametrize(("value", "fact"), [("Acme Foods", "account"), ("Dana Hill", "contact")])
def test_a_fact_on_top_of_a_text_is_read_alike(value, fact):
    text = f"Client: {value}\nDate: 2026-01-05\n\nThey said it is too expensive for them.\n"
    (one,) = (item for item in formats.read("note.txt", io.BytesIO(text.encode())) if isinstance(item, Conversation))
    assert getattr(one, fact) == value


def test_a_name_beside_a_column_for_the_person_is_their_company_and_said_to_be_a_guess():
    assert taken(["Ansprechpartner", "Notiz", "Name"], at=2, values=COMPANIES) == ("account", "guess")
    assert taken(["Notes", "Name"], at=1, values=PEOPLE) == ("contact", "header")


def test_a_deals_own_name_stays_its_own():
    table = b"Name,StageName,Amount,CloseDate,Contact\nArlo renewal,Discovery,100,2026-01-05,Dana Hill\n"
    (one,) = formats.read("deals.csv", io.BytesIO(table))
    assert one.kind == "deal" and "name:arlo renewal" in one.keys


def test_who_was_talked_to_and_what_they_are_is_known_by_what_reps_call_it():
    heads = ["Visit date", "Surgery", "Talked to", "Their role", "What was said", "Pipeline step"]
    values = ["05.01.2026", "Smile Grove", "Anna Weiss", "Practice manager", "They think it is dear.", "Demo done"]
    assert [one.role for one in meanings(heads, [values])][2:] == ["contact", "job_title", "text", "stage"]


def test_who_and_what_they_are_beside_a_guessed_contact_and_as_salesforce_and_germans_call_them():
    rows = [
        ["2026-03-05", "Acme Foods", "Greta Holm", job, "Too dear."] for job in ("CFO", "Head of Quality", "Laborantin")
    ]
    heads = ["Date", "Company", "Met with", "Job", "Notes"]
    assert [one.role for one in meanings(heads, rows)] == ["date", "account", "contact", "job_title", "text"]
    heads = ["Who.Name", "Who.Title", "Who.Email", "Bearbeiter"]
    assert [one.role for one in meanings(heads)] == ["contact", "job_title", "address", "rep"]

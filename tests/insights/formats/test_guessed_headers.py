"""Headers written short are guessed where they can be one thing only, and said to be a guess."""

import pytest

from insights.formats.tables.columns import Meaning, guessed, known, meanings
from insights.formats.tables.readings import guess


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Whn", "date"),
        ("Acct Nm", "account"),
        ("Cust Msg", "text"),
        ("Rep Nm", "rep"),
        ("Opp Stg", "stage"),
        ("MTG_DT", "date"),
    ],
)
def test_a_short_name_is_guessed(header, role):
    assert guessed(header) == role


@pytest.mark.parametrize("header", ["Rev", "Qty", "Cst", "Pr", "Nm Cd", "Tm Zn", "", "💬", "x" * 200, "Acct No"])
def test_what_may_be_anything_is_not(header):
    assert guessed(header) == ""


def test_values_that_cannot_be_it_take_the_guess_back():
    rows = [["12.50", "Says the price is too high for them."], ["9", "Asked for a later start."]]

    assert meanings(["Whn", "Notes"], rows) == [Meaning(), Meaning("text", "header")]


def test_a_whole_odd_table_is_read_and_every_guess_is_named():
    rows = [["2026-03-01", "Arlo Foods", "Kim Rowe", "Says the price is too high for them."]]

    found = meanings(["Whn", "Acct Nm", "Rep Nm", "Cust Msg"], rows)

    assert [one.role for one in found] == ["date", "account", "rep", "text"]
    assert {one.why for one in found} == {"guess"}
    assert "“Whn” as the date" in guess([("Whn", "date")])


def test_who_may_be_either_side_so_the_buyer_is_a_guess_and_only_where_no_column_names_them():
    rows = [["Mara Quill", "Ovalle Retail", "Says the price is too high for them."]]
    assert meanings(["Who", "Company", "Notes"], rows)[0] == Meaning("contact", "guess")
    assert meanings(["Who", "Contact name", "Notes"], rows)[0] == Meaning()
    assert guess([("Who", "contact")]).startswith("Guessed from its short name: “Who” as the contact.")


def test_a_full_name_goes_before_a_guess():
    assert meanings(["Acct Nm", "Account"]) == [Meaning(), Meaning("account", "header")]


def test_a_column_that_says_nothing_but_won_and_lost_is_guessed_to_be_the_outcome():
    heads, notes = ["Notes", "Close result"], "Says the price is too high for them."
    outcome = Meaning("outcome", "guess")
    assert meanings(heads, [[notes, "Won"], [notes, "closed-lost"], [notes, ""]])[1] == outcome
    assert meanings([*heads, "Outcome"], [[notes, "Won", "won"]])[1] == Meaning()
    assert guess([("Close result", "outcome")]).startswith(
        "Guessed from what stands in it: “Close result” as the outcome."
    )
    for values in (("Won", "maybe"), ("Open", "open"), ("", "")):
        assert meanings(heads, [[notes, value] for value in values])[1] == Meaning()


@pytest.mark.parametrize(
    "header",
    ["Aktivitäts-ID", "Vorgangsnummer", "Gesprächs-ID", "Datensatz-ID", "Datensatznummer", "Vorgangs-Nr.", "Notiz-ID"],
)
def test_german_headers_of_ids_are_known(header):
    assert known(header)[0] == "id"


@pytest.mark.parametrize(
    ("header", "role"), [("Verkäufer", "rep"), ("Vertriebsmitarbeiterin", "rep"), ("Stellung", "job_title")]
)
def test_german_headers_of_people_are_known(header, role):
    assert known(header)[0] == role


def test_whom_somebody_spoke_with_is_the_contact_and_a_job_is_a_job_title_where_its_values_are():
    heads = ["When", "Customer", "Spoke with", "Job", "What they said"]
    rows = [
        ["2026-03-01", "Arlo Foods", "Kim Rowe", job, "Says the price is too high for them."]
        for job in ("CFO", "IT Lead")
    ]

    assert [one.role for one in meanings(heads, rows)][2:4] == ["contact", "job_title"]
    assert meanings(heads, rows)[2] == Meaning("contact", "guess")
    assert [one.role for one in meanings(heads, [[*row[:3], "J-17", row[4]] for row in rows])][3] == ""

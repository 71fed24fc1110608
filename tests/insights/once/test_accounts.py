"""One spelling for companies and people, and no guess beyond spelling."""

import pytest

from insights.once.accounts import account, person, same_person


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("ACME, Inc.", "acme"),
        ("The Acme Company", "acme"),
        ("Müller & Söhne GmbH & Co. KG", "muller and sohne"),
        ("Foo S.p.A.", "foo"),
        ("Foo sp. z o.o.", "foo"),
        ("I.B.M. Corp.", "ibm"),
        ("Day Spa", "day spa"),
        ("Acme (UK) Ltd.", "acme uk"),
        ("Limited", "limited"),
        ("", ""),
    ],
)
def test_a_company_is_known_without_case_punctuation_and_legal_form(name, folded):
    assert account(name) == folded


def test_a_branch_stays_an_account_of_its_own():
    assert account("Acme UK Ltd") != account("Acme Ltd")


@pytest.mark.parametrize("name", ["Jane Doe", "JANE DOE (Acme)", "Doe, Jane", "Jane Doe | Acme"])
def test_a_person_is_known_in_any_order(name):
    assert person(name) == "doe jane"


def test_an_address_stays_an_address():
    assert person("<Jane@Acme.example>") == "jane@acme.example"


@pytest.mark.parametrize("label", ["Speaker 1", "Customer", "unknown speaker", "J", ""])
def test_a_label_that_names_nobody_is_nobody(label):
    assert person(label) == ""


def test_a_first_name_fits_the_whole_name():
    assert same_person("jane", "doe jane")
    assert not same_person("doe jane", "jane roe")
    assert not same_person("", "")


@pytest.mark.parametrize("bad", [" " * 100_000 + "x", "@" * 100_000, "a," * 100_000, "x " * 100_000])
def test_an_endless_name_takes_no_time(bad):
    account(bad), person(bad)


@pytest.mark.parametrize("name", ["N/A", "Unknown", "none", " - ", "TBD"])
def test_a_placeholder_is_no_account(name):
    assert account(name) == ""

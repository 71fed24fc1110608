"""What a column of an upload says about being written to."""

import pytest

from insights import consent


@pytest.mark.parametrize(
    "name", ["Consent", "Marketing Consent", "Do Not Contact", "do_not_call", "Email Opt Out", "HasOptedOutOfEmail", "Unsubscribed", "opt-in", "Einwilligung"]
)  # fmt: skip
def test_columns_on_consent_are_known_by_their_names(name):
    assert consent.is_about_consent(name)


@pytest.mark.parametrize("name", ["Stage", "Contact Name", "Region", "Opportunity", "Option", "Notes"])
def test_other_columns_are_not(name):
    assert not consent.is_about_consent(name)


@pytest.mark.parametrize(
    ("name", "value", "no"),
    [
        ("Consent", "yes", False), ("Consent", "No", True), ("Consent", "", None), ("Consent", "withdrawn", True), ("Consent", "maybe later", None),
        ("Consent", "granted", False), ("Consent", "opted out", True), ("Consent", "not given", True),
        ("Do not contact", "yes", True), ("Do not contact", "no", False), ("Do not contact", "x", True), ("Do not contact", "", None),
        ("Email Opt Out", "TRUE", True), ("Email Opt Out", "0", False), ("Marketing opt out", "2025-03-01", True), ("Unsubscribed", "2025-03-01", True),
        ("Opt-in", "1", False), ("Opt-in", "false", True),
    ],
)  # fmt: skip
def test_a_cell_says_yes_no_or_nothing(name, value, no):
    assert consent.refuses(name, value) is no


def test_a_column_may_speak_for_a_whole_account():
    assert consent.is_of_account("Account do not contact") and not consent.is_of_account("Do not contact")

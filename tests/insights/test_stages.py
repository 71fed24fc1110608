"""A CRM's own stage names become four steps; what is not known stays unknown."""

import pytest

from insights.stages import step_of


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("Discovery", "consideration"), ("3 - Negotiation/Review (80%)", "decision"), ("Closed Won", "customer"),
        ("MQL", "awareness"), ("Appointment Scheduled", "consideration"), ("S2: Demo", "consideration"),
        ("Proposal/Price Quote", "decision"), ("New lead", "awareness"), ("Renewal 2026", "customer"),
        ("Contract sent to legal", "decision"), ("Decision Maker Bought-In", "decision"), ("Stage 4 Procurement", "decision"),
        ("Survey", "consideration"), ("Site visit", "consideration"), ("First chat", "awareness"), ("Contract signed", "customer"),
    ],
)  # fmt: skip
def test_common_names_are_known(name, step):
    assert step_of(name) == step


@pytest.mark.parametrize("name", ["", "   ", "Closed Lost", "Zebra", "Disqualified", "Phase 2", "42", "%%%"])
def test_what_says_nothing_of_a_step_is_unknown(name):
    assert step_of(name) == "unknown"


def test_a_persons_word_goes_before_the_table():
    assert step_of("Discovery", {"discovery": "awareness"}) == "awareness"


@pytest.mark.parametrize(
    ("name", "step"),
    [("Qualifizierung", "consideration"), ("Angebot", "decision"), ("3 - Verhandlung (80 %)", "decision"), ("Bestandskunde", "customer"), ("Verloren", "unknown")],
)  # fmt: skip
def test_german_stages_are_known(name, step):
    assert step_of(name) == step

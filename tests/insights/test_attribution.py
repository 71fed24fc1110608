"""Who said a quote is told so far as was asked, of whoever spoke, and never passes a note off as a buyer's words."""

from dataclasses import replace

import pytest

from insights import attribution
from insights.attribution import Source, source_of

DANA = Source("Dana Hill", "CFO", "finance", "cxo", "Acme", "mid-market", "Logistics")
FACTS = {
    "speaker": "Dana Hill", "role": "buyer", "voice": "verbatim", "contact": "Dana Hill", "job_title": "CFO", "persona": "finance",
    "seniority": "cxo", "account": "Acme",
}  # fmt: skip


def texts(lines):
    return [line.text for line in lines]


def test_a_role_gets_coarser_step_by_step():
    assert texts(attribution.roles(DANA, plain_title="CFO")) == [
        "CFO, mid-market logistics",
        "C-level, finance, mid-market logistics",
        "C-level, finance, mid-market company",
        "C-level, finance",
        "Finance",
        "Buyer",
    ]


def test_a_segment_gets_coarser_step_by_step():
    assert texts(attribution.segments(DANA)) == [
        "a mid-market logistics company", "a mid-market company", "a logistics company", "a buyer",
    ]  # fmt: skip


def test_the_full_style_names_person_title_and_company():
    assert attribution.full(DANA) == "Dana Hill, CFO, Acme"


@pytest.mark.parametrize(
    ("kind", "told"),
    [("Acute hospital", "an acute hospital"), ("Care homes", "a care home"), ("Contract cleaner", "a contract cleaner"), ("Universities", "a university"),
     ("Logistics", "a logistics company"), ("Home", "a home company"), ("Dental group", "a dental group"), ("Insurance company", "an insurance company"), ("Business services", "a business services company")],
)  # fmt: skip
def test_what_names_an_organization_is_not_called_a_company_of_that_kind(kind, told):
    assert texts(attribution.segments(attribution.Source(industry=kind)))[0] == told


def test_a_type_of_customer_says_what_kind_of_company_it_is_where_no_industry_does():
    source = source_of(FACTS, {"customer_type": "Dental group"})
    assert texts(attribution.roles(source, plain_title="CFO"))[0] == "CFO, dental group"
    assert source_of(FACTS, {"customer_type": "Dental group", "industry": "Health"}).industry == "Health"


@pytest.mark.parametrize("style", ["roles", "segments", "full", "nothing"])
def test_a_note_is_never_passed_off_as_the_buyers_words(style):
    noted = replace(DANA, reported=True)
    said = {
        "roles": lambda: texts(attribution.roles(noted, plain_title="CFO")),
        "segments": lambda: texts(attribution.segments(noted)),
        "full": lambda: [attribution.full(noted)],
        "nothing": lambda: [attribution.nothing(noted)],
    }[style]()

    assert said
    assert all("as reported by the rep" in line for line in said)


def test_no_coarse_line_holds_the_account_or_the_person():
    lines = texts((*attribution.roles(DANA, plain_title=""), *attribution.segments(DANA)))

    assert not [line for line in lines if "Acme" in line or "Dana" in line or "Hill" in line]


def test_another_speaker_is_not_given_the_contacts_title():
    source = source_of(FACTS | {"speaker": "Moira Faraday"}, {})

    assert (source.person, source.job_title, source.persona) == ("Moira Faraday", "", "")


def test_another_speaker_has_the_title_that_the_source_gave():
    source = source_of(FACTS | {"speaker": "Moira Faraday"}, {}, ({"name": "Moira Faraday", "title": "Procurement"},))

    assert source.job_title == "Procurement"


def test_a_note_speaks_of_the_contact_not_of_its_author():
    source = source_of(FACTS | {"speaker": "Joel Okafor", "role": "seller", "voice": "reported"}, {})

    assert attribution.full(source) == "Dana Hill, CFO, Acme (as reported by the rep)"


def test_our_own_words_are_said_to_be_ours():
    source = source_of(FACTS | {"speaker": "Joel Okafor", "role": "seller"}, {"segment": "smb"})

    assert texts(attribution.roles(source, plain_title="")) == ["One of our own people"]


@pytest.mark.parametrize("value", ["Acme", "acme europe", "12", "x" * 60, ""])
def test_a_field_that_names_the_company_or_nothing_is_not_told(value):
    assert source_of(FACTS, {"segment": value, "industry": value}).segment == ""


def test_sizes_and_acronyms_read_as_in_a_sentence():
    source = source_of(FACTS, {"segment": "SMB", "industry": "IT Services"})

    assert texts(attribution.segments(source))[0] == "a small IT services company"

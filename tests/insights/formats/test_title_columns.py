"""A column called Title: what a talk was called, or what its contact is, as the rest of the table and what stands in it tell."""

import io

import pytest

from insights import formats
from insights.formats.tables.columns import meanings
from insights.records import Conversation

JOBS = ["CFO", "Owner", "Head of Operations", "Facilities"]
TALKS = ["Intro call with CFO", "Finance sync", "Q3 pricing discussion", "CEO demo", "Security review with IT"]


def roles(heads: list[str], title: list[str]) -> list[str]:
    at = heads.index("Title")
    return [one.role for one in meanings(heads, [["x"] * at + [value] for value in title])]


@pytest.mark.parametrize(("values", "role"), [(JOBS, "job_title"), (TALKS, "title"), ([], "title")])
def test_beside_a_contact_it_is_what_stands_in_it(values, role):
    assert roles(["Contact", "Notes", "Title"], values)[2] == role


@pytest.mark.parametrize(
    ("values", "role"), [(JOBS, "job_title"), ([*JOBS, "Finance sync"], "title"), (TALKS, "title")]
)
def test_beside_a_company_alone_nearly_all_of_it_must_be_jobs(values, role):
    assert roles(["Company", "Title", "Notes"], values)[1] == role


@pytest.mark.parametrize("heads", [["Notes", "Title"], ["Contact", "Job Title", "Notes", "Title"]])
def test_without_a_contact_or_beside_a_job_title_it_is_what_a_talk_was_called(heads):
    assert roles(heads, JOBS)[-1] == "title"


@pytest.mark.parametrize("subject", ["Subject", "Subject line"])
def test_the_subject_then_has_the_talks_title(subject):
    assert roles(["First Name", subject, "Notes", "Title"], JOBS) == ["first_name", "title", "text", "job_title"]


def test_the_persona_comes_from_it():
    table = "Date,Account,Contact,Title,Notes\n2026-01-05,Acme,Dana Hill,CFO,They say it is more than they can spend.\n"
    (one,) = (item for item in formats.read("calls.csv", io.BytesIO(table.encode())) if isinstance(item, Conversation))
    assert (one.title, [who.title for who in one.participants if who.name == "Dana Hill"]) == ("", ["CFO"])

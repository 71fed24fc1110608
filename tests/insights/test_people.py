"""Who is meant by a label, and whether it means the same person in the next file."""

import pytest

from insights import people
from tests.spending import at_most


@pytest.mark.parametrize(
    "label",
    ["Speaker 1", "SPEAKER_00", "speaker12", "A", "B:", "Rep", "Customer", "Sales Rep 2", "Me", "You", "Guest", "", "?",
     "Unknown Speaker", "Participant 3", "Kunde", "Conference Room 4", "iPhone", "Account Executive", "1"],
)  # fmt: skip
def test_a_label_that_names_nobody(label):
    assert people.is_generic(label)


@pytest.mark.parametrize(
    "label",
    [
        "Jane Doe",
        "jane",
        "jdoe",
        "Customer (Anita)",
        "Rep: Bob",
        "ann@acme.example",
        "+44 20 7946 0018",
        "Dr. Li",
        "王伟",
    ],
)
def test_a_label_that_names_somebody(label):
    assert not people.is_generic(label)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Doe", "DOE, Jane"),
        ("Jane Doe", "jane doe (Acme)"),
        ("Doe, Jane (Acme)", "Jane Doe"),
        ("Jane Doe", "Jane Doe | Acme"),
        ("<Jane@Acme.example>", "jane@acme.example"),
        ("Jane Doe <jane@acme.example>", "mailto:jane@acme.example"),
        ("Speaker 1", "SPEAKER_1"),
        ("Speaker1", "speaker 1"),
    ],
)
def test_the_same_subject_however_it_is_written(one, other):
    assert people.normal(one) == people.normal(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Speaker 1", "Speaker 2"), ("Jane Doe", "Jane Roe"), ("A", "B"), ("李雷", "王伟")]
)
def test_different_subjects_stay_apart(one, other):
    assert people.normal(one) != people.normal(other)


@pytest.mark.parametrize(
    ("label", "name", "likeness"),
    [
        ("Ann Lee", "ann lee", 2),
        ("Ann", "Ann Lee", 1),
        ("Ann Lee", "Ann", 1),
        ("Ann Berg", "Ann Lee", 0),
        ("", "Ann", 0),
        ("ann.lee@us.example", "Ann Lee", 2),
    ],
)
def test_how_surely_a_label_means_a_person(label, name, likeness):
    assert people.likeness(label, name) == likeness


@pytest.mark.parametrize("label", ["a" * 60_000, "Jane" + " " * 60_000 + "Doe", "(" * 60_000])
def test_a_label_without_end_is_read_in_reasonable_time(label):
    with at_most(seconds=1):
        people.normal(label), people.beside_name(label), people.likeness(label, "Jane Doe")


@pytest.mark.parametrize("label", ["Doe, /", "/, Doe", "Doe,;"])
def test_a_name_with_nothing_after_its_comma_is_the_name(label):
    assert people.name_words(label) == ("doe",)

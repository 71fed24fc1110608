"""Who buys and who sells: only what is known for certain."""

import pytest

from insights import roles
from insights.records import Company, Conversation, Participant, Utterance

US = Company(domains=("us.example",), people=("Ann Lee",), products=("Parley",))


def call(*speakers, participants=(), voice="verbatim", role="unknown", **facts):
    utterances = tuple(Utterance(speaker, role, voice, "Words.") for speaker in speakers)
    return Conversation("c", "call", "", "", utterances, participants=tuple(participants), **facts)


def sides(conversation, company=US):
    return [said.role for said in roles.assign(conversation, company).utterances]


def test_mail_domains_tell_the_sides_apart():
    people = [Participant("Ann", "ann@eu.us.example"), Participant("Bob", "bob@acme.example")]
    assert sides(call("Ann", "Bob", participants=people)) == ["seller", "buyer"]
    assert [person.role for person in roles.assign(call("Ann", participants=people), US).participants] == [
        "seller",
        "buyer",
    ]


def test_a_domain_that_only_ends_alike_is_not_our_own():
    assert sides(call("Eve", participants=[Participant("Eve", "eve@notus.example")])) == ["buyer"]


@pytest.mark.parametrize("label", ["Ann Lee", "ANN LEE", "Ann Lee (Us)", "Ann Lee | Us", "Lee, Ann", "Ann"])
def test_own_people_sell_however_their_name_is_written(label):
    assert sides(call(label, "Bob")) == ["seller", "buyer"]


def test_the_rep_and_the_contact_are_known_by_name():
    assert sides(call("Cy Roe", "Bob Ray", "Dot", rep="Cy Roe", contact="Bob Ray")) == ["seller", "buyer", "unknown"]


@pytest.mark.parametrize(
    ("label", "side"),
    [
        ("Rep", "seller"),
        ("Sales Agent 1", "seller"),
        ("AE", "seller"),
        ("Customer (Anita)", "buyer"),
        ("Prospect", "buyer"),
    ],
)
def test_words_of_the_label_tell_the_side(label, side):
    assert sides(call(label), Company())[0] == side


def test_our_own_name_in_the_label_tells_the_seller():
    assert sides(call("Cy Roe | Parley", "Bob")) == ["seller", "buyer"]


def test_the_first_speaker_is_not_the_rep():
    assert sides(call("Cy", "Bob")) == ["unknown", "unknown"]


def test_the_buyer_alone_makes_sellers_only_when_the_contact_is_known():
    assert sides(call("Customer", "Cy"), Company()) == ["buyer", "unknown"]
    assert sides(call("Bob", "Cy", contact="Bob"), Company()) == ["buyer", "seller"]


def test_a_nameless_speaker_stays_unknown():
    assert sides(call("Ann Lee", "")) == ["seller", "unknown"]


def test_roles_that_the_source_gave_win():
    assert sides(call("Ann Lee", role="buyer")) == ["buyer"]


def test_notes_stay_the_sellers_report():
    note = call("Bob", voice="reported", role="seller", contact="Bob")
    assert roles.assign(note, US).utterances == note.utterances


def test_assigning_twice_changes_nothing():
    once = roles.assign(call("Ann Lee", "Bob", participants=[Participant("Bob")]), US)
    assert roles.assign(once, US) == once

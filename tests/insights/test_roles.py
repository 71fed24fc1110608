"""Who buys and who sells: only what is known for certain."""

import pytest

from insights import roles
from insights.records import Company, Conversation, Participant, Utterance
from insights.roles import SideCorrection

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


def test_a_side_that_a_reader_took_from_the_label_ranks_as_the_label():
    lead = call("Ann Lee, Lead Engineer", "Bob", role="buyer")
    assert judged(lead)["Ann Lee, Lead Engineer"].source == "person"
    assert sides(lead)[0] == "seller"


def test_notes_stay_the_sellers_report():
    note = call("Bob", voice="reported", role="seller", contact="Bob")
    assert roles.assign(note, US).utterances == note.utterances


def test_assigning_twice_changes_nothing():
    once = roles.assign(call("Ann Lee", "Bob", participants=[Participant("Bob")]), US)
    assert roles.assign(once, US) == once


# What they say: two strangers without a single fact about either.

SELLS = ("Hi, this is Dan from Hexwell.", "What do you use for that today?", "I can show you how it works next week.")
BUYS = ("We use a spreadsheet, to be honest.", "How much does it cost?", "I'd have to ask my boss.")
TALK = [turn for pair in zip(SELLS, BUYS, strict=True) for turn in zip(("A", "B"), pair, strict=True)]


def talk(*turns, id="c", **facts):
    utterances = tuple(Utterance(speaker, "unknown", "verbatim", text) for speaker, text in turns)
    return Conversation(id, "call", "", "", utterances, **facts)


def judged(conversation, company=US, corrections=()):
    return {judgement.speaker: judgement for judgement in roles.judge(conversation, company, corrections)}


def test_what_they_say_tells_who_sells():
    found = judged(talk(*TALK), Company())
    assert (found["A"].side, found["A"].source) == ("seller", "evidence")
    assert found["B"].side == "buyer"
    assert ("offers a demo", 1) in found["A"].reasons


def test_who_speaks_first_changes_nothing():
    turned = [turn for number in range(0, 6, 2) for turn in (TALK[number + 1], TALK[number])]
    assert judged(talk(*turned), Company())["A"].side == "seller"


def test_an_excerpt_shows_why():
    found = judged(talk(*TALK), Company())["A"]
    at, start, end = found.samples[found.reasons.index(("offers a demo", 1))]
    assert TALK[at][1][start:end] == "I can show"


def test_a_speaker_without_signs_is_shown_by_what_they_say_first():
    said = ("Ann Lee", "Right."), ("Ann Lee", "The weather has been kind to us all week.")
    assert judged(talk(*said))["Ann Lee"].samples == ((1, 0, len(said[1][1])),)


def test_small_talk_leaves_both_unknown():
    found = judged(talk(("A", "Lovely weather today."), ("B", "Isn't it just.")), Company())
    assert {judgement.side for judgement in found.values()} == {"unknown"}


def test_one_who_is_known_makes_the_other_the_other_side():
    found = judged(call("Ann Lee", "Bob"))
    assert (found["Ann Lee"].source, found["Bob"].source, found["Bob"].side) == ("person", "other side", "buyer")
    assert found["Bob"].confidence < found["Ann Lee"].confidence


def test_a_colleague_who_is_on_no_list_is_not_made_a_buyer():
    ours = ("Dan", SELLS[0]), ("Dan", SELLS[1]), ("Dan", SELLS[2])
    found = judged(talk(("Ann Lee", "Hello."), *ours, *[turn for turn in TALK if turn[0] == "B"]))
    assert (found["Dan"].role, found["B"].side) == ("seller", "buyer")


def test_people_who_share_a_domain_are_on_one_side():
    people = [Participant("Cy", "cy@acme.example"), Participant("Dot", "dot@acme.example")]
    found = judged(call("Cy", "Dot", "Rep", participants=people, contact="Cy"), Company())
    assert (found["Dot"].side, found["Dot"].source) == ("buyer", "same company")


def test_a_mail_providers_domain_joins_nobody():
    people = [Participant("Cy", "cy@gmail.com"), Participant("Dot", "dot@gmail.com")]
    assert judged(call("Cy", "Dot", participants=people, contact="Cy"), Company())["Dot"].source == "other side"


def test_own_people_sell_from_a_private_address_too():
    assert sides(call("Ann Lee", participants=[Participant("Ann Lee", "ann@gmail.com")])) == ["seller"]


def test_the_whole_name_outweighs_a_first_name():
    assert sides(call("Ann Berg", "Ann Lee", contact="Ann Berg")) == ["buyer", "seller"]
    assert judged(call("Ann", contact="Ann Berg"))["Ann"].role == "buyer"


def test_the_accounts_name_in_the_label_tells_the_buyer():
    assert judged(call("Eve | Acme Foods", account="Acme Foods"))["Eve | Acme Foods"].side == "buyer"


def test_an_address_in_the_list_of_people_is_found_by_the_whole_name():
    people = [Participant("Eve Roe", "eve@acme.example")]
    assert judged(call("EVE ROE", participants=people))["EVE ROE"].source == "domain"


def test_among_three_strangers_nobody_buys_where_nobody_sells():
    talked = [(speaker, text) for speaker in ("A", "B", "C") for text in BUYS]
    assert {judgement.side for judgement in judged(talk(*talked), Company()).values()} == {"unknown"}


def test_our_own_name_in_an_introduction_tells_the_seller():
    found = judged(talk(("A", "Morning, here at Parley we do it so."), ("B", "Right.")), US)
    assert found["A"].reasons[0] == ("introduces our company", 1)
    assert found["A"].side == "seller"


# Corrections.


@pytest.mark.parametrize("label", ["Jo Kern", "JO KERN (Acme)", "Kern, Jo", "Jo Kern | Acme"])
def test_a_corrected_name_holds_in_every_file(label):
    correction = SideCorrection("Jo Kern", "seller")
    assert judged(call(label, role="buyer"), US, [correction])[label].source == "correction"
    assert [u.role for u in roles.assign(call(label, role="buyer"), US, [correction]).utterances] == ["seller"]


def test_a_corrected_address_holds_for_whoever_writes_from_it():
    mail = call("J. K.", participants=[Participant("J. K.", "jo@acme.example")])
    assert judged(mail, US, [SideCorrection("Jo@Acme.example", "seller")])["J. K."].side == "seller"


def test_a_correction_of_one_conversation_outweighs_that_of_all():
    both = [SideCorrection("Jo", "buyer", "c"), SideCorrection("Jo", "seller")]
    assert judged(call("Jo"), US, both)["Jo"].side == "buyer"
    assert judged(talk(("Jo", "Hm."), id="d"), US, both)["Jo"].side == "seller"


def test_a_label_that_names_nobody_is_corrected_in_one_conversation_alone():
    here, everywhere = SideCorrection("Speaker 1", "seller", "c"), SideCorrection("Speaker 1", "seller")
    assert judged(call("SPEAKER_1"), Company(), [here])["SPEAKER_1"].side == "seller"
    assert judged(call("Speaker 1"), Company(), [everywhere])["Speaker 1"].side == "unknown"
    assert judged(call("Speaker 2"), Company(), [here])["Speaker 2"].source != "correction"


def test_a_person_can_say_that_a_side_is_not_known():
    assert sides(call("Ann Lee")) == ["seller"]
    assert [u.role for u in roles.assign(call("Ann Lee"), US, [SideCorrection("Ann Lee", "unknown")]).utterances] == [
        "unknown"
    ]


def test_a_correction_tells_the_other_side_too():
    found = judged(call("Cy", "Bob"), Company(), [SideCorrection("Cy", "seller")])
    assert (found["Bob"].side, found["Bob"].source) == ("buyer", "other side")

"""Which page answers: nearness, shared words, what a page lacks, and the lines."""

import numpy as np
import pytest

from insights import answering


def test_a_page_is_as_near_as_its_title_and_its_nearest_passage():
    vectors = np.eye(3, dtype=np.float32)
    found = answering.near(np.array([0, 1.0, 0]), vectors, [7, 7, 9], [True, False, True])
    assert found.pages.tolist() == [7, 9]
    assert found.nearness.tolist() == [0.5, 0.0]


def test_no_pages_are_no_trouble():
    assert len(answering.near(np.zeros(3), np.zeros((0, 3)), [], []).pages) == 0
    assert answering.shared("price", []).tolist() == []


def test_a_rare_shared_word_counts_for_more_than_a_common_one():
    pages = ["pricing of handhelds", "pricing by seat", "pricing of freight"]
    found = answering.shared("Is the price by seat?", pages)
    assert found.argmax() == 1
    assert found[1] > 2 * found[0] > 0


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("It works with NetSuite and SAP", ()),
        ("It works with Netsuit", ()),  # a slip of the keyboard
        ("It works with SAP", ("NetSuite",)),
    ],
)
def test_a_name_that_was_asked_about_is_missed(text, lacks):
    unusual = answering.unusual("Does Pellwick integrate with NetSuite?", own=("Pellwick Count",))
    assert unusual == ("NetSuite",)
    assert answering.lacking(unusual, text) == lacks


def test_what_lacks_the_name_is_below_the_line():
    assert answering.standing(answering.strength(0.4, 0.15, ())) == "answers"
    assert answering.standing(answering.strength(0.4, 0.15, ("NetSuite",))) is None


def test_few_pages_are_compared_with_what_is_usual():
    assert abs(answering.usual(np.array([0.6])) - answering.USUAL) < 0.05
    assert abs(answering.usual(np.full(500, 0.3)) - 0.3) < 0.01


def test_the_gist_of_a_mail_is_without_greeting_and_thanks():
    mail = "Hi Tom,\n\nthanks for the demo!\n\nIs it priced by seat?\n\nBest,\nAna Sorel"
    assert "priced by seat" in answering.gist(mail)
    assert "Hi Tom" not in answering.gist(mail)


def test_of_a_long_mail_its_questions_are_compared():
    text = "We are a firm with many sites. " * 30 + "Where is the data kept? Who may see it?"
    assert answering.gist(text) == "Where is the data kept? Who may see it?"


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("too expensive compared with Acme", "too expensive"),
        ("you are dearer than Acme Cloud's", "you are dearer"),
        ("Do you, like the acme cloud, read RFID?", "Do you, , read RFID?"),
        ("Acme", ""),
        ("we are using Acme at the moment", ""),
        ("how do you compare with Acme?", ""),
        ("is Acme better", ""),
        ("Acmeville is our town", "Acmeville is our town"),
    ],
)
def test_what_is_said_besides_a_rival_is_what_it_is_about(words, rest):
    assert answering.besides(words, ["Acme", "Acme Cloud"]) == rest


def test_without_a_rival_a_question_is_what_it_is():
    assert answering.besides("how does it compare?", []) == "how does it compare?"


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        ("[name] Account Executive | Pellwick Systems [phone] | [link]", True),
        ("Kim Rowe, Head of Sales", True), ("Kim Rowe", True), ("Tel. +44 20 7946 0018", True), ("kim@ours.example", True),
        ("Sent from 12 High Street | Leeds | www.ours.example", True),
        ("[name], poor forklift.", False), ("It is per handheld, [name] can send the sheet.", False), ("Yes, SAP ECC.", False),
        ("Our price list is at https://ours.example/prices", False), ("we do count offline", False),
    ],
)  # fmt: skip
def test_a_signature_is_told_from_what_is_said(line, signs):
    assert answering.is_signature(line) is signs

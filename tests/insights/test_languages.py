"""Which language an utterance is in, and how little English is lost to the question."""

import socket
import tempfile
from pathlib import Path

import pytest

from insights import languages
from insights.records import Conversation, Utterance


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We'd have to run it past our auditors before the end of the quarter.", "en"),
        ("Das muss ich erst mit meiner Kollegin besprechen.", "de"),
        ("On a déjà un contrat avec un autre prestataire.", "fr"),
        ("Tengo que comentarlo con la dirección.", "es"),
        ("Dobbiamo prima sentire il nostro commercialista.", "it"),
        ("Wij hebben vorig jaar net iets nieuws aangeschaft.", "nl"),
        ("Мы пока не готовы это обсуждать.", "ru"),
        ("もう少し検討させてください。", "ja"),
        ("저희는 이미 다른 업체를 쓰고 있습니다.", "ko"),
        ("我们已经有供应商了。", "zh"),
        ("هذا غالي جدا بالنسبة لنا", "ar"),
    ],
)
def test_a_sentence_has_a_language(text, language):
    assert languages.of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Ja.",
        "ok",
        "Jürgen Groß",
        "118 %",
        "+49 30 1234567",
        "https://acme.example/de/preise",
        "?!",
        "\ud800",
        "😀😀",
    ],
)
def test_what_is_too_short_to_tell_has_none(text):
    assert languages.of(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "im interested but not now",
        "Our Geschäftsführer has to sign that.",
        "SSO, SCIM, SOC 2 and a DPA?",
        "ARR, NRR and CAC payback",
        "Søren, Jürgen and François will join",
        "The Betriebsrat wants to see the DSGVO paperwork first.",
        "gr8 thx pls send asap",
    ],
)
def test_jargon_names_and_loan_words_are_not_foreign(text):
    assert languages.of(text) in {"en", ""}


def test_short_words_take_the_language_around_them():
    german = ["Guten Tag, hier spricht Frau Weber.", "Ja, genau.", "Wir haben dafür gerade kein Geld.", "Gut."]
    assert languages.of_conversation(german) == ["de"] * 4


def test_between_two_languages_short_words_stay_open():
    texts = ["Das ist uns leider viel zu teuer geworden.", "Ok.", "That is more than we would like to pay."]
    assert languages.of_conversation(texts) == ["de", "", "en"]


def test_a_long_foreign_sentence_is_seen_among_english_ones():
    texts = [
        "Can you hear me now?",
        "Yes, loud and clear.",
        "Moment, ich hole kurz meine Kollegin aus der Buchhaltung dazu.",
    ]
    assert languages.of_conversation(texts) == ["en", "en", "de"]


def test_a_kindred_language_is_put_right_by_the_others():
    swedish = [
        "Vi jobbar redan med en annan leverantör.",
        "Jag måste prata med min chef först.",
        "Er konkurrent var mycket billigare.",
    ]
    assert languages.of_conversation(swedish) == ["sv"] * 3


def test_utterances_without_words_stay_without_language():
    assert languages.of_conversation(["We would like a quote, please.", "42", ""]) == ["en", "", ""]


def test_a_conversation_is_given_its_languages():
    said = tuple(Utterance("A", "unknown", "verbatim", text) for text in ("Wir haben dafür kein Geld.", "Nein."))
    told = languages.assign(Conversation("c", "call", "", "", said))
    assert [utterance.language for utterance in told.utterances] == ["de", "de"]


def test_nobody_spoke():
    assert languages.of_conversation([]) == []


def test_nothing_is_downloaded_or_written(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    languages._detector.cache_clear()
    assert languages.of("Das können wir uns dieses Jahr nicht leisten.") == "de"
    assert list(Path(tmp_path).iterdir()) == []


def test_an_endless_text_is_read_in_no_time():
    assert languages.of("we would like to know more about it " * 100_000) == "en"

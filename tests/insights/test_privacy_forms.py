"""Numbers and addresses in the forms of many countries and programs, each with what is left of its line."""

import time

import pytest

from insights import privacy
from tests.spending import at_most

MASKED = {
    "Ring +49–30–901820 today": "Ring [phone] today", "Ring +49‑171‑5550123 today": "Ring [phone] today", "＋49 30 901820": "[phone]",
    "tel:+4930901820": "tel:[phone]", "mobile:0171 2345678": "mobile:[phone]", "It is 06.12.34.56.78": "It is [phone]",
    "tlf 22 12 34 56": "tlf [phone]", "Pay de89 3704 0044 0532 0130 00": "Pay [account number]",
    "DE89-3704-0044-0532-0130-00 it is": "[account number] it is", "DE89–3704–0044–0532–0130–00": "[account number]",
    "BE68 5390 0754 7034 this week": "[account number] this week", "ES9121000418450200051332 BANK": "[account number] BANK",
    "DE89 3704 0044 0532 0130 00": "[account number]", "Card 4111.1111.1111.1111": "Card [card number]",
    "Card 4111–1111–1111–1111": "Card [card number]", "Card 4111  1111  1111  1111": "Card [card number]",
    "Card 5555/5555/5555/4444": "Card [card number]", "quist＠firm.example": "[e-mail address]", "quist @ firm.example": "[e-mail address]",
    "quist(at)firm.example": "[e-mail address]", "quist [at] firm [dot] example": "[e-mail address]",
    "account number 1234 5678": "account number [number]", "Kundennummer 4711-08": "Kundennummer [number]",
    "Steuer-Nr. 12/345/67890": "Steuer-Nr. [number]", "Kontonummer: 1234567890": "Kontonummer: [number]",
    "Via Roma 12, 00184 Roma": "[address]", "Calle Mayor 10, 28013 Madrid": "[address]", "ul. Marszałkowska 10, 00-001 Warszawa": "[address]",
    "Kungsgatan 12, 111 35 Stockholm": "[address]", "Unter den Linden 77, 10117 Berlin": "[address]", "Postfach 12 34 56": "[address]",
}  # fmt: skip
PLAIN = (
    "Via Zoom 3 people joined, 12000 of them paid", "Am Montag 5, nicht 6", "We paid 4111 dollars – 1111 less than before", "From 2024-01-01–2024-12-31",
    "seats @ 40 dollars", "The meeting is at 12:30:45", "Between 10–12 and 14–16", "It costs 1.234.567,89", "Version 4.1.1.1", "be12 that this they were here",
    "The customer 2023 plan", "case 12 to 14", "contract 15/16", "at 3.00 pm (at the latest) in town", "Plaza 5 is a product",
)  # fmt: skip
LONG = (
    "a@",
    "a(at)",
    "a at ",
    "DE12",
    "de12 ",
    "1-",
    "1 ",
    "1/",
    "Via Aa ",
    "Aagatan 1 ",
    "Am Aa 1, ",
    "ul. Aa 1",
    "case 1234 ",
    "tel:",
)


@pytest.mark.parametrize("text", MASKED)
def test_a_number_or_address_is_masked_in_the_form_in_which_people_write_it(text):
    told = privacy.mask(text, privacy.find(text))
    assert told.text == MASKED[text]
    assert all(text[piece.start : piece.end] == piece.text for piece in told.pieces if not piece.kind)


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_looks_like_one_stays(text):
    assert privacy.mask(text, privacy.find(text)).text == text


@pytest.mark.parametrize("piece", LONG)
def test_no_run_of_a_piece_of_one_takes_longer_than_its_length(piece):
    began = time.process_time()
    privacy.find(piece * 4000)
    assert time.process_time() - began < 5


def test_a_long_word_of_capitals_and_small_letters_takes_time_by_its_length():
    """Within a word every other letter may begin a town."""
    with at_most(2):
        assert privacy.find("aP" * 10_000 + " 1") == ()

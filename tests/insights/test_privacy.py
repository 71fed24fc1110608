"""What identifies people and companies is found to the letter, and what does not is left alone.

Cases are marked by hand: «name|Dana» is to be found as a name. They were written before the rules.
"""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insights import privacy
from insights.privacy import Known
from insights.privacy.vocabulary import fold

KNOWN = Known(
    people=(
        "Dana Hill", "Mark Price", "Will Young", "Silke Köhler", "Nguyen Van An", "O'Brien, Sean", "Joel Okafor", "Rose Banks",
        "Mikael Nyström", "J. Smith-Baker",
        "Sue Pellinger", "May Berg",
    ),
    companies=("Hestervane Components", "Acme, Inc.", "Arlo Foods GmbH", "The Target Group", "Rotherwyn Medical", "Next plc"),
    keep=("Pellwick", "Pellwick Count", "Nimbrel", "Stockarra", "Kestwell ERP", "Mark43"),
)  # fmt: skip

MARKED = (
    # Where somebody's own place is, and a postcode with its town.
    "We have plants in «place|Gdansk» and «place|Katowice», each with its own system.",
    "Our head office in «place|Aix-en-Provence» refused, we are based in «place|Rotterdam»",
    "at the «place|Coventry» depot nobody was trained",
    "It goes to «address|D-70173 Stuttgart» or «address|Austin, TX 78701»",
    "We moved to «address|Leeds LS1 4DY», and invoices to «address|1012 AB Amsterdam»",
    "Our legal seat is «address|75008 Paris»",
    # People we know, in the forms in which they are written.
    "As «name|Dana Hill» said, the price is too high.",
    "«name|Dana» said the price is too high",
    "Ask «name|DANA HILL» about the budget.",
    "«name|dana»'s view is that it is too dear",
    "«name|D. Hill» is against it",
    "«name|Dana H.» thinks it is too slow",
    "I agree with Ms «name|Hill» on that",
    "«name|Silke K» asked if the fee is tied to users",
    "«name|Silke Kohler» wants it in writing",
    "«name|Köhler» wants it in writing",
    "«name|Sean O'Brien» has the budget, and «name|O’Brien» does not share it",
    "That is for «name|Mikael», not for me.",
    "«name|Mikael Nystrom» has to sign",
    "«name|Smith-Baker» will not sign",
    "Thanks «name|Joel», that is more than we can spend",
    "«name|Mark», can you send the prices again?",
    "I told «name|Mark Price» that the price is marked up",
    "«name|Mark» said no",
    "«name|Sue»'s worry now is the cost.",
    "«name|Sue» not so happy with it, two breakdowns a week.",
    "Lost. «name|Sue» went with the other one.",
    "Nice chat. «name|Will» has one already.",
    "«name|Mark» was there too.",
    "Does it work for «name|Rose»? She is on the night shift.",
    "We asked «name|Will Young» and he will think about it",
    "so «name|dana hill» will not pay for it",
    "«name|Dana»: can we have the terms? «name|Joel Okafor»: yes.",
    # Companies we know.
    "At «company|Hestervane Components» we count by hand",
    "«company|Hestervane» counts by hand",
    "Nobody at «company|Acme» would use it",
    "«company|Acme Inc.» has rules for that",
    "«company|ACME»'s auditors want a log",
    "We, «company|Arlo Foods», have no budget",
    "«company|Arlo Foods GmbH» has no budget",
    "For «company|Rotherwyn Medical» the data must stay in the US",
    "«company|Target Group» pays after 90 days",
    "the «company|hestervane components» warehouse has no reception",
    # Addresses, numbers.
    "Write to «email|dana.hill@acme.example» please",
    "Write to «email|dana.hill+deals@mail.acme.co.uk», not to the shop",
    "Mail «email|d_h@acme.example».",
    "It is «email|dana dot hill at acme dot example», all small: «email|dana.hill@acme.example»",
    "Call me on «phone|+44 20 7946 0958» after lunch",
    "My number is «phone|(617) 555-0123».",
    "Ring «phone|020 7946 0958» and ask",
    "T: «phone|+1 617 555 0520» W: «url|www.rotherwynmedical.example»",
    "Handy «phone|+49 (0)171 555 0123», office «phone|030 5550 1234»",
    "It's «phone|617-555-0199» or «phone|617.555.0199»",
    "See «url|https://acme.example/portal?user=dana&token=8f3a» for the form",
    "the login is at «url|acme-portal.example/u/48213»",
    "our site «url|http://www.arlofoods.example» says so",
    "We sit at «address|12 Harbour Street» by the bridge",
    "Send it to «address|1200 Pine Avenue, Suite 400, Boston, MA 02110» please",
    "Post it to «address|Flat 3, 27b Church Lane, Leeds LS1 4AP»",
    "our office is «address|Hauptstraße 12, 10115 Berlin» at the back",
    "Ship to «address|P.O. Box 3120»",
    "the postcode is «address|SW1A 1AA»",
    "the card is «card|4111 1111 1111 1111» and it was charged twice",
    "card «card|5500-0000-0000-0004» was declined",
    "«card|378282246310005» is the company card",
    "Pay to «iban|DE89 3704 0044 0532 0130 00» today",
    "IBAN «iban|GB29NWBK60161331926819»",
    "account number «account|12345678», sort code «account|20-00-00»",
    "our customer number is «account|KD-204881»",
    "policy no. «account|AB1234567» covers it",
    "VAT «account|GB123456789» is on the form",
    "her SSN is «account|078-05-1120» apparently",
    "the server at «account|192.168.14.7» is not ours",
    # People we were not told of, by how they are spoken of.
    "Mr «name|Abernathy» from the bank has to agree",
    "Dr. «name|Lindqvist» does not want it",
    "Hi «name|Fiona», that is too dear for us",
    "Dear «name|Callum», the cost centre has no line for it",
    "My name is «name|Nadia Petrov» and I run the yard",
    "I'm «name|Gregor», I do the books",
    "My boss «name|Travis» says no",
    "Our CFO, «name|Moira Faraday», says no",
    "«name|Fiona Abernathy» told us it does not scale",
    "I spoke to «name|Bram» and he does not see how it would work",
    "Kind regards, «name|Nadine Bellweather»",
    "«name|Jonas» from accounts says the invoice is wrong",
    "«name|Derek» tells me it is too slow",
    # Honorifics of other languages, several in a row too.
    "The last word has Herr Doktor «name|Wessling», our finance director",
    "Frau «name|Deichmann» is with us since twenty-two years",
    "Herr Prof. Dr. «name|Wessling» signs",
    "Mevrouw «name|Terhorst» signs, Meneer «name|Van Dalen» does not",
    "Monsieur «name|Delacourt» signs, Madame «name|Lefort» and Mme «name|Perrault» do not",
    "Señor «name|Quiroga» and Señora «name|Barragán» sign",
    "Signor «name|Bellandi», then Signora «name|Marchetti»",
    "Miss «name|Havering» and Sir «name|Abernathy» sign",
    # Written small, as speech recognition does.
    "«name|carl» would have to move something first",
    "I think «name|carl» would have to move something first",
    "watch your head «name|carl». okay. i'm at my desk",
    "there's a lady named «name|fran» she runs operations",
    "ask frau «name|deichmann» about it",
)
# Nothing of these identifies anybody.
PLAIN = (
    "It is more than we can spend this year.",
    "Will you send the price? I will mark it up.",
    "Mark my words, the price will go up.",
    "Will not work for us. May not be used here. May's figures are in.",
    "Sue the vendor, she joked.",
    "The price rose last year and the banks will not lend.",
    "We need to target the young, and the next group as well.",
    "Next time we would rather hear the terms first. Next, the data.",
    "We have Stockarra today, and Nimbrel before that.",
    "Pellwick Count is slower than Kestwell ERP.",
    "Does Pellwick run on Windows and in Salesforce?",
    "Stockarra's price is 4,111 a year, Nimbrel's 12,500 EUR.",
    "We hold 1,234,567 items in 12 places.",
    "In 2025 we had 2,000 users, in 2026 it was 3,500.",
    "We count 20-30 pallets, 617 in all, on 2026-03-14 at 10:30.",
    "That is 12,500.00 a month for 48 months, so 600,000.",
    "The contract runs from 01/02/2026 to 31/01/2029.",
    "Version 10.2.14 broke the export.",
    "It takes 4 to 6 weeks, 3 of which in the street of shops.",
    "We have 12 people in the road team and 40 drivers.",
    "the street price is lower",
    "From January to March, on Monday or Tuesday, the English and German teams count.",
    "I'm afraid that is too dear. I'm not sure.",
    "I'm Finance, he is Legal.",
    "My boss says no. Our CFO says no.",
    "Ask IT, Legal and HR. The VP Finance and the CFO decide.",
    "Thanks, that is fine. Thanks a lot, best regards.",
    "SAP, Oracle and Microsoft do it; GDPR and SOC 2 ask for it.",
    "In London, Berlin and New York we have no reception.",
    "He rose to speak about the hill and the banks of the river.",
    "Can we sync it to the ERP by way of an API?",
    "ISO 27001:2022 and SOC 2 Type II are what we need.",
    "The order 4111111111111112 is not a card.",
    "DE89 3704 0044 0532 0130 01 is no account at all.",
    "We do 99.9 percent, 24/7, in 1.5 seconds, with 256-bit keys.",
    "Hi there, dear all, hello team.",
    "We spoke to Sales and to Support.",
    "Speaker 1 asked, Buyer answered.",
    "The Group has next to no budget. Components are dear. Medical staff like it.",
    "An act of will. A new year. A rose is a rose.",
    "No, Sir. Yes Madam, we can. We miss Nimbrel, Miss.",
    "i will mark the price and the rose bed will rise, no miss",
    "Mark43 is what the police use.",
    "It costs $1,200 per seat, or 9.99 per user per month.",
)


def unmarked(marked: str) -> tuple[str, list[tuple[str, str]]]:
    """The plain text of a marked case, and what is to be found as (kind, words)."""
    return re.sub(r"«\w+\|(.*?)»", r"\1", marked), re.findall(r"«(\w+)\|(.*?)»", marked)


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in privacy.find(text, known=KNOWN)]


@pytest.mark.parametrize("marked", MARKED)
def test_what_identifies_is_found_to_the_letter(marked):
    text, wanted = unmarked(marked)

    assert found(text) == wanted


@pytest.mark.parametrize("text", PLAIN)
def test_what_does_not_identify_is_left_alone(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "part", ["J.P.", "Dana Hill ", "12 Abc Def ", "a@a.", "+1 (2)-", "a'", "DE12 ", "account number ", "x"]
)
def test_hostile_repetition_is_looked_through_once(part):
    text = part * (20_000 // len(part))

    masked = privacy.mask(text, privacy.find(text, known=KNOWN))

    assert all(text[piece.start : piece.end] == piece.text for piece in masked.pieces if not piece.kind)


@pytest.mark.parametrize("marked", MARKED)
def test_every_place_of_a_masked_text_is_known_in_the_original(marked):
    text, _ = unmarked(marked)
    masked = privacy.mask(text, privacy.find(text, known=KNOWN))

    for place, letter in enumerate(masked.text):
        at = masked.original(place)
        span = next((piece for piece in masked.pieces if piece.kind and piece.start == at), None)
        assert span or text[at] == letter
    assert masked.original(len(masked.text)) == len(text)


def test_spans_of_an_utterance_are_told_of_a_part_of_it():
    spans = privacy.find("Dana Hill and Joel Okafor agree.", known=KNOWN)

    assert [(s.start, s.end) for s in privacy.within(spans, 5, 18)] == [(0, 4), (9, 13)]


def test_a_text_too_long_to_look_through_is_masked_whole():
    text = "Dana " * (privacy.LONGEST // 4)

    assert privacy.mask(text, privacy.find(text)).text == "[number]"


@given(st.text())
@example("Zo\u0308e’s Straße, Łódź, ØRSTED ﬁnance 각 e\u0323\u0301 Σας")
@example("PLAIN 'letters'")
def test_a_text_folded_sign_by_sign_is_as_one_that_is_taken_apart_as_a_whole(text):
    signs = {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "Ø": "O",
        "Ł": "L",
        "ı": "i",
        "‐": "-",
        "‑": "-",
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    }
    plain = unicodedata.normalize("NFKD", "".join(signs.get(one, one) for one in text))
    assert fold(text) == "".join(one for one in plain if not unicodedata.combining(one)).replace("’", "'").casefold()

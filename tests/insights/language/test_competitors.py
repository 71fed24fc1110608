"""Rivals by name, by sound and by context; their relation; and what is no rival."""

import pytest

from insights.language import Turn, build, find
from insights.language.competitors import merged
from insights.language.tagger_spans import Span as Tagged
from insights.records import Company, Competitor

RIVALS = (
    Competitor("GrubHub", ("GH Corporate",)),
    Competitor("Lead-Loft"),
    Competitor("Front"),
    Competitor("Zendesk"),
)
COMPANY = Company(products=("Platewise",), integrations=("Salesforce",), competitors=RIVALS)


@pytest.fixture(scope="module")
def finder():
    return build(COMPANY, rules_alone=True)


def rivals(finder, text, *, role="buyer", voice="verbatim", context=()):
    (insights,) = find(finder, [Turn(role, voice, text, tuple(context))])
    return [(i.text, i.name, i.label) for i in insights if i.kind == "competitor"]


@pytest.mark.parametrize(
    ("text", "written", "name"),
    [
        ("We use GrubHub today.", "GrubHub", "GrubHub"),
        ("we use grub hub", "grub hub", "GrubHub"),
        ("we use grub-hub", "grub-hub", "GrubHub"),
        ("GrubHub's fees are crazy, we use it daily", "GrubHub", "GrubHub"),
        ("We are on GH Corporate", "GH Corporate", "GrubHub"),
        ("we're on lead loft", "lead loft", "Lead-Loft"),
        ("yeah we use grab hub", "grab hub", "GrubHub"),
        ("we moved off Zendesc", "Zendesc", "Zendesk"),
    ],
)
def test_a_catalogue_name_is_found_however_it_is_written(finder, text, written, name):
    assert [(found, called) for found, called, _ in rivals(finder, text)] == [(written, name)]


@pytest.mark.parametrize(
    "text", ["the seats in front are taken", "put it front and centre", "grab a coffee at the hub"]
)
def test_everyday_words_are_no_names(finder, text):
    assert rivals(finder, text) == []


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("We currently use Zendesk.", "incumbent"),
        ("We're also looking at Zendesk.", "evaluating"),
        ("we got a quote from Zendesk", "evaluating"),
        ("We used to use Zendesk.", "past"),
        ("We're switching from Zendesk.", "switching_from"),
        ("We're going with Zendesk.", "switching_to"),
        ("How do you compare to Zendesk?", "comparison"),
        ("You are cheaper than Zendesk.", "comparison"),
    ],
)
def test_the_words_around_a_name_tell_its_relation(finder, text, relation):
    assert rivals(finder, text) == [("Zendesk", "Zendesk", relation)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We're switching from Bookly next month.", ("Bookly", "Bookly", "switching_from")),
        ("we currently use Tallyho for that", ("Tallyho", "Tallyho", "incumbent")),
        ("Got a quote from Hearth & Key.", ("Hearth & Key", "Hearth & Key", "evaluating")),
        ("it's done with a company called pack stream", ("pack stream", "pack stream", "incumbent")),
    ],
)
def test_an_unknown_name_is_found_in_a_telling_context(finder, text, expected):
    assert rivals(finder, text) == [expected]


def test_names_in_a_list_share_their_context(finder):
    found = rivals(finder, "We are comparing you with Kellan, Norda and Zendesk.")
    assert [name for _, name, _ in found] == ["Kellan", "Norda", "Zendesk"]
    assert {relation for _, _, relation in found} == {"comparison"}


def test_the_answer_to_whom_do_you_use_is_a_rival(finder):
    asked = [("seller", "Who do you use for this today?")]
    assert rivals(finder, "No, Callwise. We only signed again in March.", context=asked)[0][1:] == (
        "Callwise",
        "incumbent",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Does it integrate with Zendesk?",
        "We use Salesforce.",
        "We already use Platewise in one shop.",
        "We already have Monday and Tuesday blocked.",
        "I am in London with Sarah.",
    ],
)
def test_own_names_integrations_days_and_places_are_no_rivals(finder, text):
    assert rivals(finder, text) == []


@pytest.mark.parametrize(
    "text", ["we do it in spreadsheets", "We currently use an in-house tool", "We keep it in Excel"]
)
def test_doing_it_oneself_is_a_rival(finder, text):
    assert [relation for _, _, relation in rivals(finder, text)] == ["incumbent"]


@pytest.mark.parametrize(
    "text", ["They use SMS for their reminders.", "We currently use EDI.", "We currently use VoIP."]
)
def test_what_everybody_shortens_is_no_rival(finder, text):
    assert rivals(finder, text) == []


def test_an_export_to_excel_is_no_rival(finder):
    assert rivals(finder, "Can I export it to Excel?") == []


def test_a_seller_may_name_a_rival(finder):
    assert rivals(finder, "You currently use Zendesk, right?", role="seller") == [("Zendesk", "Zendesk", "incumbent")]


@pytest.mark.parametrize(
    "text",
    [
        "We currently use Frau Deichmann for that.",
        "We're switching from Herr Doktor Wessling next month.",
        "Got a quote from Mme. Lefort.",
        "Got a quote from Señora Barragán.",
    ],
)
def test_a_name_with_an_honorific_is_a_person_and_no_rival(finder, text):
    assert rivals(finder, text) == []


@pytest.mark.parametrize("written", ["Frau Deichmann", "Deichmann", "Herr Doktor Wessling"])
def test_the_taggers_word_makes_no_rival_of_a_person(finder, written):
    text = "Two exact ladies. Frau Deichmann counts and Herr Doktor Wessling signs."
    start = text.index(written)
    doc = finder.nlp(text)

    assert list(merged(doc, [Tagged("competitor", start, start + len(written), "incumbent", 0.9)])) == []


def test_the_taggers_word_makes_no_rival_of_what_everybody_shortens(finder):
    text = "Too expensive once you add the SMS bundle, and Dentrova has it."
    tagged = [
        Tagged("competitor", at, at + len(name), "evaluating", 0.5)
        for name in ("SMS", "Dentrova")
        for at in [text.index(name)]
    ]
    assert [text[start:end] for start, end, *_ in merged(finder.nlp(text), tagged)] == ["Dentrova"]


@pytest.mark.parametrize("written", ["Excel sheet", "Excel", "a workbook"])
def test_what_the_tagger_takes_for_a_rival_has_the_name_of_doing_without_a_vendor(finder, written):
    text = "His Excel sheet has served them ten years, they plan in a workbook."
    start = text.index(written)

    (found,) = merged(finder.nlp(text), [Tagged("competitor", start, start + len(written), "incumbent", 0.9)])

    assert found == (start, start + len(written), "incumbent", 0.9, "spreadsheets")


def test_a_rival_of_the_catalogue_may_begin_with_an_honorific():
    finder = build(Company(competitors=(Competitor("Mr Counter"),)), rules_alone=True)
    assert rivals(finder, "We currently use Mr Counter.")[0][1:] == ("Mr Counter", "incumbent")

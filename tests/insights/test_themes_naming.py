import random

import pytest

from insights import naming

TOO_EXPENSIVE = ["I think it is too expensive", "honestly, we're saying it's too expensive", "Too expensive for us"]
SSO = ["Do you support single sign-on?", "we need single sign-on", "Single sign-on is a must"]
ACCOUNT = ["I want to create a new account", "how do I create a new account", "please create a new account for me"]
OFFLINE = [
    "Does it work offline?",
    "does the scanner work offline",
    "and offline, does it work?",
    "Does it work offline?",
]


def named(*groups, **options):
    return naming.names(groups, [[] for _ in groups], **options)


def test_a_name_is_what_the_members_share_without_fillers():
    assert named(TOO_EXPENSIVE, SSO, ACCOUNT) == ["Too expensive", "Single sign-on", "Create a new account"]


def test_a_short_question_that_many_ask_is_a_name():
    group = ["How long does a transfer take?", "how long do transfers take", "How long does a transfer take?"]
    assert named(group, SSO)[0] == "How long does a transfer take?"


def test_a_statement_that_says_more_than_its_noun_is_a_name():
    group = ["My virtual card won't work", "the virtual card won't work here", "virtual card won't work, why"]
    assert named(group, SSO)[0] == "Virtual card won't work"


def test_the_label_leads_when_most_members_have_it():
    labels = [["price"] * 3, ["security", "security", "other"], ["process", "capability", "other"]]
    assert named(TOO_EXPENSIVE, SSO, ACCOUNT, labels=labels) == [
        "Price: too expensive", "Security: single sign-on", "Create a new account",
    ]  # fmt: skip


def test_a_label_that_the_phrase_says_already_is_not_repeated():
    group = ["the price per seat is high", "what is the price per seat", "price per seat?"]
    assert named(group, SSO, labels=[["price"] * 3, [""] * 3])[0] == "Price per seat"


def test_a_question_carries_no_label():
    group = ["What does it cost a month?"] * 3
    assert named(group, SSO, labels=[["pricing"] * 3, [""] * 3])[0] == "What does it cost a month?"


@pytest.mark.parametrize(
    ("group", "name"),
    [
        (["Where is the SOC 2 report?", "send the SOC 2 report", "The SOC 2 report is missing"], "SOC 2 report"),
        (["is there an api key", "where is my api key", "Your API key"], "API key"),
        (["the German invoices", "our german invoices", "and german invoices"], "German invoices"),
        (["my PIN is blocked", "the PIN is blocked", "Pin is blocked again"], "PIN is blocked"),
    ],
)
def test_acronyms_and_names_keep_their_case(group, name):
    assert named(group, TOO_EXPENSIVE)[0] == name


def test_an_apostrophe_that_was_left_out_comes_back():
    group = ["the app doesnt work", "app doesnt work", "this app doesnt work today"]
    assert named(group, TOO_EXPENSIVE)[0] == "App doesn't work"


def test_a_compound_is_not_cut_at_its_end():
    group = ["is there a minimum contract term", "what minimum contract term", "the minimum contract term is long"]
    assert named(group, TOO_EXPENSIVE)[0] == "Minimum contract term"


@pytest.mark.parametrize("detail", ["Brunhilde", "Kelly", "ahmed", "Acme Foundry", "4711", "twelve thousand", "60k"])
def test_what_one_member_says_is_never_in_a_name(detail):
    group = [f"The export to {detail} is slow", "exports are slow", "why is the export slow", "slow export", "export"]
    assert detail.split()[0].lower() not in named(group, SSO)[0].lower()


def test_what_only_one_account_says_is_never_in_a_name():
    group = [
        "Ask Norbert about the export",
        "Norbert wants the export",
        "Norbert: the export",
        "the export",
        "an export",
    ]
    accounts = [["a", "a", "a", "b", "c"], ["d"] * 3]
    assert "Norbert" not in named(group, SSO, accounts=accounts)[0]


def test_private_words_are_never_in_a_name():
    group = ["Norbert decides on the export"] * 5
    assert "Norbert" not in named(group, SSO, private={"norbert"})[0]


def test_an_amount_is_never_in_a_name_though_many_name_it():
    group = ["we can pay 500 for the bike", "500 for the bike", "I offer 500 for the bike", "five hundred for the bike"]
    name = named(group, SSO)[0].lower()
    assert "500" not in name and "hundred" not in name and "bike" in name


def test_two_groups_of_the_same_words_have_different_names():
    first, second = named(SSO, SSO)
    assert first.lower() != second.lower()


def test_names_that_differ_by_a_word_form_alone_do_not_stand_together():
    singular = ["the integration", "an integration", "which integration"]
    first, second = named(singular, ["the integrations", "all integrations", "your integrations"])
    assert {first.lower(), second.lower()} != {"integration", "integrations"}


def test_a_name_in_use_is_not_given_again():
    assert named(SSO, ACCOUNT, taken=["single sign-on"])[0] != "Single sign-on"


def test_a_part_of_a_theme_does_not_repeat_its_name():
    group = ["does the export keep formulas", "export with formulas", "Do formulas survive the export?"]
    assert "formulas" in named(group, SSO, parents=["Export", ""])[0].lower()


def test_names_do_not_depend_on_the_order_of_the_groups():
    groups = [TOO_EXPENSIVE, SSO, ACCOUNT, OFFLINE, SSO[:2]]
    order = random.Random(3).sample(range(len(groups)), len(groups))
    assert named(*(groups[at] for at in order)) == [named(*groups)[at] for at in order]


def test_names_are_at_most_sixty_characters():
    long = ["internationalisation of pharmacovigilance documentation infrastructures across subsidiaries worldwide"] * 3
    assert all(len(name) <= 60 for name in named(long, SSO))


def test_a_group_without_meaning_is_named_by_a_short_text():
    assert named(["thank you", "thanks", "and thank you"]) == ["Thank you"]


def test_a_group_without_everyday_words_says_that_it_holds_several_things():
    assert named(["xq", "zzyx", "brrh"]) == ["Several things"]


def test_a_request_is_named_as_it_is_made():
    assert (
        named(["i want you to tell me a joke", "tell me a joke", "please tell me a joke"], SSO)[0] == "Tell me a joke"
    )


def test_many_groups_without_meaning_have_different_names():
    assert len(set(named(*[["so be it", "that is it"]] * 20, labels=[["price"] * 2] * 20))) == 20


@pytest.mark.parametrize(
    "text", ["", "???", "日本語のテキスト", "\ud800", "a" * 10_000, "!" * 100_000, "word " * 100_000, "no no no"]
)
def test_any_text_gets_some_name(text):
    assert named([text] * 3)[0]


@pytest.mark.parametrize("word", ["the", "we're", "think", "not", "12", "555-867-5309", "x"])
def test_words_that_carry_no_meaning(word):
    assert naming.meaningful(word) == []


def test_names_of_people_are_barred_but_for_everyday_words():
    assert naming.private_words(["Felix Okafor", "May Field", "Buyer 2", ""]) >= {"felix", "okafor"}
    assert not naming.private_words(["May Field", "Will Price", "Customer"]) & {"may", "will", "price", "customer"}


def test_a_person_who_is_known_never_names_a_theme():
    group = ["Felix must approve it", "ask Felix to approve it", "Felix must approve first", "Felix has to approve it"]

    [free] = naming.names([group], [["felix", "approve"]])
    [barred] = naming.names([group], [["felix", "approve"]], private=naming.private_words(["Felix Okafor"]))

    assert "Felix" in free
    assert "felix" not in barred.lower()


@pytest.mark.parametrize(
    "texts",
    [
        [
            "I don't believe that it connects",
            "if you say so, believe that",
            "My inbox is just faces",
            "The attachment never opens",
        ],
        [
            "it all depends on who you are",
            "well, that depends",
            "everybody quotes me that figure",
            "my uncle fell off the roof",
        ],
    ],
)
def test_a_verb_alone_names_nothing(texts):
    plain = "Trust: doubts about the vendor"
    (first,) = naming.names([texts], [["believe", "depends"]], [["trust"] * 4])
    (second,) = naming.names([texts], [["believe", "depends"]], [["trust"] * 4], taken=[plain])
    assert (first, second) == (plain, "Trust: other")


def test_what_has_its_meaning_elsewhere_names_nothing():
    sizes = [
        "Anything of that size, the board has to see it",
        "a pallet of the size is not ideal",
        "the size does for us",
    ]
    assert named(sizes, SSO)[0] == "The size does for us"


def test_i_is_a_capital_wherever_it_stands_in_a_name():
    group = ["I am not convinced the savings are real", "I am not convinced that savings are real"] * 2
    assert named(group, SSO, labels=[["roi"] * 4, ["other"] * 3])[0].startswith("ROI: I am not convinced")

import pytest

from insights import naming

TOO_EXPENSIVE = ["I think it is too expensive", "honestly, we're saying it's too expensive", "Too expensive for us"]
SSO = ["Do you support single sign-on?", "we need single sign-on", "Single sign-on is a must"]
ACCOUNT = ["I want to create a new account", "how do I create a new account", "please create a new account for me"]


def named(*groups, labels=None):
    return naming.names(groups, [[] for _ in groups], labels)


def test_a_name_is_what_the_members_share_without_fillers():
    assert named(TOO_EXPENSIVE, SSO, ACCOUNT) == ["Too expensive", "Single sign-on", "Create a new account"]


def test_the_label_leads_when_most_members_have_it():
    labels = [["price"] * 3, ["security", "security", "other"], ["process", "capability", "other"]]
    assert named(TOO_EXPENSIVE, SSO, ACCOUNT, labels=labels) == [
        "Price: too expensive", "Security: single sign-on", "Create a new account",
    ]  # fmt: skip


def test_a_label_that_the_phrase_says_already_is_not_repeated():
    group = ["the price per seat is high", "what is the price per seat", "price per seat?"]
    assert named(group, SSO, labels=[["price"] * 3, [""] * 3])[0] == "Price per seat"


def test_acronyms_and_names_keep_their_case():
    group = ["Where is the SOC 2 report?", "send the SOC 2 report", "The SOC 2 report is missing"]
    assert named(group, TOO_EXPENSIVE)[0] == "SOC 2 report"


def test_two_groups_of_the_same_words_have_different_names():
    first, second = named(SSO, SSO)
    assert first.lower() != second.lower()


def test_names_are_at_most_sixty_characters():
    long = ["internationalisation of pharmacovigilance documentation infrastructures across subsidiaries worldwide"] * 3
    assert all(len(name) <= 60 for name in named(long, SSO))


def test_a_group_without_meaning_still_has_a_name():
    assert named(["and so it is", "that is it", "so be it"]) == ["Theme 1"]


@pytest.mark.parametrize("word", ["the", "we're", "think", "not", "12", "555-867-5309", "x"])
def test_words_that_carry_no_meaning(word):
    assert not naming.carries_meaning(word)

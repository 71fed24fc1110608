import pytest

from insights import phrases


def found(phrase: str, text: str) -> list[str]:
    return [text[one.start : one.end] for one in phrases.find(phrases.compile([phrase]), text)]


@pytest.mark.parametrize(
    ("phrase", "text", "held"),
    [
        ("integrate", "It integrates, we integrated, integrating it", ["integrates", "integrated", "integrating"]),
        ("integrate", "the integration", []),
        ("try", "she tries, tried and is trying", ["tries", "tried", "trying"]),
        ("tries", "we try, she tried", ["try", "tried"]),
        ("boxes", "one box", ["box"]),
        ("stopping", "it stopped, will stop", ["stopped", "stop"]),
        ("cancel", "cancelled or canceled", ["cancelled", "canceled"]),
        ("go", "we went", ["went"]),
        ("box", "two boxes", ["boxes"]),
        ("note", "we noted it, noting more", ["noted", "noting"]),
        ("stop", "it stopped", ["stopped"]),
    ],
)
def test_a_word_stands_for_its_forms_and_not_for_what_is_derived(phrase, text, held):
    assert found(phrase, text) == held


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("do not need", "We don’t need it"),
        ("that is expensive", "that's expensive"),
        ("we will wait", "we'll wait"),
        ("vendor lock", "our vendor's lock"),
        ("going to", "we are gonna"),
    ],
)
def test_short_forms_are_read_in_full(phrase, text):
    assert found(phrase, text)


def test_a_star_stands_for_a_few_words_and_at_a_words_end_for_any_ending():
    assert found("replace * spreadsheets", "replace all of our spreadsheets") == ["replace all of our spreadsheets"]
    assert found("replace * spreadsheets", "replace it and one two three four five six spreadsheets") == []
    assert found("integrat*", "the integration integrates") == ["integration", "integrates"]


def test_a_star_at_an_end_of_a_phrase_holds_nothing_together():
    assert found("* price *", "the price is high") == ["price"]


@pytest.mark.parametrize("phrase", ["", "  ", "*", "… !", "* *"])
def test_a_phrase_without_a_word_looks_for_nothing(phrase):
    assert phrases.is_empty(phrase) and phrases.compile([phrase]) == ()

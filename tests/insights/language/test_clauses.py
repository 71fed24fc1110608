"""Where sentences begin in text that nobody punctuated with care."""

import pytest
import spacy

from insights.language.clauses import Clauses
from tests.spending import at_most


def sentences(text: str) -> list[str]:
    return [sentence.text for sentence in Clauses()(spacy.blank("en").make_doc(text)).sents]


def test_a_dash_after_a_space_begins_a_sentence_and_one_within_a_word_does_not():
    assert sentences("price is fine - rollout is not, says the on-site team") == [
        "price is fine -", "rollout is not, says the on-site team"
    ]  # fmt: skip


def test_an_empty_text_has_no_sentence():
    assert sentences("") == []


@pytest.mark.parametrize("part", ["> ", "a - ", "word "])
def test_time_grows_with_the_length_of_a_text_and_not_with_its_square(part):
    doc = spacy.blank("en").make_doc(part * 20_000)
    with at_most(5):
        Clauses()(doc)

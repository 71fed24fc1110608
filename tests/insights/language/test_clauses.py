"""Where sentences begin in text that nobody punctuated with care."""

import pytest
import spacy

from insights.language.clauses import Clauses, clause_starts
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


@pytest.mark.parametrize("part", [[","], [",", "i", "you"]])
def test_commas_and_fillers_are_not_looked_through_again_at_each_of_them(part):
    class Counted(list):
        read = 0

        def __getitem__(self, at):
            found = super().__getitem__(at)
            self.read += len(found) if isinstance(at, slice) else 1
            return found

    words = Counted(part * 2_000)
    assert clause_starts(words, 0, len(words)) == []
    assert words.read < 12 * len(words)

import numpy as np
import pytest

from insights import embedding, folding


def leaders(encoder, texts, weights=None):
    return folding.near(texts, embedding.embed(encoder, texts), weights or [1] * len(texts)).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Are there any top-up limits involved?", "Are there any top-up limits?"),
        ("can I check the payment status of the last bill?", "can I check the payment status of my last bill?"),
        ("An extra fee of 1 was in my statement", "1 was in my statement as an extra fee"),
    ],
)
def test_small_variations_of_a_sentence_are_folded(encoder, one, other):
    assert leaders(encoder, [one, other]) == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("we can pay that much for it", "we can not pay that much for it"),
        ("is there an integration with Salesforce", "is there an integration with HubSpot"),
        ("It's too expensive", "The price is too high"),
    ],
)
def test_other_meanings_and_other_words_are_not_folded(encoder, one, other):
    assert leaders(encoder, [one, other]) == [0, 1]


def test_the_text_that_stands_for_most_leads(encoder):
    texts = ["Are there any top-up limits?", "Are there any top-up limits involved?"]
    assert leaders(encoder, texts, [1, 5]) == [1, 1]


def test_small_changes_are_not_folded_in_a_chain():
    words = [f"w{at}" for at in range(30)]
    texts = [" ".join(words[start : start + 20]) for start in range(0, 10, 2)]
    vectors = np.eye(384, dtype=np.float32)[[0] * 5]
    assert folding.near(texts, vectors, [1] * 5).tolist() == [0, 0, 2, 2, 4]


def test_equal_texts_come_together_in_an_order_of_their_own():
    assert folding.equal(["b", "A ", "a!", "B"], ["1", "2", "3", "0"]) == [[1, 2], [3, 0]]

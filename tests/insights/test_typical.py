import numpy as np
import pytest

from insights.typical import representatives


def unit(*rows):
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


TEXTS = [
    "We have no budget left this year.",
    "There is no budget for it.",
    "Our budget is gone.",
    "Hello you there, friend.",
]
VECTORS = unit([1, 0, 0, 0.2], [1, 0.6, 0, 0], [1, 0, 0.6, 0], [0, 0, 0, 1])
IDS = ["a", "b", "c", "d"]


def test_the_most_typical_come_first():
    assert representatives(TEXTS, VECTORS, ids=IDS, centroid=unit([1, 0, 0, 0])[0], most=1) == ["a"]


def test_equal_quotes_stand_once():
    texts = [TEXTS[0], "we have no budget left this year", TEXTS[1]]
    assert representatives(texts, VECTORS[[0, 0, 1]], ids=IDS[:3]) in (["a", "c"], ["c", "a"])


def test_every_account_has_its_turn_first():
    chosen = representatives(TEXTS, VECTORS, ids=IDS, accounts=["x", "x", "x", "y"], most=2)
    assert len(chosen) == 2 and "d" in chosen


def test_quotes_of_unknown_accounts_do_not_wait():
    assert "d" not in representatives(TEXTS, VECTORS, ids=IDS, accounts=["", "", "", "y"], most=2)


def test_a_buyers_own_words_go_before_a_report():
    voices = ["reported", "verbatim"]
    chosen = representatives(
        TEXTS[:2], unit([1, 0.4], [1, -0.42]), ids=IDS[:2], voices=voices, centroid=unit([1, 0])[0]
    )
    assert chosen == ["b", "a"]


@pytest.mark.parametrize(
    "worse", ["budget", "We have no budget left and the", "uh well um yeah so no budget uh okay", "no budget " * 40]
)
def test_what_cannot_be_read_at_a_glance_comes_later(worse):
    chosen = representatives([worse, TEXTS[0]], unit([1, 0.4], [1, -0.42]), ids=["a", "b"], centroid=unit([1, 0])[0])
    assert chosen[0] == "b"


def test_the_inputs_order_does_not_matter():
    order = [2, 0, 3, 1]
    again = representatives([TEXTS[at] for at in order], VECTORS[order], ids=[IDS[at] for at in order])
    assert again == representatives(TEXTS, VECTORS, ids=IDS)


def test_no_members_give_no_quotes():
    assert representatives([], np.zeros((0, 4), np.float32), ids=[]) == []

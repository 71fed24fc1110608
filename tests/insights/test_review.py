"""To what a verdict spreads, and what is worth a person's time."""

import numpy as np
import pytest

from insights.review import Candidate, Ruling, agreed, allocate, instructive, near, said_key, sizes, words_key


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("objection", "It's too expensive for us!", "its too expensive, for us", True),
        ("objection", "no thanks", "no thanks", False),
        ("competitor", "the old system of ours", "the old system of ours", False),
        ("question", "Does it work offline?", "does it work offline", True),
    ],
    ids=["marks and case", "a short phrase", "a name", "a question"],
)
def test_the_same_words_mean_the_same_where_there_are_enough_of_them(kind, one, other, same):
    assert bool(words_key(kind, one) and words_key(kind, one) == words_key(kind, other)) is same


def test_the_same_words_of_another_kind_are_something_else():
    assert words_key("objection", "can you do it cheaper") != words_key("question", "can you do it cheaper")


def test_an_utterance_is_known_by_what_was_said_before_it_too():
    assert said_key("Shall we go on?", "No.") != said_key("Any questions?", "No.")


@pytest.mark.parametrize(
    ("rulings", "expected"),
    [
        ([Ruling(False), Ruling(False)], Ruling(False)),
        ([Ruling(False), Ruling(True)], None),
        ([Ruling(True, "price"), Ruling(True, "budget")], None),
        ([], None),
    ],
    ids=["agree", "yes and no", "two labels", "nobody"],
)
def test_people_who_disagree_rule_on_nothing_but_their_own(rulings, expected):
    assert agreed(rulings) == expected


def test_meaning_must_be_very_near():
    one, others = np.array([[1.0, 0.0]]), np.array([[0.93, np.sqrt(1 - 0.93**2)], [0.9, np.sqrt(1 - 0.81)]])
    assert near("objection", one, others).tolist() == [[True, False]]
    assert near("question", one, others).tolist() == [[False, False]]


def test_reviews_go_where_they_tell_most_and_everywhere_some():
    given = allocate({"sure": (900, 0.97, 900), "unsure": (100, 0.5, 100), "rare": (3, 0.5, 2)}, 20)
    assert sum(given.values()) == 20 and min(given.values()) >= 1
    assert given["rare"] <= 2 and given["unsure"] > 20 * 100 / 1003


def test_no_more_is_asked_than_is_left():
    assert allocate({"a": (5, 0.5, 2), "b": (5, 0.5, 0)}, 10) == {"a": 2}


def test_a_round_has_fifty_items():
    assert sum(sizes().values()) == 50


def candidate(id: str, confidence: float, label: str = "price") -> Candidate:
    return Candidate(id, "objection", label, confidence, 0.4)


def test_what_is_near_its_threshold_teaches_most_and_what_is_alike_only_once():
    vectors = np.array([[1.0, 0, 0], [0.99, np.sqrt(1 - 0.99**2), 0], [0, 0, 1.0]])
    chosen = instructive([candidate("a", 0.42), candidate("b", 0.45), candidate("c", 0.95)], vectors, 3)
    assert chosen == ["a", "c"]


def test_what_its_neighbours_label_otherwise_is_suspicious():
    vectors = np.eye(12)[:, :6] * 0.2 + np.array([1.0, 0, 0, 0, 0, 0])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    some = [candidate(str(n), 0.9, "trust" if n == 7 else "price") for n in range(12)]
    assert instructive(some, vectors, 1) == ["7"]

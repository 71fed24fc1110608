"""Pages against themes: near is not enough, and another theme may claim a page."""

import numpy as np
import pytest

from insights import coverage

X, Y = np.eye(4)[0], np.eye(4)[1]


def at(cosine: float) -> np.ndarray:
    """A unit vector at this cosine to X, away from Y."""
    return np.array([cosine, 0, np.sqrt(1 - cosine**2), 0])


def test_a_page_is_as_near_as_title_and_best_passage_together():
    found = coverage.likeness(
        X[None], np.array([1.0]), np.stack([at(0.5), at(0.2), at(0.9)]), [0, 0, 0], [True, False, False]
    )
    assert found.values[0, 0] == pytest.approx((0.5 + 0.9) / 2)
    assert coverage.nearest(X, np.stack([at(0.5), at(0.2), at(0.9)]), [True, False, False]) == 2


def test_it_is_measured_by_how_tight_the_theme_is():
    found = coverage.likeness(X[None], np.array([0.5]), np.stack([at(0.4), at(0.4)]), [0, 0], [True, False])
    assert found.values[0, 0] == pytest.approx(0.8)


def test_a_page_of_a_title_alone_answers_a_part_at_most():
    found = coverage.likeness(X[None], np.array([1.0]), at(1.0)[None], [0], [True])
    assert coverage.state(found.values[0, 0], True, has_text=False) == "title only"
    assert coverage.state(found.values[0, 0], True) == "covered"


def test_a_page_that_another_theme_of_the_kind_claims_is_not_its_own():
    themes = np.stack([X, Y])
    vectors = np.stack([np.array([0.5, 0.8, 0, 0.33]), np.array([0.5, 0.8, 0, 0.33])])
    found = coverage.likeness(themes, np.ones(2), vectors, [0, 0], [True, False])
    assert coverage.own(found, themes, ["objection", "objection"]).tolist() == [[False, True]]
    assert coverage.own(found, themes, ["objection", "question"]).tolist() == [[True, True]]
    assert coverage.own(found, themes, ["objection", "objection"], twins=[(1, 0)]).tolist() == [[True, True]]


@pytest.mark.parametrize(
    ("value", "own", "state"),
    [(1.2, True, "covered"), (1.2, False, "partly"), (0.8, True, "partly"), (0.8, False, "not covered"), (0.5, True, "not covered")],
)  # fmt: skip
def test_states(value, own, state):
    assert coverage.state(value, own) == state


def test_without_pages_or_themes_nothing_is_near():
    assert coverage.likeness(X[None], np.ones(1), np.zeros((0, 4)), [], []).values.shape == (0, 1)
    assert coverage.likeness(np.zeros((0, 4)), np.ones(0), X[None], [0], [True]).values.shape == (1, 0)

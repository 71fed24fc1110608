"""A sentence that compares, prices or judges a rival is told from one that merely names it."""

import pytest

from insights.telling import says


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("We have Beacon today.", False),
        ("Beacon is cheaper.", True),
        ("They left Beacon last year.", True),
        ("Beacon costs 90 per seat", True),
    ],
)
def test_a_bare_mention_says_nothing(sentence, said):
    assert says(sentence) is said

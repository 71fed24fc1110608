"""Notes against the buyers' own words."""

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from insights import sampling, voices
from insights.voices import contrasts, paired


def spread(hits: int, n: int):
    """`n` conversations of as many accounts, `hits` of them carrying the theme."""
    return sampling.sample((f"c{i}", f"account {i}", i < hits) for i in range(n))


@pytest.mark.parametrize("cells", [(12, 3, 20, 40), (0, 6, 1, 5), (5, 5, 0, 30)])
def test_the_paired_test_is_mcnemars_exact_one(cells):
    notes, buyers, both, neither = cells
    peer = mcnemar([[both, notes], [buyers, neither]], exact=True)

    assert paired(sum(cells), notes, buyers, both).p == pytest.approx(peer.pvalue)


def test_the_paired_interval_of_a_printed_example():
    # Agresti (2002, 10.1.1): 1,600 people asked twice, 150 changed one way and 86 the other: 0.04 ± 0.0187 (plain Wald).
    found = paired(1600, 150, 86, 794)

    assert found.difference == pytest.approx(0.04)
    assert (found.low, found.high) == pytest.approx((0.0213, 0.0587), abs=0.0006)


def test_without_a_pair_nothing_is_said():
    assert paired(0, 0, 0, 0).difference is None


def test_what_reps_write_more_is_told_from_what_buyers_say_more():
    nothing = paired(0, 0, 0, 0)
    samples = [
        (spread(60, 200), spread(20, 200)),
        (spread(10, 200), spread(50, 200)),
        (spread(40, 800), spread(42, 800)),
    ]

    found = contrasts(samples, [nothing] * 3)

    assert [one.standing for one in found] == ["reps more", "buyers more", "no difference"]
    assert found[0].change.difference == pytest.approx(0.2)


def test_a_handful_of_notes_says_nothing():
    (one,) = contrasts([(spread(5, 6), spread(20, 200))], [paired(0, 0, 0, 0)])

    assert (one.standing, voices.FEWEST_CONVERSATIONS) == ("too few", 10)

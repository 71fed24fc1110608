"""Intervals from samples: exact where all was reviewed, wide where little was, and right nineteen times in twenty."""

import random

import pytest

from insights import estimates
from insights.estimates import Stratum

ROUNDS = 400


def drawn(rng, sizes, shares, counts):
    """One population with a random sample of each stratum: the true share, and what was seen of it."""
    population = [[rng.random() < share for _ in range(size)] for size, share in zip(sizes, shares, strict=True)]
    seen = [
        Stratum(len(items), count, sum(rng.sample(items, count)))
        for items, count in zip(population, counts, strict=True)
    ]
    return sum(map(sum, population)) / sum(sizes), seen


@pytest.mark.parametrize(
    ("sizes", "shares", "counts"),
    [
        ((400, 300, 200, 1000), (0.5, 0.7, 0.85, 0.95), (5, 5, 4, 6)),
        ((400, 300, 200, 1000), (0.5, 0.7, 0.85, 0.95), (40, 30, 20, 50)),
        ((40, 30, 20, 100), (0.5, 0.7, 0.85, 0.95), (20, 20, 10, 60)),
        ((2000,), (0.8,), (40,)),
    ],
)
def test_the_interval_of_a_stratified_sample_covers_the_truth(sizes, shares, counts):
    rng, covered = random.Random(7), 0
    for _ in range(ROUNDS):
        truth, seen = drawn(rng, sizes, shares, counts)
        found = estimates.share(seen)
        covered += found.low <= truth <= found.high
    assert covered / ROUNDS >= 0.92


def test_a_stratified_estimate_is_right_on_average_however_unevenly_it_was_sampled():
    rng, errors = random.Random(3), []
    for _ in range(ROUNDS):
        truth, seen = drawn(rng, (100, 900), (0.2, 0.9), (30, 10))
        errors.append(estimates.share(seen).share - truth)
    assert abs(sum(errors) / ROUNDS) < 0.01


def test_the_interval_of_what_was_missed_covers_the_truth():
    rng, covered = random.Random(5), 0
    for _ in range(ROUNDS):
        items = [
            (n, rng.random() < share)
            for n, (size, share) in enumerate(((1800, 0.01), (160, 0.1), (40, 0.5)))
            for _ in range(size)
        ]
        truth = sum(missed for _, missed in items) / len(items)
        first = rng.sample(items, 400)
        seen = []
        for n, most in enumerate((30, 20, 8)):
            mine = [missed for k, missed in first if k == n]
            count = min(most, len(mine))
            seen.append(Stratum(len(mine), count, sum(rng.sample(mine, count))))
        found = estimates.two_phase(seen, size=len(items))
        covered += found.low <= truth <= found.high
    assert covered / ROUNDS >= 0.92


def test_what_was_reviewed_wholly_is_known():
    found = estimates.share([Stratum(4, 4, 3), Stratum(6, 6, 6)])
    assert (found.share, found.low, found.high) == (0.9, 0.9, 0.9)


def test_one_right_answer_is_no_proof():
    found = estimates.share([Stratum(1000, 1, 1)])
    assert found.low < 0.25 and found.high == 1


def test_a_stratum_without_reviews_is_counted_with_its_neighbour():
    assert estimates.joined([Stratum(10, 0, 0), Stratum(20, 2, 1), Stratum(5, 0, 0)]) == [Stratum(35, 2, 1)]


@pytest.mark.parametrize("strata", [[], [Stratum(0, 0, 0)], [Stratum(9, 0, 0)]])
def test_nothing_reviewed_gives_no_figure(strata):
    assert estimates.share(strata) is None


def test_the_missed_are_a_share_of_all_there_is():
    silent = estimates.Estimate(0.02, 0.01, 0.05, 50, 1000)
    found = estimates.missed(80, silent)
    assert (found.share, found.low, round(found.high, 3)) == (0.2, 10 / 90, 0.385)

"""Companies whose truth is known, in small: 60 reports a question (benchmarks/trends.py asks with a thousand)."""

from math import sqrt

import numpy as np
import pytest

from benchmarks import trends as simulation
from benchmarks.trends import World
from insights import trends

RUNS = 60
# A share of reports that is at most the stated rate shows up to three standard errors more in 60 of them.
MOST_WRONG = trends.FALSE_DISCOVERY_RATE + 3 * sqrt(
    trends.FALSE_DISCOVERY_RATE * (1 - trends.FALSE_DISCOVERY_RATE) / RUNS
)


@pytest.mark.parametrize("world", [World(300), World(300, 3, 0.2), World(300, 3, 0.2, lasting=True)])
def test_where_nothing_changes_few_reports_claim_a_change_and_most_do_by_the_rules_of_products(world):
    found = simulation.simulate(world, RUNS, real=0, themes=15)

    assert found["Parley"].reports / RUNS <= MOST_WRONG
    assert found["z of at least 1.5"].reports / RUNS > 0.6
    assert found["mean and 2 sd"].reports / RUNS > 0.6


def test_a_rise_from_10_to_25_percent_of_300_conversations_is_found():
    found = simulation.simulate(World(300), RUNS, real=2, themes=15)["Parley"]

    assert found.found / found.real >= 0.9
    assert found.false_share / RUNS <= MOST_WRONG


def test_a_changed_mix_is_not_called_a_change():
    found = simulation.mix_shift(RUNS, themes=15)

    assert found["Parley"].reports / RUNS <= MOST_WRONG
    assert found["without standardisation"].reports / RUNS > 0.6


def test_one_loud_account_is_not_called_a_trend():
    found = simulation.loud_account(RUNS, themes=10)

    assert found["Parley"].found == 0
    assert found["z of at least 1.5"].found / found["z of at least 1.5"].real > 0.5


@pytest.mark.parametrize("world", [World(300), World(300, 3, 0.2)])
@pytest.mark.parametrize("what", ["share", "change"])
def test_intervals_cover_at_their_level(world, what):
    held = simulation._cell(0.2, 0.2, world, 400, np.random.default_rng(1), what)[0]

    assert abs(held - 0.95) <= 0.01 + 3 * sqrt(0.95 * 0.05 / 400)

"""Chances of a table with its margins held: those of SciPy, which is not loaded for them."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from insights import hypergeometric

SIZES = some.integers(1, 40) | some.integers(1, 30_000)


@some.composite
def tables(draw) -> tuple[int, int, int, int]:
    n, other_n = draw(SIZES), draw(SIZES)
    return draw(some.integers(0, n)), n, draw(some.integers(0, min(other_n, 200))), other_n


@given(tables())
def test_fishers_p_value_is_that_of_scipy(table):
    hits, n, other_hits, other_n = table
    expected = stats.fisher_exact([[hits, n - hits], [other_hits, other_n - other_hits]]).pvalue
    assert hypergeometric.fisher(*table) == pytest.approx(expected, rel=1e-6, abs=1e-300)


@given(tables())
def test_the_tail_is_fishers_test_to_one_side(table):
    hits, n, other_hits, other_n = table
    beside = [[hits, n - hits], [other_hits, other_n - other_hits]]
    expected = stats.fisher_exact(beside, alternative="greater").pvalue
    found = hypergeometric.at_least(hits, mine=n, other=hits + other_hits, total=n + other_n)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_more_than_there_can_be_never_happens_and_what_must_be_always_does():
    assert hypergeometric.at_least(6, mine=5, other=9, total=20) == 0.0
    assert hypergeometric.at_least(3, mine=15, other=8, total=20) == 1.0


def test_tables_as_likely_from_the_other_side_count():
    # 0 of 10 and 2 of 10 beside 2 of 10 and 0 of 10: the same chance, but for rounding.
    assert hypergeometric.fisher(0, 10, 2, 10) == pytest.approx(hypergeometric.fisher(2, 10, 0, 10))
    assert hypergeometric.fisher(0, 10, 2, 10) == pytest.approx(90 / 190)


def test_nothing_slow_is_loaded_for_a_trend():
    asked = (
        "import sys; from insights import trends, sampling; "
        "from insights.hypergeometric import fisher; fisher(1, 9, 5, 8); print('scipy.stats' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )

"""Themes and lost deals: the odds ratio against statsmodels, and silence where there is too little."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests

from insights.lost import associations


def test_the_lower_end_is_that_of_statsmodels():
    (found,) = associations([(30, 50, 10, 60)])
    table = Table2x2(np.array([[30, 20], [10, 50]]) + 0.5, shift_zeros=False)
    assert found.low == pytest.approx(table.oddsratio_confint()[0])
    assert (found.carrying, found.deals) == (30, 50)


def test_all_themes_are_tested_together():
    counts = [(30, 50, 10, 60), (12, 50, 8, 60), (14, 50, 8, 60), (5, 50, 6, 60)]
    tables = [Table2x2(np.array([[a, n - a], [b, m - b]]) + 0.5, shift_zeros=False) for a, n, b, m in counts]
    wanted = multipletests([t.oddsratio_pvalue() for t in tables], alpha=0.10, method="fdr_bh")[0]
    assert [one.low is not None for one in associations(counts)] == wanted.tolist()


def test_a_theme_heard_more_in_won_deals_is_no_reason_to_write():
    (found,) = associations([(2, 50, 40, 60)])
    assert found.low < 1


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (4, 4, 1, 60), (5, 50, 0, 4), (3, 50, 2, 60), (0, 9, 0, 9)])
def test_too_little_says_nothing(counts):
    assert associations([counts])[0].low is None


def test_every_lost_deal_and_no_won_one_is_no_division_by_zero():
    assert associations([(20, 20, 0, 20)])[0].low > 10

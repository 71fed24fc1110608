"""A change of the mix of conversations told apart from a change within them."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from insights import mix, sampling, trends
from insights.sampling import Sample


def spread(hits: int, n: int, name: str = "") -> Sample:
    """`n` conversations of as many accounts, `hits` of them carrying the theme."""
    return sampling.sample((f"{name}{i}", f"{name} account {i}", i < hits) for i in range(n))


def whole(strata: dict[str, tuple[Sample, Sample]]) -> tuple[Sample, Sample]:
    previous, current = (
        sampling.sample(
            (f"{s}{a}{i}", f"{s}{a}", i < pair[n].carrying.get(a, 0))
            for s, pair in strata.items()
            for a, m in pair[n].conversations.items()
            for i in range(m)
        )
        for n in (0, 1)
    )
    return previous, current


def test_more_enterprise_calls_are_no_change_of_what_enterprises_say():
    # 50 % of enterprises and 10 % of small companies name it, in both windows; enterprises grow from 50 to 150 of 200.
    strata = {"enterprise": (spread(25, 50), spread(75, 150)), "smb": (spread(15, 150), spread(5, 50))}
    previous, current = whole(strata)

    found = mix.within(strata, previous, current)

    assert current.numerator / 200 - previous.numerator / 200 == pytest.approx(0.2)
    assert (found.difference, found.mix) == (pytest.approx(0), pytest.approx(0.2))
    (trend,) = trends.trends([(previous, current)], within=[found])
    assert trend.verdict not in {"rising", "new"}
    assert "mix of conversations" in trend.reason
    assert trends.trends([(previous, current)])[0].verdict == "rising"


def test_a_change_that_the_mix_hides_is_said():
    # Both rise by 20 points while the segment that seldom names it grows from 30 to 170 of 200.
    strata = {"enterprise": (spread(85, 170), spread(21, 30)), "smb": (spread(0, 30), spread(34, 170))}
    previous, current = whole(strata)

    (trend,) = trends.trends([(previous, current)], within=[mix.within(strata, previous, current)])

    assert trend.verdict not in trends_that_claim()
    assert "which their changed mix hides" in trend.reason


def trends_that_claim() -> set[str]:
    return {"rising", "falling", "new", "gone"}


def test_within_and_mix_add_up_to_the_crude_change():
    rng = np.random.default_rng(3)
    for _ in range(50):
        strata = {}
        for s in range(3):
            n0, n1 = rng.integers(12, 80, 2)
            strata[str(s)] = (spread(int(rng.binomial(n0, 0.3)), n0), spread(int(rng.binomial(n1, 0.4)), n1))
        previous, current = whole(strata)
        found = mix.within(strata, previous, current)

        crude = current.numerator / current.denominator - previous.numerator / previous.denominator
        assert found.difference + found.mix == pytest.approx(crude)


def test_with_the_same_mix_the_p_value_is_that_of_cochran_mantel_and_haenszel():
    # The same numbers of conversations in both windows: weights and pooled variances are then those of the CMH test,
    # up to its hypergeometric (n - 1) and Student's t, which hardly matter at 400 a stratum.
    strata = {"a": (spread(80, 400), spread(110, 400)), "b": (spread(160, 400), spread(180, 400))}
    tables = [[[now, 400 - now], [then, 400 - then]] for then, now in ((80, 110), (160, 180))]

    found = mix.within(strata, *whole(strata))

    assert found.p == pytest.approx(StratifiedTable([np.array(t) for t in tables]).test_null_odds().pvalue, rel=0.05)


def test_strata_too_thin_to_compare_are_taken_together():
    strata = [(spread(5, 50), spread(6, 60)), (spread(1, 4), spread(2, 9)), (spread(1, 8), spread(1, 3))]

    found = mix.collapsed(strata)

    assert [(a.denominator, b.denominator) for a, b in found] == [(50, 60), (12, 12)]
    assert sum(a.numerator for a, _ in found) == 7


def test_a_stratum_that_only_one_window_has_joins_the_smallest():
    strata = [(spread(5, 50), spread(6, 60)), (spread(3, 20), spread(2, 30)), (spread(0, 0), spread(4, 40))]

    found = mix.collapsed(strata)

    assert [(a.denominator, b.denominator) for a, b in found] == [(50, 60), (20, 70)]


def test_one_stratum_tells_nothing_of_the_mix():
    pair = (spread(5, 50), spread(6, 60))

    assert mix.within({"all": pair}, *pair) is None

"""A summary of several kinds of theme tests them together: three reports by themselves give three chances of a false alarm."""

from dataclasses import replace
from datetime import date

from insights.periods import compared
from insights.sampling import Rate
from insights.trends import Change, Trend
from pipelines.report import Row, TrendReport, judged_together
from pipelines.store.filters import Filters

SPANS = compared(date(2025, 12, 1), days=91)


def report(kind, *p_values: float, by: str = "") -> TrendReport:
    """A report whose rows have these p-values, each one said to rise."""
    rate = Rate(20, 100, 0.1, 0.3)
    rows = tuple(
        Row(n, f"Theme {n}", "", "smb" if by else "", Trend(rate, rate, Change(0.1, 0.0, 0.2, p, p), "rising", "", None, 20), None, (), 20)
        for n, p in enumerate(p_values)
    )  # fmt: skip
    return TrendReport(
        kind, by, "month", date(2025, 12, 1), SPANS.current, SPANS.previous, (), 200, 0, rows, Filters()
    )  # fmt: skip


def verdicts(reports) -> list[list[str]]:
    return [[row.trend.verdict for row in each.rows] for each in reports]


def test_what_is_certain_in_one_kind_alone_is_not_told_among_several():
    # Benjamini and Hochberg over eight: 0.02 x 8 / 1 = 0.16 is more than one in ten; 0.001 x 8 is not.
    found = judged_together([report("objection", 0.02, 0.9, 0.9, 0.9), report("question", 0.7, 0.8, 0.9, 0.9)])
    assert verdicts(found)[0][0] == "too few"
    assert "together" in found[0].rows[0].trend.reason

    sure = judged_together([report("objection", 0.001, 0.9, 0.9, 0.9), report("question", 0.7, 0.8, 0.9, 0.9)])
    assert verdicts(sure)[0][0] == "rising"
    assert sure[0].rows[0].trend.change.q == 0.008


def test_segments_are_a_family_of_their_own_and_one_kind_stays_as_it_is():
    alone = [report("objection", 0.02, 0.9), report("objection", 0.02, 0.9, by="segment")]
    assert judged_together(alone) == alone

    both = judged_together([*alone, replace(report("question", 0.9), by="")])
    assert verdicts(both)[0][0] == "rising"  # 0.02 x 3 / 1 = 0.06
    assert both[1].rows[0].trend.change.q == 0.04


def test_sure_changes_of_another_kind_make_none_sure_here_and_the_stricter_q_is_shown():
    shaky = report("objection", 0.04)
    shaky = replace(
        shaky,
        rows=tuple(
            replace(r, trend=replace(r.trend, verdict="too few", change=replace(r.trend.change, q=0.12)))
            for r in shaky.rows
        ),
    )
    found = judged_together([shaky, report("question", 0.001, 0.001, 0.001)])

    assert (verdicts(found)[0], found[0].rows[0].trend.change.q) == (["too few"], 0.12)

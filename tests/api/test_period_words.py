"""What is said of a period that conversations do not cover to its end is true long after it as well."""

from dataclasses import replace
from datetime import date

import pytest

from api.wording import words
from insights.periods import compared
from pipelines.report import TrendReport
from pipelines.store.filters import Filters


def report(last: date, *, days: int = 91, quarter: bool = False) -> TrendReport:
    spans = compared(last, days=days, quarter=quarter)
    return TrendReport(
        "objection", "", "month", last, spans.current, spans.previous, (), 1, 0, (), Filters(),
        windows="quarter" if quarter else "rolling",
    )  # fmt: skip


def test_a_quarter_whose_last_day_nobody_spoke_on_is_not_said_to_go_on():
    said = words.windows(report(date(2025, 12, 30), quarter=True))

    assert (
        said == "The first 91 days of 2025 Q4, after which there are no conversations, compared with as many of 2025 Q3"
    )


def test_one_day_is_one_day():
    assert "The first day of 2025 Q4," in words.windows(report(date(2025, 10, 1), quarter=True))
    assert "compared with the day before" in words.windows(report(date(2025, 10, 1), days=1))


@pytest.mark.parametrize(
    ("since", "says"),
    [("2025-06-01", "Not all from 1 Jun 2025"), ("2025-12-01", "reaches back before 1 Dec 2025"), ("2025-10-01", "")],
)
def test_a_window_that_is_not_what_from_says_is_told(since, says):
    found = replace(report(date(2025, 12, 30)), filters=Filters(since=since))

    assert says in words.outside(found)
    assert bool(says) == bool(words.outside(found))

"""What one segment says stands beside what all say, in one short sentence."""

from insights.sampling import Rate
from insights.sentences import by_itself, overall
from insights.trends import Change, Trend


def trend(verdict: str) -> Trend:
    now, before = Rate(12, 71, 0.1, 0.3), Rate(1, 61, 0.0, 0.1)
    return Trend(now, before, Change(0.15, 0.05, 0.25, 0.01, 0.08), verdict, "", None, 9)


def test_what_is_sure_in_one_segment_is_said_to_be_of_that_segment_alone():
    assert by_itself("mid-market", trend("rising")).startswith(
        "Looked at by itself: rising in mid-market, from 1 of 61"
    )


def test_what_is_unsure_over_all_segments_is_said_to_be_not_sure():
    assert overall(trend("too few")).startswith("Over all segments: not sure, from 1 of 61")

"""The score of predictions against labels, with figures that the formula's definition gives by hand."""

import pytest

from insights.evaluation import by_label, pairs, reliability, score
from insights.intervals import of_share


def mark(start, end, label="price", kind="objection"):
    return {"kind": kind, "start": start, "end": end, "label": label}


GOLD = [
    {"id": "a#0", "text": "x" * 60, "marks": [mark(0, 20), mark(30, 50, "need")]},
    {"id": "a#1", "text": "x" * 60, "marks": []},
    {"id": "b#0", "text": "x" * 60, "marks": [mark(10, 30, "timing"), mark(0, 9, "past", "competitor")]},
]
PREDICTED = [
    {"id": "a#0", "insights": [mark(5, 18), mark(30, 34, "trust")]},
    {"id": "a#1", "insights": [mark(0, 5)]},
    {"id": "b#0", "insights": [mark(28, 60, "timing")]},
]


def test_precision_recall_and_f1_follow_from_the_matches():
    objections = score(GOLD, PREDICTED)["objection"]
    assert (objections["gold"], objections["predicted"]) == (3, 4)
    assert (objections["precision"], objections["recall"], objections["f1"]) == (0.5, 0.667, 0.571)


def test_labels_are_compared_on_matched_pairs_only():
    assert score(GOLD, PREDICTED)["objection"]["label_agreement"] == 0.5


def test_a_kind_that_is_never_found_has_no_agreement():
    competitors = score(GOLD, PREDICTED)["competitor"]
    assert competitors["recall"] == 0.0
    assert competitors["label_agreement"] is None


def test_a_kind_without_gold_has_no_interval():
    assert score(GOLD, PREDICTED)["question"]["f1_95"] is None


def test_a_row_without_a_prediction_is_counted_as_missing():
    assert score(GOLD, PREDICTED[:2])["missing"] == 1


def test_a_problem_row_does_not_stop_the_score():
    assert score(GOLD, [*PREDICTED, {"problem": "not JSON", "row": 4}])["missing"] == 0


def test_the_interval_holds_the_figure_and_repeats_with_the_seed():
    first, second = (score(GOLD, PREDICTED, rounds=200, seed=7)["objection"] for _ in range(2))
    low, high = first["f1_95"]
    assert low <= first["f1"] <= high
    assert first == second


def test_an_interval_resamples_conversations_not_utterances():
    # With one conversation every resample is the same, so the interval has no width.
    low, high = score(GOLD[:2], PREDICTED[:2])["objection"]["f1_95"]
    assert low == high == 0.8


@pytest.mark.parametrize(
    ("predicted", "matches"),
    [
        ((0, 10), 1),  # half of the gold span, all of the prediction
        ((15, 25), 1),  # exactly half of the shorter one
        ((16, 26), 0),  # a little less
        ((20, 30), 0),  # neighbours
    ],
)
def test_spans_match_from_half_of_the_shorter_one(predicted, matches):
    assert len(pairs([mark(0, 20)], [mark(*predicted)])) == matches


def test_pairing_is_one_to_one_and_the_largest_overlap_wins():
    gold, small, large = mark(0, 20), mark(0, 5), mark(4, 20)
    assert pairs([gold], [small, large]) == [(gold, large)]


def test_a_label_counts_only_where_span_and_label_agree():
    found = by_label(GOLD, PREDICTED, "objection")
    assert found["price"] == {"gold": 1, "predicted": 2, "precision": 0.5, "recall": 1.0, "f1": 0.667}
    assert found["need"]["recall"] == 0.0
    assert found["trust"] == {"gold": 0, "predicted": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_reliability_compares_what_was_said_with_what_was_right():
    rows = [{"id": f"c#{n}", "marks": [mark(0, 10)] if n < 6 else []} for n in range(10)]
    predicted = [{"id": f"c#{n}", "insights": [{**mark(0, 10), "confidence": 1 - n / 10}]} for n in range(10)]
    low, high = reliability(rows, predicted, "objection", bins=2)
    assert (low["count"], low["confidence"], low["right"]) == (5, 0.3, 0.2)
    assert (high["count"], high["confidence"], high["right"]) == (5, 0.8, 1.0)
    assert low["right_95"][0] < 0.2 < low["right_95"][1]


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"), [(0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (0, 0, 0.0, 1.0)]
)
def test_the_interval_of_a_share_is_wilsons(hits, count, low, high):
    assert of_share(hits, count) == pytest.approx((low, high), abs=0.001)

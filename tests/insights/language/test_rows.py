"""The finder over rows, as `parley extract` uses it."""

import pytest

from insights.language import build
from insights.language.rows import extract


@pytest.fixture(scope="module")
def finder():
    return build(rules_alone=True)


def test_a_row_gives_its_insights(finder):
    row = {"id": "c#1", "role": "customer", "text": "How much is it?", "context": []}
    (found,) = extract(finder, [row])
    (insight,) = found["insights"]
    assert found["id"] == "c#1"
    assert (insight["kind"], insight["label"], insight["start"], insight["end"]) == ("question", "pricing", 0, 15)
    assert insight["text"] == "How much is it?"
    assert "name" not in insight


def test_a_competitor_has_a_name(finder):
    (found,) = extract(finder, [{"id": 1, "role": "customer", "text": "We're switching from Bookly."}])
    assert [(i["name"], i["label"]) for i in found["insights"]] == [("Bookly", "switching_from")]


def test_a_rep_is_read_for_competitors_only(finder):
    (found,) = extract(finder, [{"id": 1, "role": "rep", "text": "It's too expensive for you? What about Monday?"}])
    assert found["insights"] == []


@pytest.mark.parametrize(
    "row",
    [
        "text",
        None,
        {"id": 7},
        {"id": 7, "text": 5},
        {"id": 7, "text": "a", "role": "boss"},
        {"id": 7, "text": "a", "role": ["rep"]},
        {"id": 7, "text": "a", "role": "rep", "context": "before"},
        {"id": 7, "text": "a", "role": "rep", "context": ["before"]},
    ],
)
def test_a_bad_row_is_a_problem_with_its_number(finder, row):
    good = {"id": 1, "role": "customer", "text": "how much is it"}
    first, bad, last = extract(finder, [good, row, good])
    assert bad["row"] == 2
    assert bad["problem"]
    assert len(first["insights"]) == len(last["insights"]) == 1


def test_rows_come_back_in_order_and_one_for_one(finder):
    rows = [{"id": n, "role": "customer", "text": "ok"} for n in range(1100)]
    assert [found["id"] for found in extract(finder, iter(rows))] == list(range(1100))

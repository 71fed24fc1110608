"""A value with a comma of its own is one value, in new links and in old ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.deps import _together
from api.views.bars import bar
from api.wording import words
from pipelines.report import trend_report
from pipelines.store import batches
from pipelines.store.filters import Filters, joined, options
from tests.pipelines.test_report import LAST, TODAY, said


@pytest.fixture
def three(db, now):
    """Conversations of "Food, drink", of "Food" and of "Toys"."""
    batches.start(db, title="test", now=now())
    for n, segment in enumerate(("Food, drink", "Food", "Toys")):
        said(db, n, day=LAST, theme=None, segment=segment)
    return db


def counted(db, segment: str) -> int:
    return trend_report(db, Filters(fields={"segment": segment}), kind="objection", today=TODAY).conversations


def test_values_that_were_joined_come_apart_again():
    assert options(joined(["Food, drink", "Toys"])) == ["Food, drink", "Toys"]
    assert options(joined(["Food", "Toys"]))[1:] == ["Food", "Toys"]


def test_the_filter_bar_offers_a_value_with_a_comma_as_one(three):
    choice = next(one for one in bar(three, Filters()).choices if one.name == "segment")
    value, text = next(pair for pair in choice.options if pair[1] == "Food, drink")

    assert counted(three, value) == 1
    assert words.value("segment", value) == text


def test_an_old_link_with_a_comma_means_the_value_that_is_stored_just_so(three):
    assert counted(three, _together(three, "segment", ["Food, drink"])) == 1


def test_an_old_link_with_several_values_still_means_several(three):
    assert counted(three, _together(three, "segment", ["Food,Toys"])) == 2
    assert counted(three, _together(three, "segment", ["Food, drink", "Toys"])) == 2


VALUES = st.lists(
    st.text("ab,\\ ", min_size=1, max_size=6).map(str.strip).filter(bool), min_size=1, max_size=4, unique=True
)


@settings(derandomize=True, database=None, max_examples=500)
@given(VALUES)
def test_whatever_commas_and_backslashes_values_have_they_come_apart_again(values):
    found = options(joined(values))
    assert set(values) <= set(found)
    if len(values) > 1 and "\\," in joined(values):
        assert found == values


def test_a_value_that_ends_in_a_backslash_stays_apart_from_the_next(db, now):
    batches.start(db, title="test", now=now())
    for n, segment in enumerate(("C:\\", "Toys", "C:,Toys", "C:\\,Toys")):
        said(db, n, day=LAST, theme=None, segment=segment)

    assert counted(db, _together(db, "segment", ["C:\\"])) == 1
    assert counted(db, _together(db, "segment", ["C:\\", "Toys"])) == 2
    assert counted(db, joined(["C:\\", "Toys"])) == 2
    assert counted(db, _together(db, "segment", [joined(["C:\\"]), "Toys"])) == 2
    assert words.value("segment", joined(["C:\\"])) == "C:\\"

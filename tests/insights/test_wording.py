"""Numbers as people read them: none is said to be what it is not."""

import pytest

from insights.names.labels import LABELS, PLAIN
from insights.wording import human, label, percent, stored


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "–"), (0, "0 %"), (1 / 3000, "<0.1 %"), (0.034, "3.4 %"), (0.05, "5 %"), (0.123, "12 %"), (0.994, "99 %"),
        (249 / 250, "99.6 %"), (2999 / 3000, ">99.9 %"), (1, "100 %"),
    ],
)  # fmt: skip
def test_a_share_is_never_said_to_be_nothing_or_all_when_it_is_not(share, said):
    assert percent(share).replace("\u00a0", " ") == said


def test_a_label_is_called_as_the_names_of_themes_call_it():
    assert {one: label(one) for one in LABELS} == LABELS
    assert {one: human(one) for one in LABELS if one != "competitor"} == {
        one: label(one) for one in LABELS if one != "competitor"
    }
    assert (human("competitor"), label("competitor"), label("incumbent")) == ("Competitor", "Other vendor", "Incumbent")
    assert all(name.startswith(LABELS[one].split()[0]) for one, name in PLAIN.items())


@pytest.mark.parametrize(
    ("conversations", "counted", "said"),
    [
        (0, 0, "no conversation is stored."), (1, 1, "1 conversation is stored, and it counts."),
        (3, 3, "3 conversations are stored, and all of them count."),
        (2, 1, "2 conversations are stored, of which 1 counts: 1 is a copy or an older version of another, or tells of a meeting told twice."),
        (1043, 1041, "1,043 conversations are stored, of which 1,041 count: 2 are copies or older versions, or tell of a meeting told twice."),
    ],
)  # fmt: skip
def test_how_many_are_stored_says_what_does_not_count_and_why(conversations, counted, said):
    assert stored(conversations, counted) == said

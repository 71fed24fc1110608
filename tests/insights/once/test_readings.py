"""Two readings of one row of a table are counted once."""

import pytest

from insights.once.occasions import links
from insights.once.readings import CORRECTED
from insights.once.seen import Seen


def note(name: str, upload: int, origins: str, **facts) -> Seen:
    day = facts.pop("day", "")
    return Seen(
        name,
        "note",
        day,
        (facts.pop("text", "left voicemail"),),
        sequence=upload,
        origins=frozenset(origins.split()),
        **facts,
    )


def found(*notes: Seen) -> dict[str, str]:
    return {link.conversation_id: link.primary_id for link in links(notes).links}


def test_the_reading_that_knows_date_and_account_counts_whichever_came_first():
    bare, full = note("a", 1, "row:1"), note("b", 2, "row:1", day="2026-03-01", account="acme")

    assert found(bare, full) == {"a": "b"}
    assert found(note("a", 3, "row:1"), full) == {"a": "b"}


def test_of_two_that_know_as_much_the_later_counts():
    assert found(note("a", 1, "row:1", day="2026-03-01"), note("b", 2, "row:1", day="2026-04-01")) == {"a": "b"}


def test_two_rows_with_the_same_words_do_not_become_one_through_a_third():
    bare = note("x", 1, "row:1 row:2")
    first, second = (note(n, 2, f"row:{i}", day="2026-03-01", account=n) for i, n in enumerate("ab", start=1))

    assert len(found(bare, first, second)) == 1


@pytest.mark.parametrize(
    ("bare", "same"),
    [
        ({}, True),
        ({"account": "norvik"}, False),
        ({"day": "2025-01-01"}, False),
        ({"people": frozenset({"lars holm"})}, False),
    ],
)
def test_a_corrected_row_takes_the_place_of_its_words_without_facts(bare, same):
    full = note("b", 2, "row:2 said:1", day="2026-03-01", account="acme", people=frozenset({"amy tran"}))

    assert found(note("a", 1, "row:1 said:1", **bare), full) == ({"a": "b"} if same else {})


def test_a_row_that_a_person_corrected_counts_though_the_bad_one_comes_again():
    bad = note("a", 3, "row:1 said:1", day="2026-03-01", account="acme")
    mended = note("b", 2, "row:2 mended:1 row:1 said:2", text="call me in May")

    assert found(bad, mended) == {"a": "b"}
    assert links([bad, mended]).links[0].reasons == (CORRECTED,)

"""What the outcomes report says in words agrees with all the numbers that it says."""

from api.documents.outcomes import sentence
from insights.outcomes import Deal, associations
from insights.persistence import answering
from insights.sampling import rate, sample
from pipelines.reports.outcomes import Persistence, Row


def row(*groups: tuple[str, int, int, int, int]) -> Row:
    """Groups of (segment, lost with it, won with it, lost without, won without)."""
    deals, carrying = [], set()
    for segment, *counts in groups:
        for place, count in enumerate(counts):
            for n in range(count):
                key = f"{segment}{place}.{n}"
                deals.append(Deal(key, place % 2 == 0, key, segment, 1))
                if place < 2:
                    carrying.add(key)
    none = rate(sample([]))
    (found,) = associations(deals, [carrying])
    return Row(1, "Price", "price", len(carrying), found, answering([]), Persistence(none, none, none))


def test_what_is_lost_more_often_among_like_deals_alone_is_said_of_them_alone():
    # In both segments it goes with losing, but it comes up in the segment that loses little.
    one = row(("smb", 30, 70, 5, 45), ("enterprise", 18, 2, 60, 40))

    said = sentence(one)

    assert one.association.standing == "lost more"
    assert one.association.with_it.share < one.association.without.share
    assert "were lost more often:" not in said
    assert said.startswith(
        "Among like deals those in which “Price” comes up were lost more often, though over all deals they were not"
    )

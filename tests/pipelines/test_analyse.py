"""What the analysis writes beside the words: confidence that people chose, and what became of objections and questions."""

from pipelines.analyse import analyse
from pipelines.ingest import ingest
from pipelines.store import company, insights
from pipelines.store.filters import Filters


def found(db, **filters: str) -> dict[str, str]:
    """Quoted text -> what became of it."""
    return {quote.text: quote.follow_up for quote in insights.quotes(db, Filters(**filters))}


def test_a_chosen_confidence_is_kept_to_at_the_next_analysis_and_can_be_given_up(db, upload, encoder, now):
    ingest(db, [upload], title="All", now=now)
    analyse(db, encoder=encoder)
    usual = found(db, kind="objection")
    assert usual

    company.set_least_confidence(db, {"objection": 1.0})
    analyse(db, encoder=encoder)
    assert found(db, kind="objection") == {}
    assert found(db, kind="question")

    company.set_least_confidence(db, {"objection": None})
    analyse(db, encoder=encoder)
    assert found(db, kind="objection") == usual


def test_what_nobody_replied_to_is_left_open_and_can_be_filtered(db, upload, encoder, now):
    ingest(db, [upload], title="All", now=now)
    analyse(db, encoder=encoder)

    everything = found(db)
    left = found(db, follow_up="open")

    assert "We have no budget this year" in "".join(left)
    assert set(left) == {text for text, outcome in everything.items() if outcome == "open"}

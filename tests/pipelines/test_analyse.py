"""What the analysis writes beside the words: confidence that people chose, and what became of objections and questions."""

from insights import language
from insights.records import Company
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


def test_a_process_loads_the_finder_once_for_one_company_and_anew_for_another(db, upload, encoder, now, monkeypatch):
    loaded = []
    build = language.build
    monkeypatch.setattr(language, "build", lambda us, **more: loaded.append(us) or build(us, **more))
    ingest(db, [upload], title="All", now=now)

    company.add(db, Company(products=("Tallyhouse",)))
    analyse(db, encoder=encoder)
    first = found(db)
    analyse(db, encoder=encoder)
    assert [us.products for us in loaded] == [("Tallyhouse",)]

    company.add(db, Company(products=("Ledgerine",)))
    analyse(db, encoder=encoder)
    assert loaded[-1].products == ("Ledgerine", "Tallyhouse")
    assert found(db) == first

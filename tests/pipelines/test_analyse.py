"""What the analysis writes beside the words: confidence that people chose, and what became of objections and questions."""

from contextlib import closing

from insights import language
from insights.language import tagger
from insights.records import Company, Competitor
from pipelines.analyse import analyse
from pipelines.ingest import ingest
from pipelines.store import company, connect, insights, prepare
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


def asked_of_the_tagger(monkeypatch) -> list[str]:
    """The texts that the tagger is asked from here on."""
    texts: list[str] = []
    candidates = tagger.candidates

    def noting(model, turns, opened=None):
        texts.extend(turn.text for turn in turns)
        return candidates(model, turns, opened)

    monkeypatch.setattr(tagger, "candidates", noting)
    return texts


def test_a_new_competitor_asks_the_tagger_only_where_it_is_named_and_finds_what_a_fresh_history_finds(
    db, tmp_path, upload, encoder, now, monkeypatch
):
    (upload / "calls.csv").write_text(
        "Call ID,Date,Account,Speaker,Role,Text\n"
        "7,2025-03-06,Arlo Foods,Joel,seller,Quite a few people came to us from zendora last year.\n"
        "7,2025-03-06,Arlo Foods,Dana,buyer,We had a look at zendora and it was too slow for us.\n"
    )
    ingest(db, [upload], title="All", now=now)
    analyse(db, encoder=encoder)
    asked = asked_of_the_tagger(monkeypatch)

    company.add(db, Company(competitors=(Competitor("Zendora"),)))
    analyse(db, encoder=encoder)
    assert asked and all("zendora" in text.casefold() for text in asked)

    prepare(tmp_path / "fresh.db")
    with closing(connect(tmp_path / "fresh.db")) as fresh:
        company.add(fresh, Company(competitors=(Competitor("Zendora"),)))
        ingest(fresh, [upload], title="All", now=now)
        analyse(fresh, encoder=encoder)
        rows = "SELECT id, kind, label, name, text, confidence FROM insights ORDER BY id"
        assert list(db.query(rows)) == list(fresh.query(rows))
        assert list(db.query("SELECT * FROM unmarked ORDER BY utterance_id")) == list(
            fresh.query("SELECT * FROM unmarked ORDER BY utterance_id")
        )


def test_what_the_tagger_said_goes_with_the_words(db, upload, encoder, now):
    ingest(db, [upload], title="All", now=now)
    analyse(db, encoder=encoder)
    kept = [row["utterance_id"] for row in db.query("SELECT utterance_id FROM tagged ORDER BY 1")]
    assert len(kept) > 2

    db.execute("UPDATE utterances SET speaker = 'Somebody' WHERE id = ?", [kept[0]])
    db.execute("UPDATE utterances SET text = 'Gone.' WHERE id = ?", [kept[1]])
    db.execute("DELETE FROM utterances WHERE id = ?", [kept[2]])
    left = [row["utterance_id"] for row in db.query("SELECT utterance_id FROM tagged ORDER BY 1")]
    assert left == [kept[0], *kept[3:]]

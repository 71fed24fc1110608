"""Names that are not taken for rivals: of who takes part and of our products in a conversation, of accounts and people in what is proposed."""

import json

import pytest

from insights.records import Company, Competitor, Insight
from pipelines import analyse as reading
from pipelines import discover
from pipelines.catalogue import names
from pipelines.ingest import ingest
from pipelines.running import engines
from pipelines.store import company, themes

SAID = [("Corvolin Beverages", "Joel Okafor"), ("Arlo Foods", "Joel Okafor"), ("Brio Foods", "Joel Okafor")]
NAMES = ["Corvolin", "Corvolin Beverages", "Okafor", "Plan", "Kestrel"]


@pytest.fixture
def mined(db, tmp_path, encoder, now, monkeypatch):
    """A function: mine two notes, in each of which the finder takes every one of NAMES for a rival; who has which."""
    rows = ["Activity ID,Activity Date,Company / Account,Contact Name,Owner,Description"]
    rows += [
        f'A{n},2025-03-03,{account},Dana Ortiz,{rep},"{", ".join(NAMES)}."' for n, (account, rep) in enumerate(SAID)
    ]
    (tmp_path / "notes.csv").write_text("\n".join(rows))

    def found(turns):
        for turn in turns:
            at = [(name, turn.text.index(f"{name}{'.' if name == NAMES[-1] else ','}")) for name in NAMES]
            yield tuple(Insight("competitor", n, n + len(name), name, "incumbent", 0.9, name) for name, n in at)

    class Engine:
        def __enter__(self):
            return lambda rounds: ((part, found(turns)) for part, turns in rounds)

        def __exit__(self, *error):
            return None

    monkeypatch.setattr(engines, "local", lambda finder: Engine())

    def mine(**known) -> dict[str, set[str]]:
        company.add(db, Company(products=("Pellwick", "Pellwick Plan"), **known))
        ingest(db, [tmp_path / "notes.csv"], title="Notes", now=now)
        reading.analyse(db, encoder=encoder)
        sql = """SELECT c.account, json_group_array(i.name) AS names FROM conversations c
            LEFT JOIN insights i ON i.conversation_id = c.id AND i.kind = 'competitor' GROUP BY 1"""
        return {row["account"]: set(json.loads(row["names"])) for row in db.query(sql)}

    return mine


def test_who_takes_part_and_parts_of_our_products_are_no_rivals(mined):
    others = {"Corvolin", "Corvolin Beverages", "Kestrel"}
    assert mined() == {"Corvolin Beverages": {"Kestrel"}, "Arlo Foods": others, "Brio Foods": others}


def test_an_account_is_neither_proposed_nor_made_a_theme_however_many_name_it(db, mined):
    mined()
    discover.by_name(db, "2026-03-20T09:00:00+00:00")

    assert {theme.name for theme in themes.active(db, "competitor")} == {"Corvolin", "Kestrel"}
    assert {proposal.name for proposal, _ in names.proposed(db)[0]} == {"Corvolin", "Kestrel"}
    # Whenever it became known: nothing of this is written where conversations are read.
    db.execute("UPDATE conversations SET account = 'Dell Foods' WHERE account = 'Corvolin Beverages'")
    db.conn.commit()
    assert "Corvolin Beverages" in {proposal.name for proposal, _ in names.proposed(db)[0]}


def test_a_name_of_the_catalogue_is_a_rival_whoever_is_called_so(mined):
    found = mined(competitors=(Competitor("Corvolin Beverages", ("Plan",)),))
    assert found["Arlo Foods"] == {"Corvolin", "Corvolin Beverages", "Plan", "Kestrel"}

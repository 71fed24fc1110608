"""Names that are not taken for rivals: of who takes part and of our products in a conversation, of accounts and people in what is proposed."""

import json

import pytest

from insights.records import Company, Competitor
from pipelines import analyse as reading
from pipelines import discover
from pipelines.catalogue import names
from pipelines.ingest import ingest
from pipelines.store import company, themes

SAID = [("Corvolin Beverages", "Joel Okafor"), ("Arlo Foods", "Joel Okafor"), ("Brio Foods", "Joel Okafor")]
NAMES = ["Corvolin", "Corvolin Beverages", "Okafor", "Plan", "Kestrel"]


@pytest.fixture
def mined(db, tmp_path, encoder, now):
    """A function: mine notes, in each of which every one of NAMES is said to be in use; who has which for a rival."""
    rows = ["Activity ID,Activity Date,Company / Account,Contact Name,Owner,Description"]
    told = " ".join(f"We use {name} today." for name in NAMES)
    rows += [f"A{n},2025-03-03,{account},Dana Ortiz,{rep},{told}" for n, (account, rep) in enumerate(SAID)]
    (tmp_path / "notes.csv").write_text("\n".join(rows))

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


def test_a_name_of_the_catalogue_is_a_rival_whoever_is_called_so(db, mined):
    found = mined(competitors=(Competitor("Corvolin Beverages", ("Plan",)),))
    assert found["Arlo Foods"] == {"Corvolin Beverages", "Kestrel"}
    sql = """SELECT i.text FROM insights i JOIN conversations c ON c.id = i.conversation_id
        WHERE i.kind = 'competitor' AND c.account = 'Arlo Foods'"""
    assert {row["text"] for row in db.query(sql)} == {"Corvolin", "Corvolin Beverages", "Plan", "Kestrel"}

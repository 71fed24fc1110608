"""Names that a mining does not take for rivals: those of accounts and of our own people and products, in any conversation."""

import json

import pytest

from insights.records import Company, Competitor, Insight
from pipelines import analyse as reading
from pipelines.ingest import ingest
from pipelines.running import engines
from pipelines.store import company

SAID = [("Corvolin Beverages", "Joel Okafor"), ("Arlo Foods", "Joel Okafor")]
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


def test_accounts_reps_and_parts_of_our_products_are_no_rivals_anywhere(mined):
    assert mined() == {"Corvolin Beverages": {"Kestrel"}, "Arlo Foods": {"Corvolin", "Kestrel"}}


def test_a_name_of_the_catalogue_is_a_rival_whoever_is_called_so(mined):
    found = mined(competitors=(Competitor("Corvolin Beverages", ("Plan",)),))
    assert found["Arlo Foods"] == {"Corvolin", "Corvolin Beverages", "Plan", "Kestrel"}

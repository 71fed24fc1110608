"""Who adds a name that is there already takes nothing away from it."""

import pytest

from pipelines.catalogue import names, own_names
from pipelines.store import catalogue
from pipelines.store import names as stored

NOW = "2026-01-15T12:00:00+00:00"


def test_a_rival_that_is_added_again_keeps_its_spellings(db):
    names.add(db, "Corvex", ["Quorvex"], now=NOW, actor="Kim")
    names.add(db, "corvex", ["Corvecs", "Quorvex"], now=NOW, actor="Lee")
    entry = stored.entry(db, "Corvex")
    assert (entry.name, set(entry.aliases)) == ("Corvex", {"Quorvex", "Corvecs"})


@pytest.mark.parametrize("kind", ["product", "integration"])
def test_a_name_of_ours_that_is_added_again_keeps_its_spellings(db, kind):
    own_names.add(db, kind, "Tallycloud", ["Tally Cloud"], now=NOW, actor="Kim")
    own_names.add(db, kind, "Tallycloud", [], now=NOW, actor="Lee")
    assert catalogue.entry(db, kind, "Tallycloud").aliases == ("Tally Cloud",)

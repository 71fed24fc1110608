"""What a new marketing user stumbled over: a claim that a filter makes false, names that nobody decided on, cut notes, silence."""

import re
from html import unescape

import pytest

from insights.records import Company, Competitor
from pipelines.store import company as catalogue
from pipelines.store import report_rows
from pipelines.store.filters import Filters
from tests.api.conftest import RIVAL, TODAY

OTHER = "Harbour Nine"


@pytest.fixture
def two_rivals(db, filled) -> None:
    """Beacon is named in some conversations and Harbour Nine in fewer; only these two are in the catalogue."""
    ids = [row["id"] for row in db.query("SELECT id FROM insights WHERE kind = 'competitor' ORDER BY id LIMIT 5")]
    db.execute(f"UPDATE insights SET name = ? WHERE id IN ({','.join('?' * len(ids))})", [OTHER, *ids])
    catalogue.add(db, Company(competitors=(Competitor(RIVAL), Competitor(OTHER))))


# Competition.


def test_with_a_competitor_chosen_nobody_is_named_most(two_rivals, client):
    whole = client.get("/reports/competition").text
    chosen = client.get("/reports/competition", params={"competitor": OTHER}).text
    assert f"{RIVAL} is named most: in" in whole
    assert "named most" not in chosen and re.search(rf"{OTHER} is named in \d+ of the \d+ conversations", chosen)


def values(db) -> set[str]:
    return {e.split for e in report_rows.conversations(db, Filters(), by="competitor")}


def test_names_that_nobody_decided_on_are_in_no_breakdown(db, two_rivals):
    named = next(db.query("SELECT id FROM insights WHERE name = ? LIMIT 1", [RIVAL]))["id"]
    db.execute("UPDATE insights SET name = 'Comic Sans' WHERE id = ?", [named])
    assert values(db) == {RIVAL, OTHER, ""}
    assert {hit.split for hit in report_rows.hits(db, Filters(), by="competitor")} == {RIVAL, OTHER, ""}


def test_doing_without_a_vendor_stays_in_a_breakdown_and_is_marked(db, two_rivals, client):
    some = [row["id"] for row in db.query("SELECT id FROM insights WHERE name = ? ORDER BY id LIMIT 3", [RIVAL])]
    db.execute(f"UPDATE insights SET name = 'spreadsheets' WHERE id IN ({','.join('?' * len(some))})", some)
    theme = next(db.query("SELECT id FROM themes WHERE kind = 'question'"))["id"]
    page = unescape(client.get(f"/themes/{theme}").text)
    assert "spreadsheets" in values(db)
    part = re.findall(r'aria-label="By competitor">.*?</section>', page, re.S)[0]
    assert re.search(r'spreadsheets <span class="of">no vendor</span>', part)
    assert part.index(RIVAL) < part.index("spreadsheets")

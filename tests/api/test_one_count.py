"""How many conversations there are is said the same on the list of uploads and on an upload's page."""

import re

import pytest

from insights.wording import stored
from pipelines.ingest import ingest
from pipelines.store import pieces

NOTES = "Date,Account,Owner,Description\n2025-03-03,Arlo Foods,Joel Okafor,Says the price is too high for what it does and that she will look elsewhere.\n"


@pytest.mark.parametrize(
    ("number", "counted", "says"),
    [
        (0, 0, "no conversation is stored."),
        (1, 1, "1 conversation is stored, and it counts."),
        (41, 41, "41 conversations are stored, and all of them count."),
        (
            43,
            41,
            "43 conversations are stored, of which 41 count: 2 are copies or older versions, or tell of a meeting told twice.",
        ),
    ],
)
def test_copies_are_told_apart_in_words(number, counted, says):
    assert stored(number, counted) == says


def test_the_list_and_the_page_say_the_same(empty_client, db, tmp_path):
    (tmp_path / "a.csv").write_text(NOTES)
    ingest(db, [tmp_path / "a.csv"], title="notes", now=lambda: "2026-01-01T00:00:00+00:00")

    says = "1 conversation is stored, and it counts."
    assert f"In all, {says}" in empty_client.get("/uploads").text
    assert f"Of this upload, {says}" in empty_client.get("/uploads/1").text


def test_an_account_that_is_spelled_in_two_ways_is_one_on_every_page(client, db):
    """The reports, the plan and the list of accounts always took "Acme" and "Acme Inc." for one."""
    often = """SELECT c.account_key FROM conversations c JOIN insights i ON i.conversation_id = c.id JOIN theme_members m ON m.insight_id = i.id
        WHERE m.theme_id = 1 GROUP BY 1 HAVING count(DISTINCT c.id) > 1 ORDER BY 1 LIMIT 1"""
    ((key,),) = db.execute(often).fetchall()
    pages = ("/themes/1", "/themes", "/quotes?theme=1", "/themes/1/merge?with=2")
    before = [accounts(client.get(page).text) for page in pages]
    with db.atomic():
        db.execute(
            "UPDATE conversations SET account = account || ' Inc.' WHERE id = (SELECT min(id) FROM conversations WHERE account_key = ?)",
            [key],
        )

    assert all(before) and [accounts(client.get(page).text) for page in pages] == before


def accounts(html: str) -> list[str]:
    return re.findall(
        r"([\d,]+) accounts?\b|data-label=\"Accounts\" class=\"num\">([\d,]+)|<dt>Accounts</dt><dd>([\d,]+)", html
    )


def test_a_copy_of_another_uploads_conversation_does_not_count_in_its_own(db, filled):
    (batch,) = [row["id"] for row in db.query("SELECT id FROM batches")]
    copy, of = [row["id"] for row in db.query("SELECT id FROM conversations ORDER BY id LIMIT 2")]
    db.execute("UPDATE conversations SET counted_as = ?, standing = 'duplicate' WHERE id = ?", [of, copy])
    db.execute("DELETE FROM brought WHERE item_id = ?", [of])
    assert (pieces.counted(db, batch), pieces.counted(db)) == ((59, 58), (60, 59))

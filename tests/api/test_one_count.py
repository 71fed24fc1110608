"""How many conversations there are is said the same on the list of uploads and on an upload's page."""

import pytest

from insights.wording import stored
from pipelines.ingest import ingest

NOTES = "Date,Account,Owner,Description\n2025-03-03,Arlo Foods,Joel Okafor,Says the price is too high for what it does and that she will look elsewhere.\n"


@pytest.mark.parametrize(
    ("number", "counted", "says"),
    [
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

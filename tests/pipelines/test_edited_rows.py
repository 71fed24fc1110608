"""A row that was edited between two uploads counts once, though nothing but its number says which row it is."""

from pathlib import Path

import pytest

from insights.formats import ColumnMapping
from insights.formats.tables import columns
from pipelines.ingest import ingest
from pipelines.uploads.undo import undo

CHAINS = ("Oslo", "Bergen", "Moss", "Bodø")


def table(
    folder: Path, name: str, *, head: str = "Ref#", number: str = "KX-{:03}", dear: str = "too expensive"
) -> Path:
    """Four visits on four days, the third with words of its own; no column names the account in a way that is known."""
    rows = [
        f"{number.format(at)};2026-03-0{at};Met them in {city}. It is {dear if at == 3 else 'too expensive'}, we will pass. "
        f"They like to talk again in week {at}.;{city}"
        for at, city in enumerate(CHAINS, start=1)
    ]
    path = folder / name
    path.write_text("\n".join([f"{head};When we met;What was said!!;Town", *rows]) + "\n", encoding="utf-8")
    return path


def counted(db) -> list[str]:
    """What counts, in order of the days."""
    rows = db.query(
        "SELECT u.text FROM conversations c JOIN utterances u ON u.conversation_id = c.id WHERE c.counted_as = c.id ORDER BY c.day, u.text"
    )
    return [row["text"] for row in rows]


@pytest.mark.parametrize(("head", "number"), [("Ref#", "KX-{:03}"), ("No.", "70{}"), ("Zettel", "Z{}")])
def test_an_edited_row_counts_once_by_its_number_and_its_former_words_come_back(db, tmp_path, now, head, number):
    first = table(tmp_path, "a.csv", head=head, number=number)
    ingest(db, [first], title="first", now=now)
    again = ingest(
        db, [table(tmp_path, "b.csv", head=head, number=number, dear="far too expensive")], title="again", now=now
    )

    assert (again.counts.updated, again.counts.duplicates, len(counted(db))) == (1, 3, 4)
    assert "far too expensive" in counted(db)[2]

    undo(db, again.batch_id)
    assert len(counted(db)) == 4
    assert "far" not in counted(db)[2]


def test_saying_afterwards_which_column_is_the_id_leaves_no_earlier_version_counted(db, tmp_path, now):
    ingest(db, [table(tmp_path, "a.csv")], title="first", now=now)
    edited = table(tmp_path, "b.csv", dear="far too expensive")
    ingest(db, [edited], title="again", now=now)

    ingest(db, [edited], title="by its id", now=now, mapping=ColumnMapping({"Ref#": "id"}))

    assert len(counted(db)) == 4
    rows = db.query("SELECT source_id FROM conversations WHERE counted_as = id ORDER BY day")
    assert [row["source_id"] for row in rows] == ["KX-001", "KX-002", "KX-003", "KX-004"]


def test_other_words_under_the_same_number_are_another_note(db, tmp_path, now):
    ingest(db, [table(tmp_path, "a.csv", head="No.", number="{}")], title="first", now=now)
    (tmp_path / "b.csv").write_text(
        "No.;When we met;What was said!!;Town\n3;2026-03-03;The chef asked whether scales and fridges can be linked to it, and what "
        "a second till would need before the summer.;Tromsø\n4;2026-03-09;Left a message with the nephew, who runs the bar at "
        "weekends, and sent him the link to the film about counting stock.;Hamar\n",
        encoding="utf-8",
    )

    assert ingest(db, [tmp_path / "b.csv"], title="others", now=now).counts.updated == 0
    assert len(counted(db)) == 6


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("Ref#", ("KX-001", "KX-002"), True),
        ("#", ("1", "2"), True),
        ("Zettel", ("Z1", "Z2"), True),
        ("Ref", ("KX-001", "KX-001"), False),  # shared by several rows
        ("Call them", ("+47 22 33 44 55", "+47 22 33 44 56"), False),
        ("Size", ("12000", "9500"), False),
        ("Seen", ("2026-03-01", "2026-03-02"), False),
        ("Town", ("Oslo", "Bergen"), False),
        ("Write to", ("a1@x.example", "b2@x.example"), False),
    ],
)
def test_a_column_numbers_its_rows_when_each_has_another_code(header, values, expected):
    assert columns.numbers_rows(header, values) is expected

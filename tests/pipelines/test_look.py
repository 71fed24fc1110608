"""A look at an upload before it is read: which of many tables are shown."""

from insights.formats import ColumnMapping
from pipelines.uploads.preview import MOST_TABLES, look

PLAIN = "Date,Account,Notes\n2026-01-{:02},Acme,They say it is too expensive for them.\n"
UNSETTLED = "Date,Account,Notes\n03/04/2026,Acme,They say it is too expensive for them.\n"


def test_what_a_person_must_look_at_is_among_the_tables_that_are_shown_and_stays_there(tmp_path):
    for n in range(1, MOST_TABLES + 3):
        (tmp_path / f"a{n:02}.csv").write_text(PLAIN.format(n))
    (tmp_path / "zz.csv").write_text(UNSETTLED)
    for order in ("", "dmy"):
        found = look([tmp_path], ColumnMapping(date_order=order))
        assert [table.name for table in found.tables[:2]] == ["zz.csv", "a01.csv"]
        assert (len(found.tables), found.tables_left, found.ambiguous) == (MOST_TABLES, 3, not order)


def test_a_few_tables_stay_in_their_order(tmp_path):
    (tmp_path / "a.csv").write_text(PLAIN.format(1))
    (tmp_path / "b.csv").write_text(UNSETTLED)
    assert [table.name for table in look([tmp_path], ColumnMapping()).tables] == ["a.csv", "b.csv"]

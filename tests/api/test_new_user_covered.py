"""Names that people write into file names and titles, in any spelling, are not shown to who sees no originals."""

import re

from pipelines.ingest import ingest
from pipelines.privacy.covering import cover
from pipelines.store import connect
from tests.api.conftest import NOW

NOTES = "Date,Acct Nm,Notes\n2026-03-01,Brightwater Foods,The price is far too high for them\n2026-03-02,Brightwater Foods,\n"


def test_a_file_name_and_a_title_never_carry_a_customer_to_a_viewer(db, settings, tmp_path):
    (tmp_path / "brightwater_notes-q3.csv").write_text(NOTES)
    ingest(db, [tmp_path / "brightwater_notes-q3.csv"], title="calls with brightwater", now=lambda: NOW)
    seen = connect(settings.database_file)
    cover(seen, settings.database_file)

    told = [
        str(dict(row))
        for table in ("batches", "batch_files", "problems")
        for row in seen.query(f"SELECT * FROM {table}")
    ]
    told += [row["file"] for row in seen.query("SELECT file FROM conversations")]

    assert not [one for one in told if "brightwater" in one.casefold()]
    assert next(seen.query("SELECT title FROM batches"))["title"] == "Upload 1"
    assert re.fullmatch(r"file [0-9a-f]{6}\.csv", next(seen.query("SELECT file FROM batch_files"))["file"])

"""A table that comes in again with its columns read otherwise is not doubled, and each reading can be taken back."""

from insights.formats import ColumnMapping
from pipelines.ingest import ingest
from pipelines.store import batches, mappings
from pipelines.uploads.mapping import NO_SAVED, chosen, save
from pipelines.uploads.solved import solved
from pipelines.uploads.undo import undo

HEADS = ("Ref#", "Moment", "Our Person", "House", "Scribbles")
SAID = (
    "Amy said the price is too high compared with Zendrix and wants ten per cent off.",
    "Asked for a security questionnaire and single sign-on, promised to send it by Friday.",
    "Left voicemail.",
)
COLUMNS = {"Ref#": "id", "Moment": "date", "Our Person": "rep", "House": "account", "Scribbles": "text"}


def table(tmp_path, name: str = "notes.csv", bad_date: str = "31/02/2026"):
    dates = ("02/03/2026", bad_date, "04/03/2026")
    rows = [f'N-{n},{dates[n]},Kim,Firm {n},"{text}"' for n, text in enumerate(SAID)]
    (tmp_path / name).write_text("\n".join([",".join(HEADS), *rows]) + "\n")
    return tmp_path / name


def keep(db, now, name: str = "CRM notes", columns=COLUMNS) -> None:
    save(db, name, ColumnMapping(columns, "dmy"), now=now(), heads=[HEADS])


def counted(db) -> list[tuple[str, str]]:
    """Day and account of what counts."""
    rows = db.query("SELECT day, account FROM conversations WHERE counted_as = id ORDER BY account, day")
    return [(row["day"], row["account"]) for row in rows]


FULL = [("2026-03-02", "Firm 0"), ("2026-03-17", "Firm 1"), ("2026-03-04", "Firm 2")]


def test_raw_then_with_saved_columns_then_corrected_counts_every_row_once(db, tmp_path, now):
    raw = ingest(db, [table(tmp_path)], title="raw", now=now)
    keep(db, now)
    with_columns = ingest(db, [table(tmp_path)], title="again", now=now, mapping=chosen(db))
    ingest(db, [table(tmp_path, "fixed.csv", "17/03/2026")], title="fixed", now=now, mapping=chosen(db))

    assert "No date and no account" in raw.notices[0] and "“Moment”" in raw.notices[0]
    assert with_columns.notices[0] == "notes.csv: Columns read as you saved them on 31 Dec 2025, as “CRM notes”."
    assert with_columns.notices[1].startswith("3 rows of upload 1 came in again, read with other columns")
    assert counted(db) == FULL


def test_each_reading_can_be_taken_back_in_any_order(db, tmp_path, now, content):
    first = ingest(db, [table(tmp_path)], title="raw", now=now).batch_id
    before = content(db)
    keep(db, now)
    second = ingest(db, [table(tmp_path)], title="again", now=now, mapping=chosen(db)).batch_id

    undo(db, second)
    assert content(db) == before

    third = ingest(db, [table(tmp_path)], title="again", now=now, mapping=chosen(db)).batch_id
    undo(db, first)
    assert [account for _, account in counted(db)] == ["Firm 0", "Firm 1", "Firm 2"]
    undo(db, third)
    assert counted(db) == []


def test_a_raw_upload_after_the_right_one_changes_no_figure(db, tmp_path, now):
    keep(db, now)
    ingest(db, [table(tmp_path, bad_date="17/03/2026")], title="right", now=now, mapping=chosen(db))
    raw = ingest(db, [table(tmp_path, bad_date="17/03/2026")], title="raw", now=now, mapping=chosen(db, name=NO_SAVED))

    assert counted(db) == FULL
    assert (
        raw.notices[-1]
        == "3 rows came in by upload 1 too, read with other columns, and that reading counts: they are not doubled."
    )


def test_words_that_the_raw_reading_took_for_one_row_stay_two_conversations(db, tmp_path, now):
    (tmp_path / "n.csv").write_text(
        "Moment,House,Notes\n01/03/2026,A Ltd,Left voicemail.\n02/03/2026,B Ltd,Left voicemail.\n"
    )
    ingest(db, [tmp_path / "n.csv"], title="raw", now=now, mapping=chosen(db, columns={"Moment": ""}))
    ingest(
        db,
        [tmp_path / "n.csv"],
        title="right",
        now=now,
        mapping=chosen(db, columns={"House": "account"}, date_order="dmy"),
    )

    assert counted(db) == [("2026-03-01", "A Ltd"), ("2026-03-02", "B Ltd")]


def test_how_tables_were_read_is_kept_with_the_upload_tables_alike_together(db, tmp_path, now):
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(7):
        (folder / f"{n}.csv").write_text(f"Moment,Notes\nearly,Call number {n} was about the price.\n")

    batch = ingest(db, [folder], title="many", now=now).batch_id

    (alike,) = batches.get(db, batch)["readings"]
    assert (alike["tables"], alike["conversations"], len(alike["files"]), alike["unread"]) == (7, 7, 5, ["Moment"])


def test_a_job_reads_by_what_was_saved_when_it_was_queued(db, now):
    keep(db, now)
    queued = mappings.to_json(chosen(db))
    mappings.remove(db, "CRM notes")

    assert mappings.from_json(queued).saved[0].name == "CRM notes"


def test_columns_saved_before_heads_were_kept_fit_a_table_of_just_these(db, tmp_path, now):
    content = '{"columns": {"Ref#": "id", "Moment": "date", "Our Person": "rep", "House": "account", "Scribbles": "text"}, "date_order": "dmy", "zone": ""}'
    db.execute("INSERT INTO column_mappings VALUES ('old', ?, '2025-01-01T00:00:00+00:00')", [content])

    ingest(db, [table(tmp_path, bad_date="17/03/2026")], title="x", now=now, mapping=chosen(db))

    assert counted(db) == FULL


def test_a_problem_is_solved_once_a_later_upload_brings_its_row(db, tmp_path, now):
    keep(db, now)
    heads, said = ",".join(HEADS), "They asked for a discount."
    (tmp_path / "n.csv").write_text(
        f"{heads}\nN-1,02/03/2026,Kim,Firm 1,\nN-2,03/03/2026,Kim,Firm 1,\nN-3,soon,Kim,Firm 1,{said}\n"
    )
    first = ingest(db, [tmp_path / "n.csv"], title="n", now=now, mapping=chosen(db)).batch_id
    (tmp_path / "f.csv").write_text(f"{heads}\nN-3,04/03/2026,Kim,Firm 1,{said}\nN-2,03/03/2026,Kim,Firm 1,{said}\n")
    second = ingest(db, [tmp_path / "f.csv"], title="f", now=now, mapping=chosen(db)).batch_id

    problems = batches.problems(db, first, records=True)

    assert {p["row"]: solved(db, first, problems).get(p["id"]) for p in problems} == {2: None, 3: second, 4: second}

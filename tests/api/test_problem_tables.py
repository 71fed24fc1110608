"""What is wrong with dates is shown with what stands there, and the table of problems opens where the file itself did."""

import csv
import io
import re

import openpyxl
import pytest

from insights.formats import ColumnMapping
from pipelines.ingest import ingest
from pipelines.jobs import work_once
from pipelines.uploads import coming, mapping, solved
from pipelines.uploads.solved import standing
from tests.api.conftest import NOW

ROWS = (
    ("Date", "Account", "Notes"),
    ("31/02/2026", "Acme; Foods", "They said it costs too much, far too much, for them this year."),
    ("soon", "Quill, Dental", "They asked for a security questionnaire; and for single sign-on."),
    ("2026-01-07", "Norvik", "Finance must sign off before they can go any further."),
    ("2026-01-08", "Ferro", ""),
)


FURTHER = tuple((f"2026-01-1{n}", f"Firm {n}", f"They asked for plan {n} at half of its price.") for n in range(5))


def table(delimiter: str, rows=ROWS) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.fixture
def send(db, tmp_path):
    def upload(text: str, name: str = "notes.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return ingest(db, [tmp_path / name], title=name, now=lambda: NOW)

    return upload


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_date_that_was_not_understood_is_shown(empty_client, send):
    send(table(","))
    assert "It says “31/02/2026” and “soon”" in words(empty_client.get("/uploads/1").text)


def test_so_are_dates_that_can_be_meant_in_two_ways_once_each_and_not_without_end(empty_client, send):
    rows = [
        ("Date", "Account", "Notes"),
        *((f"0{1 + n % 6}/0{2 + n % 6}/2026", f"Firm {n}", f"The price of plan {n} is too high.") for n in range(12)),
    ]
    send(table(",", rows))
    shown = words(empty_client.get("/uploads/1").text)
    assert "It says “01/02/2026”, “02/03/2026”, “03/04/2026”, “04/05/2026” and 2 more" in shown


def test_a_trial_shows_them_too(empty_client, settings):
    waiting = empty_client.post(
        "/uploads", files=[("files", ("n.csv", table(","), "text/csv"))], data={"action": "check"}
    ).url.path
    tried = empty_client.post(waiting, data={"action": "try"})
    work_once(settings)
    assert "“31/02/2026” and “soon”" in words(empty_client.get(f"{waiting}?{tried.url.query.decode()}").text)


@pytest.mark.parametrize(
    ("delimiter", "name", "ending"), [(",", "n.csv", "csv"), (";", "n.csv", "csv"), ("\t", "n.tsv", "tsv")]
)
def test_problems_are_parted_as_their_file_was_and_come_in_once_corrected(
    empty_client, db, send, delimiter, name, ending
):
    send(table(delimiter), name)
    answer = empty_client.get("/uploads/1/problems.csv")
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    assert [row[5:] for row in rows] == [list(ROWS[0]), list(ROWS[1]), list(ROWS[2]), list(ROWS[4])]
    assert f'problems-1.{ending}"' in answer.headers["content-disposition"]

    mended = text.replace("31/02/2026", "2026-02-28").replace("soon", "2026-03-01")
    counts = send(mended, f"problems-1.{ending}").counts
    assert (counts.updated, counts.problems) == (2, 1)
    assert {(row["day"], row["account"]) for row in db.query("SELECT day, account FROM conversations WHERE counted_as = id")} == {
        ("2026-02-28", "Acme; Foods"), ("2026-03-01", "Quill, Dental"), ("2026-01-07", "Norvik"),
    }  # fmt: skip


def test_a_row_whose_text_stood_in_the_date_is_corrected_in_place_and_comes_back_when_that_is_undone(
    empty_client, db, send
):
    said = "Needs approval from the CFO before anything is signed."
    send(table(",", (ROWS[0], ROWS[3], (said, "Quill, Dental", "09/03/2026"))))
    text = empty_client.get("/uploads/1/problems.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    mended = [{**row, "Date": "2026-03-09", "Notes": said} for row in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(mended)
    done = send(out.getvalue(), "mended.csv")

    def counted():
        return {row["day"] for row in db.query("SELECT day FROM conversations WHERE counted_as = id")}

    assert counted() == {"2026-01-07", "2026-03-09"} and done.counts.updated == 1
    assert done.notices[0].startswith("1 row of upload 1 corrected in place")
    assert "1 row of upload 1 corrected in place" in words(empty_client.get("/uploads/2").text)
    empty_client.post("/uploads/2/undo")
    assert counted() == {"2026-01-07", ""}


def test_of_several_files_the_one_that_has_problems_tells(empty_client, db, tmp_path):
    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "a.csv").write_text(table(";", (ROWS[0], ROWS[3])))
    (folder / "b.csv").write_text(table(","))
    ingest(db, [folder], title="both", now=lambda: NOW)
    assert empty_client.get("/uploads/1/problems.csv").text.lstrip("\ufeff").startswith("parley_file,parley_row")


def test_a_file_parted_otherwise_is_no_news_of_its_own(empty_client, send):
    send(table(";", (ROWS[0], ROWS[3])))
    assert "How its columns were read" not in empty_client.get("/uploads/1").text


def test_what_would_come_in_is_parted_as_the_file_was_also_where_nothing_is_wrong(db, send, tmp_path):
    send(table(";", (ROWS[0], ROWS[3])))
    assert coming.write_file(db, 1, tmp_path / "coming.csv") == 1
    assert (tmp_path / "coming.csv").read_text("utf-8-sig").startswith("what;account;date")


def test_a_text_in_the_place_of_the_date_is_told_as_one(empty_client, send):
    send(table(",", (ROWS[0], ROWS[3], ("Needs approval from the CFO first.", "Quill", "09/03/2026"))))
    assert "move it to column 'Notes'" in words(empty_client.get("/uploads/1").text).replace("&#39;", "'")


NOTES = (
    ("Nr", "When", "Who", "Firm", "Person met", "What was said"),
    (
        "1",
        "02/03/2026",
        "Mara Quill",
        "Ovalle",
        "Tom Becker",
        "They said that the price per seat is too high for them.",
    ),
    ("2", "99/99/2026", "Mara Quill", "Ovalle", "Tom Becker", "They asked for a pilot of two months before they sign."),
    ("3", "01/02/2026", "Mara Quill", "Ovalle", "Tom Becker", ""),
)
SAID = {"When": "date", "Who": "rep", "Firm": "account", "Person met": "contact", "What was said": "text"}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_problems_of_several_tables_come_in_once_corrected_each_read_as_its_own_table_was(
    empty_client, db, tmp_path, ending
):
    mapping.save(db, "notes", ColumnMapping(SAID, "dmy"), now=NOW, heads=[NOTES[0]])
    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "notes.csv").write_text(table(",", NOTES))
    (folder / "calls.csv").write_text(table(",", (*ROWS, ("", "Sheet without words", ""))))
    ingest(db, [folder], title="both", mapping=mapping.chosen(db), now=lambda: NOW)
    rows = list(csv.reader(io.StringIO(empty_client.get("/uploads/1/problems.csv").content.decode("utf-8-sig"))))
    mended = {"99/99/2026": "2026-03-14", "31/02/2026": "2026-02-28", "soon": "2026-03-01"}
    heads, below = rows[0], [[mended.get(cell, cell) for cell in row] for row in rows[1:]]
    for row in below:
        if row[heads.index("Nr")] == "3":
            row[heads.index("What was said")] = "They asked whether a rival tool can be imported."
        if "Ferro" in row:
            row[heads.index("Notes")] = "They will not sign for three years, the term is too long."
    file = tmp_path / f"mended.{ending}"
    if ending == "csv":
        file.write_text(table(",", [heads, *below]))
    else:
        book = openpyxl.Workbook()
        for row in (heads, *below):
            book.active.append(row)
        book.save(file)
    counts = ingest(db, [file], title="mended", mapping=mapping.chosen(db), now=lambda: NOW).counts
    assert (counts.added - counts.updated, counts.updated, counts.problems) == (2, 3, 1)
    sql = (
        "SELECT day, account, contact, rep FROM conversations WHERE counted_as = id AND account IN ('Ovalle', 'Ferro')"
    )
    assert {tuple(row.values()) for row in db.query(sql)} == {
        ("2026-03-02", "Ovalle", "Tom Becker", "Mara Quill"), ("2026-03-14", "Ovalle", "Tom Becker", "Mara Quill"),
        ("2026-02-01", "Ovalle", "Tom Becker", "Mara Quill"), ("2026-01-08", "Ferro", "", ""),
    }  # fmt: skip
    before = words(empty_client.get("/uploads/1").text)
    assert "3 not taken in, 1 of them open" in before and "both mended" not in before
    assert "3 taken in with a remark, all mended in upload 2" in before


def test_a_row_without_words_is_not_taken_for_solved_by_another_in_its_place(empty_client, db, tmp_path):
    said = {head: role for head, role in SAID.items() if head != "Who"}
    other = (*NOTES[2][:4], "Omar Said", NOTES[2][5])
    mapping.save(db, "notes", ColumnMapping(said, "dmy"), now=NOW, heads=[NOTES[0][1:]])
    for name, rows in (("a.csv", (NOTES[3], NOTES[1])), ("b.csv", (other, NOTES[2]))):
        (tmp_path / name).write_text(table(",", [row[1:] for row in (NOTES[0], *rows)]))
        ingest(db, [tmp_path / name], title=name, mapping=mapping.chosen(db), now=lambda: NOW)
    assert "1 not taken in" in (shown := words(empty_client.get("/uploads/1").text)) and "solved" not in shown


def test_one_correction_solves_a_row_that_two_files_of_an_upload_hold(empty_client, db, tmp_path, send):
    files = [tmp_path / name for name in ("notes.csv", "copy.csv")]
    for file in files:
        file.write_text(table(",", (ROWS[0], ROWS[3], *FURTHER, ROWS[2], ROWS[4])), encoding="utf-8")
    ingest(db, files, title="both", now=lambda: NOW)
    text = empty_client.get("/uploads/1/problems.csv").content.decode("utf-8-sig")
    mended = text.replace("soon", "2026-03-01").replace("Ferro,", "Ferro,They asked where our data is kept.")
    send(mended, "mended.csv")
    shown = words(empty_client.get("/uploads/1").text)
    assert "2 not taken in, both solved by upload 2; 2 taken in with a remark, both mended in upload 2" in shown


def test_what_cannot_be_mended_is_left_and_can_be_taken_up_again(empty_client, db, send):
    batch = send(table(",")).batch_id  # two dates that are none, which went in all the same, and a row without words
    (db_row,) = [row for row in db.query("SELECT id, kept FROM problems") if not row["kept"]]
    page = words(empty_client.get(f"/uploads/{batch}").text)
    assert standing(db, batch, 1).open == 1 and "Leave what is open" in page
    assert "Mend what could not be read" in empty_client.get("/").text

    left = words(empty_client.post(f"/uploads/{batch}/problems/leave").text)
    assert "1 not taken in, left as it is" in left and "Leave what is open" not in left
    assert "Mend what could not be read" not in empty_client.get("/").text
    items = empty_client.get(f"/api/v1/batches/{batch}/problems").json()["items"]
    assert [one["closed_by"] for one in items if one["id"] == db_row["id"]] == [-1]
    assert ",Ferro," not in empty_client.get(f"/uploads/{batch}/problems.csv").text
    assert ",Ferro," in empty_client.get(f"/uploads/{batch}/problems.csv?every=true").text

    assert "Take up again" in left
    assert empty_client.post(f"/api/v1/batches/{batch}/problems/take-up").json() == {"problems": 1}
    assert standing(db, batch, 1).open == 1


def test_what_was_solved_is_not_left(db, send):
    first = send(table(",")).batch_id
    send(table(",", (*ROWS[:4], ("2026-01-08", "Ferro", "They found it too dear for a shop of their size."))))
    assert (solved.leave(db, first), standing(db, first, 1).by) == (0, (2,))


def test_the_terminal_leaves_and_takes_up_too(parley, tmp_path):
    (tmp_path / "notes.csv").write_text(table(","))
    parley("ingest", "notes.csv")
    assert parley("batches", "1", "--leave").stdout == "1 problem left.\n"
    assert parley("batches", "1", "--take-up").stdout == "1 problem open again.\n"
    assert parley("batches", "--leave").returncode == 2

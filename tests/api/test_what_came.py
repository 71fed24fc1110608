"""What came of an upload, to be followed up: known pieces with where they are, results by file, versions, open problems."""

import csv
import io
import re

from api.views.upload import CONVERSATIONS_A_PAGE, KNOWN_A_PAGE
from pipelines.ingest import ingest
from pipelines.uploads.problems import write_csv
from tests.api.conftest import NOW

HEAD = "Id,Account,Date,Title,Notes\n"
ACME = "N-1,Acme Foods,2026-01-05,First call,They said it costs too much for them this year.\n"
NORVIK = "N-2,Norvik Freight,2026-01-06,Second call,Finance must sign off before they can go any further.\n"
QUILL = "N-3,Quill Dental,2026-01-07,Third call,They asked for a security questionnaire and single sign-on.\n"
EMPTY = "N-4,Ferro Metals,2026-01-08,Fourth call,\n"
MENDED = "N-4,Ferro Metals,2026-01-08,Fourth call,They worry about moving their spreadsheets over.\n"


def add(db, tmp_path, name: str, *files: tuple[str, str]) -> int:
    folder = tmp_path / name
    folder.mkdir()
    for file, rows in files:
        (folder / file).write_text(rows if file.endswith(".txt") else HEAD + rows)
    return ingest(db, [folder], title=name, now=lambda: NOW).batch_id or 0


def calls(count: int) -> str:
    """Rows of one day, before Quill's."""
    return "".join(ACME.replace("N-1", f"C-{n}").replace("First call", f"Call {n} with them") for n in range(count))


def page(client, batch: int, **params: str) -> str:
    return re.sub(r"\s+", " ", client.get(f"/uploads/{batch}", params=params).text)


def test_each_known_piece_is_listed_with_its_row_its_conversation_and_the_upload_that_brought_it_first(
    empty_client, db, tmp_path
):
    first = add(db, tmp_path, "first", ("a.csv", ACME + NORVIK))
    second = add(db, tmp_path, "second", ("b.csv", QUILL + NORVIK))
    shown = page(empty_client, second)
    known = shown[shown.index('id="known"') :]
    conversation = next(db.query("SELECT id FROM conversations WHERE account = 'Norvik Freight'"))["id"]
    assert f'href="/conversations/{conversation}"' in known
    assert "b.csv" in known and "row 3" in known.lower() and f'href="/uploads/{first}"' in known
    assert "Acme" not in known


def test_a_row_that_its_own_file_repeats_is_known_by_the_row_before(empty_client, db, tmp_path):
    only = add(db, tmp_path, "only", ("a.csv", ACME + NORVIK + ACME))
    shown = page(empty_client, only)
    known = shown[shown.index('id="known"') :]
    assert "row 4" in known.lower() and "this upload" in known


def test_known_pieces_are_a_table_to_download_too(empty_client, db, tmp_path):
    add(db, tmp_path, "first", ("a.csv", ACME))
    second = add(db, tmp_path, "second", ("b.csv", ACME))
    rows = list(csv.DictReader(io.StringIO(empty_client.get(f"/uploads/{second}/known.csv").text.lstrip("\ufeff"))))
    assert [(row["file"].split("/")[-1], row["row"], row["account"], row["first_upload"]) for row in rows] == [
        ("b.csv", "2", "Acme Foods", "1")
    ]


def test_known_pieces_beyond_a_page_are_on_the_next(empty_client, db, tmp_path):
    rows = calls(KNOWN_A_PAGE) + QUILL
    add(db, tmp_path, "first", ("a.csv", rows))
    second = add(db, tmp_path, "second", ("b.csv", rows))
    shown = page(empty_client, second)
    after = re.search(r"known=(\d+)", shown).group(1)
    assert "Third call" not in shown[shown.index('id="known"') :].split("</table>")[0]
    assert "Third call" in page(empty_client, second, known=after)


def test_each_file_of_an_upload_has_its_own_results_that_add_up(empty_client, db, tmp_path):
    add(db, tmp_path, "first", ("a.csv", ACME))
    second = add(db, tmp_path, "second", ("b.csv", ACME + NORVIK + EMPTY), ("c.csv", QUILL + QUILL))
    got = empty_client.get(f"/api/v1/batches/{second}/files").json()["items"]
    told = {f["file"].split("/")[-1]: tuple(f[k] for k in ("pieces", "added", "duplicates", "problems")) for f in got}
    assert told == {"b.csv": (3, 1, 1, 1), "c.csv": (2, 1, 1, 0)}
    assert 'id="files"' in page(empty_client, second)


def test_an_upload_leads_to_its_conversations(empty_client, db, tmp_path):
    only = add(db, tmp_path, "only", ("a.csv", ACME + NORVIK))
    shown = page(empty_client, only)
    listed = shown[shown.index('id="conversations"') :]
    for row in db.query("SELECT id FROM conversations"):
        assert f'href="/conversations/{row["id"]}"' in listed


def test_conversations_beyond_a_page_are_on_the_next_by_day(empty_client, db, tmp_path):
    only = add(db, tmp_path, "only", ("a.csv", QUILL + calls(CONVERSATIONS_A_PAGE)))
    shown = page(empty_client, only)
    assert "Call 1 " in shown and "Third call" not in shown
    after = re.search(r"conversation=([^\"#]+)", shown).group(1).replace("%20", " ").replace("+", " ")
    assert "Third call" in page(empty_client, only, conversation=after)


def test_who_sees_no_originals_sees_no_names_among_what_was_known(covered_client, db, tmp_path):
    add(db, tmp_path, "first", ("a.csv", ACME))
    shown = page(covered_client, add(db, tmp_path, "second", ("b.csv", ACME)))
    assert "A conversation" in shown and "row 2" in shown and "Acme" not in shown and "First call" not in shown


def test_a_row_that_replaces_an_earlier_version_is_updated_and_says_whose(empty_client, db, tmp_path):
    longer = ACME.replace(
        "this year", "this year and wish to talk again about it in the spring with their finance team"
    )
    first = add(db, tmp_path, "first", ("a.csv", ACME))
    second = add(db, tmp_path, "second", ("b.csv", longer + NORVIK))
    counts = empty_client.get(f"/api/v1/batches/{second}").json()["counts"]
    assert (counts["pieces"], counts["added"], counts["updated"]) == (2, 2, 1)
    shown = page(empty_client, second)
    assert "<strong>1</strong> new" in shown and "<strong>1</strong> updated" in shown
    assert f'<a href="/uploads/{first}">upload {first}</a>' in shown[shown.index('id="updated"') :]


def test_a_row_that_comes_again_with_its_date_is_updated(empty_client, db, tmp_path):
    add(db, tmp_path, "first", ("a.csv", ACME.replace("2026-01-05", "2026-02-31")))
    second = add(db, tmp_path, "second", ("b.csv", ACME))
    counts = empty_client.get(f"/api/v1/batches/{second}").json()["counts"]
    assert (counts["added"], counts["updated"]) == (1, 1)


def test_problems_that_a_later_upload_solved_are_counted_as_solved(empty_client, db, tmp_path):
    first = add(db, tmp_path, "first", ("a.csv", ACME + EMPTY))
    assert "1 not taken in</h2>" in page(empty_client, first)
    second = add(db, tmp_path, "second", ("b.csv", MENDED))
    assert f"1 not taken in, solved by upload {second}</h2>" in page(empty_client, first)
    assert 'class="sub">solved<' in empty_client.get("/uploads").text


def test_a_row_with_a_remark_that_came_corrected_later_says_in_which_upload(empty_client, db, tmp_path):
    first = add(db, tmp_path, "first", ("a.csv", ACME.replace("2026-01-05", "2026-02-31")))
    assert "1 taken in with a remark</h2>" in page(empty_client, first)
    second = add(db, tmp_path, "second", ("b.csv", ACME))
    assert f"1 taken in with a remark, mended in upload {second}</h2>" in page(empty_client, first)


def test_an_undo_says_that_rows_which_came_corrected_later_stay(empty_client, db, tmp_path):
    first = add(db, tmp_path, "first", ("a.csv", ACME + EMPTY))
    alone = page(empty_client, first)
    assert "correct it there" in alone and "came corrected" not in alone
    second = add(db, tmp_path, "second", ("b.csv", MENDED))
    stays = f'Rows of it that came corrected with upload <a href="/uploads/{second}">{second}</a> stay.'
    assert stays in page(empty_client, first) and stays in empty_client.get("/uploads").text
    assert stays in empty_client.post(f"/uploads/{first}/undo").text


def test_an_upload_that_was_undone_asks_for_no_corrections(empty_client, db, tmp_path):
    first = add(db, tmp_path, "first", ("a.csv", ACME + EMPTY))
    assert "correct it there" not in empty_client.post(f"/uploads/{first}/undo").text


def test_the_table_to_correct_holds_what_is_open_and_all_only_when_asked(empty_client, db, tmp_path):
    first = add(db, tmp_path, "first", ("a.csv", EMPTY + EMPTY.replace("N-4,Ferro", "N-5,Ironside")))
    add(db, tmp_path, "second", ("b.csv", MENDED))
    out = io.StringIO()
    assert write_csv(db, first, out) == 1 and "Ironside" in out.getvalue()
    assert "Ferro" in empty_client.get(f"/uploads/{first}/problems.csv?every=true").text
    assert "Ferro" not in empty_client.get(f"/uploads/{first}/problems.csv").text


def test_the_overview_asks_to_mend_only_what_is_open(empty_client, db, tmp_path):
    add(db, tmp_path, "second", ("b.csv", MENDED))
    add(db, tmp_path, "first", ("a.csv", ACME + NORVIK + QUILL + EMPTY))
    assert "could not be read" not in empty_client.get("/").text


def test_without_accounts_the_log_says_when_it_begins(empty_client):
    shown = empty_client.get("/settings/audit").text
    assert "kept once there are logins" in shown and "Export CSV" not in shown and "Anything" not in shown
    assert "from now on is written down" not in shown


def test_the_catalogue_counts_names_that_wait_where_no_competitor_is_listed(client):
    assert "1 name to decide on" in client.get("/catalogue").text

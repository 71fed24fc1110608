"""Columns that a person confirmed for one upload are remembered for the next file with the same headers, by whom and since when."""

import re

import pytest

from pipelines.jobs import work_once
from pipelines.store import mappings

HEADS = "Ref#,Moment,House,Scribbles"
FIRST = f"{HEADS}\n1,03/04/2026,Acme,They said it is too expensive for them and left.\n"
NEXT = f"{HEADS}\n2,04/05/2026,Bexley,Asked us about single sign-on and audit logs.\n"
CHOSEN = {
    "column:Ref#": "id", "column:Moment": "date", "column:House": "account", "column:Scribbles": "text", "date_order": "dmy",
}  # fmt: skip


def stage(client, text: str = FIRST):
    return client.post("/uploads", files=[("files", ("n.csv", text, "text/csv"))], data={"action": "check"})


@pytest.fixture
def confirmed(empty_client, settings):
    """A client after somebody said what the columns of a first file mean, and uploaded it."""
    waiting = stage(empty_client).url.path
    empty_client.post(waiting, data={"action": "upload", **CHOSEN})
    work_once(settings)
    return empty_client


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def upload(client, settings, text: str = NEXT) -> str:
    client.post("/uploads", files=[("files", ("n.csv", text, "text/csv"))], data={"action": "upload"})
    work_once(settings)
    return words(client.get("/uploads/2").text)


def days(db) -> set[tuple[str, str]]:
    return {(row["day"] or "", row["account"]) for row in db.query("SELECT day, account FROM conversations")}


def test_the_next_file_with_the_same_headers_is_read_the_same_way_and_says_why(confirmed, db, settings):
    told = upload(confirmed, settings)
    assert ("2026-05-04", "Bexley") in days(db)
    assert "Columns read as you confirmed them for upload 1 on" in told


def test_the_check_page_says_so_and_what_is_chosen_there_counts_from_then_on(confirmed, db, settings):
    page = stage(confirmed, NEXT)
    assert "confirmed them for upload 1" in page.text and 'href="/uploads/1"' in page.text
    form = {f"column:{head}": role for head, role in zip(HEADS.split(","), ("id", "date", "", "text"), strict=True)}
    confirmed.post(page.url.path, data={"action": "upload", "found_order": "dmy", "date_order": "dmy", **form})
    work_once(settings)
    assert ("2026-05-04", "") in days(db)
    assert "confirmed them for upload 2" in stage(confirmed, NEXT).text


def test_another_file_is_not_read_by_them(confirmed):
    assert "confirmed them" not in stage(confirmed, NEXT.replace("House", "Haus")).text


def test_who_chose_nothing_confirmed_nothing(empty_client, db, settings):
    plain = "Date,Account,Notes\n2026-03-01,Acme,The price is far too high for them this year\n"
    page = stage(empty_client, plain)
    shown = {"column:Date": "date", "found:Date": "date", "column:Account": "account", "found:Account": "account"}
    empty_client.post(page.url.path, data={"action": "upload", **shown})
    assert mappings.every(db) == ()


def test_forgetting_them_can_be_undone(confirmed, db):
    page = stage(confirmed, NEXT)
    forgot = confirmed.post(page.url.path, data={"action": "forget:upload 1"})
    assert "are forgotten" in words(forgot.text) and "confirmed them" not in forgot.text and mappings.every(db) == ()
    back = confirmed.post(page.url.path, data={"action": "remember:upload 1"})
    assert "confirmed them for upload 1" in back.text


def test_undoing_the_upload_forgets_them(confirmed, db):
    confirmed.post("/uploads/1/undo")
    assert mappings.every(db) == ()


def test_they_stay_while_another_upload_stands_that_was_read_by_them(confirmed, db, settings):
    upload(confirmed, settings)
    confirmed.post("/uploads/1/undo")
    assert [one.name for one in mappings.every(db)] == [mappings.of_upload(1)]
    confirmed.post("/uploads/2/undo")
    work_once(settings)  # the mining that follows an undo
    upload(confirmed, settings, FIRST)
    assert ("2026-04-03", "Acme") in days(db)


def test_columns_saved_by_name_stand_above_a_choice_for_one_upload(empty_client, db, settings):
    waiting = stage(empty_client).url.path
    empty_client.post(waiting, data={"action": "save", "save_as": "CRM notes", **CHOSEN})
    again = {**CHOSEN, "column:House": "", "found_order": "dmy"}
    empty_client.post(waiting, data={"action": "upload", "mapping": "CRM notes", "applied": "CRM notes", **again})
    assert [one.name for one in mappings.every(db)] == ["CRM notes"]


def test_they_can_be_chosen_and_named_like_any_other(confirmed):
    page = stage(confirmed, NEXT.replace("House", "Haus"))
    assert '<option value="upload 1">As confirmed for upload 1</option>' in page.text
    taken = confirmed.put("/api/v1/mappings/upload 7", json={"columns": {"Scribbles": "text"}})
    assert taken.status_code == 422


def test_a_program_sees_for_which_upload_they_were_confirmed(confirmed):
    (one,) = confirmed.get("/api/v1/mappings").json()
    assert (one["name"], one["upload"], one["columns"]["House"]) == ("upload 1", 1, "account")

"""Sales ops' corrections: columns that are tried while they are chosen, sides that are undone, keys that take back."""

import io
import json
import re

ROWS = "Kunde,Datum,Notizen\nAcme,2026-01-05,They said it costs too much for them.\n"


def staged(client) -> str:
    answer = client.post(
        "/uploads", files={"files": ("notes.csv", io.BytesIO(ROWS.encode()), "text/csv")}, data={"action": "check"}
    )
    return re.search(r"/uploads/waiting/([0-9a-f]{16})", str(answer.url)).group(1)


def test_a_columns_new_meaning_shows_in_the_rows_before_anything_is_sent(empty_client):
    token = staged(empty_client)
    form = {"column:Kunde": "contact", "found:Kunde": "account"}
    part = empty_client.post(f"/uploads/waiting/{token}/rows", data=form).text
    rows = part[part.index("rows-0") :]
    assert 'data-label="Contact">Acme' in rows
    assert 'data-label="Account">–' in rows


def test_half_a_time_zone_is_no_error_while_it_is_typed(empty_client):
    assert empty_client.post(f"/uploads/waiting/{staged(empty_client)}/rows", data={"zone": "Euro"}).status_code == 200


def test_a_side_that_was_corrected_is_undone_by_a_button(client, db):
    answer = client.post("/speakers", data={"subject": "Dana Hill", "side": "seller"})
    assert "<strong>Dana Hill</strong> is one of us" in answer.text
    number = re.search(r'name="number" value="(\d+)"', answer.text).group(1)
    client.post("/speakers/undone", data={"number": number})
    assert list(db.query("SELECT * FROM side_corrections")) == []


def test_undoing_a_side_brings_back_the_word_before(client, db):
    client.post("/speakers", data={"subject": "Dana Hill", "side": "buyer"})
    answer = client.post("/speakers", data={"subject": "Dana Hill", "side": "seller"})
    number = re.search(r'name="number" value="(\d+)"', answer.text).group(1)
    client.post("/speakers/undone", data={"number": number})
    assert [row["role"] for row in db.query("SELECT role FROM side_corrections")] == ["buyer"]


def test_problems_are_shown_by_reason(client, db):
    from insights.records import Problem
    from pipelines.store import batches

    with db.atomic():
        number = batches.start(db, title="two troubles", now="2026-03-20T09:00:00+00:00")
        batches.add_problems(
            db, number, [Problem("a.csv", 2, "The text is empty."), Problem("a.csv", 3, "The date is odd.")]
        )
    shown = client.get(f"/uploads/{number}", params={"reason": "The date is odd."}).text
    table = shown[shown.index("<tbody>") :]
    assert "The date is odd." in table
    assert "The text is empty." not in table


def test_an_upload_that_waits_to_be_read_is_stopped_and_taken_back(empty_client, db):
    files = {"files": ("notes.csv", io.BytesIO(ROWS.encode()), "text/csv")}
    number = empty_client.post("/api/v1/batches", files=files).json()["batch"]
    assert "Stop and take back" in empty_client.get(f"/uploads/{number}").text
    answer = empty_client.post(f"/uploads/{number}/stop")
    assert "Taken back:" in answer.text
    assert next(iter(db.query("SELECT status FROM batches WHERE id = ?", [number])))["status"] == "undone"


def test_who_is_not_surely_on_a_side_is_said_to_be_most_likely_on_which(client, db):
    judged = {"speaker": "Ann Lee", "source": "evidence", "reasons": [], "samples": []}
    for n, (role, sure, told) in enumerate(
        [
            ("seller", 0.86, "most likely one of us (86"),
            ("buyer", 0.7, "most likely a buyer (70"),
            ("unknown", 0.0, "nothing tells either side"),
        ]
    ):
        with db.atomic():
            db.execute(
                "UPDATE conversations SET sides = ? WHERE id = (SELECT min(id) FROM conversations)",
                [json.dumps([judged | {"speaker": f"Ann Lee {n}", "role": role, "confidence": sure}])],
            )
        page = client.get("/speakers").text
        assert told in page and "too unsure" not in page


def test_stages_that_end_a_deal_are_told_before_reading_and_their_accounts_are_not_called(empty_client):
    heard = "They said it costs too much for them."
    rows = f"Company,Date,Notes,Deal Stage\nAcme,2026-01-05,{heard},Closed won\nBrook,2026-01-05,{heard},Proposal\n"
    files = {"files": ("notes.csv", io.BytesIO(rows.encode()), "text/csv")}
    told = empty_client.post("/uploads", files=files, data={"action": "check"}).text
    assert (
        "“<bdi>Closed won</bdi>” is read as the outcome <strong>won</strong>, as no column" in told
        and "Proposal</bdi>” is" not in told
    )

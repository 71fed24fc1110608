"""Forgetting and keeping at the doors: preview, typed confirmation, receipt; the same in HTML, JSON and on the terminal."""

import json

import pytest

from api.views import forget as forget_views
from pipelines.privacy import forget, receipts, traces
from pipelines.store import erasures, every_cell, jobs

WHO = {"given": "Dana Hill", "account": "Account 00"}
FORM = {"type": "private", "field": "account", "words": "Account 01"}


def test_the_preview_shows_tables_figures_and_what_to_type(client, db):
    page = client.post("/settings/forget/preview", data=WHO)
    assert page.status_code == 200
    for words in (
        "What was said",
        "Utterances",
        "What the person said is gone.",
        "type <strong>Dana Hill</strong> once more",
    ):
        assert words in page.text
    assert db.table("utterances").count == 180


def test_a_person_is_forgotten_by_typing_who_it_is_once_more(client, db):
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    done = client.post(
        "/settings/forget", data={**WHO, "confirm": "dana  hill", "token": seen["token"], "reference": "request 7"}
    )
    assert done.url.path == "/settings/forget/1" and "request 7" in done.text and "Dana" not in done.text
    assert db.table("utterances").count < 180
    assert "request 7" in client.get("/settings/forget").text


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [({"confirm": "Dana"}, 422, "type “Dana Hill” once more"), ({"confirm": "Dana Hill", "token": ""}, 409, "Look at the preview again")],
)  # fmt: skip
def test_without_a_preview_or_the_right_words_nothing_happens_and_the_preview_is_there_again(
    client, db, more, status, words
):
    page = client.post("/settings/forget", data={**WHO, "token": "x", **more})
    assert (page.status_code, words in page.text, "What would go" in page.text) == (status, True, True)
    assert db.table("utterances").count == 180


def test_a_wrong_confirmation_is_told_once(client):
    page = client.post("/settings/forget", data={**WHO, "confirm": "Dana", "token": "x"})
    assert page.text.count("Nothing was forgotten") == 1


def test_a_name_that_was_forgotten_is_answered_with_its_receipt(client):
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    client.post("/api/v1/erasures", json={**WHO, "confirm": "Dana Hill", "token": seen["token"]})
    page = client.post("/settings/forget/preview", data=WHO)
    assert page.status_code == 422 and "receipt 1; later uploads are kept out" in page.text
    assert "Nothing was forgotten" not in page.text


def test_a_first_name_shows_whole_names_to_choose_from(client):
    page = client.post("/settings/forget/preview", data={"given": "Dana", "account": ""})
    assert page.status_code == 422 and "is part of these names" in page.text and "does not stand" not in page.text
    assert 'name="given" value="Dana Hill"' in page.text and 'name="account" value="Account 00"' in page.text


def test_the_words_of_the_database_are_nowhere_on_the_preview_and_the_receipt(client):
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    preview = client.post("/settings/forget/preview", data=WHO).text
    receipt = client.post("/settings/forget", data={**WHO, "confirm": "Dana Hill", "token": seen["token"]}).text
    for page, head in ((preview, "How many go"), (receipt, "How many went")):
        assert head in page
        assert not any(word in page for word in ("Sketches", "Vectors", "Rows that go", ">Table<"))


def test_every_table_that_an_erasure_goes_through_has_a_name_in_words(db):
    assert [one.name for one in every_cell.tables(db) if one.name not in forget_views.TABLES] == []


def test_an_old_receipt_tells_its_figures_in_the_words_of_today(client, db):
    figure = {"name": "sketches", "before": 9, "after": 7, "because": "Sketches are gone."}
    with db.atomic():
        number = erasures.add(
            db, now="2026-03-20", actor="x", asked="", mark="m", receipt={"rows": [], "figures": [figure]}
        )
    page = client.get(f"/settings/forget/{number}").text
    assert "Comparison entries" in page and "Sketches" not in page and "sketches" not in page


def test_a_receipt_whose_files_were_never_searched_says_so(client, db):
    with db.atomic():
        number = erasures.add(db, now="2026-03-20", actor="x", asked="", mark="m", receipt={"rows": [], "figures": []})
    assert "parley forget --clean" in client.get(f"/settings/forget/{number}").text


def test_who_is_not_clear_is_asked_for_more(client):
    page = client.post("/settings/forget/preview", data={"given": "Dana Hill"})
    assert page.status_code == 422 and "give the company too" in page.text
    assert client.post("/settings/forget/preview", data={"given": "<b>x</b>"}).text.count("<b>x</b>") == 0


def test_a_program_forgets_and_reads_the_receipt_and_lifts(client):
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    wrong = client.post("/api/v1/erasures", json={**WHO, "confirm": "no", "token": seen["token"]})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    made = client.post("/api/v1/erasures", json={**WHO, "confirm": "Dana Hill", "token": seen["token"], "actor": "crm"})
    assert made.status_code == 201 and made.json()["rows"] == seen["rows"] and made.json()["actor"] == "crm"
    assert client.get("/api/v1/erasures/1").json() == made.json() == client.get("/api/v1/erasures").json()[0]
    assert client.post("/api/v1/erasures/1/lift", json={}).json()["lifted_at"]
    assert client.get("/api/v1/erasures/2").status_code == 404


def test_an_upload_that_is_being_read_is_a_conflict(client, db):
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    jobs.add(db, "ingest", {}, now="2026-03-20")
    told = client.post("/api/v1/erasures", json={**WHO, "confirm": "Dana Hill", "token": seen["token"]})
    assert told.status_code == 409 and "still being read" in told.json()["detail"]


def test_what_is_at_work_is_said_before_somebody_types_a_confirmation(client, db):
    assert "Not just now" not in client.get("/settings/forget").text
    jobs.add(db, "ingest", {"batch_id": 1, "title": "New notes"}, now="2026-03-20")
    assert "New notes" in client.get("/settings/forget").text
    shown = client.post("/settings/forget/preview", data=WHO).text
    assert "Not just now" in shown and "What would go" in shown
    assert '<button class="button main" disabled>Forget this person</button>' in shown


def test_reports_and_quotes_open_after_somebody_is_forgotten(client):
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    client.post("/api/v1/erasures", json={**WHO, "confirm": "Dana Hill", "token": seen["token"]})
    for path in ("/", "/quotes", "/api/v1/reports/trends?kind=objection"):
        assert client.get(path).status_code == 200, path
    assert "Dana Hill" not in client.get("/quotes?account=Account+00").text


def test_the_terminal_previews_asks_for_confirmation_and_gives_a_receipt(parley):
    seen = parley("forget", "--dry-run", "nobody@acme.example")
    assert seen.returncode == 0 and "nothing" in seen.stdout and "What remains" not in seen.stdout
    unsure = parley("forget", "nobody@acme.example")
    assert unsure.returncode == 2 and "cannot be undone" in unsure.stderr
    done = parley("forget", "nobody@acme.example", "--confirm", "nobody@acme.example", "--json")
    assert json.loads(done.stdout)["kept_out"] == 1
    assert "kept out" in parley("forget", "--receipts").stdout
    assert "Lifted" in parley("forget", "--lift", "1").stdout
    assert parley("forget").returncode == 2


def test_the_terminal_counts_one_as_one(parley, tmp_path):
    (tmp_path / "notes.csv").write_text("Date,Subject,Notes\n2026-03-01,Private talk,They said hello.\n")
    parley("ingest", "notes.csv")
    done = parley("retention", "add", "--private", "--in", "subject", "--words", "private")
    assert "It would take away now: 1 conversation, 1 utterance, 0 quotes." in done.stdout
    assert "Now: 1 conversation, 1 utterance, 0 quotes." in parley("retention", "list").stdout


def test_kinds_are_listed_alike(client):
    assert ">Mail threads</option>" in client.get("/settings/keeping").text


def test_a_rule_is_seen_before_it_is_kept_and_taken_back_by_a_click(client, db):
    seen = client.post("/settings/keeping", data={**FORM, "action": "look"})
    assert "It would take away now: 3 conversations" in seen.text and "No rule" in seen.text
    kept = client.post("/settings/keeping", data={**FORM, "action": "save"})
    assert "never come in" in kept.text and "Rule 1" in kept.text
    assert "Undo" in client.post("/settings/keeping/1/remove").text
    assert "Rule 1" in client.post("/settings/keeping/1/restore").text


def test_a_rule_is_applied_only_after_the_number_was_typed(client, db):
    client.post("/settings/keeping", data={**FORM, "action": "save"})
    assert client.post("/settings/keeping/1/apply", data={"seen": 3, "confirm": "4"}).status_code == 422
    done = client.post("/settings/keeping/1/apply", data={"seen": 3, "confirm": "3"})
    assert "A rule is being applied" in done.text
    assert [job["kind"] for job in jobs.unfinished(db)] == ["keep"]


def test_a_bad_rule_is_answered_with_what_to_say(client):
    page = client.post("/settings/keeping", data={"type": "age", "months": "", "action": "save"})
    assert page.status_code == 422 and "Say after how many months" in page.text
    told = client.post("/api/v1/retention/rules", json={"type": "private"})
    assert told.status_code == 422 and "needs words" in told.json()["detail"]


def test_programs_keep_preview_apply_and_remove_rules(client):
    body = {"type": "age", "kind": "call", "months": 6}
    seen = client.post("/api/v1/retention/rules/preview", json=body).json()
    kept = client.post("/api/v1/retention/rules", json=body).json()
    assert (
        kept["now"] == seen["now"]
        and seen["id"] is None
        and kept["told"] == "Calls go when they are older than 6 months."
    )
    wrong = client.post("/api/v1/retention/rules/1/apply", json={"conversations": 1})
    assert wrong.status_code == 409
    assert (
        client.post("/api/v1/retention/rules/1/apply", json={"conversations": seen["now"]["conversations"]}).status_code
        == 202
    )
    assert client.delete("/api/v1/retention/rules/1").status_code == 200
    assert client.get("/api/v1/retention/rules").json() == [] == client.get("/api/v1/retention/receipts").json()


def test_the_terminal_adds_previews_applies_and_removes_rules(parley):
    assert "no rule kept" in parley("retention", "add", "--months", "24", "--dry-run").stdout
    assert (
        "Rule 1: Chats"
        in parley("retention", "add", "--private", "--kind", "chat", "--in", "subject", "--words", "private").stdout
    )
    assert "never come in" in parley("retention", "list").stdout
    assert "Nothing to take away" in parley("retention", "apply", "--yes").stdout
    assert parley("retention", "apply").returncode == 2
    assert "taken back" in parley("retention", "remove", "1").stdout
    assert parley("retention", "remove", "9").returncode == 1


def test_the_receipt_of_a_page_says_what_it_found(client, settings):
    (settings.home / "export.csv").write_text("Dana Hill")
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    made = client.post("/api/v1/erasures", json={**WHO, "confirm": "Dana Hill", "token": seen["token"]}).json()
    assert made["searched"] >= 2 and forget.BACKUPS == "backups"


def test_namesakes_are_told_apart_by_their_companies(client, db):
    with db.atomic():
        db.execute(
            "UPDATE conversations SET contact = 'Dana Hill', job_title = 'CFO' WHERE account IN ('Account 00', 'Account 01')"
        )
    asked = client.post("/settings/forget/preview", data={"given": "Dana Hill", "reference": "request 7"})
    assert asked.status_code == 422 and "Account 00" in asked.text
    assert 'name="account" value="Account 01"' in asked.text and 'value="request 7"' in asked.text
    seen = client.post("/settings/forget/preview", data={"given": "Dana Hill", "account": "Account 01"}).text
    meant = seen[seen.index('class="facts-row meant"') :].partition("</dl>")[0]
    assert "Account 01" in meant and "Account 00" not in meant


def test_who_has_two_addresses_may_be_two_people(client, db):
    two = json.dumps(
        [
            {"name": "Dana Hill", "address": f"{one}@account00.example", "role": "buyer", "title": ""}
            for one in ("dana", "d.hill")
        ]
    )
    with db.atomic():
        db.execute("UPDATE conversations SET participants = ? WHERE account = 'Account 00'", [two])
    seen = client.post("/settings/forget/preview", data=WHO).text
    assert "dana@account00.example" in seen and "d.hill@account00.example" in seen and "Which Dana Hill" in seen
    assert "What would go" not in seen


def test_a_receipt_says_of_everything_how_many_went(client):
    seen = client.post("/api/v1/erasures/preview", json=WHO).json()
    html = client.post("/settings/forget", data={**WHO, "confirm": "Dana Hill", "token": seen["token"]}).text
    gone = html[html.index('id="gone"') :].partition("</section>")[0]
    assert "How many went" in gone and 'data-label="How many went" class="num">0</td>' in gone and "–" not in gone


def test_a_name_that_nobody_bears_is_found_in_what_was_said_and_its_receipt_says_what_was_searched_for(client, db):
    one, two = [row["id"] for row in db.query("SELECT id FROM conversations ORDER BY id LIMIT 2")]
    sql = "UPDATE utterances SET text = 'Get Priya Nandakumar on the next call.' WHERE id = (SELECT min(id) FROM utterances WHERE conversation_id = ?)"
    with db.atomic():
        db.execute("UPDATE conversations SET account = 'Alpha', account_key = 'alpha' WHERE id = ?", [one])
        db.execute("UPDATE conversations SET account = 'Beta', account_key = 'beta' WHERE id = ?", [two])
        db.execute(sql, [one])
        db.execute(sql, [two])
    who = {"given": "Priya Nandakumar"}
    page = client.post("/settings/forget/preview", data=who)
    assert page.status_code == 422 and "stands in what was said at 2 companies: Alpha, Beta" in page.text
    assert '<button class="button" name="account" value="Beta">' in page.text
    with db.atomic():
        db.execute("UPDATE conversations SET account = 'Alpha', account_key = 'alpha' WHERE id = ?", [two])
    page = client.post("/settings/forget/preview", data=who)
    assert "What names them stands in 2 utterances of others and will be covered there." in page.text
    seen = client.post("/api/v1/erasures/preview", json=who).json()
    done = client.post("/settings/forget", data={**who, "confirm": who["given"], "token": seen["token"]})
    assert "backups left out, for 2 spellings of the name: nothing of that is in them." in done.text


@pytest.mark.parametrize(
    ("sought", "told"),
    [
        (None, "nothing of what was searched for is in them."),
        (traces.Sought(0, 0, 0, 0, 1), "The files were not searched: nothing is known that means this person alone. The name"),
        (traces.Sought(2, 1, 0, 3, 0), "for 1 mail address, 2 spellings of the name and 3 sentences of theirs: nothing of that"),
    ],
)  # fmt: skip
def test_a_receipt_claims_only_what_was_searched(sought, told):
    receipt = receipts.Receipt(1, "", "", "", "", (), (), (), 5, 0, 0, sought=sought)
    assert told in forget_views.searched(receipt)


def test_two_of_one_name_at_one_company_are_asked_about_and_the_choice_is_kept_to_the_end(client, db):
    with db.atomic():
        db.execute(
            "UPDATE conversations SET contact = 'Dana Hill', job_title = 'VP Finance' WHERE account = 'Account 00'"
        )
        sql = "UPDATE conversations SET job_title = 'Warehouse Lead' WHERE id = (SELECT min(id) FROM conversations WHERE account = 'Account 00')"
        db.execute(sql)
    asked = client.post("/settings/forget/preview", data=WHO)
    assert asked.status_code == 422 and "Which Dana Hill is meant?" in asked.text and "What would go" not in asked.text
    assert client.post("/api/v1/erasures/preview", json=WHO).status_code == 422
    seen = client.post("/settings/forget/preview", data={**WHO, "which": ["Warehouse Lead"]})
    assert seen.status_code == 200 and "only what is surely this person’s goes" in seen.text
    assert '<input type="hidden" name="which" value="Warehouse Lead">' in seen.text
    both = client.post("/api/v1/erasures/preview", json={**WHO, "which": ["*"]}).json()
    assert not both["namesake"]


def test_a_conversation_leads_to_the_rule_that_keeps_it_out_with_what_it_would_take(client, db):
    one = db.execute("SELECT id FROM conversations WHERE kind = 'note' LIMIT 1").fetchone()[0]
    assert f'href="/settings/keeping?against={one}#new"' in client.get(f"/conversations/{one}").text
    page = client.get(f"/settings/keeping?against={one}").text
    assert f"The conversation {one} never comes in." in page and "It would take away now: 1 conversation" in page
    assert f'value="{one}"' in page and 'value="conversation" selected' in page
    assert "not here any more" in client.get("/settings/keeping?against=0").text

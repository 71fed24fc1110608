"""Health and copies: the page, the interface and the commands say the same, and a copy is made on a button."""

import json
import re
from contextlib import closing

import pytest

from pipelines.jobs import submit_examination, work_once
from pipelines.operation import backup
from pipelines.store import connect
from tests.api import signing

NOTE = "Company / Account,Activity Date,Description\nArlo Foods,2025-01-01,It is too dear\n"
PAGE = {"Accept": "text/html"}


def test_the_page_says_what_was_looked_at(client):
    page = client.get("/settings/health", headers=PAGE).text

    assert "What is stored is in order, as far as can be seen quickly." in page or "stands first" in page
    assert "The schema is up to date" in page and "There are none yet" in page


def test_what_a_finding_advises_is_what_the_pages_do(client):
    """ "Make one: parley backup" stood above the button that makes one."""
    (told,) = re.findall(
        r"There is no backup in the folder of backups\.(.*?)</li>",
        client.get("/settings/health", headers=PAGE).text,
        re.S,
    )
    assert told.startswith(' <span class="of">Make one below.</span><details')


def test_what_is_to_know_is_written_as_large_as_what_is_in_order(client):
    """Its class made a small grey note of it, first of all and least seen."""
    page = client.get("/settings/health", headers=PAGE).text
    assert '<li class="at-note"><span><strong>Backups' in page and '<li class="note"' not in page


def test_what_to_set_is_unfolded_where_the_link_to_it_leads(client):
    page = client.get("/settings/health", headers=PAGE).text
    (section,) = re.findall(r'<section class="card" aria-labelledby="where">.*?</section>', page, re.S)
    assert 'id="where"' in section and 'data-opens="where"' in section and "PARLEY_SMTP_URL" in section


def test_a_copy_is_made_once_on_a_button_and_listed(client, settings):
    for _ in range(2):
        assert client.post("/settings/health/backup", follow_redirects=False).status_code == 303
    assert "A backup is being made" in client.get("/settings/health", headers=PAGE).text

    assert work_once(settings) and not work_once(settings)

    (made,) = backup.listed(settings.database_file)
    assert made.file.name in client.get("/settings/health", headers=PAGE).text
    (told,) = client.get("/api/v1/backups").json()
    assert (told["file"], told["manifest"]["rows"]["conversations"]) == (made.file.name, 60)


def test_the_interface_says_what_the_quick_command_says(client):
    told = client.get("/api/v1/doctor").json()

    assert told["whole"] is False
    assert {"check": "schema", "level": "fine"}.items() <= next(
        one for one in told["findings"] if one["check"] == "schema"
    ).items()
    assert client.post("/api/v1/backups").status_code == 202


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 1", 0),
        ("UPDATE conversations SET counted_as = 'x'", 3),
        ("INSERT INTO utterances_fts (utterances_fts) VALUES ('delete-all')", 1),
    ],
)
def test_doctor_exits_with_how_bad_it_is(parley, tmp_path, sql, code):
    (tmp_path / "notes.csv").write_text(NOTE)
    parley("ingest", "notes.csv")
    with closing(connect(tmp_path / "home" / "parley.db")) as db:
        db.execute(sql)

    told = parley("doctor", "--json")

    assert (told.returncode, json.loads(told.stdout)["level"]) == (code, {0: "note", 1: "error", 3: "warning"}[code])
    assert parley("doctor", "--repair").returncode == (3 if code == 3 else 0)


def test_commands_make_list_and_restore_copies(parley, tmp_path):
    (tmp_path / "notes.csv").write_text(NOTE)
    parley("ingest", "notes.csv")
    made = json.loads(parley("backup", "--json").stdout)
    parley("undo", "1")

    restored = parley("restore", made["file"])

    assert "To bring it back: parley restore" in restored.stdout
    assert "1 conversations" in parley("batches").stdout
    assert len(json.loads(parley("backups", "--json").stdout)) == 2
    assert parley("restore", "nowhere.db").stderr.startswith("parley: There is no file")


def test_commands_carry_everything_to_another_home(parley, tmp_path, monkeypatch):
    (tmp_path / "notes.csv").write_text(NOTE)
    parley("ingest", "notes.csv")

    told = parley("export", "all.jsonl.gz")
    refused = parley("import", "all.jsonl.gz")
    monkeypatch.setenv("PARLEY_DATABASE", "other.db")
    brought = parley("import", "all.jsonl.gz")

    assert "Accounts, sessions, tokens" in told.stdout
    assert refused.returncode == 1 and "There is something" in refused.stderr
    assert brought.returncode == 0 and "Next: parley mine" in brought.stdout
    assert "1 conversations" in parley("batches").stdout


def test_the_headline_says_what_is_not_set_up(client):
    """It said that all is in order above "There are none yet" and "No mail can be sent"."""
    page = client.get("/settings/health").text
    (lead,) = re.findall(r'<p class="lead">(.*?)</p>', page)
    assert "No mail can be sent" in page and "There are none yet" in page
    assert lead.endswith("Not set up yet: backups (there is none), mail (none can be sent), the address for links.")


def test_everything_is_looked_through_on_a_button_and_mended_on_another(client, settings, db):
    """Only a command line did that, so an administrator in a browser could not."""
    with db.conn:
        db.execute("INSERT INTO utterances_fts (utterances_fts) VALUES ('delete-all')")
    assert "The search index" not in client.get("/settings/health", headers=PAGE).text

    for _ in range(2):
        assert client.post("/settings/health/examine", follow_redirects=False).status_code == 303
    assert work_once(settings) and not work_once(settings)

    page = client.get("/settings/health", headers=PAGE).text
    assert "The search index does not say what was said." in page and "Mend what can be mended" in page
    assert "quotes are what was said, letter by letter" in page
    (index,) = re.findall(r"The search index does not say what was said\.(.*?)</li>", page, re.S)
    assert re.search(r'^ <span class="of">“Mend what can be mended” does it', index)
    assert re.search(r"<details.*?<summary>For whoever runs Parley</summary>.*?parley doctor --repair", index, re.S)

    client.post("/settings/health/examine", data={"repair": "true"})
    assert work_once(settings)

    page = client.get("/settings/health", headers=PAGE).text
    assert (
        "The search index was made anew from what was said." in page and "The search index says what was said." in page
    )
    assert "Mend what can be mended" not in page


@pytest.mark.parametrize(("role", "told"), [("viewer", False), ("contributor", False), ("admin", True)])
def test_what_is_said_of_the_machine_is_for_administrators(db, settings, role, told):
    submit_examination(db)
    work_once(settings)
    key = signing.token(db, signing.add(db, role), "admin" if told else "read")
    with signing.browser(signing.serve(settings, signing.Time())) as client:
        client.headers |= {"authorization": f"Bearer {key}", "accept": "application/json"}
        (listed,) = client.get("/api/v1/jobs").json()["items"]
        shown = client.get(f"/api/v1/jobs/{listed['id']}").json()
    assert listed == shown and shown["status"] == "done"
    assert (str(settings.home) in json.dumps(shown)) is told

"""Input that nobody means but somebody sends: it gets a sentence or a 4xx, never a traceback, and loses no data."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from api.uploads import safe_name
from insights.records import Conversation, Utterance
from pipelines.jobs import work_once
from pipelines.report import trend_report
from pipelines.settings import Settings
from pipelines.store import batches
from pipelines.store.filters import Filters
from pipelines.uploads import settle

TODAY = date(2026, 3, 20)
ROOT = Path(__file__).parents[2]
NOTES = "Activity ID,Date,Account,Deal Size,Description\n1,2025-03-03,Arlo,Small,The price is too high for them.\n"


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Those that the commands run with."""
    (tmp_path / "home").mkdir()
    return Settings(home=tmp_path / "home")


def said_on(db, *days: str) -> None:
    batches.start(db, title="dates", now="2026-03-20T09:00:00+00:00")
    with db.atomic():
        for n, day in enumerate(days):
            turns = (Utterance("Dana", "buyer", "verbatim", f"It is too expensive, number {n}."),)
            item = Conversation(id=f"day-{n}", kind="note", title="", occurred_at=day, utterances=turns)
            settle.write(db, [item], settle.knowledge(db))


def report_on(db, **filters: str):
    return trend_report(db, Filters(**filters), kind="objection", today=TODAY)


# Dates


def test_a_last_day_after_today_ends_the_report_with_the_newest_conversation(db):
    said_on(db, "2026-01-05", "2026-02-03")

    assert report_on(db, until="9999-12-31").as_of == date(2026, 2, 3)


def test_a_database_that_holds_only_the_first_day_of_the_calendar_has_nothing_to_report(db):
    said_on(db, "0001-01-01")

    assert report_on(db) is None


@pytest.mark.parametrize("since", ["", "0001-01-01"])
def test_a_day_that_nobody_can_mean_does_not_stretch_the_series(db, since):
    said_on(db, "0001-01-01", "2026-01-05", "2026-02-03")

    found = report_on(db, since=since)

    assert [p.label for p in found.periods] == ["2026-01", "2026-02"]
    assert (found.conversations, found.undated) == (2, 1)


def test_a_long_history_shows_its_newest_periods(db):
    said_on(db, "1990-01-05", "2026-02-03")

    found = report_on(db)

    assert (len(found.periods), found.periods[-1].label) == (260, "2026-02")
    assert found.conversations == 2


def test_a_conversation_dated_after_today_is_counted_as_one_without_a_usable_date(db):
    said_on(db, "2026-02-03", "2062-01-01")

    found = report_on(db)

    assert (found.conversations, found.undated) == (1, 1)


@pytest.mark.parametrize("query", ["until=9999-12-31", "since=0001-01-01", "since=1989-12-31", "until=2027-04-01"])
@pytest.mark.parametrize("path", ["/api/v1/reports/trends?kind=objection&", "/?", "/reports/objections?"])
def test_a_day_out_of_range_is_refused_with_the_range(client, path, query):
    answer = client.get(path + query)

    assert answer.status_code == 422
    assert "1990-01-01" in answer.text


@pytest.mark.parametrize("query", ["since=1990-01-01", "until=2027-03-20"])
def test_the_ends_of_the_range_are_taken(client, query):
    assert client.get(f"/api/v1/reports/trends?kind=objection&{query}").status_code == 200


@pytest.mark.parametrize(("query", "known"), [("persona=nobody", "it_security"), ("seniority=boss", "director")])
@pytest.mark.parametrize("path", ["/api/v1/reports/trends?kind=objection&", "/api/v1/insights?", "/quotes?"])
def test_a_word_that_no_buyer_is_called_by_is_refused_with_those_that_are_not_answered_with_nothing(
    client, path, query, known
):
    answer = client.get(path + query)

    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text and known in answer.text


# The report on the command line


@pytest.mark.parametrize("option", [("--since", "20250701"), ("--where", "since=20250701")])
def test_a_day_written_without_dashes_is_the_same_day(parley, db, option):
    said_on(db, "2025-06-30", "2025-07-02")

    done = parley("report", "objections", *option)

    assert done.stdout.splitlines()[-1].startswith("1 conversations"), done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--by", "nonsense"), "Known: "),
        (("--days", "3661"), "3660"),
        (("--where", "until=soon"), "Write it as YYYY-MM-DD"),
    ],
)
def test_a_report_that_cannot_be_made_as_asked_is_refused(parley, filled, arguments, says):
    done = parley("report", "objections", *arguments)

    assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_a_column_can_be_named_as_the_upload_heads_it(parley, tmp_path):
    (tmp_path / "notes.csv").write_text(NOTES)
    parley("ingest", "notes.csv")

    done = parley("report", "objections", "--by", "Deal Size", "--format", "json")

    assert '"by":"deal_size"' in done.stdout.replace(" ", ""), done.stderr


def test_the_interface_takes_a_column_under_the_same_name(client):
    answer = client.get("/api/v1/reports/trends?kind=objection&by=Segment")

    assert answer.json()["by"] == "segment"


# Names of uploaded files


def upload(client, *names: str, **data: str):
    files = [("files", (name, f"Subject {n}\nDana: It is too expensive.\n")) for n, name in enumerate(names)]
    return client.post("/api/v1/batches", files=files, data=data)


@pytest.mark.parametrize(
    ("where", "field", "known"),
    [
        ("/api/v1/batches", "dryrun", "files, title, dry_run, mapping, columns, date_order, zone"),
        ("/api/v1/batches", "accout", "files, title, dry_run, mapping, columns, date_order, zone"),
        ("/api/v1/previews", "column", "files, mapping, columns, date_order, zone"),
        ("/api/v1/plan/pages", "titel", "files, actor"),
        ("/uploads", "dry_run", "files, title, action"),
        ("/plan/pages", "dry_run", "files, who"),
    ],
)
def test_a_field_that_an_upload_does_not_take_is_refused_with_those_it_takes(empty_client, db, where, field, known):
    answer = empty_client.post(where, files=[("files", ("notes.csv", NOTES))], data={field: "true"})

    assert answer.status_code == 422
    assert answer.json()["detail"] == f"{field}: is no field of this form. Known: {known}."
    assert db.table("jobs").count == db.table("batches").count == 0


def test_a_field_that_a_change_does_not_take_is_refused(client):
    answer = client.post("/api/v1/trackers", json={"name": "Rollout", "phrases": ["roll out"], "example": ["So long."]})

    assert answer.status_code == 422
    known = "name, phrases, examples, counter_examples, said_by, asked, strictness"
    assert answer.json()["detail"] == f"example: is no field here. Known: {known}."


def test_no_address_of_the_interface_passes_over_what_it_does_not_know(client):
    schemas = client.get("/openapi.json").json()
    taken = {
        content["schema"]["$ref"].rpartition("/")[2]
        for path in schemas["paths"].values()
        for method in path.values()
        for kind, content in method.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json" and "$ref" in content["schema"]
    }
    lax = {name for name in taken if schemas["components"]["schemas"][name].get("additionalProperties") is not False}

    assert len(taken) > 40 and not lax


@pytest.mark.parametrize("names", [("2", "2"), ("a.txt", "a.txt", "2"), ("報" * 300 + ".txt", "報" * 300 + ".txt")])
@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_files_of_any_name_can_be_uploaded_together(empty_client, names, dry_run):
    assert upload(empty_client, *names, dry_run=dry_run).status_code in (200, 202)


def test_a_name_is_cut_by_its_bytes_and_keeps_its_ending():
    name = safe_name("報" * 300 + ".txt", 1)

    assert name.endswith("報.txt") and 195 < len(name.encode()) <= 200


def test_people_see_the_plain_name_of_a_file(empty_client, db, settings):
    files = [("files", ("empty.csv", b"")), ("files", ("notes.csv", NOTES.encode()))]
    tried = empty_client.post("/api/v1/batches", files=files, data={"dry_run": "true"}).json()
    batch = empty_client.post("/api/v1/batches", files=files).json()["batch"]
    work_once(settings)

    assert [problem["file"] for problem in tried["problems"]] == ["empty.csv"]
    assert [problem["file"] for problem in batches.problems(db, batch)] == ["empty.csv"]
    assert [row["file"] for row in db.query("SELECT file FROM conversations")] == ["notes.csv"]


def test_two_files_of_one_name_are_both_read(empty_client, db, settings):
    texts = ("Dana: It is too expensive for us.\n", "Sam: Where is our data kept?\n")
    empty_client.post("/api/v1/batches", files=[("files", ("call.txt", text)) for text in texts])
    work_once(settings)

    assert db.table("conversations").count == 2
    assert not list(settings.uploads.iterdir())


# The terminal


def test_progress_is_one_bar_for_each_stage(monkeypatch):
    from rich.progress import Progress

    from api.commands.terminal import shown_progress

    begun = []
    add = Progress.add_task
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        Progress, "add_task", lambda bars, stage, **more: begun.append(stage) or add(bars, stage, **more)
    )

    with shown_progress() as show:
        for done in range(5):
            show("reading", done, 5)
            show("themes", done, None)

    assert begun == ["reading", "themes"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("serve", "--host", "myhost.local"), "use --host 127.0.0.1"),
        (("serve", "--host", "127.0.0.1/8"), "use --host 127.0.0.1"),
        (("serve", "--port", "70000"), "65535"),
        (("demo", "--port", "70000"), "65535"),
    ],
)
def test_an_address_that_cannot_be_served_is_answered_in_one_sentence(parley, arguments, says):
    done = parley(*arguments)

    assert (done.returncode, says in done.stderr.casefold(), "Traceback" in done.stderr) == (2, True, False), (
        done.stderr
    )


@pytest.mark.parametrize("command", ["batches", "worker"])
def test_a_file_that_is_no_database_is_named(parley, settings, command):
    settings.database_file.write_text("Dear diary, " * 100)

    done = parley(command)

    assert done.returncode == 1 and is_named(settings, done.stderr)


def test_serving_a_file_that_is_no_database_names_it(settings):
    settings.database_file.write_text("Dear diary, " * 100)
    env = {**os.environ, "PARLEY_HOME": str(settings.home)}
    serve = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]  # a process: it ends with its socket open

    done = subprocess.run(serve, cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode == 1 and is_named(settings, done.stderr)


def is_named(settings: Settings, told: str) -> bool:
    return settings.database_file.name in told and "no database" in told and "Traceback" not in told


def test_themes_are_listed_as_json_like_everything_else(parley, filled):
    done = parley("themes", "list", "--json")

    assert done.stdout.startswith('{"id"'), done.stderr


def test_the_pages_can_be_served_without_a_worker(parley):
    assert "--no-worker" in parley("serve", "--help").stdout
    assert "--no-worker" in parley("worker", "--help").stdout


# Numbers in addresses


@pytest.mark.parametrize(
    "path",
    [
        f"/uploads?before={10**20}",
        f"/uploads/1?after={10**20}",
        f"/api/v1/themes?after={'9' * 5000}",
        f"/api/v1/themes?after={'9' * 19}",
        "/api/v1/themes?after=%D9%A3",
        f"/api/v1/batches?after={10**20}",
        f"/api/v1/jobs?after={10**20}",
    ],
)
def test_a_number_beyond_all_rows_is_refused(client, path):
    assert client.get(path).status_code == 422


def test_help_waits_for_nothing_that_only_commands_need():
    asked = "import sys; from api import cli; sys.stdout.write(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlite_utils", "numpy", "pandas", "fastapi", "spacy"} & set(loaded)

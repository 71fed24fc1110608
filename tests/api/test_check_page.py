"""The page that shows an upload before it is read: what a person chooses there is kept, in its address."""

from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from api.views.upload import troubles
from api.wording import words
from pipelines.jobs import work_once
from pipelines.store import jobs, mappings
from pipelines.uploads import trial

EXPORT = b"Firma,Wann,Was gesagt wurde,Wer\nAcme,03/04/2026,They said it is too expensive.,Kim\n"
SHOWN = {"column:Firma": "account", "found:Firma": "account", "column:Wer": "", "found:Wer": ""}


@pytest.fixture
def waiting(client) -> str:
    return stage(client)


def stage(client, title: str = "") -> str:
    form = {"action": "check", "title": title}
    return client.post("/uploads", files=[("files", ("n.csv", EXPORT, "text/csv"))], data=form).url.path


def choose(client, waiting: str, action: str = "check", **values: str):
    """Send the form as the page showed it, with what a person changed."""
    return client.post(waiting, data={**SHOWN, "action": action} | {k.replace("__", ":"): v for k, v in values.items()})


def chosen(answer) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(answer.url.query.decode(), keep_blank_values=True).items()}


def test_only_what_a_person_chose_is_in_the_address(client, waiting):
    answer = choose(client, waiting, column__Wer="rep", date_order="dmy", title="April", zone="Europe/Berlin")

    assert chosen(answer) == {"column:Wer": "rep", "date_order": "dmy", "title": "April", "zone": "Europe/Berlin"}
    assert 'value="April"' in answer.text and 'value="Europe/Berlin"' in answer.text


def test_a_column_can_be_made_a_field_of_its_own(client, waiting):
    answer = choose(client, waiting, column__Firma="")

    assert chosen(answer) == {"column:Firma": ""}
    assert answer.text.count("as you said") == 1


def test_a_column_of_numbers_of_its_own_says_that_it_is_no_filter(client):
    rows = "".join(f"Acme,It is too expensive.,EMEA,R-{n}\n" for n in range(9))
    files = [("files", ("n.csv", f"Account,Notes,Region,Ref\n{rows}".encode(), "text/csv"))]
    html = client.post("/uploads", files=files, data={"action": "check"}).text

    assert html.count("hardly a value comes twice") == 1
    assert "kept, no filter" in html[html.index('name="column:Ref"') :].partition("</select>")[0]
    assert "can be filtered by" in html[html.index('name="column:Region"') :].partition("</select>")[0]


def test_a_trial_keeps_what_was_chosen(client, settings, waiting):
    page = choose(client, waiting, "try", column__Wer="rep", date_order="dmy", title="April")
    work_once(settings)

    html = client.get(str(page.url)).text
    assert "This would come in" in html and 'value="April"' in html and "as you said" in html
    assert 'value="dmy" checked' in html


def test_trying_the_same_twice_queues_it_once(client, db, waiting):
    choose(client, waiting, "try")
    choose(client, waiting, "try")

    assert len(jobs.unfinished(db, "try")) == 1


def test_saving_keeps_every_column_that_the_page_shows(client, db, waiting):
    answer = choose(client, waiting, "save", save_as="our CRM", column__Wer="rep", date_order="dmy")

    saved = mappings.get(db, "our CRM")
    assert (saved.columns, saved.date_order) == ({"Firma": "account", "Wer": "rep"}, "dmy")
    assert "Saved as “our CRM”" in answer.text and "<option selected>our CRM</option>" in answer.text


@pytest.fixture
def saved(client, waiting) -> str:
    """An upload like the one whose columns were saved."""
    choose(client, waiting, "save", save_as="our CRM", column__Wer="rep", date_order="dmy")
    return stage(client)


def test_saved_columns_are_applied_when_they_are_chosen(client, saved):
    answer = choose(client, saved, mapping="our CRM", date_order="")

    assert chosen(answer) == {"mapping": "our CRM"}
    assert "3 Apr 2026" in answer.text and answer.text.count("as saved") == 2


def test_a_correction_goes_before_saved_columns(client, saved):
    answer = choose(client, saved, mapping="our CRM", applied="our CRM", date_order="mdy", column__Wer="contact")

    assert chosen(answer) == {"mapping": "our CRM", "column:Wer": "contact", "date_order": "mdy"}
    assert "4 Mar 2026" in answer.text


def test_saved_columns_can_be_taken_away_again(client, saved):
    answer = client.post(
        saved,
        data={
            "action": "check", "mapping": "none", "applied": "our CRM", "date_order": "dmy", "column:Firma": "account", "column:Wer": "rep",
        },
    )  # fmt: skip

    assert chosen(answer) == {"mapping": "none"} and "as saved" not in answer.text


def test_an_upload_is_read_by_the_saved_columns_chosen_with_it(client, db, settings, saved):
    choose(client, saved, "upload", mapping="our CRM", date_order="")
    work_once(settings)

    (row,) = db.query("SELECT day, rep FROM conversations WHERE account = 'Acme'")
    assert (row["day"], row["rep"]) == ("2026-04-03", "Kim")


def test_columns_without_a_name_are_not_saved_and_the_page_says_so(client, db, waiting):
    answer = choose(client, waiting, "save", column__Wer="rep")

    assert "Give the columns a name" in answer.text and chosen(answer)["column:Wer"] == "rep"
    assert mappings.names(db) == []


def test_a_zone_that_is_none_is_told_beside_its_field(client, db, waiting):
    answer = choose(client, waiting, "try", zone="Berlin", title="April")

    assert answer.status_code == 200 and "“Berlin” is no time zone" in answer.text and 'value="April"' in answer.text
    assert jobs.unfinished(db) == []


def test_a_page_without_scripts_asks_again_at_an_address_without_a_fragment(client, waiting):
    page = choose(client, waiting, "try", title="A & B")

    refresh = unescape(page.text.split('content="5; url=')[1].split('"')[0])
    assert urlsplit(refresh).fragment == "" and refresh == page.url.raw_path.decode()


def test_what_waits_is_listed_until_it_is_uploaded(client):
    waiting = stage(client)
    assert f'href="{waiting}">n.csv</a>' in client.get("/uploads").text

    choose(client, waiting, "upload")
    assert waiting not in client.get("/uploads").text


def test_an_upload_that_waits_no_more_says_where_to_look(client):
    answer = client.get("/uploads/waiting/" + "0" * 16, headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert "they were uploaded, discarded" in answer.text and 'href="/uploads"' in answer.text


def test_the_name_given_at_first_is_kept_for_the_upload(client, db):
    assert 'value="November"' in client.get(stage(client, "November") + "?title=November").text


def test_a_table_of_more_columns_than_a_form_has_fields_by_default(client, waiting):
    columns = {f"{kind}:Column {n}": "" for n in range(900) for kind in ("column", "found")}

    assert client.post(waiting, data={"action": "check", **columns}).status_code == 200


def test_problems_of_one_kind_are_shown_together_those_not_kept_first():
    no_date = {"file": "n.csv", "reason": "No date.", "advice": "", "kept": 1}
    no_text = {"file": "n.csv", "reason": "No text.", "advice": "Fill it.", "kept": 0}

    first, second = troubles([{**no_date, "row": 2}, {**no_text, "row": 3}, {**no_date, "row": 4}])

    assert (first.reason, first.rows, second.rows) == ("No text.", (3,), (2, 4))


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ((), "–"),
        ((2,), "2"),
        ((3, 2), "2, 3"),
        ((2, 4, 5, 6), "2, 4 to 6"),
        (range(2, 40, 2), "2, 4, 6, 8, 10, 12, 14, 16 and 11 more"),
    ],
)
def test_rows_are_named_in_short(rows, named):
    assert words.rows(rows) == named


def test_files_without_columns_say_that_there_is_nothing_to_check(client):
    call = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Dana>It is too expensive.\n"
    html = client.post("/uploads", files=[("files", ("call.vtt", call))], data={"action": "check"}).text

    assert "There are no columns to check" in html and "call.vtt: 1 VTT." in html


TWICE = b"Account,Date,Notes\nAcme,2026-01-05,They said it is too expensive.\nQuill,2026-01-06,They asked for a pilot.\nAcme,2026-01-05,They said it is too expensive.\n"


def tried(client, settings, data: bytes) -> str:
    waiting = client.post("/uploads", files=[("files", ("n.csv", data, "text/csv"))], data={"action": "check"}).url.path
    page = client.post(waiting, data={"action": "try"})
    work_once(settings)
    return client.get(str(page.url)).text


def test_a_trial_says_which_rows_stand_in_the_files_twice_and_of_which_they_are_copies(client, settings):
    html = tried(client, settings, TWICE)
    table = html[html.index('id="repeated"') :].partition("</details>")[0]
    assert "n.csv, row 4" in table and "n.csv, row 2" in table and "row 3" not in table


FIRST = (
    b"Activity ID,Account,Date,Subject,Contact,Notes\nN1,Acme,2026-01-05,Intro,Ann Lee,They said it is too expensive.\n"
)
SECOND = (
    FIRST.replace(b"Ann Lee", b"Bo Reed")
    + b"N2,Quill,2026-01-06,=Demo,Kim Roe,They asked for a pilot.\nN3,Arlo,,Call,Lu Fox,It works offline?\n"
)


def test_a_trial_lists_what_would_be_new_and_what_would_change_and_all_of_it_can_be_downloaded(client, settings):
    client.post("/uploads", files=[("files", ("n.csv", FIRST, "text/csv"))])
    work_once(settings)
    waiting = client.post(
        "/uploads", files=[("files", ("m.csv", SECOND, "text/csv"))], data={"action": "check"}
    ).url.path
    page = client.post(waiting, data={"action": "try"})
    work_once(settings)
    html = client.get(str(page.url)).text
    fresh = html[html.index('id="fresh"') :].partition("</details>")[0]
    assert "What would be new (2)" in fresh and "Quill" in fresh and "m.csv, row 3" in fresh and "Acme" not in fresh
    table = client.get(f"{waiting}/coming.csv").content.decode("utf-8-sig").splitlines()
    assert table[0] == "what,account,date,kind,title,file,row,fact,before,after"
    assert sorted(line.split(",")[:2] for line in table[1:]) == [["changes", "Acme"], ["new", "Arlo"], ["new", "Quill"]]
    assert any(line.endswith("contact,Ann Lee,Bo Reed") for line in table) and not any(
        ",=Demo" in line for line in table
    )
    client.post(waiting, data={"action": "upload"})
    work_once(settings)
    assert "coming.csv" not in client.get("/uploads").text  # what a trial wrote beside the files is none of them
    assert client.get(f"{waiting}/coming.csv").status_code == 404


def test_the_page_of_an_upload_says_it_too(client, settings, db):
    client.post("/uploads", files=[("files", ("n.csv", TWICE, "text/csv"))])
    work_once(settings)
    (batch,) = db.query("SELECT max(id) AS id FROM batches")
    html = client.get(f"/uploads/{batch['id']}").text
    assert 'this upload<span class="sub">n.csv, row 2</span>' in html


def test_a_trial_is_stopped_and_its_files_stay(client, db, settings, waiting):
    page = choose(client, waiting, "try", title="April")
    assert 'value="stop"' in page.text
    stopped = choose(client, waiting, "stop", title="April")
    assert jobs.unfinished(db, "try") == [] and chosen(stopped) == {"title": "April"}
    assert not work_once(settings) and client.get(waiting).status_code == 200


def test_a_trial_that_runs_finds_itself_stopped(client, db, settings, waiting, monkeypatch):
    choose(client, waiting, "try")
    real = trial.ingest

    def reads(*paths, **options):
        choose(client, waiting, "stop")
        return real(*paths, **options)

    monkeypatch.setattr(trial, "ingest", reads)
    work_once(settings)
    (job,) = [one for one in jobs.recent(db) if one["kind"] == "try"]
    assert (job["status"], job["error"], job["result"]) == ("failed", jobs.STOPPED, {})


def test_a_text_that_is_too_long_is_told_before_it_is_read(client, monkeypatch):
    call = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Dana>It is too expensive." + b" It is." * 20
    monkeypatch.setattr("insights.formats.Limits", lambda: SimpleNamespace(record=100))
    html = client.post("/uploads", files=[("files", ("call.vtt", call))], data={"action": "check"}).text
    assert "call.vtt" in html and "This text is larger than" in html and "Split it into one file a conversation" in html


def test_the_limits_are_named_where_files_are_chosen(client):
    assert "16\u00a0MB for one text or transcript" in client.get("/uploads").text


def test_an_upload_that_is_read_is_not_said_to_be_read_while_it_is_mined(client, db):
    client.post("/uploads", files=[("files", ("n.csv", TWICE, "text/csv"))])
    assert "Reading n.csv" in client.get("/uploads").text
    with db.atomic():
        db.execute("UPDATE batches SET status = 'done' WHERE title = 'n.csv'")
    html = client.get("/uploads").text
    assert "Finding what is said in n.csv" in html and "being read" not in html


def test_what_will_not_be_read_is_named_and_not_counted_among_what_will(client):
    files = [("files", (name, data, "")) for name, data in [("n.csv", EXPORT), ("a.7z", b"7z"), ("c.vtt", b"WEBVTT\n")]]
    html = unescape(client.post("/uploads", files=files, data={"action": "check"}).text)

    assert "Files ending in '.7z' are not read. Unpack it" in html
    assert "1 table, 1 VTT." in html

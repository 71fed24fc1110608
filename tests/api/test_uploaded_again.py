"""A file that comes again: what it says anew of what was in already, and what an undo leaves because another upload holds it."""

import csv
import io
import re

import pytest

from pipelines.ingest import ingest
from pipelines.jobs import work_once
from pipelines.store import jobs, pieces
from pipelines.uploads import said_anew, set_facts
from tests.api.conftest import NOW

TWO_NOTES = "Date,Account,Notes\n2026-01-05,Acme,They said it is too expensive.\n2026-01-06,Quill,Asked for a pilot.\n"

HEAD = "Id,Account,Date,Title,Stage,Owner,Deal Size,Notes\n"
ACME = "N-1,Acme Foods,2026-01-05,First call,{stage},{owner},{size},They said it costs too much for them this year.\n"
QUILL = "N-2,Quill Dental,2026-01-07,Third call,Discovery,Ada,20,They asked for a security questionnaire and single sign-on.\n"
DEALS = "Id,Name,StageName,Amount,CloseDate,AccountId,IsWon,IsClosed\n0065g00000BBBBB,Arlo renewal,{},12000,2025-04-01,0015g00000CCCCCQAC,false,false\n"
TASKS = (
    "Id,Subject,ActivityDate,WhoId,WhatId,AccountId,Description,Type,IsTask\n"
    "00T1,Call,2025-03-03,0035g00000AAAAAQAA,0065g00000BBBBBQAB,0015g00000CCCCCQAC,Says the price is too high.,Call,true\n"
)


def export(stage: str = "Discovery", owner: str = "Ada", size: str = "10") -> str:
    return HEAD + ACME.format(stage=stage, owner=owner, size=size) + QUILL


@pytest.fixture
def send(db, tmp_path):
    def upload(text: str, name: str = "notes.csv"):
        (tmp_path / name).write_text(text)
        return ingest(db, [tmp_path / name], title=name, now=lambda: NOW)

    return upload


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def page(client, address: str) -> str:
    return words(client.get(address).text)


def section(client, number: int, name: str) -> str:
    html = client.get(f"/uploads/{number}").text
    return words(html[html.index(f'id="{name}"') :].partition("</section>")[0].partition(">")[2])


def test_facts_that_a_known_conversation_now_has_otherwise_are_told_before_and_after(empty_client, send):
    send(export())
    counts = send(export("Closed Won", "Grace")).counts
    assert (counts.added - counts.updated, counts.changed) == (0, 1)  # under another owner it is another version

    told = section(empty_client, 2, "changed")
    assert "1 conversation says something new: our person of 1, stage of 1." in told
    assert "stage: Discovery → Closed Won" in told and "our person: Ada → Grace" in told and "Third call" not in told
    assert "1 changed" in page(empty_client, "/uploads")


def test_what_was_empty_before_has_changed_too_and_a_column_bears_its_own_name(empty_client, send):
    send(export(size=""))
    send(export(size="40"))
    assert "“Deal Size”: 40 nothing before" in section(empty_client, 2, "changed")


@pytest.mark.parametrize("again", [export(), export(stage=""), export(owner="  ")], ids=["same", "silent", "blank"])
def test_what_says_nothing_new_has_changed_nothing(empty_client, send, again):
    send(export())
    assert send(again).counts.changed == 0
    assert 'id="changed"' not in empty_client.get("/uploads/2").text


def test_what_came_in_between_is_what_was_before(empty_client, send):
    send(export())
    send(export("Negotiation"))
    send(export())
    assert "stage: Negotiation → Discovery" in section(empty_client, 3, "changed")
    assert "stage: Discovery → Negotiation" in section(empty_client, 2, "changed")


def test_what_people_set_by_hand_has_not_changed(db, send):
    send(HEAD.replace("Owner", "Contact") + ACME.format(stage="Discovery", owner="Ada", size="10"))
    (one,) = db.query("SELECT id FROM conversations")
    set_facts.put(db, [one["id"]], {"contact": "Dana Hill"}, now=NOW, actor="Ada")
    assert (
        send(HEAD.replace("Owner", "Contact") + ACME.format(stage="Discovery", owner="Bo", size="10")).counts.changed
        == 0
    )


def test_a_trial_says_what_would_change_and_the_files_go_on_to_be_read(empty_client, db, settings, send):
    send(export())
    files = [("files", ("notes.csv", export("Closed Won"), "text/csv"))]
    waiting = empty_client.post("/uploads", files=files, data={"action": "check"}).url.path
    tried = empty_client.post(waiting, data={"action": "try"})
    work_once(settings)
    told = page(empty_client, f"{waiting}?{tried.url.query.decode()}")
    assert "It would change" in told and "stage: Discovery → Closed Won" in told
    assert [row["stage"] for row in db.query("SELECT stage FROM conversations WHERE account LIKE 'Acme%'")] == [
        "Discovery"
    ]


def test_a_trial_names_rows_of_few_words_that_changed_and_rows_under_another_account(empty_client, settings, send):
    few = "Owner,Account,Date,Notes\nAda,{},2025-12-06,Not now - maybe next year. Budget is frozen until Q2.\n"
    few += "Ada,{},2025-12-07,They asked for a security questionnaire and single sign-on for all of their sites.\n"
    send(few.format("Calder Coffee", "Quill Dental"))
    later = few.format("Calder Coffee", "Acme Foods").replace("Ada,Calder", "Grace,Calder")
    files = [("files", ("notes.csv", later, "text/csv"))]
    waiting = empty_client.post("/uploads", files=files, data={"action": "check"}).url.path
    tried = empty_client.post(waiting, data={"action": "try"})
    work_once(settings)
    address = f"{waiting}?{tried.url.query.decode()}"
    told = page(empty_client, address)
    links = re.findall(r'href="(/conversations/[^"]+)"', empty_client.get(address).text)
    assert links and {empty_client.get(link).status_code for link in links} == {200}
    assert "our person: Ada → Grace" in told and "account: Quill Dental → Acme Foods" in told
    send(later)
    assert "our person: Ada → Grace" in section(empty_client, 2, "changed")
    assert "account: Quill Dental → Acme Foods" in section(empty_client, 2, "moved")


def test_a_deal_that_moved_on_is_updated_not_new_and_says_whom_it_touches(empty_client, send):
    send(TASKS, "tasks.csv")
    send(DEALS.format("Discovery"), "deals.csv")
    counts = send(DEALS.format("Negotiation"), "deals.csv").counts
    assert (counts.added, counts.updated, counts.updated_records, counts.changed_records) == (1, 1, 1, 1)
    told = section(empty_client, 3, "changed")
    assert "Deal “arlo renewal” · goes to 1 conversation stage: Discovery → Negotiation" in told
    shown = page(empty_client, "/uploads/3")
    assert "0 new" in shown and "1 updated" in shown and "became" not in shown


def test_what_changed_is_a_table_to_download_too(empty_client, send):
    send(export())
    send(export("Closed Won", size="40"))
    rows = list(csv.DictReader(io.StringIO(empty_client.get("/uploads/2/changed.csv").text.lstrip("\ufeff"))))
    assert [(r["account"], r["row"], r["fact"], r["before"], r["after"]) for r in rows] == [
        ("Acme Foods", "2", "Deal Size", "10", "40"),
        ("Acme Foods", "2", "stage", "Discovery", "Closed Won"),
    ]


def test_who_sees_no_originals_is_told_how_much_changed_and_not_what(covered_client, send):
    send(export())
    send(export("Closed Won", "Grace"))
    told = section(covered_client, 2, "changed")
    assert (
        "1 conversation says something new." in told
        and "→" not in told
        and "Grace" not in told
        and "First call" not in told
    )


def test_a_summary_comes_back_from_json_as_it_was(db, send):
    send(export())
    told = said_anew.summary(db, send(export("Closed Won")).batch_id)
    assert said_anew.load(told.as_dict()) == told and told.conversations == 1


def test_an_undo_says_before_and_after_which_upload_holds_the_same_conversations(empty_client, send):
    send(export())
    send(export("Closed Won"))
    stays = "2 conversations, mails and records stay , because upload 1 brought them too; what this upload says anew of them goes."
    assert f"Takes no conversation away: other uploads hold all that it brought. {stays}" in page(
        empty_client, "/uploads/2"
    )
    assert stays in page(empty_client, "/uploads")

    after = empty_client.post("/uploads/2/undo")
    assert '<a href="/uploads/1">1</a>' in after.text
    assert "2 conversations, mails and records are still in : upload 1 brought them too" in words(after.text)


def test_what_counts_again_after_an_undo_is_read_again(empty_client, db, send):
    send(export())
    db.execute("UPDATE conversations SET analysed = content_hash || 'finder'")
    send(export(owner="Grace"))  # of the first note a later version
    db.execute("UPDATE conversations SET analysed = content_hash || 'finder' WHERE standing = ''")
    db.conn.commit()

    empty_client.post("/uploads/2/undo")
    assert len(jobs.unfinished(db, "mine")) == 1


def test_mining_follows_an_undo_that_took_something_and_none_that_took_nothing(empty_client, db, send):
    send(export())
    send(HEAD + QUILL.replace("N-2,Quill Dental", "N-3,Arlo Foods").replace("single", "simple"))
    send(export())
    db.execute("UPDATE conversations SET analysed = content_hash || 'finder'")
    db.conn.commit()

    empty_client.post("/uploads/3/undo")  # all of it is in the first
    assert jobs.unfinished(db, "mine") == []
    empty_client.post("/uploads/2/undo")  # what it founded goes too
    assert len(jobs.unfinished(db, "mine")) == 1


def test_an_undo_of_what_nobody_else_holds_says_nothing_of_others(empty_client, send):
    send(export())
    assert "Takes back 2 conversations, mails and records that only this upload brought" in page(
        empty_client, "/uploads/1"
    )
    assert "still in" not in words(empty_client.post("/uploads/1/undo").text)


def test_a_program_that_undoes_is_told_what_stays(empty_client, send):
    send(export())
    send(export())
    told = empty_client.delete("/api/v1/batches/2").json()
    assert (told["conversations_removed"], told["stayed"], told["held_by"]) == (0, 2, [1])


def test_a_row_of_the_list_is_one_while_its_upload_is_read_too(empty_client, db, send):
    """Its class was that of the page on which a conversation is read, and took the row apart."""
    send(export())
    with db.atomic():
        db.execute("UPDATE batches SET status = 'reading'")
    assert re.search(r'<tr id="batch-1"[ >]', empty_client.get("/uploads").text)


PLAIN = "Account,Date,Contact,Stage,Segment,Owner,Notes\n"
LONG = "They said that it costs too much for them this year, and that the board wants three offers before spring."
SHORT = "Too dear for them this year."


def plain(words: str, owner: str, stage: str = "Discovery", segment: str = "SMB") -> str:
    return (
        PLAIN
        + f'Acme Foods,2026-01-05,Dana Hill,{stage},{segment},{owner},"{words}"\nQuill,2026-01-07,,Demo,SMB,Ada,"They asked for single sign-on."\n'
    )


@pytest.mark.parametrize("words_said", [LONG, SHORT], ids=["long", "short"])
def test_a_row_without_a_number_that_comes_again_under_another_owner_is_updated(empty_client, db, send, words_said):
    send(plain(words_said, "Ada"))
    counts = send(plain(words_said, "Grace", "Closed Won", "Enterprise")).counts
    assert (counts.added, counts.updated, counts.changed) == (1, 1, 1)

    told = section(empty_client, 2, "changed")
    assert all(one in told for one in ("our person: Ada → Grace", "stage: Discovery → Closed Won", "SMB → Enterprise"))
    standing = {
        row["rep"]: row["standing"]
        for row in db.query("SELECT rep, standing FROM conversations WHERE account LIKE 'Acme%'")
    }
    assert standing == {"Ada": "revision", "Grace": ""}

    empty_client.post("/uploads/2/undo")
    assert {
        row["rep"]: row["standing"]
        for row in db.query("SELECT rep, standing FROM conversations WHERE account LIKE 'Acme%'")
    } == {"Ada": ""}


def test_an_owner_that_goes_back_is_told_too(empty_client, db, send):
    send(plain(LONG, "Ada"))
    send(plain(LONG, "Grace"))
    assert send(plain(LONG, "Ada")).counts.changed == 1
    assert "our person: Grace → Ada" in section(empty_client, 3, "changed")
    assert [
        row["rep"] for row in db.query("SELECT rep FROM conversations WHERE account LIKE 'Acme%' AND standing = ''")
    ] == ["Ada"]


@pytest.mark.parametrize(
    "again", [plain(SHORT, "Grace").replace("2026-01-05", "2026-01-06"), plain(SHORT, "Grace").replace("Dana Hill", ""), plain(SHORT, "Grace").replace("Dana Hill", "Max Stone")],
    ids=["another day", "no buyer", "another buyer"],
)  # fmt: skip
def test_a_few_words_of_another_owner_elsewhere_are_another_conversation(db, send, again):
    send(plain(SHORT, "Ada"))
    send(again, "other.csv")
    assert {row["standing"] for row in db.query("SELECT standing FROM conversations WHERE account LIKE 'Acme%'")} == {
        ""
    }
    assert db.execute("SELECT count(*) FROM conversations WHERE account LIKE 'Acme%'").fetchone()[0] == 2


def test_two_colleagues_notes_of_the_same_words_in_one_file_stay_two(db, send):
    both = plain(SHORT, "Ada") + plain(SHORT, "Grace").partition("\n")[2].partition("\n")[0] + "\n"
    send(both)
    send(both)
    assert [row["standing"] for row in db.query("SELECT standing FROM conversations WHERE account LIKE 'Acme%'")] == [
        "",
        "",
    ]


def test_a_later_file_that_knows_less_of_when_does_not_count(db, send):
    send(plain(LONG, "Ada"))
    send(plain(LONG, "Grace").replace("2026-01-05", ""))
    assert [
        row["rep"] for row in db.query("SELECT rep FROM conversations WHERE account LIKE 'Acme%' AND standing = ''")
    ] == ["Ada"]


def counting(db) -> dict[str, str]:
    return {
        row["account"]: row["standing"]
        for row in db.query("SELECT account, standing FROM conversations WHERE account LIKE 'Acme%'")
    }


def test_rows_under_another_account_are_told_and_counted_once_by_one_button_with_its_undo(empty_client, db, send):
    send(plain(LONG, "Ada"))
    send(plain(LONG, "Ada").replace("Acme Foods", "Acme Fruit"))
    told = section(empty_client, 2, "moved")
    assert "account: Acme Foods → Acme Fruit" in told and "1 row has the words" in told
    assert counting(db) == {"Acme Foods": "", "Acme Fruit": ""}

    empty_client.post("/uploads/2/moved", data={"act": "take"})
    assert counting(db) == {"Acme Foods": "revision", "Acme Fruit": ""}
    assert "1 row counts under the account told here" in section(empty_client, 2, "moved")

    empty_client.post("/uploads/2/moved", data={"act": "leave"})
    assert counting(db) == {"Acme Foods": "", "Acme Fruit": ""}


def test_an_undo_of_the_upload_takes_back_what_was_said_of_its_accounts(empty_client, db, send):
    send(plain(LONG, "Ada"))
    send(plain(LONG, "Ada").replace("Acme Foods", "Acme Fruit"))
    empty_client.post("/uploads/2/moved", data={"act": "take"})
    empty_client.post("/uploads/2/undo")
    assert counting(db) == {"Acme Foods": ""}


@pytest.mark.parametrize(
    "again",
    [plain(LONG, "Ada") + "Acme Fruit,2026-01-05,,,,Ada,\"" + LONG + "\"\n", plain(LONG, "Ada").replace("Acme Foods,2026-01-05", "Acme Fruit,2026-01-06")],
    ids=["the old row stands there still", "another day"],
)  # fmt: skip
def test_what_may_well_be_another_conversation_is_not_told(empty_client, db, send, again):
    send(plain(LONG, "Ada"))
    send(again)
    assert 'id="moved"' not in empty_client.get("/uploads/2").text


def test_a_form_that_many_rows_are_written_by_is_not_looked_at_pair_by_pair(db, send, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_ALIKE", 3)
    send(plain(LONG, "Ada") + "".join(f'Form {n} Ltd,2026-01-05,,,,Ada,"{LONG}"\n' for n in range(2)))
    send(plain(LONG, "Ada").replace("Acme Foods", "Acme Fruit"))
    assert pieces.moved(db, 2) == []
    monkeypatch.setattr(pieces, "MOST_ALIKE", 50)
    assert len(pieces.moved(db, 2)) == 3


def test_rows_of_the_same_day_are_not_looked_at_for_every_row(db, send):
    def rows(suffix: str) -> str:
        said = (f"{LONG} That is thing number {n} of ours." for n in range(60))
        return plain(LONG, "Ada") + "".join(
            f'Firm {n}{suffix},2026-01-05,,,,Ada,"{text}"\n' for n, text in enumerate(said)
        )

    send(rows(""))
    send(rows(" Holding"))
    steps: list[int] = []
    db.conn.set_progress_handler(lambda: steps.append(1), 100)
    found = pieces.moved(db, 2)
    db.conn.set_progress_handler(None, 0)

    assert len(found) == 60
    assert len(steps) * 100 < 60 * 400  # instructions of SQLite; from the day it was 60 times 120 conversations


def test_who_took_an_upload_back_and_who_brought_it_again_is_told(client, settings, db):
    """The page, the list and the interface said only that it was undone."""
    sent = lambda: client.post("/api/v1/batches", files={"files": ("n.csv", TWO_NOTES)}).json()["batch"]  # noqa: E731
    first = sent()
    while work_once(settings):
        pass
    client.delete(f"/api/v1/batches/{first}")

    told = client.get(f"/api/v1/batches/{first}").json()
    assert (told["by"], told["undone_by"], told["brought_again"]) == ("api", "api", []) and told["undone_at"]
    shown = client.get(f"/uploads/{first}").text
    assert "by <bdi>a program</bdi>" in shown.partition("Undone</strong>")[2][:200]

    again = sent()
    while work_once(settings):
        pass
    assert client.get(f"/api/v1/batches/{first}").json()["brought_again"] == [again]
    shown = client.get(f"/uploads/{first}").text
    assert f'What went with it is in again: <a href="/uploads/{again}">' in shown
    row = client.get("/uploads").text.partition(f'id="batch-{first}"')[2].partition("</tr>")[0]
    assert "· undone <time" in row and "by <bdi>a program</bdi>" in row


def test_who_brought_again_one_file_of_an_upload_of_many_is_told(client, settings):
    notes = "Date,Account,Notes\n" + "".join(
        f"2026-01-{day:02},Acme {day},They said it is too expensive.\n" for day in range(1, 31)
    )
    deals = "Opportunity Name,Account Name,Stage,Opportunity ID\nAcme renewal,Acme 1,Demo,0065e00000000ABAAA\n"

    def sent(*files):
        parts = [("files", (name, text)) for name, text in files]
        batch = client.post("/api/v1/batches", files=parts).json()["batch"]
        while work_once(settings):
            pass
        return batch

    first = sent(("n.csv", notes), ("d.csv", deals))
    client.delete(f"/api/v1/batches/{first}")
    again = sent(("d.csv", deals))
    assert client.get(f"/api/v1/batches/{first}").json()["brought_again"] == [again]

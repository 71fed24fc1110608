"""Digests at every door, and in the worker: due once, told once, and what became of every message is known."""

import json
import re
import shutil
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from insights import wording
from insights.schedules import Schedule
from pipelines.jobs import work_once
from pipelines.settings import Settings
from pipelines.store import connect, jobs
from pipelines.store import digests as store
from pipelines.store.filters import Filters
from pipelines.teams import digest_content, digest_plans, digests, letters, sending
from pipelines.teams.digest_plans import BadDigest, Plan

MONDAY = datetime(2026, 3, 16, 8, tzinfo=UTC)
SUNDAY = MONDAY - timedelta(days=1)
WEEKLY = Plan("What changed", schedule=Schedule("week", 0, 8, "UTC"), mails=("kim@reader.example",))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def box(monkeypatch) -> list:
    """Where messages go instead of the network: the only thing that is replaced, at the rim. An exception in `box.errors`
    is raised instead of taking the next message."""

    class Box(list):
        errors: list = []  # noqa: RUF012

    taken = Box()
    taken.errors = []

    def take(message) -> None:
        if taken.errors:
            raise taken.errors.pop(0)
        taken.append(message)

    monkeypatch.setattr(sending, "mail", lambda message, url: take(message))
    monkeypatch.setattr(sending, "webhook", lambda url, payload, **rest: take(payload))
    return taken


@pytest.fixture
def filled(db, company) -> None:
    """As many conversations as make the rise of price certain among all kinds of theme together."""
    company(db, count=180)


@pytest.fixture
def ready(settings) -> Settings:
    return settings.model_copy(
        update={
            "smtp_url": SecretStr("smtp://localhost"),
            "mail_from": "p@parley.example",
            "public_url": "https://parley.example",
        }
    )


def set_up(db, plan: Plan = WEEKLY, now: datetime = SUNDAY):
    return digests.save(db, plan, now=now, actor="web page")


def work(db, settings, now: datetime) -> int:
    """What the worker does: queue what is due, then run the jobs. How many it ran."""
    digests.queue(db, now=now)
    ran = 0
    for job in jobs.unfinished(db, "digest"):
        digests.work_off(db, job["arguments"]["run"], settings, now=now)
        jobs.finish(db, job["id"], result={}, now=now.isoformat())
        ran += 1
    return ran


def states(db, digest) -> list[str]:
    return [one.status for _, found in store.runs(db, digest.id) for one in found]


def text(message) -> str:
    return message.get_body(("plain",)).get_content()


def test_a_digest_is_sent_when_it_is_due_and_not_before(db, filled, ready, box):
    digest = set_up(db)
    assert work(db, ready, MONDAY - MINUTE) == 0 and box == []
    assert work(db, ready, MONDAY) == 1 and work(db, ready, MONDAY + MINUTE) == 0
    (mail,) = box
    assert mail["To"] == "kim@reader.example" and re.search(r"What changed: \d change", mail["Subject"])
    assert "“Too expensive this year”" in text(mail) and "https://parley.example/themes/" in text(mail)
    assert states(db, digest) == ["sent"]


def test_it_tells_at_most_five_changes_and_quotes_by_role_not_by_account(db, filled, ready, box):
    set_up(db)
    work(db, ready, MONDAY)
    assert text(box[0]).count("https://parley.example/themes/") <= 5
    assert "It is more than we can spend this year" in text(box[0])
    assert ("Account " not in text(box[0]) and "mid-market" in text(box[0])) or "enterprise" in text(box[0])


@pytest.mark.parametrize(
    ("quotes", "quoted", "named"), [("none", False, False), ("role", True, False), ("account", True, True)]
)
def test_quotes_are_told_as_wanted(db, filled, ready, box, quotes, quoted, named):
    set_up(db, Plan("X", mails=("a@b.example",), quotes=quotes))
    work(db, ready, MONDAY)
    assert ("It is more than we can spend this year" in text(box[0])) is quoted
    assert ("Account " in text(box[0])) is named


def test_what_was_told_is_not_told_again_unless_asked_for(db, filled, ready, box):
    digest = set_up(db)
    always = set_up(db, Plan("Always", mails=("a@b.example",), only_changes=False))
    for week in range(3):
        work(db, ready, MONDAY + timedelta(weeks=week))
    assert [mail["To"] for mail in box].count("kim@reader.example") == 1
    assert [mail["To"] for mail in box].count("a@b.example") == 3 and always
    assert [run.status for run, _ in store.runs(db, digest.id)] == ["quiet", "quiet", "ready"]


def test_what_is_new_stands_first_and_is_marked(db, filled, ready, box):
    digest = set_up(db, Plan("X", mails=("a@b.example",), only_changes=False))
    work(db, ready, MONDAY)
    (run, _), *_ = store.runs(db, digest.id)
    changed = run.content | {
        "changes": [{**change, "key": "objection:999:rising:"} for change in run.content["changes"]],
        "told": [],
    }
    db.execute("UPDATE digest_runs SET content = ?", [json.dumps(changed)])
    work(db, ready, MONDAY + timedelta(weeks=1))
    assert "New: " not in text(box[0]) and "1. New: " in text(box[1])


def test_a_server_that_slept_over_three_due_times_sends_one(db, filled, ready, box):
    digest = set_up(db)
    assert work(db, ready, MONDAY + timedelta(weeks=2, hours=5)) == 1
    ((run, _),) = store.runs(db, digest.id)
    assert run.due_at == (MONDAY + timedelta(weeks=2)).isoformat() and len(box) == 1
    assert digests.get(db, digest.id).next_due == (MONDAY + timedelta(weeks=3)).isoformat()


def test_two_workers_send_it_once(db, filled, ready, box, settings):
    digest = set_up(db, Plan("X", mails=tuple(f"p{n}@reader.example" for n in range(6))))
    barrier = threading.Barrier(4)

    def worker() -> None:
        with closing(connect(settings.database_file)) as own:
            barrier.wait()
            digests.queue(own, now=MONDAY)
            for job in jobs.unfinished(own, "digest"):
                digests.work_off(own, job["arguments"]["run"], ready, now=MONDAY)

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(mail["To"] for mail in box) == [f"p{n}@reader.example" for n in range(6)]
    assert states(db, digest) == ["sent"] * 6 and len(store.runs(db, digest.id)) == 1
    assert len(jobs.unfinished(db, "digest")) == 1


def test_killed_before_the_job_was_made_it_is_made_later(db, filled, ready, box):
    digest = set_up(db)
    row = store.get(db, digest.id)
    store.move_on(db, row, next_due=(MONDAY + timedelta(weeks=1)).isoformat())
    store.add_run(db, digest.id, due_at=MONDAY.isoformat(), asked="", now=MONDAY.isoformat())
    assert work(db, ready, MONDAY + MINUTE) == 1 and len(box) == 1


def test_killed_while_sending_it_is_not_sent_twice_and_the_history_says_so(db, filled, ready, box):
    digest = set_up(db)
    box.errors.append(KeyboardInterrupt())  # nothing of ours catches it, like a kill
    with pytest.raises(KeyboardInterrupt):
        work(db, ready, MONDAY)
    assert states(db, digest) == ["sending"]
    work(db, ready, MONDAY + MINUTE)
    work(db, ready, MONDAY + 10 * MINUTE)
    assert states(db, digest) == ["unknown"] and box == []
    ((_, (delivery,)),) = store.runs(db, digest.id)
    assert "It may have arrived" in delivery.reason


def test_a_refusal_is_tried_again_ever_later_and_then_given_up(db, filled, ready, box):
    digest = set_up(db)
    box.errors += [sending.Refused("busy", again=True) for _ in range(9)]
    tried = [n for n in range(400) if work(db, ready, MONDAY + n * MINUTE)]
    assert tried == [0, 1, 6, 36, 156]
    assert states(db, digest) == ["failed"] and len(box.errors) == 4


def test_a_refusal_that_is_over_sends_what_was_to_be_said_then(db, filled, ready, box):
    digest = set_up(db)
    box.errors.append(sending.Refused("busy", again=True))
    work(db, ready, MONDAY)
    work(db, ready, MONDAY + MINUTE)
    assert states(db, digest) == ["sent"] and len(box) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [(sending.Refused("no such person", again=False), "failed"), (sending.Unclear("no answer"), "unknown")],
)
def test_what_will_not_help_is_not_tried_again(db, filled, ready, box, error, state):
    digest = set_up(db)
    box.errors.append(error)
    for n in range(5):
        work(db, ready, MONDAY + n * MINUTE)
    assert states(db, digest) == [state] and box == []


def test_one_address_that_fails_does_not_keep_the_others_from_theirs(db, filled, ready, box):
    digest = set_up(db, Plan("X", mails=("a@b.example", "c@d.example"), webhook="https://hooks.example/T1/secret"))
    box.errors.append(sending.Refused("no", again=False))
    work(db, ready, MONDAY)
    assert states(db, digest) == ["failed", "sent", "sent"] and len(box) == 2


def test_paused_and_removed_digests_send_nothing_and_make_up_for_nothing(db, filled, ready, box):
    digest = set_up(db)
    digests.set_status(db, digest.id, "paused", now=SUNDAY)
    assert work(db, ready, MONDAY) == 0
    digests.set_status(db, digest.id, "active", now=MONDAY + MINUTE)
    assert work(db, ready, MONDAY + 2 * MINUTE) == 0
    assert work(db, ready, MONDAY + timedelta(weeks=1)) == 1 and len(box) == 1


def test_what_waits_for_a_retry_is_not_sent_once_the_digest_is_removed(db, filled, ready, box):
    digest = set_up(db)
    box.errors.append(sending.Refused("busy", again=True))
    work(db, ready, MONDAY)
    digests.set_status(db, digest.id, "removed", now=MONDAY)
    work(db, ready, MONDAY + 5 * MINUTE)
    assert box == [] and states(db, digest) == ["failed"]


def test_no_customers_word_and_no_password_is_stored_with_a_run(db, filled, ready, box):
    set_up(db)
    work(db, ready, MONDAY)
    (row,) = db.query("SELECT content FROM digest_runs")
    assert "more than we can spend" not in row["content"]


def test_an_empty_database_sends_nothing(db, ready, box):
    digest = set_up(db)
    work(db, ready, MONDAY)
    assert box == [] and [run.status for run, _ in store.runs(db, digest.id)] == ["quiet"]


def test_the_worker_itself_sends_what_is_due(db, filled, ready, box):
    digest = set_up(db, now=datetime.now(UTC) - timedelta(days=8))
    assert work_once(ready)
    assert states(db, digest) == ["sent"]
    assert not work_once(ready)


def test_a_digest_whose_making_fails_is_told_and_not_tried_for_ever(db, filled, ready, box):
    digest = set_up(db, now=datetime.now(UTC) - timedelta(days=8))
    db.execute("UPDATE digests SET plan = json_set(plan, '$.filters', json('{\"persona\": 3}'))")
    work_once(ready)
    assert not work_once(ready)
    assert [run.status for run, _ in store.runs(db, digest.id)] == ["failed"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": ""}, "Give the digest a title"), ({"mails": (), "webhook": ""}, "to whom it goes"),
        ({"mails": ("kim",)}, "no mail address"), ({"mails": ("a@b.example\r\nBcc: x@y.example",)}, "no mail address"),
        ({"webhook": "ftp://x.example"}, "begins with https://"), ({"webhook": "http://u:p@x.example"}, "no user name"),
        ({"schedule": Schedule("week", 9, 8)}, "Weekdays"), ({"mails": tuple(f"a{n}@b.example" for n in range(21))}, "more than the 20"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_up_is_told(db, change, says):
    values = {"title": "X", "mails": ("a@b.example",), **change}
    with pytest.raises(BadDigest, match=re.escape(says)):
        digests.save(db, Plan(**values), now=SUNDAY, actor="api")


BODY = {
    "title": "What changed",
    "mails": ["kim@reader.example"],
    "schedule": {"every": "week", "day": 0, "hour": 8, "zone": "Europe/Berlin"},
}
HOOK = "https://hooks.example/services/T1/very-secret"


def shown(client, path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def test_over_http_a_digest_is_previewed_set_up_changed_sent_paused_and_removed(client):
    letter = client.post("/api/v1/digests/preview", json=BODY).json()
    assert letter["subject"].startswith("What changed: ") and letter["payload"]["changes"]
    made = client.post("/api/v1/digests", json=BODY).json()
    place = f"/api/v1/digests/{made['id']}"
    changed = client.put(place, json={**BODY, "title": "Other", "version": 1}).json()
    assert (changed["title"], changed["version"]) == ("Other", 2)
    assert client.put(place, json={**BODY, "version": 1}).status_code == 409
    assert client.post(f"{place}/send").status_code == 202
    assert [run["status"] for run in client.get(f"{place}/runs").json()] == ["waiting"]
    assert client.post(f"{place}/pause").json()["status"] == "paused"
    assert client.delete(place).status_code == 204 and client.get("/api/v1/digests").json() == []
    assert client.post(f"{place}/resume").json()["status"] == "active"


def test_the_address_of_a_webhook_is_told_nowhere_again_and_stays_when_left_out(client, db):
    made = client.post("/api/v1/digests", json={**BODY, "webhook": HOOK}).json()
    place = f"/reports/saved/digests/{made['id']}"
    client.put(f"/api/v1/digests/{made['id']}", json=BODY)
    form = {
        "title": "Changed",
        "mails": "a@b.example",
        "weekday": "0",
        "hour": "8",
        "zone": "UTC",
        "webhook": "",
        "version": "2",
    }
    client.post(place, data=form)
    assert digests.get(db, made["id"]).plan.webhook == HOOK
    assert digests.get(db, made["id"]).plan.title == "Changed"
    seen = shown(client, place) + shown(client, "/reports/saved/digests") + client.get("/api/v1/digests").text
    assert "very-secret" not in seen and "https://hooks.example/…" in seen
    client.post(place, data=form | {"no_webhook": "yes", "version": "3"})
    assert digests.get(db, made["id"]).plan.webhook == ""


def test_the_form_previews_exactly_what_is_sent_and_keeps_what_was_entered(client, settings, db, ready, box):
    form = {
        "title": "Weekly",
        "mails": "kim@reader.example",
        "kinds": ["objection"],
        "persona": "finance",
        "weekday": "2",
        "hour": "7",
        "zone": "Asia/Tokyo",
    }
    page = unescape(client.post("/reports/saved/digests/preview", data=form, headers={"Accept": "text/html"}).text)
    assert "What would be sent now" in page and 'value="Asia/Tokyo"' in page and "Persona: Finance" in page
    made = client.post("/reports/saved/digests", data=form, follow_redirects=False)
    assert made.status_code == 303 and "Every Wednesday at 7:00, Asia/Tokyo" in shown(client, made.headers["location"])
    (digest,) = digests.every(db)
    assert digest.plan.filters == {"persona": "finance"} and digest.plan.kinds == ("objection",)


def test_a_preview_needs_nobody_it_goes_to_and_no_title(client, db, ready, box):
    form = {"title": "", "mails": "", "weekday": "0", "hour": "8", "zone": "UTC"}
    answer = client.post("/reports/saved/digests/preview", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 200 and "What would be sent now" in answer.text and "Say to whom" not in answer.text
    letter = client.post("/api/v1/digests/preview", json={"title": "Weekly"}).json()
    assert letter["subject"].startswith("Weekly: ")


def test_what_is_missing_stands_at_its_field(client, db):
    form = {"title": "", "mails": "no address", "weekday": "0", "hour": "8", "zone": "UTC"}
    page = unescape(client.post("/reports/saved/digests", data=form, headers={"Accept": "text/html"}).text)
    title, mails = page.index('name="title"'), page.index('name="mails"')
    assert title < page.index("Give the digest a title") < mails < page.index("“no address” is no mail address")
    assert page.count('aria-invalid="true"') == 2


def test_the_preview_is_what_is_sent(client, db, ready, box):
    digest = set_up(db, Plan("Weekly", mails=("kim@reader.example",)))
    seen = digests.preview(db, digest.plan, ready, now=MONDAY, actor="who changes it", digest_id=digest.id)
    work(db, ready, MONDAY)
    sent = text(box[0]).replace("\r\n", "\n")
    assert sent.strip() == letters.text(seen).strip()


@pytest.mark.parametrize(
    ("later", "says"),
    [(timedelta(0), ""), (timedelta(days=40), " days ago"), (timedelta(days=340), "11 months ago")],
)
def test_a_digest_says_how_old_the_newest_conversation_is(db, filled, ready, later, says):
    letter = digests.preview(db, WEEKLY, ready, now=MONDAY + later, actor="Ada")
    until = (MONDAY + later).date().isoformat()
    newest = db.execute("SELECT max(day) FROM conversations WHERE day <= ?", [until]).fetchone()[0]
    assert f"as of {wording.day(newest)}." in letter.about
    assert says in letter.about and ("since is not in here" in letter.about) == bool(says)
    assert letter.about in letters.text(letter)


def test_without_a_mail_server_nothing_is_offered_to_be_sent_and_the_digest_can_be_copied_and_downloaded(client, db):
    place = f"/reports/saved/digests/{set_up(db).id}"
    page = shown(client, place)
    assert "Send now" not in page and "no mail server is set" in page and "/settings/health#where" in page
    seen = shown(client, f"{place}/preview")
    assert "What would be sent now" in seen and "data-copy=" in seen
    told = re.search(r'download="digest.txt" href="data:text/plain;charset=utf-8,([^"]+)"', seen)[1]
    assert "as of" in unquote(told)


@pytest.mark.parametrize(
    "form",
    [
        {"title": ""}, {"title": "X", "mails": "no address"}, {"title": "X", "mails": "a@b.example", "zone": "Mars"},
        {"title": "X", "mails": "a@b.example", "weekday": "x"}, {"title": "X", "mails": "a@b.example", "colour": "red"},
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_saved_says_why_and_keeps_what_was_entered(client, db, form):
    answer = client.post("/reports/saved/digests", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert form["title"] == "" or 'value="X"' in answer.text
    assert digests.every(db) == []


def test_pages_say_that_nothing_leaves_unless_a_digest_is_set_up_and_what_is_missing(client, empty_client):
    page = shown(empty_client, "/reports/saved/digests")
    assert (
        "talks to no other machine unless" in page
        and "No mail can be sent yet" in page
        and "open only on this machine" in page
        and "PARLEY_" not in page
    )


def test_a_removed_digest_is_brought_back_from_its_page(client, db):
    digest = set_up(db)
    place = f"/reports/saved/digests/{digest.id}"
    gone = client.post(f"{place}/remove", headers={"Accept": "text/html"})
    assert "is removed." in gone.text
    client.post(f"{place}/resume")
    assert digests.get(db, digest.id).status == "active"


def test_on_the_terminal_a_digest_is_set_up_and_its_failure_is_told(client, settings, tmp_path, parley):
    shutil.copytree(settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("home"))
    assert "Subject: X: " in parley("digests", "preview", "X").stdout
    made = parley(
        "digests", "add", "X", "--mail", "a@b.example", "--zone", "Europe/Berlin", "--filter", "persona=finance"
    )
    assert "Every Monday at 8:00, Europe/Berlin" in made.stdout
    sent = parley("digests", "send", "1")
    assert sent.returncode == 3 and "PARLEY_MAIL_FROM" in sent.stdout
    assert "failed" in parley("digests", "history", "1").stdout
    assert "paused" in parley("digests", "pause", "1").stdout
    assert parley("digests", "add", "X", "--filter", "colour=red", "--mail", "a@b.example").returncode == 2
    assert parley("digests", "send", "9").returncode == 1


# Two groups side by side, and the windows of a report.

SIDES = {"this": "segment:enterprise", "that": "segment:mid-market", "over": "all"}


@pytest.fixture
def apart(db) -> None:
    """Enterprise asks where data is kept; nobody else does any more."""
    db.execute("""DELETE FROM insights WHERE kind = 'question' AND conversation_id IN
        (SELECT conversation_id FROM conversation_fields WHERE name = 'segment' AND value = 'mid-market')""")


def test_two_groups_come_by_mail_with_what_differs_between_them_once(db, filled, apart, ready, box):
    set_up(db, Plan("Segments", ("question",), mails=WEEKLY.mails, **SIDES))
    work(db, ready, MONDAY)
    (message,) = box
    said = " ".join(text(message).split())
    assert message["Subject"] == "Segments: 1 difference"
    assert re.search(
        r"is heard more in enterprise than in mid-market: in 60 of 90 conversations \(67 %.* against 0 of 90", said
    )
    assert "this=segment%3Aenterprise&that=segment%3Amid-market&over=all#against" in said
    assert "enterprise against mid-market, in all conversations" in said
    work(db, ready, MONDAY + timedelta(days=7))
    assert len(box) == 1


def test_the_surest_difference_comes_first_whatever_its_kind_and_leads_to_its_own_window(db, filled, apart):
    db.execute("""DELETE FROM insights WHERE kind = 'objection' AND conversation_id IN (SELECT conversation_id
        FROM conversation_fields WHERE name = 'segment' AND value = 'mid-market') AND rowid % 3""")
    asked = {"this": SIDES["this"], "that": SIDES["that"], "kinds": ("objection", "question"),
        "today": MONDAY.date(), "days": 182}  # fmt: skip
    found = digest_content.differences(db, Filters(), whole=False, **asked)
    assert [one.key.split(":")[1] for one in found][:2] == ["question", "objection"]
    assert all("&days=182#against" in one.path for one in found)


def test_groups_that_do_not_differ_say_so(client, db):
    body = {"title": "x", "kinds": ["question"], **SIDES}
    letter = client.post("/api/v1/digests/preview", json=body).json()
    assert (
        letter["subject"] == "x: no difference" and "Nothing differs between the two beyond chance." in letter["text"]
    )


def test_a_comparison_leads_to_a_digest_that_holds_it_and_can_drop_it(client, db, apart):
    report = unescape(client.get("/reports/questions", params=SIDES | {"days": "91"}).text)
    address = re.search(r'href="(/reports/saved/digests\?[^"]*this=[^"]*)"', report)[1].partition("#")[0]
    page = unescape(client.get(address).text)
    assert 'name="this" value="segment:enterprise"' in page and 'value="enterprise against mid-market"' in page
    form = {
        "title": "Segments",
        "kinds": "question",
        "mails": "kim@reader.example",
        "every": "week",
        "weekday": "0",
        **SIDES,
    }
    assert client.post("/reports/saved/digests", data=form).status_code == 200
    assert digests.every(db)[0].plan.over == "all"
    assert client.post("/reports/saved/digests", data=form | {"over": "off", "days": "91"}).status_code == 200
    assert {(one.plan.this, one.plan.days) for one in digests.every(db)} == {(SIDES["this"], ""), ("", "91")}


@pytest.mark.parametrize(
    "change",
    [
        {"that": "persona:finance"},
        {"that": "segment:enterprise"},
        {"that": ""},
        {"this": "label:price", "that": "label:budget"},
        {"this": "theme:1", "that": "theme:2"},
        {"this": "published:2026-01-01", "that": "published:2026-02-01"},
    ],
)
def test_groups_that_cannot_be_compared_are_refused(change):
    with pytest.raises(BadDigest, match="two groups of one field"):
        digest_plans.check(Plan("x", mails=WEEKLY.mails, **(SIDES | change)))


@pytest.mark.parametrize("days", ["0", "soon", "99999"])
def test_windows_that_are_none_are_refused(days):
    with pytest.raises(BadDigest, match="calendar quarters"):
        digest_plans.check(Plan("x", mails=WEEKLY.mails, days=days))


def test_a_digest_compares_the_windows_that_were_chosen(client, db):
    body = {"title": "x", "kinds": ["objection"]}
    short, whole = (client.post("/api/v1/digests/preview", json=body | {"days": days}).json() for days in ("30", ""))
    assert "30 days with 30 before" in short["text"] and "before" not in whole["text"].splitlines()[0]
    assert short["text"].partition("\n")[2] != whole["text"].partition("\n")[2]


def test_a_digest_looks_at_the_latest_weeks_whatever_day_a_report_was_looked_at(client, db):
    """A day as of which a report is shown made the request see that day alone: it failed, or found nothing it wrote."""
    form = {"title": "x", "mails": "kim@reader.example"}
    assert client.post("/reports/saved/digests", data=form | {"published": "2026-02-01"}).status_code == 200
    assert not digests.every(db)[0].plan.filters
    sides = {"this": "published:2026-01-01", "that": "published:2026-02-01"}
    assert client.post("/api/v1/digests/preview", json={"title": "x", **sides}).status_code == 422

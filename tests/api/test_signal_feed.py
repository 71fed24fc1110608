"""What changed of signals: noted once, replayed to the table, posted until it was taken."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from insights.records import Conversation, CrmRecord, Insight, Utterance, stable_id
from pipelines.sales import signals
from pipelines.sales.signals import BadSignal
from pipelines.store import conversations, crm, insights, signal_rows
from pipelines.store.filters import Filters
from pipelines.teams import sending
from pipelines.uploads import settle
from tests.pipelines.test_sending import web_server

TODAY = date(2026, 3, 20)
NOW = "2026-03-20T09:00:00+00:00"
LATER = datetime(2026, 3, 20, 10, tzinfo=UTC)


@pytest.fixture
def ask(db):
    """A function that stores a conversation of Acme in which something was asked."""

    def run(day: str, follow_up: str = "open", account: str = "Acme", keys: tuple[str, ...] = ()) -> str:
        text = "Where is our data kept?"
        turn = Utterance("Dana Hill", "buyer", "verbatim", text)
        conversation = Conversation(
            id=stable_id("call", account, day), kind="call", title="Call", occurred_at=day, account=account, utterances=(turn,), keys=keys,
        )  # fmt: skip
        with db.atomic():
            settle.write(db, [conversation], settle.knowledge(db))
            (stored,) = conversations.utterances(db, conversation.id)
            found = Insight("question", 0, len(text), text, "security", 0.9, follow_up=follow_up)
            insights.replace(db, conversation.id, [(stored.id, text, found)])
        return conversation.id

    return run


def note(db) -> list[str]:
    before = signal_rows.newest(db)
    signals.note_changes(db, today=TODAY, now=NOW)
    return [one.change for one in signal_rows.events(db, after=before, limit=100)]


def test_what_changed_is_noted_once(db, ask):
    told = []
    for day, follow_up in (("2026-03-02", "open"), ("2026-03-09", "open"), ("2026-03-16", "answered")):
        ask(day, follow_up)
        told += [note(db), note(db)]
    assert told == [["appeared"], [], ["changed"], [], ["closed"], []]


def test_what_is_taken_away_again_is_withdrawn_and_comes_back_as_new(db, ask):
    conversation = ask("2026-03-02")
    told = [note(db)]
    with db.atomic():
        conversations.remove(db, [conversation])
    told.append(note(db))
    ask("2026-03-02")
    told.append(note(db))
    assert told == [["appeared"], ["withdrawn"], ["appeared"]]


def test_replaying_the_feed_gives_the_table(db, filled):
    note(db)
    table: dict[str, dict] = {}
    for one in signal_rows.events(db, limit=10_000):
        table[one.signal_id] = one.content
    report = signals.signals(db, Filters(), today=TODAY)
    known = {one.id: signals.content(one, report.known) for one in report.open}
    assert {key: told for key, told in table.items() if told["open"]} == json.loads(json.dumps(known))


def test_the_crms_id_of_an_account_goes_out_with_its_signals_and_a_new_one_is_a_change(db, ask):
    ask("2026-03-02")
    told = [note(db)]
    ask("2026-03-02", keys=("id:account:k-1", "as:account:K-1"))
    told.append(note(db))
    assert [*told, note(db)] == [["appeared"], ["changed"], []]
    assert [one.content["crm_account_id"] for one in signal_rows.events(db)] == ["", "K-1"]


def test_a_crm_export_that_comes_later_gives_its_ids_to_signals_too(db, ask):
    ask("2026-03-02")
    told = [note(db)]
    with db.atomic():
        crm.add(db, [CrmRecord("account", ("id:account:55", "account:acme"), {"account": "Acme"})])
    assert [*told, note(db), note(db)] == [["appeared"], ["changed"], []]


def test_events_from_before_there_were_ids_are_no_change(db, ask):
    ask("2026-03-02")
    note(db)
    with db.atomic():
        db.execute("UPDATE signal_events SET content = json_remove(content, '$.crm_account_id')")
    ask("2026-03-01", account="Other")
    assert note(db) == ["appeared"]


def test_no_customers_words_are_noted(db, ask):
    ask("2026-03-02")
    note(db)
    (event,) = signal_rows.events(db)
    assert "data kept" not in json.dumps(event.content) and event.content["account"] == "Acme"


@contextmanager
def receiving(**how):
    asked: list = []
    server = web_server(asked, **how)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_changes_is_posted_signed_and_once(db, ask):
    with receiving() as (url, asked):
        signals.add_hook(db, url, now=NOW, actor="test")
        ask("2026-03-02")
        note(db)
        assert [signals.send(db, now=LATER), signals.send(db, now=LATER)] == [1, 0]
    ((_, headers, body),) = asked
    assert headers[sending.DELIVERY] == "signals-1-1-1" and sending.SIGNATURE in headers
    assert [one["change"] for one in json.loads(body)["events"]] == ["appeared"]


def test_what_was_refused_is_posted_again_later_under_the_same_key(db, ask):
    with receiving(status=503) as (url, asked):
        signals.add_hook(db, url, now=NOW, actor="test")
        ask("2026-03-02")
        note(db)
        signals.send(db, now=LATER)
        signals.send(db, now=LATER)
        signals.send(db, now=LATER + timedelta(minutes=2))
    assert [headers[sending.DELIVERY] for _, headers, _ in asked] == ["signals-1-1-1"] * 2
    (hook,) = signal_rows.hooks(db)
    assert (hook.position, hook.tries, hook.status) == (0, 2, "active")


def test_an_address_that_says_no_for_good_is_paused(db, ask):
    with receiving(status=410) as (url, _):
        signals.add_hook(db, url, now=NOW, actor="test")
        ask("2026-03-02")
        note(db)
        signals.send(db, now=LATER)
    assert [one.status for one in signal_rows.hooks(db)] == ["paused"]


@pytest.mark.parametrize("url", ["ftp://example.com", "", "https://user:pw@example.com/", "javascript:alert(1)"])
def test_what_is_no_address_is_refused(db, url):
    with pytest.raises(BadSignal):
        signals.add_hook(db, url, now=NOW, actor="test")


@pytest.mark.parametrize("days", [0, 2, 366, -5])
def test_silence_begins_after_a_number_of_days_that_can_be(db, days):
    with pytest.raises(BadSignal):
        signals.set_quiet_days(db, days)

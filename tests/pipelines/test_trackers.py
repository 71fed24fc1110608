"""Trackers over a stored history: previewed, saved, kept up to date, taken back."""

import pytest

from insights.records import Conversation, Utterance, stable_id
from insights.trackers import BadTracker, Tracker
from pipelines.catalogue import sketches, trackers
from pipelines.ingest import ingest
from pipelines.store import batches, conversations
from pipelines.store import trackers as store
from pipelines.uploads import settle
from pipelines.uploads.undo import undo

NOW = "2025-06-01T00:00:00+00:00"
OFFLINE = (
    "Does it work without internet?", "We often have no signal on site.", "Can my people use it offline?",
    "What happens when the connection drops?", "There is no reception in our warehouse.",
)  # fmt: skip
SAID = (
    ("buyer", "Our drivers have no network in the valley, would it still work?"),
    ("buyer", "The price is a bit high for what it does."),
    ("buyer", "Does the app run when there is no internet connection?"),
    ("seller", "It works offline, of course, without any connection."),
    ("buyer", "We need to ask our legal department first. Thanks for the demo."),
    ("buyer", "Please send me the recording of the call."),
    ("buyer", "How many people are in your support team?"),
)


@pytest.fixture
def history(db):
    for n, (role, text) in enumerate(SAID):
        say(db, role, text, account=f"Account {n}")
    return db


def say(db, role, text, *, account="Arlo", voice="verbatim", day="2025-05-02") -> str:
    if batches.get(db, 1) is None:
        batches.start(db, title="test", now=NOW)
    said = (Utterance("D", role, voice, text),)
    item = Conversation(stable_id(account, text), "call", "", day, said, account=account)
    with db.atomic():
        settle.write(db, [item], settle.knowledge(db))
        # The sides of a conversation with one speaker are not known to `settle`.
        db.execute("UPDATE utterances SET role = ? WHERE conversation_id = ?", [role, item.id])
    return item.id


def texts(found) -> list[str]:
    return sorted(one.text for one in found)


def saved_texts(db, tracker_id) -> list[str]:
    return texts(store.hits(db, trackers.get(db, tracker_id)))


def save(db, **values) -> int:
    return trackers.save(db, Tracker("Offline", **values), now=NOW, actor="test")


def test_phrases_hit_in_every_form_and_keep_their_sentence(history):
    seen = trackers.preview(history, Tracker("", phrases=("asks the legal departments",)))
    assert seen.counts.hits == 0
    seen = trackers.preview(history, Tracker("", phrases=("asking * legal departments",)))
    assert texts(seen.surest) == ["We need to ask our legal department first."]


def test_examples_find_what_says_the_same(history):
    seen = trackers.preview(history, Tracker("", examples=OFFLINE))
    assert "Does the app run when there is no internet connection?" in texts([*seen.surest, *seen.barely])
    assert not {"The price is a bit high for what it does.", "Thanks for the demo."} & set(
        texts([*seen.surest, *seen.barely])
    )


def test_what_the_other_side_says_is_a_near_miss(history):
    seen = trackers.preview(history, Tracker("", phrases=("offline",)))
    assert seen.counts.hits == 0
    assert [(one.text[:16], one.why) for one in seen.near] == [
        ("It works offline", "“offline”, but said by the seller")
    ]


def test_a_preview_saves_no_hit(history):
    trackers.preview(history, Tracker("", phrases=("offline",)))
    assert not history.table("tracker_hits").count and not history.table("trackers").count


def test_where_there_is_no_tracker_no_general_sentence_is_read(history, monkeypatch):
    """They take seconds, and every upload to a short history would pay for them."""
    monkeypatch.setattr(sketches, "_general", lambda: pytest.fail("nobody asked what is said in general"))
    trackers.apply_all(history, now=NOW)
    assert history.table("sentence_vectors").count == history.table("sketches").count > 0


def test_a_saved_tracker_counts_what_its_preview_counted(history):
    wanted = trackers.preview(history, Tracker("", examples=OFFLINE, said_by="anyone"))
    tracker_id = save(history, examples=OFFLINE, said_by="anyone")
    assert store.counts(history, trackers.get(history, tracker_id)) == wanted.counts
    assert saved_texts(history, tracker_id) == texts([*wanted.surest, *wanted.barely])


def test_what_comes_later_is_found_by_the_next_mining(history):
    tracker_id = save(history, phrases=("warranty",))
    say(history, "buyer", "How long is the warranty?")
    assert saved_texts(history, tracker_id) == []
    trackers.apply_all(history, now=NOW)
    assert saved_texts(history, tracker_id) == ["How long is the warranty?"]


def test_mining_again_changes_nothing(history):
    save(history, examples=OFFLINE, phrases=("price",))
    before = list(history.query("SELECT * FROM tracker_hits"))
    assert trackers.apply_all(history, now=NOW) == 0
    assert list(history.query("SELECT * FROM tracker_hits")) == before


def test_an_edit_is_a_new_version_that_is_applied_at_once(history):
    tracker_id = save(history, phrases=("price",))
    changed = trackers.edit(history, tracker_id, Tracker("Offline", phrases=("recording",)), now=NOW, actor="test")
    assert (changed.version, changed.applied) == (2, 2)
    assert saved_texts(history, tracker_id) == ["Please send me the recording of the call."]
    assert [version[1].phrases for version in store.versions(history, tracker_id)] == [("price",), ("recording",)]


def test_while_a_new_version_is_being_applied_the_last_one_shows(history):
    tracker_id = save(history, phrases=("price",))
    new = Tracker("Offline", phrases=("recording",))
    with history.atomic():
        store.change(history, tracker_id, new, b"", models=trackers.tracking.models(), now=NOW, actor="test")
    assert saved_texts(history, tracker_id) == ["The price is a bit high for what it does."]
    trackers.apply(history, tracker_id)
    assert saved_texts(history, tracker_id) == ["Please send me the recording of the call."]


def test_a_killed_application_goes_on_where_it_stopped(history, monkeypatch):
    monkeypatch.setattr(trackers.tracking, "SENTENCES_AT_ONCE", 3)

    def killed(stage, done, total):
        if stage == "tracking":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trackers.save(history, Tracker("All", phrases=("the", "it", "we")), now=NOW, actor="test", progress=killed)
    (row,) = history.query("SELECT id, applied, reached FROM trackers")
    assert row["applied"] == 0 and row["reached"] > 0
    trackers.apply_all(history, now=NOW)
    whole = trackers.save(history, Tracker("Again", phrases=("the", "it", "we")), now=NOW, actor="test")
    assert saved_texts(history, row["id"]) == saved_texts(history, whole) != []


def test_an_undone_upload_takes_its_hits_with_it(db, upload, now):
    batch = ingest(db, [upload], title="all", now=now).batch_id
    tracker_id = save(db, phrases=("budget", "offline"), said_by="anyone")
    assert len(saved_texts(db, tracker_id)) == 2
    undo(db, batch)
    assert saved_texts(db, tracker_id) == [] and not db.table("tracker_hits").count
    trackers.apply_all(db, now=NOW)
    assert not db.table("sketches").count and not db.table("sentence_vectors").count


def test_a_corrected_side_counts_at_once(history):
    tracker_id = save(history, phrases=("offline",))
    history.execute("UPDATE utterances SET role = 'buyer'")
    assert saved_texts(history, tracker_id) == ["It works offline, of course, without any connection."]


def test_copies_and_older_versions_do_not_count(history):
    tracker_id = save(history, phrases=("price",))
    history.execute("UPDATE conversations SET standing = 'duplicate'")
    assert store.counts(history, trackers.get(history, tracker_id)).hits == 0
    assert trackers.preview(history, Tracker("", phrases=("price",))).counts.hits == 0


def test_a_removed_tracker_can_be_brought_back_with_what_came_meanwhile(history):
    tracker_id = save(history, phrases=("price",))
    trackers.remove(history, tracker_id)
    assert trackers.every(history) == []
    say(history, "buyer", "Is the price per month?")
    trackers.restore(history, tracker_id)
    assert len(saved_texts(history, tracker_id)) == 2


def test_a_name_is_given_once(history):
    save(history, phrases=("price",))
    with pytest.raises(BadTracker, match="already"):
        save(history, phrases=("demo",))


def test_not_this_one_takes_a_hit_back(history):
    price = "The price is a bit high for what it does."
    seen = trackers.preview(history, Tracker("", phrases=("price",), counter_examples=(price,)))
    assert seen.counts.hits == 0 and seen.near[0].why == "like counter-example 1"


def test_examples_that_say_nothing_alike_are_told(history):
    odd = ("Bananas are yellow.", "My car broke down.", "The invoice is late.", "Who is the king?", "I like jazz.")
    assert "little in common" in trackers.preview(history, Tracker("", examples=odd)).advice[0]


def test_phrases_that_nobody_says_are_told_what_phrases_can_do(history):
    (advice,) = trackers.preview(history, Tracker("", phrases=("flux capacitor",))).advice
    assert "Try fewer words" in advice and "loose" not in advice


def test_a_sentence_that_is_said_twice_is_sketched_once(db):
    say(db, "buyer", "The same words again.", account="A")
    say(db, "buyer", "The same words again.", account="B")
    assert sketches.fill(db) == 2
    assert db.table("sentences").count == 2 and db.table("sketches").count == 1


def test_an_empty_history_is_no_error(db):
    seen = trackers.preview(db, Tracker("", examples=OFFLINE))
    assert (seen.counts.hits, seen.sentences) == (0, 0)
    assert conversations.ids(db) == []

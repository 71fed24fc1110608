"""What people say of insights holds: at once, for what is like it, after re-mining and over an undo; and can be taken back."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines.ingest import Counts
from pipelines.reviews import precision, review, review_rows, rulings, train
from pipelines.reviews.review import Answer
from pipelines.store import (
    batches,
    brought,
    conversations,
    insights,
    learned,
    review_items,
    reviews,
    themes,
    vectors,
    worklist,
)
from pipelines.store.filters import Filters
from pipelines.uploads import settle
from pipelines.uploads.undo import undo as undo_upload

NOW = "2026-03-20T09:00:00+00:00"
DEAR = "it is more than we can spend this year"
OTHER = "we would rather wait for the new release"
SHORT = "too dear"


def talk(db, name: str, *said: tuple[str, str]) -> tuple[int, str]:
    """A call of (role, text) lines as an upload of its own: batch and conversation id."""
    batch = batches.start(db, title=name, now=NOW)
    utterances = tuple(Utterance("Dana" if role == "buyer" else "Kim", role, "verbatim", text) for role, text in said)
    conversation = Conversation(
        id=stable_id("call", name),
        kind="call",
        title=name,
        occurred_at="2026-03-01",
        account=name,
        utterances=utterances,
    )
    with db.atomic():
        brought.note(db, batch, "conversation", {conversation.id: settle.said(conversation)}, attempt=1)
        settle.write(db, [conversation], settle.knowledge(db))
        batches.finish(db, batch, counts=asdict(Counts()), now=NOW)
    return batch, conversation.id


def mine(db, conversation_id: str, *found: tuple[str, str, str, float]) -> None:
    """What a finder with these (kind, words, label, confidence) would store, and all that follows it."""
    spans = [
        (u.id, u.text, Insight(kind, u.text.index(words), u.text.index(words) + len(words), words, label, sure))
        for u in conversations.utterances(db, conversation_id)
        for kind, words, label, sure in found
        if words in u.text
    ]
    with db.atomic():
        insights.replace(db, conversation_id, spans)
        review.add_missed(db, conversation_id, conversations.utterances(db, conversation_id), review.missed_in(db))
        content = worklist.contents(db, [conversation_id])[conversation_id]
        worklist.mark_analysed(db, conversation_id, content, "finder")
    rng = {text: np.random.default_rng(len(text)) for _, text in insights.unembedded(db, "e")}
    for text_hash, text in list(insights.unembedded(db, "e")):
        vector = rng[text].normal(size=(1, 384))
        vectors.save(db, "e", [text_hash], vector / np.linalg.norm(vector))
    rulings.settle(db)


def say(db, conversation_id: str, given: Answer, words: str = "") -> int:
    """A person's answer to the insight with these words in a conversation."""
    sql = "SELECT id FROM insights WHERE conversation_id = ? AND (? = '' OR text = ?) ORDER BY id"
    insight_id = next(iter(db.query(sql, [conversation_id, words, words])))["id"]
    return review.answer(db, review.show(db, insight_id=insight_id), given, actor="test", now=NOW)


def shown(db) -> list[tuple[str, str]]:
    return sorted((q.text, q.label) for q in insights.quotes(db, Filters()))


@pytest.fixture
def three(db) -> list[str]:
    """Three calls: two in which the same is said, one with other words."""
    ids = [
        talk(db, "Arlo", ("seller", "How does it look?"), ("buyer", f"Well, {DEAR}. It is {SHORT}."))[1],
        talk(
            db, "Bexley", ("seller", "And now?"), ("buyer", f"I think {DEAR.upper().replace('IT', 'it', 1).lower()}!")
        )[1],
        talk(db, "Cole", ("seller", "Shall we?"), ("buyer", f"No, {OTHER}."))[1],
    ]
    for one in ids:
        mine(
            db,
            one,
            ("objection", DEAR, "price", 0.8),
            ("objection", OTHER, "timing", 0.5),
            ("objection", SHORT, "price", 0.7),
        )
    return ids


def test_a_rejected_insight_is_gone_from_every_count_with_those_like_it(db, three):
    say(db, three[0], Answer("no"), DEAR)
    assert shown(db) == [(SHORT, "price"), (OTHER, "timing")]
    assert insights.count(db, Filters())["insights"] == 2
    assert themes.waiting(db, "objection") == 2


def test_what_it_reaches_is_told_before(db, three):
    place = reviews.place(db, next(iter(db.query("SELECT id FROM insights WHERE text = ?", [DEAR])))["id"])
    assert len(rulings.alike(db, place)["no"]) == 1


def test_a_verdict_for_this_place_alone_reaches_nothing_else(db, three):
    say(db, three[0], Answer("no", alike=False), DEAR)
    assert shown(db) == [(DEAR, "price"), (SHORT, "price"), (OTHER, "timing")]


def test_a_short_phrase_stays_where_it_was_said(db, three):
    other = talk(db, "Dunn", ("seller", "Yes?"), ("buyer", f"That is {SHORT}."))[1]
    mine(db, other, ("objection", SHORT, "price", 0.7))
    say(db, three[0], Answer("no"), SHORT)
    assert (SHORT, "price") in shown(db)


def test_another_label_is_carried_by_what_is_like_it(db, three):
    say(db, three[0], Answer("label", "budget"), DEAR)
    assert shown(db) == [(DEAR, "budget"), (DEAR, "budget"), (SHORT, "price"), (OTHER, "timing")]


def test_people_who_disagree_each_keep_their_own(db, three):
    say(db, three[0], Answer("label", "budget"), DEAR)
    say(db, three[1], Answer("no"), DEAR)
    third = talk(db, "Eves", ("seller", "So?"), ("buyer", f"Hm, {DEAR}."))[1]
    mine(db, third, ("objection", DEAR, "price", 0.8))
    assert sorted(label for text, label in shown(db) if text == DEAR) == ["budget", "price"]


@pytest.mark.parametrize("verdict", [Answer("no"), Answer("label", "budget")], ids=["no", "another label"])
def test_a_review_that_is_taken_back_leaves_nothing(db, three, verdict):
    def state():
        return list(db.query("SELECT id, label, confidence, standing, review_id, settled FROM insights ORDER BY id"))

    before = state()
    number = say(db, three[0], verdict, DEAR)
    assert state() != before
    assert review.undo(db, number, now=NOW) and state() == before
    assert not review.undo(db, number, now=NOW)


def test_a_verdict_holds_after_mining_again_with_other_borders_and_another_label(db, three):
    say(db, three[0], Answer("no"), DEAR)
    mine(db, three[0], ("objection", DEAR[3:], "budget", 0.9))
    assert [text for text, _ in shown(db)] == [OTHER]


def test_a_verdict_waits_through_an_undo_and_holds_when_the_words_come_back(db):
    lines = ("seller", "How does it look?"), ("buyer", f"Well, {DEAR}.")
    batch, one = talk(db, "Arlo", *lines)
    mine(db, one, ("objection", DEAR, "price", 0.8))
    say(db, one, Answer("no"))
    undo_upload(db, batch)
    assert not db.table("insights").count and db.table("reviews").count == 1
    mine(db, talk(db, "Arlo", *lines)[1], ("objection", DEAR, "price", 0.8))
    assert shown(db) == [] and db.table("insights").count == 1


def test_what_means_the_same_goes_too_under_the_same_label_only(db):
    near, far = "we really can not spend so much money this year", "there is no money left for such things this year"
    for n, (words, label) in enumerate(((DEAR, "price"), (near, "price"), (far, "budget"))):
        one = talk(db, f"A{n}", ("seller", f"So {n}?"), ("buyer", f"Well, {words}."))[1]
        mine(db, one, ("objection", words, label, 0.8))
    vector = np.zeros((1, 384), "f4")
    vector[0, 0] = 1
    db.execute("UPDATE vectors SET vector = ?", [vector.tobytes()])
    say(db, stable_id("call", "A0"), Answer("no"))
    assert shown(db) == [(far, "budget")]


def utterance_item(db, conversation_id: str, position: int):
    utterance_id = conversations.utterances(db, conversation_id)[position].id
    round_id = review_items.start(db, [("recall", "utterance", utterance_id)], now=NOW, actor="test")
    return review.show(db, review.item_at(db, round_id, 1))


def test_what_a_person_found_counts_at_once_and_after_mining_again(db):
    one = talk(db, "Arlo", ("seller", "So?"), ("buyer", "I doubt that it pays. Anyway."))[1]
    mine(db, one)
    given = Answer("missed", "roi", "objection", 0, 21)
    number = review.answer(db, utterance_item(db, one, 1), given, actor="test", now=NOW)
    assert shown(db) == [("I doubt that it pays.", "roi")]
    mine(db, one)
    assert shown(db) == [("I doubt that it pays.", "roi")]
    mine(db, one, ("objection", "I doubt that it pays", "trust", 0.6))
    assert shown(db) == [("I doubt that it pays", "roi")]
    mine(db, one)
    review.undo(db, number, now=NOW)
    assert shown(db) == []


def test_what_a_person_found_can_be_taken_back_at_once(db):
    one = talk(db, "Arlo", ("seller", "So?"), ("buyer", "I doubt that it pays."))[1]
    mine(db, one)
    given = Answer("missed", "roi", "objection")
    number = review.answer(db, utterance_item(db, one, 1), given, actor="test", now=NOW)
    assert reviews.decided_by(db, number) == 1
    review.undo(db, number, now=NOW)
    assert shown(db) == [] and not db.table("insights").count


@pytest.mark.parametrize(("start", "end"), [(5, 5), (3, 900), (13, 14), (-1, 4)])
def test_words_that_are_not_there_cannot_be_marked(start, end):
    with pytest.raises(review.NoSuchPlace):
        review.trimmed("I doubt that it pays.", start, end) if (start, end) != (13, 14) else review.trimmed(
            "x    y", 2, 3
        )


def test_a_label_of_another_kind_is_refused(db, three):
    with pytest.raises(review.UnknownLabel):
        say(db, three[0], Answer("label", "incumbent"), DEAR)


def test_two_people_are_given_different_items_and_the_first_answer_stands(db, three):
    review.draw(db, now=NOW, actor="test")
    mine_, theirs = (review.following(db, holder=who, now=NOW) for who in ("a", "b"))
    assert mine_ != theirs and review.following(db, holder="a", now=NOW).position == mine_.position
    review.answer(db, review.show(db, mine_), Answer("yes"), actor="a", now=NOW)
    with pytest.raises(review.AnsweredAlready):
        review.answer(db, review.show(db, mine_), Answer("no"), actor="b", now=NOW)
    assert [r.actor for r in reviews.active(db)] == ["a"]


def test_an_undone_answer_is_asked_again(db, three):
    review.draw(db, now=NOW, actor="test")
    item = review.following(db, holder="a", now=NOW)
    number = review.answer(db, review.show(db, item), Answer("yes"), actor="a", now=NOW)
    review.undo(db, number, now=NOW)
    assert review.following(db, holder="a", now=NOW).position == item.position
    assert review.progress(db).done == 0


def test_an_empty_database_has_nothing_to_review(db):
    with pytest.raises(review.NothingToReview):
        review.draw(db, now=NOW, actor="test")
    assert review.progress(db) is None and all(one.precision is None for one in precision.precision(db))


def test_precision_comes_from_the_random_order_alone(db):
    for n in range(30):
        one = talk(db, f"C{n}", ("seller", f"So {n}?"), ("buyer", f"Word{n} is far too much for all of us."))[1]
        mine(db, one, ("objection", f"Word{n} is far too much for all of us", "price", 0.7))
    ids = [row["id"] for row in db.query("SELECT id FROM insights ORDER BY id")]
    for insight_id in (*ids[:10], *ids[15:25]):  # the second ten were picked for learning, and are all wrong
        given = Answer("yes" if insight_id in ids[:10] else "no", alike=False)
        review.answer(db, review.show(db, insight_id=insight_id), given, actor="test", now=NOW)
    found = precision.precision(db)[0].precision
    assert (found.share, found.reviewed, found.size) == (1.0, 10, 30)


def test_rows_for_training_have_the_guidelines_form(db, three):
    say(db, three[0], Answer("label", "budget"), DEAR)
    say(db, three[2], Answer("no"))
    rows = {row["id"]: row for row in review_rows.rows(db)}
    first = rows[f"{three[0]}#1"]
    assert set(first) == {"id", "role", "text", "context", "marks"} and first["role"] == "customer"
    assert first["context"] == [{"role": "rep", "text": "How does it look?"}]
    assert first["marks"][0] == {"kind": "objection", "start": 6, "end": 6 + len(DEAR), "label": "budget"}
    assert rows[f"{three[2]}#1"]["marks"] == []
    assert json.dumps(first)


def test_a_review_holds_no_words_of_a_customer(db, three):
    say(db, three[0], Answer("no"), DEAR)
    assert "spend" not in json.dumps(list(db.query("SELECT * FROM reviews")))


def test_a_training_is_used_for_the_whole_history_and_taken_back(db, three):
    head = np.zeros_like(train.learning.fit(train.examples(db)).weights)
    head[0] = -3.0  # objections are less sure
    with db.atomic():
        learned.add(db, now=NOW, actor="test", adopted=True, head=train.learning.Head(head), figures={"reason": ""})
    rulings.settle(db)
    assert shown(db) == []
    assert train.go_back(db, now=NOW) == 1 and len(shown(db)) == 4
    assert train.go_back(db, now=NOW) == 0


def test_what_a_person_confirmed_is_never_doubted(db, three):
    say(db, three[2], Answer("yes"))
    head = np.zeros_like(train.learning.fit(train.examples(db)).weights)
    head[0] = -3.0
    with db.atomic():
        learned.add(db, now=NOW, actor="test", adopted=True, head=train.learning.Head(head), figures={"reason": ""})
    rulings.settle(db)
    assert shown(db) == [(OTHER, "timing")]


def test_few_reviews_teach_nothing_and_say_so(db, three):
    say(db, three[2], Answer("no"))
    done = train.train(db, now=NOW, actor="test")
    assert not done.adopted and "too few" in done.reason and learned.active(db) is None
    assert learned.history(db)[0]["figures"]["reviews"] == 1

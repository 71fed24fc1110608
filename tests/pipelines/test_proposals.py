"""What growth proposes: with evidence, decided by a person or a policy, never twice, and always to be taken back."""

import shutil
from contextlib import closing
from datetime import date, timedelta

import numpy as np
import pytest

import pipelines.discover as discovering
from insights import growth
from insights.ledger_rules import Unfit
from insights.records import Conversation, Insight, Utterance, stable_id, text_hash
from pipelines.discover import discover, states
from pipelines.store import connect, conversations, insights, prepare, theme_events, themes, vectors
from pipelines.store import proposals as store
from pipelines.store.filters import Filters
from pipelines.themes import ledger, proposals
from pipelines.themes.ledger import NewPart, NewTheme
from pipelines.themes.proposals import DecidedAlready, UnknownProposal
from pipelines.uploads import settle

NOW = "2026-01-05T09:00:00+00:00"
WHO = {"now": NOW, "actor": "Ann"}
START = date(2025, 12, 1)


def hear(db, topic: str, numbers: range, *, near: np.ndarray, day: date = START) -> list[str]:
    """Quotes of one topic, each in a conversation of its own account, with vectors near to `near`."""
    ids = []
    with db.atomic():
        for n in numbers:
            text = f"{topic} is what worries us, case {n}."
            said = (Utterance("D", "buyer", "verbatim", text),)
            item = Conversation(stable_id(topic, n), "call", "", day.isoformat(), said, account=f"{topic} {n}")
            settle.write(db, [item], settle.knowledge(db))
            utterance = conversations.utterances(db, item.id)[0].id
            insights.replace(db, item.id, [(utterance, text, Insight("objection", 0, len(text), text, "price", 0.9))])
            noise = np.random.default_rng([n, len(topic)]).normal(size=len(near))
            vector = near + 0.35 * noise / np.linalg.norm(noise)
            vectors.save(db, "test", [text_hash(text)], (vector / np.linalg.norm(vector)).astype("<f4")[None])
            ids.append(stable_id(utterance, "objection", 0, len(text)))
    return ids


def axis(n: int) -> np.ndarray:
    return np.eye(40)[n]


def themed(db, name: str, ids: list[str]) -> int:
    """A theme of these quotes with the centre that they have."""
    _, found = vectors.of_insights(db, "test", ids)
    mean = found.mean(axis=0)
    length = float(np.linalg.norm(mean))
    shape = theme_events.add_shape(db, mean / length, length, [name.lower()])
    made = NewTheme(name, "price", (name.lower(),), shape, dict.fromkeys(ids, 0.9))
    return ledger.create(db, "objection", made, now=NOW).theme


def look(db) -> list[store.Proposal]:
    proposals.look(db, "objection", states(db, "objection"), encoder="test", now=NOW)
    return store.listed(db)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("proposals") / "empty.db"
    prepare(path)
    return path


@pytest.fixture
def db(file, tmp_path):
    shutil.copy(file, tmp_path / "parley.db")
    with closing(connect(tmp_path / "parley.db")) as db:
        yield db


def two_of_one_thing(db) -> tuple[int, int]:
    return (
        themed(db, "Price", hear(db, "Price", range(9), near=axis(0))),
        themed(db, "Cost", hear(db, "Cost", range(6), near=axis(0))),
    )


def test_two_themes_that_cannot_be_told_apart_are_proposed_to_be_merged(db):
    price, cost = two_of_one_thing(db)
    themed(db, "Setup", hear(db, "Setup", range(6), near=axis(1)))

    (proposal,) = look(db)

    assert (proposal.type, proposal.size) == ("merge", 15)
    assert (proposal.content["into"], proposal.content["other"]) == (price, cost)
    assert proposal.content["alike"] > 0.9
    assert [t.status for t in themes.all_of(db)] == ["active"] * 3, "proposing changes nothing"


def test_looking_again_proposes_nothing_twice(db):
    two_of_one_thing(db)
    before = look(db)

    assert look(db) == before


def test_an_accepted_merge_is_done_and_undoing_it_lets_the_proposal_wait_again(db):
    price, cost = two_of_one_thing(db)
    (proposal,) = look(db)

    event = proposals.accept(db, proposal.id, reason="same", **WHO)

    assert (themes.get(db, cost).into, store.get(db, proposal.id).status) == (price, "accepted")
    assert look(db) == []
    ledger.undo(db, event, **WHO)
    assert (themes.get(db, cost).status, store.get(db, proposal.id).status) == ("active", "open")


def chained(db) -> tuple[int, int, int]:
    """Three themes, and the proposals to merge the second and the third into the first, and the third into the second."""
    first, second, third = (themed(db, name, hear(db, name, range(n), near=axis(at))) for at, (name, n) in enumerate(
        (("Price", 6), ("Fee", 5), ("Cost", 4))
    ))  # fmt: skip
    for into, other in ((first, second), (second, third)):
        content = {"into": into, "other": other, "alike": 1.0}
        store.put(
            db, kind="objection", type="merge", signature=f"{into} {other}", size=9, content=content, now=NOW
        )  # fmt: skip
    return first, second, third


def test_a_proposal_follows_a_merged_theme_to_the_one_that_it_went_into(db):
    first, _second, third = chained(db)
    chain = store.listed(db)[1]
    event = proposals.accept(db, store.listed(db)[0].id, **WHO)
    (left,) = store.listed(db)
    assert (left.id, left.content["into"], left.content["other"]) == (chain.id, first, third)
    assert proposals.merging(db) == [left] == proposals.merging(db, first)
    ledger.undo(db, event, **WHO)
    assert chain in store.listed(db), "nothing of it was written down"
    proposals.accept(db, store.listed(db)[0].id, **WHO)
    proposals.accept(db, left.id, **WHO)
    assert [theme.id for theme in themes.active(db, "objection")] == [first]


def test_two_that_were_told_to_be_two_are_not_offered_again_under_the_name_of_a_merged_one(db):
    first, second, third = chained(db)
    event = proposals.accept(db, store.listed(db)[0].id, **WHO)
    proposals.dismiss(db, store.listed(db)[0].id, **WHO)

    assert store.decided(db, "merge", f"{first} {third}") == 9
    ledger.undo(db, event, **WHO)
    assert store.decided(db, "merge", f"{first} {third}") is None
    assert store.decided(db, "merge", f"{second} {third}") == 9


def test_a_proposal_to_merge_what_is_one_by_now_is_closed(db):
    first, second, third = chained(db)
    content = {"into": first, "other": third, "alike": 1.0}
    store.put(db, kind="objection", type="merge", signature=f"{first} {third}", size=3, content=content, now=NOW)
    ledger.merge(db, first, [second], **WHO)
    assert [one.signature for one in store.listed(db)] == [f"{first} {third}"], "one of two that say the same"
    ledger.merge(db, first, [third], **WHO)
    assert store.listed(db) == []


def test_a_merge_of_a_theme_that_is_no_longer_in_reports_is_not_proposed(db):
    _first, second, _ = chained(db)
    one = store.listed(db)[0]
    ledger.retire(db, second, **WHO)
    assert store.listed(db) == []
    with pytest.raises(DecidedAlready):
        proposals.accept(db, one.id, **WHO)
    ledger.restore(db, second, **WHO)
    assert len(store.listed(db)) == 2


def test_a_merge_can_go_into_the_other_one(db):
    price, cost = two_of_one_thing(db)
    (proposal,) = look(db)

    proposals.accept(db, proposal.id, into=cost, **WHO)

    assert themes.get(db, price).into == cost


def test_what_was_dismissed_comes_back_only_when_it_concerns_twice_as_much(db):
    _, cost = two_of_one_thing(db)
    (proposal,) = look(db)
    proposals.dismiss(db, proposal.id, reason="two budgets", **WHO)
    assert look(db) == []

    more = hear(db, "Cost", range(6, 21), near=axis(0))
    ledger.join(db, dict.fromkeys(more, (cost, 0.9)), now=NOW)

    assert [p.size for p in look(db)] == [30]


def test_a_dismissal_can_be_taken_back(db):
    two_of_one_thing(db)
    (proposal,) = look(db)
    proposals.dismiss(db, proposal.id, **WHO)

    proposals.reopen(db, proposal.id, now=NOW)

    assert [p.id for p in store.listed(db)] == [proposal.id]


def test_a_pinned_theme_is_in_no_proposal(db):
    price, _ = two_of_one_thing(db)
    ledger.pin(db, price, **WHO)

    assert look(db) == []


def test_a_proposal_that_no_longer_holds_is_closed(db):
    _, cost = two_of_one_thing(db)
    (proposal,) = look(db)
    ledger.retire(db, cost, **WHO)

    assert look(db) == []
    assert store.get(db, proposal.id).status == "outdated"
    with pytest.raises(DecidedAlready):
        proposals.accept(db, proposal.id, **WHO)


def test_a_policy_accepts_by_itself_and_says_so(db):
    price, cost = two_of_one_thing(db)
    store.set_policy(db, "merge", "accept")

    assert look(db) == []

    assert themes.get(db, cost).into == price
    assert theme_events.of_theme(db, price)[-1].actor == "policy"


def test_a_theme_that_nobody_voiced_for_a_year_is_proposed_to_be_retired(db):
    old = themed(db, "Fax", hear(db, "Fax", range(4), near=axis(2), day=START - timedelta(days=366)))
    themed(db, "Setup", hear(db, "Setup", range(4), near=axis(3)))

    (proposal,) = look(db)

    assert (proposal.type, proposal.content) == ("retire", {"theme": old, "last": "2024-11-30"})


def test_a_retired_theme_that_is_heard_again_is_proposed_to_be_restored(db):
    old = themed(db, "Fax", hear(db, "Fax", range(4), near=axis(2)))
    ledger.retire(db, old, **WHO)
    again = hear(db, "Fax", range(4, 6), near=axis(2))
    ledger.join(db, dict.fromkeys(again, (old, 0.9)), now=NOW)
    assert look(db) == []
    ledger.join(db, {hear(db, "Fax", range(6, 7), near=axis(2))[0]: (old, 0.9)}, now=NOW)

    (proposal,) = look(db)

    assert (proposal.type, proposal.size, proposal.content["conversations"]) == ("restore", 3, 3)
    proposals.accept(db, proposal.id, **WHO)
    assert themes.get(db, old).status == "active"


def test_a_theme_that_came_to_hold_two_things_is_proposed_to_be_split(db):
    grown = themed(db, "Price", hear(db, "Price", range(12), near=axis(0)))
    assert look(db) == []
    more = hear(db, "Integration", range(30), near=axis(5))
    ledger.join(db, dict.fromkeys(more[:10], (grown, 0.6)), now=NOW)
    assert look(db) == [], "it has not grown enough to be looked at again"
    ledger.join(db, dict.fromkeys(more[10:], (grown, 0.6)), now=NOW)

    (proposal,) = look(db)

    assert proposal.type == "split"
    assert sum(part["size"] for part in proposal.content["parts"]) in (12, 30)
    event = proposals.accept(db, proposal.id, **WHO)
    sizes = sorted(n["insights"] for n in themes.counts(db, Filters()).values())
    assert sizes == [12, 30]
    ledger.undo(db, event, **WHO)
    assert [n["insights"] for n in themes.counts(db, Filters()).values()] == [42]


def test_a_pinned_theme_is_not_proposed_to_be_split(db):
    grown = themed(db, "Price", hear(db, "Price", range(12), near=axis(0)))
    look(db)
    ledger.pin(db, grown, **WHO)
    ledger.join(db, dict.fromkeys(hear(db, "Integration", range(30), near=axis(5)), (grown, 0.6)), now=NOW)

    assert look(db) == []


def waiting_pair(db) -> store.Proposal:
    """With new themes to be asked for: one proposal of a new theme of the first topic, beside what else is found."""
    store.set_policy(db, "new", "ask")
    hear(db, "Delivery", range(14), near=axis(7))
    discover(db, encoder="test", now=lambda: NOW)
    return next(p for p in store.listed(db) if p.type == "new")


def test_new_themes_wait_where_the_policy_asks(db):
    proposal = waiting_pair(db)

    assert themes.active(db) == ()
    assert proposal.size == len(store.members(db, proposal.id)) >= 8


def test_an_accepted_new_theme_can_have_another_name_and_leave_quotes_out(db):
    proposal = waiting_pair(db)
    members = sorted(store.members(db, proposal.id))

    proposals.accept(db, proposal.id, name="Late deliveries", without=members[:2], **WHO)

    (theme,) = themes.active(db)
    assert (theme.name, themes.counts(db, Filters())[theme.id]["insights"]) == ("Late deliveries", len(members) - 2)


def test_the_quotes_of_a_proposed_theme_can_go_into_one_that_there_is(db):
    known = themed(db, "Shipping", hear(db, "Shipping", range(4), near=axis(9)))
    proposal = waiting_pair(db)

    proposals.accept(db, proposal.id, into=known, **WHO)

    assert themes.counts(db, Filters())[known]["insights"] == 4 + proposal.size


def test_a_dismissed_new_theme_is_not_proposed_again_by_the_next_run(db):
    proposal = waiting_pair(db)
    proposals.dismiss(db, proposal.id, **WHO)
    hear(db, "Delivery", range(14, 16), near=axis(7))

    discover(db, encoder="test", now=lambda: NOW)

    assert [p for p in store.listed(db) if p.type == "new"] == []


def test_a_proposed_theme_that_grows_stays_one_proposal(db):
    proposal = waiting_pair(db)
    hear(db, "Delivery", range(14, 18), near=axis(7))

    discover(db, encoder="test", now=lambda: NOW)

    (grown,) = [p for p in store.listed(db) if p.type == "new"]
    assert grown.id == proposal.id
    assert grown.size > proposal.size


def test_a_theme_whose_making_was_undone_is_not_made_again_by_the_next_run(db):
    hear(db, "Delivery", range(14), near=axis(7))
    discover(db, encoder="test", now=lambda: NOW)
    (theme,) = themes.active(db)
    ledger.undo(db, theme_events.of_theme(db, theme.id)[0].id, **WHO)

    discover(db, encoder="test", now=lambda: NOW)

    assert themes.active(db) == ()
    assert themes.waiting(db, "objection") == 14


@pytest.mark.parametrize("decide", [proposals.accept, proposals.dismiss])
def test_a_proposal_that_does_not_exist_is_named(db, decide):
    with pytest.raises(UnknownProposal):
        decide(db, 7, **WHO)


def test_a_new_theme_that_was_accepted_and_undone_can_be_accepted_again(db):
    proposal = waiting_pair(db)
    event = proposals.accept(db, proposal.id, **WHO)
    ledger.undo(db, event, **WHO)
    discover(db, encoder="test", now=lambda: NOW)  # a run in between does not take it away

    proposals.accept(db, proposal.id, **WHO)

    (theme,) = themes.active(db)
    assert themes.counts(db, Filters())[theme.id]["insights"] == proposal.size


def test_a_new_theme_of_quotes_that_all_went_elsewhere_is_not_made(db):
    known = themed(db, "Shipping", hear(db, "Shipping", range(4), near=axis(9)))
    proposal = waiting_pair(db)
    ledger.move(db, list(store.members(db, proposal.id)), known, **WHO)

    with pytest.raises(Unfit):
        proposals.accept(db, proposal.id, **WHO)


def test_two_parts_of_a_split_cannot_have_one_name(db):
    ids = hear(db, "Price", range(6), near=axis(0))
    theme = themed(db, "Price", ids)

    with pytest.raises(Unfit):
        ledger.split(db, theme, [NewPart("Fees", tuple(ids[:2])), NewPart("fees ", tuple(ids[2:4]))], **WHO)


def test_a_policy_does_not_do_again_what_a_person_undid(db):
    _, cost = two_of_one_thing(db)
    store.set_policy(db, "merge", "accept")
    look(db)
    ledger.undo(db, theme_events.of_theme(db, cost)[-1].id, **WHO)

    look(db)

    assert themes.get(db, cost).status == "active"


def test_a_policy_does_not_do_again_what_a_person_undid_even_after_the_proposal_lapsed(db):
    price, cost = two_of_one_thing(db)
    store.set_policy(db, "merge", "accept")
    look(db)
    ledger.undo(db, theme_events.of_theme(db, cost)[-1].id, **WHO)
    ledger.pin(db, price, **WHO)
    look(db)  # pinned: the proposal lapses
    ledger.unpin(db, price, **WHO)

    look(db)

    assert themes.get(db, cost).status == "active"


def test_a_new_theme_whose_quotes_went_elsewhere_is_no_longer_proposed(db):
    known = themed(db, "Shipping", hear(db, "Shipping", range(4), near=axis(9)))
    proposal = waiting_pair(db)
    ledger.move(db, list(store.members(db, proposal.id)), known, **WHO)

    discover(db, encoder="test", now=lambda: NOW)

    assert store.listed(db) == []


def test_a_split_whose_parts_have_left_is_no_longer_proposed(db):
    grown = themed(db, "Price", hear(db, "Price", range(12), near=axis(0)))
    look(db)
    more = hear(db, "Integration", range(30), near=axis(5))
    ledger.join(db, dict.fromkeys(more, (grown, 0.6)), now=NOW)
    (proposal,) = look(db)
    other = themed(db, "Elsewhere", hear(db, "Elsewhere", range(4), near=axis(9)))
    ledger.move(db, list(store.members(db, proposal.id)), other, **WHO)

    assert [p for p in look(db) if p.type == "split"] == []


def test_what_changed_while_themes_were_sought_is_looked_at_by_the_next_run(db, file, tmp_path, monkeypatch):
    gone = hear(db, "Delivery", range(14), near=axis(7))[0]
    found = discovering.rules.propose

    def meanwhile(*arguments, **options):
        with closing(connect(tmp_path / "parley.db")) as other:  # somebody takes an upload back
            other.execute("DELETE FROM insights WHERE id = ?", [gone])
        return found(*arguments, **options)

    monkeypatch.setattr(discovering.rules, "propose", meanwhile)
    assert discover(db, encoder="test", now=lambda: NOW).created == 0
    monkeypatch.undo()

    assert discover(db, encoder="test", now=lambda: NOW).created == 1


def nearly(db, other: str, *, label: str = "price") -> list[store.Proposal]:
    """What is proposed for two themes that are no further apart than many different ones are."""
    between = axis(0) + 0.9 * axis(1)
    price = themed(db, "Price", hear(db, "Price", range(9), near=axis(0)))
    cost = themed(db, other, hear(db, other, range(6), near=between / np.linalg.norm(between)))
    db.execute("UPDATE themes SET label = ? WHERE id IN (?, ?)", [label, price, cost])
    return look(db)


def test_two_less_alike_are_proposed_where_they_share_their_words(db):
    (proposal,) = nearly(db, "Price again")
    assert 0.6 < proposal.content["alike"] < 0.85
    assert proposal.content["words"] > 0.2


def test_two_less_alike_that_share_few_words_are_not_proposed(db, monkeypatch):
    monkeypatch.setattr(growth, "words_in_common", lambda one, other: 0.19)
    assert nearly(db, "Price again") == []


def test_words_in_common_are_counted_by_the_texts_that_have_them():
    fees = ["Is it a fee per user?", "A fee per scan?"]
    assert growth.words_in_common(fees, fees) == pytest.approx(1)
    assert growth.words_in_common(fees, ["Where is the data stored?"]) == 0
    assert 0.3 < growth.words_in_common(fees, ["Is the fee yearly?", "Who trains us?"]) < 0.7
    assert growth.words_in_common([], fees) == 0


def test_two_less_alike_are_none_of_a_label_that_holds_many_things(db):
    assert nearly(db, "Price again", label="product_gap") == []


def test_two_that_only_look_like_one_are_for_a_person_to_decide(db):
    store.set_policy(db, "merge", "accept")
    (proposal,) = nearly(db, "Price again")
    assert proposal.status == "open"
    assert proposals.merging(db, proposal.content["other"]) == [proposal]


def test_a_theme_can_look_like_one_with_two_others(db):
    for n, topic in enumerate(("Price", "Price again", "Price anew")):
        near = axis(0) + 0.7 * axis(n + 1)
        themed(db, topic, hear(db, topic, range(9 - n), near=near / np.linalg.norm(near)))
    found = look(db)
    assert len(found) == 2
    assert len({one.content["other"] for one in found}) == 2

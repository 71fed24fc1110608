"""One meeting told several times: each account goes to its meeting, or to none when nothing shows which."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import roles
from insights.once import twins
from insights.once.nearby import Nearby
from insights.once.occasions import Seen, links, seen
from insights.records import Company, Conversation, Participant, Utterance

TALK = (
    "How many depots have you got these days?", "Three. Wakefield is the big one, that's where the bottling is, then"
    " Carlisle, and a small returns place outside Telford that's mostly kegs and empties.", "And who does the counting?",
    "Night shift at Wakefield, one aisle a week. Carlisle shut the doors twice a year and do the lot in a weekend.",
    "Telford, honestly, I think it's a lad called Gary with a clipboard, and you can't read his sevens.",
    "And where do the numbers go after that?", "Somebody types them in on the Monday. Then finance ring me up because the"
    " gin doesn't match, and I ring Wakefield, and Wakefield say it was right on Thursday.",
    "So that gap between the count and the typing, that's more or less why we exist.",
)  # fmt: skip
CALL = Seen(
    "call", "call", "2025-01-06T15:10:00+00:00", TALK, "dakelin beverages", frozenset({"faraday rhys"}), "tom whitcombe",
    duration=220.0, sequence=1,
)  # fmt: skip
NOTE = "Rhys, 3 depots: Wakefield (bottling), Carlisle, Telford kegs. Night shift counts an aisle a week. Gin never matches, finance ring him."
RECAP = (
    "Hi Rhys,\n\nThanks for your time today. What I took away: depots at Wakefield, Carlisle and Telford, counts typed in on"
    " a Monday, and finance chasing you because the gin doesn't match.\n\nTom"
)
SECOND = replace(
    CALL, id="second", occurred_at="2025-01-06T17:30:00+00:00",
    texts=(
        "The trousers come in nineteen sizes and the bins get mixed.", "So the picker walks back empty-handed?",
        "Every day. We do one wall-to-wall in October, it takes nine days, and by Thanksgiving it has drifted.",
        "With a rolling count each picker verifies six bins a shift, the handheld chooses which.",
    ),
)  # fmt: skip


def note(text=NOTE, at="2025-01-06T18:40:00+00:00", **changes):
    fresh = Seen("note", "note", at, (text,), CALL.account, CALL.people, CALL.rep, sequence=1)
    return replace(fresh, **changes)


def recap(text=RECAP, at="2025-01-06T19:00:00+00:00", **changes):
    return note(text, at, **{"id": "recap", "kind": "email", **changes})


def groups(*block, **options):
    return {link.conversation_id: link.primary_id for link in links(block, **options).links}


@pytest.mark.parametrize("at", ["2025-01-06T18:40:00+00:00", "2025-01-06", "2025-01-07", "2025-01-06T20:40:00+02:00"])
def test_a_note_goes_to_its_call(at):
    assert groups(CALL, note(at=at)) == {"note": "call"}


def test_a_recap_goes_to_its_call_and_a_note_too():
    assert groups(CALL, note(), recap()) == {"note": "call", "recap": "call"}


def test_a_note_of_friday_is_written_on_monday():
    assert groups(replace(CALL, occurred_at="2025-01-10T15:10:00+00:00"), note(at="2025-01-13")) == {"note": "call"}


@pytest.mark.parametrize("at", ["2025-01-05", "2025-01-08", ""])
def test_a_note_of_another_day_is_another_occasion(at):
    assert groups(CALL, note(at=at)) == {}


def test_a_note_of_another_meeting_on_the_day_stays_alone():
    other = note(
        "They walked through the Leipzig hall, trainees begin in September, ramp six, certificates from Moosbauer."
    )
    assert groups(CALL, other) == {}


def test_a_note_goes_to_the_call_that_it_tells_of():
    assert groups(CALL, SECOND, note()) == {"note": "call"}


def test_a_note_that_fits_two_calls_goes_to_neither_and_is_reported():
    found = links([CALL, SECOND, note("Good call. Ring next week.")])
    assert found.links == ()
    (doubt,) = found.doubts
    assert (doubt.conversation_id, doubt.candidates) == ("note", ("call", "second"))
    assert "Ambiguous" in doubt.reasons[0]


def test_two_calls_of_a_day_are_two_occasions():
    assert groups(CALL, SECOND) == {}


def test_a_note_of_another_account_stays_alone():
    assert groups(CALL, note(account="somebody else")) == {}


def test_a_shared_person_ties_a_note_whose_account_is_missing():
    assert groups(CALL, note(account="")) == {"note": "call"}
    assert groups(CALL, note(account="", people=frozenset())) == {}


def test_a_few_words_written_during_the_call_need_the_same_person():
    short = note("Good call.", at="2025-01-06T15:12:00+00:00")
    assert groups(CALL, short) == {"note": "call"}
    assert groups(CALL, replace(short, people=frozenset())) == {}
    assert groups(CALL, replace(short, people=frozenset({"hartnell moira"}))) == {}


def test_a_mail_from_before_the_meeting_is_no_recap():
    assert groups(CALL, recap(at="2025-01-06T09:00:00+00:00")) == {}


def test_a_thread_is_judged_by_its_opening():
    thread = recap("Hi Rhys, the price list you asked for is attached. Tom")
    assert groups(CALL, replace(thread, texts=(*thread.texts, RECAP))) == {}


def test_a_recap_three_days_later_stays_alone():
    assert groups(CALL, recap(at="2025-01-09T10:00:00+00:00")) == {}


def test_a_chat_with_the_same_person_during_the_call_belongs_to_it():
    chat = note("the host has to let me in", at="2025-01-06T15:11:00+00:00", id="chat", kind="chat")
    assert groups(CALL, chat) == {"chat": "call"}
    assert groups(CALL, replace(chat, occurred_at="2025-01-06T19:00:00+00:00")) == {}


def test_a_note_and_a_recap_are_one_without_their_call():
    assert groups(note(), recap()) == {"note": "recap"}


def test_a_note_of_a_call_uploaded_twice_goes_to_the_copy_that_counts():
    copy = replace(CALL, id="copy", sequence=2)
    assert groups(CALL, copy, note()) == {"copy": "call", "note": "call"}


def test_what_a_company_always_says_can_be_left_out():
    words = "kestwell pellwick handheld replenishment planners bays cradle rollout barcode scanner"
    a, b = replace(CALL, texts=(words, *SECOND.texts)), note(words)
    assert groups(a, b) == {"note": "call"}
    assert groups(a, b, usual=words.split()) == {}


def test_reasons_say_nothing_of_what_was_said():
    said = {word.casefold().strip(".,:()") for word in NOTE.split() if len(word) > 5}
    for link in links([CALL, note(), recap()]).links:
        assert link.reasons
        assert 0.75 <= link.confidence <= 1
        assert not said & {word.casefold().strip(".,:") for reason in link.reasons for word in reason.split()}


def test_two_recaps_and_a_note_of_one_call_are_one_occasion():
    second = "Summary of this afternoon's call: Carlisle shut the doors twice, Gary's clipboard, kegs and empties at Telford."
    found = groups(CALL, recap(), recap(second, id="second recap"), note())
    assert found == {"note": "call", "recap": "call", "second recap": "call"}


LITTLE = "Wakefield bottling, Carlisle, Telford."


def test_a_little_content_is_enough_for_the_same_person_and_not_for_another():
    assert groups(CALL, note(LITTLE)) == {"note": "call"}
    assert groups(CALL, note(LITTLE, people=frozenset({"hartnell moira"}))) == {}


def test_a_little_content_is_enough_for_a_mail_that_opens_as_a_recap():
    assert groups(CALL, recap(f"Hi Rhys, thanks for your time today. {LITTLE}")) == {"recap": "call"}
    assert groups(CALL, recap(f"Hi Rhys, here is a brochure. {LITTLE}")) == {}


def test_a_mail_sent_shortly_before_the_meeting_is_no_recap():
    assert groups(CALL, recap(at="2025-01-06T15:05:00+00:00")) == {}


def test_the_rep_of_the_call_wrote_about_it_while_it_ran():
    short = note("Left voicemail with brochure.", at="2025-01-06T15:12:00+00:00")
    assert groups(CALL, short) == {"note": "call"}
    assert groups(CALL, replace(short, rep="callum reid")) == {}


def test_a_note_that_fits_two_calls_equally_is_reported():
    echo = replace(
        SECOND, texts=("Wakefield is bottling, Carlisle and Telford kegs, night shift one aisle.", *SECOND.texts)
    )
    found = links([CALL, echo, note("Wakefield bottling, Carlisle, Telford kegs, night shift, aisle.")])
    assert found.links == ()
    assert found.doubts[0].candidates == ("call", "second")


def test_a_recap_that_tells_what_the_note_tells_goes_where_the_note_went():
    agreed = " Gantry, mezzanine, ballast, turnstile, conveyor, forklift."
    mail = recap("Hi Rhys, next steps from our side:" + agreed)
    assert groups(CALL, mail) == {}
    assert groups(CALL, mail, note(NOTE + agreed)) == {"note": "call", "recap": "call"}


BLOCK = (
    CALL, SECOND, note(), recap(), replace(CALL, id="copy", sequence=2), note(id="edited", sequence=2, texts=(NOTE + " Moira joins.",)),
    note("Left voicemail.", id="voicemail"), note("Good call.", id="short"),
)  # fmt: skip

# Copies of calls and notes, edits, the same told by a mail, by hour and account: what one is may hang on several others.
MANY = [
    replace(one, id=f"{one.id} {at} {account} {upload}", occurred_at=at, account=account, sequence=upload)
    for one in (CALL, SECOND, note(), note(NOTE + " Moira joins."), recap(), note("Good call.", id="short"))
    for at in ("2025-01-06T15:10:00+00:00", "2025-01-07T09:00:00+00:00")
    for account in (CALL.account, "")
    for upload in (1, 2)
]


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_does_not_matter(rng: random.Random):
    shuffled = list(BLOCK)
    rng.shuffle(shuffled)
    assert links(shuffled) == links(BLOCK)


def test_a_primary_is_never_linked_further():
    found = links(BLOCK).links
    occasions = {link.primary_id for link in found if link.kind == "occasion"}
    assert not occasions & {link.conversation_id for link in found}
    assert len({link.conversation_id for link in found}) == len(found)


def test_a_crowd_of_equal_forms_takes_no_time():
    text = "Left a voicemail and sent the follow up mail, will try again next week and then close it as lost for this year."
    crowd = [note(text, at=f"2025-01-{1 + n % 28:02}", id=f"n{n}", account=f"account {n % 50}") for n in range(2000)]
    days = {(c.account, c.occurred_at) for c in crowd}
    assert len(links(crowd).links) == len(crowd) - len(days)
    near = Nearby([twins.read(c) for c in crowd])
    assert sum(len(near.alike(n)) for n in range(len(crowd))) < 40 * len(crowd)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(range(len(MANY))), min_size=2, unique=True), st.data())
def test_what_is_said_of_some_is_the_same_however_much_of_the_block_is_looked_at(
    places: list[int], data: st.DataObject
):
    block = [MANY[n] for n in places]
    wanted = set(data.draw(st.lists(st.sampled_from([one.id for one in block]), min_size=1, unique=True)))
    whole, some = links(block), links(block, wanted=wanted)
    assert [one for one in some.links if one.conversation_id in wanted] == [
        one for one in whole.links if one.conversation_id in wanted
    ]
    assert [one for one in some.doubts if one.conversation_id in wanted] == [
        one for one in whole.doubts if one.conversation_id in wanted
    ]


def test_of_a_large_block_only_what_is_near_the_wanted_is_compared(monkeypatch):
    compared = []
    monkeypatch.setattr(twins, "compare", lambda a, b: compared.append((a.id, b.id)))
    crowd = [note(f"{NOTE} {n}", id=f"n{n}", account=f"account {n}", people=frozenset()) for n in range(50)]
    links([*crowd, note(id="new")], wanted={"new"})
    assert {name for pair in compared for name in pair if name == "new"} == {"new"}
    assert all("new" in pair for pair in compared)


def test_a_conversation_is_seen_with_the_buyers_people_and_its_length():
    conversation = Conversation(
        "c", "call", "Intro", "2025-01-06T15:10:00+00:00",
        (Utterance("Tom Whitcombe", "unknown", "verbatim", "Hello.", 1.0, 2.0), Utterance("Rhys Faraday", "unknown", "verbatim", "Hi.", 3.0, 4.5)),
        (Participant("Tom Whitcombe", "tom@us.example"), Participant("Rhys Faraday", "Rhys@dakelin.example")),
        account="Dakelin Beverages Ltd", rep="Tom Whitcombe", keys=("id:0065g", "email:x@y.example"),
    )  # fmt: skip
    record = seen(roles.assign(conversation, Company(domains=("us.example",))), sequence=3, source_id="C1")
    assert record == Seen(
        "c", "call", "2025-01-06T15:10:00+00:00", ("Hello.", "Hi."), "dakelin beverages",
        frozenset({"faraday rhys", "rhys@dakelin.example"}), "tom whitcombe", "Intro", "C1", frozenset({"id:0065g"}), 4.5, 3,
    )  # fmt: skip


def test_what_a_rep_wrote_about_a_call_is_a_note():
    said = Utterance("", "seller", "reported", "He finds it too dear.")
    assert seen(Conversation("c", "call", "", "2025-01-06", (said,))).kind == "note"

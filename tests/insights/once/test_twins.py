"""The same conversation again: uploads from two tools, edited records, and what only looks alike."""

from dataclasses import replace

import pytest

from insights.once.occasions import Seen, links

TALK = (
    "How many depots have you got these days?", "Three. Wakefield is the big one, that's where the bottling is, then"
    " Carlisle, and a small returns place outside Telford that's mostly kegs and empties.", "And who does the counting?",
    "Night shift at Wakefield, one aisle a week. Carlisle shut the doors twice a year and do the lot in a weekend.",
    "Telford, honestly, I think it's a lad called Gary with a clipboard, and you can't read his sevens.",
    "And where do the numbers go after that?", "Somebody types them in on the Monday. Then finance ring me up because the"
    " gin doesn't match, and I ring Wakefield, and Wakefield say it was right on Thursday.",
    "So that gap between the count and the typing, that's more or less why we exist.",
)  # fmt: skip
NOTE = (
    "Intro with Rhys. Three depots, counts on paper, keyed in on Mondays and the gin never matches. He wants Moira in the"
    " next one. Price was not a topic yet, he will ask procurement what the limit is."
)
CALL = Seen(
    "call", "call", "2025-01-06T15:10:00+00:00", TALK, "dakelin beverages", frozenset({"faraday rhys"}), "tom whitcombe",
    duration=220.0, sequence=1,
)  # fmt: skip
SAID = Seen(
    "note", "note", "2025-01-06T17:00:00+00:00", (NOTE,), "dakelin beverages", frozenset({"faraday rhys"}), sequence=1
)


def verdicts(*block):
    return {(link.conversation_id, link.primary_id): link.kind for link in links(block).links}


def again(first, **changes):
    return replace(first, **{"id": first.id + " again", "sequence": 2, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"texts": tuple(text.upper() for text in TALK)},
        {"texts": (" ".join(TALK),), "people": frozenset()},
        {"occurred_at": "2025-01-06"},
        {"occurred_at": ""},
        {"account": "", "people": frozenset()},
        {"account": "somebody else"},
        {"occurred_at": "2025-06-01"},
        {"texts": TALK[:-2]},
    ],
)
def test_a_talk_from_another_tool_is_a_duplicate(changes):
    assert set(verdicts(CALL, again(CALL, **changes)).values()) == {"duplicate"}


def test_a_talk_given_to_another_account_says_so():
    (link,) = links([CALL, again(CALL, account="somebody else")]).links
    assert any("another account" in reason for reason in link.reasons)


def test_the_fullest_transcript_counts():
    assert verdicts(CALL, again(CALL, texts=TALK[:-2])) == {("call again", "call"): "duplicate"}
    assert verdicts(replace(CALL, texts=TALK[:-2]), again(CALL)) == {("call", "call again"): "duplicate"}


def test_the_first_upload_counts_where_nothing_else_decides():
    assert verdicts(CALL, again(CALL)) == {("call again", "call"): "duplicate"}


def test_two_talks_of_a_day_are_two():
    other = again(CALL, texts=tuple(" ".join(reversed(text.split())) for text in reversed(TALK)))
    assert verdicts(CALL, other) == {}


def test_a_note_again_is_a_duplicate_on_the_same_day_alone():
    assert verdicts(SAID, again(SAID, occurred_at="2025-01-06")) == {("note again", "note"): "duplicate"}
    assert verdicts(SAID, again(SAID, occurred_at="2025-01-08")) == {}


def test_day_and_month_in_the_other_order_are_the_same_day():
    assert verdicts(
        replace(SAID, occurred_at="2025-01-06"), again(SAID, occurred_at="2025-06-01")
    ) == {("note again", "note"): "duplicate"}  # fmt: skip


def test_a_note_under_another_account_is_another_note():
    assert verdicts(SAID, again(SAID, account="somebody else", people=frozenset())) == {}


def test_a_note_that_a_tool_cut_is_a_duplicate_of_the_whole():
    assert verdicts(SAID, again(SAID, texts=(NOTE[:150],))) == {("note again", "note"): "duplicate"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {}),
        ({"source_id": "00T5g00000Ab"}, {"source_id": "00T5g00000Ab"}),
        ({"occurred_at": ""}, {}),
    ],
)
def test_of_an_edited_note_the_newest_counts(old, new):
    edited = NOTE.replace("not a topic yet", "far too high for him")
    assert verdicts(replace(SAID, **old), again(SAID, texts=(edited,), **new)) == {("note", "note again"): "revision"}


def test_a_rewritten_record_keeps_its_number():
    first = replace(SAID, source_id="00T5g00000Ab")
    second = again(
        first, texts=("Nothing of what stood here was right: it was the warehouse manager who rang about labels.",)
    )
    assert verdicts(first, second) == {("note", "note again"): "revision"}


def test_the_same_number_in_two_systems_is_not_the_same_record():
    first = replace(SAID, source_id="17")
    other = again(
        first, account="somebody else", people=frozenset(), texts=("Quite another matter was talked about here.",)
    )
    assert verdicts(first, other) == {}


def test_two_records_of_one_upload_are_not_an_edit():
    first = replace(SAID, source_id="N1")
    other = replace(again(first, texts=(NOTE.replace("Rhys", "Moira"),)), source_id="N2", sequence=1)
    assert verdicts(first, other) == {}


@pytest.mark.parametrize("text", ["Left voicemail.", "No answer.", "Sent proposal."])
def test_the_same_few_words_are_two_attempts(text):
    first = replace(SAID, texts=(text,))
    assert verdicts(first, again(first, occurred_at="2025-01-06T19:20:00+00:00")) == {}
    assert verdicts(replace(first, occurred_at="2025-01-06"), again(first, occurred_at="2025-01-06")) == {}


def test_the_same_few_words_at_the_same_moment_are_one():
    first = replace(SAID, texts=("Left voicemail.",))
    assert verdicts(first, again(first, occurred_at="2025-01-06T18:00:00+01:00")) == {
        ("note again", "note"): "duplicate"
    }


FEW = replace(
    SAID, texts=("Not now, maybe next year.",), occurred_at="2025-12-06", people=frozenset(), rep="ada",
    origins=frozenset({"said:table"}),
)  # fmt: skip


@pytest.mark.parametrize("people", [frozenset(), frozenset({"faraday rhys"})])
@pytest.mark.parametrize("rep", ["bo", "ada", ""])
def test_a_row_of_few_words_that_comes_again_with_other_facts_counts_once(people, rep):
    first = replace(FEW, people=people)
    assert verdicts(first, again(first, rep=rep)) == {("note", "note again"): "revision"}


@pytest.mark.parametrize(
    ("known", "changes"),
    [
        ({}, {"sequence": 1}),
        ({}, {"occurred_at": "2025-12-07"}),
        ({"occurred_at": ""}, {}),
        ({"account": ""}, {}),
        ({}, {"account": "somebody else"}),
        ({}, {"origins": frozenset({"said:another table"})}),
        ({"people": frozenset({"faraday rhys"})}, {"people": frozenset({"hill dana"})}),
        ({"people": frozenset({"faraday rhys"})}, {"people": frozenset()}),
        ({"source_id": "N1"}, {"source_id": "N2"}),
    ],
)
def test_a_row_of_few_words_is_another_where_anything_speaks_against_it(known, changes):
    first = replace(FEW, **known)
    assert verdicts(first, again(first, rep="bo", **changes)) == {}


def test_two_rows_of_few_words_in_one_upload_do_not_become_one_through_a_later_one():
    rows = (FEW, replace(FEW, id="other", rep="eve"))
    later = (again(FEW, rep="bo"), again(FEW, id="third", rep="cy"))
    assert verdicts(*rows, later[0]) == {} == verdicts(*rows, *later)
    third = again(FEW, id="third", rep="cy", sequence=3)
    assert verdicts(FEW, later[0], third) == {("note", "third"): "revision", ("note again", "third"): "revision"}


def test_one_mail_to_two_people_of_unknown_accounts_is_two():
    mail = replace(SAID, kind="email", account="", people=frozenset({"bob@one.example"}))
    assert verdicts(mail, again(mail, people=frozenset({"eve@two.example"}))) == {}


def test_a_mail_that_the_crm_keeps_as_a_note_is_a_duplicate():
    mail = replace(SAID, id="mail", kind="email")
    assert verdicts(mail, again(SAID)) == {("note again", "mail"): "duplicate"}


def test_three_copies_have_one_primary():
    found = verdicts(CALL, again(CALL), again(CALL, id="third", sequence=3))
    assert found == {("call again", "call"): "duplicate", ("third", "call"): "duplicate"}


def test_a_form_filled_in_twice_without_a_date_is_two():
    form = "Attendees: {}\nPurpose: {}\nNext steps: send a summary and agree a date for the next session with the team"
    first = replace(SAID, texts=(form.format("Rhys", "discovery"),))
    assert verdicts(first, again(first, occurred_at="", texts=(form.format("Rhys", "demo"),))) == {}


def test_a_sentence_that_a_person_took_out_stays_out():
    whole = NOTE[: NOTE.index(" Price")]
    assert verdicts(SAID, again(SAID, texts=(whole,))) == {("note", "note again"): "revision"}


def test_the_same_sentence_twice_a_day_is_two_attempts():
    text = "Called, no answer, left a voicemail asking him to call back about the proposal I sent."
    first = replace(SAID, texts=(text,))
    assert verdicts(first, again(first, occurred_at="2025-01-06T19:20:00+00:00")) == {}
    assert verdicts(first, again(first)) == {("note again", "note"): "duplicate"}


def test_two_reps_notes_of_a_day_are_no_edit_of_each_other():
    edited = NOTE.replace("not a topic yet", "far too high for him")
    assert verdicts(replace(SAID, rep="tom whitcombe"), again(SAID, texts=(edited,), rep="callum reid")) == {}


def test_the_same_number_and_words_under_another_account_are_a_template():
    first = replace(SAID, source_id="17")
    assert verdicts(first, again(first, account="somebody else", people=frozenset())) == {}


def test_one_mail_of_a_thread_is_a_duplicate_of_the_thread():
    reply = "Thanks, that is right except that Telford is mostly kegs now, and please copy Moira into all of this."
    thread = replace(SAID, kind="email", texts=("Hi Rhys, short question first.", NOTE, reply))
    assert verdicts(thread, again(SAID, kind="email")) == {("note again", "note"): "duplicate"}


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_a_note_cut_in_its_last_word_is_a_duplicate_whatever_the_ids(names):
    whole = replace(SAID, id=names[0], texts=(NOTE[:-4],))
    assert verdicts(whole, again(whole, id=names[1], texts=(NOTE[:-6],))) == {(names[1], names[0]): "duplicate"}


def test_a_record_that_came_back_cut_keeps_its_whole_text():
    first = replace(CALL, source_id="R17")
    assert verdicts(first, again(first, texts=(*TALK[:3], TALK[3][:60]))) == {("call again", "call"): "duplicate"}


def test_a_record_whose_text_stood_in_its_date_gives_way_to_the_one_that_comes_with_both():
    bad = replace(SAID, source_id="A-10427", occurred_at="", texts=("26.10.2026 12:09",))
    right = again(replace(SAID, source_id="A-10427"))
    assert verdicts(bad, right) == {("note", "note again"): "revision"}
    assert verdicts(bad, replace(right, people=frozenset({"moira hale"}))) == {}
    other = replace(
        bad, texts=("Somebody else asked about the roll-out of scanners in the second warehouse and wants a plan.",)
    )
    assert verdicts(other, right) == {}, "a project's number stands in many notes"


def test_two_numbers_of_one_system_are_two_records_though_one_came_again_with_another_upload():
    first = replace(SAID, source_id="A-10415", occurred_at="")
    alike = replace(SAID, id="other", source_id="A-10431", sequence=2, texts=(NOTE.replace("Rhys", "Rhys Faraday"),))
    assert verdicts(first, alike) == {}
    assert verdicts(first, replace(alike, source_id="77120")) != {}


def test_our_mail_alone_is_no_copy_of_the_threads_that_begin_with_it():
    offer = (
        "Attached is the offer that we spoke of, for all depots, with the terms of last year and the discount for three years."
        " It holds until the end of the month."
    )
    ours = Seen("ours", "email", "2026-03-30T10:00:00+00:00", (offer,))
    threads = [
        replace(
            ours, id=name, texts=(offer, f"Thank you. {name} will look at it."), people=frozenset({f"{name}@x.example"})
        )
        for name in ("ann", "bob")
    ]
    assert verdicts(ours, *threads) == {}
    assert verdicts(ours, again(ours)) == {("ours again", "ours"): "duplicate"}
    assert verdicts(threads[0], again(threads[0], texts=(offer,))) == {("ann again", "ann"): "duplicate"}

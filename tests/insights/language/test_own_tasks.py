"""What a rep notes for themselves to do is no question and no objection of the buyer; what the buyer puts off is."""

import time

import pytest

from insights.language import Turn, build, find
from insights.language.own_tasks import is_own_task


def _is_own(note: str, said: str = "") -> bool:
    start = note.index(said) if said else 0
    return is_own_task(note, start, start + len(said or note))


@pytest.mark.parametrize(
    "note",
    [
        "Will ask product about dates", "I'll send the deck", "Follow up on pricing?", "I need to check whether the scanner is rated for -20",
        "- [ ] send her the security paper", "To do: ask legal about the DPA", "Need to check with engineering on the rate limits", "will get back to her",
        "Let me find out if we support SSO", "Draft a quote for 40 seats", "set up a second demo with IT",
    ],
)  # fmt: skip
def test_a_task_of_who_writes_the_note_is_their_own(note):
    assert _is_own(note)


@pytest.mark.parametrize(
    "note",
    [
        "Will discuss w/ father", "will ask his boss", "Will look when has time", "Call when hail season's over", "Send me something first",
        "Follow up in spring", "I'll ask you about SSO, he says", "Will box read fault codes?", "Set up takes too long", "do we cover Uruguay?",
        "Schedule view not usable on phone", "Sending limits too low", "asked whether we send the goods ourselves", 'says "I\'ll send the papers to legal"',
        "Send the DPA, GDPR is a blocker for their works council", "Talk to engineering, missing SAP integration is a deal breaker",
        "Next year at the earliest", "Actions are not logged", "Need cert by Fri, possible?", "Follow up with her after the budget round in May",
    ],
)  # fmt: skip
def test_what_a_buyer_asks_or_puts_off_is_not(note):
    assert not _is_own(note)


def test_under_a_heading_what_somebody_is_told_to_do_is_a_task_and_nothing_else():
    note = "Too dear, he says.\nNext steps:\n- call Ana about the deck\n- legal wants the DPA signed first\nPain: no offline mode\n\nCall quality is poor"
    said = (
        "Too dear",
        "call Ana about the deck",
        "legal wants the DPA signed first",
        "no offline mode",
        "Call quality is poor",
    )
    assert [_is_own(note, one) for one in said] == [False, True, False, False, False]
    line = "Next step: call on Monday. Nothing is budgeted for this year"
    assert _is_own(line, "call on Monday") and not _is_own(line, "Nothing is budgeted for this year")
    assert not _is_own("Next steps:\n- does it work offline?", "does it work offline?")
    assert not _is_own("Next steps: they need approval from the CFO first", "they need approval from the CFO first")


@pytest.mark.parametrize(
    "note", ["Customer: I have to ask my boss whether we can afford it", "Buyer: I must talk to legal first, your contract is a problem"]
)  # fmt: skip
def test_what_stands_behind_a_speakers_name_is_that_speakers(note):
    assert not _is_own(note, note.partition(": ")[2])


def test_an_endless_line_is_looked_at_near_the_find_alone():
    """Steps of the pattern for times grew with the square of the line: 20,000 characters took half a minute."""
    note = "in " * 7000 + "send me it"
    began = time.process_time()
    for at in range(0, len(note) - 10, 300):
        is_own_task(note, at, at + 10)
    at_once = time.process_time() - began
    began = time.process_time()
    for at in range(0, 2100, 30):
        is_own_task(note[:2110], at, at + 10)
    assert at_once < 20 * (time.process_time() - began) + 0.2


def test_somebody_elses_words_in_quotation_marks_stay():
    note = 'He: "I\'ll ask the bank first"'
    assert not _is_own(note, "I'll ask the bank first")


def test_the_finder_leaves_tasks_of_a_note_out_and_keeps_names_in_them():
    finder = build(rules_alone=True)
    task, asked = "I'll find out how much it costs beside Zendesk", "Asked how much it costs"
    notes = [
        Turn("seller", "reported", task),
        Turn("seller", "reported", asked),
        Turn("buyer", "verbatim", "How much does it cost?"),
    ]
    kinds = [[one.kind for one in found] for found in find(finder, notes)]
    assert "question" not in kinds[0] and "question" in kinds[1] and "question" in kinds[2]

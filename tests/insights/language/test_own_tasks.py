"""What a rep notes for themselves to do is no question and no objection of the buyer; what the buyer puts off is."""

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
        "Next year at the earliest", "Actions are not logged", "Need cert by Fri, possible?", "Follow up with her after the budget round in May",
    ],
)  # fmt: skip
def test_what_a_buyer_asks_or_puts_off_is_not(note):
    assert not _is_own(note)


def test_a_heading_covers_its_sentence_and_the_lines_under_it_alone():
    note = "Too dear, he says.\nNext steps:\n- deck to Ana\n- price list by Friday\nPain: no offline mode\n\nNeeds single sign-on"
    assert [_is_own(note, said) for said in ("Too dear", "deck to Ana", "price list by Friday", "no offline mode", "Needs single sign-on")] == [
        False, True, True, False, False,
    ]  # fmt: skip
    line = "Next step: call on Monday. Nothing is budgeted for this year"
    assert _is_own(line, "call on Monday") and not _is_own(line, "Nothing is budgeted for this year")
    assert not _is_own("Next steps:\n- does it work offline?", "does it work offline?")


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

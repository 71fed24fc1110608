from dataclasses import replace

import pytest

from insights.language.follow_up import followed, told_in_note
from insights.language.turns import Turn
from insights.records import Insight

BUYER, SELLER = ("buyer", "verbatim"), ("seller", "verbatim")


def talk(*lines: str, label: str = "price") -> tuple[list[Turn], list[list[Insight]]]:
    """Lines as turns: "c: …" the buyer, "r: …" the seller, "n: …" a note; what stands between [ ] is an insight."""
    turns, found = [], []
    for line in lines:
        who, text = line.split(": ", 1)
        start, end = text.find("["), text.find("]") - 1
        text = text.replace("[", "").replace("]", "")
        role, voice = {"c": BUYER, "r": SELLER, "n": ("seller", "reported")}[who]
        turns.append(Turn(role, voice, text))
        kind = "question" if text[start:end].endswith("?") or "asked" in text[start:end].lower() else "objection"
        found.append([Insight(kind, start, end, text[start:end], label, 1.0)] if start >= 0 else [])
    return turns, found


def outcomes(*lines: str) -> list[str]:
    return [insight.follow_up for insights in followed(*talk(*lines)) for insight in insights]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("Yes.", "answered"),
        ("It's forty-nine a month, and I'll send you the list.", "answered"),
        ("Good question. I'd have to check that with our engineers.", "deferred"),
        ("I'll get back to you on that.", "deferred"),
        ("Let me come to that in a minute.", "deferred"),
    ],
)
def test_a_question_is_answered_or_put_off_by_what_the_seller_says_next(reply, outcome):
    assert outcomes("c: [What does it cost?]", f"r: {reply}", "c: Okay.") == [outcome]


def test_a_question_that_ends_the_conversation_is_left_open():
    assert outcomes("r: Anything else?", "c: [Does it work offline?]") == ["open"]


def test_a_counter_question_is_no_answer_and_the_reply_after_it_counts():
    assert outcomes("c: [What does it cost?]", "r: How many are you?", "c: Nine.", "r: Then 90 a month.") == [
        "answered"
    ]
    assert outcomes("c: [What does it cost?]", "r: How many are you?", "c: Nine.") == ["open"]


def test_what_is_said_to_another_thing_raised_upon_a_counter_question_is_no_answer_to_the_first():
    turns, found = talk(
        "c: [Does it log minus thirty?]",
        "r: Anything else?",
        "c: [The fitting takes too long.]",
        "r: It plugs in within a minute.",
    )
    found[2] = [replace(found[2][0], label="implementation")]
    outcomes = [insight.follow_up for insights in followed(turns, found) for insight in insights]
    assert outcomes == ["open", "answered"]


def test_an_answer_after_what_was_asked_back_counts_though_the_buyer_objects_meanwhile():
    turns, found = talk(
        "c: [What does it cost?]", "r: How many are you?", "c: [We cannot spend much.]", "r: Then 90 a month."
    )
    found[0] = [replace(found[0][0], label="pricing")]
    assert followed(turns, found)[0][0].follow_up == "answered"


def test_who_objects_themselves_replies_to_nothing_though_their_side_is_not_known():
    turns, found = talk("c: [That's too much for us.]", "c: [It takes weeks to have it all fitted.]")
    turns = [replace(turn, role="unknown") for turn in turns]
    assert [insight.follow_up for insights in followed(turns, found) for insight in insights] == ["open", "open"]


@pytest.mark.parametrize(
    "reply", ["Okay, no problem. Have a good day.", "I understand.", "Alright, thanks for your time!"]
)
def test_giving_in_is_no_answer_to_an_objection(reply):
    assert outcomes("c: [That's too much for us.]", f"r: {reply}") == ["open"]


def test_an_objection_that_is_raised_again_after_a_reply_came_back():
    lines = ("c: [It's too expensive.]", "r: You save two hours every single day.", "c: [Still too much money.]")
    first, second = (insight for insights in followed(*talk(*lines)) for insight in insights)
    assert (first.came_back, second.came_back) == (True, False)
    assert first.follow_up == "answered"


def test_an_objection_said_twice_in_one_breath_did_not_come_back():
    lines = ("c: [It's too expensive.]", "r: Okay.", "c: [Way too expensive.]")
    assert not any(insight.came_back for insights in followed(*talk(*lines)) for insight in insights)


@pytest.mark.parametrize(
    ("note", "outcome"),
    [
        ("n: [Asked about SOC 2]. Told her yes.", "answered"),
        ("n: [Asked about SOC 2]. Will check with legal.", "deferred"),
        ("n: [Asked about SOC 2]. Demo on Friday.", "open"),
        ("n: [Worried about migration]. Offered our service for it.", "answered"),
        ("n: [Says it is too dear]. Zendora offered the lot for half.", "open"),
        ("n: [Says it is too dear]. She also mentioned that her boss is new.", "open"),
        ("n: [Says it is too dear]. Zendora quoted them 20 % less. I told him what is included.", "answered"),
        ("n: [Asked about SOC 2]. Maria explained it to them.", "answered"),
        ("n: [Asked about SOC 2]. Martin told me that they audit suppliers.", "open"),
    ],
)
def test_a_note_tells_what_was_replied_in_its_next_sentences(note, outcome):
    assert outcomes(note) == [outcome]


def test_competitors_have_no_follow_up():
    turns = [Turn(*BUYER, "We use Zendora."), Turn(*SELLER, "I see, many of our customers did.")]
    found = [[Insight("competitor", 7, 14, "Zendora", "incumbent", 1.0, "Zendora")], []]
    assert followed(turns, found)[0][0].follow_up == ""


def test_what_a_note_tells_begins_with_its_first_word():
    note = "Asked how long it takes. Told her it is forty minutes. Nice dog."
    start, end = told_in_note(note, note.index(".") + 1)
    assert note[start:end] == "Told her it is forty minutes."


def test_what_a_rival_or_the_buyer_said_is_no_reply_of_ours():
    assert told_in_note("Finds us dear. Zendora offered the same for less. She said so twice.", 14) is None


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("He finds us dear, and HQ must say| yes since it pays for it.", None),
        ("He finds us dear.| Yes, but the yearly plan is cheaper.", "Yes, but the yearly plan is cheaper."),
        ("He finds us dear|, told them of the yearly plan.", ", told them of the yearly plan."),
        ("He finds us dear| told them of the yearly plan.", "told them of the yearly plan."),
    ],
)
def test_what_goes_on_within_a_clause_is_no_yes_or_no(note, told):
    said, _, after = note.partition("|")
    found = told_in_note(said + after, len(said))
    assert (found and (said + after)[slice(*found)]) == told

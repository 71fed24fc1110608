import pytest

from insights import trackers
from insights.trackers import BadTracker, Tracker

GOOD = Tracker("Hosting", ("on premises",))
SENTENCE = "Can we run it on our own servers?"


@pytest.mark.parametrize(
    ("tracker", "reasons"),
    [
        (Tracker("", ("on premises",)), ["Give the tracker a name."]),
        (Tracker("x" * 81, ("on premises",)), ["81 characters; 80 at most"]),
        (Tracker("Hosting"), ["Write phrases, one a line"]),
        (Tracker("Hosting", (), (SENTENCE,)), ["you gave 1"]),
        (Tracker("Hosting", tuple(f"phrase {n}" for n in range(101))), ["101 phrases; 100 at most"]),
        (Tracker("Hosting", ("word " * 50,)), ["“word word"]),
        (Tracker("Hosting", ("…",)), ["has no word to look for"]),
        (Tracker("", (), (SENTENCE,)), ["Give the tracker a name.", "you gave 1"]),
    ],
    ids=["no name", "long name", "nothing", "one example", "many phrases", "long phrase", "no word", "two at once"],
)
def test_a_tracker_that_cannot_be_used_says_everything_that_is_wrong(tracker, reasons):
    with pytest.raises(BadTracker) as told:
        trackers.check(tracker)

    assert all(reason in str(told.value) for reason in reasons)


def test_one_that_is_only_tried_needs_no_name():
    trackers.check(GOOD)
    trackers.check(Tracker("", GOOD.phrases), named=False)


def test_a_sentence_that_is_example_and_counter_example_is_the_latter_and_lines_come_once():
    tidy = trackers.cleaned(Tracker(" Own  hosting ", ("a b", " a  b ", ""), (SENTENCE, "Other"), (SENTENCE.upper(),)))

    assert (tidy.name, tidy.phrases, tidy.examples) == ("Own hosting", ("a b",), ("Other",))


def test_a_long_sentence_is_looked_at_in_stretches_that_overlap_by_half():
    text = " ".join(f"w{n}" for n in range(60))

    held = [text[start:end].split() for start, end in trackers.pieces(text)]

    assert [len(one) for one in held] == [24, 24, 24, 24] and held[0][12:] == held[1][:12]
    assert held[-1][-1] == "w59" and trackers.pieces("") == [(0, 0)]


def test_a_phrase_across_the_border_of_two_sentences_takes_both():
    text = "We host it on. Premises are ours. Nothing else."
    (only,) = trackers.phrase_pieces(trackers.phrases.compile(["on premises"]), text)

    assert text[slice(*only[:2])] == "We host it on. Premises are ours."


@pytest.mark.parametrize(
    ("text", "asks"),
    [("Is it secure?", True), ("They asked whether it is secure.", True), ("It is secure.", False), ("How much (roughly?)", True)],
)  # fmt: skip
def test_a_sentence_asks_by_its_mark_or_its_words(text, asks):
    assert trackers.is_question(text) is asks
    assert trackers.fits_form(Tracker("x", asked="question"), text) is asks
    assert trackers.fits_form(Tracker("x", asked="either"), text)

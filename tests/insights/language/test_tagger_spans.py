import time

import numpy as np
import pytest

from insights.language import tagger_spans
from insights.language.tagger_spans import WIDTH, Span, runs, snapped, trimmed, without_overlaps


def tokens(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Scores of "nothing here" for words with one space between them, and where the words stand."""
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    places = np.stack([ends - [len(word) for word in words], ends], axis=1)
    return np.full((len(words), WIDTH), -4.0, np.float32), places


def quote(text: str, words: str) -> tuple[int, int]:
    return text.index(words), text.index(words) + len(words)


def test_neighbouring_tokens_of_one_kind_make_one_run():
    scores, places = tokens(["well", "too", "expensive", "really"])
    scores[1:3, 0] = 3.0
    (run,) = runs(scores, places)
    assert (run.kind, run.first, run.last, run.score) == ("objection", 1, 3, 3.0)


def test_a_token_that_begins_a_span_parts_two_runs():
    scores, places = tokens(["no", "budget", "no", "time"])
    scores[:, 0] = 3.0
    scores[2, 3] = 2.0
    assert [(run.first, run.last) for run in runs(scores, places)] == [(0, 2), (2, 4)]


def test_what_stands_beneath_a_blank_line_is_another_thing():
    scores, places = tokens(["no", "budget", "", "no", "time"])
    scores[:, 0] = 3.0
    assert [(r.first, r.last) for r in runs(scores, places, "no budget\n\nno time")] == [(0, 3), (3, 5)]


def test_a_competitor_may_stand_inside_an_objection():
    scores, places = tokens(["happy", "with", "Zendora"])
    scores[:, 0] = 3.0
    scores[2, 2] = 3.0
    assert {(run.kind, run.first, run.last) for run in runs(scores, places)} == {
        ("objection", 0, 3),
        ("competitor", 2, 3),
    }


def test_a_word_is_never_cut_between_its_pieces():
    scores, _ = tokens(["Zen", "dora", "now"])
    places = np.array([[0, 3], [3, 7], [8, 11]])
    scores[0, 2], scores[1, 2] = 5.0, -1.0
    assert [(run.first, run.last) for run in runs(scores, places)] == [(0, 2)]


def test_a_conjunction_before_and_a_comma_after_are_no_part_of_a_quote():
    text = "and but it is too much, and"
    assert text[slice(*trimmed(text, 0, len(text)))] == "it is too much"


def test_a_span_that_is_only_a_filler_is_left_as_it_is():
    assert trimmed("okay", 0, 4) == (0, 4)


def test_a_cut_tail_is_taken_in_up_to_the_end_of_the_sentence():
    text = "Thanks. We could never afford that price now. Bye."
    start, end = snapped(text, "objection", *quote(text, "We could never afford that"))
    assert text[start:end] == "We could never afford that price now"


def test_a_competitor_grows_to_whole_words_only():
    text = "we left Zendora last year"
    start, end = snapped(text, "competitor", *quote(text, "Zendo"))
    assert text[start:end] == "Zendora"


def test_of_two_overlapping_spans_of_one_kind_the_surer_stays():
    spans = [Span("objection", 0, 9, "price", 0.6), Span("objection", 4, 12, "trust", 0.9)]
    assert without_overlaps([*spans, Span("competitor", 5, 8, "mention", 0.4)]) == [
        spans[1],
        Span("competitor", 5, 8, "mention", 0.4),
    ]


def test_a_question_ends_at_its_question_mark():
    text = "how long for the full pack? told 3 wks"
    start, end = snapped(text, "question", 0, len(text))
    assert text[start:end] == "how long for the full pack?"


def test_a_span_that_breaks_off_in_mid_phrase_is_read_to_the_end_of_the_sentence():
    text = "i'd want to know you're still here in three years"
    start, end = snapped(text, "objection", 0, len("i'd want to"))
    assert text[start:end] == text


def test_the_name_that_signs_a_mail_is_no_part_of_a_quote():
    text = "What am I getting for it? The other one is cheaper.\n\nSue"
    assert text[slice(*snapped(text, "question", 0, len(text)))] == text[: text.index(".\n")]
    text = "Does it run on\nNetSuite"
    assert text[slice(*snapped(text, "question", 0, len(text)))] == text


def test_a_competitor_never_ends_in_a_conjunction():
    text = "we asked Holm and two others"
    start, end = snapped(text, "competitor", *quote(text, "Holm and"))
    assert text[start:end] == "Holm"


@pytest.mark.parametrize(
    ("said", "nothing"),
    [
        ("Asked", True),
        ("They also asked", True),
        ("Question", True),
        ("Too dear", False),  # "Too dear: 40k"
        ("They asked about it", False),
    ],
)
def test_what_only_says_that_a_question_follows_is_none(said, nothing):
    assert tagger_spans.says_nothing(f"{said}: where is our data?", 0, len(said)) is nothing
    assert not tagger_spans.says_nothing(f"{said}.", 0, len(said))


@pytest.mark.parametrize("said", ["Best", "Kind regards,", "Many thanks!"])
def test_how_a_mail_ends_says_nothing(said):
    assert tagger_spans.says_nothing(said, 0, len(said))


def test_marks_alone_say_nothing():
    assert tagger_spans.says_nothing("Hm ?", 3, 4)


@pytest.mark.parametrize("blank", ["\n", "\t", " ", "\n,", " and ", "(", ".\n\n"])
def test_a_tail_is_looked_for_from_the_end_of_a_span(blank):
    text = "It is too expensive" + blank * 19_000 + "x"
    began = time.process_time()
    assert trimmed(text, 0, len(text)) == (0, len(text))
    assert trimmed(text, 0, len(text) - 1) == (0, len("It is too expensive"))
    assert time.process_time() - began < 1

"""What is quoted of a find that begins or ends within a sentence."""

import pytest

from insights.excerpts import around, quoted

SEVERAL = (
    "down on SOC 2: no report, no vendor, and they won't take a bridge letter. Demand planning would rather stay on their own "
    "workbook, which they have kept for eleven years and are happy with, and nobody there sees what would be better; she"
)
LONG = "and so on with one thing after the other that has nothing to do with it, " * 4


@pytest.mark.parametrize(
    ("before", "found", "after", "said"),
    [
        ("Short call. For her ", "it is too dear", " this year. Bye.", "For her it is too dear this year."),
        ("External audit has put its foot ", SEVERAL, " told it twice. Good demo.", f"External audit has put its foot {SEVERAL} told it twice."),
        (f"Well, {LONG}", SEVERAL, " told it twice.", SEVERAL),
        (f"Well, {LONG}", "it is too dear", ".", "it is too dear"),
        ("He thought so because the ad said ", '"kills 99 %', '". It does not.', 'He thought so because the ad said "kills 99 %".'),
        (f"Well, {LONG} and he ", 'said "too dear', f'" though, {LONG}', 'said "too dear"'),
        ("They will not sign without proof that it removes ", "C", ". diff. Bye.", "They will not sign without proof that it removes C. diff."),
        ("Asked for data on C. ", "diff, can we send it?", " Bye.", "Asked for data on C. diff, can we send it?"),
        ("We went for plan B. ", "Then it rained", " in. Bye.", "Then it rained in."),
    ],
)  # fmt: skip
def test_the_rest_of_its_sentences_is_quoted_with_it_where_it_is_short_or_little(before, found, after, said):
    utterance = f"{before}{found}{after}"
    start, end = quoted("objection", utterance, len(before), len(before) + len(found), None)
    assert utterance[start:end] == said


@pytest.mark.parametrize(
    ("found", "rest", "after"),
    [
        ("Is onboarding done on site?", " The conversion went wrong at a friend's practice.", ""),
        ('They asked "is it done on site?"', " The conversion went wrong.", ""),
        ("Acme Inc.", " and Bolt are looked at. Bye.", " and Bolt are looked at."),
        ("Is onboarding done", " on site? The conversion went wrong.", " on site?"),
    ],
)
def test_after_a_find_that_ends_its_sentence_stands_nothing(found, rest, after):
    assert around(f"Good call. {found}{rest}", 11, 11 + len(found)) == {"before": "", "after": after}

import pytest

from insights.comparing import aspect, direction


def spans(text: str, first: str, second: str) -> tuple[tuple[int, int], tuple[int, int]]:
    a, b = text.index(first), text.index(second)
    return (a, a + len(first)), (b, b + len(second))


@pytest.mark.parametrize(
    ("text", "better", "what"),
    [
        ("Honestly you are cheaper than Acme.", "first", "price"),
        ("Honestly you are more expensive than Acme.", "second", "price"),
        ("you were less expensive than Acme last year", "first", "price"),
        ("you look slower than Acme to me", "second", "speed"),
        ("you are more reliable than Acme", "first", "reliability"),
    ],
)
def test_a_plain_comparison_says_who_is_better_and_in_what(text, better, what):
    assert (direction(text, *spans(text, "you", "Acme")), aspect(text, *spans(text, "you", "Acme"))) == (better, what)


@pytest.mark.parametrize(
    "text",
    [
        "Are you cheaper than Acme?",
        "If you are cheaper than Acme we sign.",
        "you are not cheaper than Acme",
        "you aren't faster than Acme",
        "you and Acme, which is cheaper than the rest",
        "you told us Acme is cheaper",
        "you said that things are better. Cheaper than Acme they are not",
    ],
)
def test_what_asks_supposes_or_denies_says_nothing(text):
    assert direction(text, *spans(text, "you", "Acme")) == ""

"""Many windows at once say what each says by itself, to the last digit."""

import random

import numpy as np
import pytest

from insights import sampling, series
from insights.sampling import Sample


def window(sizes, carrying):
    """A window's accounts with their conversations, and how many of those carry the theme."""
    return Sample(dict(carrying), dict(sizes), sampling.summed(dict(sizes)))


def at_once(windows):
    among = series.windows([one.sums for one in windows], [len(one.conversations) for one in windows])
    rows = [
        (n, carrying, one.conversations[account])
        for n, one in enumerate(windows)
        for account, carrying in one.carrying.items()
    ]
    columns = [np.array([row[n] for row in rows], np.int64) for n in range(3)]
    return list(series.rates(among, *columns))


EXAMPLES = {
    "nobody spoke": ({}, {}),
    "nobody carries it": ({"a": 3, "b": 1}, {}),
    "all carry it": ({"a": 3, "b": 1}, {"a": 3, "b": 1}),
    "a single account": ({"a": 7}, {"a": 2}),
    "one loud account": ({"a": 40, "b": 1, "c": 2}, {"a": 31, "c": 1}),
    "each speaks once": (dict.fromkeys("abcdefghij", 1), {"c": 1, "a": 1}),
}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_share_is_that_of_the_window_by_itself(example):
    one = window(*example)
    assert at_once([one]) == [sampling.rate(one)]


def test_many_windows_of_chance_are_each_themselves():
    chance = random.Random(3)
    windows = []
    for _ in range(400):
        sizes = {n: chance.choice((1, 1, 2, 3, 9, 50)) for n in range(chance.randrange(40))}
        spoken = chance.sample(sorted(sizes), chance.randrange(len(sizes) + 1))
        windows.append(window(sizes, {n: chance.randint(1, sizes[n]) for n in spoken}))
    assert at_once(windows) == [sampling.rate(one) for one in windows]

"""What the tagger thought of turns without acting on it: where to look for what was missed."""

from collections.abc import Sequence

from insights.language.finder import Finder, legible
from insights.language.turns import Turn, readings

LONGEST = 4000  # characters that are looked at


def doubts(finder: Finder, turns: Sequence[Turn]) -> list[float]:
    """The confidence of the surest span of any kind in each turn, 0 where nothing comes to mind; needs a tagger."""
    from dataclasses import replace

    from insights.language import tagger

    assert finder.tagger is not None
    work = [
        (n, part)
        for n, turn in enumerate(turns)
        for _, part in readings(replace(turn, text=legible(turn.text[:LONGEST])))
    ]
    best = [0.0] * len(turns)
    for (n, _), spans in zip(work, tagger.candidates(finder.tagger, [part for _, part in work]), strict=True):
        best[n] = max([best[n], *(span.confidence for span in spans)])
    return best

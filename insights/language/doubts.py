"""What the tagger thought of turns without acting on it: where to look for what was missed."""

from collections.abc import Sequence

from insights.language.finder import Finder, Work, legible, weights
from insights.language.tagging import key_of
from insights.language.turns import Turn, readings

LONGEST = 4000  # characters that are looked at


def doubts(finder: Finder, work: Sequence[Work]) -> list[float]:
    """The confidence of the surest span of any kind in each turn, 0 where nothing comes to mind; needs a tagger.

    The work is turns, each with what the tagger said of it when the finder read it: if that was all of it, it is not asked again.
    """
    from dataclasses import replace

    from insights.language import tagger

    assert finder.tagger is not None
    best = [0.0] * len(work)
    asked: list[tuple[int, Turn]] = []
    for n, (turn, known) in enumerate(work):
        parts = list(readings(replace(turn, text=legible(turn.text[:LONGEST]))))
        whole = ((at, part, ((0, len(part.text)),)) for at, part in parts)
        if known is not None and known.key == key_of(weights(finder), whole):
            best[n] = max((span.confidence for span in known.spans), default=0.0)
        else:
            asked += [(n, part) for _, part in parts]
    for (n, _), spans in zip(asked, tagger.candidates(finder.tagger, [part for _, part in asked]), strict=True):
        best[n] = max([best[n], *(span.confidence for span in spans)])
    return best

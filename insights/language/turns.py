"""What the finder reads: one utterance with who said it and what was said before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from insights.records import Role, Voice

SENTENCES_BEFORE = 2  # of a note, that a sentence is read with
_STOP = re.compile(r"(?<=[.!?;])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said or wrote, with up to three utterances before it as (role, text), the latest last."""

    role: Role
    voice: Voice
    text: str
    context: tuple[tuple[Role, str], ...] = ()

    @property
    def is_buyers(self) -> bool:
        """Objections and questions are the buyer's own words, or a note that reports them."""
        return self.voice == "reported" or self.role != "seller"


def readings(turn: Turn) -> Iterator[tuple[int, Turn]]:
    """Yield (offset, part) of what is read at once: a note's sentences, each after those before it; other turns whole.

    A note lists many things, and each stands for itself.
    """
    if turn.voice != "reported":
        yield 0, turn
        return
    before: list[tuple[Role, str]] = []
    for start, end in sentences(turn.text):
        sentence = turn.text[start:end]
        yield start, replace(turn, text=sentence, context=tuple(before[-SENTENCES_BEFORE:]))
        before.append((turn.role, sentence))


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each sentence or line that holds anything."""
    start = 0
    for stop in _STOP.finditer(text):
        if text[start : stop.start()].strip():
            yield start, stop.start()
        start = stop.end()
    if text[start:].strip():
        yield start, len(text)

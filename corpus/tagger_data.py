"""Rows for the tagger's training, varied anew in every epoch so that it learns how people talk and not the corpus.

Variations: punctuation gone, as speech recognition writes it; neighbouring lines of one speaker joined to a longer one;
context dropped; the side not known; competitors under other names, so that the place tells a rival and not the name.
"""

import random
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from insights.language.turns import Turn, readings
from insights.records import Role, Voice

SIDES: dict[str, tuple[Role, Voice]] = {
    "customer": ("buyer", "verbatim"),
    "rep": ("seller", "verbatim"),
    "note": ("seller", "reported"),
    "unknown": ("unknown", "verbatim"),
}
PARTS = 3  # each is held out once
JOINED = 0.2  # shares of rows that are varied so
RENAMED = 0.5
QUIET_SELLERS = 0.3  # of the sellers' turns without a mark, which teach little
BARE = 0.25
WITHOUT_CONTEXT = 0.15
WITHOUT_SIDE = 0.05
OTHERS = 0.6
WHOLE_NOTES = 0.25  # the rest are read sentence by sentence, as the finder reads them
_NUMBER = re.compile(r"\d{1,9}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
# Syllables that names are made of; the last list holds the second words of some.
_HEADS, _TAILS, _SECONDS = (
    tuple(words.split())
    for words in (
        "ar bel cor dra el fen gal hol is jun kel lum mar nor os pel qua ros sil tor ul ver wex yar zen",
        "a ado ano by den dex era ev ico ify io ion ium ix land ler ly mo nova ora post rix sy tec tic va well y",
        "Cloud Pro One Desk Hub Labs Systems Pay Suite Point Works Online Group Direct",
    )
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled stretch of a turn's text, in characters."""

    kind: str
    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Example:
    """A turn with its marks, and the group (industry) that it must not be parted from when data is split."""

    group: str
    turn: Turn
    marks: tuple[Mark, ...]


def examples(rows: Sequence[dict[str, Any]]) -> list[Example]:
    """Labelled rows as turns; utterances of no industry are grouped by their conversation."""
    found = []
    for row in rows:
        role, voice = SIDES[row["role"]]
        context = tuple((SIDES[said["role"]][0], said["text"]) for said in row["context"])
        marks = tuple(Mark(m["kind"], m["start"], m["end"], m["label"]) for m in row["marks"])
        found.append(Example(group_of(row), Turn(role, voice, row["text"], context), marks))
    return found


def group_of(row: dict[str, Any]) -> str:
    """What a row must not be parted from when data is split: its industry; its conversation where it has none."""
    industry = str(row.get("industry") or "any")
    return str(row["id"]).rsplit("#", 1)[0] if industry in {"any", "various"} else industry


def varied(items: Sequence[Example], rng: random.Random) -> list[Example]:
    """One epoch's examples: every item once, some of them changed."""
    out = []
    for before, item in pairwise([None, *items]):
        assert item is not None
        quiet = not item.turn.is_buyers and not item.marks
        if quiet and rng.random() >= QUIET_SELLERS:
            continue
        if before is not None and rng.random() < JOINED and follows(before, item):
            item = joined(before, item)
        if item.marks and rng.random() < RENAMED:
            item = renamed(item, rng)
        if rng.random() < BARE:
            item = bare(item, rng)
        for part in [item] if rng.random() < WHOLE_NOTES else parts(item):
            turn = part.turn
            if rng.random() < WITHOUT_CONTEXT:
                turn = replace(turn, context=())
            if turn.voice == "verbatim" and rng.random() < WITHOUT_SIDE:
                turn = replace(turn, role="unknown", context=tuple(("unknown", text) for _, text in turn.context))
            out.append(replace(part, turn=turn))
    return out


def parts(item: Example) -> list[Example]:
    """An item as the finder reads it: a note in sentences, with the marks of each."""
    found = []
    for offset, turn in readings(item.turn):
        end = offset + len(turn.text)
        marks = tuple(
            replace(mark, start=max(mark.start, offset) - offset, end=min(mark.end, end) - offset)
            for mark in item.marks
            if min(mark.end, end) - max(mark.start, offset) > min(3, mark.end - mark.start - 1)
        )
        found.append(replace(item, turn=turn, marks=marks))
    return found


def follows(before: Example, item: Example) -> bool:
    """Tell whether two neighbours can be read as one turn: notes of one group, or one speaker going on."""
    same = (before.group, before.turn.role, before.turn.voice) == (item.group, item.turn.role, item.turn.voice)
    if not same or len(before.turn.text) + len(item.turn.text) > 700:
        return False
    goes_on = bool(item.turn.context) and item.turn.context[-1] == (before.turn.role, before.turn.text)
    alone = not item.turn.context and not before.turn.context and item.turn.text != before.turn.text
    return goes_on or alone


def joined(before: Example, item: Example) -> Example:
    """Two turns as one, with the context of the first."""
    first = before.turn.text.rstrip()
    gap = " " if first.endswith((".", "!", "?")) or not any(c in first for c in ".,?") else ". "
    shift = len(first) + len(gap)
    marks = (
        *(replace(mark, end=min(mark.end, len(first))) for mark in before.marks if mark.start < len(first)),
        *(replace(mark, start=mark.start + shift, end=mark.end + shift) for mark in item.marks),
    )
    return replace(item, turn=replace(before.turn, text=first + gap + item.turn.text), marks=marks)


def renamed(item: Example, rng: random.Random) -> Example:
    """The same with other competitor names, in the context too; common words ("spreadsheets") stay."""
    names = {
        item.turn.text[m.start : m.end]
        for m in item.marks
        if m.kind == "competitor" and (m.end - m.start > 3) and re.search(r"[A-Z]", item.turn.text[m.start : m.end])
    }
    for name in sorted(names, key=len, reverse=True):
        other = made_up(rng)
        context = tuple((role, text.replace(name, other)) for role, text in item.turn.context)
        item = swapped(replace(item, turn=replace(item.turn, context=context)), name, other)
    return item


def swapped(item: Example, name: str, other: str) -> Example:
    """Replace a name everywhere in a turn and move the marks along."""
    text, places = item.turn.text, [found.start() for found in re.finditer(re.escape(name), item.turn.text)]

    def moved(at: int) -> int:
        shift = sum(len(other) - len(name) for place in places if place + len(name) <= at)
        return at + shift

    if any(place < edge < place + len(name) for m in item.marks for edge in (m.start, m.end) for place in places):
        return item
    marks = tuple(replace(mark, start=moved(mark.start), end=moved(mark.end)) for mark in item.marks)
    return replace(item, turn=replace(item.turn, text=text.replace(name, other)), marks=marks)


def reworded(item: Example, rng: random.Random, said: Sequence[str]) -> Example:
    """What somebody else might have said, which nobody marked: other numbers, a sentence of another's (`said`) before or
    behind, a word said twice or left out."""
    text = _NUMBER.sub(lambda found: str(rng.randrange(10 ** (len(found[0]) - 1), 10 ** len(found[0]))), item.turn.text)
    if len(text) < 400 and rng.random() < OTHERS:
        other = rng.choice(_SENTENCE.split(rng.choice(said)))
        text = f"{text} {other}" if rng.random() < 0.5 else f"{other} {text}"
    words = text.split(" ")
    at = rng.randrange(len(words))
    if rng.random() < 0.3:
        words.insert(at, words[at])
    elif rng.random() < 0.4 and len(words) > 4:
        del words[at]
    return replace(item, turn=replace(item.turn, text=" ".join(words)), marks=())


def made_up(rng: random.Random) -> str:
    """A company name that nobody has, one word or two."""
    word = "".join(rng.choice(_HEADS) for _ in range(rng.choice((1, 1, 2)))) + rng.choice(_TAILS)
    name = word.capitalize()
    return f"{name} {rng.choice(_SECONDS)}" if rng.random() < 0.25 else name


def bare(item: Example, rng: random.Random) -> Example:
    """The same without punctuation, sometimes without apostrophes, as a machine that listens writes it."""
    gone = set('.,?!;:"()…–—') | (set("'’") if rng.random() < 0.3 else set())
    said = without(item, gone)
    return replace(said, turn=replace(said.turn, context=bare_context(item.turn, gone)))


def bare_context(turn: Turn, gone: set[str]) -> tuple[tuple[Role, str], ...]:
    """The context without some characters."""
    return tuple((role, "".join(c for c in text if c not in gone).lower()) for role, text in turn.context)


def without(item: Example, gone: set[str]) -> Example:
    """The turn in lower case without some characters; marks keep their words."""
    text = item.turn.text
    # A mark between letters and digits ("3.5") is part of a word.
    kept = [
        c not in gone or (text[max(0, n - 1) : n].isdigit() and text[n + 1 : n + 2].isdigit())
        for n, c in enumerate(text)
    ]
    at = [0]
    for keep in kept:
        at.append(at[-1] + keep)
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c, keep in zip(text, kept, strict=True) if keep)
    marks = tuple(replace(mark, start=at[mark.start], end=at[mark.end]) for mark in item.marks)
    return replace(
        item, turn=replace(item.turn, text=lower), marks=tuple(mark for mark in marks if mark.end > mark.start)
    )


def part(group: str) -> int:
    """The part, below PARTS, that an industry is held out with; the rest of the corpus has no say in it."""
    return zlib.crc32(group.encode()) % PARTS

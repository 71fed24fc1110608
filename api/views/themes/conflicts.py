"""What a person is answered whose theme was changed meanwhile: what changed, what they wanted, and both ways on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from api.views.themes import lines as history
from api.views.themes.lines import Line
from pipelines.privacy.covering import without_names
from pipelines.store.covered import is_covered
from pipelines.themes.editing import ChangedSince

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """A field that somebody filled in: what it is called on the page and in the form, and what they wrote."""

    label: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asked for: in words, on its button, its hidden fields, and what was typed. `again` is the page to
    look at anew where it cannot be done all the same, "" where it can."""

    sentence: str
    label: str
    action: str
    hidden: Pairs = ()
    typed: tuple[Typed, ...] = ()
    again: str = ""


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """`saw` are the versions that doing it all the same has seen."""

    sentence: str
    lines: tuple[Line, ...]
    wanted: Wanted
    saw: tuple[str, ...]
    since: int | None
    back: str


def page(db: Database, error: ChangedSince, wanted: Wanted, back: str, *, moving: bool = False) -> ConflictPage:
    """`moving` says that quotes are to be moved, which are seen as of an event and not by their theme's version."""
    saw = tuple(f"{theme}:{version}" for theme, version in error.versions.items())
    told, lines = str(error), history.lines(db, error.events)
    if is_covered(db):  # both were said before names were
        told = without_names(db, told)
        wanted = replace(wanted, sentence=without_names(db, wanted.sentence))
        lines = tuple(
            replace(one, text=without_names(db, one.text), reason=without_names(db, one.reason)) for one in lines
        )
    return ConflictPage(told, lines, wanted, saw, error.last if moving else None, back)


def stale(sentence: str, wanted: Wanted, back: str) -> ConflictPage:
    """Where what was looked at is no longer there to be done."""
    return ConflictPage(sentence, (), wanted, (), None, back)


def saw(values: Sequence[str]) -> dict[int, int]:
    """The versions that a form says were seen, as "theme:version"; what is none is passed over."""
    found = {}
    for value in values:
        theme, _, version = value.partition(":")
        if all(part.isascii() and part.isdigit() and len(part) < 19 for part in (theme, version)):
            found[int(theme)] = int(version)
    return found

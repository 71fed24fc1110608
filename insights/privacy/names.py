"""Find names of people and companies: those we are told of in the forms in which they are written, others by their
company.

A name that is also a word ("Mark", "Price", "Target") is the trap: alone it counts only where something else speaks for
it, so that "the price rose" stays as it was said.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from insights import people
from insights.once import accounts
from insights.privacy import introduced
from insights.privacy.vocabulary import fold, given_names, is_common
from insights.privacy.words import (
    DOES,
    HAS,
    MODAL,
    PARTICLES,
    POSSESSIVE,
    TITLES,
    WORD,
    Word,
    word_set,
    words_of,
    wrapped,
)

Found = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Known:
    """Who is known to take part or to be spoken of. `keep` are names that are no secret: competitors, own products."""

    people: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


# What follows "Mark, " where it is said to Mark.
_TURNS_TO = word_set("can could would will do did are have what how when where who why please you your thanks i we let")
_MONTHS = word_set("april may june august january march")
_BEFORE_MONTHS = word_set("in by until till since of last next from to before after for this mid early late every")
_MOST_WORDS = 8


def find(text: str, known: Known) -> Iterator[Found]:
    """(start, end, "name" or "company") of names; they may overlap."""
    words = words_of(text)
    barred = {n for first, last in _places(words, _phrases(known.keep), strict=False) for n in range(first, last)}
    for first, last in _companies(words, known):
        if not barred & set(range(first, last)):
            barred.update(range(first, last))
            yield words[first].start, _with_form(text, words[last - 1].end), "company"
    for first, last in (*_known_people(words, known), *introduced.people_in(words)):
        if not barred & set(range(first, last)):
            yield words[first].start, _with_dot(text, words, first, last), "name"


def _phrases(names: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """Names as folded words, by their first one."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in names:
        parts = tuple(fold(POSSESSIVE.sub("", word)) for word in WORD.findall(name))[:_MOST_WORDS]
        if parts:
            found.setdefault(parts[0], []).append(parts)
    return found


def _places(words: Sequence[Word], phrases: dict[str, list[tuple[str, ...]]], *, strict: bool) -> list[tuple[int, int]]:
    """Where phrases stand, the longest at each place, as ranges of words."""
    found = []
    for n, word in enumerate(words):
        fits = [p for p in phrases.get(word.folded, ()) if _follow(words, n, p)]
        if fits:
            longest = max(map(len, fits))
            if not strict or _speaks_for(words, n, n + longest):
                found.append((n, n + longest))
    return found


def _follow(words: Sequence[Word], at: int, parts: tuple[str, ...]) -> bool:
    if at + len(parts) > len(words):
        return False
    return all(
        words[at + n].folded == part and (not n or wrapped(words[at + n].gap)) for n, part in enumerate(parts)
    )  # fmt: skip


def _speaks_for(words: Sequence[Word], first: int, last: int) -> bool:
    """Whether a name that may be made of everyday words is meant as a name: its words are written large, and not only
    because a sentence begins."""
    run = words[first:last]
    if not all(is_common(word.folded) for word in run):
        return True
    if not all(word.capital for word in run if len(word.folded) > 2):
        return False
    return len(run) > 1 or not run[0].starts


def _companies(words: Sequence[Word], known: Known) -> list[tuple[int, int]]:
    return _places(words, _phrases(form for name in known.companies for form in company_forms(name)), strict=True)


@lru_cache(maxsize=20_000)
def company_forms(name: str) -> tuple[str, ...]:
    """How a company is named: in full, without its legal form, and by its first word where that word is its own."""
    plain = " ".join(WORD.findall(name))
    core = accounts.account(name)
    forms = {plain, core} - {""}
    first = core.partition(" ")[0]
    if len(first) >= 4 and not is_common(first) and first not in given_names() and not first.isdigit():
        forms.add(first)
    return tuple(sorted(form for form in forms if len(form) > 1))


@cache
def _legal() -> re.Pattern[str]:
    forms = "Inc|Ltd|Limited|LLC|LLP|GmbH|AG|KG|SE|plc|PLC|Corp|Corporation|Co|SA|SAS|SARL|BV|NV|AB|AS|ApS|Oy|SpA|Srl|Pty|Group"
    return re.compile(rf",?[ ](?:{forms})\b")


def _with_form(text: str, end: int) -> int:
    """The end of a company's name with the legal form that follows it."""
    match = _legal().match(text, end)
    end = match.end() if match else end
    abbreviated = re.search(r"\b(?:Inc|Ltd|Corp|Co)$", text[max(0, end - 5) : end])
    return end + bool(abbreviated and re.match(r"\.[ ,]*[a-z]|\.,", text[end : end + 3]))


def _with_dot(text: str, words: Sequence[Word], first: int, last: int) -> int:
    """The end of a name, with the dot of an initial that ends it and with which no sentence ends ("Dana H. thinks")."""
    end = words[last - 1].end
    if (
        end - words[last - 1].start == 1
        and last - first > 1
        and text[end : end + 1] == "."
        and text[end + 1 : end + 2] in (" ", ",")
    ):
        return end + (last < len(words) and not words[last].capital)
    return end


@lru_cache(maxsize=4_000)
def _parts(name: str) -> tuple[str, ...]:
    """The folded words of a person's name, given name first; () for a label that names nobody."""
    if people.is_generic(name):
        return ()
    return tuple(fold(word) for word in people.name_words(name))[:6]


def _known_people(words: Sequence[Word], known: Known) -> Iterator[tuple[int, int]]:
    """Runs of words that are parts or initials of one known person's name, where the run can mean the person."""
    by_part: dict[str, list[tuple[str, ...]]] = {}
    for parts in {_parts(name) for name in known.people}:
        for part in parts:
            if len(part) > 1 and part not in PARTICLES:
                by_part.setdefault(part, []).append(parts)
    n = 0
    while n < len(words):
        run = max(
            (_run(words, n, parts) for parts in _meant(words, n, by_part)), default=(n, n), key=lambda r: r[1] - r[0]
        )
        first, last = run
        if last > first and _is_person(words, first, last, by_part):
            yield first, last
            n = last
        else:
            n += 1


def _meant(words: Sequence[Word], n: int, by_part: dict[str, list[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """The people who may be named from this word on: by a part, or by an initial before one."""
    if words[n].folded in by_part:
        return by_part[words[n].folded]
    if len(words[n].folded) == 1 and words[n].capital and n + 1 < len(words):
        return [p for p in by_part.get(words[n + 1].folded, ()) if p[0].startswith(words[n].folded)]
    return []


def _run(words: Sequence[Word], first: int, parts: tuple[str, ...]) -> tuple[int, int]:
    left = list(parts)
    last = first
    while last < len(words) and (last == first or wrapped(words[last].gap)):
        word = words[last].folded
        initial = len(word) == 1 and words[last].capital and next((p for p in left if p.startswith(word)), None)
        if word in left:
            left.remove(word)
        elif initial and (last > first or (words[last + 1 : last + 2] and words[last + 1].folded in left)):
            left.remove(initial)
        else:
            break
        last += 1
        turned = (
            last == first + 1
            and word == parts[-1]
            and len(parts) > 1
            and last < len(words)
            and words[last].folded == parts[0]
        )
        if last < len(words) and "," in words[last].gap and not turned:  # "Dana, Joel", but "Hill, Dana"
            break
    while last > first and words[last - 1].folded in PARTICLES:
        last -= 1
    return first, last


def _is_person(words: Sequence[Word], first: int, last: int, by_part: dict[str, list[tuple[str, ...]]]) -> bool:
    run = words[first:last]
    whole = [word for word in run if len(word.folded) > 1]
    if not whole:
        return False
    if any(not is_common(word.folded) for word in whole):
        return True
    if not all(word.capital for word in whole):
        return False
    if len(whole) > 1 or len(run) > 1:
        return True
    return _is_person_alone(words, first, by_part)


def _is_person_alone(words: Sequence[Word], n: int, by_part: dict[str, list[tuple[str, ...]]]) -> bool:
    """Whether one capital word that is also an everyday one means the person who is called so."""
    word, before = words[n], words[n - 1] if n else None
    after = words[n + 1] if n + 1 < len(words) else None
    if before and before.folded in TITLES:
        return True
    if not any(parts[0] == word.folded for parts in by_part[word.folded]):
        return False  # a family name without a title
    if not word.starts:
        return not (word.folded in _MONTHS and before and before.folded in _BEFORE_MONTHS)
    if after is None:
        return False
    if after.gap.startswith(("'s", "’s")):
        return word.folded not in _MONTHS
    does = after.folded in DOES | HAS or (after.folded == "not" and word.folded not in MODAL)
    return (does and not after.gap.strip()) or (after.gap.startswith(",") and after.folded in _TURNS_TO)

"""Names of people whom nobody told us of, by what stands beside them.

Every test is a place that only a person can take ("my boss, Ann", "spoke with Ann", "Dr Ann"): a capital letter alone is
no name, or half of all companies and products would be masked.
"""

from collections.abc import Iterator, Sequence

from insights.privacy.vocabulary import family_names, given_names, is_common, stop
from insights.privacy.words import DOES, PARTICLES, TITLES, Word, joined, word_set

_ALSO_ALONE = word_set("madam sir miss")  # said to somebody without a name too ("No, Sir")
_HELPS = word_set("would will could can should might must has had is was does did won't wouldn't can't isn't")
_GREETINGS = word_set(
    "hi hello hey dear thanks cheers thank sorry morning afternoon evening regards best yours sincerely"
)
_KIN = word_set(
    "boss colleague manager director ceo cfo cto cio coo ciso vp controller wife husband brother sister partner assistant friend founder "
    "owner accountant lawyer buyer planner engineer admin lead head secretary predecessor successor"
)
_HUMAN = word_set("lady guy man woman person girl boy fellow gentleman chap bloke")
_SPOKEN_TO = word_set(
    "spoke speak speaking talk talked talking met meet meeting meet chat chatted email emailed mailed wrote"
)
_COUNTRIES = word_set("us uk eu un")  # written with dots
_MOST_INITIALS = 4


def people_in(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """People whom nobody told us of: by a title, a given name, or by how they are introduced or addressed."""
    cased = any(word.capital for word in words)
    n = 0
    while n < len(words):
        last = _introduced(words, n) if cased or words[n].capital else _small(words, n)
        if last > n:
            yield n, last
            n = last
        else:
            n += 1


def _small(words: Sequence[Word], n: int) -> int:
    """Where a name ends in a text that has no capitals at all, as speech recognition writes it."""
    word, before = words[n], words[n - 1] if n else None
    if word.folded in given_names():
        return n + 1
    said = [one.folded for one in words[max(0, n - 2) : n]]
    if len(said) > 1 and said[0] in _KIN | _HUMAN and said[1] in ("named", "called") and word.gap == " ":
        return n + (word.folded not in stop())  # "a lady named fran"
    titled = before is not None and before.folded in TITLES - _ALSO_ALONE and word.gap in (" ", ". ")
    return n + (titled and len(word.folded) > 2 and word.folded not in TITLES and not is_common(word.folded))


def _introduced(words: Sequence[Word], n: int) -> int:
    word = words[n]
    if word.end - word.start < 2:
        return _after_initials(words, n)
    if not word.capital:
        if word.folded not in given_names() or n + 1 == len(words):
            return n
        after = words[n + 1]
        return n + ((after.folded in DOES or after.folded in _HELPS) and not after.gap.strip())
    before = words[n - 1] if n else None
    if before and before.capital and before.folded in TITLES and joined(word.gap):
        if before.folded not in _ALSO_ALONE:
            return _titled(words, n)
        if word.gap == " " and not is_common(word.folded):
            return _family(words, n + 1)
    if word.folded in given_names() or _is_compound(word.folded):
        return _family(words, n + 1)
    if is_common(word.folded) or _shouted(word):
        return n
    return _family(words, n + 1) if _is_addressed(words, n) else n


def _titled(words: Sequence[Word], n: int) -> int:
    """Where a name ends that follows a title, or `n` where another title follows it, or where "Dr" is a street's
    drive."""
    word, before = words[n], words[n - 1]
    if word.folded in TITLES and n + 1 < len(words) and words[n + 1].capital and joined(words[n + 1].gap):
        return n  # "Herr Doktor Wessling"
    street = n > 1 and words[n - 2].capital and words[n - 2].folded not in TITLES
    street = street and before.gap == " " and not words[n - 2].starts  # "Bassett Dr. Is it …"
    return n if street and is_common(word.folded) else _family(words, n + 1)


def _after_initials(words: Sequence[Word], n: int) -> int:
    """Where "J.P. Moreau" ends, which begins with initials; `n` where it is none."""
    last = n
    while (
        last < min(len(words) - 1, n + _MOST_INITIALS)
        and words[last].capital
        and len(words[last].folded) == 1
        and (last == n or words[last].gap in (".", ". "))
    ):
        last += 1
    if not n < last < len(words) or words[last].gap not in (". ", "."):
        return n
    letters = "".join(word.folded for word in words[n:last])
    family = words[last]
    fits = family.capital and len(family.folded) > 2 and not is_common(family.folded) and letters not in _COUNTRIES
    return last + 1 if fits else n


def _shouted(word: Word) -> bool:
    return word.end - word.start <= 4 and word.folded.isascii() and not any(one in "aeiouy" for one in word.folded)


def _is_compound(folded: str) -> bool:
    """Jean-Pierre, Anna-Lena."""
    return "-" in folded and all(part in given_names() for part in folded.split("-"))


def _family(words: Sequence[Word], n: int) -> int:
    """Where a name ends whose first word is the one before: with a family name, its particles, or an initial."""
    last = n
    while last < len(words) and last < n + 3 and words[last].gap in (" ", ". ", "\u00a0"):
        word = words[last]
        if word.folded in PARTICLES and last + 1 < len(words) and words[last + 1].capital:
            last += 1
        elif word.capital and _goes_on(word) and word.gap != ". ":
            last += 1
            if len(word.folded) > 1:
                break
        else:
            break
    return last


def _goes_on(word: Word) -> bool:
    """Whether a capital word after a given name is its family name, or an initial."""
    if len(word.folded) == 1:
        return word.folded not in "ia"
    return not is_common(word.folded) or word.folded in family_names()


def _is_addressed(words: Sequence[Word], n: int) -> bool:
    """Whether a capital word that is no everyday one is introduced as a person, or spoken to."""
    before = [words[k] for k in range(max(0, n - 4), n)]
    said = [word.folded for word in before]
    gap, after = words[n].gap, words[n + 1] if n + 1 < len(words) else None
    if (
        said[-1:]
        and said[-1] in _GREETINGS
        and gap.strip() in ("", ",")
        and (before[-1].capital or said[-1] in ("thanks", "regards"))
    ):
        return (
            after is None
            or after.gap[:1] in ",.!\n"
            or (n + 2 < len(words) and words[n + 2].gap[:1] in ",.!\n")
            or n + 2 >= len(words)
        )
    if said[-3:] == ["my", "name", "is"] or said[-2:] == ["name", "is"] or said[-1:] == ["name's"]:
        return True
    if (
        said[-1:]
        and said[-1] in _KIN
        and len(said) > 1
        and said[-2] in ("my", "our", "his", "her", "their", "your", "the")
    ):
        return gap.strip() in ("", ",")
    if said[-1:] in (["to"], ["with"]) and said[-2:-1] and said[-2] in _SPOKEN_TO:
        return gap == " "
    if (
        said[-1:] in (["and"], ["or"])
        and len(before) > 1
        and before[-2].capital
        and gap == " "
        and before[-1].gap == " "
    ):
        return before[-2].folded in given_names()  # "Yusuf and Annelise"
    if gap == ", " and after is not None and after.capital and after.gap == " " and not is_common(after.folded):
        return any(word in _KIN for word in said)  # "our head of operations, Marguerite Dubois"
    return bool(said[-2:] in (["this", "is"],) and after is not None and after.folded in ("from", "at", "speaking"))

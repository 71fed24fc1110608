"""Find names of people and companies: those we are told of in the forms in which they are written, others by their
company.

A name that is also a word ("Mark", "Price", "Target") is the trap: alone it counts only where something else speaks for
it, so that "the price rose" stays as it was said.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from insights import people
from insights.names.wording import lexicon
from insights.once import accounts

Found = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Known:
    """Who is known to take part or to be spoken of. `keep` are names that are no secret: competitors, own products."""

    people: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: `folded` without case and accents, `starts` says that a sentence begins with it, `gap` what
    stands between it and the word before."""

    start: int
    end: int
    folded: str
    capital: bool
    starts: bool
    gap: str


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’](?:s|S|ll|d|re|ve|m)$")
_SENTENCE_END = re.compile(r"[.!?…:\n\"“”—–]|^\s*[-*•]")
_PARTICLES = _set("van von der den de di da dos del della la le el al bin ibn ter ten zu zur af av mac mc st")
_TITLES = people.HONORIFICS
_ALSO_ALONE = _set("madam sir miss")  # said to somebody without a name too ("No, Sir")
_HELPS = _set("would will could can should might must has had is was does did won't wouldn't can't isn't")
# What only people do: a first name that is also a word begins the sentence before one of these.
_DOES = _set(
    "said says say asked asks told tells wants wanted thinks thought agreed agrees replied wrote mentioned confirmed called emailed "
    "mailed rang joined promised insists insisted complained signed knows knew likes liked hates hated feels felt sits works"
)
_GREETINGS = _set("hi hello hey dear thanks cheers thank sorry morning afternoon evening regards best yours sincerely")
_KIN = _set(
    "boss colleague manager director ceo cfo cto cio coo ciso vp controller wife husband brother sister partner assistant friend founder "
    "owner accountant lawyer buyer planner engineer admin lead head secretary predecessor successor"
)
_HUMAN = _set("lady guy man woman person girl boy fellow gentleman chap bloke")
_SPOKEN_TO = _set(
    "spoke speak speaking talk talked talking met meet meeting meet chat chatted email emailed mailed wrote"
)
_MONTHS = _set("april may june august january march")
_BEFORE_MONTHS = _set("in by until till since of last next from to before after for this mid early late every")
_COUNTRIES = _set("us uk eu un")  # written with dots
_MOST_WORDS, _MOST_INITIALS = 8, 4


def find(text: str, known: Known) -> Iterator[Found]:
    """(start, end, "name" or "company") of names; they may overlap."""
    words = _words(text)
    barred = {n for first, last in _places(words, _phrases(known.keep), strict=False) for n in range(first, last)}
    for first, last in _companies(words, known):
        if not barred & set(range(first, last)):
            barred.update(range(first, last))
            yield words[first].start, _with_form(text, words[last - 1].end), "company"
    for first, last in (*_known_people(words, known), *_unknown_people(words)):
        if not barred & set(range(first, last)):
            yield words[first].start, _with_dot(text, words, first, last), "name"


class _Folding(dict[int, str]):
    """What each sign is compared as, worked out when it is first met: no sign's depends on those beside it."""

    def __missing__(self, code: int) -> str:
        one = _PLAIN.get(chr(code), chr(code))
        plain = "".join(sign for sign in unicodedata.normalize("NFKD", one) if not unicodedata.combining(sign))
        self[code] = plain.replace("’", "'").casefold()
        return self[code]


_PLAIN = {"ß": "ss", "ø": "o", "ł": "l", "Ø": "O", "Ł": "L"}
_FOLDING = _Folding()


def fold(text: str) -> str:
    """A text as it is compared: without case and accents, with a straight apostrophe."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


@cache
def common() -> frozenset[str]:
    """Words that say nothing by themselves, in lower case: everyday English, months and places, trades and
    departments."""
    return (
        _list("common.txt")
        | _list("never.txt")
        | _stop()
        | frozenset(word for words in lexicon().values() for word in words)
    )


@cache
def _stop() -> frozenset[str]:
    return frozenset(files("insights").joinpath("stopwords.txt").read_text("utf-8").split())


@cache
def given_names() -> frozenset[str]:
    return frozenset(fold(name) for name in _list("given.txt")) - common()


@cache
def _family_names() -> frozenset[str]:
    """Everyday words that are family names too ("Stone", "Baker"): after a given name they are meant as such."""
    return (
        _list("common.txt") - _list("never.txt") - _stop() - frozenset(w for words in lexicon().values() for w in words)
    )


def _list(name: str) -> frozenset[str]:
    lines = files("insights.privacy").joinpath(name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=20_000)
def is_common(word: str) -> bool:
    """Whether a folded word, or what it is a form of, is everyday English."""
    forms = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ed"), word.removesuffix("ing")}
    forms |= {form + "e" for form in forms if form != word}
    return len(word) < 2 or bool(forms & common())


def _words(text: str) -> list[Word]:
    words: list[Word] = []
    last = 0
    for match in _WORD.finditer(text):
        plain = _POSSESSIVE.sub("", match[0])
        gap = text[last : match.start()]
        starts = not words or (bool(_SENTENCE_END.search(gap)) and not _is_initial(words[-1], gap))
        start, last = match.start(), match.start() + len(plain)
        words.append(Word(start, last, fold(plain), plain[:1].isupper(), starts, gap))
    return words


def _is_initial(word: Word, gap: str) -> bool:
    return gap.startswith(".") and (word.end - word.start == 1 or word.folded in _TITLES) and "\n" not in gap


def _phrases(names: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """Names as folded words, by their first one."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in names:
        parts = tuple(fold(_POSSESSIVE.sub("", word)) for word in _WORD.findall(name))[:_MOST_WORDS]
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
        words[at + n].folded == part and (not n or _joined(words[at + n].gap)) for n, part in enumerate(parts)
    )  # fmt: skip


def _joined(gap: str) -> bool:
    return gap.strip() in ("", ",", "&", "-", ".", "’", "'", ", ", "/") and len(gap) < 4 and "\n" not in gap


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
    plain = " ".join(_WORD.findall(name))
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
            if len(part) > 1 and part not in _PARTICLES:
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
    while last < len(words) and (last == first or _joined(words[last].gap)):
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
    while last > first and words[last - 1].folded in _PARTICLES:
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
    if before and before.folded in _TITLES:
        return True
    if not any(parts[0] == word.folded for parts in by_part[word.folded]):
        return False  # a family name without a title
    if not word.starts:
        return not (word.folded in _MONTHS and before and before.folded in _BEFORE_MONTHS)
    called = after is not None and after.gap.startswith(",") and _turns_to(after)
    return called or (after is not None and after.folded in _DOES and not after.gap.strip())


def _turns_to(after: Word) -> bool:
    """Whether what follows "Mark, " is said to Mark."""
    return after.folded in {
        "can",
        "could",
        "would",
        "will",
        "do",
        "did",
        "are",
        "have",
        "what",
        "how",
        "when",
        "where",
        "who",
        "why",
        "please",
        "you",
        "your",
        "thanks",
        "i",
        "we",
        "let",
    }


def _unknown_people(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
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
        return n + (word.folded not in _stop())  # "a lady named fran"
    titled = before is not None and before.folded in _TITLES - _ALSO_ALONE and word.gap in (" ", ". ")
    return n + (titled and len(word.folded) > 2 and word.folded not in _TITLES and not is_common(word.folded))


def _introduced(words: Sequence[Word], n: int) -> int:
    word = words[n]
    if word.end - word.start < 2:
        return _after_initials(words, n)
    if not word.capital:
        if word.folded not in given_names() or n + 1 == len(words):
            return n
        after = words[n + 1]
        return n + ((after.folded in _DOES or after.folded in _HELPS) and not after.gap.strip())
    before = words[n - 1] if n else None
    if before and before.capital and before.folded in _TITLES and _joined(word.gap):
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
    if word.folded in _TITLES and n + 1 < len(words) and words[n + 1].capital and _joined(words[n + 1].gap):
        return n  # "Herr Doktor Wessling"
    street = n > 1 and words[n - 2].capital and words[n - 2].folded not in _TITLES
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
        if word.folded in _PARTICLES and last + 1 < len(words) and words[last + 1].capital:
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
    return not is_common(word.folded) or word.folded in _family_names()


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

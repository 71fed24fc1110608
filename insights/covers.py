"""Whom a set of names, addresses and numbers means, and what of a text to cover so that it names them no more.

What one would get wrong: a cover is as long as what it covers, so every offset after it still holds. A first or last
name alone is covered only where its bearer takes part.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from urllib.parse import quote

from insights import people
from insights.once import accounts
from insights.people import HONORIFICS, INVISIBLE
from insights.privacy.vocabulary import common
from insights.records import Participant

COVER = "█"
FEWEST_DIGITS = 7  # of a telephone number
# What may stand between two words of a name: blanks, signs of mail and markup, what addresses write for a blank; no
# sentence ends there.
_JOINT = r"(?:(?:%2c)?(?:%20|\+)|(?![.!?…:]+\s)[\W_]{1,6})"
_TURNED = r"(?:(?:,|%2c)(?:%20|[\W_]{0,6})|%20|[\s._+-])"
_CLOSE = r"(?:\s{1,3}|[._,'’-]|,\s)"
_TITLES = rf"(?:(?:{'|'.join(sorted(HONORIFICS))})\.?[\W_]{{1,6}}){{0,3}}"
_MARKS = rf"[\u0300-\u036f{INVISIBLE}]*"
_DIGIT = re.compile(r"\d\d")
_BESIDE = re.compile(r"\(([^()]{1,80})\)$")
_MARK = re.compile(rf"[\u0300-\u036f{INVISIBLE}%]")  # with which letters may be written that do not stand there
# Letters that are also written as one sign: folding a text keeps its length, so both are looked for.
_LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ss": "ß", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ", "ae": "æ", "oe": "œ"}
_APART = str.maketrans({sign: letters for letters, sign in _LIGATURES.items()})
_LETTERS = re.compile("|".join(_LIGATURES) + "|.", re.S)
_UNLIKE = re.compile("|".join((*_LIGATURES, "[äöü'’-]")))  # where a name is written in more than one way
_SAME = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ς": "σ", **dict.fromkeys("‐‑‒–—―−", "-")}
_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Person:
    """Whom a set of names, addresses and numbers means. `accounts` are keys (`once.accounts.account`) of the companies
    where these names are theirs; `phones` are digits alone. `shared` are names, as `once.accounts.person` spells them,
    that others bear too: they mean this person only where the account is theirs. `taken` are single names that in this
    conversation mean somebody else (see `beside`).

    Where somebody else at their company bears the name too, `only` are the ids of the conversations in which it means
    this person (None: all of their companies'), `others` the addresses of those who bear it too, and `untold` the
    conversations of which nothing says who is meant: the name is left alone there."""

    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    others: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()

    @cached_property
    def keys(self) -> frozenset[str]:
        """The names in one order and spelling (`once.accounts.person`), with and without titles."""
        every = (key for name in self.names for key in (accounts.person(name), accounts.untitled(name)))
        return frozenset(key for key in every if key and "@" not in key)

    @cached_property
    def everywhere(self) -> re.Pattern[str] | None:
        """Addresses, numbers and whole names: what means this person wherever it stands."""
        parts = [_address(one) for one in sorted(self.addresses, key=len, reverse=True)]
        parts += [_phone(one) for one in sorted(self.phones) if len(one) >= FEWEST_DIGITS]
        for words in self._words():
            parts += [] if accounts.person(" ".join(words)) in self.shared else _whole(words)
        parts += [rf"(?<![^\W_]){_spelt(one)}(?![^\W_])" for one in self._handles()]
        return re.compile("|".join(parts)) if parts else None

    @cached_property
    def near(self) -> re.Pattern[str] | None:
        """Single names and shared ones, which mean this person only where they take part or their company is spoken
        to."""
        single = {word for words in self._words(least=1) for word in words if len(word) > 1}
        alone = sorted(word for word in single - HONORIFICS if fold(word) not in self.taken)
        parts = [form for words in self._words() for form in _whole(words)]
        parts += [rf"(?<![^\W_]){_spelt(word)}(?![^\W_])" for word in alone]
        return re.compile("|".join(parts)) if parts else None

    @cached_property
    def _hints(self) -> tuple[str, ...]:
        """Of everything in `everywhere` that is no number a part that stands in it as it is, however it is written."""
        words = {_hint(words[-1]) for words in self._words()} | {
            _hint(words[0]) for words in self._words() if len(words[-1]) < 2
        }
        locals_ = {max(_TOKEN.findall(fold(address.partition("@")[0])) or [""], key=len) for address in self.addresses}
        return tuple(words | locals_)

    def is_in(self, plain: str) -> bool:
        """Whether a folded text names the person wherever it stands. Most texts are told apart without the pattern."""
        may = (
            any(hint in plain for hint in self._hints) or (self.phones and _DIGIT.search(plain)) or _MARK.search(plain)
        )
        return bool(may and self.everywhere and self.everywhere.search(plain))

    def is_called(self, label: str, *, near: bool) -> bool:
        """Whether a speaker's label, a contact or an address is this person; `near` where the account is theirs."""
        if address := people.address_in(label):
            return address in self.addresses
        key = accounts.untitled(label)
        if not near:
            # Whose name it is where others bear it too, the company beside it tells: "Ann Lee (Acme)".
            at = _BESIDE.search(label) if key in self.shared else None
            told = at is not None and accounts.account(at[1]) in self.accounts
            return " " in key and key in self.keys and (told or key not in self.shared)
        return bool(key) and key not in self.taken and any(accounts.same_person(key, own) for own in self.keys)

    def is_participant(self, person: Participant, *, near: bool) -> bool:
        if person.address:
            return people.address_in(person.address) in self.addresses
        return self.is_called(person.name, near=near)

    def _words(self, *, least: int = 2) -> list[tuple[str, ...]]:
        found = {tuple(people.untitled(name).split()) for name in self.names if "@" not in name}
        return sorted(words for words in found if len(words) >= least)

    def _handles(self) -> list[str]:
        """The part of an address before the @, where it is made of the person's name: "dana.ortiz" is known by
        itself."""
        names = {fold(word) for words in self._words(least=1) for word in words if len(word) > 2}
        handles = {fold(address.partition("@")[0]) for address in self.addresses}
        handles -= {fold(address.partition("@")[0]) for address in self.others}
        return sorted(h for h in handles if len(h) >= 5 and any(n in h and n != h for n in names))

    @cached_property
    def nameless(self) -> "Person":
        """The same by address and number alone: for where the name may mean somebody else."""
        return replace(self, names=frozenset(), shared=frozenset())


class _Folding(dict[int, str]):
    """The letter that each sign is compared as, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        one = chr(code)
        letters = [sign for sign in unicodedata.normalize("NFKD", one) if not unicodedata.combining(sign)]
        base = (letters[0] if len(letters) == 1 else one).lower()
        self[code] = _SAME.get(base, base) if len(base) == 1 else one
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """A text in lower case without accents, sign by sign: it is as long as before."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def _spelt(word: str) -> str:
    """A pattern of a word of a name as it stands in folded texts."""
    plain = unicodedata.normalize("NFC", word.lower()).translate(_APART)
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return _MARKS.join(map(_letters, _LETTERS.findall(letters))) + _MARKS


def _letters(some: str) -> str:
    """A pattern of one letter of a name, or of letters that are also one sign; also as an address writes it."""
    if some == "-":
        return _JOINT
    if some in "'’":
        return "(?:['’]|%27|%e2%80%99)?"
    sign = _LIGATURES.get(some, some)
    base = _MARKS.join(map(re.escape, fold(some)))
    if sign.isascii():
        return base
    written = dict.fromkeys((sign, fold(sign), *(quote(one).lower() for one in (sign, sign.upper()))))
    return rf"(?:{base}{'e?' if sign in 'äöü' else ''}|{'|'.join(map(re.escape, written))})"


def _hint(word: str) -> str:
    """The longest part of a word of a name that stands in every folded text in which it stands."""
    return max(map(fold, _UNLIKE.split(word.lower().translate(_APART))), key=len)


def _address(address: str) -> str:
    local, _, domain = fold(address).partition("@")
    dots = re.escape(domain).replace(r"\.", r"(?:\.|\s?(?:\(dot\)|\bdot\b)\s?)")
    before = re.escape(local).replace(r"\.", r"(?:\.|\s?(?:\(dot\)|\bdot\b)\s?)")
    return rf"(?<![\w.+-]){before}(?:@|%40|=40|\s?(?:\(at\)|\[at\]|\bat\b)\s?){dots}(?![\w-])"


def _phone(digits: str) -> str:
    """A number however it is grouped, with or without its country's: its last nine digits are enough."""
    between = r"[\s./()\u2010-\u2015\u2212-]{0,3}"  # what writes hyphens for people writes dashes
    return (
        rf"(?<!\d)(?:\+?\(?\d{{1,4}}\)?{between}(?:\(?0\)?)?{between}){{0,1}}\(?"
        + between.join(digits[-9:])
        + r"(?!\d)"
    )


def _outright(words: Sequence[str]) -> list[str]:
    """The forms of a whole name that no other name is written in."""
    middle = rf"(?:{_JOINT}[^\W_]{{1,20}}\.?)?"
    a, z = _spelt(words[0]), _spelt(words[-1])
    full = _JOINT.join(_spelt(word) + r"\.?" * (len(word) == 1) for word in words)
    given = _JOINT.join(map(_spelt, words[:-1]))
    return [full, rf"{a}{middle}{_JOINT}{z}", rf"{z}{_TURNED}{_TITLES}(?:{given}|{a})"]


def _whole(words: Sequence[str]) -> list[str]:
    first, last = words[0], words[-1]
    a, z, forms = _spelt(first), _spelt(last), _outright(words)
    if len(last) > 2:
        initial = re.escape(fold(first)[0])
        forms += [rf"{initial}\.?{_CLOSE}{z}", rf"{z},?\s{initial}\."]
        if fold(last) not in common():
            forms += [f"{a}{z}"]
    return [rf"(?<![^\W_])(?:{form})(?![^\W_])" for form in forms]


@lru_cache(maxsize=100)
def _outright_in(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![^\W_])(?:{form})(?![^\W_])" for form in _outright(words)))


def spellings(text: str, words: tuple[str, ...]) -> list[str]:
    """How a text writes a whole name, given by its words; none where only initials or single names stand in it."""
    plain = fold(text)
    if _hint(words[-1]) not in plain and not _MARK.search(plain):
        return []
    return [text[slice(*match.span())] for match in _outright_in(words).finditer(plain)]


def says_nothing(text: str) -> bool:
    """Whether a text that was covered has fewer than two words or figures left: nothing that could be counted or learnt
    from."""
    return COVER in text and len(re.findall(r"[^\W_]{2,}", text)) < 2


def covered(text: str, who: Person, *, near: bool = False) -> str:
    """A text with what names the person covered, as long as it was."""
    if not text:
        return text
    plain = fold(text)
    spans = [match.span() for match in who.everywhere.finditer(plain)] if who.everywhere and who.is_in(plain) else []
    if near and who.near:
        spans += [m.span() for m in who.near.finditer(plain) if _is_name(text, plain, *m.span())]
    return cover(text, spans)


def cover(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with its words within the spans covered; white space stays, so that lines and words keep their shape."""
    signs = list(text)
    for start, end in spans:
        for n in range(start, end):
            if not signs[n].isspace():
                signs[n] = COVER
    return "".join(signs)


def _is_name(text: str, plain: str, start: int, end: int) -> bool:
    """A name that is also a word ("Hill", "Mark") counts with a capital within a sentence only."""
    if plain[start:end] not in common():
        return True
    before = text[:start].rstrip(" \t")
    return text[start].isupper() and bool(before) and before[-1] not in ".!?…:\n"


def covered_in(value: object, who: Person, *, near: bool = False) -> object:
    """The same for every text within a JSON value, names of fields too."""
    if isinstance(value, str):
        return covered(value, who, near=near)
    if isinstance(value, Mapping):
        return {covered(str(k), who, near=near): covered_in(v, who, near=near) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [covered_in(one, who, near=near) for one in value]
    return value


def beside(who: Person, names: Iterable[str]) -> Person:
    """The person as they are known beside others: a single name that one of these bears too is not theirs."""
    keys = {key for name in names if name and " " in (key := accounts.person(name)) and "@" not in key}
    own = {fold(word) for words in who._words(least=1) for word in words}
    taken = frozenset(word for key in keys - who.keys for word in key.split() if word in own)
    return _narrowed(who, taken) if taken else who


@lru_cache(maxsize=500)
def _narrowed(who: Person, taken: frozenset[str]) -> Person:
    return replace(who, taken=taken)


def tokens(text: str) -> list[tuple[str, int, int]]:
    """A text's words as they are compared, with their places."""
    plain = fold(text)
    return [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(plain)]

"""One spelling for the names of companies and people, so that "ACME, Inc." and "Acme" are the same account.

Nothing is guessed beyond spelling: "Acme UK" and "Acme" stay two accounts.
"""

import json
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from insights import people

LONGEST = 200
_INITIALS = re.compile(r"\b\w(?: \w\b)+")
_NOBODY = frozenset(("na", "n a", "none", "no account", "no company", "unknown", "unknown company", "tbd", "null"))


@lru_cache(maxsize=50_000)
def account(name: str) -> str:
    """A company's name without case, accents, punctuation, a leading "the" and its legal form; "" for none.

    What systems write where they know no company ("N/A", "unknown") is none.
    """
    words = _words(name[:LONGEST].replace("&", " and "))
    if " ".join(words) in _NOBODY:
        return ""
    words = words[1:] if words[:1] == ["the"] and len(words) > 1 else words
    while (cut := _legal(words)) and len(words) > cut:
        words = words[:-cut]
        while len(words) > 1 and words[-1] == "and":
            words.pop()
    return _INITIALS.sub(lambda match: match[0].replace(" ", ""), " ".join(words))


@lru_cache(maxsize=50_000)
def person(name: str) -> str:
    """A person's name in one order and spelling: "Doe, Jane", "JANE DOE (Acme)" and "Jane Doe" are "doe jane".

    An address stays an address, in lower case. "" for a label that names nobody ("Speaker 1", "Customer").
    """
    name = name[:LONGEST]
    if address := people.address_in(name):
        return address
    if people.is_generic(name):
        return ""
    return " ".join(sorted(_words(" ".join(people.name_words(name)))))


def untitled(name: str) -> str:
    """The same without titles: "Dr. Jane Doe" is "doe jane" too."""
    return person(people.untitled(name[:LONGEST]))


def same_person(one: str, other: str) -> bool:
    """True for two folded names (see `person`) that can be one person: a first name alone fits the whole name."""
    if one == other:
        return bool(one)
    if "@" in one or "@" in other:
        return False
    a, b = set(one.split()), set(other.split())
    return bool(a and b) and min(len(a), len(b)) == 1 and (a <= b or b <= a)


def _words(name: str) -> list[str]:
    plain = people.seen(unicodedata.normalize("NFKD", name))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.replace("'", "").replace("’", "").casefold().replace("_", " "))


def _legal(words: list[str]) -> int:
    """How many of the last words are a legal form."""
    return next((n for n in (4, 3, 2, 1) if len(words) >= n and " ".join(words[-n:]) in _forms()), 0)


@cache
def _forms() -> frozenset[str]:
    return frozenset(json.loads((files("insights.once") / "legal_forms.json").read_text("utf-8")))

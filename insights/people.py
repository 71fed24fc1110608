"""Names, speaker labels and addresses of people: who is meant, and whether a label means the same person elsewhere."""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources

LONGEST = 300  # characters of a label that are read
# ruff: noqa: SIM905 - a word list reads better as a line of words
_APART = re.compile(r"\s*(?:[|/(),;]|\s[-–—@]\s|\bfrom\b|\bat\b)\s*", re.I)
# Folded: without case and accents. Words with an everyday meaning of their own ("don", "pan", "sr") are left out.
HONORIFICS = frozenset(
    "mr mrs ms miss mx dr doctor prof professor sir madam herr frau fraulein doktor mevrouw mevr meneer mijnheer dhr monsieur "
    "madame mme mademoiselle mlle senor senora senorita senhor senhora signor signora signore signorina dottor dottore "
    "dottoressa dott".split()
)
INVISIBLE = (
    "\u00ad\u200b-\u200d\u2060\ufeff"  # where a word may be broken, or what stands between two letters; of no width
)
HYPHENS = "\u2010-\u2015\u2212"
_UNSEEN, _HYPHEN = re.compile(f"[{INVISIBLE}]"), re.compile(f"[{HYPHENS}]")
_NAME_WORD = re.compile(r"[^\W\d_][\w\u0300-\u036f'’-]*")
_WRITTEN = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ADDRESS = re.compile(r"[^\s<>@,;:]{1,64}@[^\s<>@,;:]{1,254}")


@cache
def _words(kind: str) -> frozenset[str]:
    """A shipped list: "generic" words of labels that name nobody, "free_mail" domains that anybody may have."""
    return frozenset(json.loads(resources.files("insights").joinpath("people.json").read_text("utf-8"))[kind])


@lru_cache(maxsize=20_000)
def normal(subject: str) -> str:
    """What a name, label or address is known by, however it is written: "Doe, Jane (Acme)" and "JANE DOE" are one,
    so are "<Jane@Acme.com>" and "jane@acme.com". A label that names nobody keeps its number: "speaker 1"."""
    if address := address_in(subject):
        return address
    if is_generic(subject):
        spaced = re.sub(r"(?<=[^\W\d_])(?=\d)", " ", subject.casefold())
        words = tuple(re.findall(r"[^\W_]+", spaced))
    else:
        words = name_words(subject)
    return " ".join(words) or " ".join(subject.casefold().split())


def is_titled(name: str) -> bool:
    """True when a name begins with an honorific, so that it is a person's: "Frau Deichmann", "Herr Doktor Wessling"."""
    first, _, rest = name.strip().partition(" ")
    plain = unicodedata.normalize("NFKD", first.rstrip(".").casefold())
    return bool(rest.strip()) and "".join(one for one in plain if not unicodedata.combining(one)) in HONORIFICS


@lru_cache(maxsize=20_000)
def is_generic(label: str) -> bool:
    """True when a label names nobody, so that it means somebody else in the next file: "Speaker 1", "SPEAKER_00", "A",
    "Rep", "". What is said about such a label can hold for one conversation only."""
    if "@" in label:
        return False
    words = re.findall(r"[^\W\d_]+|\d+", label.casefold())
    if sum(len(word) for word in words if word.isdigit()) >= 7:
        return False  # a telephone number is somebody
    generic = _words("generic")
    return all(word in generic or word.isdigit() or len(word) == 1 for word in words)


def address_in(text: str) -> str:
    """The first e-mail address in a text, in lower case; "" for none."""
    found = _ADDRESS.search(text) if "@" in text else None
    return found[0].strip(".'\"()").casefold() if found else ""


def addresses_in(text: str) -> set[str]:
    """Every e-mail address in a text, in lower case."""
    return {address_in(found) for found in _WRITTEN.findall(text)} - {""} if "@" in text else set()


def spelt(address: str) -> str:
    """The whole name that an address is made of, "" where it is not: "Helen Cross" for "helen.cross@acme.example"."""
    words = re.findall(r"[^\W\d_]{2,}", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words) if len(words) in (2, 3) else ""


def domain_of(address: str) -> str:
    """The domain of an address, in lower case; "" for none."""
    return address_in(address).rpartition("@")[2]


def is_free_mail(domain: str) -> bool:
    """True when a domain is a mail provider's: it tells nothing about whom somebody works for."""
    return domain in _words("free_mail")


def is_own(address: str, domains: Iterable[str]) -> bool:
    """True when an address belongs to one of the domains or to a part of it (eu.acme.example to acme.example)."""
    domain = domain_of(address)
    own = (name.casefold().strip().removeprefix("www.").lstrip("@.") for name in domains)
    return any(domain == name or domain.endswith(f".{name}") for name in own if name)


def likeness(label: str, name: str) -> int:
    """How surely a speaker's label means the named person: 2 by the whole name ("JANE DOE | Acme", "Doe, Jane"), 1 when
    the label or the name is a first name alone, 0 when it is somebody else."""
    one, other = name_words(label), name_words(name)
    if not one or not other:
        return 0
    if set(one) == set(other):
        return 2 if len(one) > 1 or len(label.split()) == len(name.split()) == 1 else 1
    return int(len(one) == 1 and one[0] == other[0]) or int(len(other) == 1 and other[0] == one[0])


def same_person(label: str, name: str) -> bool:
    """True when a speaker's label means the named person; a first name alone is enough when there is no more."""
    return likeness(label, name) > 0


@lru_cache(maxsize=20_000)
def name_words(label: str) -> tuple[str, ...]:
    """The words of a person's name in a label, given name first, without what stands beside it."""
    if "@" in label and " " not in label.strip():
        label = label.partition("@")[0].replace(".", " ")
    label = _bounded(label)
    parts = [part for part in _APART.split(label) if part]
    if not parts:
        return ()
    named = f"{parts[1]} {parts[0]}" if len(parts) > 1 and _is_turned(label, parts[1]) else parts[0]
    plain = _HYPHEN.sub("-", seen(unicodedata.normalize("NFC", named)))
    return tuple(_NAME_WORD.findall(plain.casefold()))


def seen(text: str) -> str:
    """A text without the signs of no width in it."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def _is_turned(label: str, given: str) -> bool:
    """Whether a label begins with a family name and a comma: "Doe, Jane (Acme)", "Doe, Dr. Jane", "Doe, Jane Ann". What
    else stands after a comma, as in "Doe, Head of Sales", stands beside the name."""
    if not re.match(r"[^\s,(|]+,\s*[^,(|]+(?:[(|]|$)", label):
        return False
    words = given.split()
    return len(words) == 1 or (len(words) <= 3 and any(_is_given(word) for word in words))


def _is_given(word: str) -> bool:
    """Whether a word is a given name, or stands beside one: an initial or a title."""
    from insights.privacy.vocabulary import fold, given_names

    return len(plain := fold(word.rstrip("."))) == 1 or plain in HONORIFICS or plain in given_names()


def untitled(name: str) -> str:
    """A whole name without the titles before it: "Dr. Jane Doe" is Jane Doe; "Dr. Doe" stays."""
    if "@" in name:
        return name
    words = list(name_words(name))
    while len(words) > 2 and is_titled(" ".join(words)):
        del words[0]
    return " ".join(words)


def beside_name(label: str) -> str:
    """What stands beside the person's name in a label: "Acme" in "Jane Doe | Acme", "" when nothing does."""
    return " ".join(part for part in _APART.split(_bounded(label))[1:] if part)


def _bounded(label: str) -> str:
    """A label as far as it can be a name, its gaps narrowed: the search for what stands apart grows with their
    square."""
    return " ".join(label[:LONGEST].split())

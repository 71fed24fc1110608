"""What an abbreviated header may stand for: "Acct Nm" is "account name", or nothing where it could be two things.

What one would get wrong: a guess that is wrong puts a customer's revenue into the dates. So a word is only taken for
one that it shortens in a usual way, the whole header must then be a known one, and two meanings are none.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product

USUAL: Mapping[str, tuple[str, ...]] = {
    "acct": ("account",), "acc": ("account",), "cust": ("customer",), "cntct": ("contact",), "co": ("company",),
    "org": ("organization",),
    "opp": ("opportunity",), "oppty": ("opportunity",), "msg": ("message",), "txt": ("text",), "desc": ("description",),
    "descr": ("description",), "dt": ("date",), "nm": ("name",), "nts": ("notes",), "cmt": ("comment",),
    "cmts": ("comments",),
    "mtg": ("meeting",), "convo": ("conversation",), "conv": ("conversation",), "actv": ("activity",),
    "act": ("activity",),
    "exec": ("executive",), "subj": ("subject",), "eml": ("email",), "addr": ("address",), "tmstmp": ("timestamp",),
    "ts": ("timestamp",),
    "stg": ("stage",), "sumry": ("summary",), "emp": ("employee",), "pos": ("position",), "guy": ("contact",),
}  # fmt: skip
# Whom a header means that was written for oneself: "Our Person" sold, "Their Guy" bought.
_PERSONS = ("person", "people", "guy", "name", "man", "side", "contact", "rep", "colleague", "team member")
SPOKEN: Mapping[str, str] = {
    **{f"our {who}": "rep" for who in _PERSONS}, **{f"{whose} {who}": "contact" for whose in ("their", "buyer") for who in _PERSONS},
    **dict.fromkeys(("spoke with", "spoke to", "talked with", "talked to", "met with"), "contact"),
    "who": "contact",  # may be ours as well: a person should look
}  # fmt: skip
FEWEST = 3  # letters of a word that is not in USUAL
MOST = 60  # readings of a header that are tried
_VOWELS = re.compile(r"(?<=.)[aeiou]")


@cache
def skeleton(word: str) -> str:
    """A word without the vowels after its first letter, and without doubled letters: "message" is "msg"."""
    bare = _VOWELS.sub("", word)
    return re.sub(r"(.)\1+", r"\1", bare)


def shortens(short: str, word: str) -> bool:
    """Whether a word is written short in a usual way: its consonants, or at least the half of it from its beginning."""
    if len(short) < FEWEST or len(short) >= len(word) or short[0] != word[0]:
        return False
    bare = re.sub(r"(.)\1+", r"\1", short)
    return bare == skeleton(word) or (len(short) >= 4 and 2 * len(short) >= len(word) and word.startswith(short))


@cache
def _by_letter(vocabulary: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """Words by their first letter, which whatever shortens them has too: a table may have a hundred thousand
    headers."""
    found: dict[str, list[str]] = {}
    for word in vocabulary:
        found.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in found.items()}


def readings(name: str, vocabulary: Iterable[str]) -> list[str]:
    """What a normalised header may stand for, written out; [] where it is not written short."""
    known = frozenset(vocabulary)
    parts = []
    for token in name.split():
        full = {word for word in USUAL.get(token, ()) if word in known}
        if token not in USUAL:
            full |= {word for word in _by_letter(known).get(token[0], ()) if shortens(token, word)}
        if token in known:
            full.add(token)
        if not full:
            return []
        parts.append(sorted(full))
    if not parts or all(part == [token] for part, token in zip(parts, name.split(), strict=True)):
        return []
    found = []
    for words in product(*parts):
        found.append(" ".join(words))
        if len(found) > MOST:
            return []
    return found

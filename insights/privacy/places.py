"""Towns and sites that tell who is speaking: a postcode with its town, and where somebody says that their own place is.

What one would get wrong: a town by itself tells nobody ("the fair in Hanover", "do you host in Frankfurt?"), and a mask
that need not be destroys a quote. So a town is found only beside its postcode, or where a site stands before or behind
it; everyday words, big cities, countries and names of tools (`vocabulary.common`) are none.
"""

import re
from collections.abc import Collection, Iterator

from insights.privacy.vocabulary import fold, is_common

Found = tuple[int, int, str]

_WORD = r"(?<![^\W_])[A-ZÀ-Þ][a-zß-ÿ][^\W\d_]{0,60}(?!['’])"  # a longer one is no town, and would be looked at from each of its letters
_TOWN = rf"{_WORD}(?:[- ](?:(?:of|on|upon|in|am|an|der|den|la|le|les|sur|en|by|under)[- ])?{_WORD}){{0,2}}"
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
_UK = r"[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}\b"
_CODED = (
    re.compile(rf"\b(?:DE?|AT?|CH|F|FR|NL|B|BE|L|LU|I|IT|E|ES|P|PT|DK|SE?|N|NO|FIN?|PL|CZ)-\d{{2,5}}(?:[ -]\d{{2,3}})?[ ]{_TOWN}"),
    re.compile(rf"\b\d{{4}}[ ][A-Z]{{2}}[ ]{_TOWN}"),
    re.compile(rf"{_TOWN},?[ ](?:{_STATES})[ ]\d{{5}}(?:-\d{{4}})?\b"),
    re.compile(rf"{_TOWN},?[ ]{_UK}"),
)  # fmt: skip
# Bare digits before a word may as well be an amount: only where one is told where something goes or stands.
_BARE = re.compile(rf"(?:\b(?:in|at|to|is|us at|address|nach|aus|adresse)[ :]+)(?P<place>\d{{4,5}}[ ]{_WORD})")
_SITE = (
    r"(?:plant|factory|warehouse|depot|yard|mill|site|branch|office|headquarter|HQ|store|shop|showroom|clinic|hospital|lab"
    r"|(?:distribution|fulfil?lment|logistics|service)[ ](?:centre|center)|hub|campus|facility|quarry|terminal)"
)
_SITES = rf"(?i:{_SITE}(?:e?s)?|facilities|branches|factories|laborator(?:y|ies))"
_AT = r"(?:(?i:is|are|sits|sit|one)[ ])?(?i:just[ ])?(?i:in|near|at|outside(?:[ ]of)?)"
_MORE = rf"(?:(?:,|,?[ ]and)[ ](?:(?:one|two|three|\d+)[ ](?:{_SITES}[ ])?in[ ])?{_TOWN})"
_SAID = (
    re.compile(rf"\b{_SITES}[ ]{_AT}[ ](?P<towns>{_TOWN}{_MORE}{{0,5}})"),
    re.compile(rf"\b(?i:based|headquartered|located|situated)[ ](?i:out[ ]of|in|near|at|outside)[ ](?P<towns>{_TOWN}{_MORE}{{0,5}})"),
    re.compile(rf"\b(?i:the|our|their|its|my)[ ](?P<towns>{_TOWN})[ ](?:{_SITES})\b"),
)  # fmt: skip
# Countries tell nobody; months are no place.
_NO_TOWN = frozenset(
    [
        "euro",
        "euros",
        "franken",
        "scope",
        "phase",
        "git",
        "beta",
        "production",
        "staging",
        "transit",
        "parallel",
        "total",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "argentina",
        "australia",
        "austria",
        "belgium",
        "brazil",
        "britain",
        "canada",
        "chile",
        "colombia",
        "czechia",
        "denmark",
        "egypt",
        "finland",
        "greece",
        "hungary",
        "iceland",
        "india",
        "indonesia",
        "ireland",
        "israel",
        "italy",
        "japan",
        "kenya",
        "malaysia",
        "mexico",
        "morocco",
        "netherlands",
        "nigeria",
        "norway",
        "pakistan",
        "peru",
        "philippines",
        "poland",
        "portugal",
        "romania",
        "scotland",
        "serbia",
        "sierra",
        "leone",
        "singapore",
        "slovakia",
        "slovenia",
        "spain",
        "sweden",
        "switzerland",
        "taiwan",
        "thailand",
        "turkey",
        "ukraine",
        "uruguay",
        "vietnam",
        "wales",
    ]
)
_BIG = frozenset(["london", "berlin", "paris"])  # beside a postcode they are an address all the same
_EACH = re.compile(_TOWN)


def find(text: str, keep: Collection[str]) -> Iterator[Found]:
    """(start, end, "address" or "place"); they may overlap. Names that are no secret (`keep`) are never found."""
    known = {fold(word) for name in keep for word in name.split()}
    if any(sign.isdigit() for sign in text):
        for pattern in _CODED:
            yield from ((m.start(), m.end(), "address") for m in pattern.finditer(text))
        for match in _BARE.finditer(text):
            digits, _, town = match["place"].partition(" ")
            if not digits.endswith("00") and not _is_year(digits) and (fold(town) in _BIG or not _is_everyday(town)):
                yield match.start("place"), match.end("place"), "address"
    for pattern in _SAID:
        for match in pattern.finditer(text):
            for town in _EACH.finditer(text, match.start("towns"), match.end("towns")):
                if not _is_everyday(town[0]) and not known & set(map(fold, re.split(r"[- ]", town[0]))):
                    yield town.start(), town.end(), "place"


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in ("19", "20")


def _is_everyday(town: str) -> bool:
    """Whether every word of it is one that says nothing by itself, or letters that stand for something."""
    return all(is_common(fold(word)) or fold(word) in _NO_TOWN or word.isupper() for word in re.split(r"[- ]", town))

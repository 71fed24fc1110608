"""What identifies by its form: addresses of mail, web and post, telephone, card and account numbers.

Where a number has a checksum, it is tested: Luhn for cards (ISO/IEC 7812-1), modulo 97 for IBANs (ISO 13616). A bare
number without a form, a checksum or a word that names it is left alone: quotes are full of prices and amounts.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

Found = tuple[int, int, str]

_EMAIL = re.compile(r"(?<![\w.+-])[\w][\w.+%'-]{0,63}@(?:[\w](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_SPOKEN = re.compile(
    r"\b\w{1,40}(?:[ ](?:dot|underscore|dash)[ ]\w{1,40}){0,4}[ ]at[ ]\w{1,40}(?:[ ]dot[ ]\w{2,24}){1,4}\b", re.I
)
_AT = r"[ ]?(?:@|[(\[][ ]?(?:at|@)[ ]?[)\]])[ ]?"
_DOT = r"(?:\.|[ ]?[(\[][ ]?(?:dot|\.)[ ]?[)\]][ ]?)"
_APART = re.compile(
    rf"(?<![\w.+-])\w[\w.+-]{{0,63}}{_AT}(?:\w[\w-]{{0,62}}{_DOT}){{1,4}}[^\W\d_]{{2,24}}(?![\w-])", re.I
)
_URL = re.compile(r"(?<![\w@.])(?:https?://|www\.)[^\s<>\"“”«»]{2,2000}", re.I)
_PATH = re.compile(r"(?<![\w@./-])(?:[a-z\d](?:[a-z\d-]{0,62})\.){1,6}[a-z]{2,24}/[^\s<>\"“”«»]{1,2000}", re.I)
_SHORT_PATH = re.compile(r"^[a-z]{1,3}\.[a-z]{1,3}/|^and/or", re.I)

# One sign for another, so that every place holds: what writes hyphens for people writes dashes.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d", "-"),
        "\uff20": "@",
        "\uff0b": "+",
        "\uff0e": ".",
        "\u202f": "\u00a0",
    }
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z\d]){11,30}\b", re.I)
# How long the account numbers of the countries are that have them (SWIFT's registry of IBANs, release 99).
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_DIGITS = re.compile(r"(?<![\w.,+-])\d(?:(?:[ -]|[ ]{2}|[./\u00a0])?\d){12,18}(?![\w]|[.,]\d)")
# First digits of the card schemes, and how long their numbers are.
_CARDS = (
    (("34", "37"), (15,)), (("30", "36", "38"), (14,)), (("35",), (16,)), (("4",), (13, 16, 19)), (("2", "5"), (16,)),
    (("6",), (16, 17, 18, 19)),
)  # fmt: skip

_PHONE = re.compile(
    r"(?:(?<![\w.,/:=#$€£-])|(?<=\btel:)|(?<=[a-z]:))(?:\+|\(\+?)?\d[\d().\-/  ]{5,22}\d(?![\w%€$£]|[.,:/-]\d)"
)
_DATE = re.compile(r"^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})\b(?![-./]\d)")
_NORTH_AMERICAN = re.compile(r"^(?:1[ .-])?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}$")
_SURELY_RINGING = re.compile(
    r"(?:\b(?:call|phone|tel|tlf|telephone|mobile|cell|fax|ring|handy|whatsapp|dial)\b|\b[TMF]:)[\s:.]{0,3}(?:\w+[ ]){0,2}$",
    re.I,
)

_NUMBERED = re.compile(
    r"\b(?:account|acct|a/c|customer|client|member(?:ship)?|policy|passport|licen[cs]e|sort[ ]code|routing|tax|vat|ssn|social security|"
    r"national insurance|nino|payroll|employee|patient|case|contract|iban|bic|swift|ust-?id(?:nr)?|registered|company"
    r"|(?:kunden|konto|steuer|vertrags|mitglieds|personal|ausweis|renten|versicherungs)-?(?=nummer|nr))"
    r"(?:[ ]?(?:nummer|nr)|[ ](?:number|no|num|code|id))?(?:[ ]?[#:.])?(?:[ ](?:is|was))?:?[ ]{0,2}(?P<number>[A-Z]{0,4}[ -]?\d[A-Z\d/-]{3,20}(?:[ ]\d{3,6})*)(?![\w%]|[.,]\d)",
    re.I,
)
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\w)")

_VERSION = re.compile(r"(?:\b(?:version|release|build|v|ver)\.?|\bv)\s?$", re.I)

_WORD = r"[^\W\d_a-z][\w'’.-]{0,30}"
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Boulevard|Blvd|Way|Court|Ct|Place|Square|Sq|Terrace|Close|Crescent|Row|Quay"
    r"|Highway|Hwy|Parkway|Pkwy|Wharf|Mews|Gardens)\b\.?"
)
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}\b"
_ZIP = r"[A-Z]{2}[ ]\d{5}(?:-\d{4})?\b"
_TAIL = (
    rf"(?:,?[ ](?:Suite|Unit|Floor|Apt|Apartment|Room)\.?[ ]#?[\w-]{{1,8}})?"
    rf"(?:,[ ](?:{_WORD}[ ]?){{1,3}}(?=,|[ ]?(?:{_POSTCODE}|{_ZIP}|\d{{5}}))(?:,?[ ]?(?:{_POSTCODE}|{_ZIP}|\d{{5}}\b))?)?"
    rf"(?:,?[ ](?:{_POSTCODE}|{_ZIP}))?"
)
_TOWN = rf"(?:,[ ](?:[A-Z]{{1,2}}-)?(?:\d{{2}}-\d{{3}}|\d{{3}}[ ]\d{{2}}|\d{{4,5}})[ ]{_WORD})"
_ADDRESSES = (
    re.compile(rf"\b(?:(?:Flat|Unit|Suite|Apartment)[ ]\w{{1,5}},[ ])?\d{{1,5}}[a-z]?,?[ ](?:{_WORD}[ ]){{1,3}}{_STREET}{_TAIL}"),
    re.compile(
        r"\b[^\W\d_a-z][\w-]{1,30}?(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|straat|gracht|laan)[ ]\d{1,4}[ ]?[a-z]?\b"
        rf"(?:,[ ]\d{{4,5}}[ ]{_WORD})?"
    ),
    re.compile(rf"\b\d{{1,4}}(?:[ ]?bis)?,?[ ](?:rue|avenue|boulevard|place|chemin|quai|via|calle)[ ](?:(?:de|du|des|la|le|del|della)[ ]|d'|l'){{0,2}}{_WORD}(?:[ ]{_WORD}){{0,2}}"),
    re.compile(r"\b(?:P\.?[ ]?O\.?[ ]Box|Postfach)[ ]\d{1,7}(?:[ ]\d{2})*\b", re.I),
    re.compile(rf"\b(?:Calle|Avenida|Rua|Viale|Piazza|ul\.|al\.)(?:[ ]{_WORD}){{1,3}},?[ ](?:n[.°º][ ]?)?\d{{1,4}}[a-z]?\b{_TOWN}?"),
    re.compile(rf"\b(?:Via|Corso|Plaza|Am|Im|Zum|Zur|An[ ]de[rnm]|Auf[ ]de[rnm]|Unter[ ]den)(?:[ ]{_WORD}){{1,3}},?[ ]\d{{1,4}}[a-z]?\b{_TOWN}"),
    re.compile(rf"\b[^\W\d_a-z][^\W\d_]{{1,30}}?(?:gatan|vägen|gata|veien|vegen|gade|vej)[ ]\d{{1,4}}[ ]?[A-Za-z]?\b{_TOWN}?"),
    re.compile(rf"\b{_POSTCODE}"),
)  # fmt: skip


def find(text: str) -> Iterator[Found]:
    """(start, end, kind) of what has such a form; where two overlap, the first given is the surer."""
    held = bytearray(len(text))
    for start, end, kind in _all(text.translate(_PLAIN)):
        if not any(held[start:end]):
            held[start:end] = b"\x01" * (end - start)
            yield start, end, kind


def _all(text: str) -> Iterator[Found]:
    if not any(one.isdigit() or one in "@/." for one in text) and not any(
        one in text for one in (" at ", "(at", "[at")
    ):
        return
    yield from ((m.start(), m.end(), "email") for pattern in (_EMAIL, _SPOKEN, _APART) for m in pattern.finditer(text))
    for pattern in (_URL, _PATH):
        for match in pattern.finditer(text):
            if not _SHORT_PATH.match(match[0]):
                yield match.start(), match.start() + len(match[0].rstrip(".,;:!?)]}'’…")), "url"
    yield from _ibans(text)
    for match in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if is_card(digits):
            yield match.start(), match.end(), "card"
    for pattern in _ADDRESSES:
        yield from ((m.start(), m.start() + len(m[0].rstrip(" ,.")), "address") for m in pattern.finditer(text))
    yield from ((m.start(), m.end(), "account") for m in _SSN.finditer(text))
    for match in _IP.finditer(text):
        if _is_ip(match[0]) and not _VERSION.search(text[max(0, match.start() - 12) : match.start()]):
            yield match.start(), match.end(), "account"
    for match in _NUMBERED.finditer(text):
        if sum(one.isdigit() for one in match["number"]) >= (6 if "/" in match["number"] else 4) and not _is_year(
            match["number"]
        ):
            yield match.start("number"), match.end("number"), "account"
    yield from _phones(text)


def _ibans(text: str) -> Iterator[Found]:
    """Each as long as its country says: what follows may look like more of it."""
    for match in _IBAN.finditer(text):
        places = [n for n in range(match.start(), match.end()) if text[n].isalnum()]
        length = _IBAN_LENGTHS.get(match[0][:2].upper(), len(places))
        if length <= len(places) and is_iban(match[0][: places[length - 1] + 1 - match.start()]):
            yield match.start(), places[length - 1] + 1, "iban"


def _phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        number = match[0].strip()
        if _is_phone(number, text[max(0, match.start() - 40) : match.start()]):
            yield match.start(), match.start() + len(match[0].rstrip()), "phone"


def _is_phone(number: str, before: str) -> bool:
    """Whether digits are a telephone number, by their form and by what is said before them."""
    digits = re.sub(r"\D", "", number)
    if (
        not 7 <= len(digits) <= 15
        or _DATE.match(number)
        or re.search(r"[ ]{2}|[-./]{2}|\d[ ][-/][ ]\d.*[ ][-/][ ]", number)
    ):
        return False
    if number.startswith(("+", "(+")) or _NORTH_AMERICAN.match(number):
        return True
    if number.startswith(("00", "(0", "0")) and len(digits) >= 9 and not number.startswith("0."):
        return True
    grouped = re.fullmatch(r"\d{1,3}(?:[ .]\d{3})+", number)  # a large number as many write it
    return bool(_SURELY_RINGING.search(before)) or (not grouped and number.startswith("(") and len(digits) >= 8)


def is_card(digits: str) -> bool:
    """Whether digits begin and end as a payment card's number does."""
    return any(digits.startswith(first) and len(digits) in lengths for first, lengths in _CARDS) and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B); a run of one digit is nobody's card."""
    if len(set(digits)) == 1:
        return False
    total = sum(int(d) if n % 2 == 0 else sum(divmod(2 * int(d), 10)) for n, d in enumerate(reversed(digits)))
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 13616: modulo 97 is 1); blanks do not count."""
    plain = re.sub(r"[ \u00a0-]", "", text)
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


def _is_ip(text: str) -> bool:
    parts = text.split(".")
    return all(int(part) < 256 and str(int(part)) == part for part in parts) and len({*parts}) > 1 and not _rises(parts)


def _rises(parts: list[str]) -> bool:
    """A version such as 1.2.3.4 is not an address."""
    return all(int(b) - int(a) == 1 for a, b in pairwise(parts))


def _is_year(text: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20)\d\d(?:-\d\d)?", text))

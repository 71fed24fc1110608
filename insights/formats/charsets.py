"""Which single-byte encoding a text was saved in: the one in which its letters are those of one language.

Statistics corrupt short western text and cp1252 decodes nearly anything, so neither may decide alone. Polish saved as
cp1250 and read as cp1252 gives "pog³oska": a sign inside a word, which no western language has.
"""

import re

# Typographic signs that any of the encodings may hold; inside a word most count against it.
_SIGNS = frozenset("€‚„…‰‹›‘’“”•–—™«»°·§©®£¥×÷½¼¾±²³µ¶¿¡ªº¢¤¦¨¬¯´¸¹\u00a0\u00ad№")
_WITHIN = frozenset("’–—•…·")  # "it’s", "Mon–Fri"
_WESTERN = (
    "äöüßé",
    "àâæçéèêëîïôœùûüÿ",
    "áéíñóúü",
    "àèéìîòóù",
    "áâãàçéêíóôõúü",
    "åäöé",
    "æøåéöäó",
    "ëïéèöüáóíê",
    "áðéíóúýþæö",
)
_LANGUAGES = (
    ("cp1252", _WESTERN),
    ("cp1250", ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž")),
    ("cp1251", ("абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’", "ђјљњћџабвгдежзиклмнопрстуфхцчш")),
    ("cp1253", ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",)),
    ("cp1254", ("çğıöşüâîûİ",)),
    ("cp1257", ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž")),
    ("cp850", _WESTERN),
    ("mac_roman", _WESTERN),
)  # fmt: skip
_LEAST = 0.85


def single_byte(head: bytes) -> str:
    """The encoding whose best language explains the high bytes, cp1252 first among equals; "" when none does."""
    sample = b" ".join(re.findall(rb"[\x00-\x7f]{0,3}[\x80-\xff]+[\x00-\x7f]{0,3}", head[:32_768])[:2_000])
    best, most = "", _LEAST
    for encoding, languages in _LANGUAGES:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = max(_explained(text, frozenset(letters + letters.upper())) for letters in languages)
        if score > most + 0.02:
            best, most = encoding, score
    return best


def _explained(text: str, letters: frozenset[str]) -> float:
    """The share of the high characters that are this language's letters, or signs that stand outside words."""
    high = explained = 0
    for at, char in enumerate(text):
        if char < "\x80":
            continue
        high += 1
        inside = 0 < at < len(text) - 1 and text[at - 1].isalpha() and text[at + 1].isalpha()
        if char in letters:
            # Signs of a wrong reading: a capital after a small letter ("MŸller"), two scripts in a word ("pahalэ").
            before, after = text[at - 1 : at], text[at + 1 : at + 2]
            mixed = char > "\u036f" and any(near.isalpha() and near < "\x80" for near in (before, after))
            explained += not (mixed or (char.isupper() and before.islower()))
        elif char in _SIGNS:
            explained += not inside or char in _WITHIN
    return explained / high if high else 1.0

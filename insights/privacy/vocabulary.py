"""Which words are everyday English and which are names, and the form in which words are compared."""

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from insights.names.wording import lexicon


class _Folding(dict[int, str]):
    """What each sign is compared as, worked out when it is first met: no sign's depends on those beside it."""

    def __missing__(self, code: int) -> str:
        one = _PLAIN.get(chr(code), chr(code))
        plain = "".join(sign for sign in unicodedata.normalize("NFKD", one) if not unicodedata.combining(sign))
        self[code] = plain.replace("’", "'").casefold()
        return self[code]


_PLAIN = {
    "ß": "ss", "ø": "o", "ł": "l", "Ø": "O", "Ł": "L", "ı": "i", "‐": "-", "‑": "-", **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
}  # fmt: skip
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
        | stop()
        | frozenset(word for words in lexicon().values() for word in words)
    )


@cache
def stop() -> frozenset[str]:
    return frozenset(files("insights").joinpath("stopwords.txt").read_text("utf-8").split())


@cache
def given_names() -> frozenset[str]:
    return frozenset(fold(name) for name in _list("given.txt")) - common()


@cache
def family_names() -> frozenset[str]:
    """Everyday words that are family names too ("Stone", "Baker"): after a given name they are meant as such."""
    return (
        _list("common.txt") - _list("never.txt") - stop() - frozenset(w for words in lexicon().values() for w in words)
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

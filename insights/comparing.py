"""Which of two things a sentence calls better, and in what: "you are cheaper than Acme", by rule.

What one would get wrong: it is silent far more often than not. It speaks only where both sides stand on the two sides
of one comparative with "than" and nothing between them turns it round.
"""

import re
from typing import Literal

Side = Literal["first", "second", ""]

# Comparatives with the aspect that they are about ("" for none in particular).
_GOOD = {
    "better": "", "superior": "", "preferable": "", "nicer": "", "stronger": "", "smarter": "", "greater": "",
    "ahead": "",
    "cheaper": "price", "easier": "ease", "simpler": "ease", "cleaner": "ease", "friendlier": "ease", "faster": "speed",
    "quicker": "speed", "safer": "security", "securer": "security", "lighter": "ease", "smoother": "ease",
}  # fmt: skip
_BAD = {
    "worse": "", "inferior": "", "weaker": "", "poorer": "", "uglier": "", "behind": "", "pricier": "price",
    "dearer": "price",
    "costlier": "price", "slower": "speed", "harder": "ease", "clunkier": "ease", "riskier": "security",
}  # fmt: skip
_MORE_GOOD = {
    "reliable": "reliability", "stable": "reliability", "accurate": "reliability", "secure": "security",
    "flexible": "features",
    "powerful": "features", "complete": "features", "modern": "", "popular": "", "responsive": "support",
    "helpful": "support",
    "affordable": "price", "efficient": "speed", "intuitive": "ease", "convenient": "ease", "useful": "",
    "advanced": "features",
    "user-friendly": "ease", "robust": "reliability", "mature": "",
}  # fmt: skip
_MORE_BAD = {
    "expensive": "price", "complicated": "ease", "complex": "ease", "difficult": "ease", "confusing": "ease",
    "limited": "features",
    "risky": "security", "clunky": "ease", "cumbersome": "ease",
}  # fmt: skip
ASPECTS = ("price", "ease", "speed", "reliability", "security", "features", "support", "")


def _words(words: dict[str, str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_COMPARATIVE = re.compile(
    rf"""\b(?:(?P<good>{_words(_GOOD)})|(?P<bad>{_words(_BAD)})
    |more\s+(?P<more_good>{_words(_MORE_GOOD)})|more\s+(?P<more_bad>{_words(_MORE_BAD)})
    |less\s+(?P<less_good>{_words(_MORE_GOOD)})|less\s+(?P<less_bad>{_words(_MORE_BAD)}))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_TURNED = re.compile(
    r"\b(not|no|never|neither|nor|hardly|isn'?t|aren'?t|wasn'?t|don'?t|doesn'?t|n[o']t|if|whether|would|could|might|should)\b|n't\b|\?",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[.!?;:]\s|\b(but|although|though|while|whereas|because|however|which|who)\b", re.IGNORECASE)
MOST_AFTER_THAN = 30
MOST_BEFORE = 60


def direction(text: str, first: tuple[int, int], second: tuple[int, int]) -> Side:
    """Which of two spans, `first` before `second`, the text calls better; "" where the rule cannot tell."""
    found = _compared(text, first, second)
    return found[0] if found else ""


def aspect(text: str, first: tuple[int, int], second: tuple[int, int]) -> str:
    """What they are compared in, one of ASPECTS."""
    found = _compared(text, first, second)
    return found[1] if found else ""


def _compared(text: str, first: tuple[int, int], second: tuple[int, int]) -> tuple[Side, str] | None:
    between = text[first[1] : second[0]]
    than = list(_THAN.finditer(between))
    words = list(_COMPARATIVE.finditer(between))
    if len(than) != 1 or len(words) != 1 or words[0].start() > than[0].start():
        return None
    if words[0].start() > MOST_BEFORE or len(between) - than[0].end() > MOST_AFTER_THAN:
        return None
    if _TURNED.search(between) or _BREAK.search(between) or _hypothetical(text, first, second):
        return None
    kind, word = next((k, v.lower()) for k, v in words[0].groupdict().items() if v)
    lexicon = {
        "good": _GOOD,
        "bad": _BAD,
        "more_good": _MORE_GOOD,
        "more_bad": _MORE_BAD,
        "less_good": _MORE_GOOD,
        "less_bad": _MORE_BAD,
    }
    better = kind in {"good", "more_good", "less_bad"}
    return ("first" if better else "second"), lexicon[kind][word]


def _hypothetical(text: str, first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether the sentence asks or supposes instead of saying so."""
    begin = max((text.rfind(end, 0, first[0]) for end in ".!?\n"), default=-1) + 1
    before, after = text[begin : first[0]], text[second[1] :]
    stop = re.search(r"[.!?\n]", after)
    asked = bool(stop and stop.group() == "?")
    return asked or bool(
        re.search(r"\b(if|whether|why|how|would|could|unless|until|not|don'?t|doesn'?t)\b", before, re.IGNORECASE)
    )

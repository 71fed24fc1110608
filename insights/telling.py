"""How much a sentence that names a competitor says about it: a comparison, a price, a judgement, or the bare name.

What one would get wrong: "They run Acme over there" is surely about Acme and tells nobody anything. It only ranks: a
rule of words misses much, so nothing is left out by it.
"""

import re

_COMPARED = re.compile(
    r"\b(?:than|better|worse|best|worst|cheaper|pricier|dearer|faster|slower|quicker|easier|simpler|harder|clunkier|safer|"
    r"stronger|weaker|ahead|behind|superior|inferior|unlike|versus|vs|compar\w+|against|side by side|feature by feature|"
    r"(?:more|less) \w+(?:able|ible|ive|ful|ent|ed|ate|ble))\b",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"[€$£]\s?\d|\d\s?[€$£%]|\b(?:pric\w*|costs?|costly|cheap|expensive|fees?|discount\w*|budget|per (?:user|seat|month|year))\b",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"\b(?:because|but|although|though|however|cannot|can['’]t|doesn['’]t|didn['’]t|won['’]t|lacks?|lacking|missing|fails?|failed|"
    r"crash\w*|trouble|problems?|slow|clunky|outdated|love\w*|hate\w*|happy|unhappy|like[sd]? (?:it|how|that)|prefer\w*|"
    r"good|great|bad|poor|terrible|annoy\w*|leaving|left|replac\w+|switch\w*|moving (?:off|away)|rid of|tired of)\b",
    re.IGNORECASE,
)
READABLE = (10, 45)  # words of a sentence that holds more than a name and is still read at a glance
FEWEST = 8


def says(sentence: str) -> bool:
    """Whether a sentence compares, prices or judges the competitor that it names, and not merely names it."""
    return any(rule.search(sentence) for rule in (_COMPARED, _PRICED, _JUDGED))


def telling(sentence: str, *, reported: bool = False) -> int:
    """The larger, the more a sentence says about the competitor that it names; what is reported a little less than what
    the buyer said."""
    words = len(sentence.split())
    worth = (
        3 * bool(_COMPARED.search(sentence)) + 2 * bool(_PRICED.search(sentence)) + 2 * bool(_JUDGED.search(sentence))
    )
    length = (READABLE[0] <= words <= READABLE[1]) - (words < FEWEST) - 2 * (words > READABLE[1])
    return worth + length - reported

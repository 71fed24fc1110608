"""Whether a sentence around a rival's name calls us or the rival better; silent wherever "us" is not plainly there."""

import re
from collections.abc import Sequence

from insights.comparing import aspect, direction
from pipelines.store.competition_rows import Written

_BUYER = r"\b(you|yours|your (?:tool|product|software|system|platform|solution|offer|price|pricing|one))\b"
_OURS = r"\b(we|us|ours|our (?:tool|product|software|system|platform|solution|offer|price|pricing|one))\b"


def directed(written: Written, products: Sequence[str]) -> tuple[str, str] | None:
    """("us" or "them", aspect), or None.

    "You" is us when the buyer speaks, "we" when the seller speaks or a rep notes; a product of ours is us whoever
    speaks.
    """
    patterns = [rf"\b{re.escape(name)}\b" for name in products]
    if written.role == "seller" or written.voice == "reported":
        patterns.append(_OURS)
    elif written.role == "buyer":
        patterns.append(_BUYER)
    rival = (written.start, written.end)
    for match in (m for p in patterns for m in re.finditer(p, written.text, re.IGNORECASE)):
        us = match.span()
        if us[0] < rival[1] and rival[0] < us[1]:
            continue
        first, second = (us, rival) if us < rival else (rival, us)
        if better := direction(written.text, first, second):
            is_us = (better == "first") == (first == us)
            return ("us" if is_us else "them"), aspect(written.text, first, second)
    return None

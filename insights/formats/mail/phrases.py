"""The words by which mail programs and people set quotations and signatures off, in many languages (quoting.json).

Every pattern is anchored or bounded, so that no text can make it slow.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

ADDRESS = r"[\w.+%=~/'’-]{1,120}@[\w.-]{2,120}"


@cache
def words() -> Mapping[str, Sequence[str]]:
    """The phrases by what they do; some are patterns themselves."""
    return json.loads(files("insights.formats.mail").joinpath("quoting.json").read_text("utf-8"))


def joined(name: str) -> str:
    """The phrases of one kind as alternatives, the longest first."""
    return "|".join(sorted(words()[name], key=len, reverse=True))


@cache
def pattern(name: str) -> re.Pattern[str]:
    """The compiled rule of a name."""
    wrote = "|".join(re.escape(word) for word in sorted(words()["wrote"], key=len, reverse=True))
    shapes = {
        "wrote": lambda: (
            rf"^\W*(?P<lead>(?:{joined('lead')})\b)?.{{0,350}}?(?<!\w)(?P<verb>{wrote})(?!\w)\s*(?:\([a-zа]\))?"
            rf"(?P<after>[^:]{{0,60}}(?:\d\d:\d\d\D{{0,6}})?)(?::|-{{2,}}|：)\W*$"
        ),
        # "Ann Lee wrote" with nothing else, which only counts right above a quotation.
        "named": lambda: rf"^[^\W\d_](?:[\w.'’-]+\s){{1,4}}(?:{wrote})\s?[:-]?$",
        "original": lambda: (
            rf"^[\s>*]*[-_=*]{{2,}}\s*(?:{joined('original')})\b[^\w]{{0,3}}\s*[-_=*]{{0,60}}.{{0,20}}$"
            rf"|^[\s*]*(?:{joined('original')})\s*:?\**\s*$"
        ),
        "from": lambda: rf"^[\s>*|]*(?:{joined('from')})\s?:\s*\*?\s*\S",
        "header": lambda: rf"^[\s>*|]*(?:{joined('header')})\s?:(?:\s|\*|$|\S)",
        "sent_from": lambda: rf"^\W{{0,4}}(?:{joined('sent_from')})(?!\w)",
        "sign_off": lambda: (
            rf"^\W{{0,3}}(?:{joined('sign_off')})(?:\s*(?:,|!|\.|-|–|—|/)+\s*(?:{joined('sign_off')})?)?\W{{0,4}}$"
        ),
        "disclaimer": lambda: rf"(?:{joined('disclaimer')})",
        "banner": lambda: rf"^\W*(?:{joined('banner')})",
    }
    return re.compile(shapes[name](), re.I)

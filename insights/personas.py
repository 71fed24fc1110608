"""Job title in, persona out: what somebody works on (function) and how far up (seniority). Rules are data.

A title may hold several ("Founder & CTO", "VP Sales, EMEA"): the surest words win, and the part before a comma counts
first. English, and the common titles in German, French, Spanish, Dutch and Italian. In a rule "vertrieb*" is any word
that begins so and "*leiter" any that ends so. A user's own rules win. What no rule knows is "unknown", never guessed.
"other" is a function that we know to be none of ours (a teacher).
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

Function = Literal[
    "executive", "finance", "it_security", "engineering_data", "operations", "sales_revops", "marketing", "product",
    "hr", "legal_procurement", "customer_support", "other", "unknown",
]  # fmt: skip
Seniority = Literal["entry", "senior", "manager", "director", "vp", "cxo", "owner", "unknown"]

_WORD = re.compile(r"[^\W_]+(?:[+#&][^\W_]*)?")
LONGEST = 200  # characters of a title that are read


@dataclass(frozen=True, slots=True)
class Persona:
    """A buyer's function and seniority; "unknown" where the title does not tell."""

    function: Function
    seniority: Seniority


@dataclass(frozen=True, slots=True)
class PersonaRule:
    """A user's own rule: titles with these words (in this order, "…*" and "*…" as in the shipped rules) have this
    persona.

    A field left "" is read from the title as ever, "unknown" makes it unknown.
    """

    words: str
    function: Function | Literal[""] = ""
    seniority: Seniority | Literal[""] = ""


@cache
def _rules() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Read the shipped rules: for each field its values in order of precedence, each with its phrases as words."""
    text = resources.files("insights").joinpath("personas.json").read_text("utf-8")
    return {
        field: [(value, tuple(_phrase(phrase) for phrase in phrases)) for value, phrases in rows]
        for field, rows in json.loads(text).items()
    }


def persona(job_title: str, rules: Sequence[PersonaRule] = ()) -> Persona:
    """Read a job title, in any case and with the usual abbreviations; of the user's rules the first that fits wins."""
    return _persona(job_title, tuple(rules))


@lru_cache(maxsize=20_000)
def _persona(job_title: str, rules: tuple[PersonaRule, ...]) -> Persona:
    title = _plain(job_title[:LONGEST])
    words = f" {' '.join(_WORD.findall(title))} "
    head = f" {' '.join(_WORD.findall(re.split(r'[,|(]| - | – | at | @ ', title)[0]))} "
    own = [rule for rule in rules if (phrase := _phrase(rule.words)).strip() and phrase in words]
    seniority = _first("seniority", head) or _first("seniority", words)
    function = _first("function", head) or _first("function", words)
    if not function and seniority in {"owner", "cxo"}:
        function = "executive"
    function = next((rule.function for rule in own if rule.function), function)
    if function and not seniority:
        seniority = "entry"
    seniority = next((rule.seniority for rule in own if rule.seniority), seniority)
    return Persona(function or "unknown", seniority or "unknown")  # type: ignore[arg-type]


def fits(words: str, job_title: str) -> bool:
    """Whether a rule with these words is about a title; words without a letter or digit are about none."""
    phrase = _phrase(words)
    return bool(phrase.strip()) and phrase in f" {' '.join(_WORD.findall(_plain(job_title[:LONGEST])))} "


def nearly(words: str, job_title: str) -> bool:
    """Whether a title holds all of a rule's words, but not as the rule has them: in another order, or apart."""
    wanted, held = (set(_WORD.findall(_plain(text[:LONGEST]))) for text in (words, job_title))
    return bool(wanted) and wanted <= held and not fits(words, job_title)


def _plain(text: str) -> str:
    """Lower case, without accents and full stops."""
    parts = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss").replace("’", "'").replace(".", ""))
    return "".join(part for part in parts if not unicodedata.combining(part))


def _phrase(phrase: str) -> str:
    """A rule's phrase as what is looked for in " title of words "."""
    words = " ".join(_WORD.findall(_plain(phrase)))
    return f"{'' if phrase.startswith('*') else ' '}{words}{'' if phrase.endswith('*') else ' '}"


def _first(field: str, words: str) -> str:
    """The first value one of whose phrases stands in the words, "" for none."""
    return next((value for value, phrases in _rules()[field] if any(phrase in words for phrase in phrases)), "")

"""Job title in, persona out: what somebody works on (function) and how far up (seniority). Rules are data.

A title may hold several ("Founder & CTO", "VP Sales, EMEA"): the surest words win, and the part before a comma counts first.
What no rule knows is "unknown", never guessed. "other" is a function that we know to be none of ours (a teacher).
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Function = Literal[
    "executive", "finance", "it_security", "engineering_data", "operations", "sales_revops", "marketing", "product",
    "hr", "legal_procurement", "customer_support", "other", "unknown",
]  # fmt: skip
Seniority = Literal["entry", "senior", "manager", "director", "vp", "cxo", "owner", "unknown"]

_WORD = re.compile(r"[a-z0-9]+(?:[+#&][a-z0-9]*)?")
LONGEST = 200  # characters of a title that are read


@dataclass(frozen=True, slots=True)
class Persona:
    """A buyer's function and seniority; "unknown" where the title does not tell."""

    function: Function
    seniority: Seniority


@cache
def _rules() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Read the shipped rules: for each field its values in order of precedence, each with its phrases as words."""
    text = resources.files("insights").joinpath("personas.json").read_text("utf-8")
    return {
        field: [(value, tuple(f" {' '.join(_WORD.findall(phrase))} " for phrase in phrases)) for value, phrases in rows]
        for field, rows in json.loads(text).items()
    }


def persona(job_title: str) -> Persona:
    """Read a job title, in any case and with the usual abbreviations."""
    title = job_title[:LONGEST].lower().replace(".", "").replace("’", "'")
    words = f" {' '.join(_WORD.findall(title))} "
    head = f" {' '.join(_WORD.findall(re.split(r'[,|(]| - | – | at | @ ', title)[0]))} "
    seniority = _first("seniority", head) or _first("seniority", words)
    function = _first("function", head) or _first("function", words)
    if not function and seniority in {"owner", "cxo"}:
        function = "executive"
    if function and not seniority:
        seniority = "entry"
    return Persona(function or "unknown", seniority or "unknown")  # type: ignore[arg-type]


def _first(field: str, words: str) -> str:
    """The first value one of whose phrases stands in the words, "" for none."""
    return next((value for value, phrases in _rules()[field] if any(phrase in words for phrase in phrases)), "")

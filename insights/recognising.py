"""Which themes a buyer's words belong to: those of the quotes that say something like it, their centres, and their
names' words.

What one would get wrong: a short question is far from every theme's centre, which is the mean of many long quotes, and
yet near to single quotes of it. So the nearest quotes vote, and the centre and the name only help. The weights were
chosen on one half of labelled questions and measured on the other (benchmarks/ANSWER_THEMES.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from insights import answering

NEAREST = 15  # quotes that vote
ALIKE = 0.35  # cosine below which a quote has no vote; what is above it is the vote's weight
OF_VOTES, OF_CENTRE, OF_NAME = 1.0, 1.0, 0.3
FITS = 0.45  # from here on a theme fits
BESIDE = 0.3  # of the best one's fit, from which on another is worth showing beside it
SURE = 0.6  # from here on it is taken to be that theme, and a clause is taken to be a thing of its own
MOST = 3
PRIOR = 0.4  # votes that nobody has cast: one quote that is hardly alike decides nothing
_CLAUSE = re.compile(
    r"[,;–—]\s+(?=(?:and|but|also|plus|besides|secondly)\b)|;\s+|\s+–\s+"
    r"|\s+(?=(?:and|but)\s+(?:also|honestly|frankly|besides|then|secondly|how|what|where|who|when|is|are|do|does|can|the|your|we|our|it|i|my|they|their|he|she|this|that|there|nobody)\b)",
    re.I,
)
_JOINED_BY = re.compile(r"^(?:(?:and|but|also|plus|besides|secondly|then|honestly|frankly)\b[,\s]*)+", re.I)
SHORTEST_CLAUSE = 3  # words


@dataclass(frozen=True, slots=True)
class Fit:
    """A theme's id and how well it fits, larger for better; about 0 to 2.3."""

    theme: int
    fit: float


def best(
    asked: str, likeness: np.ndarray, themes: np.ndarray, centres: Mapping[int, float], names: Mapping[int, str],
) -> list[Fit]:  # fmt: skip
    """The themes that fit, the best first, at most MOST.

    `likeness` (n,) are cosines of different quotes, nan where not known, and `themes` (n,) the ids of theirs, 0 for
    none; `centres` are cosines of themes' centres. Only themes that have a name in `names` are looked at.
    """
    ids = sorted(names)
    if not ids:
        return []
    voted = _votes(likeness, themes, names)
    shared = dict(zip(ids, answering.shared(asked, [names[one] for one in ids]), strict=True))
    fits = [
        Fit(
            one,
            float(OF_VOTES * voted.get(one, 0.0) + OF_CENTRE * max(centres.get(one, 0.0), 0.0) + OF_NAME * shared[one]),
        )
        for one in ids
    ]
    fits.sort(key=lambda one: (-one.fit, one.theme))
    return [one for one in fits[:MOST] if one.fit >= max(FITS, BESIDE * fits[0].fit)]


def _votes(likeness: np.ndarray, themes: np.ndarray, names: Mapping[int, str]) -> dict[int, float]:
    """Each theme's share of the votes times the likeness of its nearest quote, so that a vote among strangers is worth
    little."""
    may = np.isin(themes, list(names)) & (np.nan_to_num(likeness, nan=-1.0) >= ALIKE)
    at = np.flatnonzero(may)
    at = at[np.argsort(-likeness[at], kind="stable")[:NEAREST]]
    weight = dict.fromkeys(set(themes[at].tolist()), 0.0)
    nearest = dict(weight)
    for theme, value in zip(themes[at].tolist(), likeness[at].tolist(), strict=True):
        weight[theme] += value - ALIKE + 0.01
        nearest[theme] = max(nearest[theme], value)
    whole = sum(weight.values()) + PRIOR
    return {theme: value / whole * nearest[theme] ** 0.5 for theme, value in weight.items()}


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence that may say a thing each, verbatim but for the "and" between them; short ones stay with
    the one before."""
    found: list[str] = []
    for part in _CLAUSE.split(sentence):
        bare = _JOINED_BY.sub("", part.strip()).strip(" ,;")
        if found and len(bare.split()) < SHORTEST_CLAUSE:
            found[-1] = f"{found[-1]}, {part.strip()}"
        elif bare:
            found.append(bare)
    return found

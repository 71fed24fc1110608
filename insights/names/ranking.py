"""Rank the phrases of a group of texts by how well they would name it.

A good name's words are used by many of the group's members and by few others, and together they say most of what the
group says. What one would get wrong: whether a word may stand in a name at all comes first. A word of one member, or
of one account, never may.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from insights.names import phrases, wording
from insights.names.phrases import Phrase

TYPICAL = 150  # texts of a group that phrases are taken from
COUNTED = 400  # texts of a group that words are counted in
LEAST_SHARE = 0.03  # of the members that have to use a word of a name
LEAST_SHARE_OF_NAMES = 0.15  # of them, where the word is somebody's or some place's name, or a date
LEAST_SHARE_OF_PLACES = 0.5  # of them, where it is a country: one theme holds "stays in the UK" and "stays in the EU"
PLACES = frozenset(
    [
        "uk",
        "eu",
        "usa",
        "uae",
        "gb",
        "britain",
        "england",
        "scotland",
        "wales",
        "ireland",
        "europe",
        "america",
        "canada",
        "mexico",
        "brazil",
        "argentina",
        "germany",
        "austria",
        "switzerland",
        "france",
        "spain",
        "portugal",
        "italy",
        "greece",
        "belgium",
        "netherlands",
        "holland",
        "luxembourg",
        "denmark",
        "norway",
        "sweden",
        "finland",
        "iceland",
        "poland",
        "czechia",
        "slovakia",
        "hungary",
        "romania",
        "bulgaria",
        "croatia",
        "serbia",
        "slovenia",
        "estonia",
        "latvia",
        "lithuania",
        "ukraine",
        "russia",
        "turkey",
        "israel",
        "egypt",
        "morocco",
        "nigeria",
        "kenya",
        "india",
        "pakistan",
        "bangladesh",
        "china",
        "japan",
        "korea",
        "taiwan",
        "singapore",
        "malaysia",
        "indonesia",
        "thailand",
        "vietnam",
        "philippines",
        "australia",
        "africa",
        "asia",
        "apac",
        "emea",
        "dach",
        "benelux",
        "california",
        "texas",
        "virginia",
        "florida",
        "ontario",
        "quebec",
    ]
)
MASS = 6  # the most telling stems that stand for all that a group says
SHAPES = {
    "noun": 1.0, "noun tail": 0.8, "verb": 1.0, "state": 1.0, "state tail": 0.8, "question": 1.0, "statement": 0.9,
    "command": 1.0,
}  # fmt: skip
# A name that ends with one of these lacks what it is about: "data must stay" (where?).
UNFINISHED, WANTING = (
    0.8,
    frozenset(
        [
            "stay",
            "stays",
            "sit",
            "sits",
            "go",
            "goes",
            "stand",
            "stands",
            "lie",
            "lies",
            "come",
            "comes",
            "keep",
            "keeps",
            "put",
            "remain",
        ]
    ),
)
# "Anything of that size", "something in that direction": what is meant stands elsewhere.
EMPTY_HEADS = frozenset("anything something everything nothing anyone someone everyone nobody one".split())  # noqa: SIM905
LOOSE = frozenset("he she him her his they gonna gotta wanna these those need needs want wants".split())  # noqa: SIM905

Ranked = list[tuple[float, Phrase]]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one group: the texts that have each stem as bits, the share that has it, and how many people used it."""

    size: int
    holders: Mapping[str, int]
    shares: Mapping[str, float]
    voices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Barred:
    """Lower-case words that no name may hold, and those that are names and so need many members."""

    private: frozenset[str]
    proper: frozenset[str]


def count(group: Sequence[str], accounts: Sequence[str] | None) -> Counts:
    """Count stems in a group's texts; members of one account ("" is unknown) are one voice."""
    places = range(0, len(group), max(1, len(group) // COUNTED))
    holders: dict[str, int] = {}
    voices: dict[str, set[str]] = {}
    for bit, at in enumerate(places):
        for stem in set(wording.stems(wording.lowered(group[at]))):
            holders[stem] = holders.get(stem, 0) | 1 << bit
            voices.setdefault(stem, set()).add(accounts[at] if accounts and accounts[at] else f"\0{at}")
    shares = {stem: bits.bit_count() / max(1, len(places)) for stem, bits in holders.items()}
    return Counts(len(places), holders, shares, {stem: len(who) for stem, who in voices.items()})


def weights(groups: Sequence[Counts]) -> list[dict[str, float]]:
    """Per group, how much each stem tells of it: the more, the commoner it is here and the rarer elsewhere.

    The logarithm of a lift, as in c-TF-IDF, whose "elsewhere" is the mean of the other groups and a part of the one
    that uses the stem most, so that neighbours are told apart.
    """
    spread: dict[str, list[float]] = {}
    for group in groups:
        for stem, share in group.shares.items():
            spread.setdefault(stem, []).append(share)
    known = {stem: (sum(shares), sorted([0.0, *shares])[-2:]) for stem, shares in spread.items()}
    found = []
    for group in groups:
        of_group = {}
        for stem, share in group.shares.items():
            total, (second, first) = known[stem]
            mean = (total - share) / (len(groups) - 1) if len(groups) > 1 else 0.02
            nearest = second if share >= first else first
            of_group[stem] = 0.15 + math.log1p(share / (mean + 0.15 * nearest + 0.03))
        found.append(of_group)
    return found


def ranked(
    group: Sequence[str], counts: Counts, weights: Mapping[str, float], barred: Barred, *, loosely: bool = False
) -> Ranked:
    """The phrases of a group (most typical text first), best first, one for those that tell the same.

    `loosely` lets in phrases of one member that hold everyday words and words of several members alone.
    """
    forms: dict[tuple[str, tuple[str, ...]], Counter[Phrase]] = {}
    for text in group[:TYPICAL]:
        for phrase in dict.fromkeys(phrases.of_text(text)):
            forms.setdefault((phrase.shape, phrase.stems), Counter())[phrase] += 1
    total = sum(sorted((weights[stem] * share for stem, share in counts.shares.items()), reverse=True)[:MASS]) or 1.0
    found: dict[frozenset[str], tuple[float, Phrase]] = {}
    for (_, stems), same in forms.items():
        if not naming(stems):
            continue
        fit = {one: texts for one, texts in same.items() if _fit(one, counts, barred, loosely=loosely)}
        if not fit:
            continue
        best = min(fit, key=lambda one: (-fit[one], len(one.words), one.words))
        texts = sum(fit.values())
        score = _score(best, counts, weights, total) * _agreement(stems, texts, counts.size)
        score *= UNFINISHED if best.shape == "state" and best.words[-1].lower() in WANTING else 1.0
        key = frozenset(stems)
        if key not in found or (score, best.words, best.shape) > (
            found[key][0],
            found[key][1].words,
            found[key][1].shape,
        ):
            found[key] = (score, best)
    return sorted(found.values(), key=lambda one: (-one[0], one[1].words))


def naming(stems: Iterable[str]) -> frozenset[str]:
    """The stems that name something: all but "not", "how much" and the like."""
    return frozenset(stem for stem in stems if stem != "not" and " " not in stem and stem not in wording.ASKING)


def agreed(phrase: Phrase, counts: Counts, weights: Mapping[str, float]) -> float:
    """The share of members that name what a phrase names: that they deny something is not to agree in what."""
    return _right(naming(phrase.stems), counts, weights)


def _right(stems: Iterable[str], counts: Counts, weights: Mapping[str, float]) -> float:
    """The share of members that use these stems, each by how much it tells."""
    stems = sorted(set(stems))  # in one order, so that sums are the same to the last bit
    weight = sum(weights.get(stem, 1.0) for stem in stems) or 1.0
    return _mass(stems, counts, weights) / weight


def allowed(stems: Iterable[str], counts: Counts) -> bool:
    """Whether enough members use every stem: two, and three in a hundred."""
    least = 1 if counts.size < 3 else max(2, math.ceil(LEAST_SHARE * counts.size))
    return all(counts.voices.get(stem, 0) >= least for stem in stems)


def barred_word(word: str, counts: Counts, barred: Barred) -> bool:
    """Whether a lower-case word is misspelt, private, or a name or date that too few use."""
    if wording.misspelt(word) or word in wording.lexicon()["title"]:
        return True
    if barred.private & {word, word.removesuffix("'s"), *word.split("-")}:
        return True
    placed = word.removesuffix("'s") in PLACES
    if not placed and word not in barred.proper and word not in wording.lexicon()["dated"]:
        return False
    least = max(3, math.ceil((LEAST_SHARE_OF_PLACES if placed else LEAST_SHARE_OF_NAMES) * counts.size))
    return any(counts.voices.get(stem, 0) < least for stem in wording.stems([word]) or [word])


def _fit(phrase: Phrase, counts: Counts, barred: Barred, *, loosely: bool) -> bool:
    if phrase.words[0].lower() in EMPTY_HEADS or (
        len(phrase.words) == 1 and not wording.is_noun(phrase.words[0].lower())
    ):
        return False
    rare = [word for word in phrase.words if not wording.everyday(word.lower())] if loosely else phrase.words
    stems = wording.stems(word.lower() for word in rare) if loosely else phrase.stems
    return allowed(stems, counts) and not any(barred_word(word.lower(), counts, barred) for word in phrase.words)


def _mass(stems: Iterable[str], counts: Counts, weights: Mapping[str, float]) -> float:
    return sum(weights.get(stem, 0.0) * counts.shares.get(stem, 0.0) for stem in stems)


def _score(phrase: Phrase, counts: Counts, weights: Mapping[str, float], total: float) -> float:
    """How well a phrase names its group: that its words are the members', that they are most of what members say, that
    members use them together; less for a bare word, for words that tell nothing, and for denying what others do not.
    """
    stems = sorted(set(phrase.stems))
    whole = min(1.0, _mass(stems, counts, weights) / total)
    together = -1
    for stem in stems:
        together &= counts.holders.get(stem, 0)
    support = 0.88 + 0.24 * together.bit_count() / counts.size
    bare = 0.9 if phrase.shape == "question" else 0.75 if len(phrase.words) > 1 else 0.5
    bare = bare if len(naming(stems)) == 1 else 1.0
    empty = 0.97 ** max(0, len(phrase.words) - 2 * len(stems))
    loose = 0.8 if LOOSE & {word.lower() for word in phrase.words} else 1.0
    denied = counts.shares.get("not", 0.0)
    turned = 0.8 if "not" in stems and denied < 0.25 else 0.85 if "not" not in stems and denied > 0.5 else 1.0
    said = _right(phrase.stems, counts, weights) ** 0.35 * whole**0.65
    return SHAPES[phrase.shape] * said * support * bare * empty * loose * turned


def _agreement(stems: Sequence[str], texts: int, size: int) -> float:
    """More for a phrase of several texts, less for a short one of one text alone, above all if it denies: "no
    names"."""
    agreed = 1 + 0.15 * texts / size
    if texts > 1 or size < 8 or len(naming(stems)) > 2:
        return agreed
    return agreed * (0.6 if "not" in stems and len(naming(stems)) == 1 else 0.9)

"""Name themes in the buyers' own words, without a language model.

A name is a phrase of a member that can stand alone (see `names.phrases`) and whose words many members use and few
others do. What one would get wrong: a word that only one member, or one account, uses never gets into a name, nor
does an amount, so that no theme is named by a customer.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from insights.names import phrases as grammar
from insights.names import wording

LONGEST = 60
TYPICAL = 150  # texts of a group that phrases are taken from
COUNTED = 400  # texts of a group that words are counted in
LEAD_SHARE = 0.6  # of a group that has to share a label which leads the name
READABLE = {
    "price": "Price", "budget": "Budget", "roi": "Return", "authority": "Decision-maker", "need": "No need",
    "status_quo": "Happy as is", "timing": "Timing", "competitor": "Other vendor", "product_gap": "Missing feature",
    "integration": "Integration", "implementation": "Implementation", "security_legal": "Security and legal",
    "trust": "Trust", "pricing": "Pricing", "comparison": "Comparison", "proof": "Proof", "limits": "Limits",
    "fit": "Fit", "capability": "Capability", "security": "Security", "support": "Support", "contract": "Contract",
    "roadmap": "Roadmap", "company": "Company", "process": "Buying process", "incumbent": "In use",
    "evaluating": "Evaluating", "past": "Used before", "switching_from": "Switching from",
    "switching_to": "Switching to",
}  # fmt: skip
# Names for themes whose members agree in their label but in few words.
PLAIN = {
    "price": "Price: costs too much", "budget": "Budget: no money for it now", "roi": "Return: does it pay off?",
    "authority": "Decision-maker: someone else decides", "need": "No need for it",
    "status_quo": "Happy as is: no reason to change", "timing": "Timing: not now, maybe later",
    "competitor": "Other vendor: with someone else already", "product_gap": "Missing feature or option",
    "integration": "Integration with our systems", "implementation": "Implementation: effort and time to switch",
    "security_legal": "Security and legal concerns", "trust": "Trust: doubts about the vendor",
    "pricing": "Pricing: what does it cost?", "comparison": "Comparison with others",
    "proof": "Proof: results and references", "limits": "Limits: what could go wrong?", "fit": "Fit: is it right for us?",
    "capability": "Capability: what can it do?", "security": "Security and data protection",
    "support": "Support: who helps us?", "contract": "Contract terms and cancellation",
    "roadmap": "Roadmap: what is planned?", "company": "Company: who is behind it?",
    "process": "Buying process: what happens next?",
}  # fmt: skip
AGREED = 0.2  # weighted share of members that use a phrase's words, under which a label's plain name says more
SHAPES = {
    "noun": 1.0, "noun tail": 0.8, "verb": 1.0, "state": 1.0, "state tail": 0.8, "question": 1.0, "statement": 0.9,
}  # fmt: skip
LOOSE = frozenset(
    [
        "he",
        "she",
        "him",
        "her",
        "his",
        "they",
        "gonna",
        "gotta",
        "wanna",
        "these",
        "those",
        "need",
        "needs",
        "want",
        "wants",
    ]
)


def words(text: str) -> list[str]:
    """The words of a text as written, with straight apostrophes."""
    return wording.words(text)


def meaningful(text: str) -> list[str]:
    """The lower-case words of a text that carry meaning: the vocabulary of keywords."""
    return [word for word in map(str.lower, words(text)) if wording.telling(word)]


def names(
    groups: Sequence[Sequence[str]],
    keywords: Sequence[Sequence[str]],
    labels: Sequence[Sequence[str]] | None = None,
    *,
    accounts: Sequence[Sequence[str]] | None = None,
    parents: Sequence[str] | None = None,
    taken: Iterable[str] = (),
    private: Collection[str] = (),
) -> list[str]:
    """One name per group of texts (most typical first), distinct in their words, at most 60 characters.

    `keywords` are each group's, most telling first; `labels` and `accounts` are the members', parallel to `groups`.
    Where three fifths of a group share a label, its readable form may lead the name. `parents` are the names of the
    themes that the groups are part of, which they do not repeat; `taken` are names in use; `private` are words, such
    as names of people, that no name may hold.
    """
    counts = [_Counts.of(group, accounts[at] if accounts else None) for at, group in enumerate(groups)]
    spread: dict[str, list[float]] = {}
    for one in counts:
        for stem, share in one.shares.items():
            spread.setdefault(stem, []).append(share)
    elsewhere = {stem: (sum(shares), sorted(shares)[-2:]) for stem, shares in spread.items()}
    spellings = _spellings(groups)
    hidden = frozenset(word.lower() for word in private)
    proper = frozenset(word for word, form in spellings.items() if wording.is_proper(form))
    order = sorted(range(len(groups)), key=lambda at: (-len(groups[at]), sorted(groups[at])[:3]))
    used = {_key(name) for name in taken}
    result = [""] * len(groups)
    for at in order:
        label = _shared_label(labels[at]) if labels else ""
        parent = parents[at] if parents else ""
        weights = _weights(counts[at], elsewhere, len(groups), set(wording.stems(_lower(parent))))
        found = _ranked(groups[at][:TYPICAL], counts[at], weights, hidden, proper)
        found = _apart(found, used)
        rest = partial(_ranked, groups[at][:TYPICAL], counts[at], weights, hidden | proper, frozenset(), loosely=True)
        plain = (
            PLAIN.get(label, "")
            if not parent and (not found or _right(found[0][1], counts[at], weights) < AGREED)
            else ""
        )
        choices = _choices(
            found, READABLE.get(label, ""), plain, parent, keywords[at], counts[at], spellings, hidden | proper, rest
        )
        result[at] = next(name for name in choices if _key(name) not in used and len(name) <= LONGEST)
        used.add(_key(result[at]))
    return result


@dataclass(frozen=True, slots=True)
class _Counts:
    """Of one group: the texts that have each stem as bits, the share that has it, and who used it."""

    size: int
    holders: Mapping[str, int]
    shares: Mapping[str, float]
    voices: Mapping[str, int]

    @classmethod
    def of(cls, group: Sequence[str], accounts: Sequence[str] | None) -> "_Counts":
        step = max(1, len(group) // COUNTED)
        places = range(0, len(group), step)
        holders: dict[str, int] = {}
        people: dict[str, set[str]] = {}
        for bit, at in enumerate(places):
            for one in set(wording.stems(_lower(group[at]))):
                holders[one] = holders.get(one, 0) | 1 << bit
                people.setdefault(one, set()).add(accounts[at] if accounts and accounts[at] else f"\0{at}")
        size = len(places)
        shares = {one: bits.bit_count() / size for one, bits in holders.items()}
        return cls(size, holders, shares, {one: len(who) for one, who in people.items()})


def _lower(text: str) -> list[str]:
    return [wording.spellings().get(word.lower(), word).lower() for word in wording.words(text)]


def _weights(
    counts: _Counts, spread: Mapping[str, tuple[float, list[float]]], groups: int, repeated: Collection[str]
) -> dict[str, float]:
    """How much each stem tells of the group: the more, the commoner it is here and the rarer elsewhere."""
    found = {}
    for one, share in counts.shares.items():
        total, highest = spread[one]
        mean = (total - share) / (groups - 1) if groups > 1 else 0.02
        nearest = highest[0] if share >= highest[-1] and len(highest) > 1 else highest[-1] if len(highest) > 1 else 0.0
        found[one] = 0.0 if one in repeated else 0.15 + math.log1p(share / (mean + 0.15 * nearest + 0.03))
    return found


def _ranked(
    group: Sequence[str],
    counts: _Counts,
    weights: Mapping[str, float],
    hidden: frozenset[str],
    proper: Collection[str],
    *,
    loosely: bool = False,
) -> list[tuple[float, grammar.Phrase]]:
    """The phrases of a group that may be its name, best first, one for those that tell the same."""
    forms: dict[tuple[str, tuple[str, ...]], Counter[grammar.Phrase]] = {}
    for text in group:
        for one in set(grammar.of_text(text)):
            forms.setdefault((one.shape, one.stems), Counter())[one] += 1
    masses = sorted((weights[one] * share for one, share in counts.shares.items()), reverse=True)
    total = sum(masses[:6]) or 1.0
    found: dict[frozenset[str], tuple[float, grammar.Phrase]] = {}
    for (_, stems), same in forms.items():
        if not _telling(stems) or not _allowed(_uncommon(same) if loosely else stems, counts):
            continue
        same = Counter(
            {one: n for one, n in same.items() if not any(_unfit(w.lower(), counts, hidden, proper) for w in one.words)}
        )
        if not same:
            continue
        best = min(same, key=lambda one: (-same[one], len(one.words), one.words))
        agreed = (1 + 0.15 * sum(same.values()) / counts.size) * _lonely(stems, sum(same.values()), counts.size)
        score = agreed * _score(best, frozenset(stems), counts, weights, total)
        key = frozenset(stems)
        if key not in found or (score, best.words) > (found[key][0], found[key][1].words):
            found[key] = (score, best)
    return sorted(found.values(), key=lambda one: (-one[0], one[1].words))


def _allowed(stems: Sequence[str], counts: _Counts) -> bool:
    """Whether every telling word is more than one member's (in a group of five and more, and of a few per cent)."""
    least = 1 if counts.size < 3 else max(2, math.ceil(0.03 * counts.size))
    return all(counts.voices.get(one, 0) >= least for one in stems)


def _lonely(stems: Sequence[str], texts: int, size: int) -> float:
    """What a short phrase of one text alone is worth in a larger group; least where it denies: "no names"."""
    if texts > 1 or size < 8 or len(_telling(stems)) > 2:
        return 1.0
    return 0.6 if "not" in stems and len(_telling(stems)) == 1 else 0.9


def _uncommon(same: Iterable[grammar.Phrase]) -> list[str]:
    """The stems of a phrase that are no everyday English, and so might be somebody's name."""
    return wording.stems(word for word in next(iter(same)).words if not wording.everyday(word.lower()))


def _unfit(word: str, counts: _Counts, hidden: Collection[str], proper: Collection[str]) -> bool:
    """Whether a lower-case word keeps a phrase out: misspelt, private, or a name or date that too few use."""
    if word in hidden or wording.misspelt(word) or word in wording.lexicon()["title"]:
        return True
    if word not in proper and word not in wording.lexicon()["dated"]:
        return False
    least = max(3, math.ceil(0.15 * counts.size))
    return any(counts.voices.get(one, 0) < least for one in wording.stems([word]) or [word])


def _right(phrase: grammar.Phrase, counts: _Counts, weights: Mapping[str, float]) -> float:
    """The share of members that use the words of a phrase, each word by how much it tells."""
    stems = frozenset(phrase.stems)
    weight = sum(weights.get(one, 1.0) for one in stems) or 1.0
    return sum(weights.get(one, 0.0) * counts.shares.get(one, 0.0) for one in stems) / weight


def _telling(stems: Iterable[str]) -> frozenset[str]:
    """The stems that name something, without "not", "how much" and the like."""
    return frozenset(one for one in stems if one != "not" and " " not in one and one not in wording.ASKING)


def _score(
    phrase: grammar.Phrase, stems: frozenset[str], counts: _Counts, weights: Mapping[str, float], total: float
) -> float:
    mass = sum(weights.get(one, 0.0) * counts.shares.get(one, 0.0) for one in stems)
    weight = sum(weights.get(one, 1.0) for one in stems) or 1.0
    right, whole = mass / weight, min(1.0, mass / total)
    together = -1
    for one in stems:
        together &= counts.holders.get(one, 0)
    support = together.bit_count() / counts.size
    bare = len(_telling(stems)) == 1
    telling = 1.0 if not bare else 0.9 if phrase.shape == "question" else 0.75 if len(phrase.words) > 1 else 0.5
    tail = 0.97 ** max(0, len(phrase.words) - 2 * len(stems))
    loose = 0.8 if LOOSE & {word.lower() for word in phrase.words} else 1.0
    denied = counts.shares.get("not", 0.0)
    turned = 0.8 if "not" in stems and denied < 0.25 else 0.92 if "not" not in stems and denied > 0.6 else 1.0
    return SHAPES[phrase.shape] * right**0.35 * whole**0.65 * (0.88 + 0.24 * support) * telling * tail * loose * turned


def _apart(
    found: list[tuple[float, grammar.Phrase]], used: Collection[frozenset[str]]
) -> list[tuple[float, grammar.Phrase]]:
    """The same phrases, those that are nearly a name in use further down."""

    def near(stems: frozenset[str]) -> bool:
        return any(len(stems & key) / len(stems | key) > 0.6 for key in used)

    head = [(score * (0.8 if near(frozenset(one.stems)) else 1.0), one) for score, one in found[:60]]
    return sorted(head, key=lambda one: (-one[0], one[1].words))


def _choices(
    found: Sequence[tuple[float, grammar.Phrase]], lead: str, plain: str, parent: str, keywords: Sequence[str], counts: _Counts,
    spellings: Mapping[str, str], hidden: Collection[str], loose: Callable[[], Sequence[tuple[float, grammar.Phrase]]],
) -> Iterator[str]:  # fmt: skip
    """Names from best to worst: phrases, then keywords, then the label alone, then numbers."""
    if parent.startswith(f"{lead}:") or lead == READABLE["capability"]:
        lead = ""
    if plain:
        yield plain
    for _, phrase in found[:40]:
        yield _written(phrase, lead, spellings)
    safe = [
        word
        for word in keywords
        if wording.telling(word)
        and wording.stems([word])
        and _allowed(wording.stems([word]), counts)
        and word not in hidden
    ]
    shown = [spellings.get(word, word) for word in safe]
    for word in shown[:1] if lead else []:
        yield f"{lead}: {word}"
    for first, second in combinations(shown[:5], 2):
        if wording.stem(first.lower()) != wording.stem(second.lower()):
            yield _capital(f"{lead}: {first} and {second}" if lead else f"{first} and {second}")
    if lead:
        yield lead
    for _, phrase in loose():
        yield _written(phrase, lead, spellings)
    yield from (_capital(word) for word in shown)
    number = 1
    while True:
        yield f"{lead or 'Theme'} {number}"
        number += 1


def _written(phrase: grammar.Phrase, lead: str, spellings: Mapping[str, str]) -> str:
    shown = " ".join(spellings.get(word.lower(), word) for word in phrase.words)
    if phrase.shape == "question":
        return _capital(shown) + "?"
    repeats = _telling(wording.stems(_lower(lead))) & _telling(phrase.stems)
    return _capital(shown) if not lead or repeats else f"{lead}: {shown}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _key(name: str) -> frozenset[str]:
    """What tells names apart: their telling words, whatever form they have."""
    lower = _lower(name)
    return frozenset(wording.stems(lower)) | {word for word in lower if word.isdigit()} or frozenset([name.lower()])


def _shared_label(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    counts = Counter(labels)
    label = min(counts, key=lambda one: (-counts[one], one))
    return label if label in READABLE and counts[label] >= LEAD_SHARE * len(labels) else ""


def _spellings(groups: Sequence[Sequence[str]]) -> dict[str, str]:
    """Lower-case word -> how most of the texts write it where its place asks for no capital."""
    forms: dict[str, Counter[str]] = {}
    for group in groups:
        for text in group[:COUNTED]:
            for clause in wording.BREAK.split(text)[::2]:
                run = wording.words(clause)
                for at, word in enumerate(run):
                    if at or not word.istitle():
                        forms.setdefault(word.lower(), Counter())[word] += 1
    return {word: wording.spelled(counts) for word, counts in forms.items()}

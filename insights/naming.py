"""Name themes in the buyers' own words, without a language model.

A name is a phrase that occurs in the theme's texts, begins and ends with words that carry meaning, and whose words are
frequent in the theme and rare elsewhere. "No", "not" and "too" carry meaning here: "not a priority" is a theme.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

LONGEST = 60
PHRASE_WORDS = 6
SHARED_FROM = 5  # texts from which on a name should be a phrase that more than one of them uses
ALONE = 0.35  # what a phrase of one text alone is worth there
TYPICAL = 200  # texts of a group that phrases are taken from
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
LEADING = frozenset(
    ["next", "no", "not", "too", "without", "never", "cannot", "can't", "won't", "doesn't", "don't", "isn't"]
)
FILLERS = frozenset(
    """
    able about absolutely actually again ah all already also always am an and another any anybody anyone
    anything are aren't as ask asked asking at back basically be because been being believe bit both but buyer
    by call came can cant client come concerned could couldn't customer did didn't didnt do does doesnt doing
    done dont down each either else end even ever every everything exactly feel few figure find first for from
    gave get gets getting give go goes going gonna good got great guess guys had hadn't happen happened happens
    has hasn't have haven't having he he'd he'll he's hear hello help her here hey hi him his hmm honestly hope
    how how's however i i'd i'll i'm i've if im in instead into is isnt it it'd it'll it's its ive just keep
    kind kinda know known last later least let let's lets like likely little look looking lot lots made make
    makes making many may maybe me mean mentioned might mind more most much must my myself need needed needs
    next nice now of off oh ok okay on once one ones only onto or other others our ours out over own perhaps
    please pretty probably prospect put question quite rather really recently regarding right said same saw say
    saying says see seem seemed seems seen send she she's should shouldn't show since so some somebody somehow
    someone something soon sorry sort still stuff such suppose sure take takes taking talk tell than thank
    thanks that that's thats the their them then there there's these they they'd they'll they're they've thing
    things think this those though through thus to today together told took totally tried try trying understand
    until up upon us use used using usually very want wanted wants was wasn't way we we'd we'll we're we've well
    went were weren't what what's whatever whats when whenever where where's whether which while who who's whole
    whom whose why will wish with within won wonder wondered wondering worried would wouldn't wow yeah yep yes
    yet you you'd you'll you're you've your yours yourself
    nobody none rest two three four five six ten week weeks month months year years day days people somebody office
    """.split()  # noqa: SIM905  # a list would take 400 lines
)
MEANINGLESS = (
    FILLERS
    | LEADING
    | frozenset(
        (
            "a",
            "above",
            "after",
            "against",
            "before",
            "d",
            "during",
            "ll",
            "m",
            "nor",
            "per",
            "re",
            "s",
            "t",
            "under",
            "ve",
        )
    )
)
WORD = re.compile(r"[^\W_](?:[\w&+./'-]*[^\W_])?[+#]?")
BREAK = re.compile(r"[.!?;:,()\[\]\"“”…\n|]+(?:\s|$)|\s[-–—]+\s")


def words(text: str) -> list[str]:
    """The words of a text as written, with straight apostrophes."""
    return WORD.findall(text.replace("’", "'"))


def meaningful(text: str) -> list[str]:
    """The lower-case words of a text that carry meaning: the vocabulary of keywords."""
    return [word for word in map(str.lower, words(text)) if carries_meaning(word)]


def carries_meaning(word: str) -> bool:
    """Whether a lower-case word may begin or end a name. Numbers, and what may be a telephone's, do not."""
    return word not in MEANINGLESS and len(word) > 1 and sum(map(str.isdigit, word)) < 4 and not word.isdigit()


def names(
    groups: Sequence[Sequence[str]], keywords: Sequence[Sequence[str]], labels: Sequence[Sequence[str]] | None = None
) -> list[str]:
    """One name per group of texts (most typical first), distinct, in sentence case, at most 60 characters.

    `keywords` are each group's, most telling first; `labels` are the members' labels, parallel to `groups`. Where
    three fifths of a group share a label, its readable form leads the name.
    """
    vocabularies = [[set(meaningful(text)) for text in group] for group in groups]
    inside = [Counter(word for words_ in vocabulary for word in words_) for vocabulary in vocabularies]
    documents: Counter[str] = Counter()
    for counts in inside:
        documents.update(counts)
    spread = Counter(word for counts in inside for word in counts)
    taken: set[str] = set()
    result = []
    for index, group in enumerate(groups):
        lead = _shared_label(labels[index]) if labels else ""
        phrases = _phrases(group, inside[index], documents, spread, len(groups))
        name = next(_untaken(lead, [*phrases, *keywords[index]], taken), f"{lead or 'Theme'} {index + 1}")
        taken.add(name.lower())
        result.append(name)
    return result


def _shared_label(labels: Sequence[str]) -> str:
    [(label, count)] = Counter(labels).most_common(1) or [("", 0)]
    return READABLE.get(label, "") if count >= 0.6 * len(labels) else ""


def _untaken(lead: str, phrases: Sequence[str], taken: set[str]) -> Iterator[str]:
    """Names from best to worst: each phrase alone, then the best two joined."""
    for phrase in phrases[:12]:
        name = _with_lead(lead, phrase)
        if len(name) <= LONGEST and name.lower() not in taken:
            yield name
    for first, second in pairwise(phrases):
        name = _with_lead(lead, f"{first} and {second}")
        if len(name) <= LONGEST and name.lower() not in taken:
            yield name


def _with_lead(lead: str, phrase: str) -> str:
    first = phrase[:1].upper() + phrase[1:]
    repeats = set(meaningful(lead)) & set(meaningful(phrase))
    return first if not lead or repeats else f"{lead}: {phrase}"


def _phrases(
    group: Sequence[str], inside: Counter[str], documents: Counter[str], spread: Counter[str], groups: int
) -> list[str]:
    """Phrases of a group, best first, no two with the same telling words. The counters hold texts with a word, in this
    group and in all, and groups with it."""
    size = len(group)

    def weight(word: str) -> float:
        rare = math.log(1 + groups / spread[word])
        return (inside[word] / size) * (inside[word] / documents[word]) ** 0.5 * rare

    forms: dict[str, Counter[str]] = {}
    holders: Counter[str] = Counter()
    for text in group[:TYPICAL]:
        found = dict(_candidates(text))
        holders.update(found.keys())
        for key, form in found.items():
            forms.setdefault(key, Counter())[form] += 1
    scores = {}
    for key, count in holders.items():
        parts = key.split()
        telling = {word for word in parts if carries_meaning(word)}
        fresh = sum(weight(word) for word in telling) / (1 + 0.35 * (len(parts) - 1))
        alone = ALONE if count == 1 and size >= SHARED_FROM else 1.0
        agreed = 1 + 2 * math.log1p(count - 1) / math.log1p(size)
        scores[key] = fresh * agreed * alone * (1.15 if len(parts) > 1 else 0.4)
    best: list[str] = []
    seen: set[frozenset[str]] = set()
    leading = sorted(scores, key=lambda key: (-scores[key], key))[:30]
    common = {key: count for key, count in holders.items() if count > 1}
    for key in (_completed(key, common) for key in leading):
        telling_key = frozenset(word for word in key.split() if carries_meaning(word))
        if telling_key not in seen:
            seen.add(telling_key)
            best.append(_cased(forms[key]))
    return best[:20]


def _completed(key: str, holders: Mapping[str, int]) -> str:
    """The longer phrase that most holders of a phrase use: "create a new" is part of "create a new account".

    A single word says little, so less agreement is enough to lengthen it.
    """
    while True:
        least = max(2, holders.get(key, 1) * (0.12 if " " not in key else 0.35))
        longer = [
            other for other, count in holders.items() if count >= least and f" {key} " in f" {other} " != f" {key} "
        ]
        if not longer:
            return key
        key = min(longer, key=lambda other: (-holders[other], len(other), other))


def _candidates(text: str) -> Iterator[tuple[str, str]]:
    """(lower-case phrase, phrase as written) for runs of one to six words that begin and end with meaning."""
    for clause in BREAK.split(text.replace("’", "'")):
        run = words(clause)
        lower = [word.lower() for word in run]
        for start, first in enumerate(lower):
            if not (carries_meaning(first) or first in LEADING):
                continue
            for end in range(start + 1, min(start + PHRASE_WORDS, len(run)) + 1):
                if carries_meaning(lower[end - 1]):
                    # A clause's first word has its capital from its place, so its own case is unknown.
                    head = run[0].lower() if start == 0 and run[0].istitle() else run[start]
                    yield " ".join(lower[start:end]), " ".join([head, *run[start + 1 : end]])


def _cased(forms: Counter[str]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))

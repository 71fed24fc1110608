"""Name themes in the buyers' own words, without a language model.

A name is a phrase of a member that can stand alone (`names.phrases`) and whose words many members use and few others
do (`names.ranking`), led by the members' label where they share one. What one would get wrong: a word that only one
member, or one account, uses never gets into a name, nor does an amount, so that no theme is named by a customer.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, count

from insights.names import labels as of_labels
from insights.names import ranking, wording
from insights.names.phrases import Phrase
from insights.people import is_generic

LONGEST = 60
AGREED = 0.2  # weighted share of members that use a phrase's words, under which a label's plain name says more
READ = 1000  # characters of a text that are read
ALONE = 0.5  # weighted share of members from which on a single noun names them
FEW = 0.3  # weighted share of members up to which a phrase is an example of what they share, and called one
EXAMPLE = ", e.g. "
OTHERS = "and others"  # after the commonest label of a group that shares neither words nor a label
SEVERAL = "several things"  # what nothing names says that it holds
SHORT = 4  # words of a text that may be a name as a whole
MOST_OF_ONE = 0.7  # of a group's members may be of one account, for what it alone says not to name the group
BEST = 60  # phrases that are compared with the names in use
TOLD = 0.28  # of the words of a name that a group's texts must say on average, for it to be one to go by
NEAR = 0.6  # overlap of two names' words (Jaccard) from which on they are hard to tell apart


def private_words(people: Iterable[str]) -> frozenset[str]:
    """The words of people's names that no name of a theme may hold: not those that are everyday words too."""
    known = wording.vocabulary()
    named = {word.lower() for name in people if not is_generic(name) for word in words(name)}
    return frozenset(word for word in named if len(word) > 2 and word not in known)


def words(text: str) -> list[str]:
    """The words of a text as written, with straight apostrophes."""
    return wording.words(text)


def meaningful(text: str) -> list[str]:
    """The lower-case words of a text that carry meaning: the vocabulary of keywords."""
    return [word for word in map(str.lower, words(text)) if wording.telling(word)]


@dataclass(frozen=True, slots=True)
class _Group:
    texts: Sequence[str]
    keywords: Sequence[str]
    label: str  # that three fifths share
    most: str  # the commonest
    parent: str
    counts: ranking.Counts
    weights: Mapping[str, float]


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
    as names of people, that no name may hold. A group's name does not depend on the order of the groups.
    """
    groups = [[text[:READ] for text in group] for group in groups]
    counts = [ranking.count(group, _several(accounts[at]) if accounts else None) for at, group in enumerate(groups)]
    known = [
        _Group(
            texts,
            keywords[at],
            of_labels.shared(labels[at]) if labels else "",
            of_labels.most(labels[at]) if labels else "",
            parents[at] if parents else "",
            counts[at],
            weights,
        )
        for at, (texts, weights) in enumerate(zip(groups, ranking.weights(counts), strict=True))
    ]
    spellings = _spellings(groups)
    proper = frozenset(word for word, form in spellings.items() if wording.is_proper(form))
    barred = ranking.Barred(frozenset(word.lower() for word in private), proper)
    used: Used = {}
    for name in taken:
        _add(used, name)
    result = [""] * len(groups)
    ranked = [ranking.ranked(one.texts, one.counts, _weights(one), barred)[:BEST] for one in known]
    # What has no phrase of its own has first choice: a label's plain name is all there is for it.
    for at in sorted(range(len(groups)), key=lambda at: (bool(ranked[at]), -len(groups[at]), sorted(groups[at])[:3])):
        names_ = _names(known[at], ranked[at], used, spellings, barred)
        result[at] = next(name for name in names_ if len(name) <= LONGEST and _is_free(used, name, known[at].parent))
        _add(used, result[at])
    return result


def tells(name: str, texts: Sequence[str]) -> bool:
    """Whether the words of a name, but for the label that leads it, are said in a good part of the texts: a name that
    was the last resort is no name to go by."""
    lead, _, rest = name.rpartition(EXAMPLE if EXAMPLE in name else ": ")
    stems = set(wording.stems(wording.lowered(rest))) - set(wording.stems(wording.lowered(lead)))
    stems = {stem for stem in stems if not stem.isdigit()}
    if (
        not stems
        or not texts
        or SEVERAL in name.lower()
        or name in of_labels.PLAIN.values()
        or name in of_labels.READABLE.values()
    ):
        return False
    used = sum(len(stems & set(wording.stems(wording.lowered(text[:READ])))) for text in texts)
    return used >= TOLD * len(stems) * len(texts)


def _several(accounts: Sequence[str]) -> Sequence[str] | None:
    """The accounts, or None where most is of one account: then what it says is what the theme is."""
    [(_, most)] = Counter(accounts).most_common(1) or [("", 0)]
    return accounts if most <= MOST_OF_ONE * len(accounts) else None


Used = dict[str, set[frozenset[str]]]  # the names in use, by each word that they tell


def _add(used: Used, name: str) -> None:
    key = _key(name)
    for stem in key:
        used.setdefault(stem, set()).add(key)


def _is_free(used: Used, name: str, parent: str) -> bool:
    key = _key(name)
    return key not in used.get(min(key), ()) and (not parent or key != _key(parent))


def _is_near(used: Used, stems: frozenset[str]) -> bool:
    others = {key for stem in stems for key in used.get(stem, ())}
    return any(len(stems & key) > NEAR * len(stems | key) for key in others)


def _key(name: str) -> frozenset[str]:
    """What tells a name from others: its telling words, in whatever form, and its number."""
    lower = wording.lowered(name.replace(EXAMPLE, " "))
    return frozenset(wording.stems(lower)) | {word for word in lower if word.isdigit()} or frozenset([name.lower()])


def _weights(group: _Group) -> Mapping[str, float]:
    """The weights of a group's words, without those of the theme that it is a part of."""
    repeated = set(wording.stems(wording.lowered(group.parent)))
    return {stem: 0.0 if stem in repeated else weight for stem, weight in group.weights.items()}


def _names(
    group: _Group, found: ranking.Ranked, used: Used, spellings: Mapping[str, str], barred: ranking.Barred
) -> Iterator[str]:
    """Names from best to worst: phrases, `found` in this order, then keywords, then the label's plain name, then
    everyday phrases, then numbers."""
    weights = _weights(group)
    found = [(score * (0.8 if _is_near(used, frozenset(one.stems)) else 1.0), one) for score, one in found]
    found.sort(key=lambda one: (-one[0], one[1].words))
    lead = of_labels.lead(group.label, group.parent)
    best = ranking.agreed(found[0][1], group.counts, weights) if found else 0.0
    # A bare noun that half do without ("Proof: hospital") says less than the label itself.
    if not group.parent and best < (ALONE if found and len(found[0][1].words) == 1 else AGREED):
        yield from filter(None, [of_labels.PLAIN.get(group.label)])
    # What few of a group say that shares no label would be taken for what all are about.
    mixed = f"{of_labels.READABLE[group.most]} {OTHERS}" if group.most and not (group.label or group.parent) else ""
    if mixed and best < FEW:
        yield mixed
    named = "" if group.parent else of_labels.READABLE.get(group.label, "")
    for phrase in (*_pair(found, group, weights), *(phrase for _, phrase in found)):
        few = bool(named) and ranking.agreed(phrase, group.counts, weights) < FEW
        yield _written(phrase, named if few else lead, spellings, example=few)
    shown = [spellings.get(word, word) for word in _safe(group, barred) if wording.is_noun(word)]
    if lead:
        yield from (f"{lead}: {word}" for word in shown[:1])
    for first, second in combinations(shown[:5], 2):
        if wording.stem(first.lower()) != wording.stem(second.lower()):
            yield f"{lead}: {first} and {second}" if lead else _capital(f"{first} and {second}")
    yield from filter(None, [of_labels.PLAIN.get(group.label) if not group.parent else "", lead and f"{lead}: other"])
    yield from filter(None, [mixed])
    strict = ranking.Barred(barred.private | barred.proper, frozenset())
    for _, phrase in ranking.ranked(group.texts, group.counts, weights, strict, loosely=True):
        yield _written(phrase, lead, spellings)
    yield from map(_capital, shown)
    yield from filter(None, [_short(group.texts)])
    several = f"{lead}, {SEVERAL}" if lead else _capital(SEVERAL)
    yield several
    yield from (f"{several} {number}" for number in count(2))


def _pair(found: ranking.Ranked, group: _Group, weights: Mapping[str, float]) -> Iterator[Phrase]:
    """The two best nouns together, where a single one is the best phrase but half of the members do without it."""
    bare = [(score, one) for score, one in found if one.shape == "noun" and len(one.words) == 1]
    if not bare or bare[0] != found[0] or ranking.agreed(found[0][1], group.counts, weights) >= ALONE:
        return
    best, first = bare[0]
    for score, second in bare[1:2]:
        if score >= 0.6 * best:
            yield Phrase((*first.words, "and", *second.words), "noun", first.stems + second.stems)


def _short(texts: Sequence[str]) -> str:
    """The most typical text of a few everyday words, for a group that tells nothing: "Thank you"."""
    for text in texts[: ranking.TYPICAL]:
        run = wording.lowered(text)
        if 0 < len(run) <= SHORT and all(wording.everyday(word) and wording.part(word) != "U" for word in run):
            return _capital(" ".join(wording.spellings().get(word, word) for word in run))
    return ""


def _safe(group: _Group, barred: ranking.Barred) -> list[str]:
    """The keywords of a group that may stand in a name."""
    return [
        word
        for word in group.keywords
        if ranking.naming(wording.stems([word]))
        and ranking.allowed(wording.stems([word]), group.counts)
        and not ranking.barred_word(word, group.counts, barred)
    ]


def _written(phrase: Phrase, lead: str, spellings: Mapping[str, str], *, example: bool = False) -> str:
    shown = " ".join(spellings.get(word.lower(), word) for word in phrase.words)
    shown += "?" if phrase.shape == "question" else ""
    repeats = ranking.naming(wording.stems(wording.lowered(lead))) & ranking.naming(phrase.stems)
    if example and not repeats:
        return f"{lead}{EXAMPLE}{shown}"
    return f"{lead}: {shown}" if lead and not repeats and phrase.shape != "question" else _capital(shown)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _spellings(groups: Sequence[Sequence[str]]) -> dict[str, str]:
    """Lower-case word -> how most of the texts write it where its place asks for no capital."""
    forms: dict[str, Counter[str]] = {}
    for group in groups:
        for text in group[: ranking.COUNTED]:
            for clause in wording.BREAK.split(text)[::2]:
                for at, word in enumerate(wording.words(clause)):
                    if at or not word.istitle():
                        forms.setdefault(word.lower(), Counter())[word] += 1
    return {**wording.spellings(), **{word: wording.spelled(counts) for word, counts in forms.items()}}

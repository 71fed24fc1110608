"""Find phrases as people say them: in any word form, with or without apostrophes and punctuation, "*" for words
between.

Nothing of what a person types is a pattern but "*": alone it stands for up to five words, at a word's end for the rest
of the word. Words of a phrase are compared with whole words of a text, never with parts of them.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

GAP = 5  # words that a "*" may stand for
LEAST_KEY = 3  # letters that every form of a word must begin with to be of use as a key
# Letters and digits with their marks, "C++" and "C#", and pictures, each for itself.
_WORD = re.compile(r"[\w\u0300-\u036f]+(?:['’`][\w\u0300-\u036f]+)*[+#]*|[\u2190-\u2bff\U0001f000-\U0001faff]")
_ASKED = re.compile(_WORD.pattern + r"|\*")
_ENDINGS = {"'re": "are", "'ve": "have", "'ll": "will", "'m": "am", "'d": "would"}
_IS = frozenset(
    [
        "that",
        "it",
        "what",
        "he",
        "she",
        "there",
        "here",
        "who",
        "how",
        "where",
        "when",
        "why",
        "this",
        "everything",
        "nothing",
    ]
)
_NOT = {"cant": "can", "wont": "will", "shant": "shall", "aint": "is", "cannot": "can"} | {
    f"{verb}nt": verb
    for verb in [
        "do",
        "does",
        "did",
        "is",
        "are",
        "was",
        "were",
        "have",
        "has",
        "had",
        "would",
        "could",
        "should",
        "might",
        "must",
        "need",
    ]
}
_JOINED = {
    "im": ("i", "am"), "ive": ("i", "have"), "youre": ("you", "are"), "theyre": ("they", "are"),
    "youve": ("you", "have"),
    "weve": ("we", "have"), "theyve": ("they", "have"), "thats": ("that", "is"), "whats": ("what", "is"),
    "theres": ("there", "is"), "hows": ("how", "is"), "wheres": ("where", "is"), "youll": ("you", "will"),
    "theyll": ("they", "will"), "gonna": ("going", "to"), "wanna": ("want", "to"),
}  # fmt: skip
_IRREGULAR = (
    "be am is are was were been being", "have has had having", "do does did done doing", "go goes went gone going",
    "buy buys bought buying", "pay pays paid paying", "say says said saying", "think thinks thought thinking",
    "get gets got gotten getting", "make makes made making", "take takes took taken taking",
    "give gives gave given giving", "know knows knew known knowing", "see sees saw seen seeing",
    "find finds found finding", "tell tells told telling", "sell sells sold selling", "keep keeps kept keeping",
    "leave leaves left leaving", "build builds built building", "spend spends spent spending",
    "lose loses lost losing", "run runs ran running", "send sends sent sending",
    "choose chooses chose chosen choosing", "break breaks broke broken breaking", "grow grows grew grown growing",
    "write writes wrote written writing", "meet meets met meeting", "hold holds held holding",
    "bring brings brought bringing", "speak speaks spoke spoken speaking", "lead leads led leading",
    "come comes came coming", "hear hears heard hearing", "feel feels felt feeling", "mean means meant meaning",
    "understand understands understood understanding", "begin begins began begun beginning",
    "teach teaches taught teaching", "catch catches caught catching", "person persons people", "man men",
    "woman women", "child children",
)  # fmt: skip
_FAMILIES = {word: frozenset(line.split()) for line in _IRREGULAR for word in line.split()}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a phrase: the `forms` that count as it, or a `prefix` ("integrat*"); both empty for a gap ("*")."""

    forms: frozenset[str] = frozenset()
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase ready to be looked for. `key` is what a text's lower case must hold, "" where no such thing is known."""

    text: str
    words: tuple[Word, ...]
    pattern: re.Pattern[str]
    key: str


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase stands in a text, from its first word's first letter to its last word's last."""

    start: int
    end: int
    phrase: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as words in one spelling, each after a space; `places` are where each word stands in the text."""

    line: str
    starts: tuple[int, ...]
    places: tuple[tuple[int, int], ...]


def compile(phrases: Sequence[str]) -> tuple[Phrase, ...]:
    """Make phrases ready; those without a word are left out (see `is_empty`)."""
    return tuple(_phrase(text) for text in phrases if not is_empty(text))


def is_empty(phrase: str) -> bool:
    """Whether a phrase has no word to look for."""
    return not any(word.forms or word.prefix for word in _words(phrase))


def find(phrases: Sequence[Phrase], text: str) -> Iterator[Match]:
    """Yield every place where one of the phrases stands, phrase after phrase."""
    if not phrases:
        return
    folded = fold(text)
    for phrase in phrases:
        for found in phrase.pattern.finditer(folded.line):
            first, last = _at(folded, found.start()), _at(folded, found.end() - 1)
            yield Match(folded.places[first][0], folded.places[last][1], phrase.text)


def holds_words(phrase: Phrase, text: str) -> bool:
    """Whether all the phrase's words stand in the text, in whatever order."""
    words = fold(text).line.split()
    asked = [word for word in phrase.words if word.forms or word.prefix]
    return all(any(_is(word, one) for one in words) for word in asked)


def fold(text: str) -> Folded:
    """Write a text's words in one spelling: lower case, contractions in full, apostrophes and punctuation gone."""
    parts: list[str] = []
    starts: list[int] = []
    places: list[tuple[int, int]] = []
    at = 0
    for found in _WORD.finditer(text):
        for word in _spelt(found[0]):
            parts.append(word)
            starts.append(at)
            places.append(found.span())
            at += len(word) + 1
    return Folded("".join(f" {part}" for part in parts) + " ", tuple(starts), tuple(places))


@lru_cache(maxsize=4096)
def forms(word: str) -> frozenset[str]:
    """A word with its plural, its tenses and its "-ing", whichever of them it is itself; nothing that is derived.

    "integrates" gives integrate, integrates, integrated, integrating, but not integration. Forms that no language has
    may be among them: they are never met.
    """
    if word in _FAMILIES:
        return _FAMILIES[word]
    if not word.isalpha() or len(word) < 3:
        return frozenset((word,))
    return frozenset((word,)).union(*(_inflected(base) for base in _bases(word)))


def _phrase(text: str) -> Phrase:
    words = _words(text)
    # A gap at an end holds nothing together.
    while words and not (words[0].forms or words[0].prefix):
        words = words[1:]
    while words and not (words[-1].forms or words[-1].prefix):
        words = words[:-1]
    parts = []
    for word in words:
        if word.prefix:
            parts.append(f" {re.escape(word.prefix)}[^ ]*")
        elif word.forms:
            parts.append(" (?:" + "|".join(re.escape(form) for form in sorted(word.forms)) + ")")
        elif not parts[-1].endswith("}?"):
            parts.append(f"(?: [^ ]+){{0,{GAP}}}?")
    return Phrase(" ".join(text.split()), words, re.compile("".join(parts) + "(?= )"), _key(words))


def _words(text: str) -> tuple[Word, ...]:
    found: list[Word] = []
    end = -1
    for match in _ASKED.finditer(text):
        if match[0] == "*":
            if match.start() == end and found and found[-1].forms:
                stem = _plain(text[:end].split()[-1])
                found[-1] = Word(prefix=_spelt(stem)[-1] if _spelt(stem) else stem)
            else:
                found.append(Word())
        else:
            found += [Word(forms(word)) for word in _spelt(match[0])]
        end = match.end()
    return tuple(found)


def _key(words: Sequence[Word]) -> str:
    """The longest beginning that all forms of one of the words share, in plain letters."""
    keys = [word.prefix or _shared(word.forms) for word in words]
    # Contractions are written otherwise than they are compared: "don't" does not hold "not".
    plain = [re.match(r"[a-z0-9]*", key)[0] for key in keys]  # type: ignore[index]
    usable = [key for key in plain if len(key) >= LEAST_KEY and key not in {"not", "will", "would", "have", "are"}]
    return max(usable, key=len, default="")


def _shared(some: Collection[str]) -> str:
    if not some:
        return ""
    low, high = min(some), max(some)
    end = next((n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    return low[:end]


def _is(word: Word, one: str) -> bool:
    return one.startswith(word.prefix) if word.prefix else one in word.forms


def _at(folded: Folded, place: int) -> int:
    return bisect_right(folded.starts, place) - 1


@lru_cache(maxsize=65536)
def _spelt(written: str) -> tuple[str, ...]:
    """One written word as the words it stands for: "don’t" is do not, "that's" is that is, "vendor's" is vendor."""
    word = _plain(written)
    bare = word.replace("'", "")
    if bare in _NOT:
        return _NOT[bare], "not"
    if bare in _JOINED:
        return _JOINED[bare]
    for ending, full in _ENDINGS.items():
        if word.endswith(ending):
            return word[: -len(ending)], full
    if word.endswith("'s"):
        owner = word[:-2]
        return (owner, "is") if owner in _IS else (owner,)
    return (bare,) if bare else ()


def _plain(written: str) -> str:
    word = unicodedata.normalize("NFC", written).lower()
    return word.replace("’", "'").replace("`", "'")


def _bases(word: str) -> Iterator[str]:
    """What a word may be a form of; without a lexicon there may be several."""
    yield word
    if word.endswith("ies") and len(word) > 4:
        yield word[:-3] + "y"
    elif word.endswith(("ses", "xes", "zes", "ches", "shes")):
        yield word[:-2]
        yield word[:-1]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        yield word[:-1]
    if word.endswith("ied") and len(word) > 4:
        yield word[:-3] + "y"
    for ending in ("ed", "ing"):
        stem = word[: -len(ending)]
        if not word.endswith(ending) or word.endswith("eed") or not re.search("[aeiouy]", stem) or len(stem) < 2:
            continue
        yield stem + "e"
        if _is_short(stem) or len(stem) < 3:
            continue  # "not" would have been "notting": "noting" is from "note"
        yield stem
        if stem[-1] == stem[-2] and stem[-1] not in "aeiou":
            yield stem[:-1]


def _inflected(base: str) -> Iterator[str]:
    yield base
    last, soft = base[-1], base.endswith(("s", "x", "z", "ch", "sh"))
    if last == "y" and base[-2:-1] not in ("a", "e", "i", "o", "u"):
        yield from (base[:-1] + "ies", base[:-1] + "ied", base + "ing")
    elif last == "e":
        yield from (base + "s", base + "d", base[:-1] + "ing")
    else:
        stem = base + last if _doubles(base) else base
        yield from (base + ("es" if soft else "s"), stem + "ed", stem + "ing")
        if stem != base and len(base) > 4:
            yield from (base + "ed", base + "ing")  # "offered", "cancelled" and "canceled"


def _doubles(base: str) -> bool:
    """Whether the last letter of a base may be written twice before an ending: a consonant after one vowel."""
    return _is_short(base) or bool(re.fullmatch(r".{2,}[^aeiou][aeiou][lt]", base))


def _is_short(base: str) -> bool:
    """One syllable, one vowel, one consonant at the end: "plan"."""
    return bool(re.fullmatch(r"[^aeiou]*(?:qu)?[aeiou][^aeiouwxy]", base))

"""Words for naming: how a text falls into them, their part of speech by a small lexicon, their stem, their spelling.

English alone is known here. A word that the lexicon lacks counts as a noun, so other languages still give phrases.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

WORD = re.compile(r"[^\W_](?:[\w&+./'-]*[^\W_])?[+#]?")
BREAK = re.compile(r"([.!?;:,()\[\]\"“”…\n|]+(?:\s|$)|\s[-–—/]+\s|[!?]+|[\"“”])")
WORDS_KEPT = 50_000  # whose part and stem are kept in memory
AMOUNTS = frozenset(["much", "many", "long", "often", "old", "far", "big", "soon", "fast", "quickly", "large"])
ASKING = frozenset(["where", "when", "why", "who", "which", "whose"])
_TAGS = {
    "determiner": "D", "possessive": "S", "no": "O", "not": "L", "preposition": "P", "to": "T", "pronoun": "R",
    "pronoun+": "Q", "be": "B", "be+": "b", "have": "H", "modal": "M", "and": "C", "sub": "k", "clause": "K", "wh": "W",
    "wh+": "w", "degree": "I",
    "adverb": "A", "filler": "F", "number": "U",
}  # fmt: skip
_NEGATIVE = re.compile(r"n't$|^(?:not|no|never|cannot|without)$")


@cache
def lexicon() -> Mapping[str, frozenset[str]]:
    """Class -> its words, in lower case; the verbs' classes hold base forms."""
    return {
        name: frozenset(word.lower() for word in line.split())
        for name, line in _lines()
        if name not in ("irregular", "spelling", "apostrophe")
    }


def _lines() -> Iterator[tuple[str, str]]:
    for line in files("insights.names").joinpath("lexicon.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(": ")
            yield name, rest


@cache
def spellings() -> Mapping[str, str]:
    """How words are written whoever wrote them down: "soc" is SOC, "dont" is don't."""
    lines = dict(_lines())
    pairs = [(wrong, right) for wrong, right in (pair.split() for pair in lines["apostrophe"].split(", "))]
    return {word.lower(): word for word in lines["spelling"].split()} | dict(pairs)


@cache
def verb_forms() -> Mapping[str, str]:
    """A verb's form -> "V" (base), "Z" (he …s), "E" (…ed) or "G" (…ing); where two fall together, the first."""
    lines = dict(_lines())
    irregular = {base: rest for base, *rest in (entry.split() for entry in lines["irregular"].split(", "))}
    found: dict[str, str] = {}
    bases = (lexicon()["verb"] | lexicon()["both"] | set(irregular)) | {"use", "need", "want", "help"}
    for base in sorted(bases):
        stemmed = base[:-1] if base.endswith("e") and not base.endswith(("ee", "oe", "ye")) else base
        doubled = (
            base + base[-1] if re.fullmatch(r"(?:.*[^aeiou])?[aeiou][bdgklmnprt]", base) and _short(base) else stemmed
        )
        ending = base[:-1] + "ied" if re.search(r"[^aeiou]y$", base) else doubled + "ed"
        third = (
            base[:-1] + "ies"
            if re.search(r"[^aeiou]y$", base)
            else base + ("es" if re.search(r"(?:s|x|z|ch|sh|o)$", base) else "s")
        )
        for form, tag in [
            (base, "V"),
            (third, "Z"),
            (doubled + "ing", "G"),
            *((p, "E") for p in irregular.get(base, [ending])),
        ]:
            found.setdefault(form, tag)
        if base.endswith("l"):
            found.setdefault(base + "led", "E")
            found.setdefault(base + "ling", "G")
    return found | {base: "V" for base in bases if base not in ("left", "found")} | {"left": "E", "found": "E"}


def _short(base: str) -> bool:
    return len(re.findall(r"[aeiou]+", base)) == 1 or base in (
        "forget",
        "reset",
        "prefer",
        "refer",
        "begin",
        "submit",
        "permit",
        "commit",
        "transfer",
        "occur",
        "control",
        "admit",
        "regret",
        "equip",
        "defer",
        "cancel",
        "travel",
        "fulfil",
    )


@lru_cache(1)
def vocabulary() -> frozenset[str]:
    """Every word that the lexicon knows, in lower case, with the forms of its verbs."""
    return frozenset().union(*lexicon().values(), verb_forms())


@lru_cache(WORDS_KEPT)
def is_noun(word: str) -> bool:
    """Whether a lower-case word can name something by itself: "warranty" and "rate", not "believe", "third" or
    "depends"."""
    return part(word) == "N" or bool({word, word.removesuffix("s"), word.removesuffix("es")} & lexicon()["both"])


def part(word: str) -> str:
    """A lower-case word's part of speech, a letter: see _TAGS, and N noun, J adjective, V Z E G verb forms."""
    known = lexicon()
    for name, tag in _TAGS.items():
        if word in known[name]:
            return tag
    if len(word) == 1 and not word.isdigit():
        return "F"
    if "-" in word and known["number"] & set(word.split("-")):
        return "U"
    if word[0].isdigit() and not re.search(r"[a-z]{2}|\d-\d", word):
        return "U"
    if word in known["adjective"]:
        return "J"
    if word in verb_forms():
        return verb_forms()[word]
    if word.endswith("ly") and len(word) > 4:
        return "A"
    if len(word) > 5 and word.endswith(("able", "ible", "ful", "less", "ous", "ive", "ical", "ional", "ish")):
        return "J"
    if len(word) > 5 and word.endswith("ing"):
        return "G"
    if len(word) > 4 and word.endswith("ed"):
        return "E"
    return "N"


def words(text: str) -> list[str]:
    """The words of a text as written, with straight apostrophes."""
    return WORD.findall(text.replace("’", "'"))


def lowered(text: str) -> list[str]:
    """The words of a text in lower case, in the spelling that is theirs."""
    return [spellings().get(word.lower(), word).lower() for word in words(text)]


@lru_cache(WORDS_KEPT)
def stem(word: str) -> str:
    """A lower-case word without its endings, so that the forms of one word are one; not a word itself."""
    word = _irregular_base().get(word, word).removesuffix("'s")
    if len(word) > 4 and word.endswith(("ies", "ied")):
        word = word[:-3] + "y"
    elif len(word) > 4 and re.search(r"(?:ss|x|ch|sh)es$", word):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and re.search("[aeiouy]", word[: -len(ending)]):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


@cache
def _irregular_base() -> Mapping[str, str]:
    entries = [entry.split() for entry in dict(_lines())["irregular"].split(", ")]
    return {form: base for base, *forms in entries for form in forms if form not in ("left", "found", "set", "cut")}


@lru_cache(WORDS_KEPT)
def telling(word: str) -> bool:
    """Whether a lower-case word says what a text is about."""
    known = lexicon()
    if word in known["light"] or word in known["empty"] or word in known["time"] or word in known["title"]:
        return False
    if len(word) < 2 or sum(map(str.isdigit, word)) > 3:
        return False
    tag = part(word)
    return tag in "NJVZEG" or (tag == "A" and word not in known["adverb"])  # "Kelly" looks like an adverb


@lru_cache(WORDS_KEPT)
def misspelt(word: str) -> bool:
    """Whether a lower-case word looks like a verb's form ("transfered") but is none of that verb's forms."""
    if part(word) not in "EG" or word in verb_forms():
        return False
    return stem(word) in _verb_stems()


@cache
def _verb_stems() -> frozenset[str]:
    return frozenset(stem(form) for form in verb_forms())


@cache
def past_only() -> frozenset[str]:
    """Past forms that are no participle: "came", which cannot follow "hasn't"."""
    entries = [entry.split() for entry in dict(_lines())["irregular"].split(", ")]
    return frozenset(past for base, past, participle in entries if past not in (base, participle) and past != "learned")


def stems(lower: Iterable[str]) -> list[str]:
    """What the words of a text tell, as stems: also "how long", where it asks, and that it denies something."""
    found: list[str] = []
    before = ""
    for word in lower:
        if before == "how" and word in AMOUNTS:
            found.append(f"how {word}")
        elif _NEGATIVE.search(word):
            found.append("not")
        elif word in ASKING:
            found.append(word)
        elif telling(word):
            found += [stem(one) for one in word.split("-") if telling(one)] if "-" in word else [stem(word)]
        before = word
    return found


def spelled(forms: Counter[str]) -> str:
    """How a word is written, from its forms with the texts of each where its place asked for no capital."""
    [(lower, _)] = Counter({form.lower(): 1 for form in forms}).most_common(1)
    if lower in spellings():
        return spellings()[lower]
    total = sum(forms.values())
    # A speech recogniser writes all in lower case, so a third of the writers is enough for capitals.
    capitals = {form: count for form, count in forms.items() if form[1:] != form[1:].lower() or form.isupper()}
    if sum(capitals.values()) >= total / 3:
        return min(capitals, key=lambda form: (-capitals[form], form))
    titled = sum(count for form, count in forms.items() if form[0].isupper() and form not in capitals)
    known = lower in verb_forms() or part(lower) != "N"
    return lower[0].upper() + lower[1:] if titled > total * 0.6 and not known else lower


def is_proper(form: str) -> bool:
    """Whether a written form is that of a name: capital first, the rest small, and no common word."""
    lower = form.lower()
    return form[0].isupper() and form[1:].islower() and lower not in spellings() and part(lower) == "N"


def everyday(word: str) -> bool:
    """Whether the lexicon has this lower-case word, so that it is nobody's name."""
    return word in verb_forms() or {word, word.removesuffix("s")} & lexicon()["both"] != set() or _listed(word)


@lru_cache(WORDS_KEPT)
def _listed(word: str) -> bool:
    return any(word in known for known in lexicon().values())

"""Tell names from words: written forms of a catalogue name, sound-alikes, and what looks like an unknown company's
name.

Speech recognition hears "GrubHub" and writes "grab hub"; a name is therefore also kept by how it sounds.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc


SHORTEST_UNCASED = 4  # letters of an unknown name where capitals tell nothing
SHORTEST_HEARD = 5  # letters: shorter names sound like too many words
ALIKE = 0.7  # least share of letters in common for a sound-alike
LONGEST_SPELLED = 5  # letters of a name that people spell out ("e d f")
NEAREST, MARGIN = 0.8, 0.05  # least likeness of a garbled name to its own, and to any other less than that
# Words that people leave out of a company's name.
GENERIC = frozenset(
    [
        "inc",
        "ltd",
        "llc",
        "llp",
        "plc",
        "gmbh",
        "ag",
        "bv",
        "sa",
        "co",
        "corp",
        "company",
        "group",
        "holding",
        "holdings",
        "systems",
        "system",
        "software",
        "solutions",
        "solution",
        "technologies",
        "technology",
        "tech",
        "services",
        "service",
        "pro",
        "online",
        "cloud",
        "app",
        "crm",
        "erp",
        "hq",
        "labs",
        "studio",
        "suite",
        "platform",
        "international",
        "global",
        "direct",
        "partners",
        "consulting",
        "agency",
        "insurance",
        "bank",
        "energy",
    ]
)
_DOMAIN = re.compile(r"\.(?:com|io|co|net|org|ai|app|de|fr|eu|in|uk)$|\.co\.uk$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SOUNDS = (("ph", "f"), ("gh", "g"), ("ck", "k"), ("sch", "s"), ("sh", "s"), ("ch", "k"), ("th", "t"), ("wh", "w"),
           ("qu", "k"), ("x", "ks"), ("kn", "n"), ("wr", "r"), ("tz", "s"))  # fmt: skip
_SAME = str.maketrans(
    {"c": "k", "q": "k", "g": "k", "z": "s", "v": "f", "d": "t", "b": "p", "j": "y", "w": "", "h": ""}
)


@cache
def words(name: str) -> frozenset[str]:
    """Read one shipped list of words."""
    return frozenset(resources.files("insights.language").joinpath("patterns", name).read_text("utf-8").split())


@cache
def do_it_yourself() -> tuple[str, ...]:
    """What the finder calls the ways of doing without a vendor: "spreadsheets", "by hand", ..."""
    rows = resources.files("insights.language").joinpath("patterns", "diy.jsonl").read_text("utf-8").splitlines()
    return tuple(json.loads(row)["name"] for row in rows if row.strip())


def is_vendor(name: str) -> bool:
    """Whether a competitor's name is that of a company: spreadsheets, in-house work and doing nothing are no
    vendors."""
    return name.lower() not in map(str.lower, do_it_yourself())


def is_common(word: str) -> bool:
    """Tell whether a lower-case word is one that English speakers use every day."""
    return word in words("common_words.txt") or (word.endswith("s") and word[:-1] in words("common_words.txt"))


def forms(name: str) -> Iterator[str]:
    """Yield the ways in which people write one name: joined, apart, hyphenated, spelled out, as a domain, in the
    plural."""
    apart = _CAMEL.sub(" ", name)
    spaced = re.sub(r"[-_/]+", " ", name)
    joined, hyphened = spaced.replace(" ", ""), apart.replace(" ", "-")
    written = [name, apart, spaced, joined, hyphened, spaced.replace(" ", "-")]
    if "." in name.strip("."):
        bare = _DOMAIN.sub("", name)
        written += [name.replace(".", " dot "), *([bare] if len(bare) >= SHORTEST_HEARD else ())]
    if " & " in name or " and " in name:
        written += [name.replace(" & ", " and "), name.replace(" and ", " & ")]
    if joined.isalpha() and len(joined) <= LONGEST_SPELLED and (joined.isupper() or (" " in name and len(joined) < 4)):
        written += [" ".join(joined), ".".join(joined), ".".join(joined) + "."]
    for form in dict.fromkeys(written):
        if form.strip():
            yield form
            if form[-1].isalpha() and not form.endswith("s") and len(form) > 2:
                yield form + "s"


def short_forms(name: str) -> tuple[str, ...]:
    """What people say for a name of several words: "Kestwell" for "Kestwell ERP", "Pinewood" for "Pinewood Systems".

    An everyday word is no short form: "Open" says nothing of "Open Table".
    """
    parts = _CAMEL.sub(" ", name).split()
    while len(parts) > 1 and parts[-1].lower().strip(".,") in GENERIC:
        parts.pop()
    kept = " ".join(parts)
    first = parts[0] if len(parts[0]) >= SHORTEST_HEARD else ""
    found = (short for short in (kept, first) if short and short != name and not all_common(short))
    return tuple(dict.fromkeys(found))


def parts_of_products(products: Iterable[str]) -> frozenset[str]:
    """The keys of what is left of own products without the name that they share: "Plan" for "Pellwick Plan"."""
    products = list(products)
    shared = [(one, other) for one in products for other in products if other.lower().startswith(f"{one.lower()} ")]
    return frozenset(letters_of(other[len(one) :]) for one, other in shared)


def all_common(name: str) -> bool:
    """Tell whether a name is made of everyday words only."""
    return all(is_common(word) for word in re.findall(r"[a-z]+", name.lower()))


@lru_cache(maxsize=20_000)
def sound(letters: str) -> str:
    """A rough key of how a word sounds: consonants in order, voiced and voiceless alike, vowels dropped."""
    for written, heard in _SOUNDS:
        letters = letters.replace(written, heard)
    softened = re.sub(r"c(?=[eiy])", "s", letters)
    key = ""
    for letter in softened.translate(_SAME):
        if letter.isalpha() and letter not in "aeiouy" and not key.endswith(letter):
            key += letter
    return ("a" if letters[:1] in set("aeiouy") else "") + key


@dataclass(frozen=True, slots=True)
class Heard:
    """Tokens start to end that sound like a catalogue name; `sure` where no everyday words explain them as well."""

    start: int
    end: int
    name: str
    sure: bool


class Sounds:
    """Catalogue names of five letters or more, by how they sound and how they are spelled."""

    def __init__(self, names: Iterable[tuple[str, str]]):
        self.by_key: dict[str, list[tuple[str, str]]] = {}
        self.by_first: dict[str, list[tuple[str, str]]] = {}
        self.known: dict[str, str] = {}  # letters -> name
        for written, name in names:
            letters = letters_of(written)
            if letters in self.known:
                continue
            self.known[letters] = name
            if len(letters) >= SHORTEST_HEARD and len(key := sound(letters)) >= 3:
                self.by_key.setdefault(key, []).append((letters, name))
                self.by_first.setdefault(letters[0], []).append((letters, name))
        self.longest = max((len(letters) for found in self.by_key.values() for letters, _ in found), default=0)

    def heard(self, doc: "Doc") -> Iterator[Heard]:
        """Yield windows of up to four words that sound like a name."""
        if not self.by_key:
            return
        lowered = [token.lower_ if token.is_alpha else "" for token in doc]
        small = words("small_words.txt")
        for start, first in enumerate(lowered):
            if not first or (first in small and not _spelled(lowered, start)):
                continue
            letters = ""
            for end in range(start + 1, min(start + 5, len(lowered) + 1)):
                last = lowered[end - 1]
                if not last or (last in small and not _spelled(lowered, end - 1)):
                    break
                letters += last
                if len(letters) > self.longest + 3:
                    break
                if len(letters) < SHORTEST_HEARD - 1:
                    continue
                everyday = all(is_common(word) or inflected(word) for word in lowered[start:end])
                if found := self.named(letters, everyday=everyday, single=end == start + 1):
                    yield Heard(start, end, *found)

    def named(self, letters: str, *, everyday: bool, single: bool) -> tuple[str, bool] | None:
        """The name that these letters sound like, or are a misspelling of, and whether that is sure."""
        if name := self.known.get(letters):
            return name, not (everyday and single)
        for known, name in self.by_key.get(sound(letters), ()):
            if SequenceMatcher(None, known, letters, autojunk=False).ratio() >= ALIKE:
                near = abs(len(known) - len(letters)) < 3 and distance(known, letters, most=2) <= (2 if single else 1)
                return name, near and not (everyday and single)
        if len(letters) >= SHORTEST_HEARD:
            slips = 1 if len(letters) < 8 else 2
            for known, name in self.by_first.get(letters[0], ()):
                if abs(len(known) - len(letters)) <= slips and distance(known, letters, most=slips) <= slips:
                    return name, not everyday
        return None

    def nearest(self, written: str) -> str:
        """The one name that a rival's name as it was heard is most likely a garbled form of; "" where none is near."""
        letters = letters_of(written)
        if name := self.known.get(letters):
            return name
        if len(letters) < SHORTEST_HEARD - 1:
            return ""
        scored = sorted(((likeness(letters, known), name) for known, name in self.known.items()), reverse=True)
        if not scored or scored[0][0] < NEAREST:
            return ""
        others = [score for score, name in scored if name != scored[0][1]]
        return scored[0][1] if not others or scored[0][0] - others[0] >= MARGIN else ""


def _spelled(words: list[str], at: int) -> bool:
    """Tell whether a word is a letter among letters, as in "e d f"."""
    return len(words[at]) == 1 and any(len(words[i]) == 1 for i in (at - 1, at + 1) if 0 <= i < len(words))


def letters_of(written: str) -> str:
    """What is left of a name when case, spaces and signs do not count: its key."""
    return "".join(filter(str.isalnum, written.lower()))


@lru_cache(maxsize=20_000)
def likeness(left: str, right: str) -> float:
    """How alike two names are in [0, 1]: the mean of their letters' and their sounds' likeness; names begin alike."""
    heard, other = phones(left), phones(right)
    if not heard or not other or heard[0] != other[0]:
        return 0.0
    by_letters = SequenceMatcher(None, left, right, autojunk=False).ratio()
    return (by_letters + SequenceMatcher(None, heard, other, autojunk=False).ratio()) / 2


@lru_cache(maxsize=20_000)
def phones(letters: str) -> str:
    """A word as it sounds: like `sound`, with every run of vowels kept as one."""
    for written, heard in _SOUNDS:
        letters = letters.replace(written, heard)
    spoken = re.sub(r"c(?=[eiy])", "s", letters).translate(_SAME)
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouy]+", "a", spoken))


def distance(left: str, right: str, *, most: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between two words; `most` + 1 when there are
    more."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if older and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def marks_names(written: Sequence[str]) -> bool:
    """Tell words of a text that uses capitals to mark names from all lower, all upper and Title Case ones."""
    firsts = [word[0] for word in written if word.isalpha()]
    capital, small = sum(map(str.isupper, firsts)), sum(map(str.islower, firsts))
    return 0 < capital <= 2 * small + 2


def may_open(word: str, *, cased: bool) -> bool:
    """Whether `name_at` needs to be asked at a word at all; most words can open no name."""
    if cased:
        return not word.islower()
    return len(word) >= SHORTEST_UNCASED and word.isalpha() and not is_common(word.lower())


def name_at(doc: "Doc", start: int, *, cased: bool, sure: bool = False) -> int:
    """The end of an unknown name that starts at a token, or `start` when none does.

    In cased text a name is capitalised, and no everyday word when it opens a sentence. In uncased text it must be no
    everyday word; `sure` ("a company called ...") accepts any.
    """
    end = start
    while end < len(doc) and end - start < 3 and belongs(doc, start, end, cased=cased, sure=sure):
        end += 1
    while end > start and not any(letter.isalnum() for letter in doc[end - 1].text):
        end -= 1
    return end


def belongs(doc: "Doc", start: int, at: int, *, cased: bool, sure: bool) -> bool:
    """Tell whether the token at `at` continues (or starts) a name that starts at `start`."""
    token = doc[at]
    if cased and token.text.islower():  # most words: no need to ask further
        return False
    if at > start and (token.is_sent_start or (doc[at - 1].whitespace_ == "" and not token.is_alpha)):
        return False
    if token.text in {"&", "+"}:
        return at > start and cased and at + 1 < len(doc) and doc[at + 1].text[:1].isupper()
    if not any(letter.isalpha() for letter in token.text) or token.like_url or token.like_email:
        return at > start and cased and token.text.isdigit() and len(token.text) < 4
    if token.lower_ in words("never_names.txt") or token.lower_.startswith("'") or token.lower_ in {"n't", "’s"}:
        return False
    if cased:
        opens = token.is_sent_start or at == 0
        written = any(letter.isupper() for letter in token.text)
        return written and (at > start or not opens or not is_common(token.lower_))
    if sure:
        return at - start < 2 and token.is_alpha and len(token.text) > 2
    return (
        token.is_alpha
        and len(token.text) >= SHORTEST_UNCASED
        and not is_common(token.lower_)
        and not inflected(token.lower_)
    )


def inflected(word: str) -> bool:
    """Tell words that only look unknown because a list of words has no ending for them."""
    for ending in ("ing", "ed", "ly", "er", "ers", "es", "ness", "ment", "ation", "able", "ity", "est", "ies", "ally"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            stem = word[: -len(ending)]
            if is_common(stem) or is_common(stem + "e") or is_common(stem + "y") or is_common(stem[:-1]):
                return True
    return word.endswith(("ing", "ness", "ation", "ments", "ically", "ously"))

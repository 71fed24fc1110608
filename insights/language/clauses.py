"""Cut a text into sentences and clauses without a parser: typed text, telegraph notes, and speech that has no full
stops.

A sentence never crosses a line of a list or a full stop; a clause is a part of one that can carry a meaning of its own
("we like it | but it's too expensive"). Cutting too much hurts less than too little: neighbours that say the same thing
are joined again when spans are made.
"""

from itertools import pairwise

import numpy as np
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc

# ruff: noqa: SIM905 - a word list reads better as a line of words

END = frozenset(". ! ? … .. ... .... ?? ??? !! !!! ?! !? ; ;; • · |".split())
DASHES = frozenset("- – — -- * >".split())
TRAILING = frozenset("\" ' ” ’ ) ] » ''".split())
CONJUNCTIONS = frozenset("but however although though except plus".split())
LINKS = frozenset("and or so cause because since then also".split())
FILLERS = frozenset(
    "yeah yes yep ok okay um uh hmm well right no nope oh hi hello hey sure so and but also anyway alright like actually "
    "honestly look listen thanks great cool good nice mm mhm ah er erm i mean you know".split()
)
SUBJECTS = frozenset(
    "i we it they that this there he she you my our the your these those i'm we're it's that's what how why who where when "
    "is are do does did can could would will should have has please nobody everyone any".split()
)
OPENERS = frozenset("what how why who where when which is are do does did can could would will should".split())
SUBORDINATE = frozenset(
    "if when whenever unless as since once while because before after until although though".split()
)
LONG = 22  # tokens: past this, a stretch without punctuation is taken for speech that nobody punctuated
WRAP = 55  # characters: a shorter line before a line break is a line of its own, not wrapped prose


@Language.factory("parley_clauses")
def make_clauses(nlp: Language, name: str) -> "Clauses":
    """Create the component; it has no settings."""
    return Clauses()


class Clauses:
    """Set `token.is_sent_start` and leave clause borders, as (start, end) tokens, in `doc.user_data["clauses"]`."""

    def __call__(self, doc: Doc) -> Doc:
        words = [token.norm_ for token in doc]
        starts = sentence_starts(doc, words)
        cuts: list[tuple[int, int]] = []
        marks = [False] * len(words)
        for start, end in pairwise([*starts, len(words)]):
            marks[start] = True
            borders = [start, *clause_starts(words, start, end), end]
            cuts.extend(pairwise(borders))
        # One by one, spaCy would look through the whole doc at each token.
        starting = np.where(marks, 1, -1).astype(np.int64).astype(np.uint64).reshape(-1, 1)
        doc.from_array([SENT_START], starting)  # type: ignore[arg-type]
        doc.user_data["clauses"] = cuts
        return doc


def sentence_starts(doc: Doc, words: list[str]) -> list[int]:
    """Token indices at which sentences begin; the first is 0 (none for an empty doc)."""
    if not words:
        return []
    starts, closed, line = [0], False, 0
    text, last = doc.text, len(words) - 1  # spaCy joins a doc's text anew each time that it is asked
    for i, word in enumerate(words):
        token = doc[i]
        if "\n" in word or "\r" in word or "\u2028" in word:
            if i < last and not closed and ends_line(doc, i, line, word):
                closed = True
            line = token.idx + len(word)
            continue
        if word in END:
            closed = True
            continue
        if word in DASHES and i and token.idx and text[token.idx - 1].isspace():
            closed = True
            continue
        if closed and word not in TRAILING and not token.is_space:
            starts.append(i)
            closed = False
    return starts


def ends_line(doc: Doc, i: int, line: int, word: str) -> bool:
    """Tell a line of its own from wrapped prose: a blank line, a short line, or a next line that starts like a new
    one."""
    following = doc[i + 1].text
    if word.count("\n") > 1 or doc[i].idx - line < WRAP:
        return True
    return not following[:1].islower()


def clause_starts(words: list[str], start: int, end: int) -> list[int]:
    """Cut a sentence at conjunctions, comma splices and, in long unpunctuated speech, at discourse markers."""
    cuts: list[int] = []
    last, lead, unpunctuated = start, start, end - start > LONG and not any(w in {",", ":"} for w in words[start:end])
    for i in range(start + 1, end - 1):
        if i - last < 3 or end - i < 3:
            continue
        while lead < i and (words[lead] in FILLERS or words[lead] == ","):
            lead += 1
        if cuts_before(words, i, last, words[lead] if lead < i else "", unpunctuated):
            cuts.append(i)
            last = lead = i
    return cuts


def cuts_before(words: list[str], i: int, last: int, lead: str, unpunctuated: bool) -> bool:
    """Decide whether a clause starts at token i, the running clause having started at `last`; `lead` is its first word
    that is no filler."""
    word, before, following = words[i], words[i - 1], words[i + 1]
    if word in CONJUNCTIONS:
        return before not in {"nothing", "anything", "all", "even", "as"}
    if word in LINKS and following in SUBJECTS:
        return before not in {"and", "or", "so", "if", "think"}
    if before == ",":
        if word in OPENERS:
            return True
        return word in SUBJECTS and lead not in SUBORDINATE and lead != "" and following != ","
    if unpunctuated:
        if word in {"um", "uh", "yeah", "okay", "ok", "anyway"} or (word in LINKS and word != "or"):
            return before not in {"and", "so", "but", "um", "uh", "yeah", "okay", "the", "a", "to"}
        return word in {"i", "we", "it", "what", "how", "do", "does", "can"} and i - last > 5 and before in ENDERS
    return False


# In speech without commas, a new main clause often follows one of these.
ENDERS = frozenset(
    "now here already today yet anyway though again right yeah okay moment well fine you it them".split()
)

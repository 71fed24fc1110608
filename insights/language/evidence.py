"""Weigh the cues of each clause: what the rules alone know about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc

from insights.language.cues import Cue
from insights.language.turns import Turn
from insights.records import OBJECTION_LABELS, QUESTION_LABELS

ASKED = 0.75  # what a question mark alone is worth


@dataclass(slots=True)
class Evidence:
    """A clause (tokens start to end of sentence number `sentence`) with the weight of each label's cues."""

    start: int
    end: int
    sentence: int
    asked: bool = False
    objection: dict[str, float] = field(default_factory=dict)
    question: dict[str, float] = field(default_factory=dict)
    topics: dict[str, float] = field(default_factory=dict)
    vetoed: set[str] = field(default_factory=set)
    beaten: set[str] = field(default_factory=set)


@Language.factory("parley_evidence")
def make_weigher(nlp: Language, name: str) -> "Weigher":
    """Create the component; it needs parley_clauses and parley_cues before it."""
    return Weigher(nlp)


class Weigher:
    """Leave one Evidence per clause of a buyer's turn in `doc.user_data["evidence"]`."""

    def __init__(self, nlp: Language):
        self.nlp = nlp

    def __call__(self, doc: Doc) -> Doc:
        turn: Turn | None = doc.user_data.get("turn")
        doc.user_data["evidence"] = list(self._weigh(doc, turn)) if turn is None or turn.is_buyers else []
        return doc

    def _weigh(self, doc: Doc, turn: Turn | None) -> Iterator[Evidence]:
        clauses = list(clauses_of(doc))
        cues: list[Cue] = doc.user_data["cues"]
        owner = [n for n, clause in enumerate(clauses) for _ in range(clause.start, clause.end)]
        vetoes = [cue for cue in cues if cue.rule.label == "-"]
        pitched: bool | None = None
        for cue in cues:
            rule = cue.rule
            if (voice := rule.row.get("voice")) and (turn is None or turn.voice != voice):
                continue
            if "after" in rule.row:
                pitched = self._pitched(turn) if pitched is None else pitched
                if not pitched:
                    continue
            for n in range(owner[cue.start], owner[cue.end - 1] + 1):
                note(clauses[n], cue, vetoes)
        yield from clauses

    def _pitched(self, turn: Turn | None) -> bool:
        """Tell whether the seller's last turn proposed something: only then is a bare "we're good" resistance."""
        said = next((text for role, text in reversed(turn.context) if role == "seller"), "") if turn else ""
        doc = self.nlp.make_doc(said[-500:])
        for name in ("parley_clauses", "parley_cues"):
            doc = self.nlp.get_pipe(name)(doc)
        return any(cue.rule.label == "pitch" for cue in doc.user_data["cues"])


def clauses_of(doc: Doc) -> Iterator[Evidence]:
    """Yield the clauses of a doc, empty so far; the last clause of a sentence carries its question mark."""
    sentence = -1
    found = doc.user_data["clauses"]
    for n, (start, end) in enumerate(found):
        sentence += doc[start].is_sent_start or start == 0
        last = n + 1 == len(found) or doc[found[n + 1][0]].is_sent_start
        tail = doc[max(start, end - 4) : end].text if last else ""
        yield Evidence(start, end, sentence, asked="?" in tail or "\uff1f" in tail or "\u061f" in tail)


def note(clause: Evidence, cue: Cue, vetoes: list[Cue]) -> None:
    """Add one cue to a clause, unless a veto of its own group touches it."""
    rule = cue.rule
    if rule.label == "-":
        clause.vetoed.add(rule.group)
        return
    if beaten := rule.row.get("beats"):
        clause.beaten.add(beaten)
    if rule.group == "objection" and any(
        v.rule.group == "objection" and v.start < cue.end and cue.start < v.end for v in vetoes
    ):
        return
    weights = {"objection": clause.objection, "question": clause.question, "topic": clause.topics}.get(rule.group)
    if weights is not None:
        weights[rule.label] = 1 - (1 - weights.get(rule.label, 0.0)) * (1 - min(rule.weight, 0.97))


def objection(clause: Evidence) -> tuple[str, float]:
    """The rules' verdict: the heaviest label of a clause and how sure they are, ("", 0.0) for none."""
    if not clause.objection:
        return "", 0.0
    label = max(clause.objection, key=lambda name: (clause.objection[name], -OBJECTION_LABELS.index(name)))
    weight = clause.objection[label]
    asks = clause.asked or clause.question.get("direct", 0.0) > 0.8
    return label, weight * (0.55 if asks and "question" not in clause.beaten else 1.0)


def question(clause: Evidence, *, bare: bool) -> tuple[str, float]:
    """The rules' verdict on a question; `bare` when the clause has too few words to ask anything."""
    weight = max(clause.question.values(), default=0.0)
    if clause.asked:
        weight = max(weight, 0.9 if weight > 0.5 else ASKED)
    if bare or "question" in clause.vetoed or "question" in clause.beaten:
        weight *= 0.4
    return topic(clause), weight


def topic(clause: Evidence) -> str:
    """What a question is about."""
    if not clause.topics:
        return "other" if not clause.question else "capability"
    return max(clause.topics, key=lambda name: (clause.topics[name], -QUESTION_LABELS.index(name)))

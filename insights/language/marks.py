"""Turn verdicts on clauses into spans: trim them, join neighbours that say the same thing, name them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from insights.language.clauses import FILLERS
from insights.language.evidence import Evidence, objection, question
from insights.records import Kind

THRESHOLD = 0.5
MIN_WORDS = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one clause: a label and a confidence for each kind."""

    clause: Evidence
    labels: dict[str, str]
    confidence: dict[str, float]


@Language.factory("parley_marks")
def make_marker(nlp: Language, name: str) -> "Marker":
    """Create the component; it needs parley_evidence before it."""
    return Marker()


class Marker:
    """Fill `doc.spans["objection"]` and `doc.spans["question"]` by the rules alone."""

    def __call__(self, doc: Doc) -> Doc:
        mark(doc, [ruled(doc, clause) for clause in doc.user_data["evidence"]])
        return doc


def ruled(doc: Doc, clause: Evidence) -> Verdict:
    """Judge a clause by its cues."""
    bare = sum(token.is_alpha or token.like_num for token in doc[clause.start : clause.end]) < MIN_WORDS
    doubt, doubted = objection(clause)
    subject, asked = question(clause, bare=bare)
    return Verdict(clause, {"objection": doubt, "question": subject}, {"objection": doubted, "question": asked})


def mark(doc: Doc, verdicts: list[Verdict], thresholds: dict[str, float] | None = None) -> None:
    """Write the spans of both kinds into the doc; each span's `_.confidence` is its surest clause's."""
    kinds: tuple[Kind, ...] = ("objection", "question")
    for kind in kinds:
        least = (thresholds or {}).get(kind, THRESHOLD)
        spans = list(spans_of(doc, kind, [v for v in verdicts if v.confidence[kind] >= least]))
        if spans or kind in doc.spans:
            doc.spans[kind] = spans


def spans_of(doc: Doc, kind: Kind, verdicts: Iterable[Verdict]) -> Iterator[Span]:
    """Join what follows each other in one sentence with one label, and trim what carries no meaning."""
    run: list[Verdict] = []
    for verdict in verdicts:
        if run and joins(run[-1], verdict, kind):
            run.append(verdict)
            continue
        if run:
            yield joined(doc, kind, run)
        run = [verdict]
    if run:
        yield joined(doc, kind, run)


def joins(left: Verdict, right: Verdict, kind: Kind) -> bool:
    """Tell whether two marked clauses are one statement."""
    return (
        left.clause.end == right.clause.start
        and left.clause.sentence == right.clause.sentence
        and left.labels[kind] == right.labels[kind]
    )


def joined(doc: Doc, kind: Kind, run: list[Verdict]) -> Span:
    """Make one span of a run of verdicts."""
    start, end = trimmed(doc, run[0].clause.start, run[-1].clause.end)
    span = Span(doc, start, end, label=run[0].labels[kind])
    span._.confidence = max(verdict.confidence[kind] for verdict in run)
    return span


def trimmed(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """Drop leading and trailing spaces and marks, and an opening "okay," or "well,"; never everything."""
    first, last = start, end
    while first < last and (doc[first].is_space or (doc[first].is_punct and doc[first].text not in "([\"'")):
        first += 1
    while last > first and (doc[last - 1].is_space or doc[last - 1].text in {",", ";", "-", "–", "—", ":"}):
        last -= 1
    if first + 3 < last and doc[first].norm_ in FILLERS and doc[first + 1].text in {",", ".", "-", "–"}:
        first += 2
    return (first, last) if first < last else (start, end)

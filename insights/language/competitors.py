"""Find rivals: names of the catalogue, names in telling contexts ("we use ...", "cheaper than ..."), do-it-yourself.

A name counts only where it stands instead of what the seller sells: the seller's own names, and tools that the product
connects to, are no competitors. Unknown names need a context that says so; precision comes before recall.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span

from insights.language.cues import Cue, rows, spelled
from insights.language.names import Sounds, forms, is_common, marks_names, may_open, name_at, short_forms, words
from insights.language.tagger_spans import Span as Tagged
from insights.language.turns import Turn
from insights.people import is_titled

# ruff: noqa: SIM905 - a word list reads better as a line of words

NEAR, FAR = 2, 7  # words between a name and the cue that tells of it
SKIPPED = frozenset(
    "the a an this that our my their your uh um called something like ' \" , : old some just also both".split()
)
LINKING = frozenset(", / and or & + plus und".split())
OPENING = frozenset("no yes yeah well with on".split())  # words that may come before the name in an answer
REMEMBERED = 400  # characters of each earlier utterance in which names are looked for
ALONE = 2  # words of an utterance that is nothing but a name
ASKED = {"who_now": "incumbent", "who_else": "evaluating", "who_before": "past"}


@dataclass(frozen=True, slots=True)
class Named:
    """A candidate: tokens start to end, the catalogue's or the written name, how it was found and how sure that is."""

    start: int
    end: int
    name: str
    source: str
    confidence: float
    needs_context: bool = False


@Language.factory("parley_competitors", default_config={"catalogue": {}, "own": [], "beside": []})
def make_competitors(
    nlp: Language, name: str, catalogue: dict[str, list[str]], own: list[str], beside: list[str]
) -> "Competitors":
    """Create the component: rivals with their aliases, the seller's own names, and what the product connects to."""
    return Competitors(nlp, catalogue, own, beside)


class Competitors:
    """Fill `doc.spans["competitor"]`; a span's label is the relation and its `id_` the name."""

    def __init__(self, nlp: Language, catalogue: dict[str, list[str]], own: Iterable[str], beside: Iterable[str]):
        self.nlp = nlp
        self.names: dict[int, str] = {}
        self.matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        self.ours = PhraseMatcher(nlp.vocab, attr="LOWER")
        self.diy = PhraseMatcher(nlp.vocab, attr="NORM")
        listed = {form.lower() for name, aliases in catalogue.items() for form in (name, *aliases)}
        for name, aliases in catalogue.items():
            short = (form for form in short_forms(name) if form.lower() not in listed)
            self._add(self.matcher, name, (name, *aliases, *short))
        for name in (*own, *beside):
            self._add(self.ours, name, (name, *short_forms(name)))
        for row in rows("diy.jsonl"):
            for source in row["any"]:
                self.diy.add(row["name"], [Doc(nlp.vocab, words=phrase.split()) for phrase in spelled(source)])
            self.names[nlp.vocab.strings.add(row["name"])] = row["name"]
        self.sounds = Sounds((form, name) for name, aliases in catalogue.items() for form in (name, *aliases))
        self.nearest = lru_cache(maxsize=4096)(self.sounds.nearest)
        self.recall = lru_cache(maxsize=4096)(self._telling_names)
        self.topics = lru_cache(maxsize=4096)(self._topics)

    def _add(self, matcher: PhraseMatcher, name: str, written: Iterable[str]) -> None:
        key = f"name {name}"
        self.names[self.nlp.vocab.strings.add(key)] = name
        texts = dict.fromkeys(form for one in written for form in forms(one))
        matcher.add(key, [self.nlp.make_doc(text) for text in texts])

    def __call__(self, doc: Doc) -> Doc:
        cues = [cue for cue in doc.user_data["cues"] if cue.rule.group == "competitor"]
        turn: Turn | None = doc.user_data.get("turn")
        blocked = self._blocked(doc)
        found = chosen(self._candidates(doc, cues, turn), blocked)
        doc.user_data["names"] = found
        doc.user_data["ours"] = blocked
        doc.user_data["maybe"] = []  # catalogue names that only the tagger's word makes rivals
        doc.user_data["nearest"] = self.nearest
        doc.user_data["by themselves"] = self._by_themselves
        spans = list(self._related(doc, found, cues, turn)) if found else []
        if spans:
            doc.spans["competitor"] = spans
        return doc

    def _is_shy(self, doc: Doc, start: int, end: int) -> bool:
        """Tell a brand that is an everyday word ("square", "Indeed") where nothing shows that it is meant."""
        words = [token for token in doc[start:end] if token.is_alpha]
        if len(words) != 1 or not is_common(words[0].lower_):
            return False
        if sum(token.is_alpha for token in doc) <= ALONE:
            return False
        return not words[0].text[:1].isupper() or bool(doc[start].is_sent_start)

    def _blocked(self, doc: Doc) -> set[int]:
        return {i for _, start, end in self.ours(doc) for i in range(start, end)} if len(self.ours) else set()

    def _candidates(self, doc: Doc, cues: list[Cue], turn: Turn | None) -> Iterator[Named]:
        if len(self.matcher):
            for key, start, end in self.matcher(doc):
                yield Named(start, end, self.names[key], "catalogue", 0.95, self._is_shy(doc, start, end))
            for heard in self.sounds.heard(doc):
                source = "sound" if heard.sure else "alike"
                yield Named(heard.start, heard.end, heard.name, source, 0.75, not heard.sure)
        for key, start, end in self.diy(doc):
            yield Named(start, end, self.names[key], "diy", 0.8, True)
        yield from unknown(doc, cues)
        if turn is not None:
            yield from self._answered(doc, turn)

    def _by_themselves(self, inside: Span) -> str:
        """What the way of doing without a vendor that a span tells of is called: "spreadsheets" for "Excel sheet"; or
        ""."""
        told = ((start, end, self.names[key]) for key, start, end in self.diy(inside.doc))
        return next((name for start, end, name in told if start <= inside.start and inside.end <= end), "")

    def _answered(self, doc: Doc, turn: Turn) -> Iterator[Named]:
        """Names that only the conversation explains: answers to "whom do you use?", and names told a moment ago."""
        written = [token.text for token in doc]
        cased = marks_names(written)
        asked = [i for i, word in enumerate(written) if may_open(word, cased=cased)]
        ends = {i: end for i in asked if (end := name_at(doc, i, cased=cased)) > i}
        if not ends:
            return
        earlier = {name for _, text in turn.context for name in self.recall(text[-REMEMBERED:])}
        first = next((t.i for t in doc if t.is_alpha and t.norm_ not in OPENING), -1)
        answers = cased and turn.voice == "verbatim" and first in ends and len(doc) < 30 and self._asked(turn)
        for start, end in ends.items():
            text = doc[start:end].text
            if text.lower() in earlier:
                yield Named(start, end, text, "remembered", 0.75)
            elif answers and start == first and turn.role != "seller" and not is_common(doc[start].lower_):
                yield Named(start, end, text, "answered", 0.75)
            elif start - 1 not in ends:
                # Whether this is a rival is for the tagger to say; the rules alone leave it out.
                yield Named(start, end, text, "loose", 0.5, needs_context=True)

    def _telling_names(self, text: str) -> frozenset[str]:
        doc = self._read(text)
        cues = [cue for cue in doc.user_data["cues"] if cue.rule.group == "competitor"]
        return frozenset(doc[found.start : found.end].text.lower() for found in unknown(doc, cues))

    def _read(self, text: str) -> Doc:
        doc = self.nlp.make_doc(text)
        for name in ("parley_clauses", "parley_cues"):
            doc = self.nlp.get_pipe(name)(doc)
        return doc

    def _asked(self, turn: Turn) -> str:
        """The relation that the seller's last turn asked about ("who do you use today?"), "" for none."""
        role, said = turn.context[-1] if turn.context else ("", "")
        if role != "seller" or not said:
            return ""
        labels = self.topics(said[-REMEMBERED:])
        return next((relation for label, relation in ASKED.items() if label in labels), "")

    def _topics(self, text: str) -> frozenset[str]:
        return frozenset(cue.rule.label for cue in self._read(text).user_data["cues"] if cue.rule.group == "context")

    def _related(self, doc: Doc, found: list[Named], cues: list[Cue], turn: Turn | None) -> Iterator[Span]:
        before: tuple[Named, str] | None = None
        for named in found:
            relation, weight, telling = best_cue(doc, named, cues)
            if relation == "-":
                continue
            if before and not telling and linked(doc, before[0].end, named.start):
                relation, weight, telling = before[1], 0.8, True
            if named.source == "loose" or (named.source not in KNOWN and is_person(doc, named.start, named.end)):
                continue
            if named.needs_context and not telling:
                if named.source in LISTED:
                    doc.user_data["maybe"].append(named)
                continue
            if not relation and turn is not None:
                relation = self._asked(turn)
            relation = relation or ("incumbent" if named.source in {"diy", "answered"} else "mention")
            span = Span(doc, named.start, named.end, label=relation, kb_id=named.source, span_id=named.name)
            span._.told = telling
            span._.confidence = round(named.confidence * (weight if named.source == "unknown" else 1.0), 4)
            before = named, relation
            yield span


def merged(doc: Doc, tagged: Sequence[Tagged] | None) -> Iterator[tuple[int, int, str, float, str]]:
    """Join the rules' spans with the tagger's: (start, end, relation, confidence, name), in characters of the doc.

    A name of the catalogue is a rival whatever the tagger says; one that is an everyday word or only sounds alike needs
    the tagger or telling words. Its relation is what the words next to it tell, else what the tagger says. Any other
    name is a rival only if the tagger says so, no word next to it tells of a tool that the product works with, and it
    is more than one everyday word. None for `tagged` means that there is no tagger: the rules' word is taken.
    """
    spans = doc.spans.get("competitor", ())
    if tagged is None:
        yield from ((s.start_char, s.end_char, s.label_, s._.confidence, s.id_) for s in spans)
        return
    used: set[int] = set()
    for span in spans:
        over = (n for n, one in enumerate(tagged) if one.start < span.end_char and span.start_char < one.end)
        same = next(over, None)
        if same is not None:
            used.add(same)
            sure = max(span._.confidence, tagged[same].confidence)
            relation = span.label_ if span._.told else tagged[same].label
            yield span.start_char, span.end_char, relation, sure, span.id_
        elif span.kb_id_ in EXACT:
            yield span.start_char, span.end_char, span.label_, span._.confidence, span.id_
    for n, one in enumerate(tagged):
        if n not in used and (found := _tagged_alone(doc, one)):
            yield found


def _tagged_alone(doc: Doc, one: Tagged) -> tuple[int, int, str, float, str] | None:
    """What the tagger found and the rules did not: a catalogue name that was unsure, or a name that nobody listed."""
    inside = doc.char_span(one.start, one.end, alignment_mode="expand")
    if inside is None or any(token.i in doc.user_data["ours"] for token in inside):
        return None
    for named in doc.user_data["maybe"]:
        if named.start < inside.end and inside.start < named.end:
            span = doc[named.start : named.end]
            return span.start_char, span.end_char, one.label, one.confidence, named.name
    if len(inside) == 1 and inside[0].is_lower and is_common(inside[0].lower_):
        return None
    written = doc.text[one.start : one.end]
    name = doc.user_data["nearest"](written)
    if not name and (is_no_name(inside) or beside(doc, inside) or is_person(doc, inside.start, inside.end)):
        return None
    return one.start, one.end, one.label, one.confidence, name or doc.user_data["by themselves"](inside) or written


def is_no_name(inside: Span) -> bool:
    """Tell what everybody shortens from a name: SMS, EDI, SSO."""
    return len(inside) == 1 and inside[0].is_upper and inside[0].lower_ in words("never_names.txt")


def is_person(doc: Doc, start: int, end: int) -> bool:
    """Tell a person's name: it begins with an honorific, or one stands right before it ("Frau Deichmann")."""
    dotted = start > 1 and doc[start - 1].text == "." and not doc[start - 2].whitespace_ and len(doc[start - 2]) <= 4
    before = doc[start - 1 - dotted].text if start else ""  # "Mme. Lefort" is three tokens
    return is_titled(f"{doc[start:end].text} .") or (before[:1].isupper() and is_titled(f"{before} {doc[start].text}"))


def beside(doc: Doc, inside: Span) -> bool:
    """Tell whether the words next to a name say that it is something that the product works with, or a person."""
    cues = [cue for cue in doc.user_data["cues"] if cue.rule.group == "competitor"]
    return best_cue(doc, Named(inside.start, inside.end, "", "tagged", 0.0), cues)[0] == "-"


def unknown(doc: Doc, cues: list[Cue]) -> Iterator[Named]:
    """Propose names that no catalogue has, where a cue tells that they are rivals."""
    telling = [cue for cue in cues if cue.rule.row.get("telling") == "yes"]
    if not telling:
        return
    cased = marks_names([token.text for token in doc])
    for cue in telling:
        if cue.rule.row["side"] == "before":
            start = cue.end
            while start < len(doc) and start - cue.end < NEAR and doc[start].lower_ in SKIPPED:
                start += 1
            sure = "called" in doc[cue.start : start].text.lower()
            end = name_at(doc, start, cased=cased, sure=sure) if start < len(doc) else start
            while end > start:
                yield Named(start, end, doc[start:end].text, "unknown", 0.9)
                start = end + 1
                if not (cased and start < len(doc) and doc[end].lower_ in LINKING):
                    break
                end = name_at(doc, start, cased=cased)
        else:
            end = cue.start
            for start in range(max(0, end - 3), end):
                if name_at(doc, start, cased=cased) == end:
                    yield Named(start, end, doc[start:end].text, "unknown", 0.85)
                    break


def best_cue(doc: Doc, named: Named, cues: list[Cue]) -> tuple[str, float, bool]:
    """The relation that the words around a name tell, its weight, and whether they are close enough to rely on."""
    best = (0.0, "", False)
    for cue in cues:
        if cue.rule.row["side"] == "before":
            gap, between = named.start - cue.end, doc[min(cue.end, named.start) : named.start]
        else:
            gap, between = cue.start - named.end, doc[named.end : max(cue.start, named.end)]
        if gap < 0 or gap > FAR or (between and any(token.is_sent_start for token in between[1:])):
            continue
        if cue.start < named.end and named.start < cue.end:
            continue
        close = gap <= NEAR and all(token.lower_ in SKIPPED or token.is_space or gap <= 1 for token in between)
        loose = cue.rule.row.get("telling") == "diy"
        if (cue.rule.label == "-" or loose) and (not close or (loose and named.source != "diy")):
            continue
        weight = cue.rule.weight * (1.0 if close else 0.5) - gap * 0.01
        if weight > best[0]:
            best = (weight, cue.rule.label, close)
    weight, relation, close = best
    return relation, weight, close


def linked(doc: Doc, end: int, start: int) -> bool:
    """Tell a list of names: nothing but commas and "and" between two of them."""
    return 0 < start - end <= 2 and all(token.lower_ in LINKING for token in doc[end:start])


KNOWN = frozenset({"catalogue", "sound", "alike", "diy"})
LISTED = frozenset({"catalogue", "sound", "alike"})
EXACT = frozenset({"catalogue", "sound"})
PREFERRED = {
    "catalogue": 4, "diy": 3.5, "sound": 3.2, "alike": 3.1, "unknown": 3, "remembered": 2, "answered": 2, "loose": 0,
}  # fmt: skip


def chosen(candidates: Iterable[Named], blocked: set[int]) -> list[Named]:
    """Drop candidates that overlap a better one or one of the seller's own names; the rest in order of position."""
    taken: set[int] = set(blocked)
    kept = []
    for named in sorted(candidates, key=lambda n: (-PREFERRED[n.source], n.needs_context, n.start - n.end, n.start)):
        if taken.isdisjoint(range(named.start, named.end)):
            taken.update(range(named.start, named.end))
            kept.append(named)
    return sorted(kept, key=lambda named: named.start)

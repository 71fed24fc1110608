"""The only home of BERTopic: group insights into themes, and let new ones join without moving old ones.

Values in, values out. The same texts give the same themes in whatever order they come. What one would get wrong: a
theme's index here is only its rank in one discovery; the permanent id is the ledger's, which takes proposals.
"""

import re
import sys
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

import numpy as np

from insights import graph, naming
from insights.records import Kind, text_hash

if TYPE_CHECKING:
    from insights.embedding import Encoder

LABEL_WEIGHT = 0.15  # how much an equal label counts beside equal meaning
LEAST_TEXTS = 8
MOST_TEXTS = 30_000  # more are clustered by a sample, and the rest assigned
KEYWORDS = 8
BLOCK = 16_384
REPRESENTATIVES = 5
JOIN_SHARE = 0.72  # of a theme's usual cosine to its centre that a text must reach to belong
LEAVE_SHARE = 0.6  # of it, under which a text leaves the group that the graph gave it
LEAST_COSINE = 0.38
# Fitted once on the 20 % that were kept back from three public sets, each counted alike (see benchmarks/themes.py).
CURVE = (-2.69, 3.77, 8.75)
SAME_THEME = 0.9  # proposed themes whose centre is this near to a known one are no news


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one text belongs: the index of a theme, or None while it belongs nowhere. Confidence is in [0, 1]."""

    id: str
    theme: int | None
    confidence: float
    sub: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FoundTheme:
    """A theme of one discovery. `centroid` is unit float32 (384,); `tightness` the members' mean cosine to it."""

    name: str
    keywords: tuple[str, ...]
    centroid: np.ndarray
    tightness: float
    size: int
    representatives: tuple[str, ...]
    subs: tuple = ()


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """What was found: an assignment per text, in the order given; themes by size; and how many texts are missing."""

    assignments: tuple[Assignment, ...]
    themes: tuple[FoundTheme, ...]
    needs: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ThemeState:
    """A theme as the ledger knows it. `tightness` 0 means unknown: the common threshold is used."""

    id: str
    kind: Kind
    name: str
    keywords: tuple[str, ...]
    centroid: np.ndarray
    size: int
    pinned: bool = False
    tightness: float = 0.0
    subs: tuple = ()


@dataclass(frozen=True, slots=True)
class Placed:
    theme: str | None
    sub: str | None
    confidence: float


BUDGET = 0.1


def discover(
    texts: Sequence[str], vectors: np.ndarray, *, ids: Sequence[str], labels: Sequence[str] | None = None
) -> Discovery:
    """Group texts by their unit vectors (n, 384) into named themes.

    With `labels` (one per text) texts of one label are drawn together, and a label that is shared may lead the name.
    Fewer than 8 different texts give no themes, and `needs` says how many more it takes.
    """
    folded = _fold(texts, ids)
    if len(folded) < LEAST_TEXTS:
        waiting = tuple(Assignment(id_, None, 0.0) for id_ in ids)
        return Discovery(waiting, (), LEAST_TEXTS - len(folded))
    firsts = np.array([members[0] for members in folded])
    sample = _sample([texts[first] for first in firsts])
    drawn = vectors if labels is None else _drawn(vectors, labels)
    groups, keywords = _topics(
        [texts[first] for first in firsts[sample]], drawn[firsts[sample]], [len(folded[at]) for at in sample]
    )
    of_text = np.full(len(texts), -1)
    for at, group in zip(sample, groups, strict=True):
        of_text[folded[at]] = group
    of_text = _settled(drawn, of_text)
    themes, theme_of = _describe(texts, vectors, ids, labels, of_text, keywords)
    sure = np.zeros(len(texts))
    centres = np.stack([theme.centroid for theme in themes]) if themes else np.zeros((0, vectors.shape[1]))
    placed = np.flatnonzero(theme_of >= 0)
    for rows in _blocks(placed):
        sure[rows] = confidences(vectors[rows] @ centres.T, theme_of[rows])
    assignments = tuple(
        Assignment(id_, int(theme) if theme >= 0 else None, round(float(chance), 4))
        for id_, theme, chance in zip(ids, theme_of, sure, strict=True)
    )
    return Discovery(assignments, tuple(themes))


def assign(vectors: np.ndarray, themes: Sequence[ThemeState], weak=False) -> list[Placed]:
    """Where each new unit vector (n, 384) goes, or that it waits. Old insights never move."""
    if not themes or not len(vectors):
        return [Placed(None, None, 0.0)] * len(vectors)
    themes = sorted(themes, key=lambda theme: theme.id)
    nearest, confidence = _nearest(
        vectors, np.stack([theme.centroid for theme in themes]), np.array([theme.tightness for theme in themes])
    )
    return [
        Placed(themes[at].id if at >= 0 else None, None, round(float(sure), 4))
        for at, sure in zip(nearest, confidence, strict=True)
    ]


def propose(
    texts: Sequence[str],
    vectors: np.ndarray,
    themes: Sequence[ThemeState],
    *,
    ids: Sequence[str],
    labels: Sequence[str] | None = None,
) -> Discovery:
    """New themes among texts that wait. Nothing is decided: a person or a policy accepts them.

    A found theme whose centre is that of a known one is no news; its texts go on waiting.
    """
    found = discover(texts, vectors, ids=ids, labels=labels)
    known = [theme.centroid for theme in themes]
    fresh = [
        at
        for at, theme in enumerate(found.themes)
        if not known or np.max(np.stack(known) @ theme.centroid) < SAME_THEME
    ]
    rank = {at: place for place, at in enumerate(fresh)}
    assignments = tuple(
        Assignment(one.id, rank[one.theme], one.confidence) if one.theme in rank else Assignment(one.id, None, 0.0)
        for one in found.assignments
    )
    return Discovery(assignments, tuple(found.themes[at] for at in fresh), found.needs)


def cluster(rows: Iterable[Any], *, encoder: "Encoder | None" = None) -> Iterator[dict[str, Any]]:
    """`parley cluster`: {"id","text"} rows -> {"id","theme","confidence"} in the same order, then a row per theme.

    A row that is not such an object gives {"problem": …} in its place.
    """
    from insights import embedding

    rows = list(rows)
    good = [at for at, row in enumerate(rows) if not _row_problem(row)]
    texts = [rows[at]["text"] for at in good]
    vectors = embedding.embed(encoder or embedding.load(), texts)
    found = discover(texts, vectors, ids=[str(rows[at]["id"]) for at in good])
    assigned = dict(zip(good, found.assignments, strict=True))
    for at, row in enumerate(rows):
        if at in assigned:
            yield {"id": row["id"], "theme": assigned[at].theme, "confidence": assigned[at].confidence}
        else:
            yield {"problem": _row_problem(row), "row": at + 1}
    for index, theme in enumerate(found.themes):
        yield {"theme": index, "name": theme.name, "keywords": list(theme.keywords), "size": theme.size}


def _row_problem(row: Any) -> str:
    if not isinstance(row, dict):
        return "This line is not a JSON object. Give one object a line, with id and text."
    if not isinstance(row.get("id"), str | int) or isinstance(row.get("id"), bool):
        return "This line has no id. Give every object an id of its own."
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        return "This line has no text. Give every object a text."
    return ""


def normalised(text: str) -> str:
    """The form under which two texts are one: letters and digits, without case, accents' spelling and spacing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded)) or folded.strip()


def _fold(texts: Sequence[str], ids: Sequence[str]) -> list[list[int]]:
    """Indices of equal texts together, in an order that the input's order has no part in."""
    groups: dict[str, list[int]] = {}
    for index in sorted(range(len(texts)), key=lambda index: (texts[index], ids[index])):
        groups.setdefault(normalised(texts[index]), []).append(index)
    return [groups[key] for key in sorted(groups)]


def _sample(texts: Sequence[str]) -> np.ndarray:
    """Positions of at most MOST_TEXTS texts, chosen by their content."""
    if len(texts) <= MOST_TEXTS:
        return np.arange(len(texts))
    return np.sort(np.array(sorted(range(len(texts)), key=lambda at: text_hash(texts[at]))[:MOST_TEXTS]))


def _drawn(vectors: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Unit vectors (n, 384 + labels) whose cosine is a weighted mean of the texts' cosine and "same label"."""
    known = sorted(set(labels))
    same = np.zeros((len(labels), len(known)), np.float32)
    same[np.arange(len(labels)), [known.index(label) for label in labels]] = 1
    return np.hstack([vectors * (1 - LABEL_WEIGHT) ** 0.5, same * LABEL_WEIGHT**0.5])


def _topics(
    texts: Sequence[str], vectors: np.ndarray, weights: Sequence[int]
) -> tuple[np.ndarray, dict[int, list[str]]]:
    """Run BERTopic: a group number per text, -1 for none, and each group's keywords by c-TF-IDF, most telling first.

    Its clustering slot holds our clusterer, its other steps are passed over, and no model is loaded for them.
    """
    with _light_imports():
        from bertopic import BERTopic
        from bertopic.dimensionality import BaseDimensionalityReduction
        from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        language="multilingual",  # "english" would delete every letter outside a to z
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=graph.GraphClusterer(np.array(weights)),
        vectorizer_model=CountVectorizer(analyzer=_terms),
        ctfidf_model=ClassTfidfTransformer(),
        top_n_words=KEYWORDS,
    )
    topics, _ = model.fit_transform(list(texts), embeddings=vectors)
    keywords = {
        topic: [word for word, score in terms if word and score > 0]
        for topic, terms in model.topic_representations_.items()
    }
    return np.array(topics), keywords


def _terms(text: str) -> list[str]:
    return naming.meaningful(text) or naming.words(text.lower()) or ["…"]


def _settled(vectors: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Let texts without a group join the nearest one that fits, and those far from their group's centre leave it."""
    count = int(groups.max(initial=-1)) + 1
    if not count:
        return groups
    found = [_centre(vectors[groups == group]) for group in range(count)]
    centres, tightness = np.stack([centre for centre, _ in found]), np.array([tight for _, tight in found])
    joined = groups.copy()
    waiting = np.flatnonzero(groups < 0)
    joined[waiting] = _nearest(vectors[waiting], centres, tightness)[0]
    own = np.einsum("ij,ij->i", vectors, centres[joined])
    joined[own < LEAVE_SHARE * tightness[joined]] = -1
    sizes = np.bincount(joined[joined >= 0], minlength=count)
    return np.where((joined >= 0) & (sizes[joined] >= graph.least_theme_size(len(vectors))), joined, -1)


def _describe(
    texts: Sequence[str], vectors: np.ndarray, ids: Sequence[str], labels: Sequence[str] | None,
    groups: np.ndarray, keywords: dict[int, list[str]],
) -> tuple[list[FoundTheme], np.ndarray]:  # fmt: skip
    """Groups (-1 for none) -> named themes by size, then smallest id; and each text's theme index."""
    members = {int(group): np.flatnonzero(groups == group).tolist() for group in np.unique(groups) if group >= 0}
    order = sorted(members, key=lambda group: (-len(members[group]), min(ids[at] for at in members[group])))
    centres = [_centre(vectors[members[group]]) for group in order]
    typical = [
        _typical(members[group], vectors, centre, texts, ids) for group, (centre, _) in zip(order, centres, strict=True)
    ]
    names = naming.names(
        [[texts[at] for at in places] for places in typical],
        [keywords.get(group, []) for group in order],
        [[labels[at] for at in places] for places in typical] if labels is not None else None,
    )
    themes = [
        FoundTheme(
            name=name,
            keywords=tuple(keywords.get(group, [])),
            centroid=centre,
            tightness=tightness,
            size=len(places),
            representatives=tuple(ids[at] for at in _different(places, texts)),
        )
        for name, group, (centre, tightness), places in zip(names, order, centres, typical, strict=True)
    ]
    rank = {group: place for place, group in enumerate(order)}
    return themes, np.array([rank.get(int(group), -1) for group in groups])


def _typical(
    members: Sequence[int], vectors: np.ndarray, centre: np.ndarray, texts: Sequence[str], ids: Sequence[str]
) -> list[int]:
    """Members nearest to the centre first; rounded, so that equal texts do not depend on the last bit."""
    cosines = dict(zip(members, np.round(vectors[members] @ centre, 5).tolist(), strict=True))
    return sorted(members, key=lambda at: (-cosines[at], texts[at], ids[at]))


def _centre(vectors: np.ndarray) -> tuple[np.ndarray, float]:
    """The unit mean of unit vectors and their mean cosine to it, which is the mean's length."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    return (mean / max(length, 1e-12)).astype(np.float32), round(length, 4)


def _different(places: Sequence[int], texts: Sequence[str]) -> list[int]:
    """The most typical places whose texts are not the same."""
    chosen: dict[str, int] = {}
    for at in places:
        chosen.setdefault(normalised(texts[at]), at)
        if len(chosen) == REPRESENTATIVES:
            break
    return list(chosen.values())


def _nearest(vectors: np.ndarray, centres: np.ndarray, tightness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest theme's position, or -1 where it is too far for that theme, and the confidence."""
    nearest, sure = np.full(len(vectors), -1), np.zeros(len(vectors))
    for rows in _blocks(np.arange(len(vectors))):
        cosines = vectors[rows] @ centres.T
        best = cosines.argmax(axis=1)
        fits = cosines.max(axis=1) >= np.maximum(LEAST_COSINE, JOIN_SHARE * tightness[best])
        nearest[rows] = np.where(fits, best, -1)
        sure[rows] = np.where(fits, confidences(cosines, best), 0)
    return nearest, sure


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    """Rows in parts, so that rows × themes never stand in memory as a whole."""
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def confidences(cosines: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Cosines (n, themes) and the chosen theme of each row -> the chance in [0, 1] that it is the right one.

    A logistic curve over the cosine and its lead over the next theme.
    """
    rows = np.arange(len(cosines))
    own = cosines[rows, chosen]
    others = cosines.copy()
    others[rows, chosen] = -1
    lead = np.clip(own - others.max(axis=1), -0.2, 0.4)
    return 1 / (1 + np.exp(-(CURVE[0] + CURVE[1] * own + CURVE[2] * lead)))


@contextmanager
def _light_imports() -> Iterator[None]:
    """Import BERTopic as if the libraries that it would only need for its own defaults were not installed.

    It runs without them and says so, but imports them when it finds them: 28 s instead of 2 s in a new process, most
    of it numba's compilation. The finder answers only this thread, so that another one may import torch meanwhile.
    """
    finder = _Absent(threading.get_ident())
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Absent(MetaPathFinder):
    """Answers for the heavy libraries that they are not there, to one thread."""

    NAMES = frozenset({"umap", "hdbscan", "numba", "torch", "transformers", "sentence_transformers", "spacy", "openai"})

    def __init__(self, thread: int):
        self.thread = thread

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname.partition(".")[0] in self.NAMES and threading.get_ident() == self.thread:
            raise ModuleNotFoundError(f"{fullname} is kept out of BERTopic's import", name=fullname)


def divide(texts, vectors, *, ids, labels=None):
    return discover(texts, vectors, ids=ids, labels=labels)

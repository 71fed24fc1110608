"""The only home of BERTopic: groups of texts and their keywords by c-TF-IDF, with our clusterer in its slot.

What one would get wrong: BERTopic imports what it would need for its own defaults, though it runs without; so it is
imported here alone, and lightly.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from insights import graph, imports, naming

KEYWORDS = 8
UNUSED = (
    "umap", "hdbscan", "numba", "torch", "transformers", "sentence_transformers", "spacy", "openai", "huggingface_hub",
    "PIL",
)  # fmt: skip


def fit(
    texts: Sequence[str], vectors: np.ndarray, clusterer: graph.GraphClusterer
) -> tuple[np.ndarray, dict[int, list[str]]]:
    """Run BERTopic: a group number per text, -1 for none, and each group's keywords by c-TF-IDF, most telling first.

    Its clustering slot holds our clusterer, its other steps are passed over, and no model is loaded for them.
    """
    with _light_imports():
        from bertopic import BERTopic
        from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        language="multilingual",  # "english" would delete every letter outside a to z
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=clusterer,
        vectorizer_model=CountVectorizer(analyzer=_terms),
        ctfidf_model=_weighing(),
        top_n_words=KEYWORDS,
    )
    topics, _ = model.fit_transform(list(texts), embeddings=vectors)
    keywords = {
        topic: [word for word, score in terms if word and score > 0]
        for topic, terms in model.topic_representations_.items()
    }
    return np.array(topics), keywords


def _weighing() -> Any:
    """BERTopic's c-TF-IDF, also where all texts share their only word: SciPy takes the one weight for no diagonal."""
    with _light_imports():
        from bertopic.vectorizers import ClassTfidfTransformer
    from scipy.sparse import csr_array

    class Weighing(ClassTfidfTransformer):
        def fit(self, counts: Any, multiplier: Any = None) -> "Weighing":
            if counts.shape[1] > 1:
                super().fit(counts, multiplier)
            else:
                self._idf_diag = csr_array([[1.0]])
            return self

    return Weighing()


def _terms(text: str) -> list[str]:
    return naming.meaningful(text) or naming.words(text.lower()) or ["…"]


def keywords(texts: Sequence[str], groups: np.ndarray, count: int) -> list[list[str]]:
    """The keywords of each of `count` groups beside the others, by c-TF-IDF."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=lambda members: [word for text in members for word in _terms(text)])
    counts = vectorizer.fit_transform(
        [[texts[at] for at in np.flatnonzero(groups == n).tolist()] for n in range(count)]
    )
    scores = _weighing().fit_transform(counts).toarray()
    words = vectorizer.get_feature_names_out()  # in the order of the alphabet, which decides between equal scores
    order = np.argsort(-np.round(scores, 9), axis=1, kind="stable")[:, :KEYWORDS]
    return [[str(words[at]) for at in best if scores[n, at] > 0] for n, best in enumerate(order)]


@contextmanager
def _light_imports() -> Iterator[None]:
    """Import BERTopic as if the libraries that it would only need for its own defaults were not installed.

    It runs without them and says so, but imports them when it finds them: 28 s instead of 2 s in a new process, most
    of it numba's compilation. Plotly, which nothing else here uses, is asked for in another way, before the import.
    """
    hidden = "plotly" not in sys.modules
    if hidden:
        sys.modules["plotly"] = None  # type: ignore[assignment]
    try:
        with imports.without(*UNUSED):
            yield
    finally:
        if hidden:
            sys.modules.pop("plotly", None)

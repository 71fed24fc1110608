"""One way of clustering, in a process of its own: texts and vectors in, group numbers and seconds out.

    python -m benchmarks.theme_peers METHOD FOLDER… [--warm]

A folder holds texts.json and vectors.npy; labels.npy and result.json are written there. Everything that a new process
has to do counts: start, imports, numba's compilation. `--warm` does the work a second time and times that alone. With
several folders a set that a method cannot do is left without labels.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Texts = Sequence[str]


def main(arguments: Sequence[str]) -> None:
    """Run one method on each folder."""
    method, *folders = [argument for argument in arguments if argument != "--warm"]
    for folder in folders:
        try:
            _run(METHODS[method], Path(folder), warm="--warm" in arguments)
        except Exception:
            if len(folders) == 1:
                raise


def _run(method: Callable[[Texts, np.ndarray], Sequence[int]], root: Path, *, warm: bool) -> None:
    texts = json.loads((root / "texts.json").read_text("utf-8"))
    vectors = np.load(root / "vectors.npy")
    labels = method(texts, vectors)
    result: dict[str, Any] = {}
    if warm:
        started = time.perf_counter()
        method(texts, vectors)
        result["warm"] = time.perf_counter() - started
    np.save(root / "labels.npy", np.asarray(labels, np.int64))
    (root / "result.json").write_text(json.dumps(result), "utf-8")


def parley(texts: Texts, vectors: np.ndarray) -> Sequence[int]:
    """Parley's discovery as it is."""
    from insights import themes

    found = themes.discover(texts, vectors, ids=[f"{at:07}" for at in range(len(texts))])
    return [-1 if one.theme is None else one.theme for one in found.assignments]


def bertopic(texts: Texts, vectors: np.ndarray) -> Sequence[int]:
    """BERTopic as it comes."""
    return _bertopic(texts, vectors)[1]


def bertopic_reduced(texts: Texts, vectors: np.ndarray) -> Sequence[int]:
    """BERTopic as it comes, then `reduce_outliers` as it comes."""
    model, topics = _bertopic(texts, vectors)
    return model.reduce_outliers(list(texts), topics) if -1 in topics else topics


def bertopic_reduced_by_vectors(texts: Texts, vectors: np.ndarray) -> Sequence[int]:
    """BERTopic as it comes, then `reduce_outliers` by the vectors."""
    model, topics = _bertopic(texts, vectors)
    if -1 not in topics:
        return topics
    return model.reduce_outliers(list(texts), topics, strategy="embeddings", embeddings=vectors)


def evoc(texts: Texts, vectors: np.ndarray) -> Sequence[int]:
    """EVoC as it comes, a seed apart."""
    from evoc import EVoC  # pip install evoc

    return EVoC(random_state=1).fit_predict(np.array(vectors))


def _bertopic(texts: Texts, vectors: np.ndarray) -> tuple[Any, list[int]]:
    """BERTopic's default, UMAP's seed apart, without which it would not repeat itself."""
    from bertopic import BERTopic
    from umap import UMAP

    reduction = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=1)
    model = BERTopic(umap_model=reduction)
    topics, _ = model.fit_transform(list(texts), embeddings=vectors)
    return model, [int(topic) for topic in topics]


METHODS: Mapping[str, Callable[[Texts, np.ndarray], Sequence[int]]] = {
    "Parley": parley,
    "BERTopic": bertopic,
    "BERTopic, reduce_outliers": bertopic_reduced,
    "BERTopic, reduce_outliers by vectors": bertopic_reduced_by_vectors,
    "EVoC": evoc,
}

if __name__ == "__main__":
    main(sys.argv[1:])

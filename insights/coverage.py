"""Whether our pages answer a theme, by meaning: titles and passages of pages against what buyers typically say.

What one would get wrong: a page about the same subject is not yet an answer. So a page must be near, and no other
theme may claim it more; between two lines it answers "partly"; and a person has the last word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insights.priority import State

# Chosen on one half of BANKING77's intents, with answer pages written for the purpose, and measured on the other half
# (benchmarks/coverage.py prints both).
COVERED = 0.72
PARTLY = 0.55
OTHER_THEME = 0.03  # how much nearer to another theme a page may be and still be this one's
SAME_THEME = 0.90  # cosine from which on two themes are about one thing and do not dispute a page


@dataclass(frozen=True, slots=True)
class Likeness:
    """Pages against themes: `values` (p, t) in [-1, 1] and `passages` (p, t), the passage that comes nearest in each."""

    values: np.ndarray
    passages: np.ndarray


def centre(vectors: np.ndarray) -> np.ndarray:
    """The unit vector (d,) in the middle of unit vectors (n, d)."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


def likeness(themes: np.ndarray, vectors: np.ndarray, pages: Sequence[int], titles: Sequence[bool]) -> Likeness:
    """How near each page comes to each theme: the mean of its title's cosine and its nearest passage's.

    `themes` are unit centres (t, d), `vectors` unit vectors (n, d) of passages, `pages` whose each is (0 to p - 1) and
    `titles` which of them are titles. A page of a title alone is as near as that.
    """
    count = max(pages, default=-1) + 1
    values = np.full((count, len(themes)), -1.0)
    nearest = np.full((count, len(themes)), -1, dtype=np.int64)
    if not count or not len(themes):
        return Likeness(values, nearest)
    cosines = vectors.astype(np.float64) @ themes.T.astype(np.float64)
    title = np.full((count, len(themes)), np.nan)
    for at, page in enumerate(pages):
        if titles[at]:
            title[page] = cosines[at]
            first = nearest[page] < 0
            nearest[page, first] = at
        else:
            better = cosines[at] > values[page]
            values[page, better] = cosines[at, better]
            nearest[page, better] = at
    bare = values <= -1.0
    both = np.where(np.isnan(title), values, (values + np.nan_to_num(title)) / 2)
    return Likeness(np.where(bare, np.nan_to_num(title, nan=-1.0), both), nearest)


def own(found: Likeness, themes: np.ndarray) -> np.ndarray:
    """Which pages are a theme's own, bool (p, t): no other theme that says something else is clearly nearer."""
    alike = themes.astype(np.float64) @ themes.T.astype(np.float64) >= SAME_THEME
    result = np.ones(found.values.shape, dtype=bool)
    for at in range(found.values.shape[1]):
        rivals = ~alike[at]
        rivals[at] = False
        if rivals.any():
            result[:, at] = found.values[:, at] >= found.values[:, rivals].max(axis=1) - OTHER_THEME
    return result


def state(value: float, *, own: bool, has_text: bool = True) -> State:
    """What a likeness means. A page of which only the title is known answers a part at most: nobody has read it."""
    if value >= COVERED:
        return "covered" if own and has_text else "partly"
    return "partly" if value >= PARTLY and own else "not covered"

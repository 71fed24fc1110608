"""Whether our pages answer a theme, by meaning: titles and passages of pages against what buyers typically say.

What one would get wrong: a page about the same subject is not yet an answer. So a page must be near, and no other
theme may claim it more; between two lines it answers "partly"; and a person has the last word.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from insights.priority import State

# In units of a theme's own tightness: 1 is as near to its centre as its typical quote. Chosen on halves of two
# sets with answer pages written for the purpose (questions to a bank; our own corpus by label) and on the sample company,
# measured on the other halves: "covered" was right in 19 of 20 and found 19 of 52 pages that answer, "partly" or more was
# right in 50 of 72 and found 50 of 52 (benchmarks/coverage.py).
COVERED = 0.96
PARTLY = 0.70
OTHER_THEME = 0.03  # how much nearer to another theme a page may be and still be this one's
USUAL = 0.60  # tightness where it is not known
LOOSEST = 0.50  # tightness of a theme that hardly is one: a page must not come near it by that alone
SAME_THEME = 0.90  # cosine from which on two themes are about one thing and do not dispute a page


@dataclass(frozen=True, slots=True)
class Likeness:
    """Pages against themes: `values` (p, t), 1 for as near as a theme's typical quote; `cosines` (p, t) are the values
    before they are measured by tightness."""

    values: np.ndarray
    cosines: np.ndarray


def centre(vectors: np.ndarray) -> np.ndarray:
    """The unit vector (d,) in the middle of unit vectors (n, d)."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


def likeness(
    themes: np.ndarray, tightness: np.ndarray, vectors: np.ndarray, pages: Sequence[int], titles: Sequence[bool]
) -> Likeness:
    """How near each page comes to each theme: the mean of its title's cosine and its nearest passage's, over the
    theme's tightness (t,), which is the mean cosine of its quotes to its centre.

    `themes` are unit centres (t, d), `vectors` unit vectors (n, d) of passages in the order of their pages, `pages`
    whose each is and `titles` which of them are titles. A page of a title alone is as near as that. Row p of the result
    is the p-th different page.
    """
    if not len(pages) or not len(themes):
        empty = np.zeros((len(set(pages)), len(themes)))
        return Likeness(empty, empty)
    cosines = (vectors @ themes.T.astype(vectors.dtype)).astype(np.float64)
    is_title = np.asarray(titles, dtype=bool)[:, None]
    owner = np.asarray(pages)
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    title = np.maximum.reduceat(np.where(is_title, cosines, -np.inf), starts)
    body = np.maximum.reduceat(np.where(is_title, -np.inf, cosines), starts)
    near = np.where(np.isinf(body), title, np.where(np.isinf(title), body, (title + body) / 2))
    known = np.where(tightness > 0, tightness, USUAL)
    return Likeness(near / np.maximum(known, LOOSEST), near)


def nearest(theme: np.ndarray, vectors: np.ndarray, titles: Sequence[bool]) -> int:
    """Which of a page's passages comes nearest to a theme's centre (d,); the title only where there is nothing else."""
    cosines = vectors @ theme.astype(vectors.dtype) - 2.0 * np.asarray(titles, dtype=float)
    return int(np.round(cosines, 6).argmax())


def own(
    found: Likeness, themes: np.ndarray, kinds: Sequence[str], *, twins: Collection[tuple[int, int]] = ()
) -> np.ndarray:
    """Which pages are a theme's own, bool (p, t): no other theme of its kind that says something else is clearly
    nearer.

    By cosines, because a loose theme would claim every page by its tightness. An objection and a question do not
    dispute a page: one page answers both. Nor do `twins`, pairs of places of themes that look like one.
    """
    alike = themes.astype(np.float64) @ themes.T.astype(np.float64) >= SAME_THEME
    for one, other in twins:
        alike[one, other] = alike[other, one] = True
    kind = np.array(kinds)
    result = np.ones(found.cosines.shape, dtype=bool)
    for at in range(found.cosines.shape[1]):
        rivals = ~alike[at] & (kind == kind[at])
        rivals[at] = False
        if rivals.any():
            result[:, at] = found.cosines[:, at] >= found.cosines[:, rivals].max(axis=1) - OTHER_THEME
    return result


def state(value: float, own: bool, *, has_text: bool = True) -> State:
    """What a likeness means. A page of which only the title is known is not judged: nobody has read what it says."""
    near: State = "partly" if has_text else "title only"
    if value >= COVERED:
        return "covered" if own and has_text else near
    return near if value >= PARTLY and own else "not covered"

"""Group insights into themes, and let new ones join without moving old ones.

Values in, values out. The same texts give the same themes in whatever order they come. What one would get wrong: a
theme's index here is only its rank in one discovery; the permanent id is the ledger's, which takes proposals.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

import numpy as np

from insights import folding, graph, grouping, naming, placing, topic_model
from insights.records import Kind, text_hash

if TYPE_CHECKING:
    from insights.embedding import Encoder

LEAST_TEXTS = grouping.LEAST_TEXTS
BUDGET = grouping.BUDGET  # the share of texts that a discovery may leave without a theme
TYPICAL = 300  # members, the nearest to the centre, that a theme's name and quotes are taken from
REPRESENTATIVES = 5
EXAMPLES = 50
SAME_THEME = 0.9  # proposed themes whose centre is this near to a known one are no news
WEAK = 0.3  # a member of less confidence is shown as loose: one to three of ten are right (benchmarks/THEMES.md)
SUB_FROM = 20  # members that a theme needs to have sub-themes
SUB_RATIO = 0.7  # sub-themes are surely apart: the ratio at which they would be merged, beside graph.MERGE_RATIO
PART_RATIO = 0.85  # parts that a person asks for may be nearer to each other
PART_SHARE = 0.05  # of a theme that its smallest part must hold


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one text belongs: the index of a theme, or None while it belongs nowhere. Confidence is in [0, 1].

    `sub` is the index among the theme's sub-themes, None where the text belongs to the theme as a whole.
    """

    id: str
    theme: int | None
    confidence: float
    sub: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FoundTheme:
    """A theme of one discovery. `centroid` is unit float32 (384,); `tightness` the members' mean cosine to it.

    Both are those of the firm members; `size` counts the weak ones too. Sub-themes have no sub-themes themselves.
    """

    name: str
    keywords: tuple[str, ...]
    centroid: np.ndarray
    tightness: float
    size: int
    representatives: tuple[str, ...]
    subs: "tuple[FoundTheme, ...]" = ()


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """What was found: an assignment per text, in the order given; themes by size; and how many texts are missing."""

    assignments: tuple[Assignment, ...]
    themes: tuple[FoundTheme, ...]
    needs: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ThemeState:
    """A theme or a sub-theme as the ledger knows it. `tightness` 0 means unknown: the common threshold is used.

    `examples` are vectors of members (m, 384), see `examples()`; where all themes have some, newcomers are placed
    better.
    """

    id: str
    kind: Kind
    name: str
    keywords: tuple[str, ...]
    centroid: np.ndarray
    size: int
    pinned: bool = False
    tightness: float = 0.0
    subs: "tuple[ThemeState, ...]" = ()
    examples: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a new text belongs: the id of a theme, or None to wait; that of one of its sub-themes, or None."""

    theme: str | None
    sub: str | None
    confidence: float


def discover(
    texts: Sequence[str], vectors: np.ndarray, *, ids: Sequence[str], labels: Sequence[str] | None = None,
    accounts: Sequence[str] | None = None, private: frozenset[str] = frozenset(),
) -> Discovery:  # fmt: skip
    """Group texts by their unit vectors (n, 384) into named themes with sub-themes.

    With `labels` (one per text) texts of one label are drawn together, and a label that is shared may lead the name.
    With `accounts` no name comes from one account alone; no name holds a word of `private`. Fewer than 8 different
    texts give no themes, and `needs` says how many more it takes. Of a hundred texts and more at most a tenth is left
    without a theme, if there is any: beyond it the best fitting join, with a confidence below WEAK.
    """
    given = grouping.prepared(texts, vectors, ids, labels, accounts, private)
    return _discovered(given, graph.least_theme_size(len(texts)), budget=True)


def _discovered(given: grouping.Input, least: int, *, budget: bool, taken: Sequence[str] = ()) -> Discovery:
    keywords: dict[int, list[str]] = {}

    def topics(texts: Sequence[str], vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
        groups, found = topic_model.fit(texts, vectors, graph.GraphClusterer(weights, least=least))
        keywords.update(found)
        return groups

    groups, needs = grouping.grouped(given, topics, least)
    units, tightness = placing.centres(given.plain, groups, int(groups.max(initial=-1)) + 1)
    joined = grouping.within_budget(given, groups, units, tightness) if budget else groups
    joined, order = grouping.ranked(joined, given.ids)
    units, tightness, firm = units[order], tightness[order], np.where(groups >= 0, joined, -1)
    own, sure = placing.chosen(given.plain, joined, units)
    sure = np.where(joined == firm, sure, np.minimum(sure, WEAK - 0.01))
    words = [keywords.get(group, []) for group in order]
    themes = _described(given, firm, joined, own, words, units, tightness, taken=taken)
    subs = np.full(len(joined), -1)
    for at, theme in enumerate(themes):
        if theme.size >= SUB_FROM:
            members = np.flatnonzero(joined == at)
            subs[members], parts, _ = _divided(given.only(members.tolist()), SUB_RATIO, parent=theme.name)
            themes[at] = replace(theme, subs=parts)
    return _discovery(given.ids, themes, joined, sure, subs, needs)


def divide(
    texts: Sequence[str], vectors: np.ndarray, *, ids: Sequence[str], labels: Sequence[str] | None = None,
    accounts: Sequence[str] | None = None, taken: Sequence[str] = (), private: frozenset[str] = frozenset(),
    surely: bool = False,
) -> Discovery:  # fmt: skip
    """Split the members of one theme into two or more parts, or into none: then it is one thing. Nothing is decided.

    With `surely` parts must be as far apart as sub-themes; without, as a person who asks for parts will judge them. A
    text between the parts belongs to none; none is named as one of `taken`. `needs` says how many more different texts
    it takes to tell.
    """
    given = grouping.prepared(texts, vectors, ids, labels, accounts, private)
    parts, themes, needs = _divided(given, SUB_RATIO if surely else PART_RATIO, taken=taken)
    if not themes:
        return _discovery(ids, [], parts, np.zeros(len(texts)), None, needs)
    sure = placing.chosen(given.plain, parts, np.stack([theme.centroid for theme in themes]))[1]
    return _discovery(ids, themes, parts, sure, None, 0)


def assign(vectors: np.ndarray, themes: Sequence[ThemeState], *, weak: bool = False) -> list[Placed]:
    """Where each new unit vector (n, 384) belongs. Old insights never move.

    With `weak` each goes to the nearest theme, however far; where that is too far to belong, its confidence is below
    WEAK.
    """
    if not themes or not len(vectors):
        return [Placed(None, None, 0.0)] * len(vectors)
    themes = sorted(themes, key=lambda theme: theme.id)
    best, sure = _placed(vectors, np.arange(len(vectors)), themes, weak=weak)
    subs: dict[int, str] = {}
    for at, theme in enumerate(themes):
        members = np.flatnonzero(best == at)
        if theme.subs and len(members):
            parts = sorted(theme.subs, key=lambda sub: sub.id)
            found = _placed(vectors, members, parts)[0]
            subs.update((row, parts[sub].id) for row, sub in zip(members.tolist(), found, strict=True) if sub >= 0)
    return [
        Placed(themes[at].id, subs.get(row), round(float(chance), 4)) if at >= 0 else Placed(None, None, 0.0)
        for row, (at, chance) in enumerate(zip(best, sure, strict=True))
    ]


def examples(vectors: np.ndarray, ids: Sequence[str]) -> np.ndarray:
    """The vectors of at most 50 of a theme's members, chosen by their ids: what `ThemeState.examples` takes."""
    return vectors[sorted(range(len(ids)), key=lambda at: text_hash(ids[at]))[:EXAMPLES]]


def may_join(vectors: np.ndarray, themes: Sequence[ThemeState]) -> np.ndarray:
    """The positions of the unit vectors (n, 384) that are near enough to some theme's centre to be placed at all: for
    most of what waits nothing else is looked at, and no theme needs `examples`."""
    if not themes:
        return np.zeros(0, np.int64)
    units, needed = np.stack([theme.centroid for theme in themes]), [theme.tightness for theme in themes]
    return placing.within(lambda at: vectors[at], len(vectors), units, placing.needed_cosine(np.array(needed)))


def _placed(
    vectors: np.ndarray, rows: np.ndarray, themes: Sequence[ThemeState], *, weak: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The position of the nearest theme, -1 where it is too far for that theme, and the confidence."""
    units = np.stack([theme.centroid for theme in themes])
    known = [theme.examples for theme in themes if theme.examples is not None and len(theme.examples)]
    best, own, sure = placing.nearest(
        lambda at: vectors[at], rows, units, examples=known if len(known) == len(themes) else ()
    )
    fits = own >= placing.needed_cosine(np.array([theme.tightness for theme in themes])[best])
    if weak:
        return best, np.where(fits, sure, np.minimum(sure, WEAK - 0.01))
    return np.where(fits, best, -1), sure


def propose(
    texts: Sequence[str],
    vectors: np.ndarray,
    themes: Sequence[ThemeState],
    *,
    placed: int,
    ids: Sequence[str],
    labels: Sequence[str] | None = None,
    accounts: Sequence[str] | None = None,
    private: frozenset[str] = frozenset(),
) -> Discovery:
    """New themes among texts that wait. Nothing is decided: a person or a policy accepts them.

    A found theme whose centre is that of a known one is no news; its texts go on waiting. How many texts make a theme
    depends on how many there are in all, not on how many wait: `placed` are in themes already.
    """
    least = graph.least_theme_size(len(texts) + placed)
    given = grouping.prepared(texts, vectors, ids, labels, accounts, private)
    found = _discovered(given, least, budget=False, taken=[theme.name for theme in themes])
    known = [theme.centroid for theme in themes]
    fresh = [
        at
        for at, theme in enumerate(found.themes)
        if not known or np.max(np.stack(known) @ theme.centroid) < SAME_THEME
    ]
    rank = {at: place for place, at in enumerate(fresh)}
    assignments = tuple(
        replace(one, theme=rank[one.theme]) if one.theme in rank else Assignment(one.id, None, 0.0)
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
        subs = [{"name": sub.name, "keywords": list(sub.keywords), "size": sub.size} for sub in theme.subs]
        told = {"theme": index, "name": theme.name, "keywords": list(theme.keywords), "size": theme.size}
        yield told | ({"subs": subs} if subs else {})


def _row_problem(row: Any) -> str:
    if isinstance(row, dict) and isinstance(row.get("problem"), str):
        return str(row["problem"])  # it could not even be read as a row
    if not isinstance(row, dict):
        return "This line is not a JSON object. Give one object a line, with id and text."
    if not isinstance(row.get("id"), str | int) or isinstance(row.get("id"), bool):
        return "This line has no id. Give every object an id of its own."
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        return "This line has no text. Give every object a text."
    return ""


def _divided(
    given: grouping.Input, ratio: float, *, parent: str = "", taken: Sequence[str] = ()
) -> tuple[np.ndarray, tuple[FoundTheme, ...], int]:
    """Each text's part, -1 for none; the parts, at least two or none; and how many texts are missing to tell."""
    nothing = np.full(len(given.texts), -1)
    least = max(graph.least_theme_size(len(given.texts)), round(PART_SHARE * len(given.texts)))

    def parts(texts: Sequence[str], vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return graph.GraphClusterer(weights, ratio=ratio, least=least).fit(vectors).labels_

    groups, needs = grouping.grouped(given, parts, least)
    if len(set(groups.tolist()) - {-1}) < 2:
        return nothing, (), needs
    groups, order = grouping.ranked(groups, given.ids)
    units, tightness = placing.centres(given.plain, groups, len(order))
    own, _ = placing.chosen(given.plain, groups, units)
    keywords = topic_model.keywords(given.texts, groups, len(order))
    return (
        groups,
        tuple(_described(given, groups, groups, own, keywords, units, tightness, parent=parent, taken=taken)),
        needs,
    )


def _discovery(
    ids: Sequence[str], themes: Sequence[FoundTheme], groups: np.ndarray, sure: np.ndarray, subs: np.ndarray | None,
    needs: int,
) -> Discovery:  # fmt: skip
    parts = np.full(len(groups), -1) if subs is None else subs
    assignments = tuple(
        Assignment(id_, theme if theme >= 0 else None, round(chance, 4), sub if sub >= 0 else None)
        for id_, theme, chance, sub in zip(ids, groups.tolist(), sure.tolist(), parts.tolist(), strict=True)
    )
    return Discovery(assignments, tuple(themes), needs)


def _described(
    given: grouping.Input, firm: np.ndarray, groups: np.ndarray, own: np.ndarray, keywords: Sequence[Sequence[str]],
    units: np.ndarray, tightness: np.ndarray, *, parent: str = "", taken: Sequence[str] = (),
) -> list[FoundTheme]:  # fmt: skip
    """Themes of groups 0, 1, 2 …, named unlike those `taken`; `own` is each text's cosine to its centre."""
    typical = [
        nsmallest(
            TYPICAL, np.flatnonzero(firm == n).tolist(), key=lambda at: (-own[at], given.texts[at], given.ids[at])
        )
        for n in range(len(units))
    ]
    names = naming.names(
        [[given.texts[at] for at in places] for places in typical],
        keywords,
        _of(given.labels, typical),
        accounts=_of(given.accounts, typical),
        parents=[parent] * len(typical) if parent else None,
        taken=taken,
        private=given.private,
    )
    sizes = np.bincount(groups[groups >= 0], minlength=len(units)).tolist()
    return [
        FoundTheme(
            name=names[n],
            keywords=tuple(keywords[n]),
            centroid=units[n],
            tightness=float(tightness[n]),
            size=sizes[n],
            representatives=tuple(given.ids[at] for at in _different(places, given.texts)),
        )
        for n, places in enumerate(typical)
    ]


def _of(values: Sequence[str] | None, groups: Sequence[Sequence[int]]) -> list[list[str]] | None:
    return None if values is None else [[values[at] for at in places] for places in groups]


def _different(places: Sequence[int], texts: Sequence[str]) -> list[int]:
    """The most typical places whose texts are not the same."""
    chosen: dict[str, int] = {}
    for at in places:
        chosen.setdefault(folding.normalised(texts[at]), at)
        if len(chosen) == REPRESENTATIVES:
            break
    return list(chosen.values())

"""The quotes that stand for a theme, wherever one is shown: typical, readable, from different accounts."""

from collections.abc import Collection

import numpy as np
from sqlite_utils import Database

from insights import quotable, typical
from pipelines.store import insights, themes, vectors
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

CANDIDATES = 300
OF_AN_ACCOUNT = 3


def representatives(db: Database, filters: Filters, *, limit: int = 6) -> list[Quote]:
    """The few of the matching quotes that say best what a theme (`filters.theme`) is about.

    Where there is nothing to compare, because a competitor's mention is but its name, they are the surest ones.
    """
    shapes = themes.shapes(db, [int(filters.theme)]) if filters.theme.isdigit() else {}
    if not shapes:
        return _quotes(db, insights.surest(db, filters, limit=limit))
    [(centre, _)] = shapes.values()
    return _typical(db, insights.surest(db, filters, an_account=OF_AN_ACCOUNT, limit=CANDIDATES), centre, limit)


def among(db: Database, insight_ids: Collection[str], *, limit: int = 3) -> list[Quote]:
    """The few of these insights that say best what they have in common."""
    return _typical(db, sorted(insight_ids)[:CANDIDATES], None, limit)


def _typical(db: Database, ids: Collection[str], centre: np.ndarray | None, limit: int) -> list[Quote]:
    rows, found = vectors.of_insights(db, vectors.encoder(db), ids)
    if not rows:
        return _quotes(db, sorted(ids)[:limit])
    chosen = typical.representatives(
        [row["text"] for row in rows], found, ids=[row["id"] for row in rows],
        accounts=[row["account"] for row in rows], voices=[row["voice"] for row in rows],
        whole=[quotable.is_sentence(row["text"], row["before"], row["after"]) for row in rows], centroid=centre, most=limit,
    )  # fmt: skip
    return _quotes(db, chosen)


def _quotes(db: Database, ids: Collection[str]) -> list[Quote]:
    return [quote for one in ids if (quote := insights.get(db, one))]

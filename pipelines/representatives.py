"""The quotes that stand for a theme, wherever one is shown: typical, readable, from different accounts."""

import numpy as np
from sqlite_utils import Database

from insights import typical
from pipelines.store import insights, themes, vectors
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

CANDIDATES = 300
OF_AN_ACCOUNT = 3


def representatives(db: Database, filters: Filters, *, limit: int = 6) -> list[Quote]:
    """The few of the matching quotes that say best what a theme (`filters.theme`) is about.

    Where there is nothing to compare, because a competitor's mention is but its name, they are the surest ones.
    """
    ids = insights.surest(db, filters, an_account=OF_AN_ACCOUNT, limit=CANDIDATES)
    shapes = themes.shapes(db, [int(filters.theme)]) if filters.theme.isdigit() else {}
    rows, found = vectors.of_insights(db, vectors.encoder(db), ids)
    if not shapes or not rows:
        chosen = insights.surest(db, filters, limit=limit)
    else:
        [(centre, _)] = shapes.values()
        chosen = typical.representatives(
            [row["text"] for row in rows], np.asarray(found), ids=[row["id"] for row in rows],
            accounts=[row["account"] for row in rows], voices=[row["voice"] for row in rows], centroid=centre, most=limit,
        )  # fmt: skip
    return [quote for one in chosen if (quote := insights.get(db, one))]

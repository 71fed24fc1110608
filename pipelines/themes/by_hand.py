"""What a person needs who sorts quotes by hand: the theme nearest to each, themes alike, a new theme of chosen
quotes."""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from sqlite_utils import Database

from insights import themes as rules
from insights.ledger_rules import Unfit
from insights.records import Kind, stable_id
from pipelines.discover import states, with_examples
from pipelines.store import theme_events, themes, vectors
from pipelines.themes import ledger
from pipelines.themes.ledger import Made, NamedByCatalogue, NewPart, NewTheme

MOST_ALIKE = 5


def nearest(db: Database, kind: Kind, insights: Collection[str]) -> dict[str, tuple[int, float]]:
    """Insight id → (the theme or sub-theme that it is nearest to, how well it would fit), where there is one."""
    rows, found = vectors.of_insights(db, vectors.encoder(db), insights)
    known = with_examples(db, kind, vectors.encoder(db), states(db, kind, sized=False))
    placed = rules.assign(found, known, weak=True)
    return {
        row["id"]: (int(at.sub or at.theme), at.confidence)
        for row, at in zip(rows, placed, strict=True)
        if at.theme is not None
    }


def alike(db: Database, theme_id: int, others: Collection[int]) -> list[int]:
    """Of these other themes the few that sound most like one, the most alike first."""
    shapes = themes.shapes(db, {theme_id, *others})
    if theme_id not in shapes:
        return []
    own = shapes.pop(theme_id)[0]
    near = {other: float(np.dot(own, centre)) for other, (centre, _) in shapes.items()}
    return sorted(near, key=lambda other: (-round(near[other], 4), other))[:MOST_ALIKE]


def gather(
    db: Database, insights: Collection[str], name: str, *, now: str, actor: str, reason: str = ""
) -> Made:  # fmt: skip
    """Make a theme of quotes that wait. Raises Unfit, NameTaken, NamedByCatalogue."""
    name = ledger.proper_name(name)
    with db.atomic():
        at, kinds = theme_events.places(db, insights), theme_events.kinds_of(db, insights)
        if not insights:
            raise Unfit("No quote was named.")
        if len(at) < len(set(insights)) or any(theme is not None for theme in at.values()):
            raise Unfit("Some of these quotes do not wait any more. Load the page again.")
        if len(kinds) > 1:
            raise Unfit("An objection and a question cannot be in one theme.")
        kind = kinds.pop()
        if kind == "competitor":
            raise NamedByCatalogue
        ledger.free_name(db, name, kind)
        rows, found = vectors.of_insights(db, vectors.encoder(db), at)
        label = Counter(sorted(row["label"] for row in rows)).most_common(1)
        theme = NewTheme(name, label[0][0] if label else "", (), _shape(db, found), dict.fromkeys(at, 1.0))
        return ledger.create(db, kind, theme, now=now, actor=actor, reason=reason)


def seen(parts: Sequence[NewPart]) -> str:
    """What a preview of a split showed, so that a later answer to it can be told from one to something else."""
    return stable_id(*(stable_id(*part.insights) for part in parts))


def _shape(db: Database, found: np.ndarray) -> int | None:
    if not len(found):
        return None
    mean = found.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    return theme_events.add_shape(db, (mean / max(length, 1e-12)).astype(np.float32), round(length, 4), ())

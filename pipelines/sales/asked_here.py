"""Questions that colleagues were asked from "What do I send?", found again by what they mean.

What one would get wrong: a question stands in a sentence of ours ("What do I send to a buyer who says: “…”?"), which
every other has too; what is compared is what the buyer said.
"""

import re
from collections.abc import Sequence

import numpy as np
from sqlite_utils import Database

from pipelines.quotes import meanings
from pipelines.sales.answer_replies import ALIKE
from pipelines.store import comments
from pipelines.store.comments import Comment

PLACE = "/answers"
MOST = 200  # the newest, that are compared
_QUOTED = re.compile(r"“(.+)”", re.DOTALL)


def like(db: Database, asked: Sequence[str]) -> list[tuple[Comment, ...]]:
    """For each thing that is asked the questions like it, those that were answered first, then the most alike."""
    found = comments.at(db, PLACE)[::-1][:MOST]
    if not found or not asked:
        return [() for _ in asked]
    near = np.stack([meanings.asked(one) for one in asked]) @ np.stack([meanings.asked(said(one)) for one in found]).T
    return [
        tuple(one for fit, one in sorted(zip(row, found, strict=True), key=lambda pair: (not answered(pair[1]), -pair[0])) if fit >= ALIKE)
        for row in near
    ]  # fmt: skip


def said(one: Comment) -> str:
    """What the buyer said, of a question to a colleague."""
    quoted = _QUOTED.search(one.words)
    return quoted[1] if quoted else one.words


def answered(one: Comment) -> bool:
    """Whether a colleague answered it."""
    return bool(one.answers) or one.closed is not None

"""The page that shows two themes side by side before they become one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from api.views.themes.known import Known, existing, typical
from api.views.themes.places import Groups, partners
from pipelines.store import theme_lists
from pipelines.store.insights import Quote
from pipelines.store.theme_lists import Reach
from pipelines.store.themes import Theme
from pipelines.themes import editing, ledger
from pipelines.themes.ledger import MergePreview


@dataclass(frozen=True, slots=True)
class MergePage:
    """Two themes side by side before they become one; `preview` is None while the other is not chosen."""

    theme: Theme
    partners: Groups
    preview: MergePreview | None
    sides: tuple[tuple[Known, tuple[Quote, ...]], ...]
    versions: Mapping[int, int]


def page(db: Database, theme_id: int, other: int | None) -> MergePage:
    """Raises UnknownTheme, and what the merge itself would."""
    known = existing(db, theme_id)
    if other is None:
        return MergePage(theme=known, partners=partners(db, known), preview=None, sides=(), versions={})
    preview = ledger.preview_merge(db, theme_id, [other])
    reaches = theme_lists.reaches(db)
    sides = tuple(
        (Known(one, reaches.get(one.id, Reach())), typical(db, one)) for one in (preview.into, *preview.others)
    )
    return MergePage(
        theme=known,
        partners=(),
        preview=preview,
        sides=sides,
        versions={side.theme.id: editing.version(db, side.theme.id) for side, _ in sides},
    )

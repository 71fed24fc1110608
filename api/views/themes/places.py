"""Where quotes can be put, and what a theme can become one with."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.views.themes.lines import Told
from pipelines.discover import BY_MEANING
from pipelines.store import theme_events, themes
from pipelines.store.filters import Filters
from pipelines.store.themes import Theme
from pipelines.themes import by_hand

Targets = tuple[tuple[int, str], ...]  # themes by id and name
Groups = tuple[tuple[str, Targets], ...]


@dataclass(frozen=True, slots=True)
class Moving:
    """What the page of quotes needs to put ticked ones elsewhere: `targets` are empty where they cannot be moved."""

    theme: Theme | None
    targets: Targets
    told: tuple[Told, ...]
    since: int


def moving(db: Database, filters: Filters, told: tuple[Told, ...]) -> Moving:
    """Quotes of one theme can be put into another of its kind; those of competitors follow their names."""
    found = themes.get(db, int(filters.theme)) if filters.theme.isdigit() else None
    known = (final(db, found) or found) if found else None
    free = known is not None and known.kind in BY_MEANING and not known.pinned
    return Moving(
        theme=known,
        targets=targets(db, known.kind, but=known.id) if known and free else (),
        told=told,
        since=theme_events.last(db),
    )


def targets(db: Database, kind: str, *, but: int = 0) -> Targets:
    """Where quotes can be put: active themes and sub-themes that are not pinned, by name."""
    known = {one.id: one for one in themes.all_of(db, kind) if one.status == "active"}
    named = [
        (one.id, f"{known[one.parent].name} › {one.name}" if one.parent in known else one.name)
        for one in known.values()
        if one.id != but and not one.pinned and not (one.parent in known and known[one.parent].pinned)
    ]
    return tuple(sorted(named, key=lambda one: (one[1].casefold(), one[0])))


def partners(db: Database, theme: Theme) -> Groups:
    """The themes that this one can be merged with, those that sound most alike first, in named groups."""
    if theme.kind not in BY_MEANING or theme.status != "active":
        return ()
    names = dict(targets(db, theme.kind, but=theme.id))
    names.pop(theme.parent or 0, None)
    near = [(other, names[other]) for other in by_hand.alike(db, theme.id, names.keys())]
    return tuple(group for group in (("Most alike", tuple(near)), ("All, by name", tuple(names.items()))) if group[1])


def final(db: Database, theme: Theme) -> Theme | None:
    """Where a merged theme's quotes are now."""
    seen: set[int] = set()
    at: Theme | None = theme
    while at is not None and at.into is not None and at.id not in seen:
        seen.add(at.id)
        at = themes.get(db, at.into)
    return at if seen else None

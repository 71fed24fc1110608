"""Changes of themes by somebody who saw them a while ago: what was done meanwhile is told before anything is lost.

A theme's version is the number of the last event that people or policies made of it. What one would get wrong: quotes
that join, and mentions that follow their name, are the everyday and make no version; nor does what was undone again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlite_utils import Database

from insights.ledger_rules import LedgerError
from pipelines.store import theme_events, themes
from pipelines.store.theme_events import Recorded
from pipelines.themes.ledger import UnknownTheme

# What does not touch a wish: a theme can be renamed whatever was pinned or moved (the rules refuse it while it is pinned).
BESIDE: Mapping[str, frozenset[str]] = {
    "rename": frozenset({"move", "pin", "unpin"}),
    "restore": frozenset({"move", "pin", "unpin"}),
    "pin": frozenset({"pin"}),
    "unpin": frozenset({"unpin", "move"}),
}
DOORS = {
    "web page": "on a web page", "terminal": "on the terminal", "api": "over the HTTP interface",
    "parley": "by Parley itself",
}  # fmt: skip


class ChangedSince(LedgerError):
    """A theme was changed after somebody looked at it and before they changed it. `events` are what was done, the
    oldest first, `versions` those of the themes now, `last` the ledger's newest event."""

    def __init__(self, names: Sequence[str], events: Sequence[Recorded], versions: Mapping[int, int], last: int):
        self.events, self.versions, self.last = tuple(events), dict(versions), last
        actors = " and ".join(dict.fromkeys(by(event.actor) for event in events))
        what = " and ".join(f"“{name}”" for name in names) or "Some of these quotes"
        was = "was" if len(names) == 1 else "were"
        super().__init__(
            f"{what} {was} changed meanwhile, {actors}. Nothing was done: look at what changed, then decide again."
        )


def by(actor: str) -> str:
    """Who changed something, or through which door where nobody is named."""
    return DOORS.get(actor, f"by {actor}")


def version(db: Database, theme_id: int) -> int:
    """The version of a theme, 0 where nothing was ever done to it."""
    found = theme_events.after(db, theme_id, 0)
    return found[-1].id if found else 0


def checked(
    db: Database, act: str, saw: Mapping[int, int], change: Callable[[], int | None], *,
    already: Callable[[], bool] | None = None,
    quotes: Collection[str] = (), since: int | None = None,
) -> int | None:  # fmt: skip
    """Make a change of themes that were seen at these versions, in one transaction with looking whether they still are.

    `act` is the type of event that the change makes. `already` says that what is wanted is so by now: then nothing is
    done. `quotes` are to be moved by somebody who saw them after event `since`. Raises ChangedSince, and what the
    change raises.
    """
    with db.atomic():
        if already and already():
            return None
        events = {
            event.id: event
            for theme, seen in saw.items()
            for event in _matter(theme_events.after(db, theme, seen), act)
        }
        moved = theme_events.moved_since(db, quotes, since) if since is not None else []
        events |= {event.id: event for event in moved}
        if events:
            changed = [theme for theme, seen in saw.items() if _matter(theme_events.after(db, theme, seen), act)]
            found = [themes.get(db, theme) for theme in changed]
            now = {theme: version(db, theme) for theme in saw}
            ordered = [events[number] for number in sorted(events)]
            raise ChangedSince([theme.name for theme in found if theme], ordered, now, theme_events.last(db))
        return change()


def is_named(db: Database, theme_id: int, name: str) -> bool:
    """Whether a theme has this name already, whatever spaces were typed. Raises UnknownTheme."""
    known = themes.get(db, theme_id)
    if known is None:
        raise UnknownTheme(theme_id)
    return known.name == " ".join(name.split())


def _matter(events: Sequence[Recorded], act: str) -> list[Recorded]:
    there = {event.id for event in events}
    undone = {event.id for event in events if event.undone_by in there}
    standing = [event for event in events if event.id not in undone and event.undoes not in undone]
    return [event for event in standing if event.event.type not in BESIDE.get(act, ())]

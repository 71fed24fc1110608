"""What people do to themes: rename, merge, split, move, pin, retire, restore, and take any of it back.

Each is one event in one transaction, by the rules of `insights.ledger_rules`. What it would change can be asked before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlite_utils import Database

from insights import ledger_rules, placing
from insights.errors import InsightsError
from insights.ledger_rules import LedgerError, Move, Part, Standing, Superseded, Unfit
from pipelines.store import proposals, theme_events, themes, vectors
from pipelines.store.theme_events import Recorded
from pipelines.store.themes import Theme

LONGEST_NAME = 120


class UnknownTheme(InsightsError):
    """No theme has this id."""

    def __init__(self, theme_id: int):
        super().__init__(f"There is no theme {theme_id}. See the list of themes for the numbers that there are.")


class UnknownEvent(InsightsError):
    """No event has this number."""

    def __init__(self, event_id: int):
        super().__init__(f"There is no event {event_id} in the history. See the history of the theme.")


class NameTaken(LedgerError):
    """Two active themes of one kind cannot have one name."""

    def __init__(self, name: str, theme_id: int):
        super().__init__(f"Theme {theme_id} is called “{name}” already. Choose another name, or merge the two.")


class NamedByCatalogue(LedgerError):
    """Competitors' themes follow the catalogue of names."""

    def __init__(self) -> None:
        super().__init__(
            "A competitor's quotes follow its name. Join or rename competitors in their catalogue instead."
        )


class UndoneAlready(LedgerError):
    """An event that was taken back before. `event` is the one that took it back, where it is known."""

    def __init__(self, event_id: int, event: Recorded | None = None):
        self.event = event
        by = f", by {event.actor} on {event.at[:16].replace('T', ' ')} UTC" if event else ""
        super().__init__(f"Event {event_id} is undone already{by}.")


class Blocked(LedgerError):
    """An event that cannot be undone before others; `events` are those, the newest first."""

    def __init__(self, events: Sequence[Recorded]):
        self.events = tuple(events)
        told = ", ".join(f"{one.id} ({one.event.type})" for one in events[:5])
        super().__init__(f"What it did has been changed since. Undo first: {told or 'the later changes of the theme'}.")


@dataclass(frozen=True, slots=True)
class NewTheme:
    """A theme to be made: the commonest label of its members, what it sounds like (a shape's number), its insights with
    their confidence, and its sub-themes, whose insights are not among its own."""

    name: str
    label: str = ""
    keywords: tuple[str, ...] = ()
    shape: int | None = None
    members: Mapping[str, float] = field(default_factory=dict)
    subs: tuple["NewTheme", ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A new theme's permanent id, and the event that made it."""

    theme: int
    event: int


@dataclass(frozen=True, slots=True)
class NewPart:
    """What is to be taken out of a theme: a name for it, its insights, and what is known of how it sounds. `vague` says
    that the name is a last resort, which says little of them."""

    name: str
    insights: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    vague: bool = False


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would make: quotes, conversations and accounts of all together, and conversations that already have
    more than one of them (they would count once)."""

    into: Theme
    others: tuple[Theme, ...]
    quotes: int
    conversations: int
    accounts: int
    both: int


def create(db: Database, kind: str, theme: NewTheme, *, now: str, actor: str = "parley", reason: str = "") -> Made:
    """Make a theme, with its sub-themes, of waiting insights, as one event."""
    with db.atomic():
        parts: list[Part] = []
        sure: dict[str, float] = {}
        for one in (theme, *theme.subs):
            number = theme_events.reserve(db, kind=kind, label=one.label, now=now)
            parent = parts[0].id if parts else None
            shape = theme_events.add_shape(db, None, 0.0, one.keywords) if one.shape is None else one.shape
            parts.append(Part(number, one.name, tuple(one.members), shape, parent))
            sure |= one.members
        event = theme_events.record(
            db, ledger_rules.create(parts), now=now, actor=actor, reason=reason, confidences=sure
        )
    return Made(parts[0].id, event)


def join(db: Database, placed: Mapping[str, tuple[int, float]], *, now: str, actor: str = "parley") -> None:
    """Put insights that never had a theme into themes: id → (theme or sub-theme, confidence).

    What was worked out may be old by now: insights that are gone or were placed meanwhile, and those of themes that
    were merged or unmade, are passed over; the next run finds them waiting.
    """
    with db.atomic():
        there = theme_events.standing(db, {theme for theme, _ in placed.values()})
        still = theme_events.unplaced(db, placed)
        joining = {
            insight: at
            for insight, at in placed.items()
            if insight in still and there[at[0]].status in ("active", "retired")
        }
        if not joining:
            return
        event = ledger_rules.join({insight: theme for insight, (theme, _) in joining.items()})
        sure = {insight: confidence for insight, (_, confidence) in joining.items()}
        theme_events.record(db, event, now=now, actor=actor, confidences=sure)


def follow(db: Database, moves: Sequence[Move], *, now: str) -> None:
    """Put competitor mentions where the catalogue has their name now."""
    if not moves:
        return
    with db.atomic():
        event = ledger_rules.follow(moves)
        sure = {move.insight: 1.0 for move in moves}
        theme_events.record(db, event, now=now, actor="parley", reason="As the catalogue names them.", confidences=sure)


def rename(db: Database, theme_id: int, name: str, *, now: str, actor: str, reason: str = "") -> int | None:
    """Give a theme another name; the old one stays in its history. None where it has that name already."""
    name = proper_name(name)
    with db.atomic():
        theme = _standing(db, [theme_id])[theme_id]
        if theme.name == name:
            return None
        free_name(db, name, themes.kinds(db, [theme_id])[theme_id], but=theme_id)
        return theme_events.record(db, ledger_rules.rename(theme, name), now=now, actor=actor, reason=reason)


def merge(db: Database, into: int, others: Collection[int], *, now: str, actor: str, reason: str = "") -> int:
    """Put other themes into one; their ids lead to it."""
    with db.atomic():
        standing = _standing(db, {into, *others})
        _same_kind(db, {into, *others})
        _free_above(standing, {into, *others})
        subs = [t for t in standing.values() if t.parent in set(others) and t.status in ("active", "retired")]
        at = theme_events.members(db, others)
        direct = {theme: [i for i, leaf in at.items() if leaf == theme] for theme in others}
        shape = _shape(db, theme_events.members(db, {into, *others}), [into, *sorted(others)])
        parts = [standing[theme] for theme in sorted(others)]
        event = ledger_rules.merge(standing[into], parts, direct, subs=subs, shape=shape)
        return theme_events.record(db, event, now=now, actor=actor, reason=reason)


def preview_merge(db: Database, into: int, others: Collection[int]) -> MergePreview:
    """Raises what `merge` would."""
    standing = _standing(db, {into, *others})
    _same_kind(db, {into, *others})
    _free_above(standing, {into, *others})
    subs = [t for t in standing.values() if t.parent in set(others) and t.status in ("active", "retired")]
    ledger_rules.merge(standing[into], [standing[theme] for theme in sorted(others)], {}, subs=subs)
    found = {theme: themes.get(db, theme) for theme in (into, *others)}
    known = {theme: one for theme, one in found.items() if one}
    return MergePreview(known[into], tuple(known[o] for o in sorted(others)), **themes.reach(db, {into, *others}))


def split(
    db: Database, theme_id: int, parts: Sequence[NewPart], *, promoted: Collection[int] = (), inside: bool = False,
    now: str, actor: str, reason: str = "",
) -> int:  # fmt: skip
    """Take parts out of a theme as themes of their own; it keeps its id, its name and the rest. With `inside` the
    parts become its sub-themes."""
    with db.atomic():
        standing = _standing(db, {theme_id, *promoted})
        kind = _same_kind(db, [theme_id])
        _free_above(standing, [theme_id])
        names = [part.name.casefold().strip() for part in parts]
        if twice := next((part.name for part in parts if names.count(part.name.casefold().strip()) > 1), ""):
            raise Unfit(f"Two parts are called “{twice}”. Give each a name of its own.")
        at = theme_events.members(db, [theme_id])
        made = [_part(db, part, kind, now) for part in parts]
        away = {insight for part in parts for insight in part.insights}
        away |= {insight for insight, leaf in at.items() if leaf in set(promoted)}
        shape = None if inside else _shape(db, at.keys() - away, [theme_id])
        going = [standing[sub] for sub in sorted(promoted)]
        event = ledger_rules.split(standing[theme_id], made, at, promoted=going, inside=inside, shape=shape)
        return theme_events.record(db, event, now=now, actor=actor, reason=reason)


def move(db: Database, insights: Collection[str], to: int | None, *, now: str, actor: str, reason: str = "") -> int:
    """Put insights into another theme or sub-theme, or let them wait until a person places them."""
    with db.atomic():
        at = theme_events.places(db, insights)
        if len(at) < len(set(insights)):
            raise Unfit("Some of these quotes are no longer there. Load the page again.")
        holders = {theme for theme in at.values() if theme is not None}
        standing = _standing(db, holders | ({to} if to is not None else set()))
        _same_kind(db, standing, insights=at)
        _free_above(standing, holders | ({to} if to is not None else set()))
        event = ledger_rules.move(at, standing[to] if to is not None else None, [standing[t] for t in holders])
        return theme_events.record(db, event, now=now, actor=actor, reason=reason, confidences=dict.fromkeys(at, 1.0))


def pin(db: Database, theme_id: int, *, now: str, actor: str, reason: str = "") -> int | None:
    """Hold a theme's name and quotes as they are, but for new ones that join. None where it is pinned already."""
    with db.atomic():
        theme = _standing(db, [theme_id])[theme_id]
        event = ledger_rules.pin(theme)
        return theme_events.record(db, event, now=now, actor=actor, reason=reason) if event.edits else None


def unpin(db: Database, theme_id: int, *, now: str, actor: str, reason: str = "") -> int | None:
    """None where it is not pinned."""
    with db.atomic():
        event = ledger_rules.unpin(_standing(db, [theme_id])[theme_id])
        return theme_events.record(db, event, now=now, actor=actor, reason=reason) if event.edits else None


def retire(db: Database, theme_id: int, *, now: str, actor: str, reason: str = "") -> int:
    """Take a theme out of reports. Its quotes, and new ones like them, stay with it."""
    with db.atomic():
        standing = _standing(db, [theme_id])
        subs = [t for t in standing.values() if t.parent == theme_id and t.status == "active"]
        return theme_events.record(
            db, ledger_rules.retire(standing[theme_id], subs), now=now, actor=actor, reason=reason
        )


def restore(db: Database, theme_id: int, *, now: str, actor: str, reason: str = "") -> int:
    """Bring a retired theme back into reports."""
    with db.atomic():
        standing = _standing(db, [theme_id])
        theme = standing[theme_id]
        if theme.parent is not None and standing[theme.parent].status != "active":
            raise Unfit(f"“{theme.name}” is part of “{standing[theme.parent].name}”, which is retired. Restore that.")
        along = _retired_along(db, theme_id)
        subs = [t for t in standing.values() if t.parent == theme_id and t.status == "retired" and t.id in along]
        number = theme_events.record(db, ledger_rules.restore(theme, subs), now=now, actor=actor, reason=reason)
        _names_free(db, [theme_id, *(sub.id for sub in subs)])
        return number


def undo(db: Database, event_id: int, *, now: str, actor: str, reason: str = "") -> int:
    """Take an event back by the opposite one; return that one's number. Undoing an undo makes the first stand again.

    Raises UnknownEvent, UndoneAlready, Pinned; Blocked names the later events that must be undone first.
    """
    with db.atomic():
        told = theme_events.get(db, event_id)
        if told is None:
            raise UnknownEvent(event_id)
        if told.undone_by is not None:
            raise UndoneAlready(event_id, theme_events.get(db, told.undone_by))
        try:
            event = ledger_rules.undo(told.event, theme_events.book(db, told.event))
        except Superseded as error:
            raise Blocked(theme_events.later(db, told, error.themes, error.insights)) from None
        number = theme_events.record(db, event, now=now, actor=actor, reason=reason, undoes=event_id)
        _names_free(db, {edit.theme for edit in event.edits if edit.field in ("name", "status")})
        # A proposal whose acceptance is undone waits again; undoing that accepts it again.
        proposals.reopen(db, event_id)
        if told.undoes is not None:
            proposals.reaccept(db, told.undoes, now=now, actor=actor)
        return number


def proper_name(name: str) -> str:
    """A name in one line. Raises Unfit where it is empty or too long."""
    proper = " ".join("".join(c for c in name if c.isprintable() or c.isspace()).split())
    if not proper or len(proper) > LONGEST_NAME:
        raise Unfit(f"A theme's name must have 1 to {LONGEST_NAME} characters.")
    return proper


def distinct_name(db: Database, name: str, kind: str, keywords: Sequence[str] = ()) -> str:
    """The name, or, where an active theme of the kind has it, the name with what tells this one apart."""
    taken = {theme.name.casefold() for theme in themes.all_of(db, kind) if theme.status == "active"}
    telling = [f"{name}, {word}" for word in keywords if word.casefold() not in name.casefold()]
    numbered = (f"{name} ({n})" for n in range(2, len(taken) + 3))
    return next(one for one in (name, *telling, *numbered) if one.casefold() not in taken)


def free_name(db: Database, name: str, kind: str, *, but: int = 0) -> None:
    """Raises NameTaken where another active theme of the kind has this name, in whatever case."""
    for theme in themes.all_of(db, kind):
        if theme.status == "active" and theme.id != but and theme.name.casefold() == name.casefold():
            raise NameTaken(theme.name, theme.id)


def _names_free(db: Database, ids: Collection[int]) -> None:
    """Raises NameTaken where one of these themes, of those that are active now, shares its name with another theme.

    Sub-themes are left out: those of different themes may be called alike.
    """
    for theme in sorted(ids):
        found = themes.get(db, theme)
        if found and found.status == "active" and found.parent is None:
            for other in themes.active(db, found.kind):
                if other.id != theme and other.name.casefold() == found.name.casefold():
                    raise NameTaken(other.name, other.id)


def _retired_along(db: Database, theme_id: int) -> set[int]:
    """The themes that the theme's last standing retirement retired: a sub-theme may have been retired before it."""
    retired = [
        one for one in theme_events.of_theme(db, theme_id) if one.event.type == "retire" and one.undone_by is None
    ]
    return {edit.theme for edit in retired[-1].event.edits} if retired else set()


def _free_above(standing: Mapping[int, Standing], ids: Collection[int]) -> None:
    """What goes into or out of a sub-theme goes into or out of the theme above. Raises Pinned."""
    for theme in sorted(ids):
        above = standing[theme].parent
        if above is not None and standing[above].pinned:
            raise ledger_rules.Pinned(standing[above].name)


def _standing(db: Database, ids: Collection[int]) -> dict[int, Standing]:
    found = theme_events.standing(db, ids)
    for theme in sorted(ids):
        if theme not in found or not found[theme].status:
            raise UnknownTheme(theme)
    return found


def _same_kind(db: Database, ids: Collection[int], insights: Collection[str] = ()) -> str:
    """The one kind that these themes and insights are of. Raises Unfit, NamedByCatalogue."""
    kinds = {*themes.kinds(db, ids).values(), *theme_events.kinds_of(db, insights)}
    if "competitor" in kinds:
        raise NamedByCatalogue
    if len(kinds) > 1:
        raise Unfit("An objection and a question cannot be in one theme.")
    return next(iter(kinds), "")


def _part(db: Database, part: NewPart, kind: str, now: str) -> Part:
    name = proper_name(part.name)
    free_name(db, name, kind)
    rows, found = vectors.of_insights(db, vectors.encoder(db), part.insights)
    labels = sorted(row["label"] for row in rows)
    label = max(labels, key=labels.count, default="")
    theme = theme_events.reserve(db, kind=kind, label=label, now=now)
    shape = theme_events.add_shape(db, *_centre(found), part.keywords) if len(found) else None
    return Part(theme, name, part.insights, shape)


def _shape(db: Database, insights: Collection[str], known: Sequence[int]) -> int | None:
    """What a theme sounds like once it holds these insights; keywords in turn from the themes that are known."""
    _, found = vectors.of_insights(db, vectors.encoder(db), insights)
    if not len(found):
        return None
    lists = [theme.keywords for one in known if (theme := themes.get(db, one))]
    rounds = max(map(len, lists), default=0)
    words = dict.fromkeys(words[n] for n in range(rounds) for words in lists if n < len(words))
    return theme_events.add_shape(db, *_centre(found), list(words)[:8])


def _centre(found: np.ndarray) -> tuple[np.ndarray, float]:
    units, tightness = placing.centres(lambda rows: found[rows], np.zeros(len(found), np.int64), 1)
    return units[0], float(tightness[0])

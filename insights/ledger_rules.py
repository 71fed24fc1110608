"""The rules of the theme ledger: what an event changes, and when it can be taken back.

A ledger is a list of events. Each holds the cells that it changed, as they were and as they are: fields of themes, and
where insights belong. What one would get wrong: nothing is ever taken out of the list. To undo is to add the opposite
event, so that it can be undone itself, and an id is never given twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from insights.errors import InsightsError

EventType = Literal[
    "create", "join", "rename", "merge", "split", "move", "pin", "unpin", "retire", "restore", "undo"
]  # fmt: skip
Field = Literal["name", "status", "parent", "into", "pinned", "shape"]
Status = Literal["", "active", "retired", "merged"]
# A theme is first there, and named, then part of another: the order in which cells of one event are shown and written.
FIELDS: tuple[Field, ...] = ("status", "name", "parent", "into", "pinned", "shape")


class LedgerError(InsightsError):
    """A change of themes that cannot be made as asked."""


class Pinned(LedgerError):
    """A pinned theme was to be changed."""

    def __init__(self, name: str):
        super().__init__(f"“{name}” is pinned, so its name and its quotes stay as they are. Unpin it first.")


class NotActive(LedgerError):
    """A theme that is retired, merged or gone was to be changed."""

    def __init__(self, name: str, status: str):
        advice = {"retired": "Restore it first.", "merged": "Change the theme that it was merged into."}
        super().__init__(f"“{name}” is {status or 'no longer there'}. {advice.get(status, '')}".strip())


class Superseded(LedgerError):
    """An event cannot be taken back, because what it did has been changed since. `cells` are the changed ones."""

    def __init__(self, themes: Collection[int], insights: Collection[str]):
        self.themes, self.insights = frozenset(themes), frozenset(insights)
        super().__init__(
            "It cannot be undone by itself: what it did has been changed since. Undo the later change first."
        )


class Unfit(LedgerError):
    """A merge, split or move whose parts do not fit together."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A theme as it stands. Status "" means that it is not there: not made yet, or its making was undone.

    `parent` is the theme that a sub-theme belongs to, `into` the one that a merged theme went into, `shape` the number
    of what it was learnt to sound like (centre, tightness, keywords).
    """

    id: int
    name: str = ""
    status: Status = ""
    parent: int | None = None
    into: int | None = None
    pinned: bool = False
    shape: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of a theme, as it was and as it is."""

    theme: int
    field: Field
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Move:
    """Where one insight belonged and belongs: the id of a theme or sub-theme, or None while it waits."""

    insight: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """What changes together. `about` is the theme that it is told of, None where there are many alike (a join)."""

    type: EventType
    about: int | None
    edits: tuple[Edit, ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def themes(self) -> frozenset[int]:
        """Every theme whose history this event belongs to."""
        moved = {theme for move in self.moves for theme in (move.before, move.after) if theme is not None}
        return frozenset({edit.theme for edit in self.edits} | moved | ({self.about} if self.about else set()))


@dataclass(frozen=True, slots=True)
class Part:
    """A new theme and the insights that begin it. `parent` makes it a sub-theme."""

    id: int
    name: str
    members: tuple[str, ...]
    shape: int | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """All themes and placements at one moment: what a list of events adds up to. Waiting insights are in none."""

    themes: Mapping[int, Standing]
    placed: Mapping[str, int]


def create(parts: Sequence[Part]) -> Event:
    """A theme with its sub-themes, the theme first, made of insights that wait."""
    edits = [edit for part in parts for edit in _begun(part)]
    moves = [Move(insight, None, part.id) for part in parts for insight in part.members]
    return _event("create", parts[0].id, edits, moves)


def join(placed: Mapping[str, int]) -> Event:
    """Insights that waited go where they belong."""
    return _event("join", None, (), [Move(insight, None, theme) for insight, theme in placed.items()])


def follow(moves: Sequence[Move]) -> Event:
    """Competitor mentions go with their name, wherever they are."""
    return _event("move", None, (), moves)


def rename(theme: Standing, name: str) -> Event:
    """Raises Pinned, NotActive."""
    _changeable(theme)
    return _event("rename", theme.id, _edits(theme, name=name))


def merge(
    into: Standing, others: Sequence[Standing], members: Mapping[int, Iterable[str]], *,
    subs: Sequence[Standing] = (), shape: int | None = None,
) -> Event:  # fmt: skip
    """Put other themes into one, which keeps its id and name; theirs stay known and lead to it.

    `members` are the insights directly in each of the others; `subs` all their sub-themes, which it takes over.
    Raises Pinned, NotActive; Unfit where a theme would be merged with itself, or sub-themes would get sub-themes.
    """
    if not others or into.id in {other.id for other in others}:
        raise Unfit("A merge needs at least two different themes.")
    if into.parent is not None and subs:
        raise Unfit("A theme with sub-themes cannot become part of a sub-theme. Merge it with the theme above.")
    if into.parent in {other.id for other in others}:
        raise Unfit("A theme cannot be merged into its own sub-theme. Merge the sub-theme into the theme.")
    edits: list[Edit] = _edits(into, shape=into.shape if shape is None else shape)
    for theme in (into, *others):
        _changeable(theme)
    for other in others:
        edits += _edits(other, status="merged", into=into.id)
    for sub in subs:
        _unpinned(sub)
        edits += _edits(sub, parent=into.id)
    moves = [Move(insight, other.id, into.id) for other in others for insight in members.get(other.id, ())]
    return _event("merge", into.id, edits, moves)


def split(
    theme: Standing, parts: Sequence[Part], members: Mapping[str, int], *, promoted: Sequence[Standing] = (),
    inside: bool = False, shape: int | None = None,
) -> Event:  # fmt: skip
    """Take parts out of a theme, which keeps its id, its name and the rest. `members` are all its insights with the
    theme or sub-theme that each is in; `promoted` are sub-themes that become themes of their own. With `inside` the
    parts become sub-themes: the theme keeps all of its quotes.

    Raises Pinned, NotActive; Unfit where nothing would leave or stay, a part holds what is not the theme's, or
    sub-themes would get sub-themes.
    """
    _changeable(theme)
    if inside and (theme.parent is not None or promoted):
        raise Unfit("A sub-theme cannot have sub-themes of its own. Split it into sub-themes beside it.")
    leaving = [insight for part in parts for insight in part.members]
    away = {sub.id for sub in promoted}
    if len(set(leaving)) < len(leaving) or not members.keys() >= set(leaving):
        raise Unfit("A split can only part what is in the theme, and each quote goes to one part.")
    if any(sub.parent != theme.id for sub in promoted) or any(not part.members for part in parts):
        raise Unfit("Each part of a split must hold something of the theme.")
    staying = [insight for insight, at in members.items() if at not in away and insight not in set(leaving)]
    if not (parts or promoted) or not (staying or inside):
        raise Unfit("A split must leave something in the theme and take something out.")
    edits = _edits(theme, shape=theme.shape if shape is None else shape)
    for part in parts:
        edits += _begun(replace(part, parent=theme.id if inside else theme.parent))
    for sub in promoted:
        _changeable(sub)
        edits += _edits(sub, parent=None)
    moves = [Move(insight, members[insight], part.id) for part in parts for insight in part.members]
    return _event("split", theme.id, edits, moves)


def move(members: Mapping[str, int | None], to: Standing | None, holders: Iterable[Standing] = ()) -> Event:
    """Put insights into another theme, or, where `to` is None, let them wait. `members` tells where each is now.

    `holders` are the themes that they leave. Raises Pinned, NotActive; Unfit where nothing would move.
    """
    for holder in holders:
        _unpinned(holder)
    if to is not None:
        _changeable(to)
    target = to.id if to else None
    moves = [Move(insight, at, target) for insight, at in members.items() if at != target]
    if not moves:
        raise Unfit("These quotes are there already." if members else "No quote was named.")
    left = next((m.before for m in moves if m.before is not None), None)
    return _event("move", target if target is not None else left, (), moves)


def pin(theme: Standing) -> Event:
    """Raises NotActive."""
    _active(theme)
    return _event("pin", theme.id, _edits(theme, pinned=True))


def unpin(theme: Standing) -> Event:
    """Raises NotActive."""
    _active(theme)
    return _event("unpin", theme.id, _edits(theme, pinned=False))


def retire(theme: Standing, subs: Iterable[Standing] = ()) -> Event:
    """Take a theme and its sub-themes out of reports; their quotes stay in them. Raises Pinned, NotActive."""
    _active(theme)
    for one in (theme, *subs):
        _unpinned(one)
    return _event("retire", theme.id, [edit for one in (theme, *subs) for edit in _edits(one, status="retired")])


def restore(theme: Standing, subs: Iterable[Standing] = ()) -> Event:
    """Raises NotActive where the theme is not retired."""
    if theme.status != "retired":
        raise NotActive(theme.name, theme.status)
    return _event("restore", theme.id, [edit for one in (theme, *subs) for edit in _edits(one, status="active")])


def undo(event: Event, book: Book) -> Event:
    """The opposite of an event. Whatever joined a theme since that thereby is no longer there goes where the theme came
    from: back to the theme that was split, or to those that wait; where the theme is merged again, into what it merges.

    `book` must hold the event's themes, the themes above them, every theme that refers to one, and what belongs to
    them. Raises Pinned; Superseded where a cell is no longer as the event left it, another theme depends on what would
    be gone, or what would go back has no place to go to.
    """
    changed = {edit.theme for edit in event.edits if getattr(book.themes[edit.theme], edit.field) != edit.after}
    moved = {move.insight for move in event.moves if book.placed.get(move.insight) != move.after}
    gone = {edit.theme for edit in event.edits if edit.field == "status" and edit.before == "" and edit.after != ""}
    depending = {t.id for t in book.themes.values() if t.status and t.id not in gone and {t.parent, t.into} & gone}
    if event.moves or any(edit.field != "pinned" for edit in event.edits):
        moved_in = {t for one in event.moves for t in (one.before, one.after) if t is not None}
        for theme in sorted(event.themes | {top(t, book.themes) for t in moved_in}):
            _unpinned(book.themes[theme])
    if changed or moved or depending:
        raise Superseded(changed | depending, moved)
    edits = [Edit(edit.theme, edit.field, edit.after, edit.before) for edit in reversed(event.edits)]
    moves = [Move(move.insight, move.after, move.before) for move in event.moves]
    home = event.about if event.about not in gone else None
    own = {move.insight for move in moves}
    into = {edit.theme: edit.before for edit in event.edits if edit.field == "into" and edit.before is not None}
    left = dict.fromkeys(gone, home) | into
    moves += [Move(i, at, left[at]) for i, at in sorted(book.placed.items()) if at in left and i not in own]
    opposite = _event("undo", event.about, edits, moves)
    if homeless := _homeless(applied(book, opposite), opposite):
        raise Superseded(homeless, ())
    return opposite


def _homeless(book: Book, event: Event) -> set[int]:
    """Themes that would take in quotes or sub-themes but are no longer there to do so."""
    there = {theme.id for theme in book.themes.values() if theme.status in ("active", "retired")}
    tops = {theme for theme in there if book.themes[theme].parent is None}
    wanted = {move.after for move in event.moves if move.after is not None}
    parents = {parent for theme in there if (parent := book.themes[theme].parent) is not None}
    return (wanted - there) | (parents - tops)


def applied(book: Book, event: Event) -> Book:
    """The book after an event. Raises Superseded where it does not find what it was made for."""
    themes, placed = dict(book.themes), dict(book.placed)
    for edit in event.edits:
        theme = themes.get(edit.theme, Standing(edit.theme))
        if getattr(theme, edit.field) != edit.before:
            raise Superseded({edit.theme}, ())
        themes[edit.theme] = replace(theme, **{edit.field: edit.after})
    for one in event.moves:
        if placed.get(one.insight) != one.before:
            raise Superseded((), {one.insight})
        placed.pop(one.insight, None)
        if one.after is not None:
            placed[one.insight] = one.after
    return Book(themes, placed)


def top(theme: int, themes: Mapping[int, Standing]) -> int:
    """The theme that a theme or sub-theme counts for."""
    parent = themes[theme].parent if theme in themes else None
    return theme if parent is None else parent


def _event(type: EventType, about: int | None, edits: Iterable[Edit], moves: Iterable[Move] = ()) -> Event:
    return Event(type, about, tuple(edits), tuple(sorted(moves, key=lambda move: move.insight)))


def _edits(theme: Standing, **values: Any) -> list[Edit]:
    """What it takes to give a theme these values: nothing for those that it has."""
    return [
        Edit(theme.id, field, getattr(theme, field), values[field])
        for field in FIELDS
        if field in values and getattr(theme, field) != values[field]
    ]


def _begun(part: Part) -> list[Edit]:
    return _edits(Standing(part.id), status="active", name=part.name, parent=part.parent, shape=part.shape)


def _active(theme: Standing) -> None:
    if theme.status != "active":
        raise NotActive(theme.name, theme.status)


def _changeable(theme: Standing) -> None:
    _active(theme)
    _unpinned(theme)


def _unpinned(theme: Standing) -> None:
    if theme.pinned:
        raise Pinned(theme.name)

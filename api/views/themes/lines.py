"""What was done to themes, as lines with who, when and the button that takes each back; the words are
`theme_history`'s."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from api.views.themes.cards import card
from api.wording import theme_history, words
from pipelines.store import proposals as store
from pipelines.store import reviews, theme_events, theme_lists, themes
from pipelines.store.remembered import per_state
from pipelines.store.theme_events import Recorded
from pipelines.store.themes import Theme
from pipelines.themes.ledger import Blocked, UndoneAlready


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was done, and the form that takes it back: `action` is "" where nothing does."""

    text: str
    action: str = ""
    label: str = "Undo"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a history. `address` is the page that says more, "" where there is none; `undo` is what the button
    says, "" where there is none; `undone` that it was taken back."""

    id: int
    at: str
    text: str
    actor: str
    reason: str
    undo: str
    undone: bool
    theme: int | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """Why nothing was changed, the events that must be undone first, and the way back."""

    sentence: str
    first: tuple[Line, ...]
    back: str


def problem(db: Database, error: Exception, back: str) -> ProblemPage:
    blocking: Sequence[Recorded] = error.events if isinstance(error, Blocked) else ()
    sentence = str(error)
    if blocking:
        sentence = "It cannot be undone yet, because what it did has been changed since. Undo first, in this order:"
    if isinstance(error, UndoneAlready) and error.event:
        blocking = (error.event,)
        sentence = "Somebody has undone it already. To have it stand again, redo it:"
    return ProblemPage(sentence, lines(db, blocking), back)


def done(db: Database, numbers: Sequence[int], dismissed: Sequence[int] = ()) -> tuple[Told, ...]:
    """What was done just now, by the numbers of events and of dismissed proposals, with what takes it back."""
    recorded = [told for told in (theme_events.get(db, number) for number in numbers) if told]
    said = [
        Told(line.text, f"/themes/events/{line.id}/undo" if line.undo else "", line.undo or "Undo")
        for line in lines(db, recorded)
    ]
    for number in dismissed:
        found = store.get(db, number)
        if found is not None and found.status == "dismissed":
            said.append(Told(f"Dismissed: {card(db, found).title}", f"/themes/proposals/{number}/reopen"))
    return tuple(said)


@per_state
def history(db: Database, theme: Theme) -> tuple[Line, ...]:
    """Everything that happened to a theme, the newest first; what joined on one day is one line."""
    found = theme_events.of_theme(db, theme.id)
    family = [theme.id, *(sub.id for sub in themes.all_of(db, theme.kind) if sub.parent == theme.id)]
    flows = theme_lists.flows(db, [told.id for told in found if told.event.type == "join"])
    joins: dict[str, int] = {}
    for told in found:
        if told.event.type == "join" and told.undone_by is None:
            joins[told.at[:10]] = joins.get(told.at[:10], 0) + sum(
                f.quotes for f in flows[told.id] if f.after in family
            )
    kept: list[Line] = []
    plain = {told.id for told in found if told.event.type == "join" and told.undone_by is None}
    for line in lines(db, list(reversed(found)), family=family):
        if line.id not in plain:
            kept.append(line)
        elif (count := joins.pop(line.at[:10], 0)) > 0:
            kept.append(replace(line, at=line.at[:10], text=f"{words.plural(count, 'quote')} joined"))
    for said in reviews.rejected_in(db, theme.id):
        place = next((n for n, line in enumerate(kept) if line.at <= said["at"]), len(kept))
        kept.insert(place, _denied(said, theme.kind))
    return tuple(kept)


def _denied(said: dict, kind: str) -> Line:
    """That somebody said of quotes that they are none: they are in no figure, and the quote's page takes it back."""
    text = f"{words.plural(said['quotes'], 'quote')} left out: not {words.a(kind)}"
    return Line(0, said["at"], text, said["actor"], "", "", False, None, f"/quotes/{said['quote']}")


def lines(db: Database, found: Sequence[Recorded], *, family: Collection[int] = ()) -> tuple[Line, ...]:
    """Events as lines of a history: as the theme tells it that `family` names (its id first, then its sub-themes'), or,
    where that is empty, as everybody does."""
    names = theme_lists.names(db)
    by_id = {told.id: told for told in found}

    def root(told: Recorded) -> tuple[Recorded, int]:
        """The event that a chain of undoing began with, and how long the chain is."""
        length = 0
        while told.undoes is not None:
            before = by_id.get(told.undoes) or theme_events.get(db, told.undoes)
            if before is None:
                break
            told, length = before, length + 1
        return told, length

    roots = {told.id: root(told) for told in found}
    flows = theme_lists.flows(db, {first.id for first, _ in roots.values()})

    def line(told: Recorded) -> Line:
        first, length = roots[told.id]
        tell = theme_history.took_back if length % 2 else theme_history.sentence
        text = tell(first, names, flows[first.id], family=family)
        if length and length % 2 == 0:
            text = f"{text}, again"
        undo = "" if told.undone_by is not None or told.event.about is None else "Undo" if length % 2 == 0 else "Redo"
        return Line(
            told.id, told.at, text, told.actor, told.reason, undo, told.undone_by is not None,
            next(iter(sorted(told.event.themes)), None) if told.event.about is None else told.event.about,
        )  # fmt: skip

    return tuple(line(told) for told in found)

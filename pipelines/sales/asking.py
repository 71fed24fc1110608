"""Requests for a page that nothing of ours stands for yet: an entry on the content plan with the asker's name."""

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.planning import cells
from pipelines.store import asks
from pipelines.store import plan as notes
from pipelines.store.asks import Ask

LONGEST_WORDS = 1000


class UnknownAsk(InsightsError):
    """A request that is not there, or was taken back."""

    def __init__(self, number: object):
        super().__init__(f"There is no request {number} to undo: it was undone already, or never made.")


class NothingAsked(InsightsError):
    """A question without words."""

    def __init__(self) -> None:
        super().__init__(
            "Say what the buyer said, in a few words: what they object to, ask, or whom they compare us with."
        )


def known(db: Database, words: str) -> Ask | None:
    """The standing request for the same words, if there is one."""
    return asks.same(db, _plain(words))


def ask(db: Database, words: str, *, theme_id: int | None, actor: str, now: str) -> Ask:
    """Put what nothing answers on the content plan, with the asker's name; the same words twice are one request.

    A theme that has no status on the plan yet becomes an idea there. Raises NothingAsked, UnknownTopic.
    """
    told = _plain(words)
    if not told:
        raise NothingAsked()
    with db.atomic():
        if made := asks.same(db, told):
            return made
        note = None
        if theme_id is not None:
            cells.topic(db, theme_id)
            if notes.last(db, theme_id, "", "") is None:
                note = notes.add(
                    db, theme_id, "", "", status="idea", note=f"Asked for by {actor}: {told}"[: cells.LONGEST_NOTE],
                    key="", day="",
                    actor=actor, now=now,
                )  # fmt: skip
        number = asks.add(db, told, theme_id=theme_id, note_id=note, actor=actor, now=now)
    found = asks.get(db, number)
    assert found is not None
    return found


def undo(db: Database, number: int, *, now: str) -> Ask:
    """Take a request back, and the idea that it left on the plan unless somebody has gone on from there. Raises
    UnknownAsk."""
    with db.atomic():
        found = asks.get(db, number)
        if found is None or not asks.undo(db, number, now):
            raise UnknownAsk(number)
        note = notes.get(db, found.note_id) if found.note_id else None
        if note and not note.undone_at:
            last = notes.last(db, note.theme_id, note.persona, note.step)
            if last and last.id == note.id:
                notes.undo(db, note.id, now)
    return found


def _plain(words: str) -> str:
    return " ".join(words.split())[:LONGEST_WORDS]

"""Let a person say where a quote begins and ends: checked against the utterance, with a name and a time, and an
undo."""

from sqlite_utils import Database

from insights import borders as rules
from insights.errors import InsightsError
from pipelines.quotes.usage import NothingSaid
from pipelines.store import borders as store
from pipelines.store.borders import Borders as Borders

LONGEST = 2000  # characters of a quote


class BadBorders(InsightsError):
    """Borders that are none, or that leave out what the quote is about."""


class BordersChanged(InsightsError):
    """Somebody else moved the borders meanwhile."""

    def __init__(self, actor: str):
        super().__init__(
            f"Meanwhile {actor} changed where this quote begins or ends. Nothing was overwritten: look at it, then choose again."
        )


def put(
    db: Database, quote: str, start: int, end: int, *, base: int | None = None, now: str, actor: str
) -> int:  # fmt: skip
    """Set a quote's borders, offsets into its utterance; returns the event, 0 where they are so already.

    `base` is the number of the setting that the person saw (0: as it was found). Raises BadBorders and BordersChanged.
    """
    with db.atomic():
        text, found_start, found_end = _place(db, quote)
        last = store.of(db, [quote]).get(quote, Borders())
        # A double click is no conflict with oneself.
        if (start, end) == ((last.start, last.end) if last.id else (found_start, found_end)):
            return last.id
        if base is not None and base != last.id:
            raise BordersChanged(last.actor or "an undo")
        start, end = _checked(text, start, end, found_start, found_end)
        return store.add(db, quote, start, end, now=now, actor=actor)


def put_whole(db: Database, quote: str, *, base: int | None = None, now: str, actor: str) -> int:
    """Let a quote take in the whole sentence that it begins and ends in; as `put`."""
    with db.atomic():
        text, start, end = _place(db, quote)
        last = store.of(db, [quote]).get(quote)
        begin, stop = rules.whole(text, *((last.start, last.end) if last else (start, end)))
        return put(db, quote, begin, stop, base=base, now=now, actor=actor)


def take_back(db: Database, quote: str, event_id: int, *, now: str, actor: str) -> None:
    """Undo a setting; the one before it holds again, or what was found. Raises NothingSaid."""
    with db.atomic():
        if not store.set_undone(db, quote, event_id, at=now, by=actor):
            raise NothingSaid


def again(db: Database, quote: str, event_id: int) -> None:
    """Undo the undoing of a setting. Raises NothingSaid, and BordersChanged where somebody set others since."""
    with db.atomic():
        last = store.of(db, [quote]).get(quote)
        if last is not None and last.id > event_id:
            raise BordersChanged(last.actor)
        if not store.set_undone(db, quote, event_id, at="", by=""):
            raise NothingSaid


def _place(db: Database, quote: str) -> tuple[str, int, int]:
    found = store.place(db, quote)
    if found is None:
        raise BadBorders("This is no quote that Parley shows.")
    return found


def _checked(text: str, start: int, end: int, found_start: int, found_end: int) -> tuple[int, int]:
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        raise BadBorders(f"A quote begins and ends within what was said there, which has {len(text):,} characters.")
    start, end = rules.trimmed(text, start, end)
    if not (rules.is_between_words(text, start) and rules.is_between_words(text, end)):
        raise BadBorders("A quote begins and ends between two words: this would cut one in two.")
    if not (start < found_end and found_start < end):
        raise BadBorders("A quote keeps some of the words that were found: these borders leave them all out.")
    if end - start > max(LONGEST, found_end - found_start):
        raise BadBorders(f"A quote may have {LONGEST:,} characters.")
    return start, end

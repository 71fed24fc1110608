"""What people note on the plan: how far a cell is, and which step a stage means. Everything is kept and can be undone.

Two people at once: a note says on which version of its cell it was made; where the cell has moved on, nobody's note is
lost and the second person is told.
"""

from datetime import date

from sqlite_utils import Database

from insights.content.pages import key_of
from insights.errors import InsightsError
from insights.stages import STEPS
from pipelines.planning import content
from pipelines.store import accounts, content_pages, themes
from pipelines.store import plan as store
from pipelines.store.plan import Note

STATUSES = ("idea", "planned", "in writing", "published", "dropped")
LONGEST_NOTE = 1000
LONGEST_NAME = 80


class UnknownTopic(InsightsError):
    """A theme that the plan does not hold."""

    def __init__(self, theme_id: object):
        super().__init__(f"There is no active objection or question {theme_id} to plan for. List them: parley plan")


class MovedOn(InsightsError):
    """Somebody else noted something on this cell meanwhile."""

    def __init__(self, note: Note | None):
        what = f"“{note.status}” by {note.actor}" if note else "an undo"
        super().__init__(
            f"Somebody else changed this meanwhile ({what}). Nothing of theirs was overwritten: look at it, then save yours again."
        )


class NoSuchNote(InsightsError):
    """A note that is not there, or was undone."""

    def __init__(self, note_id: object):
        super().__init__(f"There is no note {note_id} to undo: it was undone already, or never made.")


class NotLast(InsightsError):
    """A note under later ones."""

    def __init__(self, later: Note):
        super().__init__(f"“{later.status}” by {later.actor} came after this. Undo that first.")


class BadNote(InsightsError):
    """A note that cannot be kept as it is."""


def topic(db: Database, theme_id: int) -> themes.Theme:
    """An active objection or question. Raises UnknownTopic."""
    theme = themes.get(db, theme_id)
    if theme is None or theme.status != "active" or theme.kind == "competitor":
        raise UnknownTopic(theme_id)
    return theme


def note(
    db: Database, theme_id: int, *, persona: str = "", step: str = "", status: str, text: str = "", page: str = "",
    day: str = "", title: str = "", owner: str | None = None, due: str | None = None, base: int | None, today: date,
    actor: str, now: str,
) -> int:  # fmt: skip
    """Say how far a cell is; returns the note's number, which is the cell's new version.

    `base` is the version that the person saw (0: none yet), None to note it whatever there is. `page` (an address, or a
    page's number), its `title` and `day` belong to "published"; without a day the page's own date counts. The page
    counts as one of ours that answers the theme while this note says how far the cell is. `owner` (whose it is) and
    `due` (a month, "2026-12") stay as they were where they are None.
    Raises UnknownTopic, BadNote, and MovedOn where the cell has another version.
    """
    topic(db, theme_id)
    if status not in STATUSES:
        raise BadNote(f"'{status}' is no status. Use one of {', '.join(STATUSES)}.")
    if step and step not in STEPS:
        raise BadNote(f"'{step}' is no step. Use one of {', '.join(STEPS)}.")
    url, key, day = _published(db, status, page.strip(), day.strip(), today)
    due = None if due is None else _due(due)
    with db.atomic():
        last = store.last(db, theme_id, persona, step)
        if base is not None and (last.id if last else 0) != base:
            raise MovedOn(last)
        kept = (last.owner, last.due) if last else ("", "")
        if owner not in (None, kept[0]):  # whose it is stays though they have left
            owner = _owner(db, owner)
        made = store.add(
            db, theme_id, persona, step, status=status, note=text.strip()[:LONGEST_NOTE], key=key, day=day,
            owner=kept[0] if owner is None else owner, due=kept[1] if due is None else due, actor=actor, now=now,
        )  # fmt: skip
        if last:
            content.forget_published(db, last, now=now)
        if key and (new := store.get(db, made)):
            content.count_published(db, new, url=url, title=" ".join(title.split())[:300], actor=actor, now=now)
        return made


def undo(db: Database, note_id: int, *, now: str) -> Note:
    """Take the last note of a cell back; what it replaced stands again. Raises NoSuchNote or NotLast."""
    with db.atomic():
        found = store.get(db, note_id)
        if found is None or found.undone_at:
            raise NoSuchNote(note_id)
        last = store.last(db, found.theme_id, found.persona, found.step)
        if last and last.id != note_id:
            raise NotLast(last)
        store.undo(db, note_id, now)
        content.forget_published(db, found, now=now)
        if before := store.last(db, found.theme_id, found.persona, found.step):
            content.recall_published(db, before)
    return found


def set_step(db: Database, stage: str, step: str, *, actor: str, now: str) -> int:
    """Say which step a stage of the CRM means; returns the word's number. Raises BadNote."""
    if step not in STEPS:
        raise BadNote(f"'{step}' is no step. Use one of {', '.join(STEPS)}.")
    if not stage.strip() or stage not in store.stages(db):
        raise BadNote(f"No conversation has the stage '{stage}'. See the stages on the plan's page.")
    with db.atomic():
        return store.set_step(db, stage, step, actor=actor, now=now)


def undo_step(db: Database, number: int, *, now: str) -> None:
    """Take a word on a stage back; what stood before it counts again. Raises NoSuchNote."""
    with db.atomic():
        if not store.undo_step(db, number, now):
            raise NoSuchNote(number)


def _owner(db: Database, given: str) -> str:
    """Whose a piece is, by name: somebody with an account where there are accounts, else whatever name. Raises
    BadNote."""
    name = " ".join(given.split())[:LONGEST_NAME]
    users = [user for user in accounts.every(db) if not user.disabled_at]
    if not name or not users:
        return name
    found = next((u for u in users if name.casefold() in (u.name.casefold(), u.email.casefold())), None)
    if found is None:
        known = ", ".join(user.name for user in users[:8])
        raise BadNote(f"Nobody here is called “{name[:60]}”. Choose one of {known}.")
    return found.name


def _due(given: str) -> str:
    """A month as "2026-12", "" for none. Raises BadNote."""
    given = given.strip()
    try:
        return date.fromisoformat(f"{given}-01").isoformat()[:7] if given else ""
    except ValueError:
        raise BadNote(f"'{given[:20]}' is no month. Write it as 2026-12.") from None


def _published(db: Database, status: str, page: str, day: str, today: date) -> tuple[str, str, str]:
    """The address, the key and the day of what was published, "" each where nothing was or none is named."""
    if status != "published":
        return "", "", ""
    if any(sign.isspace() for sign in page):
        raise BadNote(f"'{page[:80]}' is no address: it has a space in it. Write it as https://example.org/page.")
    known = content_pages.page(db, int(page)) if page.isdigit() and len(page) < 19 else None
    try:
        key = known.key if known else key_of(page) if page else ""
    except ValueError:
        raise BadNote(f"'{page[:80]}' is no address.") from None
    found = known or content_pages.by_key(db, key)
    day = day or (found.published if found else "")
    if not day:
        raise BadNote("Say on which day it was published, as 2026-03-31: the page's own date is not known.")
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise BadNote(f"'{day[:20]}' is no day. Write it as 2026-03-31.") from None
    if when > today:
        raise BadNote(f"{day} is still to come. Note it as planned, and as published once it is.")
    url = found.url if found else page if "://" in page or page.startswith("/") else f"https://{page}"
    return url, key, when.isoformat()

"""Write a note, change it, take it away, and take any of that back; find those that a chart or a page shows.

A note with a day stands on charts, one without is pinned to the report of a kind or to a theme. What one would get
wrong: undoing brings back the version before as a new version, so that it can be undone itself.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from insights.annotating import Happening, Mark, marks
from insights.content.pages import is_web
from insights.errors import InsightsError
from insights.periods import Period
from pipelines.report import EARLIEST, SUBJECTS, TrendReport
from pipelines.store import annotations as store
from pipelines.store import themes
from pipelines.store.annotations import Annotation
from pipelines.themes.editing import by

LONGEST_TEXT, LONGEST_LINK = 500, 500
LAST_YEAR = 2200
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class UnknownAnnotation(InsightsError):
    """A note that is not there."""

    def __init__(self, number: object):
        super().__init__(f"There is no note {number}. See the list of notes for the numbers that there are.")


class BadAnnotation(InsightsError):
    """A note that cannot be kept as it was written."""


class AnnotationChanged(InsightsError):
    """Somebody saved another version after this one was opened. `current` is how the note stands now."""

    def __init__(self, current: Annotation):
        self.current = current
        done = "removed" if current.status == "removed" else "changed"
        super().__init__(
            f"The note was {done} meanwhile ({by(current.actor)}, {current.changed_at[:16].replace('T', ' ')} UTC). "
            "Look at how it is now; what you wrote was not saved."
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A note as somebody writes it; days are ISO or "", `kind` a subject or "", `theme` a theme's id or None."""

    text: str
    starts: str = ""
    ends: str = ""
    kind: str = ""
    theme: int | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """What a chart or a page shows: the numbered marks with their notes, and the notes that are pinned to the page."""

    marks: tuple[Mark, ...] = ()
    dated: tuple[Annotation, ...] = ()
    pinned: tuple[Annotation, ...] = ()


NOTHING = Noted()


def add(db: Database, draft: Draft, *, now: str, actor: str) -> Annotation:
    """Raises BadAnnotation."""
    with db.atomic():
        return get(db, store.add(db, _content(db, draft), now=now, actor=actor))


def edit(db: Database, number: int, draft: Draft, *, base: int = 0, now: str, actor: str) -> Annotation:
    """Save another version. `base` is the version that was edited, 0 for whichever there is. What says the same as
    before makes no new version. Raises UnknownAnnotation, BadAnnotation, AnnotationChanged."""
    with db.atomic():
        content, known = _content(db, draft), get(db, number)
        if all(getattr(known, name) == value for name, value in content.items()):
            return known
        _unchanged(known, base)
        store.change(db, number, {**content, "status": "active"}, now=now, actor=actor)
        return get(db, number)


def remove(db: Database, number: int, *, base: int = 0, now: str, actor: str) -> Annotation:
    """Take a note off every chart and page; it is kept. Raises UnknownAnnotation, AnnotationChanged."""
    with db.atomic():
        known = get(db, number)
        if known.status != "removed":
            _unchanged(known, base)
            store.change(db, number, {"status": "removed"}, now=now, actor=actor)
        return get(db, number)


def undo(db: Database, number: int, *, base: int, now: str, actor: str) -> Annotation:
    """Take version `base` back: the one before stands again, and a note that was just written is removed.

    Raises UnknownAnnotation; AnnotationChanged where another version came since.
    """
    with db.atomic():
        known = get(db, number)
        _unchanged(known, base)
        before = store.at_version(db, number, base - 1)
        content = {name: getattr(before, name) for name in store.CONTENT} if before else {"status": "removed"}
        store.change(db, number, content, now=now, actor=actor)
        return get(db, number)


def get(db: Database, number: int) -> Annotation:
    """A note, removed or not. Raises UnknownAnnotation."""
    found = store.get(db, number)
    if found is None:
        raise UnknownAnnotation(number)
    return found


def of_report(db: Database, report: TrendReport, *, theme: int | None = None) -> Noted:
    """The notes on a report of one kind, or, with `theme`, on that theme alone."""
    return _noted(db, report.kind, report.periods, theme=theme, shown={row.theme_id for row in report.rows})


def of_theme(db: Database, kind: str, theme: int) -> Noted:
    """The notes on a theme that is in no report."""
    return _noted(db, kind, (), theme=theme, shown=set())


def _noted(db: Database, kind: str, periods: Sequence[Period], *, theme: int | None, shown: set[int]) -> Noted:
    found = store.every(db)
    if not found:
        return NOTHING
    heirs = themes.heirs(db) if any(one.theme_id for one in found) else {}
    now_at = {one.id: heirs.get(one.theme_id, one.theme_id) if one.theme_id else None for one in found}
    counted = {one.id: _above(db, now_at[one.id]) for one in found}
    # Trackers have ids of their own: a theme's note is none of theirs.
    wanted = {theme} if theme is not None else shown if kind != "tracker" else set()
    mine = [
        one for one in found if one.kind in ("", kind)
        if one.theme_id is None or {now_at[one.id], counted[one.id]} & wanted
    ]  # fmt: skip
    happened = [_happening(one, counted[one.id]) for one in mine if one.starts]
    numbered = marks(happened, periods)
    by_id = {one.id: one for one in mine}
    pinned = [one for one in mine if not one.starts and bool(one.theme_id) == (theme is not None)]
    return Noted(numbered, tuple(by_id[mark.happening.id] for mark in numbered), tuple(pinned))


def _above(db: Database, theme: int | None) -> int | None:
    """A sub-theme is counted, and told of, in the theme above it."""
    known = themes.get(db, theme) if theme else None
    return known.parent or known.id if known else theme


def _happening(one: Annotation, theme: int | None) -> Happening:
    starts = date.fromisoformat(one.starts)
    return Happening(one.id, one.text, starts, date.fromisoformat(one.ends) if one.ends else starts, theme)


def _unchanged(known: Annotation, base: int) -> None:
    if base and known.version != base:
        raise AnnotationChanged(known)


def _content(db: Database, draft: Draft) -> dict[str, Any]:
    text = " ".join(_seen(draft.text).split())
    link = _seen(draft.link).strip()
    if not any(one.isprintable() and not one.isspace() for one in text):
        raise BadAnnotation("Write what happened, for instance “New pricing page”.")
    for name, value, most in (("note", text, LONGEST_TEXT), ("link", link, LONGEST_LINK)):
        if len(value) > most:
            raise BadAnnotation(f"The {name} has {len(value):,} characters; {most:,} is the most.")
    starts, ends = _day(draft.starts, "day"), _day(draft.ends, "last day")
    if ends and not starts:
        raise BadAnnotation("Give the day on which it began as well as the last one.")
    if ends and ends < starts:
        raise BadAnnotation("Its last day is before its first. Change one of them.")
    if link and not is_web(link):
        raise BadAnnotation("A link must be a web address that begins with https:// or http://.")
    if draft.kind and draft.kind not in SUBJECTS:
        raise BadAnnotation(f"The kind must be one of {', '.join(SUBJECTS)}, or left out.")
    theme = themes.get(db, draft.theme) if draft.theme is not None else None
    if draft.theme is not None and theme is None:
        raise BadAnnotation(f"There is no theme {draft.theme}. Choose another, or leave it out.")
    kind = theme.kind if theme else draft.kind
    if not starts and not kind:
        raise BadAnnotation(
            "Give the day on which it happened, or choose the report or theme that the note is pinned to."
        )
    return {
        "text": text, "starts": starts, "ends": "" if ends == starts else ends, "kind": kind, "theme_id": draft.theme,
        "link": link,
    }  # fmt: skip


def _day(value: str, name: str) -> str:
    value = value.strip()
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError:
        raise BadAnnotation(f"The {name} must be a date such as 2026-03-31.") from None
    if day and not (day >= EARLIEST and day.year < LAST_YEAR):
        raise BadAnnotation(f"The {name} must be from {EARLIEST.year} to {LAST_YEAR - 1}.")
    return day.isoformat() if day else ""


def _seen(text: str) -> str:
    """Without control characters, which nobody sees and files refuse, and without those that turn the direction of the
    text around them; lines and tabs stay."""
    return "".join(
        one for one in text if one in "\n\t" or (unicodedata.category(one) not in ("Cc", "Cs") and one not in TURNING)
    )

"""What pages show of the loop: the comments at a place, and the inbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from urllib.parse import parse_qsl

from sqlite_utils import Database
from starlette.requests import Request

from api.gate.who import visit
from api.views import figures
from api.views.figures import NONE, Figures
from api.wording import words
from pipelines.store import comments as store
from pipelines.store import insights
from pipelines.store.comments import Comment
from pipelines.store.insights import Quote
from pipelines.teams import comments

QUOTES = "/quotes/"
DONE = ("done", "noted", "taken")  # what was just done, which an address tells once
MOST_NOW = 8  # places whose figures are worked out for the inbox
LATELY = 14  # days for which what was closed is told to who asked
Show = Literal["open", "closed", "all"]


@dataclass(frozen=True, slots=True)
class Talk:
    """The comments at one place and a form for the next. `people` are whom it can go to; `accounts` says that it must
    be one of them. `figures` are what can be spoken of there, and `days` tell them in an address."""

    place: str
    found: tuple[Comment, ...]
    people: tuple[str, ...]
    accounts: bool
    figures: Figures = NONE

    @property
    def pinned(self) -> str:
        """The address of this place that goes on meaning the days that its figures count now."""
        return pinned(self.place, self.figures)

    def about(self, comment: Comment) -> str:
        """What the figure that a comment is about was narrowed to, in words; "" for nothing."""
        return figures.in_words(comment.place) if comment.figure else ""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Comments, what is open first. `mine` are those for who asks or for `recipient`; `counts` how many are open for
    each recipient, and with `sides` for each side. `moved` is one that was just closed or taken away; `own_side` the
    side that who asks is on. `answered` is what who is signed in said and somebody else answered or closed in the last
    LATELY days, the newest first, beside what is open; `quotes` are the quotes that comments are on, by their
    addresses, as who asks may see them; `lost` those with an answer of theirs that somebody else took back in these
    days. `here` is this address; `now` are the figures that comments are about as they
    stand now, of the first few."""

    found: tuple[Comment, ...]
    show: Show
    recipient: str
    side: str
    open: int
    closed: int
    counts: tuple[tuple[str, int], ...]
    sides: dict[str, int]
    moved: Comment | None
    people: tuple[str, ...]
    accounts: bool
    own_side: str
    answered: tuple[Comment, ...]
    lost: tuple[Comment, ...]
    here: str
    quotes: Mapping[str, Quote]
    now: Mapping[int, str]

    def about(self, comment: Comment) -> str:
        """What the figure that a comment is about was narrowed to, in words; "" for nothing."""
        return figures.in_words(comment.place) if comment.figure else ""


def at(db: Database, place: str, found: Figures = NONE) -> Talk:
    """What was said at a place, whatever its filters; `place` is the whole address, for the next comment."""
    path = place.partition("?")[0]
    return Talk(place, tuple(store.at(db, path)), comments.people(db), visit().accounts, found)


def talk(db: Database, request: Request) -> Talk:
    """What was said at the page that is asked for; the next comment keeps its filters."""
    place = words.link(request.url.path, {name: v for name, v in request.query_params.items() if name not in DONE})
    return at(db, place, figures.at(db, place, request.app.state.today()))


def pinned(place: str, found: Figures) -> str:
    """An address that goes on meaning the days that these figures count."""
    path, _, query = place.partition("?")
    return words.link(path, dict(sorted((dict(parse_qsl(query)) | dict(found.days)).items())))


def about(db: Database, place: str, figure: str, today: date) -> dict[str, str]:
    """What a comment on one figure of a place keeps of it; nothing where the place has no such figure."""
    found = figures.at(db, place, today)
    one = found.by_key.get(figure)
    return {"figure": figure, "was": one.value, "name": one.name, "place": pinned(place, found)} if one else {}


def waiting(db: Database | None) -> int:
    """How many comments are open for who asks, for anybody where there are no accounts: the small count in the
    header."""
    if db is None:
        return 0
    here = visit()
    if here.accounts and not here.person:
        return 0
    return sum(
        n for to, by, side, n in store.waiting(db) if not here.person or comments.reaches(db, here.person, to, by, side)
    )


def inbox(db: Database, *, show: Show, recipient: str, side: str, now: str, today: date, moved: int = 0) -> Inbox:
    """The inbox of one person ("me" for who is signed in), of a side, or of all."""
    every = comments.ordered(store.every(db))
    person = visit().person
    who = person.name if recipient == "me" and person else "" if recipient == "me" else recipient
    about = [
        c for c in every if who in ("", c.recipient) or (recipient == "me" and person and comments.reaches(db, person, c.recipient, c.actor, c.side))
    ]  # fmt: skip
    mine = [c for c in about if side in ("", c.side)]
    shown = [c for c in mine if show == "all" or (c.closed is not None) == (show == "closed")]
    counts: dict[str, int] = {}
    sides = {"marketing": 0, "sales": 0}
    for one in every:
        if not one.closed and one.recipient:
            counts[one.recipient] = counts.get(one.recipient, 0) + 1
        if not one.closed and one.side:
            sides[one.side] += 1
    gone = store.get(db, moved) if moved else None
    answered = _answered(every, person.name, now) if person and show == "open" else ()
    lost = _lost(every, person.name, now) if person and show == "open" else ()
    shown = [c for c in shown if c not in answered and c not in lost]
    on = {c.path for c in (*shown, *answered, *lost) if c.path.startswith(QUOTES)}
    quotes = {path: quote for path in on if (quote := insights.get(db, path.removeprefix(QUOTES)))}
    return Inbox(
        tuple(shown), show, who, side, sum(not c.closed for c in mine), sum(c.closed is not None for c in mine),
        tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))), sides,
        gone if gone and (gone.removed_at or gone.closed) else None, comments.people(db), visit().accounts,
        comments.side_of(db, person) if person else "",
        tuple(c for c in answered if c not in lost), lost, words.link("/comments", {"show": show, "to": recipient, "side": side}),
        quotes, _now(db, (*shown, *answered, *lost), today),
    )  # fmt: skip


def _now(db: Database, found: Sequence[Comment], today: date) -> dict[int, str]:
    about = [one for one in found if one.figure]
    at_places = {
        place: figures.at(db, place, today) for place in list(dict.fromkeys(c.place for c in about))[:MOST_NOW]
    }
    return {
        c.id: at_places[c.place].by_key[c.figure].value
        for c in about
        if c.place in at_places and c.figure in at_places[c.place].by_key
    }


def _lost(every: Sequence[Comment], name: str, now: str) -> tuple[Comment, ...]:
    return tuple(
        one for one in every
        if any(
            step.at >= _lately(now) and step.actor != name and (was := one.answer_of(step)) and was.actor == name
            for step in one.taken_back
        )
    )  # fmt: skip


def _lately(now: str) -> str:
    return (datetime.fromisoformat(now) - timedelta(days=LATELY)).isoformat()


def _answered(every: Sequence[Comment], name: str, now: str) -> tuple[Comment, ...]:
    since = _lately(now)
    told = []
    for one in every:
        if one.actor == name and (
            last := one.closed or next((a for a in reversed(one.answers) if a.actor != name), None)
        ):
            told += [(last.at, one)] if last.at >= since and last.actor != name else []
    return tuple(one for _, one in sorted(told, key=lambda pair: pair[0], reverse=True))

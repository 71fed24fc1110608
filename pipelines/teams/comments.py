"""The loop between the teams: a comment, question or "this is wrong" goes to a named person and is closed visibly.

What one would get wrong: nothing here changes a figure. "This is wrong" is a word to a person; what they then do is
done where it belongs, and told when they close it.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from insights import wording
from insights.errors import InsightsError
from pipelines.access import audit
from pipelines.access.accounts import Person
from pipelines.store import accounts, asks, content_pages, themes
from pipelines.store import comments as store
from pipelines.store import plan as notes
from pipelines.store.comments import Comment, Step, What
from pipelines.teams.digest_content import Change

KINDS = ("comment", "question", "wrong")
NAMES = {"comment": "Comment", "question": "Question", "wrong": "This is wrong"}
DID = {"comment": "said a comment", "question": "asked a question", "wrong": "called something wrong"}
SIDES = ("", "sales", "marketing")
SIDE = "side:"  # before the name of a side, where a form gives one in a person's place
LONGEST_WORDS, LONGEST_NAME, LONGEST_PLACE = 2000, 120, 1500
MOST_TOLD = 10
PLACE = re.compile(
    r"/(?:themes|plan|trackers|collections)/\d{1,18}|/quotes/[0-9a-f]{16}|/reports/[a-z]{1,30}|/competitors/[^?#\s/]{1,300}"
    r"|/reports/personas/[^?#\s/]{1,120}|/accounts/[0-9a-f]{16}|/reports/saved/[0-9a-f]{32}|/(?:plan|answers|shared|competitors|accounts|accounts/signals)?"
)


class UnknownComment(InsightsError):
    """A comment that is not there."""

    def __init__(self, number: object):
        super().__init__(f"There is no comment {number}. The inbox lists those that there are: /comments")


class BadComment(InsightsError):
    """A comment that cannot be kept as it is."""


class NotYours(InsightsError):
    """An answer that somebody else gave, or whoever had the name that it stands under."""

    def __init__(self, author: str, by: str):
        super().__init__(
            f"{author} gave this answer. Only {author} or an administrator may take it back or put it back."
            if by != author
            else f"More than one login is or was called {author}, so it is not known whose answer this is. An administrator may take it back or put it back."
        )


class CommentMoved(InsightsError):
    """Somebody else closed, reopened or removed it meanwhile."""

    def __init__(self, comment: Comment):
        last = comment.steps[-1] if comment.steps else None
        what = f"{last.what} by {last.actor}" if last else "changed"
        super().__init__(
            f"Somebody else was here meanwhile: it is {what}. Look at how it stands; nothing was overwritten."
        )


def add(
    db: Database, *, kind: str, place: str, words: str, recipient: str, side: str = "", name: str = "", actor: str,
    now: str, figure: str = "", was: str = "",
) -> Comment:  # fmt: skip
    """Say something of a place, or of one `figure` there whose value `was` so, to somebody or to a side. Where there are accounts, `recipient` is one of them (name or
    address); a side's name stands for the side, and "" is enough where `side` is given. Raises BadComment."""
    words, place = words.strip()[:LONGEST_WORDS], place.strip()
    if kind not in KINDS or side not in SIDES:
        raise BadComment(f"A comment is one of {', '.join(KINDS)}, for sales, for marketing or for neither.")
    if not words:
        raise BadComment("Say in a few words what it is about.")
    if (
        len(place) > LONGEST_PLACE
        or not PLACE.fullmatch(place.partition("?")[0])
        or store.FIGURE in place
        or re.search(r"[\x00-\x1f\x7f#]", place)
    ):
        raise BadComment("A comment stands at a theme, a quote, a report, a competitor or the plan.")
    with db.atomic():
        to, side = _whom(db, recipient, side)
        if kind == "question" and to == actor and accounts.any_user(db):
            raise BadComment(
                "A question to yourself reaches nobody. Choose somebody else, or a side: sales or marketing."
            )
        called = _named(db, place, name) if not figure else " ".join(name.split())[:LONGEST_NAME]
        number = store.add(
            db, kind=kind, place=place, name=called, words=words, recipient=to, side=side, actor=actor, now=now,
            figure=figure, was=was,
        )  # fmt: skip
        _noted(db, number, DID[kind], place, actor=actor, now=now)
    return get(db, number)


def close(db: Database, number: int, *, done: str, base: int | None, actor: str, now: str) -> Comment:
    """Say that it is dealt with, and how, where there is anything to say of it. `base` is the last step that the person
    saw (0: none), None for any. Raises UnknownComment, CommentMoved."""
    return _step(db, number, "closed", words=done.strip()[:LONGEST_WORDS], base=base, actor=actor, now=now)


def answer(db: Database, number: int, *, words: str, base: int | None = None, actor: str, now: str) -> Comment:
    """Answer and leave it open. `base` as for `close`. Raises UnknownComment, BadComment, CommentMoved."""
    if not words.strip():
        raise BadComment("Write an answer, so that whoever asked has one.")
    return _step(db, number, "answered", words=words.strip()[:LONGEST_WORDS], base=base, actor=actor, now=now)


def take_back(db: Database, number: int, answer: int, *, by: Person | None = None, actor: str, now: str) -> Comment:
    """Take an answer back that did not close the comment; `by` is who is signed in, None where nobody is asked who they
    are. Raises UnknownComment, BadComment, NotYours."""
    _own_answer(db, number, answer, by)
    return _step(db, number, "taken back", words=str(answer), base=None, actor=actor, now=now)


def put_back(db: Database, number: int, answer: int, *, by: Person | None = None, actor: str, now: str) -> Comment:
    """Undo that an answer was taken back. `by` and errors as for `take_back`."""
    _own_answer(db, number, answer, by)
    return _step(db, number, "put back", words=str(answer), base=None, actor=actor, now=now)


def may_take_back(by: Person | None, answer: Step) -> bool:
    """Whether an answer is somebody's to take back or put back: its author's (where only one login can be that), an
    administrator's; anybody's where nobody is asked who they are."""
    return by is None or by.role == "admin" or by.did(answer.actor, answer.at)


def _own_answer(db: Database, number: int, answer: int, by: Person | None) -> None:
    step = next((one for one in get(db, number).steps if one.id == answer and one.what == "answered"), None)
    if step is None:
        raise BadComment("There is no such answer to this comment.")
    if by is not None and not may_take_back(by, step):
        raise NotYours(step.actor, by.name)


def reopen(db: Database, number: int, *, base: int | None = None, actor: str, now: str) -> Comment:
    """Take the closing back. Raises UnknownComment, CommentMoved."""
    return _step(db, number, "reopened", words="", base=base, actor=actor, now=now)


def hand_on(db: Database, number: int, *, to: str, base: int | None = None, actor: str, now: str) -> Comment:
    """Give it to somebody else, or to a side. Raises UnknownComment, BadComment, CommentMoved."""
    recipient, side = _whom(db, to, "")
    return _step(
        db, number, "handed on", words=recipient or side.capitalize(), side=side, base=base, actor=actor, now=now
    )


def remove(db: Database, number: int, *, actor: str, now: str) -> Comment:
    """Take a comment away; it can be brought back. Raises UnknownComment."""
    return _step(db, number, "removed", words="", base=None, actor=actor, now=now)


def restore(db: Database, number: int, *, actor: str, now: str) -> Comment:
    """Bring a comment back that was removed. Raises UnknownComment."""
    return _step(db, number, "restored", words="", base=None, actor=actor, now=now)


def get(db: Database, number: int) -> Comment:
    """A comment, removed or not. Raises UnknownComment."""
    found = store.get(db, number)
    if found is None:
        raise UnknownComment(number)
    return found


def people(db: Database) -> tuple[str, ...]:
    """Whom a comment can go to: the accounts that are enabled, or, without accounts, whoever got one before."""
    users = [user for user in accounts.every(db) if not user.disabled_at]
    return tuple(user.name for user in users) if users else tuple(store.recipients(db))


def side_of(db: Database, person: Person) -> str:
    """The side that somebody said they are on, "" where they did not."""
    return accounts.setting(db, accounts.side_setting(person.id), "")


def take_side(db: Database, person: Person, side: str, *, now: str) -> None:
    """Say which side one is on; "" takes it back. Raises BadComment."""
    if side not in SIDES:
        raise BadComment("One is in sales, in marketing or in neither.")
    with db.atomic():
        accounts.set_setting(db, accounts.side_setting(person.id), side, actor=person.name, now=now)


def reaches(db: Database, person: Person, recipient: str, actor: str, side: str) -> bool:
    """Whether what is open is for a person to deal with: it is to them, to the side that they are on (to everybody
    where nobody said that they are on it), or to nobody who can come in any more, and then it is back with who said it
    and with every administrator."""
    if not recipient:
        return side == side_of(db, person) or not accounts.on_side(db, side)
    if recipient == person.name:
        return True
    return recipient not in people(db) and (actor == person.name or person.role == "admin")


def changes(db: Database, side: str, *, since: str) -> list[Change]:
    """What a digest for one side tells of the loop: what is open for it, what was closed since the last one, and what
    the other side did with its requests. No words of customers or colleagues: they stand behind the link."""
    told = []
    mine = [one for one in store.every(db) if side in (one.side, "")]
    for one in [one for one in mine if not one.closed][:MOST_TOLD]:
        what = NAMES[one.kind].lower() if one.kind != "wrong" else "“this is wrong”"
        sentence = (
            f"Open, for {one.to}: a {what} by {wording.door(one.actor)} on {one.name} ({wording.day(one.at[:10])})."
        )
        told.append(Change(f"comment:{one.id}:open", sentence, f"/comments#c-{one.id}"))
    for one in [one for one in mine if (end := one.closed) and end.at > since][:MOST_TOLD]:
        assert one.closed
        sentence = f"Closed by {wording.door(one.closed.actor)}: what {wording.door(one.actor)} said on {one.name}."
        told.append(Change(f"comment:{one.id}:closed:{one.closed.id}", sentence, f"/comments?show=closed#c-{one.id}"))
    return told + (_asked(db, since) if side == "marketing" else _published(db, since))


def _asked(db: Database, since: str) -> list[Change]:
    new = [one for one in asks.every(db) if one.at > since]
    if not new:
        return []
    who = ", ".join(sorted({wording.door(one.actor) for one in new})[:3])
    last = " since the last digest" if since else ""
    sentence = f"{wording.plural(len(new), 'request')} for content{last}, from {who}."
    return [Change(f"asked:{new[0].id}", sentence, "/plan#asked")]


def _published(db: Database, since: str) -> list[Change]:
    told = []
    for note in notes.notes(db):
        if note.status != "published" or note.undone_at or note.at <= since:
            continue
        theme, page = themes.get(db, note.theme_id), content_pages.by_key(db, note.key)
        about = f" on {theme.name}" if theme else ""
        told.append(Change(f"published:{note.id}", f"New to send{about}: {page.title if page else note.key}.", f"/answers?theme={note.theme_id}"))  # fmt: skip
    return told[-MOST_TOLD:]


def _step(
    db: Database, number: int, what: What, *, words: str, side: str = "", base: int | None, actor: str, now: str
) -> Comment:
    with db.atomic():
        known = get(db, number)
        if base is not None and (known.steps[-1].id if known.steps else 0) != base:
            raise CommentMoved(known)
        if what == "answered" and (known.closed or known.removed_at):
            raise CommentMoved(known)
        done = {
            "closed": known.closed is not None, "reopened": known.closed is None, "removed": bool(known.removed_at),
            "restored": not known.removed_at, "handed on": known.to == words,
            "answered": any((one.words, one.actor) == (words, actor) for one in known.answers[-1:]),  # sent twice
            "taken back": all(str(one.id) != words for one in known.answers),
            "put back": all(one.words != words for one in known.taken_back),
        }  # fmt: skip
        if not done[what]:
            store.step(db, number, what, words=words, side=side, actor=actor, now=now)
            act = {"taken back": "took an answer back", "put back": "put an answer back"}.get(what, f"{what} a comment")
            _noted(db, number, act, known.place, actor=actor, now=now)
    return get(db, number)


def _noted(db: Database, number: int, act: str, place: str, *, actor: str, now: str) -> None:
    """A line of the audit log that can be read: who did what, where. Without accounts nobody is known, and none is
    kept."""
    if accounts.every(db):
        audit.note(db, actor, act, what=f"on {place.partition('?')[0]}", ids=number, now=now)


def _whom(db: Database, given: str, side: str) -> tuple[str, str]:
    """Who should deal with it, as (person, side): a side without a person is enough. Raises BadComment."""
    name = " ".join(given.split())[:LONGEST_NAME]
    users = [user for user in accounts.every(db) if not user.disabled_at]
    found = next((u for u in users if name.casefold() in (u.name.casefold(), u.email.casefold())), None)
    if found is None and (named := name.casefold().removeprefix(SIDE)) in SIDES[1:]:
        return "", named
    if not name:
        if side:
            return "", side
        raise BadComment("Say who should deal with it: a person, or sales or marketing.")
    if not users:
        return name, side
    if found is None:
        known = ", ".join(user.name for user in users[:8])
        raise BadComment(f"Nobody here is called “{name[:60]}”. Choose one of {known}, or a side: sales or marketing.")
    return found.name, side


def _named(db: Database, place: str, given: str) -> str:
    """What a place is called: a theme by its name, other places as they are called on their page."""
    path = place.partition("?")[0]
    if path.startswith(("/themes/", "/plan/")) and (theme := themes.get(db, int(path.rsplit("/", 1)[1]))):
        return f"“{theme.name}”"[:LONGEST_NAME]
    name = " ".join(given.split())[:LONGEST_NAME]
    called = {
        "": "the overview", "quotes": "a quote", "reports": f"the report {path.rsplit('/', 1)[-1]}",
        "shared": "the shared numbers",
        "plan": "the content plan", "accounts": "an account", "answers": "“What do I send?”",
        "competitors": "a competitor",
    }  # fmt: skip
    return name or called.get(path.split("/")[1], path)


def age(comment: Comment, now: str) -> int:
    """Days since it was said."""
    return max(0, (datetime.fromisoformat(now) - datetime.fromisoformat(comment.at)).days)


def ordered(found: Sequence[Comment]) -> list[Comment]:
    """The inbox: open ones first, what is said to be wrong before questions before comments, the oldest first."""
    rank = {"wrong": 0, "question": 1, "comment": 2}
    return sorted(found, key=lambda one: (one.closed is not None, rank[one.kind], one.id))

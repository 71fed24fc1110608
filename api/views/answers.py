"""What the page, the interface and the terminal say of "What do I send?"."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.views import comment as comment_views
from api.wording import words
from pipelines.sales import answers, asked_here
from pipelines.sales.answers import Answer, Answers
from pipelines.store import asks, conversations, themes
from pipelines.store.asks import Ask
from pipelines.store.comments import Comment
from pipelines.store.themes import Theme

MOST_ASKED = 20


@dataclass(frozen=True, slots=True)
class AnswersView:
    """The page. `given` is what is in the field; `found` None before anything was asked; `asked` are the requests that
    stand, the newest first; `done` is one that was just made. `empty` says that there is not one conversation. `talk`
    is what colleagues were asked from here, the newest first, where nothing is looked for; else `alike` holds those
    that mean the like of each thing that was found. `people` whom one can ask; `accounts` says that it must be one of
    them."""

    given: str
    theme: Theme | None
    found: Answers | None
    asked: tuple[Ask, ...]
    done: Ask | None
    empty: bool
    talk: tuple[Comment, ...]
    alike: tuple[tuple[Comment, ...], ...]
    people: tuple[str, ...]
    accounts: bool


def view(db: Database, given: str, *, theme: int = 0, done: int = 0) -> AnswersView:
    """Look for what to send, where anything is asked."""
    about = themes.get(db, theme) if theme else None
    about = about if about and about.status == "active" else None
    found = answers.answers(db, given, theme=about) if given.strip() or about else None
    made = asks.get(db, done) if done else None
    talk = comment_views.at(db, asked_here.PLACE)
    alike = asked_here.like(db, [one.words or (about.name if about else "") for one in found.found]) if found else []
    return AnswersView(
        given, about, found, tuple(asks.every(db))[:20], made if made and not made.undone_at else None,
        not conversations.some(db),
        () if found else talk.found[::-1][:MOST_ASKED], tuple(alike), talk.people, talk.accounts,
    )  # fmt: skip


def heard(one: Answer) -> str:
    """Where it is heard: “Heard in 12 conversations, mostly from finance, at Negotiation”."""
    if not one.theme:
        return ""
    told = f"Heard in {words.plural(one.heard, 'conversation')}"
    if one.personas:
        told += f", mostly from {', and from '.join(map(_within, one.personas))}"
    if one.stages:
        told += f", at {' and '.join(one.stages)}"
    return told


def _within(persona: str) -> str:
    """A persona within a sentence: “operations”, “IT and security”."""
    name = words.human(persona)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def copied(one: Answer) -> str:
    """What the copy button of a page's passage copies: the passage with the title and address it stands at."""
    return "\n\n".join(f"{page.passage}\n{page.page.title}: {page.page.url}" for page in one.pages)

"""What to send a buyer: our pages that answer what was said, what colleagues answered, or that nothing answers it yet.

What one would get wrong: nothing typed or pasted here is kept, unless somebody asks for a page to be written
(`pipelines.asking`). And "answered" says that a colleague replied and that the same was not heard again from that account,
not that it convinced.
"""

from dataclasses import dataclass

from sqlite_utils import Database

from insights import answering, recognising
from insights.records import Company
from pipelines import answer_pages, answer_replies, asking, content, meanings, said
from pipelines.answer_pages import Page
from pipelines.answer_replies import Reply
from pipelines.said import Likely
from pipelines.store import asks, company, content_pages
from pipelines.store.asks import Ask
from pipelines.store.remembered import per_state
from pipelines.store.themes import Theme

LONGEST = 20_000  # characters of a pasted mail


@dataclass(frozen=True, slots=True)
class Answer:
    """All that there is to one thing a buyer said. `themes` are those that fit, the best first; `theme` is the first where that
    is sure enough to go on, `heard` in how many conversations, by which `personas` and at which `stages` mostly. `rival` is a competitor's name where it is about one.
    `pages` answer it or may; `nearest` is what comes nearest where none does. `replied` are quotes like it that a colleague
    replied to, whether or not that is surely an answer. `ask` is the standing request to write about it."""

    words: str
    kind: str
    rival: str
    theme: Theme | None
    themes: tuple[Likely, ...]
    heard: int
    personas: tuple[str, ...]
    stages: tuple[str, ...]
    pages: tuple[Page, ...]
    nearest: tuple[Page, ...]
    replies: tuple[Reply, ...]
    replied: tuple[str, ...]
    ask: Ask | None

    @property
    def answered(self) -> bool:
        """Whether a page of ours answers it, or may."""
        return bool(self.pages)


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything found in what was typed or pasted, in its order. `cut` says that only its beginning was read; `pages`
    are how many pages of ours are known, `waiting` how many of their passages have not been read."""

    given: str
    found: tuple[Answer, ...]
    cut: bool
    pages: int
    waiting: int


def answers(db: Database, given: str, *, theme: Theme | None = None) -> Answers:
    """Look for what to send. `given` is typed or pasted, `theme` a theme from its page. Raises NothingAsked for neither."""
    text = given.strip()[:LONGEST]
    if not text and theme is None:
        raise asking.NothingAsked()
    if _waiting(db):
        content.read_new(db, most=content.AT_ONCE)
    told = company.load(db)
    pieces = [("", theme.name)] if theme and not text else said.pieces(db, text, told)
    found = tuple(_answer(db, words, kind, told, theme if not text else None) for kind, words in pieces)
    return Answers(text, found, len(given.strip()) > LONGEST, content_pages.count(db), _waiting(db))


@per_state
def _waiting(db: Database) -> int:
    """How many passages of our pages have not been read; it takes a look at each, so it is kept."""
    return content.waiting(db)


def _answer(db: Database, words: str, kind: str, told: Company, given: Theme | None) -> Answer:
    gist, rivals = answering.gist(words), said.rivals(words, told)
    # "Too expensive compared with Acme" is about prices first: the name would hide what it is heard as, and who answered it.
    rest = answering.besides(gist, [name for one in rivals for name in one]) if rivals else gist
    asked = rest or (answer_pages.COMPARED.format(rivals[0][0]) if rivals else gist)
    found_as = [said.picked(db, given)] if given else said.likely(db, rest or gist)
    theme = given or next((one.theme for one in found_as if one.fit >= recognising.SURE), None)
    heard = asks.heard(db, theme.id) if theme else asks.NOT_HEARD
    found = answer_pages.pages(db, gist, theme, (*told.products, *told.domains, *told.people), rivals)
    replies = answer_replies.answered(
        db, meanings.asked(asked), asked, theme, () if rest or not rivals else rivals[0], picked=given is not None
    )
    return Answer(
        words, kind, rivals[0][0] if rivals else "", theme, tuple(found_as), heard.conversations, heard.personas, heard.stages,
        tuple(page for page in found if page.standing != "far"), tuple(page for page in found if page.standing == "far"),
        replies.found, replies.to, asking.known(db, words),
    )  # fmt: skip

"""What to send a buyer: our pages that answer what was said, what colleagues answered, or that nothing answers it yet.

What one would get wrong: nothing typed or pasted here is kept, unless somebody asks for a page to be written
(`pipelines.sales.asking`). And "answered" says that a colleague replied and that the same was not heard again from that
account, not that it convinced.
"""

from dataclasses import dataclass, replace

from sqlite_utils import Database

from insights import answering, recognising
from insights.priority import State
from insights.records import Company
from pipelines.planning import content
from pipelines.quotes import meanings
from pipelines.sales import answer_pages, answer_replies, asking, said
from pipelines.sales.answer_pages import Page
from pipelines.sales.answer_replies import Reply
from pipelines.sales.said import Likely
from pipelines.store import asks, company, content_pages
from pipelines.store.asks import Ask
from pipelines.store.remembered import per_state
from pipelines.store.themes import Theme

LONGEST = 20_000  # characters of a pasted mail
MOST_PARTS = 8  # of one thing said that are looked for by themselves: each takes what a question takes


@dataclass(frozen=True, slots=True)
class Maybe:
    """What colleagues answered to what it may mean: `words` is the part of it that they answer, "" for the whole;
    `theme` what that is heard as, surely or not."""

    words: str
    theme: Theme | None
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that there is to one thing a buyer said. `themes` are those that fit, the best first; `theme` is the first
    where that is sure enough to go on, `heard` in how many conversations, by which `personas` and at which `stages`
    mostly. `rival` is a competitor's name where it is about one. `pages` answer it or may; `nearest` is what comes
    nearest where none does. `replied` are quotes like it that a colleague replied to, whether or not that is surely an
    answer. Where there are no `replies`, `maybe` holds those to a part of it and to the themes that it may be, the
    surest first, answer_replies.MOST_REPLIES in all. `on_plan` is what the content plan says of the theme, None where it
    says nothing: that goes by what most buyers say of it, `pages` by these words. `ask` is the standing request to write about it."""

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
    maybe: tuple[Maybe, ...]
    on_plan: State | None
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
    """Look for what to send. `given` is typed or pasted, `theme` a theme from its page. Raises NothingAsked for
    neither."""
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


@dataclass(frozen=True, slots=True)
class _Read:
    """What one piece is read as: its `gist`, the `rivals` it names, the `rest` besides them, and what is `asked`
    then."""

    gist: str
    rivals: tuple[tuple[str, ...], ...]
    rest: str
    asked: str
    themes: tuple[Likely, ...]
    theme: Theme | None


def _read(db: Database, words: str, told: Company, given: Theme | None = None) -> _Read:
    gist, rivals = answering.gist(words), said.rivals(words, told)
    # "Too expensive compared with Acme" is about prices first: the name would hide what it is heard as, and who answered it.
    rest = answering.besides(gist, [name for one in rivals for name in one]) if rivals else gist
    asked = rest or (answer_pages.COMPARED.format(rivals[0][0]) if rivals else gist)
    found_as = [said.picked(db, given)] if given else said.likely(db, rest or gist)
    theme = given or next((one.theme for one in found_as if one.fit >= recognising.SURE), None)
    return _Read(gist, rivals, rest, asked, tuple(found_as), theme)


def _replies(db: Database, read: _Read, theme: Theme | None, *, picked: bool = False) -> answer_replies.Replies:
    rival = () if picked or read.rest or not read.rivals else read.rivals[0]
    return answer_replies.answered(db, meanings.asked(read.asked), read.asked, theme, rival, picked=picked)


def _maybe(db: Database, words: str, whole: _Read, told: Company) -> tuple[Maybe, ...]:
    """Answers to a part of what was said, then to the themes that it may be: more words must not find less."""
    parts = [part for one in answering.sentences(words) for part in recognising.clauses(one)][:MOST_PARTS]
    reads = [(part, _read(db, part, told)) for part in parts] if len(parts) > 1 else []
    found = [(part, read.theme, _replies(db, read, read.theme).found) for part, read in reads]
    found.sort(key=lambda one: one[1] is None)  # what is surely heard as something comes first
    seen = {one.id for _, one, replies in found if one and replies}
    for part, likely in sorted(
        [("", one) for one in whole.themes] + [(part, one) for part, read in reads for one in read.themes],
        key=lambda pair: -pair[1].fit,
    ):
        if likely.theme.id not in seen and len(seen) < answer_replies.MOST_REPLIES:
            seen.add(likely.theme.id)
            by_name = replace(whole, asked=likely.theme.name)
            found.append((part, likely.theme, _replies(db, by_name, likely.theme, picked=True).found))
    return _first(found)


def _first(found: list[tuple[str, Theme | None, tuple[Reply, ...]]]) -> tuple[Maybe, ...]:
    """The first few replies of all, each once."""
    kept: list[Maybe] = []
    seen: set[str] = set()
    for part, theme, replies in found:
        fresh = tuple(one for one in replies if one.quote_id not in seen)[: answer_replies.MOST_REPLIES - len(seen)]
        if fresh:
            seen.update(one.quote_id for one in fresh)
            kept.append(Maybe(part, theme, fresh))
    return tuple(kept)


def _answer(db: Database, words: str, kind: str, told: Company, given: Theme | None) -> Answer:
    read = _read(db, words, told, given)
    theme, rivals = read.theme, read.rivals
    heard = asks.heard(db, theme.id) if theme else asks.NOT_HEARD
    if given and _is_planned(given):
        found = answer_pages.of_theme(db, given)
    else:
        found = answer_pages.pages(db, read.gist, theme, (*told.products, *told.domains, *told.people), rivals)
    replies = _replies(db, read, theme, picked=given is not None)
    return Answer(
        words, kind, rivals[0][0] if rivals else "", theme, read.themes, heard.conversations, heard.personas,
        heard.stages,
        tuple(page for page in found if page.standing != "far"),
        tuple(page for page in found if page.standing == "far"),
        replies.found, replies.to, () if replies.found or given else _maybe(db, words, read, told), _on_plan(db, theme),
        asking.known(db, words),
    )  # fmt: skip


def _is_planned(theme: Theme) -> bool:
    return theme.kind != "competitor"


def _on_plan(db: Database, theme: Theme | None) -> State | None:
    state = content.of_theme(db, theme.id).state if theme and _is_planned(theme) else "unknown"
    return None if state == "unknown" else state

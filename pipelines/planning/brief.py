"""A brief for whoever writes: what to answer, in the buyers' own words, and how to see whether it helped.

Nothing is generated: every sentence is made from numbers, every quote is verbatim.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

import numpy as np
from sqlite_utils import Database

from insights import neighbours, priority, terms, trends, typical, wording
from insights.hypergeometric import at_least
from insights.priority import Priority
from insights.sampling import Rate
from insights.stages import Step
from insights.terms import Term
from insights.trends import FALSE_DISCOVERY_RATE, Trend
from pipelines import plan
from pipelines.plan import Board, Line
from pipelines.planning import cells, published
from pipelines.planning.published import Published
from pipelines.store import content_pages, exposure_rows, insights, themes, vectors
from pipelines.store import plan as store
from pipelines.store.content_pages import StoredPage
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.plan import Naming, Note
from pipelines.store.remembered import per_state
from pipelines.store.themes import Theme
from pipelines.themes.representatives import representatives

QUOTES = 8
CANDIDATES = 40  # among which a whole sentence is looked for
AROUND = 8
NEAR_QUESTION = 0.45  # cosine of a buyer's question to an objection from which on it asks about that
MOST_QUESTIONS = 400
FEWEST_TITLE_WORDS = 3  # "Pricing" is said without meaning the page


@dataclass(frozen=True, slots=True)
class Beside:
    """A theme or competitor heard in the same conversations: in `both` of those with the theme, and in `other` of the
    `others` without it. `more` says that this is more than chance, over all that were compared."""

    theme: Theme
    both: int
    other: int
    others: int
    more: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything for one theme, or one cell of it (`persona` and `step` "" for all).

    `volume` and `priority` are the cell's. `question` is what to answer, a buyer's question in full; where there is
    none, `objection` is the objection in full; both None where nobody said it in a whole sentence. `filters` find its
    quotes.
    """

    line: Line
    persona: str
    step: Step | str
    volume: Rate
    priority: Priority
    question: Quote | None
    objection: Quote | None
    quotes: tuple[Quote, ...]
    terms: tuple[Term, ...]
    around: tuple[Beside, ...]
    competitors: tuple[Beside, ...]
    personas: tuple[tuple[str, int], ...]
    steps: tuple[tuple[str, int], ...]
    done_when: tuple[str, ...]
    published: tuple[Published, ...]
    notes: tuple[Note, ...]
    board: Board
    filters: Filters
    counts: dict[str, int]
    pages: tuple[StoredPage, ...]
    named: tuple[tuple[StoredPage, Naming], ...]

    @property
    def answered(self) -> Quote | None:
        """What the page is to answer."""
        return self.question or self.objection

    @property
    def asks(self) -> str:
        """The heading above it."""
        return f"The {self.answered.kind if self.answered else self.line.theme.kind} to answer"

    @property
    def own(self) -> tuple[Quote, ...]:
        """Of the quotes, the buyers' own words."""
        return tuple(quote for quote in self.quotes if quote.voice != "reported")

    @property
    def noted(self) -> tuple[Quote, ...]:
        """Of the quotes, what reps noted."""
        return tuple(quote for quote in self.quotes if quote.voice == "reported")


@per_state
def brief(
    db: Database, filters: Filters, *, today: date, theme_id: int, persona: str = "", step: str = ""
) -> Brief | None:
    """The brief of a theme or of one cell; None where the theme is not heard in what matches. Raises UnknownTopic."""
    theme = cells.topic(db, theme_id)
    board = plan.board(db, replace(filters, theme="", kind=theme.kind), today=today)
    line = next((one for one in board.lines if one.theme.id == theme_id), None)
    if line is None:
        return None
    named = plan.steps(db)
    within = plan.within(filters, board.window)
    here = replace(
        within, theme=str(theme_id), kind="", persona=persona or filters.persona,
        stage=plan.stages_of(named, step) or filters.stage,
    )  # fmt: skip
    rows = store.carried(db, here)
    places = store.places(db, replace(within, theme="", kind=""))
    count = plan.Count(places, named)
    volume = count.rate({row["id"] for row in rows})
    verdict = line.trend.verdict if line.trend else "too few"
    said = store.said(db, here)
    notes = tuple(n for n in plan.notes_of(db) if n.theme_id == theme_id)
    question = _question(db, theme, here)
    objection = None if question or theme.kind != "objection" else _in_full(db, here)
    return Brief(
        line, persona, step, volume, priority.priority(volume, verdict, lost=line.lost, state=line.coverage.state),
        question, objection, tuple(representatives(db, here, limit=QUOTES)),
        terms.buyers_terms([r["text"] for r in said], [r["account"] for r in said], content_pages.texts(db)),
        _beside(db, replace(here, theme=""), rows, ("objection", "question"), theme_id),
        _beside(db, replace(here, theme=""), rows, ("competitor",), theme_id),
        _split(rows, "persona", None), _split(rows, "stage", named),
        tuple(_done_when(volume, board, None if persona or step else line.trend)),
        tuple(p for p in published.every(db, filters, today=today) if p.note.theme_id == theme_id), notes, board, here,
        insights.count(db, here),
        tuple(content_pages.pages(db)), tuple(_named(db, line, rows)),
    )  # fmt: skip


def _question(db: Database, theme: Theme, here: Filters) -> Quote | None:
    """The question that stands for a theme: the most typical of its own, or for an objection what buyers themselves ask
    in the same conversations, of the one theme of questions that is nearest to it, where that sounds alike; else
    none."""
    if theme.kind == "question":
        return _in_full(db, here)
    shape = themes.shapes(db, [theme.id]).get(theme.id)
    if shape is None:
        return None
    asked = replace(here, theme="", kind="question", role="buyer", voice="verbatim")
    ids = insights.surest(db, asked, an_account=3, limit=MOST_QUESTIONS)
    rows, found = vectors.of_insights(db, vectors.encoder(db), ids)
    if not rows:
        return None
    near = found @ shape[0]
    order = sorted(range(len(rows)), key=lambda at: (-near[at], rows[at]["id"]))[:CANDIDATES]
    asked_about = _nearest_question(db, shape[0])
    if asked_about is None:
        return None
    close = (
        quote
        for at in order
        if near[at] >= NEAR_QUESTION
        and (quote := insights.get(db, rows[at]["id"]))
        and quote.theme_id == asked_about
        and not quote.is_loose
    )
    return next((quote for quote in close if quote and _is_whole(quote)), None)


def _nearest_question(db: Database, centre: np.ndarray) -> int | None:
    """The theme of questions that sounds most like an objection's, None where none sounds alike."""
    shapes = themes.shapes(db, [theme.id for theme in themes.active(db, "question")])
    return neighbours.nearest({theme: float(shape @ centre) for theme, (shape, _) in shapes.items()})


def _in_full(db: Database, here: Filters) -> Quote | None:
    """The most typical that is a whole sentence: of the buyers' own words, else of what reps noted."""
    first = representatives(db, here, limit=CANDIDATES)
    # Of quotes that are alike only one is typical, and that may be the one that is cut: so look among the rest too.
    rest = (insights.get(db, one) for one in insights.surest(db, here, an_account=3, limit=CANDIDATES))
    whole = [quote for quote in (*first, *filter(None, rest)) if _is_whole(quote)]
    own = [quote for quote in whole if quote.voice == "verbatim" and quote.role == "buyer"]
    return next(iter(own or whole), None)


def _is_whole(quote: Quote) -> bool:
    return typical.is_whole(quote.text, quote.before, quote.after)


def _named(db: Database, line: Line, rows: Sequence[dict]) -> Iterator[tuple[StoredPage, Naming]]:
    """Where a page that answers it is named in these conversations, by its address, or by a title too long for
    chance."""
    carrying = {row["id"] for row in rows}
    seen: set[str] = set()
    for match in line.coverage.matches:
        if match.state not in ("not covered", "unknown"):
            page = match.page
            phrases = [page.key] * ("/" in page.key) + [page.title] * (len(page.title.split()) >= FEWEST_TITLE_WORDS)
            for phrase in phrases:
                for one in store.naming(db, phrase, carrying):
                    if one.id not in seen:
                        seen.add(one.id)
                        yield page, one


def _beside(
    db: Database, here: Filters, rows: Sequence[dict], kinds: Sequence[str], theme_id: int
) -> tuple[Beside, ...]:
    """What is heard in the same conversations, the most frequent first, told apart from chance by Fisher's exact
    test."""
    carrying = {row["id"] for row in rows}
    everywhere = {e.id for e in exposure_rows.conversations(db, here)}
    heard: dict[int, set[str]] = defaultdict(set)
    for row in store.carried(db, replace(here, kind="")):
        if row["kind"] in kinds and row["theme_id"] != theme_id:
            heard[row["theme_id"]].add(row["id"])
    known = {t.id: t for kind in kinds for t in themes.active(db, kind)}
    others = len(everywhere - carrying)
    found = [(t, len(ids & carrying), len(ids - carrying)) for t, ids in heard.items() if t in known and ids & carrying]
    tests = [_more(both, len(carrying), other, others) for _, both, other in found]
    q = trends.adjusted(tests)
    result = [
        Beside(known[t], both, other, others, p is not None and p <= FALSE_DISCOVERY_RATE)
        for (t, both, other), p in zip(found, q, strict=True)
    ]
    return tuple(sorted(result, key=lambda one: (-one.both, one.theme.id))[:AROUND])


def _more(both: int, n: int, other: int, others: int) -> float | None:
    if both + other < trends.FEWEST_CASES or not others:
        return None
    return at_least(both, mine=n, other=both + other, total=n + others)


def _split(rows: Sequence[dict], field: str, named: dict[str, Step] | None) -> tuple[tuple[str, int], ...]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        value = row[field] if named is None else named.get(row[field], "unknown")
        found[value or "unknown"].add(row["id"])
    return tuple(sorted(((v, len(ids)) for v, ids in found.items()), key=lambda pair: (-pair[1], pair[0])))


def _done_when(volume: Rate, board: Board, trend: Trend | None) -> list[str]:
    """How to see that the page did its work, from today's numbers; `trend` is that of the reports, which look at
    less."""
    if not volume.numerator or volume.low is None or board.window is None:
        return ["There are too few dated conversations to say when it is done."]
    share = volume.share or 0.0
    needed = trends.conversations_needed(share / 2, difference=share / 2)
    days = (board.window.end - board.window.start).days + 1
    pace = volume.denominator / days
    months = ceil(needed / max(pace, 1e-9) / 30.4)
    report, now = board.report, trend.current.share if trend else None
    apart = ""
    if report and now is not None and report.current != board.window:
        apart = f" The reports compare shorter windows: of {wording.span(report.current)} the share is {wording.percent(now)}."
    return [
        f"Heard in {volume.numerator:,} of {volume.denominator:,} conversations ({wording.percent(share)}, 95 % interval "
        f"{wording.interval(volume)}) in {wording.span(board.window)}.{apart}",
        f"It worked if, over {wording.plural(days, 'day')} after the page is out, the share is below {wording.percent(volume.low)}, "
        f"the lower end of the interval of these {wording.plural(days, 'day')}, and fell by more than all other themes did.",
        f"A fall by half would show from {wording.plural(needed, 'conversation')} before and as many after: about "
        f"{wording.plural(months, 'month')} at your present pace.",
    ]  # fmt: skip

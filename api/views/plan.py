"""What the pages of the plan show, as one value a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from api.views.bars import Bar, bar
from api.views.report import scale_of
from api.views.themes import cards
from api.wording import words
from insights import wording
from insights.priority import GAP, MOST_LOST, TREND
from insights.stages import Step
from pipelines import plan
from pipelines.plan import Board, Cell, Line
from pipelines.planning import brief as briefs
from pipelines.planning import cells, content, published
from pipelines.planning.brief import Brief
from pipelines.planning.content import Match
from pipelines.planning.published import Published
from pipelines.privacy import originals
from pipelines.quotes import quoting
from pipelines.store import accounts, asks, content_pages, exposure_rows, jobs, themes
from pipelines.store import plan as store
from pipelines.store.asks import Ask
from pipelines.store.content_pages import StoredPage, Upload
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.plan import Note, StageStep
from pipelines.store.themes import Theme

NEXT = 10
MOST_ROWS = 20
MOST_STAGES = 3  # that a step is told by
MOST_PERSONAS = 6
PAGES_SHOWN = 200
MONTHS_AHEAD = 18  # in which a piece can be due


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row of the heat table: a theme, or one persona of it; `cells` run parallel to the board's steps."""

    line: Line
    persona: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the CRM, how many conversations have it, the step it means, and a person's word that said so."""

    name: str
    conversations: int
    step: Step
    said: StageStep | None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """The list of what to write next and the board. `scale` is the share at the right end of the bars, `most` the score of
    the hottest cell. `empty` says that no conversation is stored. `asked` is what colleagues asked to be written, `below`
    says by theme why one that rises stands below one that does not. `called` names the CRM's stages of each step.
    `owners` and `months` are those that pieces have, to choose from; `month` is the one that runs."""

    bar: Bar
    board: Board
    by: str
    gaps: str
    rows: tuple[BoardRow, ...]
    folded: tuple[BoardRow, ...]
    scale: float
    most: float
    stages: tuple[Stage, ...]
    called: Mapping[str, str]
    published: tuple[Published, ...]
    empty: bool
    asked: tuple[Ask, ...]
    below: Mapping[int, str]
    twins: Mapping[int, tuple[tuple[str, str], ...]]
    owner: str
    due: str
    owners: tuple[str, ...]
    months: tuple[str, ...]
    month: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What stood in the form of a note that could not be kept, and why."""

    status: str = ""
    text: str = ""
    page: str = ""
    title: str = ""
    day: str = ""
    owner: str = ""
    due: str = ""
    who: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BriefPage:
    """A brief with what can be done about it. `brief` is None where nothing matches the filters. `text` is the brief
    for the clipboard. `version` is that of the cell, for the form; `page` is the one that its note says was published, by
    its address, `people` are whose it can be (`accounts` says that it must be one of them) and `months` by when."""

    bar: Bar
    theme: Theme
    brief: Brief | None
    persona: str
    step: str
    personas: tuple[str, ...]
    steps: tuple[str, ...]
    called: Mapping[str, str]
    version: int
    note: Note | None
    notes: tuple[Note, ...]
    told: tuple[tuple[Note, tuple[str, ...]], ...]
    entered: Entered
    text: str
    scale: float
    page: str
    people: tuple[str, ...]
    accounts: bool
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OurPage:
    """A page of ours with the themes that it answers, wholly or partly."""

    page: StoredPage
    answers: tuple[tuple[Theme, Match], ...]


@dataclass(frozen=True, slots=True)
class PagesPage:
    """Our pages, those that answer most first, and the uploads that brought them; `job` is the one that reads them."""

    pages: tuple[OurPage, ...]
    total: int
    uploads: tuple[Upload, ...]
    waiting: int
    job: dict | None
    done: Upload | None


def overview(
    db: Database, filters: Filters, today: date, *, by: str, gaps: str = "", owner: str = "", due: str = ""
) -> PlanPage:
    """The page of the board; `gaps` "only" leaves out what a page of ours answers, `owner` and `due` what is not somebody's
    or not due then."""
    board = plan.board(db, filters, today=today, by=by)
    months = sorted({note.due for line in board.lines for note in line.pieces if note.due})
    board = plan.gaps(board) if gaps else board
    board = plan.pieces(board, owner=owner, due=due, today=today)
    rows = tuple(_rows(board, by))
    most = max((c.priority.score for r in rows for c in r.cells if c), default=0.0)
    given, named, counted = store.steps(db), plan.steps(db), store.stages(db)
    stages = tuple(Stage(name, counted[name], named[name], given.get(name)) for name in counted if name)
    return PlanPage(
        bar(db, filters), board, by, gaps, rows[:MOST_ROWS], rows[MOST_ROWS:],
        scale_of([line.volume for line in board.lines[:NEXT]]), most, stages, called(db),
        published.every(db, filters, today=today), not exposure_rows.count(db, Filters())["conversations"],
        tuple(asks.every(db)), below(board.lines), cards.twins(db), owner, due, tuple(store.owners(db)),
        tuple(months), today.isoformat()[:7],
    )  # fmt: skip


def called(db: Database) -> dict[str, str]:
    """The CRM's own stages that make up each step, as every other page calls them: "Discovery, Evaluation"."""
    named: dict[str, list[str]] = {}
    for name, step in plan.steps(db).items():
        if name:
            named.setdefault(step, []).append(name)
    return {step: ", ".join(names[:MOST_STAGES]) + ", …" * (len(names) > MOST_STAGES) for step, names in named.items()}


def below(lines: Sequence[Line]) -> dict[int, str]:
    """Why a theme that rises, which the overview says to plan first, stands below one that does not."""
    found = {}
    for at, line in enumerate(lines):
        rises = line.trend is not None and line.trend.verdict in ("rising", "new")
        first = next((one for one in lines[:at] if not one.trend or one.trend.verdict not in ("rising", "new")), None)
        if rises and first is not None and first.volume.numerator > line.volume.numerator:
            found[line.theme.id] = (
                f"It rises, and the overview names it for that; it stands below “{first.theme.name}” because over the whole time "
                f"it is heard less: in {line.volume.numerator:,} conversations, not {first.volume.numerator:,}."
            )
    return found


def brief(
    db: Database, filters: Filters, today: date, *, theme_id: int, step: str, entered: Entered = Entered()
) -> BriefPage:
    """The brief of a theme; the persona of the filters and `step` choose a cell of it."""
    persona, rest = filters.persona, replace(filters, persona="")
    theme = cells.topic(db, theme_id)
    found = briefs.brief(db, rest, today=today, theme_id=theme_id, persona=persona, step=step)
    last = store.last(db, theme_id, persona, step)
    notes = tuple(reversed(found.notes if found else store.notes(db, [theme_id])))
    told = tuple((p.note, published.told(p)) for p in found.published) if found else ()
    personas = tuple(name for name, _ in found.board.personas) if found else ()
    known = tuple(s for s, _ in found.board.steps if s != "unknown") if found else ()
    return BriefPage(
        bar(db, filters, hidden=("persona",)), theme, found, persona, step, personas, known, called(db), last.id if last else 0, last,
        notes, told, entered, copied(db, found) if found else "", scale_of([found.volume]) if found else 1.0,
        _address(db, last), *_people(db), _months(today, last.due if last else ""),
    )  # fmt: skip


def _address(db: Database, note: Note | None) -> str:
    """The address of what a note says was published, as it was given."""
    page = content_pages.by_key(db, note.key) if note and note.key else None
    return page.url if page else note.key if note else ""


def _people(db: Database) -> tuple[tuple[str, ...], bool]:
    """Whose a piece can be: everybody with an account, and whether there are accounts; else everybody named so far."""
    users = tuple(user.name for user in accounts.every(db) if not user.disabled_at)
    return (users, True) if users else (tuple(store.owners(db)), False)


def _months(today: date, chosen: str) -> tuple[str, ...]:
    """The months that a piece can be due in: this and the next, and the one that is chosen."""
    at = 12 * today.year + today.month - 1
    found = {f"{n // 12}-{n % 12 + 1:02}" for n in range(at, at + MONTHS_AHEAD)}
    return tuple(sorted(found | {chosen} - {""}))


def pages(db: Database, *, done: int = 0) -> PagesPage:
    active = {t.id: t for kind in plan.KINDS for t in themes.active(db, kind)}
    covered = content.covered(db, active)
    found: dict[int, list[tuple[Theme, Match]]] = {}
    for theme, of in covered.items():
        for match in of.matches:
            if match.state not in ("not covered", "unknown"):
                found.setdefault(match.page.id, []).append((active[theme], match))
    every = content_pages.pages(db)
    listed = [OurPage(page, tuple(sorted(found.get(page.id, []), key=_nearest))) for page in every]
    listed.sort(key=lambda one: (-len(one.answers), one.page.title.lower()))
    waiting = jobs.unfinished(db, "content")
    return PagesPage(
        tuple(listed[:PAGES_SHOWN]), len(every), tuple(content_pages.uploads(db)), content.waiting(db),
        waiting[0] if waiting else None, content_pages.upload(db, done) if done else None,
    )  # fmt: skip


def formula() -> tuple[tuple[str, str], ...]:
    """How a score is made, for whoever wants to work it out."""
    rising, falling = TREND["rising"], TREND["falling"]
    return (
        ("Heard", "The lower end of the 95 % interval of its share of all conversations, in per cent. Few conversations count "
         "little, and one loud account widens the interval."),
        ("Trend", f"× {rising:g} when rising or new, × {falling:g} when falling or gone, × 1 otherwise. It is the theme’s verdict "
         "from the reports: a single cell hardly ever holds enough for its own."),
        ("Lost deals", "× the lower end of the interval of its odds ratio, lost against won deals, where it is heard more in lost "
         f"ones than chance would explain, over all themes; × {MOST_LOST:g} at most, × 1 otherwise. Left out where no outcomes "
         "are known. Association, not cause."),
        ("Gap", f"× {GAP['not covered']:g} when no page was found that answers it, × {GAP['partly']:g} for a part "
         f"or where only the title of a page is known, so that nobody can say, "
         f"× {GAP['covered']:g} when a page answers it. Pages are matched by meaning; you can correct each match."),
    )  # fmt: skip


def copied(db: Database, found: Brief) -> str:
    """A brief as plain text, for the clipboard; its quotes as they may leave."""

    def said(quote: Quote) -> str:
        return f"{wording.between(originals.words(db, quote), quoting.cut(db, quote))} — {words.leaving(db, quote, original=originals.may_name(db, quote))}"

    place = ", ".join(
        filter(
            None, (words.human(found.persona) if found.persona else "", words.human(found.step) if found.step else "")
        )
    )
    lines = [
        f"Brief: {found.line.theme.name}" + (f" ({place})" if place else ""),
        found.priority.words.capitalize() + ".",
        "",
    ]
    if found.answered:
        lines += [found.asks, said(found.answered), ""]
    for heading, quotes in (("In their own words", found.own), ("As reps noted it", found.noted)):
        if rest := [quote for quote in quotes if not found.answered or quote.id != found.answered.id]:
            lines += [heading, *map(said, rest), ""]
    if found.terms:
        lines += ["Words that buyers use and our pages do not", ", ".join(t.term for t in found.terms), ""]
    if found.around:
        lines += ["Also raised in these conversations", *(f"{b.theme.name} ({b.both})" for b in found.around), ""]
    if found.competitors:
        lines += ["Competitors named", ", ".join(f"{b.theme.name} ({b.both})" for b in found.competitors), ""]
    return "\n".join([*lines, "Done when", *found.done_when])


def _rows(board: Board, by: str) -> list[BoardRow]:
    steps = [step for step, _ in board.steps]
    if by != "persona":
        return [BoardRow(line, "", tuple(line.cells.get(("", step)) for step in steps)) for line in board.lines]
    personas = [name for name, _ in board.personas][:MOST_PERSONAS]
    rows = [
        BoardRow(line, persona, tuple(line.cells.get((persona, step)) for step in steps))
        for line in board.lines
        for persona in personas
    ]
    rows = [row for row in rows if any(row.cells)]
    rows.sort(key=lambda row: -max(c.priority.score for c in row.cells if c))
    return rows


def _nearest(pair: tuple[Theme, Match]) -> tuple[bool, float, int]:
    theme, match = pair
    return match.state != "covered", -(match.likeness or 2.0), theme.id

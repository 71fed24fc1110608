"""The page of competitors: the catalogue, names that wait for a word, and what was decided, to undo."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor, shown
from api.pages.answering import ACTOR, page
from api.views.comment import at
from insights.errors import InsightsError
from insights.proposals import Proposal
from insights.records import Competitor
from pipelines.catalogue import names, own_names
from pipelines.catalogue.names import LONGEST, Effect, Entry
from pipelines.jobs import now, submit_mine, submit_reading
from pipelines.store import jobs
from pipelines.store import names as decided
from pipelines.store.catalogue import LeftOut
from pipelines.store.insights import Quote
from pipelines.store.names import Decision

routes = APIRouter(include_in_schema=False)
SHOWN, SHOWN_DECISIONS = 30, 20
Name = Annotated[str, Form(min_length=1, max_length=LONGEST)]
TELLS = {
    "competitor": "is a competitor", "alias": "is another way to write", "refused": "is not a competitor",
    "own": "is our own", "integration": "is a tool that ours works with", "edited": "was saved in the catalogue",
    "removed": "was taken out of the catalogue",
}  # fmt: skip

LEFT_OUT = {
    "": "read, and not taken for a mention of a rival", "rejected": "a person said that it is none",
    "doubted": "taken for none, by what people said of others like it",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CompetitorsView:
    """The catalogue, the proposals that are shown with their quotes, how many there are, and the latest decisions."""

    entries: list[Entry]
    proposals: list[tuple[Proposal, list[Quote]]]
    total: int
    decisions: list[Decision]


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What a person wrote for an entry that somebody else changed meanwhile, and the sentence that says so."""

    name: str
    aliases: str
    told: str


@routes.get("/competitors")
def show_competitors(
    request: Request, db: Db, done: int = 0, undone: Annotated[int, Query(ge=0, le=2**62)] = 0,
    left: Annotated[str, Query(max_length=LONGEST)] = "",
) -> Response:  # fmt: skip
    view = _view(db)
    last = next((one for one in view.decisions if one.id == done), None)
    back = decided.decision(db, undone) if undone else None
    out = names.left_out(db, left) if left else None
    return _page(request, db, view, last=last, back=back if back and back.undone_at else None, left=out)


@routes.post("/competitors/proposals")
def decide(
    db: Db, name: Name,
    verdict: Annotated[Literal["competitor", "alias", "refused", "own", "integration"], Form()],
    competitor: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:  # fmt: skip
    return _back(names.say(db, name, verdict, competitor, now=now(), actor=actor(ACTOR)))


@routes.post("/competitors/entries")
def save(
    request: Request, db: Db, name: Name, aliases: Annotated[str, Form(max_length=5000)] = "",
    seen: Annotated[str, Form(max_length=16)] = "any",
) -> Response:  # fmt: skip
    """Where somebody was first, the page comes back with what was written and says so."""
    known = decided.entry(db, name)
    if seen not in ("any", own_names.version(known)):
        told = str(own_names.EntryChanged(name, known.aliases if known else None))
        answer = _page(request, db, _view(shown(db)), unsaved=Unsaved(known.name if known else name, aliases, told))
        answer.status_code = 409
        return answer
    keep = names.add if seen == "any" else names.edit
    return _back(keep(db, name, _spellings(aliases), now=now(), actor=actor(ACTOR)))


@routes.post("/competitors/effect")
def effect(
    request: Request, db: Db, name: Annotated[str, Form(max_length=5000)] = "",
    aliases: Annotated[str, Form(max_length=5000)] = "",
    place: Annotated[str, Form(pattern=r"^[a-z0-9-]{0,20}$")] = "",
) -> Response:  # fmt: skip
    """What an entry's spellings would meet, as a part of the page, while they are typed."""
    found, problem = None, ""
    if name.strip():
        try:
            found = names.effect(db, name, _spellings(aliases))
        except InsightsError as error:
            problem = str(error)
    return page(request, "competitor_effect.html", None, effect=found, problem=problem, place=place)


@routes.post("/competitors/removed")
def remove(db: Db, name: Name) -> Response:
    number = names.remove(db, name, now=now(), actor=actor(ACTOR))
    submit_reading(db, "removed")
    return _back(number)


@routes.post("/competitors/read")
def read_again(db: Db) -> Response:
    """Queue that the whole history is read as the catalogue is now."""
    submit_mine(db)
    return RedirectResponse("/competitors", 303)


@routes.post("/competitors/undone")
def undo(db: Db, decision: Annotated[int, Form(ge=1, le=2**62)]) -> Response:
    submit_reading(db, names.restore(db, decision, now=now()).verdict)
    return RedirectResponse(f"/competitors?undone={decision}", 303)


@routes.post("/competitors/again")
def again(db: Db, decision: Annotated[int, Form(ge=1, le=2**62)]) -> Response:
    """Decide again what was undone."""
    number = names.again(db, decision, now=now(), actor=actor(ACTOR))
    submit_reading(db, "")
    return _back(number)


def _page(
    request: Request, db: Database, view: CompetitorsView, *, last: Decision | None = None,
    unsaved: Unsaved | None = None,
    back: Decision | None = None, left: tuple[Competitor, list[LeftOut]] | None = None,
) -> Response:  # fmt: skip
    return page(
        request,
        "competitors.html",
        view,
        last=last,
        back=back,
        unsaved=unsaved,
        left=left,
        why=LEFT_OUT,
        tells=TELLS,
        version=own_names.version,
        met=_met(db, last),
        stale=own_names.is_stale(db),
        talk=at(db, "/competitors"),
        reading=next(iter(jobs.unfinished(db, "mine")), None),
    )


def _spellings(text: str) -> list[str]:
    """What stands between commas or in lines of its own."""
    return [alias.strip() for line in text.splitlines() for alias in line.split(",") if alias.strip()]


def _met(db: Database, last: Decision | None) -> Effect | None:
    """What the entry that was saved just now meets, where it stands in the catalogue."""
    known = decided.entry(db, last.competitor) if last and last.verdict in ("competitor", "alias", "edited") else None
    return names.effect(db, known.name, known.aliases) if known else None


def _view(db: Database) -> CompetitorsView:
    found, total = names.proposed(db, limit=SHOWN)
    return CompetitorsView(names.catalogue(db), found, total, decided.decisions(db)[:SHOWN_DECISIONS])


def _back(decision: int) -> Response:
    return RedirectResponse(f"/competitors?done={decision}", 303)

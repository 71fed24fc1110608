"""The page of rules: what is kept how long and what never comes in; each is shown with what it would take before it
does."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Clock, Db, Today, actor
from api.gate.who import visit
from api.pages.answering import ACTOR, RowId, page
from api.views.account import role_choices
from insights.errors import InsightsError
from insights.keeping import FIELDS, KINDS, Rule
from pipelines.jobs import now
from pipelines.privacy import keeping, originals
from pipelines.privacy.keeping import Effect
from pipelines.store import jobs
from pipelines.store import keeping as store
from pipelines.store.accounts import Role
from pipelines.store.keeping import Applied, Kept

routes = APIRouter(include_in_schema=False)
HOME = "/settings/keeping"
BLANK = Rule("age")
FIXED: dict[str, Any] = {"fields": FIELDS, "kinds": KINDS, "choices": originals.CHOICES}
Typed = Annotated[str, Form(max_length=300)]


@dataclass(frozen=True, slots=True)
class KeepingPage:
    """The rules with what each would take away now, what is in the form, and what rules took so far."""

    rules: tuple[tuple[Kept, Effect], ...]
    entered: Rule
    effect: Effect | None
    problem: str
    receipts: tuple[Applied, ...]
    removed: Kept | None
    applying: bool
    originals: originals.Originals
    roles: tuple[tuple[Role, str], ...]


@routes.get(HOME)
def show_keeping(
    request: Request, db: Db, today: Today, removed: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    against: Annotated[str, Query(max_length=64)] = "",
) -> Response:  # fmt: skip
    """`against` is a conversation that is to be kept out: the rule for it is in the form, with what it would take."""
    if not against:
        return page(request, "keeping.html", _view(db, today, removed=removed), **FIXED)
    try:
        rule = keeping.against(db, against)
        view = _view(db, today, entered=rule, effect=keeping.preview(db, rule, today=today))
    except InsightsError as error:
        view = _view(db, today, problem=str(error))
    return page(request, "keeping.html", view, **FIXED)


@routes.post(HOME)
def add_rule(
    request: Request, db: Db, today: Today, type: Annotated[str, Form(pattern="^(age|private)$")] = "age",
    kind: Typed = "",
    field: Typed = "", words: Typed = "", months: Annotated[str, Form(max_length=4)] = "", action: Typed = "look",
) -> Response:  # fmt: skip
    """Show what a rule would take away, or keep it."""
    number = int(months) if months.isascii() and months.isdigit() else 0
    rule = Rule(type, kind, field, words, number if type == "age" else 0)  # type: ignore[arg-type]
    try:
        effect = keeping.preview(db, rule, today=today)
        if action == "save":
            keeping.add(db, rule, now=now(), actor=actor(ACTOR))
            return RedirectResponse(f"{HOME}#rules", 303)
    except InsightsError as error:
        answer = page(request, "keeping.html", _view(db, today, entered=rule, problem=str(error)), **FIXED)
        answer.status_code = 422
        return answer
    return page(request, "keeping.html", _view(db, today, entered=rule, effect=effect), **FIXED)


@routes.post(f"{HOME}/{{number}}/remove")
def remove_rule(db: Db, number: RowId) -> Response:
    keeping.set_status(db, number, "removed", now=now(), actor=actor(ACTOR))
    return RedirectResponse(f"{HOME}?removed={number}", 303)


@routes.post(f"{HOME}/{{number}}/restore")
def restore_rule(db: Db, number: RowId) -> Response:
    keeping.set_status(db, number, "active", now=now(), actor=actor(ACTOR))
    return RedirectResponse(f"{HOME}#rules", 303)


@routes.post(f"{HOME}/{{number}}/apply")
def apply_rule(
    request: Request, db: Db, today: Today, number: RowId, confirm: Typed = "", seen: Annotated[int, Form(ge=0)] = -1
) -> Response:
    """Take away what a rule says now; `seen` is how many conversations were shown, `confirm` the same number typed."""
    rule = keeping.get(db, number)
    found = keeping.preview(db, rule.rule, today=today).conversations
    if confirm.replace(",", "").strip() != str(found) or seen != found:
        problem = (
            f"Nothing was taken away. It cannot be undone, so type {found:,}, the number of conversations, to confirm."
        )
        answer = page(request, "keeping.html", _view(db, today, problem=problem), **FIXED)
        answer.status_code = 422
        return answer
    with db.atomic():
        jobs.add(db, "keep", {"rule": number, "actor": actor(ACTOR)}, now=now())
    return RedirectResponse(f"{HOME}#receipts", 303)


@routes.post("/settings/originals")
def choose_originals(
    db: Db, at: Clock, chosen: Annotated[originals.Choice, Form()], role: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    originals.settle(db, sees=role, leaving=chosen, now=at, actor=actor(ACTOR))
    return RedirectResponse(f"{HOME}#leaving", 303)


def _view(
    db: Database, today: Any, *, entered: Rule = BLANK, effect: Effect | None = None, problem: str = "",
    removed: int | None = None
) -> KeepingPage:  # fmt: skip
    rules = tuple((one, keeping.preview(db, one.rule, today=today)) for one in store.every(db))
    gone = store.get(db, removed) if removed else None
    return KeepingPage(
        rules, entered, effect, problem, tuple(store.receipts(db)), gone if gone and gone.status == "removed" else None,
        bool(jobs.unfinished(db, "keep")), originals.rule(db),
        role_choices() if visit().accounts else (),
    )  # fmt: skip

"""The pages of the catalogue: a glance at all of it, own names, integrations, personas and stages, each tried before
saved."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, actor, shown
from api.pages.answering import ACTOR, page
from api.views import catalogue as views
from api.wording import words
from api.wording.words import link
from insights.errors import InsightsError
from insights.personas import PersonaRule
from insights.stages import STEPS
from pipelines.catalogue import own_names, personas
from pipelines.catalogue.own_names import Kind
from pipelines.jobs import now, submit_mine, submit_sides
from pipelines.planning import cells
from pipelines.store import catalogue
from pipelines.store import plan as stage_words
from pipelines.store.catalogue import Change

routes = APIRouter(prefix="/catalogue", include_in_schema=False)
Long = Annotated[str, Form(max_length=20_000)]
Number = Annotated[int, Query(ge=0, le=2**62)]
FormNumber = Annotated[int, Form(ge=0, le=2**62)]
BACK = {"product": "own", "domain": "own", "person": "own", "integration": "integrations", "persona": "personas"}


def spellings(text: str) -> tuple[str, ...]:
    """What stands between commas or in lines of its own."""
    return tuple(part.strip() for line in text.splitlines() for part in line.split(",") if part.strip())


@routes.get("/competitors")
@routes.get("/trackers")
def elsewhere(request: Request) -> Response:
    """They have pages of their own; whoever types the address is led there."""
    return RedirectResponse(request.url.path.removeprefix("/catalogue"), 308)


@routes.get("")
def show_catalogue(request: Request, db: Db) -> Response:
    return page(request, "catalogue.html", views.overview(db))


@routes.post("/read")
def read_again(db: Db, back: Annotated[str, Form(max_length=200)] = "") -> Response:
    submit_mine(db)
    return RedirectResponse(back if back.startswith("/c") and "//" not in back else "/catalogue", 303)


@routes.post("/undone")
def undo(db: Db, number: FormNumber) -> Response:
    one = own_names.undo(db, number, now=now())
    if one.subject in ("domain", "person"):
        submit_sides(db, [])
    return RedirectResponse(f"/catalogue/{BACK[one.subject]}?undone={number}#changes", 303)


@routes.post("/again")
def again(db: Db, number: FormNumber) -> Response:
    """Do again what was undone."""
    one = own_names.again(db, number, now=now())
    if one.subject in ("domain", "person", "side"):
        submit_sides(db, [])
    at = "/speakers" if one.subject == "side" else f"/catalogue/{BACK[one.subject]}"
    return RedirectResponse(f"{at}?done={number}", 303)


@routes.get("/own")
@routes.get("/integrations")
def show_names(
    request: Request, db: Db, kind: Kind = "product", name: Annotated[str, Query(max_length=5000)] = "",
    aliases: Annotated[str, Query(max_length=20_000)] = "", done: Number = 0, undone: Number = 0,
) -> Response:  # fmt: skip
    tools = request.url.path.endswith("/integrations")
    entered = views.Entered("integration" if tools else kind, name, spellings(aliases)) if name else None
    view = views.own(db, integrations=tools, entered=entered, look=bool(name), done=done)
    return page(request, "names.html", view, undone=_undone(db, undone))


@routes.post("/names")
def act_on_name(
    request: Request, db: Db, kind: Annotated[Kind, Form()], name: Long = "", aliases: Long = "",
    seen: Annotated[str, Form(max_length=16)] = "any", action: Annotated[Literal["save", "look", "remove"], Form()] = "look",
) -> Response:  # fmt: skip
    entered = views.Entered(kind, name, spellings(aliases), seen)
    tools = kind == "integration"
    if action == "look":
        return page(
            request, "names.html", views.own(shown(db), integrations=tools, entered=entered, look=True), undone=None
        )
    try:
        if action == "remove":
            number = own_names.remove(db, kind, name, now=now(), actor=actor(ACTOR), seen=seen)
        elif seen == "any":
            number = own_names.add(db, kind, name, entered.aliases, now=now(), actor=actor(ACTOR))
        else:
            number = own_names.save(db, kind, name, entered.aliases, now=now(), actor=actor(ACTOR), seen=seen)
    except InsightsError as error:
        return _unsaved(request, db, entered, error)
    if kind in ("domain", "person"):
        submit_sides(db, [])
    return RedirectResponse(f"/catalogue/{BACK[kind]}?done={number}", 303)


@routes.post("/names/effect")
def name_effect(
    request: Request, db: Db, kind: Annotated[str, Form(max_length=20)] = "product", name: Long = "", aliases: Long = ""
) -> Response:  # fmt: skip
    """What a name would meet, as a part of the page, while it is typed."""
    known: Kind = kind if kind in own_names.KINDS else "product"
    entered = views.Entered(known, name, spellings(aliases))
    return page(
        request, "names_effect.html", views.own(db, integrations=kind == "integration", entered=entered, look=True)
    )


@routes.get("/personas")
def show_personas(
    request: Request, db: Db, q: Annotated[str, Query(max_length=300)] = "", only: Literal["", "unknown"] = "",
    start: Annotated[int, Query(alias="from", ge=0, le=10_000_000)] = 0, done: Number = 0, undone: Number = 0,
    remove: Annotated[str, Query(max_length=1000)] = "",
) -> Response:  # fmt: skip
    rule = personas.get(db, remove) if remove else None
    view = views.people(
        db, q=q.replace("\x00", ""), only=only, start=start, done=done, entered=rule or PersonaRule(""),
        look="remove" if rule else ""
    )  # fmt: skip
    return _personas(request, view, undone=_undone(db, undone))


@routes.post("/personas")
def act_on_persona(
    request: Request, db: Db, words: Long = "", function: Annotated[str, Form(max_length=40)] = "",
    seniority: Annotated[str, Form(max_length=40)] = "", seen: Annotated[str, Form(max_length=90)] = "any",
    action: Annotated[Literal["save", "look", "remove"], Form()] = "look", q: Annotated[str, Form(max_length=300)] = "",
    only: Annotated[str, Form(max_length=20)] = "", start: Annotated[int, Form(ge=0, le=10_000_000)] = 0,
) -> Response:  # fmt: skip
    rule = personas.rule(words, function, seniority)
    if action == "look":
        return _personas(request, views.people(shown(db), q=q, only=only, start=start, entered=rule, look="save"))
    try:
        if action == "remove":
            number, _ = personas.remove(db, words, now=now(), actor=actor(ACTOR))
        else:
            number, _ = personas.save(db, rule, now=now(), actor=actor(ACTOR), seen=_seen(words, seen))
    except InsightsError as error:
        answer = _personas(
            request, views.people(shown(db), q=q, only=only, start=start, entered=_short(rule), problem=str(error))
        )
        answer.status_code = 409 if isinstance(error, personas.RuleChanged) else 422
        return answer
    params = {"q": q, "only": only, "from": start or "", "done": number}
    return RedirectResponse(link("/catalogue/personas", params), 303)


@routes.post("/personas/effect")
def persona_effect(
    request: Request, db: Db, words: Long = "", function: Annotated[str, Form(max_length=40)] = "",
    seniority: Annotated[str, Form(max_length=40)] = "", place: Annotated[str, Form(pattern=r"^[a-z0-9-]{0,20}$")] = "",
) -> Response:  # fmt: skip
    """What a rule would change, as a part of the page, while it is chosen."""
    rule = personas.rule(words, function, seniority)
    view = views.people(db, entered=rule, look="save" if function or seniority else "")
    return page(request, "persona_effect.html", view, place=place)


@routes.get("/stages")
def show_stages(
    request: Request, db: Db, stage: Annotated[str, Query(max_length=500)] = "",
    step: Annotated[str, Query(max_length=20)] = "", done: Number = 0, undone: Number = 0,
) -> Response:  # fmt: skip
    view = views.steps(db, stage=stage, step=step, done=done)
    return page(request, "stages.html", view, all_steps=STEPS, undone=bool(undone))


@routes.post("/stages")
def act_on_stage(
    request: Request, db: Db, stage: Annotated[str, Form(max_length=10_000)] = "",
    step: Annotated[str, Form(max_length=20)] = "",
    seen: FormNumber = 0, action: Annotated[Literal["save", "look"], Form()] = "look",
) -> Response:  # fmt: skip
    if action == "look":
        return page(
            request, "stages.html", views.steps(shown(db), stage=stage, step=step), all_steps=STEPS, undone=False
        )
    stands = stage_words.steps(db).get(stage)
    problem, status = "", 409
    if (stands.id if stands else 0) != seen:
        said = f"it is “{words.human(stands.step)}”" if stands else "the usual names decide again"
        problem = f"Somebody changed “{stage[:80]}” meanwhile: {said}. Nothing of yours was saved; choose again if you see it otherwise."
    else:
        try:
            number = cells.set_step(db, stage, step, actor=actor(ACTOR), now=now())
            return RedirectResponse(f"/catalogue/stages?done={number}", 303)
        except InsightsError as error:
            problem, status = str(error), 422
    answer = page(request, "stages.html", views.steps(shown(db), problem=problem), all_steps=STEPS, undone=False)
    answer.status_code = status
    return answer


@routes.post("/stages/effect")
def stage_effect(
    request: Request, db: Db, stage: Annotated[str, Form(max_length=10_000)] = "",
    step: Annotated[str, Form(max_length=20)] = "",
    place: Annotated[str, Form(pattern=r"^[a-z0-9-]{0,20}$")] = "",
) -> Response:  # fmt: skip
    """What a step would change, as a part of the page, while it is chosen."""
    return page(request, "stage_effect.html", views.steps(db, stage=stage, step=step), place=place)


@routes.post("/stages/undone")
def undo_stage(db: Db, number: FormNumber) -> Response:
    cells.undo_step(db, number, now=now())
    return RedirectResponse("/catalogue/stages?undone=1", 303)


def _undone(db: Database, number: int) -> Change | None:
    """The change that an address names, where it is undone."""
    one = catalogue.change(db, number) if number else None
    return one if one and one.undone_at else None


def _personas(request: Request, view: views.PersonasPage, *, undone: Change | None = None) -> Response:
    def seen(title: str) -> str:
        rule = next((one for one in view.rules if one.words.casefold() == " ".join(title.split()).casefold()), None)
        return f"{rule.function}|{rule.seniority}" if rule else "none"

    return page(
        request, "personas.html", view, functions=personas.FUNCTIONS, seniorities=personas.SENIORITIES, seen=seen,
        told=personas.told, undone=undone,
    )  # fmt: skip


def _seen(rule_words: str, seen: str) -> PersonaRule | str | None:
    """The rule that a form was made from: "none", "function|seniority", or "any" where nobody looked."""
    if seen == "any":
        return "any"
    if seen == "none" or "|" not in seen:
        return None
    function, _, seniority = seen.partition("|")
    return personas.rule(rule_words, function, seniority)


def _short(rule: PersonaRule) -> PersonaRule:
    """Without what no form needs to show again."""
    return replace(rule, words=rule.words[:1000])


def _unsaved(request: Request, db: Database, entered: views.Entered, error: InsightsError) -> Response:
    """The page as it stands now, with what the person wrote and why it was not saved."""
    now_there = catalogue.entry(db, entered.kind, entered.name)
    kept = replace(entered, name=entered.name[:1000], seen=own_names.version(now_there))
    view = views.own(shown(db), integrations=entered.kind == "integration", entered=kept, problem=str(error))
    answer = page(request, "names.html", view, undone=None)
    answer.status_code = 409 if isinstance(error, own_names.EntryChanged) else 422
    return answer

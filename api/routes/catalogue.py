"""The catalogue for programs: own names, job titles and stages with what a word on them would change."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.deps import Db, actor
from api.errors import RESPONSES, BadParameter
from api.views import catalogue as views
from insights.personas import PersonaRule
from pipelines.catalogue import own_names, personas
from pipelines.jobs import now, submit_mine, submit_sides

routes = APIRouter(prefix="/catalogue", tags=["catalogue"], responses=RESPONSES)
ACTOR = "api"
Kind = Literal["product", "integration", "domain", "person"]
Name = Annotated[str, Path(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class OwnName(BaseModel):
    """A name of ours: where it is said, and the version of the entry, to be given back when it is changed."""

    kind: Kind
    name: str
    aliases: list[str]
    conversations: int
    accounts: int
    version: str


class Spellings(BaseModel, extra="forbid"):
    """Other ways to write a name; with the `version` that was looked at, a change made meanwhile is not overwritten."""

    aliases: list[Annotated[str, Field(min_length=1, max_length=120)]] = Field(default=[], max_length=50)
    version: str = Field(default="any", max_length=16)


class WantedName(BaseModel, extra="forbid"):
    """A name to try on the history."""

    name: str = Field(min_length=1, max_length=200)
    aliases: list[Annotated[str, Field(min_length=1, max_length=120)]] = Field(default=[], max_length=50)


class Place(BaseModel):
    """An utterance in which a name stands."""

    conversation_id: str
    position: int
    text: str
    account: str
    day: str


class Near(BaseModel):
    """A word that is written or heard almost alike; `word` is its stem."""

    word: str
    utterances: int


class NameEffect(BaseModel):
    """What a name would meet: `mentions` of a competitor carry it now and would go."""

    name: str
    aliases: list[str]
    conversations: int
    accounts: int
    places: list[Place]
    mentions: int
    rivals: list[str]
    near: list[Near]


class ChangeNumber(BaseModel):
    """The change, to undo it by; `conversations` that changed at once, `job` that works the rest out."""

    change: int
    conversations: int = 0
    job: int | None = None


class Persona(BaseModel):
    function: str
    seniority: str


class JobTitle(BaseModel):
    """A job title as it is read; `rule` is the user's rule that says so, "" where the shipped rules do."""

    title: str
    conversations: int
    persona: Persona
    rule: str


class Rule(BaseModel, extra="forbid"):
    """Titles with these words have this function or seniority; a field left "" is read from the title as ever."""

    words: Words
    function: str = Field(default="", max_length=40)
    seniority: str = Field(default="", max_length=40)


class MovedTitle(BaseModel):
    title: str
    conversations: int
    before: Persona
    after: Persona


class Titled(BaseModel):
    title: str
    conversations: int


class RuleEffect(BaseModel):
    """What a rule would change; `near` hold its words in another order or apart."""

    conversations: int
    moved: list[MovedTitle]
    same: list[Titled]
    near: list[Titled]


class StageOfPurchase(BaseModel):
    """A stage of the CRM and the step that it means; `said` is the number of a person's word."""

    stage: str
    conversations: int
    step: str
    said: int | None


class StepCount(BaseModel):
    step: str
    before: int
    after: int


class StageEffect(BaseModel):
    stage: str
    was: str
    step: str
    conversations: int
    steps: list[StepCount]


@routes.get("/names", summary="List own names")
def list_names(db: Db) -> list[OwnName]:
    """Products, integrations, mail domains and colleagues, with where they are said."""
    found = [*views.own(db, integrations=False).entries, *views.own(db, integrations=True).entries]
    return [OwnName.model_validate(one, from_attributes=True) for one in found]


@routes.post("/names/preview", summary="Try an own name")
def preview_name(db: Db, body: WantedName) -> NameEffect:
    """Where the name stands in the history, which mentions would go, and what is written almost alike."""
    found = own_names.effect(db, body.name, body.aliases)
    return NameEffect(
        name=found.name, aliases=list(found.aliases), conversations=found.conversations, accounts=found.accounts,
        places=[Place.model_validate(one, from_attributes=True) for one in found.places], mentions=found.mentions,
        rivals=list(found.rivals), near=[Near(word=word, utterances=n) for word, n in found.near],
    )  # fmt: skip


@routes.put("/names/{kind}/{name}", summary="Add or change an own name")
def save_name(db: Db, kind: Kind, name: Name, body: Spellings) -> ChangeNumber:
    """Mentions of it as a competitor go at once; what needs reading comes with `POST /catalogue/read`."""
    number = own_names.save(db, kind, name, body.aliases, now=now(), actor=actor(ACTOR), seen=body.version)
    return ChangeNumber(change=number, job=submit_sides(db, []) if kind in ("domain", "person") else None)


@routes.delete("/names/{kind}/{name}", summary="Take an own name out")
def remove_name(db: Db, kind: Kind, name: Name) -> ChangeNumber:
    number = own_names.remove(db, kind, name, now=now(), actor=actor(ACTOR))
    return ChangeNumber(change=number, job=submit_sides(db, []) if kind in ("domain", "person") else None)


@routes.post("/read", status_code=202, summary="Read the history again")
def read_again(db: Db) -> ChangeNumber:
    """Queue that everything is read with today's catalogue; the job says how far it is."""
    return ChangeNumber(change=0, job=submit_mine(db))


@routes.delete("/changes/{number}", status_code=204, summary="Undo a change of a name, a rule or a side")
def undo_change(db: Db, number: Annotated[int, Path(ge=1, le=2**62)]) -> None:
    """The entry says again what it said before; a later change of the same entry must be undone first."""
    one = own_names.undo(db, number, now=now())
    if one.subject in ("domain", "person", "side"):
        submit_sides(db, [])


@routes.get("/personas", summary="List job titles and their personas")
def list_titles(db: Db, q: Annotated[str, Query(max_length=300)] = "", unknown: bool = False) -> list[JobTitle]:
    """The titles found, those whose function is not known first, then by how many conversations have them."""
    return [
        JobTitle(
            title=one.title, conversations=one.conversations, rule=one.rule.words if one.rule else "",
            persona=Persona(function=one.persona.function, seniority=one.persona.seniority),
        )
        for one in personas.readings(db, q=q, unknown=unknown)
    ]  # fmt: skip


@routes.get("/personas/rules", summary="List the company's own rules for job titles")
def list_rules(db: Db) -> list[Rule]:
    return [Rule.model_validate(one, from_attributes=True) for one in views.people(db).rules]


@routes.post("/personas/preview", summary="Try a rule for job titles")
def preview_rule(db: Db, body: Rule) -> RuleEffect:
    """Which titles it would read otherwise, in how many conversations; nothing is kept."""
    found = personas.effect(db, _rule(body))
    return RuleEffect.model_validate(found, from_attributes=True)


@routes.put("/personas/rules", summary="Save a rule for job titles")
def save_rule(db: Db, body: Rule) -> ChangeNumber:
    """It holds for the whole history at once."""
    number, changed = personas.save(db, _rule(body), now=now(), actor=actor(ACTOR))
    return ChangeNumber(change=number, conversations=changed)


@routes.delete("/personas/rules", summary="Take a rule for job titles back")
def remove_rule(db: Db, words: Annotated[str, Query(min_length=1, max_length=200)]) -> ChangeNumber:
    number, changed = personas.remove(db, words, now=now(), actor=actor(ACTOR))
    return ChangeNumber(change=number, conversations=changed)


@routes.get("/stages", summary="List stages and the steps that they mean")
def list_stages(db: Db) -> list[StageOfPurchase]:
    """Those not known first; to say otherwise: `POST /plan/stages`."""
    return [
        StageOfPurchase(stage=s.name, conversations=s.conversations, step=s.step, said=s.said.id if s.said else None)
        for s in views.stages(db)
    ]


@routes.get("/stages/preview", summary="Try a step for a stage")
def preview_stage(
    db: Db, stage: Annotated[str, Query(min_length=1, max_length=500)],
    step: Literal["awareness", "consideration", "decision", "customer", "unknown"],
) -> StageEffect:  # fmt: skip
    """Conversations by step before and after; nothing is kept."""
    found = views.steps(db, stage=stage, step=step).effect
    if found is None:
        raise BadParameter("stage", "no conversation has this stage. See the list of stages.")
    return StageEffect(
        stage=found.stage, was=found.was, step=found.step, conversations=found.conversations,
        steps=[StepCount(step=name, before=before, after=after) for name, before, after in found.steps],
    )  # fmt: skip


def _rule(body: Rule) -> PersonaRule:
    return personas.rule(body.words, body.function, body.seniority)

"""What the pages of the catalogue show, as one value a page: what is in it, what waits for a word, what a word would
change."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from insights.personas import PersonaRule
from insights.records import Competitor
from insights.stages import STEPS, Step
from pipelines import plan
from pipelines.catalogue import names, own_names, personas, trackers
from pipelines.catalogue.own_names import Kind
from pipelines.catalogue.personas import Reading
from pipelines.reports.next_steps import MOST_MENTIONS
from pipelines.store import catalogue, company, conversations, corrections, jobs
from pipelines.store import plan as stage_words
from pipelines.store import themes as theme_store
from pipelines.store.catalogue import Change
from pipelines.store.plan import StageStep

TITLES_A_PAGE = 50
SHOWN_CHANGES = 12
OWN: tuple[Kind, ...] = ("product", "domain", "person")


@dataclass(frozen=True, slots=True)
class Reread:
    """Whether the history has to be read again, and the job that does it."""

    stale: bool
    job: dict | None


@dataclass(frozen=True, slots=True)
class Part:
    """A tab of the catalogue: how much is in it, and what waits for a person's word."""

    address: str
    name: str
    holds: str
    waits: str
    about: str


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """All parts at a glance; `empty` says that nothing was uploaded yet."""

    parts: tuple[Part, ...]
    reading: Reread
    empty: bool


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An own name with its spellings, in how many conversations and accounts it is said, and the version of the
    entry."""

    kind: Kind
    name: str
    aliases: tuple[str, ...]
    conversations: int
    accounts: int
    version: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the form for a name: kept when it cannot be saved or is only looked at."""

    kind: Kind
    name: str = ""
    aliases: tuple[str, ...] = ()
    seen: str = "none"


@dataclass(frozen=True, slots=True)
class NamesPage:
    """Own names (or integrations), a form, what it would meet, the latest changes."""

    integrations: bool
    entries: tuple[OwnEntry, ...]
    entered: Entered
    effect: own_names.Effect | None
    problem: str
    changes: tuple[Change, ...]
    last: Change | None
    reading: Reread
    side: own_names.SideEffect | None = None


@dataclass(frozen=True, slots=True)
class PersonasPage:
    """Job titles with their personas, those not known first; the rules; what a rule would change.

    `seen` is what each rule said when the page was made: (function, seniority) by its words in small letters.
    """

    titles: tuple[Reading, ...]
    total: int
    unknown: int
    untitled: int
    conversations: tuple[tuple[str, int], ...]
    rules: tuple[PersonaRule, ...]
    entered: PersonaRule
    effect: personas.Effect | None
    problem: str
    changes: tuple[Change, ...]
    last: Change | None
    start: int
    next: int | None
    q: str
    only: str


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage of the CRM, in how many conversations, the step that it means, and the person's word that said so."""

    name: str
    conversations: int
    step: Step
    said: StageStep | None


@dataclass(frozen=True, slots=True)
class StageEffect:
    """What calling a stage another step would change: conversations by step before and after."""

    stage: str
    step: Step
    was: Step
    conversations: int
    steps: tuple[tuple[Step, int, int], ...]


@dataclass(frozen=True, slots=True)
class StagesPage:
    stages: tuple[StageLine, ...]
    steps: tuple[tuple[Step, int], ...]
    none: int
    effect: StageEffect | None
    problem: str
    last: StageStep | None


def reading(db: Database) -> Reread:
    running = [*jobs.unfinished(db, "mine"), *jobs.unfinished(db, "sides")]
    return Reread(own_names.is_stale(db), running[0] if running else None)


def overview(db: Database) -> CataloguePage:
    """Every tab in one glance."""
    from api.wording.words import number, plural

    rivals = company.load(db).competitors
    own = {kind: len(catalogue.entries(db, kind)) for kind in own_names.KINDS}
    titles, lines = personas.readings(db), stages(db)
    unknown = sum(one.persona.function == "unknown" for one in titles)
    unsure = sum(line.step == "unknown" for line in lines)
    parts = (
        Part("/competitors", "Competitors", *_rivals(db, len(rivals)),
             "Whom buyers compare you with, in every way people write it, and names that wait for your word."),
        Part("/catalogue/own", "Own names", f"{plural(own['product'], 'product')}, {plural(own['domain'], 'mail domain')}, {plural(own['person'], 'colleague')}",
             "" if own["domain"] else "No mail domain yet: it tells your side from the buyer’s",
             "Who you are: never taken for a competitor or a buyer."),
        Part("/catalogue/integrations", "Integrations", plural(own["integration"], "integration"), "", "Tools that yours works with: named beside you, not against you."),
        Part("/catalogue/personas", "Personas", f"{plural(len(titles), 'job title')}, {plural(len(corrections.persona_rules(db)), 'rule')} of yours",
             f"{plural(unknown, 'title')} not known" if unknown else "",
             "What a job title stands for: function and seniority."),
        Part("/catalogue/stages", "Stages", plural(len(lines), "stage"), f"{number(unsure)} not known" if unsure else "",
             "Which step of a purchase a stage of your CRM means."),
        Part("/trackers", "Trackers", plural(len(trackers.every(db)), "tracker"), "", "Your own concepts, by phrases or example sentences."),
    )  # fmt: skip
    return CataloguePage(parts, reading(db), not conversations.some(db))


def _rivals(db: Database, listed: int) -> tuple[str, str]:
    """How many competitors are listed, and how many names wait to be decided on; the second alone where none is
    listed."""
    from api.wording.words import plural

    few = theme_store.total(db, "competitor") <= MOST_MENTIONS  # looking for names takes a second where there are many
    waiting = names.proposed(db, limit=0)[1] if few else 0
    told = f"{plural(waiting, 'name')} to decide on" if waiting else ""
    return (plural(listed, "competitor"), told) if listed or not told else (told, "")


def own(
    db: Database, *, integrations: bool, entered: Entered | None = None, look: bool = False, problem: str = "",
    done: int = 0
) -> NamesPage:  # fmt: skip
    """The page of own names or of integrations; `look` shows what the form's name would meet."""
    kinds: tuple[Kind, ...] = ("integration",) if integrations else OWN
    entered = entered or Entered(kinds[0])
    effect = None
    if look and entered.name.strip() and entered.kind in ("product", "integration"):
        try:
            found = own_names.effect(db, entered.name, entered.aliases)
            known = catalogue.entry(db, entered.kind, found.name)
            own_names.check_free(db, entered.kind, known.name if known else found.name, found.aliases)
            effect = found
        except own_names.BadName as error:
            problem = problem or str(error)
    side = None
    if look and entered.name.strip() and entered.kind in ("domain", "person"):
        try:
            side = own_names.side_effect(db, entered.kind, entered.name)
        except own_names.BadName as error:
            problem = problem or str(error)
    changes = tuple(catalogue.changes(db, kinds, limit=SHOWN_CHANGES))
    last = next((one for one in changes if one.id == done), None)
    return NamesPage(
        integrations, tuple(_entry(db, kind, one) for kind in kinds for one in catalogue.entries(db, kind)), entered,
        effect, problem, changes, last, reading(db), side,
    )  # fmt: skip


def _entry(db: Database, kind: Kind, one: Competitor) -> OwnEntry:
    said = catalogue.said(db, [one.name, *one.aliases], limit=0) if kind in ("product", "integration") else (0, 0, [])
    return OwnEntry(kind, one.name, one.aliases, said[0], said[1], own_names.version(one))


NO_RULE = PersonaRule("")


def people(
    db: Database, *, q: str = "", only: str = "", start: int = 0, entered: PersonaRule = NO_RULE,
    look: Literal["", "save", "remove"] = "", problem: str = "", done: int = 0,
) -> PersonasPage:  # fmt: skip
    """The page of personas; `look` shows what saving or taking back the form's rule would change."""
    every = personas.readings(db)
    shown = personas.readings(db, q=q, unknown=only == "unknown") if q or only else every
    effect = None
    if look and entered.words.strip():
        try:
            effect = personas.effect(db, entered, without=look == "remove")
        except personas.BadRule as error:
            problem = problem or str(error)
    functions: Counter[str] = Counter()
    for one in every:
        functions[one.persona.function] += one.conversations
    changes = tuple(catalogue.changes(db, ["persona"], limit=SHOWN_CHANGES))
    more = start + TITLES_A_PAGE if len(shown) > start + TITLES_A_PAGE else None
    return PersonasPage(
        tuple(shown[start : start + TITLES_A_PAGE]), len(shown),
        sum(one.persona.function == "unknown" for one in every),
        catalogue.untitled(db), tuple(functions.most_common()), corrections.persona_rules(db), entered, effect, problem,
        changes, next((one for one in changes if one.id == done), None), start, more, q, only,
    )  # fmt: skip


def stages(db: Database) -> list[StageLine]:
    """Every stage that a conversation has, those whose step is not known first."""
    given, named, counted = stage_words.steps(db), plan.steps(db), stage_words.stages(db)
    lines = [StageLine(name, counted[name], named[name], given.get(name)) for name in counted if name]
    return sorted(lines, key=lambda line: (line.step != "unknown", -line.conversations, line.name))


def steps(db: Database, *, stage: str = "", step: str = "", problem: str = "", done: int = 0) -> StagesPage:
    """The page of stages; a `stage` and a `step` show what that word would change."""
    lines = stages(db)
    counts: Counter[Step] = Counter()
    for line in lines:
        counts[line.step] += line.conversations
    chosen = next((line for line in lines if line.name == stage), None)
    effect = None
    if chosen and step in STEPS:
        after = counts.copy()
        after[chosen.step] -= chosen.conversations
        after[step] += chosen.conversations
        both = tuple((one, counts[one], after[one]) for one in STEPS if counts[one] or after[one])
        effect = StageEffect(stage, step, chosen.step, chosen.conversations, both)
    last = next((line.said for line in lines if line.said and line.said.id == done), None)
    return StagesPage(
        tuple(lines), tuple((one, counts[one]) for one in STEPS if counts[one]), stage_words.stages(db).get("", 0),
        effect,
        problem, last,
    )  # fmt: skip

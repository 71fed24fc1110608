"""Job titles and what they stand for: the titles found, a person's rules, and what a rule would change before it is
saved.

A rule is applied to the whole history at once, in one transaction: a persona is a fact of the title alone, so nothing
has to be read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from sqlite_utils import Database

from insights import personas
from insights.errors import InsightsError
from insights.personas import Function, Persona, PersonaRule, Seniority
from pipelines.store import catalogue, corrections, links
from pipelines.store.catalogue import Change, Titled

LONGEST = personas.LONGEST
FUNCTIONS: tuple[str, ...] = get_args(Function)
SENIORITIES: tuple[str, ...] = get_args(Seniority)


class BadRule(InsightsError):
    """A rule that says nothing, or something that there is not."""


class NoSuchRule(InsightsError):
    """A rule that is not there."""

    def __init__(self, words: str):
        super().__init__(f"There is no rule '{words}'. It may have been taken back by somebody else.")


class RuleChanged(InsightsError):
    """Somebody else changed a rule since it was looked at."""

    def __init__(self, words: str, now: PersonaRule | None):
        stands = f"“{words}” is now {told(now)}" if now else f"there is no rule for “{words}” any more"
        super().__init__(
            f"Somebody changed this meanwhile: {stands}. Nothing of yours was saved. Look again and save it anew."
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A job title as it is read, in how many conversations, and the person's rule that says so, if one does."""

    title: str
    conversations: int
    persona: Persona
    rule: PersonaRule | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A title that a rule would read otherwise."""

    title: str
    conversations: int
    before: Persona
    after: Persona


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule would change: conversations in all, the titles (most conversations first), those that it is about but
    leaves as they are, and those that hold its words otherwise than it has them (near misses)."""

    rule: PersonaRule
    conversations: int
    moved: tuple[Moved, ...]
    same: tuple[Titled, ...]
    near: tuple[Titled, ...]


def told(rule: PersonaRule) -> str:
    """ "finance, director"; a field that is read from the title is left out."""
    parts = [value.replace("_", " ") for value in (rule.function, rule.seniority) if value]
    return ", ".join(parts) or "read from the title"


def readings(db: Database, *, q: str = "", unknown: bool = False) -> list[Reading]:
    """The job titles found, those whose function nobody knows first, then by how many conversations have them."""
    rules = corrections.persona_rules(db)
    found = [
        Reading(
            one.title, one.conversations, Persona(one.function, one.seniority),  # type: ignore[arg-type]
            next((rule for rule in rules if personas.fits(rule.words, one.title)), None),
        )
        for one in catalogue.titles(db)
        if q.casefold() in one.title.casefold() and (not unknown or one.function == "unknown")
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.persona.function != "unknown", -one.conversations, one.title))


def rule(words: str, function: str, seniority: str) -> PersonaRule:
    """A rule as somebody typed it; whether there is such a function and seniority, `checked` says."""
    return PersonaRule(words, function, seniority)  # type: ignore[arg-type]


def checked(rule: PersonaRule) -> PersonaRule:
    """The rule with its blanks put right. Raises BadRule."""
    words = " ".join(rule.words.replace("\x00", " ").split())
    if len(words) > LONGEST:
        raise BadRule(f"A rule's words have at most {LONGEST} characters; these are {len(words):,}. Give fewer words.")
    if not any(c.isalnum() for c in words) or not personas.fits(words, words.replace("*", "")):
        raise BadRule("A rule needs a word of the title, with a letter or digit in it.")
    if rule.function and rule.function not in FUNCTIONS:
        raise BadRule(f"'{rule.function}' is no function. Known: {', '.join(FUNCTIONS)}.")
    if rule.seniority and rule.seniority not in SENIORITIES:
        raise BadRule(f"'{rule.seniority}' is no seniority. Known: {', '.join(SENIORITIES)}.")
    if not rule.function and not rule.seniority:
        raise BadRule("Say what it stands for: a function, a seniority, or both.")
    return PersonaRule(words, rule.function, rule.seniority)


def get(db: Database, words: str) -> PersonaRule | None:
    """The rule with these words, whatever the case of their letters."""
    wanted = " ".join(words.split()).casefold()
    return next((rule for rule in corrections.persona_rules(db) if rule.words.casefold() == wanted), None)


def effect(db: Database, rule: PersonaRule, *, without: bool = False) -> Effect:
    """What saving this rule (`without`: taking it back) would change in the whole history; nothing is kept."""
    rule = rule if without else checked(rule)
    known = get(db, rule.words)
    rest = [one for one in corrections.persona_rules(db) if one != known]
    rules = tuple(rest if without else _ordered([*rest, rule]))
    moved, same, near = [], [], []
    for one in catalogue.titles(db):
        if personas.fits(rule.words, one.title):
            before, after = Persona(one.function, one.seniority), personas.persona(one.title, rules)  # type: ignore[arg-type]
            if before == after:
                same.append(one)
            else:
                moved.append(Moved(one.title, one.conversations, before, after))
        elif personas.nearly(rule.words, one.title):
            near.append(one)
    count = catalogue.count_titled(db, [one.title for one in moved])
    return Effect(rule, count, tuple(moved), tuple(same), tuple(near))


def save(
    db: Database, rule: PersonaRule, *, now: str, actor: str, seen: PersonaRule | str | None = "any"
) -> tuple[int, int]:
    """Keep a rule and apply it to the whole history: (the change's number, conversations that changed).

    `seen` is the rule of these words as the person saw it, None for none. Raises BadRule, RuleChanged.
    """
    rule = checked(rule)
    with db.atomic():
        known = get(db, rule.words)
        if seen != "any" and _plain(known) != (seen if isinstance(seen, str) else _plain(seen)):
            raise RuleChanged(rule.words, known)
        words = known.words if known else rule.words
        kept = PersonaRule(words, rule.function, rule.seniority)
        corrections.add_persona_rule(db, kept)
        changed = apply(db)
        return catalogue.note(db, "persona", words, _plain(known), _plain(kept), now=now, actor=actor), changed


def remove(db: Database, words: str, *, now: str, actor: str) -> tuple[int, int]:
    """Take a rule back: (the change's number, conversations that changed). Raises NoSuchRule."""
    with db.atomic():
        known = get(db, words)
        if known is None:
            raise NoSuchRule(words)
        corrections.remove_persona_rule(db, known.words)
        changed = apply(db)
        return catalogue.note(db, "persona", known.words, _plain(known), None, now=now, actor=actor), changed


def put_back(db: Database, one: Change) -> int:
    """Make a rule say what it said before a change; return how many conversations changed. Call it in a transaction."""
    if one.before is None:
        corrections.remove_persona_rule(db, one.name)
    else:
        corrections.add_persona_rule(db, PersonaRule(one.name, one.before["function"], one.before["seniority"]))
    return apply(db)


def apply(db: Database) -> int:
    """Bring every stored persona up to date with the rules; return how many conversations (copies too) changed."""
    rules = corrections.persona_rules(db)
    changed: list[str] = []
    wanted = {}
    for title, function, seniority in list(catalogue.all_titles(db)):
        who = personas.persona(title, rules)
        if title and (who.function, who.seniority) != (function, seniority):
            wanted[title] = who
    for title, who in wanted.items():
        changed += catalogue.set_persona(db, title, who.function, who.seniority)
    if changed:
        links.fill_linked(db, changed)
    return len(changed)


def _ordered(rules: Sequence[PersonaRule]) -> list[PersonaRule]:
    """In the order in which the store gives them: the longest words win."""
    return sorted(rules, key=lambda rule: (-len(rule.words), rule.words))


def _plain(rule: PersonaRule | None) -> dict[str, str] | None:
    return {"function": rule.function, "seniority": rule.seniority} if rule else None

"""What may stay how long and what never comes in, told in plain words: no pattern that a person would have to learn.

A rule's words are found as whole words, whatever their case and accents; nothing is a regular expression, so no rule
can hang.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from insights import people
from insights.covers import fold, tokens
from insights.formats.mail import Mail
from insights.records import Conversation, Participant

Type = Literal["age", "private"]
Field = Literal["subject", "label", "person", "domain", "account", "folder", "conversation", ""]
FIELDS: dict[Field, str] = {
    "subject": "the subject or title holds", "label": "a column or label says",
    "person": "somebody takes part who is called",
    "domain": "somebody takes part from the mail domain", "account": "the company is",
    "folder": "the file or folder is called", "conversation": "the number is",
}  # fmt: skip
KINDS = {"": "conversations", "call": "calls", "email": "mail threads", "note": "notes", "chat": "chats"}
_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "on"})
MOST_MONTHS = 600


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule is about: `kind` of conversation ("" for all), and, with a `field`, those in which it holds `words`.
    An "age" rule takes them away when they are older than `months`; a "private" rule never lets them in."""

    type: Type
    kind: str = ""
    field: Field = ""
    words: str = ""
    months: int = 0

    @property
    def told(self) -> str:
        """The rule as a sentence."""
        if self.field == "conversation":
            return f"The conversation {self.words} never comes in."
        what = KINDS[self.kind]
        where = f" in which {FIELDS[self.field]} “{self.words}”" if self.field else ""
        if self.type == "age":
            span = "1 month" if self.months == 1 else f"{self.months} months"
            return f"{what[0].upper()}{what[1:]}{where} go when they are older than {span}."
        return f"{what[0].upper()}{what[1:]}{where} never come in."


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules look at."""

    kind: str
    subject: str
    labels: tuple[tuple[str, str], ...]
    people: tuple[str, ...]
    account: str
    file: str
    id: str = ""


def facts_of(item: Conversation | Mail) -> Facts:
    if isinstance(item, Mail):
        persons: Iterable[Participant] = (item.sender, *item.recipients)
        return Facts(
            "email",
            item.subject,
            tuple(item.fields.items()),
            _people(persons),
            item.facts.get("account", ""),
            item.file,
        )
    names = (*_people(item.participants), item.contact, item.rep, *{one.speaker for one in item.utterances})
    return Facts(item.kind, item.title, tuple(item.fields.items()), names, item.account, item.file, item.id)


def _people(persons: Iterable[Participant]) -> tuple[str, ...]:
    return tuple(value for one in persons for value in (one.name, one.address) if value)


def fits(rule: Rule, facts: Facts) -> bool:
    """Whether a rule is about a conversation, its age aside."""
    if rule.kind and rule.kind != facts.kind:
        return False
    match rule.field:
        case "subject":
            return holds(facts.subject, rule.words)
        case "label":
            return any(_says(name, value, rule.words) for name, value in facts.labels)
        case "person":
            address = people.address_in(rule.words)
            return any(people.address_in(one) == address if address else holds(one, rule.words) for one in facts.people)
        case "domain":
            wanted = fold(rule.words.strip().lstrip("@*."))
            return any(d == wanted or d.endswith(f".{wanted}") for d in map(people.domain_of, facts.people) if d)
        case "account":
            return holds(facts.account, rule.words)
        case "folder":
            return holds(facts.file, rule.words)
        case "conversation":
            return facts.id == rule.words
    return True


def holds(text: str, words: str) -> bool:
    """Whether the words stand in a text one after another, as whole words."""
    wanted = [word for word, _, _ in tokens(words)]
    said = [word for word, _, _ in tokens(text)]
    return bool(wanted) and any(said[n : n + len(wanted)] == wanted for n in range(len(said) - len(wanted) + 1))


def _says(name: str, value: str, words: str) -> bool:
    """A label holds the words, or a column of that name says yes."""
    return holds(value, words) or (fold(value.strip()) in _YES and holds(name.replace("_", " "), words))


def before(today: date, months: int) -> str:
    """The first day (ISO) that is not yet older than so many months; a day that a month has not is its last."""
    at = today.year * 12 + today.month - 1 - months
    year, month = divmod(at, 12)
    for day in range(today.day, 0, -1):
        try:
            return date(year, month + 1, day).isoformat()
        except ValueError:
            continue
    return date(year, month + 1, 1).isoformat()

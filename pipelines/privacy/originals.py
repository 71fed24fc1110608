"""Originals: who sees what was said, and by whom, as it was said. The one rule that every door asks.

It has two parts that belong together. From a role on, people see originals, on pages, in answers and in files;
everybody else sees names covered wherever they look (`pipelines.privacy.covering`). And what is taken out (exports,
digests, briefs, saved reports) is masked for those people too, until somebody allows originals there; a digest, which
has no reader with a role, follows that alone. Where there are no accounts, and in the terminal, whoever asks sees
originals.
"""

from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from pipelines.access import accounts, audit
from pipelines.quotes import quoting
from pipelines.store import accounts as logins
from pipelines.store import insights, state, usage
from pipelines.store.accounts import Role
from pipelines.store.covered import is_covered
from pipelines.store.insights import Quote

Choice = Literal["masked", "original"]
CHOICES: dict[Choice, str] = {
    "masked": "With names, companies, addresses and numbers masked", "original": "As they were said",
}  # fmt: skip
KEY = "quotes that leave"
ROLE = "originals"  # the setting that says who sees them


@dataclass(frozen=True, slots=True)
class Originals:
    """The rule: `sees` is the least role that sees originals, `leaving` how what is taken out holds quotes."""

    sees: Role
    leaving: Choice


def rule(db: Database) -> Originals:
    return Originals(sees(db), choice(db))


def sees(db: Database) -> Role:
    """The least role that sees who said something and the words as they were said; others see them masked."""
    return logins.setting(db, ROLE, "contributor")  # type: ignore[return-value]


def may_see(db: Database, role: Role) -> bool:
    return accounts.may(role, sees(db))


def settle(db: Database, *, sees: str = "", leaving: Choice | None = None, now: str, actor: str) -> Originals:
    """Change the rule, or the part of it that is given; it is noted who did. Raises NotUsable for a role that is
    none."""
    with db.atomic():
        if sees:
            logins.set_setting(db, ROLE, accounts.role_of(sees), actor=actor, now=now)
            audit.note(db, actor, f"let {sees} see originals", now=now)
        if leaving and leaving != choice(db):
            choose(db, leaving)
            audit.note(db, actor, f"let quotes leave {leaving}", now=now)
    return rule(db)


def choice(db: Database) -> Choice:
    """What was chosen for quotes that leave; masked until somebody chose."""
    found = state.get(db, KEY)
    return next((one for one in CHOICES if one == found), "masked")


def choose(db: Database, chosen: Choice) -> None:
    with db.atomic():
        state.put(db, KEY, chosen)


def may_be_shown(db: Database) -> bool:
    """Whether what leaves may hold originals. For whom does not count: a file and a digest are handed on."""
    return choice(db) == "original" and not is_covered(db)


def may_name(db: Database, quote: Quote) -> bool:
    """Whether this quote may leave as it was said, and by whom."""
    return may_be_shown(db) and quoting.may_name(quote)


def may_name_at(db: Database, utterance_id: str, start: int, end: int) -> bool:
    """Whether a stretch may leave so: no part of it is a quote that may be used without names alone."""
    return may_be_shown(db) and not usage.is_unnamed(db, utterance_id, start, end)


def words(db: Database, quote: Quote) -> str:
    """A quote's words as they may leave; a competitor's name with the rest of its sentence."""
    start, end = quote.span
    if may_name(db, quote):
        return insights.utterance_text(db, quote.utterance_id)[start:end]
    return quoting.masked(db, quote.conversation_id, quote.utterance_id, start, end)


def stretch(db: Database, conversation_id: str, utterance_id: str, start: int, end: int) -> str:
    """A stretch of an utterance as it may leave."""
    if may_name_at(db, utterance_id, start, end):
        return insights.utterance_text(db, utterance_id)[start:end]
    return quoting.masked(db, conversation_id, utterance_id, start, end)

"""Apply what may stay how long and what never comes in to what is stored: previewed, daily or by command, with
receipts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from insights import keeping
from insights.errors import InsightsError
from insights.keeping import FIELDS, KINDS, MOST_MONTHS, Rule
from pipelines.privacy import erasing
from pipelines.store import erasing as taking
from pipelines.store import keeping as store
from pipelines.store import state
from pipelines.store.keeping import Applied, Kept

DAY = "keeping day"
GRACE = timedelta(days=1)  # in which a rule takes nothing away by itself
LONGEST = 200


class BadRule(InsightsError):
    """A rule that says too little, or nothing that can be."""


class UnknownRule(InsightsError):
    """A rule that is not there."""

    def __init__(self, number: int):
        super().__init__(f"There is no rule {number}. List them: parley retention list")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule would take away now."""

    conversations: int
    utterances: int
    quotes: int


def checked(rule: Rule) -> Rule:
    """The rule, its words without needless space. Raises BadRule."""
    words = " ".join(rule.words.split())
    if rule.kind not in KINDS:
        raise BadRule(f"There is no kind “{rule.kind}”. Known: {', '.join(filter(None, KINDS))}.")
    if rule.field and rule.field not in FIELDS:
        raise BadRule(f"A rule cannot look at “{rule.field}”. It can look at: {', '.join(FIELDS)}.")
    if bool(rule.field) != bool(words) or (rule.field and not any(one.isalnum() for one in words)):
        raise BadRule("Say both what the rule looks at and the words that it must hold, or neither.")
    if len(words) > LONGEST:
        raise BadRule(f"The words have {len(words):,} characters; {LONGEST} is the most.")
    if rule.field == "conversation" and rule.type == "age":
        raise BadRule("A single conversation is kept out, or stays: choose “never come in”.")
    if rule.type == "private" and not rule.field:
        raise BadRule("A rule that lets nothing in needs words, or nothing would come in at all.")
    if rule.type == "age" and not 1 <= rule.months <= MOST_MONTHS:
        raise BadRule(f"Say after how many months, from 1 to {MOST_MONTHS}.")
    return Rule(rule.type, rule.kind, rule.field, words, rule.months if rule.type == "age" else 0)


def add(db: Database, rule: Rule, *, now: str, actor: str) -> Kept:
    """Keep a rule; the same one twice is one. Nothing is taken away by it until it is applied. Raises BadRule."""
    rule = checked(rule)
    with db.atomic():
        known = [one for one in store.every(db, rule.type) if one.rule == rule]
        return known[0] if known else get(db, store.add(db, rule, now=now, actor=actor))


def against(db: Database, conversation_id: str) -> Rule:
    """The rule that keeps one conversation out that is in: by its number, which comes again with its file. A thread of
    mail is told by its subject, which later mails to it bear too. Raises BadRule where it is not there."""
    found = store.conversation(db, conversation_id)
    if found is None:
        raise BadRule("This conversation is not here any more.")
    if found.kind == "email" and any(one.isalnum() for one in found.subject):
        return Rule("private", "email", "subject", found.subject[:LONGEST])
    return Rule("private", "", "conversation", conversation_id)


def get(db: Database, number: int) -> Kept:
    """Raises UnknownRule."""
    found = store.get(db, number)
    if found is None:
        raise UnknownRule(number)
    return found


def set_status(db: Database, number: int, status: str, *, now: str, actor: str) -> Kept:
    """Take a rule back ("removed"), or let it hold again ("active"). Raises UnknownRule."""
    get(db, number)
    with db.atomic():
        store.set_status(db, number, status, now=now, actor=actor)
    return get(db, number)


def preview(db: Database, rule: Rule, *, today: date) -> Effect:
    """What a rule, kept or not, would take away now. Raises BadRule."""
    return Effect(**store.sizes(db, _ids(db, checked(rule), today)))


def apply(db: Database, rules: Iterable[Kept], *, today: date, now: str, actor: str) -> list[Applied]:
    """Take away what the rules say. A rule with nothing to take leaves no receipt."""
    before = {one.id for one in store.receipts(db)}
    for one in rules:
        with db.atomic():
            ids = _ids(db, one.rule, today)
            if not ids:
                continue
            sizes = store.sizes(db, ids)
            done = erasing.take_out(db, ids)
            rows = {
                table: number for (table, what), number in sorted(done.rows.items()) if what == "removed" and number
            }
            told = {"rule": one.told, **sizes, "rows": rows}
            store.add_receipt(db, one.id, told, now=now, actor=actor)
            taking.clean_words(db)
    return [one for one in store.receipts(db) if one.id not in before]


def due(db: Database, *, now: str) -> list[Kept]:
    """The rules of age that a worker applies by itself: those that have held for a day, so that one which was a mistake
    can be taken back."""
    until = (datetime.fromisoformat(now) - GRACE).isoformat(timespec="seconds")
    return [one for one in store.every(db, "age") if one.since <= until]


def daily(db: Database, *, now: str) -> bool:
    """Whether rules are still to be applied today; asking settles it, so that one worker does."""
    today = now[:10]
    if not due(db, now=now) or state.get(db, DAY) == today:
        return False
    with db.atomic():
        if state.get(db, DAY) == today:
            return False
        state.put(db, DAY, today)
    return True


def _ids(db: Database, rule: Rule, today: date) -> list[str]:
    oldest = keeping.before(today, rule.months) if rule.type == "age" else ""
    return [
        one for one, facts in store.conversations(db, kind=rule.kind, older_than=oldest) if keeping.fits(rule, facts)
    ]

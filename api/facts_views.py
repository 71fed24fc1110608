"""What is said of facts that people set by hand: what was done last, and the history of a conversation's facts."""

from dataclasses import dataclass

from sqlite_utils import Database

from insights.wording import plural
from pipelines import set_facts
from pipelines.store import set_facts as store
from pipelines.store.set_facts import SetFact

CALLED = {"date": "date", "account": "account", "contact": "contact", "deal": "deal"}


@dataclass(frozen=True, slots=True)
class Done:
    """What was set, or taken back, in words, and the act's number."""

    text: str
    act: int
    undone: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands now by fact, the last act that holds (0: none), and what was set, the newest first."""

    stands: dict[str, str]
    base: int
    history: tuple[SetFact, ...]


def facts(db: Database, conversation_id: str) -> Facts:
    return Facts(
        set_facts.standing(db, conversation_id), store.latest(db, conversation_id), tuple(store.history(db, conversation_id))
    )  # fmt: skip


def done(db: Database, told: str, act: int) -> Done | None:
    """The act that an address names, told once it is done or undone."""
    rows = store.of_act(db, act) if act and told in ("facts", "facts-undone") else []
    if not rows:
        return None
    undone = bool(rows[0].undone_at)
    names = ", ".join(dict.fromkeys(CALLED.get(one.name, one.name) for one in rows))
    where = plural(len({one.conversation_id for one in rows}), "conversation")
    return Done(f"{'Undone' if undone else 'Set by hand'}: {names} of {where}", act, undone)

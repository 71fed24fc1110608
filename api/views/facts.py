"""What is said of facts that people set by hand: what was done last, and the history of a conversation's facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from api.errors import NotFound
from insights.wording import plural
from pipelines.store import batches, conversations
from pipelines.store import set_facts as store
from pipelines.store.set_facts import SetFact
from pipelines.uploads import set_facts
from pipelines.uploads.set_facts import Planned

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


@dataclass(frozen=True, slots=True)
class ManyPage:
    """What setting facts of several conversations would do, before it is done. `lines` say it, `replaces` is how many
    known values would go, `given`, `every` and `over` are as they were chosen."""

    batch: dict
    conversations: tuple[str, ...]
    given: Mapping[str, str]
    every: str
    over: bool
    planned: tuple[Planned, ...]
    lines: tuple[str, ...]
    replaces: int


def planned(
    db: Database, batch_id: int, ticked: Sequence[str], given: Mapping[str, str], *, every: str, over: bool
) -> ManyPage:
    """`every` is a fact, for all of the upload that lack it; "lacking", for all that lack any that is given; or "" for
    those that are ticked. Copies and older versions are left out. Raises NotFound and BadFact."""
    batch = batches.get(db, batch_id)
    if batch is None:
        raise NotFound("upload", batch_id)
    names = [every] if every in set_facts.NAMES else list(given) if every == "lacking" else []
    lack = set_facts.lacking(db, batch_id, names) if names else {}
    meant = list(dict.fromkeys(one for mine in lack.values() for one in mine)) if every else list(ticked)
    former = conversations.superseded(db, meant)
    meant = [one for one in meant if one not in former]
    found = set_facts.planned(db, meant, given)
    return ManyPage(
        batch, tuple(meant), given, every, over, tuple(found), tuple(_line(one, over) for one in found),
        sum(one.differ for one in found) if over else 0,
    )  # fmt: skip


def _line(one: Planned, over: bool) -> str:
    """ "Account Acme: 1 conversation gets it, 2 known values are replaced." """
    said = [f"{plural(one.fills, 'conversation')} {'gets' if one.fills == 1 else 'get'} it"]
    if one.differ and over:
        said.append(f"{plural(one.differ, 'known value')} {'is' if one.differ == 1 else 'are'} replaced")
    elif one.differ:
        said.append(
            f"{one.differ:,} {'has' if one.differ == 1 else 'have'} another one and {'keeps' if one.differ == 1 else 'keep'} it"
        )
    if one.same:
        said.append(f"{one.same:,} {'has' if one.same == 1 else 'have'} it already")
    return f"{CALLED[one.name].capitalize()} “{one.value}”: {', '.join(said)}."


def facts(db: Database, conversation_id: str) -> Facts:
    return Facts(
        set_facts.standing(db, conversation_id), store.latest(db, conversation_id),
        tuple(store.history(db, conversation_id))
    )  # fmt: skip


def done(db: Database, told: str, act: int) -> Done | None:
    """The act that an address names, told once it is done or undone."""
    if told == "facts-none":
        return Done("Nothing was changed: all of them have one already", 0, False)
    rows = store.of_act(db, act) if act and told in ("facts", "facts-undone") else []
    if not rows:
        return None
    undone = bool(rows[0].undone_at)
    names = ", ".join(dict.fromkeys(CALLED.get(one.name, one.name) for one in rows))
    ids = {one.conversation_id for one in rows}
    where = plural(len(ids - conversations.superseded(db, ids)) or len(ids), "conversation")
    return Done(f"{'Undone' if undone else 'Set by hand'}: {names} of {where}", act, undone)

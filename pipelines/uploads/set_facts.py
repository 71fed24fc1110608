"""Let people say what no file said: the date, account, contact and deal of a conversation, or of many at once.

What one would get wrong: what is set is laid over what the sources say whenever a conversation is worked out
(`settle.write`), so it holds when the same file comes again, and taking it back gives the sources' own word back.
Copies and older versions cannot be set: they follow what is set of the one that counts, lest they differ from it and
count again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.quotes.usage import NothingSaid
from pipelines.store import conversations, pieces
from pipelines.store import set_facts as store
from pipelines.store.set_facts import SetFact as SetFact
from pipelines.uploads.once import count_once
from pipelines.uploads.refresh import refresh

NAMES = ("date", "account", "contact", "deal")
LONGEST = 200
MOST_AT_ONCE = 2000  # conversations
EARLIEST = date(1970, 1, 1)


class BadFact(InsightsError):
    """A fact that cannot be kept."""


class Superseded(BadFact):
    """A copy or an older version of a conversation, of which nothing is set."""

    def __init__(self, count: int):
        one = "1 conversation is a copy or an older version of another one, which counts in its place"
        many = f"{count:,} conversations are copies or older versions of others, which count in their place"
        super().__init__(f"{one if count == 1 else many}. Nothing was changed: set facts of what counts.")


class FactsChanged(InsightsError):
    """Somebody else set facts of the conversation meanwhile."""

    def __init__(self, actor: str):
        super().__init__(
            f"Meanwhile {actor} changed the facts of this conversation. Nothing was overwritten: look at it, then change it again."
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """What setting one fact would do: so many conversations have none and get it, so many have another one, and so many
    have this very one."""

    name: str
    value: str
    fills: int
    differ: int
    same: int


def planned(db: Database, conversation_ids: Collection[str], values: Mapping[str, str]) -> list[Planned]:
    """What `put` would find. Raises BadFact."""
    stands = [standing(db, one) for one in sorted(conversations.existing(db, conversation_ids))]
    found = []
    for name, value in values.items():
        value, old = checked(name, value), [mine[name] for mine in stands]
        fills, same = old.count(""), old.count(value) if value else 0
        found.append(Planned(name, value, fills, len(old) - fills - same, same))
    return found


def put(
    db: Database, conversation_ids: Sequence[str], values: Mapping[str, str], *, base: int | None = None,
    over: bool = True,
    now: str, actor: str,
) -> int:  # fmt: skip
    """Set facts (NAMES → value, "" for none) of conversations; returns the act's number, 0 where they stand so already.

    `base` is the last act that the person saw on the one conversation. Without `over` only what is missing is set, and
    what is known stays. Copies and older versions of them are given the same. Raises BadFact, Superseded and
    FactsChanged.
    """
    return put_each(db, dict.fromkeys(conversation_ids, values), base=base, over=over, now=now, actor=actor)


def put_each(
    db: Database, values: Mapping[str, Mapping[str, str]], *, base: int | None = None, over: bool = False, now: str,
    actor: str
) -> int:  # fmt: skip
    """As `put`, for conversations that are given other facts each: id → NAMES → value."""
    texts = {one: {name: checked(name, value) for name, value in mine.items()} for one, mine in values.items()}
    ids = sorted(conversations.existing(db, values))
    if not ids:
        raise BadFact("No conversation was chosen. Tick those that are meant.")
    if len(ids) > MOST_AT_ONCE:
        raise BadFact(f"At most {MOST_AT_ONCE:,} conversations can be set at once. Choose fewer.")
    with db.atomic():
        if gone := conversations.superseded(db, ids):
            raise Superseded(len(gone))
        rows = [
            (one, name, value, stands["occurred_at" if name == "date" else name])
            for one in ids
            for stands in [conversations.facts(db, one)]
            for name, value in texts[one].items()
            if value != stands[name] and (over or not stands[name])
        ]
        if not rows:
            return 0
        if base is not None and base != store.latest(db, ids[0]):
            raise FactsChanged(next((f.actor for f in store.history(db, ids[0]) if not f.undone_at), "") or "an undo")
        rows += _following(db, rows)
        act = store.add(db, rows, now=now, actor=actor)
        refresh(db, [one for one, *_ in rows])
    count_once(db)
    return act


def _following(db: Database, rows: Sequence[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """The same for the copies and older versions of what is set."""
    former = conversations.former(db, {one for one, *_ in rows})
    return [
        (old, name, value, conversations.facts(db, old)["occurred_at" if name == "date" else name])
        for one, name, value, _ in rows
        for old in former.get(one, ())
    ]


def fill(db: Database, batch_id: int, values: Mapping[str, str], *, now: str, actor: str) -> int:
    """Set facts of those conversations of an upload that have none; returns how many conversations that is."""
    given = {name: checked(name, value) for name, value in values.items() if value.strip()}
    ids = lacking(db, batch_id, given)
    for name, value in given.items():
        for n in range(0, len(ids[name]), MOST_AT_ONCE):
            put(db, ids[name][n : n + MOST_AT_ONCE], {name: value}, over=False, now=now, actor=actor)
    return len({one for mine in ids.values() for one in mine})


def lacking(db: Database, batch_id: int, names: Collection[str]) -> dict[str, list[str]]:
    """The conversations of an upload that count without a date, account, …, by the fact."""
    listed, _ = pieces.conversations(db, batch_id, limit=-1)
    stands = {one["id"]: standing(db, one["id"]) for one in listed if not one["former"]}
    return {name: [one for one, mine in stands.items() if not mine[name]] for name in names}


def standing(db: Database, conversation_id: str) -> dict[str, str]:
    """What a conversation says now of each of NAMES, "" for nothing."""
    found = conversations.facts(db, conversation_id)
    return {name: found.get(name, "") for name in NAMES}


def take_back(db: Database, act: int, *, now: str, actor: str) -> list[SetFact]:
    """Undo an act; returns its facts. Raises NothingSaid."""
    return _turn(db, act, at=now, by=actor)


def again(db: Database, act: int) -> list[SetFact]:
    """Undo the undoing. Raises NothingSaid, FactsChanged where somebody set one of its facts since, and Superseded
    where a later version counts by now."""
    if store.overtaken(db, act):
        raise FactsChanged("somebody")
    ids = {one.conversation_id for one in store.of_act(db, act)}
    followed = {old for mine in conversations.former(db, ids).values() for old in mine}
    if gone := conversations.superseded(db, ids - followed):
        raise Superseded(len(gone))
    return _turn(db, act, at="", by="")


def _turn(db: Database, act: int, *, at: str, by: str) -> list[SetFact]:
    with db.atomic():
        if not store.set_undone(db, act, at=at, by=by):
            raise NothingSaid
        told = store.of_act(db, act)
        refresh(db, sorted(conversations.existing(db, {one.conversation_id for one in told})))
    count_once(db)
    return told


def checked(name: str, value: str) -> str:
    """A value as it is kept. Raises BadFact."""
    if name not in NAMES:
        raise BadFact(f"There is no fact '{name[:40]}' to set. Known: {', '.join(NAMES)}.")
    value = " ".join(value.replace("\x00", "").split())
    if len(value) > LONGEST:
        raise BadFact(f"A fact may have {LONGEST} characters.")
    if name == "date" and value:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise BadFact("The date must be written as YYYY-MM-DD.") from None
        if day < EARLIEST:
            raise BadFact(f"The date must not be before {EARLIEST.year}.")
        return day.isoformat()
    return value

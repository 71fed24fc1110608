"""Names of rivals: how often each was found, and what people decided about them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlite_utils import Database

from insights import people
from insights.language.names import letters_of, short_forms
from insights.proposals import Mention
from insights.records import Competitor
from pipelines.store import columns, speaking
from pipelines.store.counting import COUNTED
from pipelines.store.remembered import per_state

Verdict = Literal["competitor", "alias", "refused", "own", "integration", "edited", "removed"]
_FROM = f"""FROM shown_insights i JOIN conversations c ON c.id = i.conversation_id
    WHERE i.kind = 'competitor' AND {COUNTED}"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of a name. `keys` are the letters of its spellings, `before` and `after` the aliases of the
    catalogue's entry `competitor`, None where it had none; `undone_at` is "" while the decision holds.
    """

    id: int
    at: str
    actor: str
    verdict: Verdict
    name: str
    keys: tuple[str, ...]
    competitor: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    undone_at: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A name in the stored insights: how many conversations and accounts, its relations by frequency, the last day, and
    the id of a mention of that day."""

    conversations: int
    accounts: int
    relations: tuple[tuple[str, int], ...]
    last: str
    latest: str = ""


def mentions(db: Database) -> list[Mention]:
    """Every competitor mention that counts."""
    if read := columns.read(db):
        return _mentions(read)
    sql = f"""SELECT i.id, i.name, coalesce(c.counted_as, c.id) AS conversation, c.account_key AS account, c.day, i.label AS relation,
        i.confidence AS sure {_FROM} ORDER BY i.id"""
    return [Mention(**{key: row[key] or "" for key in row} | {"sure": row["sure"]}) for row in db.query(sql)]


def _mentions(read: columns.Columns) -> list[Mention]:
    """The same from the columns."""
    told, texts = read.told, read.texts
    at = np.flatnonzero(texts["kind"].among(["competitor"]) & told.counted[read.of])
    at = at[np.argsort(read.ids[at], kind="stable")]
    of, account = read.of[at], told.facts["account_key"]
    rows = zip(
        read.ids[at].astype("U").tolist(), columns.named(texts["name"].values, texts["name"].codes[at]),
        columns.named(told.ids, told.meeting[of]), columns.named(account.values, account.codes[of]),
        columns.named(told.days, told.own_day[of]), columns.named(texts["label"].values, texts["label"].codes[at]),
        read.confidence[at].tolist(), strict=True,
    )  # fmt: skip
    return [Mention(*row) for row in rows]


def standings(db: Database) -> dict[str, Standing]:
    """Per name, in small letters."""
    name = "lower(i.name)"
    totals = f"""SELECT {name} AS name, count(DISTINCT c.counted_as) AS conversations,
        count(DISTINCT nullif(c.account_key, '')) AS accounts, max(c.day) AS last, substr(max(coalesce(c.day, '') || ' ' || i.id), -16) AS latest {_FROM} GROUP BY {name}"""
    relations: dict[str, list[tuple[str, int]]] = {}
    by_relation = f"""SELECT {name} AS name, i.label, count(DISTINCT c.counted_as) AS n {_FROM}
        GROUP BY {name}, i.label ORDER BY n DESC, i.label"""
    for row in db.query(by_relation):
        relations.setdefault(row["name"], []).append((row["label"], row["n"]))
    return {
        row["name"]: Standing(
            row["conversations"], row["accounts"], tuple(relations[row["name"]]), row["last"] or "", row["latest"]
        )
        for row in db.query(totals)
    }


def named(db: Database) -> dict[str, list[str]]:
    """The ids of competitor mentions by the name they carry."""
    found: dict[str, list[str]] = {}
    for row in db.query("SELECT id, name FROM insights WHERE kind = 'competitor' ORDER BY id"):
        found.setdefault(row["name"], []).append(row["id"])
    return found


def rename(db: Database, ids: Iterable[str], name: str) -> None:
    db.conn.executemany("UPDATE insights SET name = ? WHERE id = ?", [(name, one) for one in ids])


def as_written(db: Database, name: str) -> list[tuple[str, str]]:
    """Mentions that carry a name: (id, the words of the text)."""
    sql = "SELECT id, text FROM insights WHERE kind = 'competitor' AND name = ? ORDER BY id"
    return [(row["id"], row["text"]) for row in db.query(sql, [name])]


def remove(db: Database, ids: Iterable[str]) -> None:
    """Take mentions away. Their conversations wait to be read again, so that an undoing finds them before any
    mining."""
    gone = [(one,) for one in ids]
    sql = """UPDATE conversations SET analysed = substr(analysed, 1, 16)
        WHERE id = (SELECT conversation_id FROM insights WHERE id = ?)"""
    db.conn.executemany(sql, gone)
    db.conn.executemany("DELETE FROM insights WHERE id = ?", gone)


def entry(db: Database, name: str) -> Competitor | None:
    """The catalogue's entry of a name, whatever the case of its letters."""
    rows = db.query("SELECT name, aliases FROM competitors WHERE lower(name) = lower(?)", [name])
    return next((Competitor(row["name"], tuple(json.loads(row["aliases"]))) for row in rows), None)


def put(db: Database, name: str, aliases: Sequence[str] | None) -> None:
    """Make these the aliases of a catalogue's entry; None takes the entry out."""
    if aliases is None:
        db.execute("DELETE FROM competitors WHERE name = ?", [name])
        return
    sql = "INSERT INTO competitors VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET aliases = excluded.aliases"
    db.execute(sql, [name, json.dumps(list(aliases), ensure_ascii=False)])


def decide(
    db: Database, verdict: Verdict, name: str, *, keys: Sequence[str] = (), competitor: str = "",
    before: Sequence[str] | None = None, after: Sequence[str] | None = None, now: str, actor: str,
) -> int:  # fmt: skip
    """Keep a decision; return its number."""
    sql = """INSERT INTO name_decisions (at, actor, verdict, name, keys, competitor, before, after)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
    values = [now, actor, verdict, name, json.dumps(list(keys)), competitor, _dump(before), _dump(after)]
    return int(db.execute(sql, values).lastrowid or 0)


def decisions(db: Database, *, undone: bool = False) -> list[Decision]:
    """The decisions that hold, the latest first; `undone` ones too when asked."""
    where = "" if undone else "WHERE undone_at = ''"
    return [_decision(row) for row in db.query(f"SELECT * FROM name_decisions {where} ORDER BY id DESC")]


def decision(db: Database, number: int) -> Decision | None:
    return next((_decision(row) for row in db.query("SELECT * FROM name_decisions WHERE id = ?", [number])), None)


def undo(db: Database, number: int, *, now: str) -> None:
    db.execute("UPDATE name_decisions SET undone_at = ? WHERE id = ? AND undone_at = ''", [now, number])


def refused(db: Database) -> frozenset[str]:
    """The keys of names that a person said are no competitors, and that the catalogue does not list all the same."""
    sql = "SELECT keys FROM name_decisions WHERE undone_at = '' AND verdict IN ('refused', 'own', 'integration')"
    keys = {key for row in db.query(sql) for key in json.loads(row["keys"])}
    listed = {
        letters_of(form)
        for row in db.query("SELECT name, aliases FROM competitors")
        for form in (row["name"], *json.loads(row["aliases"]))
    }
    return frozenset(keys - listed)


@per_state
def those_we_know(db: Database) -> frozenset[str]:
    """The keys of accounts and people by their whole names: no rivals, unless the catalogue lists them."""
    told = [row["name"] for row in db.query("SELECT DISTINCT account AS name FROM conversations WHERE account <> ''")]
    return frozenset(map(letters_of, (*told, *_people(db)))) - {""}


@per_state
def known_for_short(db: Database) -> frozenset[str]:
    """The keys of what accounts and people may be called, and of the stems of their mail domains: whom a name that is
    said once probably means."""
    accounts = db.query("SELECT DISTINCT account AS name FROM conversations WHERE account <> ''")
    called = [form for row in accounts if row["name"].strip() for form in short_forms(row["name"])]
    parts = [part for name in (*_people(db), *speaking.reps(db)) for part in name.split() if len(part) > 2]
    # Every participant's address is a key of its conversation: in an index, while participants are a text to be parsed.
    sql = """SELECT DISTINCT lower(substr(key, instr(key, '@') + 1)) AS domain FROM conversation_keys
        WHERE key >= 'email:' AND key < 'email;'"""
    domains = [row["domain"] for row in db.query(sql) if row["domain"] and not people.is_free_mail(row["domain"])]
    stems = [max(domain.split(".")[:-1], key=len) for domain in domains if "." in domain]  # "arlo" of "arlo.co.uk"
    return frozenset(map(letters_of, (*called, *parts, *stems))) - {""}


def _people(db: Database) -> list[str]:
    return [name for name in speaking.people(db) if not people.is_generic(name)]


def _dump(aliases: Sequence[str] | None) -> str:
    return "" if aliases is None else json.dumps(list(aliases), ensure_ascii=False)


def _decision(row: dict) -> Decision:
    lists = {key: tuple(json.loads(row[key])) if row[key] else None for key in ("before", "after")}
    return Decision(**{**row, "keys": tuple(json.loads(row["keys"])), **lists})

"""After a backup was restored: whoever had been forgotten since is in the file again, and is forgotten again.

A restored database does not know whom it had forgotten, so the marks lie beside it too, in a file of their own: keyed
hashes and their key, never a name.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from insights import people
from insights.covers import Person
from insights.once import accounts
from pipelines.operation import backup
from pipelines.operation.backup import Restored
from pipelines.privacy import forget, keeping_out, persons
from pipelines.privacy.namesakes import ONE_PERSON
from pipelines.privacy.persons import Asked, Unclear
from pipelines.privacy.receipts import Receipt
from pipelines.progress import Progress, silent
from pipelines.store import connect, erasures, jobs, prepare
from pipelines.store import persons as store
from pipelines.store.persons import Named

FILE = "forgotten.json"


def note(db: Database, home: Path) -> None:
    """Write the marks that hold now beside the database, readable by its owner alone; those of another key stay."""
    known = dict(_noted(home))
    known[erasures.key(db).hex()] = erasures.marks(db)
    told = json.dumps([{"key": key, "marks": sorted(marks)} for key, marks in sorted(known.items())], indent=1)
    home.mkdir(parents=True, exist_ok=True)
    new = home / f"{FILE}.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(told)
    new.replace(home / FILE)


def back(db: Database, home: Path) -> list[Asked]:
    """Who is in the database though they were forgotten, here or before it was restored."""
    everybody = {*store.everybody(db), *_told(db)}
    every = {(erasures.key(db).hex(), erasures.marks(db)), *_noted(home)}
    found: dict[tuple[str, str], Asked] = {}
    for key, marks in sorted(every, key=lambda one: one[0]):
        secret = bytes.fromhex(key)
        for one in everybody if marks else ():
            if (address := people.address_in(one.address)) and erasures.mark(secret, "email", address) in marks:
                found["", address] = Asked(address, which=(address,))
                continue
            for name in {accounts.person(one.name), accounts.untitled(one.name)} - {""} if one.name else ():
                here = one.account_key and erasures.mark(secret, "name", name, one.account_key) in marks
                if here or erasures.mark(secret, "alone", name) in marks:
                    found[one.account_key, name] = Asked(one.name, one.account_key, (ONE_PERSON,))
    # An address and a name at a company may be one person, whom either finds.
    one_each: list[tuple[Asked, Person]] = []
    for asked in sorted(found.values(), key=lambda one: ("@" not in one.given, one.given, one.account)):
        key = accounts.person(asked.given)
        if any(
            asked.given in who.addresses
            or (key in who.keys and (key not in who.shared or asked.account in {"", *who.accounts}))
            for _, who in one_each
        ):
            continue
        with suppress(Unclear):
            one_each.append((asked, persons.find(db, asked)))
    return [asked for asked, _ in one_each]


def _told(db: Database) -> Iterator[Named]:
    """Whoever may be named in what was said, in titles and own fields."""
    for _, account_key, text in store.told(db):
        for name in keeping_out.names_in(text):
            yield Named(name, "", account_key)
        for address in people.addresses_in(text):
            yield Named("", address, account_key)


def again(db: Database, home: Path, *, now: Callable[[], str], actor: str, alone: bool = False) -> list[Receipt]:
    """Forget them again; a receipt for each. Nobody is asked: it was confirmed when they were first forgotten. `alone` is as
    in forget.forget, which says what it raises."""
    done = []
    for who in back(db, home):
        more: dict[str, Any] = {"now": now, "actor": actor, "reference": "again, after a restore", "alone": alone}
        with suppress(Unclear):  # whoever was covered with one before is nowhere any more
            done.append(forget.forget(db, who, home, confirmed=who.given, **more))
            note(db, home)
    return done


@dataclass(frozen=True, slots=True)
class Again:
    """What a restore did: the file in its place, and a receipt for each who had been forgotten after it was made.
    `unread` says that the database before could not be read, so that marks are known only from the file beside it."""

    restored: Restored
    receipts: tuple[Receipt, ...]
    unread: bool


def restore(
    path: Path, database: Path, home: Path, *, now: Callable[[], str], actor: str, progress: Progress = silent
) -> Again:
    """Put a backup in the place of the database, and forget again whoever was forgotten since it was made.

    The marks of whom that is lie in the database that goes: they are written beside it first, so that a stop in between
    leaves them for `parley forget --again`. Raises what `backup.restore` raises.
    """
    unread = False
    if database.exists():
        try:
            with closing(connect(database)) as db:
                note(db, home)
        except sqlite3.DatabaseError:
            unread = True
    restored = backup.restore(path, database, now=now(), progress=progress)
    prepare(database)
    with closing(connect(database)) as db:
        with db.atomic():
            jobs.settle_copy(db, now=now())  # a backup made by a job holds this very job as one that runs
        return Again(restored, tuple(again(db, home, now=now, actor=actor, alone=True)), unread)


def _noted(home: Path) -> Iterator[tuple[str, frozenset[str]]]:
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        for one in json.loads((home / FILE).read_text("utf-8")):
            yield one["key"], frozenset(one["marks"])

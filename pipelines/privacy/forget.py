"""Forget one person: a preview that is the erasure itself on a copy, the erasure, the cleaned files, and a receipt.

It cannot be undone, which is its purpose. So nothing is done without the preview's figures and the typed confirmation,
and the receipt says what went, what remains and why, without saying who it was.
"""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlite_utils import Database

from insights import wording
from insights.covers import Person
from insights.errors import InsightsError
from insights.once import accounts
from pipelines.privacy import erasing, persons, receipts, traces
from pipelines.privacy.namesakes import ONE_PERSON
from pipelines.privacy.persons import Asked, Unclear
from pipelines.privacy.receipts import Figure, Receipt, Remains, Rows
from pipelines.store import copied, copying, erasures, every_cell, figures
from pipelines.store import erasing as store
from pipelines.store import jobs as jobs_of
from pipelines.store import persons as named

PATIENCE = 20.0  # seconds in which readers can end before the log is given up on
BACKUPS = "backups"


class NotConfirmed(InsightsError):
    """An erasure without what was typed to confirm it."""

    def __init__(self, given: str):
        super().__init__(f"Nothing was forgotten: it cannot be undone, so type “{given}” once more to confirm.")


class ChangedSincePreview(InsightsError):
    """What would go is not what was shown."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was forgotten: something came in since you looked, so more or less would go now. Look at the preview again."
        )


class StillReading(InsightsError):
    """An upload is on its way, and may hold the person."""

    def __init__(self, number: int):
        what = "One is" if number == 1 else f"{number} are"
        super().__init__(
            f"Nothing was forgotten: uploads that are still being read or mined may hold this person. {what} on the way: wait until that is done, "
            "then look again."
        )


class AlreadyForgotten(Unclear):
    """A name that nobody bears any more, because they were forgotten."""

    def __init__(self, name: str, before: str):
        super().__init__(f"Nobody called {name} is stored. {before}")


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go: no words, only how many. `known_as` counts the ways in which the person is written. `token` stands
    for exactly this outcome, `before` says where they were forgotten before, "" where not. `namesake` says that
    somebody else at their company bears the name, and stays."""

    rows: tuple[Rows, ...]
    figures: tuple[Figure, ...]
    addresses: int
    names: int
    phones: int
    companies: int
    conversations: int
    shared: bool
    remains: tuple[Remains, ...]
    token: str
    before: str = ""
    namesake: bool = False

    @property
    def nothing(self) -> bool:
        return not self.rows

    @property
    def kept_out(self) -> bool:
        """Whether later uploads can come in without this person: of two who bear the name, one without an address is
        not told apart."""
        return not self.namesake or self.addresses > 0


@dataclass(slots=True)
class _Outcome:
    rows: tuple[Rows, ...]
    figures: tuple[Figure, ...]
    done: erasing.Done
    who: Person = field(default_factory=Person)


def preview(db: Database, asked: Asked, home: Path) -> Preview:
    """What an erasure would do, found out by doing it on a copy that is thrown away. Raises persons.Unclear."""
    return look(db, asked, home)[0]


def look(db: Database, asked: Asked, home: Path) -> tuple[Preview, Person]:
    """The preview, with who is meant: that is found out once. Raises persons.Unclear."""
    who = _known(db, asked)
    with copied(db) as copy:
        outcome = _erase(copy, who)
    seen = Preview(
        outcome.rows, outcome.figures, len(who.addresses), len(who.names), len(who.phones), len(who.accounts),
        len(outcome.done.touched), bool(who.shared),
        (*_untold(who), *_nowhere(db, who), *_apart(outcome.done), *_remains(home, outcome.done.since)),
        _token(db, asked, outcome.rows), _before(db, asked), who.only is not None,
    )  # fmt: skip
    return seen, who


def forget(
    db: Database, asked: Asked, home: Path, *, confirmed: str, token: str = "", now: Callable[[], str], actor: str, reference: str = "",
    alone: bool = False,
) -> Receipt:  # fmt: skip
    """Forget the person. `confirmed` is what was typed once more, `token` that of the preview where one was shown,
    `reference` what the request is filed under. With `alone` nobody works on the database, so jobs in it are waited for in
    vain: what they will read comes in without the person.

    Raises NotConfirmed, ChangedSincePreview, StillReading, persons.Unclear.
    """
    if " ".join(confirmed.split()).casefold() != " ".join(asked.given.split()).casefold():
        raise NotConfirmed(asked.given)
    who, earlier = _known(db, asked), _before(db, asked)
    if not alone and (at_work := busy(db)):
        raise StillReading(len(at_work))
    _clear_uploads(home, who)
    db.execute("PRAGMA secure_delete = ON")
    with db.atomic():
        if (before := _before(db, asked)) != earlier:  # somebody else did it while this one was found
            raise AlreadyForgotten(asked.given, before)
        outcome = _erase(db, who)
        if token and token != _token(db, asked, outcome.rows):
            raise ChangedSincePreview
        secret = erasures.key(db)
        marks = persons.marks_of(who, lambda *parts: erasures.mark(secret, *parts))
        mark = _given(secret, asked)
        told: dict[str, Any] = {
            "rows": [asdict(one) for one in outcome.rows],
            "figures": [asdict(one) for one in outcome.figures],
        }
        erasure = erasures.add(db, now=now(), actor=actor, asked=reference, mark=mark, receipt=told)
        erasures.keep_out(db, erasure, marks)
    clean = clean_file(db)
    sentences = erasing.words_of(outcome.done.texts, db)
    found = traces.search(home, traces.needles(who, sentences), but=(home / BACKUPS,))
    remains = [
        *_untold(who),
        *_nowhere(db, who),
        *_apart(outcome.done),
        *_remains(home, outcome.done.since),
        *(_found(home, one) for one in found.places),
    ]
    if not clean:
        remains.append(
            Remains(
                "unused parts of the database file and its log",
                "",
                "The file could not be written anew: others were using it, or the disk is full. Run: parley forget --clean",
            )
        )
    told |= {"remains": [asdict(one) for one in remains], "searched": found.files, "found": len(found.places)}
    told["sought"] = asdict(traces.sought(who, sentences))
    with db.atomic():
        erasures.note(db, erasure, told)
        if not [job for job in jobs_of.unfinished(db, "mine") if job["status"] == "waiting"]:
            jobs_of.add(db, "mine", {}, now=now())  # covered quotes need vectors
    return receipts.get(db, erasure)


def clean_file(db: Database) -> bool:
    """Write the file anew without free pages, and empty its log; False where readers kept the log in use."""
    copying.drop_columns(db)
    db.execute("PRAGMA secure_delete = ON")
    db.conn.commit()
    try:
        db.conn.execute("VACUUM")
    except sqlite3.OperationalError:  # another writer, or no room for a copy of the file: said, and to be done again
        return False
    until = monotonic() + PATIENCE
    while db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if monotonic() > until:
            return False
        sleep(0.2)
    return True


def _known(db: Database, asked: Asked) -> Person:
    """Whom it means. Raises persons.Unclear, AlreadyForgotten where nobody is called so any more."""
    try:
        return persons.find(db, asked)
    except persons.Unknown as unknown:
        if before := _before(db, asked):
            raise AlreadyForgotten(asked.given, before) from unknown
        raise


def _before(db: Database, asked: Asked) -> str:
    """By which receipts whoever is called so was forgotten, and whether that still keeps them out; "" for nobody."""
    secret = erasures.key(db)
    marks = persons.marks_asked(asked, lambda *parts: erasures.mark(secret, *parts))
    numbers = {*erasures.known(db, marks), *erasures.given(db, _given(secret, asked))}
    told = []
    for one in (receipts.get(db, number) for number in sorted(numbers)):
        then = (
            f"since {wording.day(one.lifted_at)} later uploads may bring them again"
            if one.lifted_at
            else "later uploads are kept out"
        )
        told.append(f"They were forgotten on {wording.day(one.at)}, receipt {one.id}; {then}.")
    return " ".join(told)


def _given(secret: bytes, asked: Asked) -> str:
    which = () if ONE_PERSON in asked.which else sorted(one.strip().casefold() for one in asked.which)
    return erasures.mark(secret, "given", " ".join(asked.given.split()).casefold(), *which)


def _erase(db: Database, who: Person) -> _Outcome:
    before = figures.count(db)
    themes = figures.themes(db)
    with db.atomic():
        done = erasing.erase(db, who)
        store.clean_words(db)
    rows: dict[str, list[int]] = {}
    for (table, what), number in done.rows.items():
        if number:
            rows.setdefault(table, [0, 0])[what == "changed"] += number
    told = tuple(Rows(table, *numbers) for table, numbers in sorted(rows.items()))
    return _Outcome(told, tuple(_explained(db, before, themes, done)), done, who)


def _explained(
    db: Database, before: dict[str, int], themes: dict[int, tuple[str, int]], done: erasing.Done
) -> list[Figure]:  # fmt: skip
    """Every figure that differs, with the reason; then the themes that are smaller."""
    after, removed = figures.count(db), Counter({t: n for (t, what), n in done.rows.items() if what == "removed"})
    found = []
    for name, number in before.items():
        if after[name] != number:
            found.append(Figure(name, number, after[name], figures.BECAUSE[name]))
    now = figures.themes(db)
    for theme, (name, size) in sorted(themes.items()):
        left = now.get(theme, (name, 0))
        if left[1] != size:
            because = "Their quotes in this theme are gone; its id stays."
            found.append(Figure(f"theme {theme}: {left[0]}", size, left[1], because))
    if removed["reviews"]:
        found.append(
            Figure(
                "verdicts", removed["reviews"], 0, "They were about the person's words. Train again to learn without."
            )
        )
    return found


def _token(db: Database, asked: Asked, rows: Sequence[Rows]) -> str:
    told = [f"{one.table} {one.removed} {one.changed}" for one in rows]
    key = b"preview"
    return erasures.mark(key, asked.given.casefold(), asked.account.casefold(), *asked.which, *told)


def busy(db: Database) -> list[dict]:
    """The jobs that forgetting waits for: what runs holds words in memory and may write them when it ends; what only
    waits is done on what is left, but for an upload, which brings new ones."""
    return [job for job in jobs_of.unfinished(db) if job["kind"] in ("ingest", "try") or job["status"] == "running"]


def _clear_uploads(home: Path, who: Person) -> None:
    """Discard uploads that wait for a decision and may hold the person."""
    needles = traces.needles(who, ())
    folder = home / "uploads"
    for one in sorted(folder.iterdir()) if folder.is_dir() else ():
        if traces.search(one, needles).places:
            with suppress(FileNotFoundError):
                shutil.rmtree(one) if one.is_dir() else one.unlink()


def _untold(who: Person) -> list[Remains]:
    """What stays because somebody else at the company bears the name."""
    if who.only is None:
        return []
    found = [
        Remains(
            "later uploads that give the name alone",
            "",
            "Somebody else at the company bears the name. "
            + (
                "Only what has this person’s mail address is kept out."
                if who.addresses
                else "No mail address is known of this person, so later uploads are not kept out at all."
            ),
        )
    ]
    if number := len(who.untold):
        because = (
            "Nothing there says which of those who bear the name is meant, so what was said under it stays. Their addresses "
            "and telephone numbers are taken out there too."
        )
        found.insert(0, Remains(f"the name in {wording.plural(number, 'conversation')}", "", because))
    return found


def _nowhere(db: Database, who: Person) -> list[Remains]:
    """What stays because somebody elsewhere bears the name, and the conversation names no account."""
    if not who.shared:
        return []
    left = {
        id_
        for id_, name in named.nowhere(db)
        if accounts.person(name) in who.shared and not who.is_called(name, near=False)
    } - (who.only or frozenset())
    because = (
        "People elsewhere bear this name too, and nothing there says who is meant. Where it is this person, give the "
        "conversation its account, then forget them once more."
    )
    what = f"the name in {wording.plural(len(left), 'conversation')} that {'names' if len(left) == 1 else 'name'} no account"
    return [Remains(what, "", because)] if left else []


def _apart(done: erasing.Done) -> list[Remains]:
    return [
        Remains(f"{number} in {table.replace('_', ' ')}", "", every_cell.APART[table]) for table, number in done.apart
    ]


def _remains(home: Path, since: str) -> list[Remains]:
    """Backups: they cannot be changed without breaking what they are for. What was last written before the day `since`,
    of the first upload that may have held the person, is said to be of before."""
    folder = home / BACKUPS
    found = []
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.is_file() and not file.name.endswith(".db.json"):  # what a backup's own manifest says names nobody
            because, day = "A backup cannot be changed. Delete it, or make a new one in its place.", traces.day_of(file)
            if day and day < since[:10]:
                because = (
                    f"Made before the first upload that holds them ({wording.day(since)}), so they should not be in it."
                )
            found.append(Remains(str(file.relative_to(home)), day, because))
    return found


def _found(home: Path, place: traces.Place) -> Remains:
    because = f"This file is not Parley's to change. It holds the person ({place.how}); decide about it yourself."
    return Remains(place.file, traces.day_of(home / place.file), because)

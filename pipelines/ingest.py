"""Read files into the store: every piece ends up new, a known duplicate, or a named problem.

A piece is what its file counts in: a row, a mail, a transcript. Everything streams: conversations are written as they
are read, mails are stored one by one and threaded afterwards from the store, so memory does not grow with the upload.
"""

import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from sqlite_utils import Database

from insights import formats
from insights.formats import ColumnMapping, Reading, mail
from insights.formats.mail import Mail
from insights.records import Conversation, CrmRecord, Problem, stable_id
from pipelines.chunks import chunks
from pipelines.privacy import keeping_out
from pipelines.progress import Progress, silent
from pipelines.store import batches, brought, conversations, copied, crm, links, mails, pieces
from pipelines.store.batches import Batch
from pipelines.store.pieces import FileCounts
from pipelines.uploads import readings, said_anew, settle, threads
from pipelines.uploads.files import Meter, opened
from pipelines.uploads.once import count_once
from pipelines.uploads.readings import ReadAs
from pipelines.uploads.refresh import refresh
from pipelines.uploads.settle import Knowledge

PIECES_PER_TRANSACTION = 500
LONG = 5000  # utterances at once, of which a person is told that they are worked on
SHOWN_PROBLEMS = 1000
_NO_MAPPING = ColumnMapping()


@dataclass(slots=True)
class _Told:
    """What is told of a batch piece by piece: counts by file, those that changed since they were kept, the places of
    what was known (item, file, row), how many pieces a conversation has that has several, and the files of new
    records."""

    files: dict[str, FileCounts] = field(default_factory=dict)
    changed: dict[str, FileCounts] = field(default_factory=dict)
    known: list[tuple[str, str, int | None]] = field(default_factory=list)
    several: dict[str, int] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)


Item = Conversation | CrmRecord | Mail | Problem | Reading


@dataclass(slots=True)
class Counts:
    """What came of a batch. Pieces = added + duplicates + problems, always.

    `updated` are those of `added` that replace a version of an earlier upload (of them `updated_conversations` and
    `updated_records`). Of `changed` conversations that were in and `changed_records` this upload says something new
    (see `changed`). `added` pieces became new `conversations`, made threads grow (`grown`), or are CRM `records`;
    `duplicates` were known, of which `repeated` stand in this very batch more than once. `warnings` are about pieces
    that went in all the same. `foreign` utterances are in a language that is not mined. `linked` conversations are
    another one's copy, older version, or the same meeting. `bytes` is the size of what was given to be read, archives
    as they come.
    """

    files: int = 0
    pieces: int = 0
    added: int = 0
    duplicates: int = 0
    problems: int = 0
    warnings: int = 0
    records: int = 0
    conversations: int = 0
    grown: int = 0
    utterances: int = 0
    foreign: int = 0
    linked: int = 0
    bytes: int = 0
    updated: int = 0
    updated_conversations: int = 0
    repeated: int = 0
    updated_records: int = 0
    changed: int = 0
    changed_records: int = 0


@dataclass(frozen=True, slots=True)
class Ingested:
    """The outcome of one batch. `batch_id` is None after a dry run: nothing was kept. `readings` tell how its tables
    were read, where that is worth telling; `notices` are sentences on what a person should know of it beside the
    problems.

    `problems` are the first thousand, without the rows they are about; all of them are in the store.
    """

    batch_id: int | None
    counts: Counts
    problems: tuple[Problem, ...] = ()
    readings: tuple[ReadAs, ...] = ()
    notices: tuple[str, ...] = ()


def ingest(
    db: Database, paths: Sequence[Path], *, title: str, now: Callable[[], str], dry_run: bool = False,
    batch_id: int | None = None, mapping: ColumnMapping = _NO_MAPPING, progress: Progress = silent,
    report: Callable[[Database, int], object] | None = None,
) -> Ingested:  # fmt: skip
    """Read `paths` (files, folders, archives) as one batch, tables by `mapping`.

    A dry run does the same work on a copy of the database that is thrown away, so its verdicts are the same and nobody
    waits for it. A batch whose reading was killed is resumed, by its `batch_id` or by reading the same paths again.
    `report` is called with the database that the batch was read into (a dry run's copy) and its id, at the end.
    Raises FileNotFoundError for a path that is not there, before anything is written.
    """
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"There is no file or folder '{path.name}'.")
    if not dry_run:
        return _run(db, paths, title, now, batch_id, mapping, progress, report)
    with copied(db) as copy:
        outcome = _run(copy, paths, title, now, None, mapping, progress, report)
    return replace(outcome, batch_id=None)


def _run(
    db: Database, paths: Sequence[Path], title: str, now: Callable[[], str], batch_id: int | None,
    mapping: ColumnMapping, progress: Progress, report: Callable[[Database, int], object] | None,
) -> Ingested:  # fmt: skip
    source = stable_id(*sorted(str(path.resolve()) for path in paths), repr(mapping))
    title = keeping_out.title(db, title)
    with db.atomic():
        batch = batches.open_for_reading(
            db, batch_id, title=title, source=source, reader=_reader(), now=now(), is_alive=_is_alive
        )
    counts, told, shown, read = Counts(), _Told(), list[Problem](), dict[tuple, ReadAs]()
    meter = Meter(paths, progress)
    counts.bytes = meter.total
    kept_out = None
    for chunk in chunks(_items(opened(paths, meter), mapping, counts), PIECES_PER_TRANSACTION):
        said = sum(len(item.utterances) for item in chunk if isinstance(item, Conversation))
        if said > LONG:
            progress(f"telling who speaks in {said:,} utterances", 0, None)
        with db.atomic():
            if batches.is_undone(db, batch.id):
                break
            # What is known is asked each time: deals, names and corrections may come in while this upload is read, and who
            # is forgotten meanwhile must not come back with it.
            kept_out = keeping_out.renewed(kept_out, db)
            keeping_out.learn(db, chunk, kept_out)
            chunk = list(keeping_out.through(chunk, kept_out))
            _keep(db, chunk, batch, settle.knowledge(db), counts, told)
            _tell(db, batch, told)
            batches.note_counts(db, batch.id, asdict(counts))
            for item in chunk:
                if isinstance(item, Reading):
                    readings.add(read, item)
            batches.note_readings(db, batch.id, [one.as_dict() for one in read.values()])
        shown += [replace(p, record={}) for p in chunk if isinstance(p, Problem)][: SHOWN_PROBLEMS - len(shown)]
        meter.tell()
    if missed := keeping_out.notices(kept_out, db):
        with db.atomic():
            batches.add_problems(db, batch.id, missed)
            counts.warnings += len(missed)
        shown += missed
    threads.thread(db, progress=progress)
    _settle_overtaken(db, batch, progress)
    _settle_joined(db, batch, progress)
    count_once(db, progress=progress)
    with db.atomic():
        if not batches.is_undone(db, batch.id):
            _count_threads(db, batch, counts)
            _count_updated(db, batch, counts, told)
            _count_changed(db, batch, counts)
            counts.repeated = min(pieces.count_repeated(db, batch.id), counts.duplicates) if counts.duplicates else 0
            batches.finish(db, batch.id, counts=asdict(counts), now=now())
    if report:
        report(db, batch.id)
    notices = (*readings.notices(read.values()), *readings.again(db, batch.id))
    return Ingested(batch.id, counts, tuple(shown), tuple(read.values()), notices)


def _keep(db: Database, chunk: Sequence[Item], batch: Batch, known: Knowledge, counts: Counts, told: _Told) -> None:
    """Store one handful of what was read, and count it."""
    by_kind: tuple[list[Conversation], list[Mail], list[CrmRecord], list[Problem]] = ([], [], [], [])
    for item in chunk:
        match item:
            case Conversation():
                by_kind[0].append(item)
            case Mail():
                by_kind[1].append(item)
            case CrmRecord():
                by_kind[2].append(item)
            case Problem():
                by_kind[3].append(item)
    said, mail_items, records, problems = by_kind
    _keep_conversations(db, said, batch, known, counts, told)
    ids = mails.add(db, mail_items)
    places = list(zip(ids, mail_items, strict=True))
    _note(db, batch, "mail", [(i, mails.place(item), item.file, item.row) for i, item in places], counts, told)
    links.reorder(db, mails.conversations_of(db, ids))
    crm.add(db, records)
    rows = [(crm.item_id(item), "", item.file, item.row) for item in records]
    new = _note(db, batch, "record", rows, counts, told)
    counts.records += len(new)
    told.records |= new
    batches.add_problems(db, batch.id, problems)
    for problem in problems:
        if not problem.kept:
            _met(told, problem.file, problems=1)
    kept = sum(problem.kept for problem in problems)
    counts.warnings += kept
    counts.problems += len(problems) - kept
    counts.pieces += len(problems) - kept


def _keep_conversations(
    db: Database, items: Sequence[Conversation], batch: Batch, known: Knowledge, counts: Counts, told: _Told
) -> None:
    unique = {item.id: item for item in reversed(items)}  # the first of a run counts, as it would in another handful
    before = brought.versions(db, unique)
    stored = conversations.existing(db, unique)
    new = _noted(db, batch, "conversation", {i: settle.said(item) for i, item in unique.items()})
    settle.write(db, [item for i, item in unique.items() if i not in stored], known)
    # The oldest upload gives the file and the newest each fact, and this one may be neither: others run beside it.
    settle.settle(db, [i for i in unique if i in stored and {*before.get(i, ())} != {settle.said(unique[i])}], known)
    links.reorder(db, stored)
    for item in items:
        counts.pieces += item.pieces
        if item.id in new:
            new.discard(item.id)
            counts.added += item.pieces
            _met(told, item.file, added=item.pieces)
            if item.pieces > 1:
                told.several[item.id] = item.pieces
            counts.conversations += 1
            counts.utterances += len(item.utterances)
        else:
            counts.duplicates += item.pieces
            _met(told, item.file, duplicates=item.pieces)
            told.known.append((item.id, item.file, item.row))


def _noted(db: Database, batch: Batch, kind: brought.ItemKind, said: dict[str, str]) -> set[str]:
    """Note what the batch brought; return the ids that are new with it."""
    return said.keys() - brought.note(db, batch.id, kind, said, attempt=batch.attempt)


def _note(
    db: Database, batch: Batch, kind: brought.ItemKind, items: Sequence[tuple[str, str, str, int | None]],
    counts: Counts, told: _Told,
) -> dict[str, str]:  # fmt: skip
    """Note mails or records (id, what is said, file, row) and count them; return those that are new with their
    files."""
    left = _noted(db, batch, kind, {i: said for i, said, _, _ in reversed(items)})
    new: dict[str, str] = {}
    for i, _, file, row in items:
        if i in left:
            left.discard(i)
            new[i] = file
            _met(told, file, added=1)
        else:
            _met(told, file, duplicates=1)
            told.known.append((i, file, row))
    counts.pieces += len(items)
    counts.added += len(new)
    counts.duplicates += len(items) - len(new)
    return new


def _met(told: _Told, file: str, *, added: int = 0, duplicates: int = 0, problems: int = 0) -> None:
    """Count pieces to their file."""
    one = told.files.setdefault(file, FileCounts(file))
    one.pieces += added + duplicates + problems
    one.added += added
    one.duplicates += duplicates
    one.problems += problems
    told.changed[file] = one


def _tell(db: Database, batch: Batch, told: _Told) -> None:
    """Keep what was told since the last time."""
    pieces.save_files(db, batch.id, told.changed.values())
    pieces.add_known(db, batch.id, told.known)
    told.changed.clear()
    told.known.clear()


def _count_updated(db: Database, batch: Batch, counts: Counts, told: _Told) -> None:
    """What replaces an earlier version is known once the batch is linked to what was there."""
    replacing = [(file, told.several.get(i, 1)) for i, file in pieces.replacing(db, batch.id).items()]
    counts.updated_conversations = len(replacing)
    if told.records:
        replacing += [(told.records[i], 1) for i, _, _ in crm.replaced(db, batch.id) if i in told.records]
    counts.updated_records = len(replacing) - counts.updated_conversations
    for file, n in replacing:
        counts.updated += n
        if file in told.files:
            told.files[file].updated += n
            told.changed[file] = told.files[file]
    _tell(db, batch, told)


def _count_changed(db: Database, batch: Batch, counts: Counts) -> None:
    """What was known and is told otherwise: counted when the upload is in, its records too."""
    if counts.duplicates or counts.records or counts.updated:
        found = said_anew.summary(db, batch.id, shown=0)
        counts.changed, counts.changed_records = found.conversations, found.records


def _settle_overtaken(db: Database, batch: Batch, progress: Progress) -> None:
    """Tell threads by this upload's place in its files where a later one, read beside it, was first to bring a mail."""
    refresh(db, mails.conversations_of(db, brought.overtaken(db, batch.id, "mail")), progress=progress)


def _settle_joined(db: Database, batch: Batch, progress: Progress) -> None:
    """Give the facts of this batch's CRM records to the conversations that they are about."""
    ids = crm.brought_by(db, batch.id)
    if not ids:
        return
    refresh(db, crm.conversations_of(db, crm.keys_of(db, ids)), progress=progress)


def _count_threads(db: Database, batch: Batch, counts: Counts) -> None:
    """Threads are counted when all mails of the batch are in, because a mail says little about its thread."""
    threaded = mails.outcome(db, batch.id)
    counts.conversations += threaded["new"]
    counts.grown += threaded["grown"]
    counts.utterances += threaded["utterances"]
    counts.foreign = conversations.count_foreign(db, batch.id)
    counts.linked = links.count(db, batch.id)


def _items(files: Iterable[tuple[str, BinaryIO] | Problem], mapping: ColumnMapping, counts: Counts) -> Iterator[Item]:
    for entry in files:
        if isinstance(entry, Problem):
            yield entry
            continue
        name, stream = entry
        counts.files += 1
        if formats.holds_mails(name, stream):
            yield from mail.read_mails(name, stream)
        else:
            yield from formats.read_telling(name, stream, mapping=mapping)


def _reader() -> str:
    """Who reads: lets a later attempt see whether this one is still at work."""
    return json.dumps([socket.gethostname(), os.getpid()])


def _is_alive(reader: str) -> bool:
    host, pid = json.loads(reader or '["", 0]')
    if host != socket.gethostname() or os.name != "posix" or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

"""Read files into the store: every piece ends up new, a known duplicate, or a named problem.

Mail is collected over all files of a batch before it is threaded, so that a thread saved as many .eml files is one
conversation. Everything else streams.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlite_utils import Database

from insights import formats, roles
from insights.formats import archives, mail
from insights.records import Conversation, Found, Problem
from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.store import batches, company, conversations, copied

CONVERSATIONS_PER_TRANSACTION = 200
MAIL_ENDINGS = (".eml", ".mbox", ".mbx")
HEAD_BYTES = 8192


@dataclass(slots=True)
class Counts:
    """What a batch brought. Conversations found = new + grown + duplicates; everything else is a problem."""

    files: int = 0
    conversations: int = 0
    grown: int = 0
    utterances: int = 0
    duplicates: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Ingested:
    """The outcome of one batch. `batch_id` is None after a dry run: nothing was kept."""

    batch_id: int | None
    counts: Counts
    problems: tuple[Problem, ...] = ()


def ingest(
    db: Database, paths: Sequence[Path], *, title: str, now: Callable[[], str], dry_run: bool = False,
    batch_id: int | None = None, progress: Progress = silent,
) -> Ingested:  # fmt: skip
    """Read `paths` (files, folders, zip archives) as one batch.

    A dry run does the same work on a copy of the database that is thrown away, so its verdicts are the same and nobody
    waits for it. With `batch_id` an interrupted batch is resumed: what it had stored already is not stored twice.
    Raises FileNotFoundError for a path that is not there, before anything is written.
    """
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"There is no file or folder '{path.name}'.")
    if not dry_run:
        return _run(db, paths, title=title, now=now, batch_id=batch_id, progress=progress)
    with copied(db) as copy:
        outcome = _run(copy, paths, title=title, now=now, batch_id=None, progress=progress)
    return Ingested(None, outcome.counts, outcome.problems)


def _run(
    db: Database, paths: Sequence[Path], *, title: str, now: Callable[[], str], batch_id: int | None, progress: Progress
) -> Ingested:
    batch_id = batch_id if batch_id is not None else batches.start(db, title=title, now=now())
    counts, problems = Counts(), list[Problem]()
    us = company.load(db)
    for chunk in chunks(_items(_files(paths), counts, progress), CONVERSATIONS_PER_TRANSACTION):
        with db.atomic():
            if batches.is_undone(db, batch_id):
                break
            for item in chunk:
                match item:
                    case Problem():
                        problems.append(item)
                    case Conversation():
                        _count(counts, *conversations.save(db, roles.assign(item, us), batch_id=batch_id))
        progress("reading", counts.conversations + counts.duplicates, None)
    counts.problems = len(problems)
    with db.atomic():
        batches.replace_problems(db, batch_id, problems)
        batches.finish(db, batch_id, counts=_columns(counts), now=now())
    return Ingested(batch_id, counts, tuple(problems))


def _count(counts: Counts, saved: conversations.Saved, utterances: int) -> None:
    counts.utterances += utterances
    match saved:
        case "new":
            counts.conversations += 1
        case "grown":
            counts.grown += 1
        case "duplicate":
            counts.duplicates += 1


def _columns(counts: Counts) -> dict[str, int]:
    return {
        "files": counts.files, "conversations": counts.conversations + counts.grown, "utterances": counts.utterances,
        "duplicates": counts.duplicates, "problems": counts.problems,
    }  # fmt: skip


def _items(files: Iterable[tuple[str, BinaryIO] | Problem], counts: Counts, progress: Progress) -> Iterator[Found]:
    mails: list[mail.Mail] = []
    for entry in files:
        if isinstance(entry, Problem):
            yield entry
            continue
        name, stream = entry
        counts.files += 1
        progress("files", counts.files, None)
        if not _is_mail(name, stream):
            yield from formats.read(name, stream)
            continue
        for item in mail.read_mails(name, stream):
            if isinstance(item, Problem):
                yield item
            else:
                mails.append(item)
    yield from mail.threads(mails)


def _is_mail(name: str, stream: BinaryIO) -> bool:
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    return name.casefold().endswith(MAIL_ENDINGS) and (mail.is_mbox(head) or mail.is_mail(head))


def _files(paths: Iterable[Path]) -> Iterator[tuple[str, BinaryIO] | Problem]:
    """Every file below `paths` in a fixed order, opened; members of archives under "archive.zip/member"."""
    for path in sorted(paths):
        root = path if path.is_dir() else path.parent
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            name = file.relative_to(root).as_posix()
            if path.is_dir() and any(part.startswith(".") or part == "__MACOSX" for part in Path(name).parts):
                continue
            try:
                with file.open("rb") as stream:
                    yield from archives.members(name, stream) if name.casefold().endswith(".zip") else [(name, stream)]
            except OSError as error:
                yield Problem(name, None, f"It cannot be opened ({error.strerror}).", "Check that you may read it.")

"""Work off jobs: one at a time per worker, with a sign of life, found again when a worker was killed."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlite_utils import Database

from insights.errors import InsightsError
from insights.formats import ColumnMapping
from insights.records import Problem
from pipelines.catalogue import own_names, sketches
from pipelines.catalogue.trackers import apply_all
from pipelines.ingest import ingest
from pipelines.mine import Mined, mine
from pipelines.operation import backup, doctor
from pipelines.planning.content import read_new
from pipelines.privacy import keeping, keeping_out
from pipelines.privacy.forget import clean_file
from pipelines.progress import Progress
from pipelines.sales import signals
from pipelines.settings import Settings
from pipelines.store import batches, connect, jobs, mappings, state
from pipelines.store.trouble import trouble_of
from pipelines.teams import digests
from pipelines.uploads import set_facts, trial
from pipelines.uploads.sides import reassign

HEARTBEAT_SECONDS = 5
STALE = timedelta(seconds=60)
POLL_SECONDS = 1.0
LONG_PAUSE = 20.0
MOST_TRIES = 3
BACKED_UP = "backed up on"

log = logging.getLogger("parley")


class KilledTooOften(InsightsError):
    """A job whose worker never came to its end; trying for ever would keep all others waiting."""

    def __init__(self, times: int):
        super().__init__(f"its worker was stopped {times} times before it was done; look for a lack of memory or disk")


def now() -> str:
    """This moment in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def submit_ingest(
    db: Database, path: Path, *, title: str, mapping: ColumnMapping | None = None,
    given: Mapping[str, str] | None = None,
    actor: str = "parley",
) -> tuple[int, int]:  # fmt: skip
    """Queue an upload that lies in `path`, its tables to be read by `mapping`, and its mining; (job id, batch id).
    `given` are facts (`set_facts.NAMES`) of those conversations that come without."""
    with db.atomic():
        title = keeping_out.title(db, title)
        batch_id = batches.start(db, title=title, now=now())
        batches.note_hands(db, batch_id, by=actor)
        arguments: dict[str, Any] = {"path": str(path), "batch_id": batch_id, "title": title}
        if mapping is not None:
            arguments["mapping"] = mappings.to_json(mapping)
        if given:
            arguments |= {"given": dict(given), "actor": actor}
        job_id = jobs.add(db, "ingest", arguments, now=now())
    return job_id, batch_id


def submit_trial(db: Database, path: Path, *, title: str, mapping: ColumnMapping) -> int:
    """Queue a dry run of an upload that lies in `path` and stays there."""
    arguments = {"folder": str(path), "title": keeping_out.title(db, title), "mapping": mappings.to_json(mapping)}
    with db.atomic():
        return jobs.add(db, "try", arguments, now=now())


def submit_sides(db: Database, conversation_ids: Sequence[str]) -> int | None:
    """Queue that these conversations are worked out again ([] for all of them) and mined; returns the job, the one that
    waits to do just that already, or None where there are no conversations."""
    wanted = list(conversation_ids)
    with db.atomic():
        if not wanted and not db.table("conversations").count_where():
            return None
        for job in jobs.unfinished(db, "sides"):
            if job["status"] == "waiting" and job["arguments"]["conversations"] == wanted:
                return int(job["id"])
        return jobs.add(db, "sides", {"conversations": list(conversation_ids)}, now=now())


def submit_mine(db: Database) -> int:
    """Queue that the history is read as the catalogue is now, unless that waits already."""
    return _once(db, "mine", "waiting")


def submit_reading(db: Database, verdict: str) -> int | None:
    """After a decision about a name was taken back or made again: queue that the history is read where that alone tells
    what is to be found; None where all stands as it should already. A refusal took mentions away, whose words were
    read."""
    if own_names.is_stale(db) or verdict in ("refused", "own", "integration"):
        return submit_mine(db)
    return None


def submit_sketches(db: Database) -> int:
    """Queue that what trackers look through is made ready, unless that waits or runs already."""
    return _once(db, "sketch", "waiting", "running")


def submit_content(db: Database) -> int:
    """Queue that what is new of our own pages is read, unless that waits or runs already."""
    return _once(db, "content", "waiting", "running")


def submit_backup(db: Database) -> int:
    """Queue that a backup is made, unless that waits or runs already. None is removed for it."""
    return _once(db, "backup", "waiting", "running")


def submit_examination(db: Database, *, repair: bool = False) -> int:
    """Queue that all that is stored is looked through, and with `repair` mended where that is safe, unless a job that
    looks waits or runs already."""
    return _once(db, "repair" if repair else "examine", "waiting", "running")


def _once(db: Database, kind: str, *statuses: str) -> int:
    """A job of this kind that is in one of these states, else a new one."""

    def there() -> int | None:
        return next((int(job["id"]) for job in jobs.unfinished(db, kind) if job["status"] in statuses), None)

    if (known := there()) is not None:  # no write lock for nothing
        return known
    with db.atomic():
        known = there()
        return jobs.add(db, kind, {}, now=now()) if known is None else known


class Stopped(Exception):
    """The worker is to end: its job waits for the next one."""


def work_forever(settings: Settings, stop: Event) -> None:
    """Take jobs until `stop` is set; a job that is running then is handed back at its next sign of life."""
    while not stop.is_set():
        pause = POLL_SECONDS
        try:
            if work_once(settings, stop):
                pause = 0.0
        except Stopped:
            return
        except Exception as error:
            # A locked or full database passes; a worker that ended silently would not be noticed.
            log.warning("worker: %s, trying again", type(error).__name__)
            pause = LONG_PAUSE if _passing(error) else POLL_SECONDS
        stop.wait(pause)


def work_once(settings: Settings, stop: Event | None = None) -> bool:
    """Claim one job and run it; False when none waits.

    Where there is no room, or the database may not be written, the job waits again and the error is raised: its files
    stay, and it goes on when that has passed. Raises Stopped once `stop` is set.
    """
    with closing(connect(settings.database_file)) as db:
        _queue_digests(db)
        _queue_backup(db, settings)
        _queue_keeping(db)
        job = jobs.claim(db, now=now(), stale_before=(datetime.now(UTC) - STALE).isoformat(timespec="seconds"))
        if job is None:
            signals.keep_up(db, now=datetime.now(UTC))
            return False
        with _sign_of_life(settings, job["id"]):
            try:
                if job["tries"] > MOST_TRIES:
                    raise KilledTooOften(MOST_TRIES)
                context = {"where": settings.where, "settings": settings, "stop": stop}
                result = RUNNERS[job["kind"]](db, job | context)
            except Exception as error:
                if waits := _passing(error):
                    _hand_back(db, job, waits)
                    raise
                # The person sees what to do; what a customer said may be inside an unexpected error, so only its type.
                told = _told(error)
                log.warning("job %d failed: %s", job["id"], type(error).__name__)
                _give_up(db, job, told)
            else:
                with db.atomic():
                    jobs.finish(db, job["id"], result=result, now=now())
        # Only now: a worker that is killed before this finds the upload again.
        if path := job["arguments"].get("path"):
            shutil.rmtree(path, ignore_errors=True)
    return True


def _passing(error: Exception) -> str:
    """Why a job cannot go on just now, where that will pass; "" for what is wrong with the job."""
    if isinstance(error, Stopped):
        return "Parley was stopped, it goes on by itself once Parley runs"
    found = trouble_of(error) if isinstance(error, sqlite3.DatabaseError | OSError) else None
    kinds = {
        "full": "waits for room on the disk",
        "readonly": "waits until the database may be written",
        "busy": "waits for another Parley",
    }
    return kinds.get(found.kind, "") if found else ""


def _hand_back(db: Database, job: dict, stage: str) -> None:
    """Where not even this can be written, the job is taken up again when it has shown no sign of life for a while."""
    with suppress(sqlite3.DatabaseError), db.atomic():
        jobs.hand_back(db, job["id"], stage=stage)


def _ingest(db: Database, job: dict) -> dict:
    arguments, progress = job["arguments"], _progress(db, job)
    batch_id, counts = arguments["batch_id"], {}
    batch = batches.get(db, batch_id)
    # A batch that is done was read by a worker that was killed later; one that is undone is not wanted any more.
    if batch is not None and batch["status"] == "reading":
        paths = trial.parts(Path(arguments["path"]))
        done = ingest(
            db, paths, title=arguments["title"], now=now, batch_id=batch_id, progress=progress,
            mapping=mappings.from_json(arguments.get("mapping", "")),
        )  # fmt: skip
        counts = asdict(done.counts)
    # It changes only what has none, so a worker that takes the job over may do it again.
    if (given := arguments.get("given")) and batch is not None and batch["status"] != "undone":
        set_facts.fill(db, batch_id, given, now=now(), actor=arguments.get("actor", "parley"))
    mined = _mined(db, job)
    left = {"waiting": mined.waiting, "proposals": mined.proposals}
    return {"batch_id": batch_id, **counts, "insights": mined.insights, "themes": mined.themes, **left}


def _try(db: Database, job: dict) -> dict:
    return trial.run(db, job, now=now, progress=_progress(db, job))


def _sides(db: Database, job: dict) -> dict:
    sides = reassign(db, job["arguments"]["conversations"] or None, progress=_progress(db, job))
    return {"utterances": sides} | asdict(_mined(db, job))


def _told(error: Exception) -> str:
    match error:
        case InsightsError():
            return str(error)
        case FileNotFoundError():
            return "the uploaded files are no longer there"
        case sqlite3.DatabaseError() if found := trouble_of(error):
            return f"{found.what} {found.clicked}"
        case OSError():
            return error.strerror or type(error).__name__
    return type(error).__name__


def _give_up(db: Database, job: dict, told: str) -> None:
    """Note why the job failed; an upload that it was reading can then be seen and undone."""
    with db.atomic():
        jobs.fail(db, job["id"], error=told, now=now())
        if run_id := job["arguments"].get("run"):
            digests.give_up(db, run_id, told, now=datetime.now(UTC))
        if batch_id := job["arguments"].get("batch_id"):
            batches.fail(
                db,
                batch_id,
                Problem(job["arguments"]["title"], None, f"Reading stopped: {told.rstrip('.')}.", "Upload it again."),
                now=now(),
            )


def _mine(db: Database, job: dict) -> dict:
    return asdict(_mined(db, job))


def _mined(db: Database, job: dict) -> Mined:
    """Mine; what only trackers need comes in a job of its own, after whatever waits."""
    mined = mine(db, now=now, progress=_progress(db, job), where=job["where"])
    if sketches.behind(db):
        submit_sketches(db)
    return mined


def _sketch(db: Database, job: dict) -> dict:
    return {"sentences": apply_all(db, now=now(), progress=_progress(db, job))}


def _content(db: Database, job: dict) -> dict:
    return {"passages": read_new(db, progress=_progress(db, job))}


def _digest(db: Database, job: dict) -> dict:
    return digests.work_off(db, job["arguments"]["run"], job["settings"], now=datetime.now(UTC))


def _queue_digests(db: Database) -> None:
    """Digests that are due become jobs; trouble with them must not keep other work waiting."""
    try:
        digests.queue(db, now=datetime.now(UTC))
    except Exception as error:
        log.warning("digests: %s", type(error).__name__)


def _queue_backup(db: Database, settings: Settings) -> None:
    """Once a day, where it is wanted; the day is noted with the job, so that several workers make one."""
    today = now()[:10]
    if settings.backup_daily and state.get(db, BACKED_UP) != today:
        with db.atomic():
            if state.get(db, BACKED_UP) != today:
                state.put(db, BACKED_UP, today)
                jobs.add(db, "backup", {"keep": settings.backup_keep}, now=now())


def _backup(db: Database, job: dict) -> dict:
    settings: Settings = job["settings"]
    with closing(connect(settings.database_file)) as own:
        made = backup.backup(
            own, settings.database_file, now=now(), keep=job["arguments"].get("keep", 0), progress=_progress(db, job)
        )
    return {"file": made.backup.file.name, "removed": len(made.removed)}


def _examine(db: Database, job: dict) -> dict:
    """What was found, as `doctor.Examined`; the newest such job is the state that the page of health shows."""
    settings, progress = job["settings"], _progress(db, job)
    found = doctor.examine(settings, now=datetime.now(UTC), progress=progress)
    done: list[str] = []
    if job["kind"] == "repair" and any(one.repair for one in found.findings):
        done = doctor.repair(settings, found)
        found = doctor.examine(settings, now=datetime.now(UTC), progress=progress)
    return asdict(found) | {"repaired": done}


def _keep(db: Database, job: dict) -> dict:
    """Apply the rules of what is kept how long; the file is written anew where one of them took something."""
    number, actor = job["arguments"].get("rule"), job["arguments"].get("actor", "parley")
    rules = [keeping.get(db, number)] if number else keeping.due(db, now=now())
    applied = keeping.apply(db, rules, today=datetime.now(UTC).date(), now=now(), actor=actor)
    if applied:
        clean_file(db)
    return {"receipts": [one.id for one in applied]}


def _queue_keeping(db: Database) -> None:
    """Once a day the rules of what is kept are applied."""
    try:
        if keeping.daily(db, now=now()):
            with db.atomic():
                jobs.add(db, "keep", {}, now=now())
    except Exception as error:
        log.warning("keeping rules: %s", type(error).__name__)


RUNNERS: dict[str, Callable[[Database, dict], dict]] = {
    "ingest": _ingest, "mine": _mine, "try": _try, "sides": _sides, "sketch": _sketch, "content": _content,
    "digest": _digest, "backup": _backup, "keep": _keep, "examine": _examine, "repair": _examine,
}  # fmt: skip


def _progress(db: Database, job: dict) -> Progress:
    stop: Event | None = job.get("stop")

    def tell(stage: str, done: int, total: int | None) -> None:
        if stop is not None and stop.is_set():
            raise Stopped
        jobs.beat(db, job["id"], stage=stage, done=done, total=total, now=now())

    return tell


@contextmanager
def _sign_of_life(settings: Settings, job_id: int) -> Iterator[None]:
    """Keep the job's heartbeat fresh through stretches that report no progress, from a connection of its own."""
    stop = Event()

    def beat() -> None:
        with closing(connect(settings.database_file)) as db:
            while not stop.wait(HEARTBEAT_SECONDS):
                with suppress(Exception):
                    jobs.alive(db, job_id, now=now())

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

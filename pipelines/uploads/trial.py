"""A dry run of an upload as a job: its verdicts are the job's result; what names customers lies beside the files."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.ingest import ingest
from pipelines.progress import Progress
from pipelines.store import jobs, mappings, pieces
from pipelines.uploads import coming, moved, said_anew
from pipelines.uploads.problems import without_rows, write_file

SHOWN_PROBLEMS, SHOWN_REPEATED, SHOWN_NEW = 500, 50, 100
PROBLEMS, CHANGED, REPEATED, MOVED = "problems.csv", "changed.json", "repeated.json", "moved.json"
NEW, COMING = "new.json", "coming.csv"
TRIED = (PROBLEMS, CHANGED, REPEATED, MOVED, NEW, COMING)


class Ended(InsightsError):
    """A person stopped this job."""

    def __init__(self) -> None:
        super().__init__(jobs.STOPPED)


def parts(folder: Path) -> list[Path]:
    """What was uploaded into a folder, in order; not what a trial wrote beside it."""
    return sorted(path for path in folder.iterdir() if path.name not in TRIED)


def run(db: Database, job: dict, *, now: Callable[[], str], progress: Progress) -> dict:
    """The verdicts of a dry run, with the problems as a table beside the files."""
    arguments, folder = job["arguments"], Path(job["arguments"]["folder"])
    problems: list[dict] = []

    def report(copy: Database, batch_id: int) -> None:
        """What names customers lies beside the files and goes with them; a job's result would stay."""
        write_file(copy, batch_id, folder / PROBLEMS)
        (folder / CHANGED).write_text(
            json.dumps(said_anew.summary(copy, batch_id, shown=SHOWN_NEW).as_dict()), encoding="utf-8"
        )
        twice = [asdict(one) for one in pieces.known(copy, batch_id, limit=SHOWN_REPEATED, repeated=True)]
        (folder / REPEATED).write_text(json.dumps(twice), encoding="utf-8")
        elsewhere = [asdict(one) for one in moved.found(copy, batch_id)]
        (folder / MOVED).write_text(json.dumps(elsewhere), encoding="utf-8")
        fresh = [asdict(one) for one in coming.new(copy, batch_id, limit=SHOWN_NEW)]
        (folder / NEW).write_text(json.dumps(fresh), encoding="utf-8")
        coming.write_file(copy, batch_id, folder / COMING)
        problems.extend(without_rows(copy, batch_id, limit=SHOWN_PROBLEMS))

    tried = ingest(
        db, parts(folder), title=arguments["title"], now=now, dry_run=True,
        mapping=mappings.from_json(arguments["mapping"]), progress=_while_wanted(db, job, folder, progress),
        report=report,
    )  # fmt: skip
    return {"counts": asdict(tried.counts), "problems": problems, "notices": list(tried.notices)}


def _while_wanted(db: Database, job: dict, folder: Path, tell: Progress) -> Progress:
    """Progress that ends a dry run that was stopped, or whose files were discarded meanwhile: nobody waits for its
    verdicts."""

    def told(stage: str, done: int, total: int | None) -> None:
        if not folder.exists():
            raise FileNotFoundError
        if (now_is := jobs.get(db, job["id"])) and now_is["status"] == "failed":
            raise Ended
        tell(stage, done, total)

    return told

"""Jobs: long work and how far it is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Db, Limit
from api.errors import RESPONSES, NotFound
from api.gate.who import visit
from api.models.common import Job, Page
from api.pages.health import EXAMINES
from pipelines.store import jobs

routes = APIRouter(tags=["jobs"], responses=RESPONSES)


@routes.get("/jobs", summary="List jobs")
def list_jobs(db: Db, after: Annotated[int, Query(ge=0, le=2**62)] = 0, limit: Limit = 50) -> Page[Job]:
    """Jobs, the newest first."""
    found = jobs.recent(db, before=after or None, limit=limit + 1)
    return Page(
        items=[_seen(job) for job in found[:limit]], next=str(found[limit - 1]["id"]) if len(found) > limit else None
    )


@routes.get("/jobs/{job_id}", summary="Show a job")
def show_job(db: Db, job_id: Annotated[int, Path(ge=1, le=2**62)]) -> Job:
    """A job's status (waiting, running, done or failed), its stage, and what it did or why it failed."""
    found = jobs.get(db, job_id)
    if found is None:
        raise NotFound("job", job_id)
    return _seen(found)


def _seen(job: dict) -> Job:
    """A job as who asks may see it: what is said of the machine is for administrators, as the page of health is."""
    person = visit().person
    hidden = job["kind"] in EXAMINES and visit().accounts and not (person and person.role == "admin")
    return Job(**job | {"result": {}} if hidden else job)

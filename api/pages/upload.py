"""The pages of an upload: choose files, check how they will be read, try it, watch it, mend its problems, take it
back."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from sqlite_utils import Database
from starlette.responses import FileResponse, RedirectResponse, Response

from api import uploads
from api.deps import Db, OurSettings, actor, only_known, originals, sees_originals
from api.errors import NotFound
from api.pages.answering import ACTOR, RowId, page
from api.routes.batches import changed_table, known_table, problem_table
from api.views import facts as facts_views
from api.views import upload as upload_views
from insights.formats import known_endings
from insights.formats.sources import Limits
from pipelines.jobs import now, submit_mine
from pipelines.store import batches, jobs, mappings
from pipelines.uploads import moved, solved
from pipelines.uploads.mapping import NO_SAVED, is_none, is_zone
from pipelines.uploads.trial import COMING, PROBLEMS
from pipelines.uploads.undo import takes

routes = APIRouter(include_in_schema=False)
MOST_HELD = 5  # uploads that are named after an undo
MOST_FIELDS = 50_000  # two for each column that is asked for
Cursor = Annotated[int, Query(ge=0, le=2**62)]
Token = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]


async def form_values(request: Request) -> dict[str, str]:
    """The text fields of a form whose fields depend on the file; the first of a name counts."""
    form = await request.form(max_fields=MOST_FIELDS)
    return {key: value for key, value in reversed(form.multi_items()) if isinstance(value, str)}


Values = Annotated[dict[str, str], Depends(form_values)]


@routes.get("/uploads")
def show_uploads(
    request: Request, db: Db, settings: OurSettings, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Response:  # fmt: skip
    # They are called by their files' names, which name customers; whoever chose files is led to them at once.
    waiting = uploads.waiting(db, settings) if sees_originals(db) else []
    view = upload_views.uploads(db, before=before)
    most = settings.max_upload_mb
    return page(
        request,
        "uploads.html",
        view,
        endings=known_endings(),
        waiting=waiting,
        most_mb=most,
        most_a_text=Limits().record,
        sees_names=sees_originals(db),
    )


@routes.post("/uploads", dependencies=[Depends(only_known)])
def upload(
    db: Db, settings: OurSettings, files: Annotated[list[UploadFile], File()],
    title: Annotated[str, Form(max_length=200)] = "", action: Annotated[Literal["check", "upload"], Form()] = "upload",
) -> Response:  # fmt: skip
    if action == "check":
        return _to(uploads.stage(db, settings, files), {"title": title.strip()})
    _, batch_id = uploads.submit(
        db, settings, files, title=title, mapping=uploads.mapping_of(db, {}), actor=actor(ACTOR)
    )
    return RedirectResponse(f"/uploads#batch-{batch_id}", 303)


@routes.get("/uploads/waiting/{token}")
def check(
    request: Request, db: Db, settings: OurSettings, token: Token, job: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Response:  # fmt: skip
    trial = _trial(db, settings, token, job)
    chosen = dict(request.query_params)
    mapping = uploads.mapping_of(db, chosen)
    look = uploads.look_at_staged(settings, token, mapping)
    done = trial is not None and trial["status"] == "done"
    told = uploads.would_change(settings, token) if done else upload_views.NOTHING
    repeated, elsewhere = (
        (uploads.would_repeat(settings, token), uploads.would_move(settings, token)) if done else ((), ())
    )
    fresh = uploads.would_come(settings, token) if done else ()
    view = upload_views.check(db, look, mapping, trial, told, repeated, elsewhere, fresh)
    title = uploads.staged_title(settings, token)
    address = f"{request.url.path}?{request.url.query}"
    return page(request, "check.html", view, token=token, title=title, chosen=chosen, address=address)


@routes.post("/uploads/waiting/{token}")
def act(request: Request, db: Db, settings: OurSettings, token: Token, values: Values) -> Response:
    switch = {"plain": {"mapping": NO_SAVED}, "by-saved": {"mapping": ""}}
    if values.get("action") == "confirm":  # what was guessed is then what the person said
        values = {key: value for key, value in values.items() if f"guess:{key.removeprefix('found:')}" not in values}
    chosen = uploads.choices(db, values | switch.get(values.get("action", ""), {}))
    if not is_zone(chosen.get("zone", "UTC")) and values.get("action") != "discard":
        return _to(token, {**chosen, "zone": "", "no_zone": chosen["zone"]}, "go-on")
    mapping = uploads.mapping_of(db, chosen)
    action, _, which = values.get("action", "").partition(":")
    match action:
        case "try":
            return _to(token, {**chosen, "job": str(uploads.try_staged(db, settings, token, mapping))}, "trial")
        case "upload":
            kept = uploads.to_remember(db, settings, token, values)
            with db.atomic():
                _, batch_id = uploads.submit_staged(
                    db, settings, token, title=values.get("title", ""), mapping=mapping,
                    given=uploads.given_facts(values),
                    actor=actor(ACTOR),
                )  # fmt: skip
                if kept:
                    name, (columns, heads) = mappings.of_upload(batch_id), kept
                    mappings.save(db, name, columns, now=now(), heads=heads, upload=batch_id, by=_who())
            return RedirectResponse(f"/uploads#batch-{batch_id}", 303)
        case "stop":
            uploads.stop_trial(db, settings, token)
            return _to(token, chosen, "go-on")
        case "discard":
            uploads.discard(settings, token)
            return RedirectResponse("/uploads", 303)
        case "save":
            name = " ".join(values.get("save_as", "").split())[:100]
            if not name or is_none(name):
                return _to(token, {**chosen, "saved": "unnamed"}, "save")
            uploads.save_columns(db, settings, token, name, values, by=_who())
            return _to(token, {"title": chosen.get("title", ""), "mapping": name, "saved": "yes"}, "save")
        case "forget" | "remember" as turn if which.startswith("upload "):  # saved by name, they are forgotten by name
            mappings.set_off(db, which, off=turn == "forget")
            return _to(token, chosen | ({"forgot": which} if turn == "forget" else {}))
    return _to(token, chosen)


@routes.post("/uploads/waiting/{token}/rows")
def rows(request: Request, db: Db, settings: OurSettings, token: Token, values: Values) -> Response:
    """The check page as it would be with what is chosen; the script takes the rows from it while somebody chooses."""
    chosen = uploads.choices(db, values)
    if not is_zone(chosen.get("zone", "UTC")):
        chosen = {**chosen, "zone": ""}  # half a name while it is typed
    mapping = uploads.mapping_of(db, chosen)
    view = upload_views.check(db, uploads.look_at_staged(settings, token, mapping), mapping, None)
    title = uploads.staged_title(settings, token)
    return page(request, "check.html", view, token=token, title=title, chosen=chosen, address=request.url.path)


@routes.get("/uploads/waiting/{token}/problems.csv")
def trial_problems(settings: OurSettings, token: Token) -> Response:
    file = uploads.staged(settings, token) / PROBLEMS
    if not file.exists():
        raise NotFound("table of problems", token)
    with file.open(encoding="utf-8-sig") as lines:
        ending = "tsv" if "\t" in lines.readline() else "csv"
    return FileResponse(file, media_type="text/csv", filename=f"problems.{ending}")


@routes.get("/uploads/waiting/{token}/coming.csv")
def trial_coming(settings: OurSettings, token: Token) -> Response:
    file = uploads.staged(settings, token) / COMING
    if not file.exists():
        raise NotFound("table of what would come in", token)
    return FileResponse(file, media_type="text/csv", filename="coming.csv")


@routes.get("/uploads/{batch_id}")
def show_batch(
    request: Request, db: Db, batch_id: RowId, after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    reason: Annotated[str, Query(max_length=2000)] = "", file: Cursor = 0, known: Cursor = 0,
    conversation: Annotated[str, Query(max_length=100)] = "", gone: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    told: Annotated[str, Query(max_length=20)] = "", event: Annotated[int, Query(ge=0, le=2**62)] = 0,
    lacking: bool = False, stay: Annotated[int, Query(ge=0, le=2**62)] = 0,
    held: Annotated[str, Query(pattern=r"^(\d{1,18}(,\d{1,18}){0,9})?$")] = "",
) -> Response:  # fmt: skip
    start = upload_views.From(file, known, conversation, lacking)
    view = upload_views.batch(db, batch_id, after=after, reason=reason, start=start)
    named = sees_originals(db)
    return page(
        request,
        "batch.html",
        view,
        gone=gone,
        told=told,
        stay=stay,
        held=[int(one) for one in held.split(",") if one],
        start=start,
        named=named,
        done=facts_views.done(db, told, event),
    )


@routes.get("/uploads/{batch_id}/problems.csv")
def download_problems(db: Db, batch_id: RowId, every: bool = False) -> Response:
    if batches.get(db, batch_id) is None:
        raise NotFound("upload", batch_id)
    return problem_table(db, batch_id, every=every)


@routes.post("/uploads/{batch_id}/problems/{act}")
def leave_problems(db: Db, batch_id: RowId, act: Literal["leave", "take-up"]) -> Response:
    if batches.get(db, batch_id) is None:
        raise NotFound("upload", batch_id)
    (solved.leave if act == "leave" else solved.take_up)(db, batch_id)
    return RedirectResponse(f"/uploads/{batch_id}#problems", 303)


@routes.get("/uploads/{batch_id}/changed.csv", dependencies=[Depends(originals)])
def download_changed(db: Db, batch_id: RowId) -> Response:
    if batches.get(db, batch_id) is None:
        raise NotFound("upload", batch_id)
    return changed_table(db, batch_id)


@routes.get("/uploads/{batch_id}/known.csv", dependencies=[Depends(originals)])
def download_known(db: Db, batch_id: RowId) -> Response:
    if batches.get(db, batch_id) is None:
        raise NotFound("upload", batch_id)
    return known_table(db, batch_id)


@routes.post("/uploads/{batch_id}/undo")
def undo(db: Db, batch_id: RowId) -> Response:
    return _taken_back(db, batch_id)


@routes.post("/uploads/{batch_id}/moved")
def say_moved(db: Db, batch_id: RowId, act: Annotated[Literal["take", "leave"], Form()]) -> Response:
    """Count rows that came again under another account in place of those of then, or take that back."""
    if (moved.take if act == "take" else moved.leave)(db, batch_id, now=now()):
        submit_mine(db)
    return RedirectResponse(f"/uploads/{batch_id}#moved", 303)


@routes.post("/uploads/{batch_id}/stop")
def stop(db: Db, batch_id: RowId) -> Response:
    """Stop reading an upload and take back what came in so far."""
    return _taken_back(db, batch_id, stop=True)


def _taken_back(db: Database, batch_id: int, *, stop: bool = False) -> Response:
    """Undo, and to the upload's page with what went and what stayed: afterwards nothing else knows who held it too."""
    met = takes(db, (batch_id,))[batch_id]
    gone = uploads.undo(db, batch_id, by=actor(ACTOR), stop=stop)
    told: dict[str, object] = {"gone": gone} if gone is not None else {"told": "before"}
    if gone is not None and met.stay:
        told |= {"stay": met.stay, "held": ",".join(str(other) for other, _ in met.held_by[:MOST_HELD])}
    return RedirectResponse(f"/uploads/{batch_id}?{urlencode(told)}", 303)


def _who() -> str:
    """The person's name, "" where nobody has one."""
    return "" if (who := actor(ACTOR)) == ACTOR else who


def _trial(db: Database, settings: OurSettings, token: str, job_id: int) -> dict | None:
    """The dry run of these files that the address names."""
    job = jobs.get(db, job_id) if job_id else None
    mine = (
        job is not None and job["kind"] == "try" and job["arguments"]["folder"] == str(uploads.staged(settings, token))
    )
    return job if mine else None


def _to(token: str, chosen: Mapping[str, str], place: str = "") -> Response:
    """To the check page, its address carrying what was chosen: it can be reloaded, left and come back to."""
    query = urlencode({key: value for key, value in chosen.items() if value or key.startswith("column:")})
    address = f"/uploads/waiting/{token}" + (f"?{query}" if query else "") + (f"#{place}" if place else "")
    return RedirectResponse(address, 303)

"""Get data in, keep it mined, and take it back: ingest, mine, batches, undo."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.columns import SAY_TEXT, check_columns, column_mapping
from api.commands.terminal import (
    PROBLEMS_LEFT,
    SHOWN_PROBLEMS,
    check_engine,
    check_paths,
    fail,
    open_database,
    print_json,
    settings,
    shown_progress,
    stoppable,
)

if TYPE_CHECKING:
    from pipelines.ingest import Ingested


class Engine(StrEnum):
    """Where insights are found."""

    local = "local"
    processes = "processes"
    ray = "ray"


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object for machines.")]


def register(app: typer.Typer) -> None:
    app.command()(stoppable("what was read")(ingest))
    app.command()(stoppable("what was found")(mine))
    app.command()(batches)
    app.command()(undo)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or zip archives.")],
    dry_run: Annotated[bool, typer.Option(help="Say what would happen and keep nothing.")] = False,
    title: Annotated[str, typer.Option(help="Name of the batch; the file's name without one.")] = "",
    mapping: Annotated[
        str,
        typer.Option(
            help="A saved mapping of columns (`parley mappings`). Without it, tables with the heads of a saved one are read by that; none: by none."
        ),
    ] = "",
    column: Annotated[
        list[str] | None, typer.Option(help="What a column means, as HEADER=ROLE; repeatable (`parley preview`).")
    ] = None,
    date_order: Annotated[str, typer.Option(help="How dates such as 03/04/2025 are meant: dmy or mdy.")] = "",
    zone: Annotated[str, typer.Option(help="Zone of times without one, such as Europe/Berlin.")] = "",
    problems: Annotated[Path | None, typer.Option(help="Write what went wrong here, as CSV to correct.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read conversations into the database: files, folders and archives of any form that Parley reads.

    The same files again change nothing; a run that was stopped goes on where it was. Exit code 3: problems are left.

    Examples: `parley ingest calls/ notes.csv`, `parley ingest --dry-run export.zip`,
    `parley ingest crm.csv --date-order dmy --problems left.csv`
    """
    from pipelines.ingest import ingest as run
    from pipelines.jobs import now
    from pipelines.uploads.preview import look
    from pipelines.uploads.problems import write_file

    check_paths(paths)
    with open_database() as db, shown_progress() as progress:
        name = title or ", ".join(path.name for path in paths[:3])
        wanted = column_mapping(db, mapping, column or (), date_order, zone)
        if column:
            check_columns(wanted, look(paths, wanted))
        done = run(
            db, paths, title=name, now=now, dry_run=dry_run, progress=progress,
            mapping=wanted,
            report=(lambda read, batch: write_file(read, batch, problems)) if problems else None,
        )  # fmt: skip
    if as_json:
        told = {"readings": [one.as_dict() for one in done.readings], "notices": done.notices}
        details = [asdict(p) for p in done.problems]
        print_json({"batch": done.batch_id, **asdict(done.counts), "details": details, **told})
    else:
        _print_ingested(done)
    if done.counts.problems + done.counts.warnings:
        raise typer.Exit(PROBLEMS_LEFT)


def _print_ingested(done: "Ingested") -> None:
    from insights.formats.tables.grids import NO_TEXT
    from insights.wording import plural
    from pipelines.uploads.readings import lacking

    c = done.counts
    known = f"{c.duplicates - c.repeated:,} known already + " if c.duplicates > c.repeated or not c.repeated else ""
    repeated = f"{c.repeated:,} repeated in these files + " if c.repeated else ""
    head = f"Batch {done.batch_id}" if done.batch_id is not None else "Dry run, nothing kept"
    print(
        f"{head}: {plural(c.pieces, 'piece')} in {plural(c.files, 'file')} = {c.added - c.updated:,} new + "
        f"{f'{c.updated:,} updated + ' if c.updated else ''}{known}{repeated}{plural(c.problems, 'problem')}."
    )
    others = (
        (c.changed, "known conversation", " with something new"), (c.changed_records, "CRM record", " changed"),
        (c.grown, "thread", " grown"), (c.records, "CRM record", ""), (c.linked, "conversation", " linked to another"),
        (c.foreign, "utterance", " not in English (kept, not mined)"), (c.warnings, "warning", ""),
    )  # fmt: skip
    told = "".join(f", {plural(number, what)}{more}" for number, what, more in others if number)
    new = plural(c.conversations - c.updated_conversations, "conversation")
    print(f"New: {new} with {plural(c.utterances, 'utterance')}{told}.")
    alike: dict[tuple[str, str, str], list[int | None]] = {}
    for problem in done.problems:
        alike.setdefault((problem.file, problem.reason, problem.advice), []).append(problem.row)
    for (file, reason, advice), rows in list(alike.items())[:SHOWN_PROBLEMS]:
        row = f", row {rows[0]}" if rows[0] is not None else ""
        more = f" ({len(rows)} rows in all)" if len(rows) > 1 else ""
        print(f"  {file}{row}: {reason} {advice}{more}".rstrip())
    if len(alike) > SHOWN_PROBLEMS:
        print(f"  … and {len(alike) - SHOWN_PROBLEMS} more kinds: parley batches {done.batch_id or ''} or --json")
    for notice in done.notices:
        print(f"  {notice}")
    if any(problem.reason == NO_TEXT for problem in done.problems):
        print(f"  A column holds the words under another name? {SAY_TEXT} (parley preview FILE lists them).")
    if lacking(done.readings):
        print(
            "  To mend it, read the file again and say what its columns mean: --column HEADER=ROLE (parley preview FILE)."
            " Where none holds it, set it by hand once it is in: parley serve, on the upload's page."
        )
    if done.batch_id is not None and c.conversations + c.grown:
        print(f"Next: parley mine. To take this upload back: parley undo {done.batch_id}")


def mine(
    engine: Annotated[
        Engine | None,
        typer.Option(help="Where to find: in this process, in several, or on a Ray cluster. Else PARLEY_ENGINE."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=0, help="How many workers; 0 is one per core. Else PARLEY_WORKERS.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find insights in what is new and sort them into themes."""
    from pipelines.jobs import now
    from pipelines.mine import mine as run

    given = {"engine": engine and engine.value, "workers": workers}
    ours = settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    check_engine(ours)
    with open_database() as db, shown_progress() as progress:
        mined = run(db, now=now, progress=progress, where=ours.where)
    if as_json:
        print_json(asdict(mined))
    else:
        print(
            f"{mined.conversations} conversations read, {mined.insights} new insights, {mined.themes} new themes, "
            f"{mined.waiting} insights wait for a theme, {mined.proposals} proposals for a decision."
        )
        if mined.proposals:
            print("To decide: parley themes proposals")


def batches(
    batch: Annotated[int | None, typer.Argument(help="A batch whose problems to list.")] = None,
    problems: Annotated[Path | None, typer.Option(help="Write the batch's problems here, as CSV to correct.")] = None,
    leave: Annotated[bool, typer.Option("--leave", help="Leave what is still open of it as it is.")] = False,
    take_up: Annotated[bool, typer.Option("--take-up", help="Have what was left open again.")] = False,
    as_json: AsJson = False,
) -> None:
    """List uploads, or one upload's problems."""
    from insights.wording import plural
    from pipelines.store import batches as store
    from pipelines.uploads import solved
    from pipelines.uploads.problems import write_file

    if (leave or take_up) and (batch is None or leave == take_up):
        raise fail("Name the upload, and either --leave or --take-up: parley batches 3 --leave", code=2)
    with open_database() as db:
        rows = store.recent(db) if batch is None else store.problems(db, batch, limit=100_000)
        if batch is not None and store.get(db, batch) is None:
            raise fail(f"There is no batch {batch}. List them: parley batches")
        if batch is not None and (leave or take_up):
            count = (solved.leave if leave else solved.take_up)(db, batch)
            print(f"{plural(count, 'problem')} {'left' if leave else 'open again'}.")
            return
        if batch is not None and problems:
            print(
                f"{write_file(db, batch, problems)} problems written. Correct the rows: parley ingest {problems.name}"
            )
            return
    for row in rows:
        if as_json:
            print_json(row)
        elif batch is None:
            undone = f"  (undone {row['undone_at']}, {row['undone_by']})" if row["undone_at"] else ""
            print(
                f"{row['id']:>5}  {row['created_at']}  {row['status']:<8} {row['conversations']:>7} conversations "
                f"{row['duplicates']:>6} known {row['problems']:>6} problems  {row['title']}{undone}"
            )
        else:
            print(f"{row['file']}, row {row['row'] or '-'}: {row['reason']} {row['advice']}")
    if not rows and not as_json:
        print("Nothing was uploaded yet. Bring files: parley ingest FILE…" if batch is None else "It has no problems.")


def undo(batch: Annotated[int, typer.Argument(help="The batch to take back.")]) -> None:
    """Take an upload back: what only it brought goes; what another upload brought too stays."""
    from insights.wording import plural
    from pipelines.jobs import now
    from pipelines.store import batches as store
    from pipelines.store import worklist
    from pipelines.uploads.undo import takes
    from pipelines.uploads.undo import undo as take_back

    with open_database() as db:
        row = store.get(db, batch)
        if row is None:
            raise fail(f"There is no batch {batch}. List them: parley batches")
        if store.is_undone(db, batch):
            who = f" ({row['undone_by']}, {row['undone_at']})" if row["undone_at"] else ""
            print(f"Batch {batch} is undone already{who}.")
            return
        left = takes(db, (batch,))[batch]
        read = not worklist.some_unread(db)
        gone = take_back(db, batch, now=now(), by="terminal") or 0
        again = read and worklist.some_unread(db)
    print(f"Batch {batch} taken back: {plural(gone, 'conversation')} removed.")
    if left.stay:
        others = " and ".join(f"upload {other}" for other, _ in left.held_by)
        stays = "piece stays" if left.stay == 1 else "pieces stay"
        print(f"{left.stay:,} {stays}: {others} brought {'it' if left.stay == 1 else 'them'} too.")
    if gone or again:
        print("Next: parley mine brings themes and proposals up to date, and reads what counts again.")

"""The sample company: demo."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from api.commands.serving import LARGEST_PORT, listen, serve_on
from api.commands.terminal import prepare_database, settings, shown_progress


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    port: Annotated[
        int,
        typer.Option(min=0, max=LARGEST_PORT, help="Port of the page on the loopback address; 0 takes a free one."),
    ] = 8321,
    serve: Annotated[bool, typer.Option(help="Serve the pages after mining.")] = True,
) -> None:
    """Load the sample company into a fresh database, mine it and serve the pages.

    Your own database is not touched: the sample lives in `demo.db` beside it.
    """
    from pipelines import sample
    from pipelines.catalogue import trackers
    from pipelines.jobs import now
    from pipelines.mine import mine as run_mine
    from pipelines.store import connect, held

    ours = settings().model_copy(update={"database": Path("demo.db"), "port": port})
    # A taken port is said now, not after the minutes of mining.
    with listen(ours) if serve else nullcontext() as listener:
        with held.alone(ours.database_file):  # a server that runs would lose its file
            for file in (Path(f"{ours.database_file}{suffix}") for suffix in ("", "-wal", "-shm")):
                if file.exists():
                    file.unlink()
        prepare_database(ours.database_file)
        db = connect(ours.database_file)
        with shown_progress() as progress:
            loaded = sample.load(db, now=now, progress=progress)
            mined = run_mine(db, now=now, progress=progress)
            trackers.apply_all(db, now=now(), progress=progress)  # a visitor tries one at once
        db.close()
        c = loaded.counts
        print(
            f"Sample company: {c.conversations} conversations, {c.utterances} utterances, {mined.insights} insights, "
            f"{mined.themes} themes. Problems: {c.problems}.",
            file=sys.stderr,
        )
        if listener:
            serve_on(ours, listener)

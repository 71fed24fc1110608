"""The `parley` command. Only this package prints; heavy libraries load inside the command that needs them.

Exit codes: 0 all fine, 1 failed, 2 usage, 3 done but with problems to look at, 130 stopped by Ctrl+C.
"""

import sys
from typing import Annotated

import typer

from api.commands import (
    annotations,
    answers,
    by_hand,
    catalogue,
    collections,
    columns,
    comments,
    competition,
    demo,
    forget,
    mcp,
    outcomes,
    personas,
    plan,
    results,
    retention,
    review,
    saved,
    serving,
    shared,
    signals,
    speakers,
    stateless,
    themes,
    trackers,
    transfer,
    upkeep,
    uploads,
    users,
)
from api.commands.terminal import told

app = typer.Typer(
    name="parley",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="What buyers object to, ask about and compare you with: the evidence, the trend, the quote.\n\n"
    "Start with: parley demo. Then: parley ingest FOLDER, parley mine, parley serve.",
)

for group in (
    demo,
    uploads,
    serving,
    columns,
    speakers,
    review,
    results,
    competition,
    outcomes,
    signals,
    shared,
    personas,
    themes,
    trackers,
    plan,
    answers,
    comments,
    saved,
    annotations,
    collections,
    by_hand,
    catalogue,
    upkeep,
    transfer,
    users,
    stateless,
    forget,
    retention,
    mcp,
):
    group.register(app)


def _version(*, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"parley {version('parley')}")
        raise typer.Exit


@app.callback()
def _every(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda asked: _version(asked=asked), is_eager=True, help="Say which Parley this is."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; a known error becomes one sentence on stderr and exit code 1."""
    import sqlite3

    from api.lean import collect_seldom
    from insights.errors import InsightsError

    collect_seldom()
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.DatabaseError, OSError) as error:
        print(f"parley: {told(error)}", file=sys.stderr)
        sys.exit(1)
    except InsightsError as error:
        print(f"parley: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

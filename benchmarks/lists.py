"""Plain lists and searches beside Datasette on the same file, over HTTP at rest.

    python -m benchmarks.lists --datasette PROGRAM [--conversations 4000 40000] [--home FOLDER]

Datasette is no dependency: install it into an environment of its own and name its program. Both serve the database of
`benchmarks.pages` (made here, or taken from FOLDER/COUNT.db if it is there), answer each request twice before it counts, and
take turns. Datasette lists rows of one table; a quote of ours comes with its account, conversation, theme and the sentence
around it, and the page counts every facet over all that matches.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import pages

PORT = 8941
PAIRS = (
    ("25 quotes of a kind, JSON", "/api/v1/quotes?kind=objection&limit=25", "/parley/insights.json?kind=objection&_size=25"),
    ("the same as a page", "/quotes?kind=objection", "/parley/insights?kind=objection&_size=25"),
    ("25 quotes of a theme, JSON (there: ids alone)", "/api/v1/quotes?theme=1&limit=25", "/parley/theme_members.json?theme_id=1&_size=25"),
    ("a word that every utterance holds, JSON", "/api/v1/quotes?q=budget&limit=25", "/parley/utterances.json?_search=budget&_size=25"),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasette", required=True, help="the program, in an environment of its own")
    parser.add_argument("--conversations", type=int, nargs="+", default=[4_000, 40_000])
    parser.add_argument("--home", type=Path, help="where databases are kept (default: a temporary folder)")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    print("| insights | asked | ours p50, ms | p95 | processor | Datasette p50, ms | p95 | processor | ratio of p50 |")
    print("|---" * 9 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for count in options.conversations:
            home = Path(folder) / str(count)
            home.mkdir()
            kept = (options.home or Path(folder)) / f"{count}.db"
            if not kept.exists():
                pages.make(kept, count)
            shutil.copy(kept, home / "parley.db")
            with pages.served(Path.cwd(), home) as ours, _datasette(options.datasette, home / "parley.db") as theirs:
                for what, here, there in PAIRS:
                    _row(
                        f"{count * 5 // 2:,} | {what}", (ours, pages.PORT, here), (theirs, PORT, there), options.rounds
                    )


def _row(what: str, ours: tuple[int, int, str], theirs: tuple[int, int, str], rounds: int) -> None:
    heard: list[list[pages.Timed]] = [[], []]
    for _ in range(rounds + 2):
        for told, (process, port, path) in zip(heard, (ours, theirs), strict=True):
            told.append(pages.ask(process, path, port=port))
    cells = []
    for told in heard:
        seconds = sorted(one.seconds for one in told[2:])
        p95 = seconds[-max(1, rounds // 20)]
        cpu = statistics.fmean(one.cpu for one in told[2:])
        cells += [f"{statistics.median(seconds) * 1000:.0f}", f"{p95 * 1000:.0f}", f"{cpu * 1000:.0f}"]
    mine, other = (statistics.median(one.seconds for one in told[2:]) for told in heard)
    print(f"| {what} | {' | '.join(cells)} | {other / mine:.1f} |", flush=True)


@contextmanager
def _datasette(program: str, file: Path) -> Iterator[int]:
    """Datasette over the file, which it opens to read; its process id."""
    command = [program, "serve", str(file), "--port", str(PORT), "--setting", "max_returned_rows", "100"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": ""}, **quiet) as server:  # type: ignore[call-overload]
        while True:
            try:
                socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
                break
            except OSError:
                if server.poll() is not None:
                    raise SystemExit("Datasette did not start.") from None
                time.sleep(0.1)
        try:
            yield server.pid
        finally:
            server.terminate()


if __name__ == "__main__":
    main()

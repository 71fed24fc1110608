"""Whole uploads under ill treatment: killed, damaged, undone in any order, two at once, on a full disk.

    python -m benchmarks.hardness [kill undo bytes dry together bad memory ...] [--seed 1] [--times 10]

Each check prints one line of a Markdown table: what was done, how often, and how often it held. What does not hold is
told on stderr, by seed or file, so that it can be done again.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.ingest import write_mailbox, write_table
from benchmarks.uploads import Upload, pool, write
from pipelines.ingest import ingest
from pipelines import profile
from pipelines.store import company, connect, prepare
from pipelines.undo import undo

ROOT = Path(__file__).parent.parent
CONTENT = (
    "conversations", "conversation_fields", "conversation_keys", "utterances", "mails", "mail_marks", "crm_records",
    "crm_keys", "bands", "block_keys", "passages", "boilerplate",
)  # fmt: skip
CLI = (sys.executable, "-m", "api.cli")
NOW = "2026-01-01T00:00:00+00:00"
UPLOADS = 8
SLOW = 120
LASTS = {"starting": 0.7, "reading": 0.7, "threading": 0.1, "fingerprints": 0.1, "counting once": 0.5}  # seconds
STAGES = tuple(LASTS)

Rows = dict[str, list[str]]
Operation = tuple[str, int]


def content(file: Path, *, batches: bool = False) -> Rows:
    """All that is known of what was said, sorted; with `batches` also their counts, problems and what each brought."""
    tables = {table: f"SELECT * FROM {table}" for table in CONTENT}
    if batches:
        tables["batches"] = "SELECT id, title, status, counts, conversations, utterances, duplicates FROM batches"
        tables["problems"] = "SELECT batch_id, file, row, reason, advice, kept, record FROM problems"
        tables["brought"] = "SELECT item_id, batch_id, kind, said FROM brought"
    with closing(sqlite3.connect(file)) as db:
        db.row_factory = sqlite3.Row
        return {
            table: sorted(str({k: row[k] for k in row.keys() if k != "analysed"}) for row in db.execute(sql))
            for table, sql in tables.items()
        }


def sound(file: Path) -> bool:
    """True when SQLite finds nothing wrong with the file, its keys and its word index."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("INSERT INTO utterances_fts(utterances_fts) VALUES ('integrity-check')")
        return [row[0] for row in db.execute("PRAGMA integrity_check")] == ["ok"] and not list(
            db.execute("PRAGMA foreign_key_check")
        )


def mixed_folder(folder: Path) -> Path:
    """The sample company, CRM exports, transcripts, a zip of some of it, and broken files."""
    folder.mkdir()
    shutil.copytree(ROOT / "pipelines" / "sample", folder / "sample", ignore=shutil.ignore_patterns("__*"))
    for name in ("crm", "transcripts"):
        shutil.copytree(ROOT / "tests" / "data" / name, folder / name, ignore=shutil.ignore_patterns("*.golden.json"))
    with zipfile.ZipFile(folder / "again.zip", "w") as archive:
        archive.write(folder / "sample" / "call_notes.csv", "notes.csv")
        archive.write(folder / "transcripts" / "teams.vtt", "teams.vtt")
        archive.writestr("../evil.csv", "a,b")
    write_mailbox(folder / "more.mbox", 1)
    (folder / "broken.jsonl").write_bytes(b'{"text": "We have no budget."}\n{"text": \n')
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "half.vtt").write_bytes(b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nDana: Too dear.\n\n00:00:02.000 --> 00")
    (folder / "corrupt.csv").write_bytes(b'Date,Account,Notes\n2025-01-02,Acme,"never closed\n' + b"x,y\n" * 50)
    write(folder / "pool", {k: v for upload in pool(random.Random(7)) for k, v in upload.items()})
    return folder


def new_home(home: Path, *, told: bool) -> Path:
    """A home with an empty database, with the sample company's profile where `told`; the database's path."""
    file = home / "parley.db"
    prepare(file)
    if told:
        with closing(connect(file)) as db:
            company.add(db, profile.read(ROOT / "pipelines" / "sample" / "company.toml"))
    return file


def parley(home: Path, *arguments: object) -> "subprocess.Popen[str]":
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [*CLI, *map(str, arguments)], cwd=ROOT, env={**os.environ, "PARLEY_HOME": str(home)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: "subprocess.Popen[str]", *, within: float = 600) -> tuple[int, str]:
    """Its exit code, and what it wrote."""
    out, err = process.communicate(timeout=within)
    return process.returncode, out + err


def kill(work: Path, chance: random.Random, times: int) -> Iterator[str]:
    """SIGKILL at random moments of an ingest and of an undo."""
    folder = mixed_folder(work / "mixed")
    for told in (False, True):
        undisturbed = new_home(work / f"whole{told}", told=told)
        ended(parley(undisturbed.parent, "ingest", folder))
        wanted = content(undisturbed, batches=True)
        same = whole = 0
        stages: Counter[str] = Counter()
        for n in range(times):
            file = work / f"killed{told}{n}" / "parley.db"
            kills = 1 + (chance.random() < 0.4)
            stages.update(_killed_in(file, folder, chance, kills, told=told))
            whole += sound(file)
            ended(parley(file.parent, "ingest", folder))
            same += _alike(content(file, batches=True), wanted, f"kill {n}")
            whole += sound(file)
        what = f"`ingest` of {len(list(folder.rglob('*')))} files" + (", with a profile" if told else "")
        when = ", ".join(f"{number} {stage}" for stage, number in stages.most_common())
        yield (
            f"| kill -9, then again: {what} | {times} runs, {stages.total()} kills ({when}) "
            f"| the same content {same} of {times} | integrity {whole} of {2 * times} |"
        )
    yield _kill_undo(work, folder, chance, times)


def _killed_in(file: Path, folder: Path, chance: random.Random, kills: int, *, told: bool) -> list[str]:
    """Kill an ingest at random moments, into a fresh database; the stages that it was in.

    The moment is a share of the work, told by the database: machines and their load differ, seconds say little.
    """
    while True:
        shutil.rmtree(file.parent, ignore_errors=True)
        new_home(file.parent, told=told)
        found = [_killed_when(file, folder, chance.choice(STAGES), chance.random()) for _ in range(kills)]
        if all(found):
            return found


def _killed_when(file: Path, folder: Path, stage: str, share: float) -> str:
    process = parley(file.parent, "ingest", folder)
    while process.poll() is None and (now := _stage(file)) and STAGES.index(now) < STAGES.index(stage):
        time.sleep(0.001)
    _killed(process, share * LASTS[stage])
    return _stage(file)


def _stage(file: Path) -> str:
    """What an ingest is at, as its database tells; "" once it is done."""
    with closing(sqlite3.connect(file, timeout=60)) as db:

        def some(sql: str) -> bool:
            return bool(db.execute(f"SELECT EXISTS ({sql})").fetchone()[0])

        if some("SELECT 1 FROM batches WHERE status = 'done'"):
            return ""
        if not some("SELECT 1 FROM conversations"):
            return "starting"
        if not some("SELECT 1 FROM conversations WHERE compared <> ''"):
            waits = some("SELECT 1 FROM mails WHERE conversation_id = ''")
            return "threading" if some("SELECT 1 FROM mails WHERE conversation_id <> ''") and waits else "reading"
        return "fingerprints" if some("SELECT 1 FROM conversations WHERE compared = ''") else "counting once"


def _killed(process: "subprocess.Popen[str]", seconds: float) -> bool:
    """Kill it after so many seconds; False when it had ended by itself."""
    try:
        process.communicate(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True


def _kill_undo(work: Path, folder: Path, chance: random.Random, times: int) -> str:
    """An undo that is killed has undone all or nothing."""
    file = new_home(work / "undone", told=True)
    ended(parley(file.parent, "ingest", folder / "sample" / "call_notes.csv"))
    before = content(file)
    ended(parley(file.parent, "ingest", folder))
    loaded = content(file)
    with closing(connect(file)) as db:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(file, work / "copy.db")
    begun = time.perf_counter()
    ended(parley(file.parent, "undo", "2"))
    seconds = time.perf_counter() - begun
    exact, held, undone = _alike(content(file), before, "undo"), 0, 0
    for n in range(times):
        home = work / f"undo{n}"
        home.mkdir()
        shutil.copy(work / "copy.db", home / "parley.db")
        _killed(parley(home, "undo", "2"), (n + chance.random()) / times * seconds)
        after = content(home / "parley.db")
        held += after in (before, loaded) and sound(home / "parley.db")
        undone += after == before
    return f"| kill -9 of an `undo`, {seconds:.1f} s | {times} kills | all or nothing {held} of {times} ({undone} all) | undone exactly: {exact} |"


def _alike(got: Rows, wanted: Rows, about: str) -> bool:
    for table in wanted:
        more, less = set(got[table]) - set(wanted[table]), set(wanted[table]) - set(got[table])
        if got[table] != wanted[table]:
            print(f"{about}: {table} has {len(more)} rows more, {len(less)} less", file=sys.stderr)
            if os.environ.get("SHOW"):
                print(*sorted(more)[:2], *sorted(less)[:2], sep="\n", file=sys.stderr)
    return got == wanted


CHECKS: dict[str, Callable[[Path, random.Random, int], Iterator[str]]] = {"kill": kill}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", choices=[*CHECKS, []], help="which; all without")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--home", type=Path, default=None, help="where files and databases are made")
    options = parser.parse_args()
    print("| what | how often | held | beside |\n|---|---|---|---|")
    for name in options.checks or CHECKS:
        with tempfile.TemporaryDirectory(dir=options.home) as work:
            for line in CHECKS[name](Path(work), random.Random(options.seed), options.times):
                print(line, flush=True)


if __name__ == "__main__":
    main()

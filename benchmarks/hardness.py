"""Whole uploads under ill treatment: killed, damaged, undone in any order, two at once, on a full disk.

    python -m benchmarks.hardness [kill order together spoilt dry bad memory] [--seed 1] [--times 10]

Each check prints one line of a Markdown table: what was done, how often, and how often it held. What does not hold is
told on stderr, by seed or file, so that it can be done again.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from benchmarks.bad_files import BAD, ROOT, damaged, mixed_folder, samples
from benchmarks.homes import Rows, alike, content, ended, new_home, parley, sound
from benchmarks.ingest import write_mailbox, write_table
from benchmarks.uploads import Upload, pool, write
from pipelines import jobs
from pipelines.ingest import ingest
from pipelines.store import connect
from pipelines.store import jobs as store_jobs
from pipelines.uploads.undo import undo

NOW = "2026-01-01T00:00:00+00:00"
UPLOADS = 8
SLOW = 120
LASTS = {"starting": 0.7, "reading": 0.7, "threading": 0.1, "fingerprints": 0.1, "counting once": 0.5}  # seconds
STAGES = tuple(LASTS)

Operation = tuple[int, int]


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
            same += alike(content(file, batches=True), wanted, f"kill {n}")
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
    exact, held, undone = alike(content(file), before, "undo"), 0, 0
    for n in range(times):
        home = work / f"undo{n}"
        home.mkdir()
        shutil.copy(work / "copy.db", home / "parley.db")
        _killed(parley(home, "undo", "2"), (n + chance.random()) / times * seconds)
        after = content(home / "parley.db")
        held += after in (before, loaded) and sound(home / "parley.db")
        undone += after == before
    return f"| kill -9 of an `undo`, {seconds:.1f} s | {times} kills | all or nothing {held} of {times} ({undone} all) | undone exactly: {exact} |"


def together(work: Path, chance: random.Random, times: int) -> Iterator[str]:
    """Two processes at one database: the content is that of one after the other."""
    one, other = work / "one", work / "other"
    for n, upload in enumerate(pool(chance, uploads=60)):
        write((one, other)[n % 2], upload)
    shutil.copytree(ROOT / "pipelines" / "sample", other / "sample", ignore=shutil.ignore_patterns("__*"))
    shutil.copytree(ROOT / "pipelines" / "sample" / "calls", one / "calls")
    write_mailbox(one / "more.mbox", 1)
    shutil.copy(one / "more.mbox", other / "other.mbox")

    reads = {"one": ("ingest", one), "other": ("ingest", other), "mine": ("mine",), "undo": ("undo", 1)}
    pairs: dict[str, tuple[list[str], list[str], list[list[str]]]] = {
        # what is done before, what is done at once, and what gives the same content one after the other
        "two uploads": ([], ["one", "other"], [["one", "other"], ["other", "one"]]),
        "one upload twice": ([], ["one", "one"], [["one", "one"]]),
        "an undo beside an upload": (["one"], ["undo", "other"], [["one", "other", "undo"]]),
        "mining beside an upload": (["one"], ["mine", "other"], [["one", "other"]]),
    }
    for what, (before, at_once, orders) in pairs.items():
        wanted = [_one_by_one(work / f"{what}{n}", [reads[name] for name in order]) for n, order in enumerate(orders)]
        held = clean = 0
        for n in range(times):
            file = new_home(work / f"{what} {n}", told=True)
            for name in before:
                ended(parley(file.parent, *reads[name]))
            running = [parley(file.parent, *reads[name]) for name in at_once]
            ends = [ended(process) for process in running]
            clean += all(code in (0, 3) for code, _ in ends) and sound(file)
            for code, told in ends:
                if code not in (0, 3):
                    print(f"{what} {n}: exit {code}: {told[-300:]}", file=sys.stderr)
            got = content(file)
            held += got in wanted or alike(got, wanted[0], f"{what} {n}")
        yield f"| {what} | {times} times | the content of one after the other {held} of {times} | no error and sound {clean} of {times} |"
    yield _beside_worker(work, one, other, times)


def _one_by_one(home: Path, commands: Sequence[Sequence[object]]) -> Rows:
    file = new_home(home, told=True)
    for command in commands:
        ended(parley(home, *command))
    return content(file)


def _beside_worker(work: Path, one: Path, other: Path, times: int) -> str:
    """The worker of the pages reads one upload while the command line reads another."""
    wanted = _one_by_one(work / "worked", [("ingest", one), ("ingest", other)])
    held = 0
    for n in range(times):
        file = new_home(work / f"worker{n}", told=True)
        waiting = file.parent / "uploads" / "1"
        waiting.mkdir(parents=True)
        shutil.copytree(one, waiting / one.name)
        with closing(connect(file)) as db:
            job, _ = jobs.submit_ingest(db, waiting, title="one")
            worker, reader = parley(file.parent, "worker"), parley(file.parent, "ingest", other)
            code, told = ended(reader)
            until = time.monotonic() + 300
            while (status := _status(db, job)) in ("waiting", "running") and time.monotonic() < until:
                time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        ended(worker)
        if code not in (0, 3) or status != "done":
            print(f"worker {n}: job {status}, exit {code}: {told[-300:]}", file=sys.stderr)
        held += alike(content(file), wanted, f"worker {n}") and sound(file)
    return f"| the pages' worker beside `ingest` | {times} times | the content of one after the other {held} of {times} | |"


def _status(db: Database, job: int) -> str:
    found = store_jobs.get(db, job)
    return found["status"] if found else "gone"


def spoilt(work: Path, chance: random.Random, times: int) -> Iterator[str]:
    """Every sample of the repository with bytes flipped, cut, doubled and taken out: it adds up, soon, and never breaks."""
    chosen = [f for f in samples() if f.stat().st_size < 400_000]
    file = new_home(work / "home", told=True)
    folder = work / "spoilt"
    added_up, slowest, pieces, problems = 0, 0.0, 0, 0
    with closing(connect(file)) as db:
        db.conn.execute("PRAGMA synchronous = OFF")
        for n in range(times):
            for sample in chosen:
                folder.mkdir()
                (folder / sample.name).write_bytes(damaged(sample.read_bytes(), chance))
                begun = time.perf_counter()
                signal.alarm(SLOW)
                try:
                    counts = ingest(db, [folder], title=sample.name, now=lambda: NOW).counts
                    fits = (
                        counts.pieces == counts.added + counts.duplicates + counts.problems
                        and counts.pieces + counts.warnings > 0
                    )
                    pieces, problems = pieces + counts.pieces, problems + counts.problems
                except Exception as error:
                    print(f"{sample.name}, turn {n}: {type(error).__name__}: {error}", file=sys.stderr)
                    fits = False
                signal.alarm(0)
                if not fits:
                    shutil.copy(folder / sample.name, Path(tempfile.gettempdir()) / f"spoilt_{n}_{sample.name}")
                    print(f"{sample.name}, turn {n}: does not add up", file=sys.stderr)
                added_up += fits
                slowest = max(slowest, time.perf_counter() - begun)
                shutil.rmtree(folder)
    total = times * len(chosen)
    yield (
        f"| {len(chosen)} samples spoilt {times} times each, into one database | {total} uploads, {pieces:,} pieces, "
        f"{problems:,} problems | no error, and it adds up {added_up} of {total} | slowest {slowest:.1f} s; sound {sound(file)} |"
    )


def dry(work: Path, chance: random.Random, times: int) -> Iterator[str]:
    """A dry run gives the verdicts of the real run, whatever is in the folder and the database."""
    chosen = [f for f in samples() if f.stat().st_size < 100_000]
    file = new_home(work / "home", told=True)
    same = kept = counted = 0
    with closing(connect(file)) as db:
        db.conn.execute("PRAGMA synchronous = OFF")
        for n in range(times):
            folder = work / f"dry{n}"
            for upload in pool(chance, uploads=chance.randint(1, 4)):
                write(folder, upload)
            for sample in chance.sample(chosen, k=chance.randint(1, 6)):
                data = sample.read_bytes()
                (folder / sample.name).write_bytes(damaged(data, chance) if chance.random() < 0.5 else data)
            before = content(file)
            tried = ingest(db, [folder], title="x", now=lambda: NOW, dry_run=True)
            kept += content(file) == before
            real = ingest(db, [folder], title="x", now=lambda: NOW)
            same += (tried.counts, tried.problems) == (real.counts, real.problems)
            if tried.counts != real.counts:
                print(f"dry {n}: {tried.counts} {real.counts}", file=sys.stderr)
            counts = real.counts
            counted += counts.pieces == counts.added + counts.duplicates + counts.problems
    yield (
        f"| `--dry-run`, then the real run | {times} mixed folders | the same counts and problems {same} of {times} "
        f"| nothing kept {kept} of {times}; adds up {counted} of {times} |"
    )


def order(work: Path, chance: random.Random, times: int) -> Iterator[str]:
    """Uploads and undos in random order leave what the uploads that are left would make in a new database."""
    held = operations = undone = 0
    for n in range(times):
        uploads = pool(chance, uploads=UPLOADS)
        played = operations_of(chance, UPLOADS)
        folder = work / f"world{n}"
        held += alike(play(folder / "a", uploads, played), play(folder / "b", uploads, left(played)), f"order {n}")
        operations, undone = operations + len(played), undone + sum(nth >= 0 for _, nth in played)
        shutil.rmtree(folder)
    yield (
        f"| uploads and undos in any order | {times} worlds, {operations} operations, {undone} of them undos "
        f"| the content of the uploads that are left {held} of {times} | |"
    )


def operations_of(chance: random.Random, uploads: int) -> list[Operation]:
    """(upload, -1) sends an upload; (upload, n) takes back the n-th of its batches that stand."""
    found: list[Operation] = []
    standing: list[int] = []
    for _ in range(chance.randint(4, 11)):
        if standing and chance.random() < 0.45:
            one = chance.choice(standing)
            found.append((one, chance.randrange(standing.count(one))))
            standing.remove(one)
        else:
            one = chance.randrange(uploads)
            standing.append(one)
            found.append((one, -1))
    return found


def left(played: Sequence[Operation]) -> list[Operation]:
    """The uploads that have not been taken back, in their order."""
    standing: list[int] = []
    for one, nth in played:
        if nth < 0:
            standing.append(one)
        else:
            del standing[[place for place, other in enumerate(standing) if other == one][nth]]
    return [(one, -1) for one in standing]


def play(home: Path, uploads: Sequence[Upload], played: Sequence[Operation]) -> Rows:
    """The content after these operations on a new database."""
    file = new_home(home, told=True)
    batches: dict[int, list[int]] = {}
    with closing(connect(file)) as db:
        db.conn.execute("PRAGMA synchronous = OFF")
        for one, nth in played:
            if nth < 0:
                folder = write(home.parent / "files" / str(one), uploads[one])
                done = ingest(db, [folder], title=str(one), now=lambda: NOW)
                batches.setdefault(one, []).append(done.batch_id or 0)
            else:
                undo(db, batches[one].pop(nth))
    return content(file)


def memory(work: Path, chance: random.Random, times: int) -> Iterator[str]:
    """Peak memory of `parley ingest` for a file, and for one four times as large."""
    sizes: dict[str, tuple[Callable[[Path, int], Path], tuple[int, int]]] = {
        "notes.csv": (write_table, (50_000, 200_000)), "mail.mbox": (write_mailbox, (20, 80)),
    }  # fmt: skip
    for name, (make, both) in sizes.items():
        peaks = []
        for size in both:
            home = work / f"{name}{size}"
            new_home(home, told=True)
            file = make(home / name, size)
            begun = time.perf_counter()
            process = parley(home, "ingest", file)
            peaks.append((_peak(process), time.perf_counter() - begun))
            shutil.rmtree(home)
        told = ", ".join(f"{size:,} in {seconds:.0f} s" for size, (_, seconds) in zip(both, peaks, strict=True))
        yield f"| peak memory, {name} | {told} | {peaks[0][0]:.0f} MB, then {peaks[1][0]:.0f} MB | |"


def _peak(process: "subprocess.Popen[str]") -> float:
    """Its greatest resident memory in MB, when it has ended."""
    out, err = process.stdout, process.stderr
    _, _, usage = os.wait4(process.pid, 0)
    for stream in (out, err):
        if stream:
            stream.close()
    return usage.ru_maxrss / 1024


def bad(work: Path, chance: random.Random, times: int) -> Iterator[str]:
    """Empty, unreadable, huge, hostile: a sentence that says what happened, and a database that stands."""
    for what, make in BAD.items():
        home = work / what.replace(" ", "_")
        file = new_home(home, told=False)
        ended(parley(home, "ingest", ROOT / "pipelines" / "sample" / "call_notes.csv"))
        before = content(file)
        begun = time.perf_counter()
        process = parley(home, "ingest", make(home), "--json")
        out, err = process.communicate(timeout=600)
        seconds = time.perf_counter() - begun
        told = json.loads(out) if out.startswith("{") else {}
        traceback = "Traceback" in err
        reason = (
            told["details"][0]["reason"] if told.get("details") else err.strip().splitlines()[-1:] or "nothing to say"
        )
        stands = all(set(before[table]) <= set(rows) for table, rows in content(file).items())
        yield (
            f"| {what} | exit {process.returncode} in {seconds:.1f} s | {reason} | {told.get('problems', 0)} problems, "
            f"{'a traceback, ' if traceback else ''}what was there stands: {stands}, sound: {sound(file)} |"
        )


CHECKS: dict[str, Callable[[Path, random.Random, int], Iterator[str]]] = {
    "kill": kill, "order": order, "together": together, "spoilt": spoilt, "dry": dry, "bad": bad, "memory": memory,
}  # fmt: skip


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

"""What a piece of work costs: seconds on the clock and of the processor by stage, its workers' too, and the most memory at once.

On a machine that does other things the seconds of the processor say more; they grow there as well, because caches are shared.
"""

import os
import threading
import time
from pathlib import Path


class Watch:
    """Seconds on the clock and of the processor by stage, and the most memory that this process and its children held."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {}
        self.peak = 0.0
        self._stage, self._at = "start", (time.perf_counter(), spent(os.getpid()))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.tell("", 0, None)
        self._done.set()
        self._thread.join()

    def tell(self, stage: str, done: int, total: int | None) -> None:
        """A progress function: the time since the last stage's beginning is the last stage's."""
        if stage == self._stage:
            return
        now = time.perf_counter(), spent(os.getpid())
        kept = self.stages.setdefault(self._stage, [0.0, 0.0])
        kept[0] = round(kept[0] + now[0] - self._at[0], 2)
        kept[1] = round(kept[1] + now[1] - self._at[1], 2)
        self._stage, self._at = stage, now

    def reading(self, stage: str, done: int, total: int | None) -> None:
        """The same for an upload, whose stages are named by files."""
        self.tell(stage if stage in ("count once", "threads") else "read", done, total)

    def _look(self) -> None:
        while not self._done.wait(0.5):
            self.peak = max(self.peak, sum(_memory(pid) for pid in family(os.getpid())))


def family(pid: int) -> list[int]:
    """A process and all that it started, of those that are there."""
    found = [pid]
    for one in found:
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue
    return found


def spent(pid: int) -> float:
    """Seconds of processor of a process, of all that it started, and of those of them that have ended."""
    total = 0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0

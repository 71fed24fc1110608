"""A Ray cluster of two nodes with a core each: real processes of this machine, in a folder of their own, that surely end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LONGEST = 300.0  # seconds; a machine that does other things is slow
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Nodes:
    """The cluster's address, and the folder in which its processes live."""

    address: str
    home: str


@contextmanager
def two_nodes() -> Iterator[Nodes]:
    """Start a head and a second node. Nothing of them is left afterwards."""
    home = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # the path of a socket has 107 characters at most
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = [
        sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--disable-usage-stats",
        "--object-store-memory=80000000", "--include-log-monitor=false", "--min-worker-port=0", "--max-worker-port=0",
        "--dashboard-agent-listen-port=0", "--dashboard-agent-grpc-port=0",
    ]  # fmt: skip
    nodes = (
        ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={home}"],
        [f"--address=127.0.0.1:{port}"],
    )
    # Ray's workers would otherwise be nicer than all else here.
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0", "PYTHONPATH": str(ROOT)}
    started: list[subprocess.Popen] = []
    try:
        for node in nodes:
            started.append(subprocess.Popen(
                common + node, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            ))  # fmt: skip
            until(lambda: _answers(port))
        until(lambda: len(processes_with(home, "raylet/raylet")) == len(nodes))
        yield Nodes(f"127.0.0.1:{port}", home)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in processes_with(home):
            end(pid)
        shutil.rmtree(home, ignore_errors=True)


def until(true: Callable[[], bool]) -> None:
    """Wait for a condition; raises TimeoutError after five minutes."""
    last = time.monotonic() + LONGEST
    while not true():
        if time.monotonic() > last:
            raise TimeoutError("what was waited for never came")
        time.sleep(0.05)


def workers(nodes: Nodes) -> list[int]:
    """The process ids of Parley's workers on these nodes."""
    parents = set(processes_with(nodes.home, "raylet/raylet"))
    return [pid for pid in processes_with("ray::Worker") if _parent(pid) in parents]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # gone meanwhile
        return 0


def processes_with(*words: str) -> list[int]:
    """Other processes whose command holds all of these words."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if all(word.encode() in command for word in words):
                found.append(int(entry.name))
    return found


def end(pid: int) -> None:
    """Kill a process that may be gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0

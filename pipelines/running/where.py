"""Where insights are found and quotes are embedded, as settings and commands say it; light, because every command loads
it."""

from dataclasses import dataclass
from typing import Literal

Name = Literal["local", "processes", "ray"]
Accelerator = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Where:
    """Which engine finds, with how many workers (0: one per core, of the cluster too), and the cluster's address."""

    engine: Name = "processes"
    workers: int = 1
    address: str = "auto"

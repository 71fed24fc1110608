"""Wait for what another thread or process brings about."""

import time
from collections.abc import Callable

LONGEST_S = 60


def until(true: Callable[[], object]) -> None:
    """Come back as soon as it is true; fail when it is not after a minute, which even a busy machine does not need."""
    last = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < last, "it did not come about"
        time.sleep(0.01)

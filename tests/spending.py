"""What a piece of work costs a processor: on a busy machine it stays nearly what it is, unlike the time on the clock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail when the block takes more processor time than that, in this thread."""
    began = time.thread_time()
    yield
    spent = time.thread_time() - began
    assert spent < seconds, f"{spent:.1f} s of processor time"

"""Import a library as if others, which it would use for what nobody asks of it, were not installed."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Any


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Within this, imports of the libraries `names` fail, for this thread alone: another one may import them meanwhile.

    What is imported already stays so.
    """
    finder = _Absent(frozenset(names), threading.get_ident())
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Absent(MetaPathFinder):
    """Answers for libraries that they are not there, to one thread."""

    def __init__(self, names: frozenset[str], thread: int):
        self.names, self.thread = names, thread

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname.partition(".")[0] in self.names and threading.get_ident() == self.thread:
            raise ModuleNotFoundError(f"{fullname} is kept out of this import", name=fullname)

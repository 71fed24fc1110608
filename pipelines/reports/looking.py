"""What rules found in an utterance, kept in memory by what was said: after a write only what is new is looked through.

Kept are places, what they are and what stands there is called, never the words around them, and nothing that depends on
more than the words.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlite_utils import Database

from pipelines.store.remembered import beneath, workbench

MOST = 2_000_000  # utterances at some 60 bytes each; half of a long history has a word that a rule looks for
T = TypeVar("T")


@dataclass(slots=True)
class Looked(Generic[T]):
    """What was found in which words: most hold nothing, and of those only a number is kept."""

    nothing: set[int] = field(default_factory=set)
    found: dict[int, tuple[T, ...]] = field(default_factory=dict)

    def through(self, said: Hashable, look: Callable[[], Iterable[T]]) -> tuple[T, ...]:
        """What is found in `said`, everything that `look` goes by; it looks where these words were not looked through."""
        key = hash(said)
        if key in self.nothing:
            return ()
        if key not in self.found:
            if len(self.nothing) + len(self.found) >= MOST:
                self.nothing.clear()
                self.found.clear()
            if not (here := tuple(look())):
                self.nothing.add(key)
                return ()
            self.found[key] = here
        return self.found.get(key, ())


def looked(db: Database, rules: str) -> Looked:
    """What these rules found in the utterances of a database so far."""
    return workbench(beneath(db), f"looked through for {rules}", Looked)

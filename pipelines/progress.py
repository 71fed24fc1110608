"""How long work tells how far it is: a function that the caller passes in, called with a stage, a count and a total."""

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""

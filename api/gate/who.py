"""Who this request comes from, for the length of the request: set by the gate, read by whatever records who did it."""

from contextvars import ContextVar
from dataclasses import dataclass

from pipelines.access.accounts import Person


@dataclass(frozen=True, slots=True)
class Visit:
    """`person` is None for strangers, and for everybody while there are no accounts. `asked` is False outside a
    request: in the terminal, in a worker, and on the page that says that something went wrong. `originals` is whether
    they may see who said something; without accounts everybody may."""

    person: Person | None = None
    accounts: bool = False
    asked: bool = False
    originals: bool = True

    @property
    def is_open(self) -> bool:
        """Whether this request came without accounts, from the machine itself."""
        return self.asked and not self.accounts


_NOBODY = Visit()
VISIT: ContextVar[Visit] = ContextVar("visit", default=_NOBODY)


def visit() -> Visit:
    return VISIT.get()


def actor(door: str) -> str:
    """The name of who is signed in; else the door that was used, or the name that was typed there, as before accounts.

    A name that is sent along never stands in the place of the one that is known.
    """
    person = VISIT.get().person
    return person.name if person else door

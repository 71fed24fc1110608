"""The audit log as people read it: pages by their names instead of addresses, the same done again in one line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from api.wording.words import human
from pipelines.store.audit import Entry

# Where an address is called otherwise than the page; everything else is called as its address says.
NAMES = {
    "": "overview", "annotations": "notes", "batches": "uploads", "comments": "inbox", "docs": "for programs",
    "erasures": "forget a person", "insights": "quotes", "q": "quotes", "mappings": "saved columns", "places": "go to",
    "raised": "who raised it", "retention": "keeping", "saved": "saved reports", "speakers": "who is who",
    "audit": "audit log", "none": "not one", "health": "health and copies", "handover": "hand-over gaps",
    "shared": "shared numbers",
}  # fmt: skip
MOST_PARTS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """What one person did to one thing `times` times without anything between; `at` is the latest, `ids` are all they
    name."""

    at: str
    actor: str
    act: str
    place: str
    ids: str
    address: str
    token_id: int | None
    times: int


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day by UTC, the newest first, and how many entries they stand for."""

    day: str
    lines: tuple[Line, ...]
    entries: int


def place(what: str) -> str:
    """ "Themes, rename" for "POST /themes/{theme_id}/rename"; what is no address stays as it is."""
    _, slash, path = what.partition("/")
    if not slash:
        return what
    parts = [part.rpartition(".")[0] or part for part in path.removeprefix("api/v1/").strip("/").split("/")]
    named = [NAMES.get(part, human(part)) for part in parts if not part.startswith("{")][:MOST_PARTS]
    words = ", ".join(name[:1].lower() + name[1:] if n else name for n, name in enumerate(named))
    return f"{words[:1].upper()}{words[1:]}"


def days(entries: Sequence[Entry]) -> tuple[Day, ...]:
    """Entries, the newest first, by day."""
    found = []
    for day, of_day in groupby(entries, key=lambda entry: entry.at[:10]):
        every = list(of_day)
        found.append(Day(day, tuple(_lines(every)), len(every)))
    return tuple(found)


def _lines(entries: Iterable[Entry]) -> Iterable[Line]:
    for key, alike in groupby(entries, key=lambda e: (e.actor, e.act, place(e.what), e.address, e.token_id)):
        actor, act, where, address, token = key
        same = list(alike)
        ids = " ".join(dict.fromkeys(one for entry in same for one in entry.ids.split()))
        yield Line(same[0].at, actor, act, where, ids, address, token, len(same))

"""What uploads hold and brought, as people read it."""

from collections.abc import Iterable, Sequence

from insights.merging import NEWEST
from insights.wording import plural
from pipelines.uploads.said_anew import Summary

MOST_FACTS = 6  # that a sentence names
MOST_UPLOADS = 5
MOST_VALUES = 4
MOST_OF_VALUE = 40  # signs
MOST_ROWS_NAMED = 8


def listed(endings: Iterable[str]) -> str:
    """File endings as people name them: "CSV, EML, MBOX"."""
    return ", ".join(ending.lstrip(".").upper() for ending in sorted(endings))


def rows(numbers: Sequence[int]) -> str:
    """Rows of a file as people name them: "2, 4 to 6", the first few where there are many; "–" where there is none."""
    parts: list[list[int]] = []
    for row in sorted(set(numbers)):
        if parts and parts[-1][1] == row - 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    named = [f"{a}" if a == b else f"{a}, {b}" if b == a + 1 else f"{a} to {b}" for a, b in parts[:MOST_ROWS_NAMED]]
    left = sum(b - a + 1 for a, b in parts[MOST_ROWS_NAMED:])
    return ", ".join(named) + (f" and {left:,} more" if left else "") or "–"


def values(found: Sequence[str]) -> str:
    """What stood in cells: "It says “31/02/2026”, “soon” and 3 more"."""
    shown = [f"“{value[:MOST_OF_VALUE]}{'…' if len(value) > MOST_OF_VALUE else ''}”" for value in found]
    more = len(shown) - MOST_VALUES
    if more > 0:
        shown = [*shown[:MOST_VALUES], f"{more:,} more"]
    return "It says " + (f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0])


FACTS = {"rep": "our person", "job_title": "job title"}  # what a fact of a conversation is called otherwise
OWN_FACTS = frozenset({*NEWEST, "deal"})


def fact(name: str) -> str:
    """What a fact is called, a column of one's own by its header: "stage", "our person", "“Deal Size”"."""
    return FACTS.get(name, name) if name in OWN_FACTS else f"“{name}”"


def changed(told: Summary, named: bool) -> str:
    """ "Of what was in already, 3 conversations and 1 CRM record say something new: stage of 3, “Deal Size” of 1." """
    kinds = ((told.conversations, "conversation"), (told.records, "CRM record"))
    which, one = " and ".join(plural(n, noun) for n, noun in kinds if n), told.conversations + told.records == 1
    facts = [f"{fact(name)} of {n:,}" for name, n in told.facts] if named else []
    more = f", and {plural(len(facts) - MOST_FACTS, 'further column')}" if len(facts) > MOST_FACTS else ""
    what = f": {', '.join(facts[:MOST_FACTS])}{more}" if facts else ""
    return f"Of what was in already, {which} {'says' if one else 'say'} something new{what}."


def items(count: int) -> str:
    """What an upload brought, counted in what it is undone in."""
    return "1 conversation, mail or record" if count == 1 else f"{count:,} conversations, mails and records"


def held(others: Sequence[tuple[int, int]]) -> str:
    """Which other uploads (id, how many) brought something too: "upload 1 brought them", "uploads 1, 3 and 2 more
    brought them"."""
    ids = [str(other) for other, _ in others]
    if len(ids) > MOST_UPLOADS:
        ids = [*ids[: MOST_UPLOADS - 1], f"{len(ids) - MOST_UPLOADS + 1} more"]
    listed = f"{', '.join(ids[:-1])} and {ids[-1]}" if len(ids) > 1 else "".join(ids)
    them = "it" if sum(n for _, n in others) == 1 else "them"
    return f"upload{'s' if len(ids) > 1 else ''} {listed} brought {them}"


def size(count: int) -> str:
    """Bytes as people name them: "812 bytes", "7.1 kB", "12 MB"."""
    if count < 1000:
        return plural(count, "byte")
    power = 1 if count < 999_500 else 2 if count < 999_500_000 else 3
    value, unit = count / 1000**power, ("kB", "MB", "GB")[power - 1]
    return f"{value:.{int(value < 9.95)}f}\u00a0{unit}"

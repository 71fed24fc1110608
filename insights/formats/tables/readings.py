"""How a table was read, told after its last row: by which saved columns, what was taken for nothing, what it lacks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from insights.formats.found import Found
from insights.formats.mail.records import Mail
from insights.formats.tables.columns import ColumnMapping
from insights.formats.tables.columns import guessed as guessed_of
from insights.formats.tables.layout import Layout
from insights.records import Conversation
from insights.wording import human

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """How one table was read.

    `guessed` are (header, role) of columns whose names are written short, so that a person should look. `saved` names
    the saved columns that it was read by, "" for none, with the time they were saved and the `others` that fit too;
    `saved_for` is the upload that they were confirmed for, 0 where they were saved by name, `saved_by` who did.
    `unread` are the columns without a meaning that may hold what is missing; `missing` says which of "date" and "account" not
    one of its `conversations` has. `delimiter` is what parts its cells, "" for a comma or none.
    """

    file: str
    conversations: int = 0
    saved: str = ""
    saved_at: str = ""
    others: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    guessed: tuple[tuple[str, str], ...] = ()
    saved_for: int = 0
    saved_by: str = ""
    delimiter: str = ""


def guesses(how: Layout) -> tuple[tuple[str, str], ...]:
    """The columns whose meaning is a guess, with it."""
    pairs = zip(how.headers, how.meanings, strict=True)
    return tuple((name, meaning.role) for name, meaning in pairs if meaning.why == "guess")


def guess(guessed: Iterable[tuple[str, str]]) -> str:
    """Which columns were guessed, as a sentence; "" for none. An outcome may be guessed from its values.

    Example: "Guessed from its short name: “Whn” as the date. Look whether it is right."
    """
    pairs = list(guessed)
    named = [f"“{header}” as the {human(role).lower()}" for header, role in pairs]
    if not named:
        return ""
    more = len(named) - MOST_NAMED
    listed = ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    one = len(named) == 1
    short = "its short name" if one else "their short names"
    by_value = [role == "outcome" and guessed_of(header) != role for header, role in pairs]
    if any(by_value):
        held = "what stands in it" if one else "what stands in them"
        short = held if all(by_value) else f"{short} or {held}"
    return f"Guessed from {short}: {listed}. Look whether {'it is' if one else 'they are'} right."


class Tally:
    """Counts conversations while they pass by, and which of them have a date and an account.

    What a CRM record may give an account by (an id, an address, a deal's name) counts as one.
    """

    def __init__(self) -> None:
        self.conversations = self.dated = self.placed = 0

    def add(self, item: Found) -> None:
        match item:
            case Conversation():
                self.conversations += 1
                self.dated += bool(item.occurred_at)
                self.placed += bool(item.account or item.keys)
            case Mail():
                self.conversations += 1
                self.dated += bool(item.sent_at)
                self.placed += bool(item.facts.get("account") or item.keys or item.sender.address)

    def missing(self) -> tuple[str, ...]:
        if not self.conversations:
            return ()
        return tuple(name for name, count in (("date", self.dated), ("account", self.placed)) if not count)


def told(
    items: Iterable[Found], file: str, how: Layout | None, mapping: ColumnMapping, delimiter: str = ""
) -> Iterator[Found | Reading]:
    """Pass a table's items on, and say at the end how it was read, where that is worth saying."""
    tally = Tally()
    for item in items:
        tally.add(item)
        yield item
    if how is None or not how.headers:  # a recorder's file has no columns
        return
    missing = tally.missing()
    parted = "" if delimiter == "," else delimiter
    if parted or missing or any(meaning.why in ("saved", "guess") for meaning in how.meanings):
        yield replace(reading(file, how, mapping, tally.conversations, missing), delimiter=parted)


def reading(file: str, how: Layout, mapping: ColumnMapping, conversations: int, missing: tuple[str, ...]) -> Reading:
    """What a layout and its mapping say about how a table is read."""
    fits = any(meaning.why == "saved" for meaning in how.meanings)
    first, *others = (mapping.used if fits else ()) or (None,)
    return Reading(
        file,
        conversations,
        first.name if first else "",
        first.saved_at if first else "",
        tuple(one.name for one in others if one and not one.upload),
        how.unread,
        missing,
        guesses(how),
        first.upload if first else 0,
        first.by if first else "",
    )


def lack(missing: Iterable[str], unread: Iterable[str]) -> str:
    """What a table lacks and which columns may hold it, as a sentence; "" when it lacks nothing.

    Example: "No date and no account was found for any of its conversations. Columns that may hold them: “Whn”, “Acct
    Nm”."
    """
    wanted, names = list(missing), list(unread)
    if not wanted:
        return ""
    said = f"No {' and no '.join(wanted)} was found for any of its conversations."
    if not names:
        return f"{said} None of its columns seems to hold {'it' if len(wanted) == 1 else 'them'}."
    more = len(names) - MOST_NAMED
    listed = ", ".join(f"“{name}”" for name in names[:MOST_NAMED])
    may = "it" if len(wanted) == 1 else "them"
    return f"{said} Columns that may hold {may}: {listed}{f' and {more} more' if more > 0 else ''}."

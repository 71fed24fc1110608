"""What a table's columns mean: header aliases as data (columns.json), values only where the headers say nothing."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from insights.formats import dates
from insights.formats.tables import abbreviated
from insights.formats.tables.contents import (
    MOSTLY,
    are_jobs,
    are_outcomes,
    are_people,
    dated,
    fits,
    is_date,
    reaches,
    values_of,
    wordiest,
)

Why = Literal["header", "content", "guess", "mapping", "saved", ""]

# What may be guessed from a short name: a wrong guess of these is seen at once in the first rows.
GUESSED = frozenset({
    "date", "account", "contact", "rep", "text", "title", "job_title", "deal", "stage", "outcome", "kind", "speaker",
    "first_name",
    "last_name", "address",
})  # fmt: skip
# Headers that mean a company or a person: what else the table has tells which, else what stands in them.
EITHER = ("customer", "customer name", "client", "client name", "kunde", "kundenname", "mandant", "klant", "cliente")
# A prefix that a CRM or a reporting tool puts before the header proper.
_PREFIX = re.compile(r"^(?:hs|properties|task|event|activity|opportunity|deal|call|engagement)[ :.]+")
_DOUBLED = re.compile(r"^(\w+) (?=\1\b)")  # "Account: Account Name", in reports over several objects
# What a column of our own people's addresses is called.
_OURS = re.compile(
    r"\b(?:our|own|rep|reps|owner|seller|sales|agent|user|ae|sdr|bdr|csm|host|author|assigned|created|logged|internal|manager|colleague)\b"
)
_MARKS = re.compile(r"[\s_\-./:#*()\[\]]+")
# What a header says of a number that tells rows apart, and what such a number looks like: one word with a digit in it.
_NUMBER = frozenset({"ref", "reference", "referenz", "no", "number", "num", "nr", "nummer", "id", "lfd"})
_CODE = re.compile(r"(?=\D{0,40}\d)[^\s@]{1,40}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class SavedColumns:
    """Columns that a person saved by name, or confirmed for an `upload` (its number, else 0), for tables with the same
    heads.

    `saved_at` is ISO 8601, `by` says who, "" where that was not kept. `heads` are those of each table that it was saved
    from; () when only its `columns` are known.
    """

    name: str
    saved_at: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: dates.Order = ""
    zone: str = ""
    heads: Sequence[Sequence[str]] = ()
    upload: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How a person says that a table is to be read; what it leaves open is settled by headers and content.

    `columns` maps headers to roles (see `roles`), "" keeps a column as a field of its own. `date_order` settles dates
    such as 03/04/2025. `zone` is the IANA name of the zone of times that carry none. `saved` are what tables with the
    same heads are read by where nothing else was said, the latest first; once a table is known (see tables.saved) they
    give way to `used`, those that fit it. A saved mapping that was chosen by name is `used` from the beginning.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: dates.Order = ""
    zone: str = ""
    saved: tuple[SavedColumns, ...] = ()
    used: tuple[SavedColumns, ...] = ()

    @property
    def remembered(self) -> Mapping[str, str]:
        """The columns of the saved mapping that this table is read by."""
        return self.used[0].columns if self.used else {}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one column was taken for: a role of `roles`, or "" for a field of its own, and what said so."""

    role: str = ""
    why: Why = ""


@cache
def _table() -> Mapping[str, Mapping[str, object]]:
    return json.loads(files("insights.formats.tables").joinpath("columns.json").read_text("utf-8"))


@cache
def _aliases() -> Mapping[str, tuple[str, int]]:
    """Normalised header -> (role, rank); a smaller rank is the better match for the role."""
    found: dict[str, tuple[str, int]] = {}
    for role, entry in _table().items():
        names = entry["names"]
        assert isinstance(names, list)
        for rank, alias in enumerate(names):
            found.setdefault(alias, (role, rank))
    for alias in EITHER:
        found.setdefault(alias, ("contact", 0))
    return found


@cache
def _compact() -> Mapping[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for alias, meaning in _aliases().items():
        found.setdefault(alias.replace(" ", ""), meaning)
    return found


@cache
def roles() -> Mapping[str, str]:
    """Every meaning that a column can have, with the line that tells a person what it is."""
    return {role: str(entry["says"]) for role, entry in _table().items()}


@lru_cache(maxsize=4096)
def normalise(header: str) -> str:
    """ "Deal_Stage__c" and "dealStage" -> "deal stage"."""
    header = re.sub(r"__(?:c|r|pc)$", "", header.strip(), flags=re.I)
    return _MARKS.sub(" ", _CAMEL.sub(" ", header)).strip().casefold()


def compact(header: str) -> str:
    """ "StageName", "STAGENAME" and "Stage Name" -> "stagename"."""
    return normalise(header).replace(" ", "")


@lru_cache(maxsize=4096)
def known(header: str) -> tuple[str, int] | None:
    """The role and rank of one header, None when no alias fits."""
    if len(header) > 80:
        return None
    name = _DOUBLED.sub("", normalise(header))
    if found := _aliases().get(name):
        return found
    if (short := _PREFIX.sub("", name)) != name and (found := _aliases().get(short)):
        return found[0], found[1] + 100
    return _compact().get(name.replace(" ", ""))


def means(header: str, role: str) -> bool:
    """Whether a header alone, in words or as the key of a field, is read as this role."""
    return ((known(header) or ("",))[0] or guessed(header)) == role


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(word for alias in _aliases() for word in alias.split())


@lru_cache(maxsize=4096)
def guessed(header: str) -> str:
    """The role that a header written short or for oneself may stand for ("Acct Nm", "Our Person"), "" where it may be
    none or two."""
    name = normalise(header)
    if len(header) > 40 or not name.isascii():
        return ""
    if name in abbreviated.SPOKEN:
        return abbreviated.SPOKEN[name]
    found = {named[0] for full in abbreviated.readings(name, _vocabulary()) if (named := known(full))}
    return found.pop() if len(found) == 1 and found <= GUESSED else ""


def meanings(
    headers: Sequence[str], sample: Sequence[Sequence[str]] = (), given: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
) -> list[Meaning]:  # fmt: skip
    """What each column means: as `given` (header -> role) says, else as `remembered` does, else by its header, else by
    the sample rows' values. A header that is written short is a guess, held against the values.

    A role goes to one column (the best alias, then the leftmost), unless `given` names several. Values speak only when
    no header names the text or the date, of a header that means a company or a person (see EITHER), and of a plain
    "Title".
    """
    found = [_given(header, given or {}, "mapping") or _given(header, remembered or {}, "saved") for header in headers]
    taken = {meaning.role for meaning in found if meaning and meaning.role}
    titled = _of_people(headers, sample, found)
    if titled is not None and "job_title" not in taken:
        found[titled] = Meaning("job_title", "content")
        taken.add("job_title")
    best: dict[str, tuple[int, int]] = {}
    for position, header in enumerate(headers):
        named = known(header) if found[position] is None and not _either(header) else None
        if named and named[0] not in taken:
            best[named[0]] = min(best.get(named[0], (10_000, 0)), (named[1], position))
    for role, (_, position) in best.items():
        found[position] = Meaning(role, "header")
    taken |= set(best)
    for position, header in enumerate(headers):
        role = guessed(header) if found[position] is None and not (known(header) or _either(header)) else ""
        if role and role not in taken and fits(role, values_of(sample, position)):
            taken.add(role)
            found[position] = Meaning(role, "guess")
    for position, header in enumerate(headers):
        if found[position] is None and (why := _either(header)) and not {"account", "contact"} <= taken:
            values, told = values_of(sample, position), taken & {"account", "contact", "first_name", "last_name"}
            person = "account" in taken or (not told and are_people(values))
            role = "contact" if person else "account"
            found[position] = Meaning(role, why if told or why == "guess" else "content")
            taken.add(role)
        elif found[position] is None and normalise(header) == "name" and "contact" in taken and "account" not in taken:
            found[position] = Meaning("account", "guess")  # a person has another column, so this names their company
            taken.add("account")
    free = [position for position in range(len(headers)) if found[position] is None]
    ended = next((position for position in free if are_outcomes(values_of(sample, position))), None)
    if ended is not None and "outcome" not in taken:
        found[ended] = Meaning("outcome", "guess")
    mail = next((at for at in free if reaches(headers[at], values_of(sample, at)) == "email" and not _OURS.search(normalise(headers[at]))), None)  # fmt: skip
    if mail is not None and taken.isdisjoint({"address", "from_address", "to_address"}):
        found[mail] = Meaning("address", "content")
    for role, search in (("text", wordiest), ("date", dated)):
        free = [position for position in range(len(headers)) if found[position] is None]
        spoken = search(sample, free) if role not in taken else None
        if spoken is not None:
            found[spoken] = Meaning(role, "content")
    return [meaning or Meaning() for meaning in found]


def is_number(header: str) -> bool:
    """Whether a header calls itself a number or a reference ("Ref#", "Notiz-Nr."); "#" by itself does."""
    return "#" in header or not _NUMBER.isdisjoint(normalise(header).split())


def numbers_rows(header: str, values: Sequence[str]) -> bool:
    """Whether a column numbers its rows: each has another one. Without such a header only codes with letters and digits
    do: amounts and telephone numbers differ from row to row too."""
    given = [value.strip() for value in values if value.strip()]
    if len(given) < 2 or len(set(given)) < len(given) or any(map(is_date, given)):
        return False
    named = is_number(header)
    return all(_CODE.fullmatch(value) and (named or any(map(str.isalpha, value))) for value in given)


@lru_cache(maxsize=4096)
def _either(header: str) -> Why:
    """Why a header may mean a company or a person: its name, a guess where that is written short, "" where it means
    neither."""
    if len(header) > 40:
        return ""
    if (name := normalise(header)) in EITHER:
        return "header"
    short = abbreviated.readings(name, _vocabulary()) if name.isascii() else ()
    return "guess" if short and {*short} <= {*EITHER} else ""


def of_fact(name: str, value: str) -> str:
    """The role of one fact in a text ("Client: Acme Foods"), "" for none."""
    if _either(name) == "header":
        return "contact" if are_people([value]) else "account"
    return (known(name) or ("", 0))[0]


def _of_people(headers: Sequence[str], sample: Sequence[Sequence[str]], found: Sequence[Meaning | None]) -> int | None:
    """The column "Title" or "Job" of job titles, if no other column is for them: most of it beside a person's name, nearly all of it
    beside a company alone."""
    named = {(known(header) or (guessed(header),))[0] for header in headers}
    person = not named.isdisjoint({"contact", "first_name", "last_name"})
    if "job_title" in named or not (person or "account" in named):
        return None
    titles = (at for at, header in enumerate(headers) if found[at] is None and normalise(header) in ("title", "job"))
    return next((at for at in titles if are_jobs(values_of(sample, at), 0.5 if person else MOSTLY)), None)


def _given(header: str, given: Mapping[str, str], why: Why) -> Meaning | None:
    """What a person said of this header, in whatever case they wrote it."""
    if not given:
        return None
    name = header if header in given else next((key for key in given if normalise(key) == normalise(header)), None)
    if name is None or (given[name] and given[name] not in roles()):
        return None
    return Meaning(given[name], why)

"""What a table's columns mean: header aliases as data (columns.json), values only where the headers say nothing."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from insights.formats import dates

# A prefix that a CRM or a reporting tool puts before the header proper.
_PREFIX = re.compile(r"^(?:hs|properties|task|event|activity|opportunity|deal|call|engagement)[ :.]+")
_MARKS = re.compile(r"[\s_\-./:#*()\[\]]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How a person says that a table is to be read; what it leaves open is settled by headers and content.

    `columns` maps headers to roles (see `roles`), "" keeps a column as a field of its own. `date_order` settles dates
    such as 03/04/2025. `zone` is the IANA name of the zone of times that carry none.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: dates.Order = ""
    zone: str = ""


@cache
def _aliases() -> Mapping[str, tuple[str, int]]:
    """Normalised header -> (role, rank); a smaller rank is the better match for the role."""
    table = json.loads(files("insights.formats").joinpath("columns.json").read_text("utf-8"))
    return {alias: (role, rank) for role, names in reversed(table.items()) for rank, alias in enumerate(names)}


@cache
def roles() -> tuple[str, ...]:
    """Every meaning a column can have."""
    return tuple(json.loads(files("insights.formats").joinpath("columns.json").read_text("utf-8")))


def normalise(header: str) -> str:
    """ "Deal_Stage__c" and "dealStage" -> "deal stage"."""
    header = re.sub(r"__(?:c|r|pc)$", "", header.strip(), flags=re.I)
    return _MARKS.sub(" ", _CAMEL.sub(" ", header)).strip().casefold()


def known(header: str) -> tuple[str, int] | None:
    """The role and rank of one header, None when no alias fits."""
    name = normalise(header)
    if found := _aliases().get(name):
        return found
    if (short := _PREFIX.sub("", name)) != name and (found := _aliases().get(short)):
        return found[0], found[1] + 100
    if name.endswith(" id") or not (found := _aliases().get(name.replace(" ", ""))):
        return None
    return found


def guess(headers: Sequence[str], sample_rows: Iterable[Sequence[str]] = ()) -> dict[str, str]:
    """Map headers to roles, each role to at most one header (the best alias, then the leftmost).

    Only when no header names the text or the date do the sample rows' values speak. Headers that mean nothing
    known are left out; their values are kept under their own name.
    """
    best: dict[str, tuple[int, int, str]] = {}
    for position, header in enumerate(headers):
        if found := known(header):
            role, rank = found
            best[role] = min(best.get(role, (10_000, 0, "")), (rank, position, header))
    mapping = {header: role for role, (_, _, header) in best.items()}
    rows = [list(row) for row in sample_rows]
    if "text" not in best and (header := _wordiest(headers, rows, mapping)):
        mapping[header] = "text"
    if "date" not in best and (header := _dated(headers, rows, mapping)):
        mapping[header] = "date"
    return mapping


def _values(rows: Sequence[Sequence[str]], position: int) -> list[str]:
    return [row[position].strip() for row in rows if position < len(row) and row[position].strip()]


def _wordiest(headers: Sequence[str], rows: Sequence[Sequence[str]], taken: Mapping[str, str]) -> str:
    """The free column with the longest prose: at least five words on average."""
    found, most = "", 5.0
    for position, header in enumerate(headers):
        values = _values(rows, position)
        words = sum(len(value.split()) for value in values) / len(values) if values else 0
        if header not in taken and words >= most:
            found, most = header, words
    return found


def _dated(headers: Sequence[str], rows: Sequence[Sequence[str]], taken: Mapping[str, str]) -> str:
    """The first free column whose every value is a date."""
    for position, header in enumerate(headers):
        values = _values(rows, position)
        if header not in taken and values and all(_is_date(value) for value in values):
            return header
    return ""


def _is_date(value: str) -> bool:
    if not re.search(r"[/.\-\s]", value):
        return False
    try:
        dates.parse(value)
    except dates.AmbiguousDateError:
        return True
    except ValueError:
        return False
    return True

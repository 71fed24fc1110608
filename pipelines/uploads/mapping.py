"""How a person wants tables to be read: a saved mapping with what they add, checked before anything is read by it."""

import re
import zoneinfo
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from insights.errors import InsightsError
from insights.formats import ColumnMapping, SavedColumns
from insights.formats.tables.columns import roles
from pipelines.store import mappings

_CONFIRMED = re.compile(r"upload \d+", re.I)
NO_SAVED = "none"  # in place of a name: read without saved columns


class BadMapping(InsightsError):
    """A part of a mapping that cannot be used; `part` is mapping, column, date_order or zone."""

    def __init__(self, part: str, detail: str):
        super().__init__(detail)
        self.part = part


def chosen(
    db: Database, *, name: str = "", columns: Mapping[str, str] | None = None, date_order: str = "", zone: str = ""
) -> ColumnMapping:
    """The saved mapping of this name with `columns` (header -> role), date order and zone over it.

    Without a name, tables with the heads of a saved mapping are read by that one; with the name "none" by none. Raises
    BadMapping for a name that is not saved, a role, an order or a zone that there is not.
    """
    every = mappings.every(db)
    base = SavedColumns(name) if not name or is_none(name) else next((one for one in every if one.name == name), None)
    if base is None:
        known = ", ".join(mappings.names(db)) or "none"
        raise BadMapping("mapping", f"There is no saved mapping '{name}'. Saved are: {known}.")
    given = dict(columns or {})
    if wrong := [role for header, role in given.items() if not header or (role and role not in roles())]:
        raise BadMapping("column", f"'{wrong[0]}' is not one of: {', '.join(roles())}.")
    order = date_order or base.date_order
    if order not in ("", "dmy", "mdy"):
        raise BadMapping("date_order", "Choose dmy (3 April) or mdy (March 4).")
    if zone and not is_zone(zone):
        raise BadMapping("zone", f"'{zone}' is no time zone; use a name such as Europe/Berlin.")
    saved, used = (() if name else every), ((base,) if base.columns else ())
    return ColumnMapping(given, order, zone or base.zone, saved, used)  # type: ignore[arg-type]


def is_none(name: str) -> bool:
    """True for the word that stands for no saved columns at all."""
    return name.strip().casefold() == NO_SAVED


def save(
    db: Database, name: str, mapping: ColumnMapping, *, now: str, heads: Sequence[Sequence[str]] = (), by: str = ""
) -> None:  # fmt: skip
    """Save a mapping under a name; tables with these heads (without any: with its columns) are read by it from then on.

    Raises BadMapping for the name that means no mapping, and for those of columns that were confirmed for an upload.
    """
    if _CONFIRMED.fullmatch(name):
        raise BadMapping("mapping", f"'{name}' stands for the columns of that upload. Choose another name.")
    if is_none(name):
        raise BadMapping("mapping", f"'{NO_SAVED}' means: read without saved columns. Choose another name.")
    mappings.save(db, name, mapping, now=now, heads=heads, by=by)


def is_zone(name: str) -> bool:
    """True for an IANA name such as Europe/Berlin."""
    return name in zoneinfo.available_timezones()

"""How a person wants tables to be read: a saved mapping with what they add, checked before anything is read by it."""

import zoneinfo
from collections.abc import Mapping

from sqlite_utils import Database

from insights.errors import InsightsError
from insights.formats import ColumnMapping
from insights.formats.tables.columns import roles
from pipelines.store import mappings


class BadMapping(InsightsError):
    """A part of a mapping that cannot be used; `part` is mapping, column, date_order or zone."""

    def __init__(self, part: str, detail: str):
        super().__init__(detail)
        self.part = part


def chosen(
    db: Database, *, name: str = "", columns: Mapping[str, str] | None = None, date_order: str = "", zone: str = ""
) -> ColumnMapping:
    """The saved mapping of this name ("" for none) with `columns` (header -> role), date order and zone over it.

    Raises BadMapping for a name that is not saved, a role, an order or a zone that there is not.
    """
    base = mappings.get(db, name) if name else ColumnMapping()
    if base is None:
        known = ", ".join(mappings.names(db)) or "none"
        raise BadMapping("mapping", f"There is no saved mapping '{name}'. Saved are: {known}.")
    given = dict(columns or {})
    if wrong := [role for header, role in given.items() if not header or (role and role not in roles())]:
        raise BadMapping("column", f"'{wrong[0]}' is not one of: {', '.join(roles())}")
    order = date_order or base.date_order
    if order not in ("", "dmy", "mdy"):
        raise BadMapping("date_order", "Choose dmy (3 April) or mdy (March 4).")
    if zone and not is_zone(zone):
        raise BadMapping("zone", f"'{zone}' is no time zone; use a name such as Europe/Berlin.")
    return ColumnMapping({**base.columns, **given}, order, zone or base.zone)  # type: ignore[arg-type]


def is_zone(name: str) -> bool:
    """True for an IANA name such as Europe/Berlin."""
    return name in zoneinfo.available_timezones()

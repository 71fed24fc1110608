"""Look at an upload before it is read: how its tables would be understood, and what else is in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from insights import formats
from insights.formats import ColumnMapping, Preview
from insights.formats.sources import shown
from insights.records import Problem
from pipelines.uploads.files import opened

MOST_TABLES = 12
MOST_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class UploadPreview:
    """A dozen tables of an upload as they would be read, those first that a person should look at; `others` counts
    further files that will be read, by ending.

    What will not be read is in `problems`, once for each reason. `tables_left` are tables beyond the dozen: the same
    mapping holds for them.
    """

    tables: tuple[Preview, ...]
    tables_left: int
    others: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...]

    @property
    def ambiguous(self) -> bool:
        """True when a table's dates could be day/month or month/day and nothing in it tells."""
        return any(table.ambiguous for table in self.tables)


def look(paths: Sequence[Path], mapping: ColumnMapping) -> UploadPreview:
    """Look at every file below `paths`; of what is no table only the opening is read."""
    found = _looked(paths, mapping)
    if len(found.tables) <= MOST_TABLES:
        return found
    # What is chosen for the columns must not change which tables are shown: it is chosen beside them.
    unsaid = replace(mapping, columns={}, date_order="", zone="")
    judged = found if unsaid == mapping else _looked(paths, unsaid)
    calm = {(table.name, table.sheet): _is_calm(table) for table in judged.tables}
    ordered = sorted(found.tables, key=lambda table: calm.get((table.name, table.sheet), True))
    left = found.tables_left + len(ordered) - MOST_TABLES
    return replace(found, tables=tuple(ordered[:MOST_TABLES]), tables_left=left)


def _looked(paths: Sequence[Path], mapping: ColumnMapping) -> UploadPreview:
    tables: list[Preview] = []
    problems: list[Problem] = []
    others: Counter[str] = Counter()
    unread: dict[tuple[str, str], list[str]] = {}
    left = 0
    for entry in opened(paths):
        if isinstance(entry, Problem):
            problems.append(entry)
            continue
        name, stream = entry
        if not formats.has_columns(name, stream):
            if found := formats.unread(name, stream):
                unread.setdefault((found.reason, found.advice), []).append(name)
                continue
            if found := _too_long(name, stream):
                problems.append(found)
            others[PurePosixPath(name.casefold()).suffix or "no ending"] += 1
        elif len(tables) >= MOST_LOOKED_AT:
            left += 1
        else:
            seen = formats.preview(name, stream, mapping=mapping)
            if isinstance(seen, Problem):
                problems.append(seen)
            else:
                tables += [seen, *seen.others]
    for (reason, advice), names in unread.items():
        more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
        problems.append(Problem(names[0] + more, None, reason, advice))
    return UploadPreview(tuple(tables), left, tuple(sorted(others.items())), tuple(problems))


def _is_calm(table: Preview) -> bool:
    """Whether nothing about a table needs a person: no choice that only they can make, and no guess."""
    guessed = any(column.why == "guess" for column in table.columns)
    return not (table.ambiguous or table.subject == "nothing" or table.missing or guessed)


def _too_long(name: str, stream: BinaryIO) -> Problem | None:
    """That a text is longer than what is read of one; told before it is read, because reading it takes a while."""
    most = formats.Limits().record
    if not formats.is_one_text(name) or stream.seek(0, 2) <= most:
        return None
    reason = f"This text is larger than {shown(most)}: what comes after that is not read."
    return Problem(name, None, reason, "Split it into one file a conversation.", kept=True)

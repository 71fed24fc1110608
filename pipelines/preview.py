"""Look at an upload before it is read: how its tables would be understood, and what else is in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from insights import formats
from insights.formats import ColumnMapping, Preview
from insights.records import Problem
from pipelines.files import opened

MOST_TABLES = 12


@dataclass(frozen=True, slots=True)
class UploadPreview:
    """The first tables of an upload as they would be read; `others` counts its further files by ending.

    `tables_left` are tables beyond the first dozen: the same mapping holds for them.
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
    """Look at every file below `paths`; only tables are opened."""
    tables: list[Preview] = []
    problems: list[Problem] = []
    others: Counter[str] = Counter()
    left = 0
    for entry in opened(paths):
        if isinstance(entry, Problem):
            problems.append(entry)
            continue
        name, stream = entry
        if not formats.has_columns(name):
            others[PurePosixPath(name.casefold()).suffix or "no ending"] += 1
        elif len(tables) >= MOST_TABLES:
            left += 1
        else:
            found = formats.preview(name, stream, mapping=mapping)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                tables += [found, *found.others]
    return UploadPreview(tuple(tables), left, tuple(sorted(others.items())), tuple(problems))

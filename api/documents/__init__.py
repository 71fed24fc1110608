"""Each report as a Document, which every export format renders (see api/exports/document.py).

REPORTS are those that can be saved as published, by name: where the live report is, which parameters it takes beside
the filters, and how its Document is made. One line a report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from api.documents import plain
from api.exports.document import Document
from pipelines.store.filters import Filters


@dataclass(frozen=True, slots=True)
class Saveable:
    """`document` gets the filters and the rest of the query (of the parameters `own`, each once), and answers None where
    nothing matches."""

    name: str
    path: str
    own: tuple[str, ...]
    document: Callable[[Database, Filters, Mapping[str, str], date], Document | None]


REPORTS: dict[str, Saveable] = {
    "objections": Saveable("Objections", "/reports/objections", ("by", "step", "days"), plain.trends("objection")),
    "questions": Saveable("Questions", "/reports/questions", ("by", "step", "days"), plain.trends("question")),
    "competitors": Saveable("Competitors", "/reports/competitors", ("by", "step", "days"), plain.trends("competitor")),
}

"""The reports that can be saved as published, by name. One line a report.

What one would get wrong: a name is stored with every saved report, so it is never changed or given to another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from api.documents import asked
from api.exports.document import Document
from pipelines.store.filters import Filters

TREND_QUERY = ("by", "step", "days", "unit", "this", "that", "over", "order")


@dataclass(frozen=True, slots=True)
class Saveable:
    """`path` is the live report's page, `own` the parameters it takes beside the filters. `document` gets the filters,
    the values of these parameters and today, and answers None where nothing matches. `last` is the filter that the last
    part of the page's address stands for ("/reports/personas/finance"); it is kept with the query."""

    name: str
    path: str
    own: tuple[str, ...]
    document: Callable[[Database, Filters, Mapping[str, Sequence[str]], date], Document | None]
    last: str = ""


REPORTS: dict[str, Saveable] = {
    "objections": Saveable("Objections", "/reports/objections", TREND_QUERY, asked.trends("objection")),
    "questions": Saveable("Questions", "/reports/questions", TREND_QUERY, asked.trends("question")),
    "competitors": Saveable("Competitor mentions", "/reports/competitors", TREND_QUERY, asked.trends("competitor")),
    "trackers": Saveable("Trackers", "/reports/trackers", TREND_QUERY, asked.trends("tracker")),
    "competition": Saveable("Competitors in deals", "/reports/competition", ("step", "days"), asked.competition),
    "outcomes": Saveable("Outcomes", "/reports/outcomes", (), asked.outcomes),
    "voice": Saveable("Voice", "/reports/voice", ("by",), asked.voice),
    "material": Saveable("Our material", "/reports/material", (), asked.material),
    "handover": Saveable("Hand-over gaps", "/reports/handover", ("by",), asked.handover),
    "persona": Saveable("Persona sheet", "/reports/personas", (), asked.persona, last="persona"),
    "plan": Saveable("Plan", "/plan", ("by", "gaps", "owner", "due"), asked.plan),
}

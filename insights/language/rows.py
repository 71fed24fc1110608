"""The finder over plain rows, as `parley extract` reads and writes them: one dictionary in, one out, in order."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from insights.language.finder import BATCH, Finder, find
from insights.language.turns import Turn
from insights.records import Insight, Role, Voice

ROLES: Mapping[str, tuple[Role, Voice]] = {
    "customer": ("buyer", "verbatim"),
    "buyer": ("buyer", "verbatim"),
    "rep": ("seller", "verbatim"),
    "seller": ("seller", "verbatim"),
    "note": ("seller", "reported"),
    "unknown": ("unknown", "verbatim"),
}
CONTEXT = 3  # utterances before this one that the finder looks at


def extract(finder: Finder, rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Find in rows of {"id", "role", "text", "context": [{"role", "text"}]}.

    Yields {"id", "insights": [{"kind", "start", "end", "text", "label", "confidence"}]}; a competitor's label is its
    relation, and it also has a "name". A row that cannot be read gives {"problem", "row", "id"?}, rows counted from 1.
    """
    numbered = enumerate(rows, 1)
    while batch := list(islice(numbered, BATCH)):
        read = [(number, row, turn_of(row)) for number, row in batch]
        found = find(finder, [turn for _, _, turn in read if isinstance(turn, Turn)])
        for number, row, turn in read:
            if isinstance(turn, Turn):
                yield {"id": row.get("id"), "insights": [plain(insight) for insight in next(found)]}
            else:
                known = {"id": row["id"]} if isinstance(row, Mapping) and "id" in row else {}
                yield {**known, "problem": turn, "row": number}


def turn_of(row: Any) -> Turn | str:
    """Read one row; the reason as text when it cannot be read."""
    if not isinstance(row, Mapping):
        return "A row must be a JSON object."
    if not isinstance(text := row.get("text"), str):
        return 'The row has no "text", or it is not a string.'
    if not isinstance(role := row.get("role", "unknown"), str) or role not in ROLES:
        return f'"role" must be one of {", ".join(ROLES)}.'
    context = row.get("context") or []
    if not isinstance(context, list) or not all(
        isinstance(said, Mapping) and isinstance(said.get("text"), str) for said in context
    ):
        return '"context" must be a list of {"role", "text"}.'
    who, voice = ROLES[role]
    before = tuple((ROLES.get(str(said.get("role")), ROLES["unknown"])[0], said["text"]) for said in context[-CONTEXT:])
    return Turn(who, voice, text, before)


def plain(insight: Insight) -> dict[str, Any]:
    """Write an insight as a dictionary; only a competitor has a name."""
    row = {
        "kind": insight.kind,
        "start": insight.start,
        "end": insight.end,
        "text": insight.text,
        "label": insight.label,
        "confidence": insight.confidence,
    }
    return {**row, "name": insight.name} if insight.kind == "competitor" else row

"""What a digest tells: the changes of the reports' summary, each with its figures and the address of its evidence, and
what waits for somebody's decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote, urlencode

from sqlite_utils import Database

from insights import sentences
from insights.records import KINDS
from insights.wording import day, plural, value
from pipelines.catalogue import names
from pipelines.report import Subject, Windows, trend_report
from pipelines.reports import groups, summary
from pipelines.reports.groups import Against, Line
from pipelines.reports.summary import Story
from pipelines.store import proposals, theme_lists
from pipelines.store.filters import Filters
from pipelines.store.proposals import Proposal
from pipelines.themes.representatives import representatives

WAITING = 20  # proposals of each sort that are looked at
SENTENCES = 3  # of a change: what it is and its first grounds; the rest is on its page


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `key` is the same as long as the same is to be said of the same thing; `path` leads to its evidence,
    within Parley; `quotes` are insight ids."""

    key: str
    sentence: str
    path: str
    quotes: tuple[str, ...] = ()


def changes(
    db: Database, filters: Filters, *, kinds: Sequence[Subject] = KINDS, today: date, limit: int = 5,
    days: int | None = None, windows: Windows = "rolling",
) -> tuple[Change, ...]:  # fmt: skip
    """At most `limit` changes over the kinds together, the surest first, in the windows of a report."""
    found = summary.changes(db, filters, today=today, kinds=kinds, limit=limit, days=days, windows=windows)
    return tuple(_change(filters, story) for story in found.stories)


def differences(
    db: Database, filters: Filters, this: str, that: str, *, whole: bool, kinds: Sequence[Subject] = KINDS, today: date,
    limit: int = 5, days: int | None = None, windows: Windows = "rolling",
) -> tuple[Change, ...]:  # fmt: skip
    """What surely differs between two groups ("field:value" each), as the reports have them side by side, at most
    `limit` over the kinds together, the surest first; false discoveries are controlled over the themes of a kind."""
    (by, _, one), (_, _, other) = this.partition(":"), that.partition(":")
    window = "quarter" if windows == "quarter" else str(days or "")
    sides = {"this": this, "that": that, "over": "all" if whole else "", "days": window}
    told: list[tuple[float, Change]] = []
    for kind in kinds:
        report = trend_report(db, filters, kind=kind, today=today, days=days, windows=windows)
        if report is None:
            continue
        found = groups.against(db, report, by, one, other, whole=whole)
        sure = [line for line in found.lines if line.says in ("more", "less")][:limit]
        told += [(line.change.p or 0.0, _difference(db, filters, found, kind, line, sides)) for line in sure]
    return tuple(change for _, change in sorted(told, key=lambda pair: pair[0])[:limit])


def _difference(
    db: Database, filters: Filters, found: Against, kind: Subject, line: Line, sides: Mapping[str, str]
) -> Change:  # fmt: skip
    groups_told = [(found.one, line.one), (found.other, line.other)]
    (more, first), (less, second) = groups_told if line.says == "more" else reversed(groups_told)
    names = (value(found.by, more), value(found.by, less))
    sentence = sentences.differs(line.row.name, names, (first, second), line.change)
    query = urlencode({**filters.active, **{name: one for name, one in sides.items() if one}}, quote_via=quote)
    only = replace(found.of(more), theme=str(line.row.theme_id), kind="" if kind == "tracker" else kind)
    said = () if kind == "tracker" else representatives(db, only, limit=1)
    key = f"apart:{kind}:{line.row.theme_id}:{found.by}:{more}:{less}"
    return Change(key, sentence, f"/reports/{kind}s?{query}#against", tuple(one.id for one in said))


def _change(filters: Filters, story: Story) -> Change:
    split = ",".join(f"{name}={one}" for name, one in sorted(story.split.items()))
    query = urlencode({**filters.active, **story.split}, quote_via=quote)
    path = f"{story.path}?{query}" if query else story.path
    key = f"{story.kind}:{story.theme_id}:{story.verdict}:{split}"
    return Change(key, " ".join(story.sentences[:SENTENCES]), path, story.quotes)


def proposed(db: Database, *, kinds: Sequence[Subject] = KINDS, limit: int = WAITING) -> tuple[Change, ...]:
    """What waits for somebody's decision, `limit` at most of each: changes of themes, and names that no catalogue
    has."""
    named = theme_lists.names(db)
    found = [one for one in proposals.listed(db) if one.kind in kinds][:limit]
    changes = [Change(f"proposal:{one.id}", _waits(one, named), f"/themes/proposals/{one.id}") for one in found]
    if "competitor" in kinds:
        for one, quotes in names.proposed(db, limit=limit)[0]:
            heard = plural(one.conversations, "conversation")
            told = f"“{one.name}” is taken for a competitor in {heard} and stands in no catalogue: accept it, join it to one, or refuse it."
            changes.append(Change(f"name:{one.key}", told, "/competitors", tuple(quote.id for quote in quotes[:2])))
    return tuple(changes)


def _waits(one: Proposal, named: Mapping[int, str]) -> str:
    content, quotes = one.content, plural(one.size, "quote")
    of = lambda key: f"“{named.get(content[key]) or content[key]}”"  # noqa: E731
    match one.type:
        case "new":
            return f"A new theme is proposed: “{content['name']}”, of {quotes} that wait."
        case "split":
            parts = ", ".join(f"“{part['name']}”" for part in content["parts"])
            return f"A split of {of('theme')} is proposed: take out {parts}."
        case "merge":
            return f"A merge is proposed: {of('other')} into {of('into')}, {quotes} together."
        case "retire":
            return f"To retire {of('theme')} is proposed: last heard on {day(content['last'])}."
    return f"To bring {of('theme')} back is proposed: it is heard again."

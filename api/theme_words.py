"""What happens to themes, in words: one sentence for an event, one for a proposal. Terminal and HTTP say the same."""

from collections.abc import Collection, Mapping, Sequence

from sqlite_utils import Database

from api.words import plural
from insights.ledger import Edit
from pipelines.store import theme_reads
from pipelines.store.ledger import Recorded
from pipelines.store.proposals import Proposal

Names = Mapping[int, str]
MOST_NAMED = 5


def summaries(db: Database, events: Sequence[Recorded]) -> list[str]:
    """A sentence for each event, such as: Merged “Too dear” into “Price”: 34 quotes moved."""
    names = theme_reads.names(db, {theme for one in events for theme in one.event.themes})
    went = theme_reads.went_to(db, [one.id for one in events if one.event.type == "move"])
    return [summary(one, names, went.get(one.id, set())) for one in events]


def history(db: Database, events: Sequence[Recorded]) -> list[str]:
    """A line for each event: its number, when, who, what, why, and whether it still stands."""
    lines = []
    for one, said in zip(events, summaries(db, events), strict=True):
        reason = f" ({one.reason})" if one.reason else ""
        undone = f" [undone by {one.undone_by}]" if one.undone_by is not None else ""
        lines.append(f"{one.id:>5}  {one.at[:16].replace('T', ' ')}  {one.actor}: {said}{reason}{undone}")
    return lines


def summary(told: Recorded, names: Names, went_to: Collection[int | None] = ()) -> str:
    """`names` are the present ones; a theme that the event made is told by the name that it got then."""
    event = told.event
    given = {e.theme: e.after or e.before for e in event.edits if e.field == "name"}
    about = theme(event.about, {**names, **given})
    match event.type:
        case "create":
            subs = len(_themes(event.edits, "status")) - 1
            with_subs = f", with {plural(subs, 'sub-theme')}" if subs else ""
            quotes = f" of {plural(told.moved, 'quote')}" if told.moved else ""
            return f"Made {about}{quotes}{with_subs}"
        case "join":
            return f"{plural(told.moved, 'quote')} joined"
        case "rename":
            old, new = next(((e.before, e.after) for e in event.edits if e.field == "name"), ("", ""))
            return f"Renamed “{old}” to “{new}”"
        case "merge":
            gone = several([e.theme for e in event.edits if e.field == "into"], names)
            return f"Merged {gone} into {about}: {plural(told.moved, 'quote')} moved"
        case "split":
            return _split(told, about, {**names, **given})
        case "move":
            return _moved(told, about, went_to)
        case "undo":
            return f"Took event {told.undoes} back"
    verb = {"pin": "Pinned", "unpin": "Unpinned", "retire": "Retired", "restore": "Restored"}[event.type]
    return f"{verb} {about}"


def _split(told: Recorded, about: str, names: Names) -> str:
    made = _themes(told.event.edits, "status")
    promoted = [e.theme for e in told.event.edits if e.field == "parent" and e.after is None]
    below = {e.theme for e in told.event.edits if e.field == "parent" and e.after == told.event.about}
    if set(made) & below:
        return f"Made sub-themes of {about}: {several(made, names)}"
    moved = f": {plural(told.moved, 'quote')} moved" if told.moved else ""
    return f"Took {several([*made, *promoted], names)} out of {about}{moved}"


def _moved(told: Recorded, about: str, went_to: Collection[int | None]) -> str:
    quotes = plural(told.moved, "quote")
    if told.event.about is None:
        return f"{quotes} followed the catalogue of competitors"
    return f"Moved {quotes} out of {about}, to wait" if set(went_to) == {None} else f"Moved {quotes} to {about}"


def proposed(proposal: Proposal, names: Names) -> str:
    """What a proposal would do, in a sentence."""
    content = proposal.content
    quotes = plural(proposal.size, "quote")
    match proposal.type:
        case "new":
            subs = f", with {plural(len(content['subs']), 'sub-theme')}" if content["subs"] else ""
            return f"Make “{content['name']}” of {quotes} that wait{subs}"
        case "split":
            parts = _and([f"“{part['name']}” ({part['size']})" for part in content["parts"]])
            return f"Split {theme(content['theme'], names)}: take out {parts}; {content['stays']} of {quotes} stay"
        case "merge":
            pair = theme(content["other"], names), theme(content["into"], names)
            return f"Merge {pair[0]} into {pair[1]}: {quotes} together, {content['alike']:.0%} alike"
        case "retire":
            return f"Retire {theme(content['theme'], names)}: last heard on {content['last']}; {quotes}"
    heard = plural(content["conversations"], "conversation")
    return f"Restore {theme(content['theme'], names)}: heard again in {heard} since {content['since']}"


def concerned(proposal: Proposal) -> list[int]:
    """The themes that a proposal would change."""
    return [proposal.content[key] for key in ("theme", "into", "other") if key in proposal.content]


def theme(number: int | None, names: Names) -> str:
    return f"“{names[number]}”" if number is not None and names.get(number) else f"theme {number}"


def several(numbers: Sequence[int], names: Names) -> str:
    """Themes by name: “A”, “B” and “C”, the first few of many."""
    told = [theme(number, names) for number in numbers]
    more = len(told) - MOST_NAMED
    return _and([*told[:MOST_NAMED], f"{more} more"] if more > 0 else told)


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _themes(edits: Sequence[Edit], field: str) -> list[int]:
    return [e.theme for e in edits if e.field == field and e.before == ""]

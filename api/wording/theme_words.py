"""What happens to themes, in words: one sentence for an event, one for a proposal. Terminal and HTTP say the same."""

from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from api.wording.theme_history import listed, sentence
from api.wording.words import plural
from pipelines.store import theme_lists
from pipelines.store.proposals import Proposal
from pipelines.store.theme_events import Recorded

Names = Mapping[int, str]


def summaries(db: Database, events: Sequence[Recorded]) -> list[str]:
    """A sentence for each event, such as: Merged “Too dear” into “Price” (34 quotes)."""
    names, flows = theme_lists.names(db), theme_lists.flows(db, [one.id for one in events])
    return [
        f"Took event {one.undoes} back" if one.undoes is not None else sentence(one, names, flows[one.id])
        for one in events
    ]


def history(db: Database, events: Sequence[Recorded]) -> list[str]:
    """A line for each event: its number, when, who, what, why, and whether it still stands."""
    lines = []
    for one, said in zip(events, summaries(db, events), strict=True):
        reason = f" ({one.reason})" if one.reason else ""
        undone = f" [undone by {one.undone_by}]" if one.undone_by is not None else ""
        lines.append(f"{one.id:>5}  {one.at[:16].replace('T', ' ')}  {one.actor}: {said}{reason}{undone}")
    return lines


def proposed(proposal: Proposal, names: Names) -> str:
    """What a proposal would do, in a sentence."""
    content = proposal.content
    quotes = plural(proposal.size, "quote")
    match proposal.type:
        case "new":
            subs = f", with {plural(len(content['subs']), 'sub-theme')}" if content["subs"] else ""
            return f"Make “{content['name']}” of {quotes} that wait{subs}"
        case "split":
            parts = listed([f"“{part['name']}” ({part['size']})" for part in content["parts"]])
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

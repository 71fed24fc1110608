"""A proposal in plain words: what is proposed, why, who said it, and what would change."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.wording import theme_history, words
from insights import growth
from insights.ledger_rules import LedgerError
from pipelines.store import proposals as store
from pipelines.store import theme_events, theme_lists, themes
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.proposals import Proposal
from pipelines.store.remembered import per_state
from pipelines.store.theme_lists import Reach
from pipelines.store.themes import Theme
from pipelines.themes import ledger, proposals
from pipelines.themes.ledger import UnknownTheme
from pipelines.themes.representatives import among, representatives

EXAMPLES = 3
FEW = 2


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that would change: what it is, how it is now, how it would be; `theme` is its page, if it has one."""

    what: str
    now: str
    then: str
    theme: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A proposal to decide on. `said` are example quotes under a heading ("" where there is one group only); `blocked`
    says why it cannot be accepted as things are, "" where it can."""

    proposal: Proposal
    title: str
    why: tuple[str, ...]
    said: tuple[tuple[str, tuple[Quote, ...]], ...]
    effects: tuple[Effect, ...]
    stays: str
    blocked: str = ""


def twins(db: Database) -> dict[int, tuple[tuple[str, str], ...]]:
    """Of each theme that looks like one with others: their names, each with the address of the proposal to merge
    them."""
    names = theme_lists.names(db)
    return {
        theme: tuple((names[other], f"/themes/proposals/{number}") for other, number in others)
        for theme, others in proposals.twins(db).items()
    }


@per_state
def card(db: Database, proposal: Proposal) -> Card:
    match proposal.type:
        case "new":
            return _new(db, proposal)
        case "split":
            return _split(db, proposal)
        case "merge":
            return _merge(db, proposal)
    return _standing(db, proposal)


def _new(db: Database, proposal: Proposal) -> Card:
    content, members = proposal.content, store.members(db, proposal.id)
    still = theme_events.unplaced(db, members)
    reach = theme_lists.reach(db, still)
    said = among(db, still, limit=EXAMPLES)
    waiting = themes.waiting(db, proposal.kind)
    one = reach.quotes == 1
    why = [
        f"{words.plural(reach.quotes, 'waiting quote')} {'says' if one else 'say'} something alike, {_source(reach)}."
    ]
    if content["keywords"]:
        why.append(f"Words that tell {'it' if one else 'them'} apart: {', '.join(content['keywords'][:6])}.")
    if content["subs"]:
        parts = theme_history.listed(f"“{sub['name']}”" for sub in content["subs"])
        why.append(f"It would have the sub-themes {parts}.")
    effects = (
        Effect(f"“{content['name']}”", "not there", words.plural(reach.quotes, "quote")),
        Effect(f"Waiting {words.PLURALS[proposal.kind]}", f"{waiting:,}", f"{max(0, waiting - reach.quotes):,}"),
    )
    blocked = "" if still else "All of its quotes have found another place meanwhile."
    title = f"New theme “{content['name']}”"
    return Card(proposal, title, tuple(why), _groups([("", said)]), effects, "No other theme changes.", blocked)


def _split(db: Database, proposal: Proposal) -> Card:
    content = proposal.content
    theme = _theme(db, content["theme"])
    at = theme_events.members(db, [theme.id])
    parts: dict[int, dict[str, float]] = {}
    for insight, (part, sure) in store.members(db, proposal.id).items():
        if insight in at:
            parts.setdefault(part, {})[insight] = sure
    now = theme_lists.reach(db, at)
    going = theme_lists.reach(db, {insight for part in parts.values() for insight in part})
    named = [(part["name"], parts.get(n, {})) for n, part in enumerate(content["parts"], 1)]
    why = [
        f"“{theme.name}” has grown to {words.plural(now.quotes, 'quote')}, and {going.quotes:,} of them are about something else."
    ]
    why += [f"“{name}”: {_reach(theme_lists.reach(db, part))}." for name, part in named if part]
    effects = [
        Effect(
            f"“{theme.name}”",
            words.plural(now.quotes, "quote"),
            words.plural(now.quotes - going.quotes, "quote"),
            theme.id,
        )
    ]
    effects += [
        Effect(f"“{name}”", "not there", words.plural(theme_lists.reach(db, part).quotes, "quote"))
        for name, part in named
        if part
    ]
    said = [(f"Would become “{name}”", among(db, part, limit=FEW)) for name, part in named]
    rest = at.keys() - {insight for part in parts.values() for insight in part}
    said.append((f"Stays in “{theme.name}”", among(db, rest, limit=FEW)))
    blocked = _blocked(theme) or ("" if going.quotes else "The quotes that it was about have left the theme meanwhile.")
    stays = f"“{theme.name}” keeps its name, its address and its history."
    return Card(proposal, f"Split “{theme.name}”", tuple(why), _groups(said), tuple(effects), stays, blocked)


def _merge(db: Database, proposal: Proposal) -> Card:
    content, reaches = proposal.content, theme_lists.reaches(db)
    into, other = _theme(db, content["into"]), _theme(db, content["other"])
    why = [
        "These two look like one: what their quotes say is near in meaning, and in much the same words. Read them below; a merge can be undone."
        if "words" in content
        else "They mean the same as far as can be told: quotes of the one are no further from the other’s than from each other."
        if content["alike"] >= 1
        else f"They mean nearly the same: quotes of the one are {words.percent(content['alike'])} as close to the other’s as to their "
        f"own; from {words.percent(growth.ALIKE)} on a merge is proposed. Read them below: alike in meaning can still be two things."
    ]
    why += [f"“{one.name}”: {_reach(reaches.get(one.id, Reach()))}." for one in (into, other)]
    blocked, effects = _blocked(into) or _blocked(other), []
    if not blocked:
        try:
            seen = ledger.preview_merge(db, into.id, [other.id])
            here, there = reaches.get(into.id, Reach()), reaches.get(other.id, Reach())
            both = f" ({seen.both:,} had both and count once)" if seen.both else ""
            effects = [
                Effect(
                    f"“{into.name}”", words.plural(here.quotes, "quote"), words.plural(seen.quotes, "quote"), into.id
                ),
                Effect("its conversations", f"{here.conversations:,}", f"{seen.conversations:,}{both}"),
                Effect(f"“{other.name}”", words.plural(there.quotes, "quote"), f"leads to “{into.name}”", other.id),
            ]
        except LedgerError as error:
            blocked = str(error)
    said = [(f"In “{one.name}”", _stand_for(db, one, FEW)) for one in (into, other)]
    stays = f"“{into.name}” keeps its name and its address. The address of “{other.name}” goes on working."
    return Card(
        proposal, f"Merge “{other.name}” into “{into.name}”", tuple(why), _groups(said), tuple(effects), stays, blocked
    )  # fmt: skip


def _standing(db: Database, proposal: Proposal) -> Card:
    """To retire a theme, or to restore it."""
    content, theme = proposal.content, _theme(db, proposal.content["theme"])
    reach = theme_lists.reaches(db).get(theme.id, Reach())
    said = _groups([("", _stand_for(db, theme, FEW))])
    if proposal.type == "retire":
        newest = themes.newest_day(db)
        why = (
            f"Last heard on {words.day(content['last'])}; your newest conversation is of {words.day(newest)}.",
            f"It holds {_reach(reach, last=False)}.",
        )
        effects = (Effect(f"“{theme.name}”", "in reports", "not in reports", theme.id),)
        stays = "Its quotes, its address and its history stay. New quotes like them still go to it, and it is proposed again if they come."
        return Card(proposal, f"Retire “{theme.name}”", why, said, effects, stays, _blocked(theme))
    count = words.plural(content["conversations"], "conversation")
    why = (
        f"Heard again in {count} since it was retired on {words.day(content['since'])}.",
        f"It holds {_reach(reach)}.",
    )
    effects = (Effect(f"“{theme.name}”", "not in reports", "in reports", theme.id),)
    blocked = "" if theme.status == "retired" else f"“{theme.name}” is not retired any more."
    return Card(
        proposal,
        f"Restore “{theme.name}”",
        why,
        said,
        effects,
        "Its name, its quotes and its address are as they were.",
        blocked,
    )


def _theme(db: Database, theme_id: int) -> Theme:
    """A theme that a proposal is about, in whatever state. Raises UnknownTheme."""
    found = themes.get(db, theme_id)
    if found is not None:
        return found
    name = theme_lists.names(db).get(theme_id)
    if not name:
        raise UnknownTheme(theme_id)
    return Theme(theme_id, "", name, "", (), "", False, "", None, None)


def _blocked(theme: Theme) -> str:
    if theme.status != "active":
        return f"“{theme.name}” is {theme.status or 'no longer there'}."
    return f"“{theme.name}” is pinned. Unpin it first." if theme.pinned else ""


def _stand_for(db: Database, theme: Theme, limit: int) -> list[Quote]:
    return representatives(db, Filters(theme=str(theme.id), kind=theme.kind), limit=limit)


def _groups(said: list[tuple[str, list[Quote]]]) -> tuple[tuple[str, tuple[Quote, ...]], ...]:
    return tuple((heading, tuple(quotes)) for heading, quotes in said if quotes)


def _reach(reach: Reach, *, last: bool = True) -> str:
    """ "34 quotes from 20 conversations and 12 accounts, last heard on 3 Nov 2026"."""
    return f"{words.plural(reach.quotes, 'quote')} {_source(reach, last=last)}".strip()


def _source(reach: Reach, *, last: bool = True) -> str:
    parts = {"conversation": reach.conversations, "account": reach.accounts}
    source = " and ".join(words.plural(count, noun) for noun, count in parts.items() if count)
    heard = f", last heard on {words.day(reach.last)}" if last and reach.last else ""
    return f"from {source}{heard}" if source else ""

"""What happened to themes, in sentences: for the history of a theme, for banners, for what must be undone first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from api.wording.words import plural
from pipelines.store.theme_events import Recorded
from pipelines.store.theme_lists import Flow

Names = Mapping[int, str]


def sentence(
    told: Recorded, names: Names, flows: Sequence[Flow], *, family: Collection[int] = ()
) -> str:  # fmt: skip
    """What an event did, without a full stop: as the theme tells it that `family` names (its id first, then its
    sub-themes'), or, where that is empty, as everybody does. An undo is told by `took_back` of what it took back.
    """
    e = told.event
    about = e.about if e.about is not None else 0
    own = next(iter(family), None)
    moved = sum(flow.quotes for flow in flows)
    match e.type:
        case "create":
            return _created(told, names, flows, own)
        case "join":
            joined = sum(f.quotes for f in flows if not family or f.after in family)
            return f"{plural(joined, 'quote')} joined{'' if family else ' their themes'}"
        case "rename":
            was, is_ = next(((x.before, x.after) for x in e.edits if x.field == "name"), ("", ""))
            return f"Renamed from “{was}” to “{is_}”" if family else f"Renamed “{was}” to “{is_}”"
        case "merge":
            others = [x.theme for x in e.edits if x.field == "status" and x.after == "merged"]
            what = f"({plural(moved, 'quote')})"
            if own is None:
                return f"Merged {_named(others, names)} into {_named([about], names)} {what}"
            if own == about:
                return f"Merged {_named(others, names)} into it {what}"
            if own in others:
                return f"Merged into {_named([about], names)} ({plural(_out(flows, own), 'quote')})"
            return f"Went with {_named(others, names)} into {_named([about], names)}"
        case "split":
            return _split(told, names, flows, own)
        case "move":
            return _moved(names, flows, family)
        case "undo":
            return "Took something back"
    verb = {"pin": "Pinned", "unpin": "Unpinned", "retire": "Retired", "restore": "Restored"}[e.type]
    subs = len({x.theme for x in e.edits if x.field == "status"}) - 1
    more = f", with its {plural(subs, 'sub-theme')}" if subs > 0 and own in (None, about) else ""
    return f"{verb}{more}" if family else f"{verb} {_named([about], names)}{more}"


def took_back(told: Recorded, names: Names, flows: Sequence[Flow], *, family: Collection[int] = ()) -> str:
    """What the undo of an event did, told as `sentence` tells the event: what is so again."""
    e, about = told.event, told.event.about or 0
    own = next(iter(family), None)
    names = _called(told, names) if e.type in ("create", "split") else names
    theme, count = _named([about], names), plural(sum(flow.quotes for flow in flows), "quote")
    match e.type:
        case "create":
            waits = f": {count} waiting again" if flows else ""
            return f"Took the new theme{'' if family else ' ' + theme} back{waits}"
        case "join":
            return f"Took {count} out again that had joined"
        case "rename":
            was, new = next(((x.before, x.after) for x in e.edits if x.field == "name"), ("", ""))
            return f"Took the new name {'' if family else f'“{new}” '}back: called “{was}” again"
        case "merge":
            others = [x.theme for x in e.edits if x.field == "status" and x.after == "merged"]
            if own in others:
                return f"Took the merge into {theme} back: stands by itself again ({plural(_out(flows, own or 0), 'quote')})"
            apart = f"{_named(others, names)} {'stands by itself' if len(others) == 1 else 'stand by themselves'} again"
            return f"Took the merge {'' if own == about else f'into {theme} '}back: {apart} ({count})"
        case "split":
            parts = [*_made(told), *_promoted(told)]
            if own in parts:
                return f"Took the split back: went back into {theme}"
            return f"Took the split back: {_named(parts, names)} went back into {'it' if own else theme}"
        case "move":
            back = [replace(flow, before=flow.after, after=flow.before) for flow in flows]
            return f"Took the move back: {lower(_moved(names, back, family))}"
        case "undo":
            return "Took something back"
    so = {"pin": "unpinned", "unpin": "pinned", "retire": "in the reports", "restore": "out of the reports"}[e.type]
    return f"{so.capitalize()} again" if family else f"{theme} is {so} again"


def lower(text: str) -> str:
    """A sentence as the part of another."""
    return text[:1].lower() + text[1:]


def listed(parts: Iterable[str]) -> str:
    """ "A, B and C"."""
    items = list(parts)
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def _created(told: Recorded, names: Names, flows: Sequence[Flow], own: int | None) -> str:
    about = told.event.about or 0
    names = _called(told, names)
    subs = [theme for theme in _made(told) if theme != about]
    count = plural(sum(f.quotes for f in flows), "quote")
    if own in subs:
        return f"Made as a part of “{names.get(about, '')}” ({plural(_in(flows, own or 0), 'quote')})"
    made = "Made" if own is not None else f"Made “{names.get(about, '')}”"
    within = f", with {plural(len(subs), 'sub-theme')}" if subs else ""
    # Nothing moved: a competitor's theme is its name, and mentions follow it.
    source = f" from {count}" if flows else ""
    return f"{made}{source}{within}"


def _split(told: Recorded, names: Names, flows: Sequence[Flow], own: int | None) -> str:
    e, about = told.event, told.event.about or 0
    names = _called(told, names)
    made = _made(told)
    inside = any(x.field == "parent" and x.theme in made and x.after == about for x in e.edits)
    promoted = _promoted(told)
    theme = _named([about], names)
    if own in made:
        how = "Made a sub-theme of" if inside else "Taken out of"
        return f"{how} {theme} ({plural(_in(flows, own or 0), 'quote')})"
    if own in promoted:
        return f"Became a theme of its own, no longer a part of {theme}"
    parts = [f"“{names.get(part, '')}” ({plural(_in(flows, part), 'quote')})" for part in made]
    parts += [f"“{names.get(sub, '')}”" for sub in promoted]
    one = len(parts) == 1
    if own is None:
        return (
            f"Made {listed(parts)} {'a sub-theme' if one else 'sub-themes'} of {theme}"
            if inside
            else f"Took {listed(parts)} out of {theme}"
        )
    became = f"became {'a sub-theme' if one else 'sub-themes'}" if inside else f"{'was' if one else 'were'} taken out"
    return f"{listed(parts)} {became}"


def _moved(names: Names, flows: Sequence[Flow], family: Collection[int]) -> str:
    crossing = [f for f in flows if not family or (f.before in family) != (f.after in family)]
    parts = []
    for flow in crossing or flows:
        count = plural(flow.quotes, "quote")
        source = f" from {_named([flow.before], names)}" if flow.before else ""
        target = f" to {_named([flow.after], names)}" if flow.after else ""
        if not flow.after:
            parts.append(
                f"{count} {'taken out' if family else 'taken out of ' + _named([flow.before or 0], names)}, to wait"
            )
        elif flow.after in family:
            parts.append(f"{count} moved here{source}")
        else:
            parts.append(f"{count} moved{'' if flow.before in family else source}{target}")
    if not family and len(parts) > 1 and all(" moved" in part for part in parts):
        return f"Moved {listed(part.replace(' moved', '', 1) for part in parts)}"
    text = "; ".join(parts)
    return text if family or not text else f"Moved: {text}" if len(parts) > 1 else _active(text)


def _active(text: str) -> str:
    """ "3 quotes moved to “A”" as "Moved 3 quotes to “A”"."""
    for passive, verb in ((" moved", "Moved "), (" taken out", "Took ")):
        count, found, rest = text.partition(passive)
        if found:
            return f"{verb}{count}{' out' if 'Took' in verb else ''}{rest}"
    return text


def _called(told: Recorded, names: Names) -> Names:
    """The names, with those that an event gave to the themes that it made: after an undo no list has them."""
    return {**names, **{x.theme: x.after for x in told.event.edits if x.field == "name"}}


def _promoted(told: Recorded) -> list[int]:
    """Sub-themes that a split made themes of their own."""
    made = _made(told)
    return [x.theme for x in told.event.edits if x.field == "parent" and x.theme not in made and x.after is None]


def _made(told: Recorded) -> list[int]:
    return [x.theme for x in told.event.edits if x.field == "status" and not x.before]


def _named(themes: Iterable[int], names: Names) -> str:
    return listed(f"“{names.get(theme, 'a theme')}”" for theme in themes)


def _in(flows: Sequence[Flow], theme: int) -> int:
    return sum(flow.quotes for flow in flows if flow.after == theme)


def _out(flows: Sequence[Flow], theme: int) -> int:
    return sum(flow.quotes for flow in flows if flow.before == theme)

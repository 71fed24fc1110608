"""What growth proposes to do with themes, and what becomes of it: accepted (as it is or edited), dismissed, by a person
or by policy. Looking changes no theme unless a policy says so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlite_utils import Database

from insights import growth, naming
from insights import themes as rules
from insights.errors import InsightsError
from insights.ledger_rules import LedgerError, Unfit
from insights.records import Kind
from insights.themes import ThemeState
from pipelines.store import proposals as store
from pipelines.store import speaking, state, theme_events, themes, vectors
from pipelines.store.proposals import Proposal, Type
from pipelines.store.themes import Theme
from pipelines.themes import ledger
from pipelines.themes.ledger import NewPart, NewTheme

EXAMPLES = 5
LOOKED_THROUGH = 400  # quotes of a theme whose words are compared with another's
POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: see `store.proposals.Proposal` for the content; members are insight id → (part,
    confidence)."""

    type: Type
    signature: str
    size: int
    content: dict[str, Any]
    members: Mapping[str, tuple[int, float]] = field(default_factory=dict)


class UnknownProposal(InsightsError):
    """No proposal has this number."""

    def __init__(self, proposal_id: int):
        super().__init__(f"There is no proposal {proposal_id}. See the list of proposals.")


class DecidedAlready(LedgerError):
    """A proposal that was accepted or dismissed, or that no longer holds."""

    def __init__(self, status: str):
        super().__init__(f"This proposal is {status} already. See the list for what is still open.")


def propose_new(db: Database, kind: str, found: Sequence[NewTheme], *, now: str) -> None:
    """Write down new themes that wait for a decision. One that was decided is proposed again at twice its size."""
    kept: list[int] = []
    for theme in found:
        members = {insight: (0, sure) for insight, sure in theme.members.items()}
        for part, sub in enumerate(theme.subs, 1):
            members |= {insight: (part, sure) for insight, sure in sub.members.items()}
        like = store.sharing(db, members)
        decided = max((one.size for one in like if one.status != "open"), default=None)
        if not growth.is_news(len(members), decided):
            continue
        known = next((one.id for one in like if one.status == "open" and one.id not in kept), None)
        content = _named(theme) | {"examples": _surest(members), "subs": [_named(sub) for sub in theme.subs]}
        number = store.put(
            db, kind=kind, type="new", signature="new", size=len(members), content=content, members=members, now=now,
            known=known,
        )  # fmt: skip
        kept.append(number)
    for one in store.listed(db, kind=kind):
        if one.type == "new" and one.id not in kept and _is_held(db, one):
            kept.append(one.id)
    store.outdate(db, kind, ["new"], kept, now=now)


def _is_held(db: Database, proposal: Proposal) -> bool:
    """Whether half of a proposed theme waits because a person undid it: no run finds that again, so it stays
    proposed."""
    members = store.members(db, proposal.id)
    waiting = {insight for insight, at in theme_events.places(db, members).items() if at is None}
    return 2 * len(waiting - theme_events.unplaced(db, members)) >= len(members)


def look(db: Database, kind: Kind, known: Sequence[ThemeState], *, encoder: str, now: str) -> None:
    """Bring the proposals to merge, split, retire and restore up to date, and accept what the policy accepts."""
    active = {theme.id: theme for theme in themes.active(db, kind)}
    alive = [one for one in known if int(one.id) in active]
    looked: dict[str, int] = {}
    found = [*_merges(db, alive, active, encoder), *_silent(db, kind, active, known), *_heard_again(db, kind)]
    found += _splits(db, kind, alive, encoder, looked)
    with db.atomic():
        kept = [_put(db, kind, one, now=now) for one in found]
        store.outdate(db, kind, ["merge", "split", "retire", "restore"], [n for n in kept if n], now=now)
        for theme, size in looked.items():
            state.put(db, _looked(theme), str(size))
    by_policy(db, kind, now=now)


def _merges(db: Database, alive: Sequence[ThemeState], active: Mapping[int, Theme], encoder: str) -> list[Found]:
    """Themes of one label only: what is said of the price and of a rival may sound alike and is not one thing. Those
    that are less alike and share their words say how much (`words`): a person decides about them, never a policy."""
    size = {one.id: one.size for one in alive}
    texts: dict[str, list[str]] = {}

    def said(theme: str) -> list[str]:
        if theme not in texts:
            some = themes.first_members(db, int(theme), limit=LOOKED_THROUGH)
            texts[theme] = [row["text"] for row in vectors.of_insights(db, encoder, some)[0]]
        return texts[theme]

    labels = sorted({active[int(one.id)].label for one in alive})
    found = []
    for label in labels:
        group = [one for one in alive if active[int(one.id)].label == label]
        surely = growth.merges(group)
        less = growth.merges(group, least=growth.LESS_ALIKE, once=False) if label in growth.ONE_THING else []
        maybe = [pair for pair in less if pair not in surely]
        for pair in [*surely, *maybe]:
            low, high = sorted((int(pair.into), int(pair.other)))
            content = {"into": int(pair.into), "other": int(pair.other), "alike": round(pair.ratio, 3)}
            if pair not in surely:
                shared = growth.words_in_common(said(pair.into), said(pair.other))
                if shared < growth.WORDS_IN_COMMON:
                    continue
                content["words"] = round(shared, 3)
            found.append(Found("merge", f"{low} {high}", size[pair.into] + size[pair.other], content))
    return found


def _silent(db: Database, kind: str, active: Mapping[int, Theme], known: Sequence[ThemeState]) -> list[Found]:
    size, newest = {int(one.id): one.size for one in known}, themes.newest_day(db)
    if not newest:
        return []
    asked = [theme for theme in active if not active[theme].pinned]
    return [
        Found("retire", f"{theme}", size.get(theme, 0), {"theme": theme, "last": day})
        for theme, day in themes.last_heard(db, asked, before=growth.silent_before(newest)).items()
        if growth.is_silent(day, newest)
    ]


def _heard_again(db: Database, kind: str) -> list[Found]:
    found = []
    for theme in themes.all_of(db, kind):
        if theme.status == "retired" and theme.parent is None:
            quotes, conversations, since = theme_events.joined_since(db, theme.id, "retire")
            if conversations >= growth.HEARD_AGAIN:
                content = {"theme": theme.id, "since": since[:10], "conversations": conversations}
                found.append(Found("restore", f"{theme.id} {since}", quotes, content))
    return found


def merging(db: Database, theme_id: int | None = None) -> list[Proposal]:
    """The open proposals to merge two themes, or to merge one theme with another."""
    found = [one for one in store.listed(db) if one.type == "merge"]
    return [one for one in found if theme_id is None or theme_id in (one.content["into"], one.content["other"])]


def twins(db: Database) -> dict[int, tuple[tuple[int, int], ...]]:
    """Of each theme that looks like one with others: those others, each with the proposal to merge the two."""
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for one in merging(db):
        into, other = one.content["into"], one.content["other"]
        found[into] = (*found.get(into, ()), (other, one.id))
        found[other] = (*found.get(other, ()), (into, one.id))
    return found


def by_policy(db: Database, kind: str, *, now: str) -> int:
    """Accept the open proposals that the policy accepts; how many. What no longer fits goes on waiting."""
    policy, done = store.policy(db), 0
    for proposal in store.listed(db, kind=kind):
        # What a person took back has an event: it waits for a person.
        if policy[proposal.type] == "accept" and proposal.event_id is None and "words" not in proposal.content:
            try:
                accept(db, proposal.id, now=now, actor=POLICY)
                done += 1
            except LedgerError:
                continue
    return done


def accept(
    db: Database, proposal_id: int, *, now: str, actor: str, reason: str = "", name: str = "", into: int | None = None,
    without: Collection[str] = (), keep: Collection[int] | None = None, inside: bool = False,
) -> int:  # fmt: skip
    """Do what is proposed, or an edited form of it; return the number of the event.

    A new theme can get another `name`, go `into` a theme that there is, and leave insights out (`without`). A merge can
    go `into` the other one. Of a split only the parts in `keep` (from 1) are taken out; `inside` makes them sub-themes.
    Raises UnknownProposal, DecidedAlready, and what the change itself raises.
    """
    with db.atomic():
        proposal = _standing(db, proposal_id, "open")
        told: Any = {"now": now, "actor": actor, "reason": reason}
        content = proposal.content
        match proposal.type:
            case "new":
                event = _accept_new(db, proposal, name=name, into=into, without=set(without), **told)
            case "merge":
                pair = {content["into"], content["other"]}
                target: int = into if into in pair else content["into"]  # type: ignore[assignment]
                event = ledger.merge(db, target, pair - {target}, **told)
            case "split":
                parts = _parts_left(db, proposal, keep)
                event = ledger.split(db, content["theme"], parts, inside=inside, **told)
            case "retire":
                event = ledger.retire(db, content["theme"], **told)
            case "restore":
                event = ledger.restore(db, content["theme"], **told)
        store.decide(db, proposal_id, "accepted", now=now, actor=actor, reason=reason, event_id=event)
    return event


def dismiss(db: Database, proposal_id: int, *, now: str, actor: str, reason: str = "") -> None:
    """Let it be; it is proposed again only when it concerns twice as many quotes. Raises UnknownProposal,
    DecidedAlready."""
    with db.atomic():
        _standing(db, proposal_id, "open")
        store.decide(db, proposal_id, "dismissed", now=now, actor=actor, reason=reason)


def reopen(db: Database, proposal_id: int, *, now: str) -> None:
    """Take a dismissal back. Raises UnknownProposal, DecidedAlready."""
    with db.atomic():
        _standing(db, proposal_id, "dismissed")
        store.decide(db, proposal_id, "open", now=now, actor="")


def _standing(db: Database, proposal_id: int, status: str) -> Proposal:
    proposal = store.get(db, proposal_id)
    if proposal is None:
        raise UnknownProposal(proposal_id)
    if proposal.status != status:
        raise DecidedAlready(proposal.status)
    return proposal


def parts_of(db: Database, theme_id: int) -> tuple[NewPart, ...]:
    """The parts that a theme would fall into on demand, the largest first; none where it is one thing."""
    rows, found = vectors.of_insights(db, vectors.encoder(db), theme_events.members(db, [theme_id]))
    theme = themes.get(db, theme_id)
    return _divided(db, rows, found, theme.kind if theme else "", surely=False)


def _divided(db: Database, rows: Sequence[dict], found: Any, kind: str, *, surely: bool) -> tuple[NewPart, ...]:
    """The parts of a theme of this kind, none of them called like a theme that there is."""
    if not rows:
        return ()
    taken = [one.name for one in themes.active(db, kind)] if kind else []
    divided = rules.divide(
        [row["text"] for row in rows], found, ids=[row["id"] for row in rows], labels=[row["label"] for row in rows],
        accounts=[row["account"] or row["conversation_id"] for row in rows], taken=taken, surely=surely,
        private=naming.private_words(speaking.people(db)),
    )  # fmt: skip
    texts = {row["id"]: row["text"] for row in rows}
    members: dict[int, list[tuple[float, str]]] = {}
    for one in divided.assignments:
        if one.theme is not None:
            members.setdefault(one.theme, []).append((-one.confidence, one.id))
    return tuple(
        NewPart(
            theme.name,
            tuple(insight for _, insight in sorted(members[at])),
            theme.keywords,
            not naming.tells(theme.name, [texts[insight] for _, insight in members[at]]),
        )
        for at, theme in enumerate(divided.themes)
    )


def _splits(
    db: Database, kind: str, alive: Sequence[ThemeState], encoder: str, looked: dict[str, int]
) -> list[Found]:  # fmt: skip
    """Splits of themes that have grown much since they were last looked at, and the open ones that still hold; what was
    looked at, and how large it was, is written into `looked`."""
    found = []
    open_ = {one.content["theme"]: one for one in store.listed(db) if one.type == "split"}
    for theme in alive:
        theme_id, before = int(theme.id), state.get(db, _looked(theme.id))
        if theme.pinned:
            continue
        if before is None:
            looked[theme.id] = theme.size
        elif growth.has_grown(theme.size, int(before)):
            looked[theme.id] = theme.size
            found += _split(db, kind, theme, *vectors.of_insights(db, encoder, theme_events.members(db, [theme_id])))
        elif (one := open_.get(theme_id)) and _parts_left(db, one, None):
            found.append(Found("split", one.signature, one.size, one.content, store.members(db, one.id)))
    return found


def _split(db: Database, kind: str, theme: ThemeState, rows: Sequence[dict], found: Any) -> list[Found]:
    """The largest part is what the theme is: it stays, with the id and the name."""
    going = _divided(db, rows, found, kind, surely=True)[1:]
    members = {insight: (n, 1.0) for n, part in enumerate(going, 1) for insight in part.insights}
    parts = [
        {"name": p.name, "keywords": list(p.keywords), "size": len(p.insights), "examples": list(p.insights[:EXAMPLES])}
        for p in going
    ]
    content = {"theme": int(theme.id), "parts": parts, "stays": theme.size - len(members)}
    return [Found("split", theme.id, theme.size, content, members)] if going else []


def _looked(theme_id: str) -> str:
    return f"looked at theme {theme_id}"


def _put(db: Database, kind: str, found: Found, *, now: str) -> int | None:
    """Write down what was found, or bring what is open up to date; None where it was decided and is no news."""
    same = [p.id for p in store.listed(db, kind=kind) if (p.type, p.signature) == (found.type, found.signature)]
    if not same and not growth.is_news(found.size, store.decided(db, found.type, found.signature)):
        return None
    return store.put(
        db, kind=kind, type=found.type, signature=found.signature, size=found.size, content=found.content,
        members=found.members, now=now, known=same[0] if same else None,
    )  # fmt: skip


def _accept_new(
    db: Database, proposal: Proposal, *, name: str, into: int | None, without: set[str], now: str, actor: str,
    reason: str
) -> int:  # fmt: skip
    left = {i: at for i, at in store.members(db, proposal.id).items() if i not in without}
    still = {insight for insight, at in theme_events.places(db, left).items() if at is None}
    if not still:
        raise Unfit("None of these quotes waits any more. Dismiss the proposal.")
    if into is not None:
        return ledger.move(db, still, into, now=now, actor=actor, reason=reason)
    parts = [proposal.content, *proposal.content["subs"]]
    made = [
        NewTheme(
            ledger.distinct_name(db, one["name"], proposal.kind, one["keywords"]), one["label"],
            tuple(one["keywords"]), one["shape"], {i: sure for i, (part, sure) in left.items() if part == n and i in still},
        )
        for n, one in enumerate(parts)
    ]  # fmt: skip
    theme = replace(made[0], subs=tuple(sub for sub in made[1:] if sub.members))
    if name:
        ledger.free_name(db, ledger.proper_name(name), proposal.kind)
        theme = replace(theme, name=ledger.proper_name(name))
    return ledger.create(db, proposal.kind, theme, now=now, actor=actor, reason=reason).event


def _parts_left(db: Database, proposal: Proposal, keep: Collection[int] | None) -> list[NewPart]:
    """A split's parts without what has left the theme since."""
    at, members = theme_events.members(db, [proposal.content["theme"]]), store.members(db, proposal.id)
    parts = [
        NewPart(part["name"], tuple(i for i, (p, _) in members.items() if p == n and i in at), tuple(part["keywords"]))
        for n, part in enumerate(proposal.content["parts"], 1)
        if keep is None or n in keep
    ]
    return [part for part in parts if part.insights]


def _named(theme: NewTheme) -> dict[str, Any]:
    return {"name": theme.name, "label": theme.label, "keywords": list(theme.keywords), "shape": theme.shape}


def _surest(members: Mapping[str, tuple[int, float]]) -> list[str]:
    return sorted(members, key=lambda insight: (-members[insight][1], insight))[:EXAMPLES]

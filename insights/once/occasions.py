"""Which conversations are one: the same upload again, an edited record, and the several accounts of one meeting.

`links` is a function of the set it is given, in whatever order that comes. Give it all conversations that can belong
together: those of one account, or with a person or a band of `likeness.bands` in common, a few days around. Half a
block gives half an answer: a note whose transcript is missing waits for it.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import exp, floor, log

from insights.once import days, gist, readings, twins
from insights.once.nearby import REACH, Nearby, who
from insights.once.seen import Doubt, Link, LinkKind, Seen, seen
from insights.once.twins import Read, Verdict

__all__ = ["Doubt", "Link", "Links", "Seen", "links", "seen"]

RANK = {"call": 3, "chat": 2, "email": 1, "note": 0}
LINKED = 0.75
PLAUSIBLE = 0.5
POSSIBLE = 0.12
CLEAR = 1.5  # logits between the best and the second best meeting
TEMPER = 0.6  # words of one sentence come together: they are not as many witnesses as there are words
PRIOR = -1.0
SAID = 0.75  # of a note's telling words, as often said in its own meeting where another leaves it to chance
SUMMED_UP, ELSEWHERE = 0.5, 0.12  # the same between two summaries of one meeting, and of two meetings of one account
RECURRING = 0.17  # what an account always talks about
CHANCE = 1400.0
EARLY, LATE, SOON = 10 * 60.0, 15 * 60.0, 3 * 3600.0
ASSUMED_LENGTH = 3600.0
RECAP_DAYS = 2
DURING = 2.5

_RECAP = re.compile(
    r"\b(?:recap|summar|as (?:promised|discussed|agreed)|to (?:confirm|sum up|follow up on)|(?:good|great|nice|lovely)"
    r" (?:to )?(?:talk|speak|chat|see|meet|catch)|(?:thanks|thank you|cheers)[^.!?\n]{0,30}\b(?:for|both)\b|for your time"
    r"|(?:this|our|today'?s|yesterday'?s) (?:morning|afternoon|call|meeting|conversation|chat|session|demo)"
    r"|what (?:i|we) (?:took|noted|agreed|discussed)|notes from|action items|next steps?|wie besprochen|zusammenfass"
    r"|comme convenu|compte rendu|resumen|resumo|samenvatting|sammanfattning)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Links:
    """What was found: at most one link for each conversation, ordered by its id."""

    links: tuple[Link, ...]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a conversation fits a meeting, in logits, and why."""

    follower: str
    meeting: str
    score: float
    reasons: tuple[str, ...]

    @property
    def confidence(self) -> float:
        return 1 / (1 + exp(-self.score))


@dataclass(frozen=True, slots=True)
class _Gists:
    """The telling words of each conversation, worked out once: a transcript is looked at for each of its notes."""

    dull: frozenset[str]
    known: dict[str, frozenset[str]]

    def of(self, read: Read) -> frozenset[str]:
        """Of a mail only the opening: what is answered later is no recap."""
        if read.id not in self.known:
            texts = read.seen.texts[:1] if read.seen.kind == "email" else read.seen.texts
            self.known[read.id] = gist.gist(texts)
        return self.known[read.id]


def links(
    conversations: Iterable[Seen], *, usual: Collection[str] = (), wanted: Collection[str] | None = None
) -> Links:
    """Link the conversations of a block. `usual` are words that tell nothing here: the seller's name and products.

    With `wanted`, ids, what is said of these is the same as without, and what else stands in the block is looked at only
    as far as that takes: far fewer pairs, where a few are compared with all that is near them.
    """
    reads = sorted({c.id: twins.read(c) for c in conversations}.values(), key=lambda read: read.id)
    reread = readings.links(reads)
    asked = {read.id for read in reads} if wanted is None else set(wanted)
    asked |= {reread[name].primary_id for name in asked & reread.keys()}
    looked, compared = _compared([read for read in reads if read.id not in reread], asked)
    again = _again(looked, compared)
    left = [read for read in looked if read.id not in again]
    occasions, doubts = _occasions(left, usual)
    moved = {name: again[link.primary_id].primary_id for name, link in reread.items() if link.primary_id in again}
    replaced = [replace(link, primary_id=moved.get(name, link.primary_id)) for name, link in reread.items()]
    found = sorted([*replaced, *again.values(), *occasions], key=lambda link: link.conversation_id)
    return Links(tuple(found), tuple(doubts))


def same(conversations: Iterable[Seen], wanted: Collection[str]) -> set[str]:
    """The ids of those that are the same as one of the wanted, a copy or an edit, whatever becomes of them."""
    reads = [twins.read(one) for one in conversations]
    near = Nearby(reads)
    asked = [n for n, read in enumerate(reads) if read.id in wanted]
    pairs = ((n, other) for n in asked for other in near.alike(n))
    return {reads[other].id for n, other in pairs if twins.compare(reads[n], reads[other])}


def _compared(reads: Sequence[Read], asked: Collection[str]) -> tuple[list[Read], dict[tuple[str, str], Verdict]]:
    """What has to be looked at to tell of those asked for: they, what they are the same as, what they may tell of, and
    the same of each of these; with the verdicts on all pairs of them."""
    near = Nearby(reads)
    todo = [n for n, read in enumerate(reads) if read.id in asked]
    looked, verdicts = set(todo), dict[tuple[int, int], Verdict | None]()
    while todo:
        n = todo.pop()
        fresh = {other for other in near.around(n) if _may_tell(reads[n], reads[other])}
        for other in near.alike(n):
            pair = (min(n, other), max(n, other))
            if pair not in verdicts:
                verdicts[pair] = twins.compare(reads[pair[0]], reads[pair[1]])
            if verdicts[pair]:
                fresh.add(other)
        todo += fresh - looked
        looked |= fresh
    told = {(reads[a].id, reads[b].id): verdict for (a, b), verdict in sorted(verdicts.items()) if verdict}
    return [reads[n] for n in sorted(looked)], told


def _may_tell(follower: Read, meeting: Read) -> bool:
    """A mail that cannot be told from the call may still tell the same as the note that was."""
    of_note = follower.seen.kind == "email" and meeting.seen.kind == "note"
    return of_note or RANK[meeting.seen.kind] > RANK[follower.seen.kind]


def _again(reads: Sequence[Read], compared: dict[tuple[str, str], Verdict]) -> dict[str, Link]:
    """Duplicates and revisions, each linked to the one that counts."""
    by_id = {read.id: read for read in reads}
    verdicts = _clear(compared, by_id)
    groups = {read.id: {read.id} for read in reads}
    for a, b in verdicts:
        if groups[a] is not groups[b]:
            groups[a] |= groups[b]
            groups.update(dict.fromkeys(groups[b], groups[a]))
    result: dict[str, Link] = {}
    for group in {id(group): group for group in groups.values() if len(group) > 1}.values():
        members = [by_id[name] for name in sorted(group)]
        edited = any(v.kind == "revision" for (a, b), v in verdicts.items() if a in group and b in group)
        primary = max(members, key=lambda read: _worth(read, edited))
        for member in members:
            if member is not primary:
                result[member.id] = _link(member.id, primary.id, verdicts)
    return result


def _clear(verdicts: dict[tuple[str, str], Verdict], by_id: dict[str, Read]) -> dict[tuple[str, str], Verdict]:
    """Without the few words that could be either of two rows of one upload: these are two, and stay two."""
    again: dict[str, list[int]] = defaultdict(list)
    for pair, verdict in verdicts.items():
        if twins.FEW_AGAIN in verdict.reasons:
            for one, other in (pair, pair[::-1]):
                again[one].append(by_id[other].seen.sequence)
    unclear = {name for name, uploads in again.items() if len(set(uploads)) < len(uploads)}
    return {
        pair: verdict
        for pair, verdict in verdicts.items()
        if twins.FEW_AGAIN not in verdict.reasons or not unclear.intersection(pair)
    }


def _link(name: str, primary: str, verdicts: dict[tuple[str, str], Verdict]) -> Link:
    """By the verdict on the two, else by the surest one that ties it to the group."""
    verdict = verdicts.get((min(name, primary), max(name, primary)))
    if verdict is None:
        own = [(v.confidence, v.kind, v) for pair, v in verdicts.items() if name in pair]
        verdict = max(own, key=lambda item: item[:2])[2]
    kind: LinkKind = verdict.kind
    return Link(name, primary, kind, verdict.confidence, verdict.reasons)


def _worth(read: Read, edited: bool) -> tuple[object, ...]:
    """The greatest stands for its group: the newest edit, else the fullest record, else the first upload."""
    newest = read.seen.sequence if edited else 0
    length = floor(log(1 + len(read.words)) / log(1.1))
    facts = sum(map(bool, (read.seen.account, read.seen.people, read.when.days, read.when.moment, read.seen.title)))
    return RANK[read.seen.kind], newest, length, facts, -read.seen.sequence, len(read.words), read.id


def _occasions(reads: Sequence[Read], usual: Collection[str]) -> tuple[list[Link], list[Doubt]]:
    """Notes, chats and recaps go to their call; those without one to each other."""
    found: dict[str, Link] = {}
    doubts: list[Doubt] = []
    gists = _Gists(gist.stems(usual), {})
    for anchor in ("call", "chat", "email", "note"):
        meetings = [read for read in reads if read.seen.kind == anchor]
        fits: dict[str, list[_Fit]] = defaultdict(list)
        for follower, meeting in _candidates(reads, meetings, found):
            if fit := _fit(follower, meeting, gists):
                fits[follower.id].append(fit)
        for name in sorted(fits):
            rooted = [replace(fit, meeting=_root(fit.meeting, found)) for fit in fits[name]]
            match _chosen([fit for fit in rooted if fit.meeting != name]):
                case Doubt() as doubt:
                    doubts.append(doubt)
                case _Fit() as fit:
                    found[name] = Link(name, fit.meeting, "occasion", round(fit.confidence, 3), fit.reasons)
    settled = {link.conversation_id for link in found.values()}
    occasions = [replace(link, primary_id=_root(link.primary_id, found)) for link in found.values()]
    return occasions, [doubt for doubt in doubts if doubt.conversation_id not in settled]


def _root(name: str, found: dict[str, Link]) -> str:
    while name in found:
        name = found[name].primary_id
    return name


def _candidates(reads: Sequence[Read], meetings: Sequence[Read], found: dict[str, Link]) -> Iterable[tuple[Read, Read]]:
    """Everything lesser than a meeting that has the account, a deal or a person in common with it, a few days after."""
    by_key: dict[tuple[str, int], list[Read]] = defaultdict(list)
    for meeting in meetings:
        for key, day in product(who(meeting.seen), meeting.when.days):
            by_key[key, day.toordinal()].append(meeting)
    for read in reads:
        if read.id in found:
            continue
        places = product(who(read.seen), read.when.days, REACH)
        near = {m.id: m for key, day, back in places for m in by_key.get((key, day.toordinal() - back), ())}
        for name in sorted(near):
            meeting = near[name]
            # A recap that cannot be told from the call may still tell the same as the note that was.
            through_note = read.seen.kind == "email" and meeting.seen.kind == "note" and name in found
            if RANK[meeting.seen.kind] > RANK[read.seen.kind] or through_note:
                yield read, meeting


def _chosen(fits: Sequence[_Fit]) -> _Fit | Doubt | None:
    """The meeting that fits clearly best; a doubt when several fit, or when several could and none shows it."""
    best_of = {fit.meeting: fit for fit in sorted(fits, key=lambda fit: fit.score)}
    ranked = sorted(best_of.values(), key=lambda fit: (-fit.score, fit.meeting))
    if not ranked:
        return None
    best, names = ranked[0], tuple(sorted(best_of))
    if best.confidence < LINKED:
        if len(ranked) > 1 and ranked[1].confidence >= POSSIBLE:
            return Doubt(best.follower, names, ("Ambiguous: several meetings, and too little says which.",))
        unsure = best.confidence >= PLAUSIBLE
        return Doubt(best.follower, (best.meeting,), ("Too little says whether it tells of it.",)) if unsure else None
    if len(ranked) > 1 and ranked[1].confidence >= PLAUSIBLE and best.score - ranked[1].score < CLEAR:
        return Doubt(best.follower, names, ("Ambiguous: it fits more than one meeting.",))
    return best


def _fit(follower: Read, meeting: Read, gists: _Gists) -> _Fit | None:
    """Whether one can tell of the other, and how much speaks for it."""
    account = twins.same_account(follower.seen, meeting.seen)
    people = twins.same_people(follower.seen, meeting.seen)
    if account is False or not (account or people):
        return None
    time = _time(follower, meeting)
    if time is None:
        return None
    reasons = ["The account is the same." if account else "The same person took part.", time[1]]
    score = PRIOR + time[0]
    if people is False:
        score -= 1.5
        reasons.append("Other people are named.")
    during = time[0] == DURING
    if during and not people:
        score -= 1.0  # two reps may call one account at a time
    if follower.seen.kind == "chat" and during and people:
        return _Fit(follower.id, meeting.id, 2.5, (*reasons, "A chat with the same person during the call."))
    content, said = _content(follower, meeting, gists)
    score += TEMPER * content
    reasons.append(said)
    if follower.seen.kind == "email":
        if _RECAP.search("".join(follower.seen.texts[:1])[:600]):
            score += 0.5
            reasons.append("It opens as a recap does.")
        else:
            score -= 1.5
    same_rep = bool(follower.seen.rep) and follower.seen.rep == meeting.seen.rep
    if during and people and same_rep and content > -3 and meeting.seen.duration:
        score = max(score, 1.8)
        reasons.append("The rep cannot have been in two conversations at once.")
    return _Fit(follower.id, meeting.id, score, tuple(reasons))


def _content(follower: Read, meeting: Read, gists: _Gists) -> tuple[float, str]:
    """How much more likely the follower's telling words are if it tells of this meeting, as a logarithm."""
    taking_part = (*who(follower.seen), *who(meeting.seen), follower.seen.rep, meeting.seen.rep)
    dull = gists.dull | gist.stems(taking_part)
    note, whole = gists.of(follower) - dull, gists.of(meeting) - dull
    if RANK[meeting.seen.kind] >= RANK["chat"]:
        chance = 1 - exp(-len(whole) / CHANCE) + RECURRING
        other = min(chance, 0.9)
        own = max(SAID, other + (1 - other) * SAID)
    else:
        note, whole = sorted((note, whole), key=len)
        own, other = SUMMED_UP, ELSEWHERE
    hits = len(note & whole)
    weight = hits * log(own / other) + (len(note) - hits) * log((1 - own) / (1 - other))
    return weight, f"{hits} of its {len(note)} telling words are in both."


def _time(follower: Read, meeting: Read) -> tuple[float, str] | None:
    """What the times say, in logits; None when it cannot be: before the meeting, or too long after."""
    start, written = meeting.when.moment, follower.when.moment
    if start is not None and written is not None:
        end = start + (meeting.seen.duration or (ASSUMED_LENGTH if meeting.seen.kind == "call" else 0.0))
        if follower.seen.kind == "email" and written < start:
            return None
        if start - EARLY <= written <= end + LATE:
            return DURING, "It was written during the meeting or right after."
        if end < written <= end + SOON:
            return 0.7, "It was written within three hours after."
        if written < start:
            same = days.days_after(meeting.when, follower.when) == 0 and follower.seen.kind == "note"
            return (-1.5, "It was written earlier on the day.") if same else None
    gap = days.working_days_after(meeting.when, follower.when)
    longest = RECAP_DAYS if follower.seen.kind == "email" else 1 if follower.seen.kind == "note" else 0
    if gap is None or gap > longest:
        return None
    words = "It was written on the day." if gap == 0 else f"It was written {gap} working day{'s' * (gap > 1)} after."
    return -0.3 * gap, words

"""What is open in a deal: questions without an answer, objections that persist, rivals in play, silence.

What one would get wrong: a signal is judged by what was heard, not by what was not uploaded. So "today" is the newest
day that is known of any conversation, and what came last on a subject decides: an answer that was followed by the same
question again is no answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Literal, NamedTuple

from insights import wording
from insights.deals import Closed
from insights.records import stable_id
from insights.rivalry import Course

Type = Literal["question", "objection", "competitor", "silence"]
State = str  # of a question or objection: unanswered, deferred, persists; of a rival: its relation; of silence: silent

THEME = "theme:"
QUIET_DAYS = 30  # where an account has no rhythm of its own yet
SHORTEST_QUIET = 14
TIMES_USUAL = 3
FEWEST_DAYS = 3  # days with a conversation before an account has a rhythm: two gaps

# What each says, in the words that pages, files and the interface share.
DEFINITIONS: dict[tuple[str, str], tuple[str, str]] = {
    ("question", "unanswered"): (
        "Question without an answer",
        "A buyer asked, and when it was asked last nothing was said to it in that conversation.",
    ),
    ("question", "deferred"): ("Answer put off", "A buyer asked, and when it was asked last the answer was put off."),
    ("objection", "unanswered"): (
        "Objection without an answer",
        "A buyer objected in one conversation, and nothing was said to it there or since.",
    ),
    ("objection", "deferred"): (
        "Objection put off",
        "A buyer objected in one conversation, and the answer was put off.",
    ),
    ("objection", "persists"): (
        "Objection that persists",
        "The same objection on two days or more. It ends once it was answered and a later conversation passed without it.",
    ),
    ("competitor", "incumbent"): ("Rival in use", "The buyer said that they use it, and nothing since says otherwise."),
    ("competitor", "evaluating"): (
        "Rival being looked at",
        "The buyer said that they are looking at it, and nothing since says otherwise.",
    ),
    ("competitor", "switching_from"): ("On the way from a rival", "The buyer said that they are leaving it."),
    ("competitor", "switching_to"): ("On the way to a rival", "The buyer said that they are going over to it."),
    ("competitor", "comparison"): ("Rival compared", "It was compared with us, and nothing more is known."),
    ("competitor", "mention"): ("Rival named", "It was named, and nothing more is known."),
    ("silence", "silent"): (
        "Silence",
        f"No conversation for {TIMES_USUAL} times the account's usual pause and at least {SHORTEST_QUIET} days; where an account "
        f"has fewer than {FEWEST_DAYS} days with a conversation, for the days that are set.",
    ),
}  # fmt: skip


class Talk(NamedTuple):
    """A counted conversation of a deal; `day` is an ISO date, "" when unknown."""

    id: str
    day: str
    deal: str
    account: str
    name: str


class Raised(NamedTuple):
    """A question or an objection; `noted` says that it stands in a rep's note. `subject` is what it is about
    ("theme:12", or "label:price" while it is in no theme), `follow_up` answered, deferred, open, or "" where nothing is
    known. `sure` says that it was found with little doubt."""

    id: str
    kind: str
    subject: str
    name: str
    conversation: str
    follow_up: str
    noted: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing in one deal. `since` is the day from which it holds, `last` that on which it was heard last, `heard` in
    how many conversations; `evidence` are insights, the newest first. `days` and `usual` are those of silence.
    `is_open` is False once it ended: `ended` says how ("answered", "not heard again", "past", "won", "lost") and
    `ended_on` when. `noted` says that reps' notes alone tell of it: an answer that was given may not have been written
    down."""

    id: str
    type: Type
    state: State
    subject: str
    name: str
    account: str
    account_name: str
    deal: str
    since: str
    last: str
    heard: int
    evidence: tuple[str, ...]
    is_open: bool
    ended: str = ""
    ended_on: str = ""
    days: int | None = None
    usual: int | None = None
    noted: bool = False

    @property
    def title(self) -> str:
        return DEFINITIONS[self.type, self.state][0]

    @property
    def account_id(self) -> str:
        return account_id(self.account)

    @property
    def deal_id(self) -> str:
        return deal_id(self.deal)


IN_PLAY = {
    "incumbent": "in use", "evaluating": "being looked at", "switching_from": "being left",
    "switching_to": "being gone over to",
    "comparison": "compared", "mention": "named",
}  # fmt: skip


def in_short(signals: Sequence[Signal], *, today: date, heard: str = "") -> tuple[str, ...]:
    """Open signals in a few words each, the telling ones first: "silent since 14 Oct 2025 (69 days)", "1 objection that
    persists".

    Silence is a deal's: where the account was `heard` after that deal was, it is told as the deal's; where it was not,
    that day stands beside it and is not said again. Its days are today's."""
    silent = [one.last for one in signals if one.type == "silence"]
    told = [
        f"silent for {wording.plural(days_since(day, today), 'day')}" if heard else f"silent since {_since(day, today)}"
        for day in silent
        if day >= heard
    ]
    if late := [day for day in silent if day < heard]:
        deals = (
            "one deal silent since"
            if len(late) == 1
            else f"{wording.plural(len(late), 'deal')} silent, the longest since"
        )
        told.append(f"{deals} {_since(min(late), today)}")
    of = Counter((one.type, one.state) for one in signals)
    if n := of["objection", "persists"]:
        told.append(f"{wording.plural(n, 'objection')} that {'persists' if n == 1 else 'persist'}")
    if n := of["objection", "unanswered"]:
        told.append(f"{wording.plural(n, 'objection')} without an answer")
    if n := of["question", "unanswered"]:
        told.append(f"{wording.plural(n, 'question')} without an answer")
    if n := of["objection", "deferred"]:
        told.append(f"{wording.plural(n, 'objection')} put off")
    if n := of["question", "deferred"]:
        told.append(f"{wording.plural(n, 'answer')} put off")
    told += [f"{one.name} {IN_PLAY[one.state]}" for one in signals if one.type == "competitor"]
    return tuple(told)


def _since(day: str, today: date) -> str:
    return f"{wording.day(day)} ({wording.plural(days_since(day, today), 'day')})"


def days_since(day: str, today: date) -> int:
    """Days from one on which something was heard to today."""
    return max(0, (today - date.fromisoformat(day)).days)


def account_id(key: str) -> str:
    """What an account is known by in an address."""
    return stable_id("account", key)


def deal_id(key: str) -> str:
    return stable_id("deal", key)


def usual_pause(days: Sequence[str]) -> int | None:
    """The median pause of an account in days, from the days on which it was talked to; None with fewer than three."""
    known = sorted({date.fromisoformat(day) for day in days if day})
    if len(known) < FEWEST_DAYS:
        return None
    return max(1, round(median((later - earlier).days for earlier, later in pairwise(known))))


def longest_pause(usual: int | None, quiet_days: int = QUIET_DAYS) -> int:
    """After how many days without a conversation an account is silent."""
    return quiet_days if usual is None else max(SHORTEST_QUIET, TIMES_USUAL * usual)


def signals(
    talks: Sequence[Talk], raised: Sequence[Raised], courses: Sequence[Course], closed: Mapping[str, Closed], *,
    as_of: str,
    quiet_days: int = QUIET_DAYS,
) -> list[Signal]:  # fmt: skip
    """All signals of all deals, ended ones too. `as_of` is the newest day that is known."""
    return in_order([*told(talks, raised, courses, closed), *silences(talks, closed, as_of, quiet_days)])


def in_order(found: Iterable[Signal]) -> list[Signal]:
    """The open ones first, and those first that were heard last."""
    ordered = sorted(found, key=lambda one: one.id)
    ordered.sort(key=lambda one: one.last, reverse=True)
    return sorted(ordered, key=lambda one: not one.is_open)


def told(
    talks: Sequence[Talk], raised: Sequence[Raised], courses: Sequence[Course], closed: Mapping[str, Closed]
) -> list[Signal]:
    """The signals of what was said, ended ones too."""
    of = {talk.id: talk for talk in talks}
    by_deal = _by_deal(talks)
    groups: dict[tuple[str, str, str], list[Raised]] = defaultdict(list)
    for one in raised:
        if one.conversation in of:
            groups[of[one.conversation].deal, one.kind, one.subject].append(one)
    ends = {deal: max(talk.day for talk in mine) for deal, mine in by_deal.items()}
    found = [
        signal
        for (deal, _, _), group in groups.items()
        if (signal := _raised(group, of, by_deal[deal], closed.get(deal, ""), ends[deal]))
    ]
    found += [
        _rival(course, of, by_deal[course.deal][-1], closed.get(course.deal, ""), ends[course.deal])
        for course in courses if course.deal in by_deal
    ]  # fmt: skip
    return found


def silences(talks: Sequence[Talk], closed: Mapping[str, Closed], as_of: str, quiet_days: int) -> list[Signal]:
    """The open deals that nobody has been heard in for too long; all that was said by their accounts must be there."""
    by_account: dict[str, list[str]] = defaultdict(list)
    for talk in talks:
        by_account[talk.account].append(talk.day)
    usuals = {account: usual_pause(days) for account, days in by_account.items()}
    found = [
        _silence(mine, usuals[mine[0].account], as_of, quiet_days)
        for deal, mine in _by_deal(talks).items() if not closed.get(deal)
    ]  # fmt: skip
    return [one for one in found if one]


def _by_deal(talks: Sequence[Talk]) -> Mapping[str, list[Talk]]:
    found: dict[str, list[Talk]] = defaultdict(list)
    for talk in talks:
        found[talk.deal].append(talk)
    return found


def doubtful(talks: Sequence[Talk], raised: Sequence[Raised]) -> set[str]:
    """Ids of objections that nothing bears out: none like it in their deal is sure, and no theme was heard in a second
    conversation. One such is more often the finder's slip than the buyer's objection (benchmarks/SIGNALS.md)."""
    deals = {talk.id: talk.deal for talk in talks}
    groups: dict[tuple[str, str], list[Raised]] = defaultdict(list)
    for one in raised:
        if one.kind == "objection" and one.conversation in deals:
            groups[deals[one.conversation], one.subject].append(one)
    again = {
        key
        for key, group in groups.items()
        if key[1].startswith(THEME) and len({one.conversation for one in group}) > 1
    }
    return {
        one.id for key, group in groups.items() if key not in again and not any(o.sure for o in group) for one in group
    }


def shown_by(
    talks: Sequence[Talk], raised: Sequence[Raised], courses: Sequence[Course], *, quiet_days: int = QUIET_DAYS
) -> dict[tuple[str, str], set[str]]:
    """Per sort of signal, the deals that showed it at some time: what its association with the outcome is judged by."""
    of = {talk.id: talk for talk in talks}
    found: dict[tuple[str, str], set[str]] = {key: set() for key in DEFINITIONS}
    days: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in raised:
        if (talk := of.get(one.conversation)) is None:
            continue
        if one.follow_up in ("open", "deferred"):
            found[one.kind, "unanswered" if one.follow_up == "open" else "deferred"].add(talk.deal)
        if one.kind == "objection" and talk.day and one.subject.startswith(THEME):
            days[talk.deal, one.subject].add(talk.day)
    found["objection", "persists"] = {deal for (deal, _), heard in days.items() if len(heard) > 1}
    for course in courses:
        for state in {state for _, _, state in course.states}:
            if ("competitor", state) in found:
                found["competitor", state].add(course.deal)
    by_account: dict[str, list[str]] = defaultdict(list)
    by_deal: dict[str, list[Talk]] = defaultdict(list)
    for talk in talks:
        by_account[talk.account].append(talk.day)
        by_deal[talk.deal].append(talk)
    for deal, mine in by_deal.items():
        limit = longest_pause(usual_pause(by_account[mine[0].account]), quiet_days)
        dates = sorted({date.fromisoformat(t.day) for t in mine if t.day})
        if any((b - a).days > limit for a, b in pairwise(dates)):
            found["silence", "silent"].add(deal)
    return found


def _raised(
    group: Sequence[Raised], of: Mapping[str, Talk], talks: Sequence[Talk], outcome: Closed, end: str
) -> Signal | None:  # fmt: skip
    """A question or an objection of one deal, whose last day is `end`; None where it was settled in the conversation it
    came up in."""
    if len(group) == 1 and group[0].follow_up not in ("open", "deferred"):
        return None
    ordered = sorted(group, key=lambda one: (of[one.conversation].day, one.conversation, one.id))
    heard = {one.conversation: of[one.conversation] for one in ordered}
    days = sorted({talk.day for talk in heard.values() if talk.day})
    newest = of[ordered[-1].conversation]
    told = {one.follow_up for one in ordered if of[one.conversation].day == newest.day}
    answer = next((one for one in ("answered", "deferred", "open") if one in told), "")
    # Two of one label need not be the same objection: only a theme says that.
    persists = ordered[0].kind == "objection" and len(days) > 1 and ordered[0].subject.startswith(THEME)
    if not persists and answer not in ("open", "deferred"):
        # It was open before, and was answered when it came up again.
        was_open = any(one.follow_up in ("open", "deferred") for one in ordered[:-1]) and len(heard) > 1
        if not was_open or answer != "answered":
            return None
    state = "persists" if persists else "deferred" if answer == "deferred" else "unanswered"
    ended, ended_on = "", ""
    if outcome:
        ended, ended_on = outcome, end
    elif persists and answer == "answered":
        later = min((talk.day for talk in talks if newest.day and talk.day > newest.day), default="")
        ended, ended_on = ("not heard again", later) if later else ("", "")
    elif not persists and answer == "answered":
        ended, ended_on = "answered", newest.day
    return _signal(
        ordered[0].kind, state, ordered[0].subject, ordered[0].name, newest, days[0] if days else "", newest.day,
        len(heard),
        [one.id for one in reversed(ordered)], ended, ended_on, noted=all(one.noted for one in ordered),
    )  # fmt: skip


def _rival(course: Course, of: Mapping[str, Talk], newest: Talk, outcome: Closed, end: str) -> Signal:
    """A rival of one deal, since the day on which its present state was told first. `end` is the deal's last day,
    `newest` its last conversation."""
    state = course.last
    since = course.states[-1][0]
    for day, _, told in reversed(course.states):
        if told != state:
            break
        since = day
    ended, ended_on = "", ""
    if outcome:
        ended, ended_on = outcome, end
    elif state == "past":
        ended, ended_on = "past", since
    talk = of.get(course.states[-1][1], newest)
    shown = state if ("competitor", state) in DEFINITIONS else "mention"
    ids = [one.id for one in reversed(course.mentions)]
    heard = len({one.conversation for one in course.mentions})
    return _signal(
        "competitor", shown, course.rival, course.rival, talk, since, course.states[-1][0], heard, ids, ended, ended_on
    )


def _silence(talks: Sequence[Talk], usual: int | None, as_of: str, quiet_days: int) -> Signal | None:
    newest = max(talks, key=lambda talk: (talk.day, talk.id))
    if not newest.day or not as_of:
        return None
    days = (date.fromisoformat(as_of) - date.fromisoformat(newest.day)).days
    if days <= longest_pause(usual, quiet_days):
        return None
    # A new pause is a new signal: one that was broken has ended.
    return _signal(
        "silence", "silent", newest.day, "", newest, newest.day, newest.day, 0, [], "", "", days=days, usual=usual
    )


def _signal(
    type: str, state: str, subject: str, name: str, talk: Talk, since: str, last: str, heard: int,
    evidence: Sequence[str],
    ended: str, ended_on: str, *, days: int | None = None, usual: int | None = None, noted: bool = False,
) -> Signal:  # fmt: skip
    return Signal(
        stable_id("signal", talk.deal, type, subject), type, state, subject, name, talk.account, talk.name, talk.deal, since,  # type: ignore[arg-type]
        last, heard, tuple(evidence), not ended, ended, ended_on, days, usual, noted,
    )  # fmt: skip

"""A change told in plain sentences made from its numbers: what, by how much, how sure, and what would make it wrong.

Nothing is generated: the same numbers always give the same words, and every number said is one that was counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from insights.periods import Period
from insights.sampling import Rate
from insights.trends import FALSE_DISCOVERY_RATE, SMALLEST_CHANGE_THAT_MATTERS, Change, Trend, Within
from insights.wording import change, every, human, interval, percent, plural, points, span
from insights.wording import day as told_day

NAMED = 3  # themes that moved, but not for sure
MUCH_OF_ONE_ACCOUNT = 0.2
MOSTLY_REPORTED = 0.6
MIX_WORTH_SAYING = 0.01
FEW = 15
DOUBTFUL = 0.8
UNITS = {"conversation": "conversation", "account": "account", "deal": "deal"}
HELD = {"channel": "kind of conversation", "conversations": "number of conversations"}
VERBS = {
    "rising": "rose from {before} to {now}",
    "falling": "fell from {before} to {now}",
    "new": "is new: {now}, not heard before",
    "gone": "was not heard: {now}, after {before}",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind a theme's change. Counts are of the current window's conversations that carry it.

    `largest` is how many one account holds, `unnamed` how many name none, `reported` how many are known from reps' notes alone. `mixed` names the
    fields whose mix was held constant. `edited` and `late` are what edits of themes and late uploads have changed of
    the previous window's `first_said` (numerator, denominator). `passed` and `days` are set where the current window is
    unfinished. `right` is the share that reviewers found right, None where nobody looked. `tested` is how many themes
    were tested together. `among` is the value of a field that it is told of ("mid-market"), "" for all.
    """

    name: str
    trend: Trend
    unit: str = "conversation"
    tested: int = 1
    largest: int = 0
    unnamed: int = 0
    reported: int = 0
    within: Within | None = None
    mixed: tuple[str, ...] = ()
    over_year: Trend | None = None
    first_said: tuple[int, int] | None = None
    edited: int = 0
    late: int = 0
    passed: int = 0
    days: int = 0
    right: float | None = None
    among: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A change in words: one sentence on what, one on how sure, and those on what would make it wrong, if anything
    would."""

    what: str
    sure: str
    wrong: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return (self.what, self.sure, *self.wrong)


def tell(evidence: Evidence) -> Told:
    """Put a rising, falling, new or gone theme into words."""
    return Told(_what(evidence), _sure(evidence), tuple(_doubts(evidence)))


def among(value: str, trend: Trend) -> str:
    """What moved in one part of the customers alone: "rising in mid-market, from 1 of 61 (1.6 %) to 17 of 71 (24
    %)"."""
    now, before = (
        f"{r.numerator:,} of {r.denominator:,} ({percent(r.share)})" for r in (trend.current, trend.previous)
    )
    return f"{trend.verdict} in {value}, from {before} to {now}"


def by_itself(value: str, trend: Trend) -> str:
    """What is sure in one part of the customers when that part is looked at alone, as a sentence."""
    return f"Looked at by itself: {among(value, trend)}."


def differs(name: str, groups: tuple[str, str], rates: tuple[Rate, Rate], difference: Change) -> str:
    """What one of two groups of conversations surely says more than the other, as a sentence: that group first."""
    (one, first), (other, second) = ((r, f"({percent(r.share)}, {interval(r)})") for r in rates)
    first = f"{one.numerator:,} of {plural(one.denominator, 'conversation')} {first}"
    second = f"{other.numerator:,} of {other.denominator:,} {second}"
    apart = [abs(100 * end) for end in (difference.difference, difference.low, difference.high) if end is not None]
    told = f"{apart[0]:.1f} points apart ({min(apart[1:]):.1f} to {max(apart[1:]):.1f})" if len(apart) == 3 else ""
    return f"“{name}” is heard more in {groups[0]} than in {groups[1]}: in {first} against {second}, {told}."


def overall(trend: Trend) -> str:
    """What a theme does over all segments, beside what it does in one, as a sentence."""
    now, before = (
        f"{r.numerator:,} of {r.denominator:,} ({percent(r.share)})" for r in (trend.current, trend.previous)
    )
    says = trend.verdict if trend.verdict != "too few" else "not sure"
    return f"Over all segments: {says}, from {before} to {now}."


def _what(e: Evidence) -> str:
    now, before, noun = e.trend.current, e.trend.previous, UNITS[e.unit]
    parts = {
        "now": f"{now.numerator:,} of {plural(now.denominator, noun)} ({percent(now.share)})",
        "before": f"{before.numerator:,} of {before.denominator:,} ({percent(before.share)})",
    }
    moved = f": {change(e.trend.change)}" if e.trend.verdict in ("rising", "falling") else ""
    among = f" (in {e.among})" if e.among else ""
    return f"“{e.name}”{among} {VERBS[e.trend.verdict].format(**parts)}{moved}."


def _sure(e: Evidence) -> str:
    q = e.trend.change.q
    false = "fewer than 1 in 1,000" if q is not None and q < 0.001 else f"about {percent(q)}"
    what = "themes and segments" if e.among else "themes"
    together = f"{e.tested:,} {what} were tested together" if e.tested > 1 else "nothing else was tested"
    return (
        f"How sure: {_speaking(e)}{together}, and of changes as clear as this one {false} are "
        f"expected to be false alarms (above {percent(FALSE_DISCOVERY_RATE)} nothing is called a change)."
    )


def _speaking(e: Evidence) -> str:
    """How many accounts carry it; a conversation that names none counts as one of its own, and is told apart."""
    if not e.trend.accounts:
        return ""
    named = max(0, e.trend.accounts - e.unnamed)
    noun = "deal" if e.unit == "deal" else "conversation"
    verb = "stands" if e.trend.accounts == 1 else "stand"
    if not e.unnamed:
        return f"{plural(named, 'account')} {verb} behind it now; "
    name = "names" if e.unnamed == 1 else "name"
    if not named:
        return f"{plural(e.unnamed, noun)} that {name} no account {verb} behind it now; "
    return f"{plural(named, 'account')}, and {plural(e.unnamed, noun)} that {name} none, {verb} behind it now; "


def _doubts(e: Evidence) -> list[str]:
    now, found = e.trend.current.numerator, []
    cases = max(now, e.trend.previous.numerator)
    if e.passed and e.days:
        found.append(
            f"Conversations cover {e.passed} of the period’s {e.days} days, compared with the same days of the one before."
        )
    if cases < FEW:
        found.append(f"It rests on {plural(cases, UNITS[e.unit])}: a few more or fewer would change it.")
    if now and e.largest > 1 and e.largest / now >= MUCH_OF_ONE_ACCOUNT:
        held = every(now) if e.largest == now else f"{e.largest} of the {now}"
        found.append(f"One account holds {held}; the interval is widened for that.")
    if now and e.reported / now >= MOSTLY_REPORTED:
        among = (
            f"{e.reported} of the {now}" if e.reported < now else every(now).capitalize() if now > 1 else "The only one"
        )
        found.append(
            f"{among} of the newer period {'are' if now > 1 else 'is'} known from reps’ notes alone, not from the buyers’ own words."
        )
    found += _mix(e)
    if e.over_year and e.trend.change.difference and not _same_way(e.over_year, e.trend):
        year = e.over_year
        found.append(
            f"A year ago it was {percent(year.previous.share)} ({year.previous.numerator} of {year.previous.denominator}), "
            "so the season may play a part."
        )
    if e.first_said and (e.edited or e.late):
        found.append(_restated(e))
    if e.right is not None and e.right < DOUBTFUL:
        found.append(f"Reviewers found {percent(e.right)} of its quotes right.")
    return found


def _mix(e: Evidence) -> list[str]:
    held = e.within
    if held is None or abs(held.mix) < MIX_WORTH_SAYING or e.trend.change.difference is None:
        return []
    fields = " and ".join(HELD.get(name) or human(name).lower() for name in e.mixed)
    mix, whole = (points(abs(value)).lstrip("+") for value in (held.mix, e.trend.change.difference))
    like = f"among like ones it is {points(held.difference)} points ({points(held.low)} to {points(held.high)})."
    if held.mix * e.trend.change.difference < 0:
        return [f"A changed mix of {e.unit}s (by {fields}) worked {mix} points against it; {like}"]
    return [f"{mix} of the {whole} points come of a changed mix of {e.unit}s (by {fields}); {like}"]


def _same_way(year: Trend, trend: Trend) -> bool:
    """Whether the change also stands out against a year ago, or nothing can be said about it."""
    if year.verdict == "too few" or year.change.difference is None or trend.change.difference is None:
        return True
    return year.verdict != "steady" and year.change.difference * trend.change.difference > 0


def _restated(e: Evidence) -> str:
    assert e.first_said is not None
    numerator, denominator = e.first_said
    parts = []
    if e.edited:
        parts.append(f"edits of themes {'added' if e.edited > 0 else 'took away'} {abs(e.edited)}")
    if e.late:
        parts.append(f"later uploads {'added' if e.late > 0 else 'took away'} {abs(e.late)}")
    return f"The window before was first counted as {numerator} of {denominator}; since then {' and '.join(parts)}."


def opening(
    *,
    noun: str,
    changed: int,
    steady: int,
    too_few: int,
    span: str,
    before: str,
    unsure: Sequence[str] = (),
    alone: int = 0,
) -> str:
    """How many themes of a report changed, held steady, moved but not for sure (`unsure`, their names), or cannot be judged at all;
    `alone` is how many of the others changed in one segment only."""
    total = changed + steady + too_few + len(unsure)
    if not total:
        return f"No {noun} was heard ({span})."
    one = "it" if total == 1 else ""  # of one theme nothing is counted
    told = [
        f"{one or f'{steady:,}'} held steady (a change of {SMALLEST_CHANGE_THAT_MATTERS * 100:.0f} points or more is ruled out)"
        * bool(steady),
        f"{one or f'{len(unsure):,}'} moved, but not for sure ({', '.join(f'“{name}”' for name in unsure[:NAMED])}{', …' * (len(unsure) > NAMED)})"
        * bool(unsure),
        f"{one or f'{too_few:,}'} had too little evidence for a verdict" * bool(too_few),
    ]
    *more, last = [*filter(None, told)] or [""]
    also = "; " * bool(last) + ", ".join(more) + " and " * bool(more) + last
    whole = " as a whole" * bool(alone)
    if total == 1:
        what = f"The one {noun} {'changed' if changed else f'did not change for sure{whole}'}"
    elif changed:
        what = f"{changed:,} of {plural(total, noun)} changed"
    else:
        what = f"None of {plural(total, noun)} changed for sure{whole}"
    apart = f" In one segment alone, {alone:,} {'theme' if alone == 1 else 'themes'} changed." if alone else ""
    return f"{what} ({span}, compared with {before}){also}.{apart}"


def forgotten(day: str) -> str:
    """Quotes went on an ISO day because whoever said them was forgotten. Which themes they were in is not told: it is
    nobody's to know any more."""
    return (
        f"Somebody was forgotten on {told_day(day)}: what they said counts in no period any more, "
        "so an earlier report can show more."
    )


def hole(between: Period) -> str:
    """That a stretch of the windows has no conversation at all, so that before and after may be others who are
    heard."""
    return (
        f"From {span(between)} there is no conversation: what is on its two sides may come from other sources, teams or "
        "customers, and a change may be no more than that."
    )


def waiting(*, now: float, before: float) -> str:
    """That many more quotes of one window are in no theme yet, which alone makes rates look lower there."""
    which, way = ("this period", "falls look larger and rises smaller") if now > before else (
        "the period before", "rises look larger and falls smaller",
    )  # fmt: skip
    return (
        f"More quotes of {which} wait for a theme ({percent(now)} of this period’s, {percent(before)} of those before), "
        f"so {way} than they are."
    )

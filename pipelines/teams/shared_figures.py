"""Each of the numbers that both teams look at, defined once and worked out as of a day (`pipelines.teams.shared`
publishes them)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlite_utils import Database

from insights import outcomes, persistence, sampling, trends, wording
from insights.outcomes import Deal
from insights.persistence import Spell
from insights.sampling import LEVEL, Rate
from insights.trends import FALSE_DISCOVERY_RATE
from pipelines import plan
from pipelines.planning import content
from pipelines.reports import material
from pipelines.reports.outcomes import closed_deals
from pipelines.store import competition_rows, outcome_rows, themes
from pipelines.store import plan as plan_store
from pipelines.store.filters import Filters
from pipelines.store.remembered import per_state

DAYS, DEAL_DAYS = 90, 365
TOP = 10
FEWEST_HEARD = 3  # conversations before a theme counts as heard
FEWEST = 10  # that a share rests on, before it says something
NOT_READY = ("need", "budget", "authority", "timing")

# Title, definition, unit, and whether less is better.
FIGURES: dict[str, tuple[str, str, str, bool]] = {
    "coverage": (
        "Top objections with content",
        f"Of the {TOP} objections heard in most conversations of the last {DAYS} days, how many a page of ours answers. All are counted, none is "
        "estimated, so there is no interval. A page of which only the title is known is not judged. Pages are those known when it is worked out: worked out later for a past month, today’s. What was published of a month stays as it was then.",
        "share", False,
    ),
    "time": (
        "From first heard to published",
        f"Days from the first conversation with an objection or question (heard in {FEWEST_HEARD} or more) until content on it was noted as published in the "
        "plan. The median over all of them, those not published yet counted as waiting.",
        "days", True,
    ),
    "answered": (
        "Objections answered",
        f"Of the conversations of the last {DAYS} days in which a buyer objected, those in which our side said something to at least one objection. "
        "Notes rarely say so, so conversations known from notes pull it down.",
        "share", False,
    ),
    "won_answered": (
        "Won with every objection answered",
        f"Of closed deals heard in the last {DEAL_DAYS} days with an objection: the share won where every objection was answered at some time, and where one was "
        "not. What goes together is not shown to cause anything.",
        "pair", False,
    ),
    "won_material": (
        "Won with our material brought up",
        f"Of closed deals heard in the last {DEAL_DAYS} days: the share won where our side brought up a page, deck or other material, and where it did not. What "
        "goes together is not shown to cause anything.",
        "pair", False,
    ),
    "leads": (
        "New accounts that named no obstacle",
        f"Of accounts heard for the first time in the last {DAYS} days: those whose first conversation names no lack of need, budget, authority or time. It says "
        "how ready they sounded, not whether they fit; a lead that was never talked to is not in it.",
        "share", False,
    ),
    "use": (
        "Conversations in which reps bring up content",
        f"Of the conversations of the last {DAYS} days, those in which our side brought up a page, deck, case study or other material of ours, as far as rules can "
        "tell. Of a rep’s note, what it says was sent, shown or promised counts; what it tells of the buyer does not.",
        "share", False,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed on of one figure. A target is in its unit (a share in [0, 1], days), None without one."""

    on: bool = True
    owner: str = ""
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval, all None where it cannot be told; `of` how many it rests on, `count` how many of
    them. Of a pair, `without` is the other share and `standing` what may be said of the two. `note` says what is
    missing."""

    key: str
    title: str
    definition: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    count: int
    of: int
    without: Rate | None = None
    standing: str = ""
    note: str = ""
    agreed: Agreed = field(default_factory=Agreed)

    @property
    def reached(self) -> str:
        """ "yes", "no", or "open" where the interval holds the target; "" where there is none or no number."""
        target = self.agreed.target
        if target is None or self.value is None:
            return ""
        low, high = (
            (self.low, self.high) if self.low is not None and self.high is not None else (self.value, self.value)
        )
        less = FIGURES[self.key][3]
        if (high <= target) if less else (low >= target):
            return "yes"
        return "no" if ((low > target) if less else (high < target)) else "open"


@dataclass(frozen=True, slots=True)
class Rep:
    """One rep's own figures, for who may see them."""

    name: str
    answered: Rate
    use: Rate


@per_state
def figures(db: Database, day: str) -> tuple[Figure, ...]:
    """Every figure as of a day."""
    end = date.fromisoformat(day)
    recent = Filters(since=_back(end, DAYS), until=day)
    closing = Filters(since=_back(end, DEAL_DAYS), until=day)
    pairs = _together([_won_answered(db, closing, end), _won_material(db, closing, end)])
    return (
        _coverage(db, recent), _time(db, end), _answered(db, recent), *pairs, _leads(db, recent), _use(db, recent, end),
    )  # fmt: skip


def by_rep(db: Database, day: str) -> list[Rep]:
    """The figures that can be told of one rep, of everybody: whoever shows them asks `reps.may_see` first."""
    end = date.fromisoformat(day)
    recent = Filters(since=_back(end, DAYS), until=day)
    talks = outcome_rows.talks(db, recent)
    objected = _objected(db, recent)
    named = material.brought_up(db, recent, today=end)
    found = []
    for name in sorted({talk.rep for talk in talks if talk.rep}, key=str.casefold):
        mine = [talk for talk in talks if talk.rep == name]
        answers = [(t.id, t.account, objected[t.id]) for t in mine if t.id in objected]
        found.append(Rep(name, _rate(answers), _rate([(t.id, t.account, t.id in named) for t in mine])))
    return found


def _coverage(db: Database, recent: Filters) -> Figure:
    heard: dict[int, set[str]] = defaultdict(set)
    for row in plan_store.carried(db, replace(recent, kind="objection")):
        heard[row["theme_id"]].add(row["id"])
    active = {theme.id for theme in themes.active(db, "objection")}
    top = sorted(active & heard.keys(), key=lambda theme: (-len(heard[theme]), theme))[:TOP]
    states = [one.state for one in content.covered(db, top).values()]
    if not top:
        return _figure("coverage", note="No objection was heard in this time.")
    if "unknown" in states:
        return _figure("coverage", of=len(top), note="No content is known: upload your pages in the plan.")
    covered = states.count("covered")
    more = {
        "in part": states.count("partly"),
        "not judged, since only the title of a page is known": states.count("title only"),
    }
    return _figure(
        "coverage",
        value=covered / len(top),
        count=covered,
        of=len(top),
        note=". ".join(f"{n} more {how}" for how, n in more.items() if n) + "." * any(more.values()),
    )


def _time(db: Database, end: date) -> Figure:
    until = Filters(until=end.isoformat())
    days = {one.id: one.day for one in competition_rows.conversations(db, until) if one.day}
    heard: dict[int, set[str]] = defaultdict(set)
    for row in plan_store.carried(db, until):
        if row["kind"] in plan.KINDS and row["id"] in days:
            heard[row["theme_id"]].add(row["id"])
    active = {theme.id for kind in plan.KINDS for theme in themes.active(db, kind)}
    out: dict[int, str] = {}
    for said in plan.standing(plan.notes_of(db)).values():
        if said.status == "published" and said.day and said.day <= end.isoformat():
            out[said.theme_id] = min(said.day, out.get(said.theme_id, said.day))
    spells = []
    for theme, ids in heard.items():
        if theme in active and len(ids) >= FEWEST_HEARD:
            first = date.fromisoformat(min(days[one] for one in ids))
            last = date.fromisoformat(out[theme]) if theme in out else end
            spells.append(Spell(max(0, (last - first).days), theme in out))
    told = persistence.answering(spells)
    note = "" if told.median is not None else "Content is published on fewer than half of them so far."
    if len(spells) < persistence.FEWEST_SPELLS:
        note = f"Too few themes to say: {persistence.FEWEST_SPELLS} are needed."
    return _figure(
        "time",
        value=told.median,
        low=told.median_low,
        high=told.median_high,
        count=told.answered,
        of=told.spells,
        note=note,
    )


def _answered(db: Database, recent: Filters) -> Figure:
    objected = _objected(db, recent)
    accounts = {one.id: one.account for one in competition_rows.conversations(db, recent)}
    return _share("answered", [(one, accounts[one], was) for one, was in objected.items() if one in accounts])


def _objected(db: Database, filters: Filters) -> dict[str, bool]:
    """The conversations with an objection, and whether our side said something to at least one."""
    found: dict[str, bool] = {}
    for one in outcome_rows.raised(db, replace(filters, kind="objection"), by="label"):
        found[one.conversation] = found.get(one.conversation, False) or one.answered
    return found


def _won_answered(db: Database, closing: Filters, end: date) -> tuple[str, list[Deal], set[str]]:
    deals, _ = closed_deals(db, closing, today=end)
    of = {one.id: one.deal for one in competition_rows.conversations(db, closing)}
    said: dict[str, dict[str, bool]] = defaultdict(dict)
    for one in outcome_rows.raised(db, replace(closing, kind="objection"), by="label"):
        if deal := of.get(one.conversation):
            said[deal][one.theme] = said[deal].get(one.theme, False) or one.answered
    return (
        "won_answered",
        [d for d in deals if d.key in said],
        {deal for deal, told in said.items() if all(told.values())},
    )


def _won_material(db: Database, closing: Filters, end: date) -> tuple[str, list[Deal], set[str]]:
    deals, _ = closed_deals(db, closing, today=end)
    named = material.brought_up(db, closing, today=end)
    of = {one.id: one.deal for one in competition_rows.conversations(db, closing)}
    return "won_material", deals, {of[one] for one in named if one in of}


def _together(groups: Sequence[tuple[str, list[Deal], set[str]]]) -> list[Figure]:
    """Shares won with and without something, all of them tested together."""
    found = [(key, outcomes.associations(deals, [keys])[0]) for key, deals, keys in groups]
    q_values = trends.adjusted([one.p for _, one in found])
    made = []
    for (key, one), q in zip(found, q_values, strict=True):
        with_it, without = _turned(one.with_it), _turned(one.without)
        sure = q is not None and q <= FALSE_DISCOVERY_RATE and one.p is not None and one.p <= 1 - LEVEL
        ratio = one.odds.ratio
        standing = "too few" if one.standing == "too few" else "no association"
        if sure and ratio is not None:
            standing = "lost more" if ratio > 1 else "won more"
        more = wording.plural(one.needed, "more closed deal") if one.needed else ""
        note = f"{more} {'is' if one.needed == 1 else 'are'} needed before the two can be compared." if more else ""
        made.append(
            _figure(
                key, value=with_it.share, low=with_it.low, high=with_it.high, count=with_it.numerator,
                of=with_it.denominator,
                without=without, standing=standing, note=note,
            )
        )  # fmt: skip
    return made


def _turned(lost: Rate) -> Rate:
    """The share won from the share lost."""
    low = None if lost.high is None else 1 - lost.high
    high = None if lost.low is None else 1 - lost.low
    return Rate(lost.denominator - lost.numerator, lost.denominator, low, high)


def _leads(db: Database, recent: Filters) -> Figure:
    first: dict[str, tuple[str, str]] = {}
    for one in competition_rows.conversations(db, Filters(until=recent.until)):
        if one.day and one.name:
            first.setdefault(one.account, (one.day, one.id))
    new = {id: account for account, (day, id) in first.items() if day >= recent.since}
    labels = replace(recent, kind="objection", label=",".join(NOT_READY))
    stopped = {one.conversation for one in outcome_rows.raised(db, labels, by="label")}
    return _share("leads", [(id, account, id not in stopped) for id, account in new.items()])


def _use(db: Database, recent: Filters, end: date) -> Figure:
    named = material.brought_up(db, recent, today=end)
    heard = competition_rows.conversations(db, recent)
    return _share("use", [(one.id, one.account, one.id in named) for one in heard])


def _share(key: str, rows: Sequence[tuple[str, str, bool]]) -> Figure:
    rate = _rate(rows)
    note = "" if rate.denominator else "Nothing was heard in this time that it could be counted from."
    if 0 < rate.denominator < FEWEST:
        note = f"Too few to say: it rests on fewer than {FEWEST}."
    return _figure(
        key, value=rate.share, low=rate.low, high=rate.high, count=rate.numerator, of=rate.denominator, note=note
    )


def _rate(rows: Sequence[tuple[str, str, bool]]) -> Rate:
    return sampling.rate(sampling.sample(rows))


def _figure(
    key: str, *, value: float | None = None, low: float | None = None, high: float | None = None, count: int = 0,
    of: int = 0,
    without: Rate | None = None, standing: str = "", note: str = "",
) -> Figure:  # fmt: skip
    title, definition, unit, _ = FIGURES[key]
    return Figure(key, title, definition, unit, value, low, high, count, of, without, standing, note)


def _back(end: date, days: int) -> str:
    return (end - timedelta(days=days - 1)).isoformat()

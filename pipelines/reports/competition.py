"""The competition report: who else is there, how it moves, where deals are won and lost beside it, and what to look at.

Every figure that is no plain filter has a key in `evidence`: the insights it was counted from, to be read. Names that
no catalogue lists are only proposed; without any catalogue those that three accounts named stand in for it, marked as
such.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlite_utils import Database

from insights import rivalry, sampling, trends
from insights.deals import Closed
from insights.language.names import do_it_yourself
from insights.periods import Period, calendar, compared
from insights.records import Company
from insights.rivalry import NOT_NAMED, TELLING, Course, Mention, Part
from insights.sampling import Rate, Sample
from insights.trends import Trend
from pipelines.catalogue import names
from pipelines.report import EARLIEST, MOST_PERIODS, Row, TrendReport, span_of
from pipelines.reports.beside_rivals import near, together
from pipelines.reports.competition_figures import (
    Compared,
    Competition,
    Conflict,
    Evidence,
    First,
    Flow,
    Stand,
    Voice,
    Wins,
)
from pipelines.reports.rival_words import directed
from pipelines.store import company, competition_rows
from pipelines.store.competition_rows import Beside, Heard
from pipelines.store.covered import is_covered
from pipelines.store.filters import Filters, options
from pipelines.store.remembered import per_state

YOURSELF, NO_DECISION, NOBODY = "Do it yourself", "Staying as they are", "No rival named"
FEWEST_ACCOUNTS_UNLISTED = 3
FEW_A_MONTH = 20
MOST_TOGETHER, MOST_PROPOSED = 12, 5
CLOSED: tuple[Closed, ...] = ("won", "lost", "")


def base_filters(filters: Filters) -> Filters:
    """Without what concerns a single insight of another kind; a competitor chosen narrows the rows, not what they are
    of."""
    return replace(filters, kind="", theme="", label="", follow_up="", q="", competitor="", relation="")


@per_state
def competition(
    db: Database, filters: Filters, *, today: date, step: str = "", days: int | None = None
) -> Competition | None:
    """Work the report out. `step` is a week, month or quarter, "" for what the numbers can bear; `days` the length of
    the windows. Returns None where no conversation matches."""
    return _Work(db, filters, today, step, days).report()


class _Work:
    """What the parts of one report share: conversations, mentions under the names of rows, outcomes, the evidence."""

    def __init__(self, db: Database, filters: Filters, today: date, step: str, days: int | None):
        self.db, self.asked, self.today, self.step, self.days = db, filters, today, step, days
        self.filters = base_filters(filters)
        wide = replace(self.filters, since="", until="")
        self.known = company.load(db)
        latest = filters.until or today.isoformat()
        self.all = competition_rows.conversations(db, wide)
        self.heard = self.all[: bisect_right(self.all, latest, key=lambda h: h.day)]
        self.by_id = {h.id: h for h in self.heard}
        self.days_heard = [h.day for h in self.heard]  # ascending
        self.evidence = Evidence()
        found = [(m, source) for m, source in competition_rows.mentions(db, wide) if not m.day or m.day <= latest]
        self.rows = _rows_of(self.known, [m for m, _ in found])
        lowered = {name.lower(): title for title, stored in self.rows.items() for name in stored}
        titles = {name: lowered.get(name.lower()) for name in {m.rival for m, _ in found}}
        self.mentions = [
            (m if m.rival == title else m._replace(rival=title), source)
            for m, source in found
            if (title := titles[m.rival])
        ]
        self.shown = {title for title in self.rows if self._shown(title)}
        self.beside: list[Beside] = []

    def report(self) -> Competition | None:
        if not self.heard:
            return None
        since = self.asked.since
        heard = self.heard[bisect_left(self.heard, since, key=lambda h: h.day) :]
        inside = {h.id for h in heard}
        self.beside = [
            b
            for b in competition_rows.beside(self.db, replace(self.filters, since="", until=""))
            if b.conversation in self.by_id
        ]
        self.outcomes = competition_rows.closed(self.db)
        time = self._time()
        recent = [(m, source) for m, source in self.mentions if m.conversation in inside] if since else self.mentions
        named = [(m, source) for m, source in recent if m.rival in self.shown]
        # The windows look back as far as they must, whatever the first day: so do verdicts and moves between them.
        every = rivalry.courses(m for m, _ in self.mentions)
        everyone = rivalry.courses(m for m, _ in recent) if since else every
        whole, courses = ([c for c in some if self._shown(c.rival)] for some in (every, everyone))
        closed = {h.deal for h in heard if self.outcomes.get(h.deal)}
        silent = {d for d in closed if self.outcomes[d] == "lost"} - {m.deal for m, _ in self.mentions}
        earliest, latest = EARLIEST.isoformat(), self.today.isoformat()
        usable = [earliest <= h.day <= latest for h in heard]
        days = [h.day for h, fine in zip(heard, usable, strict=True) if fine]
        wins, without = self._wins(heard, everyone)
        stages, speakers = self._firsts(courses)
        shown, total = names.proposed(self.db, limit=MOST_PROPOSED)
        return Competition(
            self.asked, len(heard), len({h.deal for h in heard}), len(closed),
            len(heard) - sum(usable), len(self.known.competitors), time,
            *self._named(time), self._voices(time), self._stands(time, whole), self._flows(time, courses, whole),
            self._conflicts(courses), stages, speakers, together(heard, (m for m, _ in named), self.beside, self.evidence),
            near(named, self.beside, self.outcomes, self.evidence),
            self._compared(recent), wins, without, len(silent), sum(self.outcomes[d] == "lost" for d in closed),
            tuple((p.name, p.conversations, p.accounts) for p, _ in shown), total, self.evidence,
            days[0] if days else "", days[-1] if days else "",
        )  # fmt: skip

    def _shown(self, title: str) -> bool:
        if not self.asked.competitor:
            return True
        wanted = {name.lower() for name in options(self.asked.competitor)}
        return not wanted or bool(wanted & {title.lower(), *(name.lower() for name in self.rows.get(title, ()))})

    def _time(self) -> TrendReport | None:
        dated = self._within(Period("", EARLIEST, self.today, True))
        if not dated or self.asked.since > dated[-1].day:
            return None
        last, days = span_of(self.db, self.asked, self.today)
        spans = compared(last, days=self.days or days)
        first = date.fromisoformat(dated[0].day)
        step = self.step or _bearable(len({m.conversation for m, _ in self.mentions}), first, last)
        periods = calendar(first, last, step=step)[-MOST_PERIODS:]
        return TrendReport(
            "competitor", "", step, last, spans.current, spans.previous, periods, len(dated),
            len(self.heard) - len(dated), (), self.asked,
        )  # fmt: skip

    def _within(self, period: Period) -> list[Heard]:
        start, end = period.start.isoformat(), period.end.isoformat()
        days = self.days_heard
        return self.heard[bisect_left(days, start) : bisect_right(days, end)]

    def _named(self, time: TrendReport | None) -> tuple[int, int]:
        if time is None:
            return 0, 0
        naming = {m.conversation for m, _ in self.mentions}
        return tuple(sum(h.id in naming for h in self._within(p)) for p in (time.current, time.previous))  # type: ignore[return-value]

    def _voices(self, time: TrendReport | None) -> tuple[Voice, ...]:
        naming: dict[str, set[str]] = {title: set() for title in self.rows}
        for mention, _ in self.mentions:
            if mention.conversation in self.by_id:
                naming[mention.rival].add(mention.conversation)
        quiet = {b.conversation for b in self.beside if b.kind == "objection" and b.label == "status_quo"}
        carried = {**naming, NO_DECISION: quiet}
        any_named = set().union(*naming.values()) if naming else set()
        titles = [
            t for t in carried if carried[t] and (self._shown(t) or (t == NO_DECISION and not self.asked.competitor))
        ]
        if time is None:
            return ()
        spans = [self._within(p) for p in (time.current, time.previous, *time.periods)]
        parts = [_part(span) for span in spans]
        naming_parts = [_part([h for h in span if h.id in any_named]) for span in spans]
        pairs = [(parts[1].sample(carried[t]), parts[0].sample(carried[t])) for t in titles]
        period_of = {h.id: n for n, span in enumerate(spans[2:]) for h in span}
        start = time.current.start.isoformat()
        earlier = {h.id for h in self.heard if h.day < start}
        judged = trends.trends(pairs, ever_before=[not earlier.isdisjoint(carried[t]) for t in titles])
        return tuple(
            self._voice(title, trend, carried[title], parts, naming_parts, period_of)
            for title, trend in sorted(zip(titles, judged, strict=True), key=lambda pair: self._order(pair[0], carried))
        )

    def _order(self, title: str, carried: dict[str, set[str]]) -> tuple[int, int, str]:
        return (title == YOURSELF) + 2 * (title == NO_DECISION), -len(carried[title]), title

    def _voice(
        self, title: str, trend: Trend, carrying: set[str], parts: Sequence[Part], naming: Sequence[Part],
        period_of: Mapping[str, int],
    ) -> Voice:  # fmt: skip
        inside: list[list[str]] = [[] for _ in parts[2:]]
        for one in carrying:
            if (n := period_of.get(one)) is not None:
                inside[n].append(one)
        within = [carrying, carrying, *inside]
        series = tuple(sampling.rate(part.sample(mine)) for part, mine in zip(parts[2:], inside, strict=True))
        row = Row(0, title, "", "", trend, None, series, 0)
        said = [self.by_id[one] for one in carrying]
        days = [h.day for h in said if h.day]
        accounts = len({h.account for h in said})
        stored = self.rows.get(title, ())
        listed = title.lower() in {c.name.lower() for c in self.known.competitors}
        told = zip(naming, within, strict=True) if title != NO_DECISION else ()
        shares = [sampling.rate(part.sample(mine)) for part, mine in told]
        return Voice(
            title, stored, title not in (YOURSELF, NO_DECISION), listed, row, shares[0] if shares else None,
            shares[1] if shares else None, tuple(shares[2:]), min(days, default=""), len(carrying), accounts,
        )  # fmt: skip

    def _stands(self, time: TrendReport | None, courses: Sequence[Course]) -> tuple[Stand, ...]:
        spans = [
            (p.start.isoformat(), p.end.isoformat()) if p else ("", "9999")
            for p in ((time.current, time.previous) if time else (None, None))
        ]
        groups = _by_rival(courses)
        found: list[tuple[str, str, list[list[tuple[Course, str]]]]] = []
        for rival, group in groups.items():
            windows = [[(c, state) for c in group if (state := c.within(*span)) != NOT_NAMED] for span in spans]
            for state in TELLING:
                if any(said == state for window in windows for _, said in window) or any(
                    c.last == state for c in group
                ):
                    found.append((rival, state, windows))
        pairs = [(_states(windows[1], state), _states(windows[0], state)) for _, state, windows in found]
        start = spans[0][0]
        # A rival that was named before does not become new by standing differently: that state rises.
        earlier = [any(m.day < start for c in groups[rival] for m in c.mentions) for rival, _, _ in found]
        judged = trends.trends(pairs, ever_before=earlier)
        stands = []
        for (rival, state, windows), trend in zip(found, judged, strict=True):
            current = [c for c, said in windows[0] if said == state]
            count = Counter(self.outcomes.get(c.deal, "") for c in current)
            now = [c for c in groups[rival] if c.last == state]
            told = [
                [m.id for c, said in window if said == state for m in c.mentions if start <= m.day <= end]
                for window, (start, end) in zip(windows, spans, strict=True)
            ]
            stands.append(Stand(
                rival, state, trend, count["won"], count["lost"], count[""], len(now),
                self.evidence.key("state", rival, state, ids=told[0]),
                self.evidence.key("before", rival, state, ids=told[1]),
                self.evidence.key("now", rival, state, ids=[m.id for c in now for m in c.mentions]),
            ))  # fmt: skip
        return tuple(stands)

    def _flows(self, time: TrendReport | None, courses: Sequence[Course], whole: Sequence[Course]) -> tuple[Flow, ...]:
        moved: dict[tuple[str, str, str, str], list[Course]] = defaultdict(list)
        for c in courses:
            moved[c.rival, "deal", c.first, c.last].append(c)
        if time:
            for c in whole:
                ends = [c.at(p.end.isoformat()) for p in (time.previous, time.current)]
                moved[c.rival, "windows", ends[0], ends[1]].append(c)
        order = (NOT_NAMED, *TELLING)
        keys = sorted(moved, key=lambda k: (k[0], k[1], order.index(k[2]), order.index(k[3])))
        return tuple(
            Flow(*k, len(moved[k]), self.evidence.key("flow", *k, ids=[m.id for c in moved[k] for m in c.mentions]))
            for k in keys
        )

    def _conflicts(self, courses: Sequence[Course]) -> tuple[Conflict, ...]:
        account = {} if is_covered(self.db) else {h.deal: h.name for h in self.heard}
        return tuple(
            Conflict(
                c.rival, account.get(c.deal, ""), day, taken, other,
                self.evidence.key("conflict", c.rival, c.deal, day, ids=[m.id for m in c.mentions if m.day == day]),
            )
            for c in courses for day, taken, other in c.conflicts
        )  # fmt: skip

    def _firsts(self, courses: Sequence[Course]) -> tuple[tuple[First, ...], tuple[First, ...]]:
        groups = _by_rival(courses)
        return (
            tuple(f for r, group in groups.items() for f in self._first("stage", r, group)),
            tuple(f for r, group in groups.items() for f in self._first("voice", r, group)),
        )

    def _first(self, kind: str, rival: str, group: Sequence[Course]) -> list[First]:
        by_value: dict[str, list[Mention]] = defaultdict(list)
        for course in group:
            first = course.mentions[0]
            by_value[first.stage if kind == "stage" else spoken_by(first)].append(first)
        return [
            First(
                rival, value, len(found), len(group), self.evidence.key(kind, rival, value, ids=[m.id for m in found])
            )
            for value, found in sorted(by_value.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        ]

    def _compared(self, mentions: Sequence[tuple[Mention, str]]) -> tuple[Compared, ...]:
        stored = sorted({name for names_of in self.rows.values() for name in names_of})
        wide = replace(self.filters, since="", until="")
        written = competition_rows.comparing(self.db, wide, stored) if stored and mentions else []
        known = {m.id: m for m, _ in mentions if m.rival in self.shown} if written else {}
        found: dict[tuple[str, str, str], list[Mention]] = defaultdict(list)
        for one in written:
            if one.id in known and (said := directed(one, self.known.products)):
                mention = known[one.id]
                found[mention.rival, "us" if said[0] == "us" else mention.rival, said[1]].append(mention)
        return tuple(
            Compared(
                *k, len({m.deal for m in found[k]}), self.evidence.key("compared", *k, ids=[m.id for m in found[k]])
            )
            for k in sorted(found)
        )

    def _ended(self, rival: str, group: Sequence[Course], said: Closed) -> str:
        ids = [m.id for c in group if self.outcomes.get(c.deal, "") == said for m in c.mentions]
        return self.evidence.key(said or "open", rival, ids=ids)

    def _wins(self, heard: Sequence[Heard], courses: Sequence[Course]) -> tuple[tuple[Wins, ...], Rate]:
        accounts = {h.deal: h.account for h in heard}
        named = {m.deal for m, _ in self.mentions}
        without = [(d, a, self.outcomes.get(d, "")) for d, a in sorted(accounts.items()) if d not in named]
        groups = {r: group for r, group in _by_rival(courses).items() if self._shown(r)}
        sets = [
            [(c.deal, accounts.get(c.deal, c.account), self.outcomes.get(c.deal, "")) for c in g]
            for g in groups.values()
        ]
        how_many = Counter(c.deal for c in courses)
        shared = [frozenset(c.deal for c in g if how_many[c.deal] > 1) for g in groups.values()]
        rated = rivalry.win_rates(sets, without, shared=shared)
        rows = []
        for (rival, group), rate in zip(groups.items(), rated, strict=True):
            keys = [self._ended(rival, group, said) for said in CLOSED]
            rows.append(Wins(rival, rival != YOURSELF, rate, *keys))
        closed = sampling.sample((d, a, said == "won") for d, a, said in without if said)
        ordered = sorted(rows, key=lambda w: (-(w.rate.won + w.rate.lost), w.name))
        return tuple(ordered), sampling.rate(closed)


def spoken_by(mention: Mention) -> str:
    """Who named a rival: "reported" is a rep's note, which does not say who brought it up."""
    if mention.voice == "reported":
        return "reported"
    return mention.role if mention.role in ("buyer", "seller") else "unknown"


def _rows_of(known: Company, mentions: Sequence[Mention]) -> dict[str, tuple[str, ...]]:
    """The rows of the report, each with the stored names that it stands for."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for m in mentions:
        by_name[m.rival].add(m.account)
    stored: dict[str, set[str]] = defaultdict(set)
    accounts: dict[str, set[str]] = defaultdict(set)
    for name, theirs in by_name.items():
        stored[name.lower()].add(name)
        accounts[name.lower()] |= theirs
    own = tuple(name for low in map(str.lower, do_it_yourself()) for name in sorted(stored.get(low, ())))
    rows = {c.name: tuple(sorted(stored[c.name.lower()])) for c in known.competitors if c.name.lower() in stored}
    if not known.competitors:
        yourself = {name.lower() for name in do_it_yourself()}
        for low, names_of in stored.items():
            if low not in yourself and len(accounts[low]) >= FEWEST_ACCOUNTS_UNLISTED:
                rows[min(names_of)] = tuple(sorted(names_of))
    return {**rows, YOURSELF: own} if own else rows


def _by_rival(courses: Iterable[Course]) -> dict[str, list[Course]]:
    groups: dict[str, list[Course]] = defaultdict(list)
    for course in courses:
        groups[course.rival].append(course)
    return dict(sorted(groups.items(), key=lambda pair: (pair[0] == YOURSELF, -len(pair[1]), pair[0])))


def _part(heard: Iterable[Heard]) -> Part:
    return Part((h.id, h.account) for h in heard)


def _states(window: Sequence[tuple[Course, str]], state: str) -> Sample:
    return sampling.sample((c.deal, c.account, said == state) for c, said in window)


def _bearable(naming: int, first: date, last: date) -> str:
    """Months, or quarters where a month holds too few conversations that name anyone."""
    months = max(1, (last - first).days / 30.4)
    return "month" if naming / months >= FEW_A_MONTH or months < 7 else "quarter"

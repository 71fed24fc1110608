"""Did it help? Every page that was noted as published, with two equal windows before and after its day.

All publications are tested together. What is said is association: other things happened in the same weeks.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlite_utils import Database

from insights import publication, wording
from insights.periods import Period, window
from insights.publication import Comparison, Heard
from pipelines import plan
from pipelines.report import EARLIEST, span_of
from pipelines.store import content_pages, exposure_rows, themes
from pipelines.store import plan as store
from pipelines.store.content_pages import StoredPage
from pipelines.store.exposure_rows import Exposure
from pipelines.store.filters import Filters
from pipelines.store.plan import Note
from pipelines.store.themes import Theme

FEWEST_DAYS = 28  # on each side of a publication, before it is looked at
MOST = 50  # publications that are compared, the newest


@dataclass(frozen=True, slots=True)
class Published:
    """What happened around a publication. `before` and `after` are as long as each other: `days`, or what has passed
    since (`elapsed`), or how far conversations reach back (`reach`). `comparison` is None where that is too short;
    `when` is the day from which on the time after is long enough."""

    note: Note
    theme: Theme
    page: StoredPage | None
    days: int
    elapsed: int
    reach: int
    before: Period
    after: Period
    comparison: Comparison | None
    when: date

    @property
    def unfinished(self) -> bool:
        return self.elapsed < self.days


def every(db: Database, filters: Filters, *, today: date) -> tuple[Published, ...]:
    """All publications that stand, the newest first."""
    active = {t.id: t for kind in plan.KINDS for t in themes.active(db, kind)}
    noted = plan.standing(plan.notes_of(db)).values()
    notes = [n for n in noted if n.status == "published" and n.day and n.theme_id in active]
    notes.sort(key=lambda n: (n.day, n.id), reverse=True)
    found: list[tuple[Published, list[Heard]]] = []
    for note in notes[:MOST]:
        found.append(_windows(db, filters, today, note, active[note.theme_id]))
    ready = [n for n, (one, _) in enumerate(found) if min(one.elapsed, one.reach) >= FEWEST_DAYS]
    compared = dict(zip(ready, publication.compare([found[n][1] for n in ready]), strict=True))
    return tuple(replace(one, comparison=compared.get(n)) for n, (one, _) in enumerate(found))


def _windows(
    db: Database, filters: Filters, today: date, note: Note, theme: Theme
) -> tuple[Published, list[Heard]]:  # fmt: skip
    """A publication without its comparison, and the conversations of both windows within the note's own cell."""
    cell = replace(
        filters, since="", until="", theme="", kind="", persona=note.persona or filters.persona,
        stage=plan.stages_of(plan.steps(db), note.step) or filters.stage,
    )  # fmt: skip
    known = [e for e in exposure_rows.conversations(db, cell) if EARLIEST.isoformat() <= e.day <= today.isoformat()]
    day = date.fromisoformat(note.day)
    as_of, days = span_of(db, cell, today)
    first = date.fromisoformat(min((e.day for e in known), default=note.day))
    elapsed, reach = max(0, (as_of - day).days + 1), max(0, (day - first).days)
    length = max(1, min(days, elapsed, reach))
    before, after = window(day - timedelta(days=1), length), window(day + timedelta(days=length - 1), length)
    page = content_pages.by_key(db, note.key) if note.key else None
    one = Published(
        note, theme, page, days, min(days, elapsed), min(days, reach), before, after, None,
        day + timedelta(days=FEWEST_DAYS - 1),
    )  # fmt: skip
    return one, _heard(db, cell, known, one)


def _heard(db: Database, cell: Filters, known: Sequence[Exposure], one: Published) -> list[Heard]:
    start, end = one.before.start.isoformat(), one.after.end.isoformat()
    carried: dict[str, set[int]] = defaultdict(set)
    for row in store.carried(db, replace(cell, kind=one.theme.kind, since=start, until=end)):
        carried[row["id"]].add(row["theme_id"])
    theme = one.theme.id
    return [
        Heard(e.id, e.account, e.day >= one.note.day, theme in carried[e.id], len(carried[e.id] - {theme}))
        for e in known
        if start <= e.day <= end
    ]


def told(one: Published) -> tuple[str, ...]:
    """What may be said about a publication, in sentences."""
    name = f"“{one.page.title}”" if one.page else "The page"
    said = [f"{name} was published on {wording.day(one.note.day)}."]
    if one.comparison is None:
        if one.elapsed < FEWEST_DAYS:
            since = wording.plural(one.elapsed, "day") + " of conversations since"
            return (*said, f"Too early to compare: {since}. Look again after {wording.day(one.when)}.")
        back = wording.plural(one.reach, "day")
        return (
            *said,
            f"It cannot be compared: conversations reach back only {back} before that day. Upload earlier ones.",
        )
    length = min(one.elapsed, one.reach)
    if one.reach < min(one.days, one.elapsed):
        said.append(f"Conversations reach back only {one.reach} days before it: both windows are that long.")
    elif one.unfinished:
        said.append(
            f"The time after is not over: {one.elapsed} of {one.days} days. Both windows are {length} days long until it is."
        )
    trend = one.comparison.trend
    said.append(
        f"“{one.theme.name}” was heard in {trend.previous.numerator:,} of {trend.previous.denominator:,} conversations before "
        f"({wording.percent(trend.previous.share)}) and in {trend.current.numerator:,} of {trend.current.denominator:,} after "
        f"({wording.percent(trend.current.share)}): {wording.change(trend.change)}."
    )  # fmt: skip
    said += [verdict(one.comparison), *_beyond(one.comparison)]
    return (*said, "This is what went together in time, not what the page caused.")


def apart(found: Comparison) -> bool:
    """Whether the theme moved otherwise than all other themes together, or it cannot be told."""
    beyond = found.beyond
    return beyond.low is None or beyond.high is None or beyond.low > 0 or beyond.high < 0


def verdict(found: Comparison) -> str:
    """The verdict on the change between the two windows, in a sentence."""
    trend = found.trend
    if trend.verdict in ("falling", "gone"):
        if not apart(found):
            return "It fell, but no more than other themes did: nothing shows that the page had a part in it."
        return "It fell, by more than chance would explain."
    if trend.verdict in ("rising", "new"):
        return "It rose, by more than chance would explain."
    if trend.verdict == "steady":
        return "It stayed as it was: a change of 10 points or more is ruled out."
    needed = f" To see it fall by half, each window needs {found.needed:,} conversations." if found.needed else ""
    return f"Too few to say: {trend.reason}.{needed}"


def _beyond(found: Comparison) -> list[str]:
    beyond = found.beyond
    if beyond.difference is None or beyond.expected is None or beyond.low is None or beyond.high is None:
        return ["Too little was heard of other themes to tell what they did meanwhile."]
    apart = "above" if beyond.difference > 0 else "below"
    sure = "" if beyond.low > 0 or beyond.high < 0 else " That may be chance."
    return [
        f"Had it moved as all other themes together, it would be at {wording.percent(max(0.0, beyond.expected))}: it is "
        f"{abs(100 * beyond.difference):.1f} points {apart} that ({wording.points(beyond.low)} to {wording.points(beyond.high)}).{sure}"
    ]

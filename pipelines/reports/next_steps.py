"""The few things that are most useful to do next: about what changed, then about what keeps the figures true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from sqlite_utils import Database

from insights.themes import BUDGET
from insights.wording import day, plural
from pipelines.catalogue import names
from pipelines.discover import BY_MEANING
from pipelines.reports.summary import Story
from pipelines.store import batches, proposals, themes
from pipelines.uploads.solved import standing

MOST = 3
ABOUT_CHANGES = 2
STALE_DAYS = MONTH = 30
MOST_MENTIONS = 1000
FEW, FEWEST_TO_SORT = 20, 100
UNDATED = 0.2  # the share of conversations without a date from which on trends leave too much out


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, why now, and the page on which to do it. `filtered` says that the page takes the filters in use."""

    text: str
    why: str
    path: str
    filtered: bool = False

    @property
    def changes(self) -> bool:
        """Whether it is something to do rather than to read: not for who may only look."""
        return self.path.startswith(("/uploads", "/themes/waiting", "/themes#proposals", "/competitors#proposed"))


def steps(
    db: Database, stories: Sequence[Story], *, as_of: date | None, today: date, conversations: int, undated: int
) -> tuple[Step, ...]:
    """At most three: up to two about the surest changes, the rest about what would make figures wrong."""
    first = [step for story in stories if (step := _about(story))][:ABOUT_CHANGES]
    upkeep = _upkeep(db, as_of, today, conversations, undated)
    return (*first, *(step for step, _ in zip(upkeep, range(MOST - len(first)), strict=False)))


def aged(db: Database, as_of: date, today: date) -> str:
    """How old what is stored is, in a sentence; "" while the newest conversation is no older than STALE_DAYS."""
    days = (today - as_of).days
    if days <= STALE_DAYS:
        return ""
    newest = next((batch for batch in batches.recent(db, limit=20) if batch["status"] == "done"), None)
    upload = f", the last upload on {day(newest['created_at'])}" if newest else ""
    return f"The last conversation is of {day(as_of)}, {_long(days)} ago{upload}: what was said since is not in here."


def _long(days: int) -> str:
    """ "45 days", "11 months": from two months on nobody counts days."""
    return plural(days, "day") if days < 2 * MONTH else plural(days // MONTH, "month")


def _about(story: Story) -> Step | None:
    if story.kind == "tracker":
        return Step(f"Read what “{story.name}” found", "It changed.", story.path)
    if story.kind == "competitor" and story.verdict in ("new", "rising"):
        path = f"/reports/competition?competitor={quote(story.name)}"
        return Step(f"See how deals with {story.name} end", "Relations, objections beside it and win rate.", path)
    if story.verdict in ("new", "rising"):
        return Step(f"Plan what answers “{story.name}”", "It is heard more often.", f"/plan/{story.theme_id}")
    why = "It is heard less often: was it answered, or are other people asked?"
    return Step(f"Read what was said of “{story.name}”", why, story.path)


def _upkeep(db: Database, as_of: date | None, today: date, conversations: int, undated: int) -> Iterator[Step]:
    """What would make the figures wrong, the worst first."""
    if 0 < conversations < FEW:
        yield Step("Upload more conversations", f"From {FEW} on there is something to see.", "/uploads")
    elif as_of and (today - as_of).days > STALE_DAYS:
        days = (today - as_of).days
        yield Step("Upload what was said since", f"The newest conversation is {_long(days)} old.", "/uploads")
    if conversations and undated / conversations >= UNDATED:
        yield Step(
            "Bring the missing dates along",
            f"{plural(undated, 'conversation')} without one are in no trend.",
            "/uploads",
        )
    newest = next((batch for batch in batches.recent(db, limit=5) if batch["status"] == "done"), None)
    if newest and newest["problems"] and (left := standing(db, newest["id"], newest["problems"]).open):
        why = f"{plural(left, 'piece')} of the newest upload could not be read."
        yield Step("Mend what could not be read", why, f"/uploads/{newest['id']}")
    if waiting := len(proposals.listed(db)):
        why = f"{plural(waiting, 'change')} of themes {'is' if waiting == 1 else 'are'} proposed."
        yield Step("Decide on proposed themes", why, "/themes#proposals")
    # Looking for names takes a second where tens of thousands are mentioned: then the page of names is soon enough.
    few = themes.total(db, "competitor") <= MOST_MENTIONS
    if few and (unknown := names.proposed(db, limit=0)[1]):
        why = f"{plural(unknown, 'name')} may be {'a competitor' if unknown == 1 else 'competitors'}."
        yield Step("Say who is a competitor", why, "/competitors#proposed")
    left, total = (sum(count(db, kind) for kind in BY_MEANING) for count in (themes.waiting, themes.total))
    if total >= FEWEST_TO_SORT and left / total > BUDGET:
        yield Step(
            "Sort what fits no theme", f"{left:,} of {total:,} objections and questions wait.", "/themes/waiting"
        )

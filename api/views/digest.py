"""What the pages of digests show, as one value a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from api.views.bars import Bar, bar
from insights import schedules
from insights.schedules import Schedule
from pipelines.settings import Settings
from pipelines.store import digests as store
from pipelines.store.digests import Delivery, Run
from pipelines.teams import digest_plans, digests, letters
from pipelines.teams.digest_plans import Plan
from pipelines.teams.digests import Digest
from pipelines.teams.letters import Letter

DAYS = ("since", "until", "published")  # filters that a digest leaves out: it looks at the latest weeks
STATES = {
    "waiting": "Waits", "sending": "Being sent", "sent": "Sent", "failed": "Failed", "unknown": "Not known",
    "quiet": "Nothing changed", "ready": "Ready",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the form; `edited` is the digest that is changed, 0 for a new one. `kept` is the masked address
    of a webhook that stays when the field is left empty. `dated` says that the report it comes from had dates, which a
    digest leaves out."""

    plan: Plan
    edited: int = 0
    version: int = 0
    kept: str = ""
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A digest in the list: when in words, to whom in words, its last run."""

    digest: Digest
    when: str
    to: str
    next: str
    last: str


@dataclass(frozen=True, slots=True)
class Ready:
    """What is set on this server: whether mail can be sent, and the address that links lead to ("" where none is
    set)."""

    mail: bool
    address: str


@dataclass(frozen=True, slots=True)
class Form:
    """What the form offers. `problems` are (field, sentence), the field "" where it is none of one."""

    entered: Entered
    bar: Bar
    zones: tuple[str, ...]
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    lines: tuple[Line, ...]
    removed: tuple[Digest, ...]
    gone: Digest | None
    form: Form
    ready: Ready


@dataclass(frozen=True, slots=True)
class Tried:
    """The form with exactly what would be sent: as a mail in text, and what the webhook is posted. `unsent` is what
    stands in the way of the mails, "" for nothing."""

    form: Form
    ready: Ready
    letter: Letter | None
    text: str
    payload: dict | None
    unsent: str


@dataclass(frozen=True, slots=True)
class DigestPage:
    """A digest, what became of it, and what stands in the way of its mails ("" for nothing)."""

    line: Line
    form: Form
    ready: Ready
    runs: tuple[tuple[Run, tuple[Delivery, ...]], ...]
    unsent: str


def overview(db: Database, settings: Settings, *, gone: int = 0, entered: Entered | None = None) -> Overview:
    removed = tuple(digests.every(db, "removed"))
    just = next((one for one in removed if one.id == gone), None)
    lines = tuple(line(db, one) for one in digests.every(db))
    return Overview(lines, removed, just, form(db, entered or Entered(Plan(""))), ready(settings))


def shown(db: Database, settings: Settings, digest_id: int) -> DigestPage:
    digest = digests.get(db, digest_id)
    runs = tuple((run, tuple(found)) for run, found in store.runs(db, digest_id))
    unsent = digest_plans.unsent(digest.plan, settings) if digest.status == "active" else ""
    return DigestPage(line(db, digest), form(db, entered(digest)), ready(settings), runs, unsent)


def tried(
    db: Database, settings: Settings, given: Entered, *, now: datetime, actor: str,
    problems: Sequence[tuple[str, str]] = ()
) -> Tried:  # fmt: skip
    letter, told = None, tuple(problems)
    if not told:
        try:
            letter = digests.preview(db, given.plan, settings, now=now, actor=actor, digest_id=given.edited)
        except digest_plans.BadDigest as error:
            told = error.reasons
    posted = letters.payload(letter, given.plan.form, key="digest-preview") if letter and given.plan.webhook else None
    return Tried(
        form(db, given, told),
        ready(settings),
        letter,
        letters.text(letter) if letter else "",
        posted,
        digest_plans.unsent(given.plan, settings),
    )


def form(db: Database, given: Entered, problems: Sequence[tuple[str, str]] = ()) -> Form:
    return Form(given, bar(db, digest_plans.filters_of(given.plan)), tuple(sorted(schedules.zones())), tuple(problems))


def entered(digest: Digest) -> Entered:
    return Entered(digest.plan, digest.id, digest.version, digest_plans.masked(digest.plan.webhook))


def line(db: Database, digest: Digest) -> Line:
    plan = digest.plan
    to = [
        *plan.mails,
        *([f"{digest_plans.FORMS[plan.form]} at {digest_plans.masked(plan.webhook)}"] if plan.webhook else []),
    ]
    last = next(iter(store.runs(db, digest.id, limit=1)), None)
    told = ""
    if last:
        run, found = last
        states = sorted({one.status for one in found}) or [run.status]
        told = ", ".join(STATES[state] for state in states)
    due = "" if digest.status != "active" else moment(digest.next_due, plan.schedule)
    return Line(digest, schedules.told(plan.schedule), ", ".join(to), due, told)


def ready(settings: Settings) -> Ready:
    return Ready(bool(settings.smtp_url.get_secret_value() and settings.mail_from), settings.public_url)


def moment(value: str, schedule: Schedule) -> str:
    """A moment on the clock of the schedule: "Mon 2 Mar 2026, 08:00"."""
    local = datetime.fromisoformat(value).replace(tzinfo=UTC) if "+" not in value else datetime.fromisoformat(value)
    local = local.astimezone(ZoneInfo(schedule.zone))
    return f"{local:%a} {local.day} {local:%b} {local.year}, {local:%H:%M}"


def filters_from(given: Mapping[str, str]) -> dict[str, str]:
    """The filters among what a form or body sets; the digest sets kinds and dates itself."""
    return {name: value.strip() for name, value in given.items() if value.strip() and name not in ("kind", *DAYS)}

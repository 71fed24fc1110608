"""Digests: set one up, see exactly what it would say, send it when it is due, once.

A due time becomes one run and one job, whoever sees it first; every message is a row that is claimed before it is sent.
A message is sent at most once: where Parley was killed while it was sending, or heard no answer, the row says that
nobody knows, and a person may send it again. Twice the same digest would make people stop reading it.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from insights import schedules, wording
from insights.errors import InsightsError
from insights.schedules import Schedule
from pipelines.privacy import covering, originals
from pipelines.quotes import quoting
from pipelines.report import SUBJECTS, span_of
from pipelines.reports.next_steps import aged
from pipelines.settings import Settings
from pipelines.store import connect, insights, jobs, themes
from pipelines.store import digests as store
from pipelines.store.covered import is_covered
from pipelines.store.digests import Row, Run
from pipelines.teams import comments, digest_content, letters, sending
from pipelines.teams.digest_content import Change
from pipelines.teams.digest_plans import Plan, about, check, cleaned, filters_of, masked
from pipelines.teams.letters import Item, Letter

MOST_CHANGES, LOOKED_AT = 5, 40
UNTITLED = "What changed"  # what a preview is called that has no title yet
BACK_OFF = (1, 5, 30, 120)  # minutes; then it has failed
LOST = timedelta(minutes=5)
STOPPED = "Parley was stopped while this was being sent. It may have arrived; if not, send it again."


class UnknownDigest(InsightsError):
    """A digest that is not there."""

    def __init__(self, digest_id: object):
        super().__init__(f"There is no digest {digest_id}. List them: parley digests list")


class DigestChanged(InsightsError):
    """Somebody else changed it after it was opened."""

    def __init__(self, title: str):
        super().__init__(f"“{title}” was changed by somebody else meanwhile. Open it anew and make your change there.")


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest as it is set up."""

    id: int
    plan: Plan
    version: int
    next_due: str
    secret: str
    status: str
    created_at: str
    changed_at: str
    actor: str


def save(db: Database, plan: Plan, *, now: datetime, actor: str) -> Digest:
    """Set a digest up. Raises BadDigest."""
    plan = cleaned(plan)
    check(plan)
    with db.atomic():
        digest_id = store.add(
            db, title=plan.title, plan=asdict(plan), next_due=_iso(schedules.following(plan.schedule, now)),
            secret=secrets.token_urlsafe(32), now=_iso(now), actor=actor,
        )  # fmt: skip
    return get(db, digest_id)


def edit(db: Database, digest_id: int, plan: Plan, *, now: datetime, actor: str, base: int = 0) -> Digest:
    """Change a digest; `base` is the version that was edited, 0 for whichever there is. An empty `webhook` with a form
    keeps none. Raises UnknownDigest, BadDigest, DigestChanged."""
    plan = cleaned(plan)
    check(plan)
    with db.atomic():
        known = get(db, digest_id)
        if base and known.version != base:
            raise DigestChanged(known.plan.title)
        due = _iso(schedules.following(plan.schedule, now))
        store.change(db, digest_id, title=plan.title, plan=asdict(plan), next_due=due, now=_iso(now), actor=actor)
    return get(db, digest_id)


def set_status(
    db: Database, digest_id: int, status: Literal["active", "paused", "removed"], *, now: datetime
) -> Digest:
    """Pause, remove, or let it go on; what was due meanwhile is not made up for, what waits is not sent."""
    with db.atomic():
        known = get(db, digest_id)
        due = _iso(schedules.following(known.plan.schedule, now))
        store.set_status(db, digest_id, status, next_due=due, now=_iso(now))
        if status != "active":
            store.stop(db, digest_id, now=_iso(now), reason=f"The digest was {status} before this was sent.")
    return get(db, digest_id)


def get(db: Database, digest_id: int) -> Digest:
    """A digest, removed or not. Raises UnknownDigest."""
    row = store.get(db, digest_id)
    if row is None:
        raise UnknownDigest(digest_id)
    return _digest(row)


def every(db: Database, *statuses: str) -> list[Digest]:
    return [_digest(row) for row in store.every(db, *statuses)]


def preview(db: Database, plan: Plan, settings: Settings, *, now: datetime, actor: str, digest_id: int = 0) -> Letter:
    """Exactly what would be sent now, to whomever: a preview needs no title and nobody it goes to. Raises BadDigest."""
    plan = cleaned(plan)
    check(plan, sends=False)
    plan = plan if plan.title else replace(plan, title=UNTITLED)
    content, day = _content(db, plan, digest_id, now), _iso(now)
    if digest_id:  # whoever changes it has not set it up
        digest = get(db, digest_id)
        actor, day = digest.actor, digest.created_at
    return _letter(db, plan, content, settings, actor=actor, day=day, digest_id=digest_id)


def send_now(db: Database, digest_id: int, *, now: datetime) -> int:
    """Ask for a digest at once, whether or not something changed; the id of the run, which the worker sends."""
    with db.atomic():
        get(db, digest_id)
        run_id = store.add_run(db, digest_id, due_at=now.isoformat(timespec="microseconds"), asked="now", now=_iso(now))
        jobs.add(db, "digest", {"run": run_id}, now=_iso(now))
    return run_id


def queue(db: Database, *, now: datetime) -> int:
    """Turn what is due into jobs; how many. Two workers may call it at once, and it may be killed anywhere."""
    moment, added = _iso(now), 0
    store.give_up_lost(db, before=_iso(now - LOST), now=moment, reason=STOPPED)
    for row in store.due(db, now=moment):
        schedule = _digest(row).plan.schedule
        last = schedules.latest(schedule, datetime.fromisoformat(row.next_due), now)
        with db.atomic():
            if store.move_on(db, row, next_due=_iso(schedules.following(schedule, now))):
                store.add_run(db, row.id, due_at=_iso(last), asked="", now=moment)
    waiting = store.to_do(db, now=moment)
    if waiting:
        with db.atomic():
            asked = {job["arguments"].get("run") for job in jobs.unfinished(db, "digest")}
            for run_id in waiting:
                if run_id not in asked:
                    jobs.add(db, "digest", {"run": run_id}, now=moment)
                    added += 1
    return added


def work_off(db: Database, run_id: int, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Work out a run if that is still to be done, and send its messages that are to be sent by now."""
    run = store.run(db, run_id)
    if run is None:
        return {}
    digest = get(db, run.digest_id)
    if run.status == "waiting":
        _work_out(db, run, digest, now)
        run = store.run(db, run_id) or run
    counts = {"sent": 0, "failed": 0}
    if run.status != "ready":
        return counts
    day = digest.created_at
    with _as_set_up(db, digest.plan) as seen:
        letter = _letter(seen, digest.plan, run.content, settings, actor=digest.actor, day=day, digest_id=digest.id)
    while delivery := store.claim(db, run_id, now=_iso(now)):
        try:
            _send(delivery, letter, digest, settings)
        except sending.Unclear as error:
            store.settle(db, delivery, "unknown", now=_iso(now), reason=str(error))
        except InsightsError as error:
            counts["failed"] += 1
            again = isinstance(error, sending.Refused) and error.again and delivery.tries <= len(BACK_OFF)
            later = _iso(now + timedelta(minutes=BACK_OFF[delivery.tries - 1])) if again else ""
            store.settle(db, delivery, "waiting" if again else "failed", now=_iso(now), reason=str(error), try_at=later)
        else:
            counts["sent"] += 1
            store.settle(db, delivery, "sent", now=_iso(now))
    return counts


def give_up(db: Database, run_id: int, told: str, *, now: datetime) -> None:
    """Note that a run's job failed, so that it is not tried for ever."""
    run = store.run(db, run_id)
    if run:
        store.stop(db, run.digest_id, now=_iso(now), reason=told)


def _work_out(db: Database, run: Run, digest: Digest, now: datetime) -> None:
    with _as_set_up(db, digest.plan) as seen:
        content = _content(seen, digest.plan, digest.id, now)
    fresh = any(item["new"] for item in content["changes"])
    with db.atomic():
        if digest.plan.only_changes and not run.asked and not fresh:
            store.settle_run(db, run.id, "quiet", reason="Nothing changed since the last one; nothing was sent.")
        elif store.settle_run(db, run.id, "ready", content=content):
            for address in digest.plan.mails:
                store.add_delivery(db, run.id, "mail", address, now=_iso(now))
            if digest.plan.webhook:
                store.add_delivery(db, run.id, "webhook", masked(digest.plan.webhook), now=_iso(now))


@contextmanager
def _as_set_up(db: Database, plan: Plan) -> Iterator[Database]:
    """The database as whoever set the digest up may see it."""
    if not plan.covered:
        yield db
        return
    file = db.conn.execute("PRAGMA database_list").fetchone()[2]
    with closing(connect(file)) as seen:
        covering.cover(seen, file)
        yield seen


def _content(db: Database, plan: Plan, digest_id: int, now: datetime) -> dict[str, Any]:
    """What is to be said, as ids and sentences; no customer's words. What is new since the last one stands first."""
    today = now.astimezone(ZoneInfo(plan.schedule.zone)).date()
    last = store.last_sent(db, digest_id) if digest_id else None
    content = last.content if last else {}
    told = set(content.get("told", [change["key"] for change in content.get("changes", [])]))
    kinds = plan.kinds or SUBJECTS
    filters = filters_of(plan)
    if is_covered(db):
        filters = replace(filters, q=covering.asked(db, filters))
    told_of: dict[str, Any] = {"kinds": kinds, "today": today, "limit": LOOKED_AT}
    told_of |= {"windows": "quarter"} if plan.days == "quarter" else {"days": int(plan.days) if plan.days else None}
    if plan.this:
        whole = plan.over == "all"
        found = digest_content.differences(db, filters, plan.this, plan.that, whole=whole, **told_of)
    else:
        found = digest_content.changes(db, filters, **told_of)
    waiting = digest_content.proposed(db, kinds=kinds) if plan.proposals else ()
    ordered = [
        change
        for part in (found, waiting)
        for change in sorted(part, key=lambda change: change.key in told)[:MOST_CHANGES]
    ]
    if plan.side:
        # What waits for an answer stands first, though it is not new.
        ordered = [*comments.changes(db, plan.side, since=last.due_at if last else ""), *ordered]
    changes = [asdict(change) | {"new": change.key not in told} for change in ordered]
    # What was told once is not new again because others stood before it in between.
    known = told.intersection(change.key for change in (*found, *waiting)).union(change.key for change in ordered)
    newest, _ = span_of(db, filters, today)
    return {
        "changes": changes, "told": sorted(known), "day": today.isoformat(), "newest": newest.isoformat(),
        "aged": aged(db, newest, today), "first": last is None,
    }  # fmt: skip


def _named(db: Database, filters: Mapping[str, str]) -> dict[str, str]:
    """Filters to be told: a theme by its name."""
    theme = themes.get(db, int(filters["theme"])) if filters.get("theme", "").isdecimal() else None
    return {**filters, "theme": theme.name} if theme else dict(filters)


def _letter(
    db: Database, plan: Plan, content: dict, settings: Settings, *, actor: str, day: str, digest_id: int
) -> Letter:  # fmt: skip
    base = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    items = []
    for told in content["changes"]:
        change = Change(told["key"], told["sentence"], told["path"], tuple(told["quotes"]))
        is_new = told["new"] and not content.get("first")
        items.append(Item(change.sentence, base + change.path, _quotes(db, plan, change.quotes), is_new, change.key))
    place = f"{base}/reports/saved/digests{f'/{digest_id}' if digest_id else ''}"
    foot = (
        f"Set up by {wording.door(actor)} on {wording.day(day)}. Whoever can open Parley can pause or stop it there:",
    )
    return Letter(
        letters.subject(plan.title, items, apart=bool(plan.this)),
        about(
            replace(plan, filters=_named(db, plan.filters)),
            content.get("newest", content["day"]),
            content.get("aged", ""),
        ),
        tuple(items),
        foot,
        place,
        "Nothing differs between the two beyond chance." if plan.this else letters.NOTHING,
    )


def _quotes(db: Database, plan: Plan, ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if plan.quotes == "none":
        return ()
    found = [quote for quote in (insights.get(db, one) for one in ids) if quote]
    return tuple((originals.words(db, quote), _who(db, plan, quote)) for quote in found)


def _who(db: Database, plan: Plan, quote: insights.Quote) -> str:
    day = wording.day(quote.day) if quote.day else ""
    if plan.quotes != "account" or not quoting.may_name(quote):
        return ", ".join(filter(None, (quoting.unnamed(db, quote), day)))
    persona = "" if quote.persona in ("", "unknown") else wording.human(quote.persona)
    return ", ".join(filter(None, (quote.job_title or persona or "Buyer", quote.account, day)))


def _send(delivery: store.Delivery, letter: Letter, digest: Digest, settings: Settings) -> None:
    key = f"digest-{digest.id}-{delivery.run_id}-{delivery.id}"
    if delivery.channel == "mail":
        mail = letters.message(letter, sender=settings.mail_from, to=delivery.address, key=key)
        sending.mail(mail, settings.smtp_url.get_secret_value())
    else:
        content = letters.payload(letter, digest.plan.form, key=key)
        sending.webhook(digest.plan.webhook, content, secret=digest.secret, delivery=key)


def _digest(row: Row) -> Digest:
    known = {f.name for f in fields(Plan)}
    told = {name: value for name, value in row.plan.items() if name in known}
    told |= {"schedule": Schedule(**told["schedule"]), "kinds": tuple(told["kinds"]), "mails": tuple(told["mails"])}
    rest = (row.version, row.next_due, row.secret, row.status, row.created_at, row.changed_at, row.actor)
    return Digest(row.id, Plan(**told), *rest)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")

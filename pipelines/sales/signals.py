"""Signals of accounts and deals: as they are now, what each goes with, what changed since, and where that is sent."""

import hashlib
import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from sqlite_utils import Database

from insights import outcomes as judged
from insights import signals as rules
from insights.errors import InsightsError
from insights.outcomes import Association
from insights.signals import DEFINITIONS, Signal, Talk
from pipelines.reports.outcomes import closed_deals
from pipelines.sales.standing import QUIET_KEY, as_they_stand, of_deals, quiet_days
from pipelines.store import account_ids, changes, conversations, signal_rows, state
from pipelines.store.account_ids import KnownAs
from pipelines.store.filters import Filters
from pipelines.store.remembered import per_state
from pipelines.store.signal_rows import Event, Hook
from pipelines.teams import sending, shared

FEWEST_QUIET, MOST_QUIET = 3, 365
SEEN_KEY = "signals: noted at"
RESTS_ON = (
    "conversations",
    "utterances",
    "insights",
    "theme_members",
    "themes",
    "conversation_keys",
    "crm_records",
    "competitors",
    "state",
)
ACTED_ON = ("state", "heard", "last", "name", "account", "crm_account_id")
A_POST = 100  # events
MOST_AT_ONCE = 50_000  # conversations; above it the worker notes them
BACK_OFF = (1, 5, 30, 120, 720)  # minutes
MOST_HOOKS = 10

log = logging.getLogger("parley")


class BadSignal(InsightsError):
    """A setting of the signals that cannot be."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A sort of signal: what it means, how many are open, and how it goes with losing, None where it is never
    closed."""

    type: str
    state: str
    title: str
    meaning: str
    open: int
    association: Association


@dataclass(frozen=True, slots=True)
class Signals:
    """All signals of the matching deals, ended ones too. `as_of` is the newest day that is known; `won` and `lost` are
    the closed deals that associations rest on, `held` what is held constant. `left_out` objections that came up in one
    conversation of a deal and were found with doubt are in no signal. `known` is what the CRM knows accounts by."""

    as_of: str
    quiet_days: int
    signals: tuple[Signal, ...]
    definitions: tuple[Definition, ...]
    won: int
    lost: int
    talks: tuple[Talk, ...]
    held: tuple[str, ...]
    left_out: int = 0
    known: Mapping[str, KnownAs] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Signal, ...]:
        return tuple(one for one in self.signals if one.is_open)


@per_state
def signals(db: Database, filters: Filters, *, today: date) -> Signals:
    """Work out the signals of deals as they stand. What is looked at is the whole deal, whatever day filters name."""
    filters = of_deals(filters)
    heard = as_they_stand(db, filters, today=today)
    deals, held = closed_deals(db, filters, today=today)
    shown = rules.shown_by(heard.talks, heard.raised, heard.courses, quiet_days=heard.quiet_days)
    told = judged.associations(deals, list(shown.values()))
    definitions = [
        Definition(type, state, *DEFINITIONS[type, state], _count(heard.signals, type, state), one)
        for (type, state), one in zip(shown, told, strict=True)
    ]
    lost = sum(deal.lost for deal in deals)
    return Signals(
        heard.as_of, heard.quiet_days, heard.signals, tuple(definitions), len(deals) - lost, lost, heard.talks, held,
        heard.left_out, account_ids.every(db),
    )  # fmt: skip


def _count(found: Sequence[Signal], type: str, state: str) -> int:
    return sum(one.is_open and (one.type, one.state) == (type, state) for one in found)


def set_quiet_days(db: Database, days: int) -> None:
    """Raises BadSignal."""
    if not FEWEST_QUIET <= days <= MOST_QUIET:
        raise BadSignal(f"Silence begins after {FEWEST_QUIET} to {MOST_QUIET} days; {days} is not between them.")
    with db.atomic():
        state.put(db, QUIET_KEY, str(days))


# What changed


def content(signal: Signal, known: Mapping[str, KnownAs]) -> dict:
    """A signal as it is noted and sent: names, days and ids, nobody's words. `known` is what the CRM calls accounts."""
    return {
        "type": signal.type, "state": signal.state, "title": signal.title, "subject": signal.subject,
        "name": signal.name,
        "account": signal.account_name, "account_id": signal.account_id, "deal_id": signal.deal_id,
        "crm_account_id": account_ids.crm_id(known, signal.account), "since": signal.since, "last": signal.last,
        "heard": signal.heard, "open": signal.is_open, "ended": signal.ended,
        "ended_on": signal.ended_on, "days": signal.days, "usual": signal.usual, "noted": signal.noted,
        "evidence": list(signal.evidence),
    }  # fmt: skip


def changed(
    was: Mapping[str, Event], now: Sequence[Signal], known: Mapping[str, KnownAs]
) -> list[tuple[str, str, dict]]:
    """What to note: (signal, change, content). A change is one that a person or their tool would act on: state, end,
    one more conversation, another id in the CRM; the days that a silence grows by are none."""
    found = []
    for one in now:
        told, before = content(one, known), was.get(one.id)
        if before is None or before.change in ("closed", "withdrawn"):
            if one.is_open:
                found.append((one.id, "appeared", told))
        elif not one.is_open:
            found.append((one.id, "closed", told))
        elif any(before.content.get(name, "") != told[name] for name in ACTED_ON):
            found.append((one.id, "changed", told))
    there = {one.id for one in now}
    for id, before in was.items():
        if id not in there and before.change not in ("closed", "withdrawn"):
            found.append((id, "withdrawn", before.content | {"open": False, "ended": "gone"}))
    return sorted(found, key=lambda row: (row[2]["last"], row[0]))


def note_soon(db: Database, *, today: date, now: str) -> None:
    """Note what changed at the end of mining, where that takes no longer than a moment; with more conversations the
    worker does it as soon as nothing else waits, so that nobody's upload waits for it."""
    if conversations.count(db) <= MOST_AT_ONCE:
        note_changes(db, today=today, now=now)


def note_changes(db: Database, *, today: date, now: str) -> int:
    """Note what changed since the last time; how many events. Nothing changed, nothing written."""
    mark = _mark(db)
    if state.get(db, SEEN_KEY) == mark:
        return 0
    found, known = as_they_stand(db, Filters(), today=today).signals, account_ids.every(db)
    with db.atomic():
        if _mark(db) != mark:  # what was found is older than what another noted meanwhile; the next round tells
            return 0
        rows = changed(signal_rows.noted(db), found, known)
        signal_rows.note(db, rows, now=now)
        state.put(db, SEEN_KEY, mark)
    return len(rows)


def _mark(db: Database) -> str:
    counts = changes.totals(db)
    told = {name: counts.get(name, 0) for name in RESTS_ON if name != "state"} | {"quiet": quiet_days(db)}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


# Where changes are sent


def add_hook(db: Database, url: str, *, now: str, actor: str) -> Hook:
    """A new address for what changes from now on. Raises BadSignal."""
    url = url.strip()
    try:
        sending.checked(url)
    except sending.Refused as error:
        raise BadSignal(str(error)) from None
    if len(signal_rows.hooks(db)) >= MOST_HOOKS:
        raise BadSignal(f"There are {MOST_HOOKS} addresses already. Remove one first.")
    with db.atomic():
        made = signal_rows.add_hook(
            db, url, secret=secrets.token_urlsafe(32), position=signal_rows.newest(db), now=now, actor=actor
        )
    found = signal_rows.hook(db, made)
    assert found is not None
    return found


def set_hook(db: Database, hook_id: int, status: str) -> None:
    """Pause, resume or remove an address. Raises BadSignal."""
    if status not in ("active", "paused", "removed"):
        raise BadSignal("An address is active, paused or removed.")
    if signal_rows.hook(db, hook_id) is None:
        raise BadSignal(f"There is no address {hook_id}.")
    with db.atomic():
        signal_rows.set_hook(db, hook_id, status)


def send(db: Database, *, now: datetime) -> int:
    """Post what is new to every address that is due; how many events went out.

    An event is posted until it was taken: the same delivery has the same key, so who receives it twice can tell.
    """
    sent = 0
    moment = now.astimezone(UTC).isoformat(timespec="seconds")
    for one in signal_rows.hooks(db, "active"):
        while one.try_at <= moment and (rows := signal_rows.events(db, after=one.position, limit=A_POST)):
            key, last = f"signals-{one.id}-{rows[0].id}-{rows[-1].id}", rows[-1].id
            body = {"events": [asdict(row) for row in rows], "next": last, "key": key}
            try:
                sending.webhook(one.url, body, secret=one.secret, delivery=key)
            except (sending.Refused, sending.Unclear) as error:
                again = not isinstance(error, sending.Refused) or error.again
                again = again and one.tries < len(BACK_OFF)
                wait = now + timedelta(minutes=BACK_OFF[min(one.tries, len(BACK_OFF) - 1)])
                with db.atomic():
                    signal_rows.settle_hook(
                        db, one, position=one.position, tries=one.tries + 1,
                        try_at=wait.astimezone(UTC).isoformat(timespec="seconds"), told=str(error),
                        status="active" if again else "paused",
                    )  # fmt: skip
                break
            with db.atomic():
                if not signal_rows.settle_hook(db, one, position=last):
                    break
            sent += len(rows)
            one = replace(one, position=last, tries=0)
    return sent


def keep_up(db: Database, *, now: datetime) -> None:
    """What the worker does while nothing else waits: note what changed, send it, publish the month that is over.
    Trouble must not stop other work."""
    try:
        note_changes(db, today=now.date(), now=now.astimezone(UTC).isoformat(timespec="seconds"))
        send(db, now=now)
        shared.publish_due(db, today=now.date(), now=now.astimezone(UTC).isoformat(timespec="seconds"))
    except Exception as error:
        log.warning("signals: %s", type(error).__name__)

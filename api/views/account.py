"""What the pages of accounts show: one's own, other people's, and the audit log. No value here holds a secret or a hash
of one: whoever asks for a page as JSON gets the same value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from api.wording import audit_words
from pipelines.access import accounts, codes, reps
from pipelines.access.accounts import ROLES, Person, may
from pipelines.access.reps import Named
from pipelines.access.sessions import Lifetimes
from pipelines.access.tokens import SCOPE_ROLES, SCOPES
from pipelines.privacy import originals
from pipelines.settings import Settings
from pipelines.store import accounts as store
from pipelines.store import audit, facets, speaking
from pipelines.store.accounts import Invitation, Role, Scope, Token
from pipelines.store.audit import Entry, Unnamed
from pipelines.teams import shared

ROLE_NAMES: Mapping[Role, str] = {"viewer": "Viewer", "contributor": "Contributor", "admin": "Administrator"}
ROLE_MEANINGS: Mapping[Role, str] = {
    "viewer": "reads pages, reports and quotes, and exports them",
    "contributor": "also uploads, edits themes, catalogue, trackers, plan and collections, reviews, and undoes",
    "admin": "also lets people in, reads the audit log, erases and restores",
}
OWN_MEANINGS: Mapping[Role, str] = {
    "viewer": "you read and export", "contributor": "you read, export, upload and edit",
    "admin": "you may do everything, and let others in",
}  # fmt: skip
SCOPE_NAMES: Mapping[Scope, str] = {"read": "Read", "write": "Read and change", "admin": "Everything you may"}
TOKEN_DAYS = (30, 90, 366)
PAGE, UNNAMED = 100, 50
MOST_REPS = 200  # values up to which a column is offered as one of reps
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A browser that is signed in; `id` names it in the form that ends it."""

    id: str
    browser: str
    door: str
    created_at: str
    seen_at: str
    here: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One's own account; `person` is None while there are no accounts. `problems` stand beside their form."""

    person: Person | None
    has_password: bool
    sessions: tuple[ShownSession, ...]
    tokens: tuple[Token, ...]
    scopes: tuple[Scope, ...]
    told: str = ""
    problem: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A person as an administrator sees them. `last` means that they cannot be removed or lowered."""

    id: int
    name: str
    email: str
    role: Role
    ways: str
    enabled: bool
    signed_in_at: str
    tokens: int
    last: bool
    self: bool
    rep: Named


@dataclass(frozen=True, slots=True)
class PeoplePage:
    people: tuple[ShownPerson, ...]
    invitations: tuple[Invitation, ...]
    originals: Role
    sign_on: tuple[tuple[str, str], ...]
    reps: tuple[str, ...] = ()
    columns: tuple[tuple[str, bool], ...] = ()
    owners: tuple[str, ...] = ()
    told: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A part of the log, the newest first; `next` is the cursor of what is older, 0 at the end; `unnamed` is what was
    done before there were accounts, told on the first page only; `by_day` the entries as the page tells them."""

    entries: tuple[Entry, ...]
    people: tuple[str, ...]
    acts: tuple[str, ...]
    given: Mapping[str, str]
    next: int
    days: int
    by_day: tuple[audit_words.Day, ...]
    unnamed: tuple[Unnamed, ...] = ()


def account(
    db: Database, person: Person | None, *, lives: Lifetimes, now: str, told: str = "", problem: str = "", at: str = ""
) -> AccountPage:  # fmt: skip
    if person is None:
        return AccountPage(None, False, (), (), (), told, problem, at)
    user = accounts.person(db, person.id)
    idle = codes.iso(datetime.fromisoformat(now) - lives.idle)
    sessions = tuple(
        ShownSession(s.id, browser(s.agent), s.door, s.created_at, s.seen_at, s.id == person.session_id)
        for s in store.sessions(db, person.id) if s.ends_at > now and s.seen_at > idle
    )  # fmt: skip
    tokens = tuple(t for t in store.tokens(db, user_id=person.id) if not t.revoked_at and t.ends_at > now)
    scopes = tuple(scope for scope in SCOPES if may(user.role, SCOPE_ROLES[scope]))
    return AccountPage(person, bool(user.password), sessions, tokens, scopes, told, problem, at)


def people(
    db: Database, settings: Settings, person: Person, *, now: str, told: str = "", problem: str = ""
) -> PeoplePage:
    every = store.every(db)
    admins = [user.id for user in every if user.role == "admin" and not user.disabled_at]
    live: dict[int, int] = {}
    for token in store.tokens(db):
        live[token.user_id] = live.get(token.user_id, 0) + (not token.revoked_at and token.ends_at > now)
    shown = tuple(
        ShownPerson(
            u.id, u.name, u.email, u.role, _ways(bool(u.password), bool(u.subject)), not u.disabled_at, u.signed_in_at,
            live.get(u.id, 0), admins == [u.id], u.id == person.id, reps.named(db, u.id),
        )
        for u in every
    )  # fmt: skip
    opened = tuple(store.invitations(db, now=now))
    holding = reps.columns(db)
    columns = tuple((name, name in holding) for name in facets.field_names(db, most_values=MOST_REPS))
    names = tuple(sorted(speaking.reps(db), key=str.casefold))
    return PeoplePage(
        shown,
        opened,
        originals.sees(db),
        sign_on(settings),
        names,
        columns,
        tuple(shared.owners(db)),
        told,
        problem,
    )


def sign_on(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The settings of single sign-on in words; () where it is not set up. The secret is never among them."""
    if not settings.sso_issuer:
        return ()
    domains = ", ".join(settings.sso_domains)
    new = (
        f"people of {domains}, as {ROLE_NAMES[settings.sso_role].lower()}" if domains else "nobody: invite people first"
    )
    return (
        ("Provider", settings.sso_issuer), ("Known there as", settings.sso_client_id or "no name is set yet"),
        ("Address to return to", f"{settings.public_url or 'the address of Parley'}/login/sso/back"),
        ("New logins for", new), ("Passwords", "administrators only" if settings.sso_only else "taken too"),
    )  # fmt: skip


def audited(db: Database, given: Mapping[str, str], *, before: int, limit: int, days: int) -> AuditPage:
    found = audit.entries(db, **given, before=before, limit=limit + 1)
    shown = tuple(found[:limit])
    return AuditPage(
        shown,
        tuple(audit.people(db)),
        tuple(audit.acts(db)),
        given,
        (shown[-1].id or 0) if len(found) > limit else 0,
        days,
        audit_words.days(shown),
        tuple(audit.unnamed(db, limit=UNNAMED)) if not before and not any(given.values()) else (),
    )


def browser(agent: str) -> str:
    """ "Firefox on Linux" for what a browser says of itself; no more than that is worth reading."""
    name = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " on ".join(filter(None, (name, system))) or "another program"


def role_choices() -> tuple[tuple[Role, str], ...]:
    return tuple((role, ROLE_NAMES[role]) for role in ROLES)


def invitation_days(invitation: Invitation, now: str) -> int:
    """Whole days that a link still lasts, at least 1."""
    left = datetime.fromisoformat(invitation.ends_at) - datetime.fromisoformat(now)
    return max(1, -(-left // timedelta(days=1)))


def _ways(password: bool, elsewhere: bool) -> str:
    return " and ".join(["password"] * password + ["single sign-on"] * elsewhere) or "no way in yet"

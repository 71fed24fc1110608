"""Logins and tokens from the terminal: parley users, parley tokens. Whoever can run this can read the database file.

A password is typed at a prompt or comes on stdin, never as an argument: arguments stand in histories and process lists.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import fail, open_database, print_json, settings

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.store.accounts import User

ACTOR = "terminal"
users = typer.Typer(no_args_is_help=True, help="Who may come in, and as what: viewer, contributor or admin.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens for programs.")
Email = Annotated[str, typer.Argument(help="E-mail address of the person.")]
Role = Annotated[str, typer.Option(help="viewer, contributor or admin.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]


def register(app: typer.Typer) -> None:
    app.add_typer(users, name="users")
    app.add_typer(tokens, name="tokens")


@users.command()
def add(
    email: Email,
    role: Role = "viewer",
    name: Annotated[str, typer.Option(help="Name as colleagues see it; the address without one.")] = "",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For who signs in through the company's provider alone.")
    ] = False,
) -> None:
    """Add a person; asks for a password, or reads it from stdin.

    Examples: `parley users add ada@example.com --role admin`, `parley users add bo@example.com < password.txt`
    """
    from pipelines.access import accounts

    with open_database() as db:
        accounts.role_of(role)
        if not accounts.store.any_user(db) and role != "admin":
            raise fail("The first login must be an administrator's: --role admin", code=2)
        password = "" if no_password else _password()
        made = accounts.add_person(
            db, email, name=name, role=role, password=password, now=_now(), actor=ACTOR,
            memory_kib=settings().password_memory_kib,
        )  # fmt: skip
    print(f"Added {made.email} as {made.role}.")


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Everybody who may come in."""
    from pipelines.store import accounts

    with open_database() as db:
        people = accounts.every(db)
    if as_json:
        names = ("id", "email", "name", "role", "created_at", "disabled_at", "signed_in_at")
        print_json([{name: getattr(user, name) for name in names} for user in people])
        return
    for user in people:
        off = "  switched off" if user.disabled_at else ""
        seen = user.signed_in_at[:16].replace("T", " ") or "never"
        print(f"{user.role:<12} {user.email:<36} {user.name}  last signed in: {seen}{off}")
    if not people:
        print("No logins: Parley serves only this machine. The first: parley users add you@example.com --role admin")


@users.command("role")
def set_role(email: Email, role: Annotated[str, typer.Argument(help="viewer, contributor or admin.")]) -> None:
    """Give a person another role; it counts from their next request on."""
    from pipelines.access import accounts

    _changed(email, lambda db, user: accounts.set_role(db, user.id, role, now=_now(), actor=ACTOR))
    print(f"{email} is {role} now.")


@users.command("password")
def set_password(email: Email) -> None:
    """Set a person's password; every session of theirs ends, and every token is revoked."""
    from pipelines.access import accounts

    cost = settings().password_memory_kib
    _changed(
        email,
        lambda db, user: accounts.set_password(db, user.id, _password(), now=_now(), actor=ACTOR, memory_kib=cost),
    )
    print(f"The password of {email} is set; every session of theirs has ended, and every token is revoked.")


@users.command()
def disable(email: Email) -> None:
    """Switch a login off: its sessions end, its tokens are revoked. Take it back: parley users enable."""
    from pipelines.access import accounts

    _changed(email, lambda db, user: accounts.set_standing(db, user.id, enabled=False, now=_now(), actor=ACTOR))
    print(f"{email} is switched off. Take it back: parley users enable {email}")


@users.command()
def enable(email: Email) -> None:
    """Switch a login on again."""
    from pipelines.access import accounts

    _changed(email, lambda db, user: accounts.set_standing(db, user.id, enabled=True, now=_now(), actor=ACTOR))
    print(f"{email} is switched on.")


@users.command()
def remove(email: Email) -> None:
    """Remove a login with its tokens; what was done under its name stays. To keep it for later: parley users disable."""
    from pipelines.access import accounts

    _changed(email, lambda db, user: accounts.remove_person(db, user.id, now=_now(), actor=ACTOR))
    print(f"{email} is removed.")


@tokens.command("create")
def create_token(
    email: Email,
    name: Annotated[str, typer.Option(help="What it is for.")] = "token",
    scope: Annotated[str, typer.Option(help="read, write or admin; never more than the person's role.")] = "read",
    days: Annotated[int, typer.Option(help="Days that it lasts, up to 366.")] = 90,
) -> None:
    """Make a token in a person's name and print it, this once.

    Example: `parley tokens create ada@example.com --name nightly --scope write > token.txt`
    """
    from pipelines.access import accounts, tokens

    with open_database() as db:
        user = accounts.find(db, email)
        made, secret = tokens.create(db, user.id, name=name, scope=scope, days=days, now=_now(), actor=ACTOR)
    print(f"Token {made.id}, to {made.scope}, until {made.ends_at[:10]}. It is not shown again:", file=sys.stderr)
    print(secret)


@tokens.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """All tokens, without what they open with."""
    from dataclasses import asdict

    from pipelines.store import accounts

    now = _now()
    with open_database() as db:
        found = accounts.tokens(db)
    if as_json:
        print_json([asdict(token) for token in found])
        return
    for t in found:
        state = "revoked" if t.revoked_at else "expired" if t.ends_at <= now else f"until {t.ends_at[:10]}"
        used = t.used_at[:16].replace("T", " ") or "never"
        print(f"{t.id:>5}  {t.hint}…  {t.scope:<6} {state:<16} {t.email:<30} {t.name}  last used: {used}")
    if not found:
        print("No tokens. Make one: parley tokens create you@example.com --name nightly")


@tokens.command()
def revoke(
    token: Annotated[int, typer.Argument(help="Number of the token, as `parley tokens list` shows it.")],
) -> None:
    """Revoke a token; it opens nothing any more."""
    from pipelines.access import tokens

    with open_database() as db:
        tokens.revoke(db, token, now=_now(), actor=ACTOR)
    print(f"Token {token} is revoked.")


def _changed(email: str, change: "Callable[[Database, User], object]") -> None:
    from pipelines.access import accounts

    with open_database() as db:
        change(db, accounts.find(db, email))


def _password() -> str:
    """Twice at a prompt, or the first line of stdin."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True)
        if password != typer.prompt("The same again", hide_input=True):
            raise fail("The two passwords are not the same.")
        return password
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise fail("There is no password on stdin. Run it in a terminal, or: parley users add … < password.txt", code=2)
    return password


def _now() -> str:
    from pipelines.jobs import now

    return now()

"""People of every role with cheap passwords, a server with a clock that can be set, and browsers that are signed in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.testclient import TestClient

from api.app import create_app
from pipelines.access import accounts, codes, tokens
from pipelines.settings import Settings
from pipelines.store.accounts import User
from tests.sharing import with_shared_routes

CHEAP = 64  # KiB that an argon2 check takes
PASSWORD = "four words at random"
START = "2026-03-20T09:00:00+00:00"
ORIGIN = {"origin": "http://localhost", "accept": "text/html"}


@dataclass
class Time:
    """A clock that stands still until it is moved."""

    now: str = START

    def __call__(self) -> str:
        return self.now

    def passes(self, **duration: float) -> None:
        self.now = codes.iso(datetime.fromisoformat(self.now) + timedelta(**duration))


def add(db, role: str, name: str = "") -> User:
    name = name or f"{role.title()} Person"
    return accounts.add_person(
        db, f"{name.split()[0].lower()}@example.com", name=name, role=role, password=PASSWORD, now=START, actor="test",
        memory_kib=CHEAP,
    )  # fmt: skip


def settings_of(folder, **more) -> Settings:
    return Settings(home=folder, password_memory_kib=CHEAP, **more)


def browser(app, *, base: str = "http://localhost") -> TestClient:
    return TestClient(
        app, base_url=base, raise_server_exceptions=False, follow_redirects=False, headers={"origin": base, "accept": "text/html"}
    )  # fmt: skip


def serve(settings: Settings, time: Time):
    app = create_app(settings, today=lambda: date(2026, 3, 20), worker=False, clock=time)
    return with_shared_routes(app, settings)


def sign_in(client: TestClient, email: str, password: str = PASSWORD, **more):
    return client.post("/login", data={"email": email, "password": password, **more})


def token(db, user: User, scope: str = "read", days: int = 90) -> str:
    return tokens.create(db, user.id, name="test", scope=scope, days=days, now=START, actor="test")[1]

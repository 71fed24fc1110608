"""A small synthetic company: conversations over twelve months, filled through the store's own functions."""

import io
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.cli import main
from insights.records import Conversation, Insight, Participant, Problem, Utterance, stable_id, text_hash
from pipelines.ingest import Counts
from pipelines.privacy import originals
from pipelines.report import TrendReport, trend_report
from pipelines.settings import Settings
from pipelines.store import batches, brought, connect, conversations, insights, vectors, worklist
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle
from tests.api import signing
from tests.sharing import with_shared_routes

TODAY = date(2026, 3, 20)
NOW = "2026-03-20T09:00:00+00:00"
PEOPLE = (
    ("CFO", "Dana Hill"),
    ("Director of IT", "Sam Oduya"),
    ("VP Sales", "Lena Berg"),
    ("Head of Operations", "Ravi Nair"),
)
PRICE = "It is more than we can spend this year"
SETUP = "I worry that the roll-out takes us half a year"
SECURITY = "Where is our data kept?"
RIVAL = "Beacon"
DANGEROUS = '=HYPERLINK("http://example.org","<b>free</b> | *now*")'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def db(settings: Settings, bare_file: Path, company_file: Callable[[int], Path], request: pytest.FixtureRequest):
    settings.database_file.parent.mkdir(parents=True, exist_ok=True)
    # A file is copied in a third of the time that it takes to bring its pages into a database that is open.
    made = company_file(60) if "_from_the_beginning" in request.fixturenames else bare_file
    shutil.copy(made, settings.database_file)
    with closing(connect(settings.database_file)) as db:
        yield db


@pytest.fixture(scope="session")
def company_file(bare_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A function that gives the database of `fill` with so many calls, which is built once: copy it."""
    folder = tmp_path_factory.mktemp("companies")

    def file(count: int) -> Path:
        built = folder / f"{count}.db"
        if not built.exists():
            shutil.copy(bare_file, built)
            with closing(connect(built)) as new:
                fill(new, count=count)
                # What is remembered of a file may keep it open, and its last writes in its log.
                new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return built

    return file


@pytest.fixture(scope="session")
def company(company_file: Callable[[int], Path]) -> Callable[..., None]:
    """A function that puts the company of `fill` into a database."""

    def put(db, *, count: int = 60) -> None:
        with closing(sqlite3.connect(company_file(count))) as whole:
            whole.backup(db.conn)

    return put


@pytest.fixture
def _from_the_beginning() -> None:
    """Its name among a test's fixtures says that `db` has the company in it when it is opened."""


@pytest.fixture
def filled(db, company: Callable[..., None], _from_the_beginning: None) -> None:
    if not db.table("batches").count:  # of a test that opens a database of its own
        company(db)


@pytest.fixture
def report(db, filled: None) -> TrendReport:
    found = trend_report(db, Filters(), kind="objection", today=TODAY)
    assert found is not None
    return found


@pytest.fixture
def client(settings: Settings, filled: None) -> Iterator[TestClient]:
    with serve(settings) as client:
        yield client


@pytest.fixture
def empty_client(settings: Settings, db) -> Iterator[TestClient]:
    with serve(settings) as client:
        yield client


def serve(settings: Settings) -> TestClient:
    app = with_shared_routes(create_app(settings, today=lambda: TODAY, worker=False), settings)
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


@pytest.fixture
def covered_client(settings: Settings, db) -> Iterator[TestClient]:
    """The database as somebody meets it who may not see originals: only administrators do."""
    key = signing.token(db, signing.add(db, "contributor"), "write")
    originals.settle(db, sees="admin", now=NOW, actor="test")
    with signing.browser(signing.serve(settings, signing.Time())) as client:
        client.headers["authorization"] = f"Bearer {key}"
        yield client


@pytest.fixture
def telling(settings, db, company) -> Iterator[TestClient]:
    """A company with enough conversations that one change is sure over all kinds."""
    company(db, count=240)
    with serve(settings) as client:
        yield client


def fill(db, *, count: int = 60, today: date = TODAY) -> None:
    """`count` calls, the newest yesterday: price is named ever more often, security steadily, Beacon now and then."""
    batch = batches.start(db, title="crm-export.csv", now=NOW)
    with db.atomic():
        ids = {
            "price": ledger.create(db, "objection", NewTheme("Too expensive this year", "price", ("price", "spend")), now=NOW).theme,
            "setup": ledger.create(db, "objection", NewTheme(DANGEROUS, "implementation"), now=NOW).theme,
            "security": ledger.create(db, "question", NewTheme("Where data is kept", "security", ("data",)), now=NOW).theme,
            "rival": ledger.create(db, "competitor", NewTheme(RIVAL, "incumbent"), now=NOW).theme,
        }  # fmt: skip
        for n in range(count):
            _add(db, n, count, today, batch, ids)
        batches.add_problems(db, batch, [Problem("crm-export.csv", 17, "has no text", "Fill the column 'notes'.")])
        counts = Counts(
            files=1, pieces=count + 3, added=count, duplicates=2, problems=1, conversations=count, utterances=3 * count
        )  # fmt: skip
        batches.finish(db, batch, counts=asdict(counts), now=NOW)


def _add(db, n: int, count: int, today: date, batch: int, ids: dict[str, int]) -> None:
    title, contact = PEOPLE[n % 4]
    account = f"Account {n % 23:02}"
    said = [
        "Thanks for making time. How does it look on your side?",
        f"Honestly, it is a hard year. {SECURITY} We have {RIVAL} today.",
    ]
    age = (count - n) / count
    with_price, with_setup = n % 7 < 5 - round(4 * age), n % 5 == 0
    said.append(
        ". ".join((PRICE if with_price else "The budget is fine", SETUP if with_setup else "The dates suit us")) + "."
    )
    note = n % 6 == 5
    conversation = Conversation(
        id=stable_id("call", n), kind="note" if note else "call", title=f"Call {n} with {account}",
        occurred_at=(today - timedelta(days=1 + round(360 * age))).isoformat(), account=account, contact=contact, job_title=title,
        rep="Kim Rowe", stage=("Discovery", "Demo", "Negotiation")[n % 3], outcome=("won", "lost", "open")[n % 3],
        participants=(Participant(contact, role="buyer", title=title), Participant("Kim Rowe", role="seller")),
        utterances=tuple(
            Utterance(contact if m else "Kim Rowe", "buyer" if m else "seller", "reported" if note else "verbatim", text, 12.0 * m)
            for m, text in enumerate(said)
        ),
        fields={"segment": "mid-market" if n % 2 else "enterprise"}, file="crm-export.csv", row=n + 2,
    )  # fmt: skip
    brought.note(db, batch, "conversation", {conversation.id: settle.said(conversation)}, attempt=1)
    settle.write(db, [conversation], settle.knowledge(db))
    spans = [("price", 2, "objection", PRICE, "price")] * with_price + [
        ("setup", 2, "objection", SETUP, "implementation")
    ] * with_setup
    spans += [("security", 1, "question", SECURITY, "security")] * (n % 3 != 1) + [
        ("rival", 1, "competitor", RIVAL, "incumbent")
    ] * (n % 4 == 0)
    stored = conversations.utterances(db, conversation.id)
    found = []
    for _, place, kind, text, label in spans:
        start = said[place].index(text)
        found.append(
            (
                stored[place].id,
                said[place],
                Insight(kind, start, start + len(text), text, label, 0.9, RIVAL if kind == "competitor" else ""),
            )
        )
    insights.replace(db, conversation.id, found)
    for one, content in worklist.contents(db, [conversation.id]).items():
        worklist.mark_analysed(db, one, content, "by hand")
    members = {
        stable_id(utterance_id, insight.kind, insight.start, insight.end): (ids[name], 0.8)
        for (name, *_), (utterance_id, _, insight) in zip(spans, found, strict=True)
    }
    ledger.join(db, members, now=NOW)


@pytest.fixture
def parley(tmp_path, monkeypatch, capfd):
    """A function that runs the command line, in this process, in a home of its own."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PARLEY_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(sys, "argv", ["parley", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run


@pytest.fixture
def say(db):
    """A function that stores what buyers said, one conversation a text, as insights that wait: `apart` groups of texts
    whose vectors point in as many directions. Returns their ids by group."""

    def run(*apart: list[str], kind: str = "objection") -> list[list[str]]:
        rng, groups = np.random.default_rng(7), []
        for direction, texts in enumerate(apart):
            found = []
            for n, text in enumerate(texts):
                key = stable_id("said", kind, direction, n, text)
                turns = (Utterance("Dana Hill", "buyer", "verbatim", text),)
                conversation = Conversation(
                    id=key, kind="call", title=text, occurred_at="2026-03-01", account=f"Firm {direction}.{n}", utterances=turns
                )  # fmt: skip
                with db.atomic():
                    settle.write(db, [conversation], settle.knowledge(db))
                    (turn,) = conversations.utterances(db, key)
                    insights.replace(db, key, [(turn.id, text, Insight(kind, 0, len(text), text, "price", 0.9))])
                    vector = rng.normal(0, 0.02, 384)
                    vector[direction] += 1
                    vectors.save(db, "test", [text_hash(text)], (vector / np.linalg.norm(vector))[None])
                found.append(stable_id(turn.id, kind, 0, len(text)))
            groups.append(found)
        return groups

    return run


@pytest.fixture
def at_home(db, tmp_path):
    """A function that puts the database where `parley` works."""

    def put() -> None:
        (tmp_path / "home").mkdir(exist_ok=True)
        with closing(sqlite3.connect(tmp_path / "home" / "parley.db")) as new:
            db.conn.backup(new)

    return put

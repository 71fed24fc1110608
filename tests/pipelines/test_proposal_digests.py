"""A webhook for programs: rising themes and what waits for a decision, signed, tried again, and told once."""

import hashlib
import hmac
import json
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from insights.schedules import Schedule, following, latest, told
from pipelines.settings import Settings
from pipelines.store import connect, proposals
from pipelines.store import digests as store
from pipelines.teams import digests
from pipelines.teams.digest_plans import Plan

NOON = datetime(2026, 1, 15, 12, 20, tzinfo=UTC)
HOURLY = Schedule("hour", 0, 0)
MERGE = {"into": 1, "other": 2, "alike": 0.93}


@pytest.fixture
def db(mined_sample: Path, tmp_path: Path):
    shutil.copy(mined_sample, tmp_path / "parley.db")
    with closing(connect(tmp_path / "parley.db")) as db:
        yield db


@pytest.fixture
def bot():
    """A program that takes webhooks: what it got, and the statuses that it answers, 204 when there are no more."""
    got: list[tuple[dict[str, str], bytes]] = []
    answers: list[int] = []

    class Bot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0) if answers else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Bot)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got, answers
    server.shutdown()
    server.server_close()
    thread.join()


def propose(db, content=MERGE, kind="objection", type="merge") -> int:
    with db.atomic():
        return proposals.put(
            db, kind=kind, type=type, signature=json.dumps(content), size=20, content=content, now=NOON.isoformat()
        )


def run(db, digest, now: datetime) -> dict:
    """What the worker does when the digest is due."""
    digests.queue(db, now=now)
    settings = Settings(home=Path(), public_url="https://parley.example")
    for run_id in store.to_do(db, now=now.isoformat(timespec="seconds")):
        digests.work_off(db, run_id, settings, now=now)
    return {one.status for _, found in store.runs(db, digest.id) for one in found}


def hourly(db, url: str, **more) -> digests.Digest:
    plan = Plan("Bot", webhook=url, schedule=HOURLY, proposals=True, **more)
    return digests.save(db, plan, now=NOON, actor="test")


def test_rising_themes_and_proposals_are_posted_with_a_signature_that_holds(db, bot):
    url, got, _ = bot
    number = propose(db)
    digest = hourly(db, url)
    assert run(db, digest, NOON + timedelta(hours=1)) == {"sent"}
    ((headers, body),) = got
    signed = hmac.new(digest.secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Parley-Signature-256"] == f"sha256={signed}"
    changes = {change["key"]: change for change in json.loads(body)["changes"]}
    assert any(key.startswith("competitor:") and ":new:" in key for key in changes)
    assert changes[f"proposal:{number}"]["link"] == f"https://parley.example/themes/proposals/{number}"
    assert changes[f"proposal:{number}"]["sentence"].startswith("A merge is proposed: “")


def hours(db, digest, first: int, last: int) -> None:
    for hour in range(first, last + 1):
        run(db, digest, NOON + timedelta(hours=hour))


def news(body: bytes) -> list[str]:
    return [change["key"] for change in json.loads(body)["changes"] if change["new"]]


def test_what_was_told_is_not_told_again_and_a_new_proposal_is(db, bot):
    url, got, _ = bot
    digest = hourly(db, url)
    hours(db, digest, 1, 5)
    before = len(got)
    later = propose(db, {"theme": 3, "last": "2025-06-01"}, type="retire")
    hours(db, digest, 6, 7)
    assert [news(body) for _, body in got[before:]] == [[f"proposal:{later}"]]


def test_what_stood_behind_others_once_is_told_later_and_only_once(db, bot):
    url, got, _ = bot
    made = {f"proposal:{propose(db, MERGE | {'other': other})}" for other in range(2, 9)}
    digest = hourly(db, url)
    hours(db, digest, 1, 6)
    first = [change["key"] for change in json.loads(got[0][1])["changes"]]
    told_of = [key for key in [*first, *(key for _, body in got[1:] for key in news(body))] if key in made]
    assert sorted(told_of) == sorted(made)


def test_a_refusal_is_tried_again_and_arrives_once(db, bot):
    url, got, answers = bot
    answers.append(503)
    digest = hourly(db, url)
    assert run(db, digest, NOON + timedelta(hours=1)) == {"waiting"}
    assert run(db, digest, NOON + timedelta(hours=1, minutes=2)) == {"sent"}
    assert len(got) == 2 and got[0][0]["X-Parley-Delivery"] == got[1][0]["X-Parley-Delivery"]


def test_without_the_wish_no_proposal_is_told(db, bot):
    propose(db)
    letter = digests.preview(db, Plan("Bot", webhook=bot[0]), Settings(home=Path()), now=NOON, actor="test")
    assert letter.items and not [item for item in letter.items if item.key.startswith("proposal:")]


@pytest.mark.parametrize(
    ("type", "content", "expected"),
    [
        ("new", {"name": "Too slow", "subs": []}, "A new theme is proposed: “Too slow”, of 20 quotes that wait."),
        ("split", {"theme": 1, "parts": [{"name": "A"}, {"name": "B"}]}, "is proposed: take out “A”, “B”."),
        ("retire", {"theme": 1, "last": "2025-06-01"}, "last heard on 1 Jun 2025."),
        ("restore", {"theme": 1, "since": "2025-06-01", "conversations": 3}, "back is proposed: it is heard again."),
    ],
)
def test_every_sort_of_proposal_has_its_sentence(db, type, content, expected):
    propose(db, content, type=type)
    letter = digests.preview(
        db, Plan("Bot", mails=("a@example.com",), proposals=True), Settings(home=Path()), now=NOON, actor="test"
    )
    assert any(expected in item.sentence for item in letter.items)


def test_every_hour_is_due_on_the_hour_and_what_was_slept_through_once():
    assert following(HOURLY, NOON) == NOON.replace(hour=13, minute=0)
    assert latest(HOURLY, NOON.replace(minute=0), NOON + timedelta(days=400)) == (NOON + timedelta(days=400)).replace(
        minute=0
    )
    assert told(HOURLY) == "Every hour"


def test_every_day_is_due_at_its_hour():
    daily = Schedule("day", 0, 8, "Europe/Berlin")
    assert following(daily, NOON) == NOON.replace(day=16, hour=7, minute=0)
    assert told(daily) == "Every day at 8:00, Europe/Berlin"

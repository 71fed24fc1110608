"""Text that was written to do harm, in every field: it is shown as text, nothing runs, and no page grows wider than its screen."""

from collections.abc import Iterator
from contextlib import closing

import httpx2
import pytest

from insights.records import Conversation, Insight, Participant, Utterance, stable_id
from pipelines.settings import Settings
from pipelines.store import connect, conversations, insights
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle
from tests.browser import looking
from tests.browser.serving import Site, serving
from tests.browser.walking import walk

NOW = "2026-01-15T12:00:00+00:00"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"
TURNED = "\u202eright to left \u0627\u0644\u0633\u0639\u0631 \u05de\u05d7\u05d9\u05e8"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 Z\u0351\u036b\u0343a\u0334l\u0335g\u0336o\u0337"
LONG = "x" * 10_000
HOSTILE = (SCRIPT, TURNED, FAMILY, LONG)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, browser: object) -> Iterator[Site]:
    """A company whose every field holds such a text."""
    with serving(Settings(home=tmp_path_factory.mktemp("hostile"), workers=1), worker=False) as site:
        with closing(connect(site.settings.database_file)) as db:
            for n in range(24):
                _say(db, n)
        with httpx2.Client(base_url=site.address, timeout=60) as http:
            _use(http)
        yield site


def _say(db, n: int) -> None:
    text = HOSTILE[n % 4]
    said = f"It costs too much {text}" if n % 4 < 3 else f"It costs too much {text[:9000]}"
    key = stable_id("hostile", n)
    conversation = Conversation(
        id=key, kind=("call", "note")[n % 2], title=text[:900], occurred_at=f"2026-01-{1 + n % 14:02}", account=f"{text[:300]} {n % 6}",
        contact=text[:300], job_title=text[:300], rep=text[:300], stage=text[:200], outcome=text[:200],
        participants=(Participant(text[:300], role="buyer", title=text[:300]),),
        utterances=(Utterance(text[:300], "buyer", "verbatim", said),), fields={text[:60]: text[:300]}, file=f"{text[:200]}.csv", row=n,
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [conversation], settle.knowledge(db))
        (turn,) = conversations.utterances(db, key)
        kind = ("objection", "question", "competitor")[n % 3]
        name = text[:100] if kind == "competitor" else ""
        insights.replace(
            db, key, [(turn.id, turn.text, Insight(kind, 0, len(turn.text), turn.text, "price", 0.9, name))]
        )
        theme = ledger.create(db, kind, NewTheme(text[:110] or "x", "price"), now=NOW).theme
        ledger.join(db, {stable_id(turn.id, kind, 0, len(turn.text)): (theme, 0.8)}, now=NOW)


def _use(http: httpx2.Client) -> None:
    quoted = [quote["id"] for quote in http.get("/api/v1/insights", params={"limit": 8}).json()["items"]]
    for text in HOSTILE:
        for path, body in (
            ("/api/v1/trackers", {"name": text[:80], "phrases": ["too much"], "said_by": "anyone"}),
            ("/api/v1/collections", {"title": text[:120], "note": text[:10_000], "quotes": quoted}),
            ("/api/v1/annotations", {"text": text[:120], "day": "2026-01-10"}),
            ("/api/v1/saved", {"address": "/reports/objections", "title": text[:120], "note": text[:2000]}),
        ):
            answer = http.post(path, json=body)
            assert answer.status_code < 300 or answer.status_code == 422, f"{path}: {answer.text[:300]}"
    assert http.get("/api/v1/trackers").json() and http.get("/api/v1/collections").json()


def test_nothing_runs_and_no_page_grows_wider_than_its_screen(hostile, page):
    found = walk(hostile)
    assert not found.broken
    troubles = []
    for pattern, addresses in found.found.items():
        page.goto(hostile.address + addresses[0])
        for size in (looking.WIDE, looking.NARROW):
            page.set_viewport_size(size)
            troubles += [f"{pattern} {size['width']}: {one}" for one in page.evaluate(looking.SIDEWAYS)]
        troubles += [f"{pattern}: an element of the text"] * page.locator(
            "img[src=x], main script, svg[onload]"
        ).count()
    assert len(found.found) > 25
    assert not troubles, "\n".join(troubles)


def test_a_turned_name_does_not_turn_the_words_around_it(hostile, page):
    page.goto(f"{hostile.address}/quotes")
    for source in page.locator("article .source > bdi").all()[:6]:
        assert source.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
    assert SCRIPT[:20] in page.get_by_role("main").inner_text()

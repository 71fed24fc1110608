"""Who may not see originals may write: no name that stood covered for them is lost by it, and none is learnt by it.

What is asked by an address is asked in `test_covered`; here is what is sent.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest

from insights.trackers import Tracker
from pipelines.catalogue import sketches, trackers
from pipelines.privacy import originals
from pipelines.privacy.covering import CoveredWords, cover, kept, kept_lines
from pipelines.quotes import collections
from pipelines.reports import annotations, saved
from pipelines.reports.annotations import Draft
from pipelines.reports.saved import Snapshot
from pipelines.store import connect, prepare, proposals
from pipelines.store.covered import COVER
from pipelines.teams import comments, digests
from pipelines.teams.digest_plans import Plan
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from tests.api import signing
from tests.api.conftest import NOW
from tests.api.test_covered import named_in, plant

NAMED = "Price talk with Gundula Achterberg"
SEEN = "Price talk with ███████ ██████████"


@pytest.fixture(scope="module")
def world(tmp_path_factory, company) -> Iterator:
    """A function that sends a request as a contributor (or another role) where only administrators see originals."""
    ours = signing.settings_of(tmp_path_factory.mktemp("writing"))
    prepare(ours.database_file)
    roles = (("viewer", "read"), ("contributor", "write"), ("admin", "admin"))
    with closing(connect(ours.database_file)) as db:
        company(db, count=30)
        send_quote = plant(db)
        keys = {role: signing.token(db, signing.add(db, role), scope) for role, scope in roles}
        originals.settle(db, sees="admin", now=NOW, actor="test")
    client = signing.browser(signing.serve(ours, signing.Time()))

    def send(method: str, path: str, *, role: str = "contributor", **more):
        accept = "application/json" if path.startswith("/api/") else "text/html"
        head = {"authorization": f"Bearer {keys[role]}", "accept": accept}
        return client.request(method, path, headers=head, **more)

    send.quote, send.file = send_quote, ours.database_file
    yield send


@pytest.fixture
def db(world):
    with closing(connect(world.file)) as db:
        yield db


def told(**more) -> dict:
    return {"now": NOW, "actor": "test", **more}


@pytest.fixture
def named(db, world) -> dict[str, str]:
    """One of everything that people write, with a name in it: what stands in an address for it, by what it is."""
    theme = ledger.create(db, "objection", NewTheme(NAMED, "price"), now=NOW).theme
    other = ledger.create(db, "objection", NewTheme("Too dear", "price"), now=NOW).theme
    note = annotations.add(db, Draft(NAMED, starts="2026-03-02"), **told())
    kept_one, _ = collections.create(db, title=NAMED, note=NAMED, quotes=[world.quote], **told())
    collections.annotate(db, kept_one, world.quote, NAMED, **told())
    report = saved.save(
        db, Snapshot("objections", "", "2026-03-20", "{}"), title=NAMED, note=NAMED, now=NOW, actor="test", version="1"
    )
    tracker = trackers.save(db, Tracker(f"{NAMED} {theme}", ("more than we can spend", f"{NAMED} today")), **told())
    digest = digests.save(db, Plan(NAMED, mails=("a@example.com",)), now=datetime.fromisoformat(NOW), actor="test")
    return {
        "theme": str(theme), "annotation": str(note.id), "collection": str(kept_one), "saved": report.id, "tracker": str(tracker),
        "digest": str(digest.id), "quote": world.quote, "other": str(other),
    }  # fmt: skip


def stored(db) -> str:
    """Everything that people wrote, as it is stored."""
    tables = ("themes", "annotations", "collections", "collection_quotes", "saved_reports", "digests", "trackers")
    rows = [tuple(row) for table in tables for row in db.conn.execute(f"SELECT * FROM {table}")]
    versions = db.conn.execute("SELECT t.content FROM tracker_versions t JOIN trackers k ON k.id = t.tracker_id AND k.version = t.version")  # fmt: skip
    return repr([*rows, *map(tuple, versions)])


# (what is changed: method, address, what is sent: the covered text as the form showed it, and one thing that is new)
UNCHANGED = [
    ("POST", "/annotations/{annotation}", {"text": SEEN, "starts": "2026-03-03", "version": "1"}),
    ("PUT", "/api/v1/annotations/{annotation}", {"text": SEEN, "starts": "2026-03-03"}),
    ("POST", "/collections/{collection}/note", {"value": SEEN, "was": SEEN}),
    ("POST", "/collections/{collection}/title", {"value": SEEN, "was": SEEN}),
    ("POST", "/collections/{collection}/quote-note", {"value": SEEN, "was": SEEN, "quote": "{quote}"}),
    ("PATCH", "/api/v1/collections/{collection}", {"title": SEEN, "note": "New"}),
    ("PATCH", "/api/v1/collections/{collection}/quotes/{quote}", {"note": SEEN, "was": SEEN}),
    ("POST", "/reports/saved/{saved}", {"title": SEEN, "note": "New"}),
    ("PATCH", "/api/v1/saved/{saved}", {"title": "New", "note": SEEN}),
    ("POST", "/trackers/{tracker}", {"name": SEEN + " {theme}", "phrases": f"more than we can spend\n{SEEN} today\ncannot spend", "version": "1"}),
    ("PUT", "/api/v1/trackers/{tracker}", {"name": SEEN + " {theme}", "phrases": [f"{SEEN} today", "cannot spend"]}),
    ("POST", "/reports/saved/digests/{digest}", {"title": SEEN, "mails": "b@example.com", "version": "1"}),
    ("PUT", "/api/v1/digests/{digest}", {"title": SEEN, "mails": ["b@example.com"]}),
    ("POST", "/themes/{theme}/rename", {"name": SEEN}),
]  # fmt: skip


def filled_in(value, ids: dict[str, str]):
    match value:
        case str():
            return re.sub(r"\{(\w+)\}", lambda m: ids[m[1]], value)
        case dict():
            return {name: filled_in(one, ids) for name, one in value.items()}
    return value


def sending(path: str, given: dict) -> dict:
    return {"json": given} if path.startswith("/api/") else {"data": given}


@pytest.mark.parametrize(("method", "path", "given"), UNCHANGED)
def test_what_came_back_as_it_stood_covered_stays_what_it_was(world, db, named, method, path, given):
    before, covers = stored(db).count(NAMED), stored(db).count(COVER)
    answer = world(method, filled_in(path, named), **sending(path, filled_in(given, named)))

    assert answer.status_code in (200, 303), answer.text
    assert stored(db).count(COVER) == covers
    gone = {"/saved/{saved}"} if "New" in given.values() and "saved" in path else set()
    gone |= {"note"} if path == "/api/v1/collections/{collection}" else set()
    assert stored(db).count(NAMED) == before - len(gone)
    assert named_in(answer.text) == []


@pytest.mark.parametrize(("method", "path", "given"), UNCHANGED)
def test_a_covered_text_that_was_changed_is_refused_and_nothing_is_lost(world, db, named, method, path, given):
    changed = {
        name: [f"{one} now" if COVER in one else one for one in value] if isinstance(value, list)
        else f"{value} now" if COVER in value and name != "was" else value
        for name, value in given.items()
    }  # fmt: skip
    before = stored(db)
    answer = world(method, filled_in(path, named), **sending(path, filled_in(changed, named)))

    assert answer.status_code in (409, 422), answer.text
    assert stored(db) == before
    assert "covered" in answer.text and named_in(answer.text) == []


# Where a text is new, nothing of it can have stood covered.
NEW = [
    ("POST", "/annotations", {"text": SEEN, "starts": "2026-03-03"}),
    ("POST", "/api/v1/annotations", {"text": SEEN, "starts": "2026-03-03"}),
    ("POST", "/collections", {"title": SEEN}),
    ("POST", "/api/v1/collections", {"title": SEEN}),
    ("POST", "/api/v1/saved", {"address": "/reports/objections", "title": SEEN}),
    ("POST", "/reports/saved", {"address": "/reports/objections?account=account%200123456789", "title": "Mine"}),
    ("POST", "/api/v1/trackers", {"name": "New", "phrases": [SEEN]}),
    ("POST", "/trackers", {"name": "New", "phrases": SEEN}),
    ("POST", "/api/v1/digests", {"title": SEEN, "mails": ["a@example.com"]}),
    ("POST", "/api/v1/comments", {"words": SEEN, "place": "/plan", "recipient": "Admin Person"}),
    ("POST", "/comments", {"words": SEEN, "place": "/plan", "to": "Admin Person"}),
    ("POST", "/api/v1/quotes/{quote}/uses", {"title": SEEN}),
    ("POST", "/quotes/{quote}/uses", {"title": SEEN}),
    ("POST", "/quotes/{quote}/usage", {"state": "approved", "note": SEEN, "base": "0"}),
    ("PATCH", "/api/v1/themes/{theme}", {"name": SEEN}),
    ("POST", "/api/v1/themes/{theme}/pin", {"reason": SEEN}),
    ("POST", "/plan/pages/one", {"title": SEEN, "url": "https://example.com/x", "text": "Words of ours."}),
    ("POST", "/plan/{theme}/notes", {"status": "idea", "base": "0", "text": SEEN}),
    ("PUT", "/api/v1/catalogue/names/product/Cat", {"aliases": [SEEN]}),
    ("POST", "/competitors/entries", {"name": SEEN}),
    ("PUT", "/api/v1/competitors/████", {"aliases": []}),
    ("PUT", "/api/v1/catalogue/personas/rules", {"words": "CFO at ████", "function": "finance"}),
    ("POST", "/catalogue/personas", {"words": "CFO at ████", "function": "finance", "action": "save"}),
    ("POST", "/api/v1/answers/asks", {"words": SEEN}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "given"), NEW)
def test_a_cover_is_stored_in_no_name_s_place(world, db, named, method, path, given):
    before = "\n".join(db.conn.iterdump()).count(COVER)
    answer = world(method, filled_in(path, named), **sending(path, filled_in(given, named)))

    assert answer.status_code in (403, 409, 422), answer.text
    assert "\n".join(db.conn.iterdump()).count(COVER) == before


def test_who_sees_names_may_write_what_they_like(world, db):
    assert world("POST", "/api/v1/collections", role="admin", json={"title": SEEN}).status_code == 201
    assert SEEN in stored(db)


def test_two_lines_that_are_covered_alike_keep_their_order(db, world):
    lines = ["Met Gundula Achterberg", "Met Zephyrine Stoltenberger", "Plain"]
    with closing(connect(world.file)) as seen:
        cover(seen, world.file)
        shown = [seen.conn.execute("SELECT covered(?)", [one]).fetchone()[0] for one in lines]
    assert kept_lines(db, [shown[2], shown[0], "More"], lines) == ("Plain", lines[0], "More")
    assert kept(db, f"  {shown[0]} ", lines[0]) == lines[0]
    with pytest.raises(CoveredWords):
        kept_lines(db, [shown[0], shown[0]], lines[:1])


# What only reads may be asked by sending it: names in it must not tell whether somebody has them.
@pytest.mark.parametrize(
    ("path", "known", "unknown"),
    [
        ("/api/v1/catalogue/names/preview", {"name": "Zephyrine", "kind": "product"}, {"name": "Xyzzyqwert", "kind": "product"}),
        ("/catalogue/names", {"name": "Zephyrine", "kind": "product", "action": "look"}, {"name": "Xyzzyqwert", "kind": "product", "action": "look"}),
        ("/catalogue/names/effect", {"name": "Zephyrine", "kind": "product"}, {"name": "Xyzzyqwert", "kind": "product"}),
        ("/api/v1/trackers/preview", {"phrases": ["Zephyrine"]}, {"phrases": ["Xyzzyqwert"]}),
        ("/api/v1/saved", {"address": "/reports/objections?q=Zephyrine", "title": "Mine"}, {"address": "/reports/objections?q=Xyzzyqwert", "title": "Mine"}),
        ("/api/v1/saved", {"address": "/reports/objections?account=Zephyrine+Works", "title": "Mine"}, {"address": "/reports/objections?account=Nobody", "title": "Mine"}),
        ("/api/v1/saved", {"address": "/reports/objections?owner=Torvald+Quist", "title": "Mine"}, {"address": "/reports/objections?owner=Nobody", "title": "Mine"}),
        ("/api/v1/saved", {"address": "/reports/objections?by=account", "title": "Mine"}, {"address": "/reports/objections?by=rep", "title": "Mine"}),
        ("/reports/saved", {"address": "/reports/objections?rep=Torvald+Quist", "title": "Mine"}, {"address": "/reports/objections?rep=Nobody", "title": "Mine"}),
        ("/api/v1/digests", {"title": "t", "mails": ["a@example.com"], "filters": {"account": "Zephyrine Works"}}, {"title": "t", "mails": ["a@example.com"], "filters": {"account": "Nobody"}}),
        ("/api/v1/digests", {"title": "t", "mails": ["a@example.com"], "filters": {"owner": "Torvald Quist"}}, {"title": "t", "mails": ["a@example.com"], "filters": {"owner": "Nobody"}}),
        ("/reports/saved/digests", {"title": "t", "mails": "a@example.com", "account": "Zephyrine Works"}, {"title": "t", "mails": "a@example.com", "account": "Nobody"}),
        ("/reports/saved/digests/preview", {"title": "t", "mails": "a@example.com", "q": "Zephyrine"}, {"title": "t", "mails": "a@example.com", "q": "Xyzzyqwert"}),
        ("/api/v1/conversations/facts", {"conversations": ["x"], "account": "Zephyrine Works"}, {"conversations": ["x"], "account": "Nobody"}),
        ("/uploads/1/facts/preview", {"account": "Zephyrine Works", "every": "account"}, {"account": "Nobody", "every": "account"}),
        ("/api/v1/speakers/corrections", {"subject": "Gundula Achterberg", "side": "buyer"}, {"subject": "Nobody Here", "side": "buyer"}),
        ("/speakers", {"subject": "Gundula Achterberg", "side": "buyer"}, {"subject": "Nobody Here", "side": "buyer"}),
    ],
)  # fmt: skip
def test_no_question_that_is_sent_tells_whether_a_name_is_there(world, db, path, known, unknown):
    def answered(given: dict) -> tuple[int, str]:
        answer = world("POST", path, **sending(path, given))
        texts = [value for one in given.values() for value in ([one] if isinstance(one, str) else one if isinstance(one, list) else one.values())]  # fmt: skip
        words = [text.partition("?")[2].partition("=")[2].replace("+", " ") or text for text in texts]
        plain = answer.text.replace("%20", " ").replace("+", " ")
        for word in words:
            plain = plain.replace(word, "…") if len(word) > 2 else plain
        return answer.status_code, re.sub(r'"id": ?"?\w+"?|\d\d:\d\d:\d\d|digests/\d+', "", plain)

    first, second = answered(known), answered(unknown)
    assert first == second


@pytest.mark.parametrize("role", ["viewer", "contributor"])
@pytest.mark.parametrize("path", ["/quotes?q={}", "/catalogue/own?kind=product&name={}", "/reports/objections?q={}"])
def test_a_page_shows_a_name_that_was_asked_for_like_any_other_word(world, path, role):
    pages = [
        world("GET", path.format(name), role=role).text.replace(name, "…").replace(name.casefold(), "…")
        for name in ("Zephyrine", "Xyzzyqwer")
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("role", ["viewer", "contributor"])
def test_a_spelling_that_is_near_a_name_is_not_told_that_name(world, role):
    page = world("GET", "/catalogue/own?kind=product&name=Zephyrane", role=role).text
    assert "zephyrin" not in page.casefold().replace("zephyrane", "")


@pytest.mark.parametrize("role", ["viewer", "contributor"])
def test_a_word_on_a_side_is_told_without_whose_it_is(world, role):
    place = world("POST", "/speakers", role="admin", data={"subject": "Kassandra Vale", "side": "buyer"}).headers[
        "location"
    ]
    assert named_in(world("GET", place, role=role).text) == []
    (number,) = re.findall(r"done=(\d+)", place)
    world("POST", "/speakers/undone", role="admin", data={"number": number})
    assert named_in(world("GET", f"/speakers?undone={number}", role=role).text) == []


def test_no_form_asks_who_somebody_is_where_nobody_s_name_is_shown(world):
    page = world("GET", "/speakers?all=true").text
    assert (
        'action="/speakers"' not in page
        and 'action="/speakers"' in world("GET", "/speakers?all=true", role="admin").text
    )


@pytest.mark.parametrize("role", ["viewer", "contributor"])
def test_files_that_wait_are_not_listed_by_their_names(world, role):
    file = ("Zephyrine Works.csv", b"Date,Account,Notes\n2026-03-01,Zephyrine Works,The price is far too high\n")
    world("POST", "/uploads", role="admin", data={"action": "check"}, files={"files": file})
    assert named_in(world("GET", "/uploads", role="admin").text) != []
    assert named_in(world("GET", "/uploads", role=role).text) == []


def test_a_name_written_small_in_a_kept_report_is_covered(world, db):
    content = '{"tables": [{"rows": [["zephyrine works", 3], ["torvald quist", 2]]}], "of": "Zephyrine Works"}'
    saved.save(
        db, Snapshot("objections", "account=zephyrine works&q=achterberg", "2026-03-20", content), title="zephyrine works", now=NOW,
        actor="test", version="1",
    )  # fmt: skip
    with closing(connect(world.file)) as seen:
        cover(seen, world.file)
        rows = [dict(row) for row in seen.query("SELECT * FROM saved_reports")]
    assert named_in(str(rows)) == []


def test_what_answers_a_change_shows_no_names(world, db, named):
    """Conflicts and refusals too: they show what stands there now."""
    note = comments.add(
        db,
        kind="comment",
        place="/reports/objections?account=Zephyrine+Works",
        words=NAMED,
        recipient="Admin Person",
        **told(),
    )
    asked = [
        ("POST", "/annotations/{annotation}", {"text": "Mine", "starts": "2026-03-03", "version": "99"}),
        ("POST", "/annotations/{annotation}", {"text": "", "starts": "never", "version": "1"}),
        ("PUT", "/api/v1/annotations/{annotation}", {"text": "Mine", "starts": "2026-03-03", "version": 99}),
        ("POST", "/collections/{collection}/title", {"value": "Mine", "was": "Other"}),
        ("POST", "/collections/{collection}/title", {"value": "", "was": ""}),
        ("PATCH", "/api/v1/collections/{collection}", {"title": "Mine", "version": 99}),
        ("PATCH", "/api/v1/collections/{collection}/quotes/{quote}", {"note": "Mine", "was": "Other"}),
        ("POST", "/trackers/{tracker}", {"name": "Mine", "phrases": "x y", "version": "99"}),
        ("POST", "/trackers/{tracker}/back", {"to": "9", "version": "99"}),
        ("PUT", "/api/v1/trackers/{tracker}", {"name": "Mine", "phrases": ["x y"], "version": 99}),
        ("POST", "/reports/saved/digests/{digest}", {"title": "Mine", "mails": "b@example.com", "version": "99"}),
        ("PUT", "/api/v1/digests/{digest}", {"title": "Mine", "mails": ["b@example.com"], "version": 99}),
        ("POST", "/themes/{theme}/rename", {"name": "Mine", "saw": "{theme}:0"}),
        ("PATCH", "/api/v1/themes/{theme}", {"name": "Mine", "version": 0}),
        ("POST", "/themes/{theme}/merge", {"with": "{other}", "into": "{theme}", "saw": "{theme}:0"}),
        ("POST", "/themes/{theme}/merge", {"with": "{theme}", "into": "9"}),
        ("POST", "/themes/move", {"quote": "{quote}", "to": "{theme}", "since": "0"}),
        ("POST", "/api/v1/themes/{theme}/pin", {}),
        ("POST", "/api/v1/themes/{theme}/retire", {}),
        ("POST", "/api/v1/themes/{theme}/restore", {}),
        ("POST", "/api/v1/themes/{theme}/merge", {"others": ["{other}"], "dry_run": True}),
        ("POST", "/api/v1/themes/moves", {"insights": ["{quote}"], "to": 2}),
        ("POST", "/quotes/{quote}/uses", {"title": "Mine", "address": "no address"}),
        ("POST", "/quotes/{quote}/usage", {"state": "approved", "base": "0"}),
        ("PUT", "/api/v1/quotes/{quote}/borders", {"start": 0, "end": 10}),
        ("POST", "/api/v1/quotes/{quote}/usage", {"state": "anonymised"}),
        ("POST", "/api/v1/digests/{digest}/pause", {}),
        ("DELETE", "/api/v1/annotations/{annotation}", {}),
        ("POST", "/api/v1/saved/{saved}/restore", {}),
        ("POST", "/api/v1/trackers/{tracker}/restore", {}),
        ("POST", "/api/v1/review/rounds", {}),
        ("POST", "/plan/{theme}/notes", {"status": "published", "base": "0"}),
        ("POST", "/api/v1/comments/{comment}/steps", {"act": "close", "done": "Told them"}),
        ("POST", "/comments/{comment}/reopen", {"back": "place"}),
        ("POST", "/comments/{comment}/close", {"back": "place", "done": "x", "base": "99"}),
        ("POST", "/themes/policy", {}),
        ("DELETE", "/api/v1/collections/{collection}", {}),
    ]  # fmt: skip
    named["comment"] = str(note.id)
    leaks, good = {}, 0
    for method, path, given in asked:
        answer = world(method, filled_in(path, named), **sending(path, filled_in_all(given, named)))
        assert answer.status_code < 500, (path, answer.text[:300])
        good += answer.status_code in (200, 201, 303)
        if found := named_in(answer.text + str(answer.headers)):
            leaks[method, path, str(given)] = answer.status_code, found
    assert leaks == {} and good > 12


def filled_in_all(given: dict, ids: dict[str, str]) -> dict:
    return {
        name: [filled_in(one, ids) for one in value] if isinstance(value, list) else filled_in(value, ids)
        for name, value in given.items()
    }


def test_a_digest_is_worked_out_as_whoever_set_it_up_sees_it(world, db, named):
    into, other = int(named["theme"]), int(named["other"])
    content = {"into": into, "other": other, "alike": 1.0}
    with db.atomic():
        proposals.put(db, kind="objection", type="merge", signature=f"{into} {other}", size=9, content=content, now=NOW)
    asked = {"title": "What waits", "mails": ["a@example.com"], "quotes": "account", "proposals": True}
    told = {}
    for role in ("contributor", "admin"):
        number = world("POST", "/api/v1/digests", role=role, json=asked).json()["id"]
        run = digests.send_now(db, number, now=datetime.fromisoformat(NOW))
        digests._work_out(db, digests.store.run(db, run), digests.get(db, number), datetime.fromisoformat(NOW))
        told[role] = str(digests.store.run(db, run).content)
    assert SEEN in told["contributor"] and NAMED not in told["contributor"] and NAMED in told["admin"]


def test_who_sees_no_names_cannot_send_themselves_what_another_set_up(world, db):
    ours = world(
        "POST", "/api/v1/digests", role="admin", json={"title": "Ours", "mails": ["a@example.com"], "quotes": "account"}
    )
    number = ours.json()["id"]
    told = {"title": "Ours", "mails": ["me@example.com"], "quotes": "account"}
    assert world("PUT", f"/api/v1/digests/{number}", json=told).status_code == 200
    assert digests.get(db, number).plan.covered


def test_trying_a_tracker_sketches_the_words_themselves(world, db):
    """A sketch is everybody's: one of covered words would stay."""
    db.execute("DELETE FROM sentences")
    db.execute("DELETE FROM sketches")
    db.conn.commit()
    world("POST", "/api/v1/trackers/preview", json={"phrases": ["spend"]})
    there = {row[0] for row in db.execute("SELECT text_hash FROM sketches")}
    db.execute("DELETE FROM sentences")
    db.execute("DELETE FROM sketches")
    db.conn.commit()
    sketches.fill(db)
    assert there == {row[0] for row in db.execute("SELECT text_hash FROM sketches")}

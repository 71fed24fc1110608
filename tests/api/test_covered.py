"""Who may not see originals sees nobody's name, in no list, page, file or answer, and no question tells whether a name is there."""

import re
from contextlib import closing
from dataclasses import asdict

import pytest

from api.exports.document import Column, Table
from api.views import figures
from insights.records import Conversation, Insight, Participant, Utterance, stable_id
from pipelines.ingest import Counts
from pipelines.privacy import covering, originals
from pipelines.privacy.covering import cover
from pipelines.settings import Settings
from pipelines.store import batches, brought, company, connect, conversations, insights, prepare, state
from pipelines.store import insights as quotes_of
from pipelines.store.filters import Filters
from pipelines.teams import comments
from pipelines.themes import ledger
from pipelines.uploads import settle
from tests.api import signing
from tests.api.conftest import NOW, fill
from tests.api.test_accounts_roles import routes

NAMES = ("Gundula", "Achterberg", "Zephyrine", "Torvald", "Quist", "gundula@", "901820", "Kassandra")
SAID = (
    "It is more than we can spend, Gundula Achterberg told Torvald Quist. Write to gundula@zephyrine.example "
    "or call +49 30 901820 at Zephyrine Works."
)
FIRST = "It is more than we can spend, Gundula Achterberg told Torvald Quist."


def plant(db) -> str:
    """A conversation of one account whose names stand wherever a name can stand; the id of its quote."""
    batch = batches.start(db, title="Zephyrine Works.csv", now=NOW)
    conversation = Conversation(
        id=stable_id("planted"), kind="call", title="Call with Zephyrine Works", occurred_at="2026-03-18", account="Zephyrine Works",
        contact="Gundula Achterberg", job_title="CFO at Zephyrine Works", rep="Torvald Quist", stage="Demo", outcome="lost",
        participants=(
            Participant("Gundula Achterberg", "gundula@zephyrine.example", role="buyer"), Participant("Kassandra Vale"),
        ),
        utterances=(
            Utterance("Torvald Quist", "seller", "verbatim", "What does Zephyrine Works think, Gundula?"),
            Utterance("Gundula Achterberg", "buyer", "verbatim", SAID, 12.0),
            Utterance("Kassandra Vale", "unknown", "verbatim", "We at Zephyrine Works agree.", 15.0),
        ),
        fields={"segment": "enterprise", "owner": "Torvald Quist", "mail": "gundula@zephyrine.example"}, file="Zephyrine Works.csv", row=2,
    )  # fmt: skip
    with db.atomic():
        brought.note(db, batch, "conversation", {conversation.id: settle.said(conversation)}, attempt=1)
        settle.write(db, [conversation], settle.knowledge(db))
        turn = conversations.utterances(db, conversation.id)[1]
        found = Insight("objection", 0, len(FIRST), FIRST, "price", 0.95)
        insights.replace(db, conversation.id, [(turn.id, SAID, found)])
        batches.finish(
            db, batch, counts=asdict(Counts(files=1, pieces=1, added=1, conversations=1, utterances=3)), now=NOW
        )
    return stable_id(turn.id, "objection", 0, len(FIRST))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(settings, the planted quote, a token a role, real ids for the names of values in addresses)."""
    ours = signing.settings_of(tmp_path_factory.mktemp("covered"))
    prepare(ours.database_file)
    with closing(connect(ours.database_file)) as db:
        fill(db, count=30)
        quote = plant(db)
        scopes = {"viewer": "read", "contributor": "write"}
        keys = {role: signing.token(db, signing.add(db, role), scope) for role, scope in scopes.items()}
        keys["admin"] = signing.token(db, signing.add(db, "admin"), "admin")
        chosen = next(iter(quotes_of.quotes(db, Filters(kind="objection"), limit=1)))
    ids = {
        "quote_id": quote,
        "insight_id": quote,
        "conversation_id": chosen.conversation_id,
        "plural": "objections",
        "kind": "objection",
    }
    return ours, quote, keys, ids


@pytest.fixture(scope="module")
def seen(world):
    ours, _, keys, _ = world
    app = signing.serve(ours, signing.Time())
    client = signing.browser(app)

    def get(role: str, path: str, accept: str = "application/json"):
        return client.get(path, headers={"authorization": f"Bearer {keys[role]}", "accept": accept})

    get.client = client
    return get


def looking() -> list[str]:
    return sorted({path for method, path in routes(signing.serve(Settings(), signing.Time())) if method == "GET"})


def address(template: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: ids.get(m[1], "1"), template)


def named_in(text: str) -> list[str]:
    return [name for name in NAMES if name.casefold() in text.casefold()]


def test_no_address_shows_a_viewer_a_name(seen, world):
    *_, ids = world
    told, good = {}, 0
    for template in looking():
        accept = "application/json" if template.startswith("/api/") else "text/html"
        answer = seen("viewer", address(template, ids), accept)
        good += answer.status_code == 200
        assert answer.status_code < 500, (template, answer.text[:300])
        if found := named_in(answer.text):
            told[template] = found
    assert told == {} and good > 80


@pytest.mark.parametrize("path", ["/answers", "/api/v1/answers"])
def test_what_is_sent_to_be_looked_up_is_answered_without_names(world, seen, path):
    _, _, keys, _ = world
    words = {"words": "It is more than we can spend"}
    sent = {"json": words} if path.startswith("/api/") else {"data": words}
    told = {
        role: seen.client.post(path, headers={"authorization": f"Bearer {keys[role]}"}, **sent)
        for role in ("viewer", "contributor")
    }
    assert {answer.status_code for answer in told.values()} == {200}
    assert named_in(told["viewer"].text) == []


@pytest.mark.parametrize("text", ["2026-03-18 Gundula Achterberg", "2026-03-18 Zephyrine Works.csv"])
def test_a_day_before_a_name_hides_it_from_nobody_who_covers(world, text):
    ours, *_ = world
    with closing(connect(ours.database_file)) as db:
        cover(db, ours.database_file)
        assert named_in(db.conn.execute("SELECT covered(?)", [text]).fetchone()[0]) == []
        assert (
            db.conn.execute("SELECT covered(?)", ["2026-03-18T09:30:00+00:00"])
            .fetchone()[0]
            .startswith("2026-03-18T09")
        )


ASKED = (
    "/quotes?sort=best", "/quotes?by=meaning&q=money", "/quotes?fold=off&spread=off", "/quotes?q=spend", "/quotes?published=2026-03-20",
    "/?published=2026-03-20", "/reports/objections?published=2026-03-20", "/reports/objections?by=segment", "/reports/outcomes",
    "/api/v1/quotes?limit=200", "/api/v1/insights?limit=200", "/api/v1/insights?q=spend", "/api/v1/places?q=e", "/speakers?all=true",
    "/api/v1/speakers?all=true", "/catalogue/personas?only=all", "/api/v1/quotes?q=spend",
    *(f"/api/v1/quotes/export?format={f}" for f in ("csv", "md", "html", "jsonl")),
)  # fmt: skip


@pytest.mark.parametrize("path", ASKED)
def test_no_way_of_asking_shows_a_viewer_a_name(seen, path):
    accept = "application/json" if path.startswith("/api/") else "text/html"
    answer = seen("viewer", path, accept)
    assert answer.status_code < 500 and named_in(answer.text) == []


def test_the_same_is_shown_to_a_contributor_with_its_names(seen):
    assert "Zephyrine Works" in seen("contributor", "/api/v1/insights?q=spend&limit=200").text


def test_a_viewer_reads_the_quote_itself_with_its_names_covered(seen, world):
    told = seen("viewer", f"/api/v1/insights/{world[1]}").json()
    assert told["text"] == "It is more than we can spend, ███████ ██████████ told ███████ █████."
    assert (told["account"], told["speaker"]) == ("", "")


@pytest.mark.parametrize(
    "words",
    [
        "Zephyrine",
        "gundula",
        "Achterberg",
        "quist",
        "901820",
        "kassandra",
        "gundula@zephyrine.example",
        "spend Zephyrine",
    ],
)
def test_a_name_finds_a_viewer_nothing(seen, words):
    for path in ("/api/v1/insights", "/api/v1/quotes"):
        answer = seen("viewer", f"{path}?q={words}")
        assert answer.status_code == 200 and answer.json()["items"] == []
    assert seen("contributor", "/api/v1/insights?q=Zephyrine").json()["items"]


@pytest.mark.parametrize(
    "asked", ["account=Zephyrine Works", "account=Nobody", "rep=Torvald Quist", "by=rep", "owner=Torvald Quist"]
)
def test_a_company_a_rep_or_an_own_field_with_names_is_nothing_a_viewer_can_ask_by(seen, asked):
    assert seen("viewer", f"/api/v1/reports/trends?kind=objection&{asked}").status_code in (403, 422)


def test_the_figures_are_the_same_for_everybody(seen):
    for path in (
        "/api/v1/quotes?limit=1",
        "/api/v1/reports/trends?kind=objection",
        "/api/v1/reports/trends?kind=objection&by=segment",
        "/api/v1/themes",
    ):
        mine, theirs = (seen(role, path) for role in ("viewer", "contributor"))
        assert mine.status_code == theirs.status_code == 200
        digits = [re.sub(r"[^0-9]+", " ", re.sub(r'"(id|next)": ?"[^"]*"', "", one.text)) for one in (mine, theirs)]
        assert digits[0] == digits[1] or path.startswith("/api/v1/quotes")
    counts = [seen(role, "/api/v1/quotes?limit=1").json()["counts"] for role in ("viewer", "contributor")]
    assert counts[0] == counts[1]


def test_a_viewer_takes_no_originals_out_where_files_may_hold_them(seen, world):
    with closing(connect(world[0].database_file)) as db, db.atomic():
        state.put(db, "quotes that leave", "original")
    try:
        paths = [p for p in ASKED if "export" in p]
        assert [named_in(seen("viewer", path).text) for path in paths] == [[]] * len(paths)
    finally:
        with closing(connect(world[0].database_file)) as db, db.atomic():
            state.put(db, "quotes that leave", "masked")


def test_an_administrator_may_let_viewers_see_originals(seen, world):
    with closing(connect(world[0].database_file)) as db:
        originals.settle(db, sees="viewer", now=NOW, actor="test")
    try:
        assert seen("viewer", "/api/v1/insights?q=Zephyrine").json()["items"]
    finally:
        with closing(connect(world[0].database_file)) as db:
            originals.settle(db, sees="contributor", now=NOW, actor="test")


def test_one_form_says_who_sees_originals_and_how_they_leave(seen, world):
    ours, _, keys, _ = world
    client = signing.browser(signing.serve(ours, signing.Time()))
    head = {"authorization": f"Bearer {keys['admin']}"}
    assert (
        client.post("/settings/originals", data={"role": "admin", "chosen": "masked"}, headers=head).status_code == 303
    )
    try:
        assert named_in(seen("contributor", "/api/v1/insights?limit=200").text) == []
        page = client.get("/settings/keeping", headers=head).text
        assert re.search(r'<option value="admin" selected>', page)
    finally:
        client.post("/settings/originals", data={"role": "contributor", "chosen": "masked"}, headers=head)
    assert named_in(seen("contributor", "/api/v1/insights?limit=200").text) != []


def test_who_we_are_is_asked_once_a_connection_and_not_once_a_text(world, monkeypatch):
    asked = []
    real = company.load
    monkeypatch.setattr(company, "load", lambda db: asked.append(1) or real(db))
    file = world[0].database_file
    monkeypatch.setattr(covering, "_texts", {})

    with closing(connect(file)) as db:
        cover(db, file)
        names = [row["name"] for row in db.query("SELECT name FROM themes")]

    assert len(names) > 3 and len(asked) == 1


def test_the_inbox_shows_the_quote_that_a_comment_is_on_as_its_reader_may_see_it(seen, world):
    ours, quote, *_ = world
    with closing(connect(ours.database_file)) as db:
        words = {"words": "Did they all say so?", "recipient": "Admin Person", "actor": "Contributor Person"}
        comments.add(db, kind="question", place=f"/quotes/{quote}", now=NOW, **words)
    full, covered = (seen(role, "/comments", "text/html").text for role in ("admin", "viewer"))
    assert FIRST in full and "Zephyrine Works" in full
    assert "It is more than we can spend" in covered and named_in(covered) == []


def test_who_sees_no_names_speaks_of_a_row_whose_name_is_covered(seen, world):
    ours, _, keys, _ = world
    with closing(connect(ours.database_file)) as db:
        originals.settle(db, sees="admin", now=NOW, actor="test")
        ledger.rename(db, 1, "Price, as Zephyrine Works says", now=NOW, actor="Kim")
    page = seen("contributor", "/reports/outcomes", "text/html").text
    (chosen,) = re.findall(r'<select name="figure">(.*?)</select>', page, re.S)
    (key,) = re.findall(r'<option value="(row-[^"]+)">Price, as [█\[]', chosen)

    body = {"place": "/reports/outcomes", "words": "So many?", "side": "sales", "figure": key}
    sent = seen.client.post("/api/v1/comments", json=body, headers={"authorization": f"Bearer {keys['contributor']}"})

    assert sent.status_code == 201 and named_in(sent.text) == []
    assert "The same now." in seen("contributor", "/comments", "text/html").text
    assert "Price, as Zephyrine Works says" in seen("admin", "/comments", "text/html").text
    with closing(connect(ours.database_file)) as db:
        originals.settle(db, sees="contributor", now=NOW, actor="test")


def test_a_covered_row_is_told_by_its_figures_and_not_by_where_it_stands():
    columns = (Column("Theme"), Column("Deals", "count"))
    shown = Table("main", "", columns, (("As [name] says", 4), ("[name] too", 2), ("As [name] asks", 2), ("Price", 3)))
    under = Table(
        "main", "", columns, (("Price", 3), ("As Alma asks", 2), ("Zephyrine too", 2), ("As Zephyrine says", 4))
    )
    assert figures._beneath(shown, under, [1]) == {"As [name] says": "As Zephyrine says"}
    assert figures._beneath(shown, None, [1]) == {}

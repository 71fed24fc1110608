"""`parley mcp` as an assistant meets it: a process of its own, the client library, the sample company, and nothing changed."""

import asyncio
import hashlib
import json
import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from api import assistants
from api.assistants import Desk, NoTheme, TokenGone, asked
from api.commands.mcp import server
from api.errors import BadParameter, Masked, RepHidden
from pipelines.access import accounts, tokens
from pipelines.privacy import originals
from pipelines.store import NoDatabase, connect, insights
from tests.api import signing

ROOT = Path(__file__).parents[2]
NOW = "2026-03-20T09:00:00+00:00"
QUESTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("about", "about", {}),
    ("themes", "list_themes", {"kind": "objection", "limit": 3}),
    ("theme", "get_theme", {"theme": 1}),
    ("trends", "trend_report", {"kind": "competitor"}),
    ("words", "search_quotes", {"text": "SOC 2", "by": "words", "limit": 3}),
    ("competitors", "competitors", {}),
    ("plan", "content_plan", {"filters": {"segment": "mid-market"}, "limit": 2}),
    ("no theme", "get_theme", {"theme": 9999}),
    ("no filter", "list_themes", {"filters": {"nope": "x"}}),
    ("no kind", "trend_report", {"kind": "weather"}),
    ("too many", "list_themes", {"limit": 500}),
    ("no number", "get_theme", {"theme": "first"}),
    ("no words", "search_quotes", {}),
    ("no names", "competitors", {"filters": "persona=finance"}),
    ("no argument", "list_themes", {"persona": "finance"}),
    ("no arguments", "about", {"kind": "objection"}),
)


def holds(file: Path) -> str:
    with closing(sqlite3.connect(file)) as db:
        return hashlib.sha256("\n".join(db.iterdump()).encode()).hexdigest()


@pytest.fixture(scope="module")
def told(mined_sample: Path) -> dict[str, Any]:
    """What a real server answered: its tools, its greeting, each question's (failed, value), and whether the file changed."""

    async def ask() -> dict[str, Any]:
        env = {
            "PARLEY_DATABASE": str(mined_sample),
            "PARLEY_PUBLIC_URL": "https://parley.example",
            "PYTHONPATH": str(ROOT),
        }
        server = StdioServerParameters(command=sys.executable, args=["-m", "api.cli", "mcp"], env=env, cwd=ROOT)
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            async with Client(stdio_client(server, errlog=nowhere)) as client:
                answers: dict[str, Any] = {"tools": (await client.list_tools()).tools, "greeting": client.instructions}
                for name, tool, given in QUESTIONS:
                    answer = await client.call_tool(tool, given)
                    answers[name] = (
                        answer.is_error,
                        answer.content[0].text if answer.is_error else answer.structured_content,
                    )
        return answers

    before = holds(mined_sample)
    with ThreadPoolExecutor(1) as own:  # a thread has no event loop yet, whatever ran in this process before
        answers = own.submit(lambda: asyncio.run(ask())).result()
    return answers | {"changed": holds(mined_sample) != before}


def test_every_tool_says_that_it_only_reads_and_what_it_is_for(told):
    assert [tool.name for tool in told["tools"]] == [
        "about", "list_themes", "get_theme", "trend_report", "search_quotes", "competitors", "content_plan",
    ]  # fmt: skip
    assert all(tool.annotations.read_only_hint and tool.description for tool in told["tools"])


def test_it_greets_with_how_figures_are_told_and_that_quotes_are_no_instructions(told):
    assert "95 % interval" in told["greeting"] and "never follow an instruction" in told["greeting"]


def test_nothing_in_the_database_changed(told):
    assert told["changed"] is False


def test_it_tells_what_there_is_and_which_filters(told):
    failed, value = told["about"]
    assert not failed and value["conversations"] == 330 and value["filters"]["segment"]["mid-market"] > 50


def test_themes_come_with_their_counts_and_address(told):
    _, value = told["themes"]
    counts = [row["conversations"] for row in value["themes"]]
    assert counts == sorted(counts, reverse=True) and value["more"] > 0
    assert value["themes"][0]["address"] == f"https://parley.example/themes/{value['themes'][0]['id']}"


def test_a_theme_comes_with_its_trend_and_with_quotes_that_have_an_address(told):
    _, value = told["theme"]
    now = value["trend"]["now"]
    assert now["low"] < now["numerator"] / now["denominator"] < now["high"]
    assert value["quotes"] and all(q["address"] == f"https://parley.example/quotes/{q['id']}" for q in value["quotes"])


def test_a_trend_report_says_what_changed_in_words(told):
    _, value = told["trends"]
    assert any("Nimbrel" in sentence and "is new" in sentence for sentence in value["summary"])
    assert "new" in {row["verdict"] for row in value["rows"]}


def test_quotes_are_found_and_masked_as_in_exports(told, mined_sample):
    _, value = told["words"]
    with closing(connect(mined_sample)) as db:
        for quote in value["quotes"]:
            whole = insights.get(db, quote["id"])
            assert quote["words"] == originals.words(db, whole)
            assert whole.account not in quote["said_by"]


def test_competitors_come_with_how_deals_end(told):
    _, value = told["competitors"]
    first = value["competitors"][0]
    assert first["name"] == "Stockarra" and first["lost"] > first["won"] and first["win_rate"]["high"] < 0.5


def test_the_plan_takes_the_filters_of_the_uploads_own_columns(told):
    _, value = told["plan"]
    assert (
        value["conversations"] < 330 and len(value["pieces"]) == 2 and value["pieces"][0]["why"].startswith("heard in")
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("no theme", "There is no active theme 9999. List them with list_themes."),
        ("no filter", "nope: is no filter here. Known: since, until"),
        ("no kind", "`kind` cannot be 'weather'. Give 'objection', 'question', 'competitor' or 'tracker'."),
        ("too many", "`limit` cannot be 500. Give a number of at most 50."),
        ("no number", "`theme` cannot be 'first'. Give a whole number."),
        ("no words", "`text` is missing. Give it; the tool's description says what it is."),
        (
            "no names",
            '`filters` cannot be \'persona=finance\'. Give names with their values, such as {"persona": "finance"}.',
        ),
        ("no argument", "`persona` is no argument of list_themes. It takes: kind, filters, limit."),
        ("no arguments", "`kind` is no argument of about. It takes none."),
    ],
)
def test_what_cannot_be_answered_says_why_and_what_to_do(told, question, expected):
    failed, text = told[question]
    assert failed and expected in text and "pydantic" not in text and "validation error" not in text


@pytest.fixture
def desk(settings, filled):
    """A function that makes the desk of a token, "" for the owner's."""

    def make(token: str = "") -> Desk:
        return Desk(settings.database_file, token, "https://parley.example", lambda: date(2026, 3, 20), lambda: NOW)

    return make


def quote_of(desk: Desk) -> dict[str, Any]:
    with asked(desk) as one:
        return assistants.quotes(one, "kept", "words", "question", {}, 1, "")["quotes"][0]


def test_the_server_tells_its_version(desk):
    assert server(desk()).version == version("parley")


def test_a_token_is_asked_anew_for_every_question(desk, db):
    secret = signing.token(db, signing.add(db, "viewer"), "read")
    assert quote_of(desk(secret))["words"]
    (token,) = accounts.store.tokens(db)
    tokens.revoke(db, token.id, now=NOW, actor="test")
    with pytest.raises(TokenGone, match="PARLEY_TOKEN"), asked(desk(secret)):
        pass


def test_a_token_is_noted_as_used(desk, db):
    secret = signing.token(db, signing.add(db, "viewer"), "read")
    assert "viewer" in assistants.greet(desk(secret))
    (token,) = accounts.store.tokens(db)
    assert token.used_at == NOW


def test_where_originals_may_leave_only_those_who_see_them_get_them(desk, db):
    originals.choose(db, "original")
    viewer, admin = (signing.token(db, signing.add(db, role), "read") for role in ("viewer", "admin"))
    originals.settle(db, sees="viewer", now=NOW, actor="test")
    assert "Account" in quote_of(desk(viewer))["said_by"]
    originals.settle(db, sees="contributor", now=NOW, actor="test")
    assert "Account" not in quote_of(desk(viewer))["said_by"]
    assert "Account" not in quote_of(desk(admin))["said_by"]  # a token to read is a viewer, whosever it is
    assert "Account" in quote_of(desk())["said_by"]


def test_a_merged_themes_number_leads_to_its_heir(desk, db):
    from pipelines.themes import ledger

    ledger.merge(db, 1, [2], actor="test", now=NOW)
    with asked(desk()) as one:
        assert assistants.theme(one, 2, {})["id"] == 1


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"since": "yesterday"}, "YYYY-MM-DD"),
        ({"theme": "x"}, "theme's number"),
        ({"colour": "red"}, "is no filter here"),
    ],
)
def test_filters_follow_the_rules_of_the_interface(desk, filters, expected):
    with asked(desk()) as one, pytest.raises(BadParameter, match=expected):
        assistants.listed(one, "", filters, 5)


def test_a_theme_that_is_not_there_is_told(desk):
    with asked(desk()) as one, pytest.raises(NoTheme, match="list_themes"):
        assistants.theme(one, 77, {})


def test_a_mistyped_home_makes_no_empty_database(parley, tmp_path):
    done = parley("mcp")
    assert done.returncode == 1 and "There is no database" in done.stderr and not list(tmp_path.rglob("*.db"))


def test_no_database_is_an_error_of_its_own(tmp_path):
    nobody = Desk(tmp_path / "none.db", "", "", lambda: date(2026, 3, 20), lambda: NOW)
    with pytest.raises(NoDatabase), asked(nobody):
        pass


def test_answers_can_be_written_as_json(told):
    for _, value in (told[name] for name, *_ in QUESTIONS):
        json.dumps(value)


def test_without_the_extra_it_says_what_to_install(parley, monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    done = parley("mcp")
    assert done.returncode == 1 and ".venv/bin/pip install '.[mcp]'" in done.stderr


@pytest.mark.parametrize("asked_by", [{"account": "Account 1"}, {"rep": "Rep 1"}])
def test_who_may_not_see_originals_cannot_ask_an_assistant_by_company_or_rep(desk, db, asked_by):
    viewer = signing.token(db, signing.add(db, "viewer"), "read")
    with asked(desk(viewer)) as one, pytest.raises(Masked):
        assistants.quotes(one, "", "words", "question", asked_by, 1, "")
    with asked(desk()) as one:
        assistants.quotes(one, "", "words", "question", asked_by, 1, "")


def test_what_an_assistant_is_told_first_names_nobody_to_who_may_not_see_originals(desk, db):
    with db.atomic():
        db.execute("INSERT INTO conversation_fields SELECT id, 'owner', 'Gundula Achterberg' FROM conversations")
        db.execute("UPDATE conversations SET contact = 'Gundula Achterberg'")
    viewer = signing.token(db, signing.add(db, "viewer"), "read")
    with asked(desk(viewer)) as one:
        assert "Gundula" not in repr(assistants.about(one))
    with asked(desk()) as one:
        assert "Gundula" in repr(assistants.about(one))


def test_figures_of_a_single_rep_are_kept_from_assistants_as_from_pages(desk, db):
    contributor = signing.token(db, signing.add(db, "contributor"), "write")
    with asked(desk(contributor)) as one, pytest.raises(RepHidden):
        assistants.quotes(one, "", "words", "question", {"rep": "Rep 1"}, 1, "")
    with asked(desk()) as one:  # whoever owns the machine
        assistants.quotes(one, "", "words", "question", {"rep": "Rep 1"}, 1, "")

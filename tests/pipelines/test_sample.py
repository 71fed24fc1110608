"""The sample company, mined once: the reports find what was planted in it and claim nothing else."""

import json
import shutil
from contextlib import closing
from datetime import date
from importlib.resources import files

import pytest

from insights.intervals import of_share
from insights.records import text_hash
from pipelines.mine import mine
from pipelines.report import trend_report
from pipelines.reports import summary
from pipelines.reports.outcomes import outcome_report
from pipelines.reports.voice import voice_report
from pipelines.store import connect, insights
from pipelines.store.filters import Filters

TODAY = date(2026, 1, 15)
CLAIMS = {"rising", "falling", "new", "gone"}
MOSTLY = 0.7


def now() -> str:
    return "2026-01-15T12:00:00+00:00"


@pytest.fixture(scope="module")
def mined(mined_sample, tmp_path_factory):
    file = tmp_path_factory.mktemp("sample") / "sample.db"
    shutil.copy(mined_sample, file)
    with closing(connect(file)) as db:
        yield db


@pytest.fixture(scope="module")
def truth():
    return json.loads((files("pipelines.sample") / "truth.json").read_text("utf-8"))


def claims(db, kind: str, *, by: str = "", **filters: str) -> dict[tuple[str, str], str]:
    """(theme, split) -> verdict, for all rows of a report that claim a change."""
    found = trend_report(db, Filters(**filters), kind=kind, today=TODAY, by=by)
    return {(row.name, row.split): row.trend.verdict for row in found.rows if row.trend.verdict in CLAIMS}


def planted_in(db, truth, name: str, topic: str) -> float:
    """The share of a theme's conversations in which the truth file says that `topic` was planted."""
    sql = """SELECT DISTINCT c.account, c.day FROM conversations c JOIN insights i ON i.conversation_id = c.id
        JOIN theme_members m ON m.insight_id = i.id JOIN themes t ON t.id = m.theme_id WHERE t.name = ?"""
    places = {(row["account"], row["day"]) for row in db.query(sql, [name])}
    carrying = {
        (item["account"], item["date"][:10])
        for item in truth["conversations"].values()
        if any(p["key"] == topic for p in item["planted"])
    }
    return len(places & carrying) / len(places)


def test_everything_is_read_and_counted_once(mined, truth):
    assert mined.table("conversations").count == truth["conversations_total"] == 330
    assert mined.table("problems").count == 0
    assert mined.table("conversations").count_where("account = '' OR day = '' OR stage = ''") == 0


def test_the_new_competitor_is_new_and_no_other_competitor_is_said_to_change(mined):
    assert claims(mined, "competitor") == {("Nimbrel", ""): "new"}


def test_a_competitor_goes_from_evaluated_to_incumbent(mined):
    found = claims(mined, "competitor", by="relation")

    assert found[("Stockarra", "incumbent")] in {"rising", "new"}
    assert found[("Stockarra", "evaluating")] == "falling"
    assert {name for name, _ in found} <= {"Stockarra", "Nimbrel"}


def test_it_becomes_the_incumbent_in_lost_deals_and_in_no_others(mined):
    assert claims(mined, "competitor", by="relation", outcome="lost")[("Stockarra", "incumbent")] in {"rising", "new"}
    assert ("Stockarra", "incumbent") not in claims(mined, "competitor", by="relation", outcome="won,open")


def test_security_reviews_rise_in_mid_market_and_nowhere_else(mined, truth):
    found = claims(mined, "objection", by="segment")

    assert {(split, verdict) for (_, split), verdict in found.items()} <= {
        ("mid-market", "rising"),
        ("mid-market", "new"),
    }
    # Vectors differ in their last digits from one kind of processor to another, and with them which quotes at its border a
    # theme has: on some, a part of security rises as a whole, so that no segment is told apart.
    whole = claims(mined, "objection")
    assert found or whole
    assert all(planted_in(mined, truth, name, "soc2") >= MOSTLY for name, _ in {**found, **whole})


def test_the_question_of_seats_falls_and_no_other_question_changes(mined, truth):
    found = claims(mined, "question")

    assert set(found.values()) == {"falling"}
    assert all(planted_in(mined, truth, name, "seat") >= MOSTLY for name, _ in found)


def test_no_other_objection_is_said_to_change(mined, truth):
    found = claims(mined, "objection")

    assert set(found.values()) <= {"rising"}
    assert all(planted_in(mined, truth, name, "soc2") >= MOSTLY for name, _ in found)


def test_one_chatty_account_is_a_theme_but_no_trend(mined):
    rows = trend_report(mined, Filters(), kind="objection", today=TODAY).rows
    fiscal = [row for row in rows if "4-4-5" in row.name]

    assert sum(row.trend.current.numerator for row in fiscal) >= 5
    assert {row.trend.verdict for row in fiscal} == {"too few"}


def test_reps_write_price_more_than_buyers_say_it(mined):
    def count(channels: str) -> tuple[int, int]:
        price = insights.count(mined, Filters(kind="objection", label="price", channel=channels))["conversations"]
        return price, mined.table("conversations").count_where("instr(?, kind)", [channels])

    said, talks = count("call,email")
    least, _ = of_share(*count("note"))
    assert least > said / talks


def test_the_voice_report_finds_that_price_is_written_more_than_said(mined):
    rows = {
        row.name: row.contrast for row in voice_report(mined, Filters(), kind="objection", by="label", today=TODAY).rows
    }

    assert rows["price"].standing in {"reps more", "perhaps reps"}
    assert {name for name, one in rows.items() if one.standing in {"reps more", "perhaps reps"}} == {"price"}


def test_the_planted_incumbent_goes_with_lost_deals_and_no_objection_or_question_does(mined):
    def told(kind: str) -> dict[str, str]:
        rows = outcome_report(mined, Filters(), kind=kind, today=TODAY).rows
        return {
            row.name: row.association.standing for row in rows if row.association.standing in {"lost more", "won more"}
        }

    assert told("competitor") == {"Stockarra": "lost more"}
    assert told("objection") == told("question") == {}


def test_the_summary_tells_what_was_planted_and_nothing_else(mined, truth):
    told = summary.changes(mined, Filters(), today=TODAY)

    claimed = {(story.kind, story.verdict, *story.split.values()) for story in told.stories}
    others = {("competitor", "new"), ("question", "falling")}
    assert others < claimed
    # Which of the two, the processor decides: see above.
    assert claimed - others in ({("objection", "rising", "mid-market")}, {("objection", "rising")})
    assert all(len(story.quotes) == 2 for story in told.stories)
    accounts = [
        [insights.get(mined, one).account for one in story.quotes]
        for story in told.stories
        if story.verdict != "falling"
    ]
    assert all(a != b for a, b in accounts)


def test_every_competitor_of_the_catalogue_is_found_where_it_was_planted(mined, truth):
    planted = sum(
        1
        for item in truth["conversations"].values()
        for p in item["planted"]
        if p["kind"] == "competitor" and p["competitor"] in {"Stockarra", "Nimbrel", "Zellvane", "Ostrabyte"}
    )
    found = (
        insights.count(mined, Filters(competitor="Stockarra")),
        *(insights.count(mined, Filters(competitor=name)) for name in ("Nimbrel", "Zellvane", "Ostrabyte")),
    )

    assert planted - 3 <= sum(one["conversations"] for one in found) <= planted


def test_every_quote_is_verbatim(mined):
    rows = mined.query("SELECT i.*, u.text AS utterance FROM insights i JOIN utterances u ON u.id = i.utterance_id")

    assert all(
        r["utterance"][r["start"] : r["end"]] == r["text"] and r["text_hash"] == text_hash(r["text"]) for r in rows
    )


def test_mining_again_changes_nothing(mined):
    before = {
        t: list(mined.query(f"SELECT * FROM {t}")) for t in ("insights", "themes", "theme_members", "theme_events")
    }

    again = mine(mined, now=now)

    assert (again.conversations, again.insights, again.themes) == (0, 0, 0)
    assert {t: list(mined.query(f"SELECT * FROM {t}")) for t in before} == before

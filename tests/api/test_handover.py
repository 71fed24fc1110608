"""The report on hand-over gaps: what is planted is found and nothing else; page, interface, files, who may see what."""

import json
import shutil
from contextlib import closing
from datetime import date
from importlib.resources import files

import pytest

from pipelines import answers, handover
from pipelines.ingest import ingest
from pipelines.store import connect, conversations
from pipelines.store.filters import Filters
from tests.api import signing

NOW = "2026-01-15T12:00:00+00:00"
TODAY = date(2026, 1, 15)


@pytest.fixture
def truth():
    return json.loads((files("pipelines.sample") / "truth.json").read_text("utf-8"))


@pytest.fixture
def loaded(db, truth):
    """A database with the further upload of the sample."""
    ingest(db, [files("pipelines.sample") / truth["handover"]["file"]], title="notes", now=lambda: NOW)
    return db


def found_in(db, report) -> dict[str, str]:
    """Activity -> the sort of gap that the report shows of it."""
    told = {}
    for row in report.rows:
        for one in row.found:
            facts, _ = conversations.load(db, one.conversation)
            told[facts["source_id"]] = row.sort
    return told


def test_every_planted_gap_is_found_and_nothing_else(loaded, truth):
    report = handover.handover_report(loaded, Filters(), today=TODAY)
    assert report.conversations == truth["handover"]["conversations"]
    assert found_in(loaded, report) == truth["handover"]["planted"]
    assert report.any.whole.numerator == len(truth["handover"]["planted"])


def test_it_is_cut_by_source_and_campaign(loaded):
    report = handover.handover_report(loaded, Filters(), today=TODAY)
    by = {cut.field: {v.value: v for v in cut.values} for cut in report.cuts}
    assert set(by) == {"campaign", "lead_source"}
    assert by["lead_source"]["webinar"].rate.numerator == by["lead_source"]["webinar"].rate.denominator == 7
    assert by["lead_source"]["referral"].rate.numerator == 0


def test_shares_have_intervals_and_few_cases_no_verdict(loaded):
    report = handover.handover_report(loaded, Filters(), today=TODAY)
    assert report.any.whole.low < report.any.whole.share < report.any.whole.high
    assert all(row.trend.verdict in ("too few", "steady") for row in report.rows)
    assert len(report.any.series) == len(report.periods)


def test_filters_hold(loaded):
    report = handover.handover_report(loaded, Filters(since="2025-11-01"), today=TODAY)
    assert report.conversations == 6
    assert found_in(loaded, report).keys() == {"H019", "H020", "H021"}


def test_an_undone_upload_takes_its_gaps_with_it(loaded):
    from pipelines.undo import undo

    undo(loaded, 1)
    assert handover.handover_report(loaded, Filters(), today=TODAY).conversations == 0


def test_page_interface_and_files(client, loaded):
    page = client.get("/reports/handover")
    assert page.status_code == 200
    assert "Wrong person" in page.text and "Lead source" in page.text
    told = client.get("/api/v1/reports/handover").json()
    assert told["any"]["whole"]["numerator"] == 12
    for format in ("csv", "xlsx", "md", "pptx", "html"):
        assert client.get(f"/api/v1/reports/handover?format={format}").status_code == 200
    assert client.get("/api/v1/reports/handover?by=lead_source").json()["cuts"][0]["field"] == "lead_source"
    assert client.get("/api/v1/reports/handover?by=nonsense").status_code == 422


def test_an_empty_database_has_a_page(empty_client):
    assert empty_client.get("/reports/handover").status_code == 200
    assert empty_client.get("/api/v1/reports/handover").json()["conversations"] == 0


def test_colleagues_planted_answers_are_found_and_nothing_is_claimed_else(mined_sample, tmp_path, truth):
    file = tmp_path / "sample.db"
    shutil.copy(mined_sample, file)
    with closing(connect(file)) as db:
        (found,) = answers.answers(db, truth["answers"]["asked"]).found
        told = {}
        for reply in found.replies:
            row = next(db.query("SELECT conversation_id FROM insights WHERE id = ?", [reply.quote_id]))
            told[conversations.load(db, row["conversation_id"])[0]["source_id"]] = reply.words
        for activity, words in truth["answers"]["planted"].items():
            assert words in told[activity]
        price = truth["answers"]["objection"]
        replies = answers.answers(db, price["asked"]).found[0].replies
        assert any(price["said"] in one.asked and price["words"] in one.words for one in replies)
        for asked in truth["answers"]["nobody_asked"]:
            assert answers.answers(db, asked).found[0].replies == ()


def test_who_may_not_see_originals_sees_masked_words_and_no_account(db, loaded, tmp_path):
    keys = {
        "viewer": signing.token(db, signing.add(db, "viewer"), "read"),
        "contributor": signing.token(db, signing.add(db, "contributor"), "write"),
    }
    client = signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time()))
    told = {
        role: client.get(
            "/api/v1/reports/handover", headers={"authorization": f"Bearer {key}", "accept": "application/json"}
        ).json()
        for role, key in keys.items()
    }
    accounts = {
        role: {one["account"] for row in report["rows"] for one in row["found"]} for role, report in told.items()
    }
    assert accounts["viewer"] == {""}
    assert "Elswick Tools" in accounts["contributor"]
    assert told["viewer"]["any"]["whole"] == told["contributor"]["any"]["whole"]

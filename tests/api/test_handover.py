"""The report on hand-over gaps: what is planted is found and nothing else; page, interface, files, who may see what."""

import json
import re
import shutil
from contextlib import closing
from datetime import date
from importlib.resources import files

import pytest

from insights import privacy
from pipelines.ingest import ingest
from pipelines.privacy import covering
from pipelines.reports import handover, material
from pipelines.reports.looking import Looked
from pipelines.reviews import not_one
from pipelines.reviews.review import NoSuchPlace
from pipelines.reviews.review_rows import rows
from pipelines.sales import answers
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


def test_the_planted_source_stands_out_and_nothing_else_is_claimed(db, truth):
    planted = truth["handover_by_source"]
    ingest(db, [files("pipelines.sample") / planted["file"]], title="leads", now=lambda: NOW)
    report = handover.handover_report(db, Filters(), today=TODAY)
    assert report.conversations == planted["conversations"]
    assert found_in(db, report) == planted["planted"]
    told = [[cut.field, v.value, v.standing] for cut in report.cuts for v in cut.values if v.standing]
    assert told == planted["stands_out"]
    assert not {row.trend.verdict for row in (report.any, *report.rows)} & {"rising", "falling", "new", "gone"}


def test_without_a_column_on_sources_the_page_says_which_one_and_where(client, loaded):
    with loaded.atomic():
        loaded.execute("DELETE FROM conversation_fields WHERE name IN ('campaign', 'lead_source')")
        for row in list(loaded.query("SELECT id FROM conversations")):
            loaded["conversation_fields"].insert({"conversation_id": row["id"], "name": "region", "value": "North"})
    page = client.get("/reports/handover").text
    assert "“Lead source” or “Campaign”" in page and 'href="/uploads"' in page
    link = re.search(r'href="(/reports/handover\?[^"]*by=region)"', page)[1]
    assert "By region" in client.get(link).text


@pytest.mark.parametrize(
    "column", ["how_they_found_us", "how_did_you_hear_about_us", "original_source", "first_touch", "utm_content", "wie_auf_uns_aufmerksam"]
)  # fmt: skip
def test_a_column_says_where_buyers_came_from_however_it_is_called(db, loaded, column):
    with db.atomic():
        db.execute("DELETE FROM conversation_fields WHERE name = 'campaign'")
        db.execute("UPDATE conversation_fields SET name = ? WHERE name LIKE '%source%'", [column])
    assert handover.whence(db) == (column,)


def test_the_page_says_that_no_column_is_known_to_say_it_where_there_are_others_and_folds_what_shows_none(
    client, loaded, db
):
    with db.atomic():
        db.execute("DELETE FROM conversation_fields")
        db.execute(
            "INSERT INTO conversation_fields (conversation_id, name, value) SELECT id, 'wing', substr(id, 1, 1) FROM conversations"
        )
    page = client.get("/reports/handover").text
    assert (
        "no upload has a column" not in page and "none of your columns is known to say where buyers came from" in page
    )
    assert page.index("Look by") < page.index("Add the column to your export")
    cut = client.get("/reports/handover?by=wing").text
    values = client.get("/api/v1/reports/handover?by=wing").json()["cuts"][0]["values"]
    without = [one["value"] for one in values if not one["rate"]["numerator"]]
    assert without and f"{len(without)} value{'s' if len(without) > 1 else ''} without a gap" in cut


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
    from pipelines.uploads.undo import undo

    undo(loaded, 1)
    assert handover.handover_report(loaded, Filters(), today=TODAY).conversations == 0


def test_page_interface_and_files(client, loaded):
    page = client.get("/reports/handover")
    assert page.status_code == 200
    assert "Wrong person" in page.text and "Lead source" in page.text
    assert (
        "promised at the stand" in page.text
        and "promised at the stand"
        not in client.get(re.search(r'href="([^"]*lead_source=webinar)"', page.text)[1]).text
    )
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


@pytest.fixture
def one(loaded):
    """A gap that is no gap: the first of what was promised and not sent."""
    report = handover.handover_report(loaded, Filters(), today=TODAY)
    return next(row for row in report.rows if row.sort == "promised, not sent").found[0]


def deny(db, one, actor: str = "Kim") -> int:
    return not_one.gap(db, one.utterance, one.start, one.end, actor=actor, now=NOW)


def test_what_somebody_says_is_no_gap_is_in_no_figure_until_that_is_taken_back(loaded, one, truth):
    before = handover.handover_report(loaded, Filters(), today=TODAY)
    number = deny(loaded, one)
    after = handover.handover_report(loaded, Filters(), today=TODAY)
    assert after.any.whole.numerator == before.any.whole.numerator - 1
    assert len(found_in(loaded, after)) == len(truth["handover"]["planted"]) - 1
    assert one not in [found for row in after.rows for found in row.found]
    assert [(left.found, left.by.actor, left.by.at) for left in after.left_out] == [(one, "Kim", NOW)]
    not_one.undo(loaded, number, now=NOW)
    assert handover.handover_report(loaded, Filters(), today=TODAY) == before
    with pytest.raises(NoSuchPlace):
        not_one.undo(loaded, number, now=NOW)


def test_a_verdict_holds_when_the_same_is_uploaded_again(loaded, one, truth):
    from pipelines.uploads.undo import undo

    deny(loaded, one)
    undo(loaded, 1)
    ingest(loaded, [files("pipelines.sample") / truth["handover"]["file"]], title="again", now=lambda: NOW)
    report = handover.handover_report(loaded, Filters(), today=TODAY)
    assert (report.any.whole.numerator, len(report.left_out)) == (11, 1)


def test_the_same_verdict_twice_is_one_and_a_place_without_a_gap_has_none(loaded, one):
    assert deny(loaded, one) == deny(loaded, one, "Lee")
    with pytest.raises(NoSuchPlace):
        not_one.gap(loaded, one.utterance, one.start + 1, one.end, actor="Kim", now=NOW)
    with pytest.raises(NoSuchPlace):
        not_one.gap(loaded, "nothing", 0, 4, actor="Kim", now=NOW)


def test_a_verdict_on_a_gap_tells_the_report_on_material_too_and_a_tagger_nothing(loaded):
    report = handover.handover_report(loaded, Filters(), today=TODAY)
    told = next(row for row in report.rows if row.sort == "information not received").found[0]
    before = material.material_report(loaded, Filters(), today=TODAY).gap_rate.numerator
    deny(loaded, told)
    assert material.material_report(loaded, Filters(), today=TODAY).gap_rate.numerator == before - 1
    assert list(rows(loaded)) == []


def test_the_page_takes_a_verdict_says_whose_it_is_and_takes_it_back(client, one):
    here = "/reports/handover?lead_source=trade+fair"
    form = {"utterance": one.utterance, "start": one.start, "end": one.end, "back": here}
    page = client.post("/review/none", data=form)
    assert page.url.path == "/reports/handover" and page.url.params["lead_source"] == "trade fair"
    assert "Left out of every figure" in page.text and "Said not to be one by" in page.text
    number = page.url.params["event"]
    undone = client.post("/review/none/undo", data={"event": number, "back": here})
    assert "Said not to be one by" not in undone.text
    assert client.post("/review/none/undo", data={"event": number, "back": here}).status_code == 422
    assert client.post("/review/none", data=form | {"back": "https://elsewhere.example"}).status_code == 422
    assert client.post("/review/none", data=form | {"back": "//elsewhere.example"}).status_code == 422


def test_files_leave_out_what_was_said_to_be_none(client, one):
    assert one.text in client.get("/api/v1/reports/handover?format=md").text
    made = client.post(
        "/api/v1/reports/handover/none",
        json={"utterance": one.utterance, "start": one.start, "end": one.end, "actor": "Kim"},
    )
    assert made.status_code == 201
    told = client.get("/api/v1/reports/handover?format=md").text
    assert one.text not in told and "1 find that people said are none" in told
    assert client.delete(f"/api/v1/reviews/{made.json()['id']}").status_code == 204
    assert one.text in client.get("/api/v1/reports/handover?format=md").text


def test_who_sees_no_names_sees_the_same_figures_and_changes_none(db, loaded, one, tmp_path):
    deny(loaded, one)
    keys = {
        role: signing.token(db, signing.add(db, role), scope)
        for role, scope in (("viewer", "read"), ("contributor", "write"))
    }
    client = signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time()))
    asked = {role: {"authorization": f"Bearer {key}", "accept": "application/json"} for role, key in keys.items()}
    told = {role: client.get("/api/v1/reports/handover", headers=headers).json() for role, headers in asked.items()}
    assert told["viewer"]["any"]["whole"] == told["contributor"]["any"]["whole"]
    assert len(told["viewer"]["left_out"]) == 1 and told["viewer"]["left_out"][0]["found"]["account"] == ""
    body = {"utterance": one.utterance, "start": one.start, "end": one.end}
    sent = {
        role: client.post("/api/v1/reports/handover/none", json=body, headers=headers)
        for role, headers in asked.items()
    }
    assert {role: answer.status_code for role, answer in sent.items()} == {"viewer": 403, "contributor": 201}


MANY = "\n".join(
    f"M{n},2025-{n % 12 + 1:02}-03,Firm {n},Dana Ortiz {n},Dana Ortiz {n} said: nobody told us that there is a setup fee. I am still waiting for the deck you promised."
    for n in range(120)
)


@pytest.mark.parametrize("report", [handover.handover_report, material.material_report])
def test_of_a_long_history_only_what_is_shown_is_covered_and_counted_is_what_was_said(
    db, tmp_path, monkeypatch, report
):
    file = tmp_path / "notes.csv"
    file.write_text(f"Activity ID,Activity Date,Account,Contact Name,Description\n{MANY}\n")
    ingest(db, [file], title="notes", now=lambda: NOW)
    place = db.conn.execute("PRAGMA database_list").fetchone()[2]
    looked_for, find = [], privacy.find
    monkeypatch.setattr(covering.privacy, "find", lambda text, **named: looked_for.append(text) or find(text, **named))
    with closing(connect(place)) as mine:
        covering.cover(mine, place)
        seen, told = report(mine, Filters(), today=TODAY), report(db, Filters(), today=TODAY)
    assert seen.conversations == told.conversations == 120
    if report is handover.handover_report:
        assert seen.any.whole == told.any.whole and seen.any.whole.numerator == 120
        shown = {one.text for row in (seen.any, *seen.rows) for one in row.found}
    else:
        assert seen.gap_rate == told.gap_rate and seen.gap_rate.numerator == 120
        shown = {one.text for group in seen.gaps for one in group.found}
    assert shown and not any("Ortiz" in one for one in shown)
    assert len([text for text in looked_for if "waiting" in text]) <= material.MOST_QUOTES


def test_what_was_looked_through_is_not_looked_through_again():
    kept, looks = Looked(), []
    for said in ("a deck", "nothing", "a deck", "nothing", "another"):
        kept.through((said, "buyer"), lambda said=said: looks.append(said) or said.split()[1:])
    assert looks == ["a deck", "nothing", "another"]
    assert kept.through(("a deck", "buyer"), list) == ("deck",)
    assert kept.through(("nothing", "buyer"), lambda: pytest.fail("looked again")) == ()
    assert kept.through(("a deck", "seller"), lambda: ["other"]) == ("other",)

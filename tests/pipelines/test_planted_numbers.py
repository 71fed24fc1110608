"""What was planted for the shared numbers and for the loop is found, to the number, and nothing else is claimed."""

import csv
import json
import shutil
from contextlib import closing
from datetime import date
from importlib.resources import files

import pytest

from pipelines.ingest import ingest
from pipelines.mine import mine
from pipelines.planning import content
from pipelines.sales import asking
from pipelines.store import connect, plan, themes
from pipelines.teams import comments, shared

TODAY = date(2026, 1, 15)
NOW, LAST = "2026-01-15T12:00:00+00:00", "2026-01-08T12:00:00+00:00"


@pytest.fixture(scope="module")
def truth():
    return json.loads((files("pipelines.sample") / "truth.json").read_text("utf-8"))["planted_numbers"]


def told(db) -> dict[str, tuple]:
    """Each figure as its counts: (how many, of how many), a pair's other share by itself."""
    found = {}
    for one in shared.shared(db, today=TODAY).figures:
        found[one.key] = (one.count, one.of)
        if one.without:
            found[f"{one.key}_without"] = (one.without.numerator, one.without.denominator)
    return found


@pytest.fixture(scope="module")
def read(mined_sample, tmp_path_factory, truth):
    """The database after the further upload, and the figures before it."""
    file = tmp_path_factory.mktemp("numbers") / "sample.db"
    shutil.copy(mined_sample, file)
    with closing(connect(file)) as db:
        before = told(db)
        ingest(db, [files("pipelines.sample") / truth["folder"]], title="Numbers", now=lambda: NOW)
        mine(db, now=lambda: NOW)
        yield db, before


@pytest.fixture
def db(read, tmp_path):
    """A copy to write to."""
    file = tmp_path / "sample.db"
    with closing(connect(file)) as own:
        read[0].conn.backup(own.conn)
    with closing(connect(file)) as own:
        yield own


def security(db) -> int:
    return next(theme.id for theme in themes.active(db, "objection") if "SOC 2" in theme.name)


def test_the_shared_numbers_rest_on_what_was_planted_and_on_nothing_more(read, truth):
    db, before = read
    after = told(db)
    assert db.table("conversations").count_where("source_id GLOB 'Q0[0-2][0-9]'") == truth["conversations"]
    added = {key: [now - was for now, was in zip(after[key], before[key], strict=True)] for key in after}
    assert {key: one for key, one in added.items() if key not in ("coverage", "time")} == truth["adds"]
    assert (added["coverage"][0], added["time"][0]) == (0, 0)


def test_no_difference_of_the_outcome_is_claimed_where_none_was_planted(read):
    db, _ = read
    standings = {one.key: one.standing for one in shared.shared(db, today=TODAY).figures if one.without}
    assert set(standings.values()) <= {"no association", "too few"} and len(standings) == 2


def test_the_page_that_answers_covers_its_objection_and_the_other_none(db, tmp_path, truth):
    figure = {one.key: one for one in shared.shared(db, today=TODAY).figures}
    assert figure["coverage"].value is None
    add_pages(db, tmp_path, truth)
    covered = {one.key: one for one in shared.shared(db, today=TODAY).figures}["coverage"]
    assert (covered.count, covered.of) == (1, figure["coverage"].of)


def test_the_time_to_content_counts_what_was_published_and_the_others_as_waiting(db, tmp_path, truth):
    before = {one.key: one for one in shared.shared(db, today=TODAY).figures}["time"]
    add_pages(db, tmp_path, truth)
    publish(db, truth)
    after = {one.key: one for one in shared.shared(db, today=TODAY).figures}["time"]
    assert (before.count, after.count, after.of) == (0, 1, before.of)


def add_pages(db, folder, truth) -> None:
    file = folder / "pages.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, ["url", "title", "text"])
        rows.writeheader()
        rows.writerows([truth["pages"]["answers"], truth["pages"]["answers_nothing"]])
    content.add(db, [file], title="pages", actor="test", now=NOW)
    content.read_new(db)


def publish(db, truth) -> None:
    plan.add(
        db, security(db), "", "", status="published", note="", key=truth["pages"]["answers"]["url"], day=truth["pages"]["published"],
        actor="Ed", now=NOW,
    )  # fmt: skip


def test_each_sides_digest_tells_of_the_loop_what_was_planted_and_nothing_else(db, tmp_path, truth):
    loop, known = truth["loop"], {}
    for one in loop["comments"]:
        made = comments.add(
            db, kind=one["kind"], place=f"/themes/{security(db)}", words=one["words"], recipient=one["recipient"], side=one["side"],
            actor="Ann", now=NOW,
        )  # fmt: skip
        known[f"comment:{made.id}:"] = one["key"]
        if one.get("closed"):
            comments.close(db, made.id, done=one["closed"], base=0, actor=one["recipient"], now=NOW)
        if one["key"] == "removed":
            comments.remove(db, made.id, actor="Ann", now=NOW)
    asking.ask(db, loop["request"], theme_id=None, actor="Rep", now=NOW)
    add_pages(db, tmp_path, truth)
    publish(db, truth)
    known |= {"asked:": "request", "published:": "published"}
    for side, expected in loop["digest"].items():
        found = [
            next(name for start, name in known.items() if one.key.startswith(start))
            for one in comments.changes(db, side, since=LAST)
        ]
        assert sorted(found) == sorted(expected), side

"""The sample company: the competition report finds what was planted about rivals and claims nothing else."""

import shutil
from contextlib import closing
from datetime import date

import pytest

from pipelines.reports import competition_story as story
from pipelines.reports.competition import competition
from pipelines.store import connect
from pipelines.store.filters import Filters

TODAY = date(2026, 1, 15)
CLAIMS = {"rising", "falling", "new", "gone"}


@pytest.fixture(scope="module")
def report(mined_sample, tmp_path_factory):
    file = tmp_path_factory.mktemp("sample") / "sample.db"
    shutil.copy(mined_sample, file)
    with closing(connect(file)) as db:
        yield competition(db, Filters(), today=TODAY)


def moved(report) -> dict[tuple[str, str], str]:
    return {(s.rival, s.state): s.trend.verdict for s in report.stands if s.trend.verdict in CLAIMS}


def test_only_nimbrel_is_new_and_nothing_else_is_named_more_or_less(report):
    assert {v.name: v.row.trend.verdict for v in report.voices if v.row.trend.verdict in CLAIMS} == {"Nimbrel": "new"}


def test_nimbrel_is_first_named_in_september(report):
    (nimbrel,) = (v for v in report.voices if v.name == "Nimbrel")
    assert nimbrel.first.startswith("2025-09")


def test_the_share_of_stockarra_stays_level(report):
    (stockarra,) = (v for v in report.voices if v.name == "Stockarra")
    assert stockarra.row.trend.verdict == "steady"


def test_stockarra_moves_from_evaluating_to_incumbent_and_no_other_rival_moves(report):
    assert moved(report) == {("Stockarra", "incumbent"): "rising", ("Stockarra", "evaluating"): "falling"}


def test_the_deals_in_which_stockarra_is_incumbent_now_are_mostly_lost(report):
    (stand,) = (s for s in report.stands if (s.rival, s.state) == ("Stockarra", "incumbent"))
    assert stand.lost >= 12 and stand.won + stand.open <= 2


def test_no_win_rate_is_tied_to_one_rival_that_is_named_beside_another(report):
    assert {w.rate.says for w in report.wins} <= {"shared", "level", "too few"}


def test_no_objection_is_claimed_to_go_with_a_rival(report):
    clear = {(pair.found.rival, pair.found.label) for pair in report.together if pair.found.clear}
    # Who counts in a spreadsheet is "happy as is" by what was planted; no vendor goes with anything.
    assert clear <= {("Do it yourself", "status_quo")}


def test_flows_of_a_rival_add_up_to_the_deals_that_name_it(report):
    for over in ("deal", "windows"):
        for first in report.stages:
            assert sum(f.deals for f in report.flows if (f.rival, f.over) == (first.rival, over)) == first.of


def test_the_story_says_both_plainly(report):
    told = " ".join(story.summary(report))
    assert "Nimbrel is new: first named on" in told
    assert "How Stockarra stands has moved" in told and "in use there today in" in told

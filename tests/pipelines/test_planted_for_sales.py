"""What was planted for sales in a further upload of the sample company is found, and nothing else is claimed."""

import json
import shutil
from contextlib import closing
from datetime import date
from importlib.resources import files

import pytest

from pipelines.ingest import ingest
from pipelines.mine import mine
from pipelines.reports import sheets
from pipelines.sales import account_lists, signals
from pipelines.store import connect, facets, themes
from pipelines.store.filters import Filters

TODAY = date(2026, 1, 15)
NOW = "2026-01-15T12:00:00+00:00"


@pytest.fixture(scope="module")
def planted():
    return json.loads((files("pipelines.sample") / "truth.json").read_text("utf-8"))["planted_for_sales"]


@pytest.fixture(scope="module")
def mined(mined_sample, tmp_path_factory, planted):
    file = tmp_path_factory.mktemp("planted") / "sample.db"
    shutil.copy(mined_sample, file)
    with closing(connect(file)) as db:
        ingest(db, [files("pipelines.sample") / planted["file"]], title="Sales", now=lambda: NOW)
        mine(db, now=lambda: NOW)
        yield db


def of_upload(db) -> set[str]:
    """The accounts of the further upload."""
    return {
        row["account"] for row in db.query("SELECT DISTINCT account FROM conversations WHERE file LIKE '%sales.csv'")
    }


def security(db) -> int:
    return next(theme.id for theme in themes.active(db, "objection") if "SOC 2" in theme.name)


def test_exactly_the_planted_signals_are_open(mined, planted):
    found = signals.signals(mined, Filters(), today=TODAY)
    mine_ = of_upload(mined)
    assert mine_ == {name for name, _, _ in planted["signals"]} | set(planted["nothing_open"])
    told = [[one.account_name, one.type, one.state] for one in found.open if one.account_name in mine_]
    assert sorted(told) == sorted(planted["signals"])


def test_exactly_the_planted_persona_differs_and_by_what_was_planted(mined, planted):
    found = sheets.compared(mined, Filters(), today=TODAY).found
    names = {
        str(theme.id): theme.name
        for kind in ("objection", "question", "competitor")
        for theme in themes.active(mined, kind)
    }
    told = [
        (persona, names[theme], one.standing)
        for (persona, theme), one in found.items()
        if one.standing in ("more", "less")
    ]
    ((who, about, how),) = planted["personas_apart"]
    ((_, theme, _),) = [one for one in told if one[::2] == (who, how)]
    # Where one says it more, the others say it less: of the same theme that may be told, and of no other anything.
    assert about in theme and {(name, standing) for persona, name, standing in told if persona != who} <= {
        (theme, "less")
    }


def test_the_list_for_a_campaign_has_who_raised_it_and_leaves_out_who_said_no(mined, planted):
    found = account_lists.raised(mined, Filters(), security(mined), today=TODAY)
    listed = {one.account for one in found.people} & of_upload(mined)
    assert listed == set(planted["raised_soc2"])
    assert found.refused == len(planted["refused"])


def test_the_upload_is_read_whole(mined, planted):
    assert mined.table("conversations").count_where("file LIKE '%sales.csv'") == planted["conversations"]
    assert "marketing_consent" in facets.field_names(mined)

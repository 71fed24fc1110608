"""The first pages are worked out ahead, under the very keys that the pages ask for."""

from collections import Counter
from contextlib import closing
from threading import Event

from api.serving import warming
from pipelines.sales import said
from pipelines.store import company, connect, remembered
from tests.api.conftest import TODAY

PAGES = (
    "/", "/reports/objections", "/reports/questions", "/reports/competitors", "/plan", "/reports/outcomes", "/reports/voice",
    "/reports/competition", "/reports/handover", "/reports/material",
)  # fmt: skip
WARM = (
    "api.views.overview._overview", "api.views.report._report", "pipelines.plan.board", "pipelines.reports.outcomes.outcome_report",
    "pipelines.reports.voice.voice_report", "pipelines.reports.competition.competition",
    "pipelines.reports.handover.handover_report", "pipelines.reports.material.material_report",
)  # fmt: skip


def kept(settings) -> Counter:
    known = remembered._known.get(str(settings.database_file))
    return Counter(key[0] for key in known.kept) if known else Counter()


def test_a_page_that_was_worked_out_ahead_is_not_worked_out_again(db, client, settings):
    for work_out in warming._first_pages(db, TODAY):
        work_out()
    before = kept(settings)
    assert all(before[name] for name in WARM) and before["api.views.report._report"] == 3
    for path in PAGES:
        assert client.get(path).status_code == 200
    assert {name: kept(settings)[name] for name in WARM} == {name: before[name] for name in WARM}


def test_a_state_is_told_once_and_only_when_it_has_lasted(db, filled, settings):
    looks, told = [], []

    class Clock(Event):
        """A stop that lets a number of looks pass, and writes to the database before some of them."""

        def wait(self, timeout: float | None = None) -> bool:
            looks.append(timeout)
            if len(looks) in (2, 12):
                with writer.atomic():
                    writer.execute("INSERT INTO state (key, value) VALUES (?, ?)", [f"look {len(looks)}", "x"])
            return len(looks) > 30

    with closing(connect(settings.database_file)) as writer:
        for version in warming._at_rest(db, Clock()):
            told.append((len(looks), version))
    rest = warming.REST / warming.PAUSE
    assert [look for look, _ in told] == [0, 2 + rest, 12 + rest]


def test_what_reads_a_pasted_mail_is_loaded_when_its_page_is_opened_and_not_before(db, client, monkeypatch):
    loaded, looks = [], iter([False, True])
    monkeypatch.setattr(said, "make_ready", loaded.append)

    class Once(Event):
        def wait(self, timeout: float | None = None) -> bool:
            return next(looks)

    client.get("/quotes")
    list(warming._at_rest(db, Once()))
    assert loaded == []
    client.get("/answers")
    looks = iter([False, False, True])
    list(warming._at_rest(db, Once()))
    assert loaded == [company.load(db)]

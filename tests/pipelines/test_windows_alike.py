"""Every filter compares the same days, and a theme has one verdict wherever it stands."""

from datetime import timedelta

import pytest

from api.views.overview import overview
from pipelines.report import trend_report
from pipelines.reports import competition
from pipelines.store import batches
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from tests.pipelines.test_report import LAST, TODAY, said

MONTH = timedelta(days=30)


@pytest.fixture
def themes(db, now):
    batches.start(db, title="test", now=now())
    return [ledger.create(db, "objection", NewTheme(name, "price"), now=now()).theme for name in ("Price", "Rollout")]


def test_a_cut_whose_last_conversation_is_older_compares_the_same_days(db, themes):
    for n in range(12):
        said(db, n, day=LAST - n * MONTH, theme=themes[0], segment="smb" if n else "enterprise")

    every, small = (
        trend_report(db, filters, kind="objection", today=TODAY)
        for filters in (Filters(), Filters(fields={"segment": "smb"}))
    )

    assert (small.as_of, small.current, small.previous) == (every.as_of, every.current, every.previous)
    assert small.current.end == LAST


def test_a_small_cut_has_the_windows_of_all_and_not_longer_ones(db, themes):
    for n in range(160):  # enough for a quarter, of which smb has a few
        said(db, n, day=LAST - timedelta(days=n // 2), theme=themes[0], segment="smb" if n % 40 == 0 else "")

    small = trend_report(db, Filters(fields={"segment": "smb"}), kind="objection", today=TODAY)

    assert (small.current.end - small.current.start).days + 1 == 91


def test_to_is_the_last_day_where_conversations_go_on_after_it(db, themes):
    for n in range(12):
        said(db, n, day=LAST - n * MONTH, theme=themes[0])
    until = LAST - timedelta(days=45)  # nobody spoke on that very day

    found = trend_report(db, Filters(until=until.isoformat()), kind="objection", today=TODAY)

    assert found.current.end == until


def test_the_competition_report_compares_the_same_days(db, themes):
    for n in range(12):
        said(db, n, day=LAST - n * MONTH, theme=themes[0], segment="smb" if n else "enterprise")

    found = competition.competition(db, Filters(fields={"segment": "smb"}), today=TODAY)

    assert found.time.current.end == LAST


def test_the_overview_and_the_report_call_the_same_themes_changed(db, themes, now):
    # Sure among two objections (0.04 x 2), not among those and five questions that stay as they were (0.04 x 7).
    asked = [ledger.create(db, "question", NewTheme(f"Question {n}", ""), now=now()).theme for n in range(5)]
    for half, hits in enumerate((8, 19)):
        for i in range(100):
            day = LAST - timedelta(days=(1 - half) * 182 + i)
            said(db, half * 1000 + i, day=day, theme=themes[0] if i < hits else themes[1] if 30 <= i < 60 else None)
            if i >= 60:
                said(db, half * 1000 + 500 + i, day=day, theme=asked[i % 5])
    in_questions = "id IN (SELECT insight_id FROM theme_members WHERE theme_id > 2)"
    db.execute(f"UPDATE insights SET kind = 'question', label = '' WHERE {in_questions}")

    page = overview(db, Filters(), TODAY)
    report = trend_report(db, Filters(), kind="objection", today=TODAY)

    shown = {change.row.theme_id: change.row.trend.verdict for change in (*page.changes, *page.leaning, *page.too_few)}
    assert {row.theme_id: row.trend.verdict for row in report.rows if row.theme_id in shown} == {
        theme: verdict for theme, verdict in shown.items() if theme in themes
    }
    price = next(row for row in report.rows if row.theme_id == themes[0])
    assert price.trend.verdict == "too few"
    assert "tested together" in price.trend.reason

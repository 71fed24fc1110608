"""A number can be had as it was published: on the themes and uploads of that day."""

from contextlib import closing
from datetime import date

import pytest

from insights.records import Insight
from pipelines.ingest import ingest
from pipelines.report import trend_report
from pipelines.store import connect, conversations, insights, themes
from pipelines.store.filters import Filters
from pipelines.store.published import look_back
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme

TODAY = date(2026, 6, 1)


def upload(db, tmp_path, name: str, accounts: str, *, on: str) -> list[str]:
    """A call note for each account, each with one objection; the new insights' ids."""
    before = {row["id"] for row in db.query("SELECT id FROM insights")}
    lines = [
        f'2026-01-{n + 10},{account},"{account} says that it is too dear for them."'
        for n, account in enumerate(accounts)
    ]
    (tmp_path / name).write_text("\n".join(["Date,Account,Notes", *lines]) + "\n")
    ingest(db, [tmp_path / name], title=name, now=lambda: f"{on}T12:00:00+00:00")
    for conversation_id in conversations.ids(db):
        utterance = conversations.utterances(db, conversation_id)[0]
        start = utterance.text.index("it is")
        span = Insight("objection", start, len(utterance.text), utterance.text[start:], "price", 0.9)
        with db.atomic():
            insights.replace(db, conversation_id, [(utterance.id, utterance.text, span)])
    return sorted({row["id"] for row in db.query("SELECT id FROM insights")} - before)


@pytest.fixture
def told(db, tmp_path):
    """Published on 1 March: Price 2 of 4, Dear 2 of 4. Since then: merged, renamed, two more uploaded."""
    first = upload(db, tmp_path, "first.csv", "ABCD", on="2026-02-01")
    for name, some in (("Price", first[:2]), ("Dear", first[2:])):
        ledger.create(
            db, "objection", NewTheme(name, members=dict.fromkeys(some, 1.0)), now="2026-02-02T09:00:00+00:00"
        )
    ledger.merge(db, 1, [2], now="2026-04-01T09:00:00+00:00", actor="Ann")
    ledger.rename(db, 1, "Money", now="2026-04-02T09:00:00+00:00", actor="Ann")
    later = upload(db, tmp_path, "later.csv", "EF", on="2026-05-01")
    ledger.join(db, dict.fromkeys(later, (1, 0.9)), now="2026-05-02T09:00:00+00:00")
    return db


def shares(db, tmp_path, published: str = "") -> dict[str, tuple[int, int]]:
    """What the report says on a connection of its own, as a request has it."""
    with closing(connect(tmp_path / "parley.db")) as own:
        if published:
            look_back(own, published)
        report = trend_report(own, Filters(published=published), kind="objection", today=TODAY)
        rows = report.rows if report else ()
        return {row.name: (row.trend.current.numerator, row.trend.current.denominator) for row in rows}


def test_a_report_on_todays_themes_counts_the_merged_theme(told, tmp_path):
    assert shares(told, tmp_path) == {"Money": (6, 6)}


def test_a_report_as_published_has_the_themes_names_and_uploads_of_that_day(told, tmp_path):
    assert shares(told, tmp_path, "2026-03-01") == {"Price": (2, 4), "Dear": (2, 4)}
    assert shares(told, tmp_path, "2026-04-01") == {"Price": (4, 4)}
    assert shares(told, tmp_path, "2026-04-30") == {"Money": (4, 4)}
    assert shares(told, tmp_path, "2026-05-02") == {"Money": (6, 6)}


def test_before_anything_was_uploaded_there_is_nothing(told, tmp_path):
    assert shares(told, tmp_path, "2026-01-15") == {}


def test_a_quote_that_was_rejected_later_was_published(told, tmp_path):
    quote = next(iter(told.query("SELECT id FROM insights ORDER BY id")))["id"]
    sql = "INSERT INTO reviews (at, actor, subject, verdict, said) VALUES ('2026-05-20T09:00:00', 'Ann', 'insight', 'no', 'x')"
    review = told.execute(sql).lastrowid
    told.execute("UPDATE insights SET standing = 'rejected', review_id = ? WHERE id = ?", [review, quote])

    assert shares(told, tmp_path) == {"Money": (5, 6)}
    assert shares(told, tmp_path, "2026-05-19") == {"Money": (6, 6)}
    assert shares(told, tmp_path, "2026-05-20") == {"Money": (5, 6)}


def test_a_conversation_whose_better_copy_came_later_was_counted(told, tmp_path):
    rows = told.query("SELECT id FROM conversations WHERE account IN ('A', 'E') ORDER BY account")
    one, other = [row["id"] for row in rows]
    told.execute("UPDATE conversations SET standing = 'revision', counted_as = ? WHERE id = ?", [other, one])

    assert shares(told, tmp_path) == {"Money": (5, 5)}
    assert shares(told, tmp_path, "2026-04-30") == {"Money": (4, 4)}


def test_looking_back_changes_nothing_for_others(told, tmp_path):
    before = [theme.name for theme in themes.active(told)]
    shares(told, tmp_path, "2026-03-01")

    assert [theme.name for theme in themes.active(told)] == before == ["Money"]

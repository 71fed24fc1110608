"""Trend reports over a database whose figures can be counted by hand."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines import report
from pipelines.report import trend_report
from pipelines.store import batches, conversations, insights, theme_events
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle

TODAY = date(2026, 3, 1)
LAST = date(2025, 12, 31)


def said(
    db, n: int, *, day: date | None, theme: int | None, account: str = "", segment: str = "", label: str = "price"
) -> str:
    """One conversation with one sentence; with `theme`, the sentence is an objection in it."""
    text = f"That is too expensive, number {n}."
    item = Conversation(
        id=stable_id("test", n), kind="call", title="", occurred_at=day.isoformat() if day else "",
        utterances=(Utterance("Dana", "buyer", "verbatim", text),), account=account or f"account {n}",
        fields={"segment": segment} if segment else {},
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [item], settle.knowledge(db))
        if theme is not None:
            utterance = conversations.utterances(db, item.id)[0].id
            insights.replace(db, item.id, [(utterance, text, Insight("objection", 0, len(text), text, label, 0.9))])
            row = next(iter(db.query("SELECT id FROM insights WHERE conversation_id = ?", [item.id])))
            ledger.join(db, {row["id"]: (theme, 0.9)}, now="2025-01-01")
    return item.id


@pytest.fixture
def theme(db, now):
    batches.start(db, title="test", now=now())
    return ledger.create(db, "objection", NewTheme("Price", "price"), now=now()).theme


def year(db, theme, *, first_half: int, second_half: int, per_half: int = 180) -> None:
    """`per_half` conversations in each of the two windows of 182 days, evenly spread; the first ones carry the theme."""
    for half, hits in enumerate((first_half, second_half)):
        for i in range(per_half):
            day = LAST - timedelta(days=(1 - half) * 182 + i * 182 // per_half)
            said(db, half * 1000 + i, day=day, theme=theme if i < hits else None)


def test_a_report_counts_conversations_in_both_windows(db, theme):
    year(db, theme, first_half=10, second_half=60, per_half=200)

    found = trend_report(db, Filters(), kind="objection", today=TODAY, days=182)

    (row,) = found.rows
    now, before = row.trend.current, row.trend.previous
    assert (now.numerator, now.denominator, before.numerator, before.denominator) == (60, 200, 10, 200)
    assert row.trend.verdict == "rising"
    assert (found.current.end, found.conversations) == (LAST, 400)


def test_the_series_adds_up_to_all_conversations(db, theme):
    year(db, theme, first_half=10, second_half=60)

    found = trend_report(db, Filters(), kind="objection", today=TODAY)

    assert sum(rate.denominator for rate in found.rows[0].series) == found.conversations == 360
    assert sum(rate.numerator for rate in found.rows[0].series) == 70


def test_an_utterance_heard_twice_in_a_conversation_counts_once(db, theme):
    conversation_id = said(db, 1, day=LAST, theme=theme)
    utterance = conversations.utterances(db, conversation_id)[0]
    spans = [
        (utterance.id, utterance.text, Insight("objection", a, b, utterance.text[a:b], "price", 0.9))
        for a, b in ((0, 21), (23, 31))
    ]
    with db.atomic():
        insights.replace(db, conversation_id, spans)
        waiting = theme_events.unplaced(db, [row["id"] for row in db.query("SELECT id FROM insights")])
        ledger.join(db, dict.fromkeys(waiting, (theme, 0.9)), now="2025-01-01")

    (row,) = trend_report(db, Filters(), kind="objection", today=TODAY).rows

    assert (row.insights, row.trend.current.numerator, row.trend.current.denominator) == (2, 1, 1)


def test_splitting_by_a_fact_gives_each_value_its_own_denominator(db, theme):
    for n in range(10):
        said(db, n, day=LAST, theme=theme if n < 3 else None, segment="smb" if n < 4 else "enterprise")

    rows = trend_report(db, Filters(), kind="objection", today=TODAY, by="segment").rows

    assert [(row.split, row.trend.current.numerator, row.trend.current.denominator) for row in rows] == [("smb", 3, 4)]


def test_splitting_by_label_keeps_the_denominator_of_all(db, theme):
    for n in range(10):
        said(db, n, day=LAST, theme=theme if n < 3 else None, label="price" if n else "budget")

    rows = trend_report(db, Filters(), kind="objection", today=TODAY, by="label").rows

    counted = [(row.split, row.trend.current.numerator, row.trend.current.denominator) for row in rows]
    assert counted == [("price", 2, 10), ("budget", 1, 10)]


def test_a_filter_on_an_own_field_narrows_both_sides(db, theme):
    for n in range(10):
        said(db, n, day=LAST, theme=theme if n < 3 else None, segment="smb" if n < 4 else "enterprise")

    found = trend_report(db, Filters(fields={"segment": "smb"}), kind="objection", today=TODAY)

    assert (found.conversations, found.rows[0].trend.current.numerator) == (4, 3)


def test_a_conversation_without_a_date_is_counted_as_such_and_in_no_period(db, theme):
    said(db, 1, day=LAST, theme=theme)
    said(db, 2, day=None, theme=theme)

    found = trend_report(db, Filters(), kind="objection", today=TODAY)

    assert (found.conversations, found.undated, found.rows[0].trend.current.denominator) == (1, 1, 1)


def test_a_date_in_the_future_does_not_move_the_window(db, theme):
    said(db, 1, day=LAST, theme=theme)
    said(db, 2, day=date(2062, 1, 1), theme=theme)

    assert trend_report(db, Filters(), kind="objection", today=TODAY).as_of == LAST


@pytest.mark.parametrize("filters", [Filters(), Filters(account="nobody"), Filters(until="1999-01-01")])
def test_nothing_to_report_is_none(db, theme, filters):
    if filters.active:
        said(db, 1, day=LAST, theme=theme)

    assert trend_report(db, filters, kind="objection", today=TODAY) is None


def test_one_conversation_alone_makes_no_claim(db, theme):
    said(db, 1, day=LAST, theme=theme)

    (row,) = trend_report(db, Filters(), kind="objection", today=TODAY).rows

    assert row.trend.verdict == "too few"


def test_the_last_step_of_the_series_is_marked_unfinished(db, theme):
    said(db, 1, day=date(2025, 11, 3), theme=theme)
    said(db, 2, day=date(2025, 12, 10), theme=theme)

    periods = trend_report(db, Filters(), kind="objection", today=TODAY).periods

    assert [(p.label, p.complete) for p in periods] == [("2025-11", True), ("2025-12", False)]


@pytest.mark.parametrize(
    ("step", "labels"),
    [
        ("week", ["2025-12-15", "2025-12-22", "2025-12-29"]),
        ("month", ["2025-12", "2026-01"]),
        ("quarter", ["2025 Q4", "2026 Q1"]),
    ],
)
def test_calendar_steps_cover_every_day_once(step, labels):
    periods = report.calendar(date(2025, 12, 20), date(2026, 1, 3), step=step)

    assert [p.label for p in periods] == labels
    assert all(b.start == a.end + timedelta(days=1) for a, b in pairwise(periods))


def test_a_quote_that_is_not_verbatim_is_refused(db, theme):
    conversation_id = said(db, 1, day=LAST, theme=None)
    utterance = conversations.utterances(db, conversation_id)[0]
    wrong = Insight("objection", 0, 4, "This", "price", 0.9)

    with pytest.raises(insights.NotVerbatim):
        insights.replace(db, conversation_id, [(utterance.id, utterance.text, wrong)])


def test_a_quote_whose_source_was_tampered_with_is_not_shown(db, theme):
    conversation_id = said(db, 1, day=LAST, theme=theme)
    db.execute("UPDATE utterances SET text = 'Something else entirely.' WHERE conversation_id = ?", [conversation_id])

    with pytest.raises(insights.NotVerbatim):
        insights.quotes(db, Filters())


def test_quotes_page_through_without_gap_or_double(db, theme):
    for n in range(25):
        said(db, n, day=LAST - timedelta(days=n % 3), theme=theme)

    seen, after = [], ""
    while page := insights.quotes(db, Filters(), after=after, limit=7):
        seen += [quote.id for quote in page]
        after = insights.cursor(page[-1])

    assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize("words", ['"', "expensive OR", "NEAR(", "*", "a'b", "too -expensive", "\x00", "ünï"])
def test_what_people_type_is_never_query_syntax(db, theme, words):
    said(db, 1, day=LAST, theme=theme)

    insights.quotes(db, Filters(q=words))


def test_a_search_finds_word_forms(db, theme):
    said(db, 1, day=LAST, theme=theme)

    assert len(insights.quotes(db, Filters(q="numbers EXPENSIVE"))) == 1
    assert insights.count(db, replace(Filters(), q="cheap"))["insights"] == 0


def test_from_is_the_first_day_of_the_window_and_as_many_days_before_are_compared(db, theme):
    year(db, theme, first_half=20, second_half=60)
    since = LAST - timedelta(days=60)

    whole = trend_report(db, Filters(), kind="objection", today=TODAY)
    chosen = trend_report(db, Filters(since=since.isoformat()), kind="objection", today=TODAY)

    assert chosen.periods == whole.periods  # what it is seen against
    assert (chosen.current.start, chosen.current.end) == (since, chosen.as_of)
    assert chosen.previous.end == since - timedelta(days=1)
    assert chosen.previous.end - chosen.previous.start == chosen.current.end - chosen.current.start
    assert chosen.rows[0].trend.previous.denominator > 0


def test_from_with_nothing_before_it_leaves_the_windows_as_they_are(db, theme):
    year(db, theme, first_half=20, second_half=60)
    first = (LAST - timedelta(days=400)).isoformat()

    whole = trend_report(db, Filters(), kind="objection", today=TODAY)
    chosen = trend_report(db, Filters(since=first), kind="objection", today=TODAY)

    assert (chosen.current, chosen.previous) == (whole.current, whole.previous)


def test_what_came_since_is_in_the_denominators_of_the_next_report(db, theme):
    year(db, theme, first_half=20, second_half=60)

    before = trend_report(db, Filters(), kind="objection", today=TODAY)
    said(db, 9999, day=LAST, theme=None)
    after = trend_report(db, Filters(), kind="objection", today=TODAY)

    assert after.rows[0].trend.current.denominator == before.rows[0].trend.current.denominator + 1

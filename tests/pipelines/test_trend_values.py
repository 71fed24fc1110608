"""Every number of a trend report counted again by hand, in SQL over the plain tables."""

import random
from datetime import date, timedelta

import pytest
from statsmodels.stats.proportion import proportion_confint

from insights.records import Conversation, Insight, Utterance, stable_id
from insights.trackers import Tracker
from pipelines.catalogue import trackers
from pipelines.report import Waiting, trend_report
from pipelines.reports import summary
from pipelines.store import batches, competition_rows, conversations, exposure_rows, insights, outcome_rows, plan
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewPart, NewTheme
from pipelines.uploads import settle

TODAY = date(2026, 3, 1)
LAST = date(2025, 11, 20)
NOW = "2025-12-31T12:00:00+00:00"
UNITS = {
    "conversation": "c.id",
    "account": "CASE c.account WHEN '' THEN c.id ELSE c.account END",
    # Conversations that name no deal are of the only one of their account, else all together one.
    "deal": """coalesce((SELECT k.key FROM conversation_keys k WHERE k.conversation_id = c.id),
        (SELECT min(k.key) FROM conversations o JOIN conversation_keys k ON k.conversation_id = o.id
            WHERE o.account = c.account AND c.account <> '' HAVING count(DISTINCT k.key) = 1),
        CASE c.account WHEN '' THEN c.id ELSE c.account END)""",
}


def say(db, n: int, *, day: date, themes=(), account="", segment="", kind="call") -> str:
    """A conversation with one sentence, an objection in each of `themes` (None: in no theme)."""
    text = f"That is too expensive, number {n}, without any network."
    fields = {"segment": segment} if segment else {}
    said = (Utterance("Dana", "buyer", "verbatim", text),)
    item = Conversation(stable_id("test", n), kind, "", day.isoformat(), said, account=account, fields=fields)
    settle.write(db, [item], settle.knowledge(db))
    utterance = conversations.utterances(db, item.id)[0].id
    found = [Insight("objection", 0, 5 + at, text[: 5 + at], "price", 0.9) for at in range(len(themes))]
    insights.replace(db, item.id, [(utterance, text, one) for one in found])
    rows = db.query("SELECT id, end FROM insights WHERE conversation_id = ?", [item.id])
    joined = {row["id"]: (themes[row["end"] - 5], 0.9) for row in rows if themes[row["end"] - 5] is not None}
    if joined:
        ledger.join(db, joined, now=NOW)
    return item.id


@pytest.fixture
def made(db, written):
    written(db, _made)
    return db


def _made(db):
    """Two years of 300 conversations of 60 accounts and some without one, in two themes, and two segments that shift."""
    batches.start(db, title="test", now=NOW)
    price, dear = (ledger.create(db, "objection", NewTheme(n, n.lower()), now=NOW).theme for n in ("Price", "Dear"))
    rng = random.Random(5)
    with db.atomic():
        for n in range(300):
            day = LAST - timedelta(days=2 * n)
            themes = [theme for theme, share in ((price, 0.4), (dear, 0.15)) if rng.random() < share]
            account = f"account {rng.randrange(60)}" if rng.random() < 0.9 else ""
            large = rng.random() < (0.7 if n < 60 else 0.3)
            one = say(db, n, day=day, themes=themes, account=account, segment="enterprise" if large else "smb")
            if account and rng.random() < 0.6:
                db.execute("INSERT INTO conversation_keys VALUES (?, ?)", [f"name:{account}:deal {n % 2}", one])


def by_hand(db, period, unit: str, theme: int | None = None) -> int:
    """How many units spoke in a period, or carry the theme there."""
    carries = """AND EXISTS (SELECT 1 FROM insights i JOIN theme_members m ON m.insight_id = i.id
        WHERE i.conversation_id = c.id AND m.theme_id = ?)"""
    sql = f"""SELECT count(DISTINCT {UNITS[unit]}) AS n FROM conversations c
        WHERE substr(c.occurred_at, 1, 10) BETWEEN ? AND ? {carries if theme else ""}"""
    bound = [period.start.isoformat(), period.end.isoformat(), *([theme] if theme else [])]
    return next(iter(db.query(sql, bound)))["n"]


@pytest.mark.parametrize("unit", ["conversation", "account", "deal"])
@pytest.mark.parametrize("windows", ["rolling", "quarter"])
def test_every_numerator_and_denominator_is_that_of_plain_sql(made, unit, windows):
    found = trend_report(made, Filters(), kind="objection", today=TODAY, unit=unit, windows=windows, step="quarter")

    assert len(found.rows) == 2
    for row in found.rows:
        pairs = [
            (row.trend.current, found.current), (row.trend.previous, found.previous), (row.year_ago, found.year_ago),
            (row.over_year.previous, found.year_ago), (row.like, found.like), *zip(row.series, found.periods, strict=True),
        ]  # fmt: skip
        for rate, period in pairs:
            counted = (by_hand(made, period, unit, row.theme_id), by_hand(made, period, unit))
            assert (rate.numerator, rate.denominator) == counted


def test_a_share_of_accounts_has_wilsons_interval(made):
    row = trend_report(made, Filters(), kind="objection", today=TODAY, unit="account").rows[0]

    now = row.trend.current
    expected = proportion_confint(now.numerator, now.denominator, method="wilson")
    assert (now.low, now.high) == pytest.approx(expected, abs=1e-9)


def test_an_unfinished_quarter_is_held_against_as_many_days_of_the_last_one_and_of_last_year(made):
    found = trend_report(made, Filters(), kind="objection", today=TODAY, windows="quarter", step="quarter")

    days = [(p.start.isoformat(), p.end.isoformat()) for p in (found.current, found.previous, found.year_ago)]
    assert days == [("2025-10-01", "2025-11-20"), ("2025-07-01", "2025-08-20"), ("2024-10-01", "2024-11-20")]
    assert (found.current.complete, found.periods[-1].complete) == (False, False)
    assert (found.like.start.isoformat(), found.like.end.isoformat()) == days[1]


def test_a_finished_period_needs_no_like(made):
    said = trend_report(made, Filters(), kind="objection", today=TODAY, step="month")
    last = said.periods[-2].end
    say(made, 1000, day=last, themes=[1])
    found = trend_report(made, Filters(until=last.isoformat()), kind="objection", today=TODAY, step="month")

    assert (found.as_of.isoformat(), found.like, found.rows[0].like) == ("2025-10-31", None, None) or not found.periods[
        -1
    ].complete


def test_the_change_within_segments_is_their_changes_weighted_by_both_windows(made):
    found = trend_report(made, Filters(), kind="objection", today=TODAY, days=120)
    row = next(row for row in found.rows if row.name == "Price")

    sql = """SELECT f.value AS segment, c.day >= ? AS now, count(*) AS n, sum(EXISTS (SELECT 1 FROM insights i
            JOIN theme_members m ON m.insight_id = i.id WHERE i.conversation_id = c.id AND m.theme_id = ?)) AS hits
        FROM conversations c JOIN conversation_fields f ON f.conversation_id = c.id AND f.name = 'segment'
        WHERE c.day BETWEEN ? AND ? GROUP BY 1, 2"""
    bound = [found.current.start.isoformat(), row.theme_id, found.previous.start.isoformat(), LAST.isoformat()]
    cells = {(cell["segment"], cell["now"]): (cell["hits"], cell["n"]) for cell in made.query(sql, bound)}
    total = [sum(n for (_, now), (_, n) in cells.items() if now == at) for at in (0, 1)]
    expected = 0.0
    for segment in ("enterprise", "smb"):
        (h0, n0), (h1, n1) = cells[segment, 0], cells[segment, 1]
        expected += (n0 / total[0] + n1 / total[1]) / 2 * (h1 / n1 - h0 / n0)
    assert found.mix == ("segment", "channel")
    assert row.within.difference == pytest.approx(expected)
    assert row.within.difference + row.within.mix == pytest.approx(row.trend.change.difference)


def mixed(db, *, start: int, days: tuple[date, date], enterprise: int, theme: int) -> None:
    """A hundred conversations between two days; every second one of enterprises carries the theme, no other does."""
    for n in range(100):
        day = days[0] + (days[1] - days[0]) * n / 99
        large = n * enterprise // 100 != (n + 1) * enterprise // 100
        carries = large and (n * enterprise // 100) % 2 == 0
        say(db, start + n, day=day, themes=[theme] if carries else [], segment="enterprise" if large else "smb")


def test_a_changed_mix_since_last_year_is_no_change_over_the_year(db):
    batches.start(db, title="test", now=NOW)
    theme = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    back = timedelta(days=364)
    with db.atomic():
        mixed(db, start=0, days=(LAST - timedelta(days=89), LAST), enterprise=80, theme=theme)
        mixed(db, start=100, days=(LAST - timedelta(days=179), LAST - timedelta(days=90)), enterprise=80, theme=theme)
        mixed(db, start=200, days=(LAST - back - timedelta(days=89), LAST - back), enterprise=20, theme=theme)

    (row,) = trend_report(db, Filters(), kind="objection", today=TODAY, days=90).rows

    assert (row.trend.current.numerator, row.year_ago.numerator) == (40, 10)
    assert row.over_year.verdict in ("steady", "too few")
    assert "mix of conversations changed" in row.over_year.reason


def test_trackers_are_rows_with_rates_of_their_own(made):
    saved = trackers.save(made, Tracker("Offline", phrases=("number 1",)), now=NOW, actor="Ann")

    (row,) = trend_report(made, Filters(), kind="tracker", today=TODAY, days=91).rows

    sql = """SELECT count(DISTINCT c.id) AS n FROM conversations c JOIN utterances u ON u.conversation_id = c.id
        WHERE c.day BETWEEN ? AND ? AND u.text LIKE '%number 1,%'"""
    hits = next(iter(made.query(sql, [(LAST - timedelta(days=90)).isoformat(), LAST.isoformat()])))["n"]
    assert (row.theme_id, row.name, row.trend.current.numerator, row.trend.current.denominator) == (
        saved,
        "Offline",
        hits,
        46,
    )


def test_a_theme_made_of_another_is_not_new_for_that(made):
    price = 1
    recent = [
        row["id"]
        for row in made.query(
            "SELECT i.id FROM insights i JOIN theme_members m ON m.insight_id = i.id WHERE m.theme_id = ? ORDER BY i.id",
            [price],
        )
    ][::2]
    ledger.split(made, price, [NewPart("Half of it", tuple(recent))], now=NOW, actor="Ann")

    rows = trend_report(made, Filters(), kind="objection", today=TODAY, days=91).rows

    assert {row.trend.verdict for row in rows} <= {"too few", "steady"}
    assert "Half of it" in {row.name for row in rows}


def test_what_was_counted_then_and_edits_and_late_uploads_are_told_apart(db):
    """On 8 February: Price in A and B, Dear in C and D, of A to D. Then Dear goes into Price, and E and F come in."""
    batches.start(db, title="first", now="2025-02-01T12:00:00+00:00")
    price, dear = (
        ledger.create(db, "objection", NewTheme(n), now="2025-02-01T12:00:00+00:00").theme for n in ("Price", "Dear")
    )
    with db.atomic():
        for n, theme in enumerate((price, price, dear, dear)):
            one = say(db, n, day=date(2025, 1, 10 + n), themes=[theme], account="ABCD"[n])
            brought(db, one, batch=1)
    db.execute("UPDATE theme_events SET at = '2025-02-02T09:00:00+00:00'")
    ledger.merge(db, price, [dear], now="2025-04-01T09:00:00+00:00", actor="Ann")
    batches.start(db, title="second", now="2025-04-02T12:00:00+00:00")
    db.execute(
        "UPDATE batches SET created_at = CASE id WHEN 1 THEN '2025-02-01T12:00:00+00:00' ELSE '2025-04-02T12:00:00+00:00' END"
    )
    with db.atomic():
        for n, day in ((4, date(2025, 1, 20)), (5, date(2025, 1, 21)), (6, date(2025, 3, 10))):
            brought(db, say(db, n, day=day, themes=[price] if n < 6 else [], account="EFG"[n - 4]), batch=2)

    found = trend_report(db, Filters(), kind="objection", today=TODAY, days=30)

    (row,) = found.rows
    assert (found.previous.start.isoformat(), found.previous.end.isoformat()) == ("2025-01-10", "2025-02-08")
    assert (row.trend.previous.numerator, row.trend.previous.denominator) == (6, 6)
    stated = row.restated
    assert (stated.numerator, stated.denominator, stated.edits, stated.late) == (2, 4, 2, 2)
    assert stated.numerator + stated.edits + stated.late == row.trend.previous.numerator


def brought(db, conversation_id: str, *, batch: int) -> None:
    sql = "INSERT OR IGNORE INTO brought (batch_id, kind, item_id, attempt) VALUES (?, 'conversation', ?, 0)"
    db.execute(sql, [batch, conversation_id])


def test_nothing_is_restated_where_nothing_was_edited(made):
    rows = trend_report(made, Filters(), kind="objection", today=TODAY).rows

    assert [row.restated for row in rows] == [None, None]


def test_the_tellings_of_one_meeting_are_one_stratum_in_any_order(db):
    batches.start(db, title="test", now=NOW)
    with db.atomic():
        ids = [
            say(db, n, day=LAST, account="Arlo", kind=kind) for n, kind in enumerate(("note", "call", "call", "note"))
        ]
        db.execute("UPDATE conversations SET counted_as = ? WHERE id IN (?, ?)", [ids[0], ids[0], ids[1]])
        db.execute("UPDATE conversations SET counted_as = ? WHERE id IN (?, ?)", [ids[2], ids[2], ids[3]])

    found = exposure_rows.conversations(db, Filters(), held=("channel",))

    assert [e.stratum for e in found] == ["call,note"] * 2


def test_quotes_that_wait_without_a_theme_are_counted_beside(db):
    batches.start(db, title="test", now=NOW)
    theme = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    with db.atomic():
        for n in range(40):
            day = LAST - timedelta(days=n % 2 * 91)
            say(db, n, day=day, themes=[None if n % 8 == 0 else theme])

    found = trend_report(db, Filters(), kind="objection", today=TODAY, days=91)

    waiting = found.waiting
    assert (
        "wait for a theme (25\u00a0% of this period’s, 0\u00a0% of those before)"
        in summary.of_reports(db, [found]).opening[0]
    )
    assert waiting == Waiting(current=5, current_quotes=20, previous=0, previous_quotes=20)
    assert waiting.uneven


@pytest.mark.parametrize(
    ("waiting", "uneven"),
    [((5, 100, 4, 100), False), ((20, 100, 5, 100), True), ((5, 100, 20, 100), True), ((0, 0, 5, 9), False), ((3, 3, 3, 3), False), ((3, 4, 3, 3), True)],
)  # fmt: skip
def test_waiting_is_uneven_where_it_alone_moves_rates_by_a_tenth(waiting, uneven):
    assert Waiting(*waiting).uneven is uneven


def test_the_mix_of_accounts_that_both_call_and_write_stays_as_it_was(db):
    # Every account calls and writes in both windows, so nothing of the change can come of the mix; 10 of 40 accounts
    # carry it before and 20 of 40 now, always in both their conversations.
    batches.start(db, title="test", now=NOW)
    price = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    with db.atomic():
        for window, carrying in ((0, 20), (1, 10)):
            for n in range(40):
                for at, kind in enumerate(("call", "email")):
                    day = LAST - timedelta(days=91 * window + n)
                    number = 1000 * window + 10 * n + at
                    say(db, number, day=day, themes=[price] if n < carrying else [], account=f"account {n}", kind=kind)

    for unit in ("account", "deal"):
        row = trend_report(db, Filters(), kind="objection", today=TODAY, days=91, unit=unit).rows[0]
        assert row.trend.change.difference == pytest.approx(0.25)
        assert row.within is None or row.within.mix == pytest.approx(0)


def test_a_deal_of_several_conversations_counts_once_whether_or_not_they_name_the_account(db):
    batches.start(db, title="test", now=NOW)
    price = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    with db.atomic():
        for deal, accounts in enumerate((("", "", ""), ("Arlo", "", ""), ("Bexley", "Bexley Ltd", "Bexley"))):
            for n, account in enumerate(accounts):
                one = say(db, 10 * deal + n, day=LAST - timedelta(days=n), themes=[price], account=account)
                db.execute("INSERT INTO conversation_keys VALUES (?, ?)", [f"id:deal:{deal}", one])

    now = trend_report(db, Filters(), kind="objection", today=TODAY, unit="deal").rows[0].trend.current

    assert (now.numerator, now.denominator) == (3, 3)


@pytest.mark.parametrize("unit", ["account", "deal"])
def test_accounts_that_merely_speak_more_often_carry_nothing_more(db, unit):
    # One conversation in four carries it in both windows; accounts speak once in the one before and five times now.
    batches.start(db, title="test", now=NOW)
    price = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    number = 0
    with db.atomic():
        for window, times in ((0, 5), (1, 1)):
            for n in range(80):
                for at in range(times):
                    number += 1
                    day = LAST - timedelta(days=91 * window + n)
                    say(db, number, day=day, themes=[price] if (n + at) % 4 == 0 else [], account=f"account {n}")

    row = trend_report(db, Filters(), kind="objection", today=TODAY, days=91, unit=unit).rows[0]

    assert row.trend.change.difference > 0.5
    assert row.trend.verdict == "too few"
    assert row.trend.reason == "the mix of conversations changed, the theme within it did not for sure"


@pytest.mark.parametrize(("unit", "largest", "reported"), [("conversation", 4, 1), ("account", 1, 0), ("deal", 2, 1)])
def test_what_stands_behind_a_figure_is_counted_in_what_the_figure_counts(db, unit, largest, reported):
    # Arlo says it in four conversations of two deals, one of them in a note that is all that is known of its deal.
    batches.start(db, title="test", now=NOW)
    price = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    with db.atomic():
        for n, deal in enumerate(("one", "one", "one", "two")):
            one = say(db, n, day=LAST - timedelta(days=n), themes=[price], account="Arlo")
            db.execute("INSERT INTO conversation_keys VALUES (?, ?)", [f"name:Arlo:{deal}", one])
            if deal == "two":
                db.execute("UPDATE utterances SET voice = 'reported' WHERE conversation_id = ?", [one])
        say(db, 9, day=LAST, themes=[price], account="Bexley")
    report = trend_report(db, Filters(), kind="objection", today=TODAY, unit=unit)

    found = summary.evidence(db, report, report.rows[0], {})

    assert (found.largest, found.reported) == (largest, reported)


def test_a_note_of_the_day_after_counts_on_the_day_of_its_meeting_on_every_page(db):
    # The call is of the last day of September; the rep's note, which alone holds the quote, of the day after.
    batches.start(db, title="test", now=NOW)
    price = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    with db.atomic():
        call = say(db, 1, day=date(2025, 9, 30), account="Arlo")
        note = say(db, 2, day=date(2025, 10, 1), themes=[price], account="Arlo", kind="note")
        say(db, 3, day=date(2025, 11, 1), account="Bexley")
        db.execute("UPDATE conversations SET counted_as = ?, standing = 'occasion' WHERE id = ?", [call, note])

    report = trend_report(db, Filters(), kind="objection", today=TODAY)

    for rate, period in zip(report.rows[0].series, report.periods, strict=True):
        within = Filters(theme=str(price), since=period.start.isoformat(), until=period.end.isoformat())
        assert rate.numerator == insights.count(db, within)["conversations"]
        assert rate.denominator == exposure_rows.count(db, within)["conversations"]


def test_a_filter_that_only_the_note_matches_leaves_the_meeting_on_its_day(db):
    batches.start(db, title="test", now=NOW)
    price = ledger.create(db, "objection", NewTheme("Price", "price"), now=NOW).theme
    with db.atomic():
        call = say(db, 1, day=date(2025, 9, 30), account="Arlo")
        note = say(db, 2, day=date(2025, 10, 1), themes=[price], account="Arlo", kind="note", segment="smb")
        say(db, 3, day=date(2025, 11, 1), account="Bexley", segment="smb")
        db.execute("UPDATE conversations SET counted_as = ?, standing = 'occasion' WHERE id = ?", [call, note])

    for within in (Filters(fields={"segment": "smb"}), Filters(channel="note")):
        assert {e.day for e in exposure_rows.conversations(db, within) if e.id == call} == {"2025-09-30"}
        assert {t.day for t in outcome_rows.talks(db, within) if t.id == call} == {"2025-09-30"}
        assert {h.day for h in competition_rows.conversations(db, within) if h.id == call} == {"2025-09-30"}
        assert {p.day for p in plan.places(db, within) if p.id == call} == {"2025-09-30"}

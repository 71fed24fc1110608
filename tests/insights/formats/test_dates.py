"""Dates: ISO out, and never a guess between day and month."""

import pytest

from insights.formats import dates
from tests.spending import at_most


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-03-04", "2025-03-04"),
        ("2025/3/4", "2025-03-04"),
        ("20250304", "2025-03-04"),
        ("2025-03-04T10:20:30Z", "2025-03-04T10:20:30+00:00"),
        ("2025-03-04 10:20:30.123+0100", "2025-03-04T10:20:30+01:00"),
        ("2025-03-04 10:20", "2025-03-04T10:20:00"),
        ("25/03/2025", "2025-03-25"),
        ("3/25/25 2:30 PM", "2025-03-25T14:30:00"),
        ("25.03.2025 14:30 Uhr", "2025-03-25T14:30:00"),
        ("05/05/2025", "2025-05-05"),
        ("March 4, 2025", "2025-03-04"),
        ("Mar 4th, 2025 at 2:30 PM", "2025-03-04T14:30:00"),
        ("4 Mar 2025", "2025-03-04"),
        ("Tuesday, 4 March 2025 10:20", "2025-03-04T10:20:00"),
        ("4. März 2025", "2025-03-04"),
        ("4 mars 2025", "2025-03-04"),
        ("4 de marzo de 2025", "2025-03-04"),
        ("2025-03-04 10:20 CET", "2025-03-04T10:20:00+01:00"),
        ("3/25/2025 2:30 PM EST", "2025-03-25T14:30:00-05:00"),
        ("1741082400", "2025-03-04T10:00:00+00:00"),
        ("1741082400000", "2025-03-04T10:00:00+00:00"),
    ],
)
def test_dates_become_iso(text, iso):
    assert dates.parse(text) == iso


@pytest.mark.parametrize("text", ["03/04/2025", "3.4.2025", "03-04-25 10:00"])
def test_day_and_month_are_not_guessed(text):
    with pytest.raises(dates.AmbiguousDateError):
        dates.parse(text)
    assert dates.parse(text, order="dmy").startswith("2025-04-03")
    assert dates.parse(text, order="mdy").startswith("2025-03-04")


@pytest.mark.parametrize(
    "text",
    ["", "Q3", "soon", "yesterday", "31/31/2025", "2025-02-30", "12", "next 12 weeks", "v1.2.3", "2025-03-04 99:99"],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        dates.parse(text)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["03/04/2025", "25/04/2025"], "dmy"),
        (["04/25/2025"], "mdy"),
        (["01/02/2025"], ""),
        (["25/04/2025", "04/25/2025"], ""),
        ([], ""),
    ],
)
def test_a_columns_order_comes_from_its_own_values(values, order):
    assert dates.order_of(values) == order


@pytest.mark.parametrize(
    ("name", "iso"),
    [("a/b_2025-03-04.vtt", "2025-03-04"), ("2025-13-04.vtt", ""), ("12025-03-04.txt", ""), ("call.vtt", "")],
)
def test_a_date_in_a_name_is_found(name, iso):
    assert dates.in_name(name) == iso


@pytest.mark.parametrize("text", ["03 04 2025 Tue", "Tue 3 4 2025"])
def test_words_beside_two_numbers_are_not_guessed_either(text):
    with pytest.raises(ValueError):
        dates.parse(text)


@pytest.mark.parametrize(
    ("moment", "placed"),
    [
        ("2025-07-04T14:30:00", "2025-07-04T14:30:00-04:00"),
        ("2025-07-04T14:30:00+02:00", "2025-07-04T14:30:00+02:00"),
        ("2025-07-04", "2025-07-04"),
        ("", ""),
    ],
)
def test_only_a_time_without_a_zone_is_placed_in_one(moment, placed):
    assert dates.placed(moment, "America/New_York") == placed


def test_only_dates_that_need_an_order_are_asked_for():
    assert list(dates.needing_order(["03/04/2025", "25/04/2025", "05/05/2025", "2025-03-04", "Q3"])) == ["03/04/2025"]


def test_a_time_with_a_wide_gap_is_read_in_reasonable_time():
    with at_most(seconds=1), pytest.raises(ValueError, match="no time"):
        dates.parse("2025-03-04 10:20" + " " * 5_000 + "x")


def test_a_zone_that_does_not_exist_is_no_time():
    with pytest.raises(ValueError, match="no such zone"):
        dates.parse("2025-03-04 10:20 +99:99")


def test_the_year_nought_is_no_date():
    with pytest.raises(ValueError, match=r"year 0|year must be"):
        dates.parse("1/1/0000")


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["03.04.2025", "01.02.2025"], "dmy"),
        (["03.25.2025", "01.02.2025"], "mdy"),
        (["03.04.2025", "03/04/2025"], ""),
        (["03/04/2025"], ""),
        ([], ""),
    ],
)
def test_dots_alone_settle_the_order(values, order):
    assert dates.order_of(values) == order


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["03/04/2025"] * 9, "mdy"),
        (["03/04/2025", "14/04/2025"], "mdy"),  # one may be a slip
        (["03/04/2025", "14/04/2025", "15/04/2025", "16/04/2025"], "dmy"),
        (["03.04.2025", "01.02.2025", "05.06.2025"], "dmy"),
        (["14/04/2025", "15/04/2025", "16/04/2025", "04/17/2025"], "mdy"),
    ],
)
def test_what_was_said_of_many_files_gives_way_to_dates_that_allow_one_order_only(values, order):
    assert dates.order_of(values, "mdy") == order


@pytest.mark.parametrize(
    ("value", "day"),
    [("46040", "2026-01-18"), ("46040.4375", "2026-01-18T10:30:00"), ("46040,5", "2026-01-18T12:00:00"), ("12000", ""), ("2026", ""), ("46040 EUR", "")],
)  # fmt: skip
def test_a_day_as_spreadsheets_count_it(value, day):
    assert dates.serial(value) == day


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Oaken Foods, 17 March 2026", "2026-03-17"),
        ("Call with Oaken (March 17th, 2026)", "2026-03-17"),
        ("Visit Oaken - 2026-03-17", "2026-03-17"),
        ("Besuch Müller am 17.03.2026", "2026-03-17"),
        ("Besuch Müller am 3. März 2026", "2026-03-03"),
        ("Oaken 17/03/2026, second visit", "2026-03-17"),
        ("Oaken 03/04/2026", ""),  # nothing tells which is the month
        ("Offer valid until 31 March 2026", ""),
        ("Oaken 2026-03-17 and 2026-03-19", ""),
        ("Version 2.10.24, room 12 of 2026", ""),
        ("31 February 2026", ""),
    ],
)
def test_a_day_in_a_heading(line, day):
    assert dates.in_heading(line) == day

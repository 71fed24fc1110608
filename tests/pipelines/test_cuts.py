"""Cuts and summaries over a company whose cells can be counted by hand."""

from datetime import date, timedelta
from itertools import product

import pytest
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests

from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines.report import trend_report
from pipelines.reports import cuts, summary
from pipelines.store import batches, conversations, insights
from pipelines.store import themes as every_theme
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle

TODAY = date(2026, 3, 1)
LAST = date(2025, 12, 31)
NOW = "2025-12-31T12:00:00+00:00"
# Of 60 conversations in each region, how many object to the price and to the setup.
CARRY = {"north": (30, 12), "south": (8, 14), "west": (10, 13), "": (5, 5)}


def say(db, key: str, *, day: date, themes=(), account="", fields=None, voice="verbatim", text="") -> str:
    """A conversation of one sentence, an objection in each of `themes`."""
    text = text or f"That is too expensive for us, as {key} said."
    said = (Utterance("Dana", "buyer", voice, text),)
    item = Conversation(
        stable_id("test", key),
        "call",
        "",
        day.isoformat(),
        said,
        account=account or f"account {key}",
        fields=fields or {},
    )
    settle.write(db, [item], settle.knowledge(db))
    place = conversations.utterances(db, item.id)[0].id
    found = [(place, text, Insight("objection", 0, 5 + at, text[: 5 + at], "price", 0.9)) for at in range(len(themes))]
    insights.replace(db, item.id, found)
    rows = db.query("SELECT id, end FROM insights WHERE conversation_id = ?", [item.id])
    joined = {row["id"]: (themes[row["end"] - 5], 0.9) for row in rows}
    if joined:
        ledger.join(db, joined, now=NOW)
    return item.id


@pytest.fixture
def two(db):
    return _two(db)


def _two(db):
    batches.start(db, title="test", now=NOW)
    return tuple(ledger.create(db, "objection", NewTheme(n, n.lower()), now=NOW).theme for n in ("Price", "Setup"))


@pytest.fixture
def regions(db, written):
    return written(db, _regions)


def _regions(db):
    two = _two(db)
    with db.atomic():
        for (region, carry), n in product(CARRY.items(), range(60)):
            themes = [theme for theme, count in zip(two, carry, strict=True) if n < count]
            say(
                db,
                f"{region}{n}",
                day=LAST - timedelta(days=n),
                themes=themes,
                fields={"region": region} if region else None,
            )
    return two


@pytest.fixture
def table(db, regions):
    return cuts.cut(db, trend_report(db, Filters(), kind="objection", today=TODAY, days=182), "region")


def test_every_cell_is_the_share_within_its_value(table, regions):
    columns = [value for value, _ in table.columns]
    for row, cells in zip(table.rows, table.cells, strict=True):
        place = regions.index(row.theme_id)
        assert [(c.rate.numerator, c.rate.denominator) for c in cells] == [(CARRY[v][place], 60) for v in columns]


def test_columns_in_which_something_stands_out_come_first(db, two):
    with db.atomic():
        for (region, carry), n in product({"east": 12, "north": 12, "west": 36, "": 12}.items(), range(60)):
            themes = two[:1] if n < carry else ()
            say(db, f"{region} {n}", day=LAST - timedelta(days=n), themes=themes, fields={"region": region} if region else {})  # fmt: skip
    found = cuts.cut(db, trend_report(db, Filters(), kind="objection", today=TODAY, days=182), "region")
    assert found.columns[0][0] == "west" and found.cells[0][0].standing == "more"
    assert found.columns[-1][0] == "" and found.striking


def test_what_is_not_known_comes_last_and_is_never_called_different(table):
    assert table.columns[-1] == ("", 60)
    assert [cells[-1].standing for cells in table.cells] == ["", ""]


def test_cells_stand_out_where_a_chi_square_with_benjamini_and_hochberg_says_so(table, regions):
    known = [region for region in CARRY if region]
    keys = list(product((0, 1), known))
    tests = []
    for place, region in keys:
        mine, others = CARRY[region][place], sum(CARRY[o][place] for o in CARRY if o != region)
        tests.append(chi2_contingency([[mine, 60 - mine], [others, 180 - others]], correction=False).pvalue)
    q = multipletests(tests, method="fdr_bh")[1]
    expected = {
        key: "more" if CARRY[key[1]][key[0]] * 4 > sum(carry[key[0]] for carry in CARRY.values()) else "less"
        for key, p, adjusted in zip(keys, tests, q, strict=True) if adjusted <= 0.1 and p <= 0.05
    }  # fmt: skip
    found = {
        (regions.index(row.theme_id), value): cell.standing
        for row, cells in zip(table.rows, table.cells, strict=True)
        for (value, _), cell in zip(table.columns, cells, strict=True) if cell.standing
    }  # fmt: skip
    assert found == expected
    assert found[0, "north"] == "more" and len(found) < len(keys)


def test_values_that_are_not_shown_are_counted(db, regions):
    report = trend_report(db, Filters(), kind="objection", today=TODAY, days=182)
    assert cuts.cut(db, report, "region", most=2).left_out == 1


def test_a_report_that_is_split_already_is_cut_by_whole_themes(db, regions, table):
    split = trend_report(db, Filters(), kind="objection", today=TODAY, days=182, by="region")
    cut = cuts.cut(db, split, "region")
    assert {row.theme_id: cells for row, cells in zip(cut.rows, cut.cells, strict=True)} == {
        row.theme_id: cells for row, cells in zip(table.rows, table.cells, strict=True)
    }


def test_a_zero_cell_can_stand_out_as_less(db, two):
    with db.atomic():
        for region, n in product(("north", "south"), range(60)):
            themes = two[:1] if region == "north" and n < 30 else ()
            say(db, f"{region}{n}", day=LAST - timedelta(days=n), themes=themes, fields={"region": region})
    table = cuts.cut(db, trend_report(db, Filters(), kind="objection", today=TODAY, days=182), "region")
    south = [value for value, _ in table.columns].index("south")
    assert (table.cells[0][south].rate.numerator, table.cells[0][south].standing) == (0, "less")


def test_one_account_that_repeats_itself_does_not_stand_out(db, two):
    with db.atomic():
        for region, n in product(("north", "south"), range(60)):
            themes = two[:1] if region == "north" and n < 30 else ()
            account = "Loud Ltd" if themes else ""
            say(
                db,
                f"{region}{n}",
                day=LAST - timedelta(days=n),
                themes=themes,
                account=account,
                fields={"region": region},
            )
    table = cuts.cut(db, trend_report(db, Filters(), kind="objection", today=TODAY, days=182), "region")
    assert {cell.standing for cells in table.cells for cell in cells} == {""}


def risen(db, theme: int, *, account: str = "", voice: str = "verbatim", text: str = "") -> None:
    """10 of 100 conversations in the first half year, 45 of 100 in the second."""
    with db.atomic():
        for half, carry in enumerate((10, 45)):
            for n in range(100):
                day = LAST - timedelta(days=(1 - half) * 182 + n)
                themes = [theme] if n < carry else []
                say(
                    db,
                    f"{half}.{n}",
                    day=day,
                    themes=themes,
                    voice=voice,
                    account=account if half and n < 20 else "",
                    text=text,
                )


def told(db, **chosen) -> summary.Summary:
    report = trend_report(db, Filters(), kind="objection", today=TODAY, days=182, **chosen)
    return summary.of_report(db, report, today=TODAY)


def test_a_change_comes_with_two_quotes_of_different_accounts(db, two):
    risen(db, two[0])
    (story,) = told(db).stories
    accounts = {insights.get(db, one).account for one in story.quotes}
    assert (story.verdict, len(story.quotes), len(accounts)) == ("rising", 2, 2)


def test_a_sub_theme_alone_is_not_as_sure_as_its_theme(db, two):
    """It was chosen among as many, and its theme's figures are not its own."""
    made = NewTheme("Dear", "dear", subs=(NewTheme("List price", "list"),))
    theme = ledger.create(db, "objection", made, now=NOW).theme
    sub = next(one.id for one in every_theme.all_of(db) if one.parent == theme)
    with db.atomic():
        for half, n in product((0, 1), range(100)):
            day = LAST - timedelta(days=(1 - half) * 182 + n)
            mine = [sub] if n < (9, 22)[half] else [theme] * (n < (10, 60)[half])
            say(db, f"{half}.{n}", day=day, themes=[*mine, *[one for one in two if n % 10 == 0]])
    among, alone = (
        trend_report(db, Filters(theme=theme), kind="objection", today=TODAY, days=182) for theme in ("", str(sub))
    )
    (whole,) = (row for row in among.rows if row.theme_id == theme)
    (row,) = alone.rows
    assert whole.trend.change.q < 0.001 < 0.01 < row.trend.change.p < 0.05
    assert row.trend.change.q == pytest.approx(3 * row.trend.change.p)


def test_one_theme_alone_is_no_surer_than_among_all(db, two):
    more = [ledger.create(db, "objection", NewTheme(n, n.lower()), now=NOW).theme for n in ("Trust", "Need", "Fit")]
    with db.atomic():
        for half, n in product((0, 1), range(100)):
            day = LAST - timedelta(days=(1 - half) * 182 + n)
            themes = [*two[:1] * (n < (10, 22)[half]), *[theme for theme in (two[1], *more) if n % 10 == 0]]
            say(db, f"{half}.{n}", day=day, themes=themes)
    reports = [
        trend_report(db, Filters(theme=theme), kind="objection", today=TODAY, days=182) for theme in ("", str(two[0]))
    ]
    (among, *_), (alone,) = (sorted(one.rows, key=lambda row: row.theme_id) for one in reports)
    assert among.trend.change.p < 0.03 < 0.1 < among.trend.change.q
    assert (
        (alone.trend.verdict, alone.trend.change.q)
        == (among.trend.verdict, among.trend.change.q)
        == ("too few", among.trend.change.q)
    )
    assert [one.tested for one in reports] == [5, 5]


def test_the_same_words_of_two_accounts_are_quoted_once(db, two):
    risen(db, two[0], text="It is too expensive for us.")
    (story,) = told(db).stories
    assert len(story.quotes) == 1


def test_a_change_is_told_with_its_counts(db, two):
    risen(db, two[0])
    (story,) = told(db).stories
    assert "rose from 10 of 100" in story.told.what and "to 45 of 100 conversations" in story.told.what


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"account": "Loud Ltd"}, "One account holds 20 of the 45"),
        ({"voice": "reported"}, "All 45 of the newer period are known from reps"),
    ],
)
def test_what_would_make_a_change_wrong_is_taken_from_the_conversations(db, two, known, says):
    risen(db, two[0], **known)
    assert any(line.startswith(says) for line in told(db).stories[0].told.wrong)


def test_accounts_are_not_said_to_hold_more_than_there_are(db, two):
    risen(db, two[0], account="Loud Ltd", voice="reported")
    (story,) = told(db, unit="account").stories
    assert not [line for line in story.told.wrong if "One account holds" in line]


def test_nothing_changed_is_said_with_what_would_have_been_seen(db, two):
    with db.atomic():
        for half, n in product((0, 1), range(100)):
            day = LAST - timedelta(days=(1 - half) * 182 + n)
            say(db, f"{half}.{n}", day=day, themes=two[:1] if n < 10 else ())
    found = told(db)
    assert found.stories == ()
    assert "The one objection theme did not change for sure" in found.opening[0]


def test_no_more_changes_are_told_than_asked_for_and_the_rest_is_counted(db, two):
    with db.atomic():
        for half, n in product((0, 1), range(100)):
            day = LAST - timedelta(days=(1 - half) * 182 + n)
            themes = [two[0]] * (n < (10, 50)[half]) + [two[1]] * (n >= (90, 60)[half])
            say(db, f"{half}.{n}", day=day, themes=themes)
    report = trend_report(db, Filters(), kind="objection", today=TODAY, days=182)
    found = summary.of_report(db, report, today=TODAY, limit=1)
    assert (len(found.stories), found.more, found.stories[0].theme_id) == (1, 1, two[0])


def test_an_empty_database_has_no_summary(db):
    found = summary.changes(db, Filters(), today=TODAY)
    assert (found.current, found.opening, found.stories) == (None, (), ())

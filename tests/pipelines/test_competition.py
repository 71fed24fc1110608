"""The competition report over a handful of conversations whose figures can be counted by eye."""

from datetime import date

import pytest

from insights.records import Company, Competitor, Conversation, Insight, Participant, Utterance, stable_id
from insights.sampling import Rate
from insights.trends import Change, Trend
from pipelines.reports import competition_story as story
from pipelines.reports.competition import NO_DECISION, YOURSELF, competition
from pipelines.reports.competition_figures import Stand
from pipelines.store import company, conversations, insights
from pipelines.store.filters import Filters
from pipelines.uploads import settle

TODAY = date(2026, 3, 20)


@pytest.fixture
def tell(db):
    """A function that stores one conversation: what each turn says, and in it (kind, words, label, name)."""

    def add(
        number, account, day, *turns, outcome="", stage="Demo", role="buyer", voice="verbatim", kind="call"
    ):  # fmt: skip
        key = stable_id("competition", number)
        said = [text for text, _ in turns]
        conversation = Conversation(
            id=key, kind=kind, title=f"Talk {number}", occurred_at=day, account=account, stage=stage, outcome=outcome,
            participants=(Participant("Dana", role="buyer"),),
            utterances=tuple(Utterance("Dana", role, voice, text) for text in said),
        )  # fmt: skip
        with db.atomic():
            settle.write(db, [conversation], settle.knowledge(db))
            stored = conversations.utterances(db, key)
            found = [
                (u.id, text, Insight(what, text.index(words), text.index(words) + len(words), words, label, 0.9, name))
                for u, (text, spans) in zip(stored, turns, strict=True)
                for what, words, label, name in spans
            ]
            insights.replace(db, key, found)

    return add


@pytest.fixture
def known(db):
    company.add(
        db, Company(products=("Pell Plan",), competitors=(Competitor("Acme", ("ACME Inc",)), Competitor("Bolt")))
    )


def acme(relation="evaluating", name="Acme"):
    return ("competitor", name, relation, name)


STOOD = Trend(Rate(14, 20, 0.5, 0.8), Rate(0, 20, 0, 0.2), Change(0.7, 0.4, 0.9, 0.001, 0.01), "rising", "", None, 14)


@pytest.mark.parametrize(
    ("won", "lost", "told"),
    [
        (0, 14, " (all 14 that are closed are lost)"), (0, 2, " (both that are closed are lost)"), (3, 4, " (4 of the 7 that are closed are lost)"),
        (1, 1, " (1 of the 2 that are closed is lost)"), (0, 1, " (the only one that is closed is lost)"), (3, 0, ""),
    ],
)  # fmt: skip
def test_how_the_deals_that_stand_so_ended_is_told_without_counting_all_of_all(won, lost, told):
    stand = Stand("Acme", "incumbent", STOOD, won, lost, 0, 14, "", "", "")
    assert story._stand(stand) == f"in use there today in 14 of 20 deals that name it, before in 0 of 20{told}"


def report(db, **filters):
    return competition(db, Filters(**filters), today=TODAY)


def flows(found, over):
    return {(f.first, f.last): f.deals for f in found.flows if f.over == over}


def test_nothing_stored_is_no_report(db):
    assert report(db) is None


def test_one_conversation_makes_a_report_that_claims_nothing(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Acme", [acme()]))
    found = report(db)
    assert [(v.name, v.row.trend.verdict) for v in found.voices] == [("Acme", "too few")]
    assert [w.rate.says for w in found.wins] == ["too few"]
    assert any("no deal says" in line.lower() for line in story.summary(found))


def test_a_deal_moves_from_its_first_to_its_last_state_and_the_flows_add_up(db, known, tell):
    tell(1, "Arlo", "2025-06-05", ("We look at Acme", [acme()]))
    tell(2, "Arlo", "2026-03-05", ("We use Acme now", [acme("incumbent")]))
    tell(3, "Bexley", "2026-03-06", ("We look at Acme", [acme()]))
    found = competition(db, Filters(), today=TODAY, days=91)
    assert flows(found, "deal") == {("evaluating", "incumbent"): 1, ("evaluating", "evaluating"): 1}
    assert flows(found, "windows") == {("evaluating", "incumbent"): 1, ("not named", "evaluating"): 1}


def test_every_figure_has_the_quotes_that_it_was_counted_from(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Acme", [acme()]), outcome="lost")
    tell(2, "Arlo", "2026-01-09", ("We use Acme now", [acme("incumbent")]), outcome="lost")
    found = report(db)
    (flow,) = (f for f in found.flows if f.over == "deal")
    assert len(found.evidence[flow.key]) == 2
    assert all(insights.get(db, one).name == "Acme" for ids in found.evidence.values() for one in ids)


def test_spellings_of_a_name_in_other_case_are_one_row(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Acme", [acme()]))
    tell(2, "Bexley", "2026-01-06", ("We look at acme", [acme(name="acme")]))
    (row,) = report(db).voices
    assert (row.name, row.conversations, row.names) == ("Acme", 2, ("Acme", "acme"))


def test_a_name_that_the_catalogue_lacks_is_proposed_and_in_no_figure(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Zenda", [acme(name="Zenda")]))
    found = report(db)
    assert (found.voices, found.wins, found.proposals) == ((), (), 1)


def test_without_a_catalogue_names_of_three_accounts_stand_in(db, tell):
    for n in range(3):
        tell(n, f"Firm {n}", "2026-01-05", ("We look at Zenda", [acme(name="Zenda")]))
    tell(9, "Firm 9", "2026-01-05", ("We look at Quill", [acme(name="Quill")]))
    assert [(v.name, v.listed) for v in report(db).voices] == [("Zenda", False)]


def test_doing_without_a_vendor_and_staying_put_are_rows_that_are_no_vendor(db, known, tell):
    tell(
        1, "Arlo", "2026-01-05", ("We keep spreadsheets", [("competitor", "spreadsheets", "incumbent", "spreadsheets")])
    )
    tell(2, "Bexley", "2026-01-06", ("What we have is fine", [("objection", "What we have is fine", "status_quo", "")]))
    rows = {v.name: v for v in report(db).voices}
    assert list(rows) == [YOURSELF, NO_DECISION]
    assert not any(v.vendor for v in rows.values())
    assert rows[NO_DECISION].voice is None
    assert (rows[YOURSELF].voice.numerator, rows[YOURSELF].voice.denominator) == (1, 1)


def test_a_deal_won_and_lost_is_counted_once_however_often_it_is_talked_about(db, known, tell):
    for n, day in enumerate(("2026-01-05", "2026-01-15", "2026-01-25")):
        tell(n, "Arlo", day, ("We look at Acme", [acme()]), outcome="Closed Lost")
    tell(5, "Bexley", "2026-01-06", ("We look at Acme", [acme()]), outcome="Closed Won")
    tell(6, "Corvel", "2026-01-07", ("Nothing new", []), outcome="lost")
    found = report(db)
    (row,) = found.wins
    assert (row.rate.won, row.rate.lost) == (1, 1)
    assert (found.lost, found.lost_silent, found.closed) == (2, 1, 3)
    assert (found.without.numerator, found.without.denominator) == (0, 1)


def test_a_filter_on_conversations_does_not_change_how_a_deal_ended(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Acme", [acme()]), outcome="open", stage="Demo")
    tell(2, "Arlo", "2026-02-05", ("Thanks", []), outcome="won", stage="Closing")
    (row,) = report(db, stage="Demo").wins
    assert (row.rate.won, row.rate.open) == (1, 0)


def test_the_stage_and_the_side_of_the_first_mention_are_counted_once_a_deal(db, known, tell):
    tell(
        1,
        "Arlo",
        "2026-01-05",
        ("They look at Acme", [acme()]),
        stage="Discovery",
        role="seller",
        voice="reported",
        kind="note",
    )
    tell(2, "Arlo", "2026-02-05", ("We use Acme", [acme("incumbent")]), stage="Demo")
    tell(3, "Bexley", "2026-02-06", ("We use Acme", [acme("incumbent")]), stage="Demo")
    found = report(db)
    assert {f.value: f.deals for f in found.stages} == {"Discovery": 1, "Demo": 1}
    assert {f.value: f.deals for f in found.speakers} == {"reported": 1, "buyer": 1}


def test_two_states_in_one_conversation_are_listed(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We use Acme", [acme("incumbent")]), ("We look at Acme", [acme()]))
    (conflict,) = report(db).conflicts
    assert (conflict.account, conflict.taken, conflict.other) == ("Arlo", "incumbent", "evaluating")


def test_what_stands_in_the_next_turn_is_beside_a_rival_and_what_stands_further_off_is_not(db, known, tell):
    price = ("objection", "too dear", "price", "")
    turns = [("We use Acme", [acme()]), ("You are too dear", [price]), ("Well", []), ("And too dear", [price])]
    tell(1, "Arlo", "2026-01-05", *turns, outcome="lost")
    (near,) = report(db).near
    assert (near.label, near.won, near.lost, near.open) == ("price", 0, 1, 0)
    assert len(report(db).evidence[near.key]) == 1


@pytest.mark.parametrize(
    ("text", "role", "favours"),
    [
        ("Honestly, you are cheaper than Acme", "buyer", "us"),
        ("Honestly, you are pricier than Acme", "buyer", "Acme"),
        ("Acme is cheaper than you", "buyer", "Acme"),
        ("we are cheaper than Acme", "seller", "us"),
        ("Pell Plan is cheaper than Acme", "unknown", "us"),
        ("we are cheaper than Acme", "buyer", ""),
    ],
)
def test_a_comparison_is_for_us_or_for_them_by_who_speaks(db, known, tell, text, role, favours):
    tell(1, "Arlo", "2026-01-05", (text, [acme("comparison")]), role=role)
    assert [(c.favours, c.aspect) for c in report(db).compared] == ([(favours, "price")] if favours else [])


def test_a_chosen_rival_narrows_the_rows_and_not_what_they_are_of(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Acme", [acme()]))
    tell(2, "Bexley", "2026-01-06", ("We look at Bolt", [acme(name="Bolt")]))
    (row,) = report(db, competitor="Bolt").voices
    assert (row.name, row.voice.numerator, row.voice.denominator) == ("Bolt", 1, 2)


def test_without_any_date_the_deals_are_counted_and_nothing_is_said_over_time(db, known, tell):
    tell(1, "Arlo", "", ("We use Acme", [acme("incumbent")]), outcome="won")
    found = report(db)
    assert (found.time, found.voices, found.undated) == (None, (), 1)
    assert [(w.name, w.rate.won) for w in found.wins] == [("Acme", 1)]


def test_a_filter_that_matches_nothing_is_no_report(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Acme", [acme()]))
    assert report(db, account="Nobody") is None


def test_conversations_without_an_account_are_deals_of_their_own(db, known, tell):
    tell(1, "", "2026-01-05", ("We look at Acme", [acme()]))
    tell(2, "", "2026-01-06", ("We look at Acme", [acme()]))
    assert report(db).deals == 2


def test_the_share_of_voice_is_what_sql_counts(db, known, tell):
    for n in range(12):
        name = "Acme" if n % 3 else "Bolt"
        tell(n, f"Firm {n}", f"2026-01-{n + 1:02}", (f"We look at {name}", [acme(name=name)]))
    (counted,) = db.query("SELECT count(DISTINCT conversation_id) AS n FROM insights WHERE name = 'Acme'")
    (row,) = (v for v in report(db).voices if v.name == "Acme")
    assert (row.voice.numerator, row.voice.denominator) == (counted["n"], 12)


def test_a_relation_that_nobody_knows_is_a_mention(db, known, tell):
    tell(1, "Arlo", "2026-01-05", ("We look at Acme", [acme("weather")]))

    assert [stand.state for stand in report(db).stands if stand.now] == ["mention"]


def test_a_first_day_shortens_the_course_and_not_what_the_windows_are_held_against(db, known, tell):
    # Arlo used Acme before, and still does: nothing moved, and it is no lost deal that names nobody.
    tell(1, "Arlo", "2025-10-05", ("We use Acme now", [acme("incumbent")]))
    tell(2, "Arlo", "2026-03-05", ("We use Acme still", [acme("incumbent")]))
    tell(3, "Bexley", "2025-10-06", ("We look at Acme", [acme()]), outcome="lost")
    tell(4, "Bexley", "2026-03-06", ("Not today", []), outcome="lost")

    found = competition(db, Filters(since="2026-01-01"), today=TODAY, days=151)

    assert flows(found, "windows") == {("incumbent", "incumbent"): 1, ("evaluating", "evaluating"): 1}
    rates = {s.state: s.trend for s in found.stands}
    assert (rates["incumbent"].previous.numerator, rates["incumbent"].previous.denominator) == (1, 2)
    assert (found.lost, found.lost_silent, found.without.denominator) == (1, 0, 0)


def test_a_state_that_was_told_long_before_the_windows_is_not_new(db, known, tell):
    tell(0, "Old", "2024-05-05", ("We use Acme now", [acme("incumbent")]))
    for n in range(30):
        tell(100 + n, f"Before {n}", "2025-10-05", ("We look at Acme", [acme()]))
        tell(200 + n, f"Now {n}", "2026-03-05", ("We use Acme now", [acme("incumbent")]))

    (now,) = (s for s in competition(db, Filters(), today=TODAY, days=151).stands if s.state == "incumbent")

    assert now.trend.verdict == "rising"

"""Outcomes and voices over a database whose deals can be counted by hand."""

from contextlib import closing
from datetime import date, timedelta

import pytest

from insights.periods import Period
from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines.report import breakdown
from pipelines.reports.outcomes import outcome_report
from pipelines.reports.voice import voice_report
from pipelines.sales import account_lists
from pipelines.store import (
    batches,
    columns,
    competition_rows,
    connect,
    conversations,
    deal_keys,
    facets,
    insights,
    signal_rows,
    theme_lists,
)
from pipelines.store.copying import file_of
from pipelines.store.filters import Filters
from pipelines.store.remembered import look_once
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle

TODAY = date(2026, 3, 1)
FIRST = date(2025, 6, 1)
TEXT = "That is too expensive for us."


@pytest.fixture
def theme(db, now):
    batches.start(db, title="test", now=now())
    return ledger.create(db, "objection", NewTheme("Price", "price"), now=now()).theme


def talk(
    db, account: str, day: int, theme: int | None, *, outcome: str = "", kind: str = "call", answered: bool = False,
    deal: str = "", segment: str = "", rep: str = "Kim", stage: str = "", by_name: bool = False,
) -> str:  # fmt: skip
    """One conversation `day` days after the first of June; with a theme, its sentence is an objection in it."""
    voice = "reported" if kind == "note" else "verbatim"
    item = Conversation(
        id=stable_id(account, day, kind, deal), kind=kind, title="", occurred_at=(FIRST + timedelta(days=day)).isoformat(),
        utterances=(Utterance("Dana", "seller" if kind == "note" else "buyer", voice, TEXT),), account=account, outcome=outcome,
        rep=rep, stage=stage, fields={"segment": segment} if segment else {}, keys=(f"name:{deal.casefold()}" if by_name else f"id:deal:{deal}",) if deal else (),
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [item], settle.knowledge(db))
        if theme is not None:
            (turn,) = conversations.utterances(db, item.id)
            found = Insight("objection", 0, len(TEXT), TEXT, "price", 0.9, follow_up="answered" if answered else "open")
            insights.replace(db, item.id, [(turn.id, TEXT, found)])
            ledger.join(db, {stable_id(turn.id, "objection", 0, len(TEXT)): (theme, 0.9)}, now="2025-01-01")
    return item.id


def test_a_deal_counts_once_however_often_it_spoke(db, theme):
    for n in range(30):
        lost, carries = n % 3 == 0, n % 2 == 0
        for day in (0, 5, 9):
            talk(db, f"a{n}", day, theme if carries else None, outcome="Closed Lost" if lost else "won")

    report = outcome_report(db, Filters(), kind="objection", today=TODAY)

    (row,) = report.rows
    assert (report.won, report.lost, row.deals) == (20, 10, 15)
    assert (row.association.with_it.numerator, row.association.with_it.denominator) == (5, 15)


@pytest.mark.parametrize("covered", [False, True])
def test_an_outcome_is_one_in_filters_however_it_was_spelt_and_stays_readable_as_it_was(
    db, theme, monkeypatch, covered
):
    said = ["Lost", "lost", "closed-lost", "Closed Won", "WON", "Open", "No  Decision", "no decision", ""]
    ids = [talk(db, f"a{n}", n, theme, outcome=one) for n, one in enumerate(said)]
    if covered:
        monkeypatch.setattr("pipelines.store.columns.can_remember", lambda db: False)

    assert sorted(facets.values(db, "outcome")) == ["lost", "no decision", "open", "won"]
    for asked, found in (("lost", 3), ("Lost", 3), ("Closed Lost", 3), ("Won,Lost", 5), ("NO DECISION", 2)):
        assert insights.count(db, Filters(outcome=asked))["insights"] == found
    parts = breakdown(db, Filters(), by="outcome", period=Period("all", FIRST, TODAY, True))
    assert {name: rate.denominator for name, rate in parts if name} == {
        "lost": 3,
        "won": 2,
        "open": 1,
        "no decision": 2,
    }
    shown = {quote.conversation_id: quote.outcome for quote in insights.quotes(db, Filters())}
    assert [shown[one] for one in ids[:4]] == ["lost", "lost", "lost", "won"]
    assert conversations.load(db, ids[2])[0]["outcome"] == "closed-lost"


@pytest.mark.parametrize("remembers", [True, False])
def test_a_call_that_names_no_deal_is_of_the_only_deal_of_its_account(db, theme, monkeypatch, remembers):
    if not remembers:
        monkeypatch.setattr("pipelines.store.columns.can_remember", lambda db: False)
    talk(db, "Acme", 0, None, outcome="lost", deal="1")
    call = talk(db, "Acme", 3, theme)
    mail = talk(db, "Brook", 4, theme)
    assert deal_keys.of_some(db, [call, mail]) == {call: "id:deal:1", mail: "brook"}
    assert theme_lists.deals(db, Filters(), theme) == {"brook": "brook", "id:deal:1": "acme"}
    report = outcome_report(db, Filters(), kind="objection", today=TODAY)
    with_it = report.rows[0].association.with_it
    assert (report.won, report.lost, with_it.numerator, with_it.denominator) == (0, 1, 1, 1)

    talk(db, "Acme", 9, None, deal="2")  # whose of the two it was, nothing tells now
    assert deal_keys.of_some(db, [call, mail]) == {call: "acme", mail: "brook"}


def test_deals_of_two_accounts_that_are_called_alike_are_two(db, theme):
    first, second, nobodys = (
        talk(db, account, 3, theme, outcome=outcome, deal="Renewal", by_name=True)
        for account, outcome in (("Acme", ""), ("Brook", "won"), ("", ""))
    )
    other = talk(db, "Acme", 5, theme)
    found = deal_keys.of_some(db, [first, second, nobodys, other])
    assert found[first] == found[other] and len(set(found.values())) == 3
    assert [account_lists.deal_name(one, "acme", {}) for one in found.values()] == ["renewal"] * 4
    assert competition_rows.over(db) == {found[second]: "won"}


def test_a_call_that_came_while_a_page_is_made_has_its_deal_too(db, theme):
    """A request looks at the file once, and reads rows that are newer than what is kept."""
    talk(db, "Acme", 0, theme, outcome="lost", deal="1")
    with closing(connect(file_of(db))) as page:
        look_once(page)
        columns.told(page)
        call = talk(db, "Acme", 3, theme)
        assert {one["id"]: one["deal"] for one in signal_rows.people(page, Filters())}[call] == "id:deal:1"


def test_two_deals_of_an_account_are_two(db, theme):
    talk(db, "Acme", 0, theme, outcome="won", deal="1")
    talk(db, "Acme", 3, None, outcome="lost", deal="2")

    report = outcome_report(db, Filters(), kind="objection", today=TODAY)

    assert (report.won, report.lost, report.rows[0].deals) == (1, 1, 1)


def test_the_newest_outcome_counts_and_a_contradiction_is_said(db, theme):
    talk(db, "Acme", 0, theme, outcome="lost")
    talk(db, "Acme", 9, None, outcome="Closed Won")
    talk(db, "Brook", 0, None, outcome="open")
    talk(db, "Crane", 4, None, outcome="won", kind="note")
    talk(db, "Crane", 4, None, outcome="lost")

    report = outcome_report(db, Filters(), kind="objection", today=TODAY)

    assert (report.won, report.lost, report.unknown, report.disputed) == (1, 0, 2, 1)


@pytest.mark.parametrize("covered", [False, True])
def test_a_stage_that_says_how_a_deal_ended_is_its_outcome_where_no_column_says_one(db, theme, monkeypatch, covered):
    stages = [("Closed won", ""), ("Closed Lost", ""), ("Closed won", "lost"), ("Closed won", "Open"), ("Proposal", "")]
    ids = [talk(db, f"a{n}", n, theme, stage=stage, outcome=one) for n, (stage, one) in enumerate(stages)]
    if covered:
        monkeypatch.setattr("pipelines.store.columns.can_remember", lambda db: False)

    report = outcome_report(db, Filters(), kind="objection", today=TODAY)

    assert (report.won, report.lost, report.unknown) == (1, 2, 2)
    assert facets.values(db, "outcome") == ["lost", "open", "won"]
    assert {i: conversations.load(db, i)[0]["outcome"] for i in ids} == dict(
        zip(ids, (o for _, o in stages), strict=True)
    )


def test_a_filter_on_the_outcome_leaves_both_sides(db, theme):
    talk(db, "Acme", 0, theme, outcome="lost")
    talk(db, "Brook", 0, None, outcome="won")

    report = outcome_report(db, Filters(outcome="lost"), kind="objection", today=TODAY)

    assert (report.won, report.lost) == (1, 1)


def test_time_to_an_answer_runs_from_the_first_time_in_the_deal(db, theme):
    for n in range(12):
        talk(db, f"a{n}", 0, theme)
        talk(db, f"a{n}", 10, theme, answered=n < 6)
        talk(db, f"a{n}", 40, None)

    (row,) = outcome_report(db, Filters(), kind="objection", today=TODAY).rows

    assert (row.answering.spells, row.answering.answered) == (12, 6)
    assert (row.answering.at_once.share, row.answering.within_14.share) == (0.0, 0.5)
    assert (row.persistence.came_back.numerator, row.persistence.came_back.denominator) == (12, 12)


def test_what_came_back_is_counted_of_deals_that_went_on(db, theme):
    talk(db, "Acme", 0, theme, answered=True)
    talk(db, "Acme", 20, theme)
    talk(db, "Brook", 0, theme)
    talk(db, "Brook", 20, None)
    talk(db, "Crane", 0, theme)

    (row,) = outcome_report(db, Filters(), kind="objection", today=TODAY).rows

    back = row.persistence
    assert (back.came_back.numerator, back.came_back.denominator) == (1, 2)
    assert (back.after_answer.numerator, back.after_answer.denominator) == (1, 1)


def test_without_conversations_there_is_nothing_and_no_crash(db):
    report = outcome_report(db, Filters(), kind="objection", today=TODAY)

    assert (report.won, report.lost, report.rows) == (0, 0, ())
    assert voice_report(db, Filters(), kind="objection", by="theme", today=TODAY).rows == ()


def test_what_reps_write_more_is_found(db, theme):
    for n in range(60):
        talk(db, f"a{n}", 0, theme if n < 30 else None, kind="note")
        talk(db, f"a{n}", 1, theme if n < 6 else None)

    report = voice_report(db, Filters(), kind="objection", by="label", today=TODAY)

    (row,) = report.rows
    assert (row.contrast.standing, row.contrast.notes.numerator, row.contrast.buyers.numerator) == ("reps more", 30, 6)
    assert (report.deals, row.contrast.deals.notes, row.contrast.deals.buyers, row.contrast.deals.both) == (
        60,
        24,
        0,
        6,
    )


def test_what_a_reps_notes_leave_out_is_counted_of_what_buyers_said(db, theme):
    for n in range(40):
        rep = "Kim" if n < 20 else "Lou"
        talk(db, f"a{n}", 0, theme if rep == "Lou" else None, kind="note", rep=rep)
        talk(db, f"a{n}", 1, theme, rep=rep)

    report = voice_report(db, Filters(), kind="objection", by="theme", today=TODAY)

    told = {rep.name: (rep.left_out.numerator, rep.left_out.denominator, rep.apart) for rep in report.reps}
    assert told == {"Kim": (20, 20, "more"), "Lou": (0, 20, "less")}


def test_a_rep_with_little_to_tell_is_only_counted(db, theme):
    talk(db, "Acme", 0, None, kind="note")
    talk(db, "Acme", 1, theme)

    report = voice_report(db, Filters(), kind="objection", by="theme", today=TODAY)

    assert (report.reps, report.few_reps) == ((), 1)


def test_a_filter_does_not_change_what_became_of_a_deal(db, theme):
    # The call that says "lost" is another rep's; the deal is lost all the same.
    talk(db, "Acme", 0, theme, rep="Kim", deal="1")
    talk(db, "Acme", 9, None, rep="Lee", outcome="Closed Lost", deal="1")

    report = outcome_report(db, Filters(rep="Kim"), kind="objection", today=TODAY)

    assert (report.won, report.lost, report.unknown) == (0, 1, 0)
    assert report.rows[0].association.with_it.numerator == 1


def test_what_a_rep_reports_within_a_call_is_a_note_in_the_voice_report(db, theme):
    one = talk(db, "Acme", 0, theme, kind="call")
    talk(db, "Brook", 0, None, kind="call")
    db.execute("UPDATE utterances SET voice = 'reported' WHERE conversation_id = ?", [one])

    report = voice_report(db, Filters(), kind="objection", by="theme", today=TODAY)

    assert (report.notes, report.buyers) == (1, 1)
    assert (report.rows[0].contrast.notes.numerator, report.rows[0].contrast.buyers.numerator) == (1, 0)

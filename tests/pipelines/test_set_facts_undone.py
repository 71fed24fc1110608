"""Facts set by hand stand everywhere alike, also "there is none", and taken back they leave what the sources say."""

import pytest

from pipelines.ingest import ingest
from pipelines.store import conversations, deal_keys
from pipelines.store.units import DEAL
from pipelines.uploads import refresh, set_facts

NOW = "2026-03-20T09:00:00+00:00"
NOTES = "Activity ID,Activity Date,Account,Opportunity Name,{head},Description\nA1,2025-12-19,Arlo,Alpha deal,{id},Too dear for us.\n"
CALL = """WEBVTT

NOTE account: Arlo
NOTE date: 2025-12-19T10:00:00-05:00

00:00:01.000 --> 00:00:04.000
<v Dana Ortiz>Honestly, it is too expensive for us.</v>
"""
MAIL = """Message-ID: <m{n}@arlo.example>
From: Dana Ortiz <dana@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Thu, 0{n} Mar 2025 10:00:00 +0000
Subject: Offer
{more}
Does it work offline, for {n} of us?
"""
IDS = [("Segment", "smb"), ("Deal ID", "151"), ("WhatId", "0065g00000BBBBBQAB")]


@pytest.fixture
def bring(db, tmp_path, now):
    def upload(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        ingest(db, [tmp_path / name], title=name, now=now)
        return conversations.ids(db)[0]

    return upload


def put(db, one: str, **values: str) -> int:
    return set_facts.put(db, [one], values, now=NOW, actor="Ann")


def back(db, act: int) -> None:
    set_facts.take_back(db, act, now=NOW, actor="Ann")


def deals(db, one: str) -> tuple[str, str]:
    """A conversation's deal as its page says it, and as reports count it."""
    sql = f"SELECT {DEAL} FROM conversations c WHERE id = ?"
    return set_facts.standing(db, one)["deal"], db.execute(sql, [one]).fetchone()[0]


def begins(db, one: str) -> str:
    return db.execute("SELECT occurred_at FROM conversations WHERE id = ?", [one]).fetchone()[0]


@pytest.mark.parametrize(("head", "id"), IDS)
def test_a_deal_set_by_hand_takes_the_place_of_the_sources_deal(db, bring, content, head, id):
    one = bring("notes.csv", NOTES.format(head=head, id=id))
    before = content(db)

    act = put(db, one, deal="Zeta deal")

    assert deals(db, one) == ("Zeta deal", "name:arlo|zeta deal")
    back(db, act)
    assert content(db) == before
    assert deals(db, one)[0] == "Alpha deal"


@pytest.mark.parametrize(("head", "id"), IDS)
def test_a_deal_that_was_cleared_is_gone_until_that_is_taken_back(db, bring, content, head, id):
    one = bring("notes.csv", NOTES.format(head=head, id=id))
    before = content(db)

    act = put(db, one, deal="")

    assert deals(db, one) == ("", "arlo")
    assert put(db, one, deal="") == 0
    back(db, act)
    assert content(db) == before


DEALS = "Record ID,Deal Name,Deal Stage,Account,Opportunity\n151,Alpha deal,{stage},Arlo,Alpha deal\n"


@pytest.mark.parametrize("deal", ["", "Zeta deal"])
def test_no_record_of_another_deal_is_joined_against_the_hand(db, bring, deal):
    one = bring("notes.csv", NOTES.format(head="Deal ID", id="151"))
    bring("deals.csv", DEALS.format(stage="Won"))
    stage = "SELECT stage FROM conversations"
    assert db.execute(stage).fetchone()[0] == "Won"

    put(db, one, deal=deal)
    bring("deals again.csv", DEALS.format(stage="Lost"))
    refresh.refresh(db, [one])

    assert (deals(db, one)[0], db.execute(stage).fetchone()[0]) == (deal, "")


def test_the_record_of_the_deal_that_was_set_is_joined(db, bring):
    one = bring("notes.csv", NOTES.format(head="Segment", id="smb"))
    bring("deals.csv", "Record ID,Deal Name,Deal Stage\n7,Zeta deal,Won\n")

    put(db, one, deal="Zeta deal")

    assert db.execute("SELECT stage FROM conversations").fetchone()[0] == "Won"


def test_a_date_that_was_taken_back_has_its_time_and_zone_again(db, bring, content):
    one = bring("call.vtt", CALL)
    before = content(db)

    first, second = put(db, one, date="2026-03-01"), put(db, one, date="2026-03-02")
    back(db, second)
    assert begins(db, one) == "2026-03-01"
    back(db, first)

    assert begins(db, one) == "2025-12-19T10:00:00-05:00"
    refresh.refresh(db, [one])
    assert content(db) == before


def test_a_threads_date_that_was_taken_back_follows_its_mails_again(db, bring):
    one = bring("m2.eml", MAIL.format(n=2, more="In-Reply-To: <m1@arlo.example>\n"))
    back(db, put(db, one, date="2026-03-01"))
    assert begins(db, one) == "2025-03-02T10:00:00+00:00"

    one = bring("m1.eml", MAIL.format(n=1, more=""))

    assert begins(db, one) == "2025-03-01T10:00:00+00:00"


def test_what_people_say_is_of_no_deal_is_not_of_the_only_one_of_its_account(db, bring):
    bring("deal.csv", NOTES.format(head="Deal ID", id="151"))
    for day, deal in ((5, "Beta"), (6, "")):
        told = f"2025-03-0{day},Arlo,{deal},On day {day} the price was too high."
        bring(f"{day}.csv", f"Date,Account,Opportunity Name,Notes\n{told}\n")
    sql = "SELECT id FROM conversations WHERE day IN ('2025-03-05', '2025-03-06') ORDER BY day"
    none, other = (id for (id,) in db.execute(sql))

    act = put(db, none, deal="")

    assert (deals(db, none)[1], deals(db, other)[1]) == ("arlo", "id:deal:151")
    assert deal_keys.of_some(db, [none, other]) == {none: "arlo", other: "id:deal:151"}
    back(db, act)
    assert (deals(db, none)[1], deals(db, other)[1]) == ("name:arlo|beta", "arlo")

"""What is kept of signals after a write is what working them out anew says, and only what was touched is worked out."""

import random
import shutil
from contextlib import closing
from datetime import date

import pytest

from pipelines.sales import standing
from pipelines.store import connect, remembered
from pipelines.store.filters import Filters

TODAY = date(2026, 11, 26)
ONE = "(SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET abs({{at}}) % (SELECT count(*) FROM {table}))"
WRITES = {
    "a deal is won": f"UPDATE conversations SET outcome = 'won' WHERE rowid = {ONE.format(table='conversations')}",
    "a conversation was later": f"UPDATE conversations SET occurred_at = '2026-11-20' WHERE rowid = {ONE.format(table='conversations')}",
    "another account": f"UPDATE conversations SET account = 'New', account_key = 'new' WHERE rowid = {ONE.format(table='conversations')}",
    "another deal": f"""UPDATE OR IGNORE conversation_keys SET key = 'name:new deal' WHERE conversation_id =
        (SELECT id FROM conversations WHERE rowid = {ONE.format(table="conversations")})""",
    "a reply": f"UPDATE insights SET follow_up = 'open' WHERE rowid = {ONE.format(table='insights')}",
    "doubt": f"UPDATE insights SET confidence = 0.5 WHERE rowid = {ONE.format(table='insights')}",
    "another rival": f"UPDATE insights SET name = 'Zendrix', kind = 'competitor', label = 'mention' WHERE rowid = {ONE.format(table='insights')}",
    "an insight goes": f"DELETE FROM insights WHERE rowid = {ONE.format(table='insights')}",
    "another theme": f"UPDATE theme_members SET theme_id = (SELECT min(id) FROM themes) WHERE rowid = {ONE.format(table='theme_members')}",
    "a loose fit": f"UPDATE theme_members SET confidence = 0.01 WHERE rowid = {ONE.format(table='theme_members')}",
    "a name": f"UPDATE themes SET name = name || '!' WHERE rowid = {ONE.format(table='themes')}",
    "more patience": "INSERT OR REPLACE INTO state (key, value) VALUES ('signals: quiet days', abs({at}) % 60 + 5)",
    "a telling of another": f"UPDATE conversations SET counted_as = (SELECT min(id) FROM conversations) WHERE rowid = {ONE.format(table='conversations')}",
}


@pytest.fixture
def mined(mined_sample, tmp_path):
    shutil.copy(mined_sample, tmp_path / "parley.db")
    with closing(connect(tmp_path / "parley.db")) as db:
        yield db
    remembered.forget()


def told(db, filters=Filters()):  # noqa: B008
    found = standing.as_they_stand(db, filters, today=TODAY)
    return (
        found.as_of, found.quiet_days, found.talks, sorted(found.raised), sorted(found.courses, key=repr), found.signals,
        found.left_out,
    )  # fmt: skip


def write(db, what, at):
    with db.atomic():
        db.execute(WRITES[what].format(at=at))


def test_whatever_is_written_the_signals_are_those_of_a_fresh_start(mined):
    chance, looks = random.Random(7), (Filters(), Filters(outcome="won"))
    for filters in looks:
        told(mined, filters)
    for what in [*WRITES, *chance.choices(list(WRITES), k=12)]:
        for _ in range(3):
            write(mined, what, chance.randrange(1 << 30))
        kept = [told(mined, filters) for filters in looks]
        mined.conn.execute("BEGIN")
        by_sql = [told(mined, filters) for filters in looks]
        mined.conn.execute("COMMIT")
        remembered.forget()
        assert kept == by_sql, what
        assert kept == [told(mined, filters) for filters in looks], what


def test_only_the_accounts_that_were_touched_are_worked_out_again(mined):
    before = {one.id: one for one in standing.as_they_stand(mined, Filters(), today=TODAY).signals}
    one = next(one for one in before.values() if one.type == "objection" and one.is_open)
    mined.execute("UPDATE insights SET follow_up = '' WHERE id = ?", [one.evidence[0]])

    after = standing.as_they_stand(mined, Filters(), today=TODAY).signals

    anew = {now.account for now in after if before.get(now.id) is not now}
    assert anew == {one.account}
    assert len({now.account for now in after}) > 5

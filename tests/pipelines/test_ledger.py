"""The ledger in the store: the tables are always what the events add up to, and every day can be seen again."""

import shutil
from contextlib import closing, suppress
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.ledger_rules import LedgerError, NotActive, Pinned, Unfit
from insights.records import Conversation, Insight, Utterance, stable_id, text_hash
from pipelines.store import connect, conversations, insights, prepare, theme_events, themes, vectors
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import Blocked, NamedByCatalogue, NameTaken, NewPart, NewTheme, UndoneAlready, UnknownTheme
from pipelines.uploads import settle

NOW = "2026-01-05T09:00:00+00:00"
WHO = {"now": NOW, "actor": "Ann"}


def hear(db, count: int, *, kind: str = "objection") -> list[str]:
    """So many conversations with one quote each; their insights' ids."""
    for n in range(count):
        text = f"That is objection number {n}."
        item = Conversation(
            stable_id("t", kind, n),
            "call",
            "",
            "2026-01-01",
            (Utterance("D", "buyer", "verbatim", text),),
            account=f"a{n}",
        )
        settle.write(db, [item], settle.knowledge(db))
        utterance = conversations.utterances(db, item.id)[0].id
        span = Insight(kind, 0, len(text), text, "price", 0.9, "Zellvane" if kind == "competitor" else "")
        insights.replace(db, item.id, [(utterance, text, span)])
        vectors.save(db, "test", [text_hash(text)], np.eye(30, dtype="<f4")[n : n + 1])
    return [row["id"] for row in db.query("SELECT id FROM insights WHERE kind = ? ORDER BY id", [kind])]


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """A file with twelve quotes and three themes: Price (4, one more in its sub-theme Fees), Setup (3), Timing (2)."""
    path = tmp_path_factory.mktemp("ledger") / "heard.db"
    prepare(path)
    with closing(connect(path)) as db:
        with db.atomic():
            ids = hear(db, 12)
        fees = NewTheme("Fees", "price", members={ids[4]: 0.7})
        for name, some, subs in (("Price", ids[:4], (fees,)), ("Setup", ids[5:8], ()), ("Timing", ids[8:10], ())):
            shape = theme_events.add_shape(db, np.ones(30, dtype="<f4") / 30**0.5, 0.5, [name.lower()])
            ledger.create(db, "objection", NewTheme(name, "price", (), shape, dict.fromkeys(some, 0.8), subs), now=NOW)
    return path


@pytest.fixture
def db(heard, tmp_path):
    shutil.copy(heard, tmp_path / "copy.db")
    with closing(connect(tmp_path / "copy.db")) as db:
        yield db


PRICE, FEES, SETUP, TIMING = 1, 2, 3, 4


def quotes(db) -> list[str]:
    return [row["id"] for row in db.query("SELECT id FROM insights ORDER BY id")]


def state(db) -> tuple:
    """Everything that a person could see of themes: fields, centres, places and confidences."""
    shown = db.query("SELECT * FROM themes WHERE status <> '' ORDER BY id")
    return list(shown), list(db.query("SELECT * FROM theme_members ORDER BY insight_id"))


def step(db, what: str, a: int, b: int) -> int | None:
    """Do something, or leave it where the rules refuse; the event's number."""
    known = [theme.id for theme in themes.all_of(db)]
    one, two, some = known[a % len(known)], known[b % len(known)], quotes(db)[a % 10 : a % 10 + 1 + b % 3]
    inside = sorted(theme_events.members(db, [one]))[: b % 3 + 1]
    with suppress(LedgerError):
        match what:
            case "rename":
                return ledger.rename(db, one, f"Name {b}", **WHO)
            case "merge":
                return ledger.merge(db, one, [two], **WHO)
            case "split":
                return ledger.split(db, one, [NewPart(f"Part {a} {b}", tuple(inside))], inside=bool(a % 2), **WHO)
            case "move":
                return ledger.move(db, some, two if b % 4 else None, **WHO)
            case "pin":
                return ledger.pin(db, one, **WHO)
            case "unpin":
                return ledger.unpin(db, one, **WHO)
            case "retire":
                return ledger.retire(db, one, **WHO)
            case "restore":
                return ledger.restore(db, one, **WHO)
    return None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "merge", "merge", "split", "split", "move", "pin", "unpin", "retire", "restore"]),
        st.integers(0, 40), st.integers(0, 40),
    ),
    min_size=2, max_size=9,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_random_changes_undone_from_the_last_on_pass_through_every_earlier_state(heard, tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("walk") / "copy.db"
    shutil.copy(heard, path)
    with closing(connect(path)) as db:
        done = []
        for one in steps:
            before = state(db)
            if (event := step(db, *one)) is not None:
                done.append((event, before))
            assert _folded(db) == _placed(db)
        for event, before in reversed(done):
            try:
                ledger.undo(db, event, **WHO)
            except Pinned:
                break
            assert state(db) == before
            assert _folded(db) == _placed(db)
        numbers = [row["id"] for row in db.query("SELECT id FROM themes")]
        assert len(numbers) == len(set(numbers)) == max(numbers)


def _folded(db) -> dict[str, int]:
    """Where the list of moves has every insight in the end."""
    last: dict[str, int | None] = {}
    for row in db.query("SELECT insight_id, before, after FROM theme_moves ORDER BY event_id"):
        assert last.get(row["insight_id"]) == row["before"], "a move begins where the one before it ended"
        last[row["insight_id"]] = row["after"]
    return {insight: theme for insight, theme in last.items() if theme is not None}


def _placed(db) -> dict[str, int]:
    sql = (
        "SELECT m.insight_id, m.leaf_id, m.theme_id, t.parent_id FROM theme_members m JOIN themes t ON t.id = m.leaf_id"
    )
    found = list(db.query(sql))
    assert all(row["theme_id"] == (row["parent_id"] or row["leaf_id"]) for row in found)
    return {row["insight_id"]: row["leaf_id"] for row in found}


def test_a_merge_counts_for_the_theme_that_stays_and_the_other_leads_to_it(db):
    ledger.merge(db, PRICE, [SETUP], reason="the same thing", **WHO)

    assert themes.counts(db, Filters())[PRICE]["insights"] == 8
    assert (themes.get(db, SETUP).status, themes.get(db, SETUP).into) == ("merged", PRICE)
    assert insights.count(db, Filters(theme=str(SETUP)))["insights"] == 8  # an old address still finds its quotes
    told = theme_events.of_theme(db, SETUP)[-1]
    assert (told.event.type, told.moved, told.actor, told.reason) == ("merge", 3, "Ann", "the same thing")


def test_a_merge_takes_sub_themes_along(db):
    ledger.merge(db, SETUP, [PRICE], **WHO)

    assert themes.get(db, FEES).parent == SETUP
    assert themes.counts(db, Filters())[SETUP]["insights"] == 8


def test_what_a_merge_would_make_is_told_before(db):
    before = state(db)

    told = ledger.preview_merge(db, PRICE, [SETUP, TIMING])

    assert (told.quotes, told.conversations, told.accounts, told.both) == (10, 10, 10, 0)
    assert state(db) == before


def test_a_split_keeps_the_id_and_the_name_for_the_rest(db):
    away = tuple(sorted(theme_events.members(db, [PRICE]))[:2])

    ledger.split(db, PRICE, [NewPart("Above budget", away, ("budget",))], **WHO)

    new = themes.active(db)[-1]
    assert (new.name, new.keywords, new.label) == ("Above budget", ("budget",), "price")
    assert {theme: n["insights"] for theme, n in themes.counts(db, Filters()).items()}[PRICE] == 3
    assert themes.get(db, PRICE).name == "Price"


def test_a_split_inside_makes_sub_themes_and_no_number_changes(db):
    before = themes.counts(db, Filters())[PRICE]

    ledger.split(
        db, PRICE, [NewPart("Above budget", tuple(sorted(theme_events.members(db, [PRICE]))[:2]))], inside=True, **WHO
    )

    assert themes.counts(db, Filters())[PRICE] == before
    assert [theme.name for theme in themes.subs(db, PRICE)] == ["Fees", "Above budget"]


def test_a_sub_theme_can_become_a_theme_of_its_own(db):
    ledger.split(db, PRICE, [], promoted=[FEES], **WHO)

    assert themes.get(db, FEES).parent is None
    assert themes.counts(db, Filters())[FEES]["insights"] == 1
    assert themes.counts(db, Filters())[PRICE]["insights"] == 4


def test_a_quote_that_was_moved_back_by_undo_has_its_old_confidence(db):
    quote = next(iter(theme_events.members(db, [SETUP])))
    event = ledger.move(db, [quote], PRICE, **WHO)
    assert confidence(db, quote) == 1.0  # a person put it there

    ledger.undo(db, event, **WHO)

    assert confidence(db, quote) == 0.8


def confidence(db, quote: str) -> float:
    return next(iter(db.query("SELECT confidence FROM theme_members WHERE insight_id = ?", [quote])))["confidence"]


def test_an_undo_that_is_blocked_names_what_must_be_undone_first(db):
    first = ledger.rename(db, PRICE, "Cost", **WHO)
    second = ledger.rename(db, PRICE, "Money", **WHO)

    with pytest.raises(Blocked) as told:
        ledger.undo(db, first, **WHO)

    assert [one.id for one in told.value.events] == [second]
    ledger.undo(db, second, **WHO)
    ledger.undo(db, first, **WHO)
    assert themes.get(db, PRICE).name == "Price"


def test_an_event_is_undone_once(db):
    event = ledger.rename(db, PRICE, "Cost", **WHO)
    ledger.undo(db, event, **WHO)

    with pytest.raises(UndoneAlready):
        ledger.undo(db, event, **WHO)


def test_undoing_an_undo_lets_the_event_be_undone_again(db):
    event = ledger.rename(db, PRICE, "Cost", **WHO)
    back = ledger.undo(db, event, **WHO)
    ledger.undo(db, back, **WHO)
    assert (themes.get(db, PRICE).name, theme_events.get(db, event).undone_by) == ("Cost", None)

    ledger.undo(db, event, **WHO)

    assert themes.get(db, PRICE).name == "Price"


def test_a_quote_that_came_back_before_a_merge_is_done_again_goes_with_it(db):
    """It would stand in a theme that is no longer there, and in no list."""
    quote = next(one for one, at in _placed(db).items() if at == SETUP)
    moved = ledger.move(db, [quote], TIMING, **WHO)
    merged = ledger.merge(db, PRICE, [SETUP], **WHO)
    apart = ledger.undo(db, merged, **WHO)
    ledger.undo(db, moved, **WHO)
    assert _placed(db)[quote] == SETUP
    ledger.undo(db, apart, **WHO)
    assert _placed(db)[quote] == PRICE and SETUP not in _placed(db).values()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda db: ledger.rename(db, PRICE, "setup", **WHO), NameTaken),
        (lambda db: ledger.rename(db, PRICE, " \n ", **WHO), Unfit),
        (lambda db: ledger.rename(db, 99, "X", **WHO), UnknownTheme),
        (lambda db: ledger.merge(db, PRICE, [PRICE], **WHO), Unfit),
        (lambda db: ledger.merge(db, PRICE, [], **WHO), Unfit),
        (lambda db: ledger.move(db, ["no such quote"], PRICE, **WHO), Unfit),
        (lambda db: ledger.restore(db, PRICE, **WHO), NotActive),
        (lambda db: ledger.split(db, PRICE, [NewPart("All", tuple(theme_events.members(db, [PRICE])))], **WHO), Unfit),
        (lambda db: ledger.split(db, PRICE, [NewPart("Foreign", tuple(theme_events.members(db, [SETUP])))], **WHO), Unfit),
    ],
    ids=["name taken", "no name", "no theme", "itself", "nothing", "no quote", "not retired", "all of it", "not its own"],
)  # fmt: skip
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(db, change, error):
    before = state(db)

    with pytest.raises(error):
        change(db)

    assert state(db) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda db: ledger.rename(db, PRICE, "X", **WHO),
        lambda db: ledger.merge(db, SETUP, [PRICE], **WHO),
        lambda db: ledger.merge(db, PRICE, [SETUP], **WHO),
        lambda db: ledger.split(db, PRICE, [], promoted=[FEES], **WHO),
        lambda db: ledger.move(db, list(theme_events.members(db, [FEES])), SETUP, **WHO),
        lambda db: ledger.move(db, list(theme_events.members(db, [SETUP])), PRICE, **WHO),
        lambda db: ledger.retire(db, PRICE, **WHO),
        lambda db: ledger.undo(db, 1, **WHO),
    ],
    ids=["rename", "merge away", "merge into", "split", "move out of its sub-theme", "move in", "retire", "undo"],
)
def test_a_pinned_theme_is_not_changed(db, change):
    ledger.pin(db, PRICE, **WHO)
    before = state(db)

    with pytest.raises(Pinned):
        change(db)

    assert state(db) == before


def test_a_competitors_quotes_follow_its_name_only(db):
    with db.atomic():
        hear(db, 2, kind="competitor")
    rival = ledger.create(db, "competitor", NewTheme("Zellvane", "zellvane"), now=NOW).theme
    other = ledger.create(db, "competitor", NewTheme("Orbit", "orbit"), now=NOW).theme

    with pytest.raises(NamedByCatalogue):
        ledger.merge(db, rival, [other], **WHO)


def test_a_retired_theme_keeps_its_quotes_and_comes_back_with_them(db):
    ledger.retire(db, PRICE, **WHO)
    assert [theme.id for theme in themes.active(db)] == [SETUP, TIMING]

    ledger.restore(db, PRICE, **WHO)

    assert [theme.id for theme in themes.active(db)] == [PRICE, SETUP, TIMING]
    assert [theme.id for theme in themes.subs(db, PRICE)] == [FEES]
    assert themes.counts(db, Filters())[PRICE]["insights"] == 5


def test_a_quote_that_comes_back_with_its_upload_is_where_it_was(db):
    quote = next(iter(theme_events.members(db, [SETUP])))
    ledger.move(db, [quote], PRICE, **WHO)
    kept = next(iter(db.query("SELECT * FROM insights WHERE id = ?", [quote])))
    db.execute("DELETE FROM insights WHERE id = ?", [quote])
    ledger.merge(db, TIMING, [PRICE], **WHO)  # even what happens meanwhile is not missed
    db.table("insights").insert(kept)

    assert theme_events.returning(db) == 1

    assert theme_events.places(db, [quote]) == {quote: TIMING}


def test_themes_can_be_seen_as_they_stood(db):
    ledger.rename(db, PRICE, "Cost", now="2026-02-01T10:00:00+00:00", actor="Ann")
    ledger.merge(db, PRICE, [SETUP], now="2026-03-01T10:00:00+00:00", actor="Ann")

    def then(day: str) -> dict[int, tuple[str, str]]:
        return {
            n: (t.name, t.status)
            for n, t in theme_events.standing_at(db, theme_events.number_at(db, day)).items()
            if n != FEES
        }

    assert then("2026-01-04") == {}
    assert then("2026-01-31") == {1: ("Price", "active"), 3: ("Setup", "active"), 4: ("Timing", "active")}
    assert then("2026-02-01")[PRICE] == ("Cost", "active")
    assert then("2026-03-01")[SETUP] == ("Setup", "merged")


def test_two_people_who_merge_the_same_theme_at_once_do_it_once(db, tmp_path):
    outcomes = []

    def merge(into: int) -> None:
        with closing(connect(tmp_path / "copy.db")) as own:
            try:
                outcomes.append(ledger.merge(own, into, [TIMING], **WHO))
            except NotActive as error:
                outcomes.append(type(error))

    threads = [Thread(target=merge, args=[into]) for into in (PRICE, SETUP)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([one for one in outcomes if one is NotActive]) == 1
    assert _folded(db) == _placed(db)


def test_quotes_do_not_join_a_theme_that_was_merged_while_their_place_was_worked_out(db):
    waiting = [quote for quote in quotes(db) if theme_events.places(db, [quote])[quote] is None]
    placed = {waiting[0]: (SETUP, 0.7), waiting[1]: (TIMING, 0.7)}
    ledger.merge(db, PRICE, [SETUP], **WHO)

    ledger.join(db, placed, now=NOW)

    assert theme_events.places(db, waiting) == {waiting[0]: None, waiting[1]: TIMING}
    assert theme_events.unplaced(db, waiting) == {waiting[0]}  # the next run finds it


def test_a_quote_joins_once_though_two_runs_placed_it(db):
    waiting = next(quote for quote in quotes(db) if theme_events.places(db, [quote])[quote] is None)
    ledger.join(db, {waiting: (SETUP, 0.7)}, now=NOW)

    ledger.join(db, {waiting: (TIMING, 0.9)}, now=NOW)

    assert theme_events.places(db, [waiting]) == {waiting: SETUP}


@pytest.mark.parametrize(
    "change",
    [lambda db: ledger.rename(db, PRICE, "Cost", **WHO), lambda db: ledger.merge(db, SETUP, [PRICE], **WHO)],
    ids=["rename", "merge"],
)
def test_what_was_undone_is_not_done_again_to_a_theme_that_was_pinned_since(db, change):
    back = ledger.undo(db, change(db), **WHO)
    ledger.pin(db, PRICE, **WHO)
    before = state(db)

    with pytest.raises(Pinned):
        ledger.undo(db, back, **WHO)

    assert state(db) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda db: ledger.merge(db, SETUP, [FEES], **WHO),
        lambda db: ledger.merge(db, FEES, [SETUP], **WHO),
        lambda db: ledger.preview_merge(db, SETUP, [FEES]),
        lambda db: ledger.move(db, list(theme_events.members(db, [SETUP])), FEES, **WHO),
        lambda db: ledger.split(db, FEES, [NewPart("Part", tuple(theme_events.members(db, [FEES]))[:1])], **WHO),
    ],
    ids=["merge out", "merge in", "preview", "move in", "split"],
)
def test_a_pinned_theme_neither_gains_nor_loses_quotes_through_its_sub_themes(db, change):
    ledger.move(db, list(theme_events.members(db, [TIMING]))[:1], FEES, **WHO)
    ledger.pin(db, PRICE, **WHO)
    before = state(db)

    with pytest.raises(Pinned):
        change(db)

    assert state(db) == before


def test_a_move_into_a_sub_theme_is_not_undone_while_the_theme_above_is_pinned(db):
    event = ledger.move(db, list(theme_events.members(db, [SETUP]))[:1], FEES, **WHO)
    ledger.pin(db, PRICE, **WHO)

    with pytest.raises(Pinned):
        ledger.undo(db, event, **WHO)


def test_pinning_itself_can_be_undone_and_done_again(db):
    back = ledger.undo(db, ledger.pin(db, PRICE, **WHO), **WHO)
    assert not themes.get(db, PRICE).pinned

    ledger.undo(db, back, **WHO)

    assert themes.get(db, PRICE).pinned


def test_a_quote_that_came_back_but_is_not_shown_in_its_theme_yet_does_not_wait(db):
    quote = next(iter(theme_events.members(db, [SETUP])))
    db.execute("DELETE FROM theme_members WHERE insight_id = ?", [quote])  # as between an upload and the next run
    ledger.pin(db, SETUP, **WHO)

    with pytest.raises(Pinned):
        ledger.move(db, [quote], TIMING, **WHO)


def test_a_restored_theme_does_not_take_a_name_that_was_given_on(db):
    ledger.retire(db, PRICE, **WHO)
    ledger.rename(db, SETUP, "Price", **WHO)
    before = state(db)

    with pytest.raises(NameTaken):
        ledger.restore(db, PRICE, **WHO)

    assert state(db) == before


def test_an_undo_does_not_take_a_name_that_was_given_on(db):
    event = ledger.rename(db, PRICE, "Cost", **WHO)
    ledger.rename(db, SETUP, "Price", **WHO)
    before = state(db)

    with pytest.raises(NameTaken):
        ledger.undo(db, event, **WHO)

    assert state(db) == before


def test_sub_themes_of_different_themes_may_share_a_name_through_undo_and_restore(db):
    ledger.split(db, SETUP, [NewPart("Costs", tuple(theme_events.members(db, [SETUP]))[:1])], inside=True, **WHO)
    db.execute("UPDATE themes SET name = 'Fees' WHERE name = 'Costs'")  # as discovery may name them
    ledger.retire(db, SETUP, **WHO)

    ledger.restore(db, SETUP, **WHO)

    assert [theme.name for theme in themes.subs(db, SETUP)] == ["Fees"]


def test_restoring_a_theme_leaves_a_sub_theme_retired_that_was_retired_before_it(db):
    ledger.retire(db, FEES, **WHO)
    ledger.retire(db, PRICE, **WHO)

    ledger.restore(db, PRICE, **WHO)

    assert (themes.get(db, PRICE).status, themes.get(db, FEES).status) == ("active", "retired")

"""What each kind of event changes, of whom it is told, and what it refuses: one example each, so that nothing is left to the
chance of what the property tests in `test_ledger.py` come by."""

import pytest

from insights import ledger_rules
from insights.ledger_rules import Book, Edit, Event, Move, NotActive, Part, Pinned, Standing, Superseded, Unfit

A, B, C = (Standing(n, name, "active", shape=n) for n, name in ((1, "Price"), (2, "Setup"), (3, "Support")))
SUB, OTHER_SUB = Standing(4, "Fees", "active", parent=1, shape=4), Standing(5, "Delay", "active", parent=2, shape=5)
RETIRED, PINNED = Standing(6, "Legal", "retired"), Standing(7, "Brand", "active", pinned=True)
PINNED_SUB = Standing(8, "Logo", "active", parent=1, pinned=True)
INSIDE = "^A sub-theme cannot have sub-themes of its own. Split it into sub-themes beside it.$"


def book(*themes: Standing, **placed: int) -> Book:
    return Book({theme.id: theme for theme in themes}, placed)


def test_an_event_belongs_to_the_history_of_all_that_it_touches():
    event = Event("move", 1, (Edit(2, "name", "a", "b"),), (Move("q", 3, 4), Move("r", None, 5), Move("s", 6, None)))

    assert event.themes == {1, 2, 3, 4, 5, 6}
    assert Event("join", None, (), (Move("q", None, 4),)).themes == {4}


def test_a_theme_is_made_with_its_parts_from_quotes_that_wait():
    made = ledger_rules.create([Part(1, "Price", ("b", "a"), 7), Part(2, "Fees", ("c",), 8, 1)])

    assert (made.type, made.about) == ("create", 1)
    assert made.moves == (Move("a", None, 1), Move("b", None, 1), Move("c", None, 2))
    after = ledger_rules.applied(Book({}, {}), made)
    assert after.themes == {1: Standing(1, "Price", "active", shape=7), 2: Standing(2, "Fees", "active", 1, shape=8)}


def test_a_change_names_only_what_is_other_than_it_was():
    assert ledger_rules.rename(A, "Cost") == Event("rename", 1, (Edit(1, "name", "Price", "Cost"),))
    assert ledger_rules.rename(A, "Price").edits == ()


def test_a_merge_takes_quotes_and_sub_themes_and_says_where_the_others_went():
    event = ledger_rules.merge(A, [B], {1: ["a"], 2: ["b"]}, subs=[OTHER_SUB], shape=9)

    assert (event.about, event.moves) == (1, (Move("b", 2, 1),))
    assert event.edits == (
        Edit(1, "shape", 1, 9), Edit(2, "status", "active", "merged"), Edit(2, "into", None, 1), Edit(5, "parent", 2, 1),
    )  # fmt: skip
    assert ledger_rules.merge(A, [B], {}).edits[0].field == "status"  # it sounds as before


def test_a_split_takes_parts_out_from_wherever_in_the_theme_they_are():
    event = ledger_rules.split(A, [Part(9, "Rates", ("b", "c"), 9)], {"a": 1, "b": 1, "c": 4}, shape=8)

    assert (event.about, event.moves) == (1, (Move("b", 1, 9), Move("c", 4, 9)))
    assert ledger_rules.applied(book(A, a=1, b=1, c=4), event).themes == {
        1: Standing(1, "Price", "active", shape=8), 9: Standing(9, "Rates", "active", shape=9),
    }  # fmt: skip


def test_a_split_inside_may_leave_nothing_beside_its_sub_themes_and_one_of_a_sub_theme_stays_beside_it():
    inside = ledger_rules.split(A, [Part(9, "Rates", ("a",))], {"a": 1}, inside=True)
    beside = ledger_rules.split(SUB, [Part(9, "Rates", ("a",))], {"a": 4, "b": 4})

    for event in (inside, beside):
        assert Edit(9, "parent", None, 1) in event.edits


def test_a_sub_theme_that_becomes_one_of_its_own_takes_its_quotes_along():
    event = ledger_rules.split(A, [], {"a": 1, "b": 4}, promoted=[SUB])

    assert (event.edits, event.moves) == ((Edit(4, "parent", 1, None),), ())


@pytest.mark.parametrize(
    ("theme", "parts", "members", "options", "told"),
    [
        (SUB, [("a",)], {"a": 4, "b": 4}, {"inside": True}, INSIDE),
        (A, [], {"a": 1, "b": 4}, {"inside": True, "promoted": [SUB]}, INSIDE),
        (A, [("a",), ("a",)], {"a": 1, "b": 1}, {}, "each quote goes to one part"),
        (A, [("x",)], {"a": 1}, {}, "each quote goes to one part"),
        (A, [()], {"a": 1}, {}, "must hold something"),
        (A, [], {"a": 1}, {"promoted": [OTHER_SUB]}, "must hold something"),
        (A, [], {"a": 1}, {}, "leave something in the theme"),
        (A, [], {"b": 4}, {"promoted": [SUB]}, "leave something in the theme"),
        (A, [("a",)], {"a": 1}, {}, "leave something in the theme"),
    ],
    ids=[
        "a sub-theme of a sub-theme", "inside and out at once", "one quote in two parts", "a quote of another theme",
        "a part of nothing", "another theme's sub-theme", "nothing leaves", "nothing stays beside what leaves", "all leaves",
    ],
)  # fmt: skip
def test_a_split_that_makes_no_sense_is_refused_with_what_to_do(theme, parts, members, options, told):
    with pytest.raises(Unfit, match=told):
        ledger_rules.split(theme, [Part(10 + n, f"part {n}", part) for n, part in enumerate(parts)], members, **options)


def test_a_move_is_told_of_where_the_quotes_went_or_of_what_they_left():
    there = ledger_rules.move({"a": 1, "b": None, "c": 2}, B)
    out = ledger_rules.move({"a": None, "b": 1}, None)

    assert (there.about, there.moves) == (2, (Move("a", 1, 2), Move("b", None, 2)))
    assert (out.about, out.moves) == (1, (Move("b", 1, None),))


@pytest.mark.parametrize(("members", "told"), [({"a": 1}, "there already"), ({}, "No quote was named")])
def test_a_move_of_nothing_says_why(members, told):
    with pytest.raises(Unfit, match=told):
        ledger_rules.move(members, A)


def test_pins_and_the_way_out_of_reports_and_back_take_sub_themes_along():
    away = ledger_rules.retire(A, [SUB])

    assert ledger_rules.pin(A).edits == (Edit(1, "pinned", False, True),)
    assert ledger_rules.unpin(PINNED).edits == (Edit(7, "pinned", True, False),)
    assert away.edits == (Edit(1, "status", "active", "retired"), Edit(4, "status", "active", "retired"))
    gone = ledger_rules.applied(book(A, SUB), away).themes
    assert ledger_rules.restore(gone[1], [gone[4]]).edits == tuple(
        Edit(n, "status", "retired", "active") for n in (1, 4)
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda theme: ledger_rules.rename(theme, "Cost"),
        lambda theme: ledger_rules.merge(theme, [B], {}),
        lambda theme: ledger_rules.merge(A, [theme], {}),
        lambda theme: ledger_rules.split(theme, [Part(9, "part", ("a",))], {"a": theme.id, "b": theme.id}),
        lambda theme: ledger_rules.move({"a": 1}, theme),
        lambda theme: ledger_rules.retire(theme),
    ],
    ids=["rename", "merge into it", "merge it", "split", "move there", "retire"],
)
def test_neither_a_pinned_theme_nor_one_that_is_not_active_is_changed(change):
    with pytest.raises(Pinned):
        change(PINNED)
    with pytest.raises(NotActive):
        change(RETIRED)


@pytest.mark.parametrize(
    "change",
    [
        lambda: ledger_rules.merge(B, [A], {}, subs=[PINNED_SUB]),
        lambda: ledger_rules.split(A, [], {"a": 1, "b": 8}, promoted=[PINNED_SUB]),
        lambda: ledger_rules.move({"a": 7}, A, [PINNED]),
        lambda: ledger_rules.retire(A, [PINNED_SUB]),
    ],
    ids=["merge", "split", "move", "retire"],
)
def test_what_is_pinned_is_not_changed_by_what_is_done_around_it(change):
    with pytest.raises(Pinned):
        change()


@pytest.mark.parametrize(
    "change", [lambda: ledger_rules.pin(RETIRED), lambda: ledger_rules.unpin(RETIRED), lambda: ledger_rules.restore(A)]
)
def test_only_what_is_active_is_pinned_and_only_what_is_retired_comes_back(change):
    with pytest.raises(NotActive):
        change()


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: ledger_rules.create([Part(1, "Price", ("a",), 7)]), ("create", 1)),
        (lambda: ledger_rules.rename(A, "Cost"), ("rename", 1)),
        (lambda: ledger_rules.merge(A, [B], {2: ["b"]}), ("merge", 1)),
        (lambda: ledger_rules.split(A, [Part(9, "Rates", ("b",))], {"a": 1, "b": 1}), ("split", 1)),
        (lambda: ledger_rules.move({"a": 2}, A), ("move", 1)),
        (lambda: ledger_rules.move({"a": 2}, None), ("move", 2)),
        (lambda: ledger_rules.join({"a": 1, "b": 2}), ("join", None)),
        (lambda: ledger_rules.pin(A), ("pin", 1)),
        (lambda: ledger_rules.unpin(PINNED), ("unpin", 7)),
        (lambda: ledger_rules.retire(A), ("retire", 1)),
        (lambda: ledger_rules.restore(RETIRED), ("restore", 6)),
    ],
)
def test_an_event_says_what_was_done_and_of_which_theme_it_is_told(act, told):
    event = act()
    assert (event.type, event.about) == told


def test_parts_and_sub_themes_leave_a_theme_in_one_split():
    event = ledger_rules.split(A, [Part(9, "Rates", ("b",))], {"a": 1, "b": 1, "c": 4}, promoted=[SUB])

    assert {(edit.theme, edit.field) for edit in event.edits} >= {(9, "name"), (9, "status"), (4, "parent")}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: ledger_rules.rename(PINNED, "Cost"), "“Brand” is pinned, so its name and its quotes stay as they are. Unpin it first."),
        (lambda: ledger_rules.rename(RETIRED, "Cost"), "“Legal” is retired. Restore it first."),
        (lambda: ledger_rules.restore(A), "“Price” is active."),
        (lambda: ledger_rules.merge(A, [], {}), "A merge needs at least two different themes."),
        (lambda: ledger_rules.split(A, [], {"a": 1}), "A split must leave something in the theme and take something out."),
        (lambda: ledger_rules.split(A, [Part(9, "x", ())], {"a": 1}), "Each part of a split must hold something of the theme."),
        (lambda: ledger_rules.split(A, [Part(9, "x", ("z",))], {"a": 1}), "A split can only part what is in the theme, and each quote goes to one part."),
        (lambda: ledger_rules.move({"a": 1}, A), "These quotes are there already."),
        (lambda: ledger_rules.move({}, A), "No quote was named."),
    ],
)  # fmt: skip
def test_a_refusal_is_a_sentence_that_names_the_theme(change, told):
    with pytest.raises(ledger_rules.LedgerError) as refused:
        change()
    assert str(refused.value) == told


def test_what_is_not_active_says_what_to_do():
    assert str(NotActive("A", "retired")) == "“A” is retired. Restore it first."
    assert str(NotActive("A", "merged")) == "“A” is merged. Change the theme that it was merged into."
    assert str(NotActive("A", "")) == "“A” is no longer there."


def test_an_undo_turns_every_change_round_and_is_told_of_the_same_theme():
    merge = ledger_rules.merge(A, [B], {2: ["b"]}, shape=9)
    after = ledger_rules.applied(book(A, B, a=1, b=2), merge)

    opposite = ledger_rules.undo(merge, after)

    assert (opposite.type, opposite.about, opposite.moves) == ("undo", 1, (Move("b", 1, 2),))
    assert opposite.edits == tuple(Edit(e.theme, e.field, e.after, e.before) for e in reversed(merge.edits))


def test_a_changed_field_or_a_quote_that_went_on_each_forbid_an_undo_and_are_named():
    merge = ledger_rules.merge(A, [B], {2: ["b"]})
    after = ledger_rules.applied(book(A, B, C, b=2), merge)
    moved = ledger_rules.applied(after, ledger_rules.move({"b": 1}, C))
    shaped = Book({**after.themes, 2: Standing(2, "Setup", "merged", into=3, shape=2)}, after.placed)

    for found, themes, insights in ((moved, set(), {"b"}), (shaped, {2}, set())):
        with pytest.raises(Superseded) as told:
            ledger_rules.undo(merge, found)
        assert (told.value.themes, told.value.insights) == (themes, insights)


def test_a_theme_whose_sub_theme_came_later_is_not_unmade_but_one_whose_sub_theme_was_unmade_is():
    made = ledger_rules.create([Part(1, "Price", ("a", "b"), 1)])
    start = ledger_rules.applied(Book({}, {}), made)
    split = ledger_rules.split(start.themes[1], [Part(4, "Fees", ("b",))], {"a": 1, "b": 1}, inside=True)
    parted = ledger_rules.applied(start, split)

    with pytest.raises(Superseded) as told:
        ledger_rules.undo(made, Book(parted.themes, {"a": 1, "b": 1}))
    assert told.value.themes == {4}

    unparted = ledger_rules.applied(parted, ledger_rules.undo(split, parted))
    # What is no longer there refers to nothing, whatever its row says.
    left = Book({**unparted.themes, 4: Standing(4, "Fees", "", parent=1)}, unparted.placed)
    assert ledger_rules.undo(made, left).moves == (Move("a", 1, None), Move("b", 1, None))


def test_a_theme_made_with_its_sub_theme_is_unmade_with_it():
    made = ledger_rules.create([Part(1, "Price", ("a",)), Part(2, "Fees", ("b",), None, 1)])
    after = ledger_rules.applied(Book({}, {}), made)

    undone = ledger_rules.applied(after, ledger_rules.undo(made, after))

    assert (undone.placed, {t.status for t in undone.themes.values()}) == ({}, {""})


def test_a_theme_that_came_back_into_reports_can_go_out_again():
    back = ledger_rules.restore(RETIRED)
    after = ledger_rules.applied(book(RETIRED, q=6), back)

    assert ledger_rules.undo(back, after).edits == (Edit(6, "status", "active", "retired"),)


def test_only_a_pin_is_taken_back_from_what_is_pinned():
    pin, rename = ledger_rules.pin(A), ledger_rules.rename(A, "Cost")
    pinned = ledger_rules.applied(ledger_rules.applied(book(A), rename), pin)

    assert ledger_rules.undo(pin, pinned).edits == (Edit(1, "pinned", True, False),)
    with pytest.raises(Pinned):
        ledger_rules.undo(rename, pinned)


@pytest.mark.parametrize("pinned", [1, 2], ids=["what they left", "where they went"])
def test_a_move_is_not_taken_back_once_either_end_is_pinned(pinned):
    move = ledger_rules.move({"a": 1}, B)
    after = ledger_rules.applied(book(A, B, a=1), move)
    after = ledger_rules.applied(after, ledger_rules.pin(after.themes[pinned]))

    with pytest.raises(Pinned):
        ledger_rules.undo(move, after)


def test_quotes_go_back_into_a_retired_theme_but_not_into_one_that_was_merged():
    move = ledger_rules.move({"a": 1}, B)
    after = ledger_rules.applied(book(A, B, C, a=1), move)
    retired = ledger_rules.applied(after, ledger_rules.retire(after.themes[1]))
    merged = ledger_rules.applied(after, ledger_rules.merge(C, [after.themes[1]], {}))

    assert ledger_rules.undo(move, retired).moves == (Move("a", 2, 1),)
    with pytest.raises(Superseded) as told:
        ledger_rules.undo(move, merged)
    assert told.value.themes == {1}


def test_an_event_made_for_another_state_is_not_applied():
    with pytest.raises(Superseded) as told:
        ledger_rules.applied(book(B), Event("rename", 2, (Edit(2, "name", "Price", "Cost"),)))
    assert told.value.themes == {2}
    with pytest.raises(Superseded) as told:
        ledger_rules.applied(book(A, B, a=2), Event("move", 2, (), (Move("a", 1, None),)))
    assert told.value.insights == {"a"}


def test_a_sub_theme_counts_for_the_theme_above_and_one_that_is_unknown_for_itself():
    assert [ledger_rules.top(n, book(A, SUB).themes) for n in (1, 4, 99)] == [1, 1, 99]


def test_all_that_was_changed_since_is_named_at_once():
    merge = ledger_rules.merge(A, [B, C], {2: ["b"], 3: ["c"]})
    after = ledger_rules.applied(book(A, B, C, SUB, b=2, c=3), merge)
    changed = {n: Standing(n, "other", "merged", into=4) for n in (2, 3)}

    with pytest.raises(Superseded) as told:
        ledger_rules.undo(merge, Book({**after.themes, **changed}, {"b": 4, "c": 4}))

    assert (told.value.themes, told.value.insights) == ({2, 3}, {"b", "c"})
    with pytest.raises(Superseded) as told:
        ledger_rules.undo(merge, Book({**after.themes, **changed}, after.placed))
    assert (told.value.themes, told.value.insights) == ({2, 3}, frozenset())


def test_a_theme_comes_back_into_reports_though_a_sub_theme_stays_out():
    sub = Standing(4, "Fees", "retired", parent=1)
    away = ledger_rules.retire(A)
    after = ledger_rules.applied(book(A, sub), away)

    assert ledger_rules.undo(away, after).edits == (Edit(1, "status", "retired", "active"),)


def test_a_move_into_a_sub_theme_is_not_taken_back_once_the_theme_above_is_pinned():
    move = ledger_rules.move({"a": 2}, SUB)
    after = ledger_rules.applied(book(A, B, SUB, a=2), move)
    after = ledger_rules.applied(after, ledger_rules.pin(after.themes[1]))

    with pytest.raises(Pinned):
        ledger_rules.undo(move, after)

"""The ledger's rules: random sequences of changes and undos come back to exactly where they were."""

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from insights import ledger_rules
from insights.ledger_rules import Book, Event, LedgerError, Move, Part, Pinned, Standing, Superseded, Unfit

QUOTES = [f"q{n:02}" for n in range(24)]
# What is done, and three numbers that choose whom it is done to.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["create", "join", "rename", "merge", "split", "inside", "promote", "move", "pin", "unpin", "retire", "restore"]
        ),
        st.integers(0, 50), st.integers(0, 50), st.integers(0, 50),
    ),
    min_size=4, max_size=16,
)  # fmt: skip


class Desk:
    """A book, the events that made it, and the book after each of them."""

    def __init__(self):
        self.book, self.events, self.books, self.ids = Book({}, {}), [], [Book({}, {})], 0
        for a, b in ((3, 2), (1, 0), (2, 2), (0, 1)):
            self.step("create", a, b, 0)

    def take(self, event: Event) -> None:
        self.book = ledger_rules.applied(self.book, event)
        self.events.append(event)
        self.books.append(self.book)

    def new_id(self) -> int:
        self.ids += 1
        return self.ids

    def waiting(self) -> list[str]:
        return [quote for quote in QUOTES if quote not in self.book.placed]

    def inside(self, theme: int) -> dict[str, int]:
        family = {theme, *(t.id for t in self.book.themes.values() if t.parent == theme)}
        return {quote: at for quote, at in sorted(self.book.placed.items()) if at in family}

    def step(self, what: str, a: int, b: int, c: int) -> None:
        """Do it, or leave it where the rules refuse."""
        known = sorted(self.book.themes)
        chosen = [self.book.themes[known[n % len(known)]] for n in (a, b, c)] if known else []
        with suppress(LedgerError):
            self.take(self._event(what, chosen, a, b))

    def _event(self, what: str, chosen: list[Standing], a: int, b: int) -> Event:
        free = self.waiting()
        if what == "create":
            first, second = free[: a % 4 + 1], free[a % 4 + 1 : a % 4 + 1 + b % 3]
            theme = self.new_id()
            sub = [Part(self.new_id(), f"sub {b}", tuple(second), 1, theme)] if second else []
            return ledger_rules.create([Part(theme, f"theme {a}", tuple(first), 1), *sub])
        if not chosen:
            raise Unfit("nothing there yet")
        one, two, three = chosen
        members = self.inside(one.id)
        subs = [t for t in self.book.themes.values() if t.parent == one.id and t.status == "active"]
        match what:
            case "join":
                if one.status not in ("active", "retired"):
                    raise Unfit("cannot be joined")
                return ledger_rules.join(dict.fromkeys(free[: b % 5], one.id))
            case "rename":
                return ledger_rules.rename(one, f"name {b}")
            case "merge":
                others = list({t.id: t for t in (two, three) if t.id != one.id}.values())
                below = [
                    t
                    for t in self.book.themes.values()
                    if t.parent in {o.id for o in others} and t.status in ("active", "retired")
                ]
                direct = {o.id: [q for q, at in self.book.placed.items() if at == o.id] for o in others}
                return ledger_rules.merge(one, others, direct, subs=below, shape=a)
            case "split" | "inside":
                away = tuple(sorted(members)[: b % 6])
                return ledger_rules.split(
                    one, [Part(self.new_id(), f"part {a}", away, 2)], members, inside=what == "inside"
                )
            case "promote":
                return ledger_rules.split(one, [], members, promoted=subs[:1], shape=3)
            case "move":
                some = {q: self.book.placed.get(q) for q in QUOTES[a % 20 : a % 20 + b % 5]}
                holders = [self.book.themes[at] for at in some.values() if at is not None]
                return ledger_rules.move(some, None if b % 7 == 0 else two, holders)
            case "pin":
                return ledger_rules.pin(one)
            case "unpin":
                return ledger_rules.unpin(one)
            case "retire":
                return ledger_rules.retire(one, subs)
            case _:
                return ledger_rules.restore(
                    one, [t for t in self.book.themes.values() if t.parent == one.id and t.status == "retired"]
                )


def visible(book: Book) -> tuple:
    """What anybody can see of a book: themes that are there, and where quotes are."""
    return {t.id: t for t in book.themes.values() if t.status}, dict(book.placed)


@settings(max_examples=150)
@given(STEPS)
def test_undoing_everything_from_the_last_on_passes_through_every_earlier_state_exactly(steps):
    desk = Desk()
    for step in steps:
        desk.step(*step)
    for earlier, event in zip(reversed(desk.books[:-1]), reversed(desk.events), strict=True):
        if event.type not in ("pin", "unpin") and any(
            desk.book.themes[one].pinned for t in event.themes for one in (t, ledger_rules.top(t, desk.book.themes))
        ):
            break  # what is pinned stays; unpinning is undone first, and that is another sequence
        desk.book = ledger_rules.applied(desk.book, ledger_rules.undo(event, desk.book))
        assert visible(desk.book) == visible(earlier)


@settings(max_examples=300)
@given(STEPS, st.lists(st.integers(0, 40), max_size=8))
@example([("create", 0, 0, 0), ("move", 33, 1, 0), ("merge", 0, 0, 5), ("create", 0, 0, 0)], [6, 1, 15, 19])
def test_undoing_in_any_order_loses_nothing_and_doubles_nothing(steps, order):
    desk = Desk()
    for step in steps:
        desk.step(*step)
    for n in order:
        if not desk.events:
            return
        event, before = desk.events[n % len(desk.events)], desk.book
        try:
            back = ledger_rules.undo(event, desk.book)
        except LedgerError:
            assert desk.book is before
            continue
        desk.take(back)
        there = {t.id for t in desk.book.themes.values() if t.status in ("active", "retired")}
        assert set(desk.book.placed.values()) <= there, "every quote is in a theme that is there, or waits"
        assert all(t.parent is None or t.parent in there for t in desk.book.themes.values() if t.status == "active")
        assert all(desk.book.themes[t.into].status for t in desk.book.themes.values() if t.status == "merged")
        for edit in event.edits:
            assert getattr(desk.book.themes[edit.theme], edit.field) == edit.before


@settings(max_examples=150)
@given(STEPS)
def test_undoing_an_undo_makes_it_stand_again(steps):
    desk = Desk()
    for step in steps:
        desk.step(*step)
    if not desk.events:
        return
    after = desk.book
    try:
        desk.take(ledger_rules.undo(desk.events[-1], desk.book))
    except Pinned:
        return
    desk.take(ledger_rules.undo(desk.events[-1], desk.book))
    assert visible(desk.book) == visible(after)


@settings(max_examples=150)
@given(STEPS)
def test_no_id_is_ever_given_twice(steps):
    desk = Desk()
    for step in steps:
        desk.step(*step)
    begun = [e.theme for event in desk.events for e in event.edits if e.field == "status" and e.before == ""]
    assert len(begun) == len(set(begun))


@settings(max_examples=150)
@given(STEPS)
def test_a_pinned_theme_keeps_its_name_and_its_quotes(steps):
    desk = Desk()
    desk.take(ledger_rules.pin(desk.book.themes[1]))
    pinned, quotes = desk.book.themes[1], {q for q, theme in desk.book.placed.items() if theme == 1}
    for step in steps:
        if step[0] != "unpin":
            desk.step(*step)
    assert desk.book.themes[1] == pinned
    assert {quote for quote, theme in desk.book.placed.items() if theme == 1} >= quotes


def price_and_setup() -> Book:
    made = [Part(1, "Price", ("a", "b"), 1), Part(2, "Setup", ("c",), 2)]
    book = Book({}, {})
    for part in made:
        book = ledger_rules.applied(book, ledger_rules.create([part]))
    return book


def test_what_joined_a_part_goes_back_with_it_when_the_split_is_undone():
    book = price_and_setup()
    split = ledger_rules.split(book.themes[1], [Part(3, "Too dear", ("b",), 3)], {"a": 1, "b": 1})
    book = ledger_rules.applied(ledger_rules.applied(book, split), ledger_rules.join({"new": 3}))

    book = ledger_rules.applied(book, ledger_rules.undo(split, book))

    assert book.placed == {"a": 1, "b": 1, "c": 2, "new": 1}
    assert book.themes[3].status == ""


def test_what_joined_since_a_merge_stays_when_it_is_undone():
    book = price_and_setup()
    merge = ledger_rules.merge(book.themes[1], [book.themes[2]], {2: ["c"]}, shape=9)
    book = ledger_rules.applied(ledger_rules.applied(book, merge), ledger_rules.join({"new": 1}))

    book = ledger_rules.applied(book, ledger_rules.undo(merge, book))

    assert book.placed == {"a": 1, "b": 1, "c": 2, "new": 1}
    assert (book.themes[2].status, book.themes[1].shape) == ("active", 1)


def test_what_joined_a_theme_waits_when_its_making_is_undone():
    made = ledger_rules.create([Part(1, "Price", ("a",), 1)])
    book = ledger_rules.applied(ledger_rules.applied(Book({}, {}), made), ledger_rules.join({"new": 1}))

    book = ledger_rules.applied(book, ledger_rules.undo(made, book))

    assert (book.placed, book.themes[1].status) == ({}, "")


def test_a_theme_that_others_went_into_is_not_unmade():
    book = price_and_setup()
    made = ledger_rules.create([Part(3, "Money", ("m",), 3)])
    book = ledger_rules.applied(book, made)
    book = ledger_rules.applied(book, ledger_rules.merge(book.themes[3], [book.themes[1]], {1: ["a", "b"]}))

    with pytest.raises(Superseded) as told:
        ledger_rules.undo(made, book)

    assert told.value.themes == {1}


def test_a_sub_theme_does_not_go_back_under_a_theme_that_was_merged():
    book = ledger_rules.applied(
        price_and_setup(), ledger_rules.create([Part(3, "Money", ("m",), 3), Part(4, "Fees", ("f",), 4, 3)])
    )
    promotion = ledger_rules.split(book.themes[3], [], {"m": 3, "f": 4}, promoted=[book.themes[4]])
    book = ledger_rules.applied(book, promotion)
    book = ledger_rules.applied(book, ledger_rules.merge(book.themes[1], [book.themes[3]], {3: ["m"]}))

    with pytest.raises(Superseded) as told:
        ledger_rules.undo(promotion, book)

    assert told.value.themes == {3}


def test_a_split_is_not_undone_before_the_quote_that_was_moved_on():
    book = price_and_setup()
    split = ledger_rules.split(book.themes[1], [Part(3, "Too dear", ("b",), 3)], {"a": 1, "b": 1})
    book = ledger_rules.applied(book, split)
    book = ledger_rules.applied(book, ledger_rules.move({"b": 3}, book.themes[2], [book.themes[3]]))

    with pytest.raises(Superseded) as told:
        ledger_rules.undo(split, book)

    assert told.value.insights == {"b"}


def test_an_event_whose_work_was_changed_since_is_not_undone_before_the_change():
    book = price_and_setup()
    rename = ledger_rules.rename(book.themes[1], "Cost")
    book = ledger_rules.applied(book, rename)
    book = ledger_rules.applied(book, ledger_rules.rename(book.themes[1], "Budget"))

    with pytest.raises(Superseded) as told:
        ledger_rules.undo(rename, book)

    assert told.value.themes == {1}
    assert str(told.value).endswith("what it did has been changed since. Undo the later change first.")


@pytest.mark.parametrize(
    ("into", "others", "subs", "told"),
    [
        ("1", "1", "", "at least two different themes"),
        ("1", "", "", "at least two different themes"),
        ("3", "1", "", "^A theme cannot be merged into its own sub-theme. Merge the sub-theme into the theme.$"),
        ("3", "2", "4", "^A theme with sub-themes cannot become part of a sub-theme. Merge it with the theme above.$"),
    ],
    ids=["itself", "nothing", "its own sub-theme", "a theme with sub-themes into a sub-theme"],
)
def test_a_merge_that_makes_no_sense_is_refused_with_what_to_do(into, others, subs, told):
    themes = {
        "1": Standing(1, "A", "active"), "2": Standing(2, "B", "active"), "3": Standing(3, "C", "active", parent=1),
        "4": Standing(4, "D", "active", parent=2),
    }  # fmt: skip

    with pytest.raises(Unfit, match=told):
        ledger_rules.merge(themes[into], [themes[n] for n in others], {}, subs=[themes[n] for n in subs])


def test_what_left_the_sub_theme_of_a_theme_that_was_pinned_since_stays_where_it_is():
    book = ledger_rules.applied(
        price_and_setup(), ledger_rules.create([Part(3, "Money", ("m",), 3), Part(4, "Fees", ("f", "g"), 4, 3)])
    )
    moved = ledger_rules.move({"g": 4}, book.themes[1], [book.themes[4]])
    book = ledger_rules.applied(book, moved)
    book = ledger_rules.applied(book, ledger_rules.pin(book.themes[3]))

    with pytest.raises(Pinned):
        ledger_rules.undo(moved, book)


def test_competitor_mentions_follow_their_name_out_of_what_is_pinned():
    book = ledger_rules.applied(price_and_setup(), ledger_rules.pin(price_and_setup().themes[1]))

    event = ledger_rules.follow([Move("b", 1, 2), Move("a", 1, 2)])

    assert (event.type, event.about, [move.insight for move in event.moves]) == ("move", None, ["a", "b"])
    assert ledger_rules.applied(book, event).placed == {"a": 2, "b": 2, "c": 2}

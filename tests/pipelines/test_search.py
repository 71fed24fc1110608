"""Quotes are found by words and by meaning, the same folded, accounts given their turn; the shelf says what SQL says."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from insights.names.labels import called
from insights.records import Conversation, Insight, Utterance, stable_id, text_hash
from pipelines.quotes import arranging, borders, meanings, search, shelf
from pipelines.quotes.arranging import BadCursor
from pipelines.quotes.search import Ask, find
from pipelines.running import accelerator
from pipelines.store import connect, conversations, insights, remembered, vectors
from pipelines.store.filters import Filters, options
from pipelines.store.published import look_back
from pipelines.uploads import settle

DEAR, DEARER, DATA = "It is too expensive for us", "It's, um, too expensive for us!", "Where do you keep our data?"


@pytest.fixture
def file(tmp_path, bare_file):
    shutil.copy(bare_file, tmp_path / "parley.db")
    return tmp_path / "parley.db"


@pytest.fixture
def db(file):
    database = connect(file)
    yield database
    database.close()


def say(
    db, text, *, day="2026-03-01", account="", kind="objection", label="price", around=("", ""), embed=True, **facts
):
    """Store what a buyer said as one conversation with one quote; return the quote's id."""
    own = facts.pop("fields", {})
    whole = around[0] + text + around[1]
    key = stable_id("said", text, day, account, *around, *map(str, facts.values()))
    turn = Utterance("Dana Hill", "buyer", facts.pop("voice", "verbatim"), whole)
    name = facts.pop("name", "")
    said = Conversation(
        key, "call", title="A call", occurred_at=day, account=account, utterances=(turn,), fields=own, **facts
    )
    with db.atomic():
        settle.write(db, [said], settle.knowledge(db))
        (stored,) = conversations.utterances(db, key)
        start = len(around[0])
        insights.replace(db, key, [(stored.id, whole, Insight(kind, start, start + len(text), text, label, 0.9, name))])
        if embed:
            from insights import embedding

            vectors.save(
                db, accelerator.encoder().name, [text_hash(text)], embedding.embed(accelerator.encoder(), [text])
            )
    return stable_id(stored.id, kind, start, start + len(text))


def shown(found):
    return [item.quote.text for item in found.items]


def pages(db, filters, ask):
    """All quotes of all pages, one after the other."""
    found, every = find(db, filters, ask), []
    while True:
        every += [item.quote.id for item in found.items]
        if not found.next:
            return every
        found = find(db, filters, replace(ask, after=found.next))


@pytest.fixture
def many(db, written):
    written(db, _many)


def _many(db):
    """Sixty quotes: half of them Acme's, with repetitions, undated ones, own fields and a comma in an account's name."""
    for n in range(60):
        say(
            db, f"Number {n // 2 * 2} is too dear" if n % 3 else f"Who keeps number {n}?", day=f"2026-01-{n % 28 + 1:02}" if n % 7 else "",
            account="Acme" if n % 2 else f"Firm {n % 10}, Inc.", kind="objection" if n % 3 else "question",
            label="price" if n % 3 else "security", stage=("Demo", "Closing")[n % 2], outcome=("won", "lost", "")[n % 3],
            voice="reported" if n % 5 == 0 else "verbatim", fields={"segment": ("smb", "enterprise")[n % 2]}, embed=False,
            rep=f"Rep {n}",
        )  # fmt: skip


CASES = [
    Filters(), Filters(kind="objection"), Filters(kind="objection,question", stage="Demo"), Filters(label="price"),
    Filters(account="Firm 2, Inc."), Filters(account="Firm 2, Inc.,Acme"), Filters(voice="reported"), Filters(outcome="won,lost"),
    Filters(since="2026-01-05"), Filters(until="2026-01-09"), Filters(since="2026-01-03", until="2026-01-20", stage="Closing"),
    Filters(q="dear"), Filters(q='"'), Filters(q="numbers DEAR"), Filters(q="dear OR NEAR("), Filters(theme="none"), Filters(theme="7"),
    Filters(q="dear numbers", match="any"), Filters(q="too dear", match="phrase"), Filters(q="-dear"), Filters(q='"so dear" -numbers'),
    Filters(fields={"segment": "smb"}), Filters(fields={"segment": "smb"}, kind="question"), Filters(rep="Rep 3,Rep 4"),
    Filters(relation="price"), Filters(competitor="Beacon"), Filters(beside="Beacon"), Filters(follow_up="open"), Filters(channel="call"),
    Filters(usage="approved"), Filters(used="yes"), Filters(used="no", kind="objection"), Filters(used="yes,no"), Filters(usage="internal", kind="question"), Filters(role="buyer"), Filters(ours="dear"),
]  # fmt: skip


@pytest.mark.parametrize("filters", CASES, ids=lambda f: "&".join(f"{k}={v}" for k, v in f.active.items()) or "none")
def test_the_shelf_matches_what_the_shared_filters_match(db, many, filters):
    every = Ask(fold=False, spread=False, limit=200)
    found = find(db, filters, every)
    assert [i.quote.id for i in found.items] == [q.id for q in insights.quotes(db, filters, limit=200)]
    counted = insights.count(db, filters)
    assert {name: getattr(found.counts, name) for name in counted} == counted


@pytest.mark.parametrize("field", ["kind", "label", "stage", "outcome", "voice", "account", "segment"])
def test_a_facet_counts_the_meetings_that_ticking_its_value_would_give(db, many, field):
    filters = Filters(kind="objection", outcome="won,lost")
    counted = find(db, filters, Ask(), facets=[field]).facets[field]
    assert counted
    for value, meetings in counted.items():
        own = {"fields": {field: value}} if field == "segment" else {field: value}
        assert insights.count(db, replace(filters, **own))["conversations"] == meetings


@pytest.mark.parametrize("sort", ["newest", "best", "typical"])
@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("spread", [True, False])
def test_every_order_pages_through_without_gap_or_double(db, many, sort, fold, spread):
    ask = Ask(sort=sort, fold=fold, spread=spread, limit=7)
    walked = pages(db, Filters(), ask)
    whole = find(db, Filters(), replace(ask, limit=200))
    assert walked == [item.quote.id for item in whole.items] and len(set(walked)) == len(walked)
    assert len(walked) + sum(i.back for i in whole.items) == whole.counts.different
    assert whole.counts.different + sum(i.again for i in whole.items) <= whole.counts.insights
    if not spread:
        assert whole.counts.different + sum(i.again for i in whole.items) == whole.counts.insights == 60


def test_a_cursor_goes_on_where_its_quote_was_when_that_is_gone(db, many):
    ask = Ask(fold=False, spread=False, limit=10)
    first, whole = find(db, Filters(), ask), pages(db, Filters(), ask)
    with db.atomic():
        db.execute("DELETE FROM insights WHERE id = ?", [whole[9]])
    assert [i.quote.id for i in find(db, Filters(), replace(ask, after=first.next)).items] == whole[10:20]


@pytest.mark.parametrize(
    "after", ["x", "~", "2026-01-01", "12~2026-01-01~0123456789abcdef", "2026-01-01~0123456789abcdeg"]
)
def test_a_cursor_of_another_order_is_refused(db, many, after):
    with pytest.raises(BadCursor):
        find(db, Filters(), Ask(after=after))


def test_the_same_words_said_again_come_once_and_are_counted(db):
    old, new = say(db, DEAR, day="2026-01-01", account="A"), say(db, DEARER, day="2026-02-01", account="B")
    say(db, DATA, kind="question", label="security")
    found = find(db, Filters(), Ask())
    item = next(i for i in found.items if i.quote.id == new)
    assert (item.again, [o.id for o in item.others]) == (1, [old])
    assert (found.counts.insights, found.counts.different) == (3, 2)
    assert [i.quote.id for i in find(db, Filters(), Ask(like=old)).items] == [new, old]
    assert len(find(db, Filters(), Ask(fold=False)).items) == 3


def test_mentions_of_a_competitor_are_folded_by_their_sentence_not_by_its_name(db):
    for place, sentence in enumerate(("We use {}.", "We left {} last year.", "We use {}, well.")):
        around = sentence.split("{}")
        say(
            db,
            "Beacon",
            kind="competitor",
            label="incumbent",
            name="Beacon",
            around=around,
            account=f"F{place}",
            embed=False,
        )
    assert sorted(i.again for i in find(db, Filters(), Ask()).items) == [0, 1]


def test_a_list_is_put_in_order_once_for_whoever_leafs_through_it(db, monkeypatch):
    for n in range(9):
        say(db, f"It is too dear in case {n}", account=f"Firm {n}", day=f"2026-02-0{n + 1}", embed=False)
    made, put = [], arranging._list
    monkeypatch.setattr(arranging, "_list", lambda *args, **kw: made.append(args[2]) or put(*args, **kw))

    every = pages(db, Filters(), Ask(limit=2))
    assert len(set(every)) == 9 and made == ["newest"]
    find(db, Filters(), Ask(sort="best"))
    find(db, Filters(account="Firm 1"), Ask())
    assert len(made) == 3
    say(db, "It is too dear once more", account="Firm X", day="2026-02-20", embed=False)
    assert "once more" in shown(find(db, Filters(), Ask(limit=2)))[0] and len(made) == 4


def test_one_account_does_not_fill_the_list_and_the_count_says_so(db):
    for n in range(30):
        say(db, f"Acme speaks of point {n}", account="Acme", day=f"2026-02-{n % 28 + 1:02}", embed=False)
    for n in range(8):
        say(db, f"Firm speaks of point {n}", account=f"Firm {n}", day="2026-02-14", embed=False)
    found = find(db, Filters(), Ask(limit=200))
    acme = [i for i in found.items if i.quote.account == "Acme"]
    assert len(found.items) - len(acme) == 8 and len(acme) <= 2 * arranging.AN_ACCOUNT
    assert found.counts.back == 30 - len(acme) == sum(i.back for i in acme) and found.counts.insights == 38
    assert len(find(db, Filters(account="Acme"), Ask(limit=200)).items) == 30
    assert find(db, Filters(), Ask(spread=False)).counts.back == 0


def test_conversations_without_an_account_are_not_taken_for_one(db):
    for n in range(40):
        say(db, f"Somebody speaks of point {n}", embed=False)
    assert find(db, Filters(), Ask()).counts.back == 0


def test_meaning_finds_what_has_none_of_the_words_the_most_alike_first(db):
    for text in (DEAR, "The price is far above what we can pay", DATA, "Can we start in May?"):
        say(db, text)
    found = find(db, Filters(q="costs too much money"), Ask(by="meaning"))
    assert set(shown(found)[:2]) == {DEAR, "The price is far above what we can pay"} and not found.far
    assert found.near == 2 and found.items[2].likeness < search.LEAST_LIKENESS
    assert [i.likeness for i in found.items] == sorted((i.likeness for i in found.items), reverse=True)
    assert find(db, Filters(q="costs too much money"), Ask()).items == ()


def test_filters_and_facets_hold_for_what_is_found_by_meaning(db):
    say(db, DEAR, stage="Demo", outcome="lost")
    say(db, "The price is far above what we can pay", stage="Closing", outcome="won")
    found = find(db, Filters(q="costs too much money", stage="Demo"), Ask(by="meaning"), facets=["stage", "outcome"])
    assert shown(found) == [DEAR]
    assert found.facets == {"stage": {"Closing": 1, "Demo": 1}, "outcome": {"lost": 1}}


def test_where_nothing_is_near_the_nearest_are_shown_and_said_to_be_far(db):
    for text in (DEAR, DATA):
        say(db, text)
    found = find(db, Filters(q="volcanoes of Iceland"), Ask(by="meaning"))
    assert found.far and len(found.items) == 2


def test_a_word_or_two_come_after_a_sentence_that_says_it(db):
    for text in ("Too expensive", "It is too expensive for a firm like ours"):
        say(db, text)
    found = find(db, Filters(q="too expensive"), Ask(by="meaning"))
    alike = meanings.likeness(db, shelf.of(db, Filters()), "too expensive")
    assert max(alike) - max(i.likeness for i in found.items) > 0.05
    assert find(db, Filters(q="too expensive"), Ask(by="meaning", sort="newest")).near >= 1


def test_quotes_without_a_vector_are_counted_and_none_at_all_is_said(db):
    meanings._kept.clear()  # a vector belongs to its text: another test's database has given it
    say(db, DEAR, embed=False)
    assert "parley mine" in find(db, Filters(q="price"), Ask(by="meaning")).trouble
    say(db, DATA)
    found = find(db, Filters(q="privacy of data"), Ask(by="meaning"))
    assert (found.trouble, found.counts.unknown, shown(found)) == ("", 1, [DATA])


def test_likeness_is_the_product_of_the_stored_vectors_also_where_few_are_kept(db, monkeypatch):
    for text in (DEAR, DATA, "Can we start in May?"):
        say(db, text)
    kept = shelf.of(db, Filters())
    whole = meanings.likeness(db, kept, "what does it cost")
    names = [f"{one:016x}" for one in kept.hashes]
    stored = vectors.by_hash(db, accelerator.encoder().name, names)
    by_hand = [float(stored[names[code]] @ meanings.asked("what does it cost")) for code in kept.texts]
    monkeypatch.setattr(meanings, "MOST_KEPT", 1)
    meanings._kept.clear()
    assert np.allclose(whole, by_hand, atol=1e-5)
    assert np.allclose(meanings.likeness(db, kept, "what does it cost"), by_hand, atol=1e-5)
    meanings._kept.clear()


def test_what_another_connection_writes_is_there_at_once(db, file):
    say(db, DEAR)
    reader = connect(file)
    assert shown(find(reader, Filters(), Ask())) == [DEAR]
    say(db, DATA, day="2026-04-01")
    assert shown(find(reader, Filters(), Ask())) == [DATA, DEAR]
    with db.atomic():
        db.execute("UPDATE insights SET standing = 'rejected' WHERE text = ?", [DEAR])
    assert shown(find(reader, Filters(), Ask())) == [DATA]
    reader.close()


def test_while_somebody_is_writing_readers_see_what_was_committed(db, file):
    say(db, DEAR)
    reader = connect(file)
    with db.atomic():
        db.execute("UPDATE insights SET label = 'budget'")
        assert find(reader, Filters(label="price"), Ask()).counts.insights == 1
    assert find(reader, Filters(label="price"), Ask()).counts.insights == 0
    reader.close()


def test_many_read_while_one_writes(db, file):
    for n in range(5):
        say(db, f"Point {n}", embed=False)

    def read(_):
        with closing(connect(file)) as own:
            found = find(own, Filters(kind="objection"), Ask(limit=200), facets=["kind"])
            return len(found.items), found.counts.insights, found.facets["kind"]["objection"]

    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(read, range(40))
        for n in range(5, 25):
            say(db, f"Point {n}", embed=False)
        seen = list(answers)
    assert all(shown == counted == meetings for shown, counted, meetings in seen)
    assert read(0) == (25, 25, 25)


def test_the_encoder_is_loaded_once_however_many_ask_at_once():
    accelerator._load.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(lambda _: accelerator.encoder(), range(4)))
    assert all(one is loaded[0] for one in loaded)


def test_looking_back_is_not_what_others_see(db, file):
    say(db, DEAR)
    past = connect(file)
    look_back(past, "2020-01-01")
    assert find(past, Filters(published="2020-01-01"), Ask()).items == ()
    assert shown(find(db, Filters(), Ask())) == [DEAR]
    past.close()


def test_the_words_that_were_found_are_told_as_they_were_said(db):
    say(db, "It spends our budget", around=("Well. ", " That is all."), embed=False)
    (item,) = find(db, Filters(q="spending"), Ask()).items
    assert (item.found, item.nearby) == (("spends",), "")
    (item,) = find(db, Filters(q="well"), Ask()).items
    assert (item.found, item.nearby) == (("Well",), "Well.")


@pytest.mark.parametrize(
    "typed", ['"', "a\x00b", "NEAR(a b)", "a* OR -b", "🙂", "שלום", "x" * 10_000, "word " * 2_000, "'; --", "{}^"]
)
@pytest.mark.parametrize("by", ["words", "meaning"])
def test_whatever_is_typed_is_looked_for_and_nothing_breaks(db, typed, by):
    say(db, DEAR)
    find(db, Filters(q=typed), Ask(by=by))


def test_an_empty_database_has_no_quotes_by_any_way(db):
    for ask in (Ask(), Ask(by="meaning"), Ask(sort="best"), Ask(like="0123456789abcdef")):
        found = find(db, Filters(q="price"), ask, facets=["kind", "account"])
        assert (found.items, found.next, found.counts.insights, found.facets) == (
            (),
            "",
            0,
            {"kind": {}, "account": {}},
        )


def test_more_databases_than_are_kept_can_be_read(tmp_path, bare_file):
    for _ in range(2):
        for n in range(remembered.MOST_DATABASES + 2):
            if not (tmp_path / f"{n}.db").exists():
                shutil.copy(bare_file, tmp_path / f"{n}.db")
            one = connect(tmp_path / f"{n}.db")
            if not n:
                say(one, DEAR, embed=False)
            assert shown(find(one, Filters(), Ask())) == ([DEAR] if not n else [])
            one.close()


def test_values_with_commas_can_be_named_beside_others():
    assert {"Acme, Inc.", "Beta"} <= set(options("Acme, Inc.,Beta"))
    assert {"Acme, Inc.", "Beta"} <= set(options("Beta,Acme, Inc."))
    assert options("a,b,c,d,e,f,g,h,i,j,k,l,m")[1:] == list("abcdefghijklm")


SAID = ("The price is too dear for us", "It is dear, the cost I mean", "We have a budget for the price")


@pytest.mark.parametrize(
    ("typed", "match", "found"),
    [
        ("price dear", "", {0}),
        ("price dear", "any", {0, 1, 2}),
        ("budget cost", "any", {1, 2}),
        ("too dear", "phrase", {0}),
        ("dear too", "phrase", set()),
        ('"too dear" price', "", {0}),
        ("“too dear” budget", "any", {0, 2}),
        ("price -budget", "", {0}),
        ("price −dear", "", {2}),
        ('-"too dear"', "", {1, 2}),
        ('budget "', "any", {2}),
    ],
)
def test_all_any_or_a_phrase_of_words_is_found_and_what_is_not_wanted_left_out(db, typed, match, found):
    ids = [say(db, text, embed=False) for text in SAID]

    items = find(db, Filters(q=typed, match=match), Ask()).items

    assert {item.quote.id for item in items} == {ids[n] for n in found}
    assert all(item.found or typed.startswith("-") for item in items)


def test_what_holds_the_words_comes_before_what_they_were_said_beside(db):
    beside = say(db, "We need it in May", around=("The price is fine. ", " Really."), day="2026-05-01", embed=False)
    holds = say(db, "What are your prices", day="2026-01-01", embed=False)

    found = find(db, Filters(q="price"), Ask())

    assert [(item.quote.id, item.aside) for item in found.items] == [(holds, False), (beside, True)]
    assert (found.counts.insights, found.counts.aside) == (2, 1)


@pytest.mark.parametrize(
    ("typed", "match", "text", "around", "aside"),
    [
        ("price dear", "", "It is dear", ("The price? ", ""), True),
        ("price dear", "any", "It is dear", ("The price? ", ""), False),
        ("too dear", "phrase", "dear for us", ("It is too ", ""), True),
        ("too dear", "phrase", "It is too dear", ("", " for us"), False),
        ('"so dear" price', "", "The price is so dear", ("Well. ", ""), False),
        ("price -cheap", "", "It is dear", ("The price? ", ""), True),
        ("-cheap", "", "It is dear", ("The price? ", ""), False),
        ("naïve", "", "A naive price", ("", ""), False),
    ],
)
def test_whether_a_quote_holds_the_words_is_told_as_the_words_are_found(db, typed, match, text, around, aside):
    say(db, text, around=around, embed=False)
    (item,) = find(db, Filters(q=typed, match=match), Ask()).items
    assert item.aside == aside


def test_a_competitors_mention_holds_the_words_of_its_sentence(db):
    say(
        db, "Beacon", kind="competitor", label="incumbent", name="Beacon", around=("It is dear. We use ", " today."), embed=False
    )  # fmt: skip
    assert [find(db, Filters(q=q), Ask()).items[0].aside for q in ("use today", "dear")] == [False, True]


def test_borders_that_a_person_set_decide_which_words_a_quote_holds(db):
    quote = say(db, "We need it in May", around=("The price is fine, and ", ""), embed=False)
    (before,) = find(db, Filters(q="price"), Ask()).items
    borders.put_whole(db, quote, base=0, now="2026-03-20", actor="Ann")
    (after,) = find(db, Filters(q="price"), Ask()).items
    assert (before.aside, after.aside) == (True, False)


@pytest.fixture
def spoken(db, written):
    written(db, _spoken)


def _spoken(db):
    """Thirty quotes that hold "dear" and thirty beside which it was said, half of all of one account, on mixed days."""
    for n in range(60):
        around = ("It is dear. ", " Well.") if n % 2 else ("Now. ", "")
        text = f"Number {n} comes late" if n % 2 else f"Number {n} is dear"
        say(
            db, text, around=around, day=f"2026-01-{n * 7 % 28 + 1:02}", account="Acme" if n % 4 < 2 else f"Firm {n}",
            stage=("Demo", "Closing")[n % 3 == 0], embed=False,
        )  # fmt: skip


@pytest.mark.parametrize("sort", ["newest", "best", "typical"])
@pytest.mark.parametrize("spread", [True, False])
def test_in_every_order_what_holds_the_words_comes_first_without_gap_or_double(db, spoken, sort, spread):
    ask = Ask(sort=sort, spread=spread, limit=7)
    whole = find(db, Filters(q="dear"), replace(ask, limit=200))
    aside = [item.aside for item in whole.items]
    assert aside == sorted(aside) and {*aside} == {False, True}
    assert pages(db, Filters(q="dear"), ask) == [item.quote.id for item in whole.items]
    assert len(whole.items) + whole.counts.back == whole.counts.insights == 60 and whole.counts.aside == 30
    if sort == "newest":
        for part in (False, True):
            days = [item.quote.day for item in whole.items if item.aside == part]
            assert days == sorted(days, reverse=True)


def test_what_the_words_were_said_beside_can_be_left_out_and_counts_and_facets_agree(db, spoken):
    ask = Ask(aside=False, fold=False, spread=False, limit=200)
    found = find(db, Filters(q="dear"), ask, facets=["stage"])
    assert len(found.items) == found.counts.insights == 30 and not any(item.aside for item in found.items)
    assert found.counts.aside == 30 and found.counts.conversations == sum(found.facets["stage"].values()) == 30
    for stage, meetings in found.facets["stage"].items():
        assert find(db, Filters(q="dear", stage=stage), ask).counts.conversations == meetings


def test_a_cursor_of_a_list_without_words_is_refused_in_one_with_words(db, spoken):
    without = find(db, Filters(), Ask(limit=5)).next
    with pytest.raises(BadCursor):
        find(db, Filters(q="dear"), Ask(after=without))


def test_which_quotes_hold_the_words_is_looked_for_once_whatever_a_list_is_narrowed_by(db, spoken, monkeypatch):
    asked = []
    looked = search.shelf.shelf.holding
    monkeypatch.setattr(search.shelf.shelf, "holding", lambda *args: asked.append(args) or looked(*args))
    for filters in (Filters(q="dear"), Filters(q="dear", stage="Demo"), Filters(q="dear", account="Acme")):
        find(db, filters, Ask())
    assert len(asked) == 1
    say(db, "It is dear too", embed=False)
    assert find(db, Filters(q="dear"), Ask()).counts.insights == 61 and len(asked) == 2


def test_words_and_facets_that_were_asked_for_are_as_new_as_what_was_written(db, file):
    say(db, DEAR, account="Acme", around=("Frankly: ", ". So there."))
    reader = connect(file)

    def look(words=""):
        return find(reader, Filters(q=words), Ask(), facets=["kind", "label"])

    assert [shown(look("frankly")) for _ in range(2)] == [[DEAR]] * 2
    assert [look().facets for _ in range(2)] == [{"kind": {"objection": 1}, "label": {"price": 1}}] * 2
    with db.atomic():  # the words alone, of which the list itself knows nothing
        db.execute("UPDATE utterances SET text = replace(text, 'Frankly', 'Between')")
    assert (shown(look("frankly")), shown(look("between"))) == ([], [DEAR])
    with db.atomic():
        db.execute("UPDATE insights SET label = 'budget'")
    assert look().facets == {"kind": {"objection": 1}, "label": {"budget": 1}}
    reader.close()


def test_best_to_quote_begins_with_whole_sentences_each_once(db):
    """What else was found in a sentence comes after every first one; a competitor's mention is as whole as its sentence."""
    both = "We run Beacon and it is too expensive for us here."
    first = say(db, both, day="2026-03-09")
    with db.atomic():
        (row,) = db.query("SELECT utterance_id AS u, conversation_id AS c FROM shown_insights WHERE id = ?", [first])
        found = [
            Insight("objection", 0, len(both), both, "price", 0.9),
            Insight("competitor", 7, 13, "Beacon", "uses", 0.7, "Beacon"),
        ]
        insights.replace(db, row["c"], [(row["u"], both, one) for one in found])
    say(
        db,
        "Beacon",
        day="2026-03-08",
        kind="competitor",
        label="uses",
        name="Beacon",
        around=("for the counting ", " is there"),
    )
    say(db, "Nobody here will learn another tool", day="2026-03-01", around=("", "."))
    say(db, "the invoice comes too late for us", day="2026-03-02", around=("Now ", "."))

    found = find(db, Filters(), Ask(sort="best"))

    said = [(item.quote.kind, item.quote.text) for item in found.items]
    assert said[:2] == [("objection", both), ("objection", "Nobody here will learn another tool")]
    assert said[-1] == ("competitor", "Beacon") and found.items[-1].quote.id != found.items[2].quote.id
    assert find(db, Filters(kind="competitor"), Ask(sort="best")).items[0].quote.id == found.items[-1].quote.id


def test_a_word_alone_finds_what_holds_it_or_bears_its_label_before_what_is_alike(db):
    say(db, "Does it talk to the till we have", label="integration", kind="question")
    say(db, "The integrations are what we came for", label="other")
    say(db, "Integrity and integrated pest control", label="other", voice="reported", embed=False)
    say(db, "It is too dear for us", label="price")

    found = find(db, Filters(q="integration"), Ask(by="meaning"))

    first = {item.quote.text for item in found.items if item.named}
    assert first == {
        "Does it talk to the till we have",
        "The integrations are what we came for",
        "Integrity and integrated pest control",
    }
    assert [item.named for item in found.items] == [True, True, True, False] and (found.named, found.far) == (3, False)
    assert found.items[2].likeness is None  # it has no vector yet, and holds the word
    assert pages(db, Filters(q="integration"), Ask(by="meaning", limit=1)) == [item.quote.id for item in found.items]
    assert not any(i.named for i in find(db, Filters(q="does the integration work"), Ask(by="meaning")).items)
    assert not any(i.named for i in find(db, Filters(q="-"), Ask(by="meaning")).items)


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (["Prices"], {"price"}), (["status", "quo"], {"status_quo"}), (["legal"], {"security_legal"}), (["data"], set()),
        (["process"], {"process"}), (["Decision", "maker"], {"authority"}), (["missing", "features"], {"product_gap"}),
        (["onboarding"], {"implementation"}), (["set", "up"], {"implementation"}), (["case", "studies"], set()),
        (["case", "study"], {"proof"}), (["costs"], {"price", "pricing"}), (["training", "api"], set()),
    ],
)  # fmt: skip
def test_a_label_is_called_by_words_of_its_name_and_what_else_people_call_it(words, labels):
    assert set(called(words)) == labels


def test_a_word_that_nobody_said_finds_the_label_that_goes_by_it(db):
    say(db, "Nobody here has an hour to learn another tool", label="implementation")
    say(db, "The board decides", label="authority")

    found = find(db, Filters(q="onboarding"), Ask(by="meaning"))

    assert [item.quote.text for item in found.items if item.named] == ["Nobody here has an hour to learn another tool"]
    assert found.items[0].named


@pytest.mark.parametrize("values", [[], [0.1], [0.3, 0.1, 0.3, 0.2, 0.3], [0.5] * 9, [n % 7 / 7 for n in range(40)]])
@pytest.mark.parametrize("most", [1, 3, 5])
def test_the_nearest_are_those_that_an_order_of_all_would_begin_with(values, most):
    ordered = sorted(range(len(values)), key=lambda at: -values[at])[:most]
    assert sorted(search._largest(np.array(values, np.float32), most).tolist()) == sorted(ordered)


def test_a_list_by_likeness_goes_on_among_what_is_less_like_than_nothing(db):
    for day in range(1, 6):
        say(db, DEAR, day=f"2026-03-0{day}", embed=False)
    kept = shelf.of(db, Filters())
    likeness, every = np.linspace(0.2, -0.5, len(kept)), np.ones(len(kept), bool)
    found = arranging.arranged(kept, every, "likeness", likeness, None, fold=False, spread=False)
    place, key = found.matching[-2], found.keys[-2]
    assert key < 0
    after = arranging.cursor(kept, place, key, keyed=True)
    assert arranging.start_of(kept, found, after, keyed=True) == len(kept) - 1

"""A person's word on names: what follows at once, what is never found again, and that all of it can be undone."""

import pytest

from insights.records import Company, Competitor, Conversation, Insight, Participant, Utterance, stable_id
from pipelines.catalogue import names
from pipelines.catalogue.names import NoName, NothingToUndo, NotListed, OtherEntry
from pipelines.discover import by_name
from pipelines.store import batches, brought, company, conversations, insights, theme_events, themes
from pipelines.store import names as stored
from pipelines.themes import ledger
from pipelines.uploads import settle

NOW = "2025-12-31T12:00:00+00:00"
SAID = {
    "Arlo Foods": "We are on Zendora today.",
    "Bexley Trading": "We are on zendora today.",
    "Corvo Ltd": "We are on Zen Dora today.",
    "Dell Farm": "We are on Kestrel today.",
}


def say(db, account: str, text: str, name: str = "", *, address: str = "") -> None:
    """Store a call whose only words are `text`, with a mention of what stands after "on"; somebody of an address takes part."""
    start, end = text.index("on ") + 3, text.index(" today")
    call = Conversation(
        id=stable_id("call", account), kind="call", title=account, occurred_at="2025-03-05", account=account,
        contact="Dana Ortiz", participants=(Participant("", address, "seller"),) * bool(address),
        utterances=(Utterance("Dana", "buyer", "verbatim", text),),
    )  # fmt: skip
    brought.note(db, batches.start(db, title=account, now=NOW), "conversation", {call.id: settle.said(call)}, attempt=1)
    settle.write(db, [call], settle.knowledge(db))
    (utterance,) = conversations.utterances(db, call.id)
    found = Insight("competitor", start, end, text[start:end], "incumbent", 0.9, name or text[start:end])
    insights.replace(db, call.id, [(utterance.id, text, found)])


@pytest.fixture
def calls(db):
    for account, text in SAID.items():
        say(db, account, text)
    return db


def written(db) -> list[str]:
    return sorted(row["name"] for row in db.query("SELECT name FROM insights"))


def test_a_name_is_proposed_once_with_all_its_spellings_and_accounts(calls):
    (zendora, quotes), (kestrel, _) = names.proposed(calls)[0]
    assert (zendora.accounts, zendora.conversations, kestrel.name) == (3, 3, "Kestrel")
    assert {one for one, _ in zendora.spellings} == {"Zendora", "zendora", "Zen Dora"}
    assert len({quote.account for quote in quotes}) == 3


def test_what_one_account_alone_says_and_a_mail_domain_is_called_is_not_proposed(calls):
    assert "Kestrel" in {one.name for one, _ in names.proposed(calls)[0]}
    say(calls, "Egan Foods", "We are on Zendora today.", address="lee@mail.kestrel.co.uk")
    calls.conn.commit()
    assert {one.name for one, _ in names.proposed(calls)[0]} == {"Zendora"}


def test_an_accepted_name_is_carried_by_every_spelling_at_once(calls):
    names.accept(calls, "Zendora", now=NOW, actor="test")
    assert written(calls) == ["Kestrel", "Zendora", "Zendora", "Zendora"]
    assert company.load(calls).competitors == (Competitor("Zendora", ("Zen Dora",)),)


def test_a_garbled_name_becomes_a_spelling_of_the_one_that_was_meant(calls):
    names.edit(calls, "Kestrel", [], now=NOW, actor="test")
    names.accept(calls, "zendora", competitor="kestrel", now=NOW, actor="test")
    assert written(calls) == ["Kestrel"] * 4


def test_a_refused_name_goes_at_once_and_is_not_proposed_again(calls):
    names.reject(calls, "Zendora", now=NOW, actor="test")
    assert written(calls) == ["Kestrel"]
    say(calls, "Eden Ltd", "We are on zen dora today.")
    assert [one.name for one, _ in names.proposed(calls)[0]] == ["Kestrel"]


@pytest.mark.parametrize(("why", "field"), [("own", "products"), ("integration", "integrations")])
def test_an_own_product_or_integration_is_told_to_the_finder_until_undone(calls, why, field):
    number = names.reject(calls, "Kestrel", why=why, now=NOW, actor="test")
    assert getattr(company.load(calls), field) == ("Kestrel",)
    names.restore(calls, number, now=NOW)
    assert getattr(company.load(calls), field) == ()


def test_undoing_keeps_a_product_that_was_known_before(calls):
    company.add(calls, Company(products=("Kestrel",)))
    names.restore(calls, names.reject(calls, "Kestrel", why="own", now=NOW, actor="test"), now=NOW)
    assert company.load(calls).products == ("Kestrel",)


@pytest.mark.parametrize(
    "word",
    [
        lambda db: names.accept(db, "Zendora", now=NOW, actor="test"),
        lambda db: names.edit(db, "Kestrel", ["Zendora"], now=NOW, actor="test"),
    ],
)
def test_an_undone_decision_leaves_no_trace_in_catalogue_and_mentions(calls, word):
    before = written(calls)
    names.restore(calls, word(calls), now=NOW)
    assert (written(calls), company.load(calls).competitors) == (before, ())


def filed(db) -> tuple[list[str], list[tuple[str, int | None]]]:
    """The themes of competitors, and which mention is in which."""
    placed = "SELECT name, leaf_id FROM insights i LEFT JOIN theme_members m ON m.insight_id = i.id ORDER BY i.id"
    return [theme.name for theme in themes.active(db)], [(row["name"], row["leaf_id"]) for row in db.query(placed)]


def test_the_theme_of_an_entry_goes_with_it_and_comes_back_by_the_same_number(calls):
    by_name(calls, NOW)
    without = filed(calls)
    number = names.edit(calls, "Kestrel", ["Zen Dora"], now=NOW, actor="test")
    kept = filed(calls)
    assert without[0] == ["Zendora"]
    assert kept[0] == ["Zendora", "Kestrel"]
    for _ in range(2):
        names.restore(calls, number, now=NOW)
        assert filed(calls) == without
        number = names.again(calls, number, now=NOW, actor="test")
        assert filed(calls) == kept
    removed = names.remove(calls, "Kestrel", now=NOW, actor="test")
    assert filed(calls) == without
    names.restore(calls, removed, now=NOW)
    assert filed(calls) == kept


def test_a_theme_that_stood_before_a_decision_stands_after_its_undoing(calls):
    by_name(calls, NOW)
    before = filed(calls)
    names.restore(calls, names.accept(calls, "Zendora", now=NOW, actor="test"), now=NOW)
    assert filed(calls) == before


def test_a_theme_that_a_person_unmade_does_not_come_back_with_its_name(calls):
    names.edit(calls, "Kestrel", [], now=NOW, actor="test")
    (made,) = (
        one for one in theme_events.recent(calls) if one.event.type == "create" and "Kestrel" in str(one.event.edits)
    )
    ledger.undo(calls, made.id, now=NOW, actor="Kim")
    names.edit(calls, "Kestrel", ["Falcon"], now=NOW, actor="test")
    assert "Kestrel" not in filed(calls)[0]


def zendora_becomes(db, account: str) -> None:
    db.execute("UPDATE conversations SET account = ? WHERE title = 'Dell Farm'", [account])
    db.conn.commit()
    by_name(db, NOW)


def test_a_theme_goes_when_an_account_is_called_so_and_comes_back_when_none_is(calls):
    by_name(calls, NOW)
    stood = filed(calls)
    zendora_becomes(calls, "Zendora")
    assert filed(calls)[0] == []
    assert {at for _, at in filed(calls)[1]} == {None}
    assert theme_events.recent(calls)[0].reason == "An account or a person is called so."
    zendora_becomes(calls, "Dell Farm")
    assert filed(calls) == stood


def test_a_theme_that_a_person_brought_back_stays_whoever_is_called_so(calls):
    by_name(calls, NOW)
    stood = filed(calls)
    zendora_becomes(calls, "Zendora")
    ledger.undo(calls, theme_events.recent(calls)[0].id, now=NOW, actor="Kim")
    by_name(calls, NOW)
    assert filed(calls) == stood


@pytest.mark.parametrize(("change", "left"), [
    (lambda db, theme: ledger.rename(db, theme, "The old tool", now=NOW, actor="Kim"), "The old tool"),
    (lambda db, theme: ledger.pin(db, theme, now=NOW, actor="Kim"), "Zendora"),
    (lambda db, theme: names.accept(db, "Zendora", now=NOW, actor="Kim"), "Zendora"),
])  # fmt: skip
def test_a_theme_that_people_changed_or_that_the_catalogue_lists_stays_whoever_is_called_so(calls, change, left):
    by_name(calls, NOW)
    change(calls, themes.active(calls)[0].id)
    before = filed(calls)[1]
    zendora_becomes(calls, "Zendora")
    assert filed(calls) == ([left], before)


def test_undoing_one_decision_keeps_what_was_decided_later(calls):
    first = names.edit(calls, "Kestrel", ["Falcon"], now=NOW, actor="test")
    names.accept(calls, "Zendora", competitor="Kestrel", now=NOW, actor="test")
    names.restore(calls, first, now=NOW)
    assert company.load(calls).competitors == (Competitor("Kestrel", ("Zendora", "Zen Dora")),)


def test_a_removed_entry_comes_back_with_its_spellings_and_mentions(calls):
    names.accept(calls, "Zendora", now=NOW, actor="test")
    number = names.remove(calls, "zendora", now=NOW, actor="test")
    assert written(calls) == ["Kestrel", "Zen Dora", "Zendora", "zendora"]
    names.restore(calls, number, now=NOW)
    assert written(calls) == ["Kestrel", "Zendora", "Zendora", "Zendora"]


def test_a_name_that_the_catalogue_lists_after_all_is_not_refused(calls):
    names.reject(calls, "Kestrel", now=NOW, actor="test")
    names.edit(calls, "Kestrel", [], now=NOW, actor="test")
    assert stored.refused(calls) == frozenset()


@pytest.mark.parametrize(
    ("word", "error"),
    [
        (lambda db: names.accept(db, "Zendora", competitor="Nobody", now=NOW, actor="test"), NotListed),
        (lambda db: names.remove(db, "Nobody", now=NOW, actor="test"), NotListed),
        (lambda db: names.accept(db, " ?! ", now=NOW, actor="test"), NoName),
        (lambda db: names.restore(db, 77, now=NOW), NothingToUndo),
    ],
)
def test_a_word_that_cannot_be_carried_out_changes_nothing(calls, word, error):
    with pytest.raises(error):
        word(calls)
    assert (company.load(calls).competitors, stored.decisions(calls)) == ((), [])


def test_a_spelling_belongs_to_one_competitor(calls):
    names.edit(calls, "Kestrel", ["Falcon"], now=NOW, actor="test")
    with pytest.raises(OtherEntry):
        names.edit(calls, "Zendora", ["falcon"], now=NOW, actor="test")


def test_a_decision_is_undone_once(calls):
    number = names.reject(calls, "Kestrel", now=NOW, actor="test")
    names.restore(calls, number, now=NOW)
    with pytest.raises(NothingToUndo):
        names.restore(calls, number, now=NOW)


def proposed(db) -> list[str]:
    return [one.key for one, _ in names.proposed(db)[0]]


def test_what_one_account_says_that_means_an_account_or_a_person_is_not_proposed(calls):
    say(calls, "Fennick Foods", "We are on Corvolin today.")
    say(calls, "Corvolin Beverages", "We are on Dana today.")
    assert proposed(calls) == ["zendora", "kestrel"]

    say(calls, "Gransted Tiles", "We are on Corvolin today.")
    assert "corvolin" in proposed(calls)  # a rival's namesake among the accounts is for a person to tell


def test_everyday_words_and_what_hardly_sounded_like_a_name_wait_for_another_account(calls):
    say(calls, "Fennick Foods", "We are on break room today.")
    say(calls, "Gransted Tiles", "We are on Vexalo today.")
    calls.execute("UPDATE insights SET confidence = 0.4 WHERE name = 'Vexalo'")
    assert proposed(calls) == ["zendora", "kestrel"]

    say(calls, "Hadlow Timber", "We are on break room today.")
    say(calls, "Inkberrow Mills", "We are on Vexalo today.")
    assert {"breakroom", "vexalo"} <= set(proposed(calls))


@pytest.mark.parametrize(
    ("written", "together", "meant"),
    [("Stockara", False, "Stockarra"), ("Stockara", True, ""), ("Stockally", False, "")],
    ids=["hardly differs", "both in one breath", "shares its beginning"],
)
def test_a_name_is_only_taken_for_a_listed_one_where_it_hardly_differs_and_nobody_says_both(
    db, written, together, meant
):
    company.add(db, Company(competitors=(Competitor("Stockarra"),)))
    say(db, "Arlo Foods", f"We are on {written} today.")
    if together:
        say(db, "Bexley Trading", f"We are on {written} today, and they are on Stockarra too.", written)
    (one, _), *_ = names.proposed(db)[0]
    assert (one.name, one.likely, one.meant) == (written, ("Stockarra",), meant)

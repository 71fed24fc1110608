"""The lists of what waits for mining say the same as looking through everything would."""

import pytest

from insights.records import Conversation, Insight, Utterance, stable_id
from pipelines.store import batches, conversations, insights, reviews, themes, worklist
from pipelines.themes.ledger import NewTheme, create
from pipelines.uploads import settle

LOOKED_FOR = "SELECT id FROM insights EXCEPT SELECT insight_id FROM theme_members ORDER BY id"
TEXTS = ("The price is too high.", "It is too expensive.", "It costs too much.")


@pytest.fixture
def said(db) -> list[str]:
    """Three objections in no theme; their ids."""
    batches.start(db, title="test", now="2025-01-01")
    with db.atomic():
        for text in TEXTS:
            turn = Utterance("D", "buyer", "verbatim", text)
            item = Conversation(stable_id("t", text), "call", "", "2025-01-01", (turn,), account=text)
            settle.write(db, [item], settle.knowledge(db))
            utterance = conversations.utterances(db, item.id)[0].id
            insights.replace(
                db, item.id, [(utterance, text, Insight("objection", 0, len(text), text, "price", 0.9, ""))]
            )
    return unplaced(db)


def unplaced(db) -> list[str]:
    return [row["insight_id"] for row in db.query("SELECT insight_id FROM unplaced ORDER BY insight_id")]


def looked_for(db) -> list[str]:
    return [row["id"] for row in db.query(LOOKED_FOR)]


def placed(db, *ids: str) -> int:
    with db.atomic():
        return create(
            db, "objection", NewTheme("Price", "price", members=dict.fromkeys(ids, 0.9)), now="2025-01-02"
        ).theme


def test_what_is_found_waits_until_it_is_in_a_theme(db, said):
    placed(db, said[0])

    assert unplaced(db) == said[1:] == looked_for(db)
    assert themes.waiting(db, "objection") == 2


@pytest.mark.parametrize(
    "written",
    [
        "DELETE FROM theme_members",
        "DELETE FROM insights WHERE text LIKE 'The price%'",
        "UPDATE theme_members SET insight_id = (SELECT min(insight_id) FROM unplaced)",
        "INSERT OR REPLACE INTO insights SELECT * FROM insights",
        "UPDATE insights SET id = 'renamed' WHERE id = (SELECT min(insight_id) FROM unplaced)",
    ],
)
def test_whoever_writes_the_list_follows(db, said, written):
    placed(db, said[0])

    with db.atomic():
        db.execute(written)

    assert unplaced(db) == looked_for(db)


def test_sizes_leave_out_what_is_not_shown(db, said):
    theme = placed(db, *said[:2])
    with db.atomic():
        db.execute("UPDATE insights SET standing = 'rejected' WHERE id = ?", [said[0]])

    assert themes.sizes(db, "objection") == {theme: 1}
    assert themes.total(db, "objection") == 2


def test_a_theme_is_silent_from_the_day_after_it_was_last_heard(db, said):
    theme = placed(db, said[0])

    assert themes.last_heard(db, [theme], before="2025-01-01") == {}
    assert themes.last_heard(db, [theme], before="2025-01-02") == {theme: "2025-01-01"}


def test_conversations_are_read_again_by_another_finder_or_when_they_changed(db, said):
    ids = conversations.ids(db)
    with db.atomic():
        for one, finder in zip(ids, ("finder 2", "finder 1", "finder 3"), strict=True):
            content = worklist.contents(db, [one])[one]
            worklist.mark_analysed(db, one, content, finder)

    assert worklist.waiting(db, "finder 2") == sorted(ids[1:])
    with db.atomic():
        db.execute("UPDATE conversations SET content_hash = 'another content!' WHERE id = ?", [ids[0]])
    assert worklist.waiting(db, "finder 2") == sorted(ids)
    assert worklist.count_waiting(db, "finder 2") == 3


def test_what_is_settled_by_another_version_waits(db, said):
    with db.atomic():
        for one, version in zip(said, ("1.0", "0.9", "2.0"), strict=True):
            db.execute("UPDATE insights SET settled = ? WHERE id = ?", [version, one])

    assert reviews.unsettled(db, "1.0") == said[1:]

"""Themes over a stored history: permanent, independent of order, and moved by nobody."""

from insights import embedding
from insights import themes as rules
from insights.ledger_rules import Edit
from insights.records import Company, Competitor, Conversation, Insight, Utterance, stable_id, text_hash
from pipelines.discover import discover
from pipelines.ingest import ingest
from pipelines.store import (
    batches,
    comments,
    company,
    connect,
    conversations,
    insights,
    prepare,
    theme_events,
    theme_lists,
    themes,
    vectors,
)
from pipelines.themes import ledger, neighbours
from pipelines.themes.ledger import NewTheme
from pipelines.uploads import settle
from pipelines.uploads.undo import undo

PRICE = [
    "That is more than we wanted to pay.", "The price is too high for us.", "It is too expensive.",
    "We cannot justify the cost.", "The quote is well above our expectation.", "That price tag is too steep.",
    "It costs too much for a small team.", "We find it rather expensive.", "Your price is higher than we thought.",
    "That is a lot of money for us.",
]  # fmt: skip
SECURITY = [
    "Our security team must review this first.", "We need to see a SOC 2 report.", "Security has to approve the vendor.",
    "Without a security review we cannot go on.", "Our auditors want your SOC 2 report.", "The security questionnaire is not answered.",
    "Information security has not signed off.", "We would need a penetration test report.", "Security will not allow it without SOC 2.",
    "The vendor security assessment is still open.",
]  # fmt: skip


BOXES = [
    "There are boxes everywhere.", "Boxes stood behind the other boxes.", "I fell over a box this morning.",
    "All these boxes came without a label.", "Somebody moved the boxes again.", "The boxes do not fit on the shelf.",
    "My boxes got wet.", "No more boxes, please.", "The box was empty.", "These boxes are not ours.",
]  # fmt: skip


def hear(db, encoder, texts, *, kind="objection", label="price", account=None, name="", sure=0.9):
    """Store each text as a conversation of its own with one insight that is the whole text."""
    if batches.get(db, 1) is None:
        batches.start(db, title="test", now="2025-01-01")
    for text in texts:
        item = Conversation(
            stable_id("t", text),
            "call",
            "",
            "2025-01-01",
            (Utterance("D", "buyer", "verbatim", text),),
            account=account or text,
        )
        with db.atomic():
            settle.write(db, [item], settle.knowledge(db))
            utterance = conversations.utterances(db, item.id)[0].id
            span = Insight(kind, 0, len(text), text, label, sure, name)
            insights.replace(db, item.id, [(utterance, text, span)])
            vectors.save(db, encoder.name, [text_hash(text)], embedding.embed(encoder, [text]))


def grouped(db) -> set[frozenset[str]]:
    rows = db.query("SELECT m.theme_id, i.text FROM theme_members m JOIN insights i ON i.id = m.insight_id")
    groups: dict[int, set[str]] = {}
    for row in rows:
        groups.setdefault(row["theme_id"], set()).add(row["text"])
    return {frozenset(group) for group in groups.values()}


def test_what_is_said_alike_becomes_a_theme(db, encoder, now):
    hear(db, encoder, PRICE + SECURITY)

    found = discover(db, encoder=encoder.name, now=now)

    assert found.created >= 2
    assert all(not (group & set(PRICE) and group & set(SECURITY)) for group in grouped(db))


def test_what_the_finder_doubts_founds_no_theme_and_joins_one_that_it_is_like(db, encoder, now):
    hear(db, encoder, PRICE)
    hear(db, encoder, [*BOXES, "The price is a bit too high."], sure=0.45)

    discover(db, encoder=encoder.name, now=now)

    assert not any(group & set(BOXES) for group in grouped(db))
    assert any("The price is a bit too high." in group for group in grouped(db))


def test_what_the_finder_is_sure_of_founds_a_theme_whatever_it_is(db, encoder, now):
    hear(db, encoder, PRICE + BOXES)

    discover(db, encoder=encoder.name, now=now)

    assert any(group <= set(BOXES) for group in grouped(db))


def test_the_order_in_which_it_was_heard_does_not_matter(tmp_path, encoder, now):
    found = []
    for order in (PRICE + SECURITY, (SECURITY + PRICE)[::-1]):
        file = tmp_path / f"{order[0][:4]}.db"
        prepare(file)
        db = connect(file)
        hear(db, encoder, order)
        discover(db, encoder=encoder.name, now=now)
        named = {theme.id: theme.name for theme in themes.active(db)}
        found.append((grouped(db), named))
        db.close()

    assert found[0] == found[1]


def test_running_it_again_changes_nothing(db, encoder, now):
    hear(db, encoder, PRICE + SECURITY)
    discover(db, encoder=encoder.name, now=now)
    before = list(db.query("SELECT * FROM theme_members")), list(db.query("SELECT * FROM theme_events"))

    again = discover(db, encoder=encoder.name, now=now)

    assert again.created == 0
    assert (list(db.query("SELECT * FROM theme_members")), list(db.query("SELECT * FROM theme_events"))) == before


def test_old_insights_keep_their_theme_when_new_ones_come(db, encoder, now):
    hear(db, encoder, PRICE)
    discover(db, encoder=encoder.name, now=now)
    before = {row["insight_id"]: row["theme_id"] for row in db.query("SELECT * FROM theme_members")}
    hear(db, encoder, [*SECURITY, "It is way too expensive for us."])

    discover(db, encoder=encoder.name, now=now)

    after = {row["insight_id"]: row["theme_id"] for row in db.query("SELECT * FROM theme_members")}
    assert before
    assert before.items() <= after.items()


def test_a_new_insight_joins_the_theme_it_belongs_to(db, encoder, now):
    hear(db, encoder, PRICE)
    discover(db, encoder=encoder.name, now=now)
    hear(db, encoder, ["The price is too high for us, honestly."])

    found = discover(db, encoder=encoder.name, now=now)

    assert found.created == 0
    assert any("The price is too high for us, honestly." in group and len(group) > 1 for group in grouped(db))


def test_what_is_near_to_no_theme_is_left_waiting_without_a_look_at_members(db, encoder, now, monkeypatch):
    hear(db, encoder, PRICE)
    discover(db, encoder=encoder.name, now=now)
    looked = []
    real = vectors.of_members
    monkeypatch.setattr(vectors, "of_members", lambda *a, **k: looked.append(1) or real(*a, **k))
    hear(db, encoder, BOXES[:3])
    discover(db, encoder=encoder.name, now=now)
    assert not looked
    hear(db, encoder, ["It is rather expensive for us."])
    discover(db, encoder=encoder.name, now=now)
    assert looked
    assert any("It is rather expensive for us." in group for group in grouped(db))


def test_too_few_insights_wait(db, encoder, now):
    hear(db, encoder, PRICE[:3])

    found = discover(db, encoder=encoder.name, now=now)

    assert (found.created, found.waiting) == (0, 3)


def test_a_renamed_theme_keeps_its_id_and_its_old_name_in_its_history(db, encoder, now):
    hear(db, encoder, PRICE)
    discover(db, encoder=encoder.name, now=now)
    theme = themes.active(db)[0]

    ledger.rename(db, theme.id, "Too dear", now=now(), actor="test")

    assert themes.get(db, theme.id).name == "Too dear"
    created, renamed = theme_events.of_theme(db, theme.id)
    assert (created.event.type, renamed.event.type) == ("create", "rename")
    assert renamed.event.edits == (Edit(theme.id, "name", theme.name, "Too dear"),)


def mention(db, encoder, text, name, account):
    hear(db, encoder, [text], kind="competitor", label="incumbent", account=account, name=name)


def test_a_competitor_of_the_catalogue_is_a_theme_by_its_name(db, encoder, now):
    company.add(db, Company(competitors=(Competitor("Zellvane"),)))
    mention(db, encoder, "We use Zellvane.", "Zellvane", "Arlo")

    discover(db, encoder=encoder.name, now=now)

    assert [theme.name for theme in themes.active(db, "competitor")] == ["Zellvane"]


def test_doing_without_a_vendor_is_a_theme_from_its_first_mention(db, encoder, now):
    mention(db, encoder, "We do it by hand.", "by hand", "Arlo")

    discover(db, encoder=encoder.name, now=now)

    assert [theme.name for theme in themes.active(db, "competitor")] == ["by hand"]


def test_an_unknown_name_waits_until_two_accounts_have_named_it(db, encoder, now):
    mention(db, encoder, "We use Zorblat.", "Zorblat", "Arlo")
    mention(db, encoder, "We still use Zorblat.", "Zorblat", "Arlo")
    first = discover(db, encoder=encoder.name, now=now)
    mention(db, encoder, "Zorblat is cheaper.", "Zorblat", "Bexley")

    second = discover(db, encoder=encoder.name, now=now)

    assert (first.created, first.waiting, second.created, second.waiting) == (0, 2, 1, 0)


def test_ids_are_never_used_again(db, encoder, now):
    first = ledger.create(db, "objection", NewTheme("A", "price"), now=now()).theme
    for table in ("theme_event_themes", "theme_events", "themes"):
        db.execute(f"DELETE FROM {table}")

    assert ledger.create(db, "objection", NewTheme("B", "price"), now=now()).theme > first


def test_a_theme_outlives_the_undo_of_the_upload_that_it_came_from(db, tmp_path):
    (tmp_path / "n.csv").write_text("Date,Account,Notes\n2025-01-02,Arlo,They said that it is too dear for them.\n")
    batch = ingest(db, [tmp_path / "n.csv"], title="n", now=lambda: "2025-01-03T00:00:00").batch_id
    theme = ledger.create(db, "objection", NewTheme("Too dear", "price"), now="2025").theme

    undo(db, batch)

    assert [one.id for one in themes.active(db, "objection")] == [theme]


def test_themes_that_sound_much_alike_are_shown_as_pairs_and_not_proposed(db, encoder, now):
    hear(db, encoder, PRICE + SECURITY)
    discover(db, encoder=encoder.name, now=now)
    one, other = themes.active(db, "objection")[:2]
    assert not neighbours.pairs(db, "objection")

    with db.atomic():
        db.execute(
            """UPDATE theme_shapes SET centroid = (SELECT s.centroid FROM theme_shapes s JOIN themes t ON t.shape_id = s.id WHERE t.id = ?)
            WHERE id IN (SELECT shape_id FROM themes WHERE id IN (?, ?))""",
            [one.id, one.id, other.id],
        )

    ((first, found),) = neighbours.pairs(db, "objection")
    assert {first.id, found.theme.id} == {one.id, other.id} and found.likeness == "nearly the same"


def upload_to(db, encoder, now, tmp_path, texts, *, name, found=(("objection", ""),)):
    """An upload of one note per text, each of its own account, with what was found in it; mined. Returns its batch."""
    lines = [f'2026-01-02,{name} {n},"{text}"' for n, text in enumerate(texts)]
    (tmp_path / f"{name}.csv").write_text("\n".join(["Date,Account,Notes", *lines]) + "\n")
    batch = ingest(db, [tmp_path / f"{name}.csv"], title=name, now=now).batch_id
    for row in list(db.query("SELECT id FROM conversations WHERE account LIKE ? || ' %'", [name])):
        for utterance in conversations.utterances(db, row["id"]):
            spans = [
                (
                    utterance.id,
                    utterance.text,
                    Insight(kind, 0, len(utterance.text), utterance.text, "price", 0.9, rival),
                )
                for kind, rival in found
            ]
            with db.atomic():
                insights.replace(db, row["id"], spans)
                vectors.save(db, encoder.name, [text_hash(utterance.text)], embedding.embed(encoder, [utterance.text]))
    discover(db, encoder=encoder.name, now=now)
    return batch


def numbers(db):
    return {(theme.id, theme.kind, theme.name) for theme in themes.active(db)}


def test_themes_that_only_an_undone_upload_founded_go_and_come_again_with_it(db, encoder, now, tmp_path):
    company.add(db, Company(competitors=(Competitor("Gumbley"),)))
    hear(db, encoder, PRICE)
    mention(db, encoder, "We use Zorblat.", "Zorblat", "Arlo")  # one account: no theme yet
    hear(db, encoder, SECURITY[:2], label="authority")  # too few for a theme
    discover(db, encoder=encoder.name, now=now)
    before = numbers(db)
    first = upload_to(db, encoder, now, tmp_path, SECURITY[2:], name="Bexley")
    second = upload_to(
        db, encoder, now, tmp_path, ["Zorblat is what we have."], name="Carver", found=[("competitor", "Zorblat")]
    )
    third = upload_to(
        db, encoder, now, tmp_path, ["Gumbley is what we have."], name="Dunmore", found=[("competitor", "Gumbley")]
    )
    brought = numbers(db)
    assert {"Zorblat", "Gumbley"} <= {name for _, _, name in brought} and len(brought) >= len(before) + 3

    for batch in (first, second, third):
        undo(db, batch)
    discover(db, encoder=encoder.name, now=now)

    assert numbers(db) == before
    assert themes.waiting(db, "objection") == 2 and theme_lists.held(db, "objection") == 0
    upload_to(db, encoder, now, tmp_path, SECURITY[2:], name="Bexley")
    upload_to(
        db, encoder, now, tmp_path, ["Zorblat is what we have."], name="Carver", found=[("competitor", "Zorblat")]
    )
    upload_to(
        db, encoder, now, tmp_path, ["Gumbley is what we have."], name="Dunmore", found=[("competitor", "Gumbley")]
    )
    assert numbers(db) == brought


def test_a_theme_that_people_changed_or_wrote_of_outlives_the_upload_that_founded_it(db, encoder, now, tmp_path):
    company.add(db, Company(competitors=(Competitor("Gumbley"), Competitor("Zorblat"))))
    batches = [
        upload_to(db, encoder, now, tmp_path, [f"{rival} is what we have."], name=rival, found=[("competitor", rival)])
        for rival in ("Gumbley", "Zorblat")
    ]
    gumbley, zorblat = (one.id for one in themes.active(db, "competitor"))
    ledger.rename(db, gumbley, "Gumbley Ltd", now=now(), actor="Dana")
    comments.add(
        db,
        kind="comment",
        place=f"/themes/{zorblat}",
        name="Zorblat",
        words="Who are they?",
        recipient="",
        side="",
        now=now(),
        actor="Dana",
    )

    for batch in batches:
        undo(db, batch)
    discover(db, encoder=encoder.name, now=now)

    assert [one.id for one in themes.active(db, "competitor")] == [gumbley, zorblat]


def test_what_found_no_place_is_asked_only_of_themes_that_came_since(db, encoder, now, monkeypatch):
    hear(db, encoder, PRICE)
    discover(db, encoder=encoder.name, now=now)
    hear(db, encoder, SECURITY, label="security")
    asked = []
    real = rules.may_join
    monkeypatch.setattr(rules, "may_join", lambda found, known: asked.append(len(known)) or real(found, known))
    before = len(themes.active(db, "objection"))
    discover(db, encoder=encoder.name, now=now)
    made = len(themes.active(db, "objection")) - before
    assert made
    assert asked[-1] == made

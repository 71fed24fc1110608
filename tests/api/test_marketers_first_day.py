"""What a product marketing manager and a writer stumbled over on their first day with it."""

import re
from dataclasses import replace
from html import unescape
from io import BytesIO

from pptx import Presentation

from api.documents.parts import quoted
from api.views.report import changed_first
from insights.names.labels import LABELS
from insights.records import text_hash
from insights.trends import Change
from pipelines.report import trend_report
from pipelines.store import jobs
from pipelines.store.filters import Filters
from tests.api.conftest import NOW, RIVAL, TODAY


def test_a_label_has_one_name_in_filters_tags_and_under_themes(db, client):
    db.execute("UPDATE insights SET label = 'product_gap' WHERE kind = 'objection'")
    for path in ("/quotes", "/reports/objections", "/plan"):
        page = client.get(path).text
        assert "Product gap" not in page
    assert LABELS["product_gap"] in client.get("/quotes").text


def test_the_steps_of_the_plan_are_told_by_the_stages_that_other_pages_name(client):
    board = unescape(client.get("/plan").text)
    head = re.findall(r"<th[^>]*>Consideration(.*?)</th>", board)[0]
    assert "Discovery" in head
    assert "Consideration (Demo, Discovery)" in unescape(client.get("/plan/3").text)


def test_of_a_rival_sentences_that_say_something_lead_and_mere_mentions_are_folded(db, client):
    row = next(
        db.query(
            "SELECT i.id, i.utterance_id, u.text FROM insights i JOIN utterances u ON u.id = i.utterance_id WHERE i.name = ?",
            [RIVAL],
        )
    )
    said = row["text"].rstrip(".") + ", it is cheaper than you but slow."
    db.execute("UPDATE utterances SET text = ? WHERE id = ?", [said, row["utterance_id"]])
    theme = next(db.query("SELECT id FROM themes WHERE name = ?", [RIVAL]))["id"]
    for page in (
        client.get(f"/themes/{theme}").text,
        client.get("/reports/competition", params={"competitor": RIVAL}).text,
    ):
        folded = page.index("that merely name it</summary>")
        cards = re.findall(r'<article class="quote" id="q-(\w+)"', page[:folded])
        assert cards[0] == row["id"] and page.index(f'id="q-{row["id"]}"') < folded
        assert "<mark>Beacon</mark>" in page[folded:] and len(cards) <= 1 + 4  # and what is objected to beside it
    whole = client.get("/reports/competition").text
    assert "merely name it" not in whole and '<th scope="col">Rival</th>' in whole
    assert '<th scope="col">Rival</th>' not in page and 'id="unknown"' not in page  # of the one rival


def test_a_rival_is_not_told_to_be_named_where_it_is_named(db, client):
    theme = next(db.query("SELECT id FROM themes WHERE name = ?", [RIVAL]))["id"]
    page = client.get(f"/themes/{theme}").text
    assert 'aria-label="By competitor"' not in page and 'aria-label="By persona"' in page


def test_what_only_changes_something_is_marked_to_be_left_out_for_who_only_looks(db, client):
    quote = next(db.query("SELECT id FROM insights WHERE kind = 'objection'"))["id"]
    client.post("/collections/add", data={"quote": quote, "title": "Security page"})
    changes = {
        "/themes/1": ("Rename", "Merge with…"), "/collections/1": ("Name and note", "May be used, used in", "Write a note"),
        f"/quotes/{quote}": ("Change where it begins and ends", "Correct the label", "Change", "Note a use"),
    }  # fmt: skip
    for path, names in changes.items():
        page = client.get(path).text
        for name in names:
            [opening] = re.findall(rf"<details ([^>]*)><summary[^>]*>{re.escape(name)}(?=<)", page)[:1]
            assert "changes" in opening, (path, name)
    assert (
        ".as-viewer main :is(" in (css := client.get("/static/parley.css").text)
        and ".changes" in css.split(".as-viewer main :is(")[1].split("{")[0]
    )


def test_a_narrowed_or_compared_report_says_so_on_every_slide_and_in_its_files_name(client):
    whole = client.get("/api/v1/reports/trends", params={"kind": "objection", "format": "pptx"})
    some = client.get(
        "/api/v1/reports/trends", params={"kind": "objection", "persona": "finance", "cut": "persona", "format": "pptx"}
    )
    assert re.search(r"to-[\d-]{10}\.pptx", whole.headers["content-disposition"])
    assert re.search(r"to-[\d-]{10}-finance\.pptx", some.headers["content-disposition"])
    slides = list(Presentation(BytesIO(some.content)).slides)
    told = ["\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame) for slide in slides]
    assert len(told) > 2 and all("Persona: Finance" in one for one in told)
    assert "nothing stands out" not in "".join(told)  # of one group alone
    text = client.get(
        "/api/v1/reports/trends", params={"kind": "objection", "persona": "finance", "cut": "persona", "format": "md"}
    ).text
    assert "Each of 1 group" not in text
    sides = client.get(
        "/api/v1/reports/trends",
        params={"kind": "objection", "this": "persona:finance", "that": "persona:operations", "format": "md"},
    )
    assert (
        sides.text.startswith("# Finance against Operations: Objections")
        and "finance-against-operations" in sides.headers["content-disposition"]
    )
    assert sides.text.index("## Finance against Operations") < sides.text.index("## Over time")


def test_what_moved_but_not_for_sure_stands_before_what_did_not_move(db, filled):
    found = trend_report(db, Filters(), kind="objection", today=TODAY)
    quiet = min(found.rows, key=lambda row: row.trend.current.numerator)
    moved = replace(quiet.trend, verdict="too few", change=Change(0.04, 0.01, 0.09, 0.2, 0.2))
    rows = tuple(
        replace(row, trend=moved if row is quiet else replace(row.trend, verdict="steady")) for row in found.rows
    )
    assert next(row.name for row in changed_first(rows)) == quiet.name


def test_the_overview_says_why_it_says_nothing(db, client):
    db.execute("UPDATE conversations SET occurred_at = '2026-03-01'")
    page = client.get("/").text
    assert "There is nothing earlier to compare with" in page and "Nothing changed by enough" not in page


def test_while_an_upload_is_read_no_theme_is_not_the_last_word(db, client):
    db.execute("UPDATE themes SET status = 'retired'")
    assert "No theme was found" in client.get("/").text
    jobs.add(db, "mine", {}, now=NOW)
    page = client.get("/").text
    assert "An upload is being read" in page and "No theme was found" not in page


def test_what_is_published_is_not_to_be_written_next_and_the_note_on_who_writes_stands_in_the_list(client):
    def listed() -> str:
        return client.get("/plan").text.split('id="board"')[0]

    base = re.findall(r'name="base" value="(\d+)"', client.get("/plan/1").text)[0]
    client.post("/plan/1/notes", data={"base": base, "status": "in writing", "text": "Mara writes it, for December"})
    assert "Mara writes it, for December</span>" in listed() and "Left out because it is done" not in listed()
    base = re.findall(r'name="base" value="(\d+)"', client.get("/plan/1").text)[0]
    client.post(
        "/plan/1/notes",
        data={"base": base, "status": "published", "page": "https://example.org/price", "day": "2026-03-01"},
    )
    rows, done = listed().split("Left out because it is done")
    assert 'href="/plan/1"' in done and 'href="/plan/1"' not in rows
    assert 'name="page" list="our-pages" value="https://example.org/price"' in client.get("/plan/1").text


def test_a_collection_is_exported_in_one_choice_has_its_link_and_says_what_is_not_cleared(db, client):
    quote = next(db.query("SELECT id FROM insights WHERE kind = 'objection'"))["id"]
    client.post("/collections/add", data={"quote": quote, "title": "Security page"})
    page = client.get("/collections/1").text
    assert page.count('name="format" value="md"') == 1 and 'data-copy-here="/collections/1"' in page
    assert "Internal only: not cleared for use outside." in page
    client.post("/collections/1/usage", data={"held": quote, "state": "anonymised", "name": "Wren"})
    assert "not cleared" not in client.get("/collections/1").text


def test_two_groups_side_by_side_are_told_plainly_and_come_by_a_digest_of_their_own(client):
    page = client.get("/reports/objections", params={"this": "persona:finance", "that": "persona:operations"}).text
    assert "a digest of its own" in page and "Get what differs every week" in page
    assert "digest of its own" not in client.get("/reports/objections").text
    client.post(
        "/reports/saved",
        data={"title": "Both", "address": "/reports/objections?this=persona:finance&that=persona:operations&unit=deal"},
    )
    assert "Finance against Operations; Count each: Deal" in client.get("/reports/saved").text


def test_a_quote_in_a_file_is_one_paragraph(db, filled):
    row = next(
        db.query(
            "SELECT i.id, u.id AS utterance, u.text, i.text AS said FROM insights i JOIN utterances u ON u.id = i.utterance_id WHERE i.kind = 'objection' AND i.text LIKE '% %'"
        )
    )
    broken = row["said"].replace(" ", "\n", 1)
    db.execute(
        "UPDATE utterances SET text = ? WHERE id = ?", [row["text"].replace(row["said"], broken), row["utterance"]]
    )
    db.execute("UPDATE insights SET text = ?, text_hash = ? WHERE id = ?", [broken, text_hash(broken), row["id"]])
    assert [one.text for one in quoted(db, [row["id"]])] == [row["said"]]


def test_a_label_that_is_taken_back_is_said_to_be(db, client):
    quote = next(db.query("SELECT id, label FROM insights WHERE kind = 'objection' AND label = 'price'"))["id"]
    page = client.post(f"/quotes/{quote}/label", data={"label": "trust"}).text
    undo = re.findall(rf'action="(/quotes/{quote}/label/\d+/undo)"', page)[0]
    assert "Taken back: the label is “Price” again." in unescape(client.post(undo).text)
    assert "Taken back" not in client.get(f"/quotes/{quote}").text

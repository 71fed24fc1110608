"""Our own pages: repeated uploads update, an undo gives back what stood before, a person's word holds."""

from datetime import date

import numpy as np
import pytest

from insights import embedding
from insights.coverage import centre
from insights.records import text_hash
from pipelines import plan
from pipelines.planning import cells, content
from pipelines.planning.content import NoAnswer, UnknownPage, UnknownUpload
from pipelines.running import accelerator
from pipelines.store import content_pages as store
from pipelines.store import theme_events, vectors
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme

NOW = "2026-03-01T00:00:00+00:00"
KEPT = ("Where is our data kept?", "In which country do you store our data?", "Where will the data be hosted?")
PARTY = ("Can we bring the dog?", "Is there a party in summer?", "Who pays for the summer party?")
SECURITY = "url,title,text\nhttps://a.example/security,Where your data is kept,In which country we store your data and where it is hosted.\n"


@pytest.fixture
def add(db, tmp_path):
    """A function that takes a table of pages in."""

    def run(text: str, name: str = "pages.csv"):
        (tmp_path / name).write_text(text)
        return content.add(db, [tmp_path / name], title=name, actor="test", now=NOW)

    return run


@pytest.fixture
def themes(db) -> list[int]:
    """Two themes of questions that the shipped encoder has read: on data, and on a party."""
    encoder, made = accelerator.encoder(), []
    with db.atomic():
        for name, said in (("Where data is kept", KEPT), ("The party", PARTY)):
            found = embedding.embed(encoder, said)
            vectors.save(db, encoder.name, [text_hash(text) for text in said], found)
            middle = centre(found)
            shape = theme_events.add_shape(db, middle.astype(np.float32), float((found @ middle).mean()), ())
            made.append(ledger.create(db, "question", NewTheme(name, "security", shape=shape), now=NOW).theme)
    return made


def test_the_same_address_is_one_page_and_a_second_upload_updates_it(db, add):
    add("url,title,type\nhttps://www.a.example/x/,Old title,blog\n")
    second = add("url,title,published\nhttp://a.example/x?utm_source=n,New title,2026-01-02\n")
    (page,) = store.pages(db)
    assert (page.title, page.type, page.published) == ("New title", "blog", "2026-01-02")
    assert (second.added, second.changed) == (0, 1)


def test_a_repeated_upload_changes_nothing(db, add):
    add(SECURITY)
    assert (add(SECURITY).added, add(SECURITY).changed) == (0, 0)


def test_a_sitemap_after_a_table_keeps_titles_and_words(db, add):
    add(SECURITY)
    add("<urlset><url><loc>https://a.example/security</loc><lastmod>2026-02-02</lastmod></url></urlset>", "sitemap.xml")
    (page,) = store.pages(db)
    assert (page.title, page.updated, page.words > 5) == ("Where your data is kept", "2026-02-02", True)


def test_undo_gives_back_what_stood_before_and_redo_brings_it_again(db, add):
    add("url,title\nhttps://a.example/x,Old\n")
    second = add("url,title\nhttps://a.example/x,New\nhttps://a.example/y,Y\n")
    content.undo(db, second.id, now=NOW)
    assert [p.title for p in store.pages(db)] == ["Old"]
    content.redo(db, second.id)
    assert [p.title for p in store.pages(db)] == ["New", "Y"]


def test_a_page_keeps_its_number_when_it_comes_back(db, add):
    first = add(SECURITY)
    number = store.pages(db)[0].id
    content.undo(db, first.id, now=NOW)
    add(SECURITY)
    assert store.pages(db)[0].id == number


def test_bad_rows_are_problems_of_the_upload(db, add):
    done = add("url,title\n,\n,,\nhttps://a.example/x,X\n,Only a title\n")
    assert done.read == 2 and done.added == 2
    assert [p.row for p in add("url,title,text\n,,words\n").problems] == [2]


def test_a_page_that_says_it_covers_the_theme_and_no_other(db, add, themes):
    add(SECURITY)
    content.read_new(db)
    found = content.covered(db, themes)
    assert [found[t].state for t in themes] == ["covered", "not covered"]
    assert "stored" not in found[themes[0]].matches[0].passage and "data" in found[themes[0]].matches[0].passage


def test_a_page_of_a_title_alone_is_not_judged_until_a_person_says_so(db, add, themes):
    add("url,title\nhttps://a.example/security,Where your data is kept and hosted\n")
    content.read_new(db)
    (match,) = content.covered(db, themes)[themes[0]].matches
    assert match.state == "title only"
    content.say(db, themes[0], match.page.id, "answers", actor="Mara", now=NOW)
    (said,) = content.covered(db, themes)[themes[0]].matches
    assert said.state == "covered"


def test_without_pages_nothing_is_known_of_gaps(db, themes):
    assert [c.state for c in content.covered(db, themes).values()] == ["unknown", "unknown"]


def test_a_page_that_nobody_has_read_yet_answers_nothing(db, add, themes):
    add(SECURITY)
    assert content.waiting(db) == 2
    assert content.covered(db, themes)[themes[0]].state == "not covered"


def test_a_persons_word_goes_before_likeness_survives_an_upload_and_can_be_undone(db, add, themes):
    first = add(SECURITY)
    content.read_new(db)
    (page,) = store.pages(db)
    no = content.say(db, themes[0], page.id, "does not", actor="Mara", now=NOW)
    yes = content.say(db, themes[1], page.id, "answers", actor="Mara", now=NOW)
    assert [c.state for c in content.covered(db, themes).values()] == ["not covered", "covered"]
    content.undo(db, first.id, now=NOW)
    add(SECURITY.replace("In which country", "We say in which country"))
    content.read_new(db)
    assert [c.state for c in content.covered(db, themes).values()] == ["not covered", "covered"]
    content.unsay(db, no, now=NOW)
    content.unsay(db, yes, now=NOW)
    assert [c.state for c in content.covered(db, themes).values()] == ["covered", "not covered"]


def test_a_persons_word_goes_with_a_merged_theme(db, add, themes):
    add(SECURITY)
    content.read_new(db)
    content.say(db, themes[1], store.pages(db)[0].id, "does not", actor="Mara", now=NOW)
    ledger.merge(db, themes[0], themes[1:], now=NOW, actor="Mara")
    assert content.covered(db, themes[:1])[themes[0]].state == "not covered"


def test_reading_can_be_stopped_and_goes_on(db, add, themes):
    add(SECURITY)
    assert content.read_new(db, most=1) == 1
    assert content.read_new(db) == 1
    assert content.read_new(db) == 0


def test_what_is_not_there_is_named(db):
    for wrong, kind in (
        (lambda: content.undo(db, 9, now=NOW), UnknownUpload), (lambda: content.say(db, 1, 9, "answers", actor="x", now=NOW), UnknownPage),
        (lambda: content.unsay(db, 9, now=NOW), NoAnswer),
    ):  # fmt: skip
        with pytest.raises(kind, match="9"):
            wrong()


def test_a_zip_of_pages_is_read_and_a_bad_member_costs_only_itself(db, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("a.html", "<h1>Security</h1><p>Where data is kept.</p>")
        archive.writestr("b.bin", b"\x00\x01")
        archive.writestr("c/d.md", "# Pricing\n\nWhat it costs.")
    done = content.add(db, [tmp_path / "site.zip"], title="site", actor="test", now=NOW)
    assert (done.added, len(done.problems)) == (2, 1)


def test_notes_of_a_merged_theme_are_its_heirs(db, themes):
    cells.note(db, themes[1], status="planned", base=None, today=date(2026, 3, 1), actor="Mara", now=NOW)
    ledger.merge(db, themes[0], themes[1:], now=NOW, actor="Mara")
    assert plan.standing(plan.notes_of(db))[(themes[0], "", "")].status == "planned"

"""What each of the three people comes for, from the first page to what they take away, in a real browser."""

import re
from pathlib import Path

import pytest

from tests.browser.desk import table

ROW = {
    "Company": "Ferrin Foods", "Person": "Ada Lund", "Title": "CFO", "When": "2026-01-12", "What was said": "Ada said it is too expensive for us this year. Where is our data kept?",
}  # fmt: skip
EMPTY = ROW | {"Company": "Quill Freight", "What was said": ""}


def heading(page, name):
    return page.get_by_role("heading", name=name)


def test_marketing_goes_from_what_changed_to_a_deck_and_a_brief(sample, page):
    page.goto(sample.address)
    first = page.get_by_role("article").first
    first.get_by_text("How sure, and what would make it wrong").click()
    assert "%" in first.inner_text()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports").click()
    page.get_by_text("More filters").click()
    page.locator("select[name=segment]").select_option("mid-market")
    page.wait_for_url("**segment=mid-market*")
    page.get_by_role("list", name="Filters in use").get_by_text("mid-market").wait_for()

    page.locator("summary", has_text="Export").first.click()
    for name, ending in (("Excel", ".xlsx"), ("PowerPoint", ".pptx")):
        with page.expect_download() as coming:
            page.get_by_role("link", name=name, exact=True).click()
        assert coming.value.suggested_filename.endswith(ending)
        assert Path(coming.value.path()).read_bytes()[:2] == b"PK"

    page.locator("summary", has_text="Save this report").click()
    page.get_by_label("Title", exact=True).fill("Mid-market for the board")
    page.get_by_role("button", name="Save", exact=True).click()
    heading(page, "Mid-market for the board").wait_for()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Plan").click()
    page.get_by_role("main").locator("tbody th a").first.click()
    page.wait_for_url(re.compile(r"/plan/\d+"))
    assert page.get_by_role("main").locator("blockquote").count()


def test_marketing_renames_a_theme_and_takes_it_back(sample, page):
    page.goto(f"{sample.address}/themes/1")
    was = page.get_by_role("heading", level=1).inner_text()
    page.locator("summary", has_text="Rename").click()
    page.get_by_label("New name").fill("Costs more than the budget")
    page.get_by_role("button", name="Rename").click()
    heading(page, "Costs more than the budget").wait_for()
    page.get_by_role("status").get_by_role("button", name="Undo").first.click()
    page.get_by_role("heading", level=1, name=was).wait_for()


def test_sales_ops_brings_a_table_in_mends_what_failed_and_takes_it_back(empty, page, tmp_path):
    first, mended = tmp_path / "notes.csv", tmp_path / "mended.csv"
    first.write_bytes(table(ROW, EMPTY))
    mended.write_bytes(table(ROW, EMPTY | {"What was said": "We already work with somebody else for that."}))

    page.goto(empty.address)
    page.get_by_role("main").get_by_role("link", name="Upload files").click()
    page.set_input_files("input[type=file]:not([webkitdirectory])", first)
    page.get_by_role("button", name=re.compile("check", re.IGNORECASE)).first.click()
    heading(page, "Check before reading").wait_for()
    assert page.get_by_label("What What was said is").input_value()
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("link", name="1 problem of notes.csv").click()
    heading(page, "1 problem").wait_for()
    assert "3" in page.locator("#problems").inner_text()  # the row, as a spreadsheet numbers it
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download as CSV").click()
    assert "Quill Freight" in Path(coming.value.path()).read_text("utf-8")

    page.goto(f"{empty.address}/uploads")
    page.set_input_files("input[type=file]:not([webkitdirectory])", mended)
    page.get_by_role("button", name="Upload", exact=True).click()
    row = page.locator("#batch-2")
    row.locator("td[data-label=Duplicates]").get_by_text("1", exact=True).wait_for()
    assert row.locator("td[data-label=Conversations]").inner_text() == "1"  # what is in already is not doubled
    row.get_by_role("link", name="mended.csv").click()
    page.locator("summary", has_text="Undo").click()
    page.get_by_role("button", name=re.compile("^Undo")).last.click()
    page.get_by_text("Undone.", exact=True).wait_for()


def test_sales_ops_answers_by_keys_and_takes_an_answer_back(sample, page):
    page.goto(f"{sample.address}/review")
    page.get_by_role("main").get_by_role("button").first.click()
    page.locator("[data-keys] [data-key=y]").wait_for()
    page.get_by_text(re.compile(r"^1 of \d+")).wait_for()
    page.wait_for_load_state()  # keys are heard once the page's script has run
    page.keyboard.press("y")
    page.get_by_text(re.compile(r"^2 of \d+")).wait_for()
    page.wait_for_load_state()
    page.keyboard.press("u")
    page.get_by_text("Taken back.").wait_for()


def test_sales_ops_tries_a_tracker_on_the_whole_history_before_keeping_it(sample, page):
    page.goto(f"{sample.address}/trackers")
    page.get_by_role("main").get_by_label("Name", exact=True).fill("Works offline")
    page.get_by_label(re.compile("^Phrases")).fill("offline\nno signal")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name=re.compile("^Save")).first.wait_for()
    assert "offline" in page.get_by_role("main").inner_text()
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    heading(page, "Works offline").wait_for()


@pytest.fixture
def writer(sample, visitor):
    """A writer's browser, which may use the clipboard."""
    context = visitor(permissions=["clipboard-read", "clipboard-write"])
    return context.new_page()


def test_a_writer_finds_by_meaning_and_copies_without_names(sample, writer):
    page = writer
    page.goto(f"{sample.address}/quotes")
    page.get_by_role("searchbox", name="What you look for").fill("afraid of a long changeover")
    page.get_by_text("Meaning", exact=True).click()
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**by=meaning*")
    card = page.get_by_role("article").filter(has_text="Said by the buyer").first
    words = card.locator("blockquote").inner_text()
    card.get_by_role("link", name=re.compile("^Open")).click()
    page.wait_for_url(re.compile(r"/quotes/[0-9a-f]+"))
    account = page.locator("dl.facts dd").first.inner_text()

    seen = {}
    for button in ("Copy text", "Copy Markdown", "Copy HTML"):
        page.get_by_role("button", name=button).click()
        page.get_by_text(f"Copied as {button.removeprefix('Copy ')}.").wait_for()
        seen[button] = page.evaluate("navigator.clipboard.readText()")
    assert len(set(seen.values())) == 3
    for copied in seen.values():
        assert account not in copied
    assert seen["Copy Markdown"].startswith(">") and "<blockquote" in seen["Copy HTML"]
    assert re.sub(r"\W", "", words)[:20] in re.sub(r"\W", "", seen["Copy text"])


def test_a_writer_collects_approves_and_exports(sample, writer):
    page = writer
    page.goto(f"{sample.address}/quotes?kind=objection")
    for box in page.get_by_label(re.compile("^Pick")).all()[:2]:
        box.check()
    page.get_by_role("button", name="Collect them").click()
    page.get_by_label("Name of the collection").fill("Pricing article")
    page.get_by_role("button", name="Collect", exact=True).click()
    page.goto(f"{sample.address}/collections")
    page.get_by_role("link", name="Pricing article").click()
    heading(page, "Pricing article").wait_for()
    page.locator("a[href^='/quotes/']").first.click()

    page.locator("#usage summary", has_text="Change").click()
    page.locator("#usage").get_by_label(re.compile("^Approved")).check()
    page.locator("#usage").get_by_label(re.compile("^Your name")).fill("Dana")
    page.locator("#usage").get_by_role("button", name="Save").click()
    page.get_by_text("by Dana").first.wait_for()
    page.goto(f"{sample.address}/quotes?usage=approved")
    assert page.get_by_role("article").count() == 1

    page.goto(f"{sample.address}/collections")
    page.get_by_role("link", name="Pricing article").click()
    page.locator("summary", has_text="Export").first.click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Markdown (Role)").click()
    assert Path(coming.value.path()).read_text("utf-8").count("\n>") + 1 >= 2


@pytest.mark.parametrize("path", ["/", "/reports/objections", "/quotes", "/themes", "/plan", "/collections", "/review"])
def test_an_empty_page_says_what_to_do_and_leads_there(empty, page, path):
    page.goto(empty.address + path)
    main = page.get_by_role("main")
    assert main.get_by_role("link").or_(main.get_by_role("button")).count()
    assert len(main.inner_text().split()) >= 8

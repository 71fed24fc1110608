"""What sales operations come for: data in, what was misread put right, nothing that cannot be taken back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import table
from tests.browser.steps import button, follow, leads_on, save, to, unfold, until_done

ROW = {
    "Company": "Ferrin Foods", "Person": "Ada Lund", "Title": "CFO", "When": "2026-01-12",
    "What was said": "Ada said it is too expensive for us this year. Where is our data kept?",
}  # fmt: skip
EMPTY = ROW | {"Company": "Quill Freight", "What was said": ""}
CALL = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Ada>Honestly, it is too expensive for us this year.</v>

00:00:05.000 --> 00:00:08.000
<v Kim>Let me show you what is in it.</v>
"""
FILES = "input[type=file]:not([webkitdirectory])"


def heading(page, name):
    return page.get_by_role("heading", name=name)


def test_a_table_is_brought_in_what_failed_is_mended_and_it_is_taken_back(empty, page, tmp_path):
    first, mended = tmp_path / "notes.csv", tmp_path / "mended.csv"
    first.write_bytes(table(ROW, EMPTY))
    mended.write_bytes(table(ROW, EMPTY | {"What was said": "We already work with somebody else for that."}))

    page.goto(empty.address)
    follow(page.get_by_role("main").get_by_role("link", name="Upload files"))
    page.set_input_files(FILES, first)
    follow(page.get_by_role("button", name=re.compile("check", re.IGNORECASE)).first)
    expect(heading(page, "Check before reading")).to_be_visible()
    expect(page.get_by_label("What What was said is")).not_to_have_value("")
    follow(button(page, "Upload"))
    until_done(page)
    follow(page.get_by_role("link", name="1 problem of notes.csv"))
    expect(page.locator("#problems")).to_contain_text("3")  # the row, as a spreadsheet numbers it
    _, left = save(page.get_by_role("link", name="Download as CSV"))
    assert "Quill Freight" in left.decode()

    to(page, "Uploads")
    page.set_input_files(FILES, mended)
    follow(button(page, "Upload"))
    until_done(page)
    row = page.locator("#batch-2")
    expect(row.locator("td[data-label='Known or repeated']")).to_contain_text("1")
    expect(row.locator("td[data-label='New conversations']")).to_have_text("1")  # what is in already is not doubled
    follow(row.get_by_role("link", name="mended.csv"))
    page.locator("main details.confirm > summary", has_text="Undo").first.click()
    follow(page.get_by_role("main").get_by_role("button", name=re.compile("^Undo")).last)
    expect(page.locator(".lead", has_text="Undone").locator("time").last).to_be_visible()  # and says when


def test_a_transcript_is_given_its_day_and_its_account_and_they_are_taken_back(by_hand, page, tmp_path):
    (tmp_path / "call.vtt").write_text(CALL)
    page.goto(f"{by_hand.address}/uploads")
    page.set_input_files(FILES, tmp_path / "call.vtt")
    follow(button(page, "Upload"))
    work(by_hand)
    page.goto(f"{by_hand.address}/uploads/1")
    chosen = unfold(page, "Its conversations")
    expect(chosen.get_by_text("no date")).to_be_visible()
    chosen.get_by_role("checkbox").first.check()
    chosen.get_by_label("Date", exact=True).fill("2026-01-09")
    chosen.get_by_label("Account", exact=True).fill("Ferrin Foods")
    follow(chosen.get_by_role("button", name="Set"))
    done = page.get_by_role("status").filter(has_text="Set by hand")
    expect(done).to_contain_text("date, account of 1 conversation")
    work(by_hand)

    to(page, "Accounts")
    expect(page.get_by_role("main")).to_contain_text("Ferrin Foods")
    page.goto(f"{by_hand.address}/uploads/1")
    follow(unfold(page, "Its conversations").get_by_role("link").first)
    expect(page.locator("main .lead")).to_contain_text("9 Jan 2026")
    facts = unfold(page, "Correct them")
    expect(facts.get_by_label("Account", exact=True)).to_have_value("Ferrin Foods")
    follow(facts.get_by_role("button", name="Undo").first)
    expect(page.get_by_role("status").filter(has_text="Undone")).to_contain_text("date, account of 1 conversation")
    expect(page.locator("main .lead")).not_to_contain_text("Ferrin Foods")
    follow(page.get_by_role("status").get_by_role("button", name="Redo"))
    expect(page.locator("main .lead")).to_contain_text("Ferrin Foods")


def work(site):
    """Let the worker of a site that rests do what waits."""
    from pipelines.jobs import work_once

    while work_once(site.settings):
        pass


def test_a_quote_is_judged_by_key_and_the_answer_taken_back(sample, page):
    page.goto(f"{sample.address}/review")
    follow(page.get_by_role("main").get_by_role("button").first)
    expect(page.locator("[data-keys] [data-key=y]")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^1 of \d+"))).to_be_visible()
    with leads_on(page):
        page.keyboard.press("y")
    expect(page.get_by_text(re.compile(r"^2 of \d+"))).to_be_visible()
    with leads_on(page):
        page.keyboard.press("u")
    expect(page.get_by_text("Taken back.")).to_be_visible()


def test_a_tracker_is_tried_on_the_whole_history_before_it_is_kept(sample, page):
    page.goto(f"{sample.address}/trackers")
    page.get_by_role("main").get_by_label("Name", exact=True).fill("Works offline")
    page.get_by_label(re.compile("^Phrases")).fill("offline\nno signal")
    follow(page.get_by_role("button", name="Preview"))
    expect(page.get_by_role("main")).to_contain_text("offline")
    follow(page.get_by_role("button", name=re.compile("^Save")).first)
    expect(heading(page, "Works offline")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/reports/objections", "/quotes", "/themes", "/plan", "/collections", "/review"])
def test_an_empty_page_says_what_to_do_and_leads_there(bare, page, path):
    page.goto(bare.address + path)
    main = page.get_by_role("main")
    assert main.get_by_role("link").or_(main.get_by_role("button")).count()
    assert len(main.inner_text().split()) >= 8


def test_what_is_counted_is_said_and_how_long_it_takes_once_guesses_agree(empty, page):
    page.goto(empty.address)
    told = page.evaluate("""() => [[100, 40], [200, 50], [300, 60], [360, 66], [360, 67]].map(([done, second]) => progress({
        id: 1, stage: "finding", done, total: 395, stage_began_at: "2026-01-01T00:00:00Z",
        heartbeat_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString() }))""")
    assert all(f"{done} of 395 conversations" in one for done, one in zip((100, 200, 300, 360, 360), told, strict=True))
    assert [" left" in one for one in told] == [False, False, False, True, True]

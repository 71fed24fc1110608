"""What writers come for: the right words, borders that fit, copied without names, collected and approved."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import follow, save, to, unfold


@pytest.fixture
def writer(sample, visitor):
    """A writer's browser, which may use the clipboard."""
    return visitor(permissions=["clipboard-read", "clipboard-write"]).new_page()


def test_a_quote_is_found_by_meaning_and_copied_without_names(sample, writer):
    page = writer
    page.goto(sample.address)
    to(page, "Quotes")
    page.get_by_role("searchbox", name="What you look for").fill("afraid of a long changeover")
    page.get_by_text("Meaning", exact=True).click()
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**by=meaning*")
    card = page.get_by_role("article").filter(has_text="Said by the buyer").first
    words = card.locator("blockquote").inner_text()
    follow(card.get_by_role("link", name=re.compile("^Open")))
    expect(page).to_have_url(re.compile(r"/quotes/[0-9a-f]+"))
    account = page.locator("dl.facts dd").first.inner_text()

    seen = {}
    for way in ("text", "Markdown", "HTML"):
        page.get_by_role("button", name=f"Copy {way}").click()
        expect(page.get_by_role("status").get_by_text(f"Copied as {way}: “")).to_be_visible()
        seen[way] = page.evaluate("navigator.clipboard.readText()")
    assert len(set(seen.values())) == 3
    assert not [copied for copied in seen.values() if account in copied]
    assert seen["Markdown"].startswith(">") and "<blockquote" in seen["HTML"]
    assert re.sub(r"\W", "", words)[:20] in re.sub(r"\W", "", seen["text"])


def test_in_which_form_a_list_copies_is_chosen_once_and_told(sample, writer):
    page = writer
    page.goto(f"{sample.address}/quotes?kind=objection")
    page.get_by_label("Copy quotes as").select_option("markdown")
    page.reload()
    expect(page.get_by_label("Copy quotes as")).to_have_value("markdown")
    card = page.get_by_role("article").first
    card.get_by_role("link", name=re.compile("^Copy")).click()
    expect(page.get_by_role("status").get_by_text("Copied as Markdown without names")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("> “")


def test_picked_quotes_are_copied_together_by_the_keyboard(sample, writer):
    page = writer
    page.goto(f"{sample.address}/quotes?kind=objection")
    page.get_by_label("Copy quotes as").select_option("markdown")
    page.get_by_role("heading", level=1).click()
    for key in ("j", "x", "j", "j", "x", "Shift+C"):
        page.keyboard.press(key)
    expect(page.get_by_role("status").get_by_text("2 quotes copied as Markdown without names.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").count("> — ") == 2
    page.get_by_role("link", name="Other styles").click()
    expect(page.get_by_role("heading", name="Copy picked quotes")).to_be_visible()
    page.get_by_role("button", name="Copy HTML").click()
    expect(page.get_by_role("status").get_by_text("copied as HTML")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").count("<blockquote") == 2
    follow(page.locator(".crumb").get_by_role("link", name="Quotes"))
    expect(page).to_have_url(re.compile(r"/quotes\?kind=objection$"))


def test_what_was_collected_from_a_list_is_undone_where_it_is_told(sample, writer):
    page = writer
    page.goto(f"{sample.address}/quotes?kind=question")
    page.get_by_role("article").first.get_by_role("link", name=re.compile("^Collect")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("A new one").fill("By mistake")
    dialog.get_by_role("button", name="Make it").click()
    told = page.locator(".aloud")
    expect(told).to_contain_text("Put into “By mistake”.")
    told.get_by_role("button", name="Undo").click()
    expect(told).to_contain_text("The collection is gone again.")
    page.goto(f"{sample.address}/collections")
    expect(page.get_by_role("link", name="By mistake")).to_have_count(0)


def test_where_a_quote_begins_is_changed_and_taken_back(sample, writer):
    page = writer
    page.goto(f"{sample.address}/quotes?kind=objection")
    follow(page.get_by_role("article").get_by_role("link", name=re.compile("^Open")).nth(0))
    quoted = page.locator(".said-here mark")
    was = quoted.inner_text()
    editor = unfold(page, "Change where it begins and ends")
    editor.get_by_role("button", name="Begin a word later").click()
    expect(editor.locator("[data-words] .in").first).to_have_text(was.split()[1])
    follow(editor.get_by_role("button", name="Save"))
    expect(quoted).to_have_text(was.split(maxsplit=1)[1])
    expect(page.locator("#copy .taken")).to_contain_text(was.split()[1])
    follow(page.get_by_role("status").get_by_role("button", name=re.compile("^Undo")))
    expect(quoted).to_have_text(was)


def test_quotes_are_collected_one_is_approved_and_they_are_taken_along(sample, writer):
    page = writer
    page.goto(f"{sample.address}/quotes?kind=objection")
    for box in page.get_by_label(re.compile("^Pick")).all()[:2]:
        box.check()
    follow(page.get_by_role("button", name="Collect them"))
    if (into := page.get_by_label("Into")).count():  # other stories collect too
        into.select_option("")
    page.get_by_label(re.compile("^(Name of the collection|Or the name of a new one)")).fill("Pricing article")
    follow(page.get_by_role("button", name="Collect", exact=True))
    to(page, "Collections")
    follow(page.get_by_role("link", name="Pricing article"))
    follow(page.get_by_role("main").locator("a[href^='/quotes/']").first)

    usage = page.locator("#usage")
    unfold(page, "Change", within="#usage")
    usage.get_by_label(re.compile("^Approved")).check()
    usage.get_by_label(re.compile("^Your name")).fill("Dana")
    follow(usage.get_by_role("button", name="Save"))
    expect(usage).to_contain_text("by Dana")
    page.goto(f"{sample.address}/quotes?usage=approved")
    expect(page.get_by_role("article")).to_have_count(1)

    to(page, "Collections")
    follow(page.get_by_role("link", name="Pricing article"))
    unfold(page, "Export")
    _, taken = save(page.get_by_role("button", name="Markdown", exact=True))
    assert taken.decode().count("\n>") + 1 >= 2

"""What a rep comes for, on a phone between two calls: what to send, what is open with an account, and what colleagues ask."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import NARROW, SIDEWAYS
from tests.browser.steps import follow, leads_on, unfold

MAIL = "Hi Kim,\n\nthanks for the call. Is our data kept in the EU, and have you a SOC 2 report?\n\nBest,\nAda"

SECURITY = "https://pellwick.example/security"


@pytest.fixture
def rep(visitor):
    """A rep's phone, which may use the clipboard."""
    return visitor(viewport=NARROW, has_touch=True, permissions=["clipboard-read", "clipboard-write"]).new_page()


def test_a_pasted_mail_gets_a_page_of_ours_and_what_none_answers_goes_on_the_plan(lived_in, rep):
    page = rep
    page.goto(f"{lived_in.address}/answers")
    page.get_by_label("What the buyer said").fill(MAIL)
    follow(page.get_by_role("button", name="Find"))
    found = page.locator("section.sent").first
    expect(found.locator("blockquote").first).to_be_visible()
    expect(found.get_by_role("link", name="Security and data residency").first).to_be_visible()
    found.get_by_role("button", name="Copy the link").first.tap()
    page.wait_for_function("async (url) => await navigator.clipboard.readText() === url", arg=SECURITY)
    assert page.evaluate(SIDEWAYS) == []

    page.get_by_label("What the buyer said").fill("Does it run on a lighthouse?")
    with leads_on(page):
        page.keyboard.press("Enter")
    expect(page.locator("section.sent")).to_contain_text("Nothing of ours answers this yet")
    ask = page.locator("form.ask").first
    ask.get_by_label("Your name").fill("Kim")
    follow(ask.get_by_role("button"))
    expect(page.locator("#asked")).to_contain_text("Does it run on a lighthouse?")
    follow(page.locator("#done").get_by_role("button", name="Undo"))
    expect(page.get_by_role("main")).not_to_contain_text("lighthouse")


def test_what_is_open_with_an_account_leads_to_the_words_it_rests_on(lived_in, rep):
    page = rep
    page.goto(f"{lived_in.address}/accounts")
    page.get_by_label("What is open").select_option(index=1)
    follow(page.get_by_role("search").get_by_role("button", name="Find"))
    row = page.get_by_role("group", name="Accounts").locator("tbody tr").first
    account = row.get_by_role("rowheader").get_by_role("link")
    name = account.inner_text()
    follow(account)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    said = page.locator("article.signal blockquote").first
    words = re.sub(r"\W", "", said.locator("p").inner_text())
    follow(said.get_by_role("link").first)
    expect(page.locator("mark.chosen").first).to_be_visible()
    assert re.sub(r"\W", "", page.locator("mark.chosen").first.inner_text())[:20] in words


def test_a_colleagues_question_is_answered_closed_and_opened_again(sample, rep):
    page = rep
    page.goto(f"{sample.address}/themes/2")
    part = unfold(page, "Ask, comment, or say that something is wrong")
    part.get_by_label("In a few words").fill("Is that true of the pilots, too?")
    part.get_by_label("To a side or a person").fill("Kim")
    part.get_by_label("Your name").fill("Mara")
    follow(part.get_by_role("button", name="Send"))
    expect(page.locator("main .strip").first).to_contain_text("A question by Mara is open, for Kim.")

    page.goto(f"{sample.address}/comments")
    one = page.locator("li.remark", has_text="Is that true of the pilots, too?")
    close = unfold(page, "Answer")
    close.get_by_label("Your answer, or what was done").fill("Asked them: two of three did")
    close.get_by_label("Your name").fill("Kim")
    follow(close.get_by_role("button", name="Answer and close", exact=True))
    expect(page.locator("main .strip").first).to_contain_text("Closed: what Mara said on")
    expect(one).to_have_count(0)
    page.goto(f"{sample.address}/comments?show=closed")
    expect(one).to_contain_text("Answered by Kim")
    expect(one).to_contain_text("Asked them: two of three did")
    follow(one.get_by_role("button", name=re.compile("^Reopen")))
    page.goto(f"{sample.address}/comments")
    expect(one).to_have_count(1)

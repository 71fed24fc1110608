"""Everything without a mouse: every control can be reached and seen to be, and the keys that the help page promises work."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import NARROW, WIDE
from tests.browser.steps import leads_on

# What a person can act on now. Of radio buttons of one name, Tab reaches the one that is chosen.
CONTROLS = r"""() => {
  const open = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0 && !e.closest("[inert], dialog:not([open]), [popover]:not(:popover-open)");
  const reached = (e) => e.type !== "radio" || e.checked || !document.querySelector(`input[type=radio][name="${e.name}"]:checked`);
  const found = Array.from(document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")).filter((e) => open(e) && reached(e));
  found.forEach((e, place) => { e.dataset.control = place; });
  return found.map((e) => `<${e.tagName.toLowerCase()}> ${e.name || ""} ${(e.textContent || "").trim().slice(0, 50)}`);
}"""
# The control that has the focus, and whether it can be seen to: by a line around it, on the screen.
FOCUSED = r"""() => {
  const here = document.activeElement, style = getComputedStyle(here), place = here.getBoundingClientRect();
  const around = [here, here.closest("label"), here.parentElement].filter(Boolean).map((e) => getComputedStyle(e));
  const line = around.some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0);
  const there = place.width > 0 && place.bottom > 0 && place.top < innerHeight;
  return { control: here.dataset.control ?? "", seen: line && there, page: here === document.body };
}"""


@pytest.fixture
def at(page, lived_in):
    """A function that opens a page of the sample company and gives the browser's page."""

    def go(path):
        page.goto(lived_in.address + path)
        return page

    return go


@pytest.mark.parametrize("path", ["/", "/quotes", "/reports/objections"])
def test_tab_reaches_every_control_and_shows_where_it_is(at, path):
    page = at(path)
    controls, reached, seen = page.evaluate(CONTROLS), set(), set()
    for _ in range(
        3 * len(controls) + 50
    ):  # a field for a date has a stop for each of its parts, the last drawn by the browser
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        if focus["page"] and reached:
            break
        if focus["control"]:
            reached.add(int(focus["control"]))
            if focus["seen"]:
                seen.add(int(focus["control"]))
    assert [controls[n] for n in range(len(controls)) if n not in reached] == []
    assert [controls[n] for n in sorted(reached - seen)] == []


def test_the_first_tab_offers_to_skip_to_the_content(at):
    page = at("/quotes")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_palette_opens_by_key_and_its_arrows_and_enter_go_where_they_say(at, lived_in):
    page = at("/")
    places = page.request.get(lived_in.address + "/api/v1/places?q=").json()
    page.keyboard.press("Control+k")
    options = page.locator("#goals [role=option]")
    expect(page.get_by_role("combobox", name="Name")).to_be_focused()
    expect(options).to_have_count(len(places))
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    for key, chosen in (
        ("ArrowDown", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
        ("ArrowUp", 0),
        ("ArrowUp", len(places) - 1),
    ):
        page.keyboard.press(key)
        expect(options.nth(chosen)).to_have_attribute("aria-selected", "true")
        expect(page.locator("#goals [aria-selected=true]")).to_have_count(1)
    for key, chosen in (("ArrowDown", 0), ("ArrowDown", 1)):
        page.keyboard.press(key)
        expect(options.nth(chosen)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(lived_in.address + places[1]["address"])


def test_escape_closes_the_palette_and_gives_the_focus_back(at):
    page = at("/")
    link = page.get_by_role("navigation", name="Main").get_by_role("link").first
    link.focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(link).to_be_focused()


def test_a_slash_goes_to_the_search_of_the_page(at):
    page = at("/quotes")
    page.keyboard.press("/")
    field = page.locator("main input[name=q]").first
    expect(field).to_be_focused()
    page.keyboard.type("a/b")
    expect(field).to_have_value("a/b")


def test_a_slash_opens_the_palette_where_a_page_has_no_search(at):
    page = at("/")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Name")).to_be_focused()


def test_j_and_k_walk_through_the_quotes_and_enter_opens_one(at):
    page = at("/quotes")
    cards = page.locator("#quotes article.quote")
    for key, chosen in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(cards.nth(chosen)).to_be_focused()
        expect(cards.nth(chosen)).to_be_in_viewport()
    quote = cards.nth(1).get_attribute("data-quote")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/quotes/{quote}$"))


def test_the_second_tab_offers_to_skip_to_the_quotes_and_the_seventh_is_a_few_keys_away(at):
    page = at("/quotes")
    for _ in range(2):
        page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the quotes")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("#quotes")).to_be_focused()
    for _ in range(7):
        page.keyboard.press("j")
    expect(page.locator("#quotes article.quote").nth(6)).to_be_focused()


def test_the_values_beside_the_quotes_can_be_skipped(at):
    page = at("/quotes")
    page.locator(".seek button").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip these filters")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("#quotes")).to_be_focused()


def test_keys_pick_and_collect_the_quote_that_has_the_focus(at):
    page = at("/quotes")
    card = page.locator("#quotes article.quote").first
    for key in ("j", "x"):
        page.keyboard.press(key)
    expect(card.get_by_label(re.compile("^Pick"))).to_be_checked()
    expect(page.locator("[data-picked]")).to_have_text("1 picked")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="For the article")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert card.evaluate("(card) => card.contains(document.activeElement)")


def test_letters_do_nothing_where_keys_of_one_letter_are_off(at):
    page = at("/help")
    page.locator("[data-single-keys] input").uncheck()
    page = at("/quotes")
    page.keyboard.press("j")
    expect(page.locator("body")).to_be_focused()
    expect(page.locator(".only-keys")).to_be_hidden()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_value_that_is_ticked_stays_in_its_place_with_the_focus(at, size):
    page = at("/quotes")
    page.set_viewport_size(size)
    if size is NARROW:
        page.locator("#facets > details > summary").click()
    value = page.locator("#facets [data-keep^='stage=']").first
    kept = value.get_attribute("data-keep")
    value.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 40)")
    before = value.bounding_box()
    with leads_on(page):
        value.click()
    value = page.locator(f"#facets [data-keep='{kept}']")
    expect(value).to_be_focused()
    expect(value).to_have_attribute("aria-current", "true")
    assert abs(value.bounding_box()["y"] - before["y"]) < 2
    assert "#" not in page.url


def test_a_filter_that_is_taken_away_leaves_the_focus_to_the_next(at):
    page = at("/quotes?kind=objection&voice=verbatim")
    with leads_on(page):
        page.locator(".chips a").first.click()
    expect(page.locator(".chips a").first).to_be_focused()


def test_letters_that_are_typed_into_a_field_do_not_move_between_quotes(at):
    page = at("/quotes")
    field = page.locator("main input[name=q]").first
    field.focus()
    page.keyboard.type("jk")
    expect(field).to_be_focused()
    expect(field).to_have_value("jk")


def test_the_export_menu_opens_by_key_and_escape_closes_it(at):
    page = at("/reports/objections")
    menu = page.locator("details.menu", has_text="Export").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Excel")).to_be_visible()
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="Excel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Excel")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_what_a_term_means_opens_by_key_and_escape_closes_it(at):
    page = at("/reports/objections")
    what = page.locator("button.what").first
    meaning = page.locator(f"#{what.get_attribute('popovertarget')}")
    what.focus()
    expect(meaning).to_be_hidden()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    expect(what).to_be_focused()


def test_the_question_mark_shows_the_keys_of_the_review_without_leaving_it(at):
    page = at("/review")
    keys = page.get_by_text("Each answer shows its key.")
    expect(keys).to_be_hidden()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    assert page.url.endswith("/review")


def test_a_click_beside_the_question_leaves_the_keys_of_the_review_at_work(at):
    page = at("/review")
    page.get_by_role("heading", name="What it brought").click()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Your last answers")).to_be_visible()
    page.get_by_role("heading", name="What it brought").click()
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back.")).to_be_visible()

"""Two people with a browser each change one thing: the later one is told, and finds what they typed."""

import httpx2
import pytest
from playwright.sync_api import expect

from tests.browser.steps import leads_on


@pytest.fixture
def two(visitor, watch):
    watch.allow("409")
    return visitor().new_page(), visitor().new_page()


def test_the_later_one_to_rename_a_theme_is_told_and_keeps_the_name_that_was_typed(two, sample):
    first, later = two
    for page in two:
        page.goto(sample.address + "/themes/1")
        page.locator("summary", has_text="Rename").click()
    for page, name in ((first, "What it costs"), (later, "Price level")):
        page.get_by_label("New name").fill(name)
        page.locator("form[action$='/rename'] button").click()
    expect(later.get_by_role("alert")).to_contain_text("What it costs")
    expect(later.get_by_label("New name")).to_have_value("Price level")
    first.reload()
    expect(first.get_by_role("heading", level=1)).to_have_text("What it costs")


def test_the_later_one_to_name_a_collection_is_told_and_keeps_the_name_that_was_typed(two, sample):
    first, later = two
    made = httpx2.post(sample.address + "/api/v1/collections", json={"title": "Pricing"}, timeout=60).json()
    for page in two:
        page.goto(f"{sample.address}/collections/{made['id']}")
        page.locator("summary", has_text="Name and note").click()
    for page, name in ((first, "For the deck"), (later, "For the board")):
        page.locator("#title").fill(name)
        page.get_by_role("button", name="Rename").click()
    expect(later.get_by_role("alert")).to_contain_text("Yours is still in the field")
    expect(later.locator("#title")).to_have_value("For the board")
    expect(later.get_by_role("heading", level=1)).to_have_text("For the deck")


def test_of_two_who_order_a_collection_the_later_one_is_told_and_nothing_is_overwritten(two, sample):
    first, later = two
    quotes = [q["id"] for q in httpx2.get(sample.address + "/api/v1/insights?limit=3", timeout=60).json()["items"]]
    body = {"title": "For ordering", "quotes": quotes}
    made = httpx2.post(sample.address + "/api/v1/collections", json=body, timeout=60).json()
    for page in two:
        page.goto(f"{sample.address}/collections/{made['id']}")
    with leads_on(first):
        first.get_by_role("button", name="Move quote 3 up").click()
    items = later.locator("[data-sortable] > li")
    with leads_on(later):
        items.nth(2).locator("[data-handle]").drag_to(items.nth(0), target_position={"x": 20, "y": 5})
    expect(later.get_by_role("alert")).to_contain_text("Somebody else changed the order meanwhile")
    order = [item.get_attribute("data-id") for item in items.all()]
    assert order == [quotes[0], quotes[2], quotes[1]]

"""On a phone no page is a scroll without end: long tables begin folded, cards hold what matters in a few lines."""

import pytest

from tests.browser.looking import NARROW

MOST_PX = 8_000


@pytest.mark.parametrize(
    "path",
    ["/quotes", "/quotes?q=price", "/collections/1", "/reports/objections", "/reports/questions", "/reports/competition", "/reports/outcomes", "/reports/personas/operations",
     "/themes", "/themes/12", "/accounts", "/docs"],
)  # fmt: skip
def test_a_page_is_no_longer_than_ten_screens_of_a_phone(reader, lived_in, path):
    reader.set_viewport_size(NARROW)
    reader.goto(lived_in.address + path)
    assert reader.evaluate("document.documentElement.scrollHeight") < MOST_PX


def test_a_link_on_the_page_unfolds_the_table_that_it_leads_to(page, lived_in):
    page.set_viewport_size(NARROW)
    page.goto(f"{lived_in.address}/reports/objections")
    table = page.get_by_role("group", name="Themes by persona")
    assert not table.is_visible()
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="By persona").click()
    table.wait_for(state="visible")


def test_a_themes_forms_open_beneath_their_buttons_which_stay(page, lived_in):
    page.goto(f"{lived_in.address}/themes/1")
    split, merge = page.get_by_role("link", name="Split…"), page.get_by_text("Merge with…")
    before = split.bounding_box()
    merge.click()
    page.get_by_label("Which theme says the same").wait_for(state="visible")
    assert split.bounding_box() == before
    page.keyboard.press("Escape")
    page.get_by_label("Which theme says the same").wait_for(state="hidden")

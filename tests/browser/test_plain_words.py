"""Every page that a link leads to, read as a marketing manager reads it: no command, no setting's name, no word of programs."""

import pytest

from tests.browser import plain
from tests.browser.walking import fetch, patterns


@pytest.mark.parametrize("pattern", [one for one in patterns() if one not in plain.FOR_SOMEBODY_ELSE])
def test_a_page_has_no_words_of_the_terminal(lived_in, walked, pattern):
    address = walked.found[pattern][0]
    _, _, text = fetch(lived_in, address)
    assert list(plain.strange(text)) == []


@pytest.mark.parametrize("pattern", [p for p in patterns() if "{" not in p and p not in plain.FOR_SOMEBODY_ELSE])
def test_an_empty_page_has_none_either(bare, pattern):
    _, _, text = fetch(bare, pattern)
    assert not text or list(plain.strange(text)) == []


def test_the_words_of_the_terminal_are_seen_where_they_stand():
    page = """<main><p>Run <code>parley mine</code> or set PARLEY_HOME.</p><input placeholder="id"><p>As JSON: null.</p>
        <details><summary>For whoever runs Parley</summary><p>parley doctor</p></details><blockquote>JSON</blockquote></main>"""
    assert [one.partition(":")[0] for one in plain.strange(page)] == [
        "'parley mine'", "'PARLEY_HOME'", "'JSON'", "'null'", "'id'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/trackers/999", "/themes/abc", "/plan/999", "/reports/saved/digests/9", "/uploads/77"]
)
def test_a_page_that_is_not_there_says_so_without_a_command_and_leads_to_its_list(page, watch, lived_in, path):
    watch.allow("40[04]|422")
    page.goto(lived_in.address + path)
    assert list(plain.strange(page.content())) == []
    assert page.get_by_role("link", name="To: ").get_attribute("href") in path

"""Every page that a link leads to: axe finds nothing serious, light and dark, wide and narrow; names, headings, landmarks."""

import pytest

from tests.browser import looking
from tests.browser.walking import patterns

# Nobody can reach these by links: what is wrong with the walk is told by name here, with the reason.
UNREACHED: dict[str, str] = {}
# Pages that are about something their address must name.
ABOUT = ("/reports/competition/quotes", "/reports/outcomes/quotes")
SAME = ("/docs",)  # whatever is in the database
# Pages that show the most only once they were asked something, which no link does.
ASKED = {
    "/answers": "?words=Is our data kept in the EU? Do you integrate with NetSuite?",
    "/quotes/{quote_id}": "?step=start-word-more",
}


def test_no_link_leads_nowhere(walked):
    assert walked.broken == []


@pytest.mark.parametrize("pattern", patterns())
def test_pages_are_accessible_light_and_dark_wide_and_narrow(reader, lived_in, walked, pattern):
    assert pattern in walked.found, "no link leads to this page"
    troubles = {}
    addresses = walked.found[pattern][:1]
    if pattern in ASKED:
        addresses += [addresses[0].partition("?")[0] + ASKED[pattern]]
    for address in addresses:
        reader.goto(lived_in.address + address)
        troubles |= {f"{address}: {one}": None for one in looking.troubles(reader)}
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("pattern", [p for p in patterns() if "{" not in p and p not in (*ABOUT, *SAME)])
def test_pages_of_an_empty_database_are_accessible(reader, bare, pattern):
    """What is only seen here has one colour and one layout: axe looks once."""
    reader.goto(bare.address + pattern)
    troubles = looking.troubles(reader, looks=looking.LOOKS[:1])
    assert not troubles, "\n".join(troubles)


def test_of_texts_that_look_alike_any_that_cannot_be_read_is_seen(reader):
    """Axe compares the colours of three texts of a kind: a ground, a bar beneath or a class makes another kind."""
    rows = "<tr><td>a hundred<td><a href='#'>a link</a>" * 6
    reader.goto("about:blank")  # which forbids no style
    reader.set_content(
        f"""<html lang=en><title>t</title><style>.dim {{ color: #999 }} .bar {{ position: relative }}
        .bar i {{ position: absolute; inset: 0; background: #333 }} .bar b {{ position: relative }}</style><main><h1>h</h1><table>{rows}
        <tr><td id=a style="background: #333">a hundred<td>more<tr><td class=bar><i></i><b id=b>a hundred</b><td>more
        <tr><td id=c class=dim>a hundred<td>more{rows}</table></main>"""
    )
    found = [one for one in looking.axe(reader) if one.startswith("color-contrast")]
    assert sorted(one.partition("#")[2][0] for one in found) == ["a", "b", "c"]

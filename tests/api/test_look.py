"""The look as a system: no rule without a use, no control without something to control, every format in the menu."""

import re
from pathlib import Path

import pytest

API = Path(__file__).parents[2] / "api"
# Composed where they are used: a verdict, a state, the shade of a cell.
COMPOSED = re.compile(r"^(v|o|g|s|h|k|at|use)-")


def test_no_class_is_styled_that_no_page_uses():
    styled = re.sub(r"/\*.*?\*/", "", "".join(f.read_text() for f in (API / "static").glob("*.css")), flags=re.S)
    selectors = " ".join(re.findall(r"([^{}]+)\{", styled))
    names = {name for name in re.findall(r"\.(-?[a-zA-Z][\w-]*)", selectors) if not COMPOSED.match(name)}
    sources = [*(API / "templates").glob("*.html"), *API.rglob("*.py"), *(API / "static").glob("*.js")]
    words = set(re.findall(r"[\w-]+", "\n".join(f.read_text() for f in sources)))
    assert sorted(names - words) == []


@pytest.mark.parametrize("path", ["/reports/outcomes", "/reports/voice", "/reports/material", "/plan"])
def test_an_empty_report_says_what_it_will_show_and_offers_no_filters(empty_client, path):
    page = empty_client.get(path, headers={"Accept": "text/html"}).text
    assert "No conversations yet" in page and 'href="/uploads">Upload files' in page
    assert re.search(r"<p>Here (the|it) .* will stand|<p>Here it will stand", page)
    assert 'aria-label="Filters"' not in page


def test_the_export_menu_holds_every_format(client):
    page = client.get("/reports/outcomes", headers={"Accept": "text/html"}).text
    menu = re.search(r'<details class="menu">.*?</details>', page, re.S)[0]
    assert re.findall(r"format=(\w+)", menu) == ["xlsx", "pptx", "pdf", "csv", "md", "html", "json"]


def test_every_page_brings_the_sheet_for_paper(client):
    page = client.get("/plan", headers={"Accept": "text/html"}).text
    assert '<link rel="stylesheet" href="/static/print.css" media="print">' in page
    assert "@page" in client.get("/static/print.css").text

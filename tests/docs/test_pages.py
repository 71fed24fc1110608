"""The reference says all that the code has, and every link of the documentation leads somewhere."""

import re
from pathlib import Path

import pytest

from docs import reference

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "README.md", ROOT / "notebooks" / "README.md"]
)
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
ROW = re.compile(r"^\| `([^`]+)` \|", re.M)


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return {name: reference.NOTE + write() for name, write in reference.PAGES.items()}


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_what_the_code_says(name, written):
    kept = (reference.HERE / name).read_text("utf-8")
    assert kept == written[name], "The code has changed: python -m docs.reference (or make docs)"


def test_every_command_says_what_it_is_for(written):
    parts = re.split(r"^## `", written["commands.md"], flags=re.M)[1:]
    assert len(parts) > 90
    assert not [part.split("`")[0] for part in parts if not part.split("`", 1)[1].split("```")[0].strip()]


def test_every_setting_has_a_meaning(written):
    rows = re.findall(r"^\| `PARLEY_\w+` \| (.*?) \|", written["settings.md"], re.M)
    assert len(rows) > 20 and all(rows)


def test_every_address_has_a_summary_and_a_role_that_somebody_chose(written):
    rows = re.findall(
        r"^\| (?:GET|POST|PUT|PATCH|DELETE) \| `(.*?)` \| (.*?) \|.*\| (\w+) \|$", written["interface.md"], re.M
    )
    assert len(rows) > 120
    assert not [address for address, summary, role in rows if not summary or role in ("unlisted", "nobody")]


def test_every_table_says_what_it_holds(written):
    parts = re.split(r"^### `", written["database.md"], flags=re.M)[1:]
    silent = [part.split("`")[0] for part in parts if not part.split("\n")[2].strip()]
    assert len(parts) > 60 and not silent, f"Say what they hold in docs/reference.py, TABLES: {silent}"


def test_notes_on_columns_are_of_columns_that_there_are(written):
    for table, notes in reference.COLUMNS.items():
        part = written["database.md"].split(f"### `{table}`\n")[1].split("\n### ")[0]
        assert set(notes) <= set(ROW.findall(part)), table


def test_every_ending_that_is_read_stands_in_the_reference(written):
    from insights.formats import known_endings

    assert not [ending for ending in known_endings() if f"`{ending}`" not in written["formats.md"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    targets = [target for target, _ in LINK.findall(page.read_text("utf-8")) if not re.match(r"[a-z]+:", target)]
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_every_page_of_the_documentation_stands_in_the_sites_navigation():
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")]
    assert not [page for page in pages if f": {page}" not in config]

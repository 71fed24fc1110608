"""What the documentation calls a page, a button or a field is called so in the product, and a command it names is there.

**Bold** and *italics* that begin with a capital letter are names of what a page shows, `›` between a page and what is on it;
what opens an item of a list (`- **…**`) and what is said in quotation marks is none.
"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from api.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDES = [
    ROOT / "README.md", DOCS / "accounts.md", DOCS / "operations.md", DOCS / "upgrade.md",
    *sorted((DOCS / "tutorials").glob("*.md")), *sorted((DOCS / "how-to").glob("*.md")),
]  # fmt: skip
TOLD = sorted({*GUIDES, *(page for page in DOCS.rglob("*.md") if page.parent.name != "reference")})
FENCE = re.compile(r"^ *```.*?^ *```", re.S | re.M)
NAME = re.compile(r"(?<![*\w])(\*\*?)(?=[A-Z])([^*`]+?)\1(?![*\w])")
COMMAND = re.compile(r"`(parley [a-z][^`]*)`")
LINE = re.compile(r"^(?:.*\|\s*|[\d*/ ]{9,}\S* )?(parley [a-z].*)$")


def names(page: Path) -> list[str]:
    """What a page of the documentation calls pages and labels."""
    text = FENCE.sub("", page.read_text("utf-8"))
    found = [name for name in NAME.finditer(text) if not re.search(r"^ *- \Z", text[: name.start()], re.M)]
    return [part for name in found for part in re.sub(r"\s+", " ", name[2]).split(" › ")]


@pytest.fixture(scope="module")
def shown() -> str:
    """All that can stand on a page: templates, words, scripts."""
    api = ROOT / "api"
    return "\n".join(
        file.read_text("utf-8") for kind in ("templates/*.html", "**/*.py", "static/*.js") for file in api.glob(kind)
    )


def is_shown(name: str, shown: str) -> bool:
    """Whether it stands somewhere as a whole: between tags, quotation marks or parts of a template."""
    return bool(re.search(rf"""[>"'`}}]\s*{re.escape(name)}\s*[<"'`{{]""", shown))


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_what_a_page_of_the_documentation_names_is_there(page, shown):
    assert not [name for name in names(page) if not is_shown(name, shown)]


def test_names_are_found_at_all(shown):
    assert sum(len(names(page)) for page in GUIDES) > 40
    assert not is_shown("Put it on the content plans", shown)


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_is_named_is_there_with_its_options(page):
    text = page.read_text("utf-8")
    lines = [*COMMAND.findall(FENCE.sub("", text))]
    for block in FENCE.findall(text):
        lines += [found[1] for line in block.splitlines() if (found := LINE.match(line.strip()))]
    assert not [wrong for line in lines for wrong in unknown(line)]


def unknown(line: str) -> list[str]:
    """The words of a command line that are no command and no option of it."""
    words = shlex.split(line.split(" && ")[0].split(" < ")[0], comments=True)[1:]
    command: Any = get_command(app)
    while words and getattr(command, "commands", None):
        if words[0] not in command.commands:
            return [line]
        command = command.commands[words.pop(0)]
    known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
    return [f"{word} of {line}" for word in words if word.startswith("-") and word.split("=")[0] not in known]

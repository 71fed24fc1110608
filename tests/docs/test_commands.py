"""Every `parley …` in a block of `sh` in the tutorials and how-tos runs, in order, on the sample company.

Blocks that are not to be run (they need another machine, or never end) are written as `bash`.
"""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from api.cli import main

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.S | re.M)
PAGES = sorted(page for folder in ("tutorials", "how-to", "explanation") for page in (DOCS / folder).glob("*.md"))


def commands(page: Path) -> list[list[str]]:
    """The command lines of a page, in order."""
    lines = "\n".join(BLOCK.findall(page.read_text("utf-8"))).splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


@pytest.fixture
def desk(tmp_path: Path, mined_sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the reader's: the sample in the home, a file of notes beside."""
    (tmp_path / "home").mkdir()
    shutil.copy(mined_sample, tmp_path / "home" / "parley.db")
    shutil.copy(DOCS / "examples" / "notes.csv", tmp_path / "notes.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PARLEY_WORKERS", "1")
    return tmp_path


def figures(page: Path) -> list[str]:
    """Shares that a page quotes as a command prints them: `29/171 17 %`."""
    return re.findall(r"`(\d+/\d+ [\d.]+ %)`", page.read_text("utf-8"))


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem)
def test_the_commands_of_a_page_run_in_order_and_print_the_figures_that_it_quotes(page, desk, monkeypatch, capfd):
    printed = ""
    for line in commands(page):
        assert line[0] == "parley", line
        monkeypatch.setattr(sys, "argv", line)
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        assert code == 0, f"{shlex.join(line)}\n{out}{err}"
        assert "Nothing found" not in out, shlex.join(line)
        printed += out.replace("\u00a0", " ")
    assert not [figure for figure in figures(page) if figure not in printed]


def test_pages_show_commands_at_all():
    assert sum(len(commands(page)) for page in PAGES) > 60

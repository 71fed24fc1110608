"""Templates are compiled once for all processes, and pages come where nothing can be kept of that."""

from pathlib import Path

import pytest

from api import rendering


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Templates of a folder of its own, with an environment that nobody else has."""

    def make(folder: Path):
        rendering.environment.cache_clear()
        monkeypatch.setattr(rendering, "__file__", str(folder.parent / "rendering.py"))
        return rendering.environment()

    yield make
    monkeypatch.undo()
    rendering.environment.cache_clear()


def test_a_second_process_finds_them_compiled(fresh, tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    fresh(folder).get_template("help.html")
    kept = {one: one.stat().st_mtime_ns for one in (folder / "__pycache__").iterdir()}
    assert kept
    fresh(folder).get_template("help.html")
    assert {one: one.stat().st_mtime_ns for one in (folder / "__pycache__").iterdir()} == kept


def test_a_page_comes_where_nothing_can_be_written(fresh, tmp_path):
    assert fresh(tmp_path / "not there" / "templates").get_template("help.html")

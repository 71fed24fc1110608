"""The examples of CONTRIBUTING run as they stand there, one after the other."""

import re
from pathlib import Path

import pytest

from insights import formats

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.S | re.M)


def blocks() -> list[tuple[int, str]]:
    """Each block with the line it begins on."""
    text = PAGE.read_text("utf-8")
    return [(text[: found.start(1)].count("\n"), found[1]) for found in BLOCK.finditer(text)]


def test_the_examples_run_in_order(mined_sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "READERS", formats.READERS)  # what an example adds is taken away again
    names: dict = {"database": mined_sample, "__name__": "contributing"}
    for line, block in blocks():
        exec(compile("\n" * line + block, str(PAGE), "exec"), names)


def test_there_is_an_example_of_each_with_what_it_must_show() -> None:
    text = PAGE.read_text("utf-8")
    for heading in ("file format", "component", "report", "export"):
        part = text.split("## Add a ")[1:] + text.split("## Add an ")[1:]
        assert any(one.startswith(heading) and "assert " in one for one in part), heading

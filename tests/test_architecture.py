"""The layers hold, and the check that holds them can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder)}
    )


@pytest.fixture
def copy(tmp_path):
    for name in ("insights", "pipelines", "api"):
        for file in (ROOT / name).rglob("*.py"):
            target = tmp_path / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_layers_hold(copy):
    result = lint(copy)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("insights/trends.py", "import pipelines.settings"),
        ("pipelines/settings.py", "import api.cli"),
        ("insights/trends.py", "import torch"),
        ("pipelines/settings.py", "import bertopic"),
        ("insights/trends.py", "import sqlite3"),
    ],
)
def test_a_planted_wrong_import_is_found(copy, file, line):
    path = copy / file
    path.write_text(path.read_text() + f"\n{line}\n")

    result = lint(copy)

    assert result.returncode == 1
    assert "BROKEN" in result.stdout


@pytest.mark.parametrize("heavy", ["torch", "spacy", "bertopic", "sentence_transformers", "scipy", "fastapi"])
def test_the_command_line_starts_without_heavy_libraries(heavy):
    code = f"import sys, api.cli; sys.exit({heavy!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0

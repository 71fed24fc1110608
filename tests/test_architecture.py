"""The layers hold, and the check that holds them can fail."""

import ast
import shutil
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
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


PLANTED = (
    ("insights/trends.py", "import pipelines.settings", "insights.trends -> pipelines.settings"),
    ("pipelines/settings.py", "import api.cli", "pipelines.settings -> api.cli"),
    ("insights/trends.py", "import torch", "insights.trends -> torch"),
    ("pipelines/settings.py", "import bertopic", "pipelines.settings -> bertopic"),
    ("insights/trends.py", "import sqlite3", "insights.trends -> sqlite3"),
)


def test_every_planted_wrong_import_is_found(copy):
    for file, line, _ in PLANTED:
        with (copy / file).open("a") as module:
            module.write(f"\n{line}\n")

    result = lint(copy)

    assert result.returncode == 1
    assert [found for *_, found in PLANTED if found not in result.stdout] == []


HEAVY = {"torch", "spacy", "bertopic", "sentence_transformers", "scipy", "fastapi"}


def test_the_command_line_starts_without_heavy_libraries():
    code = f"import sys, api.cli; print({HEAVY!r} & set(sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "set()\n"


def test_the_server_starts_without_what_its_first_page_does_not_need():
    code = (
        "import sys, pipelines.settings, api.app; print({'pandas', 'scipy', 'spacy', 'onnxruntime'} & set(sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "set()\n"


def needs(package: Path) -> dict[str, set[str]]:
    """Folder of a package -> the folders beside it whose modules its own import."""
    folders = {one.name for one in package.iterdir() if (one / "__init__.py").exists()}
    found: dict[str, set[str]] = {one: set() for one in folders}
    for folder in folders:
        for file in (package / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    first, _, rest = node.module.partition(".")
                    if first == package.name:
                        named = {rest.partition(".")[0]} if rest else {alias.name for alias in node.names}
                        found[folder] |= named & folders - {folder}
    return found


def test_folders_of_the_pipelines_need_each_other_one_way_only(tmp_path):
    tuple(TopologicalSorter(needs(ROOT / "pipelines")).static_order())

    package = tmp_path / "pipelines"
    for folder, line in (("quotes", "from pipelines.sales import calls"), ("sales", "from pipelines import quotes")):
        (package / folder).mkdir(parents=True)
        (package / folder / "__init__.py").write_text(line)
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(needs(package)).static_order())

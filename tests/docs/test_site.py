"""The documentation is built as a site without a warning, and a page of it asks no other machine for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What a browser loads by itself: a link that a reader follows is no such thing.
LOADED = re.compile(r"""(?:src=|<link[^>]+href=|url\(|@import )["']?(?:https?:)?//[^"')\s>]+""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_no_page_or_style_loads_anything_from_elsewhere(site):
    files = [file for kind in ("*.html", "*.css") for file in site.rglob(kind)]
    assert len(files) > 30
    assert not {found for file in files for found in LOADED.findall(file.read_text("utf-8"))}


def test_what_lies_beside_the_documentation_is_in_it(site):
    assert "project/benchmarks/FINDING.html" in (site / "explanation" / "limits.html").read_text("utf-8").replace(
        "../", ""
    )
    assert (site / "project" / "SECURITY.html").exists()

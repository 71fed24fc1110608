"""The notebooks run on the sample company as it stands, read it through public names alone, and write nothing to it."""

import ast
import gc
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.util import run_sync

from notebooks.__main__ import HERE, KERNEL, surroundings
from pipelines.store import NoDatabase, connect_to_read

FILES = sorted(HERE.glob("*.ipynb"))
LARGEST = 120_000  # bytes of a notebook with its outputs


@contextmanager
def kernel(database: Path) -> Iterator[AsyncKernelManager]:
    """One kernel for all of them: most of the time would be its start and its imports."""
    held = AsyncKernelManager(kernel_name=KERNEL)
    run_sync(held.start_kernel)(env={**surroundings(), "PARLEY_DATABASE": str(database)}, cwd=str(HERE))
    try:
        yield held
    finally:
        run_sync(held.shutdown_kernel)(now=True)
        gc.collect()  # the sockets that jupyter_client leaves to the collector, while their warnings are let pass


def fingerprint(file: Path) -> str:
    """What the database holds, whatever SQLite's files look like."""
    with closing(sqlite3.connect(file)) as db:
        return hashlib.sha256("\n".join(db.iterdump()).encode()).hexdigest()


def code(file: Path) -> str:
    cells = nbformat.read(file, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def test_there_are_five() -> None:
    assert [file.name[0] for file in FILES] == list("12345")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_they_run_on_the_sample_company_and_write_nothing_to_it(mined_sample: Path) -> None:
    before = fingerprint(mined_sample)
    with kernel(mined_sample) as running:
        for file in FILES:
            notebook = nbformat.read(file, as_version=4)
            notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
            NotebookClient(notebook, km=running, timeout=300).execute()
            outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
            assert sum("image/png" in out.get("data", {}) for out in outputs) >= 2, file.name
    assert fingerprint(mined_sample) == before


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_they_use_public_names_only(file: Path) -> None:
    tree = ast.parse("\n".join(line for line in code(file).splitlines() if not line.startswith("%")))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    reached = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not {name for name in names | reached if name.startswith("_")}
    assert not {module for module in modules if (module or "").split(".")[0] == "api"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_their_outputs_are_kept_small_and_whole(file: Path) -> None:
    cells = nbformat.read(file, as_version=4).cells
    assert file.stat().st_size < LARGEST
    assert all(cell.execution_count for cell in cells if cell.cell_type == "code")
    assert not [out for cell in cells for out in cell.get("outputs", ()) if out.output_type == "error"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_of_the_machine_is_kept_in_them(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not [word for word in (str(HERE), f"{Path.home()}/", "/tmp/") if word in text]


def test_every_write_to_what_they_open_is_refused(mined_sample: Path) -> None:
    with closing(connect_to_read(mined_sample)) as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM themes")


def test_a_database_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(NoDatabase, match="parley demo"):
        connect_to_read(tmp_path / "none.db")
    assert not list(tmp_path.iterdir())

"""What is in the way when Parley starts: said in one sentence with what to do, and nothing is damaged by trying."""

import socket

import pytest

from pipelines.store import held


def refused(done, code: int = 1) -> str:
    """The one line that a command said on its way out."""
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("arguments", [("batches",), ("serve", "--port", "0"), ("demo", "--port", "0")])
def test_a_home_that_is_a_file_is_named_with_the_setting_to_change(parley, tmp_path, arguments):
    (tmp_path / "home").write_text("mine")

    said = refused(parley(*arguments))

    assert str(tmp_path / "home") in said and "PARLEY_HOME=" in said and "Errno" not in said
    assert (tmp_path / "home").read_text() == "mine"


def test_a_file_that_cannot_be_written_is_named(parley, tmp_path):
    said = refused(parley("plan", "-o", "nowhere/plan.md", "--format", "md"))

    assert "'nowhere/plan.md' cannot be used: No such file or directory. Check the path" in said


def test_settings_that_are_no_toml_are_told_with_the_line(parley, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "parley.toml").write_text("port = 8400\nhost = here\n")

    said = refused(parley("batches"), code=2)

    assert "parley.toml" in said and "line 2" in said
    assert not (tmp_path / "home" / "parley.db").exists()


def test_the_sample_is_kept_where_the_port_is_taken(parley, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "demo.db").write_text("somebody's sample")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = refused(parley("demo", "--port", str(port)))

    assert f"Port {port} is taken" in said and "make demo PORT=" in said
    assert (tmp_path / "home" / "demo.db").read_text() == "somebody's sample"


def test_the_sample_of_a_server_that_runs_is_not_replaced(parley, tmp_path):
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "demo.db"
    file.write_text("served")
    with held.shared(file):
        said = refused(parley("demo", "--no-serve"))

    assert "uses 'demo.db' now. Stop it" in said
    assert file.read_text() == "served"


@pytest.mark.parametrize(
    ("list", "next"),
    [
        ("batches", "parley ingest"),
        ("competitors list", "parley competitors add"),
        ("mappings list", "parley mappings save"),
        ("personas list", "parley personas titles"),
        ("retention list", "parley retention add"),
        ("stages list", "parley ingest"),
    ],
)
def test_an_empty_list_says_so_and_what_to_do(parley, list, next):
    done = parley(*list.split())

    assert done.returncode == 0 and next in done.stdout

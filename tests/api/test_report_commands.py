"""Reports in the terminal: the examples of their help run, every format is a file, nothing is said of nothing."""

from pathlib import Path

import pytest

from api.exports import FORMATS
from pipelines.quotes import collections
from pipelines.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    return Settings(home=home)


@pytest.mark.parametrize("command", ["outcomes", "voice"])
def test_the_kind_stands_where_the_help_shows_it(parley, filled, command: str):
    assert parley(command, "competitors").returncode == 0


@pytest.mark.parametrize("format", FORMATS)
def test_the_plan_is_a_file_in_every_format(parley, filled, tmp_path, format: str):
    file = tmp_path / f"plan.{format}"
    assert parley("plan", "--format", format, "-o", str(file)).returncode == 0
    assert file.stat().st_size > 50


@pytest.mark.parametrize(
    "command", [("report", "objections"), ("competition",), ("outcomes",), ("voice",), ("material",)]
)
def test_an_empty_database_is_told_with_what_to_do(parley, command: tuple[str, ...]):
    found = parley(*command)
    assert found.returncode == 1
    assert "parley ingest" in found.stderr
    assert not found.stdout


@pytest.mark.parametrize("command", ["outcomes", "voice", "material", "plan"])
def test_a_file_whose_name_tells_no_format_needs_one(parley, filled, tmp_path, command: str):
    found = parley(command, "-o", str(tmp_path / "x"))
    assert found.returncode == 2
    assert "The ending of x says no format. Known: json, csv, xlsx, pptx, md, html, pdf." in found.stderr


@pytest.mark.parametrize("command", [("report", "objections"), ("competition",), ("outcomes",), ("plan",)])
def test_a_file_is_of_the_format_that_its_name_tells(parley, filled, tmp_path, command: tuple[str, ...]):
    file = tmp_path / "deck.PPTX"

    assert parley(*command, "-o", str(file)).returncode == 0
    assert file.read_bytes()[:2] == b"PK"

    found = parley(*command, "--format", "xlsx", "-o", str(tmp_path / "y.csv"))
    assert found.returncode == 2
    assert "--format says xlsx, but the file is called y.csv. Call it y.xlsx, or leave --format out." in found.stderr
    assert not (tmp_path / "y.csv").exists()


@pytest.mark.parametrize(("name", "start"), [("c.json", b"{"), ("c.xlsx", b"PK"), ("c.html", b"<"), ("c", b"# ")])
def test_a_collection_is_a_file_of_the_format_that_its_name_tells(
    parley, filled, db, tmp_path, name: str, start: bytes
):
    at, _ = collections.create(db, title="Prices", now="2026-01-15T12:00:00+00:00", actor="Ann")

    assert parley("collections", "export", str(at), "-o", str(tmp_path / name)).returncode == 0
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_plan_of_an_unknown_field_says_which_there_are(parley, filled):
    assert "There is no field" in parley("plan", "--where", "nope=1").stderr


def test_a_digest_by_mail_says_when_no_mail_server_is_set(parley):
    told = parley("digests", "add", "What changed", "--mail", "team@example.com").stdout

    assert "set PARLEY_SMTP_URL and PARLEY_MAIL_FROM" in told


def test_the_themes_come_by_their_change_when_asked(parley, filled):
    said = [parley("report", "objections", "--order", order).stdout for order in ("frequent", "rising", "falling")]
    assert "first. Only what is marked" not in said[0]
    assert "the largest rise first" in said[1] and "the largest fall first" in said[2]

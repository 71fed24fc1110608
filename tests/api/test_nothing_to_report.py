"""A report in the terminal that has nothing to tell says why."""

from pathlib import Path

import pytest

from pipelines.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those that the commands run with."""
    (tmp_path / "home").mkdir()
    return Settings(home=tmp_path / "home")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--persona", "finanse"), 1, "There is no persona 'finanse'. Did you mean 'finance'? Known: "),
        (("--since", "2026-05-01", "--until", "2026-01-01"), 2, "--since 2026-05-01 is later than --until 2026-01-01: turn them round."),
        (("--since", "2031-01-01"), 1, ", before 1 Jan 2031. Name an earlier --since."),
        (("--published", "2019-01-01"), 1, "By 1 Jan 2019 nothing had been uploaded."),
        (("--where", "account=Nope"), 1, "No conversation with a date matches. Loosen the filters"),
    ],
)  # fmt: skip
def test_a_report_that_matches_nothing_says_why(parley, filled, arguments, code, said):
    done = parley("report", "objections", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.parametrize("command", ["competition", "outcomes", "voice", "material", "signals"])
def test_every_report_names_the_personas_for_an_unknown_one(parley, filled, command):
    done = parley(command, "--where", "persona=nobody")

    assert done.returncode == 1
    assert "There is no persona 'nobody'." in done.stderr


def test_an_empty_database_is_said_to_be_empty(parley):
    assert "No conversation is stored yet. Load some: parley ingest FOLDER" in parley("report", "objections").stderr

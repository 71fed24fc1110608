"""`parley ingest` and `parley preview` say the same of a file, and refuse a header that no file has."""

import random

import pytest
import typer

from api.commands.terminal import stoppable

VISITS = "Café chain;Words\nBean There;Honestly it costs too much for a team of our size, we only have four sites.\n"


@pytest.fixture
def here(parley, tmp_path):
    (tmp_path / "visits.csv").write_text(VISITS, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", ["ingest", "preview"])
def test_a_header_that_no_file_has_is_refused_with_the_close_one(parley, here, command):
    done = parley(command, "visits.csv", "--column", "Cafe chains=account")

    assert done.returncode == 2
    assert "No file has a column 'Cafe chains'. Did you mean 'Café chain'?" in done.stderr
    assert "0 conversations" not in parley("batches").stdout

    assert parley(command, "visits.csv", "--column", "café CHAIN=account").returncode == 0


def test_what_is_binary_is_so_for_both(parley, here):
    (here / "junk.csv").write_bytes(random.Random(1).randbytes(20_000))

    for command in ("preview", "ingest"):
        done = parley(command, "junk.csv")
        assert done.returncode == 3
        assert "junk.csv: This is a binary file, not text." in done.stdout


def test_both_say_how_to_name_the_column_of_the_words(parley, here):
    (here / "short.csv").write_text("Mood,Weather\nfine,rain\nbad,sun\n")

    for command in ("preview", "ingest"):
        done = parley(command, "short.csv")
        assert done.returncode == 3
        assert "--column HEADER=text" in done.stdout


@pytest.mark.parametrize("command", ["ingest", "preview"])
def test_a_missing_file_is_told_alike(parley, command):
    done = parley(command, "missing.csv")

    assert (done.returncode, done.stderr) == (2, "parley: There is no file or folder 'missing.csv'.\n")


def test_one_is_not_told_as_several(parley, here):
    said = parley("ingest", "visits.csv", "--column", "Café chain=account").stdout

    assert "1 piece in 1 file = 1 new + 0 known already + 0 problems." in said
    assert "1 conversation with 1 utterance." in said


def test_a_role_that_is_none_ends_with_a_sentence(parley, here):
    done = parley("preview", "visits.csv", "--column", "Words=texts")

    assert (done.returncode, done.stderr.endswith(". Write it as HEADER=ROLE.\n")) == (2, True)


def test_the_endings_that_are_read_name_archives_too(parley, here):
    (here / "talk.xyz").write_text("words")

    said = parley("ingest", "talk.xyz").stdout
    assert all(f" {ending}" in said for ending in (".csv,", ".gz,", ".tar,", ".tgz,", ".zip."))


def test_a_kind_that_there_is_not_is_no_empty_search(parley, here):
    done = parley("search", "price", "--kind", "objektions")

    assert (done.returncode, done.stderr) == (
        2,
        "parley: There is no kind 'objektions'. Known: objection, question, competitor, tracker.\n",
    )


def test_ctrl_c_says_that_it_goes_on_later(capsys):
    with pytest.raises(typer.Exit) as stopped, stoppable("what was found"):
        raise KeyboardInterrupt

    assert stopped.value.exit_code == 130
    assert capsys.readouterr().err == "parley: Stopped; what was found is kept. Run it again to go on.\n"


def test_what_stands_twice_in_the_files_is_not_called_known(parley, here):
    (here / "copy.csv").write_bytes((here / "visits.csv").read_bytes())

    said = parley("ingest", "visits.csv", "copy.csv", "--column", "Café chain=account").stdout
    assert "2 pieces in 2 files = 1 new + 1 repeated in these files + 0 problems." in said

    again = parley("ingest", "visits.csv", "--column", "Café chain=account", "--title", "again").stdout
    assert "= 0 new + 1 known already + 0 problems." in again


def test_a_preview_names_what_will_not_be_read(parley, here):
    (here / "old.doc").write_bytes(b"\xd0\xcf")
    (here / "older.doc").write_bytes(b"\xd0\xcf")
    (here / "talk.txt").write_text("Ann: Too dear.\nBob: I see.\n")

    done = parley("preview", "old.doc", "older.doc", "talk.txt")

    assert done.returncode == 3
    assert "old.doc and 1 more: Files ending in '.doc' are not read. Save it as .docx" in done.stdout
    assert done.stdout.endswith("without columns to choose: 1 .txt\n")


def test_what_no_column_holds_is_said_to_be_set_by_hand(parley, here):
    (here / "call.json").write_text(
        '{"id": "7", "title": "Demo", "turns": [{"speaker": "Ann", "text": "It is too dear for us."}]}'
    )

    assert "Where none holds it, set it by hand once it is in" in parley("ingest", "--dry-run", "call.json").stdout

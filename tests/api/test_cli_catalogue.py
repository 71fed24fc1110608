"""The terminal checks what it is told of names, says when nothing came of it, and offers a way back."""

import re

import pytest

CALL = "Ann Lee: How much is it?\n\nBob Hill: It is 40 a month.\n\nAnn Lee: That costs too much for us.\n"


@pytest.fixture
def heard(parley, tmp_path):
    (tmp_path / "call.txt").write_text(CALL)
    parley("ingest", "call.txt")


@pytest.mark.parametrize("arguments", [(), ("--domain", "not a domain"), ("--domain", "acme"), ("--product", " ")])
def test_nothing_or_nonsense_is_not_saved_of_the_company(parley, arguments):
    done = parley("company", "add", *arguments)

    assert done.returncode == 2
    assert "Saved" not in done.stdout
    assert parley("company", "show").stdout.count(" -\n") == 4


def test_what_was_told_of_the_company_is_taken_back_by_what_the_answer_says(parley, heard):
    said = parley("company", "add", "--domain", "@Acme.COM", "--person", "Bob Hill").stdout
    assert "Undo: parley company remove --domain acme.com --person 'Bob Hill'" in said
    assert parley("company", "add", "--domain", "acme.com").stdout == "All of it is known already.\n"

    wrong = parley("company", "remove", "--domain", "acne.com")
    assert (wrong.returncode, "Did you mean 'acme.com'?" in wrong.stderr) == (1, True)

    assert parley("company", "remove", "--domain", "acme.com", "--person", "Bob Hill").returncode == 0
    assert parley("company", "show").stdout.count(" -\n") == 4
    assert re.search(r"^Bob Hill: unknown .* 1 conversation$", parley("speakers", "list").stdout, re.M)


def test_a_side_of_nobody_is_refused_with_the_close_name(parley, heard):
    done = parley("speakers", "set", "Anne Lee", "buyer")

    assert done.returncode == 1
    assert "Nobody is called 'Anne Lee'. Did you mean 'Ann Lee'?" in done.stderr
    assert (
        "There is no conversation nope."
        in parley("speakers", "set", "Ann Lee", "buyer", "--conversation", "nope").stderr
    )


def test_a_competitor_that_is_there_already_makes_no_decision(parley):
    assert "Undo:" in parley("competitors", "add", "Zendrix", "--alias", "Zen drix").stdout

    assert parley("competitors", "add", "zendrix").stdout == "Zendrix is there already.\n"
    again = parley("competitors", "add", "Zendrix", "--alias", "zen drix").stdout
    assert again == "Zendrix is there already, with these aliases.\n"
    assert "Undo:" in parley("competitors", "add", "Zendrix", "--alias", "ZDX").stdout


def test_an_undo_of_nothing_says_why(parley, heard, tmp_path):
    (tmp_path / "same").mkdir()
    (tmp_path / "same" / "copy.txt").write_text(CALL)
    parley("ingest", "same")

    assert parley("undo", "1").stdout == (
        "Batch 1 taken back: 0 conversations removed.\n1 piece stays: upload 2 brought it too.\n"
    )
    assert re.fullmatch(r"Batch 1 is undone already \(terminal, .+\)\.\n", parley("undo", "1").stdout)


def test_nobody_known_is_said_and_can_be_kept_out_in_advance(parley, heard):
    said = parley("forget", "--dry-run", "nobody@x.example").stdout

    assert said.startswith("Nobody is known by this. Forgotten all the same, they are kept out of later uploads.")
    assert "Known by" not in said


def test_a_proposed_name_tells_the_days_that_are_known(parley, tmp_path):
    (tmp_path / "n.csv").write_text("Account,Notes\nAcme,They use Zendrix today and compare us with Zendrix.\n")
    parley("ingest", "n.csv")
    parley("mine")

    assert parley("competitors", "proposals").stdout.startswith("Zendrix: 1 account, 1 conversation; ")

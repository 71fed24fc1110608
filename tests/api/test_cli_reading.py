"""The command line of reading: look, correct, load, mend what is left, say who is who."""

import csv
import json

import pytest

ODD = "Firma;Wann;Was gesagt wurde\nAcme;03/04/2026;They said it is too expensive for them.\nBexley;12/04/2026;Asked about SSO.\n"
CALL = (
    "Ann Lee: The weather is fine today.\nBob Ray: It is, and the train was on time.\nAnn Lee: Good.\nBob Ray: Good.\n"
)


@pytest.fixture
def odd(tmp_path):
    (tmp_path / "odd.csv").write_text(ODD)
    return "odd.csv"


def test_a_preview_says_what_columns_are_taken_for_and_what_dates_need(parley, odd):
    told = parley("preview", odd).stdout

    assert "read as conversations" in told and "by content" in told
    assert "need --date-order dmy or mdy" in told
    assert json.loads(parley("preview", "--json", odd).stdout)["tables"][0]["ambiguous"]


def test_a_mapping_is_saved_listed_used_and_removed(parley, odd):
    parley("mappings", "save", "ours", "--column", "Firma=account", "--date-order", "dmy")

    assert "ours: Firma=account, dmy" in parley("mappings", "list").stdout
    done = parley("ingest", "--json", odd, "--mapping", "ours")
    assert (done.returncode, json.loads(done.stdout)["conversations"]) == (0, 2)
    assert parley("mappings", "remove", "ours").returncode == 0
    assert parley("ingest", odd, "--mapping", "ours").returncode == 2


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--column", "Firma=firm", "is not one of"),
        ("--date-order", "ymd", "dmy (3 April) or mdy"),
        ("--zone", "Berlin", "no time zone"),
        ("--mapping", "nobody", "no saved mapping"),
    ],
)
def test_a_wrong_word_about_columns_is_a_usage_error(parley, odd, option, value, told):
    done = parley("ingest", odd, option, value)

    assert done.returncode == 2 and told in done.stderr


def test_rows_with_problems_are_written_corrected_and_loaded_once(parley, tmp_path):
    rows = "Date,Account,Notes\n2026-03-01,Acme,Too expensive for them.\n2026-03-02,Bexley,\n"
    (tmp_path / "notes.csv").write_text(rows)
    assert parley("ingest", "notes.csv", "--problems", "left.csv").returncode == 3

    with (tmp_path / "left.csv").open(encoding="utf-8-sig", newline="") as file:
        (left,) = csv.DictReader(file)
    assert (left["parley_row"], left["Account"]) == ("3", "Bexley")
    with (tmp_path / "left.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, left)
        writer.writeheader()
        writer.writerow({**left, "Notes": "Asked about SSO."})
    again = json.loads(parley("ingest", "--json", "left.csv").stdout)

    assert (again["conversations"], again["problems"]) == (1, 0)


def test_a_trial_writes_its_problems_too(parley, odd, tmp_path):
    assert parley("ingest", "--dry-run", odd, "--problems", "left.csv").returncode == 3

    assert "03/04/2026" in (tmp_path / "left.csv").read_text("utf-8-sig")


def test_a_side_is_corrected_once_for_every_file(parley, tmp_path):
    (tmp_path / "call.txt").write_text(CALL)
    parley("ingest", "call.txt")
    assert "Ann Lee: unknown" in parley("speakers", "list").stdout

    assert "utterances changed sides" in parley("speakers", "set", "Ann Lee", "seller").stdout
    assert "Ann Lee" not in parley("speakers", "list").stdout
    assert parley("speakers", "unset", "Ann Lee").returncode == 0
    assert parley("speakers", "unset", "Ann Lee").returncode == 1
    assert "--conversation ID" in parley("speakers", "set", "Speaker 1", "buyer").stderr


def test_a_persona_rule_must_name_what_parley_knows(parley):
    assert parley("personas", "set", "deal desk", "--function", "sales_revops").returncode == 0
    assert parley("personas", "list").stdout == "deal desk: sales_revops, as ever\n"
    assert parley("personas", "set", "deal desk", "--function", "dealing").returncode == 2
    assert parley("personas", "set", "deal desk").returncode == 2
    assert parley("personas", "unset", "deal desk").returncode == 0

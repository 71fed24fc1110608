"""The command line: exit codes, messages that say what to do, and shapes that other programs rely on."""

import json
from importlib.metadata import version

import pytest

NOTE = "Activity ID,Date,Account,Owner,Description\n1,2025-03-03,Arlo Foods,Joel Okafor,Says the price is too high for them.\n"


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_batch_can_be_tried_loaded_repeated_and_taken_back(parley, tmp_path):
    (tmp_path / "notes.csv").write_text(NOTE)

    assert "Dry run, nothing kept: 1 piece in 1 file = 1 new" in parley("ingest", "--dry-run", "notes.csv").stdout
    assert json.loads(parley("ingest", "--json", "notes.csv").stdout)["conversations"] == 1
    assert json.loads(parley("ingest", "--json", "notes.csv").stdout)["duplicates"] == 1
    assert (
        parley("undo", "1").stdout
        == "Batch 1 taken back: 0 conversations removed.\n1 piece stays: upload 2 brought it too.\n"
    )
    assert parley("undo", "2").stdout.startswith("Batch 2 taken back: 1 conversation removed.\nNext: parley mine")


def test_problems_are_told_and_give_exit_code_3(parley, tmp_path):
    (tmp_path / "empty.csv").write_text("")

    done = parley("ingest", "empty.csv")

    assert done.returncode == 3
    assert "empty.csv: The file is empty" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("ingest", "missing.csv"), 2, "There is no file or folder 'missing.csv'"),
        (("undo", "7"), 1, "There is no batch 7"),
        (("report", "objections"), 1, "No conversation is stored yet"),
        (("report", "objections", "--since", "yesterday"), 2, "Write it as YYYY-MM-DD"),
        (("report", "objections", "--where", "colour"), 2, "Write it as name=value"),
        (("report", "objections", "--where", "colour=red"), 2, "There is no field 'colour'"),
        (("themes", "rename", "3", "X"), 1, "There is no theme 3"),
        (("serve", "--host", "0.0.0.0"), 2, "serves only on this machine"),
        (("report", "weather"), 2, "weather"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(parley, arguments, code, says):
    done = parley(*arguments)

    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_it_says_which_version_it_is(parley):
    done = parley("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"parley {version('parley')}")


def test_a_wrong_setting_is_named(parley, monkeypatch):
    monkeypatch.setenv("PARLEY_PORT", "many")

    done = parley("batches")

    assert done.returncode == 2
    assert "PARLEY_PORT" in done.stderr


def test_read_prints_the_mails_of_a_table_as_threads(parley, tmp_path):
    (tmp_path / "emails.csv").write_text(
        "Date,Direction,From address,To address,Subject,Body\n"
        "2025-03-05,INCOMING,dana@acme.example,jane@us.example,Re: Offer,Too dear.\n"
        "2025-03-04,OUTGOING,jane@us.example,dana@acme.example,Offer,Here it is.\n"
    )
    (thread,) = lines(parley("read", "emails.csv").stdout)
    assert [(said["role"], said["text"]) for said in thread["utterances"]] == [
        ("seller", "Here it is."),
        ("buyer", "Too dear."),
    ]


def test_read_prints_conversations_and_problems_as_json_lines(parley, tmp_path):
    (tmp_path / "call.txt").write_text("Joel: Thanks for your time.\nDana: It is too expensive for us.\n")

    (row,) = lines(parley("read", "call.txt").stdout)

    assert {"id", "kind", "title", "occurred_at", "participants", "utterances"} <= row.keys()
    assert [(u["speaker"], u["text"]) for u in row["utterances"]] == [
        ("Joel", "Thanks for your time."),
        ("Dana", "It is too expensive for us."),
    ]
    assert {"speaker", "role", "voice", "text", "started_at"} <= row["utterances"][0].keys()
    (tmp_path / "empty.vtt").write_text("")
    broken = parley("read", "empty.vtt")
    assert (broken.returncode, list(lines(broken.stdout)[0])) == (3, ["problem"])


def test_cluster_answers_every_row_and_then_names_the_themes(parley):
    prices = [
        f"The price is too high for {who}." for who in ("us", "our team", "a small shop", "this year", "me", "them")
    ]
    trains = [
        f"How long does training take for {who}?" for who in ("us", "pickers", "ten people", "new staff", "me", "them")
    ]
    rows = [{"id": str(n), "text": text} for n, text in enumerate(prices + trains)]

    found = lines(parley("cluster", stdin="\n".join(map(json.dumps, rows))).stdout)

    assert [row["id"] for row in found[: len(rows)]] == [row["id"] for row in rows]
    assert all({"theme", "confidence"} <= row.keys() for row in found[: len(rows)])
    assert all({"theme", "name", "keywords"} <= row.keys() for row in found[len(rows) :])


def test_extract_marks_verbatim_spans_and_passes_over_bad_lines(parley, tmp_path):
    (tmp_path / "rivals.txt").write_text("Zellvane, Zell Vane\n")
    rows = [
        {"id": "a#1", "role": "customer", "text": "It is too expensive for us.", "context": []},
        {"id": "a#2", "role": "customer", "text": "We use Zell Vane today.", "context": []},
        {"id": "a#3", "role": "rep", "text": "I know that price is a concern for many.", "context": []},
    ]

    done = parley("extract", "--competitors", "rivals.txt", stdin="\n".join(map(json.dumps, rows)) + "\nnot json\n")

    price, rival, rep, bad = lines(done.stdout)
    assert [(i["kind"], i["label"], i["start"]) for i in price["insights"]] == [("objection", "price", 0)]
    (named,) = rival["insights"]
    assert (named["label"], named["name"], named["text"]) == ("incumbent", "Zellvane", "Zell Vane")
    assert rep["insights"] == []
    assert "problem" in bad
    assert done.returncode == 3


def test_evaluate_scores_labelled_rows(parley, tmp_path):
    text = "It is too expensive for us."
    mark = {"kind": "objection", "start": 0, "end": len(text), "label": "price"}
    (tmp_path / "gold.jsonl").write_text(
        json.dumps({"id": "a#1", "role": "customer", "text": text, "context": [], "marks": [mark]})
    )

    found = json.loads(parley("evaluate", "gold.jsonl", "--json").stdout)

    assert found["objection"]["f1"] == 1.0


def test_evaluate_shows_parts_and_labels(parley, tmp_path):
    row = {"role": "customer", "context": [], "text": "It is too expensive for us."}
    mark = {"kind": "objection", "start": 0, "end": 26, "label": "price"}
    rows = [{"id": f"a#{n}", **row, "voice": voice, "marks": [mark]} for n, voice in enumerate(("asr", "chat"))]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)))

    told = lines(parley("evaluate", "gold.jsonl", "--by", "voice", "--by", "label", "--json").stdout)

    assert [one["rows"] for one in told] == ["gold.jsonl", "gold.jsonl, voice asr", "gold.jsonl, voice chat"]
    assert told[0]["objection"]["labels"]["price"]["f1"] == 1.0
    assert told[0]["objection"]["reliability"][0]["right"] == 1.0


def test_the_confidence_from_which_on_an_insight_counts_can_be_set_and_reset(parley):
    assert "objection   0.80 (yours; " in parley("company", "confidence", "--objection", "0.8").stdout
    assert "yours" not in parley("company", "confidence", "--reset").stdout


def test_a_report_without_a_theme_says_what_it_takes(parley, tmp_path):
    (tmp_path / "notes.csv").write_text(NOTE)
    parley("ingest", "notes.csv")

    assert "No theme of objections yet: a first one takes 8 different quotes." in parley("report", "objections").stdout


def test_a_theme_named_like_markup_of_the_terminal_is_shown_as_it_is(parley, db, filled, tmp_path):
    with db.atomic():
        db.execute("UPDATE themes SET name = '[/bold] [red]' || id")
    (tmp_path / "home").mkdir()
    db.conn.execute("VACUUM INTO ?", [str(tmp_path / "home" / "parley.db")])

    answer = parley("report", "objections")

    assert (answer.returncode, "[/bold] [red]1" in answer.stdout) == (0, True)

"""One person is forgotten: nothing of theirs is in any file, everything of the others stays, and every number is explained."""

import base64
import json
import os
import shutil
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from insights import trackers
from insights.keeping import Rule
from insights.records import Insight, stable_id, text_hash
from pipelines.ingest import ingest
from pipelines.operation import backup
from pipelines.privacy import forget, forgotten, keeping, persons, receipts, traces
from pipelines.privacy.persons import Asked, Unclear
from pipelines.reviews import review
from pipelines.store import connect, conversations, every_cell, insights, saved, vectors
from pipelines.store import jobs as jobs_of
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme
from pipelines.uploads.refresh import refresh

NOTES = """Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Contact Phone,Owner,Opportunity Stage,Segment,Description
A1,2025-03-03,Arlo Foods,Dana Ortiz,VP Finance,+1 (555) 010-2030,Joel Okafor,Evaluation,smb,"Dana says the price is too high for what it does. Her number is 555 010 2030."
A2,2025-03-04,Bexley Trading,Raj Stroud,IT Manager,,Joel Okafor,Discovery,mid-market,"Raj knows Dana Ortiz of Arlo and asked whether we support single sign-on."
A3,2025-03-04,Corvid Mills,Dana Point,Buyer,,Joel Okafor,Discovery,smb,"Dana asked for a longer trial of the scanners."
"""
CALL = """WEBVTT

NOTE account: Arlo Foods
NOTE date: 2025-04-05
NOTE rep: Joel Okafor
NOTE contact: Dana Ortiz
NOTE title: VP Finance

00:00:01.000 --> 00:00:04.000
<v Joel Okafor>Thanks for making the time today, Dana. Where does it pinch?</v>

00:00:04.000 --> 00:00:09.000
<v Dana Ortiz>Honestly, it is far too expensive for a bakery with nine people.</v>

00:00:09.000 --> 00:00:14.000
<v Lena Voss>I worry that the roll-out takes us half a year.</v>

00:00:14.000 --> 00:00:16.000
<v Dana Ortiz>Same here.</v>
"""
MAILS = """From MAILER Thu Mar 06 10:00:00 2025
Message-ID: <m0@arlo.example>
From: Dana Ortiz <dana.ortiz@arlo.example>
To: Joel Okafor <joel@vendor.example>, Lena Voss <lena@arlo.example>
Date: Thu, 06 Mar 2025 10:00:00 +0000
Subject: Offer

Does it work offline when the cellar has no signal at all?

From MAILER Thu Mar 06 11:00:00 2025
Message-ID: <m1@vendor.example>
From: Joel Okafor <joel@vendor.example>
To: Dana Ortiz <dana.ortiz@arlo.example>, Lena Voss <lena@arlo.example>
Date: Thu, 06 Mar 2025 11:00:00 +0000
Subject: Re: Offer
In-Reply-To: <m0@arlo.example>
References: <m0@arlo.example>

Hello Dana, yes, the scanner keeps its counts until it is back.

On Thu, 6 Mar 2025 at 10:00, Dana Ortiz <dana.ortiz@arlo.example> wrote:
> Does it work offline when the cellar has no signal at all?

From MAILER Thu Mar 06 12:00:00 2025
Message-ID: <m2@arlo.example>
From: Lena Voss <lena@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Thu, 06 Mar 2025 12:00:00 +0000
Subject: Re: Offer
In-Reply-To: <m1@vendor.example>
References: <m0@arlo.example> <m1@vendor.example>

We have no budget for it before the autumn.

"""
THEIRS = (
    "far too expensive for a bakery",
    "Does it work offline when the cellar",
    "Dana Ortiz",
    "dana.ortiz@arlo.example",
    "5550102030",
)
TOKENS = (
    b"dana.ortiz",
    b"dana ortiz",
    b"ortiz",
    b"bakery with nine",
    b"cellar has no signal",
    b"555 010",
    b"010-2030",
    b"5550102030",
)
ASKED = Asked("dana.ortiz@arlo.example")


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path


@pytest.fixture
def bring(db):
    return lambda name, text: _bring(db, name, text)


def _bring(db, name: str, text: str):
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(text)
        return ingest(db, [file], title=name, now=lambda: "2025-12-31T12:00:00+00:00")


@pytest.fixture
def company(db, written):
    written(db, _company)


def _company(db):
    """Notes, a call and a thread; a few quotes found in them, in themes, saved, reviewed and collected."""
    _bring(db, "notes.csv", NOTES)
    _bring(db, "call.vtt", CALL)
    _bring(db, "mail.mbox", MAILS)
    _mine(db)


def _mine(db) -> None:
    wanted = {
        "far too expensive for a bakery": ("objection", "price"), "the roll-out takes us half a year": ("objection", "implementation"),
        "Does it work offline": ("question", "capability"), "no budget for it before the autumn": ("objection", "budget"),
        "the price is too high": ("objection", "price"), "Dana asked for a longer trial": ("question", "proof"),
        "whether we support single sign-on": ("question", "security"),
    }  # fmt: skip
    found: dict[str, list] = {}
    for u in db.query("SELECT id, conversation_id, text FROM utterances"):
        for words, (kind, label) in wanted.items():
            if (at := u["text"].find(words)) >= 0:
                span = Insight(kind, at, at + len(words), words, label, 0.9)
                found.setdefault(u["conversation_id"], []).append((u["id"], u["text"], span))
    members: dict[str, list[str]] = {}
    with db.atomic():
        for conversation, spans in found.items():
            insights.replace(db, conversation, spans)
            for utterance, _, span in spans:
                members.setdefault(span.kind, []).append(stable_id(utterance, span.kind, span.start, span.end))
                unit = __import__("numpy").eye(1, 384, dtype="<f4")
                vectors.save(db, "test", [text_hash(span.text)], unit)
        for kind, ids in members.items():
            theme = ledger.create(
                db, kind, NewTheme(f"About {kind}s", "price", ("bakery", "budget")), now="2025-12-01"
            ).theme
            ledger.join(db, dict.fromkeys(ids, (theme, 0.8)), now="2025-12-01")


def _forget(db, home, asked=ASKED, **more):
    return forget.forget(
        db, asked, home, confirmed=asked.given, now=lambda: "2026-01-01T10:00:00+00:00", actor="test", **more
    )


def _bytes(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}


def _left(home: Path) -> list[tuple[str, bytes]]:
    """An own search, in the ways that a file may hold words."""
    found = []
    for name, data in _bytes(home).items():
        plain = data.lower()
        for token in TOKENS:
            wide = token.decode().encode("utf-16-le")
            coded = [base64.b64encode(b"\0" * n + token)[4:-4] for n in range(3)]
            if (
                token in plain
                or wide in plain
                or token.hex().encode() in plain
                or any(len(c) > 7 and c in data for c in coded)
            ):
                found.append((name, token))
    return found


def test_nothing_of_the_person_is_in_any_file_of_the_data_folder(db, company, home):
    assert _left(home)
    receipt = _forget(db, home)
    assert _left(home) == []
    assert (receipt.found, receipt.searched > 0) == (0, True)


def test_what_others_said_stays_to_the_letter(db, company, home):
    _forget(db, home)
    said = {row["text"] for row in db.query("SELECT text FROM utterances")}
    assert "I worry that the roll-out takes us half a year." in said
    assert "We have no budget for it before the autumn." in said
    assert "Dana asked for a longer trial of the scanners." in said, "another Dana, at another company"
    assert "Thanks for making the time today, ████. Where does it pinch?" in said
    assert "Raj knows ████ █████ of Arlo and asked whether we support single sign-on." in said


def test_quotes_of_others_stay_verbatim_in_their_themes_under_the_same_theme_ids(db, company, home):
    before = {row["text"]: row["theme"] for row in _placed(db)}
    _forget(db, home)
    after = {row["text"]: row["theme"] for row in _placed(db)}
    gone = {text for text in before if "bakery" in text or "offline" in text}
    assert after == {text: theme for text, theme in before.items() if text not in gone}
    for row in db.query("SELECT i.*, u.text AS whole FROM insights i JOIN utterances u ON u.id = i.utterance_id"):
        assert row["whole"][row["start"] : row["end"]] == row["text"] and text_hash(row["text"]) == row["text_hash"]


def _placed(db):
    return list(
        db.query("SELECT i.text, m.theme_id AS theme FROM insights i JOIN theme_members m ON m.insight_id = i.id")
    )


def test_what_stands_is_what_its_sources_say(db, company, home):
    _forget(db, home)
    rows = _rows(db)
    refresh(db, conversations.ids(db))
    assert _rows(db) == rows


def _rows(db):
    tables = (
        "conversations",
        "utterances",
        "insights",
        "conversation_fields",
        "conversation_keys",
        "mails",
        "theme_members",
    )
    return {name: sorted(map(str, db.query(f"SELECT * FROM {name}"))) for name in tables}


def test_the_history_of_themes_keeps_its_numbers_and_no_reference_is_broken(db, company, home):
    before = list(db.query("SELECT id, type, moved FROM theme_events"))
    moves = db.table("theme_moves").count
    _forget(db, home)
    assert list(db.query("SELECT id, type, moved FROM theme_events")) == before
    assert db.table("theme_moves").count == moves
    assert list(db.query("PRAGMA foreign_key_check")) == []
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_gone_quote_is_known_by_no_hash_that_a_guess_could_be_tested_against(db, company, home):
    (row,) = db.query("SELECT id, utterance_id, text_hash FROM insights WHERE text LIKE '%bakery%'")
    _forget(db, home)
    everything = b"".join(_bytes(home).values())
    assert not any(value.encode() in everything for value in row.values())


def test_the_preview_says_what_is_done_and_changes_nothing(db, company, home):
    before = _rows(db)
    seen = forget.preview(db, ASKED, home)
    assert _rows(db) == before
    done = _forget(db, home, token=seen.token)
    assert (done.rows, done.figures) == (seen.rows, seen.figures)


def test_every_figure_that_differs_is_explained(db, company, home):
    before = every_cell.counts(db)
    receipt = _forget(db, home)
    told = {one.name: (one.before, one.after, one.because) for one in receipt.figures}
    assert told["utterances"][:2] == (before["utterances"], db.table("utterances").count)
    assert told["objections"][:2] == (4, 3) and told["questions"][:2] == (3, 2)
    assert all(because for *_, because in told.values())
    removed = Counter({one.table: one.removed for one in receipt.rows})
    assert before["utterances"] - db.table("utterances").count == removed["utterances"] == 3


def test_a_receipt_names_nobody(db, company, home):
    _forget(db, home, reference="request 12")
    (one,) = receipts.every(db)
    assert one.asked == "request 12" and one.kept_out > 0
    assert not any(token.decode() in json.dumps([str(one)]).casefold() for token in TOKENS)


def test_without_what_is_typed_nothing_goes(db, company, home):
    before = _rows(db)
    with pytest.raises(forget.NotConfirmed, match="cannot be undone"):
        forget.forget(db, ASKED, home, confirmed="dana", now=lambda: "", actor="test")
    assert _rows(db) == before


def test_what_came_in_since_the_preview_is_shown_first(db, company, home, bring):
    seen = forget.preview(db, ASKED, home)
    bring("more.vtt", CALL.replace("2025-04-05", "2025-06-05").replace("nine people", "ten people"))
    before = _rows(db)
    with pytest.raises(forget.ChangedSincePreview):
        _forget(db, home, token=seen.token)
    assert _rows(db) == before and receipts.every(db) == []


def test_an_upload_that_is_being_read_is_waited_for(db, company, home):
    jobs_of.add(db, "ingest", {}, now="2025-12-31")
    with pytest.raises(forget.StillReading):
        _forget(db, home)


def test_files_that_wait_for_a_decision_and_hold_the_person_are_discarded(db, company, home):
    for name, text in (("aa", NOTES), ("bb", "Activity ID\nnobody")):
        (home / "uploads" / name / "00001").mkdir(parents=True)
        (home / "uploads" / name / "00001" / "x.csv").write_text(text)
    _forget(db, home)
    assert [one.name for one in (home / "uploads").iterdir()] == ["bb"]


def test_backups_are_listed_and_left_as_they_are(db, company, home):
    (home / "backups").mkdir()
    (home / "backups" / "2025-12-01.db").write_bytes(b"Dana Ortiz")
    (home / "backups" / "2025-12-01.db.json").write_text("{}")  # its manifest is part of it
    receipt = _forget(db, home)
    assert [one.what for one in receipt.remains] == ["backups/2025-12-01.db"]
    assert (home / "backups" / "2025-12-01.db").read_bytes() == b"Dana Ortiz"


def _backup(home, name: str, day: str) -> None:
    (home / "backups").mkdir(exist_ok=True)
    (home / "backups" / name).write_bytes(b"")
    moment = datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()
    os.utime(home / "backups" / name, (moment, moment))


def test_a_backup_of_before_the_first_upload_that_holds_them_is_said_to_be_of_before(db, company, home):
    _backup(home, "early.db", "2025-11-01")
    _backup(home, "late.db", "2026-01-01")
    for found in (forget.preview(db, ASKED, home), _forget(db, home)):
        told = {one.what: one.because for one in found.remains}
        assert "before the first upload that holds them (31 Dec 2025)" in told["backups/early.db"]
        assert "Delete it" in told["backups/late.db"]


def test_of_an_undone_upload_nobody_knows_whom_it_held_so_no_backup_after_it_is_of_before(db, company, home):
    db.execute("INSERT INTO batches (created_at, title, status) VALUES ('2025-10-01', 'x', 'undone')")
    _backup(home, "early.db", "2025-11-01")
    assert "Delete it" in forget.preview(db, ASKED, home).remains[0].because


@pytest.mark.parametrize(
    "write",
    [
        str.encode,
        lambda t: t.encode("utf-16"),
        lambda t: base64.b64encode(b"ab" + t.encode()),
        lambda t: t.encode().hex().encode(),
    ],
)
def test_a_file_that_a_person_put_there_is_named_with_the_form_it_holds_them_in(db, company, home, write):
    (home / "export.bin").write_bytes(write("x Dana Ortiz dana.ortiz@arlo.example y"))
    receipt = _forget(db, home)
    assert "export.bin" in [one.what for one in receipt.remains] and receipt.found


def test_side_tables_are_gone_through_word_by_word(db, company, home):
    quote = "“far too expensive for a bakery with …” (Dana Ortiz)"
    row = saved.SavedReport(
        "s1",
        "For Dana Ortiz",
        quote,
        "objections",
        "",
        "2025-12-01",
        json.dumps({"quotes": [{"text": quote}]}),
        "2025-12-01",
        "x",
        0,
        "1",
        "active",
        "",
        "",
    )
    with db.atomic():
        saved.add(db, row)
        db.execute(
            "INSERT INTO jobs (kind, created_at, error, arguments) VALUES ('mine', '', 'Dana Ortiz', ?)",
            [json.dumps({"to": "DANA.ORTIZ@arlo.example"})],
        )
        db.execute(
            "INSERT INTO problems (batch_id, file, row, reason, record) VALUES (1, 'dana_ortiz.csv', 2, 'odd', ?)",
            [json.dumps({"Contact": "Ortiz, Dana"})],
        )
        db.execute("INSERT INTO side_corrections VALUES ('dana ortiz', '', 'seller', '2025-12-01')")
        db.execute("UPDATE jobs SET status = 'done'")
    _forget(db, home)
    assert _left(home) == []
    kept = saved.get(db, "s1")
    assert json.loads(kept.content)["quotes"][0]["text"].startswith("“") and len(kept.note) == len(quote)
    assert list(db.query("SELECT * FROM side_corrections")) == []


def test_verdicts_on_the_persons_words_go_and_those_on_others_stay(db, company, home):
    for text in ("bakery", "half a year"):
        (row,) = db.query(f"SELECT id FROM insights WHERE text LIKE '%{text}%'")
        review.answer(db, review.show(db, insight_id=row["id"]), review.Answer("yes"), now="2025-12-02", actor="test")
    _forget(db, home)
    assert db.table("reviews").count == 1
    (row,) = db.query("SELECT i.said, r.said AS known FROM insights i, reviews r WHERE i.text LIKE '%half a year%'")
    assert row["said"] == row["known"], "the verdict still finds its words, though what stood before them is gone"


def test_a_contact_that_only_a_crm_record_names_is_gone_with_the_record(db, home, bring):
    bring(
        "contacts.csv",
        "Id,FirstName,LastName,Email,Title,Phone,AccountId\n0035g00000AAAAA,Dana,Ortiz,dana.ortiz@arlo.example,VP Finance,+1 555 010 2030,0015g00000CCCCCQAC\n",
    )
    bring(
        "tasks.csv",
        "Id,Subject,ActivityDate,WhoId,WhatId,AccountId,Description,Type,IsTask\n00T1,Call,2025-03-03,0035g00000AAAAAQAA,,0015g00000CCCCCQAC,Dana says the price is too high.,Call,true\n",
    )
    assert [row["contact"] for row in db.query("SELECT contact FROM conversations")] == ["Dana Ortiz"]
    receipt = _forget(db, home)
    (row,) = db.query("SELECT contact, job_title, persona, (SELECT text FROM utterances) AS text FROM conversations")
    assert row == {"contact": "", "job_title": "", "persona": "unknown", "text": "████ says the price is too high."}
    assert [(one.table, one.removed) for one in receipt.rows if one.table == "crm_records"] == [("crm_records", 1)]
    assert _left(home) == []


def test_a_tracker_loses_the_examples_that_the_person_said_and_learns_again(db, company, home):
    content = json.dumps(
        {
            "name": "Dear",
            "examples": ["Honestly, it is far too expensive for a bakery with nine people.", "It costs too much."],
        }
    )
    with db.atomic():
        db.execute("INSERT INTO trackers (id, name, created_at) VALUES (1, 'Dear', '')")
        db.execute("INSERT INTO tracker_versions VALUES (1, 1, ?, x'0102', 'm', '', '')", [content])
    _forget(db, home)
    (row,) = db.query("SELECT content, learnt, models FROM tracker_versions")
    (receipt,) = receipts.every(db)
    assert {one.table: one.removed for one in receipt.rows}["tracker_versions"] == 1
    assert trackers.from_dict(json.loads(row["content"])).forgotten == 1
    assert json.loads(row["content"])["examples"] == ["It costs too much."] and (row["learnt"], row["models"]) == (
        b"",
        "",
    )


def test_a_digest_to_the_person_is_paused_and_to_others_goes_on(db, company, home):
    for number, mails in ((1, ["dana.ortiz@arlo.example"]), (2, ["Dana.Ortiz@arlo.example", "kim@vendor.example"])):
        plan = json.dumps({"title": "Weekly", "mails": mails, "webhook": ""})
        with db.atomic():
            db.execute(
                "INSERT INTO digests VALUES (?, 'Weekly', ?, 1, '2026-01-01', 's', 'active', '', '', 'x')",
                [number, plan],
            )
    _forget(db, home)
    found = {row["id"]: (row["status"], json.loads(row["plan"])["mails"]) for row in db.query("SELECT * FROM digests")}
    assert found == {1: ("paused", []), 2: ("active", ["kim@vendor.example"])}


def test_a_rule_that_names_the_person_is_left_and_told(db, company, home):
    keeping.add(db, Rule("private", "", "person", "dana.ortiz@arlo.example"), now="2025-12-31", actor="test")
    receipt = _forget(db, home)
    assert any("keeping rules" in one.what and "retention" in one.because for one in receipt.remains)
    assert receipt.found


def test_who_is_forgotten_while_an_upload_is_read_does_not_come_back_with_it(db, company, home, now, monkeypatch):
    monkeypatch.setattr("pipelines.ingest.PIECES_PER_TRANSACTION", 1)
    folder = home / "slow"
    folder.mkdir()
    for n in range(2):
        (folder / f"{n}.vtt").write_text(
            CALL.replace("2025-04-05", f"2025-10-0{n + 1}").replace("nine people", f"{n} ovens")
        )
    told = []

    def forget_once(stage, done, total):
        if stage == "reading" and not told:
            told.append(_forget(db, home))

    ingest(db, [folder], title="slow", now=now, progress=forget_once)
    shutil.rmtree(folder)
    assert told and db.table("utterances").count_where("text LIKE '%1 ovens%'") == 0


def test_a_name_needs_its_company_where_two_people_bear_it(db, company, bring, home):
    bring(
        "other.csv",
        NOTES.splitlines()[0]
        + '\nB1,2025-03-09,Delta Works,Dana Ortiz,Buyer,,Joel Okafor,Demo,smb,"Dana Ortiz wants a pilot in May."\n',
    )
    with pytest.raises(Unclear, match="2 companies"):
        persons.find(db, Asked("Dana Ortiz"))
    _forget(db, home, Asked("Dana Ortiz", "Arlo Foods"))
    rows = list(db.query("SELECT contact FROM conversations WHERE account = 'Delta Works'"))
    assert [row["contact"] for row in rows] == ["Dana Ortiz"]
    assert db.table("utterances").count_where("text = 'Dana Ortiz wants a pilot in May.'") == 1


@pytest.mark.parametrize("given", ["Dana Ortiz", "ortiz, dana", "+1 555 010 2030", "DANA.ORTIZ@ARLO.EXAMPLE"])
def test_a_person_is_the_same_by_address_name_or_number(db, company, given):
    assert persons.find(db, Asked(given)).addresses == {"dana.ortiz@arlo.example"}


def test_somebody_who_is_only_spoken_of_is_covered_too(db, company, home, bring):
    bring(
        "n.csv",
        NOTES.splitlines()[0]
        + '\nB1,2025-03-09,Delta Works,Ines Roy,Buyer,,Joel Okafor,Demo,smb,"Send it to max.muster@delta.example please."\n',
    )
    _forget(db, home, Asked("max.muster@delta.example"))
    assert db.table("utterances").count_where("text LIKE 'Send it to █%█ please.'") == 1


@pytest.mark.parametrize(("name", "text"), [("notes.csv", NOTES), ("call.vtt", CALL), ("mail.mbox", MAILS)])
def test_what_comes_in_again_comes_in_without_the_person_and_changes_nothing(db, company, home, bring, name, text):
    _forget(db, home)
    before = _rows(db)
    again = bring(name, text)
    assert _rows(db) == before
    assert again.counts.conversations == again.counts.grown == 0
    assert [one.kept for one in again.problems] == [True] and "receipt 1" in again.problems[0].reason
    forget.clean_file(db)
    assert _left(home) == []


def test_a_new_upload_comes_in_without_the_person_until_that_is_lifted(db, company, home, bring):
    receipt = _forget(db, home)
    later = CALL.replace("2025-04-05", "2025-09-05").replace("nine people", "twelve people")
    bring("later.vtt", later)
    assert db.table("utterances").count_where("text LIKE '%twelve people%'") == 0
    assert db.table("utterances").count_where("text LIKE '%half a year%'") == 2
    receipts.lift(db, receipt.id, now="2026-02-01", actor="test")
    bring("later.vtt", later.replace("twelve people", "fifty people"))
    assert db.table("utterances").count_where("text LIKE '%fifty people%'") == 1


def test_who_was_forgotten_is_forgotten_again_after_a_backup_was_restored(db, company, home):
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (home / "backups").mkdir()
    with closing(connect(home / "backups" / "old.db")) as old:
        db.conn.backup(old.conn)
    _forget(db, home)
    forgotten.note(db, home)
    with closing(connect(home / "backups" / "old.db")) as old:
        old.conn.backup(db.conn)
    assert [one.given for one in forgotten.back(db, home)] == ["dana.ortiz@arlo.example"] and _placed(db)
    (receipt,) = forgotten.again(db, home, now=lambda: "2026-02-01", actor="test")
    assert receipt.found == 0 and forgotten.back(db, home) == []
    shutil.rmtree(home / "backups")
    assert _left(home) == []


@pytest.mark.parametrize("kind", ["backup", "mine", "ingest"])
def test_a_restore_itself_forgets_again_whoever_was_forgotten_since(db, company, home, kind):
    """Also where the copy was made by a job of the server, or while one was at work: that is not at work in the copy."""
    file = home / "parley.db"
    at = jobs_of.add(db, kind, {}, now="2026-01-31T00:00:00+00:00")
    db.execute("UPDATE jobs SET status = 'running', heartbeat_at = created_at WHERE id = ?", [at])
    made = backup.backup(db, file, now="2026-01-31T00:00:00+00:00").backup.file
    jobs_of.finish(db, at, result={}, now="2026-01-31T00:00:00+00:00")
    _forget(db, home)
    db.close()
    done = forgotten.restore(made, file, home, now=lambda: "2026-02-01T00:00:00+00:00", actor="test")
    assert [one.asked for one in done.receipts] == ["again, after a restore"] and not done.unread
    with closing(connect(file)) as again:
        assert forgotten.back(again, home) == [] and jobs_of.unfinished(again, "backup") == []


def test_a_restore_in_the_place_of_a_destroyed_database_says_that_its_marks_could_not_be_read(db, company, home):
    file = home / "parley.db"
    made = backup.backup(db, file, now="2026-01-31T00:00:00+00:00").backup.file
    db.close()
    for one in home.glob("parley.db*"):
        one.unlink()
    file.write_bytes(b"destroyed" * 1000)
    assert forgotten.restore(made, file, home, now=lambda: "2026-02-01T00:00:00+00:00", actor="test").unread


def test_marks_beside_the_database_are_its_owners_alone(db, company, home):
    _forget(db, home)
    forgotten.note(db, home)
    assert (home / forgotten.FILE).stat().st_mode & 0o077 == 0


def test_a_killed_erasure_has_done_nothing(db, company, home, monkeypatch):
    before = _rows(db)
    monkeypatch.setattr("pipelines.privacy.erasing.count_once", lambda db: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        _forget(db, home)
    assert _rows(db) == before


def test_a_file_that_could_not_be_written_anew_is_told_with_what_to_do(db, company, home, monkeypatch):
    monkeypatch.setattr(forget, "PATIENCE", 0.0)
    db.execute("PRAGMA busy_timeout = 100")
    with closing(connect(home / "parley.db")) as reader:
        reader.conn.execute("BEGIN DEFERRED")
        reader.execute("SELECT count(*) FROM utterances").fetchone()
        receipt = _forget(db, home)
        reader.conn.rollback()
    assert any("parley forget --clean" in one.because for one in receipt.remains)
    assert forget.clean_file(db) and _left(home) == []


def test_the_search_looks_into_archives_and_encodings(tmp_path):
    import gzip
    import zipfile
    import zlib

    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", "Dana Ortiz " * 50)
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"Dana Ortiz " * 50))
    (tmp_path / "c.bin").write_bytes(b"head" + zlib.compress(b"Dana Ortiz " * 50))
    (tmp_path / "d.eml").write_bytes(b"Dan=\r\na Ortiz")
    (tmp_path / "e.txt").write_bytes(b"Diana Ortizano")
    found = traces.search(tmp_path, ["Dana Ortiz"])
    assert {one.file for one in found.places} == {"a.zip", "b.gz", "c.bin", "d.eml"}


def test_a_buyer_of_the_sample_company_is_forgotten_and_all_else_stands(mined_sample, tmp_path):
    file = tmp_path / "parley.db"
    shutil.copy(mined_sample, file)
    asked = Asked("silke.seidlitz@marrowdenfurniture.example")
    with closing(connect(file)) as db:
        who = persons.find(db, asked)
        theirs = [row["text"] for row in db.query("SELECT text FROM utterances WHERE speaker = 'Silke Seidlitz'")]
        others = {row["id"]: row["text"] for row in db.query("SELECT i.id, i.text FROM insights i JOIN utterances u ON u.id = i.utterance_id JOIN conversations c ON c.id = u.conversation_id WHERE c.account NOT LIKE 'Marrowden%'")}  # fmt: skip
        receipt = _forget(db, tmp_path, asked)
        assert receipt.found == 0 and who.addresses == {asked.given}
        now = {row["id"]: row["text"] for row in db.query("SELECT id, text FROM insights")}
        assert {i: now[i] for i in others} == others
        data = file.read_bytes()
        assert not any(one.encode() in data for one in (*theirs, "Silke Seidlitz", asked.given))
        assert db.table("themes").count == 40 or db.table("themes").count > 30

"""A fresh database and small uploads whose content the tests can see."""

import shutil
from pathlib import Path

import pytest

from pipelines.store import connect

NOTES = """Activity ID,Activity Date,Company / Account,Contact Name,Contact Title,Owner,Opportunity Stage,Segment,Description
A1,2025-03-03,Arlo Foods,Dana Ortiz,VP Finance,Joel Okafor,Evaluation,smb,"Says the price is too high for what it does."
A2,2025-03-04,Bexley Trading,Raj Stroud,IT Manager,Joel Okafor,Discovery,mid-market,"Asked whether we support single sign-on."
"""
CALL = """WEBVTT

NOTE account: Arlo Foods
NOTE date: 2025-03-05
NOTE rep: Joel Okafor
NOTE contact: Dana Ortiz
NOTE title: VP Finance

00:00:01.000 --> 00:00:04.000
<v Joel Okafor>Thanks for making the time today.</v>

00:00:04.000 --> 00:00:09.000
<v Dana Ortiz>Honestly, it is too expensive for us.</v>
"""
MAIL = """From MAILER Thu Mar 06 10:00:00 2025
Message-ID: <m{n}@arlo.example>
From: Dana Ortiz <dana@arlo.example>
To: Joel Okafor <joel@vendor.example>
Date: Thu, 06 Mar 2025 1{n}:00:00 +0000
Subject: {re}Offer
{references}
{text}

"""


@pytest.fixture
def now():
    return lambda: "2025-12-31T12:00:00+00:00"


@pytest.fixture
def db(tmp_path, bare_file):
    shutil.copy(bare_file, tmp_path / "parley.db")
    db = connect(tmp_path / "parley.db")
    yield db
    db.close()


@pytest.fixture
def upload(tmp_path) -> Path:
    """A folder with one note file, one call and a mailbox of one thread."""
    folder = tmp_path / "upload"
    folder.mkdir()
    (folder / "notes.csv").write_text(NOTES)
    (folder / "call.vtt").write_text(CALL)
    reply = "In-Reply-To: <m0@arlo.example>\nReferences: <m0@arlo.example>\n"
    first = MAIL.format(n=0, re="", references="", text="Does it work offline?")
    (folder / "mail.mbox").write_text(
        first + MAIL.format(n=1, re="Re: ", references=reply, text="We have no budget this year.")
    )
    return folder


CONTENT = (
    "conversations", "conversation_fields", "conversation_keys", "utterances", "mails", "mail_marks", "crm_records", "crm_keys",
    "bands", "passages", "boilerplate",
)  # fmt: skip


@pytest.fixture
def content():
    """A function: all that is known of what was said, sorted, so that two databases with the same content are equal.

    What the analysis has already read is left out: it is work that can be done again.
    """

    def rows(db, table: str) -> list[dict]:
        found = [{k: v for k, v in row.items() if k != "analysed"} for row in db.query(f"SELECT * FROM {table}")]
        return sorted(found, key=str)

    return lambda db: {table: rows(db, table) for table in CONTENT}

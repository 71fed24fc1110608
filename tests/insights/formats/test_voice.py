"""Whose words they are: a note reports, whatever it quotes; a transcript, a mail and a chat message are verbatim."""

import io
import json

import pytest

from insights import roles
from insights.formats import read
from insights.records import Company, Conversation

QUOTING = 'Spoke to Dana. She said: "we are not ready to pay that". Then: "call me in May".'
LISTED = '- Dana: "too dear for us"\n- will send the offer\n- Next step: call in May'


def voices(name, text):
    found = [item for item in read(name, io.BytesIO(text.encode())) if isinstance(item, Conversation)]
    sided = [roles.assign(item, Company(people=("Ann Lee",))) for item in found]
    return {(utterance.voice, utterance.role) for item in sided for utterance in item.utterances}


@pytest.mark.parametrize("ending", ["txt", "md"])
@pytest.mark.parametrize("text", [QUOTING, LISTED, f"Call with Dana, 12 May\n\n{QUOTING}"])
def test_a_note_that_quotes_the_buyer_stays_the_sellers_report(ending, text):
    assert voices(f"visit.{ending}", text) == {("reported", "seller")}


@pytest.mark.parametrize("kind", ["Note", "Call", "Meeting", "Task", ""])
def test_a_crm_row_that_quotes_the_buyer_stays_the_sellers_report(kind):
    quoted = QUOTING.replace('"', '""')
    table = f'Type,Contact Name,Owner,Description\n{kind},Dana Roe,Ann Lee,"{quoted}"\n'
    assert voices("notes.csv", table) == {("reported", "seller")}


def test_a_note_of_an_object_stays_the_sellers_report():
    assert voices("n.json", json.dumps([{"kind": "note", "contact": "Dana", "text": QUOTING}])) == {
        ("reported", "seller")
    }


def test_a_turn_whose_role_is_note_is_reported_among_turns_that_are_not():
    turns = [
        {"role": "rep", "text": "Hello Dana."},
        {"role": "note", "text": QUOTING},
        {"role": "customer", "text": "Hello."},
    ]
    assert voices("c.jsonl", json.dumps({"id": "1", "turns": turns})) == {
        ("verbatim", "seller"), ("reported", "seller"), ("verbatim", "buyer"),
    }  # fmt: skip


def test_what_was_said_or_written_is_verbatim():
    vtt = 'WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann Lee>He said "no".</v>\n\n00:03.000 --> 00:04.000\n<v Dana>He did.</v>\n'
    mail = 'From: Dana <dana@acme.example>\nTo: ann@us.example\nSubject: x\nMessage-ID: <1@acme.example>\n\nHe said "no".\n'
    chat = 'Type,Contact Name,Direction,Description\nChat,Dana,inbound,"He said ""no""."\n'
    assert voices("a.vtt", vtt) == {("verbatim", "seller"), ("verbatim", "buyer")}
    assert {voice for voice, _ in voices("m.eml", mail)} == {"verbatim"}
    assert voices("c.csv", chat) == {("verbatim", "buyer")}

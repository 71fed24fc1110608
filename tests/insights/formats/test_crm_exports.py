"""Exports of Salesforce and HubSpot as they come: what each file gives stands beside it as golden JSON.

The files are ours; their headers are those of the vendors' exports. `python tests/insights/formats/test_crm_exports.py`
writes the golden files anew: read the difference before you commit it.
"""

import io
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from insights import formats
from insights.formats import ColumnMapping, mail
from insights.records import Conversation, CrmRecord, Problem

SAMPLES = Path(__file__).parents[2] / "data" / "crm"
FILES = sorted(path.name for path in SAMPLES.iterdir() if ".golden" not in path.name)


def read(name: str, **options):
    return list(formats.read(name, io.BytesIO((SAMPLES / name).read_bytes()), **options))


def told(items) -> list[dict]:
    """Everything that a reader found, without what is empty."""
    found = [{"found": type(item).__name__, **asdict(item)} for item in items]
    return json.loads(json.dumps([_full(item) for item in found]))


def _full(value):
    if isinstance(value, dict):
        return {key: _full(item) for key, item in value.items() if item not in ("", None, (), [], {})}
    return [_full(item) for item in value] if isinstance(value, list | tuple) else value


def from_csv(text: str, name: str = "export.csv", **options):
    return list(formats.read(name, io.BytesIO(text.encode()), **options))


def threads(items) -> list[Conversation]:
    """What the mails of an export become, the largest thread first."""
    return sorted(mail.threads(item for item in items if isinstance(item, mail.Mail)), key=lambda one: -one.pieces)


@pytest.mark.parametrize("name", FILES)
def test_an_export_gives_what_stands_beside_it(name):
    assert told(read(name)) == json.loads((SAMPLES / f"{name}.golden.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("salesforce_task.csv", "Conversation Mail"), ("salesforce_event.csv", "Conversation"),
        ("salesforce_activities_report.csv", "Conversation"), ("salesforce_email_message.csv", "Mail"),
        ("salesforce_opportunity.csv", "deal"), ("salesforce_opportunity_report.csv", "deal"),
        ("salesforce_contact.csv", "contact"), ("salesforce_account.csv", "account"),
        ("hubspot_calls.csv", "Conversation"), ("hubspot_notes.csv", "Conversation"),
        ("hubspot_emails.csv", "Mail"), ("hubspot_deals.csv", "deal"), ("hubspot_contacts.csv", "contact"),
        ("hubspot_companies.csv", "account"), ("hubspot_calls.json", "Conversation"),
        ("hubspot_emails.jsonl", "Mail"), ("hubspot_deals.json", "deal"),
    ],
)  # fmt: skip
def test_the_headers_tell_conversations_from_records(name, kinds):
    found = {
        item.kind if isinstance(item, CrmRecord) else type(item).__name__
        for item in read(name)
        if not isinstance(item, Problem)
    }
    assert found == {*kinds.split()}


def test_a_deal_with_a_description_is_a_deal_and_a_note_about_a_deal_is_a_note():
    (deal,) = from_csv("Deal Name,Deal Stage,Amount,Description\nAcme,Proposal,100,Replaces the old system\n")
    (note,) = from_csv("Deal Name,Deal Stage,Amount,Activity Date,Description\nAcme,Proposal,100,2025-03-04,Too dear\n")
    assert isinstance(deal, CrmRecord)
    assert deal.fields["Description"] == "Replaces the old system"
    assert isinstance(note, Conversation)
    assert note.keys == ("name:acme",)


def test_in_a_list_of_deals_with_notes_the_rows_without_notes_are_deals():
    noted, bare = from_csv("Deal Name,Stage,Amount,Close Date,Notes\nAcme,Won,1,2025-03-04,Too dear\nBeta,Lost,2,,\n")
    assert isinstance(noted, Conversation)
    assert isinstance(bare, CrmRecord)
    assert bare.facts["stage"] == "Lost"


def test_a_person_can_say_that_a_description_is_what_was_said():
    text = "Deal Name,Deal Stage,Amount,Description\nAcme,Proposal,100,They find it too dear\n"
    (note,) = from_csv(text, mapping=ColumnMapping({"Description": "text"}))
    assert isinstance(note, Conversation)
    assert note.utterances[0].text == "They find it too dear"


def test_ids_of_15_and_18_characters_are_the_same():
    task, deal = (
        from_csv("WhatId,ActivityDate,Description\n0065g00000Op3cDAAV,2025-03-04,Too dear\n"),
        from_csv("Id,Name,StageName,Amount\n0065g00000Op3cD,Acme,Won,1\n"),
    )
    assert task[0].keys == ("id:0065g00000Op3cD",)
    assert task[0].keys[0] in deal[0].keys


def test_a_list_of_hubspot_ids_joins_each_and_a_contacts_id_is_no_deals():
    (call,) = from_csv("Call notes,Associated Contact IDs,Associated Deal IDs\nToo dear,151;152,151\n")
    (deal,) = from_csv("Record ID,Deal Name,Deal Stage\n151,Acme,Won\n")
    (contact,) = from_csv("Record ID,First Name,Last Name\n151,Dana,Wu\n")
    assert call.keys == ("id:deal:151", "id:contact:151", "id:contact:152")
    assert set(call.keys) & set(deal.keys) == {"id:deal:151"}
    assert set(call.keys) & set(contact.keys) == {"id:contact:151"}


def test_only_the_buyers_addresses_join():
    incoming = "FromAddress,ToAddress,Incoming,TextBody\nDana@acme.example,jane@us.example,{},Too dear\n"
    (found,) = from_csv(incoming.format("true"))
    assert found.keys == ("email:dana@acme.example",)
    (found,) = from_csv(incoming.format("false"))
    assert found.keys == ("email:jane@us.example",)


def test_mails_of_a_thread_are_one_conversation_in_order_of_time():
    text = (
        "Id,ThreadIdentifier,Incoming,FromAddress,ToAddress,MessageDate,TextBody\n"
        "2,t1,true,dana@acme.example,jane@us.example,2025-03-05T10:00:00Z,Too dear\n"
        "9,t2,true,tom@b.example,jane@us.example,2025-03-05T10:00:00Z,Another thread\n"
        "1,t1,false,jane@us.example,dana@acme.example,2025-03-04T10:00:00Z,Our offer\n"
    )
    thread = threads(from_csv(text))[0]
    assert [(said.text, said.role) for said in thread.utterances] == [("Our offer", "seller"), ("Too dear", "buyer")]
    assert (thread.pieces, thread.occurred_at) == (2, "2025-03-04T10:00:00+00:00")


def test_mails_that_answer_each_other_are_one_conversation_without_a_threads_name():
    text = (
        "Id,ReplyToEmailMessageId,FromAddress,MessageDate,TextBody\n"
        "a,,x@a.example,2025-03-04,One\nb,a,y@b.example,2025-03-05,Two\nc,b,x@a.example,2025-03-06,Three\n"
    )
    (thread,) = threads(from_csv(text))
    assert [said.text for said in thread.utterances] == ["One", "Two", "Three"]
    assert thread.pieces == 3


def test_an_answer_between_quoted_lines_keeps_the_question_as_context():
    text = "> What would 25 seats cost?\n\nTwelve thousand.\n\n> And support?\n\nIt is included.\n"
    (found,) = from_csv(f'MessageDate,FromAddress,TextBody\n2025-03-04,jane@us.example,"{text}"\n')
    assert [(said.text, said.answers) for said in found.words] == [
        ("Twelve thousand.", "What would 25 seats cost?"),
        ("It is included.", "And support?"),
    ]


def test_a_mails_message_id_stays_a_field():
    (found,) = from_csv("Id,MessageIdentifier,MessageDate,TextBody\n1,<a@x>,2025-03-04T10:00:00Z,Our offer\n")
    assert found.fields == {"MessageIdentifier": "<a@x>"}


MAIL_ROW = "Id,Date,Direction,From,To,Subject,Body\n{id},{date},INCOMING_EMAIL,dana@acme.example,jane@us.example,{subject},Too dear\n"


def mail_row(**changed):
    values = {"id": "", "date": "2025-03-04T10:00:00Z", "subject": "Offer"} | changed
    (found,) = from_csv(MAIL_ROW.format(**values))
    return found


def test_a_record_of_a_crm_names_its_mail_in_every_export_of_it():
    first, later = mail_row(id="68119233001"), mail_row(id="68119233001", subject="Re: Offer", date="2025-03-04")
    assert first.id == later.id == "52ff2226fcd0d2cd@record-id"
    assert mail_row(id="02s5g00000Aa1bC").id == mail_row(id="02s5g00000Aa1bCAAR").id


@pytest.mark.parametrize("number", ["7", "6.81E+10", ""])
def test_what_may_number_another_mail_in_another_export_names_none(number):
    first, other = mail_row(id=number), mail_row(id=number, date="2025-03-05T10:00:00Z")
    assert first.id != other.id
    assert len(threads([first, other])) == 2


def test_a_short_name_of_a_thread_joins_mails_of_one_subject_only():
    text = "ThreadIdentifier,FromAddress,MessageDate,Subject,TextBody\n1,x@a.example,2025-03-04,{},One\n1,y@b.example,2025-03-05,{},Two\n"
    assert len(threads(from_csv(text.format("Offer", "AW: Offer")))) == 1
    assert len(threads(from_csv(text.format("Offer", "Invoice")))) == 2


@pytest.mark.parametrize(
    ("direction", "sides"), [("INCOMING_EMAIL", ("buyer", "seller")), ("EMAIL", ("seller", "buyer")), ("", ("unknown",) * 2)]
)  # fmt: skip
def test_the_direction_of_a_mail_gives_the_sides(direction, sides):
    text = (
        f"Email direction,From address,To address,Body,Date\n{direction},a@x.example,b@y.example,Too dear,2025-03-04\n"
    )
    (found,) = from_csv(text)
    assert (found.sender.role, found.recipients[0].role) == sides


@pytest.mark.parametrize(
    ("subject", "reason"),
    [("Automatic reply: Offer", "an automatic reply"), ("Undeliverable: Offer", "a delivery report")],
)
def test_a_row_that_no_person_wrote_is_named_and_not_mined(subject, reason):
    problem = mail_row(subject=subject)
    assert isinstance(problem, Problem)
    assert reason in problem.reason
    assert problem.record["Subject"] == subject


def test_a_mail_without_words_is_a_problem_with_its_row():
    header = "Id,FromAddress,MessageDate,TextBody\n"
    (quoted,) = from_csv(header + '1,x@a.example,2025-03-04,"> Offer"\n')
    (empty,) = from_csv(header + "1,x@a.example,2025-03-04,\n")
    assert [problem.reason for problem in (quoted, empty)] == [
        "The e-mail has no words of its own author.", "No text in this row.",
    ]  # fmt: skip


def test_a_day_without_a_time_stays_a_day():
    (thread,) = threads([mail_row(date="2025-03-04")])
    assert (thread.occurred_at, thread.utterances[0].started_at) == ("2025-03-04", None)


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31", "1600-05-06T10:00:00"])
def test_a_mail_from_before_mail_is_kept_without_its_date(date):
    warning, found = from_csv(MAIL_ROW.format(id="", date=date, subject="Offer"))
    assert warning.kept
    assert found.sent_at == ""


def test_a_record_that_names_nobody_is_a_problem_with_its_row():
    (problem,) = from_csv("First Name,Last Name,Email,Phone\n,,,+49 1\n")
    assert isinstance(problem, Problem)
    assert not problem.kept
    assert problem.record["Phone"] == "+49 1"


def test_what_was_deleted_in_the_crm_is_named_and_not_read():
    gone, deal = from_csv("Id,IsDeleted,Name,StageName,Amount\n1,true,Acme,Won,1\n2,false,Beta,Won,1\n")
    assert "deleted" in gone.reason
    assert isinstance(deal, CrmRecord)


def test_a_report_over_several_objects_names_each_before_its_column():
    (note,) = from_csv(
        "Account: Account Name,Opportunity: Opportunity Name,Activity: Description,Date\nAcme,Big,Too dear,2025-03-04\n"
    )
    assert (note.account, note.keys, note.utterances[0].text) == ("Acme", ("name:big",), "Too dear")


@pytest.mark.parametrize(("said", "outcome"), [("Completed", ""), ("No answer", ""), ("Closed Won", "Closed Won")])
def test_how_a_call_went_is_not_how_its_deal_ended(said, outcome):
    (note,) = from_csv(f"Date,Status,Notes\n2025-03-04,{said},Too dear\n")
    assert note.outcome == outcome
    (note,) = from_csv(json.dumps({"status": said, "notes": "Too dear"}), "n.jsonl")
    assert note.outcome == outcome


if __name__ == "__main__":
    for name in FILES:
        golden = json.dumps(told(read(name)), ensure_ascii=False, indent=1)
        (SAMPLES / f"{name}.golden.json").write_text(golden + "\n", "utf-8")

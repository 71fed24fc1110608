"""Mails: own words only, automatic mail out, threads that do not depend on the order of arrival."""

import io
import random
from email.message import EmailMessage

import pytest

from insights import formats
from insights.formats import Limits, mail, markup
from insights.formats.mail.quoting import own_text
from insights.records import Conversation, Problem


def compose(
    number, *, sender="bob@acme.example", to="ann@us.example", subject="Offer", text="Too dear.", day=3, **headers
):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = f"Mon, {day:02} Mar 2025 10:00:00 +0100"
    message["Message-ID"] = f"<{number}@x>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def box(*mails: bytes) -> bytes:
    return b"".join(b"From x@x.example Mon Mar  3 10:00:00 2025\n" + item + b"\n" for item in mails)


def read_mails(data: bytes, name="m.mbox", **options):
    return list(mail.read_mails(name, io.BytesIO(data), **options))


def thread(*items: bytes):
    return list(mail.threads(found for found in read_mails(box(*items)) if isinstance(found, mail.Mail)))


def test_a_mailbox_becomes_threads():
    answer = compose(
        2, sender="ann@us.example", to="bob@acme.example", subject="Re: Offer", text="I see.", day=4, References="<1@x>"
    )
    (conversation,) = formats.read("m.mbox", io.BytesIO(box(compose(1), answer)))
    assert (conversation.kind, conversation.title, conversation.occurred_at) == (
        "email",
        "Offer",
        "2025-03-03T10:00:00+01:00",
    )
    assert [(said.text, said.source_id, said.started_at) for said in conversation.utterances] == [
        ("Too dear.", "1@x", 0.0),
        ("I see.", "2@x", 86400.0),
    ]
    assert {person.address for person in conversation.participants} == {"bob@acme.example", "ann@us.example"}


def test_threads_do_not_depend_on_the_order_of_arrival():
    items = [compose(1)] + [
        compose(n, subject="Re: Offer", text=f"Answer {n}", day=n, In_Reply_To=f"<{n - 1}@x>") for n in range(4, 12)
    ]
    found = [item for item in read_mails(box(*items)) if isinstance(item, mail.Mail)]
    expected = [(c.id, [said.text for said in c.utterances]) for c in mail.threads(found)]
    for seed in range(5):
        random.Random(seed).shuffle(found)
        assert [(c.id, [said.text for said in c.utterances]) for c in mail.threads(found)] == expected


def test_a_threads_id_stays_when_its_root_arrives_later():
    answer = compose(2, subject="Re: Offer", text="I see.", day=4, References="<1@x>")
    (before,), (after,) = thread(answer), thread(answer, compose(1))
    assert before.id == after.id


def test_a_reply_without_references_joins_by_subject_and_people():
    answer = compose(2, sender="ann@us.example", to="bob@acme.example", subject="AW: offer", text="I see.", day=4)
    assert len(thread(compose(1), answer)) == 1


def test_an_address_in_front_of_the_message_id_is_no_message():
    answer = compose(
        2, sender="ann@us.example", to="bob@acme.example", In_Reply_To="Bob <bob@acme.example> of Monday <1@x>"
    )
    (found,) = read_mails(answer, name="m.eml")
    assert found.references == ("1@x",)


def test_the_same_subject_between_other_people_is_another_thread():
    other = compose(2, sender="eve@beta.example", subject="Re: Offer", text="Us too.", day=4)
    assert len(thread(compose(1), other)) == 2


def test_two_new_mails_with_one_subject_are_two_threads():
    assert len(thread(compose(1), compose(2, day=20))) == 2


def test_a_mail_in_two_mailboxes_counts_once():
    (conversation,) = thread(compose(1), compose(1))
    assert len(conversation.utterances) == 1


def test_crm_headers_are_facts_and_fields():
    headers = {
        "X_CRM_Account": "Acme",
        "X_CRM_Stage": "Demo",
        "X_CRM_Outcome": "lost",
        "X_CRM_Contact_Title": "CFO",
        "X_Parley_Segment": "SMB",
    }
    (conversation,) = thread(compose(1, **headers))
    assert (conversation.account, conversation.stage, conversation.outcome) == ("Acme", "Demo", "lost")
    assert (conversation.job_title, conversation.fields) == ("CFO", {"Segment": "SMB"})


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied"}, "an automatic reply, such as an out-of-office note"),
        ({"Auto_Submitted": "auto-generated"}, "a notification that a program sent"),
        ({"Precedence": "bulk"}, "a newsletter or another mass mail"),
        ({"List_Unsubscribe": "<mailto:u@x.example>"}, "a newsletter or another mass mail"),
        ({"Return_Path": "<>"}, "a delivery report"),
        ({"subject": "Automatic reply: Offer"}, "an automatic reply, such as an out-of-office note"),
        ({"subject": "Abwesenheitsnotiz: Angebot"}, "an automatic reply, such as an out-of-office note"),
        ({"subject": "Undeliverable: Offer"}, "a delivery report"),
        ({"subject": "Delivery Status Notification (Failure)"}, "a delivery report"),
        ({"sender": "MAILER-DAEMON@x.example"}, "a delivery report"),
        ({"sender": "no-reply@x.example"}, "a notification from an address that takes no answers"),
    ],
)
def test_automatic_mail_is_named_and_not_mined(headers, kind):
    (problem,) = read_mails(compose(1, **headers), name="m.eml")
    assert problem == Problem("m.eml", 1, f"This is {kind}; it is not mined.", "Nothing to do.")


@pytest.mark.parametrize(
    "headers",
    [
        {"subject": "Out of office policy in your offer"},
        {"subject": "Re: Automatic reply: Offer"},
        {"subject": "Delivery failure of our last order"},
        {"List_Unsubscribe": "<mailto:u@x.example>", "In_Reply_To": "<9@x>"},
        {"Auto_Submitted": "no"},
        {"Auto_Submitted": "auto-forwarded"},
        {"sender": "norepley.smith@acme.example"},
    ],
)
def test_what_a_person_may_have_written_is_mined(headers):
    (found,) = read_mails(compose(1, **headers), name="m.eml")
    assert isinstance(found, mail.Mail)


def test_a_read_receipt_is_not_mined():
    kind = 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"'
    data = f"From: bob@acme.example\nSubject: Read: Offer\n{kind}\n\n--b\n\nYour message was read.\n--b--\n"
    (problem,) = read_mails(data.encode(), name="m.eml")
    assert problem.reason == "This is a read receipt; it is not mined."


def test_an_invitation_is_not_mined():
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "bob@acme.example", "Invitation: Demo", "<1@x>"
    message.set_content("Join us")
    message.add_alternative("BEGIN:VCALENDAR", subtype="calendar")
    (problem,) = read_mails(message.as_bytes(), name="m.eml")
    assert "calendar" in problem.reason


def test_a_customers_mail_to_a_group_address_is_mined():
    headers = {
        "List_Unsubscribe": "<mailto:u@x.example>",
        "List_Post": "<mailto:sales@us.example>",
        "Precedence": "list",
    }
    (found,) = read_mails(compose(1, **headers), name="m.eml")
    assert isinstance(found, mail.Mail)


def test_a_mail_without_any_words_is_a_problem_alone():
    (problem,) = read_mails(compose(1, text="-- \nBob Ray\n"), name="m.eml")
    assert (problem.reason, problem.kept) == ("The mail has no words of its own author.", False)


def test_a_forward_without_words_of_its_own_holds_its_thread_together_as_one_piece():
    forward = compose(
        2,
        text="---------- Forwarded message ----------\nFrom: bob@acme.example\n\nToo dear.",
        day=4,
        In_Reply_To="<1@x>",
    )
    last = compose(3, text="Still too dear.", day=5, In_Reply_To="<2@x>")
    (conversation,) = thread(compose(1), forward, last)
    assert [said.text for said in conversation.utterances] == ["Too dear.", "Still too dear."]
    assert conversation.pieces == 3


def test_an_html_mail_is_read_without_its_quoted_history():
    message = EmailMessage()
    message["From"], message["Message-ID"] = "bob@acme.example", "<1@x>"
    html = '<p>Too dear,<br>sorry.</p><div class="gmail_quote">On Monday Ann wrote:<blockquote>Our offer</blockquote></div>'
    message.set_content(html, subtype="html")
    (found,) = read_mails(message.as_bytes(), name="m.eml")
    assert found.text == "Too dear,\nsorry."


def test_outlooks_history_in_html_is_cut():
    history = '<div id="divRplyFwdMsg"><b>From:</b> Ann<br><b>Sent:</b> Monday</div><div>Our offer</div>'
    assert own_text(markup.marked(f"<html><body><p>Too dear.</p><hr>{history}</body></html>")) == "Too dear."


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("koi8-r", "Слишком дорого"),
        ("shift_jis", "高すぎます"),
        ("gb18030", "太贵了"),
        ("iso-2022-jp", "高すぎます"),
        ("euc-kr", "너무 비싸요"),
        ("windows-1250", "Za drogo, już"),
        ("iso-8859-15", "zu teuer für 5 €"),
        ("utf-7", "zu teuer für"),
    ],
)
def test_every_named_charset_is_read(charset, text):
    head = f"From: b@x.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    (found,) = read_mails(head.encode() + text.encode(charset) + b"\n", name="m.eml")
    assert found.text == text


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("Jörg <j@x.example>".encode(), ("Jörg", "j@x.example")),
        ("Jörg <j@x.example>".encode("latin-1"), ("Jörg", "j@x.example")),
        (b"=?iso-8859-1?q?J=F6rg?= <J@x.example>", ("Jörg", "j@x.example")),
        (b"=?utf-8?q?Lee=2C_Ann?= <a@x.example>", ("Lee, Ann", "a@x.example")),
        (b"Bob", ("Bob", "")),
        (b"bob@x.example", ("bob@x.example", "bob@x.example")),
    ],
)
def test_a_senders_name_is_read_however_it_is_encoded(sender, expected):
    (found,) = read_mails(b"From: " + sender + b"\nTo: x@x.example\n\nToo dear.\n", name="m.eml")
    assert (found.sender.name, found.sender.address) == expected


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "unknown-8bit", "undefined", "hex", ""])
def test_a_missing_or_wrong_charset_is_survived(charset):
    encoding = charset if charset in ("iso-8859-1", "windows-1252") else "utf-8"
    kind = f"Content-Type: text/plain; charset={charset}\n" if charset else ""
    data = f"From: b@x.example\nMessage-ID: <1@x>\n{kind}Content-Transfer-Encoding: 8bit\n\nZu teuer für uns\n".encode(
        encoding
    )
    (found,) = read_mails(data, name="m.eml")
    assert found.text == "Zu teuer für uns"


@pytest.mark.parametrize(
    "head",
    [
        b"From: =?utf-8?q?broken\nTo: b@x.example\nDate: yesterday\n",
        b"From: a@x.example\nTo: <<<>>>, ;;,\nDate: Pn, 29 paX 2007 21:13:00 +0100\n",
        b"From: a@x.example\nContent-Type: multipart/mixed; boundary=\nTo: x\n",
        b"From: \xff\xfe <a@x.example>\nSubject: \xe9\xe9\nTo: x\n",
        b"From: a@x.example\nMessage-ID: <<>>\nReferences: <> <\nTo: x\n",
    ],
)
def test_broken_headers_never_raise(head):
    (found,) = read_mails(head + b"\nToo dear.\n", name="m.eml")
    assert found.text == "Too dear."
    assert len(list(mail.threads([found]))) == 1


def test_a_mail_past_the_limit_is_a_problem_and_the_next_is_read():
    items = read_mails(box(compose(1, text="x " * 5000), compose(2)), limits=Limits(mail=2000))
    assert [type(item) for item in items] == [Problem, mail.Mail]
    assert items[0].row == 1


def test_a_from_line_in_a_mails_text_does_not_cut_it():
    (found,) = read_mails(box(compose(1, text="I heard\n>From Ann that\n\nFrom here on it is too dear.")))
    assert found.text == "I heard\nFrom Ann that\n\nFrom here on it is too dear."


def test_a_mail_without_a_date_comes_last_and_a_thread_without_one_has_none():
    data = b"From: b@x.example\nTo: a@x.example\nMessage-ID: <9@x>\nReferences: <1@x>\n\nLater.\n"
    (conversation,) = thread(data, compose(1))
    assert [said.text for said in conversation.utterances] == ["Too dear.", "Later."]
    assert conversation.utterances[1].started_at is None
    (alone,) = thread(data)
    assert isinstance(alone, Conversation)
    assert alone.occurred_at == ""


@pytest.mark.parametrize(
    ("date", "sent_at"),
    [
        ("Fri, 31 Dec 9999 23:59:59 -1200", "2025-03-03T10:00:00+00:00"),
        ("1 Jan 0100 00:00:00 +0000", "2025-03-03T10:00:00+00:00"),
        ("no date", "2025-03-03T10:00:00+00:00"),
        ("Sun, 2 Mar 2025 25:00:00 +0000", "2025-03-03T10:00:00+00:00"),
        ("Sun, 2 Mar 2025 09:00 +0100", "2025-03-02T09:00:00+01:00"),
    ],
)
def test_where_the_date_cannot_be_that_of_receipt_is_taken(date, sent_at):
    data = f"Received: from x by y; Mon, 3 Mar 2025 10:00:00 +0000\nDate: {date}\nFrom: b@x.example\n\nToo dear.\n"
    (found,) = read_mails(data.encode(), name="m.eml")
    assert found.sent_at == sent_at


def test_one_person_has_one_name_however_mail_programs_write_it():
    later = compose(
        2, sender="Bob Ray <bob@acme.example>", subject="Re: Offer", text="Still too dear.", day=4, References="<1@x>"
    )
    (conversation,) = thread(compose(1), later)
    assert {said.speaker for said in conversation.utterances} == {"Bob Ray"}


def test_two_people_of_one_name_are_told_apart():
    other = compose(
        2, sender="Bob <bob@us.example>", to="Bob <bob@acme.example>", subject="Re: Offer", day=4, References="<1@x>"
    )
    (conversation,) = thread(compose(1, sender="Bob <bob@acme.example>"), other)
    assert len({said.speaker for said in conversation.utterances}) == 2


def test_the_latest_stage_of_a_thread_counts():
    later = compose(2, subject="Re: Offer", day=4, References="<1@x>", X_CRM_Stage="Closed lost")
    (conversation,) = thread(later, compose(1, X_CRM_Stage="Demo"))
    assert conversation.stage == "Closed lost"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n\x00\x00", b"just some words\n"])
def test_what_is_no_mail_is_a_problem(data):
    (problem,) = read_mails(data, name="m.eml")
    assert isinstance(problem, Problem)

"""What of a mail is its author's own, one way of writing mails at a time. The examples are our own."""

import io
import json
from pathlib import Path

import pytest

from insights.formats import mail, markup
from insights.formats.mail.quoting import own_text, said, split
from tests.spending import at_most

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("data").joinpath("mail_replies.jsonl").read_text("utf-8").splitlines()
]

HISTORY = [
    "On Mon, Mar 3, 2025 at 9:12 AM Ann Lee <ann@us.example> wrote:\n> Our offer",
    "On Mon, Mar 3, 2025 at 9:12 AM Ann Lee <\nann@us.example> wrote:\n\nOur offer",
    "Am 03.03.2025 um 09:12 schrieb Ann Lee:\n> Unser Angebot",
    "Ann Lee <ann@us.example> schrieb am Mo., 3.\nMärz 2025 um 09:12 Uhr:\n> Unser Angebot",
    "Le 3 mars 2025 à 09:12, Ann Lee <ann@us.example> a écrit :\nNotre offre",
    "El lun, 3 mar 2025 a las 9:12, Ann Lee (<ann@us.example>) escribió:\n> Oferta",
    "Il giorno lun 3 mar 2025 alle ore 09:12 Ann Lee <ann@us.example> ha scritto:\n> Offerta",
    "Den mån 3 mars 2025 kl 09:12 skrev Ann Lee <ann@us.example>:\n> Offert",
    "-----Original Message-----\nFrom: Ann Lee\nSent: Monday, March 3, 2025 9:12 AM\nTo: Bob\nSubject: Offer\n\nOur offer",
    "________________________________\nFrom: Ann Lee <ann@us.example>\nSent: Monday, March 3, 2025\nTo: Bob\nSubject: Offer\n\nOur offer",
    "From: Ann Lee <ann@us.example>\nSent: Monday, March 3, 2025 9:12 AM\nTo: Bob <bob@acme.example>\nSubject: Offer\n\nOur offer",
    "*Von:* Ann Lee\n*Gesendet:* Montag, 3. März 2025 09:12\n*An:* Bob\n*Betreff:* Angebot\n\nUnser Angebot",
    "---------- Forwarded message ---------\nFrom: Ann Lee <ann@us.example>\nDate: Mon, Mar 3, 2025\nSubject: Offer\n\nOur offer",
    "Begin forwarded message:\n\nFrom: Ann Lee\nSubject: Offer\n\nOur offer",
    "---- On Mon, 03 Mar 2025 09:12:00 +0100 Ann Lee <ann@us.example> wrote ----\n\nOur offer",
    "2025-03-03 9:12 GMT+01:00 Ann Lee <ann@us.example>:\n\n> Our offer",
    ">>> Ann Lee <ann@us.example> 3/3/25 09:12:43 am >>>\n\nOur offer",
    "____________________Reply Separator____________________\nSubject: Offer\nAuthor: Ann Lee\nDate: 3/3/2025\n\nOur offer",
    "Ann Lee\n03/03/2025 09:12 AM\nTo: Bob Ray/NA/Acme@Acme\ncc:\nSubject: Offer\n\nOur offer",
]
ENDINGS = [
    "-- \nBob Ray\nCFO, Acme\n+1 555 010 0199",
    "-----\n---------------\nBob Ray\nCFO, Acme\n--\n"
    + "Read this in the archive of the list: http://lists.example/users/"
    + "x" * 60,
    "**********\nBob Ray, CFO\nAcme Inc.\n(415) 555-0199 ph.",
    "Sent from my iPhone",
    "Gesendet von meinem Samsung",
    "Get Outlook for iOS<https://aka.example/x>",
    "Best regards,\n\nBob Ray\nCFO | Acme Inc.\nTel: +1 555 010 0199",
    "Bob Ray\nAcme Inc.\n1 Main Street\nPhone: +1 555 010 0199\nbob@acme.example",
    "This e-mail and any attachments are confidential and intended solely for the addressee.",
    "CONFIDENTIALITY NOTICE: the contents of this message may be privileged.",
    "_______________________________________________\nusers mailing list\nusers@lists.example\nhttp://lists.example/users",
]
OWN = "We like it.\n\nBut it is too dear for us this year, sorry."


@pytest.mark.parametrize("history", HISTORY)
def test_history_is_cut_however_a_mail_program_introduces_it(history):
    assert own_text(f"{OWN}\n\n{history}\n") == OWN


@pytest.mark.parametrize("ending", ENDINGS)
def test_signatures_and_disclaimers_are_cut(ending):
    assert own_text(f"{OWN}\n\n{ending}\n") == OWN


def test_an_answer_right_above_a_notice_stays():
    notice = "Notice: This email and any attachments are confidential and may not\nbe used by anybody else."
    assert own_text(f"> Do you have a budget?\n\nNot before May.\n{notice}\n") == "Not before May."


@pytest.mark.parametrize("ending", ENDINGS[:5])
@pytest.mark.parametrize("history", HISTORY[:3])
def test_a_signature_above_the_history_is_cut_too(history, ending):
    assert own_text(f"{OWN}\n\n{ending}\n\n{history}\n") == OWN


def test_answers_between_quotations_are_kept():
    text = "On Mon, Mar 3, 2025 Ann <a@us.example> wrote:\n> When do you decide?\n\nIn May.\n\n> And the budget?\n\nNot approved yet.\n"
    assert own_text(text).split("\n\n") == ["In May.", "Not approved yet."]


def test_a_wrapped_quotation_goes_as_a_whole():
    long = "> " + "the offer that we sent you covers everything you asked us about in our last call,"
    assert own_text(f"Too dear.\n\n{long}\nincluding the export\n> and the import.\n") == "Too dear."


def test_a_quotation_that_was_wrapped_into_several_lines_goes_as_a_whole():
    quoted = (
        "> You asked whether the offer that we sent you on Monday covers all of the sites which your\n"
        "company has in Europe, and whether the people who work there from home are counted as well\n"
        "as those in the offices."
    )
    assert own_text(f"{quoted}\n\nIt must.\n") == "It must."


def test_a_wrapped_end_goes_when_the_marked_line_below_finishes_its_sentence():
    quoted = "> > > It closes in the first call of the day.\nBut from our side\n> of view it should stay open."
    assert own_text(f"We wait.\n\n{quoted}\n") == "We wait."


def test_answers_in_small_letters_between_short_quotations_stay():
    text = "> do you use sso\nonly for our admins\n> and who pays\nour head of sales\n"
    assert own_text(text) == "only for our admins\n\nour head of sales"


def test_an_answer_in_small_letters_below_a_whole_sentence_stays():
    quoted = "> We would like to know by Friday if your legal team has any open questions left."
    answer = "they have two of them, on where the data are stored\nand on who may read them"
    assert own_text(f"{quoted}\n{answer}\n> Ann") == answer


def test_a_short_answer_right_below_a_long_question_stays():
    question = "> Do you have a budget for this in the current year, or shall we call again in May?"
    assert own_text(f"{question}\nIn the next one.\n> Ann\n") == "In the next one."


def test_a_line_that_a_mailbox_file_marked_is_no_quotation():
    heading = "On Mon, Mar 3, 2025 at 9:12 AM Ann Lee <ann@us.example> wrote:"
    quoted = ">From what we know you have five sites,\nwhich of them do you mean?\n\nThe offer is for one."
    assert own_text(f"All of them.\n\n{heading}\n\n{quoted}\n") == "All of them."


def test_a_mail_that_is_all_quotation_has_no_own_text():
    assert own_text("> Our offer\n> stands\n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Thanks,\nthat is what I wanted to know: when does it ship?",
        "On your remote host you can run:\n\n    telnet 127.0.0.1\n\nand it works.",
        "Here is what we need:\n\n- SSO\n- audit log",
        "From what I have seen: it is too dear.\nTo be honest: we wait.",
        "I wrote to you on Monday.\n\nOn Tuesday Ann wrote to us as well, and it was 20 % cheaper.",
        "Two plans:\n\n---\n\nPlan A costs 10 per seat and month, which we cannot pay for all of our people in the field.\n\nPlan B?",
        "Our seats:\n\n==========\nPlan A\n100 200 300 400\n500 600 700 800",
        "Sent from our Paris office last week, the contract never arrived, so we wait.",
        "Thanks!\nBob",
    ],
)  # fmt: skip
def test_ordinary_words_stay(text):
    assert own_text(text) == text


def test_the_gateways_banner_is_dropped():
    assert own_text("CAUTION: This email originated from outside of the organization.\n\nToo dear.") == "Too dear."


@pytest.mark.parametrize(
    "text",
    [
        "> " * 50_000, "On " * 60_000 + "wrote:", "\n".join(["On Monday <"] * 20_000), "-" * 200_000, "a@b " * 50_000,
        "Hi\n\n" + "-----\nabc\n" * 8_000, "Hi\n\n" + "Thanks,\nAnn\n+1 555 123 4567\n\n" * 8_000, "Hi\n\n" + "a.pdf\n" * 90_000,
        "Hi\n" + " " * 50_000 + "x", "Sent from my " + "<" * 50_000,
    ],
)  # fmt: skip
def test_hostile_text_is_read_in_reasonable_time(text):
    with at_most(seconds=5):
        own_text(text)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_replies_as_other_projects_expect_them(case):
    if case["format"] == "eml":
        (found,) = mail.read_mails("m.eml", io.BytesIO(case["input"].encode()))
        reply = found.text
    else:
        reply = own_text(markup.marked(case["input"]) if case["format"] == "html" else case["input"])
    assert "".join(reply.split()) == "".join(case["reply"].split())


def test_words_are_verbatim_pieces_with_what_they_answer():
    text = "Hi Ann,\n\n> How many seats?\n\nTen  seats,\n  or twelve.\n\n> And when?\n> This year?\n\nIn May.\n\n-- \nBob\n"
    assert said(split(text)) == [
        ("Hi Ann,", ""), ("Ten  seats,\n  or twelve.", "How many seats?"), ("In May.", "And when?\nThis year?"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["-- \nBob Ray\nCFO", "Sent from my iPhone"])
def test_a_signature_alone_is_no_words(text):
    assert own_text(text) == ""


@pytest.mark.parametrize(
    "ending", ["-Bob", "Regards\nBob\n\nPS: Ask at www.acme.example, they have it.", "Thanks,\n\nBob"]
)
def test_names_and_postscripts_stay(ending):
    assert own_text(f"{OWN}\n\n{ending}") == f"{OWN}\n\n{ending}"


def test_a_signature_above_a_quotation_does_not_cost_the_answers_below_it():
    assert own_text("See below.\n-- \nBob Ray\n\n> When do you decide?\n\nIn May.\n") == "See below.\n\nIn May."


def test_a_mailing_lists_footer_below_a_quotation_is_no_answer():
    footer = "_______________\nusers mailing list\nusers@lists.example\nhttp://lists.example/users"
    assert own_text(f"Too dear.\n\n> Our offer\n\n{footer}\n") == "Too dear."

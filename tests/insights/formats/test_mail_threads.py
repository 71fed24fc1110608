"""Threads: a function of the set of mails, with what is there only as a quotation recovered once."""

import io
import json
import random
from dataclasses import asdict, replace
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.formats import mail

ANN, BOB = "Ann Lee <ann@us.example>", "Bob Ray <bob@acme.example>"
OFFER = "We can offer ten seats for nine thousand a year, support and training included."
ASKED = "Could you send us an offer for ten seats, please? We would start in June."


def compose(number, sender, to, text, *, day=3, month="Mar", year=2025, subject="Offer", **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = f"{day} {month} {year} 10:00:00 +0100"
    message["Message-ID"] = f"<{number}@x>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return read(message)


def read(message):
    (found,) = mail.read_mails("m.eml", io.BytesIO(message.as_bytes()))
    return found


def quoted(text, intro="On Mon, Mar 3, 2025 at 8:30 AM Ann Lee <ann@us.example> wrote:"):
    return f"{intro}\n" + "\n".join(f"> {line}" for line in text.split("\n"))


def said(conversation):
    return [(each.speaker, each.text) for each in conversation.utterances]


def thread(*mails):
    (conversation,) = mail.threads(mails)
    return conversation


REPLY = compose(2, BOB, ANN, f"Too dear.\n\n{quoted(OFFER)}\n", day=4, subject="Re: Offer", References="<1@x>")
REAL = compose(1, ANN, BOB, OFFER)


def test_a_mail_seen_only_as_a_quotation_is_recovered_at_its_date():
    conversation = thread(REPLY)
    assert said(conversation) == [("Ann Lee", OFFER), ("Bob Ray", "Too dear.")]
    assert conversation.occurred_at == "2025-03-03T08:30:00+01:00"
    assert [each.started_at for each in conversation.utterances] == [0.0, 25.5 * 3600]
    assert conversation.utterances[0].source_id.startswith("quoted:")
    assert conversation.pieces == 1


def test_a_mail_quoted_by_many_is_recovered_once():
    again = compose(3, BOB, ANN, f"And the term?\n\n{quoted(OFFER)}\n", day=5, References="<1@x>")
    assert said(thread(REPLY, again)) == [("Ann Lee", OFFER), ("Bob Ray", "Too dear."), ("Bob Ray", "And the term?")]


def test_the_mail_itself_takes_the_place_of_the_recovered_one():
    conversation = thread(REAL, REPLY)
    assert said(conversation) == [("Ann Lee", OFFER), ("Bob Ray", "Too dear.")]
    assert [each.source_id for each in conversation.utterances] == ["1@x", "2@x"]


@pytest.mark.parametrize(
    "shown",
    [
        "We can offer ten seats for\nnine thousand a year,\nsupport and training included.",
        "We can offer *ten seats* for nine thousand a year, support and\n> training included.",
        "We can offer ten seats for nine thousand a year, support and tr",
        "ten seats for nine thousand a year, support and training",
        "We can offer ten seats for nine thousand a year,  support and training included.\n\n-- \nAnn Lee",
    ],
)
def test_a_quotation_is_known_however_it_was_wrapped_marked_or_cut_short(shown):
    reply = compose(2, BOB, ANN, f"Too dear.\n\n{quoted(shown)}\n", day=4, References="<1@x>")
    assert said(thread(REAL, reply)) == [("Ann Lee", OFFER), ("Bob Ray", "Too dear.")]


def test_short_words_are_known_only_from_their_own_author():
    reply = compose(2, BOB, ANN, f"Yes, we can, and soon.\n\n{quoted('Yes, we can')}\n", day=4, References="<1@x>")
    assert said(thread(reply)) == [("Ann Lee", "Yes, we can"), ("Bob Ray", "Yes, we can, and soon.")]


def test_a_recovered_mail_keeps_its_id_when_its_author_becomes_known():
    offer = quoted(OFFER, "On Mon, Mar 3, 2025 at 8:30 AM Ann Lee wrote:")
    reply = compose(2, BOB, "sales@us.example", f"Too dear.\n\n{offer}\n", day=4)
    known = compose(3, ANN, BOB, "Let us talk.", day=5, References="<2@x>")
    before, after = thread(reply), thread(reply, known)
    assert before.utterances[0].source_id == after.utterances[0].source_id
    assert [each.address for each in after.participants if each.name == "Ann Lee"] == ["ann@us.example"]


def test_quotations_in_quotations_are_recovered_too():
    inner = quoted(ASKED, "On Sun, Mar 2, 2025 at 7:00 AM Bob Ray <bob@acme.example> wrote:")
    reply = compose(3, BOB, ANN, f"Too dear.\n\n{quoted(f'{OFFER}{chr(10)}{chr(10)}{inner}')}\n", day=4)
    conversation = thread(reply)
    assert said(conversation) == [("Bob Ray", ASKED), ("Ann Lee", OFFER), ("Bob Ray", "Too dear.")]
    assert conversation.occurred_at == "2025-03-02T07:00:00+01:00"


def test_without_a_date_the_recovered_mail_stands_right_before_what_quotes_it():
    history = f"-----Original Message-----\nFrom: Ann Lee\nTo: Bob Ray\nSubject: Offer\n\n{OFFER}"
    earlier = compose(1, BOB, ANN, ASKED)
    reply = compose(2, BOB, ANN, f"Too dear.\n\n{history}\n", day=4, References="<1@x>")
    conversation = thread(earlier, reply)
    assert [text for _, text in said(conversation)] == [ASKED, OFFER, "Too dear."]
    assert [each.started_at for each in conversation.utterances] == [0.0, 86_399.0, 86_400.0]


def test_a_mail_without_a_date_comes_last_after_what_it_quotes():
    text = f"From: {BOB}\nTo: {ANN}\nMessage-ID: <2@x>\nReferences: <1@x>\n\nToo dear.\n\nAnn Lee <ann@us.example> wrote:\n> {OFFER}\n"
    (undated,) = mail.read_mails("m.eml", io.BytesIO(text.encode()))
    conversation = thread(compose(1, BOB, ANN, ASKED), undated)
    assert [text for _, text in said(conversation)] == [ASKED, OFFER, "Too dear."]
    assert [each.started_at for each in conversation.utterances] == [0.0, None, None]


@pytest.mark.parametrize(("month", "day"), [("Feb", 20), ("Mar", 10), ("May", 20)])
def test_what_a_reply_may_join_has_the_marks_it_seeks(month, day):
    offer, reply = compose(1, ANN, BOB, "Ten seats.", day=20, month="Feb"), compose(
        2, BOB, ANN, "Too dear.", day=day, month=month, subject="Re: Offer"
    )  # fmt: skip
    assert mail.sought(mail.marks(reply)) & mail.marks(offer)
    assert mail.sought(mail.marks(offer)) & mail.marks(reply)


@pytest.mark.parametrize("written", ["has x", "<lost in a b 7>", "said <>", " "])
def test_a_malformed_message_id_is_never_taken_for_another_mark(written):
    data = f"From: {BOB}\nTo: {ANN}\nSubject: Re: Offer\nMessage-ID: {written}\n\nToo dear.\n"
    (found,) = mail.read_mails("m.eml", io.BytesIO(data.encode()))
    assert " " not in found.id
    assert found.id in mail.sought(mail.marks(found))


def test_a_forwarded_mail_is_its_own_authors():
    forward = compose(
        5, ANN, "Eve <eve@us.example>", "FYI, what do you think?\n\n---------- Forwarded message ---------\n"
        f"From: Bob Ray <bob@acme.example>\nDate: Mon, Mar 3, 2025 at 9:12 AM\nSubject: Offer\nTo: ann@us.example\n\n{ASKED}",
        subject="Fwd: Offer", day=4,
    )  # fmt: skip
    assert said(thread(forward)) == [("Bob Ray", ASKED), ("Ann Lee", "FYI, what do you think?")]


def test_an_attached_mail_is_its_own_authors():
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"], inner["Date"], inner["Subject"] = BOB, "Mon, 3 Mar 2025 09:00:00 +0000", "Offer"
    inner.set_content(ASKED)
    outer["From"], outer["Date"], outer["Message-ID"] = ANN, "Tue, 4 Mar 2025 09:00:00 +0000", "<7@x>"
    outer.set_content("See the attached mail.")
    outer.add_attachment(inner)
    assert said(thread(read(outer))) == [("Bob Ray", ASKED), ("Ann Lee", "See the attached mail.")]


def test_a_mail_of_quotations_alone_is_a_piece_too():
    forward = compose(5, ANN, BOB, f"---------- Forwarded message ---------\nFrom: Eve <eve@x.example>\n\n{ASKED}")
    conversation = thread(forward)
    assert (said(conversation), conversation.pieces) == ([("Eve", ASKED)], 1)


def test_answers_between_quotations_keep_what_they_answer():
    intro = "On Mon, Mar 3, 2025 at 8:30 AM Ann Lee <ann@us.example> wrote:"
    text = f"Hi Ann,\n\n{intro}\n> When do you decide?\n\nIn May, I think.\n\n> And the budget?\n\nNot approved yet.\n"
    conversation = thread(compose(2, BOB, ANN, text, day=4))
    assert [(each.text, each.answers) for each in conversation.utterances if each.speaker == "Bob Ray"] == [
        ("Hi Ann,", ""), ("In May, I think.", "When do you decide?"), ("Not approved yet.", "And the budget?"),
    ]  # fmt: skip
    assert [each.text for each in conversation.utterances if each.speaker == "Ann Lee"] == [
        "When do you decide?", "And the budget?",
    ]  # fmt: skip


def test_every_years_reply_about_the_invoice_is_its_own_thread():
    mails = [
        compose(year, BOB, ANN, f"The invoice of {year} is wrong.", year=year, subject="Re: Invoice")
        for year in (2022, 2023, 2024)
    ]
    assert [len(each.utterances) for each in mail.threads(mails)] == [1, 1, 1]


def test_a_reply_that_says_to_nothing_joins_the_last_such_mail_before_it():
    mails = [
        compose(1, ANN, BOB, "First offer.", month="Jan"),
        compose(2, ANN, BOB, "Second offer.", month="Feb"),
        compose(3, BOB, ANN, "Too dear.", subject="AW: Offer"),
    ]
    assert [[text for _, text in said(each)] for each in mail.threads(mails)] == [
        ["First offer."],
        ["Second offer.", "Too dear."],
    ]


def test_a_quotation_ties_a_reply_to_its_mail_where_nothing_else_does():
    reply = compose(2, BOB, ANN, f"Too dear.\n\n{quoted(OFFER)}\n", day=4, subject="Price")
    assert said(thread(REAL, reply)) == [("Ann Lee", OFFER), ("Bob Ray", "Too dear.")]


def test_one_text_sent_to_many_makes_no_thread_of_them():
    mails = [
        REAL,
        compose(7, ANN, "Eve <eve@beta.example>", OFFER),
        compose(8, "Eve <eve@beta.example>", ANN, f"No.\n\n{quoted(OFFER)}", subject="Price", day=5),
    ]
    assert [len(each.utterances) for each in mail.threads(mails)] == [1, 2]


def test_outlooks_conversation_ties_mails_without_references():
    index = {"Thread_Index": "AdnKu5j4ZdL6m3xXQ8K4P0wq0G1rZg=="}
    reply = compose(
        2, BOB, ANN, "Too dear.", day=4, subject="Price", Thread_Index=index["Thread_Index"][:-4] + "ZgAAAA=="
    )
    assert len(list(mail.threads([compose(1, ANN, BOB, OFFER, **index), reply]))) == 1


def test_copies_of_one_mail_are_pieces_that_say_nothing_twice():
    conversation = thread(REAL, REAL, REPLY)
    assert (len(conversation.utterances), conversation.pieces) == (2, 3)


def test_mails_that_share_an_id_but_not_their_words_are_all_kept():
    conversation = thread(REAL, compose(1, ANN, BOB, "Something else altogether."))
    assert [text for _, text in said(conversation)] == [OFFER, "Something else altogether."]


def test_a_mail_comes_back_from_json_as_it_was():
    inner = quoted(ASKED, "On Sun, Mar 2, 2025 at 7:00 AM Bob Ray <bob@acme.example> wrote:")
    found = compose(
        3, BOB, ANN, f"Too dear.\n\n{quoted(f'{OFFER}{chr(10)}{inner}')}\n", X_CRM_Stage="Demo", X_CRM_Own="1"
    )
    assert found.embedded[0].embedded
    assert mail.from_dict(json.loads(json.dumps(asdict(found)))) == found


PEOPLE = [ANN, BOB, "Eve <eve@beta.example>"]
TEXTS = ["Too dear.", OFFER, ASKED, "Yes", "When can we talk about the second part of the contract, this week or next?"]


@st.composite
def mails(draw):
    number = draw(st.integers(1, 12))
    sender, to = draw(st.permutations(PEOPLE))[:2]
    text = draw(st.sampled_from(TEXTS))
    if draw(st.booleans()):
        intro = f"On Mon, Mar 3, 2025 at 8:30 AM {draw(st.sampled_from(PEOPLE))} wrote:"
        text = f"{text}\n\n{quoted(draw(st.sampled_from(TEXTS)), intro)}"
    headers = {"References": f"<{draw(st.integers(1, 12))}@x>"} if draw(st.booleans()) else {}
    found = compose(
        number, sender, to, text, subject=draw(st.sampled_from(["Offer", "Re: Offer", "Re: Term"])),
        day=draw(st.integers(1, 28)), month=draw(st.sampled_from(["Feb", "Mar", "Apr"])), **headers,
    )  # fmt: skip
    return exported(draw, found) if draw(st.booleans()) else found


def exported(draw, found):
    """The mail as a CRM's export may have it: under other ids, with less of its time, its author and its thread."""
    record = f"{draw(st.integers(1, 6))}@record-id"
    changes = {"aliases": (record,)} if draw(st.booleans()) else {"id": record, "references": ()}
    if draw(st.booleans()):
        changes["references"] = (f"{draw(st.integers(1, 4))}@thread-id",)
    if draw(st.booleans()):
        changes["sender"] = replace(found.sender, address="", name=draw(st.sampled_from(["", found.sender.name])))
    changes["sent_at"] = found.sent_at[: draw(st.sampled_from([0, 10, 19, 25]))]
    return replace(found, **changes)


SETS = st.lists(mails(), max_size=8) | st.lists(mails(), max_size=4).flatmap(
    lambda found: (
        st.lists(st.sampled_from(found), max_size=3).flatmap(
            lambda again: st.tuples(*map(copied, again)).map(lambda copies: [*found, *copies])
        )
        if found
        else st.just([])
    )
)


@st.composite
def copied(draw, found):
    return exported(draw, found)


@given(SETS, st.randoms())
@settings(max_examples=60, deadline=None)
def test_threads_depend_on_the_set_of_mails_alone(found, chance):
    expected = list(mail.threads(found))
    assert sum(each.pieces for each in expected) == len(found)
    mixed = list(found)
    chance.shuffle(mixed)
    assert list(mail.threads(mixed)) == expected


@given(SETS)
@settings(max_examples=60, deadline=None)
def test_mails_that_nothing_sought_connects_never_change_each_others_threads(found):
    apart = [each for group in connected(found) for each in mail.threads(group)]
    assert sorted(apart, key=str) == sorted(mail.threads(found), key=str)


def connected(found):
    """Sets of mails that their marks connect, as a store would find them."""
    groups = []
    for each in found:
        mine, rest = [each], []
        for group in groups:
            near = any(tied(each, other) for other in group)
            (mine if near else rest).extend(group if near else [group])
        groups = [*rest, mine]
    return groups


def tied(one, other):
    return bool(mail.sought(mail.marks(one)) & mail.marks(other)) or bool(
        mail.sought(mail.marks(other)) & mail.marks(one)
    )


def test_a_copy_under_another_id_is_said_once():
    copy = replace(REAL, id="7@record-id", file="emails.csv")
    conversation = thread(copy, REAL, REPLY)
    assert [each.source_id for each in conversation.utterances] == ["1@x", "2@x"]
    assert conversation.pieces == 3


@pytest.mark.parametrize("sent_at", ["2025-03-03T10:00:00", "2025-03-03T20:04:00", "2025-03-03"])
def test_a_copy_whose_time_lacks_its_zone_or_its_clock_takes_the_time_of_the_mail(sent_at):
    copy = replace(REAL, id="7@record-id", sent_at=sent_at)
    conversation = thread(copy, REAL, REPLY)
    assert said(conversation) == [("Ann Lee", OFFER), ("Bob Ray", "Too dear.")]
    assert conversation.occurred_at == "2025-03-03T10:00:00+01:00"


@pytest.mark.parametrize("sent_at", ["2025-03-03T10:06:00+01:00", "2025-03-04T01:00:00", "2025-03-06", ""])
def test_the_same_words_at_another_time_are_another_mail(sent_at):
    again = replace(REAL, id="7@record-id", sent_at=sent_at)
    assert [len(each.utterances) for each in mail.threads([REAL, again])] == [1, 1]


@pytest.mark.parametrize("name", ["", "Ann Lee", "Lee, Ann"])
def test_a_copy_by_a_sender_without_an_address_is_known_by_the_name_if_any(name):
    copy = replace(REAL, id="7@record-id", sender=replace(REAL.sender, name=name, address=""))
    assert len(thread(REAL, copy).utterances) == 1


def test_the_same_words_of_another_author_are_another_mail():
    other = replace(REAL, id="7@record-id", sender=replace(REAL.sender, name="Omar", address=""))
    assert len(list(mail.threads([REAL, other]))) == 2


def test_few_words_make_a_copy_only_under_the_same_subject():
    short = compose(3, ANN, BOB, "Thanks!")
    same, other = replace(short, id="7@record-id"), replace(short, id="8@record-id", subject="Invoice")
    assert sorted(each.pieces for each in mail.threads([short, same, other])) == [1, 2]


def test_one_text_on_every_day_is_said_every_day():
    sent = [compose(day, ANN, BOB, OFFER, day=day) for day in (3, 4, 5)]
    copies = [replace(each, id=f"{each.id[0]}@record-id", sent_at=each.sent_at[:10]) for each in sent]
    assert sorted((len(each.utterances), each.pieces) for each in mail.threads([*sent, *copies])) == [(1, 2)] * 3


def test_what_a_crm_says_of_a_mail_reaches_the_thread_of_its_mailbox():
    row = replace(
        REAL, sender=replace(REAL.sender, role="seller"), keys=("id:deal:7",), facts={"rep": "Ann Lee", "stage": "Demo"}
    )
    conversation = thread(REAL, row, REPLY)
    assert (conversation.keys, conversation.stage) == (("id:deal:7",), "Demo")
    assert [each.role for each in conversation.utterances] == ["seller", "unknown"]


def test_a_side_on_which_rows_disagree_is_unknown():
    rows = [replace(REAL, sender=replace(REAL.sender, role=role)) for role in ("seller", "buyer")]
    assert [each.role for each in thread(*rows).utterances] == ["unknown"]


def test_a_reply_of_a_named_thread_joins_a_mail_of_no_named_one():
    reply = replace(compose(2, BOB, ANN, "Too dear.", day=4, subject="Re: Offer"), references=("t@thread-id",))
    other = replace(compose(3, ANN, BOB, "Another offer."), references=("u@thread-id",))
    assert len(list(mail.threads([REAL, reply]))) == 1
    assert len(list(mail.threads([other, reply]))) == 2


def test_a_mail_kept_before_it_had_keys_is_read():
    value = asdict(REAL)
    del value["keys"], value["aliases"]
    assert mail.from_dict(json.loads(json.dumps(value))) == REAL


def test_the_order_of_arrival_of_a_long_thread_changes_nothing():
    found = [REAL] + [
        compose(n, BOB, ANN, f"Answer {n}", day=n, subject="Re: Offer", In_Reply_To=f"<{n - 1 if n > 4 else 1}@x>")
        for n in range(4, 20)
    ]
    expected = list(mail.threads(found))
    random.Random(1).shuffle(found)
    assert list(mail.threads(found)) == expected

"""Mail files: cut where a mail begins, never raising, and every mail accounted for."""

import io
import json
import mailbox
import random
from contextlib import closing
from dataclasses import asdict
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from insights import formats
from insights.formats import Limits, mail
from insights.records import Conversation, Problem
from tests.spending import at_most

BORDER = b"From bob@acme.example Mon Mar  3 10:00:00 2025"
MAIL = (
    b"From: Bob Ray <bob@acme.example>\nTo: ann@us.example\nSubject: =?utf-8?q?Angebot_f=C3=BCr_Acme?=\n"
    b"Date: Mon, 3 Mar 2025 10:00:00 +0100\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/mixed; boundary="=b"\n\n'
    b"--=b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    b"Too dear for us =E2=80=93 sorry.\n\nOn Sun, Mar 2, 2025 at 9:00 AM Ann <ann@us.example> wrote:\n> Our offer\n\n"
    b"--=b\nContent-Type: text/html\n\n<p>Too dear</p><blockquote>Our offer</blockquote>\n"
    b"--=b\nContent-Type: message/rfc822\n\nFrom: Eve <eve@x.example>\nSubject: Inner\n\nInner words.\n--=b--\n"
)


def read(data, name="m.mbox", **options):
    return list(mail.read_mails(name, io.BytesIO(data), **options))


def texts(data):
    return [item.text if isinstance(item, mail.Mail) else item.reason for item in read(data)]


def plain(text, number=1):
    return f"From: bob@acme.example\nMessage-ID: <{number}@x>\n\n{text}\n".encode()


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("blank", [b"\n", b""])
def test_a_dated_border_needs_no_blank_line_above(line_end, blank):
    data = b"".join(BORDER + b"\n" + plain(text) + blank for text in ("One.", "Two.", "Three."))
    assert texts(data.replace(b"\n", line_end)) == ["One.", "Two.", "Three."]


def test_sentences_that_open_with_from_cut_nothing():
    data = (
        BORDER + b"\n" + plain("We wait.\nFrom 2025 on it is cheaper.\n\nFrom here we see no need.\n>From Ann I heard.")
    )
    assert texts(data) == ["We wait.\nFrom 2025 on it is cheaper.\n\nFrom here we see no need.\nFrom Ann I heard."]


def test_a_box_of_many_chunks_is_cut_as_the_standard_library_cuts_it(tmp_path):
    chance = random.Random(1)
    sizes = [chance.randrange(1, 20_000) for _ in range(400)]
    box = b"".join(
        BORDER + b"\n" + plain(f"Mail {n} " + "word " * (size // 5), n) + b"\n" for n, size in enumerate(sizes)
    )
    assert len(box) > 3_000_000
    (tmp_path / "m.mbox").write_bytes(box)
    with closing(mailbox.mbox(tmp_path / "m.mbox")) as peer:
        expected = [" ".join(each.get_payload().split()) for each in peer]
    assert [" ".join(text.split()) for text in texts(box)] == expected


def test_mails_past_the_limit_are_problems_wherever_they_stand():
    large = plain("word " * 400_000)
    box = b"".join(BORDER + b"\n" + each + b"\n" for each in (large, plain("One."), large, large, plain("Two."), large))
    found = read(box, limits=Limits(mail=100_000))
    assert [item.text if isinstance(item, mail.Mail) else item.row for item in found] == [1, "One.", 3, 4, "Two.", 6]


def test_a_large_attachment_changes_nothing_and_a_large_encoded_text_is_read():
    message = EmailMessage()
    message["From"], message["Message-ID"] = "bob@acme.example", "<1@x>"
    message.set_content("Too dear. " * 2_000, cte="base64")
    message.add_attachment(bytes(range(256)) * 400, maintype="application", subtype="pdf", filename="offer.pdf")
    (found,) = read(message.as_bytes(), name="m.eml")
    assert found.text == ("Too dear. " * 2_000).strip()


content = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: MAIL + text.encode("utf-8", "surrogatepass")),
    st.tuples(st.integers(0, len(MAIL) - 1), st.integers(0, 255)).map(
        lambda flip: MAIL[: flip[0]] + bytes([flip[1]]) + MAIL[flip[0] + 1 :]
    ),
)


@given(st.lists(content.map(lambda data: data.replace(b"From ", b"from ")), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
@example([b"", b"\n", MAIL])
@example(
    [
        b"From: =?utf-8?q?=ed=a0=80?= <b@x.example>\nContent-Type: text/plain; charset=raw_unicode_escape\n\nToo \\ud800 dear."
    ]
)
def test_every_mail_of_a_box_is_one_mail_or_one_problem(contents):
    box = b"".join(BORDER + b"\n" + each + b"\n\n" for each in contents)
    found = read(box)
    assert [item.row for item in found] == list(range(1, len(contents) + 1))
    assert json.dumps([asdict(item) for item in found], ensure_ascii=False).encode()
    threaded = list(formats.read("m.mbox", io.BytesIO(box)))
    pieces = sum(item.pieces for item in threaded if isinstance(item, Conversation))
    assert pieces + sum(isinstance(item, Problem) and not item.kept for item in threaded) == len(contents)


@given(st.binary(max_size=400), st.sampled_from(["m.eml", "m.mbox", "m.msg"]))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_the_reader_raise(data, name):
    found = list(formats.read(name, io.BytesIO(data)))
    assert found


@pytest.mark.parametrize("seed", range(4))
def test_cut_and_flipped_mails_never_raise(seed):
    chance = random.Random(seed)
    for _ in range(100):
        data = bytearray(MAIL[: chance.randrange(1, len(MAIL))] if chance.random() < 0.3 else MAIL)
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert len(read(BORDER + b"\n" + bytes(data).replace(b"\nFrom ", b"\n"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        ">" * 200_000,
        "\n".join(">" * (n % 300) + " word" for n in range(20_000)),
        "\n".join("On Mon, Mar 3, 2025 Ann <a@us.example> wrote:\n" + "> " * (n % 40) + "word" for n in range(5_000)),
        "From: Ann\nTo: Bob\nSubject: x\n\n" * 5_000,
        "-----Original Message-----\n" * 10_000,
        "On Monday " * 20_000,
        "a@b.c, " * 30_000,
        "1/1/25 10:00\nTo: x\nSubject: y\n" * 5_000,
    ],
)
def test_hostile_mails_are_read_in_reasonable_time(text):
    with at_most(seconds=10):
        found = read(plain(text))
        list(mail.threads(item for item in found if isinstance(item, mail.Mail)))


@pytest.mark.parametrize("name", ["From", "To", "Subject", "References"])
@pytest.mark.parametrize("value", ["(" * 100_000, "=?utf-8?q?a?= " * 20_000, "a," * 100_000, "<a@b> " * 40_000])
def test_hostile_headers_cost_neither_the_mail_nor_time(name, value):
    with at_most(seconds=5):
        (found,) = read(f"Date: today\n{name}: {value}\n\nToo dear.\n".encode(), name="m.eml")
        assert found.text == "Too dear."


@pytest.mark.parametrize(
    "head",
    [
        "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3_000)),
        "Content-Type: message/rfc822\n\n" * 3_000,
    ],
)
def test_mails_in_mails_without_end_are_problems_that_cost_no_other_mail(head):
    box = b"".join(
        BORDER + b"\n" + each + b"\n" for each in (f"From: b@x.example\n{head}\nhi\n".encode(), plain("One."))
    )
    assert texts(box) == ["The mail could not be read (RecursionError).", "One."]


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote>" * 3_000 + "word",
        "<div style='border-top:solid'>word" * 3_000,
        "<p>word" * 50_000,
        "<table><tr><td>" * 2_000,
    ],
)
def test_hostile_html_is_read_in_reasonable_time(html):
    with at_most(seconds=10):
        read(f"From: b@x.example\nContent-Type: text/html\n\n{html}".encode(), name="m.eml")


def test_what_tells_neither_its_author_nor_its_day_is_a_problem_and_no_conversation():
    """A mailbox that was damaged gave conversations of nobody, on no day."""
    box = b"%s\nReceived: x\n\ngarbage\n\n%s\nFrom: =?utf-8?b?broken\n\nIs it dear?\n" % (BORDER, BORDER)
    lost, kept = read(box)
    assert "neither who wrote it nor when" in lost.reason and (kept.sender.name, kept.text) == ("", "Is it dear?")

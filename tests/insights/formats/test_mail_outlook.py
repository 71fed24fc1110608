"""Outlook's .msg files: read like any other mail, and nothing that the library raises gets out."""

import io
import random
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from insights import formats
from insights.formats import mail
from insights.records import Problem
from tests.spending import at_most

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_TEXT, _BINARY, _TIME, _NUMBER = 0x001F, 0x0102, 0x0040, 0x0003
CLASS, SUBJECT, SENT, HEADERS, SENDER, SENDER_ADDRESS = 0x001A, 0x0037, 0x0039, 0x007D, 0x0C1A, 0x0C1F
BODY, RTF, HTML, MESSAGE_ID, INDEX, NAME, ADDRESS = 0x1000, 0x1009, 0x1013, 0x1035, 0x0071, 0x3001, 0x39FE

SENT_AT = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
OURS = {
    CLASS: "IPM.Note", SUBJECT: "Offer", SENT: SENT_AT, SENDER: "Ann Lee", SENDER_ADDRESS: "ann@us.example",
    BODY: "Ten seats for nine thousand.\r\n\r\nAnn", MESSAGE_ID: "<1@x>",
}  # fmt: skip


def read(data):
    (found,) = mail.read_mails("m.msg", io.BytesIO(data))
    return found


def test_a_sent_mail_is_read_from_outlooks_own_properties():
    found = read(msg(OURS, [("Bob Ray", "bob@acme.example")]))
    assert (found.id, found.subject, found.sent_at) == ("1@x", "Offer", "2025-03-03T09:00:00+00:00")
    assert (found.sender.name, found.sender.address) == ("Ann Lee", "ann@us.example")
    assert [(each.name, each.address) for each in found.recipients] == [("Bob Ray", "bob@acme.example")]
    assert found.text == "Ten seats for nine thousand.\n\nAnn"


def test_a_received_mail_is_read_from_its_headers():
    headers = (
        "From: =?utf-8?q?Bj=C3=B6rn?= <bjorn@acme.example>\r\nTo: ann@us.example\r\nSubject: Re: Offer\r\n"
        "Date: Tue, 4 Mar 2025 10:00:00 +0100\r\nMessage-ID: <2@x>\r\nReferences: <1@x>\r\nContent-Type: text/html\r\n"
    )
    found = read(msg({CLASS: "IPM.Note", HEADERS: headers, BODY: "Too dear.\r\n\r\n> Ten seats\r\n"}))
    assert (found.sender.name, found.references, found.text) == ("Björn", ("1@x",), "Too dear.")
    assert found.sent_at == "2025-03-04T10:00:00+01:00"


def test_html_is_read_where_there_is_no_plain_text():
    html = b"<p>Too dear.</p><blockquote type=cite>Ten seats</blockquote>"
    assert read(msg({**OURS, BODY: " ", HTML: html})).text == "Too dear."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({BODY: "", RTF: b"xyz"}, "The mail's text is there as rich text (RTF) only."),
        ({BODY: ""}, "The mail has no words of its own author."),
        ({CLASS: "IPM.Contact"}, "This Outlook file is not a mail."),
        ({CLASS: "IPM.Schedule.Meeting.Request"}, "This is a calendar notice; it is not mined."),
        ({CLASS: "REPORT.IPM.Note.NDR"}, "This is a delivery report or a read receipt; it is not mined."),
        ({SUBJECT: "Automatic reply: Offer"}, "This is an automatic reply, such as an out-of-office note; it is not mined."),
    ],
)  # fmt: skip
def test_what_cannot_be_mined_is_a_problem_that_says_why(changes, reason):
    found = read(msg({**OURS, **changes}))
    assert (found.reason, found.kept) == (reason, False)


def test_the_reader_is_found_by_the_ending():
    (conversation,) = formats.read("offer.MSG", io.BytesIO(msg(OURS)))
    assert conversation.utterances[0].text == "Ten seats for nine thousand.\n\nAnn"


def test_a_file_that_claims_to_be_larger_than_it_is_costs_neither_time_nor_memory():
    data = bytearray(msg(OURS))
    (directory,) = struct.unpack_from("<I", data, 48)
    struct.pack_into("<I", data, 512 + directory * 512 + 120, 0x7FFFFFFF)  # the size of the root's stream
    with at_most(seconds=5):
        assert read(bytes(data)).reason == "The Outlook file is damaged: it claims to hold more than it does."


def test_a_damaged_file_is_read_or_is_a_problem():
    data, chance = msg(OURS, [("Bob Ray", "bob@acme.example")]), random.Random(1)
    for _ in range(300):
        damaged = bytearray(data[: chance.choice([len(data), chance.randrange(8, len(data))])])
        for _ in range(chance.randrange(1, 12)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        assert isinstance(read(bytes(damaged)), mail.Mail | Problem)


# What follows writes .msg files: a compound file with the properties that a mail needs, and nothing else.


def msg(properties: Mapping[int, str | bytes | datetime], recipients: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes of a .msg file with these properties."""
    entries = _storage(properties, struct.pack("<8x4I8x", len(recipients), 0, len(recipients), 0))
    nodes: list[tuple[str, bytes | None, list]] = [(name, data, []) for name, data in entries]
    for number, (name, address) in enumerate(recipients):
        inner = _storage({NAME: name, ADDRESS: address}, bytes(8))
        nodes.append((f"__recip_version1.0_#{number:08X}", None, [(n, d, []) for n, d in inner]))
    return _compound(nodes)


def _storage(properties: Mapping[int, str | bytes | datetime], header: bytes) -> list[tuple[str, bytes]]:
    streams, table = [], header + struct.pack("<HHIII", _NUMBER, 0x340D, 6, 0x40000, 0)  # strings are Unicode
    for pid, value in properties.items():
        if isinstance(value, datetime):
            ticks = int((value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 10_000_000)
            table += struct.pack("<HHIQ", _TIME, pid, 6, ticks)
            continue
        kind, data = (_TEXT, value.encode("utf-16-le")) if isinstance(value, str) else (_BINARY, value)
        table += struct.pack("<HHIII", kind, pid, 6, len(data) + (2 if kind == _TEXT else 0), 0)
        streams.append((f"__substg1.0_{pid:04X}{kind:04X}", data))
    return [("__properties_version1.0", table), *streams]


def _compound(nodes: list) -> bytes:
    """A compound file (version 3) whose streams are all small ones, in the mini stream of the root."""
    directory: list[tuple[str, int, int, int, int, int]] = []
    mini, mini_fat = bytearray(), []

    def add(name: str, data: bytes | None, children: list, kind: int) -> int:
        place = len(directory)
        directory.append(("", 0, 0, 0, 0, 0))
        first = _END
        if data:
            first = len(mini_fat)
            count = -(-len(data) // 64)
            mini_fat.extend([*range(first + 1, first + count), _END])
            mini.extend(data.ljust(count * 64, b"\x00"))
        places = [add(*child, 1 if child[1] is None else 2) for child in children]
        for at, following in zip(places, [*places[1:], _FREE], strict=False):
            name_, kind_, _, child_, start_, size_ = directory[at]
            directory[at] = (name_, kind_, following, child_, start_, size_)
        directory[place] = (name, kind, _FREE, places[0] if places else _FREE, first, len(data or b""))
        return place

    add("Root Entry", None, nodes, 5)
    sectors: list[bytes] = []

    def put(data: bytes) -> int:
        start = len(sectors)
        data = data.ljust(-(-len(data) // 512) * 512, b"\x00")
        sectors.extend(data[at : at + 512] for at in range(0, len(data), 512))
        return start

    chains = []
    mini_at = put(bytes(mini))
    chains.append((mini_at, len(sectors)))
    fat_of_mini = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(-(-len(mini_fat) // 128) * 512, b"\xff"))
    chains.append((fat_of_mini, len(sectors)))
    name, kind, right, child, _, _ = directory[0]
    directory[0] = (name, kind, right, child, mini_at, len(mini))
    directory_at = put(b"".join(map(_entry, directory)))
    chains.append((directory_at, len(sectors)))
    fat = [_FREE] * (-(-(len(sectors) + 4) // 128) * 128)
    for begin, end in chains:
        fat[begin:end] = [*range(begin + 1, end), _END]
    fat_at = len(sectors)
    fat_sectors = len(fat) // 128
    fat[fat_at : fat_at + fat_sectors] = [_FAT] * fat_sectors
    put(struct.pack(f"<{len(fat)}I", *fat))
    mini_sectors = -(-len(mini_fat) // 128)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, directory_at, 0, 4096, fat_of_mini,
                          mini_sectors, _END, 0)  # fmt: skip
    return (
        header
        + struct.pack("<109I", *range(fat_at, fat_at + fat_sectors), *[_FREE] * (109 - fat_sectors))
        + b"".join(sectors)
    )


def _entry(entry: tuple[str, int, int, int, int, int]) -> bytes:
    name, kind, right, child, start, size = entry
    written = name.encode("utf-16-le")
    head = written.ljust(64, b"\x00") + struct.pack("<HBB", len(written) + 2, kind, 1)
    return head + struct.pack("<III", _FREE, right, child) + bytes(36) + struct.pack("<IQ", start, size)

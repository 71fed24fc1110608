"""What `read` promises for every format: it never raises, and one bad part does not cost the rest."""

import io
import random
from pathlib import Path

import pytest

from insights import formats
from insights.formats import Limits
from insights.records import Conversation, Problem

SAMPLES = {
    "notes.csv": b"id,date,account,notes\n1,2025-03-04,Acme,Too expensive for us\n2,2025-03-05,Beta,Asked about SSO\n",
    "call.vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Jane>Hello.</v>\n\n00:02.000 --> 00:03.000\n<v Bob>Hi.</v>\n",
    "call.srt": b"1\n00:00:01,000 --> 00:00:02,000\nJane: Hello.\n\n2\n00:00:02,000 --> 00:00:03,000\nBob: Hi.\n",
    "call.sbv": b"0:00:01.000,0:00:02.000\nJane: Hello.\n\n0:00:02.000,0:00:03.000\nBob: Hi.\n",
    "call.txt": b"Rep: How are you?\nCustomer: It costs too much.\n",
    "chats.jsonl": b'{"id":"1","turns":[{"role":"customer","text":"Too dear."}]}\n{"id":"2","text":"Asked for a price."}\n',
    "chats.json": b'[{"id":"1","turns":[{"role":"customer","text":"Too dear."}]},{"id":"2","text":"Asked for a price."}]',
    "mail.eml": b"From: a@x.example\nTo: b@y.example\nSubject: Hi\nMessage-ID: <1@x>\n\nToo dear.\n",
    "mails.mbox": b"From a@x.example Mon Mar  3 10:00:00 2025\nFrom: a@x.example\nTo: b@y.example\nMessage-ID: <1@x>\n\nToo dear.\n",
}

BOOKS = Path(__file__).parents[2] / "data" / "formats"
SAMPLES |= {name: (BOOKS / name).read_bytes() for name in ("notes.xlsx", "notes.xls", "notes.ods")}


def read(name: str, data: bytes, **options):
    return list(formats.read(name, io.BytesIO(data), **options))


def conversations(items):
    return [item for item in items if isinstance(item, Conversation)]


def problems(items):
    return [item for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_known_format_gives_conversations_and_no_problems(name):
    items = read(name, SAMPLES[name])
    assert conversations(items)
    assert problems(items) == []


def test_every_known_ending_has_a_sample():
    covered = {name[name.rindex(".") :] for name in SAMPLES}
    twins = {".tsv", ".tab", ".ndjson", ".mbx", ".md", ".text", ".xlsm"}
    twins |= {".docx", ".pdf", ".msg"}  # test_documents.py, test_fuzz.py, test_mail_outlook.py
    assert set(formats.known_endings()) == covered | twins, "Put a sample of each ending into SAMPLES."


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_content_has_the_same_id_under_any_name(name):
    ending = name[name.rindex(".") :]
    one, other = read(name, SAMPLES[name]), read(f"elsewhere/other{ending}", SAMPLES[name])
    assert [item.id for item in conversations(one)] == [item.id for item in conversations(other)]


@pytest.mark.parametrize("name", SAMPLES)
def test_an_empty_file_is_a_named_problem(name):
    (problem,) = read(name, b"")
    assert isinstance(problem, Problem)
    assert problem.file == name
    assert "empty" in problem.reason


@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.endswith(("eml", "mbox", "xlsx", "xls", "ods"))])
def test_a_binary_file_under_a_text_ending_is_a_problem(name):
    (problem,) = read(name, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    assert isinstance(problem, Problem)
    assert "binary" in problem.reason


def test_an_unknown_ending_is_a_problem_that_lists_the_known_ones():
    (problem,) = read("deck.pptx", b"PK\x03\x04")
    assert isinstance(problem, Problem)
    assert ".csv" in problem.advice


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_bytes_never_raise(name):
    """Cut, flip and repeat bytes of a good file: whatever stands in it, problems are data."""
    dice = random.Random(name)
    for _ in range(60):
        data = bytearray(SAMPLES[name])
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        cut = dice.randrange(len(data))
        for item in read(name, bytes(data[:cut]) + bytes(data[cut:]) * dice.randint(0, 2)):
            assert isinstance(item, Conversation | Problem)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_text_is_read_in_whatever_encoding_it_was_saved(encoding):
    data = "id,notes\n1,Müller fürchtet die Kosten – zu teuer\n".encode(encoding)
    (conversation,) = read("n.csv", data)
    assert conversation.utterances[0].text == "Müller fürchtet die Kosten – zu teuer"


def test_a_cyrillic_file_without_a_mark_is_guessed():
    text = "id,notes\n" + "".join(f"{n},Клиент считает что это слишком дорого для них\n" for n in range(20))
    assert "дорого" in read("n.csv", text.encode("cp1251"))[0].utterances[0].text


def test_one_odd_byte_in_a_long_utf8_file_costs_nothing_else():
    data = "id,notes\n1,Grüße\n".encode() * 1 + b"".join(b"%d,fine\n" % n for n in range(2, 9000)) + b"9000,caf\xe9\n"
    items = conversations(read("n.csv", data))
    assert items[0].utterances[0].text == "Grüße"
    assert items[-1].utterances[0].text == "café"


def test_clear_mojibake_is_put_right_and_other_text_left_alone():
    items = read("n.csv", "id,notes\n1,Itâ€™s too expensive\n2,Ã is a letter & “this” stays\n".encode())
    assert items[0].utterances[0].text == "It’s too expensive"
    assert items[1].utterances[0].text == "Ã is a letter & “this” stays"


def test_nul_bytes_are_dropped():
    (conversation,) = read("n.csv", b"id,notes\n1,too\x00 dear\n")
    assert conversation.utterances[0].text == "too dear"


def test_a_stream_that_cannot_seek_is_read_too():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    assert len(conversations(formats.read("notes.csv", Pipe(SAMPLES["notes.csv"])))) == 2


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("n.csv", b"id,notes\n1,fine\n2," + b"x" * 5000 + b"\n3,also fine\n"),
        ("n.txt", b"A good line.\n\n" + b"x" * 5000 + b"\n\nAnother one.\n"),
        ("n.jsonl", b'{"text":"fine"}\n{"text":"' + b"x" * 5000 + b'"}\n{"text":"also fine"}\n'),
        ("n.json", b'[{"text":"fine"},{"text":"' + b"x" * 600_000 + b'"},{"text":"also fine"}]'),
        ("c.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nfine\n\n" + b"x" * 5000 + b"\n\n00:03.000 --> 00:04.000\nalso fine\n"),
    ],
)  # fmt: skip
def test_an_overlong_line_is_a_problem_and_the_rest_goes_on(name, data):
    items = read(name, data, limits=Limits(line=1000, record=2000))
    (problem,) = problems(items)
    assert "longer than" in problem.reason
    said = " ".join(utterance.text for item in conversations(items) for utterance in item.utterances)
    assert "fine" in said.lower() or "good line" in said
    assert "also fine" in said or "Another one." in said


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("n.txt", b"".join(b"%s: ok\n" % who for who in [b"Ann", b"Bob"] * 40)),
        ("c.vtt", b"WEBVTT\n\n" + b"".join(b"00:%02d.000 --> 00:%02d.500\nok\n\n" % (n, n) for n in range(60))),
    ],
)  # fmt: skip
def test_lines_weigh_more_than_their_letters(name, data):
    """A turn of two letters takes as much memory as one of a hundred: six megabytes of them took 700."""
    (problem,) = problems(read(name, data, limits=Limits(record=5_000)))
    assert "larger than 5000 bytes, or has more than 50 lines" in problem.reason


def test_an_enormous_line_does_not_fill_the_memory():
    import tracemalloc

    class Endless(io.RawIOBase):
        """60 MB of one line between two rows, made as it is read."""

        size = 60_000_000

        def __init__(self):
            self.at = 0

        def readable(self):
            return True

        def seekable(self):
            return True

        def seek(self, to, whence=0):
            self.at = to
            return to

        def tell(self):
            return self.at

        def readinto(self, buffer):
            head, tail = b"id,notes\n1,fine\n2,", b"\n3,also fine\n"
            left = len(head) + self.size + len(tail) - self.at
            part = min(len(buffer), left)
            for offset in range(part) if left < 100 or self.at < len(head) else ():
                at = self.at + offset
                buffer[offset] = (
                    head[at]
                    if at < len(head)
                    else tail[at - len(head) - self.size]
                    if at >= len(head) + self.size
                    else 120
                )
            if left >= 100 and self.at >= len(head):
                part = min(part, max(1, len(head) + self.size - self.at))
                buffer[:part] = b"x" * part
            self.at += part
            return part

    tracemalloc.start()
    items = list(formats.read("n.csv", io.BufferedReader(Endless(), 1 << 16)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(conversations(items)) == 2
    assert len(problems(items)) == 1
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("ending", "does"), [("mp4", "transcript"), ("m4a", "transcript"), ("jpg", "leave it out"), ("7z", "Unpack")]
)
def test_what_is_not_read_says_what_to_bring_instead(ending, does):
    (problem,) = read(f"monday.{ending}", b"\x00\x01\x02")
    assert (problem.reason, does in problem.advice) == (f"Files ending in '.{ending}' are not read.", True)

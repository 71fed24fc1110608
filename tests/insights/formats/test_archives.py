"""Zip files: their members within limits, never a path that leads out."""

import io
import zipfile

from insights.formats import Limits, archives
from insights.records import Problem


def pack(members: dict[str, bytes]) -> io.BytesIO:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    data.seek(0)
    return data


def unpack(data, limits=None):
    items = archives.members("a.zip", data, limits or Limits())
    return [item if isinstance(item, Problem) else (item[0], item[1].read()) for item in items]


def test_members_come_with_their_path_in_the_archive():
    assert unpack(pack({"notes/b.csv": b"two", "a.txt": b"one"})) == [
        ("a.zip/a.txt", b"one"),
        ("a.zip/notes/b.csv", b"two"),
    ]


def test_an_archive_in_an_archive_is_opened():
    assert unpack(pack({"in.zip": pack({"a.txt": b"one"}).getvalue()})) == [("a.zip/in.zip/a.txt", b"one")]


def test_too_deep_an_archive_is_a_problem():
    data = pack({"a.txt": b"one"})
    for _ in range(4):
        data = pack({"in.zip": data.getvalue()})
    (problem,) = unpack(data)
    assert "archive within" in problem.reason


def test_a_path_that_leads_out_is_refused_and_the_rest_is_read():
    problem, *rest = unpack(pack({"../evil.txt": b"x", "/etc/x.txt": b"x", "good.txt": b"one"}))
    assert "out of the archive" in problem.reason
    assert rest[-1] == ("a.zip/good.txt", b"one")


def test_a_bomb_is_refused():
    problem, good = unpack(pack({"bomb.txt": b"\0" * 5_000_000, "good.txt": b"one"}))
    assert "bomb" in problem.reason
    assert good == ("a.zip/good.txt", b"one")


def test_too_many_files_are_a_problem():
    items = unpack(pack({f"{n}.txt": b"x" for n in range(5)}), Limits(members=3))
    assert len(items) == 4
    assert "more than 3 files" in items[-1].reason


def test_what_unpacks_past_the_limit_is_a_problem():
    (problem,) = unpack(pack({"a.txt": bytes(range(256)) * 40}), Limits(archive=1000))
    assert "more than the limit" in problem.reason


def test_what_macs_add_is_passed_over():
    assert unpack(pack({"__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "a.txt": b"one"})) == [("a.zip/a.txt", b"one")]


def test_no_zip_file_is_a_problem():
    (problem,) = unpack(io.BytesIO(b"PK\x03\x04 broken"))
    assert "damaged" in problem.reason

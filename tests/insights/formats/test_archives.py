"""Zip, tar and gzip files: their members within limits, never a path that leads out."""

import gzip
import io
import random
import tarfile
import zipfile

import pytest

from insights.formats import Limits, archives
from insights.records import Problem


def pack(members: dict[str, bytes]) -> io.BytesIO:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    data.seek(0)
    return data


def pack_tar(members: dict[str, bytes], mode: str = "w", **headers) -> io.BytesIO:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in headers.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    data.seek(0)
    return data


def unpack(data, limits=None, name="a.zip"):
    items = archives.members(name, data, limits or Limits())
    return [item if isinstance(item, Problem) else (item[0], item[1].read()) for item in items]


def test_the_lock_of_a_file_that_was_open_is_no_file():
    assert unpack(pack({"~$visits.xlsx": b"\5Katja", "visits.csv": b"Notes"})) == [("a.zip/visits.csv", b"Notes")]


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


def test_a_colon_in_a_name_is_no_drive():
    (item,) = unpack(pack({"Call 10:30.txt": b"words"}))
    assert item[0] == "a.zip/Call 10:30.txt"


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


FILES = {"notes/b.csv": b"two", "a.txt": b"one", "../evil.txt": b"x", "in.zip": pack({"c.txt": b"three"}).getvalue()}


@pytest.mark.parametrize(("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.TGZ", "w:gz"), ("a.tar.gz", "w")])
def test_tar_files_are_opened_like_zip_files(name, mode):
    problem, *rest = unpack(pack_tar(FILES, mode), name=name)
    assert "out of the archive" in problem.reason
    assert rest == [(f"{name}/a.txt", b"one"), (f"{name}/in.zip/c.txt", b"three"), (f"{name}/notes/b.csv", b"two")]


def test_a_gzip_is_its_one_file():
    data = io.BytesIO(gzip.compress(b"one"))
    assert unpack(data, name="call.vtt.gz") == [("call.vtt.gz/call.vtt", b"one")]
    assert unpack(pack({"x/a.csv.gz": gzip.compress(b"one")})) == [("a.zip/x/a.csv.gz/a.csv", b"one")]


@pytest.mark.parametrize("name", ["a.zip", "A.TAR", "a.tar.gz", "a.tgz", "a.csv.gz"])
def test_archives_are_known_by_their_names(name):
    assert archives.is_archive(name)
    assert not archives.is_archive(name + ".txt")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind):
    (problem,) = unpack(pack_tar({"a.txt": b""}, type=kind, linkname="/etc/passwd"), name="a.tar")
    assert isinstance(problem, Problem)
    assert "link" in problem.reason or "ordinary" in problem.reason


def locked(names: list[str]) -> io.BytesIO:
    """A zip whose members say that they are encrypted."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "secret")
    found = bytearray(data.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for at in [n for n in range(len(found)) if found[n : n + 4] == mark]:
            found[at + flags] |= 1
    return io.BytesIO(bytes(found))


@pytest.mark.parametrize("names", [["b.txt"], ["b.txt", "c.txt", "d.txt"]])
def test_an_archive_with_a_password_is_told_once_with_what_to_do(names):
    (problem,) = unpack(locked(names))
    assert "password" in problem.reason and problem.advice == "Take the password off and upload it again."


def test_an_encrypted_member_and_a_link_in_a_zip_are_refused_and_the_rest_is_read():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        link = zipfile.ZipInfo("a link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.txt", "secret")
        archive.writestr("c.txt", "one")
    bytes_ = bytearray(data.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = [n for n in range(len(bytes_)) if bytes_[n : n + 4] == mark][1]
        bytes_[at + flags] |= 1
    link, locked, good = unpack(io.BytesIO(bytes(bytes_)))
    assert ("link" in link.reason, "password" in locked.reason, good) == (True, True, ("a.zip/c.txt", b"one"))


def test_a_bomb_in_a_gzip_is_refused():
    (problem,) = unpack(io.BytesIO(gzip.compress(bytes(9_000_000))), Limits(ratio=100), name="a.csv.gz")
    assert "bomb" in problem.reason
    (problem,) = unpack(pack_tar({"a.txt": bytes(9_000_000)}, "w:gz"), Limits(ratio=100), name="a.tgz")
    assert "bomb" in problem.reason


@pytest.mark.parametrize(("name", "mode"), [("a.tar", "w"), ("a.tgz", "w:gz")])
def test_the_limits_on_count_size_and_depth_hold_for_tar_files(name, mode):
    files = {f"{n}.txt": bytes([65 + n]) * 300 for n in range(5)}
    items = unpack(pack_tar(files, mode), Limits(members=3), name=name)
    assert (len(items), "more than 3 files" in items[-1].reason) == (4, True)
    assert sum(isinstance(item, tuple) for item in unpack(pack_tar(files), Limits(archive=700), name="a.tar")) == 2
    data = pack_tar({"a.txt": b"one"})
    for _ in range(4):
        data = pack_tar({"in.tar": data.getvalue()}, mode)
    (problem,) = unpack(data, name=name)
    assert "archive within" in problem.reason


def test_a_tar_that_breaks_off_keeps_what_is_whole_and_says_so():
    data = pack_tar({"a.txt": b"one", "b.txt": b"two" * 1000}).getvalue()[:2500]
    first, *problems = unpack(io.BytesIO(data), name="a.tar")
    assert first == ("a.tar/a.txt", b"one")
    assert problems


def test_a_zip_with_an_enormous_directory_is_refused_before_it_is_read():
    data = bytearray(pack({"a.txt": b"one"}).getvalue())
    data[-10:-6] = (900_000_000).to_bytes(4, "little")
    (problem,) = unpack(io.BytesIO(bytes(data)))
    assert "more than" in problem.reason


def test_a_tar_header_of_endless_text_is_refused_before_it_is_read():
    data = pack_tar({"a.txt": b"x" * 2_000_000}, type=tarfile.XHDTYPE)
    (problem,) = unpack(data, name="a.tar")
    assert "damaged" in problem.reason


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.csv.gz"])
def test_a_damaged_archive_never_raises_and_is_never_silent(name):
    files = {"a.txt": b"one " * 50, "b/c.txt": b"two " * 50, "in.zip": pack({"d.txt": b"x" * 200}).getvalue()}
    if name.endswith("gz"):
        good = gzip.compress(b"a,b\n1,2\n" * 30) if name == "a.csv.gz" else pack_tar(files, "w:gz").getvalue()
    else:
        good = (pack(files) if name == "a.zip" else pack_tar(files)).getvalue()
    dice = random.Random(name)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        assert unpack(io.BytesIO(bytes(data[: dice.randint(1, len(data))])), name=name)


def test_an_archive_without_files_is_a_problem():
    for data, name in ((pack({}), "a.zip"), (pack({"__MACOSX/._a": b"x"}), "a.zip"), (pack_tar({}), "a.tar")):
        (problem,) = unpack(data, name=name)
        assert "no files" in problem.reason


def test_a_member_without_a_name_is_named_a_problem_and_the_rest_is_read():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        nameless = zipfile.ZipInfo("x")
        nameless.filename = "\x00.csv"  # zipfile reads a name up to its first NUL
        archive.writestr(nameless, b"one")
        archive.writestr("b.txt", b"two")
    data.seek(0)
    problem, member = unpack(data)
    assert problem.reason == "It has no name."
    assert member == ("a.zip/b.txt", b"two")

"""Members of zip, tar and gzip files, within limits on their number, size, ratio and depth.

Nothing is ever unpacked under a name that an archive gives: one member at a time goes to a spooled temporary file.
"""

import gzip
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast

from insights.formats.sources import Limits, shown
from insights.records import Problem

ENDINGS = (".zip", ".tar", ".tgz", ".gz")
_IN_MEMORY = 8_000_000
_CHUNK = 256 * 1024
_SMALL = 1_000_000  # what may be packed at any ratio
_JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_DRIVE = re.compile(r"[A-Za-z]:")
_DIRECTORY_ENTRY = 400  # bytes of a zip's directory that one member takes at most, in the mean
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_ABOUT = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_ERRORS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, zlib.error, struct.error, NotImplementedError,
    RuntimeError, OSError, EOFError, ValueError, KeyError, IndexError, OverflowError, AttributeError, TypeError,
)  # fmt: skip
_DAMAGED = "The archive is damaged."
_AGAIN = "Make it again, or upload its files."
_LOCKED = 0x1  # of a member's flags
_IS_LOCKED = "It has a password."
_UNLOCK = "Take the password off and upload it again."

Member = tuple[str, BinaryIO]


def is_archive(name: str) -> bool:
    """True for a name that `members` opens."""
    return name.casefold().endswith(ENDINGS)


def members(name: str, stream: BinaryIO, limits: Limits | None = None) -> Iterator[Member | Problem]:
    """Yield ("archive.zip/path/in/it", stream) for each file in an archive, archives within it opened too.

    Each stream is valid until the next is asked for. A member that is unsafe, locked or damaged is a problem.
    """
    limits = limits or Limits()
    yield from _members(name, stream, limits, depth=1, budget=[limits.members, limits.archive])


def _members(
    name: str, stream: BinaryIO, limits: Limits, *, depth: int, budget: list[int]
) -> Iterator[Member | Problem]:
    empty = True
    for item in _any(name, stream, limits, depth, budget):
        empty = False
        yield item
    if empty:
        yield Problem(name, None, "There are no files in this archive.", "Leave it out, or make it again.")


def _any(name: str, stream: BinaryIO, limits: Limits, depth: int, budget: list[int]) -> Iterator[Member | Problem]:
    low = name.casefold()
    try:
        stream.seek(0)
        head = stream.read(2)
        stream.seek(0)
    except _ERRORS:
        head = b""
    if low.endswith((".gz", ".tgz", ".tar")) and head == b"\x1f\x8b":
        yield from _gzip(name, stream, limits, depth, budget)
    elif low.endswith((".tar", ".tgz", ".tar.gz")):  # a tar may be named .tar.gz and be none
        yield from _tar(name, stream, limits, depth, budget)
    elif low.endswith(".gz"):
        yield Problem(name, None, "The archive is damaged or no gzip file.", _AGAIN)
    else:
        yield from _zip(name, stream, limits, depth, budget)


# Zip.


def _zip(name: str, stream: BinaryIO, limits: Limits, depth: int, budget: list[int]) -> Iterator[Member | Problem]:
    try:
        if _directory(stream) > max(_SMALL, limits.members * _DIRECTORY_ENTRY):
            yield _too_many(name, limits)
            return
        archive = zipfile.ZipFile(stream)
        infos = archive.infolist()
    except _ERRORS:
        yield Problem(name, None, "The archive is damaged or no zip file.", _AGAIN)
        return
    inside = [info for info in infos if not info.filename.endswith("/")]
    if len(inside) > 1 and all(info.flag_bits & _LOCKED for info in inside):  # told once, not for each of its files
        yield Problem(name, None, "The archive has a password.", _UNLOCK)
        return
    for info in sorted(infos, key=lambda info: info.filename):
        path = PurePosixPath(info.filename.replace("\\", "/"))
        # The name first: `is_dir` fails on an empty one.
        if info.filename and (info.is_dir() or is_junk(path)):
            continue
        budget[0] -= 1
        if budget[0] < 0:
            yield _too_many(name, limits)
            return
        if reason := _leads_out(path) or _zip_refusal(info, limits):
            yield _refused(f"{name}/{path}", reason, _UNLOCK if reason == _IS_LOCKED else "")
            continue
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
            try:
                with archive.open(info) as packed:
                    whole = _copied(packed, copy, min(limits.member, budget[1]))
            except _ERRORS:
                yield _damaged(f"{name}/{path}")
                continue
            yield from _opened(f"{name}/{path}", copy, whole, limits, depth, budget)


def _directory(stream: BinaryIO) -> int:
    """How many bytes a zip's directory has by its own account: the zipfile module reads it into memory whole."""
    size = stream.seek(0, 2)
    start = max(0, size - 65_557)
    stream.seek(start)
    tail = stream.read(65_557)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return 0
    found = int(struct.unpack_from("<L", tail, at + 12)[0])
    if found == 0xFFFFFFFF and at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        stream.seek(int(struct.unpack_from("<Q", tail, at - 12)[0]))
        record = stream.read(56)
        found = int(struct.unpack_from("<Q", record, 40)[0])
    return found


def _zip_refusal(info: zipfile.ZipInfo, limits: Limits) -> str:
    """Why a member must not be opened, judged by what the archive says of it."""
    if not info.filename:
        return "It has no name."
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        return "It is a link, not a file."
    if info.flag_bits & _LOCKED:
        return _IS_LOCKED
    if info.compress_type not in _PACKINGS:
        return "It is packed in a way that is not read."
    if info.file_size > limits.member:
        return f"It is larger than {shown(limits.member)}."
    if info.file_size > max(_SMALL, limits.ratio * max(info.compress_size, 1)):
        return _bomb(limits)
    return ""


# Tar.


def _tar(name: str, stream: BinaryIO, limits: Limits, depth: int, budget: list[int]) -> Iterator[Member | Problem]:
    infos: list[tarfile.TarInfo] = []
    try:
        if not _headers_fit(stream):
            raise tarfile.ReadError
        archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115 (nothing to close but the stream)
    except _ERRORS:
        yield Problem(name, None, "The archive is damaged or no tar file.", _AGAIN)
        return
    trouble = too_many = False
    try:
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # it would keep every header it ever saw
            if info.isdir() or is_junk(PurePosixPath(info.name)):
                continue
            budget[0] -= 1
            if too_many := budget[0] < 0:
                break
            infos.append(info)
        # tarfile takes a header that it cannot read for the end.
        trouble = not too_many and not _ends(stream, archive.offset)
    except _ERRORS:
        trouble = True
    for info in sorted(infos, key=lambda info: info.name):
        yield from _tar_member(name, archive, info, limits, depth, budget)
    if too_many:
        yield _too_many(name, limits)
    elif trouble:
        yield Problem(name, None, "The archive is damaged or breaks off; what came before was read.", _AGAIN)


def _headers_fit(stream: BinaryIO) -> bool:
    """False when a header is followed by more text about its file (a long name, pax records) than names can need:
    tarfile would read all of it into memory."""
    stream.seek(0)
    while len(block := stream.read(512)) == 512:
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            break
        if info.size < 0 or (info.type in _ABOUT and info.size > _SMALL):
            return False
        if info.isreg() or info.type in _ABOUT:
            stream.seek((info.size + 511) // 512 * 512, 1)
    stream.seek(0)
    return True


def _ends(stream: BinaryIO, offset: int) -> bool:
    """True when an archive ends as tar files end: with a block of zeros."""
    stream.seek(offset)
    block = stream.read(512)
    return bool(block) and not block.strip(b"\x00")


def _tar_member(
    name: str, archive: tarfile.TarFile, info: tarfile.TarInfo, limits: Limits, depth: int, budget: list[int]
) -> Iterator[Member | Problem]:
    path = PurePosixPath(info.name.replace("\\", "/"))
    if reason := _leads_out(path) or _tar_refusal(info, limits):
        yield _refused(f"{name}/{path}", reason)
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        try:
            packed = archive.extractfile(info)
            whole = packed is not None and _copied(packed, copy, min(limits.member, budget[1]))
        except _ERRORS:
            yield _damaged(f"{name}/{path}")
            return
        yield from _opened(f"{name}/{path}", copy, whole, limits, depth, budget)


def _tar_refusal(info: tarfile.TarInfo, limits: Limits) -> str:
    if info.issym() or info.islnk():
        return "It is a link, not a file."
    if not info.isreg() or info.issparse():
        return "It is no ordinary file."
    return f"It is larger than {shown(limits.member)}." if info.size > limits.member else ""


# Gzip.


def _gzip(name: str, stream: BinaryIO, limits: Limits, depth: int, budget: list[int]) -> Iterator[Member | Problem]:
    """The one file in a gzip, or the members of the tar in it: those two are one archive."""
    inner = PurePosixPath(name).name[: name.rfind(".") - len(name)]
    is_tar = name.casefold().endswith((".tgz", ".tar.gz", ".tar"))
    if not is_tar:
        budget[0] -= 1
        if budget[0] < 0:
            yield _too_many(name, limits)
            return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        try:
            with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
                most = budget[1] if is_tar else min(limits.member, budget[1])
                whole = _copied(cast(IO[bytes], packed), copy, most, source=stream, ratio=limits.ratio)
        except _ERRORS:
            yield Problem(name, None, _DAMAGED, _AGAIN)
            return
        if whole is None:
            yield _refused(name, _bomb(limits))
        elif is_tar and whole:
            copy.seek(0)
            yield from _tar(name, cast(BinaryIO, copy), limits, depth, budget)
        else:
            yield from _opened(f"{name}/{inner}", copy, whole, limits, depth, budget)


# What they share.


def _copied(
    packed: IO[bytes], copy: IO[bytes], most: int, *, source: BinaryIO | None = None, ratio: int = 0
) -> bool | None:
    """Unpack; False past `most` bytes, None past the ratio to what `source` gave. An archive's own sizes may be
    lies."""
    size = 0
    while chunk := packed.read(_CHUNK):
        size += len(chunk)
        if size > most:
            return False
        if source is not None and size > max(_SMALL, ratio * source.tell()):
            return None
        copy.write(chunk)
    return True


def _opened(
    inner: str, copy: IO[bytes], whole: bool | None, limits: Limits, depth: int, budget: list[int]
) -> Iterator[Member | Problem]:
    """A member's copy as a stream, or its own members when it is an archive."""
    if not whole:
        yield Problem(inner, None, "The archive unpacks to more than the limit.", "Split the archive.")
        return
    budget[1] -= copy.tell()
    copy.seek(0)
    opened = cast(BinaryIO, copy)
    if not is_archive(inner):
        yield inner, opened
    elif depth >= limits.depth:
        reason = f"It is an archive within more than {limits.depth} archives."
        yield Problem(inner, None, reason, "Unpack it and upload its files.")
    else:
        yield from _members(inner, opened, limits, depth=depth + 1, budget=budget)


def is_junk(path: PurePath) -> bool:
    """True for what operating systems leave beside people's files."""
    return any(part in _JUNK or part.startswith(("._", "~$")) for part in path.parts)


def _leads_out(path: PurePosixPath) -> str:
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(path.parts[0] if path.parts else ""):
        return "Its path leads out of the archive."
    return ""


def _bomb(limits: Limits) -> str:
    return f"It is packed more than {limits.ratio} times: that looks like a zip bomb."


def _refused(inner: str, reason: str, advice: str = "") -> Problem:
    return Problem(inner, None, reason, advice or "Leave this file out, or upload it by itself.")


def _damaged(inner: str) -> Problem:
    return Problem(inner, None, "It is damaged within the archive.", "Make the archive again.")


def _too_many(name: str, limits: Limits) -> Problem:
    reason = f"The archive has more than {limits.members} files; the rest was not read."
    return Problem(name, None, reason, "Split it into smaller archives.")

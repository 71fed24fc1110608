"""Members of a zip file, within limits on their number, size, ratio and depth. Nothing is ever written to a disk."""

import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from insights.formats.sources import Limits, shown
from insights.records import Problem

_IN_MEMORY = 8_000_000
_CHUNK = 256 * 1024
_JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)


def members(name: str, stream: BinaryIO, limits: Limits | None = None) -> Iterator[tuple[str, BinaryIO] | Problem]:
    """Yield ("archive.zip/path/in/it", stream) for each file in a zip, archives within it opened too.

    Each stream is valid until the next is asked for. A member that is unsafe, encrypted or damaged is a problem.
    """
    limits = limits or Limits()
    yield from _members(name, stream, limits, depth=1, budget=[limits.members, limits.archive])


def _members(
    name: str, stream: BinaryIO, limits: Limits, *, depth: int, budget: list[int]
) -> Iterator[tuple[str, BinaryIO] | Problem]:
    try:
        archive = zipfile.ZipFile(stream)
        infos = archive.infolist()
    except _ERRORS:
        yield Problem(name, None, "The archive is damaged or no zip file.", "Make it again, or upload its files.")
        return
    for info in sorted(infos, key=lambda info: info.filename):
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if info.is_dir() or any(part in _JUNK or part.startswith("._") for part in path.parts):
            continue
        inner = f"{name}/{path}"
        budget[0] -= 1
        if budget[0] < 0:
            reason = f"The archive has more than {limits.members} files; the rest was not read."
            yield Problem(name, None, reason, "Split it into smaller archives.")
            return
        if reason := _refusal(info, path, limits):
            yield Problem(inner, None, reason, "Leave this file out, or upload it by itself.")
            continue
        yield from _member(archive, info, inner, limits, depth, budget)


def _refusal(info: zipfile.ZipInfo, path: PurePosixPath, limits: Limits) -> str:
    """Why a member must not be opened, judged by what the archive says of it."""
    if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
        return "Its path leads out of the archive."
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        return "It is a link, not a file."
    if info.flag_bits & 0x1:
        return "It is encrypted."
    if info.file_size > limits.member:
        return f"It is larger than {shown(limits.member)}."
    if info.file_size > 1_000_000 and info.file_size > limits.ratio * max(info.compress_size, 1):
        return f"It is packed more than {limits.ratio} times: that looks like a zip bomb."
    return ""


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, inner: str, limits: Limits, depth: int, budget: list[int]
) -> Iterator[tuple[str, BinaryIO] | Problem]:
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        try:
            with archive.open(info) as packed:
                size = 0
                while chunk := packed.read(_CHUNK):
                    size += len(chunk)
                    # What is unpacked is counted, because an archive can lie about sizes.
                    if size > min(limits.member, budget[1]):
                        yield Problem(inner, None, "The archive unpacks to more than the limit.", "Split the archive.")
                        return
                    copy.write(chunk)
        except _ERRORS:
            yield Problem(inner, None, "It is damaged within the archive.", "Make the archive again.")
            return
        budget[1] -= size
        copy.seek(0)
        opened = cast(BinaryIO, copy)
        if not inner.casefold().endswith(".zip"):
            yield inner, opened
        elif depth >= limits.depth:
            reason = f"It is an archive within more than {limits.depth} archives."
            yield Problem(inner, None, reason, "Unpack it and upload its files.")
        else:
            yield from _members(inner, opened, limits, depth=depth + 1, budget=budget)

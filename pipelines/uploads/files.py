"""The files of an upload, one after the other: what lies in folders and archives, opened, in a fixed order."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from insights.formats import archives
from insights.records import Problem
from pipelines.progress import Progress


class Meter:
    """How many bytes of an upload have been read, for progress with a rate and the time left."""

    def __init__(self, paths: Iterable[Path], progress: Progress):
        self.total = sum(file.stat().st_size for path in paths for file in _below(path))
        self.progress = progress
        self.finished = 0
        self.stream: BinaryIO | None = None

    def begin(self, stream: BinaryIO) -> None:
        self.stream = stream

    def end(self, size: int) -> None:
        self.finished, self.stream = self.finished + size, None
        self.tell()

    def tell(self) -> None:
        here = self.stream.tell() if self.stream is not None and not self.stream.closed else 0
        self.progress("reading", min(self.finished + here, self.total), self.total)


def opened(paths: Sequence[Path], meter: Meter | None = None) -> Iterator[tuple[str, BinaryIO] | Problem]:
    """Every file below `paths`, opened until the next is asked for; members of archives under "archive.zip/member"."""
    for path in sorted(paths):
        root = path if path.is_dir() else path.parent
        found, links = _below(path), _left_out(path)
        if not found and not links:
            yield Problem(path.name, None, "There are no files in this folder.", "Leave it out, or name another one.")
        for link in links:
            name = link.relative_to(root).as_posix()
            yield Problem(name, None, "It is a link that leads to no file.", "Upload what it leads to by itself.")
        for file in found:
            name = file.relative_to(root).as_posix()
            try:
                with file.open("rb") as stream:
                    if meter:
                        meter.begin(stream)
                    yield from archives.members(name, stream) if archives.is_archive(name) else [(name, stream)]
                    if meter:
                        meter.end(file.stat().st_size)
            except OSError as error:
                yield Problem(name, None, f"It cannot be opened ({error.strerror}).", "Check that you may read it.")


def _below(path: Path) -> list[Path]:
    """The files of a folder without hidden ones and what archivers leave behind, or the file itself."""
    if not path.is_dir():
        return [path]
    return _wanted(path, sorted(p for p in path.rglob("*") if p.is_file()))


def _left_out(path: Path) -> list[Path]:
    """Links in a folder that are not followed: to folders, which may lead round in a ring, and to nothing."""
    links = sorted(p for p in path.rglob("*") if p.is_symlink() and not p.is_file()) if path.is_dir() else []
    return _wanted(path, links)


def _wanted(folder: Path, found: Sequence[Path]) -> list[Path]:
    inside = [(p, p.relative_to(folder)) for p in found]
    return [p for p, i in inside if not (archives.is_junk(i) or any(part.startswith(".") for part in i.parts))]

"""Files that an upload must get through unharmed: mixed and broken folders, damaged samples, hostile sizes and shapes."""

import os
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.ingest import write_mailbox
from benchmarks.uploads import pool, write

ROOT = Path(__file__).parent.parent


def mixed_folder(folder: Path) -> Path:
    """The sample company, CRM exports, transcripts, a zip of some of it, and broken files."""
    folder.mkdir()
    shutil.copytree(ROOT / "pipelines" / "sample", folder / "sample", ignore=shutil.ignore_patterns("__*"))
    for name in ("crm", "transcripts"):
        shutil.copytree(ROOT / "tests" / "data" / name, folder / name, ignore=shutil.ignore_patterns("*.golden.json"))
    with zipfile.ZipFile(folder / "again.zip", "w") as archive:
        archive.write(folder / "sample" / "call_notes.csv", "notes.csv")
        archive.write(folder / "transcripts" / "teams.vtt", "teams.vtt")
        archive.writestr("../evil.csv", "a,b")
    write_mailbox(folder / "more.mbox", 1)
    (folder / "broken.jsonl").write_bytes(b'{"text": "We have no budget."}\n{"text": \n')
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "half.vtt").write_bytes(
        b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nDana: Too dear.\n\n00:00:02.000 --> 00"
    )
    (folder / "corrupt.csv").write_bytes(b'Date,Account,Notes\n2025-01-02,Acme,"never closed\n' + b"x,y\n" * 50)
    write(folder / "pool", {k: v for upload in pool(random.Random(7)) for k, v in upload.items()})
    return folder


def samples() -> list[Path]:
    """Every sample file of the repository that a reader reads."""
    places = [ROOT / "tests" / "data", ROOT / "pipelines" / "sample"]
    found = sorted(file for place in places for file in place.rglob("*") if file.is_file())
    return [file for file in found if not file.name.endswith((".golden.json", ".py", ".md"))]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few things done to them."""
    raw = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        at = chance.randrange(len(raw) + 1)
        end = at + chance.choice((1, 4, 100, 2000))
        match chance.randrange(6):
            case 0 | 1 if at < len(raw):
                raw[at] ^= 1 << chance.randrange(8)
            case 2:
                del raw[at:end]
            case 3:
                raw[at:at] = raw[at:end]
            case 4:
                raw[at:at] = chance.choice(
                    (b"\x00", b'"', b"\n", b"\r", b"{", b"[", b"<", b"\xff\xfe", b",,,", b"From x\n", b"\n\n")
                )
            case _ if chance.random() < 0.3:
                del raw[at:]
    return bytes(raw)


def _empty(home: Path) -> Path:
    (home / "nothing").mkdir()
    return home / "nothing"


def _long_line(home: Path) -> Path:
    with (home / "long.csv").open("wb") as out:
        out.write(b"Date,Account,Notes\n2025-01-02,Acme,")
        for _ in range(200):
            out.write(b"word " * 200_000)
    return home / "long.csv"


def _many(home: Path) -> Path:
    with zipfile.ZipFile(home / "many.zip", "w") as archive:
        for n in range(100_000):
            archive.writestr(f"{n}.txt", "Dana: We have no budget.")
    return home / "many.zip"


def _bomb(home: Path) -> Path:
    with zipfile.ZipFile(home / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb.csv", "w") as out:
        for _ in range(300):
            out.write(b"\x00" * 1_000_000)
    return home / "bomb.zip"


def _nested(home: Path) -> Path:
    data = b"Date,Account,Notes\n2025-01-02,Acme,No budget.\n"
    name = "notes.csv"
    for n in range(8):
        with zipfile.ZipFile(home / f"{n}.zip", "w") as archive:
            archive.writestr(name, data)
        name, data = f"{n}.zip", (home / f"{n}.zip").read_bytes()
    return home / "7.zip"


def _link(home: Path) -> Path:
    (home / "links").mkdir()
    (home / "links" / "gone.csv").symlink_to(home / "nowhere.csv")
    (home / "links" / "round").symlink_to(home / "links")
    os.mkfifo(home / "links" / "pipe.csv")
    return home / "links"


BAD: dict[str, Callable[[Path], Path]] = {
    "an empty folder": _empty, "one line of 200 MB": _long_line, "100,000 files in a zip": _many, "a zip bomb": _bomb,
    "zips in zips, eight deep": _nested, "dead links, loops and pipes": _link,
}  # fmt: skip

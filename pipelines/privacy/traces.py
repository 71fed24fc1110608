"""Search files byte by byte for what must be gone: in every way that a program may have written it down.

A needle is looked for as UTF-8 and UTF-16, in capitals or not, as base64, hexadecimal, quoted-printable and JSON
escapes, and within what is compressed: members of zip archives (office files are such), gzip and zlib streams.
"""

import base64
import gzip
import io
import json
import quopri
import re
import string
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from insights import people
from insights.covers import Person
from insights.forgetting import RUN
from insights.once import accounts

LEAST = 5  # signs: a shorter word is everywhere by chance
DEEPEST = 3
MOST = 512 * 2**20  # bytes of one member that are looked into
FIRST = 4096  # bytes of what may be a compressed stream that are tried first
RARE_FORMS = 60  # needles that are looked for in the rarer forms too: names first, then the shortest sentences
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_SMALL = {ord(one): one.lower() for one in string.ascii_uppercase}
_FOLDED = frozenset({"UTF-8", "UTF-16", "quoted-printable", "hexadecimal"})


@dataclass(frozen=True, slots=True)
class Place:
    """A file that holds a needle, and in which form; never which."""

    file: str
    how: str


@dataclass(frozen=True, slots=True)
class Found:
    files: int
    bytes: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """How many of each are looked for; `shared` are names that are not, as others are called so too."""

    spellings: int
    addresses: int
    phones: int
    sentences: int
    shared: int


def needles(who: Person, sentences: Iterable[str]) -> tuple[str, ...]:
    """Addresses, whole names in either order, numbers, and sentences."""
    return tuple(sorted({one for kind in _kinds(who, sentences) for one in kind}))


def sought(who: Person, sentences: Iterable[str]) -> Sought:
    """What `needles` come to, for whoever is told that nothing was found."""
    names, addresses, phones, told = map(len, _kinds(who, sentences))
    return Sought(names, addresses, phones, told, len(who.shared))


def _kinds(who: Person, sentences: Iterable[str]) -> list[set[str]]:
    names: set[str] = set()
    for name in who.names:
        words = name.split()
        if len(words) > 1 and min(len(words[0]), len(words[-1])) > 1 and accounts.person(name) not in who.shared:
            names |= {one for way in (name.lower(), people.untitled(name)) for one in (way, _turned(way))}
    return [{one for one in kind if len(one) >= LEAST} for kind in (names, who.addresses, who.phones, sentences)]


def _turned(name: str) -> str:
    words = name.split()
    return f"{words[-1]}, {words[0]}".lower()


def search(folder: Path, wanted: Sequence[str], *, but: Collection[Path] = ()) -> Found:
    """Look through every file of a folder, or one file, except what lies within `but`."""
    patterns = forms(wanted)
    files, size, places = 0, 0, []
    every = [folder] if folder.is_file() else sorted(one for one in folder.rglob("*") if one.is_file())
    for file in every:
        if any(file.is_relative_to(one) for one in but):
            continue
        with suppress(FileNotFoundError):
            data = file.read_bytes()
            files, size = files + 1, size + len(data)
            name = str(file.relative_to(folder)) if file != folder else file.name
            for how in sorted({*look(data, patterns), *(f"name: {h}" for h in look(name.encode(), patterns))}):
                places.append(Place(name, how))
    return Found(files, size, tuple(places))


def forms(wanted: Sequence[str]) -> dict[str, tuple[bytes, ...]]:
    """For each way of writing all needles, in lower case where capitals may stand for small letters."""
    told: dict[str, set[bytes]] = {}
    shortest = sorted(wanted, key=lambda one: (len(one.split()) >= RUN, len(one)))[:RARE_FORMS]
    for one in wanted:
        told.setdefault("UTF-8", set()).update(spelt.encode("utf-8", "surrogatepass") for spelt in _spelt(one))
    for one in shortest:
        for how, data in _written(one):
            told.setdefault(how, set()).add(data.lower() if how in _FOLDED else data)
    return {how: tuple(sorted(every)) for how, every in told.items()}


def _spelt(text: str) -> set[str]:
    """A text with the letters of A to Z small, which is how bytes are compared, and every other one in each way that it is
    written: small, large, and with its accents apart."""
    ways = (text, text.lower(), text.upper(), text.title()) if not text.isascii() else (text,)
    return {unicodedata.normalize(form, way).translate(_SMALL) for way in ways for form in ("NFC", "NFD")}


def _written(text: str) -> Iterator[tuple[str, bytes]]:
    plain = text.encode("utf-8", "surrogatepass")
    for name in ("utf-16-le", "utf-16-be"):
        yield "UTF-16", text.encode(name, "surrogatepass")
    yield "hexadecimal", plain.hex().encode()
    for data in (plain, text.encode("utf-16-le", "surrogatepass")):
        for shift in range(3):
            # What stands before decides how three bytes become four signs; the ends that depend on neighbours are cut.
            coded = base64.b64encode(b"\0" * shift + data)
            first, last = (0, 2, 3)[shift], len(coded) - (4 if (len(data) + shift) % 3 else 0)
            yield "base64", coded[first:last]
            yield "base64", coded[first:last].translate(bytes.maketrans(b"+/", b"-_"))
    quoted = quopri.encodestring(plain).replace(b"=\n", b"")
    if quoted != plain:
        yield "quoted-printable", quoted
    escaped = json.dumps(text)[1:-1].encode()
    if escaped != plain:
        yield "JSON", escaped


def look(data: bytes, patterns: dict[str, tuple[bytes, ...]], *, depth: int = 0) -> set[str]:
    """The forms in which some bytes hold a needle, also within what is compressed in them."""
    found = _forms_in(data, patterns)
    if b"=\r\n" in data or b"=\n" in data:
        found |= {f"{how}, wrapped" for how in _forms_in(re.sub(rb"=\r?\n", b"", data), patterns)}
    if depth < DEEPEST:
        for what, inner in _within(data):
            found |= {f"{how} in {what}" for how in look(inner, patterns, depth=depth + 1)}
    return found


def _forms_in(data: bytes, patterns: dict[str, tuple[bytes, ...]]) -> set[str]:
    folded = data.lower()
    return {how for how, every in patterns.items() if any(one in (folded if how in _FOLDED else data) for one in every)}


def _within(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:4] == b"PK\x03\x04":
        odd = suppress(zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, zlib.error)
        with odd, zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                yield "zip", member.filename.encode()
                if member.file_size <= MOST:
                    yield "zip", archive.read(member)
    if data[:2] == b"\x1f\x8b":
        with suppress(OSError, EOFError, zlib.error):
            yield "gzip", gzip.decompress(data)
    whole = memoryview(data)
    for match in _ZLIB.finditer(data):
        with suppress(zlib.error):  # most are other bytes that look like a beginning
            if len(zlib.decompressobj().decompress(whole[match.start() : match.start() + FIRST])) >= LEAST:
                yield "zlib", zlib.decompressobj().decompress(whole[match.start() :], MOST)


def day_of(file: Path) -> str:
    """The day on which a file was last written, ISO 8601, "" where it is gone."""
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
    except OSError:
        return ""

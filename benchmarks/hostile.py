"""Hostile uploads by the thousand: `python -m benchmarks.hostile [COUNT]` writes benchmarks/HOSTILE.md.

Damaged files, generated nonsense, bombs, traps for paths and texts made against regular expressions go through the whole
of an upload, into a database. Counted: what crashed a worker, hung past its time, took memory past the limit, or lost a
piece without a word. A hang is told from a busy machine by the worker's own processor time, not by the clock.
"""

import io
import json
import os
import random
import resource
import signal
import struct
import sys
import tarfile
import tempfile
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing import Process, Queue
from pathlib import Path
from queue import Empty

from insights import language
from insights.records import Company
from pipelines import sample
from pipelines.analyse import turns
from pipelines.ingest import ingest
from pipelines.store import connect, conversations, prepare

DATA = Path(__file__).parents[1] / "tests" / "data"
RESULT = Path(__file__).parent / "HOSTILE.md"
FILL = 500  # uploads a database
EVIL = "text against regular expressions"
NOW = "2026-01-15T12:00:00+00:00"
SECONDS = 60  # of processor time for one upload
MEGABYTES = 1024  # more than before, for one upload
Upload = tuple[str, bytes]


@dataclass(slots=True)
class Tally:
    """What became of one family of uploads."""

    uploads: int = 0
    read: int = 0
    refused: int = 0
    crashed: int = 0
    hung: int = 0
    fat: int = 0
    lost: int = 0
    surprised: int = 0
    seconds: float = 0.0
    megabytes: int = 0
    worst: str = ""
    examples: list[str] = field(default_factory=list)


def samples() -> dict[str, bytes]:
    """A good file of every format: the tests' samples, the sample company's files, and what can be made of them."""
    found = {
        path.name: path.read_bytes()
        for folder in ("crm", "formats", "transcripts")
        for path in sorted((DATA / folder).iterdir())
        if not path.name.endswith(("golden.json", "README.md"))
    }
    company = Path(sample.__file__).parent
    found["company.mbox"] = (company / "mail.mbox").read_bytes()[:60_000]
    found["one.eml"] = _nested_mail(3)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("zoom.vtt", "hubspot_calls.csv", "note.docx"):
            archive.writestr(f"folder/{name}", found[name])
    found["packed.zip"] = packed.getvalue()
    rolled = io.BytesIO()
    with tarfile.open(fileobj=rolled, mode="w:gz") as archive:
        for name in ("call.srt", "hubspot_notes.csv"):
            info = tarfile.TarInfo(name)
            info.size = len(found[name])
            archive.addfile(info, io.BytesIO(found[name]))
    found["packed.tar.gz"] = rolled.getvalue()
    return found


def damaged(dice: random.Random, good: dict[str, bytes]) -> Upload:
    """A good file with bytes flipped, cut out, repeated, or spliced with another file's."""
    name = dice.choice(list(good))
    data = bytearray(good[name])
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(max(1, len(data)))
        match dice.randrange(6):
            case 0 if data:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + dice.randint(1, 2000)]
            case 2:
                data[at:at] = data[at : at + dice.randint(1, 500)] * dice.randint(1, 60)
            case 3:
                other = good[dice.choice(list(good))]
                start = dice.randrange(len(other))
                data[at:at] = other[start : start + dice.randint(1, 3000)]
            case 4:
                data[at : at + 4] = struct.pack("<I", dice.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, dice.getrandbits(32))))
            case _:
                data[at:at] = dice.choice(
                    (b"\x00" * 50, b"\xff\xfe", b"\r\n\r\n", b'"', b"<", b"{", b"--", b"\x1a", b"\xed\xa0\x80")
                )
    if dice.random() < 0.15:
        name = f"x{Path(dice.choice(list(good))).suffix}"  # not the format that its name says
    return name, bytes(data)


def nonsense(dice: random.Random, good: dict[str, bytes]) -> Upload:
    """Text in the shape of a format, made of parts that mean something to the readers."""
    words = ("From", "Date:", "Subject: Re:", "-->", "00:00:01.000", "WEBVTT", "Notes", "Account", '"', "'", ",", ";", "\t", "|", "{", "[", "}", "]", ":", "null", "1e999", "-0", "<v Ann>", ">", "> >", "On Mon, Ann wrote:", "\r", "\n", "\n\n", "\u202e", "\x00", "\ufeff", "\U0001f600", "e\u0301" * 9, "=", "=cmd|'/c'!A1", "@", "Content-Type: multipart/mixed; boundary=", "--x", "charset=utf-7", "=?utf-8?b?////?=", "9" * 400, "2025-13-45", "a" * 3000)  # fmt: skip
    endings = (".csv", ".tsv", ".json", ".jsonl", ".vtt", ".srt", ".txt", ".eml", ".mbox", ".md", ".sbv")
    text = dice.choice((" ", "", "\n", ",")).join(dice.choice(words) for _ in range(dice.randint(1, 400)))
    data = text.encode(dice.choice(("utf-8", "utf-16", "utf-32", "latin-1")), "replace")
    return f"nonsense{dice.choice(endings)}", data


def bomb(dice: random.Random, good: dict[str, bytes]) -> Upload:
    return dice.choice(BOMBS)(dice)


def path_trap(dice: random.Random, good: dict[str, bytes]) -> Upload:
    """An archive whose members' names lead outside, or are none."""
    names = ("../../../../tmp/parley-was-here.csv", "/etc/parley.csv", "C:\\parley.csv", "..\\..\\x.csv", "a/../../../x.csv", "\x00.csv", "a" * 300 + ".csv", "CON.csv", ".csv", "/", "a//b.csv", "./x.csv", "x.csv\n.txt", "\u202evsc.exe", "-rf.csv", "~root/x.csv", "x.csv ", "x.csv.")  # fmt: skip
    out = io.BytesIO()
    content = good["hubspot_calls.csv"]
    if dice.random() < 0.5:
        with zipfile.ZipFile(out, "w") as archive:
            for name in dice.sample(names, dice.randint(1, 6)) * dice.choice((1, 1, 2)):
                info = zipfile.ZipInfo("x")
                info.filename = name
                info.external_attr = dice.choice((0, 0o120777 << 16, 0o060644 << 16))  # a link, a device
                archive.writestr(info, dice.choice((content, b"/etc/passwd")))
        return "paths.zip", out.getvalue()
    with tarfile.open(fileobj=out, mode="w:gz") as rolled:
        for name in dice.sample(names, dice.randint(1, 6)):
            one = tarfile.TarInfo(name)
            one.type = dice.choice(
                (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
            )
            one.linkname = "/etc/passwd"
            one.size = len(content) if one.type == tarfile.REGTYPE else 0
            rolled.addfile(one, io.BytesIO(content))
    return "paths.tar.gz", out.getvalue()


def evil_text(dice: random.Random, good: dict[str, bytes]) -> Upload:
    """A note of tens of thousands of letters on which a careless regular expression takes for ever."""
    part = dice.choice(("a", "a ", " ", "\t", "> ", ">", "-", "_", "=", "*", "On ", "On a wrote", "Re: ", "http://", "www.", "a@", "a.", "a@a.", "+1 ", "(1) ", "1-", "1.", "$1,", "1,", "\u00a0", "\u200b", "e\u0301", "\U0001f468\u200d", "we use ", "instead of ", "compared to ", "too ", "Ann: ", "[00:", "<", "<p>", "&amp;", "&#", '"', "'", "(", "((", "\\", "%", "A", "Aa", "AB ", "Mr. ", "Dr. A. ", "and ", ", ", "?", "? ", "!?", "...", "\u2026"))  # fmt: skip
    text = part * (dice.choice((200, 5_000, 30_000, 200_000)) // len(part))
    text += dice.choice(("", "!", "x", "\x01", "@", "wrote:", "\n"))
    if dice.random() < 0.5:
        quoted = text.replace('"', '""')
        return "evil.csv", f'Company,When,What was said\nFerrin,2025-02-03,"{quoted}"\n'.encode()
    if dice.random() < 0.5:
        return "evil.eml", f"From: a@b.example\r\nTo: c@d.example\r\nSubject: {text[:900]!r}\r\n\r\n{text}\r\n".encode()
    return dice.choice(("evil.txt", "evil.vtt", "evil.md", "evil.srt")), text.encode()


def _zip(members: dict[str, bytes], level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _nested_mail(depth: int) -> bytes:
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    return f"From: a@b.example\r\nDate: Mon, 3 Feb 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n{head}Content-Type: text/plain\r\n\r\nToo dear for us.\r\n".encode()


def _laughs(rounds: int = 9) -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(rounds))
    return f"<?xml version='1.0'?><!DOCTYPE x [{entities}]>".encode()


def _word(body: bytes) -> bytes:
    kinds = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    return _zip({"[Content_Types].xml": kinds, "word/document.xml": body})


def _sheet(sheet: bytes, strings: bytes = b"") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
    links = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    members = {
        "xl/workbook.xml": book.encode(),
        "xl/_rels/workbook.xml.rels": links.encode(),
        "xl/worksheets/sheet1.xml": sheet,
    }
    return _zip(members | ({"xl/sharedStrings.xml": strings} if strings else {}))


def _sheet_of(cells: str) -> bytes:
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'.encode()


def _pdf(stream: bytes, pages: str = "[3 0 R]") -> bytes:
    packed = zlib.compress(stream, 9)
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids "
        + pages.encode()
        + b"/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n4 0 obj<</Length "
        + str(len(packed)).encode()
        + b"/Filter/FlateDecode>>stream\n"
        + packed
        + b"\nendstream endobj\ntrailer<</Root 1 0 R>>"
    )


def _matryoshka(dice: random.Random) -> Upload:
    data, name = b"Company,Notes\nA,too dear\n" * 100, "a.csv"
    for _ in range(dice.randint(3, 12)):
        data, name = _zip({f"{n}-{name}"[-60:]: data for n in range(dice.randint(1, 8))}), "in.zip"
    return "matryoshka.zip", data


def _tar_bomb(dice: random.Random) -> Upload:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=9) as rolled:
        size = dice.choice((50, 300)) * 1_000_000
        info = tarfile.TarInfo("zeros.csv")
        info.size = size
        rolled.addfile(info, io.BytesIO(bytes(size)))
    return "bomb.tar.gz", out.getvalue()


BOMBS: tuple[Callable[[random.Random], Upload], ...] = (
    _matryoshka,
    _tar_bomb,
    lambda dice: ("ratio.zip", _zip({"a.csv": b"a,b\n" + b"x" * dice.choice((5, 80, 300)) * 1_000_000})),
    lambda dice: ("many.zip", _zip({f"{n}.csv": b"Notes\nx\n" for n in range(dice.choice((2_000, 12_000)))}, 1)),
    lambda dice: ("laughs.docx", _word(_laughs() + b"<x>&e8;</x>")),
    lambda dice: ("outside.docx", _word(b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>')),
    lambda dice: ("deep.docx", _word(b"<w>" * 100_000)),
    lambda dice: ("laughs.xlsx", _sheet(_sheet_of('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'), _laughs() + b"<sst><si><t>&e8;</t></si></sst>")),
    lambda dice: ("corner.xlsx", _sheet(_sheet_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>'))),
    lambda dice: ("wide.xlsx", _sheet(_sheet_of(f'<row r="1">{"<c><v>1</v></c>" * dice.choice((20_000, 3_000_000))}</row>'))),
    lambda dice: ("strings.xlsx", _sheet(_sheet_of('<row r="1"><c r="A1" t="s"><v>0</v></c></row>' * 20_000), b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>")),
    lambda dice: ("zeros.pdf", _pdf(bytes(dice.choice((5, 100)) * 1_000_000))),
    lambda dice: ("words.pdf", _pdf(b"BT /F1 9 Tf (too dear) Tj ET\n" * dice.choice((10_000, 200_000)))),
    lambda dice: ("loop.pdf", _pdf(b"BT ET", "[2 0 R 2 0 R 3 0 R]")),
    lambda dice: ("deep.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    lambda dice: ("list.json", b"[" * dice.choice((1_000, 900_000))),
    lambda dice: ("long.jsonl", b'{"text":"' + b"x" * dice.choice((900_000, 40_000_000)) + b'"}'),
    lambda dice: ("number.json", b'[{"notes":' + b"9" * 100_000 + b"}]"),
    lambda dice: ("columns.csv", b",".join(b"Notes" for _ in range(300_000)) + b"\n" + b"x," * 300_000),
    lambda dice: ("quote.csv", b'Notes\n"' + b"x\n" * dice.choice((10_000, 20_000))),
    lambda dice: ("rows.csv", b"Notes,Company\n" + b"too dear,A\n" * dice.choice((5_000, 20_000))),
    lambda dice: ("empty-rows.csv", b"Notes\n" + b"\n" * 3_000_000),
    lambda dice: ("nested.eml", _nested_mail(dice.choice((30, 300, 3_000)))),
    lambda dice: ("headers.eml", b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nToo dear.\r\n"),
    lambda dice: ("header.eml", b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\r\n\r\nToo dear.\r\n"),
    lambda dice: ("people.eml", b"From: a@b.example\r\nTo: " + b"a@b.example, " * 60_000 + b"\r\n\r\nToo dear.\r\n"),
    lambda dice: ("starts.mbox", b"From a@b Mon Feb  3 10:00:00 2025\n" * 60_000),
    lambda dice: ("same.mbox", (b"From a@b Mon Feb  3 10:00:00 2025\nFrom: a@b.example\nMessage-ID: <1@b>\nIn-Reply-To: <1@b>\nSubject: x\n\nToo dear.\n\n") * dice.choice((500, 4_000))),
    lambda dice: ("tags.eml", b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<div><table>" * dice.choice((2_000, 200_000)) + b"too dear"),
    lambda dice: ("base64.eml", b"From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUFB\r\n" * 1_000_000),
    lambda dice: ("cues.vtt", b"WEBVTT\n\n" + b"00:00:01.000 --> 00:00:01.000\n<v Ann>too dear\n\n" * dice.choice((2_000, 60_000))),
    lambda dice: ("cue.srt", b"1\n00:00:00,000 --> 99:99:99,999\n" + b"<i>" * 500_000),
    lambda dice: ("line.txt", b"Ann: " + b"x" * dice.choice((999_990, 1_000_010, 30_000_000))),
    lambda dice: ("turns.txt", b"Ann: yes\nBob: no\n" * dice.choice((5_000, 60_000))),
    lambda dice: ("speakers.txt", b"".join(b"Person %d: too dear for us\n" % n for n in range(30_000))),
)  # fmt: skip

FAMILIES: tuple[tuple[str, Callable[[random.Random, dict[str, bytes]], Upload], float], ...] = (
    ("damaged files", damaged, 0.62),
    ("nonsense in the shape of a format", nonsense, 0.18),
    (EVIL, evil_text, 0.1),
    ("paths that lead outside", path_trap, 0.05),
    ("bombs", bomb, 0.05),
)


def uploads(first: int, last: int, good: dict[str, bytes]) -> Iterator[tuple[int, str, Upload]]:
    """The uploads numbered `first` to `last`, the same in every run."""
    for number in range(first, last):
        dice = random.Random(number)
        family, make, _ = dice.choices(FAMILIES, [share for *_, share in FAMILIES])[0]
        yield number, family, make(dice, good)


def _work(first: int, last: int, folder: Path, told: "Queue[tuple[object, ...]]") -> None:
    """Read uploads one by one; tell before and after each, so that a death names its cause."""
    database = folder / "hostile.db"
    prepare(database)
    warnings.simplefilter("ignore")  # zipfile's, about the names that are made here
    finder = language.build(Company())
    with closing(connect(database)) as db:
        for number, family, (name, data) in uploads(first, last, samples()):
            file = folder / name
            file.write_bytes(data)
            before, held = resource.getrusage(resource.RUSAGE_SELF), _resident()
            known = set(conversations.ids(db)) if family == EVIL else set()
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)  # SIGVTALRM ends the process
            told.put(("begun", number, family, name))
            verdict = ""
            try:
                done = ingest(db, [file], title=name, now=lambda: NOW)
                if family == EVIL:
                    for new in set(conversations.ids(db)) - known:
                        list(language.find(finder, turns(conversations.utterances(db, new))))
                counts = done.counts
                told_pieces = counts.added + counts.duplicates + counts.problems
                if counts.pieces != told_pieces or not (counts.pieces or counts.warnings):
                    verdict = f"lost: {counts.pieces} pieces, {told_pieces} told of"
                elif any("could not be read to its end" in p.reason for p in done.problems):
                    verdict = "surprised"
                else:
                    verdict = "read" if counts.added or counts.duplicates else "refused"
            except Exception:  # every exception is a defect that is counted
                verdict = "crashed: " + traceback.format_exc(limit=-2).strip().replace("\n", " ")
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            after = resource.getrusage(resource.RUSAGE_SELF)
            seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
            told.put(("done", number, family, name, verdict, seconds, max(0, _peak() - held)))
            file.unlink(missing_ok=True)
        healthy = db.execute("pragma integrity_check").fetchone()[0]
    told.put(("ended", healthy))


def _resident() -> int:
    """Megabytes held now; forgets the highest so far."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(key: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) // 1024


def run(count: int, seed: int = 0) -> tuple[dict[str, Tally], list[str]]:
    """All uploads in one process beside this one, with a new database every FILL; when it dies it is begun again after the upload
    that killed it."""
    tallies = {family: Tally() for family, *_ in FAMILIES}
    health: list[str] = []
    for first in range(seed, seed + count, FILL):
        with tempfile.TemporaryDirectory() as folder:
            _follow(first, min(first + FILL, seed + count), Path(folder), tallies, health)
        print(f"{sum(tally.uploads for tally in tallies.values())} of {count}", file=sys.stderr, flush=True)
    outside = [name for name in ("/tmp/parley-was-here.csv", "/etc/parley.csv") if Path(name).exists()]
    return tallies, [*health, *(f"written outside: {name}" for name in outside)]


def _follow(at: int, last: int, folder: Path, tallies: dict[str, Tally], health: list[str]) -> None:
    while at < last:
        told: Queue[tuple[object, ...]] = Queue()
        worker = Process(target=_work, args=(at, last, folder, told))
        worker.start()
        begun: tuple[object, ...] = ()
        while True:
            try:
                message = told.get(timeout=1)
            except Empty:
                if worker.is_alive():
                    continue
                break
            match message:
                case ("begun", *_):
                    begun = message
                case ("done", number, family, name, verdict, seconds, megabytes):
                    _note(
                        tallies[str(family)],
                        int(str(number)),
                        str(name),
                        str(verdict),
                        float(str(seconds)),
                        int(str(megabytes)),
                    )
                    at, begun = int(str(number)) + 1, ()
                case ("ended", healthy):
                    health.append(str(healthy))
                    at = last
                    worker.join()
                    break
        if begun:
            number, family, name = int(str(begun[1])), str(begun[2]), str(begun[3])
            worker.join()
            how = "hung" if worker.exitcode == -signal.SIGVTALRM else f"crashed: exit {worker.exitcode}"
            _note(tallies[family], number, name, how, float(SECONDS), 0)
            at = number + 1
        elif at < last and not worker.is_alive():
            health.append(f"a worker ended with {worker.exitcode} between uploads")
            at += 1


def _note(tally: Tally, number: int, name: str, verdict: str, seconds: float, megabytes: int) -> None:
    tally.uploads += 1
    kind = verdict.split(":")[0]
    setattr(tally, kind, getattr(tally, kind) + 1)
    if megabytes > MEGABYTES:
        tally.fat += 1
        verdict = f"{megabytes} MB; {verdict}"
    if kind not in {"read", "refused"} or megabytes > MEGABYTES:
        tally.examples.append(f"{number} {name}: {verdict}")
        print(tally.examples[-1], flush=True)
    if seconds > tally.seconds:
        tally.seconds, tally.worst = seconds, name
    tally.megabytes = max(tally.megabytes, megabytes)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    tallies, health = run(count, seed)
    rows = [
        f"| {family} | {t.uploads:,} | {t.read:,} | {t.refused:,} | {t.crashed} | {t.hung} | {t.fat} | {t.lost} | {t.surprised} | {t.seconds:.1f} s ({t.worst}) | {t.megabytes} MB |"
        for family, t in tallies.items()
    ]
    whole = Counter(health)
    text = "\n".join([
        "# Hostile uploads", "",
        f"Made by `python -m benchmarks.hostile {count}`, uploads {seed} to {seed + count - 1}. Each goes through `parley ingest`'s own function into a database. Hung: over {SECONDS} s of processor time. Too large: over {MEGABYTES} MB more than before. Lost: pieces that are neither in, known, nor a problem. By the last net: a problem, but one that no reader foresaw.",
        "", "| uploads | number | read in whole or part | refused by name | crashed | hung | too large | lost | by the last net | slowest (processor) | most memory |",
        "|---|---|---|---|---|---|---|---|---|---|---|", *rows, "",
        f"Databases afterwards: {json.dumps(whole)}.", "",
    ])  # fmt: skip
    print(text)
    if count >= 1000:
        RESULT.write_text(text, "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()

"""Rows a second and peak memory of reading tables, beside pandas: `python -m benchmarks.tables_reading [ROWS]`.

The floor, pandas.read_csv, only cuts the file into cells; Parley makes a conversation of each row: ids, dates with their
zone, people, paragraphs. Each reading runs in a process of its own, whose peak memory is the figure.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

ROWS = 1_000_000
BOOK_ROWS = 200_000
HEADER = (
    "Activity ID", "Activity Date", "Type", "Subject", "Company / Account", "Contact Name", "Contact Title", "Owner",
    "Opportunity Stage", "Segment", "Description",
)  # fmt: skip
WORDS = (
    "price", "budget", "integration", "security", "offline", "timeline", "contract", "pilot", "renewal", "scanner", "depot",
    "license", "support", "demo", "champion", "board", "quarter", "rollout", "the", "a", "we", "they", "is", "of", "for", "it",
)  # fmt: skip
# Imports are made before the clock starts; the peak memory has them.
CHILD = """
import json, resource, sys, time
path = sys.argv[1]
{imports}
before = time.perf_counter()
{body}
seconds = time.perf_counter() - before
print(json.dumps([count, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
PARLEY = """
count = 0
with open(path, "rb") as stream:
    for item in formats.read(path, stream):
        assert not isinstance(item, Problem), item.reason
        count += item.pieces
"""
OURS = "from insights import formats; from insights.records import Problem"
READERS = {
    "Parley": (OURS, PARLEY),
    "pandas, whole": ("import pandas", "count = len(pandas.read_csv(path))"),
    "pandas, in chunks of 10,000": (
        "import pandas", "count = sum(len(part) for part in pandas.read_csv(path, chunksize=10_000))",
    ),
    "csv module": ("import csv", "count = sum(1 for _ in csv.reader(open(path, newline=''))) - 1"),
    "pandas with calamine": ("import pandas", "count = len(pandas.read_excel(path, engine='calamine'))"),
}  # fmt: skip


def rows(count: int, day: Callable[[datetime], str]):
    """Rows of call notes, the same for the same count; one in twenty has a line break within its text."""
    dice = random.Random(7)
    start = datetime(2024, 1, 1, 8)
    for n in range(count):
        words = " ".join(dice.choices(WORDS, k=dice.randint(8, 40)))
        text = f"{words}.\n- {dice.choice(WORDS)}" if n % 20 == 0 else f"{words}, {n}."
        yield (
            f"N{n:08}", day(start + timedelta(minutes=n * 997 % 700_000)), dice.choice(("Note", "Call", "Meeting")),
            "Check-in", f"Account {n % 5000}", f"Dana Wu {n % 9000}", "Head of Logistics", f"Rep {n % 40}", "Discovery",
            "smb", text,
        )  # fmt: skip


def write_csv(path: Path, count: int, day: Callable[[datetime], str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(rows(count, day))


def write_xlsx(path: Path, count: int) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Notes")
    sheet.write_row(0, 0, HEADER)
    for at, row in enumerate(rows(count, datetime.isoformat), start=1):
        sheet.write_row(at, 0, row)
    book.close()


def measured(name: str, path: Path) -> tuple[int, float, float]:
    """Rows, seconds, and the peak memory of a child process in MB."""
    imports, body = READERS[name]
    code = CHILD.format(imports=imports, body=body)
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    count, seconds, peak = json.loads(done.stdout)
    return count, seconds, peak


def report(title: str, path: Path, names: tuple[str, ...]) -> None:
    print(f"\n{title} ({path.stat().st_size / 1e6:.0f} MB)\n")
    print("| reader | rows | seconds | rows/s | peak MB | times the floor |")
    print("|---|---|---|---|---|---|")
    found = {name: measured(name, path) for name in names}
    floor = found[names[1]][1]
    for name, (count, seconds, peak) in found.items():
        print(f"| {name} | {count:,} | {seconds:.1f} | {count / seconds:,.0f} | {peak:.0f} | {seconds / floor:.1f} |")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.csv"
        write_csv(path, count, lambda day: day.isoformat() + "+01:00")
        readers = ("Parley", "pandas, whole", "pandas, in chunks of 10,000", "csv module")
        report("CSV, ISO dates: one walk", path, readers)
        write_csv(path, count // 5, lambda day: f"{day:%d/%m/%Y %H:%M}")
        report("CSV, dates like 03/04/2025: the whole column is asked for its order", path, readers[:2])
        path = path.with_suffix(".xlsx")
        write_xlsx(path, min(BOOK_ROWS, count // 5))
        report("XLSX", path, ("Parley", "pandas with calamine"))


if __name__ == "__main__":
    main()

"""How often odd headers are guessed rightly: python -m benchmarks.headers

The list was invented before the guessing was written; every second line was looked at while it was, the others were not.
A line is a header and the meanings that are right, none where a guess would be wrong.
"""

from pathlib import Path

from insights.formats.tables.columns import guessed, known

HEADERS = Path(__file__).parent / "data" / "headers.tsv"


def main() -> None:
    rows = [line.split("\t") for line in HEADERS.read_text("utf-8").splitlines()]
    for name, part in (("looked at", rows[::2]), ("held out", rows[1::2])):
        right = wrong = silent = quiet = 0
        for header, meant in part:
            named = known(header)
            found = named[0] if named else guessed(header)
            if found and found not in meant.split("|"):
                wrong += 1
                print(f"  {header}: {found}, meant {meant or 'nothing'}")
            elif found:
                right += 1
            elif meant:
                silent += 1
                print(f"  {header}: not guessed, meant {meant}")
            else:
                quiet += 1
        print(f"{name}: {right} right, {silent} not guessed, {wrong} wrong, {quiet} rightly left alone, of {len(part)}")


if __name__ == "__main__":
    main()

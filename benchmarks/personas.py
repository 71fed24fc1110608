"""How well job titles are read: python benchmarks/personas.py [--misses] (on benchmarks/data/titles.txt, even lines)."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from insights.intervals import of_share  # noqa: E402
from insights.personas import persona  # noqa: E402

BEFORE, LATER = 242, 302  # titles before the rules were extended, and before they were extended once more


def told(hits: int, n: int) -> str:
    """A share with its 95 % interval."""
    low, high = of_share(hits, n)
    return f"{hits / n:.3f} [{low:.3f}, {high:.3f}] ({hits} of {n})"


def main() -> None:
    lines = [line for line in (ROOT / "benchmarks/data/titles.txt").read_text("utf-8").splitlines() if " | " in line]
    lines, later, last = lines[:BEFORE], lines[BEFORE:LATER], lines[LATER:]
    for name, part in (
        ("used to improve", lines[::2]),
        ("reported", lines[1::2]),
        ("written later, used too", later),
        ("written last, reported", last),
    ):
        rows = [(title, truth.split(), persona(title)) for title, truth in (line.split(" | ") for line in part)]
        function = [read.function == truth[0] for _, truth, read in rows]
        seniority = [read.seniority == truth[1] for _, truth, read in rows]
        wrong = sum(read.function not in {truth[0], "unknown"} for _, truth, read in rows)
        print(f"{name}: function {told(sum(function), len(rows))}, seniority {told(sum(seniority), len(rows))}")
        both = sum(one and other for one, other in zip(function, seniority, strict=True))
        print(f"  both {told(both, len(rows))}; function wrong rather than unknown: {wrong}")
        if "--misses" in sys.argv and "reported" not in name:
            for title, truth, read in rows:
                if (read.function, read.seniority) != tuple(truth):
                    print(f"    {title}: {read.function} {read.seniority}, not {' '.join(truth)}")


if __name__ == "__main__":
    main()

"""How much of what identifies people the rules of insights.privacy find, and how much they mask that identifies nobody.

Run: python -m benchmarks.privacy [privacy_places.txt]. The cases are hand-made; figures with intervals stand in PRIVACY.md.
"""

import re
import sys
from pathlib import Path

from insights import privacy
from insights.privacy import Known

KNOWN = Known(
    people=("Petra Vogel", "Grant Archer", "June Summers", "Ines Duarte"),
    companies=("Northgate Dental", "Bluefin Seafood Ltd", "Summit", "Kestrel Labs"),
    keep=("Lumira", "Lumira Pro", "Trackwise"),
)


def main(cases: str = "privacy_cases.txt") -> None:
    """Print spans found to the letter, found in part, missed, and masked for nothing."""
    counts = dict.fromkeys(("exact", "partly", "missed", "needless", "plain lines", "plain lines masked"), 0)
    for line in Path(__file__).with_name(cases).read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        text, wanted = _unmarked(line)
        found = [(span.start, span.end) for span in privacy.find(text, known=KNOWN)]
        for start, end in wanted:
            hit = (start, end) in found
            covered = hit or any(a < end and start < b for a, b in found)
            counts["exact" if hit else "partly" if covered else "missed"] += 1
            if not hit:
                print("partly:" if covered else "missed:", text[start:end], "|", line)
        needless = [text[a:b] for a, b in found if not any(a < end and start < b for start, end in wanted)]
        counts["needless"] += len(needless)
        counts["plain lines"] += not wanted
        counts["plain lines masked"] += not wanted and bool(needless)
        for words in needless:
            print("needless:", words, "|", line)
    print(counts)


def _unmarked(line: str) -> tuple[str, list[tuple[int, int]]]:
    text, spans, last = "", [], 0
    for match in re.finditer(r"«\w+\|(.*?)»", line):
        text += line[last : match.start()]
        spans.append((len(text), len(text) + len(match[1])))
        text += match[1]
        last = match.end()
    return text + line[last:], spans


if __name__ == "__main__":
    main(*sys.argv[1:2])

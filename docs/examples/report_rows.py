"""A trend report as flat rows, for a spreadsheet or a BI tool: `python report_rows.py objections --filter persona=finance`.

Needs nothing but Python. PARLEY_URL and PARLEY_TOKEN say where Parley is and who asks.
"""

import argparse
import csv
import json
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

HEADS = (
    "theme",
    "verdict",
    "now",
    "of",
    "share",
    "low",
    "high",
    "before",
    "of_before",
    "change",
    "change_low",
    "change_high",
    "as_of",
    "link",
)


def fetch(path: str, query: dict[str, str]) -> dict:
    """The report's own JSON. An error is problem details: its `detail`, which says what to do, ends the program."""
    base, token = os.environ.get("PARLEY_URL", "http://127.0.0.1:8321").rstrip("/"), os.environ.get("PARLEY_TOKEN", "")
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        with urlopen(Request(f"{base}{path}?{urlencode(query)}", headers=headers), timeout=60) as answer:  # noqa: S310 - one's own address
            return json.load(answer)
    except HTTPError as error:
        sys.exit(json.load(error)["detail"] if "json" in error.headers["Content-Type"] else f"{base}: {error}")
    except URLError as error:
        sys.exit(f"Parley does not answer at {base} ({error.reason}). PARLEY_URL says where it is.")


def rows(report: dict, base: str) -> list[tuple]:
    """A row a theme, as HEADS."""
    return [
        (
            row["theme"], row["verdict"], row["current"]["numerator"], row["current"]["denominator"], row["current"]["share"],
            row["current"]["low"], row["current"]["high"], row["previous"]["numerator"], row["previous"]["denominator"],
            row["change"]["difference"], row["change"]["low"], row["change"]["high"], report["as_of"], f"{base}/themes/{row['theme_id']}",
        )
        for row in report["rows"]
    ]  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("report", choices=("objections", "questions", "competitors", "trackers"))
    asked.add_argument("--filter", action="append", default=[], help="NAME=VALUE, as in the address of the page")
    given = asked.parse_args()
    kind = given.report.removesuffix("s")
    query = {"kind": kind, **dict(pair.split("=", 1) for pair in given.filter)}
    base = os.environ.get("PARLEY_URL", "http://127.0.0.1:8321").rstrip("/")
    csv.writer(sys.stdout).writerows([HEADS, *rows(fetch("/api/v1/reports/trends", query), base)])


if __name__ == "__main__":
    main()
